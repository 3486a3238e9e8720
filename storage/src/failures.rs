//! Records that could not be read: named and kept until a later run reads them.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDateTime, Utc};
use connector_core::Failure as Unread;
use diesel::prelude::*;
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use crate::backend::{Database, on_backend};
use crate::due::KEYS_AT_ONCE;
use crate::error::Failure;
use crate::instants::Instant;
use crate::schema::failed_records;
use crate::text::clean;
use crate::{Result, Storage};

/// What the key of a record begins with whose own key could not be made out. Such a record cannot be asked for again;
/// it stays for people to see.
pub(crate) const UNKEYED: &str = "unkeyed:";

/// A record that could not be read; the platform's object is left out.
#[derive(Clone, Debug, Serialize, Queryable, Selectable)]
#[diesel(table_name = failed_records)]
pub struct FailureRow {
    /// The account.
    pub connector_id: i64,
    /// The stream.
    pub stream: String,
    /// The record's key, or `unkeyed:` and a hash where none could be made out.
    pub record_key: String,
    /// What is wrong with it, without content.
    pub reason: String,
    /// How often it failed.
    pub attempts: i64,
    /// When it first failed.
    #[diesel(deserialize_as = Instant)]
    pub first_seen_at: DateTime<Utc>,
    /// When it last failed.
    #[diesel(deserialize_as = Instant)]
    pub updated_at: DateTime<Utc>,
}

/// Keeps what failed, and counts the attempts.
pub(crate) fn note(
    connection: &mut Database,
    connector_id: i64,
    stream: &str,
    failures: &[Unread],
    now: NaiveDateTime,
) -> Result<(), Failure> {
    for failure in failures {
        let raw = failure.raw.as_ref().map(|raw| raw.get());
        let key = match &failure.key {
            Some(key) => clean(key),
            None => {
                let what = raw.unwrap_or(&failure.reason);
                Cow::Owned(format!("{UNKEYED}{:016x}", xxh3_64(what.as_bytes())))
            }
        };
        let reason = clean(&failure.reason);
        on_backend!(connection, inner => {
            diesel::insert_into(failed_records::table)
                .values((
                    failed_records::connector_id.eq(connector_id),
                    failed_records::stream.eq(stream),
                    failed_records::record_key.eq(&*key),
                    failed_records::reason.eq(&*reason),
                    failed_records::attempts.eq(1),
                    failed_records::first_seen_at.eq(now),
                    failed_records::updated_at.eq(now),
                    failed_records::meta_json.eq(raw),
                ))
                .on_conflict((
                    failed_records::connector_id,
                    failed_records::stream,
                    failed_records::record_key,
                ))
                .do_update()
                .set((
                    failed_records::reason.eq(&*reason),
                    failed_records::attempts.eq(failed_records::attempts + 1),
                    failed_records::updated_at.eq(now),
                    failed_records::meta_json.eq(raw),
                ))
                .execute(inner)?
        });
    }
    Ok(())
}

/// Whether anything of the account could not be read.
pub(crate) fn any(connection: &mut Database, connector_id: i64) -> Result<bool, Failure> {
    let one: Option<i64> = failed_records::table
        .filter(failed_records::connector_id.eq(connector_id))
        .select(failed_records::connector_id)
        .first(connection)
        .optional()?;
    Ok(one.is_some())
}

/// Forgets failures of records that were read by now.
pub(crate) fn forget(
    connection: &mut Database,
    connector_id: i64,
    stream: &str,
    keys: &[&str],
) -> Result<(), Failure> {
    for chunk in keys.chunks(KEYS_AT_ONCE) {
        on_backend!(connection, inner => {
            diesel::delete(
                failed_records::table
                    .filter(failed_records::connector_id.eq(connector_id))
                    .filter(failed_records::stream.eq(stream))
                    .filter(failed_records::record_key.eq_any(chunk)),
            )
            .execute(inner)?
        });
    }
    Ok(())
}

impl Storage {
    /// Records that could not be read, latest failure first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn failures(&self, connector_id: Option<i64>, limit: i64) -> Result<Vec<FailureRow>> {
        let read = move |connection: &mut Database| {
            let mut query = failed_records::table
                .select(FailureRow::as_select())
                .order((failed_records::updated_at.desc(), failed_records::record_key))
                .limit(limit)
                .into_boxed();
            if let Some(id) = connector_id {
                query = query.filter(failed_records::connector_id.eq(id));
            }
            Ok(query.load(connection)?)
        };
        self.pool().read(read).await
    }
}
