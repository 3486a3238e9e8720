//! How the database is.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use crate::backend::{Backend, Database, Durability, write_transaction};
use crate::error::Failure;
use crate::schema::connectors;
use crate::{Result, Storage};

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
    /// The database's clock minus ours; nothing on SQLite, which has none of its own.
    pub clock_skew: TimeDelta,
}

/// The database's clock; `None` on SQLite, where it is ours.
pub(crate) fn clock(connection: &mut Database) -> Result<Option<DateTime<Utc>>, Failure> {
    let Database::Postgres(inner) = connection else { return Ok(None) };
    let micros: i64 =
        diesel::select(sql::<BigInt>("(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint"))
            .get_result(inner)?;
    Ok(DateTime::from_timestamp_micros(micros))
}

impl Storage {
    /// Asks the database how it is.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn health(&self) -> Result<Health> {
        let storage = self.clone();
        let ask = move |connection: &mut Database| {
            let clock_skew = storage.measure_clock(connection)?;
            match connection {
                Database::Sqlite(inner) => {
                    let version: String =
                        diesel::select(sql::<Text>("sqlite_version()")).get_result(inner)?;
                    let size: i64 = diesel::select(sql::<BigInt>(
                        "(SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size())",
                    ))
                    .get_result(inner)?;
                    let journal: String =
                        diesel::select(sql::<Text>("(SELECT journal_mode FROM pragma_journal_mode())"))
                            .get_result(inner)?;
                    // Only a write tells, and this one touches no row. Taking the writer's place alone does not: on
                    // a read-only file SQLite quietly begins a reading transaction instead.
                    let probe = |connection: &mut Database| {
                        let no_row = connectors::table.filter(connectors::id.lt(0));
                        diesel::update(no_row).set(connectors::enabled.eq(true)).execute(connection)?;
                        Ok(())
                    };
                    let writable = write_transaction(connection, Durability::Normal, false, probe).is_ok();
                    Ok(Health {
                        backend: Backend::Sqlite,
                        version,
                        writable,
                        size_bytes: u64::try_from(size).ok(),
                        journal: Some(journal),
                        clock_skew,
                    })
                }
                Database::Postgres(inner) => {
                    let (version, writable, size): (String, bool, i64) = diesel::select((
                        sql::<Text>("current_setting('server_version')"),
                        sql::<Bool>("current_setting('transaction_read_only') = 'off'"),
                        sql::<BigInt>("pg_database_size(current_database())"),
                    ))
                    .get_result(inner)?;
                    Ok(Health {
                        backend: Backend::Postgres,
                        version,
                        writable,
                        size_bytes: u64::try_from(size).ok(),
                        journal: None,
                        clock_skew,
                    })
                }
            }
        };
        self.pool().read(ask).await
    }
}
