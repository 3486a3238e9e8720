//! Where the lines with a text are.

use diesel::prelude::*;
use diesel::sql_query;

use super::{CODE, Number, list, queued_lines};
use crate::backend::{Database, MultiBackend, on_backend};
use crate::error::Failure;
use crate::reading::{OrderFilter, OrderPosition};
use crate::schema::{search_groups, search_lines, search_products, store_orders};
use crate::text::{holding, lower};

/// With more products than this, or more lines of them, those that are wanted lie so close together that it is quicker to go through
/// all lines by time.
const MOST_PRODUCTS: usize = 2_000;
const MOST_LINES: usize = 20_000;

/// With more entries than this in the queue, going through them would take longer.
const MOST_QUEUED: usize = 32;

/// Where an account's lines with a text are to be looked for. It names more than those: some are called something else by now.
#[derive(Debug)]
pub(crate) struct Found {
    /// Lines that may have it: by their own code, or not looked at yet.
    pub(crate) lines: Vec<i64>,
    /// What lines that have it call their product.
    products: Vec<i64>,
}

/// Where the account's lines with this text are; `None` when they are sooner found among all lines by time.
pub(crate) fn find(
    connection: &mut Database,
    connector_id: i64,
    text: &str,
) -> Result<Option<Found>, Failure> {
    let Some(mut lines) = queued(connection, connector_id)? else { return Ok(None) };
    let code: String = text.chars().take(CODE).collect();
    let products = products(connection, connector_id, text, &code)?;
    if products.len() > MOST_PRODUCTS || are_many(connection, &products)? {
        return Ok(None);
    }
    let groups = search_groups::table
        .filter(search_groups::connector_id.eq(connector_id))
        .filter(search_groups::order_group_id.eq(code))
        .select(search_groups::line_id);
    let by_group: Vec<i64> = groups.load(connection)?;
    lines.extend(by_group);
    let own = store_orders::table
        .filter(store_orders::connector_id.eq(connector_id))
        .filter(store_orders::order_id.eq(text))
        .select(store_orders::id);
    let own: Vec<i64> = own.load(connection)?;
    lines.extend(own);
    lines.sort_unstable();
    lines.dedup();
    Ok(Some(Found { lines, products }))
}

impl Found {
    /// The next lines that call their product so, newest order first, after the position and within the filter's days.
    pub(crate) fn next(
        &self,
        connection: &mut Database,
        filter: &OrderFilter,
        after: Option<&OrderPosition>,
        most: i64,
    ) -> Result<Vec<OrderPosition>, Failure> {
        if self.products.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = search_lines::table
            .filter(search_lines::search_product.eq_any(&self.products))
            .order((search_lines::ordered_at.desc(), search_lines::line_id.desc()))
            .select((search_lines::ordered_at, search_lines::line_id))
            .limit(most)
            .into_boxed::<MultiBackend>();
        if let Some(from) = &filter.from {
            query = query.filter(search_lines::ordered_at.ge(from));
        }
        if let Some(end) = filter.end() {
            query = query.filter(search_lines::ordered_at.lt(end));
        }
        if let Some(after) = after {
            query = query.filter(search_lines::ordered_at.le(&after.ordered_at)).filter(
                search_lines::ordered_at.lt(&after.ordered_at).or(search_lines::line_id.lt(after.id)),
            );
        }
        let rows: Vec<(String, i64)> = query.load(connection)?;
        Ok(rows.into_iter().map(|(ordered_at, id)| OrderPosition { ordered_at, id }).collect())
    }
}

/// What lines with this text call their product; one more than [`MOST_PRODUCTS`] at most.
fn products(
    connection: &mut Database,
    connector_id: i64,
    text: &str,
    code: &str,
) -> Result<Vec<i64>, Failure> {
    let name = lower(search_products::product_name).like(lower(holding(text))).escape('\\');
    let limit = i64::try_from(MOST_PRODUCTS + 1).expect("a small number");
    Ok(search_products::table
        .filter(search_products::connector_id.eq(connector_id))
        .filter(name.or(search_products::product_id.eq(code)).or(search_products::seller_code.eq(code)))
        .select(search_products::id)
        .limit(limit)
        .load(connection)?)
}

/// Whether there are more lines of these products than [`MOST_LINES`].
fn are_many(connection: &mut Database, products: &[i64]) -> Result<bool, Failure> {
    if products.is_empty() {
        return Ok(false);
    }
    let sql = format!(
        "SELECT COUNT(*) AS number FROM (SELECT 1 AS line FROM search_lines WHERE search_product IN ({}) LIMIT {}) AS few",
        list(products),
        MOST_LINES + 1
    );
    let count: Number = on_backend!(connection, inner => sql_query(sql).get_result(inner)?);
    Ok(count.number > i64::try_from(MOST_LINES).expect("a small number"))
}

/// The account's lines that are still in the queue; `None` when they are too many.
fn queued(connection: &mut Database, connector_id: i64) -> Result<Option<Vec<i64>>, Failure> {
    let entries =
        format!("SELECT id FROM search_queue WHERE connector_id = {connector_id} LIMIT {}", MOST_QUEUED + 1);
    let count = format!("SELECT COUNT(*) AS number FROM ({entries}) AS few");
    let count: Number = on_backend!(connection, inner => sql_query(count).get_result(inner)?);
    match usize::try_from(count.number).expect("a count") {
        0 => return Ok(Some(Vec::new())),
        count if count > MOST_QUEUED => return Ok(None),
        _ => {}
    }
    let condition = format!("q.connector_id = {connector_id}");
    let lines = format!("SELECT o.id AS number FROM {}", queued_lines(connection.backend(), &condition));
    let lines: Vec<Number> = on_backend!(connection, inner => sql_query(lines).get_results(inner)?);
    Ok(Some(lines.into_iter().map(|line| line.number).collect()))
}
