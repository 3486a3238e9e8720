//! Daily figures: written row by row, there are few.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};
use connector_core::Metric;
use connector_core::sync::{Saved, Sweep};
use diesel::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use crate::backend::{Database, on_backend};
use crate::due::KEYS_AT_ONCE;
use crate::error::Failure;
use crate::instants::column;
use crate::save::Verdict;
use crate::schema::metrics_daily;
use crate::text::clean;

/// What a new figure is compared with.
#[derive(Queryable, Selectable)]
#[diesel(table_name = metrics_daily)]
struct Existing {
    id: i64,
    date: String,
    entity_type: String,
    entity_id: String,
    shop_no: i64,
    impressions: Option<i64>,
    clicks: Option<i64>,
    conversions: Option<i64>,
    conversion_value: Option<i64>,
    content_hash: i64,
    observed_at: NaiveDateTime,
}

impl Existing {
    fn verdict(&self, metric: &Metric, hash: i64, observed_at: NaiveDateTime) -> Verdict {
        if self.observed_at > observed_at {
            return Verdict::Older;
        }
        let same = self.content_hash == hash
            && self.impressions == metric.impressions
            && self.clicks == metric.clicks
            && self.conversions == metric.conversions
            && self.conversion_value == metric.conversion_value;
        if same { Verdict::Unchanged } else { Verdict::Changed }
    }
}

type Key = (String, String, String, i64);

fn key(metric: &Metric) -> Key {
    (
        day_text(metric.date),
        metric.entity_type.to_owned(),
        clean(&metric.entity_id).into_owned(),
        metric.shop_no,
    )
}

/// Stores figures with unique keys; a figure that shrank is corrected like any other.
pub(crate) fn save(
    connection: &mut Database,
    connector_id: i64,
    observed_at: NaiveDateTime,
    now: NaiveDateTime,
    metrics: &[&Metric],
    saved: &mut Saved,
) -> Result<(), Failure> {
    for chunk in metrics.chunks(KEYS_AT_ONCE) {
        let existing = existing(connection, connector_id, chunk)?;
        let mut unchanged = Vec::new();
        for metric in chunk {
            let (hash, key) = (xxh3_64(metric.raw.get().as_bytes()).cast_signed(), key(metric));
            let before = existing.get(&key);
            let verdict = before.map_or(Verdict::New, |before| before.verdict(metric, hash, observed_at));
            verdict.count(saved);
            match (verdict, before) {
                (Verdict::Unchanged, Some(before)) => unchanged.push(before.id),
                (Verdict::New | Verdict::Changed, _) => {
                    upsert(connection, connector_id, &key, metric, hash, observed_at, now)?;
                }
                _ => {}
            }
        }
        if !unchanged.is_empty() {
            on_backend!(connection, inner => {
                diesel::update(metrics_daily::table.filter(metrics_daily::id.eq_any(&unchanged)))
                    .set(metrics_daily::observed_at.eq(observed_at))
                    .execute(inner)?
            });
        }
        saved.stored += self::existing(connection, connector_id, chunk)?.len() as u64;
    }
    Ok(())
}

/// What is stored under the keys of these figures. A key has four columns, so the query asks for every combination of
/// their values and the superfluous rows are dropped here.
fn existing(
    connection: &mut Database,
    connector_id: i64,
    metrics: &[&Metric],
) -> Result<HashMap<Key, Existing>, Failure> {
    let keys: Vec<Key> = metrics.iter().map(|metric| key(metric)).collect();
    let distinct = |part: fn(&Key) -> &String| {
        let mut parts: Vec<&str> = keys.iter().map(|key| part(key).as_str()).collect();
        parts.sort_unstable();
        parts.dedup();
        parts
    };
    let rows: Vec<Existing> = on_backend!(connection, inner => {
        metrics_daily::table
            .filter(metrics_daily::connector_id.eq(connector_id))
            .filter(metrics_daily::date.eq_any(distinct(|key| &key.0)))
            .filter(metrics_daily::entity_type.eq_any(distinct(|key| &key.1)))
            .filter(metrics_daily::entity_id.eq_any(distinct(|key| &key.2)))
            .select(Existing::as_select())
            .load(inner)?
    });
    let mut found: HashMap<Key, Existing> = rows
        .into_iter()
        .map(|row| ((row.date.clone(), row.entity_type.clone(), row.entity_id.clone(), row.shop_no), row))
        .collect();
    Ok(keys.into_iter().filter_map(|key| found.remove_entry(&key)).collect())
}

/// Removes figures that the platform's whole list of these days did not bring again.
pub(crate) fn sweep(connection: &mut Database, connector_id: i64, sweep: &Sweep) -> Result<(), Failure> {
    diesel::delete(
        metrics_daily::table
            .filter(metrics_daily::connector_id.eq(connector_id))
            .filter(metrics_daily::date.ge(day_text(sweep.from)))
            .filter(metrics_daily::date.le(day_text(sweep.to)))
            .filter(metrics_daily::entity_type.eq(sweep.figures.entity_type))
            .filter(metrics_daily::shop_no.eq(sweep.figures.shop_no))
            .filter(metrics_daily::observed_at.lt(column(sweep.observed_before))),
    )
    .execute(connection)?;
    Ok(())
}

/// A day as the table has it.
pub(crate) fn day_text(day: NaiveDate) -> String {
    day.format("%Y-%m-%d").to_string()
}

fn upsert(
    connection: &mut Database,
    connector_id: i64,
    (date, entity_type, entity_id, shop_no): &Key,
    metric: &Metric,
    hash: i64,
    observed_at: NaiveDateTime,
    now: NaiveDateTime,
) -> Result<(), Failure> {
    let figures = (
        metrics_daily::impressions.eq(metric.impressions),
        metrics_daily::clicks.eq(metric.clicks),
        metrics_daily::conversions.eq(metric.conversions),
        metrics_daily::conversion_value.eq(metric.conversion_value),
        metrics_daily::content_hash.eq(hash),
        metrics_daily::observed_at.eq(observed_at),
        metrics_daily::updated_at.eq(now),
        metrics_daily::meta_json.eq(metric.raw.get()),
    );
    on_backend!(connection, inner => {
        diesel::insert_into(metrics_daily::table)
            .values((
                metrics_daily::connector_id.eq(connector_id),
                metrics_daily::date.eq(date),
                metrics_daily::entity_type.eq(entity_type),
                metrics_daily::entity_id.eq(entity_id),
                metrics_daily::shop_no.eq(shop_no),
                figures,
            ))
            .on_conflict((
                metrics_daily::connector_id,
                metrics_daily::date,
                metrics_daily::entity_type,
                metrics_daily::entity_id,
                metrics_daily::shop_no,
            ))
            .do_update()
            .set(figures)
            .execute(inner)?
    });
    Ok(())
}
