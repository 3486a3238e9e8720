//! Which order lines go on the sheet, and which do not.

use std::collections::{HashMap, HashSet};

use connector_core::{OrderState, RELAYED};
use serde::Serialize;
use serde_json::value::RawValue;
use storage::{ConnectorRow, OrderFilter, OrderRow};
use utoipa::ToSchema;

use super::LabelsWanted;
use super::shipment::{Shipment, Shipments};
use super::stock::{Unallocated, short};
use crate::access::Access;
use crate::dates;
use crate::host::ReadRecipient;
use crate::problem::{InputError, Problem};

/// How many ids one call takes.
const MOST_IDS: usize = 1_000;

/// How many lines a sheet is made of at most.
const MOST_LINES: usize = 10_000;

/// How many lines are in memory at once with the platforms' own objects.
const PAGE: i64 = 500;

/// The states in which a line waits to be sent.
const WAITING: [OrderState; 2] = [OrderState::Paid, OrderState::Preparing];

/// An order that is on no label.
#[derive(Serialize, ToSchema)]
pub(crate) struct LeftOut {
    /// The order line's id here, as it was asked for.
    order_id: i64,
    /// Why not.
    #[schema(example = "it is shipped")]
    reason: String,
}

/// What a sheet is made of.
pub(super) struct Gathered {
    pub(super) shipments: Vec<Shipment>,
    pub(super) unallocated: Vec<Unallocated>,
    pub(super) left_out: Vec<LeftOut>,
}

/// Gathers what is asked for.
///
/// # Errors
/// 422 for a filter that cannot be, or when there are more lines than a sheet takes.
pub(super) async fn gather(access: &Access, wanted: &LabelsWanted) -> Result<Gathered, Problem> {
    match &wanted.order_ids {
        Some(ids) => of_ids(access, wanted, ids).await,
        None => of_filter(access, wanted).await,
    }
}

/// Lines on their way to the sheet.
struct Gathering<'a> {
    access: &'a Access,
    accounts: HashMap<i64, ConnectorRow>,
    readers: HashMap<String, Option<ReadRecipient>>,
    shipments: Shipments,
    /// The lines that there are no pieces for.
    short: HashMap<i64, Unallocated>,
    unallocated: Vec<Unallocated>,
    left_out: Vec<LeftOut>,
}

impl<'a> Gathering<'a> {
    fn new(access: &'a Access, accounts: Vec<ConnectorRow>, short: HashMap<i64, Unallocated>) -> Self {
        Self {
            short,
            unallocated: Vec::new(),
            access,
            accounts: accounts.into_iter().map(|row| (row.id, row)).collect(),
            readers: HashMap::new(),
            shipments: Shipments::default(),
            left_out: Vec::new(),
        }
    }

    fn leave_out(&mut self, order_id: i64, reason: impl Into<String>) {
        self.left_out.push(LeftOut { order_id, reason: reason.into() });
    }

    fn add(&mut self, order: &OrderRow) {
        if let Some(short) = self.short.get(&order.id) {
            return self.unallocated.push(short.clone());
        }
        let reader = match self.readers.get(&order.platform) {
            Some(reader) => *reader,
            None => {
                // A platform that this program no longer knows tells nothing.
                let reader = self.access.app.host.recipients(&order.platform).ok().flatten();
                self.readers.insert(order.platform.clone(), reader);
                reader
            }
        };
        let raw = order.meta_json.clone().and_then(|text| RawValue::from_string(text).ok());
        let recipient = reader.zip(raw).map(|(read, raw)| read(&raw));
        let Some(recipient) = recipient.filter(|found| found.address.is_some()) else {
            return self.leave_out(order.id, "the platform does not tell where it goes");
        };
        let account = self.accounts.get(&order.connector_id).map(ConnectorRow::title).unwrap_or_default();
        self.shipments.add(order, account, recipient);
    }

    fn finish(self) -> Gathered {
        Gathered {
            shipments: self.shipments.finish(),
            unallocated: self.unallocated,
            left_out: self.left_out,
        }
    }
}

fn refused(pointer: &str, message: impl Into<String>) -> Problem {
    Problem::invalid_input(vec![InputError::at(pointer, message)])
}

async fn of_ids(access: &Access, wanted: &LabelsWanted, ids: &[i64]) -> Result<Gathered, Problem> {
    let filters = [
        ("/platform", wanted.platform.is_some()),
        ("/account_id", wanted.account_id.is_some()),
        ("/status", wanted.status.is_some()),
        ("/start_date", wanted.start_date.is_some()),
        ("/end_date", wanted.end_date.is_some()),
    ];
    if let Some((pointer, _)) = filters.into_iter().find(|(_, is_given)| *is_given) {
        return Err(refused(pointer, "is for sheets without order_ids"));
    }
    if ids.is_empty() || ids.len() > MOST_IDS {
        return Err(refused(
            "/order_ids",
            format!("takes 1 to {MOST_IDS} orders, and there are {}", ids.len()),
        ));
    }
    let accounts = access.data_of(None, None).await?;
    let account_ids: Vec<i64> = accounts.iter().map(|row| row.id).collect();
    let mut gathering = Gathering::new(access, accounts, short(access).await?);
    let mut seen = HashSet::new();
    let unique: Vec<i64> = ids.iter().copied().filter(|id| seen.insert(*id)).collect();
    let rows = access.app.storage.orders_of(&account_ids, &unique).await?;
    let mut rows: HashMap<i64, OrderRow> = rows.into_iter().map(|row| (row.id, row)).collect();
    for id in unique {
        let Some(order) = rows.remove(&id) else {
            gathering.leave_out(id, "there is no such order");
            continue;
        };
        let is_relayed = order.order_place_name.as_deref().is_some_and(|name| name.starts_with(RELAYED));
        if !WAITING.iter().any(|state| state.name() == order.state) {
            gathering.leave_out(id, format!("it is {}", order.state));
        } else if is_relayed {
            gathering.leave_out(id, "another market sold it, whose own account has it");
        } else {
            gathering.add(&order);
        }
    }
    Ok(gathering.finish())
}

async fn of_filter(access: &Access, wanted: &LabelsWanted) -> Result<Gathered, Problem> {
    let range = dates::range(wanted.start_date.as_deref(), wanted.end_date.as_deref(), true)?;
    let (from, to) = dates::bounds(range);
    let words = wanted.status.iter().flat_map(|words| words.split(','));
    let words: Vec<&str> = words.map(str::trim).filter(|word| !word.is_empty()).collect();
    let is_waiting = |word: &&str| WAITING.iter().any(|state| state.name() == *word);
    if !words.iter().all(is_waiting) {
        return Err(refused("/status", "takes paid, preparing or both"));
    }
    let status = match words.is_empty() {
        true => WAITING.map(|state| state.name().to_owned()).to_vec(),
        false => words.into_iter().map(str::to_owned).collect(),
    };
    let accounts = access.data_of(wanted.platform.as_deref(), wanted.account_id).await;
    let accounts = accounts.map_err(|problem| match wanted.platform {
        // It is a member of the body here.
        Some(_) if problem.status() == 422 => refused("/platform", "there is no such platform"),
        _ => problem,
    })?;
    if accounts.is_empty() {
        // To the store, no account means every account.
        return Ok(Gathering::new(access, accounts, HashMap::new()).finish());
    }
    let filter = OrderFilter {
        connector_ids: accounts.iter().map(|row| row.id).collect(),
        status,
        from,
        to,
        own_only: true,
        with_raw: true,
        ..OrderFilter::default()
    };
    let mut gathering = Gathering::new(access, accounts, short(access).await?);
    let (mut after, mut count) = (None, 0);
    loop {
        let page = access.app.storage.orders(filter.clone(), after, PAGE).await?;
        count += page.len();
        if count > MOST_LINES {
            let message = format!("more than {MOST_LINES} lines wait: narrow the range, or name an account");
            return Err(refused("/start_date", message));
        }
        for order in &page {
            gathering.add(order);
        }
        after = page.last().map(OrderRow::position);
        if page.len() < usize::try_from(PAGE).unwrap_or(usize::MAX) {
            return Ok(gathering.finish());
        }
    }
}
