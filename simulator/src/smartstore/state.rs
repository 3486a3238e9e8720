//! What a store remembers, and what its tests may change.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use serde::{Deserialize, Serialize};

use super::Config;
use super::book::{Book, Order, Stage};
use super::bucket::Buckets;
use super::catalogue::{Catalogue, ListingTruth};
use super::claim::{ClaimKind, ClaimTruth, Step};
use super::line::Line;
use super::settings::Settings;
use super::settle::{self, SettlementTruth};
use super::token::Tokens;
use crate::core::{SimClock, lock};
use crate::effect::{Effect, Effects};
use crate::instant::{Millis, machine_now};
use crate::life::Lived;

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
    /// The order that it is a line of.
    pub group: String,
    /// When it was ordered.
    pub ordered_at: Millis,
    /// When it last changed.
    pub changed_at: Millis,
    /// The status in its details.
    pub status: String,
    /// The status of its present or last claim.
    pub claim_status: Option<String>,
    /// Whether the seller has confirmed it.
    pub confirmed: bool,
    /// The number of its parcel.
    pub tracking: Option<String>,
    /// What was paid, in won.
    pub amount: i64,
    /// Pieces that were ordered.
    pub quantity: i64,
    /// Pieces that no claim took away.
    pub remaining: i64,
    /// The number of the option that was ordered, where the good has options.
    pub option: Option<String>,
    /// Its details, byte for byte as a query answers them.
    pub payload: String,
}

/// One application and its shop.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) client_id: Arc<str>,
    secret: Mutex<String>,
    settings: Mutex<Settings>,
    book: RwLock<Book>,
    effects: Mutex<Effects>,
    catalogue: Mutex<Catalogue>,
    lived: Mutex<Lived<u64>>,
    /// How often the feed was read, and what waits for it, each with the number of the read it waits for.
    hooks: Mutex<(u64, Vec<(Hook, u64)>)>,
    tokens: Mutex<Tokens>,
    buckets: Mutex<Buckets>,
    /// Set once a token request broke the rules; the inner part is the last call that was let through.
    penalty: Mutex<Option<Option<Millis>>>,
}

impl Store {
    pub(crate) fn new(config: Config) -> Self {
        let end = config.end.unwrap_or_else(machine_now);
        Self {
            tokens: Mutex::new(Tokens::of(&config.client_id)),
            client_id: config.client_id.into(),
            secret: Mutex::new(config.client_secret),
            settings: Mutex::new(config.settings),
            book: RwLock::new(Book::new(config.seed, config.orders, config.days, end)),
            effects: Mutex::default(),
            catalogue: Mutex::new(Catalogue::new(config.seed, config.listings, end)),
            lived: Mutex::new(Lived::new(config.orders, config.days)),
            hooks: Mutex::default(),
            buckets: Mutex::default(),
            penalty: Mutex::default(),
        }
    }

    /// What time it is at this store.
    pub(crate) fn now(&self, clock: &SimClock) -> Millis {
        clock.now() + lock(&self.settings).clock_offset_ms
    }

    pub(crate) fn settings(&self) -> Settings {
        lock(&self.settings).clone()
    }

    pub(crate) fn set(&self, settings: Settings) {
        let mut present = lock(&self.settings);
        if present.rate != settings.rate {
            self.buckets().clear();
        }
        *present = settings;
    }

    pub(crate) fn secret(&self) -> String {
        lock(&self.secret).clone()
    }

    /// A new secret, as a seller can have it made: the old one is dead at once, tokens stay good.
    pub(crate) fn set_secret(&self, secret: String) {
        *lock(&self.secret) = secret;
    }

    pub(crate) fn book(&self) -> RwLockReadGuard<'_, Book> {
        self.book.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn lived(&self) -> MutexGuard<'_, Lived<u64>> {
        lock(&self.lived)
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

    pub(crate) fn add(&self, orders: &AddOrders, now: Millis) -> Vec<String> {
        let at = orders.changed_at.unwrap_or(now) - orders.ago_ms;
        let mut book = self.book.write().unwrap_or_else(PoisonError::into_inner);
        let ids = book.add(orders.count, at, orders.spread_ms, orders.stage);
        ids.into_iter().map(|id| id.to_string()).collect()
    }

    pub(crate) fn change(&self, orders: &ChangeOrders, now: Millis) -> Vec<String> {
        let ids: Vec<u64> = orders.ids.iter().filter_map(|id| id.parse().ok()).collect();
        let mut book = self.book.write().unwrap_or_else(PoisonError::into_inner);
        book.change(&ids, orders.stage, now).into_iter().map(|id| id.to_string()).collect()
    }

    pub(crate) fn change_some(&self, some: &ChangeSome, now: Millis) -> Vec<String> {
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

    /// One order more, and another one that goes on.
    pub(crate) fn grow(&self, now: Millis) {
        let mut book = self.book.write().unwrap_or_else(PoisonError::into_inner);
        let paid = book.orders().iter().find(|order| order.stage == Stage::Paid).map(|order| order.id);
        if let Some(id) = paid {
            book.change(&[id], Stage::Dispatched, now);
        }
        book.add(1, now, 0, Some(Stage::Paid));
    }

    /// Does something to the orders that may be an effect of a call.
    pub(crate) fn work<T>(&self, work: impl FnOnce(&mut Book, &mut Effects) -> T) -> T {
        let mut book = self.book.write().unwrap_or_else(PoisonError::into_inner);
        work(&mut book, &mut lock(&self.effects))
    }

    /// Does something to the goods that may be an effect of a call.
    pub(crate) fn shelf<T>(&self, work: impl FnOnce(&mut Catalogue, &mut Effects) -> T) -> T {
        work(&mut lock(&self.catalogue), &mut lock(&self.effects))
    }

    /// Every good, by number.
    pub(crate) fn listings(&self) -> Vec<ListingTruth> {
        lock(&self.catalogue).truth()
    }

    /// Every settled item, by day and id.
    pub(crate) fn settlements(&self, now: Millis) -> Vec<SettlementTruth> {
        settle::truth(&self.book(), now)
    }

    pub(crate) fn effects(&self) -> Vec<Effect> {
        lock(&self.effects).all()
    }

    /// Orders that may still go on, as they stand.
    pub(crate) fn open_orders(&self) -> Vec<Standing> {
        let book = self.book();
        // An order that has come to its end has no open claim.
        let standing = book.lines().filter(|line| line.order.stage.is_open());
        standing.map(Standing::of).collect()
    }

    pub(crate) fn standing(&self, id: u64) -> Option<Standing> {
        self.book().line(id).map(Standing::of)
    }

    pub(crate) fn hook(&self, hook: Hook) {
        let mut hooks = lock(&self.hooks);
        let at = hooks.0 + hook.after_feed_calls;
        hooks.1.push((hook, at));
    }

    /// Does what waits for this read of the feed.
    pub(crate) fn feed_was_read(&self, now: Millis) {
        let ready: Vec<Hook> = {
            let mut hooks = lock(&self.hooks);
            hooks.0 += 1;
            let reads = hooks.0;
            hooks.1.extract_if(.., |(_, at)| *at <= reads).map(|(hook, _)| hook).collect()
        };
        for hook in ready {
            if let Some(add) = &hook.add {
                self.add(add, now);
            }
            if let Some(change) = &hook.change {
                self.change(change, now);
            }
        }
    }

    pub(crate) fn truth(&self) -> Vec<Truth> {
        let mut truth: Vec<Truth> = self.book().lines().map(Line::truth).collect();
        truth.sort_by(|one, other| one.id.cmp(&other.id));
        truth
    }

    /// Every claim, by id.
    pub(crate) fn claims(&self) -> Vec<ClaimTruth> {
        let book = self.book();
        let claims = book.lines().flat_map(|line| line.claims().map(move |claim| claim.truth(line.order.id)));
        let mut claims: Vec<ClaimTruth> = claims.collect();
        claims.sort_by(|one, other| one.claim_id.cmp(&other.claim_id));
        claims
    }
}

/// An order and its open claim, as they stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    pub(crate) order: Order,
    pub(crate) claim: Option<(ClaimKind, Step)>,
}

impl Standing {
    fn of(line: Line<'_>) -> Self {
        let claim = line.claim().filter(|claim| claim.is_open()).map(|claim| (claim.kind, claim.step));
        Self { order: *line.order, claim }
    }
}
