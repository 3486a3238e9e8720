//! The log of syncs.

use axum::Json;
use axum::response::IntoResponse;
use connector_core::time::kst_text;
use serde::{Deserialize, Serialize};
use storage::{LogFilter, Storage, SyncFilter, SyncRow};
use utoipa::{IntoParams, ToSchema};

use super::sync::{Wait, queue};
use crate::access::{Access, platform_key};
use crate::extract::{Id, Params};
use crate::host::{Job, Step};
use crate::problem::Problem;
use crate::syncs::{Counts, Item, ItemError, Status};
use crate::{cursor, dates};

const LIST: &str = "logs";

/// One sync: what was asked for, and what came of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Log {
    /// Its id.
    pub(crate) id: i64,
    /// What was synced: a stream, several with commas between, or `all`.
    #[schema(example = "orders")]
    sync_type: String,
    /// The platform; null when there were several.
    platform: Option<String>,
    /// The account; null when there were several.
    account_id: Option<i64>,
    /// How it stands.
    pub(crate) status: Status,
    /// The products that platforms were told of, for syncs of products; null for all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<i64>>)]
    product_ids: Option<Option<Vec<i64>>>,
    /// When it was asked for.
    created_at: String,
    /// When it began; null while it is queued.
    started_at: Option<String>,
    /// When it ended; null before.
    finished_at: Option<String>,
    /// The sums over all items.
    counts: Counts,
    /// Calls to the platforms, repeats included.
    calls: u64,
    /// Why it failed, or is not to be believed: the first item's.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ItemError>,
    /// The sync that this one repeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_of: Option<i64>,
    /// One entry for each account and stream.
    pub(crate) items: Vec<Item>,
}

impl Log {
    pub(crate) fn new(row: &SyncRow) -> Self {
        let items: Vec<Item> = serde_json::from_str(&row.items_json).unwrap_or_default();
        let mut log = Self {
            id: row.id,
            sync_type: row.sync_type.clone(),
            platform: None,
            account_id: row.connector_id,
            status: Status::from_name(&row.status).unwrap_or(Status::Failed),
            product_ids: serde_json::from_str::<Job>(&row.order_json).ok().and_then(told_of),
            created_at: kst_text(row.created_at),
            started_at: row.started_at.map(kst_text),
            finished_at: row.finished_at.map(kst_text),
            counts: Counts::default(),
            calls: 0,
            error: items.iter().find_map(|item| item.error.clone()),
            retry_of: row.retry_of,
            items,
        };
        let mut platforms = row.platforms.split('|').filter(|name| !name.is_empty());
        log.platform = platforms.next().filter(|_| platforms.next().is_none()).map(str::to_owned);
        log.add_up();
        log
    }

    fn add_up(&mut self) {
        self.counts = Counts::default();
        for item in &self.items {
            self.counts.add(&item.counts);
        }
        self.calls = self.items.iter().map(|item| item.calls).sum();
    }

    /// The log with the counts of what is under way as they stand now.
    pub(crate) async fn live(row: &SyncRow, storage: &Storage) -> Result<Self, Problem> {
        let mut log = Self::new(row);
        for item in log.items.iter_mut().filter(|item| item.status == Status::Running) {
            let filter = LogFilter {
                connector_ids: vec![item.account_id],
                outcomes: vec!["running".to_owned()],
                ..LogFilter::default()
            };
            if let Some(now) = storage.logs(filter, 1).await?.first() {
                item.counts = Counts::of(&now.counts);
                item.calls = now.counts.calls;
            }
        }
        log.add_up();
        Ok(log)
    }
}

/// The products that a job tells platforms of: `Some(None)` for all.
fn told_of(job: Job) -> Option<Option<Vec<i64>>> {
    job.steps.into_iter().find_map(|step| match step {
        Step::PublishProducts { product_ids, .. } => Some(Some(product_ids).filter(|ids| !ids.is_empty())),
        _ => None,
    })
}

/// A page of the log.
#[derive(Serialize, ToSchema)]
pub(crate) struct Logs {
    logs: Vec<Log>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// Which syncs.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LogQuery {
    /// Asked for at or after this day or time; without an offset it is Korean time.
    #[param(example = "2024-01-01")]
    start_date: Option<String>,
    /// Asked for before this time; a bare day includes that day.
    end_date: Option<String>,
    /// With an account at this platform.
    #[param(example = "coupang")]
    platform: Option<String>,
    /// With this status; several may be given, comma-separated.
    #[param(example = "failed")]
    status: Option<String>,
    /// Of this kind, or of several with this among them.
    #[param(example = "orders")]
    sync_type: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List syncs.
///
/// Those that you asked for, and those that the command line has made of your accounts; newest first.
#[utoipa::path(
    get, path = "/api/v1/sync/logs", tag = "sync", operation_id = "listSyncLogs", params(LogQuery),
    responses((status = 200, body = Logs)),
)]
pub(crate) async fn list(access: Access, Params(query): Params<LogQuery>) -> Result<Json<Logs>, Problem> {
    let limit = cursor::limit(query.limit)?;
    let before: Option<i64> = cursor::decode(LIST, query.cursor.as_deref())?;
    let (from, to) = dates::range(query.start_date.as_deref(), query.end_date.as_deref(), false)?;
    let platform = query.platform.as_deref().map(|name| platform_key("platform", name)).transpose()?;
    let mut statuses = Vec::new();
    for name in query.status.iter().flat_map(|names| names.split(',')) {
        let status = Status::from_name(name.trim()).ok_or_else(|| {
            let known: Vec<&str> = Status::ALL.into_iter().map(Status::name).collect();
            Problem::parameter("status", format!("takes {}", known.join(", ")))
        })?;
        statuses.push(status.name().to_owned());
    }
    let filter = SyncFilter {
        platform: platform.map(str::to_owned),
        statuses,
        sync_type: query.sync_type,
        from,
        to,
        ..SyncFilter::default()
    };
    let storage = &access.app.storage;
    let mut rows = access.syncs(filter, before, limit + 1).await?;
    let more = cursor::cut(&mut rows, limit);
    let next_cursor = rows.last().filter(|_| more).map(|row| cursor::encode(LIST, &row.id));
    let mut logs = Vec::with_capacity(rows.len());
    for row in &rows {
        logs.push(Log::live(row, storage).await?);
    }
    Ok(Json(Logs { logs, next_cursor }))
}

/// Read one sync.
///
/// While it runs, its counts are those of the last stored page.
#[utoipa::path(
    get, path = "/api/v1/sync/logs/{id}", tag = "sync", operation_id = "getSyncLog",
    params(("id" = i64, Path, description = "The sync's id.")),
    responses((status = 200, body = Log)),
)]
pub(crate) async fn one(access: Access, Id(id): Id) -> Result<Json<Log>, Problem> {
    let row = access.sync(id).await?;
    Ok(Json(Log::live(&row, &access.app.storage).await?))
}

/// Run a sync again.
///
/// Only the accounts that did not succeed, with the same range. It is a new sync with a log of its own. One that is still under
/// way, or of which nothing failed, is 409.
#[utoipa::path(
    post, path = "/api/v1/sync/logs/{id}/retry", tag = "sync", operation_id = "retrySync",
    params(("id" = i64, Path, description = "The sync's id."), Wait),
    responses(
        (status = 202, body = super::sync::Queued, description = "It is queued or under way."),
        (status = 200, body = Log, description = "It ended while the call waited."),
    ),
)]
pub(crate) async fn retry(
    access: Access,
    Id(id): Id,
    Params(wait): Params<Wait>,
) -> Result<impl IntoResponse, Problem> {
    let wait = wait.seconds()?;
    let row = access.sync(id).await?;
    let log = Log::new(&row);
    if log.status.is_open() {
        return Err(Problem::conflict("the sync is still under way"));
    }
    let mut ids: Vec<i64> = log
        .items
        .iter()
        .filter(|item| item.status != Status::Succeeded)
        .map(|item| item.account_id)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Err(Problem::conflict("nothing of this sync failed"));
    }
    let Ok(job) = serde_json::from_str::<Job>(&row.order_json) else {
        return Err(Problem::conflict("the sync was made by another version of this program"));
    };
    let job = Job { steps: job.steps.into_iter().map(Step::anew).collect() };
    let rows = access.accounts_of(&ids).await?;
    let stream = job.steps.iter().flat_map(Step::streams).next().map_or("-", String::as_str);
    let items = rows.iter().map(|row| Item::queued(row, stream)).collect();
    queue(&access, &row.sync_type, &job, items, Some(row.id), wait).await
}
