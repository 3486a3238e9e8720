//! Returns, exchanges and withdrawals, against figures written by hand.

use bytes::Bytes;
use connector_core::http::Response;
use connector_core::{Claim, ClaimKind, ClaimState, OrderState, Record};
use http::{HeaderMap, StatusCode};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::*;
use crate::answer::Envelope;

fn answer(body: &str) -> Response {
    Response {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

fn claims(read: &Page) -> Vec<&Claim> {
    fn claim(record: &Record) -> &Claim {
        match record {
            Record::Claim(claim) => claim,
            other => panic!("{other:?} is no claim"),
        }
    }
    read.records.iter().map(claim).collect()
}

#[test]
fn sample_returns_are_read() {
    let body = include_str!("../../tests/samples/return_requests_v6.json");
    let read = returns::read(&answer(body)).expect("a list");
    let claims = claims(&read);
    assert_eq!((read.failures.len(), claims.len()), (0, 2));
    let [stop, back] = claims[..] else { panic!("two claims") };
    assert_eq!(
        (stop.claim_id.as_str(), stop.order_id.as_str()),
        ("502296131", "853138000000119007-92979706172")
    );
    assert_eq!((stop.kind, stop.state, stop.quantity), (ClaimKind::Cancel, ClaimState::Requested, Some(1)));
    // One of three pieces: the line goes on.
    assert_eq!(stop.line_state, None);
    assert_eq!(stop.requested_at.to_rfc3339(), "2026-11-21T02:36:02+00:00");
    assert_eq!(stop.reason.as_deref(), Some("CHANGEMIND"));
    assert_eq!(
        (back.claim_id.as_str(), back.order_id.as_str()),
        ("502203804", "853138000000101234-92979706172")
    );
    assert_eq!((back.kind, back.state, back.quantity), (ClaimKind::Return, ClaimState::Requested, Some(1)));
    assert_eq!(back.line_state, Some(OrderState::ReturnRequested));
    assert_eq!(back.order_group_id.as_deref(), Some("19100131400555"));
    assert!(claims.iter().all(|claim| body.contains(claim.raw.get())), "kept byte for byte");
}

#[test]
fn the_sample_exchange_is_read() {
    let body = include_str!("../../tests/samples/exchange_requests_v4.json");
    let read = exchanges::read(&answer(body)).expect("a list");
    let claims = claims(&read);
    let [exchange] = claims[..] else { panic!("one claim") };
    assert_eq!(
        (exchange.claim_id.as_str(), exchange.order_id.as_str(), exchange.quantity),
        ("101268974", "853138000000100077-92979706172", Some(1))
    );
    assert_eq!(
        (exchange.kind, exchange.state, exchange.line_state),
        (ClaimKind::Exchange, ClaimState::Collecting, Some(OrderState::ExchangeRequested))
    );
    // Korean time without a zone.
    assert_eq!(exchange.requested_at.to_rfc3339(), "2026-11-15T01:54:41+00:00");
    let wire: exchanges::WireExchange<'_> = serde_json::from_str(exchange.raw.get()).expect("an object");
    assert_eq!(
        wire.outgoing(),
        [exchanges::Outgoing { shipment_box_id: "853138000000133333".to_owned(), invoice_number: None }]
    );
}

fn receipt(members: Value) -> String {
    let mut receipt = json!({
        "receiptId": 5, "orderId": 9, "receiptType": "RETURN", "receiptStatus": "RETURNS_UNCHECKED", "createdAt": "2026-11-21",
        "returnItems": [{"shipmentBoxId": 1, "vendorItemId": 2, "purchaseCount": 2, "cancelCount": 2}],
    });
    for (name, value) in members.as_object().expect("members") {
        match receipt["returnItems"][0].get(name) {
            Some(_) => receipt["returnItems"][0][name.as_str()] = value.clone(),
            None if name == "releaseStatus" => receipt["returnItems"][0]["releaseStatus"] = value.clone(),
            None => receipt[name.as_str()] = value.clone(),
        }
    }
    json!({"code": 200, "data": [receipt]}).to_string()
}

#[test]
fn receipts_are_told_apart_by_what_became_of_the_parcel() {
    use {ClaimKind::*, ClaimState::*};
    for (members, kind, state, line) in [
        (json!({}), Return, Requested, Some(OrderState::ReturnRequested)),
        (
            json!({"receiptStatus": "RELEASE_STOP_UNCHECKED"}),
            Cancel,
            Requested,
            Some(OrderState::CancelRequested),
        ),
        (
            json!({"receiptStatus": "VENDOR_WAREHOUSE_CONFIRM"}),
            Return,
            Collecting,
            Some(OrderState::ReturnRequested),
        ),
        (json!({"receiptStatus": "REQUEST_COUPANG_CHECK"}), Return, Held, Some(OrderState::ReturnRequested)),
        (json!({"receiptStatus": "RETURNS_COMPLETED"}), Return, Done, Some(OrderState::Returned)),
        (json!({"receiptStatus": "RETURNS_COMPLETED", "cancelCount": 1}), Return, Done, None),
        (
            json!({"receiptStatus": "RETURNS_COMPLETED", "releaseStopStatus": "처리(출고중지)"}),
            Cancel,
            Done,
            Some(OrderState::Cancelled),
        ),
        (
            json!({"releaseStopStatus": "처리(이미출고)", "releaseStatus": "N"}),
            Return,
            Requested,
            Some(OrderState::ReturnRequested),
        ),
        (
            json!({"receiptType": "CANCEL", "receiptStatus": "RETURNS_COMPLETED"}),
            Cancel,
            Done,
            Some(OrderState::Cancelled),
        ),
        // Cancelled by the seller, and called a return.
        (
            json!({"receiptStatus": "RETURNS_COMPLETED", "releaseStatus": "S"}),
            Cancel,
            Done,
            Some(OrderState::Cancelled),
        ),
        (json!({"receiptStatus": "TELEPORTED"}), Return, Unknown, None),
    ] {
        let read = returns::read(&answer(&receipt(members.clone()))).expect("a list");
        let claims = claims(&read);
        assert_eq!((claims[0].kind, claims[0].state, claims[0].line_state), (kind, state, line), "{members}");
    }
}

#[test]
fn what_a_claim_relies_on_is_named_when_it_is_missing() {
    for (members, key, reason) in [
        (json!({"receiptId": null}), None, "receiptId is missing"),
        (json!({"returnItems": []}), None, "returnItems is empty"),
        (json!({"shipmentBoxId": null}), None, "returnItems.shipmentBoxId of 5 is missing"),
        (json!({"receiptStatus": null}), Some("5/1-2"), "receiptStatus is missing"),
        (json!({"createdAt": "soon"}), Some("5/1-2"), "createdAt holds no time"),
    ] {
        let read = returns::read(&answer(&receipt(members))).expect("a list");
        let [failure] = &read.failures[..] else { panic!("one failure: {reason}") };
        assert!(read.records.is_empty() && failure.reason.contains(reason), "{failure:?}");
        assert_eq!(failure.key.as_deref(), key, "{reason}");
    }
}

#[test]
fn a_withdrawn_return_finds_its_line_by_order_and_option() {
    let sheets = answer(include_str!("../../tests/samples/ordersheets_v5_by_order_id.json"));
    let envelope = Envelope::of(&sheets).expect("an envelope");
    let lines = crate::orders::model::page(&envelope.rows().expect("a list")).records;
    let raw = |ids: &str| {
        RawValue::from_string(format!(
            r#"{{"cancelId": 502, "orderId": 29100131441492, "createdAt": "2026-11-22T09:00:00", "vendorItemIds": {ids}}}"#
        ))
        .expect("JSON")
    };
    let one = raw("[92979706173, 404]");
    let records = withdrawn::Row::of(&one).expect("a row").claims(&lines);
    let [Record::Claim(claim)] = &records[..] else { panic!("one claim") };
    assert_eq!((claim.claim_id.as_str(), claim.order_id.as_str()), ("502", "853138000000115661-92979706173"));
    assert_eq!((claim.state, claim.line_state), (ClaimState::Withdrawn, None));
    for odd in ["[]", "[92979706173, {}]", "[null]", "7"] {
        assert!(withdrawn::Row::of(&raw(odd)).is_err(), "an option of {odd} is left out without a word");
    }
    let twice = raw("[92979706173, 92979706173]");
    assert_eq!(withdrawn::Row::of(&twice).expect("a row").claims(&lines).len(), 1);
}

#[test]
fn an_option_twice_in_a_claim_is_two_claims_as_it_is_two_lines() {
    let item = json!({"shipmentBoxId": 1, "vendorItemId": 2, "cancelCount": 1});
    let read = returns::read(&answer(&receipt(json!({"returnItems": [item, item]})))).expect("a list");
    let keys: Vec<String> = read.records.iter().map(Record::key).collect();
    assert_eq!(keys, ["5/1-2", "5/1-2-2"]);
}
