//! Where the engine keeps what it reads. The runner gives it a database; tests give it memory.

use std::fmt::Debug;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{Checkpoint, PendingCheckpoint, Window};
use crate::connector::{Figures, Wanted};
use crate::error::Result;
use crate::record::{Change, Failure, OrderState, Record};

/// What one commit stores: all of it, or nothing.
#[derive(Debug, Default)]
pub struct Batch {
    /// The stream's name.
    pub stream: &'static str,
    /// When the platform was asked for these records, at the latest the moment the request left. A record seen later
    /// is never overwritten by one seen earlier.
    pub observed_at: DateTime<Utc>,
    /// Full records; keys unique within the batch.
    pub records: Vec<Record>,
    /// Rows that could not be read, kept until a later run reads them.
    pub failures: Vec<Failure>,
    /// Where the stream stands once this is stored; `None` leaves it. To be closed as late as can be.
    pub checkpoint: Option<PendingCheckpoint>,
    /// What to add to the run's log line.
    pub progress: Progress,
    /// Figures that the platform has no more; they are removed once the records are stored.
    pub sweep: Option<Sweep>,
}

/// Stored figures of some days that the platform's whole list of those days did not bring again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// Of which entities and shop.
    pub figures: Figures,
    /// The first day.
    pub from: NaiveDate,
    /// The last day, included.
    pub to: NaiveDate,
    /// When the list was asked for: what was observed before is not in it.
    pub observed_before: DateTime<Utc>,
}

/// Counts of one run, as they grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Calls to the platform, repeats included.
    pub calls: u64,
    /// List pages read.
    pub pages: u64,
    /// Rows that the platform listed, or records read where there is no list.
    pub seen: u64,
    /// Rows listed again that the store already has at that very change.
    pub known: u64,
}

/// What a commit did, row by row counted. `new + changed + unchanged + older` is the number of records in the batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// Rows that were not there.
    pub new: u64,
    /// Rows that differ from what was there.
    pub changed: u64,
    /// Rows that are the same as what was there.
    pub unchanged: u64,
    /// Rows that the store has seen more recently; left as they are.
    pub older: u64,
    /// How many of the batch's keys the store holds after the write, counted by the database.
    pub stored: u64,
}

/// One account's place in a store, for one run.
#[async_trait]
pub trait Store: Debug + Send + Sync {
    /// How far `stream` has got.
    async fn checkpoint(&self, stream: &'static str) -> Result<Checkpoint>;

    /// For each change, whether the store holds that record as changed at that very instant, or later.
    async fn known(&self, stream: &'static str, changes: &[Change]) -> Result<Vec<bool>>;

    /// Records in one of `states`, ordered after `ordered_after` and last observed before `observed_before`, those
    /// observed longest ago first; at most `limit`. Records that could not be read by an earlier run come as well, unless
    /// this run has met them.
    async fn due(
        &self,
        stream: &'static str,
        states: &'static [OrderState],
        ordered_after: DateTime<Utc>,
        observed_before: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Wanted>>;

    /// How many records the store holds that were ordered in the window; for figures, whose day begins in it.
    async fn ordered_in(&self, stream: &'static str, window: Window) -> Result<u64>;

    /// Small state that is no cursor, such as when the next re-read is due; `None` when never set.
    async fn note(&self, key: &str) -> Result<Option<String>>;

    /// Sets small state.
    async fn set_note(&self, key: &str, value: &str) -> Result<()>;

    /// Stores a batch in one transaction.
    ///
    /// # Errors
    /// `LeaseLost` when another runner has taken the account over, `Storage` otherwise; nothing is written then.
    async fn save(&self, batch: Batch) -> Result<Saved>;
}
