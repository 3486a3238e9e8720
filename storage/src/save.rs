//! One page of records: all of it stored, with cursor and counts, or nothing.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::Hash;

use connector_core::sync::{Batch, Saved};
use connector_core::{Metric, Order, Record};

use crate::backend::Database;
use crate::error::Failure;
use crate::instants::column;
use crate::session::Scope;
use crate::text::clean;
use crate::{StorageError, checkpoints, failures, logs, metrics, orders};

/// How a record compares with what is stored under its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    New,
    Changed,
    Unchanged,
    Older,
}

impl Verdict {
    /// Counts one record.
    pub(crate) fn count(self, saved: &mut Saved) {
        match self {
            Self::New => saved.new += 1,
            Self::Changed => saved.changed += 1,
            Self::Unchanged => saved.unchanged += 1,
            Self::Older => saved.older += 1,
        }
    }
}

/// Stores a batch in the caller's transaction, behind the caller's fence.
pub(crate) fn save(connection: &mut Database, scope: &Scope, batch: &Batch) -> Result<Saved, Failure> {
    let (now, observed_at) = (column(scope.now), column(batch.observed_at));
    let mut saved = Saved::default();
    let (order_list, metric_list) = sort_out(batch)?;
    let duplicates = batch.records.len() - order_list.len() - metric_list.len();
    saved.unchanged += duplicates as u64;
    if !order_list.is_empty() {
        let platform = scope.habits.platform(connection, scope.connector_id)?;
        let likely_new = scope.habits.brings_new_orders();
        let page =
            orders::PageOf { connector_id: scope.connector_id, platform, observed_at, now, likely_new };
        orders::save(connection, &page, &order_list, &mut saved)?;
        scope.habits.note_orders(&saved);
    }
    if !metric_list.is_empty() {
        metrics::save(connection, scope.connector_id, observed_at, now, &metric_list, &mut saved)?;
    }
    if let Some(sweep) = &batch.sweep {
        metrics::sweep(connection, scope.connector_id, sweep)?;
    }
    if !batch.records.is_empty() && scope.habits.may_have_failures(connection, scope.connector_id)? {
        let keys: Vec<String> = batch.records.iter().map(Record::key).collect();
        let keys: Vec<Cow<'_, str>> = keys.iter().map(|key| clean(key)).collect();
        let keys: Vec<&str> = keys.iter().map(AsRef::as_ref).collect();
        failures::forget(connection, scope.connector_id, batch.stream, &keys)?;
    }
    failures::note(connection, scope.connector_id, batch.stream, &batch.failures, now)?;
    scope.habits.note_failures(batch.failures.len());
    logs::add(connection, scope.log_id, &batch.progress, &saved, batch.failures.len())?;
    if let Some(checkpoint) = &batch.checkpoint {
        let checkpoint = checkpoint.close();
        checkpoints::set_cursor(connection, scope.connector_id, batch.stream, &checkpoint, now)?;
    }
    Ok(saved)
}

/// Orders and metrics apart, each key once; of two records with one key the later one counts.
fn sort_out(batch: &Batch) -> Result<(Vec<&Order>, Vec<&Metric>), Failure> {
    let mut orders = Unique::default();
    let mut metrics = Unique::default();
    for record in &batch.records {
        match record {
            Record::Order(order) => orders.put(clean(&order.order_id), order),
            Record::Metric(metric) => metrics
                .put((metric.date, metric.entity_type, clean(&metric.entity_id), metric.shop_no), metric),
            _ => {
                return Err(StorageError::Invalid(format!(
                    "stream {}: this kind of record cannot be stored yet",
                    batch.stream
                ))
                .into());
            }
        }
    }
    Ok((orders.values, metrics.values))
}

/// Values by key, in the order in which the keys first came.
struct Unique<K, V> {
    places: HashMap<K, usize>,
    values: Vec<V>,
}

impl<K, V> Default for Unique<K, V> {
    fn default() -> Self {
        Self { places: HashMap::new(), values: Vec::new() }
    }
}

impl<K: Eq + Hash, V> Unique<K, V> {
    fn put(&mut self, key: K, value: V) {
        match self.places.get(&key) {
            Some(&place) => self.values[place] = value,
            None => {
                self.places.insert(key, self.values.len());
                self.values.push(value);
            }
        }
    }
}
