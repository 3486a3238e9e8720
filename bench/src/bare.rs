//! The bare limits: the least that any program must do to have the same rows in the same database. Each runs in a
//! process of its own, as the product does, and prints its own peak memory when done.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc::{self, Receiver};

use anyhow::{Context as _, Result};
use postgres::NoTls;

use crate::feed;
use crate::row::{self, Row};

/// Bodies that may wait for the writer.
const WAITING: usize = 8;
/// Rows of one transaction. Measured: 300 is slower, 3,000 no faster.
const TRANSACTION: usize = 1_500;

const TABLE: &str = "CREATE TABLE bare_orders (connector_id BIGINT NOT NULL, order_id TEXT NOT NULL, \
    ordered_at TEXT NOT NULL, date_kst TEXT NOT NULL, status TEXT NOT NULL, amount BIGINT NOT NULL, \
    order_place_id TEXT, order_place_name TEXT, meta_json TEXT NOT NULL, UNIQUE (connector_id, order_id))";
const CURSOR: &str = "CREATE TABLE bare_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)";
const REPLACE: &str = "ON CONFLICT (connector_id, order_id) DO UPDATE SET ordered_at = excluded.ordered_at, \
    date_kst = excluded.date_kst, status = excluded.status, amount = excluded.amount, \
    order_place_id = excluded.order_place_id, order_place_name = excluded.order_place_name, \
    meta_json = excluded.meta_json";
const KEEP_CURSOR: &str = "ON CONFLICT (key) DO UPDATE SET value = excluded.value";

/// Fetches everything and looks at nothing.
pub(crate) fn fetch(market: SocketAddr, days: u32) -> Result<()> {
    runtime()?.block_on(feed::read_all(market, days, |_| Ok(()))).context("fetching")
}

/// Fetches, parses and stores into an SQLite file.
pub(crate) fn sqlite(market: SocketAddr, days: u32, path: &Path) -> Result<()> {
    let mut connection = rusqlite::Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; \
         PRAGMA cache_size = -16000;",
    )?;
    connection.execute_batch(&format!("{TABLE}; {CURSOR};"))?;
    let rows = read_and_parse(market, days)?;
    let upsert = format!("INSERT INTO bare_orders VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?) {REPLACE}");
    let keep = format!("INSERT INTO bare_meta VALUES ('cursor', ?) {KEEP_CURSOR}");
    for batch in transactions(&rows.receiver) {
        let transaction = connection.transaction()?;
        {
            let mut statement = transaction.prepare_cached(&upsert)?;
            for row in &batch {
                statement.execute((
                    &row.order_id,
                    &row.ordered_at,
                    &row.date_kst,
                    &row.status,
                    row.amount,
                    &row.place_id,
                    &row.place_name,
                    &row.meta_json,
                ))?;
            }
            if let Some(row) = batch.last() {
                transaction.prepare_cached(&keep)?.execute([&row.ordered_at])?;
            }
        }
        transaction.commit()?;
    }
    rows.finish()
}

/// Fetches, parses and stores into an empty PostgreSQL database.
pub(crate) fn postgres(market: SocketAddr, days: u32, url: &str) -> Result<()> {
    let mut client = postgres::Client::connect(url, NoTls)?;
    client.batch_execute(&format!(
        "{TABLE}; {CURSOR}; ALTER TABLE bare_orders ALTER COLUMN meta_json SET COMPRESSION lz4"
    ))?;
    let upsert = client.prepare(&format!(
        "INSERT INTO bare_orders SELECT 1, * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], \
         $5::bigint[], $6::text[], $7::text[], $8::text[]) {REPLACE}"
    ))?;
    let keep = client.prepare(&format!("INSERT INTO bare_meta VALUES ('cursor', $1) {KEEP_CURSOR}"))?;
    let rows = read_and_parse(market, days)?;
    for batch in transactions(&rows.receiver) {
        let mut transaction = client.transaction()?;
        let texts = |of: fn(&Row) -> &str| batch.iter().map(of).collect::<Vec<_>>();
        let optional = |of: fn(&Row) -> Option<&str>| batch.iter().map(of).collect::<Vec<_>>();
        transaction.execute(
            &upsert,
            &[
                &texts(|row| &row.order_id),
                &texts(|row| &row.ordered_at),
                &texts(|row| &row.date_kst),
                &texts(|row| &row.status),
                &batch.iter().map(|row| row.amount).collect::<Vec<_>>(),
                &optional(|row| row.place_id.as_deref()),
                &optional(|row| row.place_name.as_deref()),
                &texts(|row| &row.meta_json),
            ],
        )?;
        if let Some(row) = batch.last() {
            transaction.execute(&keep, &[&row.ordered_at])?;
        }
        transaction.commit()?;
    }
    rows.finish()
}

/// Rows on their way from the readers to the writer.
struct Reading {
    receiver: Receiver<Vec<Row>>,
    reader: std::thread::JoinHandle<io::Result<()>>,
}

impl Reading {
    fn finish(self) -> Result<()> {
        drop(self.receiver);
        self.reader.join().expect("the reader does not panic").context("reading")
    }
}

fn read_and_parse(market: SocketAddr, days: u32) -> Result<Reading> {
    let (sender, receiver) = mpsc::sync_channel::<Vec<Row>>(WAITING);
    let runtime = runtime()?;
    let reader = std::thread::spawn(move || {
        runtime.block_on(feed::read_all(market, days, move |body| {
            sender.send(row::parse(&body)?).map_err(|_| io::Error::other("the writer has gone"))
        }))
    });
    Ok(Reading { receiver, reader })
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
}

/// Answers put together to the size of a transaction.
fn transactions(receiver: &Receiver<Vec<Row>>) -> impl Iterator<Item = Vec<Row>> + '_ {
    std::iter::from_fn(move || {
        let mut rows = receiver.recv().ok()?;
        while rows.len() < TRANSACTION {
            match receiver.recv() {
                Ok(more) => rows.extend(more),
                Err(_) => break,
            }
        }
        Some(rows)
    })
}
