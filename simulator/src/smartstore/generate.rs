//! Draws orders from a seed: the same seed gives the same orders, whatever the machine.

use super::book::{Order, Stage};
use crate::draw::Draw;
use crate::instant::{HOUR, MINUTE, Millis, SECOND, kst_day_number};

/// What is known beforehand of an order to draw.
pub(crate) struct Drawn {
    pub(crate) changed_at: Millis,
    pub(crate) stage: Option<Stage>,
    /// Another line of the same order.
    pub(crate) group_of: Option<Order>,
    /// An order that comes in now, which nobody has confirmed.
    pub(crate) is_new: bool,
}

#[derive(Debug)]
pub(crate) struct Generator {
    seed: u64,
    count: u64,
}

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, count: 0 }
    }

    /// `count` orders, changed at random instants evenly spread over the `span` that ends with `end`. One in six is
    /// another line of the order before it, changed at the same instant; half of the instants are whole seconds.
    pub(crate) fn spread(&mut self, count: usize, span: Millis, end: Millis) -> Vec<Order> {
        let mut draw = Draw::new(self.seed ^ 0x6d61_726b_6574);
        let mut orders: Vec<Order> = Vec::with_capacity(count);
        let total = Millis::try_from(count).expect("a count");
        for step in 0..total {
            let slot = end - span + span / total * step;
            let mut changed_at = slot + 1 + draw.span(span / total);
            if draw.below(2) == 0 {
                changed_at = (changed_at - changed_at.rem_euclid(SECOND)).max(end - span + 1);
            }
            let group_of = orders.last().filter(|_| draw.below(6) == 0).copied();
            orders.push(self.draw(Drawn {
                changed_at: changed_at.min(end),
                stage: None,
                group_of,
                is_new: false,
            }));
        }
        orders
    }

    pub(crate) fn draw(&mut self, known: Drawn) -> Order {
        self.count += 1;
        let seed = Draw::new(self.seed.wrapping_add(self.count)).next_u64();
        let mut draw = Draw::new(seed);
        if let Some(first) = known.group_of {
            return Order { id: self.id(first.ordered_at, 40_000_000, 50_000_000), seed, ..first };
        }
        let stage = known.stage.unwrap_or_else(|| stage(draw.below(100)));
        let since_payment = match stage {
            Stage::Waiting | Stage::Paid => SECOND,
            Stage::AddressChanged | Stage::GiftReceived | Stage::Cancelled => MINUTE + draw.span(3 * HOUR),
            Stage::Dispatched | Stage::Delivered => 6 * HOUR + draw.span(40 * HOUR),
            Stage::ReturnRequested => 60 * HOUR + draw.span(60 * HOUR),
            Stage::Decided | Stage::Returned | Stage::Exchanged => 120 * HOUR + draw.span(120 * HOUR),
        };
        let paid_at = known.changed_at - since_payment;
        let ordered_at = paid_at - SECOND * (3 + draw.span(20));
        Order {
            id: self.id(ordered_at, 40_000_000, 50_000_000),
            group: self.id(ordered_at, 10_000_000, 30_000_000),
            seed,
            ordered_at,
            paid_at,
            changed_at: known.changed_at,
            stage,
            confirmed: stage != Stage::Waiting
                && (!stage.is_to_send() || !known.is_new && draw.below(2) == 0),
        }
    }

    /// 16 digits, the day and a number. The numbers are scattered, so that order of id is not order of time; the
    /// factor shares no divisor with the ranges, so that none comes twice before the range is used up.
    fn id(&self, ordered_at: Millis, first: u64, range: u64) -> u64 {
        kst_day_number(ordered_at) * 100_000_000 + first + self.count * 7_368_787 % range
    }
}

/// How a shop's orders are spread over the stages, by a number below 100.
fn stage(percent: u64) -> Stage {
    match percent {
        0..=1 => Stage::Waiting,
        2..=36 => Stage::Paid,
        37..=38 => Stage::AddressChanged,
        39 => Stage::GiftReceived,
        40..=64 => Stage::Dispatched,
        65..=72 => Stage::Delivered,
        73..=93 => Stage::Decided,
        94..=96 => Stage::Cancelled,
        97 => Stage::ReturnRequested,
        98 => Stage::Exchanged,
        _ => Stage::Returned,
    }
}
