//! Coupang, as a caller sees it that speaks the protocol by hand.

mod claims;
mod exchanges;
mod faults;
mod fulfilment;
mod gate;
mod life;
mod products;
mod settlement;
mod sheets;

use serde_json::Value;
use simulator::coupang::{self, Status, Vendor, authorization};
use simulator::plain_http::{Reply, call};
use simulator::{kst_text, machine_now};

use crate::json;

pub(crate) const API: &str = "/v2/providers/openapi/apis/api";
pub(crate) const DAY: i64 = 86_400_000;
pub(crate) const MINUTE: i64 = 60_000;

/// An account with so many order lines, half an hour old at least.
pub(crate) fn vendor(orders: usize) -> Vendor {
    let end = Some(machine_now() - 30 * MINUTE);
    Vendor::start(coupang::Config { end, days: 20, ..coupang::Config::of(orders) }).expect("a port")
}

/// A call with a good signature.
pub(crate) fn send(vendor: &Vendor, method: &str, target: &str, body: &Value) -> std::io::Result<Reply> {
    let signed = authorization(&vendor.access_key(), &vendor.secret_key(), method, target, vendor.now());
    let headers = [
        ("Authorization", signed.as_str()),
        ("X-Requested-By", vendor.vendor_id()),
        ("Content-Type", "application/json;charset=UTF-8"),
    ];
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    call(vendor.address(), method, target, &headers, &body)
}

pub(crate) fn get(vendor: &Vendor, target: &str) -> Reply {
    send(vendor, "GET", target, &Value::Null).expect("an answer")
}

/// The answer of 200, as JSON.
pub(crate) fn good(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{}", reply.text());
    json(reply)
}

/// A call that changes something, or tries to.
pub(crate) fn write(vendor: &Vendor, method: &str, target: &str, body: &Value) -> Reply {
    send(vendor, method, target, body).expect("an answer")
}

/// What calls have changed: command and target, in order.
pub(crate) fn effects(vendor: &Vendor) -> Vec<(String, String)> {
    vendor.effects().into_iter().map(|effect| (effect.command, effect.target)).collect()
}

/// A path below a vendor's own.
pub(crate) fn own(vendor: &Vendor, version: u8, rest: &str) -> String {
    format!("{API}/v{version}/vendors/{}/{rest}", vendor.vendor_id())
}

/// The Korean day, so many days ago.
pub(crate) fn day(vendor: &Vendor, ago: i64) -> String {
    kst_text(vendor.now() - ago * DAY)[..10].to_owned()
}

/// The list by day of v5.
pub(crate) fn sheets_target(vendor: &Vendor, status: &str, from: i64, to: i64, more: &str) -> String {
    let (from, to) = (day(vendor, from), day(vendor, to));
    let query = format!("createdAtFrom={from}%2B09:00&createdAtTo={to}%2B09:00&status={status}{more}");
    own(vendor, 5, &format!("ordersheets?{query}"))
}

/// Every box in a status of the last 29 days, page by page.
pub(crate) fn all_sheets(vendor: &Vendor, status: Status) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut more = "&maxPerPage=7".to_owned();
    loop {
        let page = good(&get(vendor, &sheets_target(vendor, status.name(), 29, 0, &more)));
        rows.extend(page["data"].as_array().expect("rows").iter().cloned());
        match page["nextToken"].as_str() {
            Some("") => return rows,
            token => more = format!("&maxPerPage=7&nextToken={}", token.expect("a token")),
        }
    }
}

/// The ids of the lines that boxes hold, sorted.
pub(crate) fn line_ids(boxes: &[Value]) -> Vec<String> {
    let lines = boxes.iter().flat_map(|sheet| {
        let items = sheet["orderItems"].as_array().expect("items");
        items.iter().map(move |item| format!("{}-{}", sheet["shipmentBoxId"], item["vendorItemId"]))
    });
    let mut lines: Vec<String> = lines.collect();
    lines.sort();
    lines
}

/// Lines that wait in a status, of boxes that are still listed and that nobody has claimed.
pub(crate) fn waiting(vendor: &Vendor, status: Status) -> Vec<coupang::LineTruth> {
    let claims = vendor.claims();
    let is_free = |line: &coupang::LineTruth| {
        !claims.iter().any(|claim| claim.order_ids.contains(&line.order_id))
            && line.cancelled + line.held == 0
    };
    let lines = vendor.truth().into_iter();
    lines.filter(|line| line.listed && line.status == status && is_free(line)).collect()
}
