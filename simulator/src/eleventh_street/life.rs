//! What happens to an order line, and after how long.

use std::collections::BTreeMap;

use super::Premises;
use super::claim::ClaimKind;
use super::generate;
use super::order::{Line, LineKey, Parcel, Status};
use super::state::State;
use crate::draw::{Draw, of_text};
use crate::instant::{DAY, HOUR, Millis};
use crate::life::{Age, Aged};

/// What happens next, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Pay,
    CancelAtOnce,
    Confirm,
    RequestCancel,
    Ship,
    Withdraw,
    Approve,
    Deliver,
    Return,
    Exchange,
    Decide { by_itself: bool },
}

impl Step {
    fn is_the_sellers(self) -> bool {
        matches!(self, Self::Confirm | Self::Ship | Self::Approve)
    }

    /// Lets it happen. What is confirmed or shipped takes along what the platform takes along.
    pub(super) fn take(self, state: &mut State, key: &LineKey, at: Millis) {
        let line = state.lines[key].clone();
        match self {
            Self::Pay => state.pay(key, at),
            Self::CancelAtOnce => {
                let reason = chosen(&line, [["11", "단순 변심"], ["09", "다른 상품을 샀어요"], ["00", ""]]);
                state.cancel(key, line.quantity, reason, false, at);
            }
            Self::Confirm => {
                for along in state.confirmed_with(&line) {
                    state.confirm(&along, at);
                }
            }
            Self::RequestCancel => {
                let quantity = part_of(&line);
                let reasons =
                    [["15", "색상을 잘못 골랐습니다."], ["17", "배송이 늦어요"], ["99", "기타 <사유>"]];
                state.request(key, ClaimKind::Cancel, quantity, chosen(&line, reasons), false, at);
            }
            Self::Ship => {
                let parcel = Parcel {
                    method: "01",
                    carrier: "00034".to_owned(),
                    waybill: (600_000_000_000 + state.next_number()).to_string(),
                };
                for along in state.of_shipment(line.shipment) {
                    if state.lines[&along].status == Status::Preparing {
                        state.ship(&along, vec![parcel.clone()], at);
                    }
                }
            }
            Self::Withdraw | Self::Approve => {
                let Some(number) = line.claim else { return };
                if self == Self::Withdraw {
                    return state.withdraw(number, at);
                }
                let replacement = (state.claims[&number].kind == ClaimKind::Exchange).then(|| Parcel {
                    method: "01",
                    carrier: "00011".to_owned(),
                    waybill: (500_000_000_000 + state.next_number()).to_string(),
                });
                state.approve(number, replacement, at);
            }
            Self::Deliver => state.deliver(key, at),
            Self::Return => {
                let reasons = [["121", "생각보다 작아요"], ["111", "상자가 찌그러졌어요"], ["113", "기타"]];
                state.request(key, ClaimKind::Return, part_of(&line), chosen(&line, reasons), false, at);
            }
            Self::Exchange => {
                let quantity = line.kept();
                let reasons = [["206", "크기를 잘못 골랐어요"], ["207", "깨져서 왔어요"], ["211", "기타"]];
                state.request(key, ClaimKind::Exchange, quantity, chosen(&line, reasons), false, at);
            }
            Self::Decide { by_itself } => state.decide(key, by_itself, at),
        }
    }
}

/// One of the reasons, code and text.
fn chosen<'a>(line: &Line, reasons: [[&'a str; 2]; 3]) -> [&'a str; 2] {
    Draw::new(line.seed).pick(&reasons)
}

/// All of a line, or of every other line but one piece.
fn part_of(line: &Line) -> i64 {
    if line.seed.is_multiple_of(2) { line.kept() } else { (line.kept() - 1).max(1) }
}

/// The next step of a line, and how long it stands before: the same for the same line, however life passes. `None`
/// where nothing more comes, or where the seller must act and life does not act for it.
pub(super) fn next(state: &State, line: &Line) -> Option<(Step, Millis)> {
    let salt = of_text(line.status.code()) ^ (u64::from(line.claims) << 40);
    let mut draw = Draw::new(line.seed ^ salt);
    let percent = draw.below(100);
    let mut hours = |least: i64, most: i64| least * HOUR + draw.span((most - least) * HOUR);
    let (step, after) = match line.status {
        Status::Waiting => (Step::Pay, hours(1, 60)),
        Status::Paid if percent < 4 && line.claims == 0 => (Step::CancelAtOnce, hours(1, 6)),
        Status::Paid => (Step::Confirm, hours(3, 20)),
        Status::Preparing if percent < 5 && line.claims == 0 => (Step::RequestCancel, hours(1, 5)),
        Status::Preparing => (Step::Ship, hours(6, 30)),
        Status::Cancelling | Status::Claimed if percent < 15 => (Step::Withdraw, hours(4, 20)),
        Status::Cancelling => (Step::Approve, hours(5, 30)),
        Status::Claimed => (Step::Approve, hours(30, 80)),
        Status::Shipped => (Step::Deliver, hours(20, 50)),
        Status::Delivered if percent < 5 && line.claims == 0 => (Step::Return, hours(10, 60)),
        Status::Delivered if percent < 8 && line.claims == 0 => (Step::Exchange, hours(10, 60)),
        // The platform decides by itself seven days after delivery.
        Status::Delivered if percent < 60 => (Step::Decide { by_itself: true }, 7 * DAY),
        Status::Delivered => (Step::Decide { by_itself: false }, hours(20, 160)),
        Status::Decided | Status::Returned | Status::Cancelled | Status::Revoked => return None,
    };
    (state.settings.seller_acts || !step.is_the_sellers()).then_some((step, after))
}

fn next_may_come(status: Status) -> bool {
    !matches!(status, Status::Decided | Status::Returned | Status::Cancelled | Status::Revoked)
}

/// Lets happen what is due between two instants of life. It is dated `now`.
pub(crate) fn step(seller: &Premises, now: Millis, start: Millis, life: Millis) -> Aged {
    let mut lived = seller.lived();
    let mut state = seller.state();
    let now = now + state.settings.clock_offset_ms;
    let mut aged = Aged { arrived: lived.arrivals(start, life), moved: 0 };
    let mut since: BTreeMap<LineKey, Millis> = state
        .lines
        .values()
        .filter(|line| next_may_come(line.status))
        .map(|line| (line.key(), lived.since(&line.key(), line.changed_at)))
        .collect();
    let mut arrived = 0;
    while arrived < aged.arrived {
        let at = start + (life - start) * arrived as Millis / aged.arrived as Millis;
        for key in generate::arrive(&mut state, arrived % 10 != 9, now) {
            lived.stands(key.clone(), at);
            since.insert(key, at);
        }
        arrived += 1;
    }
    state.touched.clear();
    // Lines that were moved along with another are looked at again.
    let mut open: Vec<LineKey> = since.keys().cloned().collect();
    while let Some(key) = open.pop() {
        let Some((step, after)) = next(&state, &state.lines[&key]) else { continue };
        let due = since[&key] + after;
        if due > life {
            continue;
        }
        step.take(&mut state, &key, now);
        aged.moved += 1;
        for key in std::mem::take(&mut state.touched) {
            lived.stands(key.clone(), due);
            since.insert(key.clone(), due);
            open.push(key);
        }
    }
    aged
}

/// Lets so many orders arrive, and the next lines take their next step.
pub(crate) fn age(seller: &Premises, age: &Age, now: Millis, life: Millis) -> Aged {
    let mut lived = seller.lived();
    let mut state = seller.state();
    let now = now + state.settings.clock_offset_ms;
    let mut open: Vec<(Millis, LineKey)> = state
        .lines
        .values()
        .filter_map(|line| {
            let (_, after) = next(&state, line)?;
            Some((lived.since(&line.key(), line.changed_at) + after, line.key()))
        })
        .collect();
    open.sort_unstable();
    let mut aged = Aged { arrived: age.arrive, moved: 0 };
    let mut moved = Vec::new();
    for (_, key) in open {
        if aged.moved == age.move_on {
            break;
        }
        // It may have gone along with another.
        if moved.contains(&key) {
            continue;
        }
        let Some((step, _)) = next(&state, &state.lines[&key]) else { continue };
        step.take(&mut state, &key, now);
        aged.moved += 1;
        moved.append(&mut state.touched);
    }
    for number in 0..age.arrive {
        generate::arrive(&mut state, number % 10 != 9, now);
        moved.append(&mut state.touched);
    }
    for key in moved {
        lived.stands(key, life);
    }
    aged
}
