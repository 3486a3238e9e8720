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
mod settlements;

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Utc};
use connector_core::RELAYED;
use diesel::dsl::{count_star, sql};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use serde::Serialize;

pub use claims::{ClaimFilter, ClaimPosition, ClaimRow};
pub use listings::{ListingFilter, ListingRow};
pub use settlements::{SettlementFilter, SettlementPosition, SettlementRow, SettlementSum};

use crate::backend::{Database, MultiBackend};
use crate::error::Failure;
use crate::instants::{Instant, MaybeInstant};
use crate::schema::{connectors, metrics_daily, store_orders};
use crate::standings::{Standing, standings};
use crate::text::escaped;
use crate::{Result, Storage};

/// Which orders.
#[derive(Clone, Debug, Default)]
pub struct OrderFilter {
    /// Of these connectors; empty means all.
    pub connector_ids: Vec<i64>,
    /// Of these platforms; empty means all.
    pub platforms: Vec<String>,
    /// The platform's status word or the neutral state's name; empty means all.
    pub status: Vec<String>,
    /// The first Korean day, `YYYY-MM-DD`.
    pub from: Option<String>,
    /// The last Korean day, included.
    pub to: Option<String>,
    /// One order line.
    pub order_id: Option<String>,
    /// With this text in the product's name, or as the order's, product's or seller's own code.
    pub text: Option<String>,
    /// Leave out lines that a platform only relays from another market, whose own connector brings them, too.
    pub own_only: bool,
    /// Whether to read the platform's own object, which is ten times the rest.
    pub with_raw: bool,
}

/// Where a page of orders ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrderPosition {
    /// The last row's order time.
    pub ordered_at: String,
    /// The last row's id.
    pub id: i64,
}

/// A stored order line. `Debug` leaves the platform's object out: it holds buyers' personal data.
#[derive(Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = store_orders)]
pub struct OrderRow {
    /// The row's id.
    pub id: i64,
    /// The account.
    pub connector_id: i64,
    /// The platform's key.
    pub platform: String,
    /// The platform's id of the line.
    pub order_id: String,
    /// The platform's id of the payment.
    pub order_group_id: Option<String>,
    /// When it was ordered: ISO 8601 in Korean time with milliseconds.
    pub ordered_at: String,
    /// The Korean day of the order.
    pub date_kst: String,
    /// The platform's status word.
    pub status: String,
    /// The neutral state's name.
    pub state: String,
    /// Won.
    pub amount: i64,
    /// Where the buyer came from: code.
    pub order_place_id: Option<String>,
    /// Where the buyer came from: for people.
    pub order_place_name: Option<String>,
    /// The listing's id.
    pub product_id: Option<String>,
    /// The product's name.
    pub product_name: Option<String>,
    /// The option's id.
    pub option_id: Option<String>,
    /// The option, for people.
    pub option_name: Option<String>,
    /// The seller's own code.
    pub seller_code: Option<String>,
    /// Pieces.
    pub quantity: Option<i64>,
    /// Won per piece.
    pub unit_price: Option<i64>,
    /// When the platform last changed it.
    #[diesel(deserialize_as = MaybeInstant)]
    pub changed_at: Option<DateTime<Utc>>,
    /// When the platform was last asked for it.
    #[diesel(deserialize_as = Instant)]
    pub observed_at: DateTime<Utc>,
    /// When it first came.
    #[diesel(deserialize_as = Instant)]
    pub first_seen_at: DateTime<Utc>,
    /// When its content last changed here.
    #[diesel(deserialize_as = Instant)]
    pub updated_at: DateTime<Utc>,
    /// The platform's own object as JSON text; `None` unless asked for.
    #[diesel(select_expression = sql::<Nullable<Text>>("NULL"))]
    #[diesel(select_expression_type = SqlLiteral<Nullable<Text>>)]
    pub meta_json: Option<String>,
}

impl OrderRow {
    /// Where this row stands, to go on after it.
    #[must_use]
    pub fn position(&self) -> OrderPosition {
        OrderPosition { ordered_at: self.ordered_at.clone(), id: self.id }
    }
}

impl fmt::Debug for OrderRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrderRow")
            .field("id", &self.id)
            .field("order_id", &self.order_id)
            .field("ordered_at", &self.ordered_at)
            .field("status", &self.status)
            .field("amount", &self.amount)
            .finish_non_exhaustive()
    }
}

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

/// The filter as a query, without order and limit. With a standing, one of those that the filter asks for: the orders of that alone.
fn matching<'a>(
    filter: &'a OrderFilter,
    standing: Option<&'a Standing>,
) -> store_orders::BoxedQuery<'a, MultiBackend> {
    let mut query = store_orders::table.into_boxed();
    if !filter.platforms.is_empty() {
        query = query.filter(store_orders::platform.eq_any(&filter.platforms));
    }
    match (standing, filter.status.as_slice()) {
        (Some(Standing { state, status }), _) => {
            query = query.filter(store_orders::state.eq(state)).filter(store_orders::status.eq(status));
        }
        (None, []) => {}
        (None, words) => {
            query = query.filter(store_orders::status.eq_any(words).or(store_orders::state.eq_any(words)));
        }
    }
    // On ordered_at, which has the index: the text begins with the Korean day, and no time sorts after "~".
    if let Some(from) = &filter.from {
        query = query.filter(store_orders::ordered_at.ge(from));
    }
    if let Some(to) = &filter.to {
        query = query.filter(store_orders::ordered_at.lt(after_day(to)));
    }
    if filter.own_only {
        let relayed = store_orders::order_place_name.like(format!("{RELAYED}%"));
        query = query.filter(store_orders::order_place_name.is_null().or(diesel::dsl::not(relayed)));
    }
    if let Some(order_id) = &filter.order_id {
        query = query.filter(store_orders::order_id.eq(order_id));
    }
    if let Some(text) = &filter.text {
        query = query.filter(
            store_orders::product_name
                .like(format!("%{}%", escaped(text)))
                .escape('\\')
                .or(store_orders::order_id.eq(text))
                .or(store_orders::order_group_id.eq(text))
                .or(store_orders::product_id.eq(text))
                .or(store_orders::seller_code.eq(text)),
        );
    }
    query
}

/// The parts that a list of an account is put together from: one for each standing that the filter asks for and that some order
/// has, as the index gives the orders of each by time. All at once where the filter asks for none.
fn parts(
    connection: &mut Database,
    connector_id: i64,
    filter: &OrderFilter,
) -> Result<Vec<Option<Standing>>, Failure> {
    if filter.status.is_empty() {
        return Ok(vec![None]);
    }
    let Some(found) = standings(connection, connector_id)? else { return Ok(vec![None]) };
    let is_wanted = |it: &Standing| filter.status.contains(&it.status) || filter.status.contains(&it.state);
    Ok(found.into_iter().filter(is_wanted).map(Some).collect())
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

fn page_of(
    connection: &mut Database,
    connector_id: i64,
    filter: &OrderFilter,
    standing: Option<&Standing>,
    after: Option<&OrderPosition>,
    limit: i64,
) -> Result<Vec<OrderRow>, Failure> {
    let mut query = matching(filter, standing)
        .filter(store_orders::connector_id.eq(connector_id))
        .order((store_orders::ordered_at.desc(), store_orders::id.desc()))
        .limit(limit);
    if let Some(after) = after {
        // The first condition follows from the second; it lets the index begin at the right place.
        query = query
            .filter(store_orders::ordered_at.le(&after.ordered_at))
            .filter(store_orders::ordered_at.lt(&after.ordered_at).or(store_orders::id.lt(after.id)));
    }
    Ok(load!(query, connection, OrderRow of store_orders, filter.with_raw))
}

impl Storage {
    /// A page of orders, newest order first (by order time, then id), after the given position.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn orders(
        &self,
        filter: OrderFilter,
        after: Option<OrderPosition>,
        limit: i64,
    ) -> Result<Vec<OrderRow>> {
        let read = move |connection: &mut Database| {
            let mut rows: Vec<OrderRow> = Vec::new();
            // One account and standing at a time: each page then comes off one index, instead of out of a sort of everything.
            for id in connector_ids(connection, &filter.connector_ids)? {
                for part in parts(connection, id, &filter)? {
                    rows.extend(page_of(connection, id, &filter, part.as_ref(), after.as_ref(), limit)?);
                }
            }
            rows.sort_by(|a, b| (&b.ordered_at, b.id).cmp(&(&a.ordered_at, a.id)));
            // A line that changed between two parts is in both.
            rows.dedup_by_key(|row| row.id);
            rows.truncate(usize::try_from(limit).unwrap_or(0));
            Ok(rows)
        };
        self.pool().read(read).await
    }

    /// How many orders match.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_orders(&self, filter: OrderFilter) -> Result<i64> {
        let read = move |connection: &mut Database| {
            let mut total = 0;
            for id in connector_ids(connection, &filter.connector_ids)? {
                for part in parts(connection, id, &filter)? {
                    let query = matching(&filter, part.as_ref()).filter(store_orders::connector_id.eq(id));
                    let count: i64 = query.count().get_result(connection)?;
                    total += count;
                }
            }
            Ok(total)
        };
        self.pool().read(read).await
    }

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
