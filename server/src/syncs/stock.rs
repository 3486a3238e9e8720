//! Telling the other channels when one of them has sold something.

use std::sync::Arc;

use storage::{ConnectorRow, StorageError};

use super::{Ask, Item, Syncs};
use crate::host::{Job, Step};

const INVENTORY: &str = "inventory";

/// What an account wants when stock changes: nothing, or to be told, with its sale stopped when nothing is left.
pub(super) fn wish(row: &ConnectorRow) -> Option<bool> {
    match row.config.get("push_stock").and_then(serde_json::Value::as_str) {
        Some("on") => Some(false),
        Some("stop") => Some(true),
        _ => None,
    }
}

impl Syncs {
    /// Tells an owner's accounts that want to know of what became of these products, but for the one where it happened. A failure
    /// is logged: the next sync of stock tells the same.
    pub(crate) async fn stock_changed(
        self: &Arc<Self>,
        owner: Option<i64>,
        product_ids: &[i64],
        except: Option<i64>,
    ) {
        if product_ids.is_empty() || self.stop.is_cancelled() {
            return;
        }
        if let Err(error) = self.queue_pushes(owner, product_ids, except).await {
            tracing::error!(%error, "the other channels are not told of stock; the next sync of stock does it");
        }
    }

    async fn queue_pushes(
        self: &Arc<Self>,
        owner: Option<i64>,
        product_ids: &[i64],
        except: Option<i64>,
    ) -> Result<(), StorageError> {
        let mut rows = self.storage.connectors().await?;
        rows.retain(|row| row.owner_id == owner && row.enabled && crate::access::is_live(row));
        for stop_at_zero in [false, true] {
            let wanting: Vec<&ConnectorRow> =
                rows.iter().filter(|row| Some(row.id) != except && wish(row) == Some(stop_at_zero)).collect();
            if wanting.is_empty() {
                continue;
            }
            let items: Vec<Item> = wanting.iter().map(|row| Item::queued(row, INVENTORY)).collect();
            let told = items.len();
            let ask = Ask {
                owner_id: owner,
                sync_type: INVENTORY.to_owned(),
                job: Job { steps: vec![Step::push_stock(product_ids.to_vec(), stop_at_zero)] },
                items,
                retry_of: None,
            };
            let row = self.ask(&ask).await?;
            tracing::info!(
                sync.id = row.id,
                products = product_ids.len(),
                "sync {}: {} other channels are told of stock that has changed",
                row.id,
                told
            );
        }
        Ok(())
    }

    /// The latest change of stock by now; where it cannot be read, one after all others.
    pub(super) async fn latest_movement(&self) -> i64 {
        self.storage.latest_stock_movement().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the stock ledger cannot be read");
            i64::MAX
        })
    }

    /// Tells the other channels of what an account has sold since then.
    pub(super) async fn tell_of_movements(self: &Arc<Self>, row: &ConnectorRow, since: i64) {
        match self.storage.products_promised_since(row.id, since).await {
            Ok(ids) => self.stock_changed(row.owner_id, &ids, Some(row.id)).await,
            Err(error) => tracing::warn!(connector.id = row.id, %error, "the stock ledger cannot be read"),
        }
    }
}
