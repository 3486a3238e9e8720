//! Intents: what is to be done at a platform, noted before it is done, and what became of it.
//!
//! An intent's life: `planned` by whoever gives the command, `sending` in a commit of its own before the call, then its
//! verdict. A process that dies leaves `planned` (nothing was sent) or `sending` (nobody knows), and the next one that holds
//! the account's lease finds both by [`Session::unsettled`].

mod listing;
mod plan;
mod settle;

use std::fmt;

use chrono::{DateTime, Utc};
use connector_core::command::Action;
use diesel::prelude::*;
use serde::{Deserialize as _, Serialize};

pub use listing::IntentFilter;
pub use plan::{NewIntent, Planned, asked_of};

use crate::instants::{Instant, MaybeInstant};
use crate::schema::intents;
use crate::{Result, StorageError};

/// How far an intent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentState {
    /// Noted; nothing was sent.
    Planned,
    /// About to be sent, or sent, and no verdict yet.
    Sending,
    /// The platform shows that it is so.
    Done,
    /// It was so before; nothing was sent.
    Already,
    /// The platform accepted it and did not show it.
    Unverified,
    /// Refused, and it would be again.
    Refused,
    /// Nothing was changed, for a reason that passes.
    Failed,
    /// It may be in effect.
    Unknown,
}

impl IntentState {
    /// All states.
    pub const ALL: [Self; 8] = [
        Self::Planned,
        Self::Sending,
        Self::Done,
        Self::Already,
        Self::Unverified,
        Self::Refused,
        Self::Failed,
        Self::Unknown,
    ];

    /// Those in which somebody has still to find out or to act.
    pub const UNSETTLED: [Self; 3] = [Self::Planned, Self::Sending, Self::Unknown];

    /// The state's stable name, as stored and printed; that of the verdict where it has one.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Sending => "sending",
            Self::Done => "done",
            Self::Already => "already",
            Self::Unverified => "unverified",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    /// The state of that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether a verdict stands that no later look is needed for.
    #[must_use]
    pub fn is_settled(self) -> bool {
        !Self::UNSETTLED.contains(&self)
    }
}

impl From<String> for IntentState {
    /// A word that was written by hand is taken for the state in which the platform is looked at.
    fn from(name: String) -> Self {
        Self::from_name(&name).unwrap_or(Self::Unknown)
    }
}

/// An intent as stored. `Debug` leaves the body out.
#[derive(Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = intents)]
pub struct IntentRow {
    /// The intent's id, never given out twice.
    pub id: i64,
    /// The account.
    pub connector_id: i64,
    /// The caller's own key, unique within the account: giving it again gives this intent.
    pub key: String,
    /// [`connector_core::command::CommandName::name`].
    pub command: String,
    /// [`Action::target`].
    pub target: String,
    /// The action as JSON, without the platform's own objects; see [`IntentRow::action`].
    #[diesel(deserialize_as = Body)]
    #[diesel(column_name = body_json)]
    pub body: serde_json::Value,
    /// How far it is.
    #[diesel(deserialize_as = String)]
    pub state: IntentState,
    /// How often it was sent.
    pub attempts: i64,
    /// What the platform calls the result, such as a new product's id.
    pub reference: Option<String>,
    /// The platform's code of a refusal.
    pub code: Option<String>,
    /// Why it was refused, failed or cannot be told.
    pub message: Option<String>,
    /// The runner that planned it, or sent it last.
    pub owner: String,
    /// When it was planned.
    #[diesel(deserialize_as = Instant)]
    pub created_at: DateTime<Utc>,
    /// When it was last sent.
    #[diesel(deserialize_as = MaybeInstant)]
    pub sent_at: Option<DateTime<Utc>>,
    /// When its verdict came.
    #[diesel(deserialize_as = MaybeInstant)]
    pub finished_at: Option<DateTime<Utc>>,
    /// When the row last changed.
    #[diesel(deserialize_as = Instant)]
    pub updated_at: DateTime<Utc>,
}

impl IntentRow {
    /// What is to be done. The target has no raw object: it is to be given the one that is stored by now.
    ///
    /// # Errors
    /// `Invalid` when the body was written by hand or by another version and cannot be read.
    pub fn action(&self) -> Result<Action> {
        // The parser's own message may quote the body.
        Action::deserialize(&self.body).map_err(|_| {
            StorageError::Invalid(format!(
                "intent {} ({} {}): its body cannot be read",
                self.id, self.command, self.target
            ))
        })
    }
}

impl fmt::Debug for IntentRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntentRow")
            .field("id", &self.id)
            .field("key", &self.key)
            .field("command", &self.command)
            .field("target", &self.target)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// A body as the column has it.
#[derive(Debug)]
pub struct Body(String);

impl<DB> Queryable<diesel::sql_types::Text, DB> for Body
where
    DB: diesel::backend::Backend,
    String: diesel::deserialize::FromStaticSqlRow<diesel::sql_types::Text, DB>,
{
    type Row = String;

    fn build(row: Self::Row) -> diesel::deserialize::Result<Self> {
        Ok(Self(row))
    }
}

impl From<Body> for serde_json::Value {
    /// A body that is no JSON is shown as the text that it is.
    fn from(body: Body) -> Self {
        serde_json::from_str(&body.0).unwrap_or(Self::String(body.0))
    }
}
