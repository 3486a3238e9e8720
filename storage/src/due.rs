//! What the engine asks before it fetches: what is known already, what should be read again, how much there is.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use connector_core::sync::Window;
use connector_core::time::{kst_date, kst_midnight, kst_text};
use connector_core::{Change, OrderState, Wanted};
use diesel::prelude::*;

use crate::backend::{Database, on_backend};
use crate::error::Failure;
use crate::failures::UNKEYED;
use crate::instants::column;
use crate::metrics::day_text;
use crate::records::claims;
use crate::schema::{failed_records, metrics_daily, settlements, store_orders};
use crate::standings::standings;
use crate::text::clean;

/// Keys in one statement; SQLite takes 32,766 values, and a short statement is quicker to prepare.
pub(crate) const KEYS_AT_ONCE: usize = 300;

/// A record that failed this often is tried once a day only: the platform will hardly change its mind, and the call
/// is missing elsewhere.
const PATIENCE: i64 = 20;

/// For each change, whether the store holds that record as changed at that instant or later. Of settlements, listings and
/// figures no platform tells when they changed, so none is known.
pub(crate) fn known(
    connection: &mut Database,
    connector_id: i64,
    stream: &str,
    changes: &[Change],
) -> Result<Vec<bool>, Failure> {
    match stream {
        "orders" => known_orders(connection, connector_id, changes),
        "claims" => claims::known(connection, connector_id, changes),
        _ => Ok(vec![false; changes.len()]),
    }
}

fn known_orders(
    connection: &mut Database,
    connector_id: i64,
    changes: &[Change],
) -> Result<Vec<bool>, Failure> {
    let mut stored: HashMap<String, (Option<NaiveDateTime>, String)> = HashMap::with_capacity(changes.len());
    for chunk in changes.chunks(KEYS_AT_ONCE) {
        let keys: Vec<&str> = chunk.iter().map(|change| change.key.as_str()).collect();
        // By key, not by account: see `orders::existing`.
        let rows: Vec<(String, Option<NaiveDateTime>, String)> = on_backend!(connection, inner => {
            store_orders::table
                .filter((store_orders::connector_id + 0).eq(connector_id))
                .filter(store_orders::order_id.eq_any(&keys))
                .select((store_orders::order_id, store_orders::changed_at, store_orders::status))
                .load(inner)?
        });
        stored.extend(rows.into_iter().map(|(key, changed_at, status)| (key, (changed_at, status))));
    }
    let is_known = |change: &Change| {
        let Some((changed_at, own)) = stored.get(change.key.as_str()) else { return false };
        let stands = |status: &String| *own == clean(status);
        changed_at.is_some_and(|stored| column(change.at) <= stored) && change.status.iter().all(stands)
    };
    Ok(changes.iter().map(is_known).collect())
}

/// What to look for in [`due`].
pub(crate) struct Search {
    pub(crate) connector_id: i64,
    pub(crate) stream: &'static str,
    pub(crate) states: &'static [OrderState],
    pub(crate) ordered_after: DateTime<Utc>,
    pub(crate) observed_before: DateTime<Utc>,
    /// What failed at this time or later was tried by this very run.
    pub(crate) failed_before: NaiveDateTime,
    pub(crate) limit: usize,
}

/// Records that failed before, then those observed longest ago; each key once.
pub(crate) fn due(connection: &mut Database, search: &Search) -> Result<Vec<Wanted>, Failure> {
    let limit = i64::try_from(search.limit).unwrap_or(i64::MAX);
    let a_day_ago = search.failed_before - TimeDelta::days(1);
    let mut keys: Vec<String> = failed_records::table
        .filter(failed_records::connector_id.eq(search.connector_id))
        .filter(failed_records::stream.eq(search.stream))
        .filter(failed_records::record_key.not_like(format!("{UNKEYED}%")))
        .filter(failed_records::updated_at.lt(search.failed_before))
        .filter(failed_records::attempts.lt(PATIENCE).or(failed_records::updated_at.lt(a_day_ago)))
        .order(failed_records::updated_at)
        .limit(limit)
        .select(failed_records::record_key)
        .load(connection)?;
    let left = limit - i64::try_from(keys.len()).unwrap_or(limit);
    if left > 0 && !search.states.is_empty() && search.stream == "orders" {
        let failed: HashSet<String> = keys.iter().cloned().collect();
        let states: Vec<&str> = search.states.iter().map(|state| state.name()).collect();
        // The words of these states change nothing but the way: the index has the orders of each word by time.
        let words: Option<BTreeSet<String>> = standings(connection, search.connector_id)?.map(|found| {
            found.into_iter().filter(|it| states.contains(&it.state.as_str())).map(|it| it.status).collect()
        });
        let rows: Vec<String> = on_backend!(connection, inner => {
            let mut query = store_orders::table
                .filter(store_orders::connector_id.eq(search.connector_id))
                .filter(store_orders::state.eq_any(&states))
                .filter(store_orders::ordered_at.gt(kst_text(search.ordered_after)))
                .filter(store_orders::observed_at.lt(column(search.observed_before)))
                .order((store_orders::observed_at, store_orders::id))
                .limit(left)
                .select(store_orders::order_id)
                .into_boxed();
            if let Some(words) = &words {
                query = query.filter(store_orders::status.eq_any(words));
            }
            query.load(inner)?
        });
        keys.extend(rows.into_iter().filter(|key| !failed.contains(key)));
    }
    Ok(keys.into_iter().map(|key| Wanted { key, changed_at: None }).collect())
}

/// How many records of the stream lie in the window: orders by the time of order, figures and settlements by the beginning
/// of their day. Which of them a stream holds is told by its name, as the tables do not keep it. None of claims and
/// listings: a shop may well have no new ones for long.
pub(crate) fn stored_in(
    connection: &mut Database,
    connector_id: i64,
    stream: &str,
    window: Window,
) -> Result<u64, Failure> {
    let days = || (day_text(first_day(window.from)), day_text(first_day(window.to)));
    let count: i64 = match stream {
        "claims" | "listings" => 0,
        "orders" => store_orders::table
            .filter(store_orders::connector_id.eq(connector_id))
            .filter(store_orders::ordered_at.ge(kst_text(window.from)))
            .filter(store_orders::ordered_at.lt(kst_text(window.to)))
            .count()
            .get_result(connection)?,
        "settlements" => {
            let (from, to) = days();
            settlements::table
                .filter(settlements::connector_id.eq(connector_id))
                .filter(settlements::recognized_on.ge(from))
                .filter(settlements::recognized_on.lt(to))
                .count()
                .get_result(connection)?
        }
        _ => {
            let (from, to) = days();
            metrics_daily::table
                .filter(metrics_daily::connector_id.eq(connector_id))
                .filter(metrics_daily::date.ge(from))
                .filter(metrics_daily::date.lt(to))
                .count()
                .get_result(connection)?
        }
    };
    Ok(u64::try_from(count).expect("a count is not negative"))
}

/// The first Korean day that begins at this instant or later.
fn first_day(at: DateTime<Utc>) -> NaiveDate {
    let day = kst_date(at);
    if kst_midnight(day) < at { day + Days::new(1) } else { day }
}
