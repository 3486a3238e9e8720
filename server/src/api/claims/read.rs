//! Listing and reading claims.

use std::collections::HashMap;

use axum::Json;
use connector_core::ClaimKind;
use serde::{Deserialize, Serialize};
use storage::{ClaimFilter, ClaimPosition, ClaimRow};
use utoipa::{IntoParams, ToSchema};

use super::Claim;
use crate::access::Access;
use crate::extract::{Id, Params};
use crate::problem::Problem;
use crate::{cursor, dates};

const LIST: &str = "claims";

/// A page of claims.
#[derive(Serialize, ToSchema)]
pub(crate) struct Claims {
    claims: Vec<Claim>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// Which claims.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ClaimQuery {
    /// At this platform.
    #[param(example = "coupang")]
    platform: Option<String>,
    /// Of this account.
    account_id: Option<i64>,
    /// `cancel`, `return` or `exchange`; several may be given, comma-separated.
    #[param(example = "return")]
    kind: Option<String>,
    /// In this neutral state, or with this word of the platform's; several may be given, comma-separated.
    #[param(example = "requested")]
    state: Option<String>,
    /// `true` for those about which somebody has still to do something.
    open: Option<bool>,
    /// On this order line: its id here, or the platform's.
    order_id: Option<String>,
    /// Made at or after this day or time; without an offset it is Korean time.
    #[param(example = "2024-01-01")]
    start_date: Option<String>,
    /// Made before this time; a bare day includes that day.
    end_date: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

fn words(text: Option<&str>) -> Vec<String> {
    let words = text.into_iter().flat_map(|words| words.split(','));
    words.map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
}

/// List claims.
///
/// What buyers ask for after the order, latest first; those of removed accounts, too.
#[utoipa::path(
    get, path = "/api/v1/claims", tag = "claims", operation_id = "listClaims", params(ClaimQuery),
    responses((status = 200, body = Claims)),
)]
pub(crate) async fn list(access: Access, Params(query): Params<ClaimQuery>) -> Result<Json<Claims>, Problem> {
    let limit = cursor::limit(query.limit)?;
    let after: Option<(String, i64)> = cursor::decode(LIST, query.cursor.as_deref())?;
    let range = dates::range(query.start_date.as_deref(), query.end_date.as_deref(), false)?;
    let (from, to) = dates::bounds(range);
    let kinds: Option<Vec<ClaimKind>> =
        words(query.kind.as_deref()).iter().map(|word| ClaimKind::from_name(word)).collect();
    let kinds = kinds.ok_or_else(|| Problem::parameter("kind", "takes cancel, return or exchange"))?;
    let status = words(query.state.as_deref());
    let accounts = access.data_of(query.platform.as_deref(), query.account_id).await?;
    if accounts.is_empty() {
        // To the store, no account means every account.
        return Ok(Json(Claims { claims: Vec::new(), next_cursor: None }));
    }
    let connector_ids: Vec<i64> = accounts.iter().map(|row| row.id).collect();
    let storage = &access.app.storage;
    let order_id = match query.order_id {
        Some(text) => Some(match text.trim().parse() {
            Ok(id) => storage.order_of(connector_ids.clone(), id).await?.map_or(text, |row| row.order_id),
            Err(_) => text,
        }),
        None => None,
    };
    let filter = ClaimFilter {
        connector_ids,
        kinds,
        status,
        open_only: query.open.unwrap_or(false),
        from,
        to,
        order_id,
        ..ClaimFilter::default()
    };
    let after = after.map(|(requested_at, id)| ClaimPosition { requested_at, id });
    let mut rows = storage.claims(filter, after, limit + 1).await?;
    let more = cursor::cut(&mut rows, limit);
    let next_cursor =
        rows.last().filter(|_| more).map(|row| cursor::encode(LIST, &(&row.requested_at, row.id)));
    Ok(Json(Claims { claims: with_orders(&access, rows).await?, next_cursor }))
}

/// Read one claim.
#[utoipa::path(
    get, path = "/api/v1/claims/{id}", tag = "claims", operation_id = "getClaim",
    params(("id" = i64, Path, description = "The claim's id here.")),
    responses((status = 200, body = Claim)),
)]
pub(crate) async fn one(access: Access, Id(id): Id) -> Result<Json<Claim>, Problem> {
    let row = access.claim(id).await?;
    shown(&access, row).await.map(Json)
}

/// A claim as callers see it.
pub(super) async fn shown(access: &Access, row: ClaimRow) -> Result<Claim, Problem> {
    with_orders(access, vec![row]).await?.pop().ok_or_else(Problem::internal)
}

/// Claims with the ids here of the orders that they are about.
async fn with_orders(access: &Access, rows: Vec<ClaimRow>) -> Result<Vec<Claim>, Problem> {
    let mut by_account: HashMap<i64, Vec<String>> = HashMap::new();
    for row in &rows {
        by_account.entry(row.connector_id).or_default().push(row.order_id.clone());
    }
    let mut orders: HashMap<i64, HashMap<String, i64>> = HashMap::new();
    for (account, ids) in by_account {
        orders.insert(account, access.app.storage.ids_of_orders(account, ids).await?);
    }
    let of = |row: &ClaimRow| orders.get(&row.connector_id)?.get(&row.order_id).copied();
    Ok(rows
        .into_iter()
        .map(|row| {
            let order = of(&row);
            Claim::new(row, order)
        })
        .collect())
}
