//! Two connections as one type: address to backend, connecting, transactions.

use std::path::{Path, PathBuf};

use diesel::connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager};
use diesel::{Connection as _, PgConnection, SqliteConnection};

use crate::error::{Failure, connect_failure};
use crate::{Result, StorageError};

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

/// A connection to either database. Never call its `establish`: it tries one backend after the other and hides every
/// error; [`Target::connect`] picks by scheme.
#[derive(diesel::MultiConnection)]
pub(crate) enum Database {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Database {
    pub(crate) fn backend(&self) -> Backend {
        match self {
            Self::Sqlite(_) => Backend::Sqlite,
            Self::Postgres(_) => Backend::Postgres,
        }
    }
}

/// Expands one body for the connection of each backend, for what the joint type cannot express (`on_conflict`) or does
/// slower (it boxes every bound value).
macro_rules! on_backend {
    ($connection:expr, $inner:ident => $body:expr) => {
        match $connection {
            $crate::backend::Database::Sqlite($inner) => $body,
            $crate::backend::Database::Postgres($inner) => $body,
        }
    };
}
pub(crate) use on_backend;

/// A database address, understood.
#[derive(Clone)]
pub(crate) enum Target {
    Sqlite { path: PathBuf },
    Postgres { url: String },
}

/// `busy_timeout` first: the others may have to wait for a lock already. The log is copied by the pool, long before
/// `wal_autocheckpoint` pages.
const SQLITE_SETUP: &str = "PRAGMA busy_timeout = 5000; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; \
     PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8000; PRAGMA wal_autocheckpoint = 4000;";

/// A request that is given up does not stop its query, so the server must; and nobody waits for ever on a lock. A
/// process that was halted within a transaction loses it well before its lease ends, so that a successor finds the row
/// free. Compiling a query takes longer than any of ours (measured: 20 ms for a page that is read in one).
const POSTGRES_SETUP: &str = "SET statement_timeout = '60s'; SET lock_timeout = '20s'; SET jit = off; \
     SET idle_in_transaction_session_timeout = '10s'; SET client_min_messages = warning; SET TIME ZONE 'UTC'";

impl Target {
    /// Reads an address; no I/O.
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let url = url.trim();
        let path = match url.split_once(':') {
            Some(("postgres" | "postgresql", _)) => return Self::postgres(url),
            Some(("sqlite", rest)) => rest.strip_prefix("//").unwrap_or(rest),
            // `postgres//user:password@host`: taken for a file, its name would be shown with the password in it.
            Some((_, rest)) if !rest.starts_with("//") && rest.contains('@') => {
                return Err(StorageError::Invalid(
                    "the database address looks like a server's and does not start with postgres://; \
                     use sqlite://FILE or postgres://USER@HOST/DATABASE"
                        .to_owned(),
                ));
            }
            Some((scheme, rest)) if rest.starts_with("//") => {
                return Err(StorageError::Invalid(format!(
                    "no such database: {scheme:?}; use sqlite://FILE or postgres://USER@HOST/DATABASE"
                )));
            }
            _ => url,
        };
        if path.is_empty() || path == ":memory:" || path.contains('\0') {
            return Err(StorageError::Invalid(
                "the database address names no file; use sqlite://FILE".to_owned(),
            ));
        }
        // SQLite would read a relative path of this form as an address of its own.
        let path = if path.starts_with("file:") { Path::new(".").join(path) } else { PathBuf::from(path) };
        Ok(Self::Sqlite { path })
    }

    /// libpq quotes parts of an address that it cannot read, and that part may be a password with an unescaped special
    /// character. So such an address does not get that far.
    fn postgres(url: &str) -> Result<Self> {
        let broken = || {
            StorageError::Invalid(
                "the database address cannot be read; percent-encode special characters in its password \
                 (@ is %40, # is %23, / is %2F, ? is %3F)"
                    .to_owned(),
            )
        };
        let rest = url.split_once("://").ok_or_else(broken)?.1;
        let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (_, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        let port_is_sound = |host: &str| match host.rsplit_once(':') {
            Some((_, port)) if !host.ends_with(']') => port.parse::<u16>().is_ok(),
            _ => true,
        };
        if tail.contains('@')
            || url.contains(['#', '\0', ' '])
            || authority.matches('@').count() > 1
            || !hosts.split(',').all(port_is_sound)
        {
            return Err(broken());
        }
        let mut url = url.to_owned();
        if !tail.contains("connect_timeout=") {
            url.push(if tail.contains('?') { '&' } else { '?' });
            url.push_str("connect_timeout=5");
        }
        Ok(Self::Postgres { url })
    }

    pub(crate) fn backend(&self) -> Backend {
        match self {
            Self::Sqlite { .. } => Backend::Sqlite,
            Self::Postgres { .. } => Backend::Postgres,
        }
    }

    /// The address for messages: no password, no parameters.
    pub(crate) fn display(&self) -> String {
        match self {
            Self::Sqlite { path } => format!("sqlite://{}", path.display()),
            Self::Postgres { url } => safe_postgres(url),
        }
    }

    /// Connects; the error names the cause.
    pub(crate) fn connect(&self) -> Result<Database> {
        match self {
            Self::Sqlite { path } => {
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
                if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
                    return Err(StorageError::MissingFolder {
                        database: self.display(),
                        folder: folder.display().to_string(),
                    });
                }
                if path.is_dir() {
                    return Err(StorageError::Unreachable {
                        database: self.display(),
                        reason: "it is a folder".to_owned(),
                    });
                }
                let mut connection = SqliteConnection::establish(&path.to_string_lossy())
                    .map_err(|error| connect_failure(self, &error))?;
                connection.batch_execute(SQLITE_SETUP).map_err(|error| Failure::from(error).explain(self))?;
                Ok(Database::Sqlite(connection))
            }
            Self::Postgres { url } => {
                let mut connection =
                    PgConnection::establish(url).map_err(|error| connect_failure(self, &error))?;
                connection
                    .batch_execute(POSTGRES_SETUP)
                    .map_err(|error| Failure::from(error).explain(self))?;
                Ok(Database::Postgres(connection))
            }
        }
    }
}

/// The address without password and parameters. Also for addresses that [`Target::parse`] refuses: whatever stands
/// between the scheme and the last `@` is cut down to the user's name.
pub(crate) fn safe_url(url: &str) -> String {
    match Target::parse(url) {
        Ok(target) => target.display(),
        Err(_) => url.split_once("://").map_or_else(
            || "the given address".to_owned(),
            |(scheme, _)| {
                let known = matches!(scheme, "postgres" | "postgresql" | "sqlite");
                format!("{}://…", if known { scheme } else { "?" })
            },
        ),
    }
}

fn safe_postgres(url: &str) -> String {
    let (_, rest) = url.split_once("://").unwrap_or(("", url));
    let rest = rest.split_once('?').map_or(rest, |(address, _)| address);
    match rest.rsplit_once('@') {
        Some((user, place)) => {
            let user = user.split_once(':').map_or(user, |(user, _)| user);
            format!("postgres://{user}@{place}")
        }
        None => format!("postgres://{rest}"),
    }
}

/// What of a committed transaction a crash of the machine may undo. A crash of the program never undoes any.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Nothing, on either database.
    Full,
    /// Nothing on PostgreSQL; on SQLite the last moments, whole and in order (`synchronous = NORMAL`).
    Normal,
    /// On PostgreSQL too the last moments, whole and in order. For pages of records: rows and cursor commit together,
    /// so what is undone is read again; waiting for the disk at each page would cost more than writing it.
    Ordered,
}

/// Runs `body` in a writing transaction. `keep` says whether its work stays.
pub(crate) fn write_transaction<T>(
    connection: &mut Database,
    durability: Durability,
    keep: bool,
    body: impl FnOnce(&mut Database) -> Result<T, Failure>,
) -> Result<T, Failure> {
    match (&mut *connection, durability) {
        // IMMEDIATE: a deferred transaction that turns into a writing one fails at once when another process writes,
        // whatever the busy time-out.
        (Database::Sqlite(inner), _) => {
            if durability == Durability::Full {
                inner.batch_execute("PRAGMA synchronous = FULL")?;
            }
            AnsiTransactionManager::begin_transaction_sql(inner, "BEGIN IMMEDIATE")?;
        }
        (Database::Postgres(inner), Durability::Full | Durability::Normal) => {
            AnsiTransactionManager::begin_transaction_sql(inner, "BEGIN")?;
        }
        (Database::Postgres(inner), Durability::Ordered) => {
            AnsiTransactionManager::begin_transaction_sql(
                inner,
                "BEGIN; SET LOCAL synchronous_commit = off",
            )?;
        }
    }
    type Manager = <Database as diesel::Connection>::TransactionManager;
    match body(connection) {
        Ok(value) if keep => {
            Manager::commit_transaction(connection)?;
            if let (Database::Sqlite(inner), Durability::Full) = (connection, durability) {
                inner.batch_execute("PRAGMA synchronous = NORMAL")?;
            }
            Ok(value)
        }
        Ok(value) => {
            Manager::rollback_transaction(connection)?;
            Ok(value)
        }
        Err(failure) => match Manager::rollback_transaction(connection) {
            // SQLite has rolled back by itself after some failures (disk full); the first failure is the one to tell.
            Ok(()) | Err(_) => Err(failure),
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CANARY: &str = "hush7f3a";

    #[test]
    fn an_address_with_a_slip_in_its_scheme_shows_no_password() {
        for url in ["postgres//user:hush7f3a@host/shop", "user:hush7f3a@host/shop", "host:hush7f3a@x"] {
            let error = Target::parse(url).map(drop).expect_err(url);
            assert!(error.to_string().contains("postgres://"), "{error}");
            assert!(!format!("{error} {error:?} {}", safe_url(url)).contains(CANARY), "{error}");
        }
        for path in ["shop@home.db", "sqlite:shop@home.db", "sqlite:///a:b/c@d.db", "a:b.db"] {
            assert_eq!(Target::parse(path).map(|target| target.backend()).expect(path), Backend::Sqlite);
        }
    }

    proptest! {
        /// Whatever `DATABASE_URL` holds: a database, or an error; a password is seen in neither.
        #[test]
        fn any_address_is_understood_or_refused_without_its_password(
            scheme in prop_oneof![
                prop::sample::select(vec![
                    "postgres://", "postgresql://", "postgres:", "postgres//", "Postgres://", "mysql://", "sqlite://", "",
                ]).prop_map(str::to_owned),
                "\\PC{0,8}",
            ],
            user in "[a-z%:/?#@\\[\\] ]{0,4}",
            odd in "[%:/?#@\\[\\], \\\\\0]{0,3}",
            rest in "[a-z0-9:/?#&=@\\[\\],.%-]{0,12}",
        ) {
            let url = format!("{scheme}{user}:{odd}{CANARY}@{rest}");
            let shown = match Target::parse(&url) {
                Ok(Target::Sqlite { path }) => {
                    // A file that is named so on purpose.
                    prop_assert!(url.trim().starts_with("sqlite:"), "{:?}", path);
                    String::new()
                }
                Ok(target) => format!("{} {}", target.display(), safe_url(&url)),
                Err(error) => format!("{error} {error:?} {}", safe_url(&url)),
            };
            prop_assert!(!shown.contains(CANARY), "{} shows {}", url, shown);
        }

        #[test]
        fn any_text_is_an_address_or_refused(text in "\\PC{0,40}") {
            let shown = safe_url(&text);
            if let Ok(target) = Target::parse(&text) {
                prop_assert_eq!(target.display(), shown);
            }
        }
    }
}
