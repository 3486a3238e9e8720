//! One account's place in the store, for one run.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use connector_core::http::{Credential, CredentialStore, RenewalEnd, Turn};
use connector_core::sync::{Batch, Checkpoint, Saved, Store, Window};
use connector_core::{Change, OrderState, Wanted};
use diesel::connection::SimpleConnection as _;
use sha2::{Digest as _, Sha256};

use crate::backend::{Backend, Database, Durability};
use crate::error::Failure;
use crate::habits::Habits;
use crate::instants::column;
use crate::leases::{Lease, fence, release};
use crate::logs::{LogFinish, LogStart};
use crate::renewal::Renewals;
use crate::{Result, Storage, checkpoints, credentials, due, logs, save};

/// One account's place in the store, for one run. Clones share the open log row.
#[derive(Clone, Debug)]
pub struct Session {
    storage: Storage,
    connector_id: i64,
    /// None in a dry session.
    lease: Option<Lease>,
    /// The open log row.
    log: Arc<Mutex<Option<i64>>>,
    habits: Arc<Habits>,
    /// When the session began: what failed since then is not due again.
    began: DateTime<Utc>,
}

/// What a write needs to know of its session.
pub(crate) struct Scope {
    pub(crate) connector_id: i64,
    pub(crate) lease: Option<Lease>,
    pub(crate) log_id: Option<i64>,
    pub(crate) habits: Arc<Habits>,
    /// By our clock, for the columns that say when something was written.
    pub(crate) now: DateTime<Utc>,
    /// By the database's clock, for leases.
    pub(crate) database_now: DateTime<Utc>,
}

impl Scope {
    /// The runner that holds the lease; empty in a dry session.
    pub(crate) fn owner(&self) -> &str {
        self.lease.as_ref().map_or("", |lease| &lease.owner)
    }

    /// Every write of a session begins with this.
    fn fence(&self, connection: &mut Database) -> Result<(), Failure> {
        match &self.lease {
            Some(lease) => fence(connection, lease, self.database_now, lease.ttl),
            None => Ok(()),
        }
    }
}

impl Session {
    pub(crate) fn new(storage: Storage, connector_id: i64, lease: Option<Lease>) -> Self {
        let began = storage.now();
        Self { storage, connector_id, lease, log: Arc::default(), habits: Arc::default(), began }
    }

    /// The present time by the database's clock, on which hosts agree.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.storage.database_now()
    }

    /// Whether the account's last holder never gave it back; see [`Lease::follows_a_loss`].
    #[must_use]
    pub fn follows_a_loss(&self) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.follows_a_loss)
    }

    /// Holds the lease for another `ttl` from now. Does nothing in a dry session.
    ///
    /// # Errors
    /// `LeaseLost`.
    pub async fn renew(&self, ttl: Duration) -> Result<()> {
        let Some(lease) = self.lease.clone() else { return Ok(()) };
        let now = self.storage.database_now();
        let renew = move |connection: &mut Database| fence(connection, &lease, now, ttl);
        self.storage.pool().write(Durability::Ordered, true, renew).await
    }

    /// What accounts of one application have noted under `key`, in no order; none of it says which accounts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn notes_of_application(&self, key: &str, application: &str) -> Result<Vec<String>> {
        let key = application_key(key, application);
        self.read(move |connection| checkpoints::notes(connection, &key)).await
    }

    /// Notes something for all accounts of one application, of which only a hash is stored. Does nothing in a dry
    /// session.
    ///
    /// # Errors
    /// `LeaseLost`.
    pub async fn note_for_application(&self, key: &str, application: &str, value: &str) -> Result<()> {
        let (key, value) = (application_key(key, application), value.to_owned());
        let set = move |connection: &mut Database, scope: &Scope| {
            checkpoints::set_note(connection, scope.connector_id, &key, &value, column(scope.now))
        };
        self.write(Durability::Ordered, set).await
    }

    /// Gives the lease up; does nothing when it is lost already, or in a dry session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release(&self) -> Result<()> {
        let Some(lease) = self.lease.clone() else { return Ok(()) };
        self.storage.pool().write(Durability::Normal, true, move |c| release(c, &lease)).await
    }

    /// Opens a log row and returns its id (0 in a dry session, which writes none). Earlier rows of this connector
    /// that still run become `interrupted`; from now on every [`Store::save`] adds its counts to this row.
    ///
    /// # Errors
    /// `LeaseLost`.
    pub async fn start_log(&self, start: LogStart) -> Result<i64> {
        if self.lease.is_none() {
            return Ok(0);
        }
        let id = self.write(Durability::Normal, move |c, scope| logs::start(c, scope, &start)).await?;
        *self.log() = Some(id);
        Ok(id)
    }

    /// Closes the log row. Does nothing where none is open.
    ///
    /// # Errors
    /// `LeaseLost`; the row then stays as it is.
    pub async fn finish_log(&self, finish: LogFinish) -> Result<()> {
        if self.log().is_none() {
            return Ok(());
        }
        self.write(Durability::Normal, move |c, scope| logs::finish(c, scope, &finish)).await?;
        *self.log() = None;
        Ok(())
    }

    fn renewals(&self) -> Renewals {
        Renewals { storage: self.storage.clone(), connector_id: self.connector_id }
    }

    fn log(&self) -> std::sync::MutexGuard<'_, Option<i64>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn connector_id(&self) -> i64 {
        self.connector_id
    }

    /// The runner that holds the lease; empty in a dry session.
    pub(crate) fn owner(&self) -> &str {
        self.lease.as_ref().map_or("", |lease| &lease.owner)
    }

    pub(crate) async fn read<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Database) -> Result<T, Failure> + Send + 'static,
    {
        self.storage.pool().read(body).await
    }

    /// Runs `body` in one transaction behind the fence; in a dry session it is rolled back.
    pub(crate) async fn write<T, F>(&self, durability: Durability, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Database, &Scope) -> Result<T, Failure> + Send + 'static,
    {
        let scope = Scope {
            connector_id: self.connector_id,
            lease: self.lease.clone(),
            log_id: *self.log(),
            habits: Arc::clone(&self.habits),
            now: self.storage.now(),
            database_now: self.storage.database_now(),
        };
        let keep = scope.lease.is_some();
        let work = move |connection: &mut Database| {
            scope.fence(connection)?;
            body(connection, &scope)
        };
        self.storage.pool().write(durability, keep, work).await
    }
}

impl Session {
    /// Until its own first look at a table, which may take a minute, PostgreSQL thinks that a key stands for two hundred
    /// rows, and reads them all for each batch (measured: 45 ms instead of 2); and that a word is rare, and sorts all orders of it
    /// for a page (measured with a million: 760 ms instead of 1). So it is made to look: one look at a small table is enough for
    /// keys, and quick; words are of all kinds only when there are many.
    async fn tell_planner(&self, saved: &Saved) -> Result<()> {
        let due = self.habits.adds(saved.new) && self.lease.is_some();
        if !due || self.storage.backend() != Backend::Postgres {
            return Ok(());
        }
        // Claims come with their orders, and are looked up by key as they are.
        let look =
            "ANALYZE store_orders (order_id, state, status, ordered_at); ANALYZE claims (claim_id, order_id)";
        self.read(|connection| Ok(connection.batch_execute(look)?)).await
    }
}

fn application_key(key: &str, application: &str) -> String {
    let hash = Sha256::digest(application.as_bytes());
    hash[..8].iter().fold(format!("{key}:"), |text, byte| text + &format!("{byte:02x}"))
}

#[async_trait]
impl Store for Session {
    async fn checkpoint(&self, stream: &'static str) -> connector_core::Result<Checkpoint> {
        let id = self.connector_id;
        Ok(self.read(move |connection| checkpoints::cursor(connection, id, stream)).await?)
    }

    async fn known(&self, stream: &'static str, changes: &[Change]) -> connector_core::Result<Vec<bool>> {
        let (id, changes) = (self.connector_id, changes.to_vec());
        Ok(self.read(move |connection| due::known(connection, id, stream, &changes)).await?)
    }

    async fn due(
        &self,
        stream: &'static str,
        states: &'static [OrderState],
        ordered_after: DateTime<Utc>,
        observed_before: DateTime<Utc>,
        limit: usize,
    ) -> connector_core::Result<Vec<Wanted>> {
        let search = due::Search {
            connector_id: self.connector_id,
            stream,
            states,
            ordered_after,
            observed_before,
            failed_before: column(self.began),
            limit,
        };
        Ok(self.read(move |connection| due::due(connection, &search)).await?)
    }

    async fn ordered_in(&self, stream: &'static str, window: Window) -> connector_core::Result<u64> {
        let id = self.connector_id;
        Ok(self.read(move |connection| due::stored_in(connection, id, stream, window)).await?)
    }

    async fn note(&self, key: &str) -> connector_core::Result<Option<String>> {
        let (id, key) = (self.connector_id, key.to_owned());
        Ok(self.read(move |connection| checkpoints::note(connection, id, &key)).await?)
    }

    async fn set_note(&self, key: &str, value: &str) -> connector_core::Result<()> {
        let (key, value) = (key.to_owned(), value.to_owned());
        let set = move |connection: &mut Database, scope: &Scope| {
            checkpoints::set_note(connection, scope.connector_id, &key, &value, column(scope.now))
        };
        Ok(self.write(Durability::Ordered, set).await?)
    }

    async fn save(&self, batch: Batch) -> connector_core::Result<Saved> {
        let saved = self.write(Durability::Ordered, move |c, scope| save::save(c, scope, &batch)).await?;
        // New rows lie side by side, five to a page, and their index entries too; others each on a page of their own,
        // and so does the entry of their state.
        self.storage.pool().tidy(saved.new / 4 + 3 * (saved.changed + saved.unchanged));
        self.tell_planner(&saved).await?;
        Ok(saved)
    }
}

#[async_trait]
impl CredentialStore for Session {
    async fn load(&self) -> connector_core::Result<Option<Credential>> {
        let (id, keys) = (self.connector_id, self.storage.keys());
        let load = move |connection: &mut Database| {
            let is_plain = credentials::is_plain(connection, id)?;
            Ok((credentials::load(connection, id, keys.as_ref())?, is_plain))
        };
        let (found, is_plain) = self.read(load).await?;
        if let (Some(credential), true) = (&found, is_plain) {
            // Somebody wrote tokens into the row by hand: from now on they are sealed.
            self.renewals().replace(credential).await?;
        }
        Ok(found)
    }

    async fn save(&self, credential: &Credential) -> connector_core::Result<()> {
        if credential.refresh_token.is_some() {
            // The platform has spent the old one: this pair is kept whatever became of the lease, in a dry run, too.
            return Ok(self.renewals().replace(credential).await?);
        }
        let (keys, credential) = (self.storage.keys(), credential.clone());
        if self.lease.is_none() {
            return Ok(());
        }
        let save = move |connection: &mut Database, scope: &Scope| {
            credentials::save(connection, scope.connector_id, keys.as_ref(), &credential)
        };
        Ok(self.write(Durability::Full, save).await?)
    }

    async fn begin_renewal(&self, owner: &str) -> connector_core::Result<Turn> {
        Ok(self.renewals().begin(owner).await?)
    }

    async fn extend_renewal(&self, owner: &str) -> connector_core::Result<()> {
        Ok(self.renewals().extend(owner).await?)
    }

    async fn end_renewal(
        &self,
        owner: &str,
        end: RenewalEnd<'_>,
    ) -> connector_core::Result<Option<Credential>> {
        Ok(self.renewals().end(owner, end).await?)
    }
}
