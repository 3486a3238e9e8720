//! One account's place in the store, for one run.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use connector_core::http::{Credential, CredentialStore};
use connector_core::sync::{Batch, Checkpoint, Saved, Store, Window};
use connector_core::{Change, OrderState, Wanted};

use crate::{Lease, LogFinish, LogStart, Result, StorageError};

/// One account's place in the store, for one run. Clones share the open log row.
#[derive(Clone, Debug)]
pub struct Session {
    pub(crate) lease: Option<Lease>,
    pub(crate) connector_id: i64,
}

fn later<T>() -> Result<T> {
    Err(StorageError::Invalid("not yet".into()))
}

impl Session {
    /// Holds the lease for another `ttl` from now.
    ///
    /// # Errors
    /// `LeaseLost`.
    pub async fn renew(&self, _ttl: Duration) -> Result<()> {
        later()
    }

    /// Gives the lease up; does nothing when it is lost already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release(&self) -> Result<()> {
        let _ = (&self.lease, self.connector_id);
        later()
    }

    /// Opens a log row and returns its id (0 in a dry session, which writes none). Earlier rows of this connector
    /// that still run become `interrupted`; from now on every [`Store::save`] adds its counts to this row.
    ///
    /// # Errors
    /// `LeaseLost`.
    pub async fn start_log(&self, _start: LogStart) -> Result<i64> {
        later()
    }

    /// Closes the log row.
    ///
    /// # Errors
    /// `LeaseLost`; the row then stays as it is.
    pub async fn finish_log(&self, _finish: LogFinish) -> Result<()> {
        later()
    }
}

#[async_trait]
impl Store for Session {
    async fn checkpoint(&self, _stream: &'static str) -> connector_core::Result<Checkpoint> {
        Ok(later()?)
    }
    async fn known(&self, _s: &'static str, _c: &[Change]) -> connector_core::Result<Vec<bool>> {
        Ok(later()?)
    }
    async fn due(
        &self,
        _stream: &'static str,
        _states: &'static [OrderState],
        _ordered_after: DateTime<Utc>,
        _observed_before: DateTime<Utc>,
        _limit: usize,
    ) -> connector_core::Result<Vec<Wanted>> {
        Ok(later()?)
    }
    async fn ordered_in(&self, _stream: &'static str, _window: Window) -> connector_core::Result<u64> {
        Ok(later()?)
    }
    async fn note(&self, _key: &str) -> connector_core::Result<Option<String>> {
        Ok(later()?)
    }
    async fn set_note(&self, _key: &str, _value: &str) -> connector_core::Result<()> {
        Ok(later()?)
    }
    async fn save(&self, _batch: Batch) -> connector_core::Result<Saved> {
        Ok(later()?)
    }
}

#[async_trait]
impl CredentialStore for Session {
    async fn load(&self) -> connector_core::Result<Option<Credential>> {
        Ok(later()?)
    }
    async fn save(&self, _credential: &Credential) -> connector_core::Result<()> {
        Ok(later()?)
    }
}
