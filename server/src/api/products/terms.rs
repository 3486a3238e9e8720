//! What holds for a product at one account.

use axum::Json;
use connector_core::time::kst_text;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use storage::{ChannelTerms, ConnectorRow, TermsChange};
use utoipa::ToSchema;

use super::input::{Look, MOST_WON};
use super::shelf::LastError;
use crate::access::Access;
use crate::extract::{Body, Ids, given};
use crate::problem::Problem;

/// What holds for a product at an account.
#[derive(Serialize, ToSchema)]
pub(crate) struct Terms {
    /// The product.
    product_id: i64,
    /// The account.
    account_id: i64,
    /// What its owner calls it.
    account: String,
    /// Won for a piece there; null for the product's own price.
    price: Option<i64>,
    /// Pieces held back there.
    stock_buffer: i64,
    /// What the platform wants to know beyond the product.
    #[schema(value_type = Object)]
    platform: Map<String, Value>,
    /// The price that the platform last accepted from here.
    last_pushed_price: Option<i64>,
    /// The stock that the platform last accepted from here.
    last_pushed_stock: Option<i64>,
    /// When the platform last accepted something from here.
    last_pushed_at: Option<String>,
    /// Why it was last refused; null when something was accepted since.
    last_error: Option<LastError>,
    /// When any of this last changed; null where nothing was ever said.
    updated_at: Option<String>,
}

impl Terms {
    fn new(terms: ChannelTerms, account: &ConnectorRow) -> Json<Self> {
        Json(Self {
            product_id: terms.product_id,
            account_id: account.id,
            account: account.title().to_owned(),
            price: terms.price,
            stock_buffer: terms.buffer,
            last_pushed_price: terms.last_pushed_price,
            last_pushed_stock: terms.last_pushed_stock,
            last_pushed_at: terms.last_pushed_at.map(kst_text),
            last_error: terms.last_error.as_ref().map(LastError::new),
            updated_at: terms.updated_at.map(kst_text),
            platform: terms.platform,
        })
    }
}

/// What to say; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TermsBody {
    /// Won for a piece there; null goes back to the product's own price.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, example = 155_000, minimum = 0)]
    price: Option<Option<i64>>,
    /// Pieces held back there: the platform is told that many fewer.
    #[schema(example = 2, minimum = 0)]
    stock_buffer: Option<i64>,
    /// What the platform wants to know beyond the product, as a whole, in its own words: its category, notices, delivery. Code,
    /// name, price and stock are put in, and pictures and description where it says nothing of them.
    #[schema(value_type = Option<Object>, example = json!({"originProduct": {"leafCategoryId": "50000803"}}))]
    platform: Option<Map<String, Value>>,
}

/// Read what holds for a product at an account.
#[utoipa::path(
    get, path = "/api/v1/products/{id}/listings/{account_id}", tag = "products", operation_id = "getListingTerms",
    params(
        ("id" = i64, Path, description = "The product's id."),
        ("account_id" = i64, Path, description = "The account's id."),
    ),
    responses((status = 200, body = Terms)),
)]
pub(crate) async fn read(access: Access, Ids(id, account_id): Ids) -> Result<Json<Terms>, Problem> {
    let (product, account) = (access.product(id).await?, access.account(account_id).await?);
    let terms = access.app.storage.channel_terms(vec![product.id], Some(account_id)).await?;
    let none = || ChannelTerms { product_id: id, connector_id: account_id, ..ChannelTerms::default() };
    let terms = terms.into_iter().find(|terms| terms.connector_id == account_id).unwrap_or_else(none);
    Ok(Terms::new(terms, &account))
}

/// Say what holds for a product at an account.
///
/// Only what is sent changes. No platform is told: `POST /sync/products` does that, and for stock alone `POST /sync/inventory`.
#[utoipa::path(
    put, path = "/api/v1/products/{id}/listings/{account_id}", tag = "products", operation_id = "putListingTerms",
    params(
        ("id" = i64, Path, description = "The product's id."),
        ("account_id" = i64, Path, description = "The account's id."),
    ),
    request_body = TermsBody, responses((status = 200, body = Terms)),
)]
pub(crate) async fn put(
    access: Access,
    Ids(id, account_id): Ids,
    Body(body): Body<TermsBody>,
) -> Result<Json<Terms>, Problem> {
    let (product, account) = (access.product(id).await?, access.account(account_id).await?);
    if product.owner_id != account.owner_id {
        return Err(Problem::conflict("the product and the account have different owners"));
    }
    let mut look = Look::default();
    look.number("price", body.price.flatten(), MOST_WON);
    look.number("stock_buffer", body.stock_buffer, 1_000_000_000);
    look.end()?;
    let change = TermsChange { price: body.price, buffer: body.stock_buffer, platform: body.platform };
    let terms = access.app.storage.set_channel_terms(id, account_id, change).await?;
    Ok(Terms::new(terms, &account))
}
