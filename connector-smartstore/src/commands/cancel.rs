//! Cancelling by the seller: one product order a call, all of it or some pieces.

use connector_core::command::{CancelReason, Refusal};
use connector_core::http::Request;
use connector_core::{Action, ClaimKind, ClaimState, OrderState, Standing};
use serde::Serialize;

use super::answer::Answered;
use super::line::{Fresh, Parts};
use super::{Plan, refusal, sendable};

/// The longest text that the platform takes.
const LONGEST_TEXT: usize = 500;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Cancel<'a> {
    cancel_reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel_detailed_reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel_quantity: Option<i64>,
}

/// The platform's word for a reason, where it has one.
fn word(reason: CancelReason) -> Plan<&'static str> {
    match reason {
        CancelReason::SoldOut => Ok("SOLD_OUT"),
        CancelReason::Delayed => Ok("DELAYED_DELIVERY"),
        CancelReason::WrongPrice | CancelReason::WrongInformation => Ok("INCORRECT_INFO"),
        CancelReason::BuyerChangedMind => Ok("INTENT_CHANGED"),
        // A near one would be counted against the seller or the buyer.
        CancelReason::WrongAddress => {
            Err(refusal("the platform knows no such reason; give buyer_changed_mind or delayed, as it is"))
        }
    }
}

pub(super) fn plan(action: &Action) -> Plan<(Request, Answered)> {
    let Action::Cancel { line, reason, note, quantity } = action else {
        return Err(refusal("this is no cancel"));
    };
    let cancel_quantity = match quantity {
        None => None,
        Some(pieces) if *pieces < 1 || line.quantity.is_some_and(|all| *pieces > all) => {
            return Err(refusal("there are not so many pieces to cancel"));
        }
        Some(pieces) if line.quantity == Some(*pieces) => None,
        Some(pieces) => {
            // How many were left, and which claims there were, is how the effect is told from another's later.
            if line.quantity.is_none() || line.raw.is_none() {
                return Err(refusal(
                    "some pieces can be cancelled only of an order line that was read before",
                ));
            }
            Some(*pieces)
        }
    };
    let detail = note.as_deref().map(str::trim).filter(|note| !note.is_empty());
    if detail.is_some_and(|detail| detail.chars().count() > LONGEST_TEXT) {
        return Err(refusal(format!("the platform takes at most {LONGEST_TEXT} characters as a reason")));
    }
    let body = Cancel { cancel_reason: word(*reason)?, cancel_detailed_reason: detail, cancel_quantity };
    let path = format!("/v1/pay-order/seller/product-orders/{}/claim/cancel/request", line.order_id);
    let request =
        Request::post("claim/cancel/request", path).json(&body).map_err(|error| Refusal::from(&error))?;
    Ok((request, Answered::Line(line.order_id.clone())))
}

pub(super) fn standing(action: &Action, fresh: &Fresh<'_>) -> Standing {
    let Action::Cancel { line, reason, quantity, .. } = action else {
        return Standing::Unclear { reason: "this is no cancel".to_owned() };
    };
    if fresh.order.state == OrderState::Cancelled {
        return Standing::in_effect();
    }
    let open =
        fresh.order.claims.iter().find(|claim| claim.kind == ClaimKind::Cancel && claim.state.is_open());
    match open.map(|claim| claim.status.as_str()) {
        Some("CANCEL_REQUEST") => {
            return Standing::barred("the buyer asks to cancel: approve that claim instead");
        }
        Some(status) => return Standing::Unclear { reason: format!("a cancel is under way ({status})") },
        None => {}
    }
    if let Some(objection) = fresh.objection(action) {
        return objection;
    }
    let standing = match quantity.filter(|pieces| line.quantity != Some(*pieces)) {
        None => Standing::NotInEffect,
        Some(pieces) => part(line.quantity, line.raw.as_deref(), pieces, word(*reason).ok(), fresh),
    };
    sendable(standing, || plan(action))
}

/// Whether so many pieces were cancelled since the line was read: by a claim that was not there then, for our reason.
fn part(
    before: Option<i64>,
    raw: Option<&serde_json::value::RawValue>,
    pieces: i64,
    reason: Option<&str>,
    fresh: &Fresh<'_>,
) -> Standing {
    let known = raw.and_then(Parts::of);
    let ours = fresh.order.claims.iter().any(|claim| {
        claim.kind == ClaimKind::Cancel
            && claim.state == ClaimState::Done
            && claim.quantity == Some(pieces)
            && claim.reason.as_deref() == reason
            && known.as_ref().is_some_and(|known| !known.tells_of(claim))
    });
    if ours {
        return Standing::in_effect();
    }
    let left = fresh.parts.product_order.remain_quantity.get().copied();
    match (before, left) {
        (Some(before), Some(left)) if before == left => Standing::NotInEffect,
        (Some(_), Some(_)) => Standing::barred("the number of pieces has changed since the line was read"),
        _ => Standing::Unclear { reason: "how many pieces are left is not known".to_owned() },
    }
}
