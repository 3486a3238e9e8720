//! The second way to read a range, to prove that the first missed nothing.

use chrono::{DateTime, Utc};

use super::engine::delta;
use super::fetching::fetch_wanted;
use super::listing::{Listing, Print};
use super::{Saved, Store, Window};
use crate::connector::{StreamSpec, View, Wanted};
use crate::error::{Error, Result};
use crate::http::Client;
use crate::record::{Failure, Record};

/// One order line, as the platform's second list has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CensusLine {
    /// The line's id.
    pub order_id: String,
    /// When it was ordered.
    pub ordered_at: DateTime<Utc>,
    /// Won.
    pub amount: i64,
    /// The platform's own status.
    pub status: String,
}

/// Lists all order lines that were ordered in `window`, both ends included, each once.
///
/// Memory grows with the window: ask day by day.
///
/// # Errors
/// `Unsupported` for a stream without a second list; `Decode` when a line cannot be read, since a count that leaves
/// something out proves nothing.
pub async fn census(client: &Client, stream: &'static StreamSpec, window: Window) -> Result<Vec<CensusLine>> {
    let Some(census) = stream.census else {
        return Err(Error::unsupported(&format!("a second way to list {}", stream.name)));
    };
    let mut listing = Listing::new(stream, View::Census, window, delta(census.max_window));
    let mut lines = std::collections::BTreeMap::new();
    while let Some(request) = listing.request() {
        let page = client.connector().read(client, &request).await?;
        let print = Print::of(&page);
        if let Some(failure) = page.failures.first() {
            let key = failure.key.as_deref().unwrap_or("a line without id");
            return Err(Error::decode(format!("{key}: {}", failure.reason)));
        }
        for record in page.records {
            if let Record::Order(order) = record {
                let line = CensusLine {
                    order_id: order.order_id.clone(),
                    ordered_at: order.ordered_at,
                    amount: order.amount,
                    status: order.status,
                };
                lines.insert(order.order_id, line);
            }
        }
        listing.advance(page.next, print)?;
    }
    Ok(lines.into_values().collect())
}

/// Fetches records by key and stores them, cursor untouched. Returns what the store did, and what could not be read.
///
/// # Errors
/// As the connector's `fetch` and the store's `save`; batches before the error are kept.
pub async fn refetch(
    client: &Client,
    stream: &'static StreamSpec,
    store: &dyn Store,
    keys: &[String],
) -> Result<(Saved, Vec<Failure>)> {
    let Some(details) = stream.details else {
        return Err(Error::unsupported(&format!("fetching {} by key", stream.name)));
    };
    let mut total = Saved::default();
    let mut failures = Vec::new();
    for keys in keys.chunks(details.batch) {
        let wanted = keys.iter().map(|key| Wanted { key: key.clone(), changed_at: None }).collect();
        let batch = fetch_wanted(client, stream, wanted).await?;
        failures.extend(batch.failures.iter().cloned());
        let saved = store.save(batch).await?;
        total.new += saved.new;
        total.changed += saved.changed;
        total.unchanged += saved.unchanged;
        total.older += saved.older;
        total.stored += saved.stored;
    }
    Ok((total, failures))
}
