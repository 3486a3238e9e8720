//! The store: orders, metrics, cursors, run log, leases and sealed secrets on SQLite or PostgreSQL.

mod connectors;
mod error;
mod leases;
mod logs;
mod reading;
mod seal;
mod session;

use std::fmt;

use chrono::TimeDelta;

pub use connectors::{ConnectorChange, ConnectorRow, NewConnector, Rekeyed, Removed};
pub use error::{Result, StorageError};
pub use leases::{Claim, Lease};
pub use logs::{LogCounts, LogFilter, LogFinish, LogRow, LogStart};
pub use reading::{
    DayLine, DayTotal, FailureRow, MetricFilter, MetricRow, OrderFilter, OrderPosition, OrderRow,
};
pub use seal::KeyRing;
pub use session::Session;

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

impl Backend {
    /// `sqlite` or `postgres`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// What to do about tables that are out of date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Migrate {
    /// Bring them up to date; safe against other processes that do so too.
    Run,
    /// Refuse to open, with `MigrationsPending`.
    Require,
}

/// How to open a store. `Debug` shows neither password nor keys.
#[derive(Clone)]
pub struct OpenOptions {
    /// `sqlite://path`, `sqlite:path`, a bare path, `postgres://…` or `postgresql://…`.
    pub url: String,
    /// The keys for secrets; needed only where something sealed is read or written.
    pub keys: Option<KeyRing>,
    /// What to do about tables that are out of date.
    pub migrate: Migrate,
}

impl fmt::Debug for OpenOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenOptions")
            .field("url", &Storage::safe_url(&self.url))
            .field("keys", &self.keys)
            .field("migrate", &self.migrate)
            .finish()
    }
}

/// How the database is.
#[derive(Clone, Debug)]
pub struct Health {
    /// Which database.
    pub backend: Backend,
    /// Its version.
    pub version: String,
    /// Whether it takes writes.
    pub writable: bool,
    /// How large it is.
    pub size_bytes: Option<u64>,
    /// SQLite's journal mode.
    pub journal: Option<String>,
    /// The database's clock minus ours.
    pub clock_skew: TimeDelta,
}

/// The store. Cloning is cheap and shares the connections.
#[derive(Clone, Debug)]
pub struct Storage {}

fn later<T>() -> Result<T> {
    Err(StorageError::Invalid("not yet".into()))
}

impl Storage {
    /// Opens the store: one connection is made at once, so that a wrong address or password fails here.
    ///
    /// # Errors
    /// See [`StorageError`]; nothing is left half-made.
    pub async fn open(_options: OpenOptions) -> Result<Self> {
        later()
    }

    /// Which database it is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        Backend::Sqlite
    }

    /// Which database an address means; no I/O.
    ///
    /// # Errors
    /// `Invalid` for an unknown scheme or an address that cannot be read.
    pub fn backend_of(_url: &str) -> Result<Backend> {
        later()
    }

    /// The address without password and parameters, for messages.
    #[must_use]
    pub fn safe_url(url: &str) -> String {
        url.to_owned()
    }

    /// Applies pending migrations; returns their names.
    ///
    /// # Errors
    /// When the database fails, or its tables are newer than this program.
    pub async fn migrate(&self) -> Result<Vec<String>> {
        later()
    }

    /// Names of the migrations that are not applied yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pending_migrations(&self) -> Result<Vec<String>> {
        later()
    }

    /// Asks the database how it is.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn health(&self) -> Result<Health> {
        later()
    }
}
