//! Claims, settlement rows and listings: compared with what is stored, then written in few statements.
//!
//! The three go the same way: what stands under the keys of a chunk is read in one query, each record is compared with it,
//! and what is new or has changed is written together.

pub(crate) mod claims;
pub(crate) mod lines;
pub(crate) mod listings;
pub(crate) mod settlements;

use chrono::NaiveDateTime;
use connector_core::sync::Saved;

use crate::save::Verdict;

/// What all records of one save have in common.
#[derive(Clone, Copy)]
pub(crate) struct Sight<'a> {
    pub(crate) connector_id: i64,
    pub(crate) platform: &'a str,
    pub(crate) observed_at: NaiveDateTime,
    pub(crate) now: NaiveDateTime,
}

/// Compares what came with what is stored: `None` where nothing is.
fn verdict<C: PartialEq>(
    before: Option<(NaiveDateTime, &C)>,
    observed_at: NaiveDateTime,
    content: &C,
) -> Verdict {
    match before {
        None => Verdict::New,
        Some((seen, _)) if seen > observed_at => Verdict::Older,
        Some((_, before)) if before == content => Verdict::Unchanged,
        Some(_) => Verdict::Changed,
    }
}

/// Counts what the database says it wrote, and what it had just read and was left as it is.
fn count_stored(saved: &mut Saved, rows: [usize; 3]) {
    saved.stored += rows.iter().sum::<usize>() as u64;
}

/// Writes rows, new or changed, with unique keys; returns how many. On PostgreSQL in one statement; on SQLite, for which
/// Diesel has no such form of it, row by row.
macro_rules! write_rows {
    ($connection:expr, $table:ident, $rows:expr, key ($($key:ident),+), set ($($column:ident),+ $(,)?)) => {{
        let rows = $rows;
        let set = || ($($table::$column.eq(diesel::upsert::excluded($table::$column)),)+);
        match $connection {
            _ if rows.is_empty() => 0,
            $crate::backend::Database::Sqlite(inner) => {
                let mut written = 0;
                for row in &rows {
                    written += diesel::insert_into($table::table)
                        .values(row)
                        .on_conflict(($($table::$key),+))
                        .do_update()
                        .set(set())
                        .execute(inner)?;
                }
                written
            }
            $crate::backend::Database::Postgres(inner) => diesel::insert_into($table::table)
                .values(&rows)
                .on_conflict(($($table::$key),+))
                .do_update()
                .set(set())
                .execute(inner)?,
        }
    }};
}
pub(crate) use write_rows;

/// Notes that rows were seen and are the same; returns how many there were.
macro_rules! see_again {
    ($connection:expr, $table:ident, $ids:expr, $observed_at:expr) => {{
        let ids: &[i64] = $ids;
        match ids.is_empty() {
            true => 0,
            false => $crate::backend::on_backend!($connection, inner => {
                diesel::update($table::table.filter($table::id.eq_any(ids)))
                    .set($table::observed_at.eq($observed_at))
                    .execute(inner)?
            }),
        }
    }};
}
use see_again;
