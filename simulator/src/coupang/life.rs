//! What happens to boxes and claims, and after how long.
//!
//! Buyers and carriers do their part in any case. What a seller does, life does as well, as if with other tools, unless
//! [`Settings::life_sells`](super::Settings::life_sells) leaves it to calls; it leaves no effect behind.

use std::collections::VecDeque;

use super::Premises;
use super::act::Act;
use super::book::{Parcel, Status, line_id, read_line_id};
use super::claim::{Exchange, ExchangeStatus, Receipt, ReceiptStatus};
use super::generate::AddOrders;
use super::state::State;
use crate::draw::Draw;
use crate::instant::{HOUR, Millis};
use crate::life::{Age, Aged};

/// The next thing that happens to a box or a claim.
#[derive(Clone, Debug)]
enum Deed {
    /// Of a buyer or a carrier.
    Act(Act),
    /// The seller acknowledges a box, or sends it.
    Sell(u64, Status),
    /// The seller has goods of a return back.
    Receive(u64),
    /// The seller, or the platform for him, agrees to a claim.
    Complete(u64),
    /// The seller has goods of an exchange back.
    ReceiveExchange(u64),
    /// The seller sends the new goods of an exchange.
    SendNew(u64),
}

impl State {
    /// The next deed for a box, a receipt or an exchange, and how long it stands before: the same for the same one,
    /// however life passes.
    fn next(&self, id: u64) -> Option<(Deed, Millis)> {
        if let Some(parcel) = self.book.parcel(id) {
            return self.next_of_parcel(parcel);
        }
        if let Some(receipt) = self.receipts.get(&id) {
            return self.next_of_receipt(receipt);
        }
        self.exchanges.get(&id).and_then(|exchange| self.next_of_exchange(exchange))
    }

    fn next_of_parcel(&self, parcel: &Parcel) -> Option<(Deed, Millis)> {
        let mut draw = Draw::new(parcel.id ^ 0x6c69_6665 ^ ((parcel.status as u64) << 32));
        let percent = draw.below(100);
        let mut hours = |least: i64, most: i64| least * HOUR + draw.span((most - least) * HOUR);
        let line = parcel.lines.iter().find(|line| line.free() > 0)?;
        let order_id = line_id(parcel.id, line.good.vendor_item);
        let sells = self.settings.life_sells;
        let is_calm = parcel.lines.iter().all(|line| line.held == 0 && line.claimed == 0);
        let act = |act: Act, after: Millis| Some((Deed::Act(act), after));
        match parcel.status {
            Status::Accept if percent < 4 => act(Act::Cancel { order_id, count: None }, hours(1, 5)),
            Status::Accept if sells => Some((Deed::Sell(parcel.id, Status::Instruct), hours(1, 6))),
            Status::Instruct if percent < 4 && !parcel.was_claimed => {
                act(Act::Cancel { order_id, count: None }, hours(2, 8))
            }
            Status::Instruct if sells && is_calm => {
                Some((Deed::Sell(parcel.id, Status::Departure), hours(6, 40)))
            }
            Status::Departure => act(Act::Carry { order_id, status: Status::Delivering }, hours(4, 10)),
            Status::Delivering => act(Act::Carry { order_id, status: Status::FinalDelivery }, hours(14, 36)),
            Status::FinalDelivery if parcel.confirmed_at.is_some() || !is_calm => None,
            Status::FinalDelivery if percent < 5 && !parcel.was_claimed => {
                act(Act::Return { order_id, count: Some(1) }, hours(10, 60))
            }
            Status::FinalDelivery if percent < 8 && !parcel.was_claimed => {
                act(Act::Exchange { order_id, count: Some(1) }, hours(10, 60))
            }
            Status::FinalDelivery => act(Act::Confirm { order_id }, hours(60, 160)),
            Status::Accept | Status::Instruct | Status::NoneTracking => None,
        }
    }

    fn next_of_receipt(&self, receipt: &Receipt) -> Option<(Deed, Millis)> {
        if !receipt.is_open() {
            return None;
        }
        let id = receipt.id;
        let mut draw = Draw::new(id ^ 0x7265_7475 ^ ((receipt.status as u64) << 32));
        let percent = draw.below(100);
        let mut hours = |least: i64, most: i64| least * HOUR + draw.span((most - least) * HOUR);
        let claim_id = id.to_string();
        let sells = self.settings.life_sells;
        match receipt.status {
            ReceiptStatus::ReleaseStopUnchecked if sells => Some((Deed::Complete(id), hours(3, 20))),
            ReceiptStatus::ReturnsUnchecked if receipt.invoice.is_none() => {
                let act = if percent < 10 { Act::Withdraw { claim_id } } else { Act::Collect { claim_id } };
                Some((Deed::Act(act), hours(20, 50)))
            }
            ReceiptStatus::ReturnsUnchecked if sells => Some((Deed::Receive(id), hours(10, 30))),
            ReceiptStatus::VendorWarehouseConfirm if percent < 15 => {
                Some((Deed::Act(Act::Dispute { claim_id }), hours(3, 9)))
            }
            ReceiptStatus::VendorWarehouseConfirm if sells => Some((Deed::Complete(id), hours(5, 20))),
            ReceiptStatus::RequestCoupangCheck => Some((Deed::Complete(id), hours(40, 80))),
            _ => None,
        }
    }

    fn next_of_exchange(&self, exchange: &Exchange) -> Option<(Deed, Millis)> {
        if !exchange.is_open() {
            return None;
        }
        let id = exchange.id;
        let mut draw = Draw::new(id ^ 0x6578_6368 ^ ((exchange.status as u64) << 32));
        let mut hours = |least: i64, most: i64| least * HOUR + draw.span((most - least) * HOUR);
        let claim_id = id.to_string();
        let sells = self.settings.life_sells;
        if exchange.sent.is_some() {
            return Some((Deed::Act(Act::Deliver { claim_id }), hours(20, 50)));
        }
        if exchange.collected_at.is_none() {
            return Some((Deed::Act(Act::Collect { claim_id }), hours(20, 50)));
        }
        match exchange.status {
            ExchangeStatus::Receipt if sells => Some((Deed::ReceiveExchange(id), hours(4, 20))),
            ExchangeStatus::Progress if sells => Some((Deed::SendNew(id), hours(5, 30))),
            _ => None,
        }
    }

    /// Does it. Returns the id of a claim that came of it.
    fn live(&mut self, deed: &Deed, now: Millis) -> Option<u64> {
        match deed {
            Deed::Act(act) => {
                let made = self.act(act, now)?;
                let is_claim = matches!(act, Act::Cancel { .. } | Act::Return { .. } | Act::Exchange { .. });
                return made.parse().ok().filter(|_| is_claim);
            }
            Deed::Sell(id, Status::Instruct) => {
                self.book.edit(*id, now, |parcel| parcel.move_to(Status::Instruct, now));
            }
            Deed::Sell(id, _) => {
                let invoice = format!("7{:011}", id % 100_000_000_000);
                self.send_off(*id, "CJGLS", &invoice, now);
            }
            Deed::Receive(id) => {
                let receipt = self.receipts.get_mut(id)?;
                receipt.status = ReceiptStatus::VendorWarehouseConfirm;
                receipt.modified_at = now;
                if receipt.is_refunded_early {
                    self.complete_receipt(*id, now);
                }
            }
            Deed::Complete(id) => self.complete_receipt(*id, now),
            Deed::ReceiveExchange(id) => self.receive_exchange(*id, now),
            Deed::SendNew(id) => {
                let exchange = self.exchanges.get_mut(id)?;
                exchange.sent = Some(("CJGLS".to_owned(), format!("73{id:010}"), now));
                exchange.modified_at = now;
            }
        }
        None
    }

    /// Everything to which something may still happen, with when it last changed.
    fn living(&self) -> Vec<(u64, Millis)> {
        let open = self.book.open.iter().filter_map(|id| self.book.parcel(*id));
        let boxes = open.map(|parcel| (parcel.id, parcel.changed_at));
        let receipts = self.receipts.values().filter(|receipt| receipt.is_open());
        let receipts = receipts.map(|receipt| (receipt.id, receipt.modified_at));
        let exchanges = self.exchanges.values().filter(|exchange| exchange.is_open());
        let exchanges = exchanges.map(|exchange| (exchange.id, exchange.modified_at));
        boxes.chain(receipts).chain(exchanges).collect()
    }
}

/// Lets happen what is due between two instants of life. It is dated `now`.
pub(crate) fn step(vendor: &Premises, now: Millis, start: Millis, life: Millis) -> Aged {
    let mut lived = vendor.lived();
    let mut state = vendor.state();
    let count = lived.arrivals(start, life);
    let mut aged = Aged { arrived: count, moved: 0 };
    for number in 0..count {
        let since = start + (life - start) * number as Millis / count as Millis;
        for id in state.arrive(&AddOrders::now(1), now).iter().filter_map(|id| read_line_id(id)) {
            lived.stands(id.0, since);
        }
    }
    let mut waiting: VecDeque<(u64, Millis)> = state.living().into();
    while let Some((id, changed_at)) = waiting.pop_front() {
        let before = lived.since(&id, changed_at);
        let mut since = before;
        while let Some((deed, after)) = state.next(id) {
            if since + after > life {
                break;
            }
            since += after;
            if let Some(claim) = state.live(&deed, now) {
                lived.stands(claim, since);
                waiting.push_back((claim, now));
            }
            aged.moved += 1;
        }
        if since != before {
            lived.stands(id, since);
        }
        if state.book.parcel(id).is_some_and(is_over) {
            state.book.open.remove(&id);
        }
    }
    aged
}

/// Whether nothing happens to a box any more but what a buyer is made to do.
fn is_over(parcel: &Parcel) -> bool {
    parcel.status == Status::NoneTracking || parcel.confirmed_at.is_some()
}

/// Lets so many orders arrive, and the next boxes and claims take their next step.
pub(crate) fn age(vendor: &Premises, age: &Age, now: Millis, life: Millis) -> Aged {
    let mut lived = vendor.lived();
    let mut state = vendor.state();
    let mut due: Vec<(Millis, u64, Deed)> = state
        .living()
        .into_iter()
        .filter_map(|(id, changed_at)| {
            let (deed, after) = state.next(id)?;
            Some((lived.since(&id, changed_at) + after, id, deed))
        })
        .collect();
    due.sort_by_key(|(due, id, _)| (*due, *id));
    let mut aged = Aged { arrived: age.arrive, moved: 0 };
    for (_, id, deed) in due.into_iter().take(age.move_on) {
        if let Some(claim) = state.live(&deed, now) {
            lived.stands(claim, life);
        }
        lived.stands(id, life);
        aged.moved += 1;
    }
    let new = AddOrders::now(age.arrive);
    for id in state.arrive(&new, now).iter().filter_map(|id| read_line_id(id)) {
        lived.stands(id.0, life);
    }
    aged
}
