//! The states and words that an account's orders are in. There are few, and an index has them in order, with the orders of each
//! by time.

use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::backend::{Database, on_backend};
use crate::error::Failure;

/// From so many on, looking for each of them is no gain any more.
const MOST: usize = 100;

/// A neutral state, and a platform's word for it.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub(crate) struct Standing {
    #[diesel(sql_type = Text)]
    pub(crate) state: String,
    #[diesel(sql_type = Text)]
    pub(crate) status: String,
}

/// Every pair of state and word that some order of the account has; `None` when there are too many to be worth it. They are
/// found by leaping from one to the next in the index, a statement for all of it, whatever the number of orders.
pub(crate) fn standings(
    connection: &mut Database,
    connector_id: i64,
) -> Result<Option<Vec<Standing>>, Failure> {
    // The count bounds states that were written by hand; SQLite reads them all before it gives the first pair.
    let leaps = format!(
        "WITH RECURSIVE states (state, n) AS (
             SELECT MIN(state), 1 FROM store_orders WHERE connector_id = {connector_id}
             UNION ALL
             SELECT (SELECT MIN(o.state) FROM store_orders o
                     WHERE o.connector_id = {connector_id} AND o.state > s.state), s.n + 1
             FROM states s WHERE s.state IS NOT NULL AND s.n <= {MOST}
         ), standings (state, status) AS (
             SELECT s.state, (SELECT MIN(o.status) FROM store_orders o
                              WHERE o.connector_id = {connector_id} AND o.state = s.state)
             FROM states s WHERE s.state IS NOT NULL
             UNION ALL
             SELECT s.state, (SELECT MIN(o.status) FROM store_orders o
                              WHERE o.connector_id = {connector_id} AND o.state = s.state AND o.status > s.status)
             FROM standings s WHERE s.status IS NOT NULL
         )
         SELECT state, status FROM standings WHERE status IS NOT NULL LIMIT {}",
        MOST + 1
    );
    let found: Vec<Standing> = on_backend!(connection, inner => diesel::sql_query(leaps).get_results(inner)?);
    Ok((found.len() <= MOST).then_some(found))
}
