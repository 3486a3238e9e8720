//! What each listing is to show, and what has to be done for it.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::TimeDelta;
use connector_core::ListingState;
use connector_core::command::OfListing;
use storage::{
    ConnectorRow, ListingFamily, ListingRow, ProductStatus, Push, PushRow, StockFilter, StorageError,
};

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
    /// Whether it was taken off sale here before.
    was_stopped: bool,
    /// What is taken off sale and put back: the product as a whole, where the platform lists it beside its options.
    pub(super) sale: OfListing,
}

/// What is done to a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    /// It shows what it should, or is not to be told.
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
            _ if self.is_stop() => Some(match result.result.as_str() {
                "done" | "unverified" | "unknown" => true,
                // Another has stopped it, or an earlier stop from here has taken effect since.
                "already" => self.was_stopped,
                _ => false,
            }),
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

/// What is known of a listing before it is told.
#[derive(Clone, Copy)]
struct Standing {
    /// Whether what has nothing left is taken off sale.
    stop_at_zero: bool,
    /// Whether nothing is left of any of its options.
    is_sold_out: bool,
    /// Whether it was taken off sale here.
    was_stopped: bool,
    /// Whether its product is meant to be on sale.
    is_active: bool,
    /// Whether the platform shows it with nothing left: pieces alone would put it on sale.
    shows_none: bool,
}

/// What is to be done, where nothing is known to be so already. What is not meant to be on sale is not put there.
fn doing(wanted: i64, standing: Standing) -> Doing {
    match wanted {
        0 if standing.stop_at_zero && standing.is_sold_out => Doing::Stop,
        1.. if standing.was_stopped && standing.is_active => Doing::Resume,
        1.. if standing.shows_none && !standing.is_active => Doing::Nothing,
        _ => Doing::Set,
    }
}

/// What can be promised at an account.
#[derive(Default)]
struct Promised {
    /// Pieces, by product; those whose stock nobody has counted are left out.
    pieces: HashMap<i64, i64>,
    /// Those of them that are not meant to be on sale.
    inactive: HashSet<i64>,
}

async fn promised(
    context: &Context,
    row: &ConnectorRow,
    telling: &Telling<'_>,
    products: Vec<i64>,
) -> Result<Promised, StorageError> {
    let storage = &context.storage;
    let Promised { pieces: mut wanted, mut inactive } = Promised::default();
    for ids in products.chunks(AT_ONCE as usize) {
        let filter = StockFilter { ids: ids.to_vec(), ..StockFilter::default() };
        for level in storage.stock_levels(filter, None, ids.len() as i64).await? {
            let on_hand = telling.assumed.get(&level.product_id).copied().or(level.on_hand);
            if let Some(on_hand) = on_hand {
                wanted.insert(level.product_id, on_hand.saturating_sub(level.reserved));
                if level.status == ProductStatus::Inactive {
                    inactive.insert(level.product_id);
                }
            }
        }
    }
    for terms in storage.channel_terms(products, Some(row.id)).await? {
        if let Some(wanted) = wanted.get_mut(&terms.product_id) {
            *wanted = terms.offered(*wanted);
        }
    }
    Ok(Promised { pieces: wanted, inactive })
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
    let Promised { pieces: wanted, inactive } =
        promised(context, row, telling, products.into_iter().collect()).await?;
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
        let left = left.max(0);
        if telling.only_gone && left > 0 {
            continue;
        }
        let standing = Standing {
            stop_at_zero: telling.stop_at_zero,
            is_sold_out: family.is_sold_out(&wanted),
            was_stopped: was.as_ref().is_some_and(|was| was.stopped),
            is_active: !inactive.contains(&product_id),
            shows_none: listing.state == ListingState::SoldOut.name(),
        };
        let mut doing = doing(left, standing);
        let shows = match doing {
            Doing::Stop => listing.state == ListingState::Stopped.name(),
            Doing::Set => listing.stock == Some(left),
            Doing::Resume | Doing::Nothing => false,
        };
        let is_pending = was.as_ref().is_some_and(|was| was.pending);
        if shows && !is_pending && !telling.only_gone && listing.observed_at >= fresh_since {
            doing = Doing::Nothing;
        }
        let sale = family.sale(&listing);
        let was_stopped = standing.was_stopped;
        aims.push(Aim { product_id, wanted: left, doing, was_stopped, sale, row: listing });
    }
    Ok(aims)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_stopped_here_and_is_meant_to_be_on_sale_is_put_back() {
        let known = Standing {
            stop_at_zero: true,
            is_sold_out: true,
            was_stopped: false,
            is_active: true,
            shows_none: false,
        };
        let stopped = Standing { was_stopped: true, ..known };
        assert_eq!(doing(0, known), Doing::Stop);
        assert_eq!(doing(0, Standing { is_sold_out: false, ..known }), Doing::Set);
        assert_eq!(doing(0, Standing { stop_at_zero: false, ..stopped }), Doing::Set);
        assert_eq!(doing(4, stopped), Doing::Resume);
        assert_eq!(doing(4, known), Doing::Set);
        assert_eq!(doing(4, Standing { is_active: false, ..stopped }), Doing::Set);
        let bare = Standing { is_active: false, shows_none: true, ..known };
        assert_eq!(doing(4, bare), Doing::Nothing);
        assert_eq!(doing(4, Standing { is_active: true, ..bare }), Doing::Set);
    }
}
