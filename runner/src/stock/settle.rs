//! Stock after order lines have come: settled, and what is sold twice is said.

use storage::{ConnectorRow, Settled, StockFilter, Storage, StorageError};

/// Settles an account's lines, and warns of products of which more is sold than there is. A failure is logged: whatever reads
/// or pushes stock next settles again.
pub(crate) async fn settle(storage: &Storage, row: &ConnectorRow) {
    let outcome = async {
        let settled = storage.settle_stock(row.id).await?;
        warn_of_oversold(storage, row, &settled).await
    };
    if let Err(error) = outcome.await {
        tracing::error!(connector.id = row.id, %error, "{} \"{}\": stock is not settled", row.platform, row.name);
    }
}

async fn warn_of_oversold(
    storage: &Storage,
    row: &ConnectorRow,
    settled: &Settled,
) -> Result<(), StorageError> {
    let ids: Vec<i64> = settled.products.iter().copied().collect();
    for ids in ids.chunks(AT_ONCE) {
        let filter = StockFilter { ids: ids.to_vec(), oversold: true, ..StockFilter::default() };
        for level in storage.stock_levels(filter, None, ids.len() as i64).await? {
            let missing = level.available().unwrap_or(0).saturating_neg();
            tracing::warn!(
                connector.id = row.id,
                product.id = level.product_id,
                missing,
                "{} \"{}\": more of {:?} is sold than there is; {missing} missing",
                row.platform,
                row.name,
                level.seller_code
            );
        }
    }
    Ok(())
}

/// Products in one question.
const AT_ONCE: usize = 300;
