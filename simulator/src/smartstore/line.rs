//! A product order together with what was done to it since it was drawn.

use std::borrow::Cow;

use super::book::{Order, RangeType, Stage, Wording};
use super::claim::{Claim, Parcel, Step};
use super::payload::{self, Amounts};
use super::state::Truth;
use crate::draw::Draw;
use crate::instant::{HOUR, Millis, SECOND};
use crate::json::Json;

const CARRIERS: [&str; 4] = ["CJGLS", "HANJIN", "HYUNDAI", "KGB"];

/// What the feed says where it is not what the stage says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    pub(crate) change: &'static str,
    pub(crate) status: &'static str,
    pub(crate) claim: Option<(&'static str, &'static str)>,
}

/// A dispatch that the seller put off.
#[derive(Clone, Debug)]
pub(crate) struct Delay {
    pub(crate) due_at: Millis,
    pub(crate) reason: String,
    pub(crate) detail: String,
}

/// What was done to a product order by calls, its buyer and its carrier.
#[derive(Clone, Debug, Default)]
pub(crate) struct Handling {
    pub(crate) confirmed_at: Option<Millis>,
    pub(crate) delay: Option<Delay>,
    pub(crate) shipment: Option<Parcel>,
    /// The claim that is open, or was the last one for all pieces.
    pub(crate) claim: Option<Claim>,
    /// Claims before that one, and those for some pieces only.
    pub(crate) completed: Vec<Claim>,
    /// Pieces that claims took away.
    pub(crate) taken: i64,
    pub(crate) told: Option<Told>,
    pub(crate) delivered_at: Option<Millis>,
}

static UNTOUCHED: Handling = Handling {
    confirmed_at: None,
    delay: None,
    shipment: None,
    claim: None,
    completed: Vec::new(),
    taken: 0,
    told: None,
    delivered_at: None,
};

impl Handling {
    /// Takes over what an order was drawn with, so that it stays while the order goes on.
    pub(crate) fn take_over(&mut self, order: &mut Order) {
        let line = Line { order, handling: self };
        let (claim, shipment) = (line.claim().map(Cow::into_owned), line.shipment());
        self.shipment = shipment;
        if self.claim.is_none() && order.stage == Stage::ReturnRequested {
            let wording = order.stage.wording();
            self.told =
                Some(Told { change: wording.change, status: wording.feed_status, claim: wording.claim });
            order.stage = Stage::Delivered;
        }
        self.claim = claim;
    }

    /// The open claim.
    pub(crate) fn open_claim(&mut self) -> Option<&mut Claim> {
        self.claim.as_mut().filter(|claim| claim.is_open())
    }

    /// A new claim; the one before it is history.
    pub(crate) fn make(&mut self, claim: Claim) {
        self.completed.extend(self.claim.replace(claim));
    }

    /// The order was moved to a stage from outside.
    pub(crate) fn moved(&mut self, stage: Stage, at: Millis) {
        if stage == Stage::Delivered {
            self.delivered_at = Some(at);
            return;
        }
        self.told = None;
        if !stage.sent() {
            self.shipment = None;
        }
        if let Some(mut claim) = self.claim.take() {
            let own = stage.wording().claim.map(|(word, _)| word) == Some(claim.kind.word());
            if claim.is_open() && own {
                if stage != Stage::ReturnRequested {
                    claim.close(Step::Done, at);
                }
                self.claim = Some(claim);
                return;
            }
            if claim.is_open() {
                claim.close(Step::Rejected, at);
            }
            self.completed.push(claim);
        }
    }
}

/// A product order and what was done to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    pub(crate) order: &'a Order,
    pub(crate) handling: &'a Handling,
}

impl<'a> Line<'a> {
    pub(crate) fn new(order: &'a Order, handling: Option<&'a Handling>) -> Self {
        Self { order, handling: handling.unwrap_or(&UNTOUCHED) }
    }

    pub(crate) fn wording(self) -> Wording {
        let mut wording = self.order.stage.wording();
        if let Some(claim) = &self.handling.claim {
            wording.claim = Some(claim.words());
            wording.feed_claim = wording.claim;
        }
        if let Some(told) = self.handling.told {
            (wording.change, wording.feed_status, wording.feed_claim) =
                (told.change, told.status, told.claim);
        }
        wording
    }

    pub(crate) fn amounts(self) -> Amounts {
        Amounts::of(self.order, self.handling.taken)
    }

    /// The claim that is open, or was the last one for all pieces.
    pub(crate) fn claim(self) -> Option<Cow<'a, Claim>> {
        match &self.handling.claim {
            Some(claim) => Some(Cow::Borrowed(claim)),
            None => Claim::drawn(self.order, self.amounts().quantity, self.carrier()).map(Cow::Owned),
        }
    }

    pub(crate) fn claims(self) -> impl Iterator<Item = Cow<'a, Claim>> {
        self.handling.completed.iter().map(Cow::Borrowed).chain(self.claim())
    }

    pub(crate) fn has_open_claim(self) -> bool {
        self.claim().is_some_and(|claim| claim.is_open())
    }

    /// The carrier that this shop means to send it by.
    pub(crate) fn carrier(self) -> &'static str {
        Draw::new(self.order.seed ^ 0x63_6172).pick(&CARRIERS)
    }

    pub(crate) fn confirmed_at(self) -> Option<Millis> {
        let drawn = self.order.confirmed.then_some(self.order.paid_at + SECOND);
        self.handling.confirmed_at.or(drawn)
    }

    pub(crate) fn shipment(self) -> Option<Parcel> {
        if !self.order.stage.sent() {
            return None;
        }
        let order = self.order;
        Some(self.handling.shipment.clone().unwrap_or_else(|| Parcel {
            method: "DELIVERY".to_owned(),
            company: Some(self.carrier().to_owned()),
            number: Some((400_000_000_000 + order.seed % 100_000_000_000).to_string()),
            at: (order.paid_at + 5 * HOUR).min(order.changed_at),
        }))
    }

    /// The date of that kind, where it has one.
    pub(crate) fn date(self, by: RangeType) -> Option<Millis> {
        let is_at = |stage| (self.order.stage == stage).then_some(self.order.changed_at);
        match by {
            RangeType::Paid => (self.order.stage != Stage::Waiting).then_some(self.order.paid_at),
            RangeType::Ordered => Some(self.order.ordered_at),
            RangeType::Dispatched => self.shipment().map(|parcel| parcel.at),
            RangeType::Decided => is_at(Stage::Decided),
            RangeType::ClaimRequested => self.claims().map(|claim| claim.requested_at).max(),
            RangeType::ClaimCompleted => self
                .claims()
                .filter(|claim| claim.step == Step::Done)
                .filter_map(|claim| claim.closed_at)
                .max(),
            RangeType::Collected => self.claims().filter_map(|claim| claim.collected_at).max(),
            RangeType::GiftReceived => is_at(Stage::GiftReceived),
            // Nobody changes it here.
            RangeType::HopeDeliveryChanged => None,
        }
    }

    pub(crate) fn truth(self) -> Truth {
        let mut json = Json::default();
        payload::write(&mut json, self, true);
        let (order, amounts, wording) = (self.order, self.amounts(), self.wording());
        Truth {
            id: order.id.to_string(),
            group: order.group.to_string(),
            ordered_at: order.ordered_at,
            changed_at: order.changed_at,
            status: wording.status.to_owned(),
            claim_status: wording.claim.map(|(_, status)| status.to_owned()),
            confirmed: self.confirmed_at().is_some(),
            tracking: self.shipment().and_then(|shipment| shipment.number),
            amount: amounts.payment,
            quantity: amounts.quantity,
            remaining: amounts.remaining,
            option: amounts.option_number(),
            payload: String::from_utf8(json.into_bytes()).expect("written from texts"),
        }
    }
}
