//! How much there is of each product, here and as the platforms show it.

use std::collections::HashMap;

use axum::Json;
use connector_core::time::kst_text;
use serde::{Deserialize, Serialize};
use storage::{ConnectorRow, ListingFilter, ListingRow, PushRow, StockFilter, StockLevel};
use utoipa::{IntoParams, ToSchema};

use super::status;
use crate::access::Access;
use crate::cursor;
use crate::extract::Params;
use crate::problem::Problem;

const LIST: &str = "inventory";

/// More than the options of a page of products at all accounts of one seller.
const MANY: i64 = 1_000_000;

/// The most products of which more is sold than there is that are told, and the most lines of each.
const MOST_OVERSOLD: i64 = 100;
const MOST_LINES: usize = 100;

/// One listing of a product.
#[derive(Serialize, ToSchema)]
pub(crate) struct Channel {
    /// The account.
    account_id: i64,
    /// Its platform.
    #[schema(example = "coupang")]
    platform: String,
    /// The platform's id of the product.
    listing_id: String,
    /// The platform's id of the option; empty where the product has none.
    option_id: String,
    /// The neutral state, as last seen.
    #[schema(example = "on_sale")]
    state: String,
    /// Pieces left there, as last seen.
    shown_stock: Option<i64>,
    /// When it was last seen.
    observed_at: String,
    /// What it was last told to show; null where it was never told.
    told_stock: Option<i64>,
    /// When it was last told.
    told_at: Option<String>,
    /// Whether it is not certain to show that, so that it is told again.
    is_pending: bool,
    /// Why it is not certain.
    cause: Option<String>,
    /// Whether it was taken off sale here, and is put back from here: nothing was left, or its product is inactive.
    is_stopped: bool,
}

impl Channel {
    fn new(row: ListingRow, push: Option<&PushRow>) -> Self {
        let told = push.filter(|push| push.attempts > 0);
        Self {
            account_id: row.connector_id,
            platform: row.platform,
            listing_id: row.listing_id,
            option_id: row.option_id,
            state: row.state,
            shown_stock: row.stock,
            observed_at: kst_text(row.observed_at),
            told_stock: told.map(|push| push.stock),
            told_at: told.map(|push| kst_text(push.updated_at)),
            is_pending: push.is_some_and(|push| push.pending),
            cause: push.and_then(|push| push.message.clone()),
            is_stopped: push.is_some_and(|push| push.stopped),
        }
    }
}

/// How much there is of a product.
#[derive(Serialize, ToSchema)]
pub(crate) struct Stock {
    /// The product.
    product_id: i64,
    /// Your own code.
    seller_code: String,
    /// What it is called.
    product_name: String,
    /// Pieces on the shelf; null where that is not kept.
    on_hand: Option<i64>,
    /// Pieces of these that are sold and have not been shipped.
    reserved: i64,
    /// Pieces that can still be promised; below zero when more is sold than there is.
    available: Option<i64>,
    /// The stock at or under which it is low.
    safety_stock: i64,
    /// `in_stock`, `low_stock` or `out_of_stock`; null where stock is not kept.
    #[schema(example = "in_stock")]
    stock_status: Option<&'static str>,
    /// Its listings at your accounts.
    channels: Vec<Channel>,
}

/// An order line for which there is not enough.
#[derive(Serialize, ToSchema)]
pub(crate) struct WaitingLine {
    /// The line's id here.
    order: i64,
    /// The account.
    account_id: i64,
    /// The platform's id of the line.
    order_id: String,
    /// When it was ordered.
    ordered_at: String,
    /// Pieces.
    quantity: i64,
}

/// A product of which more is sold than there is.
#[derive(Serialize, ToSchema)]
pub(crate) struct Oversold {
    /// The product.
    product_id: i64,
    /// What it is called.
    product_name: String,
    /// Pieces that are missing.
    missing: i64,
    /// The lines that came last, as many as wait for the missing pieces; latest first.
    lines: Vec<WaitingLine>,
}

/// Order lines of an account that take pieces of nothing that is known.
#[derive(Serialize, ToSchema)]
pub(crate) struct UnmatchedLines {
    /// The account.
    account_id: i64,
    /// How many of its lines are paid, not shipped, and of no product.
    lines: i64,
}

/// A page of stock.
#[derive(Serialize, ToSchema)]
pub(crate) struct Inventory {
    products: Vec<Stock>,
    /// Products of which more is sold than there is, whatever the page; 100 at most.
    oversold: Vec<Oversold>,
    /// Order lines that belong to no product, by account: their listings are under `GET /listings?unmatched=true`.
    unmatched_lines: Vec<UnmatchedLines>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// Which products.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct InventoryQuery {
    /// Only this product.
    product_id: Option<i64>,
    /// How many at most.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Read stock.
///
/// For each product what is on the shelf, what of it is sold, what can still be promised, and what its listings show and were
/// told. Beside the page: products of which more is sold than there is, with the order lines that wait, and how many order
/// lines belong to no product.
#[utoipa::path(
    get, path = "/api/v1/inventory", tag = "inventory", operation_id = "listInventory", params(InventoryQuery),
    responses((status = 200, body = Inventory)),
)]
pub(crate) async fn list(
    access: Access,
    Params(query): Params<InventoryQuery>,
) -> Result<Json<Inventory>, Problem> {
    let limit = cursor::limit(query.limit)?;
    let after: Option<i64> = cursor::decode(LIST, query.cursor.as_deref())?;
    let ids = query.product_id.into_iter().collect();
    let mut levels =
        access.stock_levels(StockFilter { ids, ..StockFilter::default() }, after, limit + 1).await?;
    let more = cursor::cut(&mut levels, limit);
    let next_cursor = levels.last().filter(|_| more).map(|level| cursor::encode(LIST, &level.product_id));
    let accounts = access.accounts().await?;
    let mut channels = channels(&access, &accounts, &levels).await?;
    let unmatched = access.app.storage.unmatched_lines(accounts.iter().map(|row| row.id).collect()).await?;
    let stock = |level: StockLevel| Stock {
        channels: channels.remove(&level.product_id).unwrap_or_default(),
        stock_status: status(&level),
        available: level.available(),
        product_id: level.product_id,
        seller_code: level.seller_code,
        product_name: level.product_name,
        on_hand: level.on_hand,
        reserved: level.reserved,
        safety_stock: level.safety_stock,
    };
    Ok(Json(Inventory {
        products: levels.into_iter().map(stock).collect(),
        oversold: oversold(&access).await?,
        unmatched_lines: unmatched
            .into_iter()
            .map(|row| UnmatchedLines { account_id: row.connector_id, lines: row.lines })
            .collect(),
        next_cursor,
    }))
}

async fn channels(
    access: &Access,
    accounts: &[ConnectorRow],
    levels: &[StockLevel],
) -> Result<HashMap<i64, Vec<Channel>>, Problem> {
    let mut found: HashMap<i64, Vec<Channel>> = HashMap::new();
    if accounts.is_empty() || levels.is_empty() {
        return Ok(found);
    }
    let filter = ListingFilter {
        connector_ids: accounts.iter().map(|row| row.id).collect(),
        product_ids: levels.iter().map(|level| level.product_id).collect(),
        ..ListingFilter::default()
    };
    let listings = access.app.storage.listings(filter, None, MANY).await?;
    let pushes = access.app.storage.stock_pushes(listings.iter().map(|row| row.id).collect()).await?;
    let pushes: HashMap<i64, PushRow> = pushes.into_iter().map(|push| (push.listing_row, push)).collect();
    for listing in listings {
        if let Some(product_id) = listing.product_id {
            let push = pushes.get(&listing.id);
            found.entry(product_id).or_default().push(Channel::new(listing, push));
        }
    }
    Ok(found)
}

async fn oversold(access: &Access) -> Result<Vec<Oversold>, Problem> {
    let filter = StockFilter { oversold: true, ..StockFilter::default() };
    let levels = access.stock_levels(filter, None, MOST_OVERSOLD).await?;
    let ids = levels.iter().map(|level| level.product_id).collect();
    let mut lines: HashMap<i64, Vec<WaitingLine>> = HashMap::new();
    for line in access.app.storage.oversold_lines(ids).await? {
        let own = lines.entry(line.product_id).or_default();
        if own.len() < MOST_LINES {
            own.push(WaitingLine {
                order: line.line_id,
                account_id: line.connector_id,
                order_id: line.order_id,
                ordered_at: line.ordered_at,
                quantity: line.quantity,
            });
        }
    }
    let told = |level: StockLevel| Oversold {
        product_id: level.product_id,
        missing: level.available().unwrap_or(0).saturating_neg(),
        product_name: level.product_name,
        lines: lines.remove(&level.product_id).unwrap_or_default(),
    };
    Ok(levels.into_iter().map(told).collect())
}
