//! What holds for a product at one account, and what was last told to the platform there.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{find, not_negative};
use crate::backend::{Database, Durability, MultiBackend, on_backend};
use crate::connectors;
use crate::due::KEYS_AT_ONCE;
use crate::error::Failure;
use crate::instants::{column, instant};
use crate::schema::channel_terms;
use crate::text::clean;
use crate::{Result, Storage};

/// What holds for a product at one account. `Default` is what holds where nothing was said.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ChannelTerms {
    /// The product.
    pub product_id: i64,
    /// The account.
    pub connector_id: i64,
    /// Won for a piece there; the product's own price where it is `None`.
    pub price: Option<i64>,
    /// Pieces held back there: the platform is told that many fewer.
    pub buffer: i64,
    /// What the platform wants to know beyond the product, such as its own category.
    pub platform: Map<String, Value>,
    /// The price that the platform last accepted.
    pub last_pushed_price: Option<i64>,
    /// The stock that the platform last accepted.
    pub last_pushed_stock: Option<i64>,
    /// A digest of all that the platform last accepted with the whole product.
    pub last_pushed_hash: Option<i64>,
    /// When the platform last accepted something.
    pub last_pushed_at: Option<DateTime<Utc>>,
    /// Why the platform, or this program, last refused; gone when something was accepted since.
    pub last_error: Option<PushError>,
    /// When any of this last changed.
    pub updated_at: Option<DateTime<Utc>>,
}

impl ChannelTerms {
    /// What the account is told of so many pieces that can be promised: less what is held back, and never below zero.
    #[must_use]
    pub fn offered(&self, available: i64) -> i64 {
        available.saturating_sub(self.buffer).max(0)
    }
}

/// Why something was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PushError {
    /// The platform's own code, or one word of this program's.
    pub code: Option<String>,
    /// The cause, for people.
    pub message: String,
    /// What to do about it, where that is known.
    pub fix: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// What to change of the terms; `None` leaves a thing as it is.
#[derive(Clone, Debug, Default)]
pub struct TermsChange {
    /// Won for a piece; `Some(None)` goes back to the product's own price.
    pub price: Option<Option<i64>>,
    /// Pieces held back.
    pub buffer: Option<i64>,
    /// What the platform wants to know, as a whole.
    pub platform: Option<Map<String, Value>>,
}

/// What became of telling a platform something about a product.
#[derive(Clone, Debug)]
pub struct Pushed {
    /// The product.
    pub product_id: i64,
    /// The account.
    pub connector_id: i64,
    /// What became of it.
    pub outcome: std::result::Result<Accepted, Refused>,
}

/// What the platform accepted; `None` where nothing was said of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Accepted {
    /// Won for a piece.
    pub price: Option<i64>,
    /// Pieces.
    pub stock: Option<i64>,
    /// A digest of the whole product as it was told.
    pub hash: Option<i64>,
}

/// Why it was not accepted.
#[derive(Clone, Debug)]
pub struct Refused {
    /// The platform's own code, or one word of this program's.
    pub code: Option<String>,
    /// The cause, for people.
    pub message: String,
    /// What to do about it, where that is known.
    pub fix: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = channel_terms)]
struct Stored {
    product_id: i64,
    connector_id: i64,
    price: Option<i64>,
    buffer: i64,
    platform_json: String,
    last_pushed_price: Option<i64>,
    last_pushed_stock: Option<i64>,
    last_pushed_hash: Option<i64>,
    last_pushed_at: Option<NaiveDateTime>,
    last_error_code: Option<String>,
    last_error_message: Option<String>,
    last_error_fix: Option<String>,
    last_error_at: Option<NaiveDateTime>,
    updated_at: NaiveDateTime,
}

impl From<Stored> for ChannelTerms {
    fn from(row: Stored) -> Self {
        let error = |message| PushError {
            code: row.last_error_code,
            message,
            fix: row.last_error_fix,
            at: instant(row.last_error_at.unwrap_or(row.updated_at)),
        };
        Self {
            product_id: row.product_id,
            connector_id: row.connector_id,
            price: row.price,
            buffer: row.buffer,
            platform: serde_json::from_str(&row.platform_json).unwrap_or_else(|error| {
                tracing::warn!(product.id = row.product_id, connector.id = row.connector_id, %error,
                    "a product's platform_json cannot be read");
                Map::new()
            }),
            last_pushed_price: row.last_pushed_price,
            last_pushed_stock: row.last_pushed_stock,
            last_pushed_hash: row.last_pushed_hash,
            last_pushed_at: row.last_pushed_at.map(instant),
            last_error: row.last_error_message.map(error),
            updated_at: Some(instant(row.updated_at)),
        }
    }
}

/// Makes the row if it is not there.
fn ensure(
    connection: &mut Database,
    product_id: i64,
    connector_id: i64,
    now: NaiveDateTime,
) -> Result<(), Failure> {
    on_backend!(connection, inner => {
        diesel::insert_into(channel_terms::table)
            .values((
                channel_terms::product_id.eq(product_id),
                channel_terms::connector_id.eq(connector_id),
                channel_terms::updated_at.eq(now),
            ))
            .on_conflict((channel_terms::product_id, channel_terms::connector_id))
            .do_nothing()
            .execute(inner)?
    });
    Ok(())
}

fn note(connection: &mut Database, pushed: &Pushed, now: NaiveDateTime) -> Result<(), Failure> {
    ensure(connection, pushed.product_id, pushed.connector_id, now)?;
    let row = channel_terms::table
        .filter(channel_terms::product_id.eq(pushed.product_id))
        .filter(channel_terms::connector_id.eq(pushed.connector_id));
    match &pushed.outcome {
        Err(refused) => {
            diesel::update(row)
                .set((
                    channel_terms::last_error_code.eq(refused.code.as_deref().map(clean)),
                    channel_terms::last_error_message.eq(Some(clean(&refused.message))),
                    channel_terms::last_error_fix.eq(refused.fix.as_deref().map(clean)),
                    channel_terms::last_error_at.eq(Some(now)),
                    channel_terms::updated_at.eq(now),
                ))
                .execute(connection)?;
        }
        Ok(accepted) => {
            let Accepted { price, stock, hash } = *accepted;
            let is_told = price.is_some() || stock.is_some() || hash.is_some();
            diesel::update(row)
                .set((
                    channel_terms::last_error_code.eq(None::<String>),
                    channel_terms::last_error_message.eq(None::<String>),
                    channel_terms::last_error_fix.eq(None::<String>),
                    channel_terms::last_error_at.eq(None::<NaiveDateTime>),
                    is_told.then(|| channel_terms::last_pushed_at.eq(Some(now))),
                    price.map(|price| channel_terms::last_pushed_price.eq(Some(price))),
                    stock.map(|stock| channel_terms::last_pushed_stock.eq(Some(stock))),
                    hash.map(|hash| channel_terms::last_pushed_hash.eq(Some(hash))),
                    channel_terms::updated_at.eq(now),
                ))
                .execute(connection)?;
        }
    }
    Ok(())
}

impl Storage {
    /// What holds for these products at one account, or with `None` at all where something was said of it, by product and
    /// account. A product and account without a row has no price of its own, no buffer and nothing of the platform's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn channel_terms(
        &self,
        product_ids: Vec<i64>,
        connector_id: Option<i64>,
    ) -> Result<Vec<ChannelTerms>> {
        let mut ids = product_ids;
        ids.sort_unstable();
        ids.dedup();
        let read = move |connection: &mut Database| {
            let mut found = Vec::new();
            for chunk in ids.chunks(KEYS_AT_ONCE) {
                let mut query = channel_terms::table
                    .filter(channel_terms::product_id.eq_any(chunk))
                    .order((channel_terms::product_id, channel_terms::connector_id))
                    .select(Stored::as_select())
                    .into_boxed::<MultiBackend>();
                if let Some(id) = connector_id {
                    query = query.filter(channel_terms::connector_id.eq(id));
                }
                let rows: Vec<Stored> = query.load(connection)?;
                found.extend(rows.into_iter().map(ChannelTerms::from));
            }
            Ok(found)
        };
        self.pool().read(read).await
    }

    /// Says what holds for a product at an account. No platform is told.
    ///
    /// # Errors
    /// `NoSuch` and `NotFound` when there is no such product or account; `Invalid` for a negative number.
    pub async fn set_channel_terms(
        &self,
        product_id: i64,
        connector_id: i64,
        change: TermsChange,
    ) -> Result<ChannelTerms> {
        not_negative("a price", change.price.flatten())?;
        not_negative("a buffer", change.buffer)?;
        let now = column(self.now());
        let write = move |connection: &mut Database| {
            find(connection, product_id)?;
            connectors::find(connection, connector_id)?;
            ensure(connection, product_id, connector_id, now)?;
            let row = channel_terms::table
                .filter(channel_terms::product_id.eq(product_id))
                .filter(channel_terms::connector_id.eq(connector_id));
            let platform = change.platform.map(|platform| Value::Object(platform).to_string());
            diesel::update(row)
                .set((
                    change.price.map(|price| channel_terms::price.eq(price)),
                    change.buffer.map(|buffer| channel_terms::buffer.eq(buffer)),
                    platform.map(|text| channel_terms::platform_json.eq(text)),
                    channel_terms::updated_at.eq(now),
                ))
                .execute(connection)?;
            Ok(row.select(Stored::as_select()).first::<Stored>(connection)?.into())
        };
        self.pool().write(Durability::Normal, true, write).await
    }

    /// Notes what platforms were told of products, and what became of it. What was accepted ends the error before it. A
    /// product or account that has gone meanwhile is passed over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_pushes(&self, pushes: Vec<Pushed>) -> Result<()> {
        let now = column(self.now());
        let write = move |connection: &mut Database| {
            for pushed in &pushes {
                let is_there = find(connection, pushed.product_id).is_ok()
                    && connectors::find(connection, pushed.connector_id).is_ok();
                if is_there {
                    note(connection, pushed, now)?;
                }
            }
            Ok(())
        };
        self.pool().write(Durability::Normal, true, write).await
    }
}
