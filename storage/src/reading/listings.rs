//! Listing what is on sale.

use std::fmt;

use chrono::{DateTime, Utc};
use connector_core::ListingState;
use connector_core::command::OfListing;
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use serde::Serialize;

use super::lines::raw;
use crate::backend::{Database, MultiBackend};
use crate::due::KEYS_AT_ONCE;
use crate::instants::Instant;
use crate::schema::listings;
use crate::{Result, Storage};

/// Which listings.
#[derive(Clone, Debug, Default)]
pub struct ListingFilter {
    /// Of these connectors; empty means all.
    pub connector_ids: Vec<i64>,
    /// Of these platforms; empty means all.
    pub platforms: Vec<String>,
    /// Rows with these ids; empty means all.
    pub ids: Vec<i64>,
    /// In these states; empty means all.
    pub states: Vec<ListingState>,
    /// One product of a platform, with all its options.
    pub listing_id: Option<String>,
    /// With this seller's code.
    pub seller_code: Option<String>,
    /// Of this product of the seller.
    pub product_id: Option<i64>,
    /// Of one of these products of the seller; empty means all.
    pub product_ids: Vec<i64>,
    /// Only those of which nobody knows yet which product they are.
    pub unmatched: bool,
    /// Whether to read the platform's own object.
    pub with_raw: bool,
}

/// A stored listing: one option on sale. `Debug` leaves the platform's object out.
#[derive(Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = listings)]
pub struct ListingRow {
    /// The row's id.
    pub id: i64,
    /// The account.
    pub connector_id: i64,
    /// The platform's key.
    pub platform: String,
    /// The platform's id of the product as a whole.
    pub listing_id: String,
    /// The platform's id of the option; empty where the product has none.
    pub option_id: String,
    /// The seller's product, where it is known.
    pub product_id: Option<i64>,
    /// The seller's own code.
    pub seller_code: Option<String>,
    /// The product's name.
    pub name: String,
    /// The option, for people.
    pub option_name: Option<String>,
    /// Won for a piece.
    pub price: Option<i64>,
    /// Pieces left.
    pub stock: Option<i64>,
    /// The neutral state's name.
    pub state: String,
    /// The platform's status word.
    pub status: String,
    /// When the platform was last asked for it.
    #[diesel(deserialize_as = Instant)]
    pub observed_at: DateTime<Utc>,
    /// When it first came.
    #[diesel(deserialize_as = Instant)]
    pub first_seen_at: DateTime<Utc>,
    /// When its content last changed here.
    #[diesel(deserialize_as = Instant)]
    pub updated_at: DateTime<Utc>,
    /// The platform's own object as JSON text; `None` unless asked for.
    #[diesel(select_expression = sql::<Nullable<Text>>("NULL"))]
    #[diesel(select_expression_type = SqlLiteral<Nullable<Text>>)]
    pub meta_json: Option<String>,
}

impl ListingRow {
    /// The listing as a command names it; with the platform's own object where the row was read with it.
    #[must_use]
    pub fn target(&self) -> OfListing {
        OfListing {
            listing_id: self.listing_id.clone(),
            option_id: self.option_id.clone(),
            raw: raw(self.meta_json.as_ref()),
        }
    }
}

impl fmt::Debug for ListingRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListingRow")
            .field("id", &self.id)
            .field("listing_id", &self.listing_id)
            .field("option_id", &self.option_id)
            .field("product_id", &self.product_id)
            .field("seller_code", &self.seller_code)
            .field("price", &self.price)
            .field("stock", &self.stock)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// The filter as a query, without order and limit.
fn matching(filter: &ListingFilter) -> listings::BoxedQuery<'_, MultiBackend> {
    let mut query = listings::table.into_boxed();
    if !filter.connector_ids.is_empty() {
        query = query.filter(listings::connector_id.eq_any(&filter.connector_ids));
    }
    if !filter.platforms.is_empty() {
        query = query.filter(listings::platform.eq_any(&filter.platforms));
    }
    if !filter.ids.is_empty() {
        query = query.filter(listings::id.eq_any(&filter.ids));
    }
    if !filter.states.is_empty() {
        let states: Vec<&str> = filter.states.iter().map(|state| state.name()).collect();
        query = query.filter(listings::state.eq_any(states));
    }
    if let Some(listing_id) = &filter.listing_id {
        query = query.filter(listings::listing_id.eq(listing_id));
    }
    if let Some(seller_code) = &filter.seller_code {
        query = query.filter(listings::seller_code.eq(seller_code));
    }
    if let Some(product_id) = filter.product_id {
        query = query.filter(listings::product_id.eq(product_id));
    }
    if !filter.product_ids.is_empty() {
        query = query.filter(listings::product_id.eq_any(&filter.product_ids));
    }
    if filter.unmatched {
        query = query.filter(listings::product_id.is_null());
    }
    query
}

impl Storage {
    /// A page of listings by ascending row id, after the given id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn listings(
        &self,
        filter: ListingFilter,
        after: Option<i64>,
        limit: i64,
    ) -> Result<Vec<ListingRow>> {
        let read = move |connection: &mut Database| {
            let mut query = matching(&filter).order(listings::id).limit(limit);
            if let Some(after) = after {
                query = query.filter(listings::id.gt(after));
            }
            Ok(load!(query, connection, ListingRow of listings, filter.with_raw))
        };
        self.pool().read(read).await
    }

    /// How many listings match.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_listings(&self, filter: ListingFilter) -> Result<i64> {
        self.pool().read(move |connection| Ok(matching(&filter).count().get_result(connection)?)).await
    }

    /// All options of the account's listings with these ids, with the platform's own objects; by listing and option. Those
    /// that are not there are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn listing_rows(&self, connector_id: i64, listing_ids: &[String]) -> Result<Vec<ListingRow>> {
        let mut ids = listing_ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let read = move |connection: &mut Database| {
            let mut found = Vec::with_capacity(ids.len());
            for chunk in ids.chunks(KEYS_AT_ONCE) {
                // By key, not by account: see `orders::existing`.
                let query = listings::table
                    .filter((listings::connector_id + 0).eq(connector_id))
                    .filter(listings::listing_id.eq_any(chunk))
                    .order((listings::listing_id, listings::option_id));
                let rows: Vec<ListingRow> = load!(query, connection, ListingRow of listings, true);
                found.extend(rows);
            }
            Ok(found)
        };
        self.pool().read(read).await
    }
}
