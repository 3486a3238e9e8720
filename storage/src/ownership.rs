//! Connector rows that belong to a user of the server.

use diesel::prelude::*;

use crate::backend::{Database, Durability};
use crate::connectors::{
    ConnectorChange, ConnectorRow, NewConnector, Stored, alter, config_text, find, find_locked, insert,
};
use crate::error::Failure;
use crate::instants::column;
use crate::schema::{connectors, webhook_secrets};
use crate::{Result, Storage, StorageError, stock};

/// Whose rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owned {
    /// The user.
    pub user_id: i64,
    /// Whether rows that belong to nobody, as the command line adds them, count too.
    pub with_unowned: bool,
    /// Whether rows that were removed count too, for what was collected by them.
    pub with_removed: bool,
}

/// Whether a row may be called so: the command line takes names beside ids and lists of names, so that a name must look
/// like neither. 1 to 64 characters.
#[must_use]
pub fn is_connector_name(name: &str) -> bool {
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
    !name.trim().is_empty()
        && name.trim() == name
        && name.chars().count() <= 64
        && !name.starts_with('-')
        && !is_number
        && !name.contains(|c: char| c == ',' || c.is_control())
}

/// How often a free name is looked for before the name is given up as taken.
const NAMES_TRIED: usize = 1_000;

/// A name that no row has: the label itself, or with a number behind it.
fn free_name(connection: &mut Database, label: &str, id: Option<i64>) -> Result<String, Failure> {
    for number in 1..NAMES_TRIED {
        let name = if number == 1 { label.to_owned() } else { format!("{label} ({number})") };
        let holder: Option<i64> = connectors::table
            .filter(connectors::name.eq(&name))
            .select(connectors::id)
            .first(connection)
            .optional()?;
        if holder.is_none() || holder == id {
            return Ok(name);
        }
    }
    Err(StorageError::Conflict(format!("too many accounts are named {label:?}")).into())
}

fn refuse_taken(connection: &mut Database, owner: i64, label: &str, id: Option<i64>) -> Result<(), Failure> {
    let holder: Option<i64> = connectors::table
        .filter(connectors::owner_id.eq(owner))
        .filter(connectors::label.eq(label))
        .filter(connectors::removed_at.is_null())
        .select(connectors::id)
        .first(connection)
        .optional()?;
    if holder.is_some_and(|holder| Some(holder) != id) {
        return Err(StorageError::Conflict(format!("there is an account named {label:?} already")).into());
    }
    Ok(())
}

/// Takes the writer's place among all who add or rename rows. On SQLite the transaction itself does.
fn lock_names(connection: &mut Database) -> Result<(), Failure> {
    if let Database::Postgres(inner) = connection {
        use diesel::connection::SimpleConnection as _;
        inner.batch_execute("LOCK TABLE connectors IN SHARE ROW EXCLUSIVE MODE")?;
    }
    Ok(())
}

impl Storage {
    /// The rows of a user, by id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn owned_connectors(&self, owned: Owned) -> Result<Vec<ConnectorRow>> {
        let read = move |connection: &mut Database| {
            let mut query = connectors::table.select(Stored::as_select()).order(connectors::id).into_boxed();
            query = match owned.with_unowned {
                true => {
                    query.filter(connectors::owner_id.eq(owned.user_id).or(connectors::owner_id.is_null()))
                }
                false => query.filter(connectors::owner_id.eq(owned.user_id)),
            };
            if !owned.with_removed {
                query = query.filter(connectors::removed_at.is_null());
            }
            let rows: Vec<Stored> = query.load(connection)?;
            Ok(rows.into_iter().map(ConnectorRow::from).collect())
        };
        self.pool().read(read).await
    }

    /// Adds a row of a user's; `new.name` is what the user calls it, and must be unique among the user's rows only.
    ///
    /// # Errors
    /// `Conflict` when the user has a row of that name; `Sealing` when there are secrets and no key.
    pub async fn add_owned_connector(&self, owner_id: i64, new: NewConnector) -> Result<ConnectorRow> {
        let (keys, now) = (self.keys(), column(self.now()));
        let write = move |connection: &mut Database| {
            lock_names(connection)?;
            let label = new.name.clone();
            refuse_taken(connection, owner_id, &label, None)?;
            let name = free_name(connection, &label, None)?;
            let row = insert(connection, keys.as_ref(), NewConnector { name, ..new }, now)?;
            diesel::update(connectors::table.find(row.id))
                .set((connectors::owner_id.eq(owner_id), connectors::label.eq(label)))
                .execute(connection)?;
            find(connection, row.id).map(ConnectorRow::from)
        };
        self.pool().write(Durability::Normal, true, write).await
    }

    /// Changes a row for its owner: a new name in `change` is what the owner calls it. A row of nobody's is renamed as
    /// [`Storage::update_connector`] does it.
    ///
    /// # Errors
    /// `NotFound`, `Conflict` when the name is taken, `Sealing` when there are secrets and no key.
    pub async fn update_owned_connector(&self, id: i64, change: ConnectorChange) -> Result<ConnectorRow> {
        let (keys, now) = (self.keys(), column(self.now()));
        let write = move |connection: &mut Database| {
            let owner = ConnectorRow::from(find(connection, id)?).owner_id;
            let (Some(owner), Some(label)) = (owner, change.name.clone()) else {
                return alter(connection, keys.as_ref(), id, change, now);
            };
            lock_names(connection)?;
            refuse_taken(connection, owner, &label, Some(id))?;
            let name = free_name(connection, &label, Some(id))?;
            alter(connection, keys.as_ref(), id, ConnectorChange { name: Some(name), ..change }, now)?;
            diesel::update(connectors::table.find(id))
                .set(connectors::label.eq(label))
                .execute(connection)?;
            find(connection, id).map(ConnectorRow::from)
        };
        self.pool().write(Durability::Normal, true, write).await
    }

    /// Removes a row for its owner: it is off, its settings and secrets are wiped, its name is free; what was
    /// collected stays.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while a runner works on it.
    pub async fn retire_connector(&self, id: i64) -> Result<()> {
        let (at, database_now) = (self.now(), column(self.database_now()));
        let write = move |connection: &mut Database| {
            stock::lock(connection)?;
            let row = find_locked(connection, id)?;
            if row.lease_owner.is_some() && row.lease_until.is_some_and(|until| until > database_now) {
                return Err(StorageError::Conflict(format!("a sync of account {id} is under way")).into());
            }
            stock::release_account(connection, id, at)?;
            let now = column(at);
            let name = free_name(connection, &format!("{} (removed {id})", row.name), Some(id))?;
            diesel::update(connectors::table.find(id))
                .set((
                    connectors::name.eq(name),
                    connectors::enabled.eq(false),
                    connectors::config_json.eq(config_text(&serde_json::Map::new())),
                    connectors::removed_at.eq(now),
                    connectors::updated_at.eq(now),
                ))
                .execute(connection)?;
            diesel::delete(webhook_secrets::table.find(id)).execute(connection)?;
            Ok(())
        };
        self.pool().write(Durability::Full, true, write).await
    }
}
