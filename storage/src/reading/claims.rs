//! Listing claims.

use std::fmt;

use chrono::{DateTime, Utc};
use connector_core::command::OfClaim;
use connector_core::{ClaimKind, ClaimState};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use serde::Serialize;

use super::after_day;
use super::lines::raw;
use crate::backend::{Database, MultiBackend};
use crate::due::KEYS_AT_ONCE;
use crate::instants::{Instant, MaybeInstant};
use crate::schema::claims;
use crate::{Result, Storage, StorageError};

/// Which claims.
#[derive(Clone, Debug, Default)]
pub struct ClaimFilter {
    /// Of these connectors; empty means all.
    pub connector_ids: Vec<i64>,
    /// Of these platforms; empty means all.
    pub platforms: Vec<String>,
    /// Of these kinds; empty means all.
    pub kinds: Vec<ClaimKind>,
    /// The platform's status word or the neutral state's name; empty means all.
    pub status: Vec<String>,
    /// Only those about which somebody has still to do something.
    pub open_only: bool,
    /// The first Korean day on which they were made, `YYYY-MM-DD`.
    pub from: Option<String>,
    /// The last Korean day, included.
    pub to: Option<String>,
    /// On one order line.
    pub order_id: Option<String>,
    /// One claim, which may have several lines.
    pub claim_id: Option<String>,
    /// Whether to read the platform's own object.
    pub with_raw: bool,
}

/// Where a page of claims ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClaimPosition {
    /// When the last row's claim was made.
    pub requested_at: String,
    /// The last row's id.
    pub id: i64,
}

/// A stored claim on one order line. `Debug` leaves the platform's object out: it holds buyers' personal data.
#[derive(Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = claims)]
pub struct ClaimRow {
    /// The row's id.
    pub id: i64,
    /// The account.
    pub connector_id: i64,
    /// The platform's key.
    pub platform: String,
    /// The platform's id of the claim.
    pub claim_id: String,
    /// The order line.
    pub order_id: String,
    /// The name of its kind.
    pub kind: String,
    /// The neutral state's name.
    pub state: String,
    /// The platform's status word.
    pub status: String,
    /// The platform's id of the payment.
    pub order_group_id: Option<String>,
    /// Pieces.
    pub quantity: Option<i64>,
    /// Why, as a code of the platform.
    pub reason: Option<String>,
    /// When it was made: ISO 8601 in Korean time with milliseconds.
    pub requested_at: String,
    /// The Korean day on which it was made.
    pub date_kst: String,
    /// When the platform last changed it.
    #[diesel(deserialize_as = MaybeInstant)]
    pub changed_at: Option<DateTime<Utc>>,
    /// When the platform was last asked for it.
    #[diesel(deserialize_as = Instant)]
    pub observed_at: DateTime<Utc>,
    /// When it first came.
    #[diesel(deserialize_as = Instant)]
    pub first_seen_at: DateTime<Utc>,
    /// When its content last changed here.
    #[diesel(deserialize_as = Instant)]
    pub updated_at: DateTime<Utc>,
    /// The platform's own object as JSON text; `None` unless asked for.
    #[diesel(select_expression = sql::<Nullable<Text>>("NULL"))]
    #[diesel(select_expression_type = SqlLiteral<Nullable<Text>>)]
    pub meta_json: Option<String>,
}

impl ClaimRow {
    /// Where this row stands, to go on after it.
    #[must_use]
    pub fn position(&self) -> ClaimPosition {
        ClaimPosition { requested_at: self.requested_at.clone(), id: self.id }
    }

    /// The claim as a command names it; with the platform's own object where the row was read with it.
    ///
    /// # Errors
    /// `Invalid` when the kind was written by hand and is none.
    pub fn target(&self) -> Result<OfClaim> {
        let kind = ClaimKind::from_name(&self.kind).ok_or_else(|| {
            StorageError::Invalid(format!("claim {}: {:?} is no kind of claim", self.claim_id, self.kind))
        })?;
        Ok(OfClaim {
            claim_id: self.claim_id.clone(),
            kind,
            order_id: self.order_id.clone(),
            order_group_id: self.order_group_id.clone(),
            quantity: self.quantity,
            raw: raw(self.meta_json.as_ref()),
        })
    }
}

impl fmt::Debug for ClaimRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClaimRow")
            .field("id", &self.id)
            .field("claim_id", &self.claim_id)
            .field("order_id", &self.order_id)
            .field("kind", &self.kind)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// The filter as a query, without order and limit.
fn matching(filter: &ClaimFilter) -> claims::BoxedQuery<'_, MultiBackend> {
    let mut query = claims::table.into_boxed();
    if !filter.connector_ids.is_empty() {
        query = query.filter(claims::connector_id.eq_any(&filter.connector_ids));
    }
    if !filter.platforms.is_empty() {
        query = query.filter(claims::platform.eq_any(&filter.platforms));
    }
    if !filter.kinds.is_empty() {
        let kinds: Vec<&str> = filter.kinds.iter().map(|kind| kind.name()).collect();
        query = query.filter(claims::kind.eq_any(kinds));
    }
    if !filter.status.is_empty() {
        query = query.filter(claims::status.eq_any(&filter.status).or(claims::state.eq_any(&filter.status)));
    }
    if filter.open_only {
        let open: Vec<&str> =
            ClaimState::ALL.iter().filter(|state| state.is_open()).map(|state| state.name()).collect();
        query = query.filter(claims::state.eq_any(open));
    }
    if let Some(from) = &filter.from {
        query = query.filter(claims::requested_at.ge(from));
    }
    if let Some(to) = &filter.to {
        query = query.filter(claims::requested_at.lt(after_day(to)));
    }
    if let Some(order_id) = &filter.order_id {
        query = query.filter(claims::order_id.eq(order_id));
    }
    if let Some(claim_id) = &filter.claim_id {
        query = query.filter(claims::claim_id.eq(claim_id));
    }
    query
}

impl Storage {
    /// A page of claims, latest first (by the time at which they were made, then id), after the given position.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claims(
        &self,
        filter: ClaimFilter,
        after: Option<ClaimPosition>,
        limit: i64,
    ) -> Result<Vec<ClaimRow>> {
        let read = move |connection: &mut Database| {
            let mut query =
                matching(&filter).order((claims::requested_at.desc(), claims::id.desc())).limit(limit);
            if let Some(after) = &after {
                query = query
                    .filter(claims::requested_at.le(&after.requested_at))
                    .filter(claims::requested_at.lt(&after.requested_at).or(claims::id.lt(after.id)));
            }
            Ok(load!(query, connection, ClaimRow of claims, filter.with_raw))
        };
        self.pool().read(read).await
    }

    /// One claim on one line of these accounts, with the platform's own object.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_of(&self, connector_ids: Vec<i64>, id: i64) -> Result<Option<ClaimRow>> {
        let read = move |connection: &mut Database| {
            let one = claims::table.find(id).filter(claims::connector_id.eq_any(connector_ids));
            let row: Option<(ClaimRow, String)> =
                one.select((ClaimRow::as_select(), claims::meta_json)).first(connection).optional()?;
            Ok(row.map(|(row, raw)| ClaimRow { meta_json: Some(raw), ..row }))
        };
        self.pool().read(read).await
    }

    /// How many claims match, line by line counted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_claims(&self, filter: ClaimFilter) -> Result<i64> {
        self.pool().read(move |connection| Ok(matching(&filter).count().get_result(connection)?)).await
    }

    /// The account's claims with these ids, one row for each line of them, with the platform's own objects; by claim and
    /// order line. Those that are not there are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_rows(&self, connector_id: i64, claim_ids: &[String]) -> Result<Vec<ClaimRow>> {
        let mut ids = claim_ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let read = move |connection: &mut Database| {
            let mut found = Vec::with_capacity(ids.len());
            for chunk in ids.chunks(KEYS_AT_ONCE) {
                // By key, not by account: see `orders::existing`.
                let query = claims::table
                    .filter((claims::connector_id + 0).eq(connector_id))
                    .filter(claims::claim_id.eq_any(chunk))
                    .order((claims::claim_id, claims::order_id));
                let rows: Vec<ClaimRow> = load!(query, connection, ClaimRow of claims, true);
                found.extend(rows);
            }
            Ok(found)
        };
        self.pool().read(read).await
    }
}
