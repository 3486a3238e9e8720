//! Which of the lines that wait to be sent there are no pieces for.

use std::collections::HashMap;

use serde::Serialize;
use storage::StockFilter;
use utoipa::ToSchema;

use crate::access::Access;
use crate::cursor;
use crate::problem::Problem;

/// How many lines of one product are looked at.
const MOST_LINES: i64 = 100_000;

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
        for level in levels {
            let mut lacking = level.available().unwrap_or(0).saturating_neg();
            // The latest order comes first, and is the first to wait.
            for line in storage.reserving_lines(level.product_id, MOST_LINES).await? {
                if lacking <= 0 {
                    break;
                }
                lacking = lacking.saturating_sub(line.quantity);
                let unallocated = Unallocated {
                    order_id: line.line_id,
                    product_id: level.product_id,
                    product_name: level.product_name.clone(),
                    quantity: line.quantity,
                };
                short.insert(line.line_id, unallocated);
            }
        }
        if is_last {
            return Ok(short);
        }
    }
}
