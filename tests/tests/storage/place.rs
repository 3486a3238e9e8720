//! A database to test in, and records to put there.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use connector_core::sync::{Batch, Checkpoint, PendingCheckpoint, Store as _};
use connector_core::{Error, Order, OrderState, Record};
use rusqlite::fallible_iterator::FallibleIterator as _;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use storage::{
    Backend, Claim, ConnectorRow, KeyRing, Lease, Migrate, NewConnector, OpenOptions, Session, Storage,
    StorageError,
};
use tempfile::TempDir;
use tests::postgres;

/// Runs a test on both databases, each time in a new one.
macro_rules! on_both {
    ($(#[$note:meta])* async fn $name:ident($place:ident) $body:block) => {
        mod $name {
            use super::*;

            $(#[$note])*
            async fn test($place: &$crate::place::Place) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                test(&$crate::place::Place::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let name = concat!(module_path!(), "::postgres");
                if let Some(place) = $crate::place::Place::postgres(name) {
                    test(&place).await;
                }
            }
        }
    };
}
pub(crate) use on_both;

/// An empty database, removed with its folder.
pub(crate) struct Place {
    pub(crate) url: String,
    folder: Option<TempDir>,
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        Self { url, folder: Some(folder) }
    }

    pub(crate) fn postgres(test: &str) -> Option<Self> {
        postgres::database(test).map(|url| Self { url, folder: None })
    }

    /// The SQLite file.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.as_ref().expect("a SQLite database").path().join("test.db")
    }

    pub(crate) fn backend(&self) -> Backend {
        if self.folder.is_some() { Backend::Sqlite } else { Backend::Postgres }
    }

    pub(crate) async fn try_open(
        &self,
        keys: Option<KeyRing>,
        migrate: Migrate,
    ) -> Result<Storage, StorageError> {
        Storage::open(OpenOptions { url: self.url.clone(), keys, migrate }).await
    }

    /// Opens without keys.
    pub(crate) async fn open(&self) -> Storage {
        self.try_open(None, Migrate::Run).await.expect("opens")
    }

    pub(crate) async fn open_with(&self, keys: &KeyRing) -> Storage {
        self.try_open(Some(keys.clone()), Migrate::Run).await.expect("opens")
    }

    /// Runs SQL past the store and returns all rows as text; NULL is `∅`.
    pub(crate) fn sql(&self, sql: &str) -> Vec<Vec<String>> {
        if self.folder.is_none() {
            return postgres::cluster().expect("it made the database").sql(&self.url, sql);
        }
        let connection = rusqlite::Connection::open(self.file()).expect("opens");
        connection.busy_timeout(Duration::from_secs(5)).expect("a time-out");
        let mut rows = Vec::new();
        let mut batch = rusqlite::Batch::new(&connection, sql);
        while let Some(mut statement) = batch.next().expect("SQL") {
            let columns = statement.column_count();
            let mut found = statement.query([]).expect("runs");
            while let Some(row) = found.next().expect("a row") {
                let text = |index| match row.get_ref(index).expect("a column") {
                    rusqlite::types::ValueRef::Null => "∅".to_owned(),
                    rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                    rusqlite::types::ValueRef::Real(number) => number.to_string(),
                    rusqlite::types::ValueRef::Text(text) => String::from_utf8(text.to_vec()).expect("UTF-8"),
                    rusqlite::types::ValueRef::Blob(_) => panic!("no column holds bytes"),
                };
                rows.push((0..columns).map(text).collect());
            }
        }
        rows
    }

    /// The one value that the query gives.
    pub(crate) fn value(&self, sql: &str) -> String {
        let rows = self.sql(sql);
        assert_eq!((rows.len(), rows.first().map(Vec::len)), (1, Some(1)), "{sql}: {rows:?}");
        rows[0][0].clone()
    }

    /// Everything that is stored, for comparing.
    pub(crate) fn dump(&self) -> Vec<Vec<Vec<String>>> {
        [
            "connectors",
            "store_orders",
            "metrics_daily",
            "meta",
            "sync_logs",
            "failed_records",
            "claims",
            "settlements",
            "listings",
            "products",
            "intents",
        ]
        .iter()
        .map(|table| self.sql(&format!("SELECT * FROM {table} ORDER BY 1, 2, 3")))
        .collect()
    }

    /// Makes every write to a table fail, as a broken disk would.
    pub(crate) fn break_table(&self, table: &str) {
        match self.backend() {
            Backend::Sqlite => self.sql(&format!(
                "CREATE TRIGGER broken_i BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'broken'); END;
                 CREATE TRIGGER broken_u BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, 'broken'); END;"
            )),
            Backend::Postgres => self.sql(&format!(
                "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION 'broken'; END $$;
                 CREATE TRIGGER broken BEFORE INSERT OR UPDATE ON {table}
                 FOR EACH ROW EXECUTE FUNCTION broken();"
            )),
        };
    }
}

pub(crate) const TTL: Duration = Duration::from_secs(60);

pub(crate) fn settings(value: Value) -> Map<String, Value> {
    value.as_object().expect("an object").clone()
}

pub(crate) fn new_row(name: &str) -> NewConnector {
    NewConnector {
        platform: "smartstore".to_owned(),
        name: name.to_owned(),
        mode: "fixture".to_owned(),
        enabled: true,
        config: settings(json!({"lookback_days": 7})),
        secrets: Vec::new(),
    }
}

pub(crate) async fn add_row(storage: &Storage) -> ConnectorRow {
    storage.add_connector(new_row("main")).await.expect("a new name")
}

pub(crate) async fn claim(storage: &Storage, id: i64) -> Lease {
    match storage.claim(id, "host/1", TTL).await.expect("claims") {
        Claim::Held(lease) => lease,
        busy @ Claim::Busy { .. } => panic!("{busy:?}"),
    }
}

/// A store with one row, and a session on it.
pub(crate) async fn session(place: &Place) -> (Storage, Session) {
    let storage = place.open().await;
    let row = add_row(&storage).await;
    let lease = claim(&storage, row.id).await;
    let session = storage.session(lease);
    (storage, session)
}

/// 2026-02-15, 10:00 in Korea, and some seconds.
pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_771_117_200 + seconds, 0).expect("in range")
}

/// An order line, placed `n` seconds after [`at`] zero.
pub(crate) fn order(n: i64) -> Order {
    Order {
        order_id: format!("{:016}", 2_026_000_000 + n),
        order_group_id: Some(format!("G{n}")),
        ordered_at: at(n),
        status: "PAYED".to_owned(),
        state: OrderState::Paid,
        amount: 1_000 + n,
        order_place_id: Some("place".to_owned()),
        order_place_name: Some("네이버쇼핑".to_owned()),
        product_id: Some("P1".to_owned()),
        product_name: Some("상품".to_owned()),
        option_id: None,
        option_name: Some("빨강".to_owned()),
        seller_code: None,
        quantity: Some(1),
        unit_price: Some(1_000),
        changed_at: Some(at(n)),
        claims: Vec::new(),
        raw: raw(&format!("{{\"n\": {n}, \"name\":\"구매자 \\u0000\"}}")),
    }
}

pub(crate) fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).expect("JSON")
}

/// A batch of orders, observed so many seconds after [`at`] zero.
pub(crate) fn batch(observed: i64, orders: impl IntoIterator<Item = Order>) -> Batch {
    Batch {
        stream: "orders",
        observed_at: at(observed),
        records: orders.into_iter().map(Record::Order).collect(),
        checkpoint: Some(PendingCheckpoint::new(Checkpoint { through: Some(at(observed)), run: None })),
        ..Batch::default()
    }
}

/// A batch of any records of a stream, observed so many seconds after [`at`] zero.
pub(crate) fn page(stream: &'static str, observed: i64, records: impl IntoIterator<Item = Record>) -> Batch {
    Batch {
        stream,
        observed_at: at(observed),
        records: records.into_iter().collect(),
        checkpoint: Some(PendingCheckpoint::new(Checkpoint { through: Some(at(observed)), run: None })),
        ..Batch::default()
    }
}

/// Saves and returns new, changed, unchanged, older, stored.
pub(crate) async fn save(session: &Session, batch: Batch) -> Result<[u64; 5], Error> {
    let saved = connector_core::sync::Store::save(session, batch).await?;
    Ok([saved.new, saved.changed, saved.unchanged, saved.older, saved.stored])
}

pub(crate) async fn through(session: &Session) -> Option<TimeDelta> {
    let checkpoint = session.checkpoint("orders").await.expect("a checkpoint");
    checkpoint.through.map(|through| through - at(0))
}
