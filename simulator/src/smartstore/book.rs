//! The orders of the market, and the lists that the platform makes of them.

use std::collections::{BTreeMap, HashMap};

use super::generate::{Drawn, Generator};
use crate::instant::{DAY, Millis};

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
}

/// How one stage is written: feed type, feed status, detail status, claim type and status.
pub(crate) struct Wording {
    pub(crate) change: &'static str,
    pub(crate) feed_status: &'static str,
    pub(crate) status: &'static str,
    pub(crate) claim: Option<(&'static str, &'static str)>,
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
        };
        Wording { change, feed_status, status, claim }
    }

    /// The product order's status, as the details say it.
    #[must_use]
    pub fn status(self) -> &'static str {
        self.wording().status
    }

    /// Whether something still happens to the order.
    pub(crate) fn is_open(self) -> bool {
        !matches!(self, Self::Decided | Self::Cancelled | Self::Returned)
    }

    pub(crate) fn sent(self) -> bool {
        matches!(
            self,
            Self::Dispatched | Self::Delivered | Self::Decided | Self::ReturnRequested | Self::Returned
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
}

/// One page of the feed.
pub(crate) struct FeedPage {
    pub(crate) rows: Vec<Order>,
    /// Date and id of the first row that is not delivered.
    pub(crate) more: Option<(Millis, u64)>,
}

/// By which date the conditional list is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RangeType {
    Paid,
    Ordered,
}

#[derive(Debug)]
pub(crate) struct Book {
    orders: Vec<Order>,
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
            let order = self.generator.draw(Drawn { changed_at: at, stage, group_of: None });
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
    ) -> FeedPage {
        let mut page = FeedPage { rows: Vec::new(), more: None };
        if to < from {
            return page;
        }
        for (key, index) in self.by_change.range((from, sequence)..=(to, u64::MAX)) {
            let order = &self.orders[*index as usize];
            if change.is_some_and(|change| change != order.stage.wording().change) {
                continue;
            }
            if page.rows.len() == limit {
                page.more = Some(*key);
                break;
            }
            page.rows.push(*order);
        }
        page
    }

    /// Orders whose date of that kind lies in `from..=to`, by date, then id.
    pub(crate) fn list(&self, by: RangeType, from: Millis, to: Millis) -> impl Iterator<Item = &Order> {
        let index = match by {
            RangeType::Paid => &self.by_payment,
            RangeType::Ordered => &self.by_order,
        };
        index.range((from, 0)..=(to.max(from), u64::MAX)).map(|(_, index)| &self.orders[*index as usize])
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
