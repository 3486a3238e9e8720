//! What calls have changed.

use serde::{Deserialize, Serialize};

use crate::instant::Millis;

/// A change that a call made at a platform. A call that is refused, or that finds everything as it asks for, makes
/// none; so a list of them shows what was done twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// Counted from 1 at each account.
    pub number: u64,
    /// When, by the platform's clock.
    pub at: Millis,
    /// What was done: `confirm`, `ship`, `cancel`, `set_stock`, …
    pub command: String,
    /// To what: the id of an order line, of a claim, or of a listing's option.
    pub target: String,
    /// How, for people.
    pub detail: String,
}

/// An account's effects, in order.
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
        let number = self.0.len() as u64 + 1;
        let (command, target) = (command.to_owned(), target.to_string());
        self.0.push(Effect { number, at, command, target, detail: detail.into() });
    }

    pub(crate) fn all(&self) -> Vec<Effect> {
        self.0.clone()
    }
}
