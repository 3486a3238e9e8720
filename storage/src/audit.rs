//! Who did what: a log that is only ever added to, each entry holding the hash of the one before.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::backend::{Database, Durability};
use crate::error::Failure;
use crate::instants::{Instant, column};
use crate::schema::audit_logs;
use crate::text::clean;
use crate::{Result, Storage};

/// What the first entry holds for the hash before it.
const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Entries that are verified between two reads.
const CHUNK: i64 = 1_000;

/// An entry to add.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewAudit {
    /// The user, where there is one.
    pub user_id: Option<i64>,
    /// The user's name, or what else acted.
    pub actor: String,
    /// What was done, as the operation is called.
    pub action: String,
    /// To what, such as `platform-accounts/7`.
    pub object: Option<String>,
    /// How it ended, as an HTTP status.
    pub status: i64,
    /// Where from.
    pub address: Option<String>,
    /// The request, for finding it in the log.
    pub request_id: Option<String>,
}

/// An entry.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = audit_logs)]
pub struct AuditRow {
    /// Its number; there is no gap.
    pub id: i64,
    /// When.
    #[diesel(deserialize_as = Instant)]
    pub at: DateTime<Utc>,
    /// The user, where there was one.
    pub user_id: Option<i64>,
    /// The user's name then, or what else acted.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub object: Option<String>,
    /// How it ended, as an HTTP status.
    pub status: i64,
    /// Where from.
    pub address: Option<String>,
    /// The request.
    pub request_id: Option<String>,
    /// The hash of the entry before.
    pub previous_hash: String,
    /// The hash of this entry with the one before.
    pub hash: String,
}

impl AuditRow {
    fn digest(&self) -> String {
        let mut hasher = Sha256::new();
        let mut field = |text: Option<&str>| {
            // Lengths before texts: no two entries read alike. An absent text differs from an empty one.
            hasher.update(text.map_or(u64::MAX, |text| text.len() as u64).to_be_bytes());
            hasher.update(text.unwrap_or_default());
        };
        field(Some(&self.previous_hash));
        field(Some(&self.id.to_string()));
        field(Some(&self.at.timestamp_micros().to_string()));
        field(self.user_id.map(|id| id.to_string()).as_deref());
        field(Some(&self.actor));
        field(Some(&self.action));
        field(self.object.as_deref());
        field(Some(&self.status.to_string()));
        field(self.address.as_deref());
        field(self.request_id.as_deref());
        hasher.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
            write!(text, "{byte:02x}").expect("writing to a text cannot fail");
            text
        })
    }
}

/// Whether the log is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditProof {
    /// How many entries hold.
    pub entries: i64,
    /// The hash of the last of them. Kept elsewhere, it also proves that nothing was cut off at the end.
    pub head: String,
    /// The first entry that does not hold, and why.
    pub broken: Option<(i64, &'static str)>,
}

type Head = (i64, String);

fn head(connection: &mut Database) -> Result<Head, Failure> {
    let last: Option<Head> = audit_logs::table
        .order(audit_logs::id.desc())
        .select((audit_logs::id, audit_logs::hash))
        .first(connection)
        .optional()?;
    Ok(last.unwrap_or_else(|| (0, GENESIS.to_owned())))
}

impl Storage {
    /// Adds an entry.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit(&self, new: NewAudit) -> Result<()> {
        let now = column(self.now());
        let write = move |connection: &mut Database| {
            if let Database::Postgres(inner) = connection {
                use diesel::connection::SimpleConnection as _;
                // One after the other: each holds the hash of the one before.
                inner.batch_execute("LOCK TABLE audit_logs IN EXCLUSIVE MODE")?;
            }
            let (last, previous_hash) = head(connection)?;
            let text = |text: Option<String>| text.map(|text| clean(&text).into_owned());
            let mut row = AuditRow {
                id: last + 1,
                at: now.and_utc(),
                user_id: new.user_id,
                actor: clean(&new.actor).into_owned(),
                action: clean(&new.action).into_owned(),
                object: text(new.object),
                status: new.status,
                address: text(new.address),
                request_id: text(new.request_id),
                previous_hash,
                hash: String::new(),
            };
            row.hash = row.digest();
            insert(connection, &row, now)
        };
        self.pool().write(Durability::Full, true, write).await
    }

    /// Entries, newest first, before the given one; of one user, or of all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_log(
        &self,
        user_id: Option<i64>,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<AuditRow>> {
        let read = move |connection: &mut Database| {
            let mut query = audit_logs::table
                .select(AuditRow::as_select())
                .order(audit_logs::id.desc())
                .limit(limit)
                .into_boxed();
            if let Some(user_id) = user_id {
                query = query.filter(audit_logs::user_id.eq(user_id));
            }
            if let Some(before) = before {
                query = query.filter(audit_logs::id.lt(before));
            }
            Ok(query.load(connection)?)
        };
        self.pool().read(read).await
    }

    /// Reads the whole log and checks every entry.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verify_audit(&self) -> Result<AuditProof> {
        let mut proof = AuditProof { entries: 0, head: GENESIS.to_owned(), broken: None };
        loop {
            let after = proof.entries;
            let read = move |connection: &mut Database| {
                Ok(audit_logs::table
                    .filter(audit_logs::id.gt(after))
                    .order(audit_logs::id)
                    .limit(CHUNK)
                    .select(AuditRow::as_select())
                    .load::<AuditRow>(connection)?)
            };
            let rows = self.pool().read(read).await?;
            if rows.is_empty() {
                return Ok(proof);
            }
            for row in rows {
                let fault = if row.id != proof.entries + 1 {
                    Some("entries before it are missing")
                } else if row.previous_hash != proof.head {
                    Some("it does not follow the entry before it")
                } else if row.digest() != row.hash {
                    Some("it was altered")
                } else {
                    None
                };
                if let Some(reason) = fault {
                    proof.broken = Some((row.id, reason));
                    return Ok(proof);
                }
                (proof.entries, proof.head) = (row.id, row.hash);
            }
        }
    }
}

fn insert(connection: &mut Database, row: &AuditRow, at: NaiveDateTime) -> Result<(), Failure> {
    diesel::insert_into(audit_logs::table)
        .values((
            audit_logs::id.eq(row.id),
            audit_logs::at.eq(at),
            audit_logs::user_id.eq(row.user_id),
            audit_logs::actor.eq(&row.actor),
            audit_logs::action.eq(&row.action),
            audit_logs::object.eq(&row.object),
            audit_logs::status.eq(row.status),
            audit_logs::address.eq(&row.address),
            audit_logs::request_id.eq(&row.request_id),
            audit_logs::previous_hash.eq(&row.previous_hash),
            audit_logs::hash.eq(&row.hash),
        ))
        .execute(connection)?;
    Ok(())
}
