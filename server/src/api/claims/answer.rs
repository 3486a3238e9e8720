//! The seller's answers: agree, refuse, put on hold.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use connector_core::{Action, ClaimState};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Claim, read, state_of};
use crate::access::Access;
use crate::api::fulfil::attempt::{Planned, attempts};
use crate::api::fulfil::verdict::{Change, judge, objection};
use crate::api::fulfil::wanted::{ShippingInfo, told};
use crate::extract::{Body, Id, MaybeBody};
use crate::host::WriteTask;
use crate::problem::{Members, Problem};

/// Agreeing to a claim.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Approval {
    /// The parcel with the exchanged goods, where agreeing means sending them.
    shipping_info: Option<ShippingInfo>,
    /// The claim's `platform_status` as you saw it: when it is another by now, nothing is done.
    platform_status: Option<String>,
}

/// Refusing a claim.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rejection {
    /// What the buyer is told; of an exchange at Coupang the code `SOLDOUT` or `WITHDRAW`.
    #[schema(example = "이미 발송된 상품입니다", min_length = 1, max_length = 500)]
    reason: String,
    /// The parcel that is on its way already: what refuses a cancel.
    shipping_info: Option<ShippingInfo>,
    /// The claim's `platform_status` as you saw it: when it is another by now, nothing is done.
    platform_status: Option<String>,
}

/// Putting a claim on hold.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Holding {
    /// What the buyer is told.
    #[schema(example = "상품 확인 중입니다", min_length = 1, max_length = 500)]
    reason: String,
    /// The claim's `platform_status` as you saw it: when it is another by now, nothing is done.
    platform_status: Option<String>,
}

/// A claim as the platform shows it, and what became of the answer to it.
#[derive(Serialize, ToSchema)]
pub(crate) struct AnsweredClaim {
    #[serde(flatten)]
    claim: Claim,
    /// What became of the answer at the platform.
    change: Change,
}

/// What the seller answers.
struct Answer {
    shipping_info: Option<ShippingInfo>,
    kind: Kind,
    platform_status: Option<String>,
}

enum Kind {
    Approve,
    Reject(String),
    Hold(String),
}

impl Kind {
    /// The state of a claim that was answered so, and is over with it.
    fn over(&self) -> Option<ClaimState> {
        match self {
            Self::Approve => Some(ClaimState::Done),
            Self::Reject(_) => Some(ClaimState::Rejected),
            Self::Hold(_) => None,
        }
    }
}

/// Approve a claim.
///
/// A cancel is agreed to, a return refunded. Where a platform takes it in steps (the goods are back, then the refund; an exchange
/// with the parcel that goes out), each call takes the claim one step on. The answer is the claim as the platform shows it
/// afterwards. Codes as for `PUT /orders/{id}/status`.
#[utoipa::path(
    post, path = "/api/v1/claims/{id}/approve", tag = "claims", operation_id = "approveClaim",
    params(("id" = i64, Path, description = "The claim's id here.")), request_body = Option<Approval>,
    responses(
        (status = 200, body = AnsweredClaim, description = "It is so, as the platform shows."),
        (status = 202, body = AnsweredClaim, description = "The platform accepted it and does not show it yet."),
        (
            status = 504, body = Members, content_type = "application/problem+json",
            description = "Nobody knows whether it was done.",
        ),
    ),
)]
pub(crate) async fn approve(
    access: Access,
    Id(id): Id,
    MaybeBody(body): MaybeBody<Approval>,
) -> Result<impl IntoResponse, Problem> {
    let Approval { shipping_info, platform_status } = body;
    answer(&access, id, Answer { shipping_info, kind: Kind::Approve, platform_status }).await
}

/// Reject a claim.
///
/// A cancel is refused with the parcel that is on its way, where the platform has a way to refuse it.
#[utoipa::path(
    post, path = "/api/v1/claims/{id}/reject", tag = "claims", operation_id = "rejectClaim",
    params(("id" = i64, Path, description = "The claim's id here.")), request_body = Rejection,
    responses(
        (status = 200, body = AnsweredClaim, description = "It is so, as the platform shows."),
        (status = 202, body = AnsweredClaim, description = "The platform accepted it and does not show it yet."),
        (
            status = 504, body = Members, content_type = "application/problem+json",
            description = "Nobody knows whether it was done.",
        ),
    ),
)]
pub(crate) async fn reject(
    access: Access,
    Id(id): Id,
    Body(body): Body<Rejection>,
) -> Result<impl IntoResponse, Problem> {
    let Rejection { reason, shipping_info, platform_status } = body;
    let kind = Kind::Reject(told("/reason", &reason)?);
    answer(&access, id, Answer { shipping_info, kind, platform_status }).await
}

/// Put a claim on hold.
///
/// Where the platform has it; elsewhere it is 422.
#[utoipa::path(
    post, path = "/api/v1/claims/{id}/hold", tag = "claims", operation_id = "holdClaim",
    params(("id" = i64, Path, description = "The claim's id here.")), request_body = Holding,
    responses(
        (status = 200, body = AnsweredClaim, description = "It is so, as the platform shows."),
        (status = 202, body = AnsweredClaim, description = "The platform accepted it and does not show it yet."),
        (
            status = 504, body = Members, content_type = "application/problem+json",
            description = "Nobody knows whether it was done.",
        ),
    ),
)]
pub(crate) async fn hold(
    access: Access,
    Id(id): Id,
    Body(body): Body<Holding>,
) -> Result<impl IntoResponse, Problem> {
    let kind = Kind::Hold(told("/reason", &body.reason)?);
    answer(&access, id, Answer { shipping_info: None, kind, platform_status: body.platform_status }).await
}

async fn answer(access: &Access, id: i64, answer: Answer) -> Result<impl IntoResponse + use<>, Problem> {
    let (claim, row) = access.claim_with_account(id).await?;
    let now = access.app.clock.now();
    let pointer = "/shipping_info";
    let parcel = answer.shipping_info.as_ref();
    let parcel =
        parcel.map(|info| info.parcel(&*access.app.host, &row.platform, pointer, now)).transpose()?;
    let state = state_of(&claim);
    if !state.is_open() {
        if answer.kind.over() != Some(state) {
            return Err(Problem::conflict(format!("the claim is {}: it is over", state.name())));
        }
        let claim = read::shown(access, claim).await?;
        return Ok((StatusCode::OK, Json(AnsweredClaim { claim, change: Change::already(None) })));
    }
    if answer.platform_status.is_some_and(|seen| seen.trim() != claim.status) {
        return Err(Problem::conflict(format!("the claim has gone on to {}", claim.status))
            .with_fix(format!("look at it again: GET /api/v1/claims/{id}")));
    }
    if let Some(problem) = objection(&row) {
        return Err(problem);
    }
    let target = claim.target()?;
    let action = match answer.kind {
        Kind::Approve => Action::ApproveClaim { claim: target, parcel },
        Kind::Reject(reason) => Action::RejectClaim { claim: target, reason, parcel },
        Kind::Hold(reason) => Action::HoldClaim { claim: target, reason },
    };
    // Where a claim is answered in steps, the same word means the next step at the next status.
    let planned = Planned {
        action: action.clone(),
        step: claim.status.clone(),
        is_open: true,
        observed_at: claim.observed_at,
    };
    let attempt = attempts(&access.app.storage, row.id, &[planned]).await?.pop();
    let attempt = attempt.ok_or_else(Problem::internal)?;
    let change = match attempt.done {
        Some(intent) => Change::already(Some(intent)),
        None => {
            let task = WriteTask { row: row.clone(), key: attempt.key, action };
            let outcome = access.app.write(vec![task]).await.pop().ok_or_else(Problem::internal)?;
            judge(outcome, &row)?
        }
    };
    let claim = read::shown(access, access.claim(id).await?).await?;
    Ok((change.status(), Json(AnsweredClaim { claim, change })))
}
