//! Leases: at most one runner works on an account, and one that lost it cannot write.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::{Result, Session, Storage, StorageError};

/// The right to write for one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The account's row.
    pub connector_id: i64,
    /// Who holds it.
    pub owner: String,
    /// Which claim of this row it is; a later claim has a greater one.
    pub epoch: i64,
}

/// The outcome of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The lease is ours.
    Held(Lease),
    /// Somebody else works on the account.
    Busy {
        /// Who.
        owner: String,
        /// Until when, unless renewed; by the database's clock.
        until: DateTime<Utc>,
    },
}

impl Storage {
    /// Claims an account for `ttl` by the database's clock, if nobody holds it.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn claim(&self, connector_id: i64, owner: &str, ttl: Duration) -> Result<Claim> {
        self.claim_if(connector_id, owner, ttl, |_| false).await
    }

    /// As [`Storage::claim`], and also takes over from a holder that `dead` names dead.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn claim_if(
        &self,
        _connector_id: i64,
        _owner: &str,
        _ttl: Duration,
        _dead: impl Fn(&str) -> bool + Send + 'static,
    ) -> Result<Claim> {
        Err(StorageError::Invalid("not yet".into()))
    }

    /// Work under a lease.
    #[must_use]
    pub fn session(&self, lease: Lease) -> Session {
        Session { lease: Some(lease), connector_id: 0 }
    }

    /// Work that leaves no trace: every write is rolled back.
    #[must_use]
    pub fn dry_session(&self, connector_id: i64) -> Session {
        Session { lease: None, connector_id }
    }
}
