//! Noting what is to be done.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use connector_core::command::Action;
use diesel::prelude::*;
use serde_json::Value;

use super::{IntentRow, IntentState};
use crate::backend::{Database, Durability};
use crate::due::KEYS_AT_ONCE;
use crate::error::Failure;
use crate::instants::column;
use crate::schema::intents;
use crate::session::Scope;
use crate::text::clean;
use crate::{Result, Session, Storage, StorageError};

/// An action to note.
#[derive(Clone, Debug)]
pub struct NewIntent {
    /// The caller's own key, unique within the account; giving it again gives the intent that is there.
    pub key: String,
    /// What is to be done.
    pub action: Action,
}

/// An intent that was asked for.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The intent as stored.
    pub intent: IntentRow,
    /// Whether it was noted just now; otherwise its key was given before, and it is as far as `intent` says.
    pub is_new: bool,
}

/// What an action asks for, which is what makes two of one key the same: without what was merely seen of the target, which its
/// name stands for, and without the time at which a parcel was handed over, for which callers take the present one.
#[must_use]
pub fn asked_of(action: &Action) -> Value {
    asked(&serde_json::to_value(action).expect("an action can be written as JSON"))
}

impl Session {
    /// Notes what is to be done, all or nothing, and returns the intents in the order of the actions. An action whose key
    /// is there with the same command, target and content is that intent. What was merely seen of the target, and the
    /// time at which a parcel was handed over, count for nothing there. In a dry session nothing stays.
    ///
    /// # Errors
    /// `KeyTaken` when a key is there with another content; `LeaseLost`.
    pub async fn plan(&self, new: Vec<NewIntent>) -> Result<Vec<Planned>> {
        let plan = move |connection: &mut Database, scope: &Scope| {
            plan(connection, scope.connector_id, scope.owner(), column(scope.now), &new)
        };
        self.write(Durability::Normal, plan).await
    }
}

impl Storage {
    /// As [`Session::plan`], without the account's lease: for whoever hands the work to another process.
    ///
    /// # Errors
    /// `KeyTaken` when a key is there with another content; `NotFound` when there is no such account.
    pub async fn plan(&self, connector_id: i64, owner: &str, new: Vec<NewIntent>) -> Result<Vec<Planned>> {
        let (owner, now) = (owner.to_owned(), column(self.now()));
        let plan = move |connection: &mut Database| {
            crate::connectors::find(connection, connector_id)?;
            plan(connection, connector_id, &owner, now, &new)
        };
        self.pool().write(Durability::Normal, true, plan).await
    }
}

#[derive(Insertable)]
#[diesel(table_name = intents)]
struct Row<'a> {
    connector_id: i64,
    key: &'a str,
    command: &'static str,
    target: &'a str,
    body_json: &'a str,
    state: &'static str,
    owner: &'a str,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
}

impl<'a> Row<'a> {
    fn of(wanted: &'a Wanted, connector_id: i64, owner: &'a str, now: NaiveDateTime) -> Self {
        Self {
            connector_id,
            key: &wanted.key,
            command: wanted.command,
            target: &wanted.target,
            body_json: &wanted.text,
            state: IntentState::Planned.name(),
            owner,
            created_at: now,
            updated_at: now,
        }
    }
}

/// An action, written down.
struct Wanted {
    key: String,
    command: &'static str,
    target: String,
    body: Value,
    text: String,
}

impl Wanted {
    fn of(new: &NewIntent) -> Self {
        let body = serde_json::to_value(&new.action).expect("an action can be written as JSON");
        Self {
            key: clean(&new.key).into_owned(),
            command: new.action.name().name(),
            target: clean(&new.action.target()).into_owned(),
            text: body.to_string(),
            body,
        }
    }

    fn is(&self, row: &IntentRow) -> bool {
        row.command == self.command && row.target == self.target && asked(&row.body) == asked(&self.body)
    }
}

/// See [`asked_of`].
fn asked(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(fields) = body.as_object_mut() {
        for seen in ["line", "claim", "listing"] {
            fields.remove(seen);
        }
        if let Some(parcel) = fields.get_mut("parcel").and_then(Value::as_object_mut) {
            parcel.remove("sent_at");
        }
    }
    body
}

fn plan(
    connection: &mut Database,
    connector_id: i64,
    owner: &str,
    now: NaiveDateTime,
    new: &[NewIntent],
) -> Result<Vec<Planned>, Failure> {
    let mut planned = Vec::with_capacity(new.len());
    for chunk in new.chunks(KEYS_AT_ONCE) {
        let wanted: Vec<Wanted> = chunk.iter().map(Wanted::of).collect();
        let row = |wanted| Row::of(wanted, connector_id, owner, now);
        let mut added = add(connection, wanted.iter().map(row).collect())?;
        let keys: Vec<&str> = wanted.iter().map(|wanted| wanted.key.as_str()).collect();
        let rows: Vec<IntentRow> = intents::table
            .filter(intents::connector_id.eq(connector_id))
            .filter(intents::key.eq_any(&keys))
            .select(IntentRow::as_select())
            .load(connection)?;
        let rows: HashMap<String, IntentRow> = rows.into_iter().map(|row| (row.key.clone(), row)).collect();
        for wanted in &wanted {
            let intent = rows.get(&wanted.key).ok_or_else(|| {
                StorageError::NoSuch(format!("the intent {:?} was removed just now", wanted.key))
            })?;
            if !wanted.is(intent) {
                return Err(StorageError::KeyTaken { key: wanted.key.clone(), intent: intent.id }.into());
            }
            // The second of one key is not new any more.
            let is_new =
                added.iter().position(|id| *id == intent.id).map(|at| added.swap_remove(at)).is_some();
            planned.push(Planned { intent: intent.clone(), is_new });
        }
    }
    Ok(planned)
}

/// Adds the rows whose keys are not there yet, and returns their ids.
fn add(connection: &mut Database, rows: Vec<Row<'_>>) -> Result<Vec<i64>, Failure> {
    match connection {
        Database::Sqlite(inner) => {
            let mut added = Vec::new();
            for row in rows {
                let id: Option<i64> = diesel::insert_into(intents::table)
                    .values(row)
                    .on_conflict((intents::connector_id, intents::key))
                    .do_nothing()
                    .returning(intents::id)
                    .get_result(inner)
                    .optional()?;
                added.extend(id);
            }
            Ok(added)
        }
        Database::Postgres(inner) => Ok(diesel::insert_into(intents::table)
            .values(rows)
            .on_conflict((intents::connector_id, intents::key))
            .do_nothing()
            .returning(intents::id)
            .get_results(inner)?),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_seen_is_not_what_is_asked() {
        let body = |state: &str, number: &str, sent_at: &str| {
            json!({
                "command": "ship",
                "line": {"order_id": "1", "state": state},
                "parcel": {"method": "parcel", "tracking_number": number, "sent_at": sent_at},
            })
        };
        let first = asked(&body("paid", "1", "2026-02-15T00:00:00Z"));
        assert_eq!(first, asked(&body("shipped", "1", "2026-02-15T00:00:01Z")));
        assert_ne!(first, asked(&body("paid", "2", "2026-02-15T00:00:00Z")));
    }
}
