//! What buyers and carriers do.

use serde::{Deserialize, Serialize};

use super::book::{Status, read_line_id};
use super::claim::{
    CHANGED_MIND, DEFECT, Exchange, ExchangeStatus, Reason, Receipt, ReceiptStatus, Stop, Taken,
};
use super::state::State;
use crate::instant::Millis;

/// The most that a return may come to and be refunded at once.
const QUICK_REFUND_BELOW: i64 = 100_000;

/// One deed of a buyer or a carrier. `order_id` is a line, `{box}-{option}`; without a count it is all that is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// The buyer cancels. Before the seller's acknowledgement it is done at once, after it the seller must say whether
    /// the shipment can still be stopped.
    Cancel {
        /// The line.
        order_id: String,
        /// How many.
        #[serde(default)]
        count: Option<i64>,
    },
    /// The buyer wants to return what was sent.
    Return {
        /// The line.
        order_id: String,
        /// How many.
        #[serde(default)]
        count: Option<i64>,
    },
    /// The buyer wants other ones for those that were sent.
    Exchange {
        /// The line.
        order_id: String,
        /// How many.
        #[serde(default)]
        count: Option<i64>,
    },
    /// The buyer takes a claim back that is not over.
    Withdraw {
        /// The receipt or the exchange.
        claim_id: String,
    },
    /// The carrier fetches the goods of a claim from the buyer.
    Collect {
        /// The receipt or the exchange.
        claim_id: String,
    },
    /// Buyer and seller do not agree about a return that came back, and the platform decides.
    Dispute {
        /// The receipt.
        claim_id: String,
    },
    /// The new goods of an exchange arrive at the buyer's.
    Deliver {
        /// The exchange.
        claim_id: String,
    },
    /// The buyer changes the address of a box that is not acknowledged.
    ChangeAddress {
        /// A line in it.
        order_id: String,
    },
    /// The carrier brings a box to a status: on its way, or arrived.
    Carry {
        /// A line in it.
        order_id: String,
        /// `DELIVERING` or `FINAL_DELIVERY`.
        status: Status,
    },
    /// The buyer confirms that a box that has arrived may be paid for.
    Confirm {
        /// A line in it.
        order_id: String,
    },
}

impl State {
    /// Does it, where it can be done. Returns the id of the claim that came of it, or else of what it was done to.
    pub(super) fn act(&mut self, act: &Act, now: Millis) -> Option<String> {
        match act {
            Act::Cancel { order_id, count } => {
                let (parcel, item) = read_line_id(order_id)?;
                self.buyer_cancels(parcel, item, *count, now)
            }
            Act::Return { order_id, count } => {
                let (parcel, item) = read_line_id(order_id)?;
                self.buyer_returns(parcel, item, *count, now)
            }
            Act::Exchange { order_id, count } => {
                let (parcel, item) = read_line_id(order_id)?;
                self.buyer_exchanges(parcel, item, *count, now)
            }
            Act::Withdraw { claim_id } => {
                self.withdraw(claim_id.parse().ok()?, now).then(|| claim_id.clone())
            }
            Act::Collect { claim_id } => self.collect(claim_id.parse().ok()?, now).then(|| claim_id.clone()),
            Act::Dispute { claim_id } => {
                let receipt = self.receipts.get_mut(&claim_id.parse().ok()?)?;
                let can = receipt.is_open() && receipt.status == ReceiptStatus::VendorWarehouseConfirm;
                can.then_some(())?;
                receipt.status = ReceiptStatus::RequestCoupangCheck;
                receipt.modified_at = now;
                Some(claim_id.clone())
            }
            Act::Deliver { claim_id } => {
                let exchange = self.exchanges.get_mut(&claim_id.parse().ok()?)?;
                (exchange.is_open() && exchange.sent.is_some()).then_some(())?;
                (exchange.status, exchange.modified_at) = (ExchangeStatus::Success, now);
                let item = exchange.item.clone();
                self.unclaim(&item, now);
                Some(claim_id.clone())
            }
            Act::ChangeAddress { order_id } => {
                let (parcel, _) = read_line_id(order_id)?;
                (self.book.parcel(parcel)?.status == Status::Accept).then_some(())?;
                self.book.edit(parcel, now, |parcel| parcel.moved += 1)?;
                Some(order_id.clone())
            }
            Act::Carry { order_id, status } => {
                let (parcel, _) = read_line_id(order_id)?;
                let stands = self.book.parcel(parcel)?.status;
                let goes = matches!(
                    (stands, *status),
                    (Status::Departure, Status::Delivering | Status::FinalDelivery)
                        | (Status::Delivering, Status::FinalDelivery)
                );
                goes.then_some(())?;
                self.book.edit(parcel, now, |parcel| parcel.move_to(*status, now))?;
                Some(order_id.clone())
            }
            Act::Confirm { order_id } => {
                let (parcel, _) = read_line_id(order_id)?;
                let parcel = self.book.parcel(parcel)?;
                let can =
                    parcel.delivered_at.is_some() && parcel.confirmed_at.is_none() && parcel.is_listed();
                can.then_some(())?;
                let id = parcel.id;
                self.book.edit(id, now, |parcel| parcel.confirmed_at = Some(now))?;
                Some(order_id.clone())
            }
        }
    }

    fn buyer_cancels(&mut self, parcel: u64, item: u64, count: Option<i64>, now: Millis) -> Option<String> {
        let status = self.book.parcel(parcel)?.status;
        let taken = self.taken(parcel, item, count)?;
        let at_once = match status {
            Status::Accept => true,
            Status::Instruct => false,
            _ => return None,
        };
        self.book.edit(parcel, now, |parcel| {
            let line = parcel.line_mut(item).expect("it was found just now");
            if at_once {
                line.cancelled += taken.count;
            } else {
                line.held += taken.count;
            }
            parcel.was_claimed = true;
        })?;
        let id = self.receipt(vec![taken], CHANGED_MIND, at_once, now);
        let receipt = self.receipts.get_mut(&id).expect("made just now");
        if at_once {
            receipt.status = ReceiptStatus::ReturnsCompleted;
            receipt.completed_at = Some(now);
        } else {
            receipt.status = ReceiptStatus::ReleaseStopUnchecked;
            receipt.stop = Stop::Unchecked;
        }
        Some(id.to_string())
    }

    fn buyer_returns(&mut self, parcel: u64, item: u64, count: Option<i64>, now: Millis) -> Option<String> {
        self.book.parcel(parcel)?.status.is_shipped().then_some(())?;
        let taken = self.taken(parcel, item, count)?;
        let mut amount = 0;
        self.book.edit(parcel, now, |parcel| {
            let line = parcel.line_mut(item).expect("it was found just now");
            line.claimed += taken.count;
            amount = line.unit * taken.count;
            parcel.was_claimed = true;
        })?;
        let id = self.receipt(vec![taken], DEFECT, false, now);
        let receipt = self.receipts.get_mut(&id).expect("made just now");
        receipt.is_refunded_early = self.settings.quick_refunds && amount < QUICK_REFUND_BELOW;
        Some(id.to_string())
    }

    fn buyer_exchanges(&mut self, parcel: u64, item: u64, count: Option<i64>, now: Millis) -> Option<String> {
        let found = self.book.parcel(parcel)?;
        found.status.is_shipped().then_some(())?;
        let order = found.order;
        let item = self.taken(parcel, item, count)?;
        self.book.edit(parcel, now, |parcel| {
            parcel.line_mut(item.vendor_item).expect("it was found just now").claimed += item.count;
            parcel.was_claimed = true;
        })?;
        let id = self.generator.claim_id();
        let exchange = Exchange {
            id,
            order,
            item,
            status: ExchangeStatus::Receipt,
            created_at: now,
            modified_at: now,
            collected_at: None,
            new_box: None,
            sent: None,
        };
        self.exchanges.insert(id, exchange);
        Some(id.to_string())
    }

    /// So many of a line, or all that nobody has claimed.
    fn taken(&self, parcel: u64, vendor_item: u64, count: Option<i64>) -> Option<Taken> {
        let line = self.book.parcel(parcel)?.line(vendor_item)?;
        let count = count.unwrap_or_else(|| line.free());
        (count > 0 && count <= line.free()).then_some(Taken {
            parcel,
            vendor_item,
            bought: line.quantity,
            count,
        })
    }

    /// A receipt of an order that is here, as it is before anybody looked at it.
    pub(super) fn receipt(&mut self, items: Vec<Taken>, reason: Reason, is_cancel: bool, now: Millis) -> u64 {
        let first = items.first().and_then(|item| self.book.parcel(item.parcel));
        let order = first.expect("a claim is about a box that is here").order;
        let id = self.generator.claim_id();
        let receipt = Receipt {
            id,
            order,
            is_cancel,
            status: ReceiptStatus::ReturnsUnchecked,
            stop: Stop::NotAsked,
            created_at: now,
            modified_at: now,
            items,
            reason,
            is_refunded_early: false,
            completed_at: None,
            invoice: None,
            withdrawn_at: None,
        };
        self.receipts.insert(id, receipt);
        id
    }

    /// A claim on these goods is over without them coming back for good.
    pub(super) fn unclaim(&mut self, item: &Taken, now: Millis) {
        self.book.edit(item.parcel, now, |parcel| {
            if let Some(line) = parcel.line_mut(item.vendor_item) {
                line.claimed -= item.count;
            }
        });
    }

    /// The goods of a receipt are the seller's again: what was held or claimed of them is cancelled.
    pub(super) fn complete_receipt(&mut self, id: u64, now: Millis) {
        let Some(receipt) = self.receipts.get_mut(&id) else { return };
        let before_shipping = receipt.is_before_shipping();
        if before_shipping && receipt.stop == Stop::Unchecked {
            receipt.stop = Stop::Stopped;
        }
        receipt.status = ReceiptStatus::ReturnsCompleted;
        receipt.modified_at = now;
        receipt.completed_at = Some(now);
        for item in receipt.items.clone() {
            self.book.edit(item.parcel, now, |parcel| {
                let Some(line) = parcel.line_mut(item.vendor_item) else { return };
                line.cancelled += item.count;
                if before_shipping {
                    line.held -= item.count;
                } else {
                    line.claimed -= item.count;
                }
            });
        }
    }

    fn withdraw(&mut self, id: u64, now: Millis) -> bool {
        if let Some(receipt) = self.receipts.get_mut(&id) {
            if !receipt.is_open() {
                return false;
            }
            receipt.withdrawn_at = Some(now);
            receipt.modified_at = now;
            let held = receipt.is_before_shipping();
            for item in receipt.items.clone() {
                self.book.edit(item.parcel, now, |parcel| {
                    let Some(line) = parcel.line_mut(item.vendor_item) else { return };
                    if held {
                        line.held -= item.count;
                    } else {
                        line.claimed -= item.count;
                    }
                });
            }
            return true;
        }
        let Some(exchange) = self.exchanges.get_mut(&id).filter(|exchange| exchange.is_open()) else {
            return false;
        };
        if exchange.sent.is_some() {
            return false;
        }
        (exchange.status, exchange.modified_at) = (ExchangeStatus::Cancel, now);
        let item = exchange.item.clone();
        self.unclaim(&item, now);
        true
    }

    fn collect(&mut self, id: u64, now: Millis) -> bool {
        if let Some(receipt) = self.receipts.get_mut(&id) {
            let can = receipt.is_open() && !receipt.is_before_shipping() && receipt.invoice.is_none();
            if can {
                receipt.invoice = Some(format!("84{:010}", id % 10_000_000_000));
                receipt.modified_at = now;
            }
            return can;
        }
        let Some(exchange) = self.exchanges.get_mut(&id).filter(|exchange| exchange.is_open()) else {
            return false;
        };
        let can = exchange.collected_at.is_none();
        if can {
            (exchange.collected_at, exchange.modified_at) = (Some(now), now);
        }
        can
    }
}
