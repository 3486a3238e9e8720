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
        rows.retain(|row| {
            row.owner_id == owner
                && row.enabled
                && crate::access::is_live(row)
                && Some(row.id) != except
                && wish(row).is_some()
        });
        if rows.is_empty() {
            return Ok(());
        }
        let ask = Ask {
            owner_id: owner,
            sync_type: INVENTORY.to_owned(),
            // An account that wants its sale stopped at zero is told so.
            job: Job { steps: vec![Step::push_stock(product_ids.to_vec(), false)] },
            items: rows.iter().map(|row| Item::queued(row, INVENTORY)).collect(),
            retry_of: None,
        };
        let row = self.ask(&ask).await?;
        tracing::info!(
            sync.id = row.id,
            products = product_ids.len(),
            "sync {}: {} other channels are told of stock that has changed",
            row.id,
            rows.len()
        );
        Ok(())
    }

    /// Tells the other channels of what an account has sold and they have not been told of, whoever settled it.
    pub(super) async fn tell_of_movements(self: &Arc<Self>, row: &ConnectorRow) {
        if let Err(error) = self.tell_what_moved(row).await {
            tracing::warn!(connector.id = row.id, %error, "the other channels are told of stock by the next sync");
        }
    }

    async fn tell_what_moved(self: &Arc<Self>, row: &ConnectorRow) -> Result<(), StorageError> {
        let Some(untold) = self.storage.untold_stock(row.id).await? else { return Ok(()) };
        if !untold.product_ids.is_empty() {
            if self.stop.is_cancelled() {
                return Ok(());
            }
            self.queue_pushes(row.owner_id, &untold.product_ids, Some(row.id)).await?;
        }
        self.storage.stock_told(row.id, untold.up_to).await
    }
}
