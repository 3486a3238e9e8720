//! How far a stream has got.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Window;
use crate::record::Change;

/// Whether an instant can be counted from: one that nobody could have written would run over in the next subtraction.
fn is_sound(at: DateTime<Utc>) -> bool {
    (1970..=9998).contains(&at.year())
}

/// How far a stream has got. Stored as JSON under `cursor:<stream>`, in the transaction of the rows it covers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Checkpoint {
    /// Everything that changed up to here is stored. `None` until a first run is complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<DateTime<Utc>>,
    /// A run that has not reached its end yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunPosition>,
}

/// A checkpoint as it stands in the database, where anybody may have changed it.
#[derive(Deserialize)]
struct Unchecked {
    #[serde(default)]
    through: Option<DateTime<Utc>>,
    #[serde(default)]
    run: Option<RunPosition>,
}

impl TryFrom<Unchecked> for Checkpoint {
    type Error = &'static str;

    fn try_from(Unchecked { through, run }: Unchecked) -> Result<Self, Self::Error> {
        let windows = run.iter().flat_map(|run| {
            let doubts = run.silent.iter().chain(&run.doubtful).copied();
            std::iter::once(run.range).chain(run.window).chain(doubts)
        });
        let pending = run.iter().flat_map(|run| run.pending.iter().map(|change| change.at));
        let mut instants =
            through.into_iter().chain(windows.flat_map(|window| [window.from, window.to])).chain(pending);
        if instants.all(is_sound) { Ok(Self { through, run }) } else { Err("a time out of range") }
    }
}

/// Where an unfinished run goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunPosition {
    /// The whole range of the run.
    pub range: Window,
    /// The window to list next; `None` when the list is read to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// The page to ask for in that window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// Records that are listed but not yet stored.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "compact")]
    pub pending: Vec<Change>,
    /// Windows whose silence is to be doubted should the next rows show that the list is busy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub silent: Vec<Window>,
    /// Windows whose silence is doubted: they are asked for again before the run ends.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubtful: Vec<Window>,
}

/// A checkpoint on its way into the store, which may move on until the moment it is written: a list page that arrives
/// while a long batch is being stored is then stored with it.
#[derive(Clone, Debug)]
pub struct PendingCheckpoint(Arc<Mutex<(Checkpoint, bool)>>);

impl PendingCheckpoint {
    /// One that can still be amended.
    #[must_use]
    pub fn new(checkpoint: Checkpoint) -> Self {
        Self(Arc::new(Mutex::new((checkpoint, false))))
    }

    /// What to write. From now on nothing can be amended.
    #[must_use]
    pub fn close(&self) -> Checkpoint {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.1 = true;
        state.0.clone()
    }

    /// Replaces it, unless it is closed; says whether it did.
    pub(super) fn amend(&self, checkpoint: impl FnOnce() -> Checkpoint) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.1 {
            state.0 = checkpoint();
        }
        !state.1
    }
}

/// Changes as `["key", milliseconds]`: the list is written with every batch, so its size counts. What is pending is fetched
/// in any case, so where it stands does not.
mod compact {
    use super::{Change, DateTime, Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(changes: &[Change], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(changes.iter().map(|change| (&change.key, change.at.timestamp_millis())))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Change>, D::Error> {
        let pairs: Vec<(String, i64)> = Vec::deserialize(deserializer)?;
        pairs
            .into_iter()
            .map(|(key, millis)| {
                let at = DateTime::from_timestamp_millis(millis);
                let at = at.ok_or_else(|| serde::de::Error::custom("a time out of range"))?;
                Ok(Change { key, at, status: None })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse_kst;

    #[test]
    fn survives_the_way_through_json() {
        let at = parse_kst("2026-02-15T10:00:00.583+09:00").expect("a time");
        let range = Window { from: at, to: at };
        let pending = vec![Change { key: "2026021512345601".into(), at, status: None }];
        let position = RunPosition {
            range,
            window: Some(range),
            page: Some("x|1".into()),
            pending,
            silent: vec![range],
            doubtful: vec![range],
        };
        let checkpoint = Checkpoint { through: Some(at), run: Some(position) };
        let text = serde_json::to_string(&checkpoint).expect("JSON");
        assert!(text.contains(r#"["2026021512345601",1771117200583]"#), "{text}");
        assert_eq!(serde_json::from_str::<Checkpoint>(&text).expect("a checkpoint"), checkpoint);
        assert_eq!(serde_json::from_str::<Checkpoint>("{}").expect("an empty one"), Checkpoint::default());
    }

    #[test]
    fn a_time_that_cannot_be_counted_from_is_refused() {
        let window = |to: &str| format!(r#"{{"from": "2026-02-15T01:00:00Z", "to": "{to}"}}"#);
        let good = window("2026-02-15T01:00:00Z");
        for (text, is_good) in [
            (format!(r#"{{"run": {{"range": {good}, "pending": [["1", 1771117200583]]}}}}"#), true),
            (r#"{"through": "-262143-01-01T00:00:00Z"}"#.to_owned(), false),
            (r#"{"through": "+262142-12-31T23:59:59Z"}"#.to_owned(), false),
            (format!(r#"{{"run": {{"range": {}}}}}"#, window("+262142-12-31T00:00:00Z")), false),
            (
                format!(r#"{{"run": {{"range": {good}, "window": {}}}}}"#, window("0000-01-01T00:00:00Z")),
                false,
            ),
            (format!(r#"{{"run": {{"range": {good}, "pending": [["1", 8210266876799999]]}}}}"#), false),
            (format!(r#"{{"run": {{"range": {good}, "pending": [["1", 9223372036854775807]]}}}}"#), false),
        ] {
            assert_eq!(serde_json::from_str::<Checkpoint>(&text).is_ok(), is_good, "{text}");
        }
    }
}
