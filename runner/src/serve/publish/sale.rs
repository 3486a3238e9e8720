//! Taking off sale what is not meant to be on sale, and putting back what was taken off here.
//!
//! A listing that is taken off is marked before that is sent, as one is of which nothing is left: whoever finds the mark later, a
//! sync of products or one of stock, may put it back. What the seller, or the platform, has stopped bears no mark, and stays.

use std::collections::{HashMap, HashSet};

use connector_core::{Action, CommandName, ListingState};
use storage::{
    Accepted, ChannelTerms, ListingFamily, ListingRow, ProductRow, ProductStatus, Push, SaleMark, Storage,
    StorageError,
};

use super::plan::{Known, Planned};
use crate::draft::stock;
use crate::write::WriteResult;

/// What is known of the sale of an account's listings.
#[derive(Default)]
pub(super) struct Sale {
    /// Listings whose sale may have to change, each with all its options.
    pub(super) families: HashMap<String, Vec<ListingRow>>,
    /// Rows that were taken off sale here.
    pub(super) stopped: HashSet<i64>,
    /// Rows that bear a mark and are on sale, as they should be: somebody else has put them back.
    pub(super) stale: Vec<i64>,
}

fn is(listing: &ListingRow, state: ListingState) -> bool {
    listing.state == state.name()
}

impl Sale {
    /// That of these products' listings at an account.
    pub(super) async fn of(
        storage: &Storage,
        connector_id: i64,
        products: &[ProductRow],
        listings: &HashMap<i64, Vec<ListingRow>>,
    ) -> Result<Self, StorageError> {
        let rows = listings.values().flatten().map(|listing| listing.id).collect();
        let pushes = storage.stock_pushes(rows).await?;
        let stopped: HashSet<i64> =
            pushes.iter().filter(|push| push.stopped).map(|push| push.listing_row).collect();
        let (mut names, mut stale) = (Vec::new(), Vec::new());
        for product in products {
            let is_active = product.status == ProductStatus::Active;
            for listing in listings.get(&product.id).into_iter().flatten() {
                let (is_marked, is_on_sale) =
                    (stopped.contains(&listing.id), is(listing, ListingState::OnSale));
                match (is_active, is_on_sale) {
                    (true, true) if is_marked => stale.push(listing.id),
                    (true, false) if is_marked => names.push(listing.listing_id.clone()),
                    (false, true) => names.push(listing.listing_id.clone()),
                    _ => {}
                }
            }
        }
        let mut families: HashMap<String, Vec<ListingRow>> = HashMap::new();
        for listing in storage.listing_rows(connector_id, &names).await? {
            families.entry(listing.listing_id.clone()).or_default().push(listing);
        }
        Ok(Self { families, stopped, stale })
    }

    fn family(&self, listing: &ListingRow) -> ListingFamily<'_> {
        ListingFamily::of(self.families.get(&listing.listing_id).map_or(&[], Vec::as_slice))
    }

    /// Whether all that is sold of a listing is this product.
    fn is_whole(&self, listing: &ListingRow, product_id: i64) -> bool {
        let family = self.family(listing);
        let others = self.families.get(&listing.listing_id).into_iter().flatten();
        others.filter(|row| !family.is_head(row)).all(|row| row.product_id == Some(product_id))
    }
}

impl Known<'_> {
    /// What takes a product off sale. Options are taken off together where the platform lists the product beside them and sells
    /// nothing else under it.
    pub(super) fn stops(&self, product: &ProductRow, listings: &[&ListingRow]) -> Vec<Planned> {
        let mut tasks: Vec<Planned> = Vec::new();
        for listing in listings.iter().filter(|listing| is(listing, ListingState::OnSale)) {
            let target = match self.sale.is_whole(listing, product.id) {
                true => self.sale.family(listing).sale(listing),
                false => listing.target(),
            };
            self.add_sale(&mut tasks, Action::StopSale { listing: target }, listing);
        }
        tasks
    }

    /// What puts back what was taken off sale here: first its stock, then its sale. Nothing where nothing is left of it.
    pub(super) fn resumes(
        &self,
        product: &ProductRow,
        terms: &ChannelTerms,
        listings: &[&ListingRow],
    ) -> Vec<Planned> {
        let mut tasks = Vec::new();
        let mut resumed = Vec::new();
        let left = stock(product, terms);
        for listing in listings {
            let is_ours = is(listing, ListingState::Stopped) && self.sale.stopped.contains(&listing.id);
            let is_something_left = left.or(listing.stock).is_none_or(|left| left > 0);
            if !is_ours || !is_something_left || !self.offers.contains(&CommandName::ResumeSale) {
                continue;
            }
            let family = self.sale.family(listing);
            if let Some(left) = left.filter(|left| listing.stock != Some(*left) && !family.is_head(listing)) {
                let action = Action::SetStock { listing: listing.target(), stock: left };
                let accepts = Accepted { stock: Some(left), ..Accepted::default() };
                let key = self.key_of(&action, &left.to_string());
                tasks.push(Planned { key, action, accepts, listing_rows: vec![(listing.id, true)] });
            }
            self.add_sale(&mut resumed, Action::ResumeSale { listing: family.sale(listing) }, listing);
        }
        tasks.extend(resumed);
        tasks
    }

    /// Adds what is done to the sale of a listing; several options may share it.
    fn add_sale(&self, tasks: &mut Vec<Planned>, action: Action, listing: &ListingRow) {
        let key = self.key_of(&action, "");
        let row = (listing.id, self.sale.stopped.contains(&listing.id));
        match tasks.iter_mut().find(|task| task.key == key) {
            Some(task) => task.listing_rows.push(row),
            None => {
                let listing_rows = vec![row];
                tasks.push(Planned { key, action, accepts: Accepted::default(), listing_rows });
            }
        }
    }
}

/// Where among the things that are sent an action stands: a replacement says the price too, and where that does not count the
/// price itself follows; what there is of a product must be there before buyers come.
pub(super) fn rank(action: &Action) -> u8 {
    match action.name() {
        CommandName::ResumeSale => 3,
        CommandName::SetStock => 2,
        CommandName::SetPrice => 1,
        _ => 0,
    }
}

/// Of what puts products back on sale, that which may be sent: whatever was to come before it has been done.
pub(super) fn ready(
    resumes: Vec<(usize, Planned)>,
    done: &[(usize, Planned)],
    results: &[WriteResult],
) -> Vec<(usize, Planned)> {
    let is_done = |task: &Planned, result: &WriteResult| {
        let is_taken = result.result == "unverified" && task.action.name() != CommandName::SetStock;
        result.is_good() || is_taken
    };
    let undone =
        |((of, task), result): (&(usize, Planned), &WriteResult)| (!is_done(task, result)).then_some(*of);
    let undone: HashSet<usize> = done.iter().zip(results).filter_map(undone).collect();
    resumes.into_iter().filter(|(of, _)| !undone.contains(of)).collect()
}

/// The marks of what is about to be taken off sale.
pub(super) fn begun(work: &[(usize, Planned)]) -> Vec<SaleMark> {
    let stops = work.iter().filter(|(_, task)| task.action.name() == CommandName::StopSale);
    stops.flat_map(|(_, task)| marks(task, |_| true)).collect()
}

/// The marks once it is known what became of it; where nothing could be sent, there are no results.
pub(super) fn ended(work: &[(usize, Planned)], results: Option<&[WriteResult]>) -> Vec<SaleMark> {
    let mark = |(place, (_, task)): (usize, &(usize, Planned))| {
        let result = results.map(|results| results.get(place).map(|result| result.result.as_str()));
        match (task.action.name(), result) {
            (CommandName::StopSale, Some(Some("done" | "unverified" | "unknown") | None)) => {
                marks(task, |_| true)
            }
            // Another has stopped it, or an earlier stop from here has taken effect since.
            (CommandName::StopSale, Some(Some("already"))) => marks(task, |was_ours| was_ours),
            (CommandName::StopSale, _) | (CommandName::ResumeSale, Some(Some("done" | "already"))) => {
                marks(task, |_| false)
            }
            _ => Vec::new(),
        }
    };
    work.iter().enumerate().flat_map(mark).collect()
}

fn marks(task: &Planned, stopped: impl Fn(bool) -> bool) -> Vec<SaleMark> {
    let mark = |(row, was_ours): &(i64, bool)| SaleMark { listing_row: *row, stopped: stopped(*was_ours) };
    task.listing_rows.iter().map(mark).collect()
}

/// What was told of stock on the way, as a sync of stock keeps it.
pub(super) fn told(connector_id: i64, work: &[(usize, Planned)], results: &[WriteResult]) -> Vec<Push> {
    let mut pushes = Vec::new();
    for ((_, task), result) in work.iter().zip(results) {
        let Action::SetStock { stock, .. } = &task.action else { continue };
        let why = || result.message.clone().unwrap_or_else(|| result.result.clone());
        pushes.extend(task.listing_rows.iter().map(|(row, _)| Push {
            listing_row: *row,
            connector_id,
            stock: *stock,
            uncertain: (!result.is_good()).then(why),
            stopped: None,
        }));
    }
    pushes
}
