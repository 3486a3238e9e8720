//! Claims that came within orders which were all new: they are surely new too, so nothing is asked first.
//!
//! On PostgreSQL one statement with an array for each column, which stays prepared whatever the number of rows; Diesel's own
//! list of rows is parsed and planned anew for each batch (measured: an eighth of a first sync's time).

use chrono::NaiveDateTime;
use connector_core::Claim;
use connector_core::sync::Saved;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamp};

use super::{Content, Row, key, save};
use crate::backend::Database;
use crate::error::Failure;
use crate::instants::column;
use crate::records::Sight;
use crate::schema::claims;

/// Adds claims with unique keys. Those of which one is there after all, and those that speak for their lines, go the long
/// way.
pub(crate) fn add(connection: &mut Database, sight: &Sight<'_>, list: &[&Claim]) -> Result<(), Failure> {
    let is_plain = list.iter().all(|claim| claim.line_state.is_none());
    if list.is_empty() || (is_plain && insert(connection, sight, list)? == list.len()) {
        return Ok(());
    }
    save(connection, sight, list, &mut Saved::default())
}

fn insert(connection: &mut Database, sight: &Sight<'_>, list: &[&Claim]) -> Result<usize, Failure> {
    let rows: Vec<Row<'_>> = list
        .iter()
        .map(|claim| Row::new(sight, key(claim), claim, Content::of(claim), claim.changed_at.map(column)))
        .collect();
    match connection {
        Database::Sqlite(inner) => {
            let mut written = 0;
            for row in &rows {
                written +=
                    diesel::insert_into(claims::table).values(row).on_conflict_do_nothing().execute(inner)?;
            }
            Ok(written)
        }
        Database::Postgres(inner) => Ok(Many::of(sight, &rows).execute(inner)?),
    }
}

/// Rows turned into columns.
struct Many<'a> {
    sight: &'a Sight<'a>,
    texts: [(&'static str, Vec<&'a str>); 8],
    optional: [(&'static str, Vec<Option<&'a str>>); 2],
    quantity: Vec<Option<i64>>,
    changed_at: Vec<Option<NaiveDateTime>>,
    content_hash: Vec<i64>,
}

impl<'a> Many<'a> {
    fn of(sight: &'a Sight<'a>, rows: &'a [Row<'a>]) -> Self {
        fn each<'a, T>(rows: &'a [Row<'a>], value: impl Fn(&'a Row<'a>) -> T) -> Vec<T> {
            rows.iter().map(value).collect()
        }
        Self {
            sight,
            texts: [
                ("claim_id", each(rows, |row| row.claim_id.as_str())),
                ("order_id", each(rows, |row| row.order_id.as_str())),
                ("kind", each(rows, |row| row.content.kind.as_str())),
                ("state", each(rows, |row| row.content.state.as_str())),
                ("status", each(rows, |row| row.content.status.as_str())),
                ("requested_at", each(rows, |row| row.content.requested_at.as_str())),
                ("date_kst", each(rows, |row| row.content.date_kst.as_str())),
                ("meta_json", each(rows, |row| row.meta_json)),
            ],
            optional: [
                ("order_group_id", each(rows, |row| row.content.order_group_id.as_deref())),
                ("reason", each(rows, |row| row.content.reason.as_deref())),
            ],
            quantity: each(rows, |row| row.content.quantity),
            changed_at: each(rows, |row| row.changed_at),
            content_hash: each(rows, |row| row.content.content_hash),
        }
    }
}

impl QueryId for Many<'_> {
    type QueryId = Many<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl RunQueryDsl<PgConnection> for Many<'_> {}

impl QueryFragment<Pg> for Many<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let names = |out: &mut AstPass<'_, 'b, Pg>| {
            let texts = self.texts.iter().map(|(name, _)| name);
            for name in texts.chain(self.optional.iter().map(|(name, _)| name)) {
                out.push_sql(name);
                out.push_sql(", ");
            }
            out.push_sql("quantity, changed_at, content_hash");
        };
        out.push_sql("INSERT INTO claims (connector_id, platform, observed_at, first_seen_at, updated_at, ");
        names(&mut out);
        out.push_sql(") SELECT ");
        out.push_bind_param::<BigInt, _>(&self.sight.connector_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(self.sight.platform)?;
        for time in [&self.sight.observed_at, &self.sight.now, &self.sight.now] {
            out.push_sql(", ");
            out.push_bind_param::<Timestamp, _>(time)?;
        }
        out.push_sql(", claim.* FROM unnest(");
        for (_, values) in &self.texts {
            out.push_bind_param::<Array<Text>, _>(values)?;
            out.push_sql(", ");
        }
        for (_, values) in &self.optional {
            out.push_bind_param::<Array<Nullable<Text>>, _>(values)?;
            out.push_sql(", ");
        }
        out.push_bind_param::<Array<Nullable<BigInt>>, _>(&self.quantity)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Timestamp>>, _>(&self.changed_at)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.content_hash)?;
        out.push_sql(") AS claim ON CONFLICT (claim_id, order_id, connector_id) DO NOTHING");
        Ok(())
    }
}
