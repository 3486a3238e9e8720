//! Doing things at a platform so that nothing is done twice and nothing is left in doubt.
//!
//! Look, note, send, read back. The look finds what is so already and what must not be done, such as shipping a line whose
//! buyer has just asked to cancel. The note, a commit of its own, says what is about to be sent; so a process that dies leaves
//! word of what it may have done. What counts at the end is what the platform shows, not what it answered: an answer that was
//! lost is looked for until the platform tells, and only then, where a second acceptance cannot act twice, sent again; so is what
//! was accepted and is not shown, where it names a state.

mod round;

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use self::round::Round;
use super::{Action, Refusal};
use crate::error::Result;
use crate::http::Client;
use crate::record::Record;

/// An action with the intent that stands for it in the store.
#[derive(Clone, Debug)]
pub struct Item {
    /// The intent's id.
    pub intent: i64,
    /// What is to be done.
    pub action: Action,
}

/// What has become of an intent.
#[derive(Clone, Debug)]
pub struct Settled {
    /// The intent's id.
    pub intent: i64,
    /// What became of it.
    pub verdict: Verdict,
}

/// What became of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The platform shows that it is so. `reference` is what the platform calls the result.
    Done {
        /// The platform's name for the result, if it has one.
        reference: Option<String>,
    },
    /// It was so before; nothing was sent.
    Already {
        /// The platform's name for the result, if it has one.
        reference: Option<String>,
    },
    /// The platform accepted it and does not show it yet.
    Unverified {
        /// The platform's name for the result, if it has one.
        reference: Option<String>,
        /// What the last look showed.
        reason: String,
    },
    /// Refused, and it would be again; nothing was changed.
    Refused(Refusal),
    /// Nothing was changed, for a reason that passes: it may be given again.
    Failed(Refusal),
    /// It may be in effect. The next command or sync of the account looks again.
    Unknown {
        /// Why nobody can tell yet.
        reason: String,
    },
    /// In a dry run: it would be sent.
    WouldSend,
}

impl Verdict {
    /// The verdict's stable name, as stored and printed.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::Already { .. } => "already",
            Self::Unverified { .. } => "unverified",
            Self::Refused(_) => "refused",
            Self::Failed(_) => "failed",
            Self::Unknown { .. } => "unknown",
            Self::WouldSend => "would_send",
        }
    }

    /// Whether what was asked for is so, or would be.
    #[must_use]
    pub fn is_good(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Already { .. } | Self::WouldSend)
    }
}

/// An item and what became of it.
#[derive(Clone, Debug)]
pub struct Performed {
    /// What was to be done.
    pub item: Item,
    /// What became of it.
    pub verdict: Verdict,
}

/// How long to look for an effect, and how often to send.
#[derive(Clone, Debug)]
pub struct Patience {
    /// The pauses before each further look.
    pub looks: Vec<Duration>,
    /// How often an action is sent at most, each time after looks that showed no effect.
    pub attempts: u32,
}

impl Default for Patience {
    /// Five looks over about a quarter of a minute; sent three times at most.
    fn default() -> Self {
        Self { looks: [1, 2, 4, 8].map(Duration::from_secs).to_vec(), attempts: 3 }
    }
}

/// Where intents are kept. Both writes stand behind the account's lease.
#[async_trait]
pub trait IntentStore: Debug + Send + Sync {
    /// Notes, in a commit of its own that survives the machine, that these are about to be sent.
    ///
    /// # Errors
    /// `LeaseLost` when another runner has taken the account over; nothing may be sent then.
    async fn sending(&self, intents: &[i64]) -> Result<()>;

    /// Stores what became of intents together with what was seen of their targets at `observed_at`, all or nothing.
    ///
    /// # Errors
    /// `LeaseLost`, or when the database fails.
    async fn settle(
        &self,
        settled: Vec<Settled>,
        observed_at: DateTime<Utc>,
        records: Vec<Record>,
    ) -> Result<()>;
}

/// Carries out `items`, all of one command, and returns them in the same order with what became of each. `dry_run` looks and
/// sends nothing, and writes nothing.
///
/// # Errors
/// `Unsupported` for a command that the connector does not offer, `LeaseLost` and `Storage` from the store. What a platform
/// refuses, or leaves unanswered, is a verdict.
pub async fn perform(
    client: &Client,
    store: &dyn IntentStore,
    items: Vec<Item>,
    patience: &Patience,
    stop: &CancellationToken,
    dry_run: bool,
) -> Result<Vec<Performed>> {
    let course = if dry_run { Course::LookOnly } else { Course::CarryOut };
    rounds(client, store, items, patience, stop, course).await
}

/// Finds out what became of intents that an earlier process left in doubt. Sends nothing.
///
/// # Errors
/// As [`perform`].
pub async fn resolve(
    client: &Client,
    store: &dyn IntentStore,
    items: Vec<Item>,
    patience: &Patience,
    stop: &CancellationToken,
) -> Result<Vec<Performed>> {
    rounds(client, store, items, patience, stop, Course::FindOut).await
}

/// What is done with items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    CarryOut,
    LookOnly,
    FindOut,
}

async fn rounds(
    client: &Client,
    store: &dyn IntentStore,
    items: Vec<Item>,
    patience: &Patience,
    stop: &CancellationToken,
    course: Course,
) -> Result<Vec<Performed>> {
    let Some(first) = items.first() else { return Ok(Vec::new()) };
    let spec = client.connector().spec().command(first.action.name())?;
    debug_assert!(items.iter().all(|item| item.action.name() == spec.name), "one command at a time");
    let mut performed = Vec::with_capacity(items.len());
    let mut items = items.into_iter();
    let mut closed = None;
    loop {
        let chunk: Vec<Item> = items.by_ref().take(spec.look.max(spec.batch).max(1)).collect();
        if chunk.is_empty() {
            return Ok(performed);
        }
        let mut round = Round::new(client, store, spec, patience, stop, chunk);
        match course {
            Course::CarryOut | Course::LookOnly if closed.is_some() => round.end_unsent(closed.clone()),
            Course::FindOut => round.find_out().await?,
            Course::CarryOut | Course::LookOnly if stop.is_cancelled() => round.end_unsent(None),
            Course::CarryOut => round.carry_out().await?,
            Course::LookOnly => round.look_only().await?,
        }
        if course != Course::LookOnly {
            round.keep().await?;
        }
        closed = closed.or_else(|| round.closed());
        performed.extend(round.performed());
    }
}
