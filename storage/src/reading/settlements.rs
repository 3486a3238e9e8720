//! Listing settlement rows, and adding them up.

use std::fmt;

use chrono::{DateTime, Utc};
use connector_core::SettlementKind;
use diesel::dsl::{count_star, sql};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use serde::Serialize;

use super::{after_day, connector_ids};
use crate::backend::{Database, MultiBackend};
use crate::instants::Instant;
use crate::schema::settlements;
use crate::{Result, Storage};

/// Which settlement rows.
#[derive(Clone, Debug, Default)]
pub struct SettlementFilter {
    /// Of these connectors; empty means all.
    pub connector_ids: Vec<i64>,
    /// Of these kinds; empty means all.
    pub kinds: Vec<SettlementKind>,
    /// The first Korean day on which the revenue was recognised, `YYYY-MM-DD`.
    pub from: Option<String>,
    /// The last Korean day, included.
    pub to: Option<String>,
    /// For one order line.
    pub order_id: Option<String>,
    /// Whether to read the platform's own row.
    pub with_raw: bool,
}

/// Where a page of settlement rows ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SettlementPosition {
    /// The last row's day.
    pub recognized_on: String,
    /// The last row's id.
    pub id: i64,
}

/// A stored settlement row. Amounts are whole won; what the seller pays is negative. `Debug` leaves the platform's row out.
#[derive(Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = settlements)]
pub struct SettlementRow {
    /// The row's id.
    pub id: i64,
    /// The account.
    pub connector_id: i64,
    /// The platform's key.
    pub platform: String,
    /// What makes it unique within the account.
    pub settlement_id: String,
    /// The name of its kind.
    pub kind: String,
    /// The Korean day on which the revenue was recognised, `YYYY-MM-DD`.
    pub recognized_on: String,
    /// The Korean day of payment.
    pub paid_on: Option<String>,
    /// The platform's id of the buyer's payment.
    pub order_group_id: Option<String>,
    /// The order line.
    pub order_id: Option<String>,
    /// The product's name.
    pub product_name: Option<String>,
    /// What the buyer paid.
    pub sale_amount: i64,
    /// What the platform keeps.
    pub fee: i64,
    /// What the seller gets.
    pub amount: i64,
    /// When the platform was last asked for it.
    #[diesel(deserialize_as = Instant)]
    pub observed_at: DateTime<Utc>,
    /// When it first came.
    #[diesel(deserialize_as = Instant)]
    pub first_seen_at: DateTime<Utc>,
    /// When its content last changed here.
    #[diesel(deserialize_as = Instant)]
    pub updated_at: DateTime<Utc>,
    /// The platform's own row as JSON text; `None` unless asked for.
    #[diesel(select_expression = sql::<Nullable<Text>>("NULL"))]
    #[diesel(select_expression_type = SqlLiteral<Nullable<Text>>)]
    pub meta_json: Option<String>,
}

impl SettlementRow {
    /// Where this row stands, to go on after it.
    #[must_use]
    pub fn position(&self) -> SettlementPosition {
        SettlementPosition { recognized_on: self.recognized_on.clone(), id: self.id }
    }
}

impl fmt::Debug for SettlementRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SettlementRow")
            .field("id", &self.id)
            .field("settlement_id", &self.settlement_id)
            .field("kind", &self.kind)
            .field("recognized_on", &self.recognized_on)
            .field("amount", &self.amount)
            .finish_non_exhaustive()
    }
}

/// What an account's rows of one kind and month add up to, in won.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SettlementSum {
    /// The account.
    pub connector_id: i64,
    /// The month in which the revenue was recognised, `YYYY-MM`.
    pub month: String,
    /// The name of their kind.
    pub kind: String,
    /// How many rows.
    pub rows: i64,
    /// What buyers paid.
    pub sale_amount: i64,
    /// What the platform keeps.
    pub fee: i64,
    /// What the seller gets.
    pub amount: i64,
}

/// The filter as a query, without order and limit.
fn matching(filter: &SettlementFilter) -> settlements::BoxedQuery<'_, MultiBackend> {
    let mut query = settlements::table.into_boxed();
    if !filter.connector_ids.is_empty() {
        query = query.filter(settlements::connector_id.eq_any(&filter.connector_ids));
    }
    if !filter.kinds.is_empty() {
        let kinds: Vec<&str> = filter.kinds.iter().map(|kind| kind.name()).collect();
        query = query.filter(settlements::kind.eq_any(kinds));
    }
    if let Some(from) = &filter.from {
        query = query.filter(settlements::recognized_on.ge(from));
    }
    if let Some(to) = &filter.to {
        query = query.filter(settlements::recognized_on.le(to));
    }
    if let Some(order_id) = &filter.order_id {
        query = query.filter(settlements::order_id.eq(order_id));
    }
    query
}

impl Storage {
    /// A page of settlement rows, latest day first, then by id downwards, after the given position.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settlements(
        &self,
        filter: SettlementFilter,
        after: Option<SettlementPosition>,
        limit: i64,
    ) -> Result<Vec<SettlementRow>> {
        let read = move |connection: &mut Database| {
            let mut query = matching(&filter)
                .order((settlements::recognized_on.desc(), settlements::id.desc()))
                .limit(limit);
            if let Some(after) = &after {
                let earlier = settlements::recognized_on.lt(&after.recognized_on);
                query = query
                    .filter(settlements::recognized_on.le(&after.recognized_on))
                    .filter(earlier.or(settlements::id.lt(after.id)));
            }
            Ok(load!(query, connection, SettlementRow of settlements, filter.with_raw))
        };
        self.pool().read(read).await
    }

    /// How many settlement rows match.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_settlements(&self, filter: SettlementFilter) -> Result<i64> {
        self.pool().read(move |connection| Ok(matching(&filter).count().get_result(connection)?)).await
    }

    /// What the rows of some accounts (none named means all) add up to, by account, month and kind; of the Korean days
    /// `from` to `to`, both included, as far as they are given.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settlement_sums(
        &self,
        connectors: &[i64],
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<Vec<SettlementSum>> {
        let (wanted, from) = (connectors.to_vec(), from.unwrap_or_default().to_owned());
        // No day sorts after "~".
        let before = after_day(to.unwrap_or_default());
        let read = move |connection: &mut Database| {
            let ids = connector_ids(connection, &wanted)?;
            let rows: Vec<(i64, String, String, i64, i64, i64, i64)> = settlements::table
                .filter(settlements::connector_id.eq_any(ids))
                .filter(settlements::recognized_on.ge(&from))
                .filter(settlements::recognized_on.lt(before))
                .group_by(sql::<Text>("connector_id, substr(recognized_on, 1, 7), kind"))
                .order(sql::<Text>("1, 2, 3"))
                .select((
                    sql::<BigInt>("connector_id"),
                    sql::<Text>("substr(recognized_on, 1, 7)"),
                    sql::<Text>("kind"),
                    count_star(),
                    // PostgreSQL sums 64-bit numbers to a numeric, which SQLite does not have.
                    sql::<BigInt>("CAST(SUM(sale_amount) AS BIGINT)"),
                    sql::<BigInt>("CAST(SUM(fee) AS BIGINT)"),
                    sql::<BigInt>("CAST(SUM(amount) AS BIGINT)"),
                ))
                .load(connection)?;
            let sum = |(connector_id, month, kind, rows, sale_amount, fee, amount)| SettlementSum {
                connector_id,
                month,
                kind,
                rows,
                sale_amount,
                fee,
                amount,
            };
            Ok(rows.into_iter().map(sum).collect())
        };
        self.pool().read(read).await
    }
}
