//! Sums over what is stored, made by the database.

use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use serde::Serialize;

use crate::backend::Database;
use crate::schema::store_orders;
use crate::{Result, Storage};

/// Order lines of one platform on one Korean day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Queryable)]
pub struct PlatformDay {
    /// The Korean day, `YYYY-MM-DD`.
    pub date_kst: String,
    /// The platform's key.
    pub platform: String,
    /// Order lines.
    pub orders: i64,
    /// The sum of their amounts in won.
    pub amount: i64,
    /// Those of them that were cancelled or returned.
    pub cancelled: i64,
    /// The sum of the amounts of these in won.
    pub cancelled_amount: i64,
}

/// One product at one platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Queryable)]
pub struct ProductTotal {
    /// The platform's key.
    pub platform: String,
    /// The platform's id of the product.
    pub product_id: Option<String>,
    /// One of the names it was sold under.
    pub product_name: Option<String>,
    /// Order lines.
    pub orders: i64,
    /// Pieces.
    pub quantity: i64,
    /// The sum of the lines' amounts in won.
    pub amount: i64,
}

/// What [`PlatformDay`] counts as cancelled, as SQL.
const CANCELLED: &str = "state IN ('cancelled', 'returned')";

impl Storage {
    /// Sums of the order lines of these accounts, both days included, by day and platform. An empty list of accounts
    /// has none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn platform_days(
        &self,
        connector_ids: Vec<i64>,
        from: &str,
        to: &str,
    ) -> Result<Vec<PlatformDay>> {
        let (from, to) = (from.to_owned(), to.to_owned());
        let read = move |connection: &mut Database| {
            Ok(store_orders::table
                .filter(store_orders::connector_id.eq_any(connector_ids))
                .filter(store_orders::ordered_at.ge(&from))
                .filter(store_orders::ordered_at.lt(format!("{to}~")))
                .group_by((store_orders::date_kst, store_orders::platform))
                .order((store_orders::date_kst, store_orders::platform))
                .select((
                    store_orders::date_kst,
                    store_orders::platform,
                    count_star(),
                    sql::<BigInt>("CAST(SUM(amount) AS BIGINT)"),
                    sql::<BigInt>(&format!("CAST(SUM(CASE WHEN {CANCELLED} THEN 1 ELSE 0 END) AS BIGINT)")),
                    sql::<BigInt>(&format!(
                        "CAST(SUM(CASE WHEN {CANCELLED} THEN amount ELSE 0 END) AS BIGINT)"
                    )),
                ))
                .load(connection)?)
        };
        self.pool().read(read).await
    }

    /// The products of one platform with the largest sums, both days included, largest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn best_sellers(
        &self,
        connector_ids: Vec<i64>,
        platform: &str,
        from: &str,
        to: &str,
        limit: i64,
    ) -> Result<Vec<ProductTotal>> {
        let (platform, from, to) = (platform.to_owned(), from.to_owned(), to.to_owned());
        let read = move |connection: &mut Database| {
            Ok(store_orders::table
                .filter(store_orders::connector_id.eq_any(connector_ids))
                .filter(store_orders::platform.eq(&platform))
                .filter(store_orders::ordered_at.ge(&from))
                .filter(store_orders::ordered_at.lt(format!("{to}~")))
                .group_by((store_orders::platform, store_orders::product_id))
                .order((sql::<BigInt>("SUM(amount) DESC"), store_orders::product_id))
                .limit(limit)
                .select((
                    store_orders::platform,
                    store_orders::product_id,
                    sql::<Nullable<Text>>("MAX(product_name)"),
                    count_star(),
                    sql::<BigInt>("CAST(COALESCE(SUM(quantity), 0) AS BIGINT)"),
                    sql::<BigInt>("CAST(SUM(amount) AS BIGINT)"),
                ))
                .load(connection)?)
        };
        self.pool().read(read).await
    }

    /// The order line of that id, with the platform's own object; only where it belongs to one of these accounts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn order_of(&self, connector_ids: Vec<i64>, id: i64) -> Result<Option<crate::OrderRow>> {
        let read = move |connection: &mut Database| {
            let one = store_orders::table.find(id).filter(store_orders::connector_id.eq_any(connector_ids));
            let row: Option<(crate::OrderRow, String)> = one
                .select((crate::OrderRow::as_select(), store_orders::meta_json))
                .first(connection)
                .optional()?;
            Ok(row.map(|(row, raw)| crate::OrderRow { meta_json: Some(raw), ..row }))
        };
        self.pool().read(read).await
    }
}
