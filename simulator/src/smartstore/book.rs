//! The orders of the market, and the lists that the platform makes of them.

use std::collections::{BTreeMap, HashMap};

use super::generate::{Drawn, Generator};
use super::line::{Handling, Line, Told};
use crate::instant::{DAY, Millis, kst_day_number};

/// Where a product order stands: what its feed row says, and what its details say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Ordered, not paid.
    Waiting,
    /// Paid.
    Paid,
    /// Paid; the address was changed after that.
    AddressChanged,
    /// A gift that the receiver accepted.
    GiftReceived,
    /// Sent.
    Dispatched,
    /// Arrived. The platform writes no feed row for this: the row still says that it was sent.
    Delivered,
    /// The buyer confirmed the purchase.
    Decided,
    /// Cancelled.
    Cancelled,
    /// The buyer wants to return it.
    ReturnRequested,
    /// Returned.
    Returned,
    /// Exchanged: the other goods have arrived.
    Exchanged,
}

/// How one stage is written: feed type, feed status, detail status, claim type and status in the details and the feed.
pub(crate) struct Wording {
    pub(crate) change: &'static str,
    pub(crate) feed_status: &'static str,
    pub(crate) status: &'static str,
    pub(crate) claim: Option<(&'static str, &'static str)>,
    pub(crate) feed_claim: Option<(&'static str, &'static str)>,
}

impl Stage {
    pub(crate) fn wording(self) -> Wording {
        let (change, feed_status, status, claim) = match self {
            Self::Waiting => ("PAY_WAITING", "PAYMENT_WAITING", "PAYMENT_WAITING", None),
            Self::Paid => ("PAYED", "PAYED", "PAYED", None),
            Self::AddressChanged => ("DELIVERY_ADDRESS_CHANGED", "PAYED", "PAYED", None),
            Self::GiftReceived => ("GIFT_RECEIVED", "PAYED", "PAYED", None),
            Self::Dispatched => ("DISPATCHED", "DELIVERING", "DELIVERING", None),
            Self::Delivered => ("DISPATCHED", "DELIVERING", "DELIVERED", None),
            Self::Decided => ("PURCHASE_DECIDED", "PURCHASE_DECIDED", "PURCHASE_DECIDED", None),
            Self::Cancelled => ("CLAIM_COMPLETED", "CANCELED", "CANCELED", Some(("CANCEL", "CANCEL_DONE"))),
            Self::ReturnRequested => {
                ("CLAIM_REQUESTED", "DELIVERED", "DELIVERED", Some(("RETURN", "RETURN_REQUEST")))
            }
            Self::Returned => ("CLAIM_COMPLETED", "RETURNED", "RETURNED", Some(("RETURN", "RETURN_DONE"))),
            Self::Exchanged => {
                ("CLAIM_COMPLETED", "EXCHANGED", "EXCHANGED", Some(("EXCHANGE", "EXCHANGE_DONE")))
            }
        };
        Wording { change, feed_status, status, claim, feed_claim: claim }
    }

    /// The product order's status, as the details say it.
    #[must_use]
    pub fn status(self) -> &'static str {
        self.wording().status
    }

    /// Whether something still happens to the order.
    pub(crate) fn is_open(self) -> bool {
        !matches!(self, Self::Decided | Self::Cancelled | Self::Returned | Self::Exchanged)
    }

    /// Whether the seller has still to send it.
    pub(crate) fn is_to_send(self) -> bool {
        matches!(self, Self::Paid | Self::AddressChanged | Self::GiftReceived)
    }

    pub(crate) fn sent(self) -> bool {
        matches!(
            self,
            Self::Dispatched
                | Self::Delivered
                | Self::Decided
                | Self::ReturnRequested
                | Self::Returned
                | Self::Exchanged
        )
    }
}

/// One product order; everything that is not here is drawn from `seed` when its details are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    pub(crate) id: u64,
    pub(crate) group: u64,
    pub(crate) seed: u64,
    pub(crate) ordered_at: Millis,
    /// The instant of payment; meaningless while the stage is `Waiting`.
    pub(crate) paid_at: Millis,
    pub(crate) changed_at: Millis,
    pub(crate) stage: Stage,
    /// Whether it was confirmed already when it was drawn.
    pub(crate) confirmed: bool,
}

/// One page of the feed.
pub(crate) struct FeedPage<'a> {
    pub(crate) rows: Vec<Line<'a>>,
    /// Date and id of the first row that is not delivered.
    pub(crate) more: Option<(Millis, u64)>,
}

/// By which date the conditional list is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RangeType {
    Paid,
    Ordered,
    Dispatched,
    Decided,
    ClaimRequested,
    ClaimCompleted,
    Collected,
    GiftReceived,
    HopeDeliveryChanged,
}

#[derive(Debug)]
pub(crate) struct Book {
    orders: Vec<Order>,
    /// What was done to orders, where something was.
    handlings: HashMap<u64, Handling>,
    /// The orders that were ever sent with a parcel number since the start.
    by_parcel: HashMap<String, Vec<u64>>,
    /// Claims that were made since the start.
    claims: u64,
    by_id: HashMap<u64, u32>,
    by_change: BTreeMap<(Millis, u64), u32>,
    by_payment: BTreeMap<(Millis, u64), u32>,
    by_order: BTreeMap<(Millis, u64), u32>,
    generator: Generator,
}

impl Book {
    /// `count` orders whose last changes lie in the `days` before `end`, and nothing after it.
    pub(crate) fn new(seed: u64, count: usize, days: u32, end: Millis) -> Self {
        let mut generator = Generator::new(seed);
        let orders = generator.spread(count, Millis::from(days.max(1)) * DAY, end);
        let mut book = Self {
            by_id: HashMap::with_capacity(orders.len()),
            by_change: BTreeMap::new(),
            by_payment: BTreeMap::new(),
            by_order: BTreeMap::new(),
            orders: Vec::new(),
            handlings: HashMap::new(),
            by_parcel: HashMap::new(),
            claims: 0,
            generator,
        };
        // Collecting from pairs builds each map in one pass, which a million single inserts would not.
        let indexed = || orders.iter().zip(0_u32..);
        book.by_id.extend(indexed().map(|(order, index)| (order.id, index)));
        book.by_change = indexed().map(|(order, index)| ((order.changed_at, order.id), index)).collect();
        book.by_order = indexed().map(|(order, index)| ((order.ordered_at, order.id), index)).collect();
        book.by_payment = indexed()
            .filter(|(order, _)| order.stage != Stage::Waiting)
            .map(|(order, index)| ((order.paid_at, order.id), index))
            .collect();
        book.orders = orders;
        book
    }

    pub(crate) fn orders(&self) -> &[Order] {
        &self.orders
    }

    pub(crate) fn get(&self, id: u64) -> Option<&Order> {
        self.by_id.get(&id).map(|index| &self.orders[*index as usize])
    }

    pub(crate) fn line(&self, id: u64) -> Option<Line<'_>> {
        self.get(id).map(|order| self.line_of(order))
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.orders.iter().map(|order| self.line_of(order))
    }

    fn line_of<'a>(&'a self, order: &'a Order) -> Line<'a> {
        Line::new(order, self.handlings.get(&order.id))
    }

    /// Whether that parcel number was used for goods of another order.
    pub(crate) fn is_used(&self, company: &str, number: &str, group: u64) -> bool {
        let is_it = |line: Line<'_>| {
            line.order.group != group
                && line.shipment().is_some_and(|parcel| {
                    parcel.company.as_deref() == Some(company) && parcel.number.as_deref() == Some(number)
                })
        };
        // Numbers that were drawn are twelve digits and begin with a 4; only they need a look at every order.
        if number.len() == 12 && number.starts_with('4') {
            return self.lines().any(is_it);
        }
        let sent = self.by_parcel.get(number).into_iter().flatten();
        sent.filter_map(|id| self.line(*id)).any(is_it)
    }

    /// The id of the next claim.
    pub(crate) fn claim_id(&mut self, at: Millis) -> u64 {
        self.claims += 1;
        kst_day_number(at) * 100_000_000 + 90_000_000 + self.claims
    }

    /// Does something to an order. Where the platform tells of it, `change` is what the feed says, and the order's row
    /// moves to `at`.
    ///
    /// # Panics
    /// When there is no such order.
    pub(crate) fn act(
        &mut self,
        id: u64,
        at: Millis,
        change: Option<&'static str>,
        act: impl FnOnce(&mut Order, &mut Handling),
    ) {
        let index = self.by_id[&id];
        let order = &mut self.orders[index as usize];
        let handling = self.handlings.entry(id).or_default();
        handling.take_over(order);
        act(order, handling);
        if let Some(number) = handling.shipment.as_ref().and_then(|parcel| parcel.number.as_ref()) {
            let sent = self.by_parcel.entry(number.clone()).or_default();
            if !sent.contains(&id) {
                sent.push(id);
            }
        }
        let Some(change) = change else { return };
        self.by_change.remove(&(order.changed_at, id));
        order.changed_at = at;
        self.by_change.insert((at, id), index);
        let line = Line::new(order, Some(handling));
        // A claim for some pieces is history as soon as it is done; the feed tells of it nevertheless.
        let partial = handling.completed.last().filter(|claim| claim.closed_at == Some(at));
        let claim = line.wording().claim.or_else(|| partial.map(|claim| claim.words()));
        handling.told = Some(Told { change, status: order.stage.status(), claim });
    }

    /// Adds `count` orders; their changes lie evenly from `changed_at` on, `spread` wide. Returns their ids.
    pub(crate) fn add(
        &mut self,
        count: usize,
        changed_at: Millis,
        spread: Millis,
        stage: Option<Stage>,
    ) -> Vec<u64> {
        let mut ids = Vec::with_capacity(count);
        for step in 0..count {
            let at = changed_at + spread * Millis::try_from(step).expect("a count") / count as Millis;
            let order = self.generator.draw(Drawn { changed_at: at, stage, group_of: None, is_new: true });
            ids.push(order.id);
            self.insert(order);
        }
        ids
    }

    /// Moves the orders to another stage at `at`. Returns those that exist.
    pub(crate) fn change(&mut self, ids: &[u64], stage: Stage, at: Millis) -> Vec<u64> {
        let mut moved = Vec::new();
        for id in ids {
            let Some(&index) = self.by_id.get(id) else { continue };
            let order = &mut self.orders[index as usize];
            self.by_change.remove(&(order.changed_at, order.id));
            if order.stage == Stage::Waiting && stage != Stage::Waiting {
                order.paid_at = at;
                self.by_payment.insert((order.paid_at, order.id), index);
            }
            // Arriving writes no feed row: https://github.com/commerce-api-naver/commerce-api/discussions/2437
            // (read 2026-03-11).
            if stage != Stage::Delivered {
                order.changed_at = at;
            }
            order.stage = stage;
            order.confirmed |= stage.sent();
            if let Some(handling) = self.handlings.get_mut(id) {
                handling.moved(stage, at);
            }
            self.by_change.insert((order.changed_at, order.id), index);
            moved.push(*id);
        }
        moved
    }

    /// Rows with `date > from || (date == from && id >= sequence)` and `date <= to`, by date, then id.
    pub(crate) fn feed(
        &self,
        from: Millis,
        to: Millis,
        sequence: u64,
        change: Option<&str>,
        limit: usize,
    ) -> FeedPage<'_> {
        let mut page = FeedPage { rows: Vec::new(), more: None };
        if to < from {
            return page;
        }
        for (key, index) in self.by_change.range((from, sequence)..=(to, u64::MAX)) {
            let line = self.line_of(&self.orders[*index as usize]);
            if change.is_some_and(|change| change != line.wording().change) {
                continue;
            }
            if page.rows.len() == limit {
                page.more = Some(*key);
                break;
            }
            page.rows.push(line);
        }
        page
    }

    /// Orders whose date of that kind lies in `from..=to`, by date, then id.
    pub(crate) fn list(
        &self,
        by: RangeType,
        from: Millis,
        to: Millis,
    ) -> Box<dyn Iterator<Item = Line<'_>> + '_> {
        let to = to.max(from);
        let index = match by {
            RangeType::Paid => &self.by_payment,
            RangeType::Ordered => &self.by_order,
            _ => {
                let dated = self.lines().filter_map(|line| Some((line.date(by)?, line)));
                let mut dated: Vec<_> = dated.filter(|(date, _)| (from..=to).contains(date)).collect();
                dated.sort_by_key(|(date, line)| (*date, line.order.id));
                return Box::new(dated.into_iter().map(|(_, line)| line));
            }
        };
        let indexed = index.range((from, 0)..=(to, u64::MAX));
        Box::new(indexed.map(|(_, index)| self.line_of(&self.orders[*index as usize])))
    }

    fn insert(&mut self, order: Order) {
        let index = u32::try_from(self.orders.len()).expect("fewer than four thousand million orders");
        self.by_id.insert(order.id, index);
        self.by_change.insert((order.changed_at, order.id), index);
        self.by_order.insert((order.ordered_at, order.id), index);
        if order.stage != Stage::Waiting {
            self.by_payment.insert((order.paid_at, order.id), index);
        }
        self.orders.push(order);
    }
}
