//! What happens to an order of a mall, and after how long.

use chrono::DateTime;

use super::Premises;
use super::generate::arrive;
use super::state::{MallOrder, korean_day};
use crate::draw::{Draw, of_text};
use crate::instant::{HOUR, Millis};
use crate::life::{Age, Aged};

/// The next status of an order, and how long it has the one before.
fn next(order: &MallOrder) -> Option<(&'static str, Millis)> {
    let mut draw = Draw::new(of_text(&order.order_id) ^ of_text(&order.status));
    let percent = draw.below(100);
    let mut hours = |least: i64, most: i64| least * HOUR + draw.span((most - least) * HOUR);
    Some(match order.status.as_str() {
        "N10" if percent < 4 => ("C40", hours(1, 10)),
        "N10" | "N20" | "N21" => ("N30", hours(10, 40)),
        "N30" => ("N40", hours(20, 60)),
        "N40" if percent < 4 => ("R00", hours(10, 60)),
        "N40" => ("N50", hours(60, 190)),
        "R00" => ("R40", hours(30, 80)),
        _ => return None,
    })
}

/// When an order last changed, as far as its days tell.
fn changed_at(order: &MallOrder) -> Millis {
    let last = order.events.values().max().expect("an order has its day");
    last.and_hms_opt(3, 0, 0).expect("an hour of every day").and_utc().timestamp_millis()
}

/// Lets happen what is due between two instants of life. It is dated today.
pub(crate) fn step(mall: &Premises, now: Millis, start: Millis, life: Millis) -> Aged {
    let today = korean_day(DateTime::from_timestamp_millis(now).expect("in the range of the calendar"));
    let mut lived = mall.lived();
    let mut state = mall.state();
    let mut aged = Aged { arrived: lived.arrivals(start, life), moved: 0 };
    for number in 0..aged.arrived {
        arrive(&mut state, today);
        let id = state.orders.last().expect("it has just arrived").order_id.clone();
        lived.stands(id, start + (life - start) * number as Millis / aged.arrived as Millis);
    }
    for order in &mut state.orders {
        let before = lived.since(&order.order_id, changed_at(order));
        let mut since = before;
        while let Some((status, after)) = next(order) {
            if since + after > life {
                break;
            }
            since += after;
            order.move_to(status, today);
            aged.moved += 1;
        }
        if since != before {
            lived.stands(order.order_id.clone(), since);
        }
    }
    aged
}

/// Lets so many orders arrive, and the next ones take their next step.
pub(crate) fn age(mall: &Premises, age: &Age, now: Millis, life: Millis) -> Aged {
    let today = korean_day(DateTime::from_timestamp_millis(now).expect("in the range of the calendar"));
    let mut lived = mall.lived();
    let mut state = mall.state();
    let mut open: Vec<(Millis, usize, &'static str)> = Vec::new();
    for (index, order) in state.orders.iter().enumerate() {
        if let Some((status, after)) = next(order) {
            open.push((lived.since(&order.order_id, changed_at(order)) + after, index, status));
        }
    }
    open.sort_unstable();
    let mut aged = Aged { arrived: age.arrive, moved: 0 };
    for (_, index, status) in open.into_iter().take(age.move_on) {
        let order = &mut state.orders[index];
        order.move_to(status, today);
        lived.stands(order.order_id.clone(), life);
        aged.moved += 1;
    }
    for _ in 0..age.arrive {
        arrive(&mut state, today);
        let id = state.orders.last().expect("it has just arrived").order_id.clone();
        lived.stands(id, life);
    }
    aged
}
