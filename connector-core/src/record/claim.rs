//! Claims: what a buyer, or the seller for them, asks for after the order.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::OrderState;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimKind {
    /// The goods are not to be sent.
    Cancel,
    /// The goods come back, the money too.
    Return,
    /// The goods come back, others go out.
    Exchange,
}

impl ClaimKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Cancel, Self::Return, Self::Exchange];

    /// The kind's stable name, as stored and printed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Return => "return",
            Self::Exchange => "exchange",
        }
    }

    /// The kind of that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The state of an order line while such a claim is open.
    #[must_use]
    pub fn open_state(self) -> OrderState {
        match self {
            Self::Cancel => OrderState::CancelRequested,
            Self::Return => OrderState::ReturnRequested,
            Self::Exchange => OrderState::ExchangeRequested,
        }
    }

    /// The state of an order line once such a claim is done for all of it.
    #[must_use]
    pub fn done_state(self) -> OrderState {
        match self {
            Self::Cancel => OrderState::Cancelled,
            Self::Return => OrderState::Returned,
            Self::Exchange => OrderState::Exchanged,
        }
    }
}

/// How far a claim is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimState {
    /// It waits for the seller.
    Requested,
    /// The seller has put it on hold.
    Held,
    /// The goods are on their way back, or being looked at.
    Collecting,
    /// Carried out.
    Done,
    /// The seller or the platform has refused it.
    Rejected,
    /// The buyer has taken it back.
    Withdrawn,
    /// The platform says something we do not know; its own word stands in `status`.
    Unknown,
}

impl ClaimState {
    /// All states, in the order of a claim's life.
    pub const ALL: [Self; 7] = [
        Self::Requested,
        Self::Held,
        Self::Collecting,
        Self::Done,
        Self::Rejected,
        Self::Withdrawn,
        Self::Unknown,
    ];

    /// The state's stable name, as stored and printed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Held => "held",
            Self::Collecting => "collecting",
            Self::Done => "done",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Unknown => "unknown",
        }
    }

    /// The state of that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// What a claim of that kind, on all of a line, makes of the line's state where the platform's order lists leave such lines
    /// out. Nothing after a refusal or a withdrawal: the line stands in an order list again, which says where.
    #[must_use]
    pub fn line_state(self, kind: ClaimKind) -> Option<OrderState> {
        match self {
            Self::Requested | Self::Held | Self::Collecting => Some(kind.open_state()),
            Self::Done => Some(kind.done_state()),
            Self::Rejected | Self::Withdrawn | Self::Unknown => None,
        }
    }

    /// Whether somebody has still to do something about it.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::Held | Self::Collecting | Self::Unknown)
    }
}

/// A claim on one order line. A claim on several lines is several of these with one `claim_id`.
///
/// `Debug` shows ids and states only: the raw object holds buyers' personal data.
#[derive(Clone)]
pub struct Claim {
    /// The platform's id of the claim; with the order line unique within one connector. Where the platform has none, the
    /// order line's id and the kind.
    pub claim_id: String,
    /// What is asked for.
    pub kind: ClaimKind,
    /// How far it is, in our words.
    pub state: ClaimState,
    /// The platform's own word for that, verbatim.
    pub status: String,
    /// The order line, by [`super::Order::order_id`].
    pub order_id: String,
    /// The platform's id of the payment that the line belongs to.
    pub order_group_id: Option<String>,
    /// How many pieces.
    pub quantity: Option<i64>,
    /// Why, as a code of the platform.
    pub reason: Option<String>,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// When the platform last changed it, as far as it says.
    pub changed_at: Option<DateTime<Utc>>,
    /// What the claim makes of its line's state, where the platform's order lists leave such lines out; `None` where the
    /// order itself says it.
    pub line_state: Option<OrderState>,
    /// The platform's own object, byte for byte.
    pub raw: Box<RawValue>,
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim")
            .field("claim_id", &self.claim_id)
            .field("kind", &self.kind)
            .field("state", &self.state)
            .field("status", &self.status)
            .field("order_id", &self.order_id)
            .finish_non_exhaustive()
    }
}
