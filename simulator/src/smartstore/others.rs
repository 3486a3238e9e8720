//! What is done to a product order otherwise than by calls: by its buyer, its carrier, or the seller by hand.

use serde::{Deserialize, Serialize};

use super::book::Stage;
use super::claim::{Claim, ClaimKind, Parcel, Step};
use super::state::Store;
use crate::instant::Millis;

/// Something that a buyer, a carrier or a seller does.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// To which product order.
    pub id: String,
    /// What.
    pub does: Doing,
    /// For how many pieces a claim is; `None` is all that are left.
    #[serde(default)]
    pub quantity: Option<i64>,
}

impl Act {
    /// For all pieces.
    #[must_use]
    pub fn new(id: &str, does: Doing) -> Self {
        Self { id: id.to_owned(), does, quantity: None }
    }
}

/// What they can do without a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// The buyer cancels: at once while the order is not confirmed, else by a request.
    RequestCancel,
    /// The buyer wants to return what was sent.
    RequestReturn,
    /// The buyer wants to have it exchanged.
    RequestExchange,
    /// The buyer takes the claim back.
    Withdraw,
    /// The buyer confirms the purchase of what has arrived.
    Decide,
    /// The seller does by hand what the buyer's claim asks for, where the goods are back.
    Grant,
    /// The carrier takes its next step: brings the goods, takes them back, brings the exchanged ones.
    Carry,
}

/// Does it where the order's state allows it, and returns the status of its claim, or else its own; `None` where
/// nothing could be done.
pub(crate) fn act(store: &Store, act: &Act, now: Millis) -> Option<String> {
    let id = act.id.parse().ok()?;
    store.work(|book, _| {
        let line = book.line(id)?;
        let (stage, amounts) = (line.order.stage, line.amounts());
        let claim = line.claim().filter(|claim| claim.is_open()).map(|claim| (claim.kind, claim.step));
        let confirmed = line.confirmed_at().is_some();
        let carrier = line.carrier();
        let quantity = act.quantity.unwrap_or(amounts.remaining);
        let is_some = (1..=amounts.remaining).contains(&quantity);
        let arrives = matches!(stage, Stage::Dispatched | Stage::Delivered);
        let mut request = |kind| {
            let claim = Claim::new(book.claim_id(now), kind, quantity, now);
            book.act(id, now, Some("CLAIM_REQUESTED"), |_, handling| handling.make(claim));
        };
        match (act.does, claim) {
            (Doing::RequestCancel, None) if is_some && stage.is_to_send() => {
                request(ClaimKind::Cancel);
                if !confirmed {
                    close(book, id, now);
                }
            }
            (Doing::RequestReturn, None) if is_some && arrives => request(ClaimKind::Return),
            (Doing::RequestExchange, None) if is_some && arrives => request(ClaimKind::Exchange),
            (Doing::Withdraw, Some((_, step))) if step != Step::Redelivering => {
                book.act(id, now, Some("CLAIM_REJECTED"), |_, handling| {
                    if let Some(claim) = handling.open_claim() {
                        claim.close(Step::Rejected, now);
                    }
                });
            }
            (
                Doing::Grant,
                Some((ClaimKind::Cancel, _) | (ClaimKind::Return | ClaimKind::Exchange, Step::Collected)),
            ) => {
                close(book, id, now);
            }
            (Doing::Decide, None) if stage == Stage::Delivered => {
                book.change(&[id], Stage::Decided, now);
            }
            (Doing::Carry, None) if stage == Stage::Dispatched => {
                book.change(&[id], Stage::Delivered, now);
            }
            (Doing::Carry, Some((ClaimKind::Return | ClaimKind::Exchange, Step::Requested))) => {
                book.act(id, now, None, |order, handling| {
                    let number = Some((500_000_000_000 + order.seed % 100_000_000_000).to_string());
                    let Some(claim) = handling.open_claim() else { return };
                    claim.step = Step::Collecting;
                    claim.collect.get_or_insert(Parcel {
                        method: "RETURN_DESIGNATED".to_owned(),
                        company: Some(carrier.to_owned()),
                        number,
                        at: now,
                    });
                });
            }
            (Doing::Carry, Some((_, Step::Collecting))) => collect(book, id, now),
            (Doing::Carry, Some((_, Step::Redelivering))) => close(book, id, now),
            _ => return None,
        }
        let wording = book.line(id)?.wording();
        Some(wording.claim.map_or(wording.status, |(_, status)| status).to_owned())
    })
}

/// The goods of a return or an exchange are back.
pub(crate) fn collect(book: &mut super::book::Book, id: u64, now: Millis) {
    book.act(id, now, Some("COLLECT_DONE"), |_, handling| {
        if let Some(claim) = handling.open_claim() {
            claim.step = Step::Collected;
            claim.collected_at = Some(now);
        }
    });
}

/// The open claim is done. One for all pieces changes the order's status; one for some pieces takes them away and is
/// history.
pub(crate) fn close(book: &mut super::book::Book, id: u64, now: Millis) {
    book.act(id, now, Some("CLAIM_COMPLETED"), |order, handling| {
        let remaining = super::payload::Amounts::of(order, handling.taken).remaining;
        let Some(claim) = handling.open_claim() else { return };
        claim.close(Step::Done, now);
        if claim.quantity < remaining {
            if claim.kind != ClaimKind::Exchange {
                let quantity = claim.quantity;
                handling.taken += quantity;
            }
            handling.completed.extend(handling.claim.take());
            return;
        }
        order.stage = match claim.kind {
            ClaimKind::Cancel => Stage::Cancelled,
            ClaimKind::Return => Stage::Returned,
            ClaimKind::Exchange => Stage::Exchanged,
        };
    });
}
