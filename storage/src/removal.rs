//! Removing an account with all that was collected for it.

use diesel::prelude::*;

use crate::backend::{Database, Durability};
use crate::connectors::find_locked;
use crate::error::Failure;
use crate::instants::column;
use crate::schema::{
    claims, connectors, intents, listings, metrics_daily, settlements, store_orders, sync_logs,
};
use crate::{Result, Storage, StorageError, stock};

/// What went with a removed row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Orders.
    pub orders: u64,
    /// Metric rows.
    pub metrics: u64,
    /// Claims, line by line counted.
    pub claims: u64,
    /// Settlement rows.
    pub settlements: u64,
    /// Listings; the products that they were linked to stay.
    pub listings: u64,
    /// Intents.
    pub intents: u64,
    /// Log rows.
    pub logs: u64,
}

impl Removed {
    /// What would be missed, in words; logs are not.
    fn in_words(&self) -> Option<String> {
        let kinds = [
            (self.orders, "orders"),
            (self.metrics, "metric rows"),
            (self.claims, "claims"),
            (self.settlements, "settlement rows"),
            (self.listings, "listings"),
            (self.intents, "intents"),
        ];
        let words: Vec<String> = kinds
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, name)| format!("{count} {name}"))
            .collect();
        (!words.is_empty()).then(|| words.join(", "))
    }
}

impl Storage {
    /// Removes a row, and with `with_data` all that was collected for it.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it has data and `with_data` is not set, or while a runner works on it.
    pub async fn remove_connector(&self, id: i64, with_data: bool) -> Result<Removed> {
        let (at, now) = (self.now(), column(self.database_now()));
        let write = move |connection: &mut Database| {
            stock::lock(connection)?;
            let row = find_locked(connection, id)?;
            if let (Some(owner), Some(until)) = (&row.lease_owner, row.lease_until)
                && until > now
            {
                return Err(StorageError::Conflict(format!("{owner} is working on connector {id}")).into());
            }
            let removed = count(connection, id)?;
            if !with_data && let Some(words) = removed.in_words() {
                let reason = format!("connector {id} has {words}, which would go with it");
                return Err(StorageError::Conflict(reason).into());
            }
            stock::release_account(connection, id, at)?;
            // Foreign keys and a trigger take along whatever else belongs to it.
            diesel::delete(connectors::table.find(id)).execute(connection)?;
            Ok(removed)
        };
        self.pool().write(Durability::Normal, true, write).await
    }
}

fn count(connection: &mut Database, id: i64) -> Result<Removed, Failure> {
    /// The rows of one table that belong to the account.
    macro_rules! rows {
        ($table:ident) => {{
            let count: i64 =
                $table::table.filter($table::connector_id.eq(id)).count().get_result(connection)?;
            u64::try_from(count).expect("a count is not negative")
        }};
    }
    Ok(Removed {
        orders: rows!(store_orders),
        metrics: rows!(metrics_daily),
        claims: rows!(claims),
        settlements: rows!(settlements),
        listings: rows!(listings),
        intents: rows!(intents),
        logs: rows!(sync_logs),
    })
}
