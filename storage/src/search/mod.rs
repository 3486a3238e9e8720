//! Finding order lines by what people type: a part of a product's name, or a code.
//!
//! Lines are found by way of the products that they name, which are few, and by their payments. These tables are filled a little after
//! the lines are stored ([`OrderIndexer`]), so that no sync waits for them; what is still queued is looked at line by line.

mod find;
mod index;

pub(crate) use find::{Found, find};
pub use index::OrderIndexer;
pub(crate) use index::queue;

/// So much of a code or a name is kept for finding; more than any platform allows, and less than an index of PostgreSQL takes.
const CODE: usize = 100;
const NAME: usize = 400;
