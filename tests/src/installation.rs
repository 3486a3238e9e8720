//! One installation of the product: a folder, a database, a key, and the real `runner` program.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use base64::Engine as _;
use postgres::{Client, NoTls};
use rusqlite::{Connection, OpenFlags};
use simulator::smartstore::{CLIENT_ID, CLIENT_SECRET};
use tempfile::TempDir;

use crate::program::runner_binary;

/// Where the orders go.
#[derive(Clone, Debug)]
enum Database {
    Sqlite(PathBuf),
    Postgres(String),
}

/// Deleted when dropped, but for a PostgreSQL database, which is its giver's.
#[derive(Debug)]
pub struct Installation {
    folder: TempDir,
    database: Database,
    variables: Vec<(String, String)>,
}

/// A row of `store_orders`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredOrder {
    /// ISO-8601 in Korean time, with milliseconds.
    pub ordered_at: String,
    /// Its Korean day.
    pub date_kst: String,
    /// The platform's word.
    pub status: String,
    /// Won.
    pub amount: i64,
    /// The platform's own object.
    pub meta_json: String,
}

const ROWS: &str = "SELECT o.order_id, o.ordered_at, o.date_kst, o.status, o.amount, o.meta_json \
                    FROM store_orders o JOIN connectors c ON c.id = o.connector_id WHERE c.name = ";

impl Installation {
    /// With an SQLite database that does not exist yet.
    ///
    /// # Panics
    /// When there is no room for temporary files.
    #[must_use]
    pub fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = Database::Sqlite(folder.path().join("commerce.db"));
        Self { folder, database, variables: Vec::new() }
    }

    /// With an empty PostgreSQL database, which is migrated.
    ///
    /// # Panics
    /// When the database cannot be migrated.
    #[must_use]
    pub fn on_postgres(url: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = Database::Postgres(url.to_owned());
        let installation = Self { folder, database, variables: Vec::new() };
        installation.succeed(&["migrate"]);
        installation
    }

    /// The folder that the program runs in, with the SQLite database if there is one.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What `--database-url` says.
    #[must_use]
    pub fn database_url(&self) -> String {
        match &self.database {
            Database::Sqlite(path) => format!("sqlite://{}", path.display()),
            Database::Postgres(url) => url.clone(),
        }
    }

    /// Sets an environment variable for every later call.
    pub fn set_variable(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// The program with its database and credentials, and nothing else of the caller's environment that it reads.
    #[must_use]
    pub fn runner(&self) -> Command {
        let mut command = Command::new(runner_binary());
        command
            .args(["--database-url", &self.database_url()])
            .current_dir(self.folder.path())
            .env_remove("RUNNER_SECRET_KEY_FILE")
            .env_remove("RUNNER_LOG_FORMAT")
            .env_remove("RUNNER_TLS_CERT_FILE")
            .env_remove("RUNNER_TLS_KEY_FILE")
            .env("XDG_CONFIG_HOME", self.folder.path())
            .env("RUST_LOG", "warn")
            .env("RUNNER_SECRET_KEY", base64::engine::general_purpose::STANDARD.encode([7; 32]))
            .env("SMARTSTORE_CLIENT_ID", CLIENT_ID)
            .env("SMARTSTORE_CLIENT_SECRET", CLIENT_SECRET)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.runner().args(arguments).output().expect("the program starts")
    }

    /// Runs the program to its end, which must be a good one. Returns what it printed.
    ///
    /// # Panics
    /// When it fails; with what it said.
    pub fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "runner {arguments:?} ended with {}: {said}", output.status);
        String::from_utf8(output.stdout).expect("the program prints UTF-8")
    }

    /// Adds an account at a market, with settings such as `lookback_days=2`.
    ///
    /// # Panics
    /// When the program refuses.
    pub fn add_smartstore(&self, name: &str, base_url: &str, settings: &[&str]) {
        let base_url = format!("base_url={base_url}");
        let mut arguments = vec!["connectors", "add", "smartstore", "--name", name, "--mode", "api"];
        arguments.extend(["--secret", "client_id", "--secret", "client_secret", "--set", &base_url]);
        for setting in settings {
            arguments.extend(["--set", setting]);
        }
        self.succeed(&arguments);
    }

    /// The stored orders of an account, by id.
    ///
    /// # Panics
    /// When the database cannot be read, or holds an id twice.
    #[must_use]
    pub fn stored(&self, account: &str) -> BTreeMap<String, StoredOrder> {
        let rows = match &self.database {
            Database::Sqlite(path) => sqlite_rows(path, account),
            Database::Postgres(url) => postgres_rows(url, account),
        };
        let count = rows.len();
        let by_id: BTreeMap<_, _> = rows.into_iter().collect();
        assert_eq!(by_id.len(), count, "an id is stored twice");
        by_id
    }
}

fn sqlite_rows(path: &Path, account: &str) -> Vec<(String, StoredOrder)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).expect("the database opens");
    let mut statement = connection.prepare(&format!("{ROWS}?1")).expect("the tables of the contract");
    let rows = statement.query_map([account], |row| {
        let order = StoredOrder {
            ordered_at: row.get(1)?,
            date_kst: row.get(2)?,
            status: row.get(3)?,
            amount: row.get(4)?,
            meta_json: row.get(5)?,
        };
        Ok((row.get(0)?, order))
    });
    rows.expect("the database answers").map(|row| row.expect("the columns of the contract")).collect()
}

fn postgres_rows(url: &str, account: &str) -> Vec<(String, StoredOrder)> {
    let mut client = Client::connect(url, NoTls).expect("the database opens");
    let rows = client.query(&format!("{ROWS}$1"), &[&account]).expect("the tables of the contract");
    rows.iter()
        .map(|row| {
            let order = StoredOrder {
                ordered_at: row.get(1),
                date_kst: row.get(2),
                status: row.get(3),
                amount: row.get(4),
                meta_json: row.get(5),
            };
            (row.get(0), order)
        })
        .collect()
}
