//! What each listing is to show, and what has to be done for it.

use std::collections::{BTreeSet, HashMap};

use chrono::TimeDelta;
use connector_core::ListingState;
use connector_core::command::OfListing;
use storage::{ConnectorRow, ListingFamily, ListingRow, Push, PushRow, StockFilter, StorageError};

use super::push::{AT_ONCE, Telling};
use crate::context::Context;
use crate::write::WriteResult;

/// A look that is no older counts for what the platform shows now.
const FRESH: TimeDelta = TimeDelta::minutes(10);

/// One listing, and what it is to show.
pub(super) struct Aim {
    pub(super) row: ListingRow,
    pub(super) product_id: i64,
    /// Pieces.
    pub(super) wanted: i64,
    pub(super) doing: Doing,
    /// What is taken off sale and put back: the product as a whole, where the platform lists it beside its options.
    pub(super) sale: OfListing,
}

/// What is done to a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    /// It shows what it should.
    Nothing,
    /// Its stock is set.
    Set,
    /// It is taken off sale.
    Stop,
    /// Its stock is set, and then it is put back on sale.
    Resume,
}

impl Aim {
    /// Whether it takes off sale what is on sale: what the seller has stopped stays stopped when there is stock again.
    fn is_stop(&self) -> bool {
        self.doing == Doing::Stop && self.row.state != ListingState::Stopped.name()
    }

    /// What is to be kept before it is taken off sale.
    pub(super) fn begun(&self) -> Option<Push> {
        self.is_stop().then(|| Push {
            listing_row: self.row.id,
            connector_id: self.row.connector_id,
            stock: self.wanted,
            uncertain: Some("it is being told".to_owned()),
            stopped: Some(true),
        })
    }

    /// What is to be kept of what became of it.
    pub(super) fn noted(&self, result: &WriteResult, is_resumed: bool) -> Push {
        let stopped = match self.doing {
            // It was noted as stopped before it was sent.
            _ if self.is_stop() => Some(matches!(result.result.as_str(), "done" | "unverified" | "unknown")),
            Doing::Resume if is_resumed && result.is_good() => Some(false),
            Doing::Stop | Doing::Resume | Doing::Set | Doing::Nothing => None,
        };
        let reason = || {
            let message = result.message.as_deref().map(|message| format!(": {message}")).unwrap_or_default();
            format!("{}{message}", result.result)
        };
        Push {
            listing_row: self.row.id,
            connector_id: self.row.connector_id,
            stock: self.wanted,
            uncertain: (!result.is_good()).then(reason),
            stopped,
        }
    }
}

/// What is to be done, where nothing is known to be so already.
fn doing(wanted: i64, stop_at_zero: bool, is_sold_out: bool, was_stopped: bool) -> Doing {
    match wanted {
        0 if stop_at_zero && is_sold_out => Doing::Stop,
        1.. if was_stopped => Doing::Resume,
        _ => Doing::Set,
    }
}

/// What can be promised of products at an account; those whose stock nobody has counted are left out.
async fn promised(
    context: &Context,
    row: &ConnectorRow,
    telling: &Telling<'_>,
    products: Vec<i64>,
) -> Result<HashMap<i64, i64>, StorageError> {
    let storage = &context.storage;
    let mut wanted: HashMap<i64, i64> = HashMap::new();
    for ids in products.chunks(AT_ONCE as usize) {
        let filter = StockFilter { ids: ids.to_vec(), ..StockFilter::default() };
        for level in storage.stock_levels(filter, None, ids.len() as i64).await? {
            let on_hand = telling.assumed.get(&level.product_id).copied().or(level.on_hand);
            if let Some(on_hand) = on_hand {
                wanted.insert(level.product_id, on_hand.saturating_sub(level.reserved));
            }
        }
    }
    for terms in storage.channel_terms(products, Some(row.id)).await? {
        if let Some(wanted) = wanted.get_mut(&terms.product_id) {
            *wanted = terms.offered(*wanted);
        }
    }
    Ok(wanted)
}

/// What the listings of a page are to show, and what has to be done to each. Those of which no stock is kept are left out.
pub(super) async fn aims(
    context: &Context,
    row: &ConnectorRow,
    telling: &Telling<'_>,
    page: Vec<ListingRow>,
) -> Result<Vec<Aim>, StorageError> {
    let storage = &context.storage;
    let names: BTreeSet<String> = page.iter().map(|listing| listing.listing_id.clone()).collect();
    let names: Vec<String> = names.into_iter().collect();
    let mut families: HashMap<String, Vec<ListingRow>> = HashMap::new();
    for listing in storage.listing_rows(row.id, &names).await? {
        families.entry(listing.listing_id.clone()).or_default().push(listing);
    }
    let products: BTreeSet<i64> =
        families.values().flatten().filter_map(|listing| listing.product_id).collect();
    let wanted = promised(context, row, telling, products.into_iter().collect()).await?;
    let pushes = storage.stock_pushes(page.iter().map(|listing| listing.id).collect()).await?;
    let mut pushes: HashMap<i64, PushRow> = pushes.into_iter().map(|push| (push.listing_row, push)).collect();
    let fresh_since = context.clock.now() - FRESH;
    let mut aims = Vec::new();
    for listing in page {
        let family = ListingFamily::of(families.get(&listing.listing_id).map_or(&[], Vec::as_slice));
        let Some((product_id, left)) = listing.product_id.and_then(|id| Some((id, *wanted.get(&id)?))) else {
            continue;
        };
        if !listing.takes_stock() || family.is_head(&listing) {
            continue;
        }
        let was = pushes.remove(&listing.id);
        let was_stopped = was.as_ref().is_some_and(|was| was.stopped);
        let left = left.max(0);
        let mut doing = doing(left, telling.stop_at_zero, family.is_sold_out(&wanted), was_stopped);
        let shows = match doing {
            Doing::Stop => listing.state == ListingState::Stopped.name(),
            Doing::Set => listing.stock == Some(left),
            Doing::Resume | Doing::Nothing => false,
        };
        let is_pending = was.as_ref().is_some_and(|was| was.pending);
        if shows && !is_pending && listing.observed_at >= fresh_since {
            doing = Doing::Nothing;
        }
        let sale = family.sale(&listing);
        aims.push(Aim { product_id, wanted: left, doing, sale, row: listing });
    }
    Ok(aims)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_stopped_for_want_of_stock_is_put_back() {
        assert_eq!(doing(0, true, true, false), Doing::Stop);
        assert_eq!(doing(0, true, false, false), Doing::Set);
        assert_eq!(doing(0, false, true, true), Doing::Set);
        assert_eq!(doing(4, true, false, true), Doing::Resume);
        assert_eq!(doing(4, false, false, false), Doing::Set);
    }
}
