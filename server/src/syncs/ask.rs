//! Asking for a sync: for a caller, a schedule or a webhook, in one way.

use std::sync::Arc;

use storage::{NewSync, StorageError, SyncRow};

use super::{Item, Syncs};
use crate::host::Job;

/// A sync that is asked for.
pub(crate) struct Ask {
    /// Whose it is; `None` for the accounts that belong to nobody.
    pub(crate) owner_id: Option<i64>,
    /// What is moved, in a word.
    pub(crate) sync_type: String,
    /// What is to be done.
    pub(crate) job: Job,
    /// One entry for each account.
    pub(crate) items: Vec<Item>,
    /// The sync that this one repeats.
    pub(crate) retry_of: Option<i64>,
}

impl Ask {
    /// The row for the queue; the server of that name will carry it out.
    pub(crate) fn to_row(&self, server: &str) -> NewSync {
        let mut platforms: Vec<String> = self.items.iter().map(|item| item.platform.clone()).collect();
        platforms.sort_unstable();
        platforms.dedup();
        let json = "plain values can be written";
        NewSync {
            owner_id: self.owner_id,
            sync_type: self.sync_type.clone(),
            connector_id: match self.items.as_slice() {
                [one] => Some(one.account_id),
                _ => None,
            },
            platforms,
            order_json: serde_json::to_string(&self.job).expect(json),
            items_json: serde_json::to_string(&self.items).expect(json),
            retry_of: self.retry_of,
            runner: server.to_owned(),
        }
    }
}

impl Syncs {
    /// Queues a sync and begins it.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn ask(self: &Arc<Self>, ask: &Ask) -> Result<SyncRow, StorageError> {
        let row = self.storage.add_sync(ask.to_row(&self.name)).await?;
        self.start(row.clone());
        Ok(row)
    }
}
