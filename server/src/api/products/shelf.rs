//! What is on sale of products, looked up for many at once.

use std::collections::HashMap;

use connector_core::time::kst_text;
use serde::Serialize;
use storage::{ChannelTerms, ConnectorRow, ListingFilter, ListingRow, ProductRow, PushError};
use utoipa::ToSchema;

use crate::access::Access;
use crate::problem::Problem;

/// More than the options of a page of products at all accounts of one seller.
const MANY: i64 = 1_000_000;

/// What is on sale of a product at an account.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProductListing {
    /// The account.
    account_id: i64,
    /// What its owner calls it.
    account: String,
    /// Its platform.
    #[schema(example = "coupang")]
    platform: String,
    /// The listing's id here; null where nothing is on sale.
    id: Option<i64>,
    /// The platform's id of the product.
    listing_id: Option<String>,
    /// The platform's id of the option; empty where the product has none.
    option_id: Option<String>,
    /// The neutral state; null where nothing is on sale.
    #[schema(example = "on_sale")]
    state: Option<String>,
    /// Won for a piece there, as last seen.
    price: Option<i64>,
    /// Pieces left there, as last seen.
    stock: Option<i64>,
    /// When it was last seen.
    observed_at: Option<String>,
    /// The price that you have set for this account; null for the product's own.
    price_override: Option<i64>,
    /// Pieces that are held back at this account.
    stock_buffer: i64,
    /// The price that the platform last accepted from here.
    last_pushed_price: Option<i64>,
    /// The stock that the platform last accepted from here.
    last_pushed_stock: Option<i64>,
    /// When the platform last accepted something from here.
    last_pushed_at: Option<String>,
    /// Why it was last refused; null when something was accepted since.
    last_error: Option<LastError>,
}

/// Why something was refused.
#[derive(Serialize, ToSchema)]
pub(crate) struct LastError {
    /// The platform's own code, or one word of this server's.
    code: Option<String>,
    /// What happened, in one line.
    cause: String,
    /// What to do about it.
    fix: Option<String>,
    /// When.
    at: String,
}

impl LastError {
    pub(super) fn new(error: &PushError) -> Self {
        Self {
            code: error.code.clone(),
            cause: error.message.clone(),
            fix: error.fix.clone(),
            at: kst_text(error.at),
        }
    }
}

/// The listings and terms of some products at the caller's accounts.
pub(crate) struct Shelf {
    accounts: Vec<ConnectorRow>,
    listings: HashMap<i64, Vec<ListingRow>>,
    terms: HashMap<(i64, i64), ChannelTerms>,
}

impl Shelf {
    /// Looks them up: three queries, however many products there are.
    pub(crate) async fn load(access: &Access, products: &[ProductRow]) -> Result<Self, Problem> {
        let accounts = access.accounts().await?;
        let mut shelf = Self { accounts, listings: HashMap::new(), terms: HashMap::new() };
        let product_ids: Vec<i64> = products.iter().map(|product| product.id).collect();
        if shelf.accounts.is_empty() || product_ids.is_empty() {
            return Ok(shelf);
        }
        let storage = &access.app.storage;
        let filter = ListingFilter { product_ids: product_ids.clone(), ..ListingFilter::default() };
        for listing in storage.listings(filter, None, MANY).await? {
            if let Some(product_id) = listing.product_id {
                shelf.listings.entry(product_id).or_default().push(listing);
            }
        }
        let terms = storage.channel_terms(product_ids, None).await?;
        shelf.terms =
            terms.into_iter().map(|terms| ((terms.product_id, terms.connector_id), terms)).collect();
        Ok(shelf)
    }

    /// The stored listings of a product at an account.
    pub(crate) fn at(&self, product_id: i64, account_id: i64) -> Vec<&ListingRow> {
        let listings = self.listings.get(&product_id).into_iter().flatten();
        listings.filter(|listing| listing.connector_id == account_id).collect()
    }

    /// What holds for a product at an account.
    pub(crate) fn terms(&self, product_id: i64, account_id: i64) -> ChannelTerms {
        let none = || ChannelTerms { product_id, connector_id: account_id, ..ChannelTerms::default() };
        self.terms.get(&(product_id, account_id)).cloned().unwrap_or_else(none)
    }

    pub(super) fn of(&self, product_id: i64) -> Vec<ProductListing> {
        let mut entries = Vec::new();
        for account in &self.accounts {
            let terms = self.terms(product_id, account.id);
            let listings = self.at(product_id, account.id);
            if listings.is_empty() && terms.updated_at.is_some() {
                entries.push(entry(account, None, &terms));
            }
            entries.extend(listings.into_iter().map(|listing| entry(account, Some(listing), &terms)));
        }
        entries
    }
}

fn entry(account: &ConnectorRow, listing: Option<&ListingRow>, terms: &ChannelTerms) -> ProductListing {
    ProductListing {
        account_id: account.id,
        account: account.title().to_owned(),
        platform: account.platform.clone(),
        id: listing.map(|listing| listing.id),
        listing_id: listing.map(|listing| listing.listing_id.clone()),
        option_id: listing.map(|listing| listing.option_id.clone()),
        state: listing.map(|listing| listing.state.clone()),
        price: listing.and_then(|listing| listing.price),
        stock: listing.and_then(|listing| listing.stock),
        observed_at: listing.map(|listing| kst_text(listing.observed_at)),
        price_override: terms.price,
        stock_buffer: terms.buffer,
        last_pushed_price: terms.last_pushed_price,
        last_pushed_stock: terms.last_pushed_stock,
        last_pushed_at: terms.last_pushed_at.map(kst_text),
        last_error: terms.last_error.as_ref().map(LastError::new),
    }
}
