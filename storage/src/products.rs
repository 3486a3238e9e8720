//! Products: what the seller has, whatever the platforms on which it is listed.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;

use crate::backend::{Database, on_backend};
use crate::error::Failure;
use crate::schema::{connectors, products};

/// The products of the account's owner that have one of these codes, by code.
pub(crate) fn by_code(
    connection: &mut Database,
    connector_id: i64,
    codes: &BTreeSet<&str>,
) -> Result<HashMap<String, i64>, Failure> {
    if codes.is_empty() {
        return Ok(HashMap::new());
    }
    let owner: Option<i64> =
        connectors::table.find(connector_id).select(connectors::owner_id).first(connection)?;
    let rows: Vec<(String, i64, Option<i64>)> = on_backend!(connection, inner => {
        products::table
            .filter(products::seller_code.eq_any(codes))
            .select((products::seller_code, products::id, products::owner_id))
            .load(inner)?
    });
    let own = |(code, id, product_owner)| (product_owner == owner).then_some((code, id));
    Ok(rows.into_iter().filter_map(own).collect())
}
