//! Order lines, newest first.

use std::fmt;

use chrono::{DateTime, Utc};
use connector_core::RELAYED;
use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use serde::Serialize;

use super::{after_day, connector_ids};
use crate::backend::{Database, MultiBackend};
use crate::error::Failure;
use crate::instants::{Instant, MaybeInstant};
use crate::schema::store_orders;
use crate::search::{self, Found};
use crate::standings::{Standing, standings};
use crate::text::{holding, lower};
use crate::{Result, Storage};

/// Which orders.
#[derive(Clone, Debug, Default)]
pub struct OrderFilter {
    /// Of these connectors; empty means all.
    pub connector_ids: Vec<i64>,
    /// Of these platforms; empty means all.
    pub platforms: Vec<String>,
    /// The platform's status word or the neutral state's name; empty means all.
    pub status: Vec<String>,
    /// The first Korean day, `YYYY-MM-DD`.
    pub from: Option<String>,
    /// The last Korean day, included.
    pub to: Option<String>,
    /// One order line.
    pub order_id: Option<String>,
    /// With this text in the product's name, or as the order's, product's or seller's own code.
    pub text: Option<String>,
    /// Leave out lines that a platform only relays from another market, whose own connector brings them, too.
    pub own_only: bool,
    /// Whether to read the platform's own object, which is ten times the rest.
    pub with_raw: bool,
}

impl OrderFilter {
    /// A text that sorts after every time of the last day.
    pub(crate) fn end(&self) -> Option<String> {
        self.to.as_deref().map(after_day)
    }
}

/// Where a page of orders ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrderPosition {
    /// The last row's order time.
    pub ordered_at: String,
    /// The last row's id.
    pub id: i64,
}

/// A stored order line. `Debug` leaves the platform's object out: it holds buyers' personal data.
#[derive(Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = store_orders)]
pub struct OrderRow {
    /// The row's id.
    pub id: i64,
    /// The account.
    pub connector_id: i64,
    /// The platform's key.
    pub platform: String,
    /// The platform's id of the line.
    pub order_id: String,
    /// The platform's id of the payment.
    pub order_group_id: Option<String>,
    /// When it was ordered: ISO 8601 in Korean time with milliseconds.
    pub ordered_at: String,
    /// The Korean day of the order.
    pub date_kst: String,
    /// The platform's status word.
    pub status: String,
    /// The neutral state's name.
    pub state: String,
    /// Won.
    pub amount: i64,
    /// Where the buyer came from: code.
    pub order_place_id: Option<String>,
    /// Where the buyer came from: for people.
    pub order_place_name: Option<String>,
    /// The listing's id.
    pub product_id: Option<String>,
    /// The product's name.
    pub product_name: Option<String>,
    /// The option's id.
    pub option_id: Option<String>,
    /// The option, for people.
    pub option_name: Option<String>,
    /// The seller's own code.
    pub seller_code: Option<String>,
    /// Pieces.
    pub quantity: Option<i64>,
    /// Won per piece.
    pub unit_price: Option<i64>,
    /// When the platform last changed it.
    #[diesel(deserialize_as = MaybeInstant)]
    pub changed_at: Option<DateTime<Utc>>,
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

impl OrderRow {
    /// Where this row stands, to go on after it.
    #[must_use]
    pub fn position(&self) -> OrderPosition {
        OrderPosition { ordered_at: self.ordered_at.clone(), id: self.id }
    }
}

impl fmt::Debug for OrderRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrderRow")
            .field("id", &self.id)
            .field("order_id", &self.order_id)
            .field("ordered_at", &self.ordered_at)
            .field("status", &self.status)
            .field("amount", &self.amount)
            .finish_non_exhaustive()
    }
}

/// A part of an account's lines that the database reads off one index.
#[derive(Debug)]
enum Part {
    /// All of them, by time.
    Whole,
    /// Those of a standing, by time.
    Of(Standing),
    /// These, of which the filter may leave out some.
    Lines(Vec<i64>),
}

/// The filter as a query for a part of the account's lines, without order and limit.
fn matching<'a>(
    connector_id: i64,
    filter: &'a OrderFilter,
    part: &'a Part,
) -> store_orders::BoxedQuery<'a, MultiBackend> {
    let mut query = store_orders::table.into_boxed();
    query = match part {
        // The lines' ids find them. The account must not: going through all of its lines by time would look no dearer to SQLite.
        // Nothing can be looked up by a sum.
        Part::Lines(ids) => query
            .filter(store_orders::id.eq_any(ids))
            .filter((store_orders::connector_id + 0).eq(connector_id)),
        Part::Whole | Part::Of(_) => query.filter(store_orders::connector_id.eq(connector_id)),
    };
    if !filter.platforms.is_empty() {
        query = query.filter(store_orders::platform.eq_any(&filter.platforms));
    }
    match (part, filter.status.as_slice()) {
        (Part::Of(Standing { state, status }), _) => {
            query = query.filter(store_orders::state.eq(state)).filter(store_orders::status.eq(status));
        }
        (_, []) => {}
        (_, words) => {
            query = query.filter(store_orders::status.eq_any(words).or(store_orders::state.eq_any(words)));
        }
    }
    // On ordered_at, which has the index: the text begins with the Korean day, and no time sorts after "~".
    if let Some(from) = &filter.from {
        query = query.filter(store_orders::ordered_at.ge(from));
    }
    if let Some(end) = filter.end() {
        query = query.filter(store_orders::ordered_at.lt(end));
    }
    if filter.own_only {
        let relayed = store_orders::order_place_name.like(format!("{RELAYED}%"));
        query = query.filter(store_orders::order_place_name.is_null().or(diesel::dsl::not(relayed)));
    }
    if let Some(order_id) = &filter.order_id {
        query = query.filter(store_orders::order_id.eq(order_id));
    }
    if let Some(text) = &filter.text {
        let name =
            lower(store_orders::product_name.assume_not_null()).like(lower(holding(text))).escape('\\');
        query = query.filter(
            name.or(store_orders::order_id.eq(text))
                .or(store_orders::order_group_id.eq(text))
                .or(store_orders::product_id.eq(text))
                .or(store_orders::seller_code.eq(text)),
        );
    }
    query
}

/// The parts that a list of an account is put together from: one for each standing that the filter asks for and that some order
/// has, as the index gives the orders of each by time. All at once where the filter asks for none.
fn parts(connection: &mut Database, connector_id: i64, filter: &OrderFilter) -> Result<Vec<Part>, Failure> {
    if filter.status.is_empty() {
        return Ok(vec![Part::Whole]);
    }
    let Some(found) = standings(connection, connector_id)? else { return Ok(vec![Part::Whole]) };
    let is_wanted = |it: &Standing| filter.status.contains(&it.status) || filter.status.contains(&it.state);
    Ok(found.into_iter().filter(is_wanted).map(Part::Of).collect())
}

/// A page of a part.
fn page_of(
    connection: &mut Database,
    connector_id: i64,
    filter: &OrderFilter,
    part: &Part,
    after: Option<&OrderPosition>,
    limit: i64,
) -> Result<Vec<OrderRow>, Failure> {
    let mut query = matching(connector_id, filter, part)
        .order((store_orders::ordered_at.desc(), store_orders::id.desc()))
        .limit(limit);
    if let Some(after) = after {
        // The first condition follows from the second; it lets the index begin at the right place.
        query = query
            .filter(store_orders::ordered_at.le(&after.ordered_at))
            .filter(store_orders::ordered_at.lt(&after.ordered_at).or(store_orders::id.lt(after.id)));
    }
    Ok(load!(query, connection, OrderRow of store_orders, filter.with_raw))
}

/// A page of all lines of the filter, each part off its index instead of out of a sort of everything.
fn walk(
    connection: &mut Database,
    connector_id: i64,
    filter: &OrderFilter,
    after: Option<&OrderPosition>,
    limit: i64,
) -> Result<Vec<OrderRow>, Failure> {
    let mut rows = Vec::new();
    for part in parts(connection, connector_id, filter)? {
        rows.extend(page_of(connection, connector_id, filter, &part, after, limit)?);
    }
    Ok(rows)
}

/// What keeps PostgreSQL to the order of an index. It takes a part of a name for rare, whatever it is, and would read and sort all
/// lines (measured with a million: 350 ms), or go through them with several workers, each of which reads on long after there is
/// enough (141 ms).
const IN_ORDER: &str = "SET LOCAL enable_sort = off; SET LOCAL max_parallel_workers_per_gather = 0";

/// A page of the lines with a text, some of them twice.
fn page_with(
    connection: &mut Database,
    connector_id: i64,
    filter: &OrderFilter,
    text: &str,
    after: Option<&OrderPosition>,
    limit: i64,
) -> Result<Vec<OrderRow>, Failure> {
    if let Some(found) = search::find(connection, connector_id, text)? {
        return page_of_found(connection, connector_id, filter, found, after, limit);
    }
    connection.transaction(|connection| {
        if let Database::Postgres(inner) = connection {
            inner.batch_execute(IN_ORDER)?;
        }
        walk(connection, connector_id, filter, after, limit)
    })
}

/// So many lines at a time are looked at for a text.
const LINES_AT_ONCE: i64 = 256;

/// A page of what was found for a text.
fn page_of_found(
    connection: &mut Database,
    connector_id: i64,
    filter: &OrderFilter,
    found: Found,
    after: Option<&OrderPosition>,
    limit: i64,
) -> Result<Vec<OrderRow>, Failure> {
    let wanted = usize::try_from(limit).unwrap_or(0);
    let at_once = usize::try_from(LINES_AT_ONCE).expect("a small number");
    let (mut rows, mut by_product) = (Vec::new(), Vec::new());
    for lines in found.lines.chunks(at_once) {
        let part = Part::Lines(lines.to_vec());
        rows.extend(page_of(connection, connector_id, filter, &part, after, limit)?);
    }
    let mut from = after.cloned();
    while by_product.len() < wanted {
        let next = found.next(connection, filter, from.as_ref(), LINES_AT_ONCE)?;
        let is_last = next.len() < at_once;
        let part = Part::Lines(next.iter().map(|line| line.id).collect());
        let Some(end) = next.into_iter().next_back() else { break };
        let mut page = page_of(connection, connector_id, filter, &part, after, limit)?;
        // A line that has become older since it was noted comes again where it belongs.
        page.retain(|row| (&row.ordered_at, row.id) >= (&end.ordered_at, end.id));
        by_product.extend(page);
        if is_last {
            break;
        }
        from = Some(end);
    }
    rows.extend(by_product);
    Ok(rows)
}

impl Storage {
    /// A page of orders, newest order first (by order time, then id), after the given position.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn orders(
        &self,
        filter: OrderFilter,
        after: Option<OrderPosition>,
        limit: i64,
    ) -> Result<Vec<OrderRow>> {
        let read = move |connection: &mut Database| {
            let mut rows: Vec<OrderRow> = Vec::new();
            for id in connector_ids(connection, &filter.connector_ids)? {
                rows.extend(match &filter.text {
                    Some(text) => page_with(connection, id, &filter, text, after.as_ref(), limit)?,
                    None => walk(connection, id, &filter, after.as_ref(), limit)?,
                });
            }
            rows.sort_by(|a, b| (&b.ordered_at, b.id).cmp(&(&a.ordered_at, a.id)));
            // A line that changed between two parts is in both, and one may be found in two ways.
            rows.dedup_by_key(|row| row.id);
            rows.truncate(usize::try_from(limit).unwrap_or(0));
            Ok(rows)
        };
        self.pool().read(read).await
    }

    /// How many orders match.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_orders(&self, filter: OrderFilter) -> Result<i64> {
        let read = move |connection: &mut Database| {
            let mut total = 0;
            for id in connector_ids(connection, &filter.connector_ids)? {
                for part in parts(connection, id, &filter)? {
                    let count: i64 = matching(id, &filter, &part).count().get_result(connection)?;
                    total += count;
                }
            }
            Ok(total)
        };
        self.pool().read(read).await
    }
}
