//! The lines that may do something else to stock than they did.

use chrono::NaiveDateTime;
use connector_core::OrderState;
use connector_core::record::RELAYED;
use connector_core::time::kst_text;
use diesel::prelude::*;

use super::hold::{GONE, HoldState, OPEN};
use crate::backend::{Database, MultiBackend};
use crate::error::Failure;
use crate::instants::instant;
use crate::schema::{stock_holds, store_orders};

/// Lines that are looked at in one transaction.
pub(super) const AT_ONCE: i64 = 300;

/// A line, as far as stock is concerned.
#[derive(Clone, Debug, Default, Queryable, Selectable)]
#[diesel(table_name = store_orders)]
pub(super) struct Candidate {
    pub(super) id: i64,
    pub(super) order_id: String,
    pub(super) ordered_at: String,
    pub(super) state: String,
    pub(super) order_place_name: Option<String>,
    pub(super) product_id: Option<String>,
    pub(super) option_id: Option<String>,
    pub(super) seller_code: Option<String>,
    pub(super) quantity: Option<i64>,
    pub(super) changed_at: Option<NaiveDateTime>,
}

impl Candidate {
    pub(super) fn state(&self) -> OrderState {
        OrderState::from_name(&self.state).unwrap_or(OrderState::Unknown)
    }

    /// Whether another market sold it and its own account, where there is one, brings it, too.
    pub(super) fn is_relayed(&self) -> bool {
        self.order_place_name.as_deref().is_some_and(|name| name.starts_with(RELAYED))
    }
}

/// Which lines.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    /// Those whose pieces are sold and there: all of them, or those that hold something else.
    Open {
        /// Whether those that hold what they should are looked at, too: their listing may be another product's now.
        all: bool,
    },
    /// Those that hold pieces, or have let them go, and are in another state by now.
    Moved,
    /// Those that came since `after_line`, hold nothing and are no open ones, ordered since then.
    Fresh { after_line: i64, since: NaiveDateTime },
}

fn names(states: &[OrderState]) -> Vec<&'static str> {
    states.iter().map(|state| state.name()).collect()
}

/// The next lines of that part, by id.
pub(super) fn next(
    connection: &mut Database,
    connector_id: i64,
    part: Part,
    after: i64,
) -> Result<Vec<Candidate>, Failure> {
    let joined =
        store_orders::table.left_join(stock_holds::table.on(stock_holds::line_id.eq(store_orders::id)));
    let mut query = joined
        .filter(store_orders::id.gt(after))
        .order(store_orders::id)
        .limit(AT_ONCE)
        .select(Candidate::as_select())
        .into_boxed::<MultiBackend>();
    // Few lines are new: their ids find them, which an index on the account would keep the databases from.
    query = match part {
        Part::Fresh { after_line: 1.., .. } => {
            query.filter((store_orders::connector_id + 0).eq(connector_id))
        }
        _ => query.filter(store_orders::connector_id.eq(connector_id)),
    };
    let reserved = HoldState::Reserved.name();
    query = match part {
        Part::Open { all: true } => query.filter(store_orders::state.eq_any(names(&OPEN))),
        Part::Open { all: false } => query.filter(store_orders::state.eq_any(names(&OPEN))).filter(
            stock_holds::id
                .nullable()
                .is_null()
                .or(stock_holds::state.nullable().ne(reserved).assume_not_null())
                .or(store_orders::quantity.ne(stock_holds::quantity.nullable()).assume_not_null()),
        ),
        Part::Moved => query
            .filter(stock_holds::connector_id.eq(connector_id))
            .filter(store_orders::state.ne(OrderState::Unknown.name()))
            .filter(
                stock_holds::state.eq(reserved).and(store_orders::state.ne_all(names(&OPEN))).or(
                    stock_holds::state
                        .eq(HoldState::Released.name())
                        .and(store_orders::state.eq_any(names(&GONE))),
                ),
            ),
        Part::Fresh { after_line, since } => {
            let mut states = names(&GONE);
            states.extend([OrderState::PaymentWaiting.name(), OrderState::Unknown.name()]);
            query
                .filter(store_orders::id.gt(after_line))
                .filter(stock_holds::id.nullable().is_null())
                .filter(store_orders::state.eq_any(states))
                .filter(store_orders::ordered_at.ge(kst_text(instant(since))))
        }
    };
    Ok(query.load(connection)?)
}

/// The account's latest line, where `after` is the latest that was known before.
pub(super) fn latest(connection: &mut Database, connector_id: i64, after: i64) -> Result<i64, Failure> {
    let query = store_orders::table.select(diesel::dsl::max(store_orders::id)).into_boxed::<MultiBackend>();
    let id: Option<i64> = match after {
        1.. => query
            .filter((store_orders::connector_id + 0).eq(connector_id))
            .filter(store_orders::id.gt(after))
            .first(connection)?,
        _ => query.filter(store_orders::connector_id.eq(connector_id)).first(connection)?,
    };
    Ok(id.unwrap_or(after))
}
