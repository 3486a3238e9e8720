//! The statement that carries nearly all of the work: order lines in, by key.
//!
//! Written by hand for each backend, since Diesel's own forms are slower here. On SQLite it prepares a list of rows anew
//! each time; one row with a statement that stays prepared is quicker. On PostgreSQL one statement with one array per
//! column stays prepared whatever the number of rows, and costs one round trip; rows that are surely new go in by COPY,
//! which the server takes in while they are still being sent (measured: an eighth less time for a first sync).

use std::borrow::Cow;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::{DatabaseErrorKind, Error as QueryError};
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::sqlite::Sqlite;

use crate::backend::Database;
use crate::error::Failure;
use crate::instants::sqlite_text;
use crate::orders::{Line, PageOf};
use crate::schema::store_orders;
use crate::unnest::{Common, Insert, Target, Values};

const INSERT: &str = "INSERT INTO store_orders (connector_id, platform, observed_at, first_seen_at, updated_at, \
    order_id, order_group_id, ordered_at, date_kst, status, state, amount, order_place_id, order_place_name, \
    product_id, product_name, option_id, option_name, seller_code, quantity, unit_price, changed_at, content_hash, \
    meta_json) ";

/// All columns but the key, the time at which the row first came, and [`TIME`].
const ON_CONFLICT: &str = " ON CONFLICT (connector_id, order_id) DO UPDATE SET platform = excluded.platform, \
    order_group_id = excluded.order_group_id, \
    status = excluded.status, state = excluded.state, amount = excluded.amount, \
    order_place_id = excluded.order_place_id, order_place_name = excluded.order_place_name, \
    product_id = excluded.product_id, product_name = excluded.product_name, option_id = excluded.option_id, \
    option_name = excluded.option_name, seller_code = excluded.seller_code, quantity = excluded.quantity, \
    unit_price = excluded.unit_price, changed_at = excluded.changed_at, content_hash = excluded.content_hash, \
    observed_at = excluded.observed_at, updated_at = excluded.updated_at, meta_json = excluded.meta_json";

/// The order time, which hardly ever changes: SQLite writes the index on it anew whenever it is named.
const TIME: &str = ", ordered_at = excluded.ordered_at, date_kst = excluded.date_kst";

const ON_CONFLICT_NOTHING: &str = " ON CONFLICT (connector_id, order_id) DO NOTHING";

/// Writes lines, new or changed; keys must be unique. Returns how many rows were written.
pub(crate) fn orders(
    connection: &mut Database,
    page: &PageOf<'_>,
    lines: &[Line<'_>],
) -> Result<usize, Failure> {
    if lines.is_empty() {
        return Ok(0);
    }
    let mut written = 0;
    match connection {
        Database::Sqlite(inner) => {
            let times = Times::of(page);
            for line in lines {
                written += match line.keeps_time {
                    true => One::<REPLACE_BUT_TIME>::of(page, &times, line).execute(inner)?,
                    false => One::<REPLACE>::of(page, &times, line).execute(inner)?,
                };
            }
        }
        Database::Postgres(inner) => {
            written += many(page, lines).execute(inner)?;
        }
    }
    Ok(written)
}

/// Writes the lines whose keys are not there yet; keys must be unique. Leaves the others in `lines`, and returns how
/// many were written.
pub(crate) fn new_orders(
    connection: &mut Database,
    page: &PageOf<'_>,
    lines: &mut Vec<Line<'_>>,
) -> Result<usize, Failure> {
    let before = lines.len();
    match connection {
        Database::Sqlite(inner) => {
            let times = Times::of(page);
            let mut left = Vec::new();
            for line in lines.drain(..) {
                if One::<ADD>::of(page, &times, &line).execute(inner)? == 0 {
                    left.push(line);
                }
            }
            *lines = left;
        }
        Database::Postgres(inner) => {
            let rows: Vec<Row<'_>> = lines.iter().map(|line| Row::of(page, line)).collect();
            // COPY takes all or nothing, and an error would end the whole transaction but for this one within it.
            let copied = inner.transaction(|inner| {
                diesel::copy_from(store_orders::table).from_insertable(rows).execute(inner)
            });
            match copied {
                Ok(_) => lines.clear(),
                Err(QueryError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(before - lines.len())
}

/// What becomes of a line whose key is there already: it replaces the row, all of it but the order time, or is left out.
const REPLACE: u8 = 0;
const REPLACE_BUT_TIME: u8 = 1;
const ADD: u8 = 2;

/// Times as SQLite keeps them, made once for a page.
struct Times {
    observed_at: String,
    now: String,
}

impl Times {
    fn of(page: &PageOf<'_>) -> Self {
        Self { observed_at: sqlite_text(page.observed_at), now: sqlite_text(page.now) }
    }
}

/// One line, for SQLite.
struct One<'a, const KIND: u8> {
    page: &'a PageOf<'a>,
    times: &'a Times,
    line: &'a Line<'a>,
    changed_at: Option<String>,
}

impl<'a, const KIND: u8> One<'a, KIND> {
    fn of(page: &'a PageOf<'a>, times: &'a Times, line: &'a Line<'a>) -> Self {
        Self { page, times, line, changed_at: line.changed_at.map(sqlite_text) }
    }
}

impl<const KIND: u8> QueryId for One<'_, KIND> {
    type QueryId = One<'static, KIND>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<const KIND: u8> RunQueryDsl<SqliteConnection> for One<'_, KIND> {}

impl<const KIND: u8> QueryFragment<Sqlite> for One<'_, KIND> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        let Self { page, times, line, changed_at } = self;
        out.push_sql(INSERT);
        out.push_sql("VALUES (");
        out.push_bind_param::<BigInt, _>(&page.connector_id)?;
        let mut text = |value: &'b str| {
            out.push_sql(", ");
            out.push_bind_param::<Text, _>(value)
        };
        text(page.platform)?;
        text(&times.observed_at)?;
        text(&times.now)?;
        text(&times.now)?;
        text(&line.order_id)?;
        maybe_text(&mut out, &line.order_group_id)?;
        let mut text = |value: &'b str| {
            out.push_sql(", ");
            out.push_bind_param::<Text, _>(value)
        };
        text(&line.ordered_at)?;
        text(line.date_kst())?;
        text(&line.status)?;
        text(line.state)?;
        number(&mut out, &line.amount)?;
        for value in [
            &line.order_place_id,
            &line.order_place_name,
            &line.product_id,
            &line.product_name,
            &line.option_id,
            &line.option_name,
            &line.seller_code,
        ] {
            maybe_text(&mut out, value)?;
        }
        for value in [&line.quantity, &line.unit_price] {
            out.push_sql(", ");
            out.push_bind_param::<Nullable<BigInt>, _>(value)?;
        }
        out.push_sql(", ");
        out.push_bind_param::<Nullable<Text>, _>(changed_at)?;
        number(&mut out, &line.content_hash)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(line.raw)?;
        out.push_sql(")");
        out.push_sql(if KIND == ADD { ON_CONFLICT_NOTHING } else { ON_CONFLICT });
        if KIND == REPLACE {
            out.push_sql(TIME);
        }
        Ok(())
    }
}

fn maybe_text<'b>(out: &mut AstPass<'_, 'b, Sqlite>, value: &'b Option<Cow<'_, str>>) -> QueryResult<()> {
    out.push_sql(", ");
    out.push_bind_param::<Nullable<Text>, _>(value)
}

fn number<'b>(out: &mut AstPass<'_, 'b, Sqlite>, value: &'b i64) -> QueryResult<()> {
    out.push_sql(", ");
    out.push_bind_param::<BigInt, _>(value)
}

/// A new row, for PostgreSQL.
#[derive(Insertable)]
#[diesel(table_name = store_orders, treat_none_as_default_value = false)]
struct Row<'a> {
    connector_id: i64,
    platform: &'a str,
    order_id: &'a str,
    order_group_id: Option<&'a str>,
    ordered_at: &'a str,
    date_kst: &'a str,
    status: &'a str,
    state: &'a str,
    amount: i64,
    order_place_id: Option<&'a str>,
    order_place_name: Option<&'a str>,
    product_id: Option<&'a str>,
    product_name: Option<&'a str>,
    option_id: Option<&'a str>,
    option_name: Option<&'a str>,
    seller_code: Option<&'a str>,
    quantity: Option<i64>,
    unit_price: Option<i64>,
    changed_at: Option<NaiveDateTime>,
    content_hash: i64,
    observed_at: NaiveDateTime,
    first_seen_at: NaiveDateTime,
    updated_at: NaiveDateTime,
    meta_json: &'a str,
}

impl<'a> Row<'a> {
    fn of(page: &PageOf<'a>, line: &'a Line<'a>) -> Self {
        Self {
            connector_id: page.connector_id,
            platform: page.platform,
            order_id: &line.order_id,
            order_group_id: line.order_group_id.as_deref(),
            ordered_at: &line.ordered_at,
            date_kst: line.date_kst(),
            status: &line.status,
            state: line.state,
            amount: line.amount,
            order_place_id: line.order_place_id.as_deref(),
            order_place_name: line.order_place_name.as_deref(),
            product_id: line.product_id.as_deref(),
            product_name: line.product_name.as_deref(),
            option_id: line.option_id.as_deref(),
            option_name: line.option_name.as_deref(),
            seller_code: line.seller_code.as_deref(),
            quantity: line.quantity,
            unit_price: line.unit_price,
            changed_at: line.changed_at,
            content_hash: line.content_hash,
            observed_at: page.observed_at,
            first_seen_at: page.now,
            updated_at: page.now,
            meta_json: line.raw,
        }
    }
}

/// Order lines, new or changed, for PostgreSQL.
struct Replaced;

impl Target for Replaced {
    const TABLE: &'static str = "store_orders";
    const ON_CONFLICT: &'static [&'static str] = &[ON_CONFLICT, TIME];
}

fn many<'a>(page: &'a PageOf<'a>, lines: &'a [Line<'a>]) -> Insert<'a, Replaced> {
    let text = |value: fn(&'a Line<'a>) -> &'a str| Values::Text(lines.iter().map(value).collect());
    let optional =
        |value: fn(&'a Line<'a>) -> Option<&'a str>| Values::MaybeText(lines.iter().map(value).collect());
    let common = Common {
        connector_id: page.connector_id,
        platform: page.platform,
        observed_at: page.observed_at,
        now: page.now,
    };
    let columns = vec![
        ("order_id", text(|line| &line.order_id)),
        ("order_group_id", optional(|line| line.order_group_id.as_deref())),
        ("ordered_at", text(|line| &line.ordered_at)),
        ("date_kst", text(|line| line.date_kst())),
        ("status", text(|line| &line.status)),
        ("state", text(|line| line.state)),
        ("amount", Values::Number(lines.iter().map(|line| line.amount).collect())),
        ("order_place_id", optional(|line| line.order_place_id.as_deref())),
        ("order_place_name", optional(|line| line.order_place_name.as_deref())),
        ("product_id", optional(|line| line.product_id.as_deref())),
        ("product_name", optional(|line| line.product_name.as_deref())),
        ("option_id", optional(|line| line.option_id.as_deref())),
        ("option_name", optional(|line| line.option_name.as_deref())),
        ("seller_code", optional(|line| line.seller_code.as_deref())),
        ("quantity", Values::MaybeNumber(lines.iter().map(|line| line.quantity).collect())),
        ("unit_price", Values::MaybeNumber(lines.iter().map(|line| line.unit_price).collect())),
        ("changed_at", Values::MaybeTime(lines.iter().map(|line| line.changed_at).collect())),
        ("content_hash", Values::Number(lines.iter().map(|line| line.content_hash).collect())),
        ("meta_json", text(|line| line.raw)),
    ];
    Insert::new(common, columns)
}
