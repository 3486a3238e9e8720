//! What is on sale at the platforms, and which product it is.

use axum::Json;
use connector_core::time::kst_text;
use serde::{Deserialize, Serialize};
use storage::{ListingFilter, ListingRow};
use utoipa::{IntoParams, ToSchema};

use crate::access::{Access, platform_key};
use crate::cursor;
use crate::extract::{Body, Id, Params};
use crate::problem::Problem;

const LIST: &str = "listings";

/// One option on sale at a platform.
#[derive(Serialize, ToSchema)]
pub(crate) struct Listing {
    /// Its id here.
    id: i64,
    /// The account.
    account_id: i64,
    /// The platform's key.
    #[schema(example = "smartstore")]
    platform: String,
    /// The platform's id of the product.
    listing_id: String,
    /// The platform's id of the option; empty where the product has none.
    option_id: String,
    /// Your product; null where nobody knows it.
    product_id: Option<i64>,
    /// Your own code, as the platform has it.
    seller_code: Option<String>,
    /// What it is called there.
    name: String,
    /// The option, for people.
    option_name: Option<String>,
    /// Won for a piece.
    price: Option<i64>,
    /// Pieces left.
    stock: Option<i64>,
    /// The neutral state.
    #[schema(example = "on_sale")]
    state: String,
    /// The platform's own word for it.
    platform_status: String,
    /// When it was last seen.
    observed_at: String,
}

impl Listing {
    fn new(row: ListingRow) -> Self {
        Self {
            id: row.id,
            account_id: row.connector_id,
            platform: row.platform,
            listing_id: row.listing_id,
            option_id: row.option_id,
            product_id: row.product_id,
            seller_code: row.seller_code,
            name: row.name,
            option_name: row.option_name,
            price: row.price,
            stock: row.stock,
            state: row.state,
            platform_status: row.status,
            observed_at: kst_text(row.observed_at),
        }
    }
}

/// A page of listings.
#[derive(Serialize, ToSchema)]
pub(crate) struct Listings {
    listings: Vec<Listing>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// Which listings.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListingQuery {
    /// At this platform.
    #[param(example = "naver")]
    platform: Option<String>,
    /// Of this account.
    account_id: Option<i64>,
    /// Of this product.
    product_id: Option<i64>,
    /// Only those of which nobody knows which product they are.
    unmatched: Option<bool>,
    /// How many at most.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List what is on sale.
///
/// By id; as last seen.
#[utoipa::path(
    get, path = "/api/v1/listings", tag = "products", operation_id = "listListings", params(ListingQuery),
    responses((status = 200, body = Listings)),
)]
pub(crate) async fn list(
    access: Access,
    Params(query): Params<ListingQuery>,
) -> Result<Json<Listings>, Problem> {
    let limit = cursor::limit(query.limit)?;
    let after: Option<i64> = cursor::decode(LIST, query.cursor.as_deref())?;
    let platform = query.platform.as_deref().map(|name| platform_key("platform", name)).transpose()?;
    let mut accounts = match query.account_id {
        Some(id) => vec![access.account(id).await?],
        None => access.accounts().await?,
    };
    accounts.retain(|row| platform.is_none_or(|platform| row.platform == platform));
    if accounts.is_empty() {
        // To the store, no account means every account.
        return Ok(Json(Listings { listings: Vec::new(), next_cursor: None }));
    }
    let filter = ListingFilter {
        connector_ids: accounts.iter().map(|row| row.id).collect(),
        product_id: query.product_id,
        unmatched: query.unmatched.unwrap_or(false),
        ..ListingFilter::default()
    };
    let mut rows = access.app.storage.listings(filter, after, limit + 1).await?;
    let more = cursor::cut(&mut rows, limit);
    let next_cursor = rows.last().filter(|_| more).map(|row| cursor::encode(LIST, &row.id));
    Ok(Json(Listings { listings: rows.into_iter().map(Listing::new).collect(), next_cursor }))
}

/// Which product a listing is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Link {
    /// The product's id.
    product_id: i64,
}

/// Say which product a listing is.
///
/// It stays so, whatever becomes of its code.
#[utoipa::path(
    post, path = "/api/v1/listings/{id}/link", tag = "products", operation_id = "linkListing",
    params(("id" = i64, Path, description = "The listing's id here.")),
    request_body = Link, responses((status = 200, body = Listing)),
)]
pub(crate) async fn link(
    access: Access,
    Id(id): Id,
    Body(link): Body<Link>,
) -> Result<Json<Listing>, Problem> {
    let (listing, product) = (access.listing(id).await?, access.product(link.product_id).await?);
    access.app.storage.link_listing(listing.id, product.id).await?;
    Ok(Json(Listing::new(access.listing(id).await?)))
}

/// Say that nobody knows which product a listing is.
#[utoipa::path(
    delete, path = "/api/v1/listings/{id}/link", tag = "products", operation_id = "unlinkListing",
    params(("id" = i64, Path, description = "The listing's id here.")),
    responses((status = 200, body = Listing)),
)]
pub(crate) async fn unlink(access: Access, Id(id): Id) -> Result<Json<Listing>, Problem> {
    let listing = access.listing(id).await?;
    access.app.storage.unlink_listing(listing.id).await?;
    Ok(Json(Listing::new(access.listing(id).await?)))
}
