//! How orders are asked for.

use connector_core::Result;
use connector_core::http::Request;
use connector_core::sync::Window;
use connector_core::time::kst_text;
use serde::Serialize;

use crate::model::{self, PAGE_ROWS};

/// The change feed. Milliseconds are mandatory in its times.
pub(crate) fn feed_request(window: Window, page: Option<&str>) -> Result<Request> {
    let (from, sequence) = match page {
        Some(token) => model::feed_token(token).map(|(from, sequence)| (from.to_owned(), sequence))?,
        None => (kst_text(window.from), ""),
    };
    let path = "/v1/pay-order/seller/product-orders/last-changed-statuses";
    let request = Request::get("last-changed-statuses", path)
        .query("lastChangedFrom", from)
        .query("lastChangedTo", kst_text(window.to))
        .query("limitCount", PAGE_ROWS);
    Ok(request.query_some("moreSequence", Some(sequence).filter(|sequence| !sequence.is_empty())))
}

/// A page of the conditional list by order time.
pub(crate) fn list_request(window: Window, number: u32) -> Request {
    Request::get("product-orders", "/v1/pay-order/seller/product-orders")
        .query("from", kst_text(window.from))
        .query("to", kst_text(window.to))
        .query("rangeType", "ORDERED_DATETIME")
        .query("pageSize", PAGE_ROWS)
        .query("page", number)
        .query("quantityClaimCompatibility", true)
}

/// The details of up to 300 product orders.
pub(crate) fn details_request(ids: &[&str]) -> Result<Request> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        product_order_ids: &'a [&'a str],
        quantity_claim_compatibility: bool,
    }
    let body = Body { product_order_ids: ids, quantity_claim_compatibility: true };
    Request::post("product-orders/query", "/v1/pay-order/seller/product-orders/query").reads().json(&body)
}
