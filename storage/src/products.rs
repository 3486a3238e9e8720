//! Products: what the seller has, whatever the platforms on which it is listed.

mod change;
mod details;
mod terms;

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::Serialize;

use crate::backend::{Database, Durability, MultiBackend};
use crate::error::Failure;
use crate::instants::{Instant, column};
use crate::schema::{connectors, listings, products};
use crate::stock::{self, StockNote};
use crate::text::{holding, lower};
use crate::{Result, Storage, StorageError};

pub(crate) use change::StatusText;
pub use change::{ProductChange, ProductStatus};
pub use details::ProductDetails;
pub use terms::{Accepted, ChannelTerms, PushError, Pushed, Refused, TermsChange};

/// The stock under which a product is low where nothing else was said.
pub const SAFETY_STOCK: i64 = 5;

/// A product to add.
#[derive(Clone, Debug, Default)]
pub struct NewProduct {
    /// Whose product it is, where there are several users.
    pub owner_id: Option<i64>,
    /// The seller's own code, unique for its owner.
    pub seller_code: String,
    /// What it is called.
    pub name: String,
    /// Won for a piece.
    pub price: Option<i64>,
    /// Pieces on the shelf.
    pub stock: Option<i64>,
    /// Who says so.
    pub counted: StockNote,
    /// The stock at or under which it is low; [`SAFETY_STOCK`] where it is `None`.
    pub safety_stock: Option<i64>,
    /// Won that a piece costs the seller.
    pub cost: Option<i64>,
    /// Whether it is meant to be on sale.
    pub status: ProductStatus,
    /// What platforms are told beside this.
    pub details: ProductDetails,
}

/// Which products. Removed ones are never among them.
#[derive(Clone, Debug, Default)]
pub struct ProductFilter {
    /// Of this owner; `None` means of all and of none.
    pub owner_id: Option<i64>,
    /// With an owner: also those that belong to nobody.
    pub with_unowned: bool,
    /// With these ids; empty means all.
    pub ids: Vec<i64>,
    /// With these codes; empty means all.
    pub seller_codes: Vec<String>,
    /// With this in the name or the code, whatever the case of latin letters.
    pub text: Option<String>,
    /// With this status.
    pub status: Option<ProductStatus>,
}

/// A product of the seller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Queryable, Selectable)]
#[diesel(table_name = products)]
pub struct ProductRow {
    /// The product's id.
    pub id: i64,
    /// Whose product it is, where there are several users.
    pub owner_id: Option<i64>,
    /// The seller's own code.
    pub seller_code: String,
    /// What it is called.
    pub name: String,
    /// Won for a piece.
    pub price: Option<i64>,
    /// Pieces on the shelf, those that are reserved among them; below zero where more has left than was counted. `None` where
    /// that is not kept.
    pub stock: Option<i64>,
    /// When it was added.
    #[diesel(deserialize_as = Instant)]
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    #[diesel(deserialize_as = Instant)]
    pub updated_at: DateTime<Utc>,
    /// The stock at or under which it is low.
    pub safety_stock: i64,
    /// Won that a piece costs the seller.
    pub cost: Option<i64>,
    /// Whether it is meant to be on sale.
    #[diesel(deserialize_as = change::StatusText)]
    pub status: ProductStatus,
    /// What platforms are told beside this.
    #[diesel(column_name = details_json, deserialize_as = details::DetailsText)]
    pub details: ProductDetails,
    /// Pieces that are sold and have not left the shelf.
    pub reserved: i64,
}

impl ProductRow {
    /// Pieces that can still be promised: below zero when more is sold than there is. `None` where stock is not kept.
    #[must_use]
    pub fn available(&self) -> Option<i64> {
        self.stock.map(|stock| stock.saturating_sub(self.reserved))
    }
}

/// The products of the account's owner that have one of these codes, by code.
pub(crate) fn by_code(
    connection: &mut Database,
    connector_id: i64,
    codes: &BTreeSet<&str>,
) -> Result<HashMap<String, i64>, Failure> {
    if codes.is_empty() {
        return Ok(HashMap::new());
    }
    let query = products::table
        .filter(products::seller_code.eq_any(codes))
        .filter(products::removed_at.is_null())
        .select((products::seller_code, products::id))
        .into_boxed::<MultiBackend>();
    // The owner is in the query, since the index on codes begins with it.
    let rows: Vec<(String, i64)> = match owner_of(connection, connector_id)? {
        Some(owner) => query.filter(products::owner_id.eq(owner)).load(connection)?,
        None => query.filter(products::owner_id.is_null()).load(connection)?,
    };
    Ok(rows.into_iter().collect())
}

fn owner_of(connection: &mut Database, connector_id: i64) -> Result<Option<i64>, Failure> {
    Ok(connectors::table.find(connector_id).select(connectors::owner_id).first(connection)?)
}

fn find(connection: &mut Database, id: i64) -> Result<ProductRow, Failure> {
    let row = products::table
        .find(id)
        .filter(products::removed_at.is_null())
        .select(ProductRow::as_select())
        .first(connection)
        .optional()?;
    row.ok_or_else(|| StorageError::NoSuch(format!("there is no product {id}")).into())
}

/// The filter as a query, without order and limit.
fn matching(filter: &ProductFilter) -> products::BoxedQuery<'_, MultiBackend> {
    let mut query = products::table.filter(products::removed_at.is_null()).into_boxed();
    if let Some(owner) = filter.owner_id {
        query = match filter.with_unowned {
            true => query.filter(products::owner_id.eq(owner).or(products::owner_id.is_null())),
            false => query.filter(products::owner_id.eq(owner)),
        };
    }
    if !filter.ids.is_empty() {
        query = query.filter(products::id.eq_any(&filter.ids));
    }
    if !filter.seller_codes.is_empty() {
        query = query.filter(products::seller_code.eq_any(&filter.seller_codes));
    }
    if let Some(text) = &filter.text {
        let name = lower(products::name).like(lower(holding(text))).escape('\\');
        query = query.filter(name.or(lower(products::seller_code).like(lower(holding(text))).escape('\\')));
    }
    if let Some(status) = filter.status {
        query = query.filter(products::status.eq(status.name()));
    }
    query
}

fn not_negative(what: &str, value: Option<i64>) -> Result<()> {
    match value {
        Some(value) if value < 0 => Err(StorageError::Invalid(format!("{what} cannot be {value}"))),
        _ => Ok(()),
    }
}

impl Storage {
    /// A page of products by ascending id, after the given id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn products(
        &self,
        filter: ProductFilter,
        after: Option<i64>,
        limit: i64,
    ) -> Result<Vec<ProductRow>> {
        let read = move |connection: &mut Database| {
            let mut query = matching(&filter).order(products::id).limit(limit);
            if let Some(after) = after {
                query = query.filter(products::id.gt(after));
            }
            Ok(query.select(ProductRow::as_select()).load(connection)?)
        };
        self.pool().read(read).await
    }

    /// How many products match.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_products(&self, filter: ProductFilter) -> Result<i64> {
        self.pool().read(move |connection| Ok(matching(&filter).count().get_result(connection)?)).await
    }

    /// One product.
    ///
    /// # Errors
    /// `NoSuch`.
    pub async fn product(&self, id: i64) -> Result<ProductRow> {
        self.pool().read(move |connection| find(connection, id)).await
    }

    /// Says which product a listing is; it stays so whatever the listing's code. `listing` is the row's id.
    ///
    /// # Errors
    /// `NoSuch`; `Conflict` when account and product have different owners.
    pub async fn link_listing(&self, listing: i64, product_id: i64) -> Result<()> {
        let now = self.now();
        let write = move |connection: &mut Database| {
            // Takes the product: it cannot be removed until the listing is its own.
            diesel::update(products::table.find(product_id))
                .set(products::id.eq(products::id))
                .execute(connection)?;
            let product = find(connection, product_id)?;
            let account: Option<i64> =
                listings::table.find(listing).select(listings::connector_id).first(connection).optional()?;
            let account =
                account.ok_or_else(|| StorageError::NoSuch(format!("there is no listing {listing}")))?;
            if owner_of(connection, account)? != product.owner_id {
                return Err(StorageError::Conflict(format!(
                    "listing {listing} and product {product_id} have different owners"
                ))
                .into());
            }
            diesel::update(listings::table.find(listing))
                .set(listings::product_id.eq(product_id))
                .execute(connection)?;
            stock::links_changed(connection, &[account], now)
        };
        self.pool().write(Durability::Normal, true, write).await
    }

    /// Says that nobody knows which product a listing is. `listing` is the row's id.
    ///
    /// # Errors
    /// `NoSuch`.
    pub async fn unlink_listing(&self, listing: i64) -> Result<()> {
        let now = self.now();
        let write = move |connection: &mut Database| {
            let account: Option<i64> = diesel::update(listings::table.find(listing))
                .set(listings::product_id.eq(None::<i64>))
                .returning(listings::connector_id)
                .get_result(connection)
                .optional()?;
            match account {
                None => Err(StorageError::NoSuch(format!("there is no listing {listing}")).into()),
                Some(account) => stock::links_changed(connection, &[account], now),
            }
        };
        self.pool().write(Durability::Normal, true, write).await
    }

    /// Says how many pieces of a product lie on the shelf; `None` when that is not kept here. What its order lines have done by
    /// now is settled first, and the change stands in the ledger. No platform is told.
    ///
    /// # Errors
    /// `NoSuch`; `Invalid` for a negative number.
    pub async fn set_product_stock(&self, id: i64, stock: Option<i64>, by: StockNote) -> Result<ProductRow> {
        not_negative("a stock", stock)?;
        self.pool().read(move |connection| find(connection, id).map(drop)).await?;
        self.settle_product(id).await?;
        let now = self.now();
        let write = move |connection: &mut Database| {
            stock::lock(connection)?;
            find(connection, id)?;
            stock::count(connection, id, stock, &by, now)?;
            find(connection, id)
        };
        self.pool().write(Durability::Normal, true, write).await
    }

    /// Says what a piece of a product costs, in won; `None` when that is not kept here. No platform is told.
    ///
    /// # Errors
    /// `NoSuch`; `Invalid` for a negative number.
    pub async fn set_product_price(&self, id: i64, price: Option<i64>) -> Result<ProductRow> {
        not_negative("a price", price)?;
        let now = column(self.now());
        let write = move |connection: &mut Database| {
            diesel::update(products::table.find(id))
                .set((products::price.eq(price), products::updated_at.eq(now)))
                .execute(connection)?;
            find(connection, id)
        };
        self.pool().write(Durability::Normal, true, write).await
    }
}
