//! Asking for syncs, and trying accounts.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::{Extension, Json};
use chrono::TimeDelta;
use connector_core::registry;
use serde::{Deserialize, Serialize};
use storage::{ConnectorRow, SyncRow};
use utoipa::{IntoParams, ToSchema};

use super::logs::Log;
use crate::access::Access;
use crate::dates;
use crate::extract::{Body, MaybeBody, Params, Word};
use crate::host::{CheckStep, Job, Reading, Step};
use crate::problem::{InputError, Problem};
use crate::syncs::kinds::ORDER_STREAMS;
use crate::syncs::{Ask, Item, Status};
use crate::writes::Touched;

/// The stream that holds orders.
const ORDERS: &str = "orders";

/// What is read where no range is given.
const DEFAULT_RANGE: TimeDelta = TimeDelta::days(7);

/// The longest that a call waits for its sync, in seconds.
const LONGEST_WAIT: u64 = 60;

/// Which account to try.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Trial {
    /// The platform, as in the path.
    #[schema(example = "coupang")]
    platform: Option<String>,
    /// The account's id.
    account_id: i64,
}

/// What a test found.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tried {
    /// Whether every step passed.
    ok: bool,
    /// How long it took.
    latency_ms: u64,
    /// The steps, up to the first that did not pass.
    checks: Vec<CheckStep>,
}

/// Test an account.
///
/// Checks its settings, then its credential with the cheapest call that the platform has. A failed check is an answer, not
/// an error: `ok` is false, and the step says why and what to do.
#[utoipa::path(
    post, path = "/api/v1/sync/platforms/{platform}/test", tag = "accounts", operation_id = "testPlatformAccount",
    params(("platform" = String, Path, description = "The platform's key, or one of its other names.")),
    request_body = Trial, responses((status = 200, body = Tried)),
)]
pub(crate) async fn test(
    access: Access,
    Word(platform): Word,
    Body(trial): Body<Trial>,
) -> Result<impl IntoResponse, Problem> {
    let key = |name: &str| registry::find(name).map(|registration| registration.platform);
    let platform = key(&platform).map_err(|error| Problem::not_found(error.to_string()))?;
    if trial.platform.as_deref().is_some_and(|name| key(name).ok() != Some(platform)) {
        let error = InputError::at("/platform", format!("is not {platform}, which the path names"));
        return Err(Problem::invalid_input(vec![error]));
    }
    let row = access.account(trial.account_id).await?;
    if row.platform != platform {
        let error = InputError::at("/account_id", format!("is an account at {}", row.platform));
        return Err(Problem::invalid_input(vec![error]));
    }
    let begun = Instant::now();
    let checks = access.app.host.check(&row).await;
    let tried = Tried {
        ok: checks.iter().all(|check| check.ok),
        latency_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        checks,
    };
    Ok((Extension(Touched(format!("platform-accounts/{}", row.id))), Json(tried)))
}

/// Which orders to read, from which accounts.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrdersSync {
    /// The range's first instant; without an offset it is Korean time. Default: seven days before its end.
    #[schema(example = "2024-01-01T00:00:00")]
    start_date: Option<String>,
    /// The range's end, excluded; a bare day includes that day. Default: now.
    #[schema(example = "2024-01-07T23:59:59")]
    end_date: Option<String>,
    /// The accounts. Default: all of yours that are enabled and have orders.
    #[schema(min_items = 1)]
    platform_account_ids: Option<Vec<i64>>,
}

/// How long to wait.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wait {
    /// Wait so many seconds for the sync to end, 60 at most. When it ends in time the answer is 200 with its log.
    #[param(minimum = 0, maximum = 60)]
    wait: Option<u64>,
}

/// A sync that was asked for.
#[derive(Serialize, ToSchema)]
pub(crate) struct Queued {
    /// Its id.
    sync_id: i64,
    /// How it stands.
    #[schema(example = "queued")]
    status: Status,
    /// Where its log is.
    #[schema(example = "/api/v1/sync/logs/7")]
    logs: String,
}

/// Sync orders.
///
/// Reads the orders that changed in the range from the accounts, with their claims, and stores them. A range is read again as often as you like:
/// nothing is doubled, and the cursor of the regular syncs does not move. An account in fixture mode plays its sample unless you
/// name a range. The sync stands in the log at once, and is carried out even if the server ends meanwhile.
#[utoipa::path(
    post, path = "/api/v1/sync/orders", tag = "sync", operation_id = "syncOrders", params(Wait),
    request_body = Option<OrdersSync>,
    responses(
        (status = 202, body = Queued, description = "It is queued or under way."),
        (status = 200, body = Log, description = "It ended while the call waited."),
    ),
)]
pub(crate) async fn orders(
    access: Access,
    Params(wait): Params<Wait>,
    MaybeBody(asked): MaybeBody<OrdersSync>,
) -> Result<impl IntoResponse, Problem> {
    let wait = wait.seconds()?;
    let (from, to) = dates::range(asked.start_date.as_deref(), asked.end_date.as_deref(), true)?;
    let is_chosen = from.is_some() || to.is_some();
    let to = to.unwrap_or_else(|| access.app.clock.now());
    let from = from.unwrap_or(to - DEFAULT_RANGE);
    if from >= to {
        let error = InputError::at("/start_date", "lies in the future");
        return Err(Problem::invalid_input(vec![error]));
    }
    let rows = accounts_with(&access, asked.platform_account_ids, ORDERS).await?;
    let streams = ORDER_STREAMS.map(str::to_owned).to_vec();
    let reading = Reading { streams, from: Some(from), to: Some(to), is_chosen };
    let job = Job { steps: vec![Step::Read(reading)] };
    let items = rows.iter().map(|row| Item::queued(row, ORDERS)).collect();
    queue(&access, "orders", &job, items, None, wait).await
}

/// The accounts that are named, or all that are enabled and have this stream.
pub(super) async fn accounts_with(
    access: &Access,
    ids: Option<Vec<i64>>,
    stream: &str,
) -> Result<Vec<ConnectorRow>, Problem> {
    let platforms = access.app.host.platforms()?;
    let has_stream = |row: &ConnectorRow| {
        let platform = platforms.iter().find(|platform| platform.platform == row.platform);
        platform.is_some_and(|platform| platform.streams.iter().any(|found| found.name == stream))
    };
    let Some(ids) = ids else {
        let mut rows = access.accounts().await?;
        rows.retain(|row| row.enabled && has_stream(row));
        return match rows.is_empty() {
            true => Err(refused(format!("you have no enabled account with {stream}"))),
            false => Ok(rows),
        };
    };
    enabled(access, &ids).await
}

/// The accounts that are named, all of which must be enabled.
pub(super) async fn enabled(access: &Access, ids: &[i64]) -> Result<Vec<ConnectorRow>, Problem> {
    if ids.is_empty() {
        let message = "names no account; leave it out for all of yours";
        return Err(Problem::invalid_input(vec![InputError::at("/platform_account_ids", message)]));
    }
    let rows = access.accounts_of(ids).await?;
    match rows.iter().find(|row| !row.enabled) {
        Some(row) => Err(Problem::conflict(format!("account {} is disabled", row.id))
            .with_fix(format!("PATCH /api/v1/platform-accounts/{} {{\"enabled\": true}}", row.id))),
        None => Ok(rows),
    }
}

fn refused(message: String) -> Problem {
    Problem::invalid_input(vec![InputError::at("/platform_account_ids", message)])
}

impl Wait {
    pub(super) fn seconds(&self) -> Result<Duration, Problem> {
        match self.wait.unwrap_or(0) {
            seconds @ 0..=LONGEST_WAIT => Ok(Duration::from_secs(seconds)),
            _ => Err(Problem::parameter("wait", format!("takes 0 to {LONGEST_WAIT}"))),
        }
    }
}

/// Queues a sync, begins it, and waits for it as long as was asked.
pub(super) async fn queue(
    access: &Access,
    sync_type: &str,
    job: &Job,
    items: Vec<Item>,
    retry_of: Option<i64>,
    wait: Duration,
) -> Result<axum::response::Response, Problem> {
    let app = &access.app;
    if app.stop.is_cancelled() {
        return Err(Problem::unavailable("the server is ending"));
    }
    let ask = Ask {
        owner_id: Some(access.caller.user_id),
        sync_type: sync_type.to_owned(),
        job: job.clone(),
        items,
        retry_of,
    };
    let changes = app.syncs.changes();
    let row = app.syncs.ask(&ask).await?;
    let touched = Extension(Touched(format!("sync/logs/{}", row.id)));
    let row = ended(access, row, changes, wait).await?;
    let log = Log::new(&row);
    Ok(match log.status.is_open() {
        false => (StatusCode::OK, touched, Json(log)).into_response(),
        true => {
            let place = format!("/api/v1/sync/logs/{}", row.id);
            let queued = Queued { sync_id: row.id, status: log.status, logs: place.clone() };
            (StatusCode::ACCEPTED, [(axum::http::header::LOCATION, place)], touched, Json(queued))
                .into_response()
        }
    })
}

/// The sync as it stands when it has ended, or the wait, or the server.
async fn ended(
    access: &Access,
    row: SyncRow,
    mut changes: tokio::sync::watch::Receiver<u64>,
    wait: Duration,
) -> Result<SyncRow, Problem> {
    let until = tokio::time::Instant::now() + wait;
    let mut row = row;
    while Status::from_name(&row.status).is_some_and(Status::is_open) && !wait.is_zero() {
        let is_over = tokio::select! {
            changed = changes.changed() => changed.is_err(),
            () = tokio::time::sleep_until(until) => true,
            () = access.app.stop.cancelled() => true,
        };
        row = access.sync(row.id).await?;
        if is_over {
            break;
        }
    }
    Ok(row)
}
