//! Connector rows: one per seller account.

use std::fmt;

use chrono::{DateTime, Utc};
use connector_core::Secret;
use serde_json::{Map, Value};

use crate::{Result, Storage, StorageError};

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
}

impl ConnectorRow {
    /// The settings for people: every sealed value reads `[sealed]`.
    #[must_use]
    pub fn public_config(&self) -> Map<String, Value> {
        self.config.clone()
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

/// What went with a removed row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Orders.
    pub orders: u64,
    /// Metric rows.
    pub metrics: u64,
    /// Log rows.
    pub logs: u64,
}

/// What was sealed anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rekeyed {
    /// Connector rows that changed.
    pub rows: usize,
    /// Sealed values in them.
    pub values: usize,
}

impl Storage {
    /// All rows, by id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn connectors(&self) -> Result<Vec<ConnectorRow>> {
        Err(StorageError::Invalid("not yet".into()))
    }

    /// One row.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn connector(&self, _id: i64) -> Result<ConnectorRow> {
        Err(StorageError::Invalid("not yet".into()))
    }

    /// Adds a row and seals its secrets.
    ///
    /// # Errors
    /// `Conflict` when the name is taken; `Sealing` when there are secrets and no key.
    pub async fn add_connector(&self, _new: NewConnector) -> Result<ConnectorRow> {
        Err(StorageError::Invalid("not yet".into()))
    }

    /// Changes a row.
    ///
    /// # Errors
    /// `NotFound`, `Conflict` when the new name is taken, `Sealing` when there are secrets and no key.
    pub async fn update_connector(&self, _id: i64, _change: ConnectorChange) -> Result<ConnectorRow> {
        Err(StorageError::Invalid("not yet".into()))
    }

    /// Removes a row, and with `with_data` all that was collected for it.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it has data and `with_data` is not set.
    pub async fn remove_connector(&self, _id: i64, _with_data: bool) -> Result<Removed> {
        Err(StorageError::Invalid("not yet".into()))
    }

    /// Seals those of the named settings that stand in the row as plain text; returns how many.
    ///
    /// # Errors
    /// `NotFound`; `Sealing` when there is something to seal and no key.
    pub async fn seal_plain_secrets(&self, _id: i64, _names: &[&str]) -> Result<usize> {
        Err(StorageError::Invalid("not yet".into()))
    }

    /// The row's settings with every sealed value replaced by its text; stored sign-in tokens (`oauth_tokens`) are
    /// left out, they belong to the credential store.
    ///
    /// # Errors
    /// `Sealing` when a value cannot be opened.
    pub async fn open_secrets(&self, _row: &ConnectorRow) -> Result<Map<String, Value>> {
        Err(StorageError::Invalid("not yet".into()))
    }

    /// Seals every sealed value with the key ring's first key, stored credentials included, in one transaction.
    ///
    /// # Errors
    /// `Sealing` when one of them cannot be opened; nothing is changed then.
    pub async fn rekey(&self) -> Result<Rekeyed> {
        Err(StorageError::Invalid("not yet".into()))
    }
}
