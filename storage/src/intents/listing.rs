//! Reading intents back.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::{IntentRow, IntentState};
use crate::backend::{Database, MultiBackend};
use crate::instants::column;
use crate::schema::intents;
use crate::{Result, Storage};

/// Which intents.
#[derive(Clone, Debug, Default)]
pub struct IntentFilter {
    /// Of these connectors; empty means all.
    pub connector_ids: Vec<i64>,
    /// With these ids; empty means all.
    pub ids: Vec<i64>,
    /// With these keys; empty means all.
    pub keys: Vec<String>,
    /// Of these commands, by name; empty means all.
    pub commands: Vec<String>,
    /// In these states; empty means all.
    pub states: Vec<IntentState>,
    /// For one target; see [`connector_core::command::Action::target`].
    pub target: Option<String>,
    /// For one of these targets; empty means all.
    pub targets: Vec<String>,
    /// Of which something changed at or after this instant.
    pub updated_since: Option<DateTime<Utc>>,
}

/// The filter as a query, without order and limit.
fn matching(filter: &IntentFilter) -> intents::BoxedQuery<'_, MultiBackend> {
    let mut query = intents::table.into_boxed();
    if !filter.connector_ids.is_empty() {
        query = query.filter(intents::connector_id.eq_any(&filter.connector_ids));
    }
    if !filter.ids.is_empty() {
        query = query.filter(intents::id.eq_any(&filter.ids));
    }
    if !filter.keys.is_empty() {
        query = query.filter(intents::key.eq_any(&filter.keys));
    }
    if !filter.commands.is_empty() {
        query = query.filter(intents::command.eq_any(&filter.commands));
    }
    if !filter.states.is_empty() {
        let states: Vec<&str> = filter.states.iter().map(|state| state.name()).collect();
        query = query.filter(intents::state.eq_any(states));
    }
    if !filter.targets.is_empty() {
        query = query.filter(intents::target.eq_any(&filter.targets));
    }
    if let Some(target) = &filter.target {
        query = query.filter(intents::target.eq(target));
    }
    if let Some(since) = filter.updated_since {
        query = query.filter(intents::updated_at.ge(column(since)));
    }
    query
}

impl Storage {
    /// A page of intents, latest first, with ids below `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn intents(
        &self,
        filter: IntentFilter,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<IntentRow>> {
        let read = move |connection: &mut Database| {
            let mut query = matching(&filter).order(intents::id.desc()).limit(limit);
            if let Some(before) = before {
                query = query.filter(intents::id.lt(before));
            }
            Ok(query.select(IntentRow::as_select()).load(connection)?)
        };
        self.pool().read(read).await
    }

    /// How many intents match.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_intents(&self, filter: IntentFilter) -> Result<i64> {
        self.pool().read(move |connection| Ok(matching(&filter).count().get_result(connection)?)).await
    }
}
