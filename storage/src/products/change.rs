//! Adding, changing and removing products.

use chrono::{DateTime, Utc};
use connector_core::ListingState;
use diesel::backend::Backend;
use diesel::deserialize::{FromStaticSqlRow, Queryable};
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{NewProduct, ProductDetails, ProductRow, SAFETY_STOCK, find, not_negative};
use crate::backend::{Database, Durability};
use crate::error::Failure;
use crate::instants::column;
use crate::schema::{listings, products};
use crate::stock;
use crate::text::clean;
use crate::{Result, Storage, StorageError};

/// Whether a product is meant to be on sale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductStatus {
    /// It is to be on sale.
    #[default]
    Active,
    /// It is not: nothing is told to platforms to put it on sale.
    Inactive,
}

impl ProductStatus {
    /// `active` or `inactive`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Active, Self::Inactive].into_iter().find(|status| status.name() == name)
    }
}

/// Reads the column. A word that somebody wrote by hand is taken for inactive: nothing is sold by mistake.
pub struct StatusText(String);

impl<DB: Backend> Queryable<Text, DB> for StatusText
where
    String: FromStaticSqlRow<Text, DB>,
{
    type Row = String;

    fn build(row: Self::Row) -> diesel::deserialize::Result<Self> {
        Ok(Self(row))
    }
}

impl From<StatusText> for ProductStatus {
    fn from(column: StatusText) -> Self {
        Self::from_name(&column.0).unwrap_or_else(|| {
            tracing::warn!(status = column.0, "a product's status is none of this program's");
            Self::Inactive
        })
    }
}

/// What to change of a product; `None` leaves a thing as it is, and `Some(None)` says that it is not kept here. Stock is not
/// among it: see [`Storage::set_product_stock`].
#[derive(Clone, Debug, Default)]
pub struct ProductChange {
    /// The seller's own code.
    pub seller_code: Option<String>,
    /// What it is called.
    pub name: Option<String>,
    /// Won for a piece.
    pub price: Option<Option<i64>>,
    /// Won that a piece costs the seller.
    pub cost: Option<Option<i64>>,
    /// The stock at or under which it is low.
    pub safety_stock: Option<i64>,
    /// Whether it is meant to be on sale.
    pub status: Option<ProductStatus>,
    /// Fields of [`ProductDetails`] to set, and with `null` to empty.
    pub details: Map<String, Value>,
}

fn duplicate(error: diesel::result::Error, code: &str) -> Failure {
    let failure = Failure::from(error);
    match failure.is_duplicate() {
        true => StorageError::Conflict(format!("there is a product with the code {code:?} already")).into(),
        false => failure,
    }
}

fn sound_code(code: &str) -> Result<String> {
    let code = clean(code).trim().to_owned();
    match code.is_empty() {
        true => Err(StorageError::Invalid("a product needs a seller's code".to_owned())),
        false => Ok(code),
    }
}

/// Gives the product those listings of its owner's accounts that have its code and no product.
fn adopt(
    connection: &mut Database,
    product_id: i64,
    owner_id: Option<i64>,
    code: &str,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let own = stock::accounts_of_owner(connection, owner_id)?;
    diesel::update(
        listings::table
            .filter(listings::seller_code.eq(code))
            .filter(listings::product_id.is_null())
            .filter(listings::connector_id.eq_any(&own)),
    )
    .set(listings::product_id.eq(product_id))
    .execute(connection)?;
    // Lines may bear the code where no listing does, and may have been another product's.
    stock::links_changed(connection, &own, now)
}

fn insert(
    connection: &mut Database,
    new: &NewProduct,
    code: &str,
    at: DateTime<Utc>,
) -> Result<i64, Failure> {
    stock::lock(connection)?;
    let now = column(at);
    let id = diesel::insert_into(products::table)
        .values((
            products::owner_id.eq(new.owner_id),
            products::seller_code.eq(code),
            products::name.eq(clean(&new.name)),
            products::price.eq(new.price),
            products::safety_stock.eq(new.safety_stock.unwrap_or(SAFETY_STOCK)),
            products::cost.eq(new.cost),
            products::status.eq(new.status.name()),
            products::details_json.eq(new.details.text()),
            products::created_at.eq(now),
            products::updated_at.eq(now),
        ))
        .returning(products::id)
        .get_result(connection)
        .map_err(|error| duplicate(error, code))?;
    if new.stock.is_some() {
        stock::count(connection, id, new.stock, &new.counted, at)?;
    }
    Ok(id)
}

/// A code made of the product's id, which the owner has not given to another product.
fn own_code(connection: &mut Database, id: i64, owner_id: Option<i64>) -> Result<String, Failure> {
    let mut code = format!("P-{id}");
    loop {
        let mut holder =
            products::table.filter(products::seller_code.eq(&code)).select(products::id).into_boxed();
        holder = match owner_id {
            Some(owner) => holder.filter(products::owner_id.eq(owner)),
            None => holder.filter(products::owner_id.is_null()),
        };
        if holder.first::<i64>(connection).optional()?.is_none() {
            return Ok(code);
        }
        code.push('-');
    }
}

fn sound(new: &NewProduct) -> Result<()> {
    not_negative("a price", new.price)?;
    not_negative("a stock", new.stock)?;
    not_negative("a safety stock", new.safety_stock)?;
    not_negative("a cost", new.cost)
}

impl Storage {
    /// Adds a product, and links to it the listings of its owner's accounts that have its code and no product.
    ///
    /// # Errors
    /// `Conflict` when its owner has a product with that code; `Invalid` for an empty code or a negative number.
    pub async fn add_product(&self, new: NewProduct) -> Result<ProductRow> {
        sound(&new)?;
        let code = sound_code(&new.seller_code)?;
        let now = self.now();
        let write = move |connection: &mut Database| {
            let id = insert(connection, &new, &code, now)?;
            adopt(connection, id, new.owner_id, &code, now)?;
            find(connection, id)
        };
        self.pool().write(Durability::Normal, true, write).await
    }

    /// Adds a product under a code that is made of its id; the code in `new` counts for nothing.
    ///
    /// # Errors
    /// `Invalid` for a negative number.
    pub async fn add_product_without_code(&self, new: NewProduct) -> Result<ProductRow> {
        sound(&new)?;
        let mut random = [0_u8; 16];
        getrandom::fill(&mut random).expect("the system gives random numbers");
        let provisional = format!("new {:032x}", u128::from_be_bytes(random));
        let now = self.now();
        let write = move |connection: &mut Database| {
            let id = insert(connection, &new, &provisional, now)?;
            let code = own_code(connection, id, new.owner_id)?;
            diesel::update(products::table.find(id))
                .set(products::seller_code.eq(&code))
                .execute(connection)
                .map_err(|error| duplicate(error, &code))?;
            adopt(connection, id, new.owner_id, &code, now)?;
            find(connection, id)
        };
        self.pool().write(Durability::Normal, true, write).await
    }

    /// Changes a product. No platform is told.
    ///
    /// # Errors
    /// `NoSuch`; `Conflict` when the code is another product's; `Invalid` for a negative number, an empty code and details
    /// that have another form.
    pub async fn update_product(&self, id: i64, change: ProductChange) -> Result<ProductRow> {
        not_negative("a price", change.price.flatten())?;
        not_negative("a cost", change.cost.flatten())?;
        not_negative("a safety stock", change.safety_stock)?;
        let code = change.seller_code.as_deref().map(sound_code).transpose()?;
        let at = self.now();
        let now = column(at);
        let write = move |connection: &mut Database| {
            // Takes the row: what is merged below is what is there.
            diesel::update(products::table.find(id)).set(products::updated_at.eq(now)).execute(connection)?;
            let before = find(connection, id)?;
            let code = code.unwrap_or_else(|| before.seller_code.clone());
            let details = merged(&before.details, change.details)?;
            diesel::update(products::table.find(id))
                .set((
                    products::seller_code.eq(&code),
                    products::name.eq(clean(change.name.as_ref().unwrap_or(&before.name))),
                    products::price.eq(change.price.unwrap_or(before.price)),
                    products::cost.eq(change.cost.unwrap_or(before.cost)),
                    products::safety_stock.eq(change.safety_stock.unwrap_or(before.safety_stock)),
                    products::status.eq(change.status.unwrap_or(before.status).name()),
                    products::details_json.eq(details.text()),
                ))
                .execute(connection)
                .map_err(|error| duplicate(error, &code))?;
            if code != before.seller_code {
                adopt(connection, id, before.owner_id, &code, at)?;
            }
            find(connection, id)
        };
        self.pool().write(Durability::Normal, true, write).await
    }

    /// Removes a product. Its listings stay, and belong to no product; its code is free. With `even_on_sale` whatever the
    /// platforms sell of it goes on being sold.
    ///
    /// # Errors
    /// `NoSuch`; `Conflict` when a platform sells it, unless `even_on_sale` is set.
    pub async fn remove_product(&self, id: i64, even_on_sale: bool) -> Result<()> {
        let at = self.now();
        let now = column(at);
        let write = move |connection: &mut Database| {
            let row = find(connection, id)?;
            let on_sale: i64 = listings::table
                .filter(listings::product_id.eq(id))
                .filter(listings::state.eq(ListingState::OnSale.name()))
                .count()
                .get_result(connection)?;
            if on_sale > 0 && !even_on_sale {
                let reason = format!("the product is on sale: {on_sale} of its listings are");
                return Err(StorageError::Conflict(reason).into());
            }
            let accounts: Vec<i64> = listings::table
                .filter(listings::product_id.eq(id))
                .select(listings::connector_id)
                .distinct()
                .order(listings::connector_id)
                .load(connection)?;
            diesel::update(listings::table.filter(listings::product_id.eq(id)))
                .set(listings::product_id.eq(None::<i64>))
                .execute(connection)?;
            // After the listings, as a sync does it: whoever took them the other way round would wait for it, and it for them.
            stock::links_changed(connection, &accounts, at)?;
            diesel::update(products::table.find(id))
                .set((
                    products::seller_code.eq(format!("{} (removed {id})", row.seller_code)),
                    products::status.eq(ProductStatus::Inactive.name()),
                    products::removed_at.eq(Some(now)),
                    products::updated_at.eq(now),
                ))
                .execute(connection)?;
            Ok(())
        };
        self.pool().write(Durability::Normal, true, write).await
    }
}

/// The details with some fields set, and those that are `null` emptied.
fn merged(before: &ProductDetails, change: Map<String, Value>) -> Result<ProductDetails> {
    let mut value = serde_json::to_value(before).expect("plain values can be written");
    let fields = value.as_object_mut().expect("it is an object");
    for (name, given) in change {
        match given {
            Value::Null => drop(fields.remove(&name)),
            Value::String(text) => drop(fields.insert(name, Value::String(clean(&text).into_owned()))),
            given => drop(fields.insert(name, given)),
        }
    }
    serde_json::from_value(value)
        .map_err(|error| StorageError::Invalid(format!("the product's details make no sense: {error}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_that_is_not_given_stays_and_null_empties_it() {
        let before = ProductDetails {
            brand: Some("TechBrand".to_owned()),
            weight: Some(250),
            additional_images: vec!["https://example.com/1.jpg".to_owned()],
            ..ProductDetails::default()
        };
        let change = json!({"weight": null, "delivery_fee": 3_000, "additional_images": []});
        let after = merged(&before, change.as_object().expect("an object").clone()).expect("sound");
        let expected = ProductDetails {
            brand: Some("TechBrand".to_owned()),
            delivery_fee: Some(3_000),
            ..ProductDetails::default()
        };
        assert_eq!(after, expected);
        let change = json!({"weight": "heavy"});
        let error = merged(&before, change.as_object().expect("an object").clone()).expect_err("no number");
        assert!(matches!(error, StorageError::Invalid(_)), "{error:?}");
    }
}
