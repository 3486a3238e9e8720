//! How everything stands, once and as it changes.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::response::sse::{Event, KeepAlive, Sse};
use connector_core::time::kst_text;
use futures_util::stream::{self, Stream, StreamExt as _};
use serde::Serialize;
use storage::{LogFilter, LogRow, MOST_SCHEDULES, SyncFilter};
use utoipa::ToSchema;

use super::logs::Log;
use super::schedules::Schedule;
use crate::access::{Access, Caller, is_live};
use crate::problem::Problem;
use crate::syncs::Counts;

/// Runs of an account that are looked through for the last of each stream.
const RUNS_LOOKED_AT: i64 = 50;

/// Syncs under way that are shown.
const RUNNING_SHOWN: i64 = 50;

/// How often a stream looks while something is under way: pages are stored without a word to it.
const BUSY: Duration = Duration::from_secs(1);

/// How often it looks otherwise: other processes sync as well.
const IDLE: Duration = Duration::from_secs(5);

/// How everything stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct SyncStatus {
    /// Syncs that are queued or under way, with what they have counted so far.
    running: Vec<Log>,
    /// Your accounts, by id.
    accounts: Vec<AccountStatus>,
    /// The run that comes next of all your schedules; null when none is on.
    next_run_at: Option<String>,
    /// Your schedules, by id.
    schedules: Vec<Schedule>,
}

/// How one account stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountStatus {
    /// The account.
    account_id: i64,
    /// What its owner calls it.
    name: String,
    /// Its platform.
    platform: String,
    /// Whether syncs that name no account include it.
    enabled: bool,
    /// Why somebody has to grant access again; null when nobody has to.
    needs_authorization: Option<String>,
    /// Its streams, those that were ever synced.
    streams: Vec<StreamStatus>,
}

/// How one stream of an account stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct StreamStatus {
    /// The stream.
    #[schema(example = "orders")]
    stream: String,
    /// How the last run ended: `running`, `ok`, `partial`, `failed`, `suspect`, `interrupted`.
    last_outcome: String,
    /// When the last run began.
    last_started_at: String,
    /// When it ended; null while it runs.
    last_finished_at: Option<String>,
    /// When a run last ended well: the data is as fresh as that. Null when none of the last runs did.
    fresh_as_of: Option<String>,
    /// What the last run counted.
    counts: Counts,
    /// What the last run said.
    message: Option<String>,
}

async fn stand(access: &Access) -> Result<SyncStatus, Problem> {
    let storage = &access.app.storage;
    let filter =
        SyncFilter { statuses: vec!["queued".to_owned(), "running".to_owned()], ..SyncFilter::default() };
    let mut running = Vec::new();
    for row in access.syncs(filter, None, RUNNING_SHOWN).await? {
        running.push(Log::live(&row, storage).await?);
    }
    let mut accounts = Vec::new();
    for row in access.accounts().await? {
        let filter = LogFilter { connector_ids: vec![row.id], ..LogFilter::default() };
        let runs = storage.logs(filter, RUNS_LOOKED_AT).await?;
        accounts.push(AccountStatus {
            account_id: row.id,
            name: row.title().to_owned(),
            platform: row.platform.clone(),
            enabled: row.enabled,
            needs_authorization: row.needs_authorization().filter(|_| is_live(&row)).map(str::to_owned),
            streams: streams(&runs),
        });
    }
    let schedules = access.schedules(None, MOST_SCHEDULES).await?;
    // Texts of Korean time in one form sort as the times do.
    let schedules: Vec<Schedule> = schedules.iter().map(Schedule::new).collect();
    let next_run_at = schedules.iter().filter_map(Schedule::next_run_at).min().map(str::to_owned);
    Ok(SyncStatus { running, accounts, next_run_at, schedules })
}

/// The last run of each stream, of runs that come newest first.
fn streams(runs: &[LogRow]) -> Vec<StreamStatus> {
    let mut names: Vec<&str> = runs.iter().map(|run| run.stream.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let of = |name: &str| {
        let mut mine = runs.iter().filter(|run| run.stream == name);
        let last = mine.clone().next()?;
        let good = mine.find(|run| run.outcome == "ok");
        Some(StreamStatus {
            stream: name.to_owned(),
            last_outcome: last.outcome.clone(),
            last_started_at: kst_text(last.started_at),
            last_finished_at: last.finished_at.map(kst_text),
            fresh_as_of: good.and_then(|run| run.finished_at).map(kst_text),
            counts: Counts::of(&last.counts),
            message: last.message.clone(),
        })
    };
    names.into_iter().filter_map(of).collect()
}

/// How everything stands.
///
/// Syncs under way with their progress; the last result and the freshness of each account and stream, whoever ran it; your
/// schedules, and when they run next.
#[utoipa::path(
    get, path = "/api/v1/sync/status", tag = "sync", operation_id = "getSyncStatus",
    responses((status = 200, body = SyncStatus)),
)]
pub(crate) async fn status(access: Access) -> Result<Json<SyncStatus>, Problem> {
    Ok(Json(stand(&access).await?))
}

/// How everything stands, as it changes.
///
/// Server-sent events named `status`; the data of each is what `GET /sync/status` answers. The first comes at once. The stream
/// ends when the token does, or the server.
#[utoipa::path(
    get, path = "/api/v1/sync/events", tag = "sync", operation_id = "streamSyncStatus",
    responses((status = 200, content_type = "text/event-stream", body = SyncStatus)),
)]
pub(crate) async fn events(access: Access) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let stop = access.app.stop.clone();
    let changes = access.app.syncs.changes();
    let events = stream::unfold((access, changes, String::new()), async |(access, mut changes, last)| {
        let mut pause = Duration::ZERO;
        loop {
            tokio::select! {
                // Many changes at once are one event.
                Ok(()) = changes.changed() => tokio::time::sleep(Duration::from_millis(100)).await,
                () = tokio::time::sleep(pause) => {}
            }
            changes.mark_unchanged();
            // The token may have been revoked meanwhile, and the role changed.
            let caller = Caller::of_hash(&access.app, access.caller.token_hash.clone()).await.ok()?;
            let access = Access { app: access.app.clone(), caller };
            let status = stand(&access).await.ok()?;
            let text = serde_json::to_string(&status).expect("plain values can be written");
            if text != last {
                let event = Event::default().event("status").data(&text);
                return Some((Ok(event), (access, changes, text)));
            }
            pause = if status.running.is_empty() { IDLE } else { BUSY };
        }
    });
    let events = events.take_until(stop.cancelled_owned());
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}
