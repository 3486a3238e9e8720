//! The run log: one row per run and stream, opened before the first call.

use chrono::{DateTime, NaiveDateTime, Utc};
use connector_core::sync::{Progress, Saved};
use diesel::prelude::*;
use serde::Serialize;

use crate::backend::Database;
use crate::error::Failure;
use crate::instants::{column, instant};
use crate::prepared::{self, Statement, Value};
use crate::schema::sync_logs;
use crate::session::Scope;
use crate::text::clean;
use crate::{Result, Storage};

/// The outcome of a run that has none yet.
const RUNNING: &str = "running";

/// What is known when a run begins.
#[derive(Clone, Debug)]
pub struct LogStart {
    /// The stream.
    pub stream: String,
    /// How it reads: `api`, `fixture`, and so on.
    pub mode: String,
    /// The range's first instant, where it is known.
    pub window_from: Option<DateTime<Utc>>,
    /// The range's end, where it is known.
    pub window_to: Option<DateTime<Utc>>,
    /// Which runner: host and process.
    pub runner: String,
}

/// Counts of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LogCounts {
    /// Calls to the platform, repeats included.
    pub calls: u64,
    /// List pages read.
    pub pages: u64,
    /// Rows that the platform listed.
    pub seen: u64,
    /// Rows that were not there.
    pub new: u64,
    /// Rows that differ from what was there.
    pub changed: u64,
    /// Rows that are the same, those included that were not fetched because the store has them at that very change.
    pub unchanged: u64,
    /// Rows that the store has seen more recently.
    pub older: u64,
    /// Rows that could not be read.
    pub failed: u64,
    /// Rows that the database holds of those written, counted by the database.
    pub stored: u64,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct LogFinish {
    /// `ok`, `partial`, `failed`, `suspect` or `interrupted`.
    pub outcome: &'static str,
    /// One line for people; free of secrets and personal data.
    pub message: Option<String>,
    /// The range's first instant; `None` leaves what the start said.
    pub window_from: Option<DateTime<Utc>>,
    /// The range's end; `None` leaves what the start said.
    pub window_to: Option<DateTime<Utc>>,
    /// The run's counts; `None` leaves what the saves have added up, which is right unless calls were made that no
    /// save told of.
    pub counts: Option<LogCounts>,
    /// How long it took.
    pub duration_ms: u64,
}

/// Which log rows.
#[derive(Clone, Debug, Default)]
pub struct LogFilter {
    /// Of these connectors; empty means all.
    pub connector_ids: Vec<i64>,
    /// Of this stream.
    pub stream: Option<String>,
    /// With one of these outcomes; empty means all. `running` is one as well.
    pub outcomes: Vec<String>,
    /// Started at or after this instant.
    pub since: Option<DateTime<Utc>>,
}

/// A log row.
#[derive(Clone, Debug, Serialize)]
pub struct LogRow {
    /// The row's id.
    pub id: i64,
    /// The account.
    pub connector_id: i64,
    /// The stream.
    pub stream: String,
    /// How it read.
    pub mode: String,
    /// Which runner.
    pub runner: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// The range's first instant.
    pub window_from: Option<DateTime<Utc>>,
    /// The range's end.
    pub window_to: Option<DateTime<Utc>>,
    /// The counts so far.
    pub counts: LogCounts,
    /// How long it took; `None` while it runs.
    pub duration_ms: Option<u64>,
    /// `running`, `ok`, `partial`, `failed`, `suspect` or `interrupted`.
    pub outcome: String,
    /// One line for people.
    pub message: Option<String>,
}

/// Opens a row; rows that a killed run left open are closed.
pub(crate) fn start(connection: &mut Database, scope: &Scope, start: &LogStart) -> Result<i64, Failure> {
    let now = column(scope.now);
    diesel::update(
        sync_logs::table
            .filter(sync_logs::connector_id.eq(scope.connector_id))
            .filter(sync_logs::outcome.eq(RUNNING)),
    )
    .set((
        sync_logs::outcome.eq("interrupted"),
        sync_logs::finished_at.eq(now),
        sync_logs::message.eq("the run ended without a word; what it committed is kept"),
    ))
    .execute(connection)?;
    Ok(diesel::insert_into(sync_logs::table)
        .values((
            sync_logs::connector_id.eq(scope.connector_id),
            sync_logs::stream.eq(&start.stream),
            sync_logs::mode.eq(&start.mode),
            sync_logs::runner.eq(&start.runner),
            sync_logs::started_at.eq(now),
            sync_logs::window_from.eq(start.window_from.map(column)),
            sync_logs::window_to.eq(start.window_to.map(column)),
            sync_logs::outcome.eq(RUNNING),
        ))
        .returning(sync_logs::id)
        .get_result(connection)?)
}

/// Adds what a save did to the open row, if there is one.
pub(crate) fn add(
    connection: &mut Database,
    log_id: Option<i64>,
    progress: &Progress,
    saved: &Saved,
    failed: usize,
) -> Result<(), Failure> {
    let Some(id) = log_id else { return Ok(()) };
    let counts = [
        progress.calls,
        progress.pages,
        progress.seen,
        saved.new,
        saved.changed,
        saved.unchanged + progress.known,
        saved.older,
        failed as u64,
        saved.stored,
    ];
    let mut values: Vec<Value<'_>> = counts.into_iter().map(|count| Value::Number(signed(count))).collect();
    values.push(Value::Number(id));
    prepared::execute::<Add>(connection, &values)?;
    Ok(())
}

struct Add;

impl Statement for Add {
    const SQL: &'static [&'static str] = &[
        "UPDATE sync_logs SET calls = calls + ",
        ", pages = pages + ",
        ", seen = seen + ",
        ", new_rows = new_rows + ",
        ", changed = changed + ",
        ", unchanged = unchanged + ",
        ", older = older + ",
        ", failed = failed + ",
        ", stored = stored + ",
        " WHERE id = ",
    ];
}

/// Closes the open row.
pub(crate) fn finish(connection: &mut Database, scope: &Scope, finish: &LogFinish) -> Result<(), Failure> {
    let Some(id) = scope.log_id else { return Ok(()) };
    diesel::update(sync_logs::table.find(id))
        .set((
            sync_logs::finished_at.eq(column(scope.now)),
            sync_logs::duration_ms.eq(signed(finish.duration_ms)),
            sync_logs::outcome.eq(finish.outcome),
            sync_logs::message.eq(finish.message.as_deref().map(clean)),
            // Absent ones are left as they are.
            finish.window_from.map(|at| sync_logs::window_from.eq(column(at))),
            finish.window_to.map(|at| sync_logs::window_to.eq(column(at))),
            finish.counts.map(|counts| {
                (
                    sync_logs::calls.eq(signed(counts.calls)),
                    sync_logs::pages.eq(signed(counts.pages)),
                    sync_logs::seen.eq(signed(counts.seen)),
                    sync_logs::new_rows.eq(signed(counts.new)),
                    sync_logs::changed.eq(signed(counts.changed)),
                    sync_logs::unchanged.eq(signed(counts.unchanged)),
                    sync_logs::older.eq(signed(counts.older)),
                    sync_logs::failed.eq(signed(counts.failed)),
                    sync_logs::stored.eq(signed(counts.stored)),
                )
            }),
        ))
        .execute(connection)?;
    Ok(())
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

impl Storage {
    /// Log rows, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn logs(&self, filter: LogFilter, limit: i64) -> Result<Vec<LogRow>> {
        let read = move |connection: &mut Database| {
            let mut query = sync_logs::table
                .select(Stored::as_select())
                .order(sync_logs::id.desc())
                .limit(limit)
                .into_boxed();
            if !filter.connector_ids.is_empty() {
                query = query.filter(sync_logs::connector_id.eq_any(filter.connector_ids));
            }
            if let Some(stream) = filter.stream {
                query = query.filter(sync_logs::stream.eq(stream));
            }
            if !filter.outcomes.is_empty() {
                query = query.filter(sync_logs::outcome.eq_any(filter.outcomes));
            }
            if let Some(since) = filter.since {
                query = query.filter(sync_logs::started_at.ge(column(since)));
            }
            let rows: Vec<Stored> = query.load(connection)?;
            Ok(rows.into_iter().map(LogRow::from).collect())
        };
        self.pool().read(read).await
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sync_logs)]
struct Stored {
    id: i64,
    connector_id: i64,
    stream: String,
    mode: String,
    runner: String,
    started_at: NaiveDateTime,
    finished_at: Option<NaiveDateTime>,
    window_from: Option<NaiveDateTime>,
    window_to: Option<NaiveDateTime>,
    calls: i64,
    pages: i64,
    seen: i64,
    new_rows: i64,
    changed: i64,
    unchanged: i64,
    older: i64,
    failed: i64,
    stored: i64,
    duration_ms: Option<i64>,
    outcome: String,
    message: Option<String>,
}

impl From<Stored> for LogRow {
    fn from(row: Stored) -> Self {
        Self {
            id: row.id,
            connector_id: row.connector_id,
            stream: row.stream,
            mode: row.mode,
            runner: row.runner,
            started_at: instant(row.started_at),
            finished_at: row.finished_at.map(instant),
            window_from: row.window_from.map(instant),
            window_to: row.window_to.map(instant),
            counts: LogCounts {
                calls: unsigned(row.calls),
                pages: unsigned(row.pages),
                seen: unsigned(row.seen),
                new: unsigned(row.new_rows),
                changed: unsigned(row.changed),
                unchanged: unsigned(row.unchanged),
                older: unsigned(row.older),
                failed: unsigned(row.failed),
                stored: unsigned(row.stored),
            },
            duration_ms: row.duration_ms.map(unsigned),
            outcome: row.outcome,
            message: row.message,
        }
    }
}
