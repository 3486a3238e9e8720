//! How much there is of each product, and which order lines want more than that.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use serde::Serialize;

use super::hold::{HoldState, OPEN};
use crate::backend::{Database, MultiBackend, on_backend};
use crate::due::KEYS_AT_ONCE;
use crate::products::{ProductStatus, StatusText};
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
    /// Whether it is meant to be on sale.
    #[diesel(deserialize_as = StatusText)]
    pub status: ProductStatus,
}

impl StockLevel {
    /// Pieces that can still be promised; `None` where stock is not kept.
    #[must_use]
    pub fn available(&self) -> Option<i64> {
        self.on_hand.map(|on_hand| on_hand.saturating_sub(self.reserved))
    }
}

/// An order line that waits for pieces of a product of which more is sold than there is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, QueryableByName)]
pub struct OversoldLine {
    /// The product.
    #[diesel(sql_type = BigInt)]
    pub product_id: i64,
    /// The account.
    #[diesel(sql_type = BigInt)]
    pub connector_id: i64,
    /// The line's row.
    #[diesel(sql_type = BigInt)]
    pub line_id: i64,
    /// The platform's id of the line.
    #[diesel(sql_type = Text)]
    pub order_id: String,
    /// When it was ordered, in Korean time.
    #[diesel(sql_type = Text)]
    pub ordered_at: String,
    /// Pieces that it wants.
    #[diesel(sql_type = BigInt)]
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

/// The query of [`Storage::oversold_lines`]: the sum of a line and of those after it says whether it still waits.
fn waiting_lines(product_ids: &[i64]) -> String {
    let ids: Vec<String> = product_ids.iter().map(i64::to_string).collect();
    format!(
        "SELECT waits.product_id, connector_id, line_id, order_id, ordered_at, quantity FROM ( \
            SELECT h.product_id, h.connector_id, h.line_id, o.order_id, o.ordered_at, h.quantity, \
                SUM(h.quantity) OVER (PARTITION BY h.product_id ORDER BY o.ordered_at DESC, o.id DESC) AS pieces \
            FROM stock_holds h JOIN store_orders o ON o.id = h.line_id \
            WHERE h.state = '{reserved}' AND h.product_id IN ({ids}) \
        ) AS waits JOIN products ON products.id = waits.product_id \
        WHERE pieces - quantity < products.reserved - products.stock \
        ORDER BY waits.product_id, ordered_at DESC, line_id DESC",
        reserved = HoldState::Reserved.name(),
        ids = ids.join(", "),
    )
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

    /// The lines for which there are no pieces: of each of these products the latest, as many as it takes for the pieces that are
    /// missing. By product, latest order first; of a product of which enough is there, none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn oversold_lines(&self, product_ids: Vec<i64>) -> Result<Vec<OversoldLine>> {
        let read = move |connection: &mut Database| {
            let mut found = Vec::new();
            for chunk in product_ids.chunks(KEYS_AT_ONCE) {
                let query = diesel::sql_query(waiting_lines(chunk));
                let lines: Vec<OversoldLine> = on_backend!(connection, inner => query.load(inner)?);
                found.extend(lines);
            }
            Ok(found)
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
