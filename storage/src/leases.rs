//! Leases: at most one runner works on an account, and one that lost it cannot write.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use diesel::prelude::*;

use crate::backend::{Database, Durability};
use crate::connectors::find;
use crate::error::Failure;
use crate::instants::{column, instant};
use crate::prepared::{self, Statement, Value};
use crate::schema::connectors;
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
    /// How long it was claimed for; each save holds it that long again.
    pub ttl: Duration,
    /// Whether the holder before never gave the account back: it died, or lost it.
    pub follows_a_loss: bool,
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
    /// Claims an account for `ttl` by the database's clock, if nobody holds it. A second claim of the same owner finds
    /// it as busy as any other.
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
        connector_id: i64,
        owner: &str,
        ttl: Duration,
        dead: impl Fn(&str) -> bool + Send + 'static,
    ) -> Result<Claim> {
        let owner = owner.to_owned();
        let storage = self.clone();
        let claim = move |connection: &mut Database| {
            // Hosts that share a server disagree about the time; the server does not.
            storage.measure_clock(connection)?;
            loop {
                let now = storage.database_now();
                let row = find(connection, connector_id)?;
                let follows_a_loss = row.lease_owner.is_some();
                if let (Some(holder), Some(until)) = (row.lease_owner, row.lease_until)
                    && until > column(now)
                    && !dead(&holder)
                {
                    return Ok(Claim::Busy { owner: holder, until: instant(until) });
                }
                // Every claim counts the epoch up and every renewal moves the end: if either differs by now, somebody
                // was faster, or lives after all.
                let claimed = diesel::update(
                    connectors::table
                        .find(connector_id)
                        .filter(connectors::lease_epoch.eq(row.lease_epoch))
                        .filter(
                            connectors::lease_until.is_null().or(connectors::lease_until.eq(row.lease_until)),
                        ),
                )
                .set((
                    connectors::lease_owner.eq(&owner),
                    connectors::lease_until.eq(end(now, ttl)),
                    connectors::lease_epoch.eq(row.lease_epoch + 1),
                ))
                .execute(connection)?;
                if claimed == 1 {
                    let epoch = row.lease_epoch + 1;
                    return Ok(Claim::Held(Lease { connector_id, owner, epoch, ttl, follows_a_loss }));
                }
            }
        };
        self.pool().write(Durability::Normal, true, claim).await
    }

    /// Work under a lease.
    #[must_use]
    pub fn session(&self, lease: Lease) -> Session {
        Session::new(self.clone(), lease.connector_id, Some(lease))
    }

    /// Work that leaves no trace: every write is rolled back. One thing is kept: a renewed credential with a
    /// single-use refresh token, because the platform has spent the old one and the account would be cut off.
    #[must_use]
    pub fn dry_session(&self, connector_id: i64) -> Session {
        Session::new(self.clone(), connector_id, None)
    }
}

fn end(now: DateTime<Utc>, ttl: Duration) -> NaiveDateTime {
    column(now + TimeDelta::from_std(ttl).unwrap_or(TimeDelta::days(1)))
}

/// Proves that the lease is still ours, holds it for `ttl` from `now`, and keeps others from claiming it until the
/// transaction ends. An expired lease that nobody has claimed is still ours.
pub(crate) fn fence(
    connection: &mut Database,
    lease: &Lease,
    now: DateTime<Utc>,
    ttl: Duration,
) -> Result<(), Failure> {
    let held = prepared::execute::<Renew>(
        connection,
        &[
            Value::Time(end(now, ttl)),
            Value::Number(lease.connector_id),
            Value::Text(&lease.owner),
            Value::Number(lease.epoch),
        ],
    )?;
    if held == 0 {
        return Err(StorageError::LeaseLost { connector_id: lease.connector_id }.into());
    }
    Ok(())
}

struct Renew;

impl Statement for Renew {
    const SQL: &'static [&'static str] = &[
        "UPDATE connectors SET lease_until = ",
        " WHERE id = ",
        " AND lease_owner = ",
        " AND lease_epoch = ",
    ];
}

/// Gives the lease up; nothing happens when it is lost already.
pub(crate) fn release(connection: &mut Database, lease: &Lease) -> Result<(), Failure> {
    diesel::update(
        connectors::table
            .find(lease.connector_id)
            .filter(connectors::lease_owner.eq(&lease.owner))
            .filter(connectors::lease_epoch.eq(lease.epoch)),
    )
    .set((connectors::lease_owner.eq(None::<String>), connectors::lease_until.eq(None::<NaiveDateTime>)))
    .execute(connection)?;
    Ok(())
}
