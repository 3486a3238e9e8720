//! Bringing the tables up to date.

use std::fs::File;
use std::path::PathBuf;

use diesel::connection::SimpleConnection as _;
use diesel::migration::{Migration, MigrationSource};
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::backend::{Backend, Database, Target};
use crate::error::Failure;
use crate::{Result, StorageError};

const SQLITE: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../migrations/postgres");

/// The key of PostgreSQL's advisory lock: "runner" and the table set's name, as a number that nobody else uses.
const ADVISORY_LOCK: i64 = 0x7275_6e6e_6572_0001;

/// What a migration table may be compared with.
pub(crate) struct State {
    pub(crate) pending: Vec<String>,
    pub(crate) unknown: Vec<String>,
}

diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

/// Compares the database with this program. Reads only, and does not make Diesel's own table as its harness would: an
/// up-to-date database is the common case and must cost nothing.
pub(crate) fn state(connection: &mut Database) -> Result<State, Failure> {
    let known = all_names(connection.backend());
    let applied: Vec<String> = if has_migration_table(connection)? {
        __diesel_schema_migrations::table
            .select(__diesel_schema_migrations::version)
            .order(__diesel_schema_migrations::version)
            .load(connection)?
    } else {
        Vec::new()
    };
    let version = |name: &str| name.split('_').next().unwrap_or(name).replace('-', "");
    Ok(State {
        pending: known.iter().filter(|name| !applied.contains(&version(name))).cloned().collect(),
        unknown: applied.into_iter().filter(|v| !known.iter().any(|name| version(name) == *v)).collect(),
    })
}

fn has_migration_table(connection: &mut Database) -> Result<bool, Failure> {
    use diesel::dsl::sql;
    use diesel::sql_types::BigInt;
    let count: i64 = match connection {
        Database::Sqlite(inner) => diesel::select(sql::<BigInt>(
            "(SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = '__diesel_schema_migrations')",
        ))
        .get_result(inner)?,
        Database::Postgres(inner) => {
            diesel::select(sql::<BigInt>("(to_regclass('__diesel_schema_migrations') IS NOT NULL)::int::bigint"))
                .get_result(inner)?
        }
    };
    Ok(count > 0)
}

/// The names of all migrations of this program, in order.
pub(crate) fn all_names(backend: Backend) -> Vec<String> {
    fn sorted<DB: diesel::backend::Backend>(source: &impl MigrationSource<DB>) -> Vec<String> {
        let migrations = source.migrations().expect("embedded migrations are read at compile time");
        let mut names: Vec<String> = migrations.iter().map(|m| m.name().to_string()).collect();
        names.sort();
        names
    }
    match backend {
        Backend::Sqlite => sorted::<diesel::sqlite::Sqlite>(&SQLITE),
        Backend::Postgres => sorted::<diesel::pg::Pg>(&POSTGRES),
    }
}

/// Refuses a database whose tables are newer than this program.
pub(crate) fn refuse_newer(target: &Target, state: &State) -> Result<()> {
    if state.unknown.is_empty() {
        return Ok(());
    }
    Err(StorageError::NewerSchema { database: target.display(), unknown: state.unknown.clone() })
}

/// Applies what is pending, on a connection of its own; returns the names. Several processes may call this at once:
/// Diesel itself would apply a migration twice then (diesel-rs/diesel#4862), hence the locks.
pub(crate) fn run(target: &Target) -> Result<Vec<String>> {
    let explain = |failure: Failure| failure.explain(target);
    match target {
        Target::Sqlite { path } => {
            let lock = PathBuf::from(format!("{}.migrating", path.display()));
            let file = File::create(&lock).map_err(|error| StorageError::ReadOnly {
                database: target.display(),
                reason: format!("its folder takes no files ({error})"),
            })?;
            file.lock().map_err(|error| StorageError::Other {
                database: target.display(),
                reason: format!("{} cannot be locked ({error})", lock.display()),
            })?;
            let mut connection = target.connect()?;
            if let Database::Sqlite(inner) = &mut connection {
                // Here and not with each connection: two processes that switch at once lock each other out, whatever
                // the busy time-out. Both stay with the file. Rows of 3 kB fill pages of 16 kB well; with the default
                // 4 kB the file is a quarter larger and writing it takes half as long again (measured).
                inner
                    .batch_execute("PRAGMA page_size = 16384; PRAGMA journal_mode = WAL")
                    .map_err(|error| explain(Failure::from(error)))?;
            }
            let applied = apply(target, &mut connection)?;
            drop(connection);
            // Whoever waits for this very file finds nothing left to do, and so does whoever makes a new one.
            if let Err(error) = std::fs::remove_file(&lock) {
                tracing::debug!(%error, "the lock file stays");
            }
            Ok(applied)
        }
        Target::Postgres { .. } => {
            let mut connection = target.connect()?;
            if let Database::Postgres(inner) = &mut connection {
                inner
                    .batch_execute(&format!(
                        "SET statement_timeout = 0; SET lock_timeout = 0; SELECT pg_advisory_lock({ADVISORY_LOCK})"
                    ))
                    .map_err(|error| explain(Failure::from(error)))?;
            }
            // The lock ends with the connection.
            apply(target, &mut connection)
        }
    }
}

fn apply(target: &Target, connection: &mut Database) -> Result<Vec<String>> {
    let state = state(connection).map_err(|failure| failure.explain(target))?;
    refuse_newer(target, &state)?;
    if state.pending.is_empty() {
        return Ok(Vec::new());
    }
    let outcome = match connection {
        Database::Sqlite(inner) => inner.run_pending_migrations(SQLITE).map(drop),
        Database::Postgres(inner) => inner.run_pending_migrations(POSTGRES).map(drop),
    };
    match outcome {
        Ok(()) => Ok(state.pending),
        Err(error) => Err(crate::error::explain(target, &error.to_string())),
    }
}
