//! What is running out.

use axum::Json;
use serde::Serialize;
use storage::{StockFilter, StockLevel};
use utoipa::ToSchema;

use super::status;
use crate::access::Access;
use crate::problem::Problem;

/// Products that are read at once.
const PAGE: i64 = 500;

/// A product of which little or nothing is left.
#[derive(Serialize, ToSchema)]
pub(crate) struct LowStockProduct {
    /// Its id.
    #[schema(example = 1)]
    product_id: i64,
    /// What it is called.
    #[schema(example = "프리미엄 무선 이어폰")]
    product_name: String,
    /// Pieces that can still be promised: below zero when more is sold than there is.
    #[schema(example = 3)]
    current_stock: i64,
    /// The stock at or under which it is low.
    #[schema(example = 5)]
    safety_stock: i64,
    /// `low_stock` or `out_of_stock`.
    #[schema(example = "low_stock")]
    stock_status: &'static str,
}

impl LowStockProduct {
    pub(super) fn of(level: StockLevel) -> Option<Self> {
        let stock_status = status(&level)?;
        Some(Self {
            product_id: level.product_id,
            current_stock: level.available()?,
            product_name: level.product_name,
            safety_stock: level.safety_stock,
            stock_status,
        })
    }
}

/// What is running out.
#[derive(Serialize, ToSchema)]
pub(crate) struct LowStock {
    low_stock_products: Vec<LowStockProduct>,
}

/// Products of the caller's of which little or nothing is left, by id, after the given one; those named, or all.
pub(super) async fn low(
    access: &Access,
    ids: Vec<i64>,
    after: Option<i64>,
    limit: i64,
) -> Result<Vec<StockLevel>, Problem> {
    access.stock_levels(StockFilter { ids, low: true, ..StockFilter::default() }, after, limit).await
}

/// List what is running out.
///
/// Every product of which no more can be promised than its safety stock, by id. Reserved pieces, which are sold and not yet
/// shipped, are not counted as there. Products whose stock is not kept here are left out.
#[utoipa::path(
    get, path = "/api/v1/inventory/low-stock", tag = "inventory", operation_id = "listLowStock",
    responses((status = 200, body = LowStock)),
)]
pub(crate) async fn list(access: Access) -> Result<Json<LowStock>, Problem> {
    let (mut low_stock_products, mut after) = (Vec::new(), None);
    loop {
        let levels = low(&access, Vec::new(), after, PAGE).await?;
        after = levels.last().map(|level| level.product_id);
        let is_last = (levels.len() as i64) < PAGE;
        low_stock_products.extend(levels.into_iter().filter_map(LowStockProduct::of));
        if is_last {
            return Ok(Json(LowStock { low_stock_products }));
        }
    }
}
