//! What calls have really changed, in order.

use serde::{Deserialize, Serialize};

use crate::instant::Millis;

/// One change that a call made. A call that was refused, or that left everything as it was, made none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// Counted from 1 at each account.
    pub number: u64,
    /// When, by the account's clock.
    pub at: Millis,
    /// `confirm`, `ship`, `cancel`, `approve_claim`, `reject_claim`, `receive_claim`, `hold_claim`, `set_stock`,
    /// `set_price`, `stop_sale`, `resume_sale`, `create_listing`, `update_listing`.
    pub command: String,
    /// The order line, claim, option or listing that changed.
    pub target: String,
    /// What it is now, in a few words.
    pub detail: String,
}

/// The changes of one account.
#[derive(Debug, Default)]
pub(crate) struct Effects(Vec<Effect>);

impl Effects {
    pub(crate) fn add(
        &mut self,
        at: Millis,
        command: &str,
        target: impl ToString,
        detail: impl Into<String>,
    ) {
        let number = u64::try_from(self.0.len()).expect("a length") + 1;
        self.0.push(Effect {
            number,
            at,
            command: command.to_owned(),
            target: target.to_string(),
            detail: detail.into(),
        });
    }

    pub(crate) fn all(&self) -> Vec<Effect> {
        self.0.clone()
    }
}
