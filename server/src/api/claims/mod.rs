//! Claims: what buyers ask for after the order, and the seller's answers.

pub(crate) mod answer;
pub(crate) mod read;

use connector_core::ClaimState;
use connector_core::time::kst_text;
use serde::Serialize;
use storage::ClaimRow;
use utoipa::ToSchema;

/// A claim on one order line. It holds no buyer's data.
#[derive(Serialize, ToSchema)]
pub(crate) struct Claim {
    /// Its id here.
    id: i64,
    /// The account that it came from.
    account_id: i64,
    /// The platform's key.
    #[schema(example = "coupang")]
    platform: String,
    /// The platform's id of the claim; a claim on several lines is several of these with one `claim_id`.
    claim_id: String,
    /// `cancel`, `return` or `exchange`.
    #[schema(example = "return")]
    kind: String,
    /// How far it is: `requested`, `held`, `collecting`, `done`, `rejected`, `withdrawn` or `unknown`.
    #[schema(example = "requested")]
    state: String,
    /// The platform's own word for that.
    #[schema(example = "RETURN_REQUEST")]
    platform_status: String,
    /// Whether somebody has still to do something about it.
    is_open: bool,
    /// The order line's id here, as `GET /orders/{id}` takes it; null where that order is not stored.
    order: Option<i64>,
    /// The platform's id of the order line.
    order_id: String,
    /// The platform's id of the payment.
    order_group_id: Option<String>,
    /// Pieces.
    quantity: Option<i64>,
    /// Why, as a code of the platform.
    reason: Option<String>,
    /// When it was made.
    requested_at: String,
    /// The Korean day of that.
    date_kst: String,
    /// When the platform last changed it.
    changed_at: Option<String>,
    /// When it first came.
    first_seen_at: String,
    /// When its content last changed here.
    updated_at: String,
}

/// The neutral state of a stored claim.
fn state_of(row: &ClaimRow) -> ClaimState {
    ClaimState::from_name(&row.state).unwrap_or(ClaimState::Unknown)
}

/// A code: a platform that answers with a sentence instead may quote the buyer.
fn code(reason: Option<String>) -> Option<String> {
    let is_code = |text: &String| {
        text.len() <= 60 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
    };
    reason.filter(is_code)
}

impl Claim {
    fn new(row: ClaimRow, order: Option<i64>) -> Self {
        Self {
            is_open: state_of(&row).is_open(),
            id: row.id,
            account_id: row.connector_id,
            platform: row.platform,
            claim_id: row.claim_id,
            kind: row.kind,
            state: row.state,
            platform_status: row.status,
            order,
            order_id: row.order_id,
            order_group_id: row.order_group_id,
            quantity: row.quantity,
            reason: code(row.reason),
            requested_at: row.requested_at,
            date_kst: row.date_kst,
            changed_at: row.changed_at.map(kst_text),
            first_seen_at: kst_text(row.first_seen_at),
            updated_at: kst_text(row.updated_at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_code_or_nothing() {
        for text in ["INTENT_CHANGED", "104", "a-1.b"] {
            assert_eq!(code(Some(text.to_owned())).as_deref(), Some(text));
        }
        for text in ["홍길동 님이 취소", "a b", ""] {
            assert!(code(Some(text.to_owned())).is_none_or(|code| code.is_empty()), "{text}");
        }
    }
}
