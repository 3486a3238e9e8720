//! Telling one account how much there is of the products that it sells.
//!
//! What a platform is told is what can still be promised, less what is held back there. Listings are told some hundred at a
//! time, each seen to show it afterwards. What is not certain to be shown stays pending, and is told again with the next push.

use std::collections::{BTreeSet, HashMap};

use connector_core::{Action, CommandName};
use storage::{Accepted, ConnectorRow, Pushed, Refused, StorageError};
use tokio_util::sync::CancellationToken;

use super::aim::{Aim, Doing, aims};
use crate::context::Context;
use crate::write::{AccountWork, Calls, WriteResult, add, write_counted};

/// Listings that are worked on at once.
pub(super) const AT_ONCE: i64 = 200;

/// What an account is to be told.
pub(crate) struct Telling<'a> {
    /// Of these products; of all that it sells when empty.
    pub(crate) product_ids: Vec<i64>,
    /// Whether what has nothing left is taken off sale, and put back once there is something again.
    pub(crate) stop_at_zero: bool,
    /// What lies on the shelf, where it is not what the store says: for looking at a count that is not made yet.
    pub(crate) assumed: HashMap<i64, i64>,
    /// The intent's key of an action that tells of so many pieces.
    pub(crate) key: &'a (dyn Fn(&Action, i64) -> String + Sync),
    /// Look only.
    pub(crate) dry_run: bool,
    /// Only where nothing is left, and of the named products alone, also where none is named. The caller has settled what was
    /// sold, and the platform is asked even where it was seen a moment ago.
    pub(crate) only_gone: bool,
    /// Counts the calls.
    pub(crate) calls: Calls,
}

/// What became of one listing.
#[derive(Clone, Debug)]
pub(crate) struct ToldListing {
    /// The product.
    pub(crate) product_id: i64,
    /// The listing's row.
    pub(crate) listing_row: i64,
    /// What was done, or tried.
    pub(crate) done: Done,
    /// What came of it.
    pub(crate) result: WriteResult,
}

/// What is done to a listing, without the platform's own object of it.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    pub(crate) command: CommandName,
    pub(crate) listing_id: String,
    /// Empty where the product is meant as a whole.
    pub(crate) option_id: String,
}

impl Done {
    fn of(action: &Action) -> Self {
        let (listing_id, option_id) = match action.listing() {
            Some(listing) => (listing.listing_id.clone(), listing.option_id.clone()),
            None => Default::default(),
        };
        Self { command: action.name(), listing_id, option_id }
    }
}

/// What became of it.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Listings whose stock is kept here.
    pub(crate) listings: u64,
    /// Those that showed it already.
    pub(crate) unchanged: u64,
    /// What was done, or tried.
    pub(crate) results: Vec<ToldListing>,
    /// Whether it was stopped before its end.
    pub(crate) is_cut: bool,
}

/// Tells an account.
///
/// # Errors
/// When the database fails. What the platform refuses is in the results.
pub(crate) async fn tell(
    context: &Context,
    row: &ConnectorRow,
    telling: &Telling<'_>,
    stop: &CancellationToken,
) -> Result<Told, StorageError> {
    let storage = &context.storage;
    let mut told = Told::default();
    if telling.only_gone {
        for ids in telling.product_ids.chunks(AT_ONCE as usize) {
            pages(context, row, telling, ids.to_vec(), stop, &mut told).await?;
        }
        return Ok(told);
    }
    // Whatever the owner's other accounts have sold is not there any more.
    for account in storage.connectors().await?.iter().filter(|other| other.owner_id == row.owner_id) {
        super::settle::settle(storage, account).await;
    }
    if telling.product_ids.is_empty() {
        pages(context, row, telling, Vec::new(), stop, &mut told).await?;
        return Ok(told);
    }
    let mut ids: BTreeSet<i64> = telling.product_ids.iter().copied().collect();
    ids.extend(storage.pending_pushes(row.id).await?);
    let ids: Vec<i64> = ids.into_iter().collect();
    for ids in ids.chunks(AT_ONCE as usize) {
        pages(context, row, telling, ids.to_vec(), stop, &mut told).await?;
    }
    Ok(told)
}

async fn pages(
    context: &Context,
    row: &ConnectorRow,
    telling: &Telling<'_>,
    product_ids: Vec<i64>,
    stop: &CancellationToken,
    told: &mut Told,
) -> Result<(), StorageError> {
    let mut after = None;
    loop {
        if stop.is_cancelled() {
            told.is_cut = true;
            return Ok(());
        }
        let page = context.storage.listings_of_products(row.id, product_ids.clone(), after, AT_ONCE).await?;
        after = page.last().map(|listing| listing.id);
        let is_last = (page.len() as i64) < AT_ONCE;
        if !page.is_empty() {
            let aims = aims(context, row, telling, page).await?;
            carry_out(context, row, telling, aims, stop, told).await?;
        }
        if is_last {
            return Ok(());
        }
    }
}

/// Does what is to be done, and notes what became of it.
async fn carry_out(
    context: &Context,
    row: &ConnectorRow,
    telling: &Telling<'_>,
    aims: Vec<Aim>,
    stop: &CancellationToken,
    told: &mut Told,
) -> Result<(), StorageError> {
    told.listings += aims.len() as u64;
    told.unchanged += aims.iter().filter(|aim| aim.doing == Doing::Nothing).count() as u64;
    let first = aims.iter().filter_map(|aim| match aim.doing {
        Doing::Nothing => None,
        Doing::Set | Doing::Resume => {
            Some((aim, Action::SetStock { listing: aim.row.target(), stock: aim.wanted }))
        }
        Doing::Stop => Some((aim, Action::StopSale { listing: aim.sale.clone() })),
    });
    if !telling.dry_run {
        // Noted before it is sent: a process that dies in between must not leave off sale what it took off.
        context.storage.note_stock_pushes(aims.iter().filter_map(Aim::begun).collect()).await?;
    }
    let first: Vec<(&Aim, Action)> = first.collect();
    let mut outcomes = send(context, row, telling, first, stop).await;
    // What there is of it must be there before buyers come.
    let is_set = |aim: &Aim, outcomes: &Outcomes| {
        outcomes.get(&aim.row.id).is_some_and(|(_, result)| result.is_good())
    };
    let second = aims.iter().filter(|aim| aim.doing == Doing::Resume && is_set(aim, &outcomes));
    let second: Vec<(&Aim, Action)> =
        second.map(|aim| (aim, Action::ResumeSale { listing: aim.sale.clone() })).collect();
    let mut resumed = send(context, row, telling, second, stop).await;
    let mut pushes = Vec::new();
    let mut pushed = Vec::new();
    for aim in aims {
        let Some((done, result)) = outcomes.remove(&aim.row.id) else { continue };
        let of_aim =
            |done, result| ToldListing { product_id: aim.product_id, listing_row: aim.row.id, done, result };
        told.results.push(of_aim(done, result.clone()));
        let is_resumed = resumed.contains_key(&aim.row.id);
        let result = match resumed.remove(&aim.row.id) {
            Some((done, again)) => {
                told.results.push(of_aim(done, again.clone()));
                again
            }
            None => result,
        };
        if !telling.dry_run {
            warn_of_sold_out(row, &aim, &result);
            pushes.push(aim.noted(&result, is_resumed));
            pushed.push(Pushed {
                product_id: aim.product_id,
                connector_id: row.id,
                outcome: accepted(&aim, &result),
            });
        }
    }
    if !telling.dry_run {
        context.storage.note_stock_pushes(pushes).await?;
        context.storage.note_pushes(pushed).await?;
    }
    Ok(())
}

/// What was sent and what came of it, by the listing's row.
type Outcomes = HashMap<i64, (Done, WriteResult)>;

async fn send(
    context: &Context,
    row: &ConnectorRow,
    telling: &Telling<'_>,
    tasks: Vec<(&Aim, Action)>,
    stop: &CancellationToken,
) -> Outcomes {
    // Several options may ask for the same thing of their product.
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut wanting: Vec<(i64, usize, Done)> = Vec::new();
    let mut work: Vec<AccountWork> = Vec::new();
    for (aim, action) in tasks {
        let key = (telling.key)(&action, aim.wanted);
        let next = places.len();
        let place = *places.entry(format!("{} {}", action.name().name(), action.target())).or_insert(next);
        wanting.push((aim.row.id, place, Done::of(&action)));
        if place == next {
            add(&mut work, row.clone(), place, key, action);
        }
    }
    let report = write_counted(context, work, telling.dry_run, stop, &telling.calls).await;
    let found =
        |(id, place, done): (i64, usize, Done)| Some((id, (done, report.results.get(place)?.clone())));
    wanting.into_iter().filter_map(found).collect()
}

fn warn_of_sold_out(row: &ConnectorRow, aim: &Aim, result: &WriteResult) {
    if aim.wanted == 0 && !result.is_good() {
        tracing::warn!(
            connector.id = row.id,
            product.id = aim.product_id,
            "{} \"{}\": nothing is left of {}, and the platform is not known to show it ({}); it is told again",
            row.platform,
            row.name,
            result.target,
            result.result
        );
    }
}

fn accepted(aim: &Aim, result: &WriteResult) -> Result<Accepted, Refused> {
    match result.is_good() {
        true => Ok(Accepted { stock: Some(aim.wanted), ..Accepted::default() }),
        false => Err(Refused {
            code: result.code.clone(),
            message: result.message.clone().unwrap_or_else(|| result.result.clone()),
            fix: None,
        }),
    }
}
