//! Order lines follow their claims where the platform's order lists leave such lines out.

use std::collections::{BTreeMap, HashMap};

use connector_core::time::kst_text;
use connector_core::{Claim, ClaimState, OrderState};
use diesel::prelude::*;

use super::Sight;
use crate::backend::{Database, on_backend};
use crate::error::Failure;
use crate::schema::{claims, store_orders};
use crate::text::clean;

/// Moves the stored lines of these claims, which are stored by now, to the state that each claim gives its line. A line
/// that was observed later than the claims is left alone, and so is one that a later claim speaks of. The hash of a moved
/// line is taken away, so that the next sight of the order counts as a change and sets it right.
pub(crate) fn follow(connection: &mut Database, sight: &Sight<'_>, list: &[&Claim]) -> Result<(), Failure> {
    let mut moving: Vec<(&Claim, OrderState)> =
        list.iter().filter_map(|claim| Some((*claim, claim.line_state?))).collect();
    if moving.is_empty() {
        return Ok(());
    }
    moving.sort_by_key(|(claim, _)| claim.requested_at);
    let latest = latest(connection, sight.connector_id, &moving)?;
    let mut states: BTreeMap<String, OrderState> = BTreeMap::new();
    for (claim, state) in moving {
        let order_id = clean(&claim.order_id);
        let overtaken = latest.get(&*order_id).is_some_and(|latest| *latest > kst_text(claim.requested_at));
        if !overtaken {
            states.insert(order_id.into_owned(), state);
        }
    }
    let mut by_state: BTreeMap<OrderState, Vec<String>> = BTreeMap::new();
    for (order_id, state) in states {
        by_state.entry(state).or_default().push(order_id);
    }
    for (state, order_ids) in by_state {
        on_backend!(connection, inner => {
            diesel::update(
                store_orders::table
                    .filter((store_orders::connector_id + 0).eq(sight.connector_id))
                    .filter(store_orders::order_id.eq_any(&order_ids))
                    .filter(store_orders::observed_at.le(sight.observed_at))
                    .filter(store_orders::state.ne(state.name())),
            )
            .set((
                store_orders::state.eq(state.name()),
                store_orders::content_hash.eq(0),
                store_orders::updated_at.eq(sight.now),
            ))
            .execute(inner)?
        });
    }
    Ok(())
}

/// When the latest claim on each line was made that was neither refused nor taken back.
fn latest(
    connection: &mut Database,
    connector_id: i64,
    moving: &[(&Claim, OrderState)],
) -> Result<HashMap<String, String>, Failure> {
    let order_ids: Vec<String> =
        moving.iter().map(|(claim, _)| clean(&claim.order_id).into_owned()).collect();
    let void = [ClaimState::Rejected.name(), ClaimState::Withdrawn.name()];
    let rows: Vec<(String, String)> = on_backend!(connection, inner => {
        claims::table
            .filter((claims::connector_id + 0).eq(connector_id))
            .filter(claims::order_id.eq_any(&order_ids))
            .filter(claims::state.ne_all(&void))
            .order(claims::requested_at)
            .select((claims::order_id, claims::requested_at))
            .load(inner)?
    });
    Ok(rows.into_iter().collect())
}
