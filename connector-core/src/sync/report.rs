//! How a run is to be done, and what it did.

use std::collections::BTreeSet;
use std::fmt::Debug;

use chrono::TimeDelta;

use super::{Batch, Progress, Saved, Window};
use crate::error::Error;
use crate::record::Record;

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
    /// Words for states that the log has told of.
    pub(super) unknown_words: BTreeSet<String>,
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

    /// Notes what is about to be stored: rows that could not be read, and states that nobody knew, each word once a run.
    pub(super) fn note(&mut self, batch: &Batch) {
        self.failed += batch.failures.len() as u64;
        for failure in batch.failures.iter().take(5_usize.saturating_sub(self.failures.len())) {
            let key = failure.key.as_deref().unwrap_or("a row without key");
            self.failures.push(format!("{key}: {}", failure.reason));
        }
        for word in batch.records.iter().filter_map(Record::unknown_word) {
            let word = loggable(word);
            if self.unknown_words.len() < MOST_WORDS && self.unknown_words.insert(word.to_owned()) {
                tracing::warn!(
                    stream = batch.stream,
                    word,
                    "a state that is not known: {word}; it is kept as it is"
                );
            }
        }
    }
}

/// A platform that renames all its words at once needs no line of log for each.
const MOST_WORDS: usize = 50;

/// A word for the log; what is none may be anything, a buyer's name included.
fn loggable(word: &str) -> &str {
    let word = word.trim();
    let is_word = word.len() <= 60 && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_word { word } else { "(not a word)" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_for_the_log_is_no_text() {
        assert_eq!(loggable(" ON_THE_MOON "), "ON_THE_MOON");
        for text in ["홍길동", "010-0000-0000", "hong@example.com", "two words", &"A".repeat(61)] {
            assert_eq!(loggable(text), "(not a word)");
        }
    }
}
