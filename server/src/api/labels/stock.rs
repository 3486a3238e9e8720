//! Which of the lines that wait to be sent there are no pieces for.

use std::collections::HashMap;

use serde::Serialize;
use storage::StockFilter;
use utoipa::ToSchema;

use crate::access::Access;
use crate::cursor;
use crate::problem::Problem;

/// An order that waits for pieces that are not there.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct Unallocated {
    /// The order line's id here.
    order_id: i64,
    /// The product.
    product_id: i64,
    /// What it is called.
    product_name: String,
    /// Pieces that the order wants.
    quantity: i64,
}

/// The lines, by id, that get nothing of what lies on the shelf: of a product of which more is sold than there is, the latest orders.
/// Products whose stock is not kept have enough.
///
/// # Errors
/// When the database fails.
pub(super) async fn short(access: &Access) -> Result<HashMap<i64, Unallocated>, Problem> {
    let storage = &access.app.storage;
    // What was sold since the last sync waits for its pieces, too.
    for account in access.accounts().await? {
        storage.settle_stock(account.id).await?;
    }
    let mut short = HashMap::new();
    let mut after = None;
    loop {
        let filter = StockFilter { oversold: true, ..StockFilter::default() };
        let levels = access.stock_levels(filter, after, cursor::MOST).await?;
        let is_last = i64::try_from(levels.len()).unwrap_or(i64::MAX) < cursor::MOST;
        after = levels.last().map(|level| level.product_id);
        let ids = levels.iter().map(|level| level.product_id).collect();
        let names: HashMap<i64, String> =
            levels.into_iter().map(|level| (level.product_id, level.product_name)).collect();
        for line in storage.oversold_lines(ids).await? {
            let Some(product_name) = names.get(&line.product_id) else { continue };
            let unallocated = Unallocated {
                order_id: line.line_id,
                product_id: line.product_id,
                product_name: product_name.clone(),
                quantity: line.quantity,
            };
            short.insert(line.line_id, unallocated);
        }
        if is_last {
            return Ok(short);
        }
    }
}
