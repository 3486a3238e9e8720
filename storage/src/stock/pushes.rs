//! What platforms were told of a listing's stock.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::Serialize;

use crate::backend::{Database, Durability, on_backend};
use crate::due::KEYS_AT_ONCE;
use crate::instants::{Instant, column};
use crate::schema::{listings, stock_pushes};
use crate::{ListingRow, Result, Storage};

/// What was last told of a listing's stock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Queryable, Selectable)]
#[diesel(table_name = stock_pushes)]
pub struct PushRow {
    /// The listing's row.
    pub listing_row: i64,
    /// The account.
    pub connector_id: i64,
    /// What the platform was to show.
    pub stock: i64,
    /// Whether it is not certain that it does, so that it is told again.
    pub pending: bool,
    /// Whether it was taken off sale here, so that it is put back from here: since nothing was left, or since its product is not
    /// meant to be on sale.
    pub stopped: bool,
    /// How often it was told since it was last certain; 0 where it was told of no stock, and `stock` is what it showed.
    pub attempts: i64,
    /// Why it is not certain.
    pub message: Option<String>,
    /// When it was last told.
    #[diesel(deserialize_as = Instant)]
    pub updated_at: DateTime<Utc>,
}

/// One listing, told.
#[derive(Clone, Debug)]
pub struct Push {
    /// The listing's row.
    pub listing_row: i64,
    /// The account.
    pub connector_id: i64,
    /// What the platform was to show.
    pub stock: i64,
    /// Why it is not certain that it does; `None` when it was seen to.
    pub uncertain: Option<String>,
    /// Whether its sale is stopped now because nothing is left; `None` leaves that as it was.
    pub stopped: Option<bool>,
}

/// One listing, taken off sale here or not any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SaleMark {
    /// The listing's row.
    pub listing_row: i64,
    /// Whether it is off sale because of this program.
    pub stopped: bool,
}

impl Storage {
    /// The listings at an account that are these products, with the platform's own objects, by row id; of all products where
    /// none is named. At most `limit`, after the given row.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn listings_of_products(
        &self,
        connector_id: i64,
        product_ids: Vec<i64>,
        after: Option<i64>,
        limit: i64,
    ) -> Result<Vec<ListingRow>> {
        let read = move |connection: &mut Database| {
            let mut query = listings::table
                .filter(listings::connector_id.eq(connector_id))
                .filter(listings::product_id.is_not_null())
                .order(listings::id)
                .limit(limit)
                .into_boxed();
            if !product_ids.is_empty() {
                query = query.filter(listings::product_id.eq_any(&product_ids));
            }
            if let Some(after) = after {
                query = query.filter(listings::id.gt(after));
            }
            let rows: Vec<(ListingRow, String)> =
                query.select((ListingRow::as_select(), listings::meta_json)).load(connection)?;
            Ok(rows.into_iter().map(|(row, raw)| ListingRow { meta_json: Some(raw), ..row }).collect())
        };
        self.pool().read(read).await
    }

    /// What was last told of these listings; those of which nothing was told are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stock_pushes(&self, listing_rows: Vec<i64>) -> Result<Vec<PushRow>> {
        let read = move |connection: &mut Database| {
            let mut found = Vec::new();
            for chunk in listing_rows.chunks(KEYS_AT_ONCE) {
                let rows: Vec<PushRow> = stock_pushes::table
                    .filter(stock_pushes::listing_row.eq_any(chunk))
                    .select(PushRow::as_select())
                    .load(connection)?;
                found.extend(rows);
            }
            Ok(found)
        };
        self.pool().read(read).await
    }

    /// The products of an account's listings that have to be told again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pending_pushes(&self, connector_id: i64) -> Result<Vec<i64>> {
        let read = move |connection: &mut Database| {
            let ids: Vec<Option<i64>> = stock_pushes::table
                .inner_join(listings::table.on(listings::id.eq(stock_pushes::listing_row)))
                .filter(stock_pushes::connector_id.eq(connector_id))
                .filter(stock_pushes::pending.eq(true))
                .select(listings::product_id)
                .distinct()
                .load(connection)?;
            Ok(ids.into_iter().flatten().collect())
        };
        self.pool().read(read).await
    }

    /// Notes what was told. A listing that has gone meanwhile is passed over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_stock_pushes(&self, pushes: Vec<Push>) -> Result<()> {
        let now = column(self.now());
        let write = move |connection: &mut Database| {
            for push in &pushes {
                let before: Option<PushRow> = stock_pushes::table
                    .find(push.listing_row)
                    .select(PushRow::as_select())
                    .first(connection)
                    .optional()?;
                let is_there: Option<i64> = listings::table
                    .find(push.listing_row)
                    .select(listings::id)
                    .first(connection)
                    .optional()?;
                if is_there.is_none() {
                    continue;
                }
                let had = before.as_ref().filter(|row| row.pending).map_or(0, |row| row.attempts);
                let stopped = push.stopped.unwrap_or(before.is_some_and(|row| row.stopped));
                let values = (
                    stock_pushes::stock.eq(push.stock),
                    stock_pushes::pending.eq(push.uncertain.is_some()),
                    stock_pushes::stopped.eq(stopped),
                    stock_pushes::attempts.eq(had.saturating_add(1)),
                    stock_pushes::message.eq(&push.uncertain),
                    stock_pushes::updated_at.eq(now),
                );
                on_backend!(connection, inner => {
                    diesel::insert_into(stock_pushes::table)
                        .values((
                            stock_pushes::listing_row.eq(push.listing_row),
                            stock_pushes::connector_id.eq(push.connector_id),
                            values,
                        ))
                        .on_conflict(stock_pushes::listing_row)
                        .do_update()
                        .set(values)
                        .execute(inner)?
                });
            }
            Ok(())
        };
        self.pool().write(Durability::Normal, true, write).await
    }

    /// Notes which listings of an account were taken off sale here, whatever they were told of stock. A listing that has gone
    /// meanwhile is passed over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_sales(&self, connector_id: i64, marks: Vec<SaleMark>) -> Result<()> {
        if marks.is_empty() {
            return Ok(());
        }
        let now = column(self.now());
        let write = move |connection: &mut Database| {
            for mark in &marks {
                let noted = diesel::update(stock_pushes::table.find(mark.listing_row))
                    .set(stock_pushes::stopped.eq(mark.stopped))
                    .execute(connection)?;
                if noted > 0 || !mark.stopped {
                    continue;
                }
                let shown: Option<Option<i64>> = listings::table
                    .filter(listings::id.eq(mark.listing_row))
                    .filter(listings::connector_id.eq(connector_id))
                    .select(listings::stock)
                    .first(connection)
                    .optional()?;
                let Some(shown) = shown else { continue };
                diesel::insert_into(stock_pushes::table)
                    .values((
                        stock_pushes::listing_row.eq(mark.listing_row),
                        stock_pushes::connector_id.eq(connector_id),
                        stock_pushes::stock.eq(shown.unwrap_or(0)),
                        stock_pushes::stopped.eq(true),
                        stock_pushes::updated_at.eq(now),
                    ))
                    .execute(connection)?;
            }
            Ok(())
        };
        self.pool().write(Durability::Normal, true, write).await
    }
}
