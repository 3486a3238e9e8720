//! One page of records: all of it stored, with cursor and counts, or nothing.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::Hash;

use chrono::{DateTime, Utc};
use connector_core::sync::{Batch, Saved};
use connector_core::{Claim, Listing, Metric, Order, Record, Settlement};

use crate::backend::Database;
use crate::error::Failure;
use crate::instants::column;
use crate::records::{Sight, claims, listings, settlements};
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
    let now = column(scope.now);
    let saved = observe(connection, scope, batch.observed_at, &batch.records)?;
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

/// Stores records that were observed at one time, whatever stream they came by.
pub(crate) fn observe(
    connection: &mut Database,
    scope: &Scope,
    observed_at: DateTime<Utc>,
    records: &[Record],
) -> Result<Saved, Failure> {
    let (now, observed_at) = (column(scope.now), column(observed_at));
    let mut saved = Saved::default();
    let sorted = Sorted::of(records)?;
    saved.unchanged += (records.len() - sorted.count()) as u64;
    if !sorted.orders.is_empty() {
        let platform = scope.habits.platform(connection, scope.connector_id)?;
        let likely_new = scope.habits.brings_new_orders();
        let may_be_held = scope.habits.may_hold_lines(connection, scope.connector_id)?;
        let page = orders::PageOf {
            connector_id: scope.connector_id,
            platform,
            observed_at,
            now,
            likely_new,
            may_be_held,
        };
        orders::save(connection, &page, &sorted.orders, &mut saved)?;
        scope.habits.note_orders(&saved);
    }
    let are_all_new = saved.new == sorted.orders.len() as u64;
    if !sorted.metrics.is_empty() {
        metrics::save(connection, scope.connector_id, observed_at, now, &sorted.metrics, &mut saved)?;
    }
    if sorted.has_more() {
        let platform = scope.habits.platform(connection, scope.connector_id)?;
        let sight = Sight { connector_id: scope.connector_id, platform, observed_at, now };
        if sorted.claims.iter().any(|claim| claim.line_state.is_some()) {
            scope.habits.note_claims();
        }
        // No records of their own, so they are not counted.
        match are_all_new {
            true => claims::add(connection, &sight, &sorted.told_with_orders)?,
            false => claims::save(connection, &sight, &sorted.told_with_orders, &mut Saved::default())?,
        }
        claims::save(connection, &sight, &sorted.claims, &mut saved)?;
        settlements::save(connection, &sight, &sorted.settlements, &mut saved)?;
        listings::save(connection, &sight, &sorted.listings, &mut saved)?;
    }
    Ok(saved)
}

/// Records by kind, each key once; of two records with one key the later one counts.
struct Sorted<'a> {
    orders: Vec<&'a Order>,
    metrics: Vec<&'a Metric>,
    claims: Vec<&'a Claim>,
    settlements: Vec<&'a Settlement>,
    listings: Vec<&'a Listing>,
    /// Claims that came within the orders.
    told_with_orders: Vec<&'a Claim>,
}

impl<'a> Sorted<'a> {
    fn of(records: &'a [Record]) -> Result<Self, Failure> {
        let (mut orders, mut metrics) = (Unique::default(), Unique::default());
        let (mut claims, mut settlements, mut listings) =
            (Unique::default(), Unique::default(), Unique::default());
        let mut told_with_orders = Unique::default();
        for record in records {
            match record {
                Record::Order(order) => orders.put(clean(&order.order_id), order),
                Record::Metric(metric) => metrics
                    .put((metric.date, metric.entity_type, clean(&metric.entity_id), metric.shop_no), metric),
                Record::Claim(claim) => claims.put(claims::key(claim), claim),
                Record::Settlement(settlement) => {
                    settlements.put(clean(&settlement.settlement_id), settlement);
                }
                Record::Listing(listing) => listings.put(listings::key(listing), listing),
                _ => {
                    return Err(
                        StorageError::Invalid("this kind of record cannot be stored yet".to_owned()).into()
                    );
                }
            }
        }
        for claim in orders.values.iter().flat_map(|order: &&Order| &order.claims) {
            told_with_orders.put(claims::key(claim), claim);
        }
        Ok(Self {
            orders: orders.values,
            metrics: metrics.values,
            claims: claims.values,
            settlements: settlements.values,
            listings: listings.values,
            told_with_orders: told_with_orders.values,
        })
    }

    /// How many there are, without those within others.
    fn count(&self) -> usize {
        self.orders.len()
            + self.metrics.len()
            + self.claims.len()
            + self.settlements.len()
            + self.listings.len()
    }

    /// Whether there is more than orders and figures.
    fn has_more(&self) -> bool {
        !(self.claims.is_empty()
            && self.settlements.is_empty()
            && self.listings.is_empty()
            && self.told_with_orders.is_empty())
    }
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
