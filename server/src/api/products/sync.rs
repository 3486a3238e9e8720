//! Bringing products to the platforms, and what is there to here.

use axum::response::IntoResponse;
use serde::Deserialize;
use storage::ConnectorRow;
use utoipa::ToSchema;

use crate::access::{Access, is_live};
use crate::api::logs::Log;
use crate::api::sync::{Queued, Wait, accounts_with, enabled, queue};
use crate::extract::{MaybeBody, Params};
use crate::host::{Job, Reading, Step};
use crate::problem::{InputError, Problem};
use crate::syncs::Item;

/// The stream that holds what is on sale.
const LISTINGS: &str = "listings";

const PRODUCTS: &str = "products";

/// The most products that one call names.
const MOST: usize = 10_000;

/// Which products, at which accounts.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductsSync {
    /// The products to tell the platforms of.
    #[schema(min_items = 1, max_items = 10_000)]
    product_ids: Option<Vec<i64>>,
    /// The accounts. Without products: those from which to read what is on sale.
    #[schema(min_items = 1)]
    platform_account_ids: Option<Vec<i64>>,
    /// While reading: add a product for each seller's code that none of yours has. Default: no.
    create_missing: Option<bool>,
}

/// Sync products.
///
/// With `product_ids`, the platforms are told of these products, at the accounts that are named or at all that are enabled: what is
/// not there is put on sale, what differs is changed, what is inactive is taken off sale, and what was taken
/// off here is put back once it is active and something of it is left. With `platform_account_ids` alone, what
/// is on sale at these accounts is read, and each listing given to the product that it is known to be, else to the one of its
/// seller's code; names prove nothing, so the rest is found under `GET /listings?unmatched=true`. With neither, every product is
/// brought to every enabled account. Nothing is put on sale twice, however often this is called. What a platform wants to know
/// beyond the product stands in its terms there: `PUT /products/{id}/listings/{account_id}`.
#[utoipa::path(
    post, path = "/api/v1/sync/products", tag = "sync", operation_id = "syncProducts", params(Wait),
    request_body = Option<ProductsSync>,
    responses(
        (status = 202, body = Queued, description = "It is queued or under way."),
        (status = 200, body = Log, description = "It ended while the call waited."),
    ),
)]
pub(crate) async fn products(
    access: Access,
    Params(wait): Params<Wait>,
    MaybeBody(asked): MaybeBody<ProductsSync>,
) -> Result<impl IntoResponse, Problem> {
    let wait = wait.seconds()?;
    match (asked.product_ids, asked.platform_account_ids) {
        (None, Some(ids)) => {
            let rows = accounts_with(&access, Some(ids), LISTINGS).await?;
            let reading =
                Reading { streams: vec![LISTINGS.to_owned()], from: None, to: None, is_chosen: false };
            let mut steps = vec![Step::Read(reading)];
            if asked.create_missing.unwrap_or(false) {
                steps.push(Step::AddMissingProducts);
            }
            let items = rows.iter().map(|row| Item::queued(row, LISTINGS)).collect();
            queue(&access, LISTINGS, &Job { steps }, items, None, wait).await
        }
        (products, accounts) => {
            if asked.create_missing.is_some() {
                let error = InputError::at("/create_missing", "goes with platform_account_ids alone");
                return Err(Problem::invalid_input(vec![error]));
            }
            let (ids, owners) = named(&access, products).await?;
            let rows = targets(&access, accounts, owners.as_deref()).await?;
            let items = rows.iter().map(|row| Item::queued(row, PRODUCTS)).collect();
            queue(&access, PRODUCTS, &Job { steps: vec![Step::publish(ids)] }, items, None, wait).await
        }
    }
}

/// The products that are named, each once, and whose they are; no ids and no owners for all.
pub(in crate::api) async fn named(
    access: &Access,
    ids: Option<Vec<i64>>,
) -> Result<(Vec<i64>, Option<Vec<Option<i64>>>), Problem> {
    let refused = |message: String| Problem::invalid_input(vec![InputError::at("/product_ids", message)]);
    let Some(ids) = ids else { return Ok((Vec::new(), None)) };
    if ids.is_empty() {
        return Err(refused("names no product; leave it out for all of yours".to_owned()));
    }
    if ids.len() > MOST {
        return Err(refused(format!("takes {MOST} products at most")));
    }
    let rows = access.products_of(&ids).await?;
    let owners = rows.iter().map(|row| row.owner_id).collect();
    Ok((rows.iter().map(|row| row.id).collect(), Some(owners)))
}

/// The accounts that are named, or all that are enabled, call their platform and may have the products.
pub(in crate::api) async fn targets(
    access: &Access,
    ids: Option<Vec<i64>>,
    owners: Option<&[Option<i64>]>,
) -> Result<Vec<ConnectorRow>, Problem> {
    let may_have = |row: &ConnectorRow| owners.is_none_or(|owners| owners.contains(&row.owner_id));
    if let Some(ids) = ids {
        let rows = enabled(access, &ids).await?;
        return match rows.iter().find(|row| !may_have(row)) {
            Some(row) => {
                Err(Problem::conflict(format!("account {} has another owner than the products", row.id)))
            }
            None => Ok(rows),
        };
    }
    let mut rows = access.accounts().await?;
    rows.retain(|row| row.enabled && is_live(row) && may_have(row));
    match rows.is_empty() {
        true => Err(Problem::invalid_input(vec![InputError::at(
            "/platform_account_ids",
            "you have no enabled account that calls its platform",
        )])),
        false => Ok(rows),
    }
}
