//! What the market remembers, and what its tests may change.

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use serde::{Deserialize, Serialize};

use super::book::{Book, Stage};
use super::bucket::Buckets;
use super::fault::{Fault, Faults};
use super::instant::{MarketClock, Millis};
use super::json::Json;
use super::ledger::{Calls, Ledger};
use super::payload::{self, Amounts};
use super::settings::Settings;
use super::token::Tokens;

/// Orders to add.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddOrders {
    /// How many.
    pub count: usize,
    /// When they last changed, in milliseconds since 1970; `None` is now.
    #[serde(default)]
    pub changed_at: Option<Millis>,
    /// How long before that instead, in milliseconds: rows that appear late.
    #[serde(default)]
    pub ago_ms: Millis,
    /// Over how many milliseconds from there on they are spread; 0 is all at one instant.
    #[serde(default)]
    pub spread_ms: Millis,
    /// Their stage; `None` draws one for each.
    #[serde(default)]
    pub stage: Option<Stage>,
}

impl AddOrders {
    /// New orders, changed at this moment.
    #[must_use]
    pub fn now(count: usize) -> Self {
        Self { count, changed_at: None, ago_ms: 0, spread_ms: 0, stage: None }
    }

    /// Orders that all changed at one instant.
    #[must_use]
    pub fn at(count: usize, changed_at: Millis) -> Self {
        Self { changed_at: Some(changed_at), ..Self::now(count) }
    }
}

/// Orders to move to another stage, now.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeOrders {
    /// Which.
    pub ids: Vec<String>,
    /// Where to. `delivered` leaves the date of the last change alone, as the platform does.
    pub stage: Stage,
}

/// Some orders to move to another stage, picked evenly from all.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeSome {
    /// How many.
    pub count: usize,
    /// Where to.
    pub stage: Stage,
    /// Over how many milliseconds before now the changes are spread; 0 is all at this instant.
    #[serde(default)]
    pub spread_ms: Millis,
}

/// Something to do by itself while a caller reads the feed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    /// After this many calls of the feed, counted from 1 from the moment the hook is set.
    pub after_feed_calls: u64,
    /// Orders to add.
    #[serde(default)]
    pub add: Option<AddOrders>,
    /// Orders to change.
    #[serde(default)]
    pub change: Option<ChangeOrders>,
}

/// What the market holds of one product order: what a complete store must hold as well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// The product order's id.
    pub id: String,
    /// When it was ordered.
    pub ordered_at: Millis,
    /// When it last changed.
    pub changed_at: Millis,
    /// The status in its details.
    pub status: String,
    /// What was paid, in won.
    pub amount: i64,
    /// Its details, byte for byte as a query answers them.
    pub payload: String,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) clock: MarketClock,
    client: Mutex<(String, String)>,
    settings: Mutex<Settings>,
    book: RwLock<Book>,
    ledger: Mutex<Ledger>,
    faults: Mutex<Faults>,
    /// Each with the number of the feed call it waits for.
    hooks: Mutex<Vec<(Hook, u64)>>,
    tokens: Mutex<Tokens>,
    buckets: Mutex<Buckets>,
    /// Set once a token request broke the rules; the inner part is the last call that was let through.
    penalty: Mutex<Option<Option<Millis>>>,
}

impl Inner {
    pub(crate) fn new(client: (String, String), settings: Settings, book: Book) -> Self {
        let clock = MarketClock::default();
        clock.set_offset(settings.clock_offset_ms);
        Self {
            clock,
            client: Mutex::new(client),
            settings: Mutex::new(settings),
            book: RwLock::new(book),
            ledger: Mutex::default(),
            faults: Mutex::default(),
            hooks: Mutex::default(),
            tokens: Mutex::default(),
            buckets: Mutex::default(),
            penalty: Mutex::default(),
        }
    }

    pub(crate) fn settings(&self) -> Settings {
        lock(&self.settings).clone()
    }

    pub(crate) fn set(&self, settings: Settings) {
        self.clock.set_offset(settings.clock_offset_ms);
        let mut present = lock(&self.settings);
        if present.rate != settings.rate {
            self.buckets().clear();
        }
        *present = settings;
    }

    pub(crate) fn credentials(&self) -> (String, String) {
        lock(&self.client).clone()
    }

    /// A new secret, as a seller can have it made: the old one is dead at once, tokens stay good.
    pub(crate) fn set_secret(&self, secret: String) {
        lock(&self.client).1 = secret;
    }

    pub(crate) fn book(&self) -> RwLockReadGuard<'_, Book> {
        self.book.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    pub(crate) fn tokens(&self) -> MutexGuard<'_, Tokens> {
        lock(&self.tokens)
    }

    pub(crate) fn buckets(&self) -> MutexGuard<'_, Buckets> {
        lock(&self.buckets)
    }

    pub(crate) fn penalty(&self) -> MutexGuard<'_, Option<Option<Millis>>> {
        lock(&self.penalty)
    }

    pub(crate) fn add(&self, orders: &AddOrders) -> Vec<String> {
        let at = orders.changed_at.unwrap_or_else(|| self.clock.now()) - orders.ago_ms;
        let mut book = self.book.write().unwrap_or_else(PoisonError::into_inner);
        let ids = book.add(orders.count, at, orders.spread_ms, orders.stage);
        ids.into_iter().map(|id| id.to_string()).collect()
    }

    pub(crate) fn change(&self, orders: &ChangeOrders) -> Vec<String> {
        let ids: Vec<u64> = orders.ids.iter().filter_map(|id| id.parse().ok()).collect();
        let at = self.clock.now();
        let mut book = self.book.write().unwrap_or_else(PoisonError::into_inner);
        book.change(&ids, orders.stage, at).into_iter().map(|id| id.to_string()).collect()
    }

    pub(crate) fn change_some(&self, some: &ChangeSome) -> Vec<String> {
        let now = self.clock.now();
        let mut book = self.book.write().unwrap_or_else(PoisonError::into_inner);
        let step = (book.orders().len() / some.count.max(1)).max(1);
        let ids: Vec<u64> =
            book.orders().iter().step_by(step).take(some.count).map(|order| order.id).collect();
        let count = Millis::try_from(ids.len()).expect("a count");
        for (id, place) in ids.iter().zip(0..) {
            book.change(&[*id], some.stage, now - some.spread_ms + some.spread_ms * place / count);
        }
        ids.iter().map(u64::to_string).collect()
    }

    pub(crate) fn fault(&self, fault: Fault) {
        let so_far = self.ledger().since_start(fault.endpoint);
        self.faults().set(fault, so_far);
    }

    pub(crate) fn hook(&self, hook: Hook) {
        let at = self.ledger().since_start(super::Endpoint::Feed) + hook.after_feed_calls;
        lock(&self.hooks).push((hook, at));
    }

    /// Does what waits for that call of the feed, or for one before it.
    pub(crate) fn run_hooks(&self, feed_call: u64) {
        let ready: Vec<Hook> = {
            let mut hooks = lock(&self.hooks);
            let (ready, waiting) = hooks.drain(..).partition(|(_, at)| *at <= feed_call);
            *hooks = waiting;
            let ready: Vec<(Hook, u64)> = ready;
            ready.into_iter().map(|(hook, _)| hook).collect()
        };
        for hook in ready {
            if let Some(add) = &hook.add {
                self.add(add);
            }
            if let Some(change) = &hook.change {
                self.change(change);
            }
        }
    }

    pub(crate) fn truth(&self) -> Vec<Truth> {
        let book = self.book();
        let mut truth: Vec<Truth> = book
            .orders()
            .iter()
            .map(|order| {
                let mut json = Json::default();
                payload::write(&mut json, order, true);
                Truth {
                    id: order.id.to_string(),
                    ordered_at: order.ordered_at,
                    changed_at: order.changed_at,
                    status: order.stage.status().to_owned(),
                    amount: Amounts::of(order).payment,
                    payload: String::from_utf8(json.into_bytes()).expect("written from texts"),
                }
            })
            .collect();
        truth.sort_by(|one, other| one.id.cmp(&other.id));
        truth
    }

    pub(crate) fn calls(&self, one_by_one: bool) -> Calls {
        self.ledger().read(one_by_one)
    }
}

/// A panic in one call is that call's failure; what the lock guards is whole between any two statements.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
