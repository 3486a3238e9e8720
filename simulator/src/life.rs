//! How the orders live: they arrive, are paid, sent, delivered, decided on, cancelled, returned.
//!
//! Two times run beside each other. The platforms' own clocks, which `Date` headers and answers show, are the
//! machine's (and what [`offset`](crate::Clock::offset_ms) and the accounts' settings add): a client must be able to
//! keep in step with them. *Life* says how far the orders have come: it passes `speed` times as fast, and can be
//! advanced at once. What becomes due by it happens, and is dated, now. So a month of life can pass in a second, and
//! for a client it is a second in which many orders changed.

use serde::{Deserialize, Serialize};

use crate::core::Core;
use crate::instant::Millis;
use crate::{cafe24, coupang, eleventh_street, smartstore};

/// How fast life passes, and how far it is ahead of the clock.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) speed: f64,
    pub(crate) ahead: Millis,
    /// When life was last looked at, by the clock and in life.
    last: Millis,
    seen: Millis,
}

impl Life {
    pub(crate) fn new(speed: f64, now: Millis) -> Self {
        Self { speed, ahead: 0, last: now, seen: now }
    }

    /// The instants of life between which what is due has not happened yet.
    fn tick(&mut self, now: Millis) -> (Millis, Millis) {
        let passed = now - self.last;
        self.last = now;
        self.ahead += ((self.speed - 1.0) * passed as f64) as Millis;
        let start = std::mem::replace(&mut self.seen, now + self.ahead);
        (start, self.seen)
    }
}

/// Orders to let arrive or go on, whatever their time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Age {
    /// New orders at each account.
    pub arrive: usize,
    /// Orders of each account that take their next step: those whose time comes first.
    pub move_on: usize,
    /// One account only: a client id of the Smart Store, a mall, a vendor of Coupang or a seller of 11st.
    pub account: Option<String>,
}

/// What happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aged {
    /// Orders that arrived.
    pub arrived: usize,
    /// Steps that orders took.
    pub moved: usize,
}

impl std::ops::AddAssign for Aged {
    fn add_assign(&mut self, other: Self) {
        self.arrived += other.arrived;
        self.moved += other.moved;
    }
}

/// How far an account's orders have come. `K` is an order's id.
#[derive(Debug)]
pub(crate) struct Lived<K> {
    /// Orders that arrive in a day of life.
    per_day: f64,
    /// Parts of an order that are still to come.
    arriving: f64,
    /// Since when, in life, an order stands where it stands, where that is not its last change.
    since: std::collections::HashMap<K, Millis>,
}

impl<K: std::hash::Hash + Eq> Lived<K> {
    pub(crate) fn new(orders: usize, days: u32) -> Self {
        let per_day = orders as f64 / f64::from(days.max(1));
        Self { per_day, arriving: 0.0, since: std::collections::HashMap::new() }
    }

    /// How many orders arrive between two instants of life.
    pub(crate) fn arrivals(&mut self, start: Millis, life: Millis) -> usize {
        self.arriving += self.per_day * (life - start).max(0) as f64 / crate::instant::DAY as f64;
        let whole = self.arriving.floor();
        self.arriving -= whole;
        whole as usize
    }

    pub(crate) fn since(&self, id: &K, changed_at: Millis) -> Millis {
        self.since.get(id).copied().unwrap_or(changed_at)
    }

    pub(crate) fn stands(&mut self, id: K, since: Millis) {
        self.since.insert(id, since);
    }
}

/// Lets everything happen that is due.
pub(crate) fn pass(core: &Core) -> Aged {
    let now = core.clock.now();
    let (start, life) = core.life().tick(now);
    let mut aged = Aged::default();
    for store in core.stores.values() {
        aged += smartstore::step(store, store.now(&core.clock), start, life);
    }
    for mall in core.malls.values() {
        aged += cafe24::step(mall, now, start, life);
    }
    for vendor in core.vendors.values() {
        aged += coupang::step(vendor, vendor.now(&core.clock), start, life);
    }
    for seller in core.sellers.values() {
        aged += eleventh_street::step(seller, now, start, life);
    }
    aged
}

/// Moves life ahead, and lets happen what became due.
pub(crate) fn advance(core: &Core, by: Millis) -> Aged {
    let mut aged = pass(core);
    core.life().ahead += by;
    aged += pass(core);
    aged
}

/// Lets orders arrive and go on.
pub(crate) fn age(core: &Core, age: &Age) -> Aged {
    let now = core.clock.now();
    let life = now + core.life().ahead;
    let is_meant = |account: &str| age.account.as_deref().is_none_or(|wanted| wanted == account);
    let mut aged = Aged::default();
    for store in core.stores.values().filter(|store| is_meant(&store.client_id)) {
        aged += smartstore::age(store, age, store.now(&core.clock), life);
    }
    for mall in core.malls.values().filter(|mall| is_meant(&mall.mall_id)) {
        aged += cafe24::age(mall, age, now, life);
    }
    for vendor in core.vendors.values().filter(|vendor| is_meant(&vendor.vendor_id)) {
        aged += coupang::age(vendor, age, vendor.now(&core.clock), life);
    }
    for seller in core.sellers.values().filter(|seller| is_meant(&seller.seller_id)) {
        aged += eleventh_street::age(seller, age, now, life);
    }
    aged
}
