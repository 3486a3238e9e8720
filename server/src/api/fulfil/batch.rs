//! Many orders in one call, each with its own result.

use std::collections::HashMap;

use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::{Extension, Json};
use connector_core::time::parse_kst;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::carry_out::{Asked, Carried, carry_out};
use super::wanted::{ShippingInfo, Wanted};
use crate::access::Access;
use crate::extract::Body;
use crate::observe::RequestId;
use crate::problem::{InputError, Members, Problem};
use crate::writes::Touched;

/// How many orders one call takes.
const MOST: usize = 1_000;

/// Orders to confirm.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BatchConfirm {
    /// The order lines' ids here, 1,000 at most.
    #[schema(example = json!([123, 124, 125]), min_items = 1, max_items = 1000)]
    order_ids: Vec<i64>,
    /// The day on which they are to be sent. It must be a date; no platform takes it with a confirmation.
    #[schema(example = "2024-01-08")]
    ship_date: Option<String>,
}

/// Orders to ship.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BatchShip {
    /// The order lines with their parcels, 1,000 at most; `items` is another name for it.
    #[serde(alias = "items")]
    #[schema(min_items = 1, max_items = 1000)]
    orders: Vec<Shipped>,
}

/// An order and the parcel with which it goes out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shipped {
    /// The order line's id here.
    #[schema(example = 123)]
    order_id: i64,
    /// The parcel.
    shipping_info: ShippingInfo,
}

/// One order of many, and what became of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct BatchResult {
    /// The order line's id here, as it was asked for.
    order_id: i64,
    /// Whether it is so now.
    ok: bool,
    /// The neutral status as stored now, for an order that is yours.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "preparing")]
    status: Option<String>,
    /// `done`, `already`, or `unverified` where the platform accepted it and does not show it yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<String>,
    /// Why it is not so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Members>)]
    error: Option<Problem>,
}

/// What became of many orders.
#[derive(Serialize, ToSchema)]
pub(crate) struct BatchResults {
    /// One for each order, in the order in which they were asked for.
    results: Vec<BatchResult>,
    /// How many are as asked for.
    succeeded: usize,
    /// How many are not.
    failed: usize,
}

/// Confirm orders.
///
/// Each order is confirmed at its platform and read back, as by `PUT /orders/{id}/status`; the calls are cut to what the
/// platforms take at once. One that fails does not keep the others from going. An id that stands there twice is answered twice and
/// sent once. Under an `Idempotency-Key` the answer stays as it is, failures included: send what failed under another one.
#[utoipa::path(
    post, path = "/api/v1/orders/batch-confirm", tag = "orders", operation_id = "confirmOrders",
    request_body = BatchConfirm,
    responses(
        (status = 200, body = BatchResults, description = "All went."),
        (status = 207, body = BatchResults, description = "Some failed; each says why."),
    ),
)]
pub(crate) async fn confirm(
    access: Access,
    Extension(RequestId(request_id)): Extension<RequestId>,
    Body(batch): Body<BatchConfirm>,
) -> Result<impl IntoResponse, Problem> {
    refuse_count("/order_ids", batch.order_ids.len())?;
    if batch.ship_date.as_deref().is_some_and(|day| parse_kst(day).is_none()) {
        let error = InputError::at("/ship_date", "takes a date such as 2024-01-08");
        return Err(Problem::invalid_input(vec![error]));
    }
    let mut asked: Vec<Asked> = Vec::new();
    let mut entries = Vec::with_capacity(batch.order_ids.len());
    let mut places: HashMap<i64, usize> = HashMap::new();
    for id in batch.order_ids {
        let place = *places.entry(id).or_insert_with(|| {
            asked.push(Asked { id, wanted: Wanted::Confirm });
            asked.len() - 1
        });
        entries.push((id, place));
    }
    answer(&access, &asked, entries, &request_id).await
}

/// Ship orders.
///
/// As `POST /orders/batch-confirm`, each order with its parcel. An order that stands there with two different parcels is 422, and
/// nothing is sent.
#[utoipa::path(
    post, path = "/api/v1/orders/batch-ship", tag = "orders", operation_id = "shipOrders",
    request_body = BatchShip,
    responses(
        (status = 200, body = BatchResults, description = "All went."),
        (status = 207, body = BatchResults, description = "Some failed; each says why."),
    ),
)]
pub(crate) async fn ship(
    access: Access,
    Extension(RequestId(request_id)): Extension<RequestId>,
    Body(batch): Body<BatchShip>,
) -> Result<impl IntoResponse, Problem> {
    refuse_count("/orders", batch.orders.len())?;
    let mut asked: Vec<Asked> = Vec::new();
    let mut entries = Vec::with_capacity(batch.orders.len());
    let mut places: HashMap<i64, (usize, ShippingInfo)> = HashMap::new();
    for (number, Shipped { order_id, shipping_info }) in batch.orders.into_iter().enumerate() {
        match places.get(&order_id) {
            Some((_, other)) if *other != shipping_info => {
                let error = InputError::at(
                    format!("/orders/{number}/shipping_info"),
                    format!("order {order_id} stands here with another parcel already"),
                );
                return Err(Problem::invalid_input(vec![error]));
            }
            Some((place, _)) => entries.push((order_id, *place)),
            None => {
                let pointer = format!("/orders/{number}/shipping_info");
                entries.push((order_id, asked.len()));
                places.insert(order_id, (asked.len(), shipping_info.clone()));
                asked.push(Asked { id: order_id, wanted: Wanted::Ship { info: shipping_info, pointer } });
            }
        }
    }
    answer(&access, &asked, entries, &request_id).await
}

fn refuse_count(pointer: &str, count: usize) -> Result<(), Problem> {
    match count {
        1..=MOST => Ok(()),
        _ => {
            let message = format!("takes 1 to {MOST} orders, and there are {count}");
            Err(Problem::invalid_input(vec![InputError::at(pointer, message)]))
        }
    }
}

/// Carries it out, and answers for each entry by the place of its order.
async fn answer(
    access: &Access,
    asked: &[Asked],
    entries: Vec<(i64, usize)>,
    request_id: &str,
) -> Result<impl IntoResponse + use<>, Problem> {
    let carried = carry_out(access, asked).await?;
    let results: Vec<BatchResult> =
        entries.into_iter().map(|(id, place)| result(id, &carried[place], request_id)).collect();
    let failed = results.iter().filter(|result| !result.ok).count();
    let status = if failed == 0 { StatusCode::OK } else { StatusCode::MULTI_STATUS };
    // Whose order it is not is nobody's business.
    let own = asked.iter().zip(&carried).filter(|(_, carried)| match carried {
        Ok(_) => true,
        Err(problem) => problem.status() != StatusCode::NOT_FOUND,
    });
    let ids: Vec<String> = own.map(|(asked, _)| asked.id.to_string()).collect();
    let touched = Extension(Touched(format!("orders/{}", ids.join(","))));
    let succeeded = results.len() - failed;
    Ok((status, touched, Json(BatchResults { results, succeeded, failed })))
}

fn result(order_id: i64, carried: &Result<Carried, Problem>, request_id: &str) -> BatchResult {
    let about = |problem: Problem| problem.about(&format!("/api/v1/orders/{order_id}"), request_id);
    match carried {
        Ok(Carried { order, change }) => BatchResult {
            order_id,
            ok: change.is_shown(),
            status: Some(order.state.clone()),
            result: Some(change.result.clone()),
            error: (!change.is_shown()).then(|| {
                let detail = change.detail.as_deref().unwrap_or("the platform does not show it yet");
                about(Problem::unknown_outcome(detail).of_attempt(None, change.intent))
            }),
        },
        Err(problem) => BatchResult {
            order_id,
            ok: false,
            status: None,
            result: None,
            error: Some(about(problem.clone())),
        },
    }
}
