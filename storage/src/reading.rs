//! Listing what is stored.

/// The rows of a query, with the platform's own objects where they are asked for. What is selected, and so the query's type, differs
/// with it.
macro_rules! load {
    ($query:expr, $connection:expr, $row:ident of $table:ident, $with_raw:expr) => {
        if $with_raw {
            let rows: Vec<($row, String)> =
                $query.select(($row::as_select(), $table::meta_json)).load($connection)?;
            rows.into_iter().map(|(row, raw)| $row { meta_json: Some(raw), ..row }).collect()
        } else {
            $query.select($row::as_select()).load($connection)?
        }
    };
}

mod claims;
mod lines;
mod listings;
mod orders;
mod settlements;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde::Serialize;

pub use claims::{ClaimFilter, ClaimPosition, ClaimRow};
pub use listings::{ListingFilter, ListingRow};
pub use orders::{OrderFilter, OrderPosition, OrderRow};
pub use settlements::{SettlementFilter, SettlementPosition, SettlementRow, SettlementSum};

use crate::backend::Database;
use crate::error::Failure;
use crate::instants::Instant;
use crate::schema::{connectors, metrics_daily, store_orders};
use crate::{Result, Storage};

/// Which metric rows.
#[derive(Clone, Debug, Default)]
pub struct MetricFilter {
    /// Of these connectors; empty means all.
    pub connector_ids: Vec<i64>,
    /// `store`, `product`, `domain`; empty means all.
    pub entity_types: Vec<String>,
    /// One shop, product or domain.
    pub entity_id: Option<String>,
    /// The first Korean day, `YYYY-MM-DD`.
    pub from: Option<String>,
    /// The last Korean day, included.
    pub to: Option<String>,
}

/// A stored day's figures.
#[derive(Clone, Debug, Serialize, Queryable, Selectable)]
#[diesel(table_name = metrics_daily)]
pub struct MetricRow {
    /// The row's id.
    pub id: i64,
    /// The account.
    pub connector_id: i64,
    /// The Korean day, `YYYY-MM-DD`.
    pub date: String,
    /// `store`, `product` or `domain`.
    pub entity_type: String,
    /// Mall id, product number or domain.
    pub entity_id: String,
    /// The mall's shop.
    pub shop_no: i64,
    /// Visits.
    pub impressions: Option<i64>,
    /// Page views or referred visits.
    pub clicks: Option<i64>,
    /// Orders.
    pub conversions: Option<i64>,
    /// Sales in won.
    pub conversion_value: Option<i64>,
    /// Advertising cost in won; analytics has none.
    pub spend: Option<i64>,
    /// The platform's own row as JSON text.
    pub meta_json: String,
    /// When a figure last changed here.
    #[diesel(deserialize_as = Instant)]
    pub updated_at: DateTime<Utc>,
}

/// One order line of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Queryable, Selectable)]
#[diesel(table_name = store_orders)]
pub struct DayLine {
    /// The platform's id of the line.
    pub order_id: String,
    /// Won.
    pub amount: i64,
    /// The platform's status word.
    pub status: String,
}

/// One Korean day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DayTotal {
    /// `YYYY-MM-DD`.
    pub date_kst: String,
    /// Order lines.
    pub orders: i64,
    /// Their sum in won.
    pub amount: i64,
}

/// A text that sorts after every time of the day.
fn after_day(day: &str) -> String {
    format!("{day}~")
}

fn connector_ids(connection: &mut Database, wanted: &[i64]) -> Result<Vec<i64>, Failure> {
    if wanted.is_empty() {
        return Ok(connectors::table.select(connectors::id).load(connection)?);
    }
    // Each once, however often it is named.
    Ok(wanted.iter().copied().collect::<BTreeSet<i64>>().into_iter().collect())
}

impl Storage {
    /// A page of metric rows by ascending id, after the given id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn metrics(
        &self,
        filter: MetricFilter,
        after: Option<i64>,
        limit: i64,
    ) -> Result<Vec<MetricRow>> {
        let read = move |connection: &mut Database| {
            let mut query = metrics_daily::table
                .select(MetricRow::as_select())
                .order(metrics_daily::id)
                .limit(limit)
                .into_boxed();
            if !filter.connector_ids.is_empty() {
                query = query.filter(metrics_daily::connector_id.eq_any(filter.connector_ids));
            }
            if !filter.entity_types.is_empty() {
                query = query.filter(metrics_daily::entity_type.eq_any(filter.entity_types));
            }
            if let Some(entity_id) = filter.entity_id {
                query = query.filter(metrics_daily::entity_id.eq(entity_id));
            }
            if let Some(from) = filter.from {
                query = query.filter(metrics_daily::date.ge(from));
            }
            if let Some(to) = filter.to {
                query = query.filter(metrics_daily::date.le(to));
            }
            if let Some(after) = after {
                query = query.filter(metrics_daily::id.gt(after));
            }
            Ok(query.load(connection)?)
        };
        self.pool().read(read).await
    }

    /// The order lines of one Korean day, by order id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn day(&self, connector_id: i64, date_kst: &str) -> Result<Vec<DayLine>> {
        let day = date_kst.to_owned();
        let read = move |connection: &mut Database| {
            Ok(store_orders::table
                .filter(store_orders::connector_id.eq(connector_id))
                .filter(store_orders::ordered_at.ge(&day))
                .filter(store_orders::ordered_at.lt(after_day(&day)))
                .order(store_orders::order_id)
                .select(DayLine::as_select())
                .load(connection)?)
        };
        self.pool().read(read).await
    }

    /// Count and sum of each Korean day that has orders, both ends included, by day.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn day_totals(&self, connector_id: i64, from: &str, to: &str) -> Result<Vec<DayTotal>> {
        let (from, to) = (from.to_owned(), to.to_owned());
        let read = move |connection: &mut Database| {
            let rows: Vec<(String, i64, i64)> = store_orders::table
                .filter(store_orders::connector_id.eq(connector_id))
                .filter(store_orders::ordered_at.ge(&from))
                .filter(store_orders::ordered_at.lt(after_day(&to)))
                .group_by(store_orders::date_kst)
                .order(store_orders::date_kst)
                .select((
                    store_orders::date_kst,
                    count_star(),
                    // PostgreSQL sums 64-bit numbers to a numeric, which SQLite does not have.
                    sql::<BigInt>("CAST(SUM(amount) AS BIGINT)"),
                ))
                .load(connection)?;
            Ok(rows
                .into_iter()
                .map(|(date_kst, orders, amount)| DayTotal { date_kst, orders, amount })
                .collect())
        };
        self.pool().read(read).await
    }
}
