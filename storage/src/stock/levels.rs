//! How much there is of each product, and which order lines want more than that.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use serde::Serialize;

use super::hold::{HoldState, OPEN};
use crate::backend::{Database, MultiBackend};
use crate::due::KEYS_AT_ONCE;
use crate::schema::{products, stock_holds, store_orders};
use crate::{Result, Storage};

/// Which products' stock. Removed products are never among them.
#[derive(Clone, Debug, Default)]
pub struct StockFilter {
    /// Of this owner; `None` means of all and of none.
    pub owner_id: Option<i64>,
    /// With an owner: also those that belong to nobody.
    pub with_unowned: bool,
    /// With these ids; empty means all.
    pub ids: Vec<i64>,
    /// Only where what can be promised is not more than the safety stock.
    pub low: bool,
    /// Only where more is sold than there is.
    pub oversold: bool,
}

/// How much there is of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Queryable, Selectable)]
#[diesel(table_name = products)]
pub struct StockLevel {
    /// The product.
    #[diesel(column_name = id)]
    pub product_id: i64,
    /// The seller's own code.
    pub seller_code: String,
    /// What it is called.
    #[diesel(column_name = name)]
    pub product_name: String,
    /// Pieces on the shelf; `None` where that is not kept.
    #[diesel(column_name = stock)]
    pub on_hand: Option<i64>,
    /// Pieces of it that are sold.
    pub reserved: i64,
    /// The stock at or under which it is low.
    pub safety_stock: i64,
}

impl StockLevel {
    /// Pieces that can still be promised; `None` where stock is not kept.
    #[must_use]
    pub fn available(&self) -> Option<i64> {
        self.on_hand.map(|on_hand| on_hand.saturating_sub(self.reserved))
    }
}

/// An order line that waits for pieces of a product of which more is sold than there is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Queryable)]
pub struct OversoldLine {
    /// The product.
    pub product_id: i64,
    /// The account.
    pub connector_id: i64,
    /// The line's row.
    pub line_id: i64,
    /// The platform's id of the line.
    pub order_id: String,
    /// When it was ordered, in Korean time.
    pub ordered_at: String,
    /// Pieces that it waits for.
    pub quantity: i64,
}

/// Lines that take pieces of nothing that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Queryable)]
pub struct Unmatched {
    /// The account.
    pub connector_id: i64,
    /// How many of its lines are paid, not shipped, and of no product.
    pub lines: i64,
}

fn matching(filter: &StockFilter) -> products::BoxedQuery<'_, MultiBackend> {
    let mut query = products::table.filter(products::removed_at.is_null()).into_boxed();
    if let Some(owner) = filter.owner_id {
        query = match filter.with_unowned {
            true => query.filter(products::owner_id.eq(owner).or(products::owner_id.is_null())),
            false => query.filter(products::owner_id.eq(owner)),
        };
    }
    if !filter.ids.is_empty() {
        query = query.filter(products::id.eq_any(&filter.ids));
    }
    if filter.low {
        query = query.filter(sql::<Bool>("stock IS NOT NULL AND stock - reserved <= safety_stock"));
    }
    if filter.oversold {
        query = query.filter(sql::<Bool>("stock IS NOT NULL AND stock - reserved < 0"));
    }
    query
}

impl Storage {
    /// A page of products' stock by ascending id, after the given id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stock_levels(
        &self,
        filter: StockFilter,
        after: Option<i64>,
        limit: i64,
    ) -> Result<Vec<StockLevel>> {
        let read = move |connection: &mut Database| {
            let mut query = matching(&filter).order(products::id).limit(limit);
            if let Some(after) = after {
                query = query.filter(products::id.gt(after));
            }
            Ok(query.select(StockLevel::as_select()).load(connection)?)
        };
        self.pool().read(read).await
    }

    /// The lines that reserve pieces of a product, latest order first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reserving_lines(&self, product_id: i64, limit: i64) -> Result<Vec<OversoldLine>> {
        let read = move |connection: &mut Database| {
            Ok(stock_holds::table
                .inner_join(store_orders::table.on(store_orders::id.eq(stock_holds::line_id)))
                .filter(stock_holds::product_id.eq(product_id))
                .filter(stock_holds::state.eq(HoldState::Reserved.name()))
                .order((store_orders::ordered_at.desc(), store_orders::id.desc()))
                .limit(limit)
                .select((
                    stock_holds::product_id,
                    stock_holds::connector_id,
                    stock_holds::line_id,
                    store_orders::order_id,
                    store_orders::ordered_at,
                    stock_holds::quantity,
                ))
                .load(connection)?)
        };
        self.pool().read(read).await
    }

    /// How many lines of these accounts are paid, not shipped, and of no product; accounts without such lines are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unmatched_lines(&self, connector_ids: Vec<i64>) -> Result<Vec<Unmatched>> {
        let read = move |connection: &mut Database| {
            let states = OPEN.map(|state| state.name());
            let mut found: Vec<Unmatched> = Vec::new();
            for chunk in connector_ids.chunks(KEYS_AT_ONCE) {
                let rows: Vec<Unmatched> = store_orders::table
                    .left_join(stock_holds::table.on(stock_holds::line_id.eq(store_orders::id)))
                    .filter(store_orders::connector_id.eq_any(chunk))
                    .filter(store_orders::state.eq_any(states))
                    .filter(stock_holds::id.nullable().is_null())
                    .group_by(store_orders::connector_id)
                    .order(store_orders::connector_id)
                    .select((store_orders::connector_id, diesel::dsl::count_star()))
                    .load(connection)?;
                found.extend(rows);
            }
            Ok(found)
        };
        self.pool().read(read).await
    }
}
