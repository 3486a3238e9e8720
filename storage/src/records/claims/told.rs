//! Claims that came within orders which were all new: they are surely new too, so nothing is asked first.
//!
//! On PostgreSQL one statement with an array for each column, which stays prepared whatever the number of rows; Diesel's own
//! list of rows is parsed and planned anew for each batch (measured: an eighth of a first sync's time).

use connector_core::Claim;
use connector_core::sync::Saved;
use diesel::prelude::*;

use super::{Content, Row, key, save};
use crate::backend::Database;
use crate::error::Failure;
use crate::instants::column;
use crate::records::Sight;
use crate::schema::claims;
use crate::unnest::{Common, Insert, Target, Values};

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
        Database::Postgres(inner) => Ok(many(sight, &rows).execute(inner)?),
    }
}

/// Claims whose keys are not there yet, for PostgreSQL.
struct Added;

impl Target for Added {
    const TABLE: &'static str = "claims";
    const ON_CONFLICT: &'static [&'static str] =
        &[" ON CONFLICT (claim_id, order_id, connector_id) DO NOTHING"];
}

fn many<'a>(sight: &Sight<'a>, rows: &'a [Row<'a>]) -> Insert<'a, Added> {
    let text = |value: fn(&'a Row<'a>) -> &'a str| Values::Text(rows.iter().map(value).collect());
    let optional =
        |value: fn(&'a Row<'a>) -> Option<&'a str>| Values::MaybeText(rows.iter().map(value).collect());
    let Sight { connector_id, platform, observed_at, now } = *sight;
    let columns = vec![
        ("claim_id", text(|row| &row.claim_id)),
        ("order_id", text(|row| &row.order_id)),
        ("kind", text(|row| &row.content.kind)),
        ("state", text(|row| &row.content.state)),
        ("status", text(|row| &row.content.status)),
        ("requested_at", text(|row| &row.content.requested_at)),
        ("date_kst", text(|row| &row.content.date_kst)),
        ("order_group_id", optional(|row| row.content.order_group_id.as_deref())),
        ("reason", optional(|row| row.content.reason.as_deref())),
        ("quantity", Values::MaybeNumber(rows.iter().map(|row| row.content.quantity).collect())),
        ("changed_at", Values::MaybeTime(rows.iter().map(|row| row.changed_at).collect())),
        ("content_hash", Values::Number(rows.iter().map(|row| row.content.content_hash).collect())),
        ("meta_json", text(|row| row.meta_json)),
    ];
    Insert::new(Common { connector_id, platform, observed_at, now }, columns)
}
