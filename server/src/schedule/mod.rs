//! What happens by itself: schedules that are due, and accounts of which a platform has told something.
//!
//! Every server looks, and the database decides: a turn is one transaction that moves the schedule on and queues the sync, and only
//! one of several servers gets it. A server that dies before has done nothing, one that dies afterwards leaves a queued sync, which
//! is taken up like any other.

mod timing;
mod turn;

use std::time::Duration;

use chrono::{DateTime, Utc};
use storage::{ScheduleRow, StorageError, SyncRow};

use crate::access::Access;
use crate::app::App;
use crate::syncs::Kinds;
use crate::webhooks;
use turn::Situation;

pub(crate) use timing::Hours;
pub(crate) use turn::first;

/// The longest interval, in minutes: a week.
pub(crate) const LONGEST_INTERVAL: i64 = 7 * 24 * 60;

/// How often it is looked whether something is due.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Looks for what is due until the server ends. Without `schedules`, for what webhooks have told only.
pub(crate) fn look_for_ever(app: &App, schedules: bool) {
    let app = app.clone();
    app.tasks.clone().spawn(async move {
        while !app.stop.is_cancelled() {
            let now = app.clock.now();
            if schedules && let Err(error) = look(&app, now).await {
                tracing::warn!(%error, "schedules cannot be read");
            }
            if let Err(error) = webhooks::look(&app, now).await {
                tracing::warn!(%error, "events of webhooks cannot be read");
            }
            tokio::select! {
                () = app.stop.cancelled() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    });
}

async fn look(app: &App, now: DateTime<Utc>) -> Result<(), StorageError> {
    for row in app.storage.due_schedules(now).await? {
        if app.stop.is_cancelled() {
            return Ok(());
        }
        let id = row.id;
        if let Err(error) = take_turn(app, row, now).await {
            tracing::warn!(schedule.id = id, %error, "a schedule that is due could not run; it is tried again");
        }
    }
    Ok(())
}

async fn take_turn(app: &App, row: ScheduleRow, now: DateTime<Utc>) -> Result<(), StorageError> {
    let id = row.id;
    // Accounts are looked up at every turn: those that were added since count too.
    let accounts = match Access::of_owner(app, row.owner_id).await? {
        Some(access) => access.enabled_accounts(row.terms.accounts.as_deref()).await?,
        None => Vec::new(),
    };
    let accounts = match app.host.platforms() {
        Ok(platforms) => Kinds::new(platforms).having(&row.terms.sync_types, accounts),
        Err(error) => {
            tracing::error!(%error, "what the connectors offer cannot be read");
            return Ok(());
        }
    };
    let situation = Situation { now, server: app.syncs.name().to_owned(), accounts };
    let decide = move |row: &ScheduleRow, open: &[SyncRow]| situation.turn(row, open);
    if let Some(sync) = app.storage.run_schedule(row, decide).await? {
        tracing::info!(schedule.id = id, sync.id = sync.id, "schedule {id}: sync {} is queued", sync.id);
        app.syncs.start(sync);
    }
    Ok(())
}
