//! Syncs that were asked for: a queue in the database, carried out by this server's tasks.

mod ask;
mod item;
pub(crate) mod kinds;
mod overlap;
mod record;
mod stock;
mod work;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use storage::{Storage, SyncRow};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use record::record_sync;

pub(crate) use ask::Ask;
pub(crate) use item::{Counts, Item, ItemError, Status, overall};
pub(crate) use kinds::Kinds;
pub(crate) use overlap::Open;

use crate::figures::Figures;
use crate::host::Host;
use crate::turns::Turns;

/// How many accounts are synced at once.
const AT_ONCE: usize = 4;

/// How often a server says that it lives, and looks for syncs of those that do not.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// A server that was silent for so long is taken for dead.
const SILENCE: TimeDelta = TimeDelta::seconds(60);

/// The queue as this server sees it.
pub(crate) struct Syncs {
    storage: Storage,
    host: Arc<dyn Host>,
    figures: Figures,
    /// This process.
    name: String,
    tasks: TaskTracker,
    stop: CancellationToken,
    places: Semaphore,
    /// The syncs that have a task here, each with how many: one whose task has failed is nobody's, and taken up again.
    held: Mutex<HashMap<i64, usize>>,
    turns: Arc<Turns>,
    /// Counts up at every change.
    changes: watch::Sender<u64>,
}

impl Syncs {
    pub(crate) fn new(
        storage: Storage,
        host: Arc<dyn Host>,
        figures: Figures,
        name: String,
        tasks: TaskTracker,
        stop: CancellationToken,
        turns: Arc<Turns>,
    ) -> Self {
        let (changes, _) = watch::channel(0);
        let places = Semaphore::new(AT_ONCE);
        let held = Mutex::default();
        Self { storage, host, figures, name, tasks, stop, places, held, turns, changes }
    }

    /// This process, as the queue names it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Hears of every change of any sync.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Carries a queued sync out, in a task of its own.
    pub(crate) fn start(self: &Arc<Self>, row: SyncRow) {
        let holding = Holding::new(self, row.id);
        self.changed();
        self.tasks.spawn(async move { work::run(&holding.syncs, row).await });
    }

    /// Takes up what other servers have left, now and from time to time, until the server ends.
    pub(crate) fn adopt_for_ever(self: &Arc<Self>) {
        let syncs = Arc::clone(self);
        self.tasks.spawn(async move {
            while !syncs.stop.is_cancelled() {
                syncs.adopt().await;
                tokio::select! {
                    () = syncs.stop.cancelled() => {}
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                }
            }
        });
    }

    async fn adopt(self: &Arc<Self>) {
        let host = Arc::clone(&self.host);
        let held = lock(&self.held).keys().copied().collect();
        let dead = move |process: &str| host.is_dead(process);
        match self.storage.adopt_syncs(&self.name, held, SILENCE, dead).await {
            Ok(adopted) => {
                for row in adopted {
                    tracing::info!(sync.id = row.id, "sync {}: taken up, nobody works on it", row.id);
                    self.start(row);
                }
            }
            Err(error) => tracing::warn!(%error, "the queue of syncs cannot be read"),
        }
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A table of what is under way is sound whatever its last user did.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A sync's task, from its start to its end, should that be a panic.
struct Holding {
    syncs: Arc<Syncs>,
    id: i64,
}

impl Holding {
    fn new(syncs: &Arc<Syncs>, id: i64) -> Self {
        *lock(&syncs.held).entry(id).or_default() += 1;
        Self { syncs: Arc::clone(syncs), id }
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        let mut held = lock(&self.syncs.held);
        if let Some(tasks) = held.get_mut(&self.id) {
            *tasks -= 1;
            if *tasks == 0 {
                held.remove(&self.id);
            }
        }
    }
}
