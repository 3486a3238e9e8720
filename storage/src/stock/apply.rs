//! Writing what lines do: holds, movements and products, together.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::hold::{Hold, HoldState};
use super::ledger::MovementCause;
use super::lock;
use crate::backend::{Database, on_backend};
use crate::error::Failure;
use crate::instants::column;
use crate::records::write_rows;
use crate::schema::{products, stock_holds, stock_movements, store_orders};

/// A product's stock while a transaction works on it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = products)]
pub(super) struct Shelf {
    pub(super) id: i64,
    pub(super) owner_id: Option<i64>,
    pub(super) stock: Option<i64>,
    pub(super) reserved: i64,
    pub(super) stock_counted_at: Option<NaiveDateTime>,
}

/// The stock of these products, by id.
pub(super) fn shelves(
    connection: &mut Database,
    ids: &BTreeSet<i64>,
) -> Result<BTreeMap<i64, Shelf>, Failure> {
    let rows: Vec<Shelf> = on_backend!(connection, inner => {
        products::table.filter(products::id.eq_any(ids)).select(Shelf::as_select()).load(inner)?
    });
    Ok(rows.into_iter().map(|shelf| (shelf.id, shelf)).collect())
}

/// What a line did and does now.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) connector_id: i64,
    pub(super) line_id: i64,
    pub(super) order_id: String,
    pub(super) before: Option<Hold>,
    pub(super) after: Hold,
    /// Whether the count of the product knows already that the pieces left.
    pub(super) is_counted: bool,
    /// Why, where the states do not tell.
    pub(super) note: Option<&'static str>,
}

/// A row of the ledger to be.
#[derive(Insertable)]
#[diesel(table_name = stock_movements, treat_none_as_default_value = false)]
pub(super) struct Movement<'a> {
    pub(super) owner_id: Option<i64>,
    pub(super) product_id: i64,
    pub(super) at: NaiveDateTime,
    pub(super) cause: &'static str,
    pub(super) on_hand_change: i64,
    pub(super) reserved_change: i64,
    pub(super) on_hand: Option<i64>,
    pub(super) reserved: i64,
    pub(super) connector_id: Option<i64>,
    pub(super) line_id: Option<i64>,
    pub(super) order_id: Option<&'a str>,
    pub(super) actor: Option<&'a str>,
    pub(super) note: Option<&'a str>,
}

#[derive(Insertable)]
#[diesel(table_name = stock_holds)]
struct HoldRow {
    connector_id: i64,
    line_id: i64,
    product_id: i64,
    quantity: i64,
    state: &'static str,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
}

/// What a step changes at one product: on the shelf, and reserved.
fn changes(step: &Step) -> Vec<(i64, MovementCause, i64, i64)> {
    let Step { before, after, is_counted, .. } = step;
    let off_shelf = |pieces: i64| if *is_counted { 0 } else { -pieces };
    let cause = match after.state {
        HoldState::Reserved => MovementCause::Order,
        HoldState::Shipped => MovementCause::Shipment,
        HoldState::Released => MovementCause::Cancel,
    };
    match before {
        Some(before) if before.product_id != after.product_id => vec![
            (before.product_id, MovementCause::Cancel, 0, -before.reserved()),
            (after.product_id, cause, off_shelf(after.shipped()), after.reserved()),
        ],
        before => {
            let (shipped, reserved) = before.map_or((0, 0), |hold| (hold.shipped(), hold.reserved()));
            let left = after.shipped() - shipped;
            vec![(after.product_id, cause, off_shelf(left), after.reserved() - reserved)]
        }
    }
}

/// Writes what lines do now, in the caller's transaction, which holds the lock. Returns the products whose stock is another.
pub(super) fn apply(
    connection: &mut Database,
    shelves: &mut BTreeMap<i64, Shelf>,
    steps: &[Step],
    now: DateTime<Utc>,
) -> Result<BTreeSet<i64>, Failure> {
    let now = column(now);
    let mut changed = BTreeSet::new();
    let mut movements = Vec::new();
    for step in steps {
        for (product_id, cause, on_hand_change, reserved_change) in changes(step) {
            // A product that is gone has no stock.
            let Some(shelf) = shelves.get_mut(&product_id) else { continue };
            let on_hand_change = if shelf.stock.is_some() { on_hand_change } else { 0 };
            if on_hand_change == 0 && reserved_change == 0 {
                continue;
            }
            shelf.stock = shelf.stock.map(|stock| stock.saturating_add(on_hand_change));
            shelf.reserved = shelf.reserved.saturating_add(reserved_change);
            changed.insert(product_id);
            movements.push(Movement {
                owner_id: shelf.owner_id,
                product_id,
                at: now,
                cause: cause.name(),
                on_hand_change,
                reserved_change,
                on_hand: shelf.stock,
                reserved: shelf.reserved,
                connector_id: Some(step.connector_id),
                line_id: Some(step.line_id),
                order_id: Some(&step.order_id),
                actor: None,
                note: step.note,
            });
        }
    }
    let holds: Vec<HoldRow> = steps
        .iter()
        .map(|step| HoldRow {
            connector_id: step.connector_id,
            line_id: step.line_id,
            product_id: step.after.product_id,
            quantity: step.after.quantity,
            state: step.after.state.name(),
            created_at: now,
            updated_at: now,
        })
        .collect();
    write_rows!(connection, stock_holds, holds, key(line_id), set(product_id, quantity, state, updated_at));
    insert_movements(connection, &movements)?;
    for id in &changed {
        keep(connection, &shelves[id], now)?;
    }
    Ok(changed)
}

/// Writes rows of the ledger.
pub(super) fn insert_movements(connection: &mut Database, movements: &[Movement<'_>]) -> Result<(), Failure> {
    if !movements.is_empty() {
        on_backend!(connection, inner => {
            diesel::insert_into(stock_movements::table).values(movements).execute(inner)?
        });
    }
    Ok(())
}

/// Writes a product's stock.
pub(super) fn keep(connection: &mut Database, shelf: &Shelf, now: NaiveDateTime) -> Result<(), Failure> {
    diesel::update(products::table.find(shelf.id))
        .set((
            products::stock.eq(shelf.stock),
            products::reserved.eq(shelf.reserved),
            products::stock_counted_at.eq(shelf.stock_counted_at),
            products::updated_at.eq(now),
        ))
        .execute(connection)?;
    Ok(())
}

/// The holds of these lines, by line, each with when it became that.
pub(super) fn holds(
    connection: &mut Database,
    line_ids: &[i64],
) -> Result<BTreeMap<i64, (Hold, NaiveDateTime)>, Failure> {
    let rows: Vec<(i64, i64, i64, String, NaiveDateTime)> = on_backend!(connection, inner => {
        let columns = (
            stock_holds::line_id,
            stock_holds::product_id,
            stock_holds::quantity,
            stock_holds::state,
            stock_holds::updated_at,
        );
        stock_holds::table.filter(stock_holds::line_id.eq_any(line_ids)).select(columns).load(inner)?
    });
    let kept = rows.into_iter().map(|(line, product_id, quantity, state, since)| {
        (line, (Hold { product_id, quantity, state: HoldState::from_name(&state) }, since))
    });
    Ok(kept.collect())
}

/// Frees what the lines of an account reserve, in the caller's transaction: nobody will tell any more what becomes of them.
pub(crate) fn release_account(
    connection: &mut Database,
    connector_id: i64,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    lock(connection)?;
    loop {
        let lines: Vec<(i64, String)> = stock_holds::table
            .inner_join(store_orders::table.on(store_orders::id.eq(stock_holds::line_id)))
            .filter(stock_holds::connector_id.eq(connector_id))
            .filter(stock_holds::state.eq(HoldState::Reserved.name()))
            .order(stock_holds::line_id)
            .limit(super::find::AT_ONCE)
            .select((stock_holds::line_id, store_orders::order_id))
            .load(connection)?;
        if lines.is_empty() {
            return Ok(());
        }
        let ids: Vec<i64> = lines.iter().map(|(id, _)| *id).collect();
        let holds = holds(connection, &ids)?;
        let products = holds.values().map(|(hold, _)| hold.product_id).collect();
        let mut shelves = shelves(connection, &products)?;
        let step = |(line_id, order_id): (i64, String)| {
            let (before, _) = holds.get(&line_id).copied()?;
            let after = Hold { state: HoldState::Released, ..before };
            let note = Some("the account was removed");
            Some(Step {
                connector_id,
                line_id,
                order_id,
                before: Some(before),
                after,
                is_counted: false,
                note,
            })
        };
        let steps: Vec<Step> = lines.into_iter().filter_map(step).collect();
        apply(connection, &mut shelves, &steps, now)?;
    }
}
