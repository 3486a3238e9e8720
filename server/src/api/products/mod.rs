//! The seller's products, whatever the platforms on which they are on sale.

mod input;
pub(crate) mod listings;
mod shelf;
pub(crate) mod sync;
pub(crate) mod terms;

use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::{Extension, Json};
use connector_core::time::kst_text;
use serde::{Deserialize, Serialize};
use storage::{ProductFilter, ProductRow, ProductStatus, StockNote, StorageError};
use utoipa::{IntoParams, ToSchema};

pub(crate) use self::shelf::Shelf;

use self::input::{NewProductBody, ProductChangeBody};
use self::shelf::ProductListing;
use crate::access::Access;
use crate::cursor;
use crate::extract::{Body, Id, Params};
use crate::problem::Problem;
use crate::writes::Touched;

const LIST: &str = "products";

/// A product, and what is on sale of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Product {
    /// Its id.
    id: i64,
    /// Your own code, under which platforms keep it.
    #[schema(example = "P-1")]
    seller_code: String,
    /// What it is called.
    #[schema(example = "프리미엄 무선 이어폰")]
    name: String,
    /// What it is.
    description: Option<String>,
    /// Won for a piece.
    price: Option<i64>,
    /// Pieces on the shelf; null where that is not kept here. Setting it is a count, and stands in the stock ledger.
    stock_quantity: Option<i64>,
    /// Pieces of these that are sold and have not been shipped.
    reserved_quantity: i64,
    /// Pieces that can still be promised: what platforms are told is this, less what is held back there.
    available_quantity: Option<i64>,
    /// The stock at or under which it is low.
    safety_stock: i64,
    /// Won that a piece costs you.
    cost: Option<i64>,
    /// `active`, or `inactive`: not meant to be on sale.
    #[schema(example = "active")]
    status: String,
    /// Your own category.
    category_id: Option<String>,
    /// The brand's name.
    brand: Option<String>,
    /// Grams.
    weight: Option<i64>,
    /// The address of the picture that is shown first.
    main_image: Option<String>,
    /// The addresses of further pictures.
    additional_images: Vec<String>,
    /// How it gets to the buyer.
    delivery_type: Option<String>,
    /// Won that the buyer pays for delivery.
    delivery_fee: Option<i64>,
    /// When it was added.
    created_at: String,
    /// When it was last changed.
    updated_at: String,
    /// One entry for each listing at a platform, and one for each account at which terms stand and nothing is on sale.
    listings: Vec<ProductListing>,
}

impl Product {
    fn new(row: ProductRow, shelf: &Shelf) -> Self {
        let listings = shelf.of(row.id);
        let details = row.details;
        Self {
            id: row.id,
            seller_code: row.seller_code,
            name: row.name,
            description: details.description,
            price: row.price,
            stock_quantity: row.stock,
            reserved_quantity: row.reserved,
            available_quantity: row.stock.map(|stock| stock.saturating_sub(row.reserved)),
            safety_stock: row.safety_stock,
            cost: row.cost,
            status: row.status.name().to_owned(),
            category_id: details.category_id,
            brand: details.brand,
            weight: details.weight,
            main_image: details.main_image,
            additional_images: details.additional_images,
            delivery_type: details.delivery_type,
            delivery_fee: details.delivery_fee,
            created_at: kst_text(row.created_at),
            updated_at: kst_text(row.updated_at),
            listings,
        }
    }

    async fn whole(access: &Access, row: ProductRow) -> Result<Self, Problem> {
        let shelf = Shelf::load(access, std::slice::from_ref(&row)).await?;
        Ok(Self::new(row, &shelf))
    }
}

/// A page of products.
#[derive(Serialize, ToSchema)]
pub(crate) struct Products {
    products: Vec<Product>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// Which products.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProductQuery {
    /// With this text in the name or the code.
    text: Option<String>,
    /// `active` or `inactive`.
    #[param(example = "active")]
    status: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List products.
///
/// By id, each with what is on sale of it where.
#[utoipa::path(
    get, path = "/api/v1/products", tag = "products", operation_id = "listProducts", params(ProductQuery),
    responses((status = 200, body = Products)),
)]
pub(crate) async fn list(
    access: Access,
    Params(query): Params<ProductQuery>,
) -> Result<Json<Products>, Problem> {
    let limit = cursor::limit(query.limit)?;
    let after: Option<i64> = cursor::decode(LIST, query.cursor.as_deref())?;
    let status = |name: String| {
        ProductStatus::from_name(&name).ok_or_else(|| Problem::parameter("status", "takes active, inactive"))
    };
    let filter = ProductFilter {
        text: query.text.filter(|text| !text.trim().is_empty()),
        status: query.status.map(status).transpose()?,
        ..ProductFilter::default()
    };
    let mut rows = access.products(filter, after, limit + 1).await?;
    let more = cursor::cut(&mut rows, limit);
    let next_cursor = rows.last().filter(|_| more).map(|row| cursor::encode(LIST, &row.id));
    let shelf = Shelf::load(&access, &rows).await?;
    let products = rows.into_iter().map(|row| Product::new(row, &shelf)).collect();
    Ok(Json(Products { products, next_cursor }))
}

/// Read one product.
#[utoipa::path(
    get, path = "/api/v1/products/{id}", tag = "products", operation_id = "getProduct",
    params(("id" = i64, Path, description = "The product's id.")),
    responses((status = 200, body = Product)),
)]
pub(crate) async fn one(access: Access, Id(id): Id) -> Result<Json<Product>, Problem> {
    let row = access.product(id).await?;
    Ok(Json(Product::whole(&access, row).await?))
}

/// Add a product.
///
/// No platform is told; for that there is `POST /sync/products`. Listings that bear its code and belong to no product are its
/// own from now on. Without a code it is given one.
#[utoipa::path(
    post, path = "/api/v1/products", tag = "products", operation_id = "createProduct",
    request_body = NewProductBody, responses((status = 201, body = Product)),
)]
pub(crate) async fn create(
    access: Access,
    Body(body): Body<NewProductBody>,
) -> Result<impl IntoResponse, Problem> {
    let new = body.read(&access.caller)?;
    let is_counted = new.stock.is_some();
    let storage = &access.app.storage;
    let row = match new.seller_code.is_empty() {
        true => storage.add_product_without_code(new).await?,
        false => storage.add_product(new).await?,
    };
    if is_counted {
        access.app.syncs.stock_changed(row.owner_id, &[row.id], None).await;
    }
    let (id, place) = (row.id, format!("/api/v1/products/{}", row.id));
    let product = Product::whole(&access, row).await?;
    let touched = Extension(Touched(format!("products/{id}")));
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], touched, Json(product)))
}

/// Change a product, in part.
///
/// As `PATCH` does it: only what is sent changes.
#[utoipa::path(
    put, path = "/api/v1/products/{id}", tag = "products", operation_id = "putProduct",
    params(("id" = i64, Path, description = "The product's id.")),
    request_body = ProductChangeBody, responses((status = 200, body = Product)),
)]
pub(crate) async fn put(
    access: Access,
    Id(id): Id,
    Body(body): Body<ProductChangeBody>,
) -> Result<Json<Product>, Problem> {
    alter(&access, id, body).await
}

/// Change a product.
///
/// Only what is sent changes; null empties a field. No platform is told: `POST /sync/products` does that, and for stock alone
/// `POST /sync/inventory`.
#[utoipa::path(
    patch, path = "/api/v1/products/{id}", tag = "products", operation_id = "changeProduct",
    params(("id" = i64, Path, description = "The product's id.")),
    request_body = ProductChangeBody, responses((status = 200, body = Product)),
)]
pub(crate) async fn change(
    access: Access,
    Id(id): Id,
    Body(body): Body<ProductChangeBody>,
) -> Result<Json<Product>, Problem> {
    alter(&access, id, body).await
}

async fn alter(access: &Access, id: i64, body: ProductChangeBody) -> Result<Json<Product>, Problem> {
    let mut row = access.product(id).await?;
    let (change, stock) = body.read()?;
    if let Some(change) = change {
        row = access.app.storage.update_product(id, change).await?;
    }
    let row = set_stock(access, row, stock).await?;
    Ok(Json(Product::whole(access, row).await?))
}

/// Says how many pieces are left, where that was given.
async fn set_stock(
    access: &Access,
    row: ProductRow,
    stock: Option<Option<i64>>,
) -> Result<ProductRow, Problem> {
    match stock {
        Some(stock) => {
            let by = StockNote { actor: Some(access.caller.name.clone()), ..StockNote::default() };
            let row = access.app.storage.set_product_stock(row.id, stock, by).await?;
            access.app.syncs.stock_changed(row.owner_id, &[row.id], None).await;
            Ok(row)
        }
        None => Ok(row),
    }
}

/// Whether a product that is on sale may go.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RemovalQuery {
    /// Remove it even while platforms sell it. What they sell stays on sale there.
    even_on_sale: Option<bool>,
}

/// Remove a product.
///
/// Its listings stay at the platforms and in the lists here, and belong to no product any more. While one of them is on sale it
/// is 409.
#[utoipa::path(
    delete, path = "/api/v1/products/{id}", tag = "products", operation_id = "removeProduct",
    params(("id" = i64, Path, description = "The product's id."), RemovalQuery),
    responses((status = 204, description = "The product is removed.")),
)]
pub(crate) async fn remove(
    access: Access,
    Id(id): Id,
    Params(query): Params<RemovalQuery>,
) -> Result<StatusCode, Problem> {
    let row = access.product(id).await?;
    match access.app.storage.remove_product(row.id, query.even_on_sale.unwrap_or(false)).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(StorageError::Conflict(reason)) => Err(Problem::conflict(reason).with_fix(format!(
            "PATCH it to {{\"status\": \"inactive\"}} and POST /api/v1/sync/products {{\"product_ids\": [{id}]}}, which stops \
             its sale; or DELETE it with ?even_on_sale=true"
        ))),
        Err(error) => Err(error.into()),
    }
}
