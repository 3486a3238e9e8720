//! The store: orders, claims, settlements, listings, metrics, intents, cursors, run log, leases and sealed secrets on
//! SQLite or PostgreSQL.
//!
//! [`Storage`] opens the database and speaks of connector rows and of what is stored; a [`Session`] is one account's
//! place in it for one run, and all it writes stands behind the account's [`Lease`]. No Diesel type is public. Calls
//! run in threads that may block, and finish what they began even if the caller stops waiting.

mod audit;
mod backend;
mod checkpoints;
mod connectors;
mod credentials;
mod due;
mod error;
mod failures;
mod habits;
mod health;
mod instants;
mod intents;
mod leases;
mod logs;
mod metrics;
mod migrate;
mod orders;
mod ownership;
mod pool;
mod prepared;
mod pricing;
mod products;
mod reading;
mod records;
mod removal;
mod renewal;
mod repeats;
mod save;
mod schedules;
mod schema;
mod seal;
mod search;
mod secrets;
mod session;
mod standings;
mod stock;
mod sums;
mod syncs;
mod text;
mod unnest;
mod upsert;
mod users;
mod webhooks;

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, TimeDelta, Utc};
use connector_core::Clock;

use backend::{Database, Target};
use error::Failure;
use pool::Pool;

pub use audit::{AuditProof, AuditRow, NewAudit};
pub use backend::Backend;
pub use connectors::{ConnectorChange, ConnectorRow, NewConnector};
pub use error::{Result, StorageError};
pub use failures::FailureRow;
pub use health::Health;
pub use intents::{IntentFilter, IntentRow, IntentState, NewIntent, Planned, asked_of};
pub use leases::{Claim, Lease};
pub use logs::{LogCounts, LogFilter, LogFinish, LogRow, LogStart};
pub use ownership::{Owned, is_connector_name};
pub use pricing::{Basis, NewPricingRule, PricingRule, Rounding};
pub use products::{
    Accepted, ChannelTerms, NewProduct, ProductChange, ProductDetails, ProductFilter, ProductRow,
    ProductStatus, PushError, Pushed, Refused, SAFETY_STOCK, TermsChange,
};
pub use reading::{
    ClaimFilter, ClaimPosition, ClaimRow, DayLine, DayTotal, ListingFilter, ListingRow, MetricFilter,
    MetricRow, OrderFilter, OrderPosition, OrderRow, SettlementFilter, SettlementPosition, SettlementRow,
    SettlementSum,
};
pub use removal::Removed;
pub use repeats::{Attempt, Repeatable};
pub use schedules::{MOST_SCHEDULES, Plan, ScheduleRow, ScheduleTerms, ScheduleTurn};
pub use seal::KeyRing;
pub use search::OrderIndexer;
pub use secrets::Rekeyed;
pub use session::Session;
pub use stock::{
    ListingFamily, MovementCause, MovementFilter, MovementRow, OversoldLine, Push, PushRow, SaleMark,
    Settled, StockFilter, StockLevel, StockNote, Unmatched, UntoldStock,
};
pub use sums::{PlatformDay, ProductTotal};
pub use syncs::{NewSync, SyncFilter, SyncRow};
pub use users::{NewToken, TokenRow, UserRow};
pub use webhooks::{NewWebhookEvent, WebhookAnswer, WebhookDoor, WebhookEvent};

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

/// The store. Cloning is cheap and shares the connections.
#[derive(Clone, Debug)]
pub struct Storage {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    pool: Arc<Pool>,
    keys: OnceLock<KeyRing>,
    clock: Clock,
    /// The database's clock minus ours, in microseconds.
    skew_micros: AtomicI64,
}

impl Storage {
    /// Opens the store: one connection is made at once, so that a wrong address or password fails here.
    ///
    /// # Errors
    /// See [`StorageError`]; nothing is left half-made.
    pub async fn open(options: OpenOptions) -> Result<Self> {
        let target = Target::parse(&options.url)?;
        if let Target::Sqlite { path } = &target
            && options.migrate == Migrate::Require
            && !path.exists()
        {
            // Connecting would make the file.
            let pending = migrate::all_names(target.backend());
            return Err(StorageError::MigrationsPending { database: target.display(), pending });
        }
        let pool = Pool::new(target);
        let opening = Arc::clone(&pool);
        let required = options.migrate;
        pool.blocking(move || {
            let state = opening.with_connection(migrate::state)?;
            migrate::refuse_newer(opening.target(), &state)?;
            match required {
                _ if state.pending.is_empty() => Ok(()),
                Migrate::Run => {
                    opening.close_idle();
                    migrate::run(opening.target()).map(drop)
                }
                Migrate::Require => Err(StorageError::MigrationsPending {
                    database: opening.target().display(),
                    pending: state.pending,
                }),
            }
        })
        .await?;
        let keys = options.keys.map_or_else(OnceLock::new, OnceLock::from);
        let inner = Inner { pool, keys, clock: Clock::system(), skew_micros: AtomicI64::new(0) };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Which database it is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.inner.pool.target().backend()
    }

    /// Which database an address means; no I/O.
    ///
    /// # Errors
    /// `Invalid` for an unknown scheme or an address that cannot be read.
    pub fn backend_of(url: &str) -> Result<Backend> {
        Target::parse(url).map(|target| target.backend())
    }

    /// The address without password and parameters, for messages.
    #[must_use]
    pub fn safe_url(url: &str) -> String {
        backend::safe_url(url)
    }

    /// Applies pending migrations; returns their names.
    ///
    /// # Errors
    /// When the database fails, or its tables are newer than this program.
    pub async fn migrate(&self) -> Result<Vec<String>> {
        let pool = Arc::clone(&self.inner.pool);
        self.inner.pool.blocking(move || migrate::run(pool.target())).await
    }

    /// Names of the migrations that are not applied yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pending_migrations(&self) -> Result<Vec<String>> {
        self.pool().read(|connection| migrate::state(connection).map(|state| state.pending)).await
    }

    fn pool(&self) -> &Arc<Pool> {
        &self.inner.pool
    }

    /// Gives keys to a store that was opened without; all its clones have them from now on. Keys that it has stay.
    pub fn give_keys(&self, keys: KeyRing) {
        self.inner.keys.get_or_init(|| keys);
    }

    fn keys(&self) -> Option<KeyRing> {
        self.inner.keys.get().cloned()
    }

    /// Our clock.
    fn now(&self) -> DateTime<Utc> {
        self.inner.clock.now()
    }

    /// The database's clock, as far as it was measured: on SQLite ours.
    fn database_now(&self) -> DateTime<Utc> {
        self.now() + TimeDelta::microseconds(self.inner.skew_micros.load(Ordering::Relaxed))
    }

    /// Compares the database's clock with ours; returns the difference.
    fn measure_clock(&self, connection: &mut Database) -> Result<TimeDelta, Failure> {
        let before = self.now();
        let Some(theirs) = health::clock(connection)? else { return Ok(TimeDelta::zero()) };
        let half = (self.now() - before) / 2;
        let skew = theirs - (before + half);
        self.inner.skew_micros.store(skew.num_microseconds().unwrap_or(0), Ordering::Relaxed);
        Ok(skew)
    }
}
