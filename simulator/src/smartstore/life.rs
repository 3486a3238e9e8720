//! What happens to a product order, and after how long.

use super::book::{Order, Stage};
use super::state::{AddOrders, ChangeOrders, Store};
use crate::draw::Draw;
use crate::instant::{HOUR, Millis};
use crate::life::{Age, Aged};

/// The next stage of an order, and how long it stands before: the same for the same order, however life passes.
fn next(order: &Order) -> Option<(Stage, Millis)> {
    let mut draw = Draw::new(order.seed ^ 0x6c69_6665 ^ ((order.stage as u64) << 32));
    let percent = draw.below(100);
    let mut hours = |least: i64, most: i64| least * HOUR + draw.span((most - least) * HOUR);
    Some(match order.stage {
        Stage::Waiting => (Stage::Paid, hours(1, 20)),
        Stage::Paid if percent < 5 => (Stage::Cancelled, hours(1, 10)),
        Stage::Paid if percent < 7 => (Stage::AddressChanged, hours(1, 5)),
        Stage::Paid | Stage::AddressChanged | Stage::GiftReceived => (Stage::Dispatched, hours(6, 46)),
        Stage::Dispatched => (Stage::Delivered, hours(20, 50)),
        Stage::Delivered if percent < 5 => (Stage::ReturnRequested, hours(10, 60)),
        Stage::Delivered => (Stage::Decided, hours(60, 190)),
        Stage::ReturnRequested => (Stage::Returned, hours(30, 80)),
        Stage::Decided | Stage::Cancelled | Stage::Returned => return None,
    })
}

/// Lets happen what is due between two instants of life. It is dated `now`.
pub(crate) fn step(store: &Store, now: Millis, start: Millis, life: Millis) -> Aged {
    let arrived = store.lived().arrivals(start, life);
    let mut aged = arrive(store, arrived, now, start, life);
    for mut order in store.open_orders() {
        let mut since = store.lived().since(&order.id, order.changed_at);
        let mut moved = false;
        while let Some((stage, after)) = next(&order) {
            if since + after > life {
                break;
            }
            since += after;
            change(store, &order, stage, now);
            order.stage = stage;
            moved = true;
            aged.moved += 1;
        }
        if moved {
            store.lived().stands(order.id, since);
        }
    }
    aged
}

/// Lets so many orders arrive, and the next ones take their next step.
pub(crate) fn age(store: &Store, age: &Age, now: Millis, life: Millis) -> Aged {
    let mut open: Vec<(Millis, Order, Stage)> = store
        .open_orders()
        .into_iter()
        .filter_map(|order| {
            let (stage, after) = next(&order)?;
            Some((store.lived().since(&order.id, order.changed_at) + after, order, stage))
        })
        .collect();
    open.sort_by_key(|(due, order, _)| (*due, order.id));
    let mut aged = Aged::default();
    for (_, order, stage) in open.into_iter().take(age.move_on) {
        change(store, &order, stage, now);
        store.lived().stands(order.id, life);
        aged.moved += 1;
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

fn change(store: &Store, order: &Order, stage: Stage, now: Millis) {
    store.change(&ChangeOrders { ids: vec![order.id.to_string()], stage }, now);
}
