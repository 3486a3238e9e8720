//! Filling the tables by which lines are found.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_query;

use super::{CODE, NAME, Number, list, queued_lines};
use crate::backend::{Backend, Database, Durability, on_backend};
use crate::error::Failure;
use crate::prepared::{self, Statement, Value};
use crate::{Result, Storage};

/// How many entries of the queue are worked off in one transaction: some thousand lines, for which SQLite's other writers wait a
/// tenth of a second.
const AT_ONCE: usize = 16;

struct Queue;

impl Statement for Queue {
    const SQL: &'static [&'static str] =
        &["INSERT INTO search_queue (connector_id, order_ids) VALUES (", ", ", ")"];
}

/// Notes lines whose words are to be found, in the transaction that stores them.
pub(crate) fn queue(connection: &mut Database, connector_id: i64, order_ids: &[&str]) -> Result<(), Failure> {
    if order_ids.is_empty() {
        return Ok(());
    }
    let ids = serde_json::to_string(order_ids).expect("texts are always JSON");
    prepared::execute::<Queue>(connection, &[Value::Number(connector_id), Value::Text(&ids)])?;
    Ok(())
}

/// So many entries, and PostgreSQL is made to look at the tables once they are worked off.
const LOOKED_AT_AFTER: usize = 64;

/// Makes orders quick to find by words. Any number of programs may do so at a time; what none of them has done yet is found as well,
/// only more slowly.
#[derive(Debug)]
pub struct OrderIndexer {
    storage: Storage,
    /// Worked off since the tables were last looked at.
    entries: usize,
}

impl Storage {
    /// What makes orders quick to find that were stored by whatever program.
    #[must_use]
    pub fn order_indexer(&self) -> OrderIndexer {
        OrderIndexer { storage: self.clone(), entries: 0 }
    }
}

impl OrderIndexer {
    /// Works off a few thousand orders at most. Returns whether there may be more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn work(&mut self) -> Result<bool> {
        let pool = self.storage.pool();
        if !pool.read(|connection| Ok(!first(connection, 1, "")?.is_empty())).await? {
            return Ok(false);
        }
        let done = pool.write(Durability::Ordered, true, index).await?;
        self.entries += done;
        if done < AT_ONCE && self.entries >= LOOKED_AT_AFTER {
            self.entries = 0;
            self.look().await?;
        }
        Ok(done == AT_ONCE)
    }

    /// Until it has looked at the new entries PostgreSQL reads a row for each of them to know that it is there (measured with a
    /// million: 26 ms for a word of 10,000 lines instead of 5), and does not know how few lines a name has.
    async fn look(&self) -> Result<()> {
        if self.storage.backend() != Backend::Postgres {
            return Ok(());
        }
        let look = "VACUUM (ANALYZE, SKIP_LOCKED) search_lines, search_products, search_groups";
        self.storage.pool().read(|connection| Ok(connection.batch_execute(look)?)).await
    }
}

/// The first entries of the queue.
fn first(connection: &mut Database, most: usize, lock: &str) -> Result<Vec<i64>, Failure> {
    let sql = format!("SELECT id AS number FROM search_queue ORDER BY id LIMIT {most}{lock}");
    let entries: Vec<Number> = on_backend!(connection, inner => sql_query(sql).get_results(inner)?);
    Ok(entries.into_iter().map(|entry| entry.number).collect())
}

/// Works off the first entries, and returns how many there were.
fn index(connection: &mut Database) -> Result<usize, Failure> {
    let backend = connection.backend();
    // What another program is at is left to it.
    let lock = if backend == Backend::Postgres { " FOR UPDATE SKIP LOCKED" } else { "" };
    let entries = first(connection, AT_ONCE, lock)?;
    if entries.is_empty() {
        return Ok(0);
    }
    let ids = list(&entries);
    let queued = queued_lines(backend, &format!("q.id IN ({ids})"));
    let cut = |column: &str, most: usize| format!("COALESCE(substr(o.{column}, 1, {most}), '')");
    let (product_id, seller_code, name) =
        (cut("product_id", CODE), cut("seller_code", CODE), cut("product_name", NAME));
    // The words are sorted: two programs that add the same ones then wait for each other in turn.
    let products = format!(
        "INSERT INTO search_products (connector_id, product_id, seller_code, product_name)
         SELECT DISTINCT o.connector_id, {product_id}, {seller_code}, {name} FROM {queued}
         ORDER BY 1, 2, 3, 4 ON CONFLICT DO NOTHING"
    );
    let lines = format!(
        "INSERT INTO search_lines (search_product, ordered_at, line_id)
         SELECT p.id, l.ordered_at, l.id
         FROM (SELECT o.connector_id, {product_id} AS product_id, {seller_code} AS seller_code, {name} AS product_name,
                      o.ordered_at, o.id FROM {queued}) AS l
         JOIN search_products AS p ON p.connector_id = l.connector_id AND p.product_id = l.product_id
              AND p.seller_code = l.seller_code AND p.product_name = l.product_name
         WHERE TRUE ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING"
    );
    let groups = format!(
        "INSERT INTO search_groups (connector_id, order_group_id, line_id)
         SELECT o.connector_id, substr(o.order_group_id, 1, {CODE}), o.id FROM {queued}
         AND o.order_group_id IS NOT NULL ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING"
    );
    let done = format!("DELETE FROM search_queue WHERE id IN ({ids})");
    for sql in [products, lines, groups, done] {
        on_backend!(connection, inner => sql_query(sql).execute(inner)?);
    }
    Ok(entries.len())
}
