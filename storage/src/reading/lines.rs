//! Order lines by their ids, with all that a command needs of them.

use std::collections::HashMap;

use connector_core::OrderState;
use connector_core::command::Line;
use diesel::prelude::*;
use serde_json::value::RawValue;

use super::OrderRow;
use crate::backend::Database;
use crate::due::KEYS_AT_ONCE;
use crate::schema::store_orders;
use crate::{Result, Storage};

impl OrderRow {
    /// The line as a command names it; with the platform's own object where the row was read with it.
    #[must_use]
    pub fn line(&self) -> Line {
        Line {
            order_id: self.order_id.clone(),
            order_group_id: self.order_group_id.clone(),
            quantity: self.quantity,
            state: OrderState::from_name(&self.state).unwrap_or(OrderState::Unknown),
            raw: raw(self.meta_json.as_ref()),
        }
    }
}

/// The platform's own object; nothing where the text was written by hand and is no JSON.
pub(super) fn raw(meta_json: Option<&String>) -> Option<Box<RawValue>> {
    RawValue::from_string(meta_json?.clone()).ok()
}

impl Storage {
    /// The order lines with these ids of ours at these accounts, with the platforms' own objects, in no order; those that
    /// are not there are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn orders_of(&self, connector_ids: &[i64], ids: &[i64]) -> Result<Vec<OrderRow>> {
        let (connector_ids, ids) = (connector_ids.to_vec(), ids.to_vec());
        let read = move |connection: &mut Database| {
            let mut found = Vec::with_capacity(ids.len());
            for chunk in ids.chunks(KEYS_AT_ONCE) {
                let rows: Vec<(OrderRow, String)> = store_orders::table
                    .filter(store_orders::id.eq_any(chunk))
                    .filter(store_orders::connector_id.eq_any(&connector_ids))
                    .select((OrderRow::as_select(), store_orders::meta_json))
                    .load(connection)?;
                found.extend(rows.into_iter().map(|(row, raw)| OrderRow { meta_json: Some(raw), ..row }));
            }
            Ok(found)
        };
        self.pool().read(read).await
    }

    /// Our ids of the account's order lines with these ids of the platform's; those that are not there are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ids_of_orders(
        &self,
        connector_id: i64,
        order_ids: Vec<String>,
    ) -> Result<HashMap<String, i64>> {
        let read = move |connection: &mut Database| {
            let mut found = HashMap::with_capacity(order_ids.len());
            for chunk in order_ids.chunks(KEYS_AT_ONCE) {
                // By key, not by account: see `orders::existing`.
                let rows: Vec<(String, i64)> = store_orders::table
                    .filter((store_orders::connector_id + 0).eq(connector_id))
                    .filter(store_orders::order_id.eq_any(chunk))
                    .select((store_orders::order_id, store_orders::id))
                    .load(connection)?;
                found.extend(rows);
            }
            Ok(found)
        };
        self.pool().read(read).await
    }

    /// The account's order lines with these ids, in the order of the ids, with the platform's own objects where these are wanted;
    /// lines that are not there are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn order_lines(
        &self,
        connector_id: i64,
        order_ids: &[String],
        with_raw: bool,
    ) -> Result<Vec<OrderRow>> {
        let ids = order_ids.to_vec();
        let read = move |connection: &mut Database| {
            let mut found = HashMap::with_capacity(ids.len());
            for chunk in ids.chunks(KEYS_AT_ONCE) {
                // By key, not by account: see `orders::existing`.
                let query = store_orders::table
                    .filter((store_orders::connector_id + 0).eq(connector_id))
                    .filter(store_orders::order_id.eq_any(chunk));
                let rows: Vec<OrderRow> = load!(query, connection, OrderRow of store_orders, with_raw);
                found.extend(rows.into_iter().map(|row| (row.order_id.clone(), row)));
            }
            Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
        };
        self.pool().read(read).await
    }
}
