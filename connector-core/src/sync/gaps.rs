//! Days whose rows could not all be read and cannot be asked for by key: later runs read them again.
//!
//! Days that may still change are read again anyway. An older day would be passed by the cursor for good, so it is
//! noted beside the cursor and read again by the next runs, a few times.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::engine::Run;
use crate::error::Result;

/// How many later runs read such days again: a platform that has not healed by then sends rows of another shape.
const TRIES: u32 = 3;

/// At most this many are kept, so that a platform whose every row is broken does not make each run read everything.
const MOST: usize = 32;

/// Days of one list that were not read whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Gap {
    /// The token of the list's first page.
    pub(super) list: String,
    /// The first day.
    pub(super) first: NaiveDate,
    /// The last day, included.
    pub(super) last: NaiveDate,
    /// How many runs will try again.
    left: u32,
}

impl Gap {
    pub(super) fn new(list: &str, first: NaiveDate, last: NaiveDate) -> Self {
        Self { list: list.to_owned(), first, last, left: TRIES }
    }

    /// The same after one more try that failed; `None` after the last.
    pub(super) fn once_more(self) -> Option<Self> {
        let left = self.left.checked_sub(1).filter(|left| *left > 0)?;
        Some(Self { left, ..self })
    }
}

/// The gaps that earlier runs left; a note that cannot be read counts as none.
pub(super) async fn load(run: &Run<'_>) -> Result<Vec<Gap>> {
    let note = run.store.note(&key(run)).await?;
    Ok(note.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// Notes the gaps for the next run.
pub(super) async fn keep(run: &Run<'_>, gaps: &[Gap]) -> Result<()> {
    let kept = &gaps[..gaps.len().min(MOST)];
    if kept.len() < gaps.len() {
        tracing::warn!(days = gaps.len(), "too many days could not be read whole to read all of them again");
    }
    run.store.set_note(&key(run), &serde_json::to_string(kept).unwrap_or_default()).await
}

fn key(run: &Run<'_>) -> String {
    format!("again:{}", run.stream.name)
}
