//! Stock: what lies on the shelf, what of it is sold already, and every change of either.
//!
//! `products.stock` is what lies on the shelf. A line that is paid and not shipped *reserves* its pieces; when it ships they
//! leave the shelf, when it is cancelled before they are free again. A return does not come back by itself: whoever holds the
//! goods in their hands counts them. What can still be promised is what lies there less what is reserved.
//!
//! The order lines are the facts, and [`Storage::settle_stock`] compares them with what each did before, its *hold*: one row
//! per line. So a fact has one effect however often it is read, and it does not matter in which order orders, listings and
//! products come. All that changes stock takes [`lock`] first, which puts processes one behind the other.

mod apply;
mod counting;
mod family;
mod find;
mod hold;
mod ledger;
mod levels;
mod pushes;
mod resolve;
mod settle;

use diesel::prelude::*;

use crate::backend::Database;
use crate::checkpoints::set_note;
use crate::error::Failure;
use crate::instants::column;

pub(crate) use apply::release_account;
pub use counting::StockNote;
pub(crate) use counting::{accounts_of_owner, count};
pub use family::ListingFamily;
pub use ledger::{MovementCause, MovementFilter, MovementRow, UntoldStock};
pub use levels::{OversoldLine, StockFilter, StockLevel, Unmatched};
pub use pushes::{Push, PushRow, SaleMark};
pub use settle::Settled;

/// The key of PostgreSQL's advisory lock on stock.
const ADVISORY_LOCK: i64 = 0x7275_6e6e_6572_0002;

/// The note that changes whenever a listing of the account is given to another product.
const LINKS: &str = "stock:links";

/// Puts the caller's transaction behind all others that change stock. To be taken before any product is changed, so that no two
/// wait for each other. On SQLite the transaction itself does it.
pub(crate) fn lock(connection: &mut Database) -> Result<(), Failure> {
    if let Database::Postgres(inner) = connection {
        diesel::sql_query(format!("SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")).execute(inner)?;
    }
    Ok(())
}

/// Notes that listings of these accounts belong to other products than before: all lines are looked at once more then.
pub(crate) fn links_changed(
    connection: &mut Database,
    connector_ids: &[i64],
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(), Failure> {
    for &id in connector_ids {
        let mut random = [0_u8; 8];
        getrandom::fill(&mut random).expect("the system gives random numbers");
        set_note(connection, id, LINKS, &format!("{:016x}", u64::from_le_bytes(random)), column(now))?;
    }
    Ok(())
}
