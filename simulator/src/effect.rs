//! What a caller has really changed.

use serde::{Deserialize, Serialize};

use crate::instant::Millis;

/// A change that a call to a platform's API made. A call that was refused, or that found everything as it wanted it,
/// makes none; so two of a kind for one target are one too many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// Counted from 1 within the account.
    pub number: u64,
    /// When, by the platform's clock.
    pub at: Millis,
    /// `confirm`, `ship`, `cancel`, `approve_claim`, `reject_claim`, `hold_claim`, `set_stock`, `set_price`,
    /// `stop_sale`, `resume_sale`, `create_listing` or `update_listing`.
    pub command: String,
    /// What was changed: the id of an order line, a claim, a product or one of its options.
    pub target: String,
    /// What it is now, such as a waybill, a price or a number of pieces.
    pub detail: String,
}

impl Effect {
    /// Adds one to an account's list.
    pub(crate) fn note(list: &mut Vec<Self>, at: Millis, command: &str, target: &str, detail: &str) {
        list.push(Self {
            number: list.len() as u64 + 1,
            at,
            command: command.to_owned(),
            target: target.to_owned(),
            detail: detail.to_owned(),
        });
    }
}
