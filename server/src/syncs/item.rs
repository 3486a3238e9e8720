//! What a sync says of each account and stream.

use serde::{Deserialize, Serialize};
use storage::{ConnectorRow, LogCounts};
use utoipa::ToSchema;

use crate::host::{Ended, StreamResult};

/// How a sync, or a part of it, stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// It waits for its turn.
    Queued,
    /// It is under way.
    Running,
    /// Everything that was asked for is stored.
    Succeeded,
    /// Some of it is stored.
    Partial,
    /// Nothing more than what was committed before it failed is stored.
    Failed,
    /// It finished, and found nothing where history says that there should be something.
    Suspect,
}

impl Status {
    pub(crate) const ALL: [Self; 6] =
        [Self::Queued, Self::Running, Self::Succeeded, Self::Partial, Self::Failed, Self::Suspect];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Suspect => "suspect",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    pub(crate) fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }
}

/// Why something failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ItemError {
    /// The kind of failure, in one word.
    #[schema(example = "auth")]
    pub(crate) code: String,
    /// What happened, in one line.
    pub(crate) cause: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fix: Option<String>,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Counts {
    /// Rows that the platform listed.
    pub(crate) seen: u64,
    /// Rows that were not there.
    pub(crate) new: u64,
    /// Rows that differ from what was there.
    pub(crate) changed: u64,
    /// Rows that are the same.
    pub(crate) unchanged: u64,
    /// Rows that could not be read.
    pub(crate) failed: u64,
}

impl Counts {
    pub(crate) fn of(counts: &LogCounts) -> Self {
        Self {
            seen: counts.seen,
            new: counts.new,
            changed: counts.changed,
            // What the store has seen more recently did not change either.
            unchanged: counts.unchanged + counts.older,
            failed: counts.failed,
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.seen += other.seen;
        self.new += other.new;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
        self.failed += other.failed;
    }
}

/// One stream of one account in a sync.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Item {
    /// The account.
    pub(crate) account_id: i64,
    /// What its owner calls it.
    pub(crate) account: String,
    /// Its platform.
    pub(crate) platform: String,
    /// The stream; `-` while several are asked for and none has begun, and when the account failed before any could.
    #[schema(example = "orders")]
    pub(crate) stream: String,
    /// How it stands.
    pub(crate) status: Status,
    /// The window's first instant.
    pub(crate) window_from: Option<String>,
    /// The window's end, excluded.
    pub(crate) window_to: Option<String>,
    /// What was counted.
    pub(crate) counts: Counts,
    /// Calls to the platform, repeats included.
    pub(crate) calls: u64,
    /// Why it failed, or is not to be believed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<ItemError>,
}

impl Item {
    pub(crate) fn queued(row: &ConnectorRow, stream: &str) -> Self {
        Self {
            account_id: row.id,
            account: row.title().to_owned(),
            platform: row.platform.clone(),
            stream: stream.to_owned(),
            status: Status::Queued,
            window_from: None,
            window_to: None,
            counts: Counts::default(),
            calls: 0,
            error: None,
        }
    }

    pub(crate) fn failed(mut self, code: &str, cause: impl Into<String>, fix: Option<String>) -> Self {
        self.status = Status::Failed;
        self.error = Some(ItemError { code: code.to_owned(), cause: cause.into(), fix });
        self
    }

    pub(crate) fn ended(&self, result: StreamResult) -> Self {
        let (status, code) = match result.ended {
            Ended::Succeeded => (Status::Succeeded, "note"),
            Ended::Partial => (Status::Partial, "unreadable_rows"),
            Ended::Suspect => (Status::Suspect, "suspect"),
            Ended::Failed => (Status::Failed, "failed"),
            Ended::Interrupted => (Status::Failed, "interrupted"),
        };
        let code = result.code.unwrap_or_else(|| code.to_owned());
        let cause = match (result.message, result.ended) {
            (_, Ended::Succeeded) => None,
            (None, Ended::Interrupted) => Some("it was stopped before its end".to_owned()),
            (message, _) => Some(message.unwrap_or_else(|| "no reason was given".to_owned())),
        };
        Self {
            stream: result.stream,
            status,
            window_from: result.window_from,
            window_to: result.window_to,
            counts: Counts::of(&result.counts),
            calls: result.counts.calls,
            error: cause.map(|cause| ItemError { code, cause, fix: result.fix }),
            ..self.clone()
        }
    }
}

/// How a sync stands whose parts stand so.
pub(crate) fn overall(items: &[Item]) -> Status {
    let any = |status| items.iter().any(|item| item.status == status);
    if any(Status::Running) {
        Status::Running
    } else if any(Status::Queued) {
        Status::Queued
    } else if !items.is_empty() && items.iter().all(|item| item.status == Status::Failed) {
        Status::Failed
    } else if any(Status::Failed) || any(Status::Partial) {
        Status::Partial
    } else if any(Status::Suspect) {
        Status::Suspect
    } else {
        Status::Succeeded
    }
}
