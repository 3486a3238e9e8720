//! Records by key, and what the platform left out.

use std::collections::{BTreeSet, HashSet};

use super::Batch;
use crate::connector::{FetchRequest, Fetched, StreamSpec, Wanted};
use crate::error::Result;
use crate::http::Client;
use crate::record::Failure;

/// Fetches records by key into a batch without checkpoint.
pub(super) async fn fetch_wanted(
    client: &Client,
    stream: &'static StreamSpec,
    keys: Vec<Wanted>,
) -> Result<Batch> {
    let observed_at = client.now();
    let request = FetchRequest { stream, keys };
    let Fetched { records, mut failures, gone } = client.connector().fetch(client, &request).await?;
    let records = unique(records);
    let mut missing: BTreeSet<&str> = request.keys.iter().map(|wanted| wanted.key.as_str()).collect();
    for record in &records {
        missing.remove(record.key().as_str());
    }
    for key in &gone {
        missing.remove(key.as_str());
    }
    for failure in &failures {
        missing.remove(failure.key.as_deref().unwrap_or_default());
    }
    let nameless = failures.iter().filter(|failure| failure.key.is_none()).count();
    if let (1, 1) = (missing.len(), nameless) {
        // It can be no other.
        let key = missing.pop_first().map(str::to_owned);
        failures
            .iter_mut()
            .filter(|failure| failure.key.is_none())
            .for_each(|only| only.key.clone_from(&key));
    } else if !missing.is_empty() {
        // Each nameless row is one of the missing ones, which are named below.
        failures.retain(|failure| failure.key.is_some());
    }
    for key in missing {
        let reason = "the platform listed it but sent no details".to_owned();
        failures.push(Failure { key: Some(key.to_owned()), reason, raw: None });
    }
    Ok(Batch { stream: stream.name, observed_at, records, failures, ..Batch::default() })
}

/// Drops all but the last record of each key.
pub(super) fn unique(mut records: Vec<crate::record::Record>) -> Vec<crate::record::Record> {
    let mut keys = HashSet::with_capacity(records.len());
    if records.iter().all(|record| keys.insert(record.key())) {
        return records;
    }
    keys.clear();
    records.reverse();
    records.retain(|record| keys.insert(record.key()));
    records.reverse();
    records
}
