//! Syncs that come by themselves.

use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::{Extension, Json};
use connector_core::time::kst_text;
use serde::{Deserialize, Serialize};
use storage::{ScheduleRow, ScheduleTerms};
use utoipa::{IntoParams, ToSchema};

use crate::access::Access;
use crate::cursor;
use crate::extract::{Body, Id, Params};
use crate::problem::{InputError, Problem};
use crate::schedule::{self, Hours, LONGEST_INTERVAL};
use crate::syncs::Kinds;
use crate::writes::Touched;

const LIST: &str = "schedules";

/// The hours between which a schedule runs.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActiveHours {
    /// The first hour, 0 to 23, in Korean time.
    #[schema(minimum = 0, maximum = 23, example = 9)]
    start: i64,
    /// The hour at which it ends, excluded, 0 to 24. Before the start it is one of the next day: from 22 to 6 is the night. The same
    /// hour twice is refused; for all day leave the hours out.
    #[schema(minimum = 0, maximum = 24, example = 18)]
    end: i64,
}

/// What a schedule asks for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSchedule {
    /// Minutes between two runs, from one to a week.
    #[schema(minimum = 1, maximum = 10_080, example = 30)]
    interval_minutes: i64,
    /// What is synced: `products`, `orders`, `inventory`, and whatever other streams `GET /platforms` shows. Accounts are asked for
    /// what their platform has of it.
    #[schema(min_items = 1, example = json!(["orders", "inventory"]))]
    sync_types: Vec<String>,
    /// The hours between which it runs. Default: all day.
    active_hours: Option<ActiveHours>,
    /// The accounts. Default: all of yours that are enabled when it runs, those that you add later among them.
    #[schema(min_items = 1)]
    platform_account_ids: Option<Vec<i64>>,
    /// Whether it runs. Default: yes; in a change, as before.
    enabled: Option<bool>,
}

/// A schedule.
#[derive(Serialize, ToSchema)]
pub(crate) struct Schedule {
    /// Its id.
    id: i64,
    /// Minutes between two runs.
    interval_minutes: i64,
    /// What is synced.
    sync_types: Vec<String>,
    /// The hours between which it runs; null for all day.
    active_hours: Option<ActiveHours>,
    /// The accounts; null for all of yours.
    platform_account_ids: Option<Vec<i64>>,
    /// Whether it runs.
    enabled: bool,
    /// When it runs next; null when it is off. A time that has passed means that it runs as soon as a server sees it.
    next_run_at: Option<String>,
    /// When it last ran; null when it never did.
    last_run_at: Option<String>,
    /// The sync of its last run: `GET /sync/logs/{id}`.
    last_sync_id: Option<i64>,
    /// Accounts that wait for another sync of theirs to end, and are synced then.
    waiting_account_ids: Vec<i64>,
    /// Why its last turn synced nothing, or not all; null when there is nothing to say.
    note: Option<String>,
    /// When it was made.
    created_at: String,
    /// When it was last changed.
    updated_at: String,
}

impl Schedule {
    pub(super) fn next_run_at(&self) -> Option<&str> {
        self.next_run_at.as_deref()
    }

    pub(super) fn new(row: &ScheduleRow) -> Self {
        let terms = &row.terms;
        Self {
            id: row.id,
            interval_minutes: terms.interval_minutes,
            sync_types: terms.sync_types.clone(),
            active_hours: terms.hours.map(|(start, end)| ActiveHours { start, end }),
            platform_account_ids: terms.accounts.clone(),
            enabled: terms.enabled,
            next_run_at: terms.enabled.then(|| kst_text(row.plan.next_run_at)),
            last_run_at: row.last_run_at.map(kst_text),
            last_sync_id: row.last_sync_id,
            waiting_account_ids: row.waiting.clone(),
            note: row.note.clone(),
            created_at: kst_text(row.created_at),
            updated_at: kst_text(row.updated_at),
        }
    }
}

/// A page of schedules.
#[derive(Serialize, ToSchema)]
pub(crate) struct Schedules {
    schedules: Vec<Schedule>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// Which schedules.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ScheduleQuery {
    /// How many at most.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What was sent, checked against what there is.
async fn terms(access: &Access, new: NewSchedule, enabled: bool) -> Result<ScheduleTerms, Problem> {
    let mut errors = Vec::new();
    if !(1..=LONGEST_INTERVAL).contains(&new.interval_minutes) {
        errors.push(InputError::at("/interval_minutes", format!("takes 1 to {LONGEST_INTERVAL}")));
    }
    let known = Kinds::new(access.app.host.platforms()?).words();
    if new.sync_types.is_empty() {
        errors.push(InputError::at("/sync_types", format!("takes one at least of {}", known.join(", "))));
    }
    let mut sync_types: Vec<String> = Vec::new();
    for (index, word) in new.sync_types.into_iter().enumerate() {
        if !known.contains(&word) {
            errors
                .push(InputError::at(format!("/sync_types/{index}"), format!("takes {}", known.join(", "))));
            // A body may hold any number of words that there are not.
            if errors.len() > 20 {
                break;
            }
        } else if !sync_types.contains(&word) {
            sync_types.push(word);
        }
    }
    let hours = new.active_hours.map(|hours| (hours.start, hours.end));
    if hours.is_some_and(|(start, end)| Hours::new(start, end).is_none()) {
        let message = "takes a start from 0 to 23 and another end from 0 to 24; leave it out for all day";
        errors.push(InputError::at("/active_hours", message));
    }
    if new.platform_account_ids.as_ref().is_some_and(Vec::is_empty) {
        let message = "names no account; leave it out for all of yours";
        errors.push(InputError::at("/platform_account_ids", message));
    }
    if !errors.is_empty() {
        return Err(Problem::invalid_input(errors));
    }
    let accounts = match new.platform_account_ids {
        Some(ids) => Some(access.accounts_of(&ids).await?.iter().map(|row| row.id).collect()),
        None => None,
    };
    let enabled = new.enabled.unwrap_or(enabled);
    Ok(ScheduleTerms { enabled, interval_minutes: new.interval_minutes, sync_types, hours, accounts })
}

/// Make a schedule.
///
/// Its first run comes at once, or when its hours begin. The following ones come an interval apart, each up to a tenth of the interval
/// (five minutes at most) later than planned, so that many schedules do not run at one instant. An account whose last sync of the same
/// kind is not done yet is synced when that ends, once, however many runs passed meanwhile. Runs that were missed since no server ran
/// are made up for by one.
#[utoipa::path(
    post, path = "/api/v1/sync/schedule", tag = "schedules", operation_id = "createSchedule",
    request_body = NewSchedule, responses((status = 201, body = Schedule)),
)]
pub(crate) async fn create(
    access: Access,
    Body(new): Body<NewSchedule>,
) -> Result<impl IntoResponse, Problem> {
    let terms = terms(&access, new, true).await?;
    let plan = schedule::first(&terms, None, access.app.clock.now());
    let row = access.app.storage.add_schedule(access.caller.user_id, terms, plan).await?;
    let place = format!("/api/v1/sync/schedule/{}", row.id);
    let touched = Touched(format!("sync/schedule/{}", row.id));
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Extension(touched), Json(Schedule::new(&row))))
}

/// List your schedules.
///
/// By id.
#[utoipa::path(
    get, path = "/api/v1/sync/schedule", tag = "schedules", operation_id = "listSchedules",
    params(ScheduleQuery), responses((status = 200, body = Schedules)),
)]
pub(crate) async fn list(
    access: Access,
    Params(query): Params<ScheduleQuery>,
) -> Result<Json<Schedules>, Problem> {
    let limit = cursor::limit(query.limit)?;
    let after: Option<i64> = cursor::decode(LIST, query.cursor.as_deref())?;
    let mut rows = access.schedules(after, limit + 1).await?;
    let more = cursor::cut(&mut rows, limit);
    let next_cursor = rows.last().filter(|_| more).map(|row| cursor::encode(LIST, &row.id));
    Ok(Json(Schedules { schedules: rows.iter().map(Schedule::new).collect(), next_cursor }))
}

/// Read one schedule.
#[utoipa::path(
    get, path = "/api/v1/sync/schedule/{id}", tag = "schedules", operation_id = "getSchedule",
    params(("id" = i64, Path, description = "The schedule's id.")),
    responses((status = 200, body = Schedule)),
)]
pub(crate) async fn one(access: Access, Id(id): Id) -> Result<Json<Schedule>, Problem> {
    Ok(Json(Schedule::new(&access.schedule(id).await?)))
}

/// Change a schedule.
///
/// What is sent takes the place of what was there; `enabled` stays when it is left out. The next run comes an interval after the last
/// one, at once when that has passed.
#[utoipa::path(
    put, path = "/api/v1/sync/schedule/{id}", tag = "schedules", operation_id = "changeSchedule",
    params(("id" = i64, Path, description = "The schedule's id.")),
    request_body = NewSchedule, responses((status = 200, body = Schedule)),
)]
pub(crate) async fn change(
    access: Access,
    Id(id): Id,
    Body(new): Body<NewSchedule>,
) -> Result<Json<Schedule>, Problem> {
    let row = access.schedule(id).await?;
    let terms = terms(&access, new, row.terms.enabled).await?;
    let plan = schedule::first(&terms, row.last_run_at, access.app.clock.now());
    let storage = &access.app.storage;
    match storage.change_schedule(row.owner_id, (row.id, row.version), terms, plan).await? {
        Some(row) => Ok(Json(Schedule::new(&row))),
        None => Err(Problem::conflict("the schedule has just run, or was changed by another request")
            .with_retry_after(1)),
    }
}

/// Remove a schedule.
///
/// Its syncs stay, one that is under way is finished.
#[utoipa::path(
    delete, path = "/api/v1/sync/schedule/{id}", tag = "schedules", operation_id = "removeSchedule",
    params(("id" = i64, Path, description = "The schedule's id.")),
    responses((status = 204, description = "The schedule is removed.")),
)]
pub(crate) async fn remove(access: Access, Id(id): Id) -> Result<StatusCode, Problem> {
    let row = access.schedule(id).await?;
    access.app.storage.remove_schedule(row.owner_id, row.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
