//! What a platform answers to a command, and what it says afterwards.

use crate::error::{Error, ErrorKind};
use crate::record::Record;

/// The answer to a command: one outcome an action, in the order of the actions.
#[derive(Debug, Default)]
pub struct Receipt {
    /// What became of each action.
    pub outcomes: Vec<Outcome>,
}

/// What the platform's answer says of one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is accepted. `reference` is what the platform calls the result, such as a new product's id.
    Accepted {
        /// The platform's name for the result, if it has one.
        reference: Option<String>,
    },
    /// It is refused; nothing was changed.
    Refused(Refusal),
    /// The answer does not say.
    Unknown {
        /// Why not, without personal data.
        reason: String,
    },
}

impl Outcome {
    /// Accepted, without a reference.
    #[must_use]
    pub fn accepted() -> Self {
        Self::Accepted { reference: None }
    }

    /// Refused with the platform's code and a message free of personal data.
    #[must_use]
    pub fn refused(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Refused(Refusal {
            kind: ErrorKind::Rejected,
            code: Some(code.into()).filter(|code| !code.is_empty()),
            message: message.into(),
        })
    }
}

/// Why something was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Who acts on it; `Conflict` where the thing has changed since we looked.
    pub kind: ErrorKind,
    /// The platform's own code.
    pub code: Option<String>,
    /// What it says, without personal data.
    pub message: String,
}

impl Refusal {
    /// A refusal of ours: the thing does not stand where the command needs it.
    #[must_use]
    pub fn conflict(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Conflict, code: None, message: message.into() }
    }
}

impl From<&Error> for Refusal {
    fn from(error: &Error) -> Self {
        Self { kind: error.kind(), code: error.code().map(str::to_owned), message: error.to_string() }
    }
}

/// What a look at the platform says of one action.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Whether it is in effect.
    pub standing: Standing,
    /// The order lines, claims and listings that were read on the way, the target's own among them where the platform shows it;
    /// they are stored as any other observation.
    pub records: Vec<Record>,
}

impl Finding {
    /// A finding that brought no records.
    #[must_use]
    pub fn bare(standing: Standing) -> Self {
        Self { standing, records: Vec::new() }
    }
}

/// Whether an action is in effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// What it asks for is so. `reference` is what the platform calls the result.
    InEffect {
        /// The platform's name for the result, if it has one.
        reference: Option<String>,
    },
    /// What it asks for is not so, and nothing is seen that speaks against doing it.
    NotInEffect,
    /// What it asks for is not so and cannot be made so: the line is cancelled, a claim is open, the thing is not there.
    Barred(Refusal),
    /// The platform does not show it, or shows it too late to tell.
    Unclear {
        /// Why, without personal data.
        reason: String,
    },
}

impl Standing {
    /// In effect, without a reference.
    #[must_use]
    pub fn in_effect() -> Self {
        Self::InEffect { reference: None }
    }

    /// Barred by the thing's state.
    #[must_use]
    pub fn barred(message: impl Into<String>) -> Self {
        Self::Barred(Refusal::conflict(message))
    }
}
