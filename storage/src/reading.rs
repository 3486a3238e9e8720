//! Listing what is stored.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{Result, Storage, StorageError};

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
#[derive(Clone, Serialize)]
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
    pub changed_at: Option<DateTime<Utc>>,
    /// When the platform was last asked for it.
    pub observed_at: DateTime<Utc>,
    /// When it first came.
    pub first_seen_at: DateTime<Utc>,
    /// When its content last changed here.
    pub updated_at: DateTime<Utc>,
    /// The platform's own object as JSON text; `None` unless asked for.
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
#[derive(Clone, Debug, Serialize)]
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
    pub updated_at: DateTime<Utc>,
}

/// One order line of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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

/// A record that could not be read; the platform's object is left out.
#[derive(Clone, Debug, Serialize)]
pub struct FailureRow {
    /// The account.
    pub connector_id: i64,
    /// The stream.
    pub stream: String,
    /// The record's key, or `unkeyed:` and a hash where none could be made out.
    pub record_key: String,
    /// What is wrong with it, without content.
    pub reason: String,
    /// How often it failed.
    pub attempts: i64,
    /// When it first failed.
    pub first_seen_at: DateTime<Utc>,
    /// When it last failed.
    pub updated_at: DateTime<Utc>,
}

fn later<T>() -> Result<T> {
    Err(StorageError::Invalid("not yet".into()))
}

impl Storage {
    /// A page of orders, newest order first (by order time, then id), after the given position.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn orders(
        &self,
        _filter: OrderFilter,
        _after: Option<OrderPosition>,
        _limit: i64,
    ) -> Result<Vec<OrderRow>> {
        later()
    }

    /// How many orders match.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_orders(&self, _filter: OrderFilter) -> Result<i64> {
        later()
    }

    /// A page of metric rows by ascending id, after the given id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn metrics(
        &self,
        _filter: MetricFilter,
        _after: Option<i64>,
        _limit: i64,
    ) -> Result<Vec<MetricRow>> {
        later()
    }

    /// The order lines of one Korean day, by order id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn day(&self, _connector_id: i64, _date_kst: &str) -> Result<Vec<DayLine>> {
        later()
    }

    /// Count and sum of each Korean day that has orders, both ends included, by day.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn day_totals(&self, _connector_id: i64, _from: &str, _to: &str) -> Result<Vec<DayTotal>> {
        later()
    }

    /// Records that could not be read, latest failure first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn failures(&self, _connector_id: Option<i64>, _limit: i64) -> Result<Vec<FailureRow>> {
        later()
    }
}
