//! Answering claims: one product order a call.
//!
//! A refused claim call mostly carries the code 9999 whatever the cause, so the message is passed on.
//! <https://github.com/commerce-api-naver/commerce-api/discussions/1457>

use connector_core::command::{OfClaim, Parcel, Refusal};
use connector_core::http::Request;
use connector_core::lenient::{Object, Text};
use connector_core::{Action, Claim, ClaimKind, ClaimState, Standing};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::answer::Answered;
use super::line::Fresh;
use super::ship::{self, Sent};
use super::{Plan, refusal, sendable};

pub(super) fn plan(action: &Action) -> Plan<(Request, Answered)> {
    match action {
        Action::ApproveClaim { claim, parcel } => approve(claim, parcel.as_ref()),
        Action::RejectClaim { claim, reason, parcel } => reject(claim, reason, parcel.as_ref()),
        Action::HoldClaim { claim, reason } => hold(claim, reason),
        _ => Err(refusal("this is no answer to a claim")),
    }
}

/// A call on a claim; without `body` for those that take none.
fn call(
    claim: &OfClaim,
    operation: &'static str,
    body: Option<&impl Serialize>,
) -> Plan<(Request, Answered)> {
    let path = format!("/v1/pay-order/seller/product-orders/{}/{operation}", claim.order_id);
    let request = Request::post(operation, path);
    let request = match body {
        Some(body) => request.json(body).map_err(|error| Refusal::from(&error))?,
        None => request,
    };
    Ok((request, Answered::Line(claim.order_id.clone())))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Redelivery<'a> {
    re_delivery_method: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    re_delivery_company: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    re_delivery_tracking_number: Option<&'a str>,
}

fn approve(claim: &OfClaim, parcel: Option<&Parcel>) -> Plan<(Request, Answered)> {
    match (claim.kind, parcel) {
        (ClaimKind::Cancel, None) => call(claim, "claim/cancel/approve", None::<&()>),
        (ClaimKind::Return, None) => call(claim, "claim/return/approve", None::<&()>),
        (ClaimKind::Exchange, None) => call(claim, "claim/exchange/collect/approve", None::<&()>),
        (ClaimKind::Exchange, Some(parcel)) => {
            let sent = Sent::of(parcel)?;
            let body = Redelivery {
                re_delivery_method: sent.method,
                re_delivery_company: sent.company,
                re_delivery_tracking_number: sent.tracking_number,
            };
            call(claim, "claim/exchange/dispatch", Some(&body))
        }
        (ClaimKind::Cancel | ClaimKind::Return, Some(_)) => {
            Err(refusal("only an exchange is approved with a parcel"))
        }
    }
}

fn filled(text: &str) -> Plan<&str> {
    Some(text.trim())
        .filter(|text| !text.is_empty())
        .ok_or_else(|| refusal("the buyer must be told a reason"))
}

fn reject(claim: &OfClaim, reason: &str, parcel: Option<&Parcel>) -> Plan<(Request, Answered)> {
    match claim.kind {
        ClaimKind::Return => {
            call(claim, "claim/return/reject", Some(&json!({"rejectReturnReason": filled(reason)?})))
        }
        ClaimKind::Exchange => {
            call(claim, "claim/exchange/reject", Some(&json!({"rejectExchangeReason": filled(reason)?})))
        }
        // There is no call to refuse a cancel: whoever sends the goods has done so.
        // https://github.com/commerce-api-naver/commerce-api/discussions/2823
        ClaimKind::Cancel => match parcel {
            Some(parcel) => ship::single(&claim.order_id, parcel),
            None => Err(refusal("a cancel is refused by sending the goods: give the parcel")),
        },
    }
}

fn hold(claim: &OfClaim, reason: &str) -> Plan<(Request, Answered)> {
    // Which fee is at stake, as the other classes say, nobody has told us.
    let class = "ETC";
    match claim.kind {
        ClaimKind::Return => call(
            claim,
            "claim/return/holdback",
            Some(&json!({"holdbackClassType": class, "holdbackReturnDetailReason": filled(reason)?})),
        ),
        ClaimKind::Exchange => call(
            claim,
            "claim/exchange/holdback",
            Some(&json!({"holdbackClassType": class, "holdbackExchangeDetailReason": filled(reason)?})),
        ),
        ClaimKind::Cancel => Err(refusal("the platform puts no cancel on hold")),
    }
}

pub(super) fn standing(action: &Action, line: &Fresh<'_>) -> Standing {
    let Some(target) = action.claim() else {
        return Standing::Unclear { reason: "this is no answer to a claim".to_owned() };
    };
    let Some(claim) = line.claim(&target.claim_id).filter(|claim| claim.kind == target.kind) else {
        let done = line.order.state == target.kind.done_state();
        return match action {
            Action::ApproveClaim { .. } if done => Standing::in_effect(),
            _ => Standing::Unclear { reason: "the product order shows no such claim".to_owned() },
        };
    };
    let standing = match action {
        Action::ApproveClaim { parcel, .. } => approved(claim, parcel.as_ref()),
        Action::RejectClaim { parcel, .. } => rejected(claim, parcel.as_ref(), line),
        _ => held(claim),
    };
    sendable(standing, || plan(action))
}

fn over(claim: &Claim) -> Standing {
    Standing::barred(format!("the claim is over ({})", claim.status))
}

fn approved(claim: &Claim, parcel: Option<&Parcel>) -> Standing {
    match (claim.state, claim.kind, parcel) {
        (ClaimState::Rejected | ClaimState::Withdrawn, ..) => over(claim),
        (ClaimState::Done, ClaimKind::Cancel | ClaimKind::Return, _) => Standing::in_effect(),
        (_, ClaimKind::Exchange, None) => match claim.status.as_str() {
            "COLLECT_DONE" | "EXCHANGE_REDELIVERING" | "EXCHANGE_DONE" => Standing::in_effect(),
            _ => Standing::NotInEffect,
        },
        (_, ClaimKind::Exchange, Some(parcel)) => match claim.status.as_str() {
            "EXCHANGE_REDELIVERING" | "EXCHANGE_DONE" => sent_again(claim, parcel),
            "EXCHANGE_REQUEST" | "COLLECTING" => {
                Standing::barred("the goods are not back yet: approve the exchange without a parcel first")
            }
            _ => Standing::NotInEffect,
        },
        _ => Standing::NotInEffect,
    }
}

/// Whether the exchanged goods are on their way in this very parcel.
fn sent_again(claim: &Claim, parcel: &Parcel) -> Standing {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Told<'a> {
        #[serde(borrow)]
        re_delivery_method: Text<'a>,
        #[serde(borrow)]
        re_delivery_company: Text<'a>,
        #[serde(borrow)]
        re_delivery_tracking_number: Text<'a>,
    }
    let told = serde_json::from_str::<Object<Told<'_>>>(claim.raw.get()).unwrap_or_default().0;
    let same = Sent::of(parcel).is_ok_and(|sent| {
        sent.is(
            told.re_delivery_method.filled(),
            told.re_delivery_company.filled(),
            told.re_delivery_tracking_number.filled(),
        )
    });
    match same {
        true => Standing::in_effect(),
        false => Standing::barred("the exchanged goods were sent in another parcel"),
    }
}

fn rejected(claim: &Claim, parcel: Option<&Parcel>, line: &Fresh<'_>) -> Standing {
    match (claim.state, claim.kind) {
        (ClaimState::Rejected, ClaimKind::Cancel) => {
            let so = parcel.and_then(|parcel| ship::sent_so(line.parts.delivery.as_deref(), parcel));
            match so {
                Some(false) => Standing::barred("the order line is shipped in another parcel"),
                _ => Standing::in_effect(),
            }
        }
        (ClaimState::Rejected | ClaimState::Withdrawn, _) => Standing::in_effect(),
        (ClaimState::Done, _) => over(claim),
        _ => Standing::NotInEffect,
    }
}

fn held(claim: &Claim) -> Standing {
    match claim.state {
        ClaimState::Held => Standing::in_effect(),
        ClaimState::Done | ClaimState::Rejected | ClaimState::Withdrawn => over(claim),
        _ => Standing::NotInEffect,
    }
}
