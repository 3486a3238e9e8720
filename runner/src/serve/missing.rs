//! Products for listings that belong to none: one for each seller's code.

use std::collections::HashSet;

use server::host::{Ended, StreamResult};
use storage::{ConnectorRow, ListingFilter, LogCounts, NewProduct, StorageError};

use crate::context::Context;
use crate::error::Result;

/// Listings that are in memory at once.
const PAGE: i64 = 1_000;

/// Makes a product of each seller's code that listings of the account bear and no product has. Those without a code stay
/// unmatched: a name is no proof.
pub(super) async fn add_missing(context: &Context, row: &ConnectorRow) -> Vec<StreamResult> {
    let mut counts = LogCounts::default();
    let (ended, message, fix) = match add(context, row, &mut counts).await {
        Ok(()) => (Ended::Succeeded, None, None),
        Err(error) => (Ended::Failed, Some(error.to_string()), Some(error.fix().to_owned())),
    };
    vec![StreamResult {
        stream: "products".to_owned(),
        ended,
        window_from: None,
        window_to: None,
        counts,
        message,
        fix,
        code: None,
    }]
}

async fn add(context: &Context, row: &ConnectorRow, counts: &mut LogCounts) -> Result<()> {
    let storage = &context.storage;
    let (mut after, mut seen) = (None, HashSet::new());
    loop {
        let filter =
            ListingFilter { connector_ids: vec![row.id], unmatched: true, ..ListingFilter::default() };
        let page = storage.listings(filter, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.id);
        for listing in page {
            let Some(code) = listing.seller_code.filter(|code| !code.trim().is_empty()) else { continue };
            if !seen.insert(code.clone()) {
                continue;
            }
            counts.seen += 1;
            // What a platform shows is not what the seller has: they set the stock.
            let new = NewProduct {
                owner_id: row.owner_id,
                seller_code: code,
                name: listing.name,
                price: listing.price,
                ..NewProduct::default()
            };
            match storage.add_product(new).await {
                Ok(_) => counts.new += 1,
                // A person has unlinked it, and it stays so.
                Err(StorageError::Conflict(_)) => counts.unchanged += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }
}
