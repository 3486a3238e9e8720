//! Setting what lies on the shelf.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::apply::{Movement, insert_movements, keep, shelves};
use super::ledger::MovementCause;
use super::lock;
use crate::StorageError;
use crate::backend::Database;
use crate::error::Failure;
use crate::instants::column;
use crate::schema::products;

/// Why a stock is what it is said to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StockNote {
    /// The cause; a person's count unless said otherwise.
    pub cause: MovementCause,
    /// Who.
    pub actor: Option<String>,
    /// What there is to say.
    pub note: Option<String>,
}

/// Sets what lies on the shelf, `None` when that is not kept any more, and writes the movement, in the caller's transaction. The
/// caller takes [`lock`] before it changes the product in any other way. The same number again is a count, too: it says that
/// what left before is known.
pub(crate) fn count(
    connection: &mut Database,
    product_id: i64,
    stock: Option<i64>,
    by: &StockNote,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    lock(connection)?;
    let now = column(now);
    let mut shelf = shelves(connection, &[product_id].into())?
        .remove(&product_id)
        .ok_or_else(|| StorageError::NoSuch(format!("there is no product {product_id}")))?;
    let change = stock.unwrap_or(0).saturating_sub(shelf.stock.unwrap_or(0));
    let is_same = shelf.stock == stock;
    shelf.stock = stock;
    shelf.stock_counted_at = stock.map(|_| now);
    keep(connection, &shelf, now)?;
    if is_same {
        return Ok(());
    }
    let movement = Movement {
        owner_id: shelf.owner_id,
        product_id,
        at: now,
        cause: by.cause.name(),
        on_hand_change: change,
        reserved_change: 0,
        on_hand: shelf.stock,
        reserved: shelf.reserved,
        connector_id: None,
        line_id: None,
        order_id: None,
        actor: by.actor.as_deref(),
        note: by.note.as_deref(),
    };
    insert_movements(connection, &[movement])
}

/// The accounts whose lines may take pieces of a product.
pub(super) fn accounts_of(connection: &mut Database, product_id: i64) -> Result<Vec<i64>, Failure> {
    let owner: Option<Option<i64>> =
        products::table.find(product_id).select(products::owner_id).first(connection).optional()?;
    let owner = owner.ok_or_else(|| StorageError::NoSuch(format!("there is no product {product_id}")))?;
    accounts_of_owner(connection, owner)
}

/// An owner's accounts, by id.
pub(crate) fn accounts_of_owner(connection: &mut Database, owner: Option<i64>) -> Result<Vec<i64>, Failure> {
    use crate::schema::connectors;
    let query = connectors::table
        .filter(connectors::removed_at.is_null())
        .select(connectors::id)
        .order(connectors::id)
        .into_boxed();
    Ok(match owner {
        Some(owner) => query.filter(connectors::owner_id.eq(owner)).load(connection)?,
        None => query.filter(connectors::owner_id.is_null()).load(connection)?,
    })
}
