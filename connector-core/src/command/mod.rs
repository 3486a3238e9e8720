//! What can be done to orders, claims and listings at a platform, and how it is done safely.
//!
//! A connector declares its commands as data ([`CommandSpec`]) and translates three things: a batch of [`Action`]s into one
//! call ([`crate::Connector::execute`]), the answer into one [`Outcome`] an item, and what the platform says afterwards into
//! one [`Finding`] an item ([`crate::Connector::inspect`]). Everything that moves happens in [`perform`]: look first, note the
//! intent, call once, read back, and where the answer was lost find out what became of it.

mod action;
mod moves;
mod perform;
mod receipt;
#[cfg(test)]
mod tests;

pub use action::{Action, CancelReason, Content, Draft, Line, OfClaim, OfListing, Parcel, ShippingMethod};
pub use moves::{Moves, moves};
pub use perform::{IntentStore, Item, Patience, Performed, Settled, Verdict, perform, resolve};
pub use receipt::{Finding, Outcome, Receipt, Refusal, Standing};

use serde::{Deserialize, Serialize};

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandName {
    /// The seller has seen the order and will send it.
    Confirm,
    /// The goods are with the carrier.
    Ship,
    /// The seller cancels.
    Cancel,
    /// The seller agrees to a claim, or carries it out.
    ApproveClaim,
    /// The seller refuses a claim.
    RejectClaim,
    /// The seller puts a claim on hold.
    HoldClaim,
    /// So many pieces are left.
    SetStock,
    /// A piece costs so much.
    SetPrice,
    /// The listing is not to be sold for now.
    StopSale,
    /// The listing is to be sold again.
    ResumeSale,
    /// A new product is put on sale.
    CreateListing,
    /// A product on sale is changed.
    UpdateListing,
}

impl CommandName {
    /// All commands.
    pub const ALL: [Self; 12] = [
        Self::Confirm,
        Self::Ship,
        Self::Cancel,
        Self::ApproveClaim,
        Self::RejectClaim,
        Self::HoldClaim,
        Self::SetStock,
        Self::SetPrice,
        Self::StopSale,
        Self::ResumeSale,
        Self::CreateListing,
        Self::UpdateListing,
    ];

    /// The command's stable name, as stored and printed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Ship => "ship",
            Self::Cancel => "cancel",
            Self::ApproveClaim => "approve_claim",
            Self::RejectClaim => "reject_claim",
            Self::HoldClaim => "hold_claim",
            Self::SetStock => "set_stock",
            Self::SetPrice => "set_price",
            Self::StopSale => "stop_sale",
            Self::ResumeSale => "resume_sale",
            Self::CreateListing => "create_listing",
            Self::UpdateListing => "update_listing",
        }
    }

    /// The command of that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|command| command.name() == name)
    }
}

/// What a second acceptance of the same command would do at the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Again {
    /// The same as one: the command names a state, not a step. It may be sent again whatever became of the first.
    Same,
    /// The platform refuses it once the first has taken effect. It may be sent again when a look shows that the first has
    /// not taken effect.
    Refused,
    /// Another effect, such as a second product. It is never sent again by itself.
    Doubled,
}

/// One command that a connector offers.
#[derive(Clone, Copy, Debug)]
pub struct CommandSpec {
    /// Which.
    pub name: CommandName,
    /// The most items that one call takes.
    pub batch: usize,
    /// The most items that one look takes; at least `batch`.
    pub look: usize,
    /// What a second acceptance would do.
    pub again: Again,
    /// What a person should know of it: which claims, which limits. Empty where the name says all.
    pub note: &'static str,
}

/// A batch of actions for one call; all of one name, at most [`CommandSpec::batch`].
///
/// `Debug` shows the name and the targets.
#[derive(Clone, Debug)]
pub struct Command {
    /// What is to be done.
    pub name: CommandName,
    /// To what; at least one.
    pub actions: Vec<Action>,
}
