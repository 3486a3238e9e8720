//! Connections, and the threads that wait for them.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::backend::{Backend, Database, Durability, Target, write_transaction};
use crate::error::{Failure, Result};

/// A connection that rested longer than this is tried before it is used: the server may have restarted meanwhile.
const TRUSTED_FOR: Duration = Duration::from_secs(20);

/// Pages after which SQLite's log is copied into the file: some 16 MB of it.
const PAGES_UNTIDIED: u64 = 1_000;

/// The connections of one store. They are made when first needed, so that opening costs one, and each attempt tells
/// its own cause; a pool crate tells of a wrong password only by a time-out.
pub(crate) struct Pool {
    target: Target,
    /// Taken before a thread is: a burst of calls must not fill tokio's blocking threads with waiting ones.
    connections: Arc<Semaphore>,
    /// SQLite has one writer; waiting for it here is fair and free, waiting in SQLite is neither.
    writers: Arc<Semaphore>,
    idle: Mutex<Vec<(Database, Instant)>>,
    /// Written since the log of an SQLite file was last copied into it, for [`Pool::tidy`].
    untidied: AtomicU64,
    tidying: AtomicBool,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pool").field(&self.target.display()).finish()
    }
}

impl Pool {
    pub(crate) fn new(target: Target) -> Arc<Self> {
        let (connections, writers) = match target.backend() {
            Backend::Sqlite => (5, 1),
            Backend::Postgres => (8, 8),
        };
        Arc::new(Self {
            target,
            connections: Arc::new(Semaphore::new(connections)),
            writers: Arc::new(Semaphore::new(writers)),
            idle: Mutex::new(Vec::new()),
            untidied: AtomicU64::new(0),
            tidying: AtomicBool::new(false),
        })
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// Runs `body` on a connection, in a thread that may block.
    pub(crate) async fn read<T, F>(self: &Arc<Self>, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Database) -> Result<T, Failure> + Send + 'static,
    {
        self.run(None, body).await
    }

    /// Runs `body` in a writing transaction; its work stays only if `keep` and it succeeds.
    pub(crate) async fn write<T, F>(
        self: &Arc<Self>,
        durability: Durability,
        keep: bool,
        body: F,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Database) -> Result<T, Failure> + Send + 'static,
    {
        let permit = permit(&self.writers).await;
        self.run(Some(permit), move |connection| write_transaction(connection, durability, keep, body)).await
    }

    /// Copies SQLite's log into the file once enough is written, beside the writer, who else would stop for it
    /// (measured: a third of a first sync). When that falls behind, or fails, SQLite does it at a commit, and tells
    /// what is wrong. `pages`: about how many were written since the last call.
    pub(crate) fn tidy(self: &Arc<Self>, pages: u64) {
        if self.target.backend() != Backend::Sqlite
            || self.untidied.fetch_add(pages, Ordering::Relaxed) + pages < PAGES_UNTIDIED
            || self.tidying.swap(true, Ordering::AcqRel)
        {
            return;
        }
        self.untidied.store(0, Ordering::Relaxed);
        let pool = Arc::clone(self);
        drop(tokio::task::spawn_blocking(move || {
            // A connection of its own: taking turns with the writer's, both would fill their caches.
            let copied = pool.target.connect().and_then(|mut connection| {
                let copied = connection.batch_execute("PRAGMA wal_checkpoint(PASSIVE)");
                copied.map_err(|error| Failure::from(error).explain(&pool.target))
            });
            if let Err(error) = copied {
                tracing::debug!(%error, "the log was not copied into the database file");
            }
            pool.tidying.store(false, Ordering::Release);
        }));
    }

    /// The permits go with the work, so that a caller that gives up does not free a connection still in use.
    async fn run<T, F>(self: &Arc<Self>, writer: Option<OwnedSemaphorePermit>, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Database) -> Result<T, Failure> + Send + 'static,
    {
        let seat = permit(&self.connections).await;
        let pool = Arc::clone(self);
        let work = move || {
            let _permits = (seat, writer);
            pool.with_connection(body)
        };
        self.blocking(work).await
    }

    /// Runs `work` in a thread that may block, in the caller's span.
    pub(crate) async fn blocking<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T> + Send + 'static,
    {
        let span = tracing::Span::current();
        match tokio::task::spawn_blocking(move || span.in_scope(work)).await {
            Ok(result) => result,
            Err(failed) => match failed.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(crate::StorageError::Other {
                    database: self.target.display(),
                    reason: "the program is ending".to_owned(),
                }),
            },
        }
    }

    /// Runs `body` on this thread. A connection on which the database failed is closed, not kept.
    pub(crate) fn with_connection<T>(
        &self,
        body: impl FnOnce(&mut Database) -> Result<T, Failure>,
    ) -> Result<T> {
        let mut connection = self.checkout()?;
        let result = body(&mut connection);
        if !matches!(result, Err(Failure::Query(_))) {
            self.idle().push((connection, Instant::now()));
        }
        result.map_err(|failure| failure.explain(&self.target))
    }

    /// Closes the connections that rest. After the first migration: a connection that has seen the file empty keeps
    /// room for pages of another size, several times what it needs (measured: 23 MB).
    pub(crate) fn close_idle(&self) {
        self.idle().clear();
    }

    fn checkout(&self) -> Result<Database> {
        loop {
            let Some((mut connection, since)) = self.idle().pop() else { return self.target.connect() };
            let sound = match &mut connection {
                Database::Postgres(inner) if since.elapsed() > TRUSTED_FOR => {
                    inner.batch_execute("SELECT 1").is_ok()
                }
                _ => true,
            };
            if sound {
                return Ok(connection);
            }
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<(Database, Instant)>> {
        // A list of connections is sound whatever its last user did.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn permit(semaphore: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    Arc::clone(semaphore).acquire_owned().await.expect("the semaphores are never closed")
}
