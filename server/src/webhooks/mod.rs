//! What platforms and relays tell by themselves.
//!
//! An event is a hint that something is new, never data. It is written down once, by its id; some seconds later one sync answers all
//! hints that an account has got meanwhile, so that a flood costs a few syncs, and none while another sync of the same is about
//! to begin.

mod answer;
pub(crate) mod cafe24;
mod event;
pub(crate) mod signature;

use chrono::{DateTime, TimeDelta, Utc};
use storage::{StorageError, SyncRow, WebhookAnswer, WebhookEvent};

use crate::app::App;

pub(crate) use event::{Event, Hint};

/// How long hints are gathered. Longer than a platform needs until its lists show what it has told.
const GATHERED_FOR: TimeDelta = TimeDelta::seconds(5);

/// Whether a text may be an event's id: 1 to 200 visible characters.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Queues syncs for what has been told.
pub(crate) async fn look(app: &App, now: DateTime<Utc>) -> Result<(), StorageError> {
    for id in app.storage.accounts_told(now - GATHERED_FOR).await? {
        if app.stop.is_cancelled() {
            return Ok(());
        }
        if let Err(error) = answer_account(app, id, now).await {
            tracing::warn!(connector.id = id, %error, "events could not be answered; it is tried again");
        }
    }
    Ok(())
}

async fn answer_account(app: &App, id: i64, now: DateTime<Utc>) -> Result<(), StorageError> {
    let row = match app.storage.connector(id).await {
        Ok(row) => Some(row),
        // It was removed after they came.
        Err(StorageError::NotFound(_)) => None,
        Err(error) => return Err(error),
    };
    let server = app.syncs.name().to_owned();
    let decide = move |events: &[WebhookEvent], open: &[SyncRow]| match &row {
        Some(row) => answer::answer(row, events, open, &server, now),
        None => WebhookAnswer::Ignored(events.iter().map(|event| event.id).collect()),
    };
    if let Some(sync) = app.storage.queue_told(id, decide).await? {
        tracing::info!(connector.id = id, sync.id = sync.id, "webhooks: sync {} is queued", sync.id);
        app.syncs.start(sync);
    }
    Ok(())
}
