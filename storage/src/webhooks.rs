//! What platforms and relays tell by themselves: the secrets that they prove themselves with, and their events.

use chrono::{DateTime, TimeDelta, Utc};
use connector_core::Secret;
use diesel::prelude::*;

use crate::backend::{Database, Durability, on_backend};
use crate::connectors::{ConnectorRow, Stored};
use crate::error::Failure;
use crate::instants::column;
use crate::schema::{connectors, webhook_events, webhook_secrets};
use crate::text::clean;
use crate::{KeyRing, NewSync, Result, Storage, StorageError, SyncRow, syncs};

/// How long events are remembered, and with them that a repeated one is a repetition.
const KEPT_FOR: TimeDelta = TimeDelta::days(7);

/// Events of an account that are answered at once; more are answered by the next sync.
const MOST_AT_ONCE: i64 = 10_000;

const WAITING: &str = "waiting";
const QUEUED: &str = "queued";
const IGNORED: &str = "ignored";

/// An account that takes webhooks.
#[derive(Clone, Debug)]
pub struct WebhookDoor {
    /// The account.
    pub row: ConnectorRow,
    /// What the sender proves itself with.
    pub secret: Secret,
}

/// An event to write down.
#[derive(Clone, Debug)]
pub struct NewWebhookEvent {
    /// The account.
    pub connector_id: i64,
    /// The sender's id of it.
    pub event_id: String,
    /// What the sender calls its kind.
    pub event_type: String,
    /// The streams that it hints at; empty for one that is ignored.
    pub streams: Vec<String>,
    /// The Korean day of the order, where the event says it.
    pub day_kst: Option<String>,
}

/// An event for which no sync was queued yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookEvent {
    /// The row's id.
    pub id: i64,
    /// The streams that it hints at.
    pub streams: Vec<String>,
    /// The Korean day of the order, where the event says it.
    pub day_kst: Option<String>,
}

/// What becomes of events for which no sync was queued yet.
#[derive(Debug)]
pub enum WebhookAnswer {
    /// They wait: a sync of the same is under way.
    Later,
    /// These come to nothing.
    Ignored(Vec<i64>),
    /// A sync that is queued already answers these.
    By(Vec<i64>, i64),
    /// A new sync answers these.
    Queue(Vec<i64>, NewSync),
}

fn place(connector_id: i64) -> String {
    format!("webhook_secrets/{connector_id}/secret")
}

impl Storage {
    /// Gives an account a secret for webhooks, in place of the one that it has.
    ///
    /// # Errors
    /// `NotFound`; `Sealing` when there is no key.
    pub async fn set_webhook_secret(&self, connector_id: i64, secret: &Secret) -> Result<()> {
        let keys = self.keys().ok_or_else(no_key)?;
        let sealed = keys.seal_at(&place(connector_id), secret.expose());
        let now = column(self.now());
        let write = move |connection: &mut Database| {
            let live = connectors::table.find(connector_id).filter(connectors::removed_at.is_null());
            let is_there: Option<i64> = live.select(connectors::id).first(connection).optional()?;
            if is_there.is_none() {
                return Err(StorageError::NotFound(format!("there is no connector {connector_id}")).into());
            }
            diesel::delete(webhook_secrets::table.find(connector_id)).execute(connection)?;
            diesel::insert_into(webhook_secrets::table)
                .values((
                    webhook_secrets::connector_id.eq(connector_id),
                    webhook_secrets::secret.eq(sealed),
                    webhook_secrets::created_at.eq(now),
                ))
                .execute(connection)?;
            Ok(())
        };
        self.pool().write(Durability::Full, true, write).await
    }

    /// Takes an account's secret for webhooks away; whether it had one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_webhook_secret(&self, connector_id: i64) -> Result<bool> {
        let write = move |connection: &mut Database| {
            Ok(diesel::delete(webhook_secrets::table.find(connector_id)).execute(connection)? == 1)
        };
        self.pool().write(Durability::Full, true, write).await
    }

    /// Accounts that take webhooks, by id: the one of that id, or those of a platform, `limit` at most. One whose secret cannot be
    /// opened takes none, and is logged.
    ///
    /// # Errors
    /// `Sealing` when there is no key.
    pub async fn webhook_doors(
        &self,
        connector_id: Option<i64>,
        platform: Option<String>,
        limit: i64,
    ) -> Result<Vec<WebhookDoor>> {
        let read = move |connection: &mut Database| {
            let mut query = webhook_secrets::table
                .inner_join(connectors::table.on(connectors::id.eq(webhook_secrets::connector_id)))
                .filter(connectors::removed_at.is_null())
                .select((Stored::as_select(), webhook_secrets::secret))
                .order(connectors::id)
                .limit(limit)
                .into_boxed();
            if let Some(id) = connector_id {
                query = query.filter(connectors::id.eq(id));
            }
            if let Some(platform) = platform {
                query = query.filter(connectors::platform.eq(platform));
            }
            let found: Vec<(Stored, String)> = query.load(connection)?;
            Ok(found)
        };
        let found = self.pool().read(read).await?;
        let keys = self.keys().ok_or_else(no_key)?;
        let open = |(row, sealed): (Stored, String)| {
            let row = ConnectorRow::from(row);
            match keys.open_at(&place(row.id), &sealed) {
                Ok(secret) => Some(WebhookDoor { row, secret: Secret::new(secret.as_str()) }),
                Err(error) => {
                    tracing::error!(connector.id = row.id, %error, "an account's webhook secret cannot be opened");
                    None
                }
            }
        };
        Ok(found.into_iter().filter_map(open).collect())
    }

    /// Writes an event down; whether it is new. Forgets those of long ago.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_webhook_event(&self, new: NewWebhookEvent) -> Result<bool> {
        let now = self.now();
        let write = move |connection: &mut Database| {
            let old = webhook_events::table
                .filter(webhook_events::received_at.lt(column(now - KEPT_FOR)))
                .filter(webhook_events::state.ne(WAITING));
            diesel::delete(old).execute(connection)?;
            let state = if new.streams.is_empty() { IGNORED } else { WAITING };
            let (event_id, event_type) = (clean(&new.event_id), clean(&new.event_type));
            Ok(on_backend!(connection, inner => {
                diesel::insert_into(webhook_events::table)
                    .values((
                        webhook_events::connector_id.eq(new.connector_id),
                        webhook_events::event_id.eq(event_id.as_ref()),
                        webhook_events::event_type.eq(event_type.as_ref()),
                        webhook_events::streams.eq(new.streams.join(",")),
                        webhook_events::day_kst.eq(new.day_kst.as_deref()),
                        webhook_events::state.eq(state),
                        webhook_events::received_at.eq(column(now)),
                    ))
                    .on_conflict((webhook_events::connector_id, webhook_events::event_id))
                    .do_nothing()
                    .execute(inner)?
            }) == 1)
        };
        self.pool().write(Durability::Normal, true, write).await
    }

    /// The accounts with events for which no sync was queued yet and that came before the given instant.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accounts_told(&self, before: DateTime<Utc>) -> Result<Vec<i64>> {
        let read = move |connection: &mut Database| {
            Ok(webhook_events::table
                .filter(webhook_events::state.eq(WAITING))
                .filter(webhook_events::received_at.le(column(before)))
                .select(webhook_events::connector_id)
                .distinct()
                .order(webhook_events::connector_id)
                .load(connection)?)
        };
        self.pool().read(read).await
    }

    /// Answers an account's events for which no sync was queued yet, as `decide` says by the syncs that are queued or under way, all
    /// in one transaction. It sees what another server has just queued. Returns the sync that was queued.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn queue_told(
        &self,
        connector_id: i64,
        decide: impl FnOnce(&[WebhookEvent], &[SyncRow]) -> WebhookAnswer + Send + 'static,
    ) -> Result<Option<SyncRow>> {
        let now = column(self.now());
        let write = move |connection: &mut Database| {
            let open = syncs::open_in_turn(connection)?;
            let waiting: Vec<(i64, String, Option<String>)> = webhook_events::table
                .filter(webhook_events::state.eq(WAITING))
                .filter(webhook_events::connector_id.eq(connector_id))
                .order(webhook_events::id)
                .limit(MOST_AT_ONCE)
                .select((webhook_events::id, webhook_events::streams, webhook_events::day_kst))
                .load(connection)?;
            if waiting.is_empty() {
                return Ok(None);
            }
            let event = |(id, streams, day_kst): (i64, String, Option<String>)| WebhookEvent {
                id,
                streams: streams.split(',').map(str::to_owned).collect(),
                day_kst,
            };
            let events: Vec<WebhookEvent> = waiting.into_iter().map(event).collect();
            let (answered, state, sync_id, queued) = match decide(&events, &open) {
                WebhookAnswer::Later => return Ok(None),
                WebhookAnswer::Ignored(ids) => (ids, IGNORED, None, None),
                WebhookAnswer::By(ids, sync) => (ids, QUEUED, Some(sync), None),
                WebhookAnswer::Queue(ids, new) => {
                    let row = syncs::insert(connection, &new, now)?;
                    (ids, QUEUED, Some(row.id), Some(row))
                }
            };
            // SQLite takes some thousands of values in one statement.
            for ids in answered.chunks(1_000) {
                diesel::update(webhook_events::table.filter(webhook_events::id.eq_any(ids.to_vec())))
                    .set((webhook_events::state.eq(state), webhook_events::sync_id.eq(sync_id)))
                    .execute(connection)?;
            }
            Ok(queued)
        };
        self.pool().write(Durability::Full, true, write).await
    }
}

/// Seals the secrets with the newest key.
pub(crate) fn rekey(connection: &mut Database, keys: &KeyRing) -> Result<(), Failure> {
    let secrets: Vec<(i64, String)> = webhook_secrets::table
        .select((webhook_secrets::connector_id, webhook_secrets::secret))
        .load(connection)?;
    for (connector_id, sealed) in secrets {
        if keys.is_newest(&sealed) {
            continue;
        }
        let text = keys.open_at(&place(connector_id), &sealed)?;
        diesel::update(webhook_secrets::table.find(connector_id))
            .set(webhook_secrets::secret.eq(keys.seal_at(&place(connector_id), &text)))
            .execute(connection)?;
    }
    Ok(())
}

fn no_key() -> StorageError {
    StorageError::Sealing("secrets of webhooks are kept sealed, and no RUNNER_SECRET_KEY is given".to_owned())
}
