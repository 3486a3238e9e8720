//! Connector rows: one per seller account.

use std::fmt;

use chrono::{DateTime, NaiveDateTime, Utc};
use connector_core::Secret;
use diesel::prelude::*;
use serde_json::{Map, Value};

use crate::backend::{Database, Durability};
use crate::error::Failure;
use crate::instants::{column, instant};
use crate::schema::connectors;
use crate::seal::{self, Place};
use crate::{KeyRing, Result, Storage, StorageError};

/// Where in the settings a platform's tokens are kept, sealed.
pub(crate) const CREDENTIAL_FIELD: &str = "oauth_tokens";

/// Where the settings say that a person has to grant access again, and why.
pub(crate) const AUTHORIZATION_FIELD: &str = "oauth_state";

/// A connector row. `Debug` shows no settings.
#[derive(Clone)]
pub struct ConnectorRow {
    /// The row's id.
    pub id: i64,
    /// Whose row it is, where there are several users.
    pub owner_id: Option<i64>,
    /// The platform's key, such as `smartstore`.
    pub platform: String,
    /// The row's own name, unique.
    pub name: String,
    /// The name that its owner gave it, where it has an owner; unique among that owner's rows.
    pub label: Option<String>,
    /// `api` or `fixture`.
    pub mode: String,
    /// Whether a run without names includes it.
    pub enabled: bool,
    /// The settings; sealed values as stored.
    pub config: Map<String, Value>,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed by a person.
    pub updated_at: DateTime<Utc>,
    /// Who works on it, or did last.
    pub lease_owner: Option<String>,
    /// Until when, unless renewed.
    pub lease_until: Option<DateTime<Utc>>,
    /// Why `config_json`, written by hand, cannot be read; the settings are empty then, and opening them fails.
    pub config_fault: Option<String>,
    /// When its owner removed it; what was collected stays.
    pub removed_at: Option<DateTime<Utc>>,
}

impl ConnectorRow {
    /// What people call it.
    #[must_use]
    pub fn title(&self) -> &str {
        self.label.as_deref().unwrap_or(&self.name)
    }

    /// Why a person has to grant access again before the row can work; `None` when nobody has to.
    #[must_use]
    pub fn needs_authorization(&self) -> Option<&str> {
        self.config.get(AUTHORIZATION_FIELD)?.as_str()
    }

    /// The settings for people: every sealed value reads `[sealed]`.
    #[must_use]
    pub fn public_config(&self) -> Map<String, Value> {
        let mut config = self.config.clone();
        for (field, value) in &mut config {
            if field == CREDENTIAL_FIELD || seal::sealed_text(value).is_some() {
                *value = Value::from("[sealed]");
            }
        }
        config
    }
}

impl fmt::Debug for ConnectorRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectorRow")
            .field("id", &self.id)
            .field("platform", &self.platform)
            .field("name", &self.name)
            .field("mode", &self.mode)
            .field("enabled", &self.enabled)
            .finish_non_exhaustive()
    }
}

/// A row to add.
#[derive(Clone, Debug)]
pub struct NewConnector {
    /// The platform's key.
    pub platform: String,
    /// The row's own name, unique.
    pub name: String,
    /// `api` or `fixture`.
    pub mode: String,
    /// Whether a run without names includes it.
    pub enabled: bool,
    /// Settings that are no secret.
    pub config: Map<String, Value>,
    /// Settings that are sealed before they are written.
    pub secrets: Vec<(String, Secret)>,
}

/// What to change in a row; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct ConnectorChange {
    /// A new name.
    pub name: Option<String>,
    /// A new mode.
    pub mode: Option<String>,
    /// On or off.
    pub enabled: Option<bool>,
    /// Settings to set, none of them secret.
    pub set: Map<String, Value>,
    /// Settings to remove, secret or not.
    pub unset: Vec<String>,
    /// Secrets to set.
    pub secrets: Vec<(String, Secret)>,
}

/// The row as the table has it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = connectors)]
pub(crate) struct Stored {
    pub(crate) id: i64,
    owner_id: Option<i64>,
    platform: String,
    pub(crate) name: String,
    mode: String,
    enabled: bool,
    pub(crate) config_json: String,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
    pub(crate) lease_owner: Option<String>,
    pub(crate) lease_until: Option<NaiveDateTime>,
    pub(crate) lease_epoch: i64,
    label: Option<String>,
    removed_at: Option<NaiveDateTime>,
}

impl Stored {
    /// The settings; rows are also written by hand, so they may be anything.
    pub(crate) fn config(&self) -> Result<Map<String, Value>> {
        parse_config(&self.config_json)
            .map_err(|fault| StorageError::Invalid(format!("connector {} ({}): {fault}", self.id, self.name)))
    }
}

fn parse_config(text: &str) -> Result<Map<String, Value>, String> {
    match serde_json::from_str(text) {
        Ok(Value::Object(config)) => Ok(config),
        Ok(_) => Err("config_json is no JSON object".to_owned()),
        // serde_json's message may quote the text, which may be a secret.
        Err(error) => {
            Err(format!("config_json is not JSON (line {}, column {})", error.line(), error.column()))
        }
    }
}

impl From<Stored> for ConnectorRow {
    fn from(stored: Stored) -> Self {
        let (config, config_fault) = match parse_config(&stored.config_json) {
            Ok(config) => (config, None),
            Err(fault) => (Map::new(), Some(fault)),
        };
        Self {
            id: stored.id,
            owner_id: stored.owner_id,
            platform: stored.platform,
            name: stored.name,
            label: stored.label,
            removed_at: stored.removed_at.map(instant),
            mode: stored.mode,
            enabled: stored.enabled,
            config,
            config_fault,
            created_at: instant(stored.created_at),
            updated_at: instant(stored.updated_at),
            lease_owner: stored.lease_owner,
            lease_until: stored.lease_until.map(instant),
        }
    }
}

pub(crate) fn not_found(id: i64) -> StorageError {
    StorageError::NotFound(format!("there is no connector {id}"))
}

/// Reads a row.
pub(crate) fn find(connection: &mut Database, id: i64) -> Result<Stored, Failure> {
    let row = connectors::table
        .find(id)
        .filter(connectors::removed_at.is_null())
        .select(Stored::as_select())
        .first(connection)
        .optional()?;
    row.ok_or_else(|| not_found(id).into())
}

/// Reads a row and keeps others from changing it until the transaction ends. An update that changes nothing locks on
/// both databases.
pub(crate) fn find_locked(connection: &mut Database, id: i64) -> Result<Stored, Failure> {
    diesel::update(connectors::table.find(id)).set(connectors::id.eq(id)).execute(connection)?;
    find(connection, id)
}

/// Writes a row's settings.
pub(crate) fn set_config(
    connection: &mut Database,
    id: i64,
    config: &Map<String, Value>,
) -> Result<(), Failure> {
    diesel::update(connectors::table.find(id))
        .set(connectors::config_json.eq(config_text(config)))
        .execute(connection)?;
    Ok(())
}

pub(crate) fn config_text(config: &Map<String, Value>) -> String {
    serde_json::to_string(config).expect("a JSON object can be written")
}

/// Puts secrets into settings, sealed for their row.
pub(crate) fn seal_into(
    keys: Option<&KeyRing>,
    connector_id: i64,
    config: &mut Map<String, Value>,
    secrets: &[(String, Secret)],
) -> Result<()> {
    for (field, secret) in secrets {
        let place = Place { connector_id, field };
        let sealed = seal::required(keys, &place)?.seal(&place, secret.expose());
        config.insert(field.clone(), sealed);
    }
    Ok(())
}

pub(crate) fn taken(failure: Failure, name: &str) -> Failure {
    if failure.is_duplicate() {
        return StorageError::Conflict(format!("there is a connector named {name:?} already")).into();
    }
    failure
}

/// Writes a new row, its secrets sealed.
pub(crate) fn insert(
    connection: &mut Database,
    keys: Option<&KeyRing>,
    new: NewConnector,
    now: NaiveDateTime,
) -> Result<ConnectorRow, Failure> {
    let id: i64 = diesel::insert_into(connectors::table)
        .values((
            connectors::platform.eq(&new.platform),
            connectors::name.eq(&new.name),
            connectors::mode.eq(&new.mode),
            connectors::enabled.eq(new.enabled),
            connectors::config_json.eq("{}"),
            connectors::created_at.eq(now),
            connectors::updated_at.eq(now),
        ))
        .returning(connectors::id)
        .get_result(connection)
        .map_err(|error| taken(error.into(), &new.name))?;
    // The id is part of what a secret is sealed to, so it comes first.
    let mut config = new.config;
    seal_into(keys, id, &mut config, &new.secrets)?;
    set_config(connection, id, &config)?;
    find(connection, id).map(ConnectorRow::from)
}

/// Changes a row as a person wants it.
pub(crate) fn alter(
    connection: &mut Database,
    keys: Option<&KeyRing>,
    id: i64,
    change: ConnectorChange,
    now: NaiveDateTime,
) -> Result<ConnectorRow, Failure> {
    let row = find_locked(connection, id)?;
    let mut config = row.config()?;
    for field in &change.unset {
        config.remove(field);
    }
    config.extend(change.set);
    if !config.contains_key(CREDENTIAL_FIELD) {
        // It spoke of tokens that are gone.
        config.remove(AUTHORIZATION_FIELD);
    }
    seal_into(keys, id, &mut config, &change.secrets)?;
    let name = change.name.unwrap_or(row.name);
    diesel::update(connectors::table.find(id))
        .set((
            connectors::name.eq(&name),
            connectors::mode.eq(change.mode.unwrap_or(row.mode)),
            connectors::enabled.eq(change.enabled.unwrap_or(row.enabled)),
            connectors::config_json.eq(config_text(&config)),
            connectors::updated_at.eq(now),
        ))
        .execute(connection)
        .map_err(|error| taken(error.into(), &name))?;
    find(connection, id).map(ConnectorRow::from)
}

impl Storage {
    /// All rows, by id; those that their owners removed are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn connectors(&self) -> Result<Vec<ConnectorRow>> {
        let read = |connection: &mut Database| {
            let rows: Vec<Stored> = connectors::table
                .filter(connectors::removed_at.is_null())
                .order(connectors::id)
                .select(Stored::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(ConnectorRow::from).collect())
        };
        self.pool().read(read).await
    }

    /// One row.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn connector(&self, id: i64) -> Result<ConnectorRow> {
        self.pool().read(move |connection| find(connection, id).map(ConnectorRow::from)).await
    }

    /// Adds a row and seals its secrets.
    ///
    /// # Errors
    /// `Conflict` when the name is taken; `Sealing` when there are secrets and no key.
    pub async fn add_connector(&self, new: NewConnector) -> Result<ConnectorRow> {
        let (keys, now) = (self.keys(), column(self.now()));
        let write = move |connection: &mut Database| insert(connection, keys.as_ref(), new, now);
        self.pool().write(Durability::Normal, true, write).await
    }

    /// Changes a row.
    ///
    /// # Errors
    /// `NotFound`, `Conflict` when the new name is taken, `Sealing` when there are secrets and no key.
    pub async fn update_connector(&self, id: i64, change: ConnectorChange) -> Result<ConnectorRow> {
        let (keys, now) = (self.keys(), column(self.now()));
        let write = move |connection: &mut Database| alter(connection, keys.as_ref(), id, change, now);
        self.pool().write(Durability::Normal, true, write).await
    }

    /// Keeps settings that a connector found out by itself. A setting that has changed since `row` was read is left as
    /// the person wants it.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn learn_settings(&self, row: &ConnectorRow, learned: Map<String, Value>) -> Result<()> {
        let (id, known) = (row.id, row.config.clone());
        let write = move |connection: &mut Database| {
            let mut config = find_locked(connection, id)?.config()?;
            for (name, value) in learned {
                if config.get(&name) == known.get(&name) {
                    config.insert(name, value);
                }
            }
            set_config(connection, id, &config)
        };
        self.pool().write(Durability::Normal, true, write).await
    }
}
