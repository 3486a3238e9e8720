//! What can go wrong with the store, by what a person does about it.

use connector_core::ErrorKind;
use diesel::result::{ConnectionError, DatabaseErrorKind, Error as QueryError};

use crate::backend::Target;

/// The result of everything the store does.
pub type Result<T, E = StorageError> = std::result::Result<T, E>;

/// A failure of the store. `Display` is one line with the cause and never holds a password, a secret or row content;
/// [`StorageError::fix`] says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// No server answers, or the file cannot be opened.
    #[error("{database} cannot be reached: {reason}")]
    Unreachable {
        /// The database, without password.
        database: String,
        /// What the client library says.
        reason: String,
    },
    /// The server refuses the user or password.
    #[error("{database} refuses the sign-in: {reason}")]
    AuthenticationFailed {
        /// The database, without password.
        database: String,
        /// What the server says.
        reason: String,
    },
    /// The server has no database of that name.
    #[error("{database}: the server has no such database")]
    NoSuchDatabase {
        /// The database, without password.
        database: String,
    },
    /// The folder in which the SQLite file should lie is not there.
    #[error("{database}: the folder {folder} does not exist")]
    MissingFolder {
        /// The database.
        database: String,
        /// The folder.
        folder: String,
    },
    /// Somebody else holds the database's lock for too long.
    #[error("{database} is locked by another program")]
    Locked {
        /// The database, without password.
        database: String,
    },
    /// No space is left for the database.
    #[error("{database}: the disk is full; nothing of this step was stored")]
    DiskFull {
        /// The database, without password.
        database: String,
    },
    /// The database may be read but not written.
    #[error("{database} is read-only: {reason}")]
    ReadOnly {
        /// The database, without password.
        database: String,
        /// What the database says.
        reason: String,
    },
    /// The file is something else, or damaged.
    #[error("{database} is not a usable SQLite database: {reason}")]
    NotADatabase {
        /// The database.
        database: String,
        /// What SQLite says.
        reason: String,
    },
    /// The tables are older than this program.
    #[error("{database}: the tables are out of date; pending: {}", pending.join(", "))]
    MigrationsPending {
        /// The database, without password.
        database: String,
        /// What would be applied, in order.
        pending: Vec<String>,
    },
    /// The tables are newer than this program.
    #[error("{database}: the tables come from a newer version of this program ({})", unknown.join(", "))]
    NewerSchema {
        /// The database, without password.
        database: String,
        /// The migrations that this program does not know.
        unknown: Vec<String>,
    },
    /// Another runner has taken the account over; nothing was written.
    #[error("the lease on connector {connector_id} is lost: another runner has taken the account over")]
    LeaseLost {
        /// The account's row.
        connector_id: i64,
    },
    /// The row asked for does not exist.
    #[error("{0}")]
    NotFound(String),
    /// The product, listing or intent asked for does not exist.
    #[error("{0}")]
    NoSuch(String),
    /// The change contradicts what is there, such as a second row of one name.
    #[error("{0}")]
    Conflict(String),
    /// The key of a command stands for another command already; nothing was noted.
    #[error("the key {key:?} stands for another command already (intent {intent})")]
    KeyTaken {
        /// The key.
        key: String,
        /// The intent that has it.
        intent: i64,
    },
    /// An intent that is about to be sent is not there, or has a verdict after which nothing is sent; nothing may be sent.
    #[error("connector {connector_id}: a command is settled already, or is not there")]
    NotSendable {
        /// The account's row.
        connector_id: i64,
    },
    /// A secret cannot be sealed or opened: the key is missing or another one, or the value was moved.
    #[error("{0}")]
    Sealing(String),
    /// What was asked for makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// Anything else.
    #[error("{database}: {reason}")]
    Other {
        /// The database, without password.
        database: String,
        /// What the database says, without row content.
        reason: String,
    },
}

impl StorageError {
    /// What a person should do about it.
    #[must_use]
    pub fn fix(&self) -> &str {
        match self {
            Self::Unreachable { .. } => "start the database server, or correct DATABASE_URL",
            Self::AuthenticationFailed { .. } => "correct user and password in DATABASE_URL",
            Self::NoSuchDatabase { .. } => "create it (`createdb NAME`), or correct DATABASE_URL",
            Self::MissingFolder { .. } => "make the folder, or correct DATABASE_URL",
            Self::Locked { .. } => "close the other program, then run again; nothing is lost",
            Self::DiskFull { .. } => "free some space, then run again; it goes on where it stopped",
            Self::ReadOnly { .. } => "make the database, its file and its folder writable for this user",
            Self::NotADatabase { .. } => {
                "point DATABASE_URL at another file, or restore this one from a backup"
            }
            Self::MigrationsPending { .. } => "run `runner migrate`",
            Self::NewerSchema { .. } => "use the newer version of this program",
            Self::LeaseLost { .. } => "nothing is lost: the other runner goes on from the last stored page",
            Self::NotFound(_) => "see `runner connectors list`",
            Self::NoSuch(_) => "list those that are there, and name one of them",
            Self::Conflict(_) => "choose another name, or change the row that is there",
            Self::KeyTaken { .. } => "give each command a key of its own, and the same key only to repeat it",
            Self::NotSendable { .. } => "see what became of it, and give a new command if need be",
            Self::Sealing(_) => {
                "give the key that sealed it in RUNNER_SECRET_KEY (several, comma-separated, may be given), \
                 or set the secret again with `runner connectors set NAME --secret FIELD`"
            }
            Self::Invalid(_) => "correct the value",
            Self::Other { .. } => "check the database with `runner doctor`",
        }
    }
}

impl From<StorageError> for connector_core::Error {
    fn from(error: StorageError) -> Self {
        let kind = match error {
            StorageError::LeaseLost { .. } => ErrorKind::LeaseLost,
            _ => ErrorKind::Storage,
        };
        let fix = error.fix().to_owned();
        Self::new(kind, error.to_string()).with_fix(fix)
    }
}

/// What ends the work on a connection: the database's own failure, not explained yet, or one of ours.
#[derive(Debug)]
pub(crate) enum Failure {
    Query(QueryError),
    Store(StorageError),
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        Self::Query(error)
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Self::Store(error)
    }
}

impl Failure {
    /// Whether the row would have been the second of its name.
    pub(crate) fn is_duplicate(&self) -> bool {
        matches!(self, Self::Query(QueryError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)))
    }

    /// Names the cause.
    pub(crate) fn explain(self, target: &Target) -> StorageError {
        match self {
            Self::Store(error) => error,
            Self::Query(error) => explain(target, &innermost(error).to_string()),
        }
    }
}

/// After a failed rollback Diesel wraps the error that matters.
fn innermost(error: QueryError) -> QueryError {
    match error {
        QueryError::RollbackErrorOnCommit { commit_error, .. } => innermost(*commit_error),
        other => other,
    }
}

/// Diesel hands over SQLite's result code and most of PostgreSQL's SQLSTATE as text only, so the text decides. Either
/// library's words are stable and English, but for a server whose messages are set to another language: there the
/// cause is shown as the server words it.
pub(crate) fn explain(target: &Target, text: &str) -> StorageError {
    let database = target.display();
    let reason = one_line(text);
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if says(&["database is locked", "database table is locked", "lock timeout", "database schema is locked"])
    {
        StorageError::Locked { database }
    } else if says(&["database or disk is full", "No space left on device", "disk full"]) {
        StorageError::DiskFull { database }
    } else if says(&["readonly database", "read-only transaction", "read-only file system"]) {
        StorageError::ReadOnly { database, reason }
    } else if says(&["file is not a database", "disk image is malformed", "unsupported file format"]) {
        StorageError::NotADatabase { database, reason }
    } else if says(&[
        "unable to open database file",
        "server closed the connection",
        "terminating connection",
        "connection to server",
        "no connection to the server",
        "could not receive data from server",
        "could not send data to server",
        "the database system is",
    ]) {
        StorageError::Unreachable { database, reason }
    } else {
        StorageError::Other { database, reason }
    }
}

/// Names the cause of a failed connection attempt.
pub(crate) fn connect_failure(target: &Target, error: &ConnectionError) -> StorageError {
    let database = target.display();
    let text = match error {
        ConnectionError::BadConnection(text) => text.clone(),
        // These may quote the address.
        _ => return StorageError::Invalid(format!("{database}: the address cannot be used")),
    };
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let reason = one_line(&text);
    if says(&[
        "password authentication failed",
        "no password supplied",
        "no pg_hba.conf entry",
        "authentication failed",
        "role ",
        "permission denied for database",
    ]) {
        StorageError::AuthenticationFailed { database, reason }
    } else if says(&["database \""]) && says(&["does not exist"]) {
        StorageError::NoSuchDatabase { database }
    } else if says(&["invalid ", "missing ", "unexpected "]) && !says(&["connection to server"]) {
        // libpq could not read the address, and quotes what it could not read.
        StorageError::Invalid(format!(
            "{database}: the address cannot be used; check its host, port and parameters"
        ))
    } else {
        StorageError::Unreachable { database, reason }
    }
}

/// libpq's messages have several lines, and repeat the attempt for each address of the host.
fn one_line(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.dedup();
    lines.join("; ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use connector_core::sync::{Batch, Checkpoint, PendingCheckpoint, Store};
    use connector_core::{Order, OrderState, Record};
    use diesel::connection::SimpleConnection as _;
    use serde_json::value::RawValue;

    use super::*;
    use crate::backend::Database;
    use crate::{Claim, Migrate, NewConnector, OpenOptions, Storage};

    fn order(n: i64) -> Record {
        let at = chrono::DateTime::from_timestamp(1_771_117_200 + n, 0).expect("in range");
        let raw = format!("{{\"filler\":\"{}\"}}", "x".repeat(3_000));
        Record::Order(Order {
            order_id: n.to_string(),
            order_group_id: None,
            ordered_at: at,
            status: "PAYED".to_owned(),
            state: OrderState::Paid,
            amount: n,
            order_place_id: None,
            order_place_name: None,
            product_id: None,
            product_name: None,
            option_id: None,
            option_name: None,
            seller_code: None,
            quantity: None,
            unit_price: None,
            changed_at: Some(at),
            claims: Vec::new(),
            raw: RawValue::from_string(raw).expect("JSON"),
        })
    }

    fn page(from: i64) -> Batch {
        Batch {
            stream: "orders",
            records: (from..from + 100).map(order).collect(),
            checkpoint: Some(PendingCheckpoint::new(Checkpoint::default())),
            ..Batch::default()
        }
    }

    #[tokio::test]
    async fn a_full_disk_is_named_and_nothing_of_the_page_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let storage =
            Storage::open(OpenOptions { url, keys: None, migrate: Migrate::Run }).await.expect("opens");
        let new = NewConnector {
            platform: "smartstore".to_owned(),
            name: "main".to_owned(),
            mode: "fixture".to_owned(),
            enabled: true,
            config: serde_json::Map::new(),
            secrets: Vec::new(),
        };
        let id = storage.add_connector(new).await.expect("adds").id;
        let claim = storage.claim(id, "host/1", Duration::from_secs(60)).await.expect("claims");
        let Claim::Held(lease) = claim else { panic!("{claim:?}") };
        let session = storage.session(lease);
        Store::save(&session, page(0)).await.expect("there is space");
        // SQLite's own limit of the file's size gives the same error as a full disk does. It holds for one connection,
        // and there is one only.
        let limit = |connection: &mut Database| {
            let Database::Sqlite(inner) = connection else { panic!("a file") };
            Ok(inner.batch_execute("PRAGMA max_page_count = 1")?)
        };
        storage.pool().read(limit).await.expect("limits");
        let error = Store::save(&session, page(100)).await.expect_err("no space");
        assert_eq!(error.kind(), ErrorKind::Storage);
        assert!(error.to_string().contains("the disk is full"), "{error}");
        assert!(error.fix().contains("free some space"), "{}", error.fix());
        // The connection that failed was closed, and the limit with it.
        assert_eq!(storage.count_orders(crate::OrderFilter::default()).await.expect("reads"), 100);
        Store::save(&session, page(100)).await.expect("goes on where it stopped");
    }
}
