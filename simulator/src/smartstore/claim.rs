//! A claim: a product order, or some pieces of it, that is cancelled, returned or exchanged.

use serde::{Deserialize, Serialize};

use super::book::{Order, Stage};
use crate::instant::{DAY, Millis, SECOND};

/// What a claim is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClaimKind {
    Cancel,
    Return,
    Exchange,
}

impl ClaimKind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Cancel => "CANCEL",
            Self::Return => "RETURN",
            Self::Exchange => "EXCHANGE",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Return => "return",
            Self::Exchange => "exchange",
        }
    }
}

/// How far a claim has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Requested,
    /// The goods are on their way back.
    Collecting,
    Collected,
    /// Other goods are on their way to the buyer.
    Redelivering,
    Done,
    /// Refused by the seller or withdrawn by the buyer.
    Rejected,
}

/// A parcel: what was sent, by whom, under which number.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    pub(crate) method: String,
    pub(crate) company: Option<String>,
    pub(crate) number: Option<String>,
    pub(crate) at: Millis,
}

/// A claim that the seller holds until something is settled.
#[derive(Clone, Debug)]
pub(crate) struct Holdback {
    pub(crate) class: String,
    pub(crate) detail: String,
    pub(crate) fee: i64,
    pub(crate) at: Millis,
    pub(crate) released_at: Option<Millis>,
}

#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) id: u64,
    pub(crate) kind: ClaimKind,
    pub(crate) step: Step,
    pub(crate) quantity: i64,
    pub(crate) by_seller: bool,
    pub(crate) reason: String,
    pub(crate) detail: String,
    pub(crate) requested_at: Millis,
    pub(crate) collected_at: Option<Millis>,
    /// When it was done, refused or withdrawn.
    pub(crate) closed_at: Option<Millis>,
    pub(crate) collect: Option<Parcel>,
    pub(crate) holdback: Option<Holdback>,
    pub(crate) redelivery: Option<Parcel>,
}

impl Claim {
    /// A claim that was just made.
    pub(crate) fn new(id: u64, kind: ClaimKind, quantity: i64, at: Millis) -> Self {
        let detail = match kind {
            ClaimKind::Cancel => "다른 상품을 살게요",
            ClaimKind::Return => "생각보다 작아요",
            ClaimKind::Exchange => "다른 색으로 바꿔 주세요",
        };
        Self {
            id,
            kind,
            step: Step::Requested,
            quantity,
            by_seller: false,
            reason: if kind == ClaimKind::Exchange { "COLOR_AND_SIZE" } else { "INTENT_CHANGED" }.to_owned(),
            detail: detail.to_owned(),
            requested_at: at,
            collected_at: None,
            closed_at: None,
            collect: None,
            holdback: None,
            redelivery: None,
        }
    }

    /// The claim of an order that was drawn at a stage where it has one.
    pub(crate) fn drawn(order: &Order, quantity: i64, carrier: &str) -> Option<Self> {
        let (id, at) = (order.id + 40_000_000, order.changed_at);
        let parcel = |method: &str, number: u64, at| {
            let number = Some(format!("{}", number + order.seed % 100_000_000_000));
            Some(Parcel { method: method.to_owned(), company: Some(carrier.to_owned()), number, at })
        };
        let done =
            Self { step: Step::Done, closed_at: Some(at), ..Self::new(id, ClaimKind::Cancel, quantity, at) };
        Some(match order.stage {
            Stage::Cancelled => Self { requested_at: at - 5 * SECOND, ..done },
            Stage::ReturnRequested => Self {
                collect: parcel("RETURN_DESIGNATED", 500_000_000_000, at),
                ..Self::new(id, ClaimKind::Return, quantity, at)
            },
            Stage::Returned => Self {
                step: Step::Done,
                collected_at: Some(at - DAY),
                closed_at: Some(at),
                collect: parcel("RETURN_DESIGNATED", 500_000_000_000, at - 2 * DAY),
                ..Self::new(id, ClaimKind::Return, quantity, at - 2 * DAY)
            },
            Stage::Exchanged => Self {
                step: Step::Done,
                collected_at: Some(at - 2 * DAY),
                closed_at: Some(at),
                collect: parcel("RETURN_DESIGNATED", 500_000_000_000, at - 3 * DAY),
                redelivery: parcel("DELIVERY", 600_000_000_000, at - DAY),
                ..Self::new(id, ClaimKind::Exchange, quantity, at - 3 * DAY)
            },
            _ => return None,
        })
    }

    /// The platform's word for how far it has come.
    pub(crate) fn status(&self) -> &'static str {
        use ClaimKind as K;
        match (self.step, self.kind) {
            (Step::Requested, K::Cancel) => "CANCEL_REQUEST",
            (Step::Requested, K::Return) => "RETURN_REQUEST",
            (Step::Requested, K::Exchange) => "EXCHANGE_REQUEST",
            (Step::Collecting, _) => "COLLECTING",
            (Step::Collected, _) => "COLLECT_DONE",
            (Step::Redelivering, _) => "EXCHANGE_REDELIVERING",
            (Step::Done, K::Cancel) => "CANCEL_DONE",
            (Step::Done, K::Return) => "RETURN_DONE",
            (Step::Done, K::Exchange) => "EXCHANGE_DONE",
            (Step::Rejected, K::Cancel) => "CANCEL_REJECT",
            (Step::Rejected, K::Return) => "RETURN_REJECT",
            (Step::Rejected, K::Exchange) => "EXCHANGE_REJECT",
        }
    }

    pub(crate) fn words(&self) -> (&'static str, &'static str) {
        (self.kind.word(), self.status())
    }

    pub(crate) fn is_open(&self) -> bool {
        !matches!(self.step, Step::Done | Step::Rejected)
    }

    pub(crate) fn is_held(&self) -> bool {
        self.holdback.as_ref().is_some_and(|held| held.released_at.is_none())
    }

    pub(crate) fn close(&mut self, step: Step, at: Millis) {
        self.step = step;
        self.closed_at = Some(at);
    }

    pub(crate) fn truth(&self, order: u64) -> ClaimTruth {
        ClaimTruth {
            claim_id: self.id.to_string(),
            kind: self.kind.name().to_owned(),
            status: self.status().to_owned(),
            order_id: order.to_string(),
            quantity: self.quantity,
            requested_at: self.requested_at,
            by_seller: self.by_seller,
            held: self.is_held(),
        }
    }
}

/// What the market holds of one claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimTruth {
    /// Its id.
    pub claim_id: String,
    /// `cancel`, `return` or `exchange`.
    pub kind: String,
    /// The platform's word: `RETURN_REQUEST`, …
    pub status: String,
    /// The product order that it is of.
    pub order_id: String,
    /// Pieces.
    pub quantity: i64,
    /// When it was made.
    pub requested_at: Millis,
    /// Whether the seller made it, not the buyer.
    pub by_seller: bool,
    /// Whether the seller holds it back at present.
    pub held: bool,
}
