//! Order sheets in both versions, against figures written by hand.

use bytes::Bytes;
use connector_core::http::Response;
use connector_core::{Order, OrderState};
use http::{HeaderMap, StatusCode};

use super::*;

fn read(body: &str) -> Page {
    let response = Response {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
    };
    page_of(&response).expect("a list")
}

fn orders(read: &Page) -> Vec<&Order> {
    read.records.iter().map(|record| record.as_order().expect("an order")).collect()
}

/// Key, order, state, won, pieces, won a piece.
type Figures<'a> = (&'a str, &'a str, OrderState, i64, i64, i64);

fn figures(order: &Order) -> Figures<'_> {
    (
        &order.order_id,
        order.order_group_id.as_deref().unwrap_or_default(),
        order.state,
        order.amount,
        order.quantity.unwrap_or_default(),
        order.unit_price.unwrap_or_default(),
    )
}

#[test]
fn a_page_of_the_newer_api_is_read() {
    let body = include_str!("../../tests/samples/ordersheets_v5_daily_page.json");
    let read = read(body);
    let orders = orders(&read);
    assert_eq!(read.failures.len(), 0);
    assert_eq!(
        orders.iter().map(|order| figures(order)).collect::<Vec<_>>(),
        [
            ("853138000000115661-92979706172", "29100131441492", OrderState::Paid, 144_000, 1, 149_000),
            ("853138000000115661-92979706173", "29100131441492", OrderState::Paid, 9_800, 2, 4_900),
            ("853138000000115662-92979706190", "29100131441492", OrderState::Paid, 19_000, 1, 19_000),
            // One of three pieces is held back for a claim.
            ("853138000000119007-92979706172", "8100131500077", OrderState::Paid, 434_000, 2, 149_000),
        ]
    );
    let first = orders[0];
    assert_eq!(first.ordered_at.to_rfc3339(), "2026-11-20T01:30:12+00:00");
    assert_eq!(first.status, "ACCEPT");
    assert_eq!(first.order_place_name.as_deref(), Some("안드로이드앱"));
    assert_eq!(
        (first.product_id.as_deref(), first.option_id.as_deref(), first.seller_code.as_deref()),
        (Some("15000000001"), Some("92979706172"), Some("TB900-BK"))
    );
    assert_eq!(
        (first.product_name.as_deref(), first.option_name.as_deref()),
        (Some("무선 이어폰 노이즈캔슬링 TB-900"), Some("블랙"))
    );
    assert!(orders.iter().all(|order| body.contains(order.raw.get())), "kept byte for byte");
}

#[test]
fn the_older_api_says_the_same() {
    let older = read(include_str!("../../tests/samples/ordersheets_v4_timeframe.json"));
    let newer = read(include_str!("../../tests/samples/ordersheets_v5_daily_page.json"));
    let (older, newer) = (orders(&older), orders(&newer));
    let [old] = older[..] else { panic!("one line") };
    let new = newer[3];
    assert_eq!(
        (old.order_id.as_str(), old.ordered_at, old.amount),
        (new.order_id.as_str(), new.ordered_at, 434_000)
    );
    assert_eq!((old.status.as_str(), old.state), ("FINAL_DELIVERY", OrderState::Decided));
}

#[test]
fn an_order_is_a_list_of_parcels() {
    let read = read(include_str!("../../tests/samples/ordersheets_v5_by_order_id.json"));
    let states: Vec<_> = orders(&read).iter().map(|order| (order.order_id.clone(), order.state)).collect();
    assert_eq!(
        states,
        [
            ("853138000000115661-92979706172".to_owned(), OrderState::Shipped),
            ("853138000000115661-92979706173".to_owned(), OrderState::Shipped),
            ("853138000000115662-92979706190".to_owned(), OrderState::Preparing),
        ]
    );
}

/// A parcel of one item, with members of either changed.
fn parcel(change: impl FnOnce(&mut serde_json::Value)) -> String {
    let mut body = serde_json::json!({"code": 200, "data": {
        "shipmentBoxId": 853_138_000_000_115_661_u64, "orderId": 1, "orderedAt": "2026-11-20T10:30:12+09:00", "status": "INSTRUCT",
        "orderItems": [{"vendorItemId": 7, "shippingCount": 2, "orderPrice": 2000}],
    }});
    change(&mut body["data"]);
    body.to_string()
}

#[test]
fn counts_tell_what_is_left_of_a_line() {
    for (status, members, state, left) in [
        ("INSTRUCT", serde_json::json!({}), OrderState::Preparing, 2),
        ("INSTRUCT", serde_json::json!({"holdCountForCancel": 1}), OrderState::Preparing, 1),
        ("INSTRUCT", serde_json::json!({"holdCountForCancel": 2}), OrderState::CancelRequested, 0),
        ("DELIVERING", serde_json::json!({"holdCountForCancel": 2}), OrderState::ReturnRequested, 0),
        ("INSTRUCT", serde_json::json!({"cancelCount": 2}), OrderState::Cancelled, 0),
        ("FINAL_DELIVERY", serde_json::json!({"cancelCount": 2}), OrderState::Returned, 0),
        ("ACCEPT", serde_json::json!({"canceled": true}), OrderState::Cancelled, 2),
        ("NONE_TRACKING", serde_json::json!({}), OrderState::Shipped, 2),
        ("NONE_TRACKING", serde_json::json!({"confirmDate": "2026-11-24 00:10:33"}), OrderState::Decided, 2),
        ("ON_THE_MOON", serde_json::json!({"cancelCount": 2}), OrderState::Unknown, 0),
    ] {
        let read = read(&parcel(|parcel| {
            parcel["status"] = status.into();
            for (name, value) in members.as_object().expect("members") {
                parcel["orderItems"][0][name.as_str()] = value.clone();
            }
        }));
        let orders = orders(&read);
        assert_eq!((orders[0].state, orders[0].quantity), (state, Some(left)), "{status} {members}");
        assert_eq!(orders[0].status, status);
    }
}

#[test]
fn a_count_that_cannot_be_read_leaves_the_quantity_open() {
    for count in [serde_json::json!("two"), serde_json::json!(1.5), serde_json::json!(-i64::MAX)] {
        let read = read(&parcel(|parcel| parcel["orderItems"][0]["holdCountForCancel"] = count.clone()));
        assert_eq!(orders(&read)[0].quantity, None, "{count}");
    }
}

#[test]
fn without_their_sum_the_discounts_are_added_up() {
    let read = read(&parcel(|parcel| {
        let item = &mut parcel["orderItems"][0];
        item["discountPrice"] = serde_json::Value::Null;
        item["instantCouponDiscount"] = 100.into();
        item["downloadableCouponDiscount"] = 30.into();
        item["coupangDiscount"] = 7.into();
    }));
    assert_eq!(orders(&read)[0].amount, 1_863);
}

#[test]
fn one_option_twice_in_a_parcel_is_two_lines() {
    let read = read(&parcel(|parcel| {
        let twin = parcel["orderItems"][0].clone();
        parcel["orderItems"].as_array_mut().expect("a list").push(twin);
    }));
    let keys: Vec<&str> = orders(&read).iter().map(|order| order.order_id.as_str()).collect();
    assert_eq!(keys, ["853138000000115661-7", "853138000000115661-7-2"]);
}

#[test]
fn what_is_relied_on_is_named_when_it_is_missing() {
    type Change = fn(&mut serde_json::Value);
    let cases: [(Change, Option<&str>, &str); 6] = [
        (|parcel| parcel["shipmentBoxId"] = serde_json::Value::Null, None, "shipmentBoxId is missing"),
        (|parcel| parcel["orderItems"] = serde_json::json!([]), None, "orderItems is empty"),
        (|parcel| parcel["orderItems"] = serde_json::json!({}), None, "orderItems is no list"),
        (|parcel| parcel["status"] = 7.5.into(), Some("853138000000115661-7"), "status is not a text"),
        (
            |parcel| parcel["orderedAt"] = "soon".into(),
            Some("853138000000115661-7"),
            "orderedAt holds no time",
        ),
        (
            |parcel| parcel["orderItems"][0]["orderPrice"] = serde_json::Value::Null,
            Some("853138000000115661-7"),
            "orderItems.orderPrice is missing",
        ),
    ];
    for (change, key, reason) in cases {
        let read = read(&parcel(change));
        let [failure] = &read.failures[..] else { panic!("one failure: {reason}") };
        assert!(read.records.is_empty() && failure.reason.contains(reason), "{failure:?}");
        assert_eq!(failure.key.as_deref(), key, "{reason}");
    }
}

#[test]
fn a_sheet_tells_to_whom_it_goes() {
    let raw = serde_json::value::RawValue::from_string(
        r#"{"shipmentBoxId": 853138000000115661, "parcelPrintMessage": "문 앞", "receiver": {"name": "홍길동",
           "safeNumber": "0502-000-0000", "receiverNumber": null, "addr1": "예시로 1", "addr2": "101호", "postCode": "00001"}}"#
            .to_owned(),
    )
    .expect("JSON");
    let read = model::RECIPIENT.read(&raw);
    assert_eq!(read.shipment.as_deref(), Some("853138000000115661"));
    assert_eq!(
        (read.name.as_deref(), read.phone.as_deref(), read.other_phone.as_deref()),
        (Some("홍길동"), Some("0502-000-0000"), None)
    );
    assert_eq!(read.address.as_deref(), Some("예시로 1 101호"));
    assert_eq!((read.postcode.as_deref(), read.note.as_deref()), (Some("00001"), Some("문 앞")));
}
