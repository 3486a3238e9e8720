//! The run log: one row per run and stream, opened before the first call.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{Result, Storage, StorageError};

/// What is known when a run begins.
#[derive(Clone, Debug)]
pub struct LogStart {
    /// The stream.
    pub stream: String,
    /// How it reads: `api`, `fixture`, and so on.
    pub mode: String,
    /// The range's first instant, where it is known.
    pub window_from: Option<DateTime<Utc>>,
    /// The range's end, where it is known.
    pub window_to: Option<DateTime<Utc>>,
    /// Which runner: host and process.
    pub runner: String,
}

/// Counts of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LogCounts {
    /// Calls to the platform, repeats included.
    pub calls: u64,
    /// List pages read.
    pub pages: u64,
    /// Rows that the platform listed.
    pub seen: u64,
    /// Rows that were not there.
    pub new: u64,
    /// Rows that differ from what was there.
    pub changed: u64,
    /// Rows that are the same, those included that were not fetched because the store has them at that very change.
    pub unchanged: u64,
    /// Rows that the store has seen more recently.
    pub older: u64,
    /// Rows that could not be read.
    pub failed: u64,
    /// Rows that the database holds of those written, counted by the database.
    pub stored: u64,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct LogFinish {
    /// `ok`, `partial`, `failed`, `suspect` or `interrupted`.
    pub outcome: &'static str,
    /// One line for people; free of secrets and personal data.
    pub message: Option<String>,
    /// The range's first instant; `None` leaves what the start said.
    pub window_from: Option<DateTime<Utc>>,
    /// The range's end; `None` leaves what the start said.
    pub window_to: Option<DateTime<Utc>>,
    /// The run's counts; `None` leaves what the saves have added up, which is right unless calls were made that no
    /// save told of.
    pub counts: Option<LogCounts>,
    /// How long it took.
    pub duration_ms: u64,
}

/// Which log rows.
#[derive(Clone, Debug, Default)]
pub struct LogFilter {
    /// Of these connectors; empty means all.
    pub connector_ids: Vec<i64>,
    /// Of this stream.
    pub stream: Option<String>,
    /// With one of these outcomes; empty means all. `running` is one as well.
    pub outcomes: Vec<String>,
    /// Started at or after this instant.
    pub since: Option<DateTime<Utc>>,
}

/// A log row.
#[derive(Clone, Debug, Serialize)]
pub struct LogRow {
    /// The row's id.
    pub id: i64,
    /// The account.
    pub connector_id: i64,
    /// The stream.
    pub stream: String,
    /// How it read.
    pub mode: String,
    /// Which runner.
    pub runner: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// The range's first instant.
    pub window_from: Option<DateTime<Utc>>,
    /// The range's end.
    pub window_to: Option<DateTime<Utc>>,
    /// The counts so far.
    pub counts: LogCounts,
    /// How long it took; `None` while it runs.
    pub duration_ms: Option<u64>,
    /// `running`, `ok`, `partial`, `failed`, `suspect` or `interrupted`.
    pub outcome: String,
    /// One line for people.
    pub message: Option<String>,
}

impl Storage {
    /// Log rows, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn logs(&self, _filter: LogFilter, _limit: i64) -> Result<Vec<LogRow>> {
        Err(StorageError::Invalid("not yet".into()))
    }
}
