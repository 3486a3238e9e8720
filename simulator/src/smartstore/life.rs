//! What happens to a product order, and after how long.

use super::book::{Order, Stage};
use super::claim::{ClaimKind, Step};
use super::others::{self, Act, Doing};
use super::state::{AddOrders, ChangeOrders, Standing, Store};
use crate::draw::Draw;
use crate::instant::{HOUR, Millis};
use crate::life::{Age, Aged};

/// What happens to an order.
#[derive(Clone, Copy)]
enum Next {
    /// It comes to a stage.
    Stage(Stage),
    /// Somebody does something.
    Act(Doing),
}

/// What happens next to an order, and how long it stands before: the same for the same order, however life passes.
/// Where the seller does nothing by itself, what the seller would do does not happen.
fn next(standing: &Standing, seller_acts: bool) -> Option<(Next, Millis)> {
    let order = &standing.order;
    let step = standing.claim.map_or(0, |(_, step)| 1 + step as u64);
    let mut draw = Draw::new(order.seed ^ 0x6c69_6665 ^ ((order.stage as u64) << 32) ^ (step << 48));
    let percent = draw.below(100);
    let mut hours = |least: i64, most: i64| least * HOUR + draw.span((most - least) * HOUR);
    let by_seller = |stage| seller_acts.then_some(Next::Stage(stage));
    // What was drawn at a stage with an open claim goes on as that stage does.
    if let Some((kind, step)) = standing.claim.filter(|_| order.stage != Stage::ReturnRequested) {
        let waits_for_seller = kind == ClaimKind::Cancel || step == Step::Collected;
        if waits_for_seller && !seller_acts {
            return None;
        }
        let next = Next::Act(if waits_for_seller { Doing::Grant } else { Doing::Carry });
        return Some((next, hours(10, 40)));
    }
    let (next, after) = match order.stage {
        Stage::Waiting => (Next::Stage(Stage::Paid), hours(1, 20)),
        Stage::Paid if percent < 5 && seller_acts => (Next::Stage(Stage::Cancelled), hours(1, 10)),
        Stage::Paid if percent < 5 => (Next::Act(Doing::RequestCancel), hours(1, 10)),
        Stage::Paid if percent < 7 => (Next::Stage(Stage::AddressChanged), hours(1, 5)),
        Stage::Paid | Stage::AddressChanged | Stage::GiftReceived => {
            (by_seller(Stage::Dispatched)?, hours(6, 46))
        }
        Stage::Dispatched => (Next::Stage(Stage::Delivered), hours(20, 50)),
        Stage::Delivered if percent < 5 && seller_acts => {
            (Next::Stage(Stage::ReturnRequested), hours(10, 60))
        }
        Stage::Delivered if percent < 3 => (Next::Act(Doing::RequestReturn), hours(10, 60)),
        Stage::Delivered if percent < 5 => (Next::Act(Doing::RequestExchange), hours(10, 60)),
        Stage::Delivered => (Next::Stage(Stage::Decided), hours(60, 190)),
        Stage::ReturnRequested if seller_acts => (Next::Stage(Stage::Returned), hours(30, 80)),
        Stage::ReturnRequested => (Next::Act(Doing::Carry), hours(10, 40)),
        Stage::Decided | Stage::Cancelled | Stage::Returned | Stage::Exchanged => return None,
    };
    Some((next, after))
}

/// Lets happen what is due between two instants of life. It is dated `now`.
pub(crate) fn step(store: &Store, now: Millis, start: Millis, life: Millis) -> Aged {
    let seller_acts = store.settings().seller_acts;
    let arrived = store.lived().arrivals(start, life);
    let mut aged = arrive(store, arrived, now, start, life);
    for mut standing in store.open_orders() {
        let id = standing.order.id;
        let mut since = store.lived().since(&id, standing.order.changed_at);
        let mut moved = false;
        while let Some((next, after)) = next(&standing, seller_acts) {
            if since + after > life || !happen(store, &standing.order, next, now) {
                break;
            }
            since += after;
            moved = true;
            aged.moved += 1;
            let Some(there) = store.standing(id) else { break };
            standing = there;
        }
        if moved {
            store.lived().stands(id, since);
        }
    }
    aged
}

/// Lets so many orders arrive, and the next ones take their next step.
pub(crate) fn age(store: &Store, age: &Age, now: Millis, life: Millis) -> Aged {
    let seller_acts = store.settings().seller_acts;
    let mut open: Vec<(Millis, Order, Next)> = store
        .open_orders()
        .into_iter()
        .filter_map(|standing| {
            let (next, after) = next(&standing, seller_acts)?;
            let since = store.lived().since(&standing.order.id, standing.order.changed_at);
            Some((since + after, standing.order, next))
        })
        .collect();
    open.sort_by_key(|(due, order, _)| (*due, order.id));
    let mut aged = Aged::default();
    for (_, order, next) in open.into_iter().take(age.move_on) {
        if happen(store, &order, next, now) {
            store.lived().stands(order.id, life);
            aged.moved += 1;
        }
    }
    aged += arrive(store, age.arrive, now, life, life);
    aged
}

/// Orders that arrive evenly between two instants of life.
fn arrive(store: &Store, count: usize, now: Millis, start: Millis, life: Millis) -> Aged {
    for number in 0..count {
        let since = start + (life - start) * number as Millis / count as Millis;
        // One in ten is not paid yet.
        let stage = if number % 10 == 9 { Stage::Waiting } else { Stage::Paid };
        for id in store.add(&AddOrders { stage: Some(stage), ..AddOrders::now(1) }, now) {
            store.lived().stands(id.parse().expect("an id of this store"), since);
        }
    }
    Aged { arrived: count, moved: 0 }
}

/// Lets it happen, where nothing else came before it.
fn happen(store: &Store, order: &Order, next: Next, now: Millis) -> bool {
    match next {
        Next::Stage(stage) => {
            let change = ChangeOrders { ids: vec![order.id.to_string()], stage };
            !store.change(&change, now).is_empty()
        }
        Next::Act(does) => others::act(store, &Act::new(&order.id.to_string(), does), now).is_some(),
    }
}
