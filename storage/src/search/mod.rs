//! Finding order lines by what people type: a part of a product's name, or a code.
//!
//! Lines are found by way of the products that they name, which are few, and by their payments. These tables are filled a little after
//! the lines are stored ([`OrderIndexer`]), so that no sync waits for them; what is still queued is looked at line by line.

mod find;
mod index;

pub(crate) use find::{Found, find};
pub use index::OrderIndexer;
pub(crate) use index::queue;

use diesel::sql_types::BigInt;

use crate::backend::Backend;

/// A number that a statement of our own writing gives.
#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// The lines `o` of the entries `q` of the queue that meet the condition, as SQL from the tables on. Crosswise, from the queue to the
/// lines: SQLite keeps to that order.
fn queued_lines(backend: Backend, condition: &str) -> String {
    let each_id = match backend {
        Backend::Sqlite => "json_each(q.order_ids) AS k",
        Backend::Postgres => "json_array_elements_text(q.order_ids::json) AS k (value)",
    };
    format!(
        "search_queue AS q CROSS JOIN {each_id} CROSS JOIN store_orders AS o
         WHERE {condition} AND o.order_id = k.value AND o.connector_id = q.connector_id"
    )
}

/// Numbers for SQL.
fn list(numbers: &[i64]) -> String {
    numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
}

/// So much of a code or a name is kept for finding; more than any platform allows, and less than an index of PostgreSQL takes.
const CODE: usize = 100;
const NAME: usize = 400;
