//! Syncs of the command line, written down for those who look at the log over HTTP.

use chrono::{DateTime, Utc};
use storage::{ConnectorRow, NewSync, Storage, StorageError};

use super::{Item, overall};
use crate::host::{Job, Reading, Step, StreamResult};

/// Writes down that an account was synced past the server. It stands in the log of the account's owner; where there is none,
/// in that of the admins.
///
/// # Errors
/// When the database fails.
pub async fn record_sync(
    storage: &Storage,
    row: &ConnectorRow,
    reading: &Reading,
    results: Vec<StreamResult>,
    began: DateTime<Utc>,
    process: &str,
) -> Result<(), StorageError> {
    let queued = Item::queued(row, "-");
    let items: Vec<Item> = results.into_iter().map(|result| queued.ended(result)).collect();
    let status = overall(&items);
    let mut streams: Vec<&str> =
        items.iter().map(|item| item.stream.as_str()).filter(|stream| *stream != "-").collect();
    if streams.is_empty() {
        streams = reading.streams.iter().map(String::as_str).collect();
    }
    let sync_type = match streams.as_slice() {
        [one] => one,
        _ => "all",
    };
    let job = Job { steps: vec![Step::Read(reading.clone())] };
    let json = "plain values can be written";
    let new = NewSync {
        owner_id: row.owner_id,
        sync_type: sync_type.to_owned(),
        connector_id: Some(row.id),
        platforms: vec![row.platform.clone()],
        order_json: serde_json::to_string(&job).expect(json),
        items_json: serde_json::to_string(&items).expect(json),
        retry_of: None,
        runner: process.to_owned(),
    };
    storage.log_sync(new, status.name(), began).await
}
