//! Orders and figures drawn from a seed. All goods are invented.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate};

use super::state::{Day, MallOrder, State, korean_day};
use crate::draw::Draw;
use crate::instant::machine_now;

/// Number, name, price.
pub(super) const GOODS: [(u32, &str, i64); 6] = [
    (121, "시험 린넨 셔츠", 29_900),
    (122, "시험 밀짚모자", 18_000),
    (123, "시험 캔버스 가방", 42_000),
    (124, "시험 가죽 지갑", 35_500),
    (125, "시험 면 스카프", 12_900),
    (126, "시험 유리 화병", 21_000),
];
/// The last is the platform's own word for visits that came from nowhere.
const DOMAINS: [&str; 4] = ["search.naver.com", "www.google.com", "instagram.com", "참조 도메인 없음"];

/// Fills an empty mall with so many orders over so many days up to today, and with figures for each day.
pub(super) fn fill(state: &mut State, seed: u64, count: usize, days: u32) {
    let mut draw = Draw::new(seed ^ 0x6d61_6c6c);
    if count == 0 {
        return;
    }
    let now = DateTime::from_timestamp_millis(machine_now()).expect("in the range of the calendar");
    let today = korean_day(now);
    let days = u64::from(days.max(1));
    for ago in (0..days).rev() {
        let day = today - Days::new(ago);
        let figures = state.days.entry((1, day)).or_default();
        figures.visits = 80 + below(&mut draw, 160);
        figures.views = figures.visits * (2 + below(&mut draw, 3));
        for domain in DOMAINS {
            figures.domains.insert(domain.to_owned(), 5 + below(&mut draw, 40));
        }
    }
    for number in 0..count {
        let ago = days - 1 - (number as u64 * days / count as u64).min(days - 1);
        let mut order = order(&mut draw, number, today - Days::new(ago));
        count_sale(state.days.entry((1, order.events["order_date"])).or_default(), &order);
        let on = |later: u64| today - Days::new(ago.saturating_sub(later));
        match draw.below(100) {
            0..4 if ago >= 1 => order.move_to("C40", on(1)),
            4..6 if ago >= 6 => {
                order.move_to("N30", on(1));
                order.move_to("R40", on(6));
            }
            _ => {
                for (after, status) in [(1, "N30"), (3, "N40"), (8, "N50")] {
                    if ago >= after {
                        order.move_to(status, on(after));
                    }
                }
            }
        }
        state.orders.push(order);
    }
}

/// One order more, placed and paid today.
pub(super) fn arrive(state: &mut State, today: NaiveDate) {
    let number = state.orders.len();
    let mut draw = Draw::new(number as u64 ^ 0x6172_7269_7665);
    let order = order(&mut draw, number, today);
    let day = state.days.entry((1, today)).or_default();
    day.visits += 3;
    day.views += 9;
    *day.domains.entry(DOMAINS[0].to_owned()).or_default() += 3;
    count_sale(day, &order);
    state.orders.push(order);
}

fn order(draw: &mut Draw, number: usize, day: NaiveDate) -> MallOrder {
    let (product_no, _, price) = draw.pick(&GOODS);
    let quantity = 1 + below(draw, 2);
    MallOrder {
        order_id: format!("{}-{:07}", day.format("%Y%m%d"), number + 1),
        shop_no: 1,
        // One in ten comes from another market; the figures are of the mall's own shop only.
        market_id: if draw.below(10) == 0 { "shopn" } else { "self" }.to_owned(),
        product_no,
        status: "N10".to_owned(),
        amount: price * quantity,
        events: BTreeMap::from([("order_date", day), ("pay_date", day)]),
    }
}

fn count_sale(day: &mut Day, order: &MallOrder) {
    if order.market_id == "self" {
        let (orders, won) = day.products.entry(order.product_no).or_default();
        *orders += 1;
        *won += order.amount;
    }
}

fn below(draw: &mut Draw, bound: u64) -> i64 {
    i64::try_from(draw.below(bound)).expect("small")
}
