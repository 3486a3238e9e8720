//! What all handlers share.

use std::net::IpAddr;
use std::sync::Arc;

use connector_core::Clock;
use storage::Storage;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::figures::Figures;
use crate::host::{Host, StockTask, ToldStock, WriteOutcome, WriteTask};
use crate::serve::Options;
use crate::syncs::Syncs;
use crate::throttle::{Buckets, Logins};
use crate::turns::{self, Turns};

/// How many webhooks that do not prove themselves are looked at in a second from one address, in the long run.
const UNPROVEN_PER_SECOND: u32 = 10;

/// What all handlers share. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) storage: Storage,
    pub(crate) host: Arc<dyn Host>,
    pub(crate) clock: Clock,
    pub(crate) figures: Figures,
    pub(crate) logins: Logins,
    pub(crate) buckets: Buckets<i64>,
    /// Webhooks that did not prove themselves, by where they come from.
    pub(crate) doors: Buckets<IpAddr>,
    /// Whose word on where a request comes from is taken.
    pub(crate) trusted_proxies: Vec<IpAddr>,
    /// Whether this server itself speaks HTTPS.
    pub(crate) is_https: bool,
    /// Hashing a password takes 19 MiB and a core for a while.
    pub(crate) hashing: Arc<Semaphore>,
    pub(crate) syncs: Arc<Syncs>,
    turns: Arc<Turns>,
    /// Work that goes on when its caller hangs up.
    pub(crate) tasks: TaskTracker,
    /// Cancelled when the server is to end.
    pub(crate) stop: CancellationToken,
}

impl App {
    pub(crate) fn new(options: Options, is_https: bool) -> Self {
        let Options { storage, host, name, stop, requests_per_second, trusted_proxies, .. } = options;
        let figures = Figures::default();
        let tasks = TaskTracker::new();
        let turns = Arc::new(Turns::default());
        let syncs = Arc::new(Syncs::new(
            storage.clone(),
            Arc::clone(&host),
            figures.clone(),
            name,
            tasks.clone(),
            stop.clone(),
            Arc::clone(&turns),
        ));
        Self(Arc::new(Inner {
            storage,
            host,
            clock: Clock::system(),
            figures,
            logins: Logins::default(),
            buckets: Buckets::new(requests_per_second),
            doors: Buckets::new(UNPROVEN_PER_SECOND),
            trusted_proxies,
            is_https,
            hashing: Arc::new(Semaphore::new(2)),
            syncs,
            turns,
            tasks,
            stop,
        }))
    }

    /// Writes to platforms, each account in its turn: one outcome for each task, in their order. Every write of a handler goes
    /// through here.
    pub(crate) async fn write(&self, tasks: Vec<WriteTask>) -> Vec<WriteOutcome> {
        turns::write(&self.turns, &*self.host, tasks, &self.stop).await
    }

    /// Tells an account of what has nothing left, in its turn; `None`, with nothing done, when that does not come in time.
    pub(crate) async fn tell_gone(&self, task: &StockTask) -> Option<connector_core::Result<ToldStock>> {
        let work = self.host.tell_gone(task, self.stop.child_token());
        turns::in_turn(&self.turns, task.row.id, &self.stop, work).await
    }
}

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
