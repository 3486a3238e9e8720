//! What is to be done where things run out: sale stopped, somebody told, prices raised.

use std::collections::{BTreeMap, HashMap, HashSet};

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use connector_core::{Action, CommandName};
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use storage::{ConnectorRow, ListingFamily, ListingFilter, ListingRow, ProductFilter, StockLevel};
use utoipa::ToSchema;

use super::low::{LowStockProduct, low};
use crate::access::{Access, is_live};
use crate::api::sync::enabled;
use crate::extract::MaybeBody;
use crate::host::{StockTask, ToldStock, WriteOutcome, WriteTask};
use crate::problem::{InputError, Problem};
use crate::token;
use crate::turns::not_begun;

/// Products that are acted on at once.
const AT_ONCE: i64 = 200;

/// More than the options of so many products at one account.
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
    let acting = Acting {
        access: &access,
        accounts,
        stop_sale: asked.stop_sale.unwrap_or(true),
        percent,
        dear: dear.into_iter().collect(),
        key: format!("low-stock-{}", token::drawn()),
        dry_run: asked.dry_run.unwrap_or(false),
    };
    let (mut alerts, mut outcomes, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let levels = low(&access, ids.clone(), after, AT_ONCE).await?;
        after = levels.last().map(|level| level.product_id);
        let is_last = (levels.len() as i64) < AT_ONCE;
        outcomes.extend(acting.on(&levels).await?);
        alerts.extend(levels.into_iter().filter_map(LowStockProduct::of));
        if is_last {
            break;
        }
    }
    let status =
        if outcomes.iter().all(|outcome| outcome.ok) { StatusCode::OK } else { StatusCode::MULTI_STATUS };
    Ok((status, Json(LowStockActed { dry_run: acting.dry_run, alerts, outcomes })))
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

/// What became of a listing, with its row, which says where it stands among those of its product.
type Placed = (i64, LowStockOutcome);

/// What is asked for.
struct Acting<'a> {
    access: &'a Access,
    accounts: Vec<ConnectorRow>,
    stop_sale: bool,
    /// By how much prices are raised.
    percent: Option<i64>,
    /// Raised are the prices of these; of all where there are none.
    dear: HashSet<i64>,
    /// Begins every key of the call.
    key: String,
    dry_run: bool,
}

impl Acting<'_> {
    /// Does what is to be done about these products: one outcome for each listing, by product.
    async fn on(&self, levels: &[StockLevel]) -> Result<Vec<LowStockOutcome>, Problem> {
        let (mut gone, mut low) = (Vec::new(), Vec::new());
        for level in levels {
            let is_gone = level.available().unwrap_or(0) <= 0;
            if is_gone && self.stop_sale {
                gone.push(level.product_id);
            }
            if !is_gone && (self.dear.is_empty() || self.dear.contains(&level.product_id)) {
                low.push(level.product_id);
            }
        }
        let mut found: Vec<Placed> = Vec::new();
        if !gone.is_empty() {
            let accounts = self.accounts.iter().map(|account| self.stop(account, &gone));
            for stopped in join_all(accounts).await {
                found.extend(stopped?);
            }
        }
        if let Some(percent) = self.percent.filter(|_| !low.is_empty()) {
            found.extend(self.raise(&low, percent).await?);
        }
        found.sort_by_key(|(row, outcome)| (outcome.product_id, *row));
        Ok(found.into_iter().map(|(_, outcome)| outcome).collect())
    }

    /// Takes products off sale at an account, as a sync of stock does.
    async fn stop(&self, account: &ConnectorRow, products: &[i64]) -> Result<Vec<Placed>, Problem> {
        let app = &self.access.app;
        let task = StockTask {
            row: account.clone(),
            product_ids: products.to_vec(),
            key: self.key.clone(),
            dry_run: self.dry_run,
        };
        let told = match self.dry_run {
            true => Some(app.host.tell_gone(&task, app.stop.child_token()).await),
            false => app.tell_gone(&task).await,
        };
        let told = told.transpose()?.unwrap_or(ToldStock { is_cut: true, ..ToldStock::default() });
        let mut found: Vec<Placed> = Vec::new();
        for listing in told.listings {
            let at = At {
                product_id: listing.product_id,
                account_id: account.id,
                listing_id: listing.listing_id,
                option_id: listing.option_id,
            };
            found.push((listing.listing_row, at.outcome(listing.command, None, &listing.outcome)));
        }
        if told.is_cut {
            let seen: HashSet<i64> = found.iter().map(|(row, _)| *row).collect();
            let left = self.listings(account, products).await?;
            for row in left.iter().filter(|row| row.takes_stock() && !seen.contains(&row.id)) {
                let Some(at) = At::of(row) else { continue };
                found.push((row.id, at.outcome(CommandName::StopSale, None, &not_begun())));
            }
        }
        Ok(found)
    }

    /// The listings of products at an account.
    async fn listings(&self, account: &ConnectorRow, products: &[i64]) -> Result<Vec<ListingRow>, Problem> {
        let filter = ListingFilter {
            connector_ids: vec![account.id],
            product_ids: products.to_vec(),
            ..ListingFilter::default()
        };
        Ok(self.access.app.storage.listings(filter, None, MANY).await?)
    }

    /// Raises prices at all accounts.
    async fn raise(&self, products: &[i64], percent: i64) -> Result<Vec<Placed>, Problem> {
        let app = &self.access.app;
        let filter = ProductFilter { ids: products.to_vec(), ..ProductFilter::default() };
        let own = self.access.products(filter, None, AT_ONCE).await?;
        let own: HashMap<i64, i64> =
            own.into_iter().filter_map(|product| Some((product.id, product.price?))).collect();
        let terms = app.storage.channel_terms(products.to_vec(), None).await?;
        let terms: HashMap<(i64, i64), i64> = terms
            .into_iter()
            .filter_map(|terms| Some(((terms.product_id, terms.connector_id), terms.price?)))
            .collect();
        let (mut tasks, mut wanted) = (Vec::new(), Vec::new());
        for account in &self.accounts {
            let named = self.listings(account, products).await?;
            let names: Vec<String> = named.into_iter().map(|row| row.listing_id).collect();
            let mut families: BTreeMap<String, Vec<ListingRow>> = BTreeMap::new();
            for row in app.storage.listing_rows(account.id, &names).await? {
                families.entry(row.listing_id.clone()).or_default().push(row);
            }
            for row in families.values().flat_map(|rows| told(rows)) {
                let Some(at) = At::of(row).filter(|at| products.contains(&at.product_id)) else { continue };
                let price = terms.get(&(at.product_id, account.id)).or_else(|| own.get(&at.product_id));
                let Some(price) = price.and_then(|price| raised(*price, percent)) else { continue };
                let action = Action::SetPrice { listing: row.target(), price };
                let key = format!("{}:{}:{}", self.key, action.name().name(), action.target());
                tasks.push(WriteTask { row: account.clone(), key, action });
                wanted.push((row.id, at, price));
            }
        }
        let outcomes = match self.dry_run {
            true => app.host.write(tasks, true, app.stop.child_token()).await,
            false => app.write(tasks).await,
        };
        let placed = |((row, at, price), outcome): ((i64, At, i64), WriteOutcome)| {
            (row, at.outcome(CommandName::SetPrice, Some(price), &outcome))
        };
        Ok(wanted.into_iter().zip(outcomes).map(placed).collect())
    }
}

/// The rows of a listing that can be told something.
fn told(rows: &[ListingRow]) -> impl Iterator<Item = &ListingRow> {
    let family = ListingFamily::of(rows);
    rows.iter().filter(move |row| row.takes_stock() && !family.is_head(row))
}

/// A listing of a product.
struct At {
    product_id: i64,
    account_id: i64,
    listing_id: String,
    option_id: String,
}

impl At {
    fn of(row: &ListingRow) -> Option<Self> {
        Some(Self {
            product_id: row.product_id?,
            account_id: row.connector_id,
            listing_id: row.listing_id.clone(),
            option_id: row.option_id.clone(),
        })
    }

    fn outcome(self, command: CommandName, price: Option<i64>, outcome: &WriteOutcome) -> LowStockOutcome {
        LowStockOutcome {
            product_id: self.product_id,
            account_id: self.account_id,
            listing_id: self.listing_id,
            option_id: self.option_id,
            action: command.name(),
            price,
            ok: outcome.is_good,
            result: outcome.result.clone(),
            code: outcome.code.clone(),
            cause: outcome.message.clone(),
        }
    }
}

/// So many percent more, rounded up to what platforms take.
fn raised(price: i64, percent: i64) -> Option<i64> {
    let exact = i128::from(price) * i128::from(100 + percent);
    let per_step = i128::from(100 * STEP);
    let steps = (exact + per_step - 1) / per_step;
    i64::try_from(steps * i128::from(STEP)).ok()
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
