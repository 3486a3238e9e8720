//! How a run is to be done, and what it did.

use std::fmt::Debug;

use chrono::TimeDelta;

use super::{Progress, Saved, Window};
use crate::error::Error;
use crate::record::Failure;

/// How a run is to be done.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Read this range again and leave the cursor alone. Its end is brought forward to `now - settle`.
    pub range: Option<Window>,
    /// How far back a first run reads.
    pub lookback: TimeDelta,
    /// How far back of the cursor a run starts; `None` for the stream's own.
    pub overlap: Option<TimeDelta>,
    /// Start from the beginning whatever the cursor says, as a fixture does.
    pub replay: bool,
    /// Nothing is to be written: the store rolls everything back, and no state is set.
    pub dry_run: bool,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self { range: None, lookback: TimeDelta::days(30), overlap: None, replay: false, dry_run: false }
    }
}

/// Hears how a run gets on.
pub trait Observer: Debug + Send + Sync {
    /// After each batch.
    fn progress(&self, report: &Report);
}

/// What a run did.
#[derive(Debug, Default)]
pub struct Report {
    /// The range that was walked.
    pub range: Option<Window>,
    /// Calls, pages, rows listed.
    pub progress: Progress,
    /// New, changed, unchanged, older, stored.
    pub saved: Saved,
    /// Rows that could not be read.
    pub failed: u64,
    /// Reasons of the first few of them.
    pub failures: Vec<String>,
    /// Why the run ended before its end; what was committed by then is kept.
    pub error: Option<Error>,
    /// Why a success is not to be believed.
    pub suspect: Option<String>,
    /// Why nothing was read: the credential does not reach this stream, and was not meant to.
    pub withheld: Option<String>,
}

impl Report {
    /// Rows that are as they were: compared and found equal, or known from the list to be.
    #[must_use]
    pub fn unchanged(&self) -> u64 {
        self.saved.unchanged + self.progress.known
    }

    pub(super) fn count(&mut self, saved: Saved) {
        self.saved.new += saved.new;
        self.saved.changed += saved.changed;
        self.saved.unchanged += saved.unchanged;
        self.saved.older += saved.older;
        self.saved.stored += saved.stored;
    }

    pub(super) fn fail(&mut self, failures: &[Failure]) {
        self.failed += failures.len() as u64;
        for failure in failures.iter().take(5_usize.saturating_sub(self.failures.len())) {
            let key = failure.key.as_deref().unwrap_or("a row without key");
            self.failures.push(format!("{key}: {}", failure.reason));
        }
    }
}
