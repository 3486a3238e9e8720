//! What is to be done where things run out: sale stopped, somebody told, prices raised.

use std::collections::{BTreeSet, HashMap, HashSet};

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use connector_core::{Action, CommandName, ListingState};
use serde::{Deserialize, Serialize};
use storage::{ConnectorRow, ListingFamily, ListingFilter, ListingRow, Push, StockLevel};
use utoipa::ToSchema;

use super::low::{LowStockProduct, low};
use crate::access::{Access, is_live};
use crate::api::sync::enabled;
use crate::extract::MaybeBody;
use crate::host::{WriteOutcome, WriteTask};
use crate::problem::{InputError, Problem};
use crate::token;

/// More than the options of all products that run out.
const MANY: i64 = 1_000_000;

/// The most products that one call names.
const MOST: usize = 10_000;

/// What platforms round prices to, in won.
const STEP: i64 = 10;

/// What to do where little or nothing is left.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LowStockActions {
    /// Only these products. Default: all of which little or nothing is left.
    #[schema(min_items = 1, max_items = 10_000)]
    product_ids: Option<Vec<i64>>,
    /// Only at these accounts. Default: all of yours that are enabled and call their platform.
    #[schema(min_items = 1)]
    platform_account_ids: Option<Vec<i64>>,
    /// Take off sale what has nothing left. Default: yes.
    stop_sale: Option<bool>,
    /// Raise the price of what is low by so many percent. Default: prices stay.
    #[schema(example = 10, minimum = 1, maximum = 100)]
    price_increase_percent: Option<i64>,
    /// Raise prices of these only, such as those in high demand. Default: of all that are low.
    high_demand_product_ids: Option<Vec<i64>>,
    /// Tell what would be done, and do nothing. Default: no.
    dry_run: Option<bool>,
}

/// What became of one listing.
#[derive(Serialize, ToSchema)]
pub(crate) struct LowStockOutcome {
    /// The product.
    product_id: i64,
    /// The account.
    account_id: i64,
    /// The platform's id of the product.
    listing_id: String,
    /// The platform's id of the option; empty where the product has none, or is meant as a whole.
    option_id: String,
    /// `stop_sale`, `set_stock` (to 0, where other options of the listing sell on) or `set_price`.
    #[schema(example = "stop_sale")]
    action: &'static str,
    /// Won for a piece, where the price is raised.
    price: Option<i64>,
    /// Whether it is so, or in a dry run would be sent.
    ok: bool,
    /// `done`, `already`, `unverified`, `refused`, `failed`, `unknown`, or `would_send` in a dry run.
    #[schema(example = "done")]
    result: String,
    /// The platform's own error code.
    code: Option<String>,
    /// Why it is not done.
    cause: Option<String>,
}

/// What was found, and what was done.
#[derive(Serialize, ToSchema)]
pub(crate) struct LowStockActed {
    /// Whether nothing was done on purpose.
    dry_run: bool,
    /// What somebody should restock.
    alerts: Vec<LowStockProduct>,
    /// What was done, listing by listing.
    outcomes: Vec<LowStockOutcome>,
}

/// Act where stock runs out.
///
/// What has nothing left is taken off sale at all accounts. What is low is told as an alert and, if you ask for it, sold dearer: by
/// so many percent of the product's own price, or the account's, rounded up to 10 won; called again it is the same price. A listing
/// with several options is taken off sale when nothing is left of any; before, the option shows 0. What is taken off sale here is
/// put back by a sync of stock once there is something again. With `dry_run` the platforms are looked at and nothing is sent.
#[utoipa::path(
    post, path = "/api/v1/inventory/low-stock/actions", tag = "inventory", operation_id = "actOnLowStock",
    request_body = Option<LowStockActions>,
    responses(
        (status = 200, body = LowStockActed, description = "All of it is done."),
        (status = 207, body = LowStockActed, description = "Some of it is not done."),
    ),
)]
pub(crate) async fn act(
    access: Access,
    MaybeBody(asked): MaybeBody<LowStockActions>,
) -> Result<impl IntoResponse, Problem> {
    let percent = asked.price_increase_percent;
    if percent.is_some_and(|percent| !(1..=100).contains(&percent)) {
        return Err(refused("/price_increase_percent", "takes 1 to 100"));
    }
    if percent.is_none() && asked.high_demand_product_ids.is_some() {
        return Err(refused("/high_demand_product_ids", "goes with price_increase_percent"));
    }
    let ids = products(&access, "/product_ids", asked.product_ids.as_deref()).await?;
    let dear =
        products(&access, "/high_demand_product_ids", asked.high_demand_product_ids.as_deref()).await?;
    let accounts = accounts(&access, asked.platform_account_ids.as_deref()).await?;
    // What was sold since the last sync is not there any more.
    for account in access.accounts().await? {
        access.app.storage.settle_stock(account.id).await?;
    }
    let levels = low(&access, ids).await?;
    let scene = Scene::load(&access, &accounts, &levels).await?;
    let mut wanted = Vec::new();
    for level in &levels {
        let left = level.available().unwrap_or(0);
        let is_dear = dear.is_empty() || dear.contains(&level.product_id);
        if left <= 0 {
            if asked.stop_sale.unwrap_or(true) {
                wanted.extend(scene.stops(level.product_id));
            }
        } else if let Some(percent) = percent.filter(|_| is_dear) {
            wanted.extend(scene.rises(level.product_id, percent));
        }
    }
    let dry_run = asked.dry_run.unwrap_or(false);
    let outcomes = carry_out(&access, wanted, dry_run).await?;
    let status =
        if outcomes.iter().all(|outcome| outcome.ok) { StatusCode::OK } else { StatusCode::MULTI_STATUS };
    let alerts = levels.into_iter().filter_map(LowStockProduct::of).collect();
    Ok((status, Json(LowStockActed { dry_run, alerts, outcomes })))
}

fn refused(pointer: &str, message: &str) -> Problem {
    Problem::invalid_input(vec![InputError::at(pointer, message)])
}

/// The caller's products that are named, each once; none for all.
async fn products(access: &Access, pointer: &str, ids: Option<&[i64]>) -> Result<Vec<i64>, Problem> {
    let Some(ids) = ids else { return Ok(Vec::new()) };
    match ids.len() {
        0 => Err(refused(pointer, "names no product; leave it out for all of yours")),
        1..=MOST => Ok(access.products_of(ids).await?.iter().map(|row| row.id).collect()),
        _ => Err(refused(pointer, &format!("takes {MOST} products at most"))),
    }
}

async fn accounts(access: &Access, ids: Option<&[i64]>) -> Result<Vec<ConnectorRow>, Problem> {
    match ids {
        Some([]) => Err(refused("/platform_account_ids", "names no account; leave it out for all of yours")),
        Some(ids) => enabled(access, ids).await,
        None => {
            let mut rows = access.accounts().await?;
            rows.retain(|row| row.enabled && is_live(row));
            Ok(rows)
        }
    }
}

/// One thing to do.
struct Wanted {
    product_id: i64,
    row: ListingRow,
    account: ConnectorRow,
    action: Action,
}

/// What there is to do something about, at some accounts.
struct Scene {
    accounts: HashMap<i64, ConnectorRow>,
    families: HashMap<(i64, String), Vec<ListingRow>>,
    left: HashMap<i64, i64>,
    /// The price of a product at an account.
    prices: HashMap<(i64, i64), i64>,
}

impl Scene {
    async fn load(
        access: &Access,
        accounts: &[ConnectorRow],
        levels: &[StockLevel],
    ) -> Result<Self, Problem> {
        let storage = &access.app.storage;
        let mut scene = Self {
            accounts: accounts.iter().map(|row| (row.id, row.clone())).collect(),
            families: HashMap::new(),
            left: levels.iter().filter_map(|level| Some((level.product_id, level.available()?))).collect(),
            prices: HashMap::new(),
        };
        let ids: Vec<i64> = levels.iter().map(|level| level.product_id).collect();
        for ids in ids.chunks(500) {
            let own: HashMap<i64, i64> = access
                .products_of(ids)
                .await?
                .into_iter()
                .filter_map(|product| Some((product.id, product.price?)))
                .collect();
            for account in accounts {
                scene.prices.extend(own.iter().map(|(id, price)| ((*id, account.id), *price)));
            }
            for terms in storage.channel_terms(ids.to_vec(), None).await? {
                if let Some(price) = terms.price {
                    scene.prices.insert((terms.product_id, terms.connector_id), price);
                }
            }
            for account in accounts {
                let filter = ListingFilter {
                    connector_ids: vec![account.id],
                    product_ids: ids.to_vec(),
                    ..ListingFilter::default()
                };
                let names: BTreeSet<String> = storage
                    .listings(filter, None, MANY)
                    .await?
                    .into_iter()
                    .map(|row| row.listing_id)
                    .collect();
                let names: Vec<String> = names.into_iter().collect();
                let mut found: HashMap<String, Vec<ListingRow>> = HashMap::new();
                for row in storage.listing_rows(account.id, &names).await? {
                    found.entry(row.listing_id.clone()).or_default().push(row);
                }
                scene.families.extend(found.into_iter().map(|(name, rows)| ((account.id, name), rows)));
            }
        }
        Ok(scene)
    }

    /// The listings of a product that can be told something, each with its family.
    fn listings(&self, product_id: i64) -> impl Iterator<Item = (&ListingRow, ListingFamily<'_>)> {
        let mut found: Vec<_> = self
            .families
            .values()
            .flat_map(|rows| rows.iter().map(move |row| (row, ListingFamily::of(rows))))
            .filter(move |(row, family)| {
                row.product_id == Some(product_id) && row.takes_stock() && !family.is_head(row)
            })
            .collect();
        found.sort_by_key(|(row, _)| row.id);
        found.into_iter()
    }

    fn wanted(&self, row: &ListingRow, product_id: i64, action: Action) -> Option<Wanted> {
        let account = self.accounts.get(&row.connector_id)?.clone();
        Some(Wanted { product_id, row: row.clone(), account, action })
    }

    fn stops(&self, product_id: i64) -> Vec<Wanted> {
        let stop = |(row, family): (&ListingRow, ListingFamily<'_>)| {
            let action = match family.is_sold_out(&self.left) {
                true => Action::StopSale { listing: family.sale(row) },
                false => Action::SetStock { listing: row.target(), stock: 0 },
            };
            self.wanted(row, product_id, action)
        };
        self.listings(product_id).filter_map(stop).collect()
    }

    fn rises(&self, product_id: i64, percent: i64) -> Vec<Wanted> {
        let rise = |(row, _): (&ListingRow, ListingFamily<'_>)| {
            let price = raised(*self.prices.get(&(product_id, row.connector_id))?, percent)?;
            self.wanted(row, product_id, Action::SetPrice { listing: row.target(), price })
        };
        self.listings(product_id).filter_map(rise).collect()
    }
}

/// So many percent more, rounded up to what platforms take.
fn raised(price: i64, percent: i64) -> Option<i64> {
    let exact = i128::from(price) * i128::from(100 + percent);
    let per_step = i128::from(100 * STEP);
    let steps = (exact + per_step - 1) / per_step;
    i64::try_from(steps * i128::from(STEP)).ok()
}

async fn carry_out(
    access: &Access,
    wanted: Vec<Wanted>,
    dry_run: bool,
) -> Result<Vec<LowStockOutcome>, Problem> {
    let key = token::drawn();
    let (mut places, mut tasks, mut of): (HashMap<_, usize>, Vec<WriteTask>, Vec<usize>) = Default::default();
    for one in &wanted {
        let (name, target) = (one.action.name().name(), one.action.target());
        // Several options may want their product stopped as a whole.
        let place = *places.entry((one.account.id, name, target.clone())).or_insert(tasks.len());
        if place == tasks.len() {
            let key = format!("low-stock-{key}:{name}:{target}");
            tasks.push(WriteTask { row: one.account.clone(), key, action: one.action.clone() });
        }
        of.push(place);
    }
    if !dry_run {
        // Noted before it is sent: a process that dies in between must not leave off sale what it took off.
        access.app.storage.note_stock_pushes(wanted.iter().filter_map(begun).collect()).await?;
    }
    let outcomes = match dry_run {
        true => access.app.host.write(tasks, dry_run, access.app.stop.child_token()).await,
        false => access.app.write(tasks).await,
    };
    let mut told = Vec::new();
    let mut noted = HashSet::new();
    let mut pushes = Vec::new();
    for (one, place) in wanted.into_iter().zip(of) {
        let Some(outcome) = outcomes.get(place) else { continue };
        if !dry_run && noted.insert(one.row.id) {
            pushes.extend(push(&one, outcome));
        }
        let (target, price) = match &one.action {
            Action::SetPrice { listing, price } => (listing, Some(*price)),
            Action::StopSale { listing } | Action::SetStock { listing, .. } => (listing, None),
            _ => continue,
        };
        told.push(LowStockOutcome {
            product_id: one.product_id,
            account_id: one.account.id,
            listing_id: target.listing_id.clone(),
            option_id: target.option_id.clone(),
            action: one.action.name().name(),
            price,
            ok: outcome.is_good,
            result: outcome.result.clone(),
            code: outcome.code.clone(),
            cause: outcome.message.clone(),
        });
    }
    access.app.storage.note_stock_pushes(pushes).await?;
    Ok(told)
}

/// Whether it takes off sale what is on sale: what the seller has stopped stays stopped when there is stock again.
fn is_stop(one: &Wanted) -> bool {
    one.action.name() == CommandName::StopSale && one.row.state != ListingState::Stopped.name()
}

/// What is to be kept before a listing is taken off sale.
fn begun(one: &Wanted) -> Option<Push> {
    is_stop(one).then(|| Push {
        listing_row: one.row.id,
        connector_id: one.row.connector_id,
        stock: 0,
        uncertain: Some("it is being told".to_owned()),
        stopped: Some(true),
    })
}

/// What is to be kept of a listing of which nothing is left.
fn push(one: &Wanted, outcome: &WriteOutcome) -> Option<Push> {
    if !matches!(one.action.name(), CommandName::StopSale | CommandName::SetStock) {
        return None;
    }
    let stopped =
        is_stop(one).then_some(matches!(outcome.result.as_str(), "done" | "unverified" | "unknown"));
    let reason = || outcome.message.clone().unwrap_or_else(|| outcome.result.clone());
    Some(Push {
        listing_row: one.row.id,
        connector_id: one.row.connector_id,
        stock: 0,
        uncertain: (!outcome.is_good).then(reason),
        stopped,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raised_price_is_one_that_platforms_take() {
        assert_eq!(raised(149_000, 10), Some(163_900));
        assert_eq!(raised(1_001, 10), Some(1_110));
        assert_eq!(raised(0, 10), Some(0));
        assert_eq!(raised(i64::MAX, 100), None);
    }
}
