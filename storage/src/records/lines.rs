//! Order lines follow their claims where the platform's order lists leave such lines out, or do not tell.
//!
//! The state that a claim gives its line stands in `claims.line_state`. A claim that comes moves its stored line
//! ([`follow`]); an order that comes keeps the state that its latest claim gives it ([`held`]). So the two streams agree
//! whichever is read first, and once a claim is refused or taken back the order's own state stands again.

use std::collections::{BTreeMap, HashMap};

use connector_core::{Claim, ClaimState, OrderState};
use diesel::prelude::*;

use super::Sight;
use crate::backend::{Database, on_backend};
use crate::error::Failure;
use crate::schema::{claims, store_orders};
use crate::text::clean;

/// What the latest claim on a line makes of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    state: OrderState,
    /// How many pieces the claim is for.
    quantity: Option<i64>,
}

impl Held {
    /// The state of a line of so many pieces: a claim that is done for a part of it leaves the rest as it is.
    pub(crate) fn state(self, pieces: Option<i64>) -> Option<OrderState> {
        let is_over =
            matches!(self.state, OrderState::Cancelled | OrderState::Returned | OrderState::Exchanged);
        let is_whole = match (self.quantity, pieces) {
            (Some(claimed), Some(pieces)) => claimed >= pieces,
            _ => true,
        };
        (!is_over || is_whole).then_some(self.state)
    }
}

/// Moves the stored lines of these claims, which are stored by now, to the state that the latest claim on each gives it. A
/// line that was observed later than the claims is left alone.
pub(crate) fn follow(connection: &mut Database, sight: &Sight<'_>, list: &[&Claim]) -> Result<(), Failure> {
    let named = list.iter().filter(|claim| claim.line_state.is_some());
    let order_ids: Vec<String> = named.map(|claim| clean(&claim.order_id).into_owned()).collect();
    if order_ids.is_empty() {
        return Ok(());
    }
    let mut by_claim: BTreeMap<(OrderState, Option<i64>), Vec<String>> = BTreeMap::new();
    for (order_id, held) in held(connection, sight.connector_id, &order_ids)? {
        by_claim.entry((held.state, held.quantity)).or_default().push(order_id);
    }
    for ((state, quantity), order_ids) in by_claim {
        // No claim is for more pieces than this.
        let most = match (Held { state, quantity }).state(Some(i64::MAX)) {
            Some(_) => i64::MAX,
            None => quantity.unwrap_or(i64::MAX),
        };
        on_backend!(connection, inner => {
            diesel::update(
                store_orders::table
                    .filter((store_orders::connector_id + 0).eq(sight.connector_id))
                    .filter(store_orders::order_id.eq_any(&order_ids))
                    .filter(store_orders::observed_at.le(sight.observed_at))
                    .filter(store_orders::quantity.is_null().or(store_orders::quantity.le(most)))
                    .filter(store_orders::state.ne(state.name())),
            )
            .set((store_orders::state.eq(state.name()), store_orders::updated_at.eq(sight.now)))
            .execute(inner)?
        });
    }
    Ok(())
}

/// What the latest claim on each of these lines makes of it; claims that were refused or taken back make nothing of
/// theirs.
pub(crate) fn held(
    connection: &mut Database,
    connector_id: i64,
    order_ids: &[String],
) -> Result<HashMap<String, Held>, Failure> {
    let void = [ClaimState::Rejected.name(), ClaimState::Withdrawn.name()];
    let rows: Vec<(String, Option<String>, Option<i64>)> = on_backend!(connection, inner => {
        claims::table
            .filter((claims::connector_id + 0).eq(connector_id))
            .filter(claims::order_id.eq_any(order_ids))
            .filter(claims::state.ne_all(&void))
            .order((claims::requested_at, claims::id))
            .select((claims::order_id, claims::line_state, claims::quantity))
            .load(inner)?
    });
    let latest: HashMap<String, Option<Held>> = rows
        .into_iter()
        .map(|(order_id, state, quantity)| {
            let state = state.as_deref().and_then(OrderState::from_name);
            (order_id, state.map(|state| Held { state, quantity }))
        })
        .collect();
    Ok(latest.into_iter().filter_map(|(order_id, held)| Some((order_id, held?))).collect())
}

/// Whether any claim of the account speaks for its line.
pub(crate) fn any_held(connection: &mut Database, connector_id: i64) -> Result<bool, Failure> {
    let found: Option<i64> = claims::table
        .filter(claims::connector_id.eq(connector_id))
        .filter(claims::line_state.is_not_null())
        .select(claims::id)
        .first(connection)
        .optional()?;
    Ok(found.is_some())
}
