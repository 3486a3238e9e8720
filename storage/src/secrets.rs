//! Secrets in connector rows: sealing what was written by hand, opening, changing keys.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::backend::{Database, Durability};
use crate::connectors::{AUTHORIZATION_FIELD, CREDENTIAL_FIELD, ConnectorRow, find_locked, set_config};
use crate::schema::connectors;
use crate::seal::{self, Place, sealed_text};
use crate::{Result, Storage, StorageError, repeats, webhooks};

/// What was sealed anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rekeyed {
    /// Connector rows that changed.
    pub rows: usize,
    /// Sealed values in them.
    pub values: usize,
}

impl Storage {
    /// Seals those of the named settings that stand in the row as plain text; returns how many. What was there before
    /// is wiped from a SQLite file as well.
    ///
    /// # Errors
    /// `NotFound`; `Sealing` when there is something to seal and no key.
    pub async fn seal_plain_secrets(&self, id: i64, names: &[&str]) -> Result<usize> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let wanted = names.clone();
        let has_plain = move |config: &Map<String, Value>| {
            wanted.iter().any(|name| config.get(name).is_some_and(|value| plain_text(value).is_some()))
        };
        let row = self.connector(id).await?;
        if let Some(fault) = row.config_fault {
            return Err(StorageError::Invalid(format!("connector {id}: {fault}")));
        }
        if !has_plain(&row.config) {
            return Ok(0);
        }
        let keys = self.keys();
        let write = move |connection: &mut Database| {
            let mut config = find_locked(connection, id)?.config()?;
            let mut sealed = 0;
            for field in &names {
                let place = Place { connector_id: id, field };
                let Some(value) = config.get_mut(field) else { continue };
                if let Some(text) = plain_text(value) {
                    *value = seal::required(keys.as_ref(), &place)?.seal(&place, &text);
                    sealed += 1;
                }
            }
            if let Database::Sqlite(inner) = connection {
                // Freed parts of a page keep their bytes otherwise.
                inner.batch_execute("PRAGMA secure_delete = ON")?;
            }
            set_config(connection, id, &config)?;
            Ok(sealed)
        };
        let sealed = self.pool().write(Durability::Full, true, write).await?;
        let wipe = |connection: &mut Database| {
            if let Database::Sqlite(inner) = connection {
                // The log still holds the page as it was. When somebody else reads just now it is wiped later, by the
                // next checkpoint.
                inner.batch_execute("PRAGMA secure_delete = OFF; PRAGMA wal_checkpoint(TRUNCATE)")?;
            }
            Ok(())
        };
        self.pool().read(wipe).await?;
        Ok(sealed)
    }

    /// The row's settings with every sealed value replaced by its text; stored sign-in tokens (`oauth_tokens`) are
    /// left out, they belong to the credential store. Does no I/O.
    ///
    /// # Errors
    /// `Sealing` when a value cannot be opened; `Invalid` when the row's `config_json` is no JSON object.
    pub async fn open_secrets(&self, row: &ConnectorRow) -> Result<Map<String, Value>> {
        if let Some(fault) = &row.config_fault {
            return Err(StorageError::Invalid(format!("connector {} ({}): {fault}", row.id, row.name)));
        }
        let mut config = row.config.clone();
        config.remove(CREDENTIAL_FIELD);
        config.remove(AUTHORIZATION_FIELD);
        seal::open_all(self.keys().as_ref(), row.id, &config)
    }

    /// Seals every sealed value with the key ring's first key, stored credentials, kept answers and webhook secrets included, in one
    /// transaction.
    /// Values that already are so stay as they are.
    ///
    /// # Errors
    /// `Sealing` when one of them cannot be opened; nothing is changed then.
    pub async fn rekey(&self) -> Result<Rekeyed> {
        let keys = self.keys();
        let write = move |connection: &mut Database| {
            if let Some(keys) = &keys {
                repeats::rekey(connection, keys)?;
                webhooks::rekey(connection, keys)?;
            }
            let ids: Vec<i64> =
                connectors::table.select(connectors::id).order(connectors::id).load(connection)?;
            let mut rekeyed = Rekeyed::default();
            for id in ids {
                // A row with unreadable settings holds nothing that could be opened.
                let Ok(mut config) = find_locked(connection, id)?.config() else { continue };
                let mut values = 0;
                for (field, value) in &mut config {
                    let place = Place { connector_id: id, field };
                    let Some(sealed) = sealed_text(value) else { continue };
                    let keys = seal::required(keys.as_ref(), &place)?;
                    if !keys.is_newest(sealed) {
                        let text = keys.open(&place, sealed)?;
                        *value = keys.seal(&place, &text);
                        values += 1;
                    }
                }
                if values > 0 {
                    set_config(connection, id, &config)?;
                    rekeyed.rows += 1;
                    rekeyed.values += values;
                }
            }
            Ok(rekeyed)
        };
        self.pool().write(Durability::Full, true, write).await
    }
}

/// The text of a setting that is not sealed. A person may have written a numeric id without quotes.
fn plain_text(value: &Value) -> Option<Zeroizing<String>> {
    match value {
        Value::String(text) if !text.is_empty() => Some(Zeroizing::new(text.clone())),
        Value::Number(number) => Some(Zeroizing::new(number.to_string())),
        _ => None,
    }
}
