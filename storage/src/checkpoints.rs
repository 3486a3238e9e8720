//! How far each stream has got, and other small state of an account.

use chrono::NaiveDateTime;
use connector_core::sync::Checkpoint;
use diesel::prelude::*;

use crate::StorageError;
use crate::backend::Database;
use crate::error::Failure;
use crate::prepared::{self, Statement, Value};
use crate::schema::meta;

fn cursor_key(stream: &str) -> String {
    format!("cursor:{stream}")
}

/// How far a stream has got; nowhere, when it never ran.
pub(crate) fn cursor(
    connection: &mut Database,
    connector_id: i64,
    stream: &str,
) -> Result<Checkpoint, Failure> {
    let key = cursor_key(stream);
    let Some(text) = note(connection, connector_id, &key)? else { return Ok(Checkpoint::default()) };
    serde_json::from_str(&text).map_err(|error| {
        // Guessing would skip or repeat a range, so a person decides.
        StorageError::Invalid(format!(
            "connector {connector_id}: {key} in table meta cannot be read ({error}); delete that row to start over"
        ))
        .into()
    })
}

/// Moves a stream's cursor, in the caller's transaction.
pub(crate) fn set_cursor(
    connection: &mut Database,
    connector_id: i64,
    stream: &str,
    checkpoint: &Checkpoint,
    now: NaiveDateTime,
) -> Result<(), Failure> {
    let text = serde_json::to_string(checkpoint).expect("a checkpoint can be written as JSON");
    set_note(connection, connector_id, &cursor_key(stream), &text, now)
}

/// Small state; `None` when it was never set.
pub(crate) fn note(
    connection: &mut Database,
    connector_id: i64,
    key: &str,
) -> Result<Option<String>, Failure> {
    Ok(meta::table.find((connector_id, key)).select(meta::value).first(connection).optional()?)
}

/// Small state of that name of all accounts, in no order.
pub(crate) fn notes(connection: &mut Database, key: &str) -> Result<Vec<String>, Failure> {
    Ok(meta::table.filter(meta::key.eq(key)).select(meta::value).load(connection)?)
}

/// Sets small state.
pub(crate) fn set_note(
    connection: &mut Database,
    connector_id: i64,
    key: &str,
    value: &str,
    now: NaiveDateTime,
) -> Result<(), Failure> {
    prepared::execute::<Keep>(
        connection,
        &[Value::Number(connector_id), Value::Text(key), Value::Text(value), Value::Time(now)],
    )?;
    Ok(())
}

struct Keep;

impl Statement for Keep {
    const SQL: &'static [&'static str] = &[
        "INSERT INTO meta (connector_id, key, value, updated_at) VALUES (",
        ", ",
        ", ",
        ", ",
        ") ON CONFLICT (connector_id, key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
    ];
}
