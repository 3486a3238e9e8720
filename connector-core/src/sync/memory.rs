//! A store in memory, for tests: it keeps the promises of [`Store`] and can die at any save.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use super::{Batch, Checkpoint, Progress, Saved, Store, Window};
use crate::connector::Wanted;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Change, Failure, Order, OrderState, Record};

/// What becomes of the save that [`MemoryStore::doom`] names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doom {
    /// The process dies with nothing written: the call never returns.
    DieBefore,
    /// The process dies once everything is written: the call never returns.
    DieAfter,
    /// The database refuses: nothing is written, and the call says so.
    Refuse,
}

/// A [`Store`] in memory.
///
/// Checkpoints pass through JSON, as they do in a database. `Debug` shows counts only.
#[derive(Default)]
pub struct MemoryStore {
    state: Mutex<State>,
    died: Mutex<CancellationToken>,
}

#[derive(Clone, Default)]
struct State {
    records: BTreeMap<(&'static str, String), Kept>,
    failures: Vec<(&'static str, Failure)>,
    /// Keys of failures that the present run, which began by asking for the checkpoint, has not met.
    untried: HashSet<(&'static str, String)>,
    checkpoints: HashMap<&'static str, String>,
    notes: BTreeMap<String, String>,
    progress: HashMap<&'static str, Progress>,
    saves: u64,
    doom: Option<(u64, Doom)>,
    rolls_back: bool,
}

#[derive(Clone)]
struct Kept {
    record: Record,
    /// The latest change that the platform has told of.
    changed_at: Option<DateTime<Utc>>,
    observed_at: DateTime<Utc>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Decides what becomes of the save with this number, counted from 0 over the life of the store.
    pub fn doom(&self, save: u64, doom: Doom) {
        self.state().doom = Some((save, doom));
    }

    /// From now on every save says what it would do, and is rolled back: the store of a dry run.
    pub fn roll_back(&self) {
        self.state().rolls_back = true;
    }

    /// Lets a store whose process died be opened again, with what was written by then.
    pub fn revive(&self) {
        self.state().doom = None;
        *self.died.lock().unwrap_or_else(PoisonError::into_inner) = CancellationToken::new();
    }

    /// Returns once the process has died. Whoever runs the engine drops it then.
    pub async fn died(&self) {
        let died = self.died.lock().unwrap_or_else(PoisonError::into_inner).clone();
        died.cancelled().await;
    }

    /// How many saves were asked for.
    #[must_use]
    pub fn saves(&self) -> u64 {
        self.state().saves
    }

    /// The records of a stream, by key.
    #[must_use]
    pub fn records(&self, stream: &str) -> Vec<Record> {
        let state = self.state();
        let found = state.records.iter().filter(|((name, _), _)| *name == stream);
        found.map(|(_, kept)| kept.record.clone()).collect()
    }

    /// Every key of a stream and the platform's own object, for comparing two stores.
    #[must_use]
    pub fn contents(&self, stream: &str) -> BTreeMap<String, String> {
        self.records(stream).iter().map(|record| (record.key(), record.raw().get().to_owned())).collect()
    }

    /// Rows of a stream that could not be read.
    #[must_use]
    pub fn failures(&self, stream: &str) -> Vec<Failure> {
        let state = self.state();
        state
            .failures
            .iter()
            .filter(|(name, _)| *name == stream)
            .map(|(_, failure)| failure.clone())
            .collect()
    }

    /// The sum of the progress of all saves.
    #[must_use]
    pub fn progress(&self, stream: &str) -> Progress {
        self.state().progress.get(stream).copied().unwrap_or_default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn die(&self) -> Result<Saved> {
        self.died.lock().unwrap_or_else(PoisonError::into_inner).cancel();
        std::future::pending().await
    }
}

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.state();
        f.debug_struct("MemoryStore")
            .field("records", &state.records.len())
            .field("failures", &state.failures.len())
            .field("saves", &state.saves)
            .finish_non_exhaustive()
    }
}

impl State {
    fn apply(&mut self, batch: Batch) -> Result<Saved> {
        let checkpoint = batch.checkpoint.map(|checkpoint| {
            let checkpoint = checkpoint.close();
            serde_json::to_string(&checkpoint)
                .map_err(|error| Error::new(ErrorKind::Storage, format!("checkpoint: {error}")))
        });
        let checkpoint = checkpoint.transpose()?;
        let mut saved = Saved::default();
        for record in batch.records {
            self.keep(batch.stream, record, batch.observed_at, &mut saved);
        }
        for failure in batch.failures {
            self.fail(batch.stream, failure);
        }
        if let Some(sweep) = batch.sweep {
            self.records.retain(|(stream, _), kept| match &kept.record {
                Record::Metric(metric) => {
                    *stream != batch.stream
                        || metric.entity_type != sweep.figures.entity_type
                        || metric.shop_no != sweep.figures.shop_no
                        || !(sweep.from..=sweep.to).contains(&metric.date)
                        || kept.observed_at >= sweep.observed_before
                }
                _ => true,
            });
        }
        if let Some(checkpoint) = checkpoint {
            self.checkpoints.insert(batch.stream, checkpoint);
        }
        let total = self.progress.entry(batch.stream).or_default();
        total.calls += batch.progress.calls;
        total.pages += batch.progress.pages;
        total.seen += batch.progress.seen;
        total.known += batch.progress.known;
        Ok(saved)
    }

    fn keep(&mut self, stream: &'static str, record: Record, observed_at: DateTime<Utc>, saved: &mut Saved) {
        let key = record.key();
        // Whatever becomes of the row, it could be read.
        self.failures.retain(|(name, failure)| *name != stream || failure.key.as_ref() != Some(&key));
        saved.stored += 1;
        let changed_at = record.changed_at();
        let Some(kept) = self.records.get_mut(&(stream, key.clone())) else {
            saved.new += 1;
            self.records.insert((stream, key), Kept { record, changed_at, observed_at });
            return;
        };
        if kept.observed_at > observed_at {
            saved.older += 1;
            return;
        }
        if same(&kept.record, &record) {
            saved.unchanged += 1;
        } else {
            saved.changed += 1;
        }
        // A record that is read again without a change comes without its time.
        kept.changed_at = kept.changed_at.max(changed_at);
        kept.record = record;
        kept.observed_at = observed_at;
    }

    fn fail(&mut self, stream: &'static str, failure: Failure) {
        let same = |kept: &&mut (&'static str, Failure)| {
            kept.0 == stream && kept.1.key.is_some() && kept.1.key == failure.key
        };
        if let Some(key) = &failure.key {
            self.untried.remove(&(stream, key.clone()));
        }
        match self.failures.iter_mut().find(same) {
            Some((_, kept)) => *kept = failure,
            None => self.failures.push((stream, failure)),
        }
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn checkpoint(&self, stream: &'static str) -> Result<Checkpoint> {
        let mut state = self.state();
        state.untried.retain(|(name, _)| *name != stream);
        let open: Vec<_> = state.failures.iter().filter(|(name, _)| *name == stream).cloned().collect();
        state.untried.extend(open.into_iter().filter_map(|(name, failure)| Some((name, failure.key?))));
        let Some(text) = state.checkpoints.get(stream) else { return Ok(Checkpoint::default()) };
        serde_json::from_str(text)
            .map_err(|error| Error::new(ErrorKind::Storage, format!("checkpoint: {error}")))
    }

    async fn known(&self, stream: &'static str, changes: &[Change]) -> Result<Vec<bool>> {
        let state = self.state();
        let holds = |change: &Change| {
            let Some(kept) = state.records.get(&(stream, change.key.clone())) else { return false };
            let stands = kept.record.as_order().map(|order| order.status.as_str());
            kept.changed_at.is_some_and(|at| at >= change.at)
                && change.status.as_deref().is_none_or(|status| stands == Some(status))
        };
        Ok(changes.iter().map(holds).collect())
    }

    async fn due(
        &self,
        stream: &'static str,
        states: &'static [OrderState],
        ordered_after: DateTime<Utc>,
        observed_before: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Wanted>> {
        let state = self.state();
        let mut found: Vec<(DateTime<Utc>, String)> = state
            .failures
            .iter()
            .filter(|(name, _)| *name == stream)
            .filter_map(|(_, failure)| Some((DateTime::<Utc>::MIN_UTC, failure.key.clone()?)))
            .filter(|(_, key)| state.untried.contains(&(stream, key.clone())))
            .collect();
        found.extend(
            state
                .records
                .iter()
                .filter_map(|((name, key), kept)| match &kept.record {
                    Record::Order(order) => {
                        let due = *name == stream
                            && states.contains(&order.state)
                            && order.ordered_at > ordered_after
                            && kept.observed_at < observed_before
                            && !found.iter().any(|(_, failed)| failed == key);
                        due.then(|| (kept.observed_at, key.clone()))
                    }
                    _ => None,
                })
                .collect::<Vec<_>>(),
        );
        found.sort();
        Ok(found.into_iter().take(limit).map(|(_, key)| Wanted { key, changed_at: None }).collect())
    }

    async fn ordered_in(&self, stream: &'static str, window: Window) -> Result<u64> {
        let state = self.state();
        let found = state.records.iter().filter(|((name, _), kept)| {
            let is_dated = kept.record.dated().is_some_and(|at| at >= window.from && at < window.to);
            *name == stream && is_dated
        });
        Ok(found.count() as u64)
    }

    async fn note(&self, key: &str) -> Result<Option<String>> {
        Ok(self.state().notes.get(key).cloned())
    }

    async fn set_note(&self, key: &str, value: &str) -> Result<()> {
        self.state().notes.insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    async fn save(&self, batch: Batch) -> Result<Saved> {
        let (doom, outcome) = {
            let mut state = self.state();
            let number = state.saves;
            state.saves += 1;
            let doom = state.doom.filter(|(save, _)| *save == number).map(|(_, doom)| doom);
            let outcome = match doom {
                Some(Doom::DieBefore | Doom::Refuse) => {
                    Err(Error::new(ErrorKind::Storage, "the database refuses"))
                }
                None | Some(Doom::DieAfter) => {
                    let before = state.rolls_back.then(|| state.clone());
                    let outcome = state.apply(batch);
                    if let Some(before) = before {
                        *state = before;
                    }
                    outcome
                }
            };
            (doom, outcome)
        };
        match doom {
            Some(Doom::DieBefore | Doom::DieAfter) => self.die().await,
            Some(Doom::Refuse) | None => outcome,
        }
    }
}

/// Whether two records of one key say the same, the time of change aside.
fn same(one: &Record, other: &Record) -> bool {
    match (one, other) {
        (Record::Order(one), Record::Order(other)) => {
            // Everything else is read out of the platform's own object.
            let words = |order: &Order| (order.status.clone(), order.state, order.amount, order.ordered_at);
            one.raw.get() == other.raw.get() && words(one) == words(other)
        }
        (one, other) => one.raw().get() == other.raw().get(),
    }
}
