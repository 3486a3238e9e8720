use bytes::Bytes;
use connector_core::OrderState;
use http::{HeaderMap, StatusCode};

use super::*;

fn read(body: &str) -> Read {
    let body = Bytes::copy_from_slice(body.as_bytes());
    page(&Response { status: StatusCode::OK, headers: HeaderMap::new(), body }).expect("a list of orders")
}

fn orders(read: &Read) -> Vec<&Order> {
    read.records
        .iter()
        .map(|record| match record {
            Record::Order(order) => order,
            other => panic!("no order: {other:?}"),
        })
        .collect()
}

const ITEM: &str = r#"{"order_item_code": "20260710-0000013-01", "order_status": "N10", "quantity": 2,
    "product_price": "1000.00", "option_price": "50.00", "coupon_discount_price": "100.00", "payment_amount": null}"#;

fn order(head: &str) -> String {
    format!(
        r#"{{"orders": [{{"order_id": "20260710-0000013", "order_date": "2026-07-10T11:21:35+09:00", {head}
            "items": [{ITEM}]}}]}}"#
    )
}

#[test]
fn the_sample_becomes_one_line_for_each_item() {
    let read = read(include_str!("../../tests/samples/admin_orders_list_200.json"));
    assert_eq!((read.orders, read.failures.len()), (1, 0));
    let lines = orders(&read);
    let told: Vec<_> = lines
        .iter()
        .map(|order| (order.order_id.as_str(), order.status.as_str(), order.state, order.amount))
        .collect();
    assert_eq!(
        told,
        [
            ("20260710-0000013-01", "N30", OrderState::Shipped, 27_400),
            ("20260710-0000013-02", "C00", OrderState::CancelRequested, 27_400),
        ]
    );
    let first = lines[0];
    assert_eq!(first.ordered_at, parse_kst("2026-07-10T11:21:35+09:00").expect("a time"));
    assert_eq!(first.order_group_id.as_deref(), Some("20260710-0000013"));
    assert_eq!(first.order_place_id.as_deref(), Some("mobile"));
    assert_eq!(first.order_place_name.as_deref(), Some("모바일웹"));
    assert_eq!((first.quantity, first.unit_price), (Some(1), Some(29_900)));
    assert_eq!(first.option_id.as_deref(), Some("P000000N000A"));
    assert_eq!(first.seller_code.as_deref(), Some("SKU-128-BLK-M"));
    let body = include_str!("../../tests/samples/admin_orders_list_200.json");
    assert!(body.contains(first.raw.get()) && first.raw.get().contains(r#""total_supply_price": "32000""#));
}

#[test]
fn an_amount_that_is_not_given_is_worked_out() {
    assert_eq!(orders(&read(&order("")))[0].amount, (1_000 + 50) * 2 - 100);
}

#[test]
fn a_relayed_line_bears_its_market() {
    for (head, id, name) in [
        (r#""market_id": "self", "order_place_id": "pc", "order_place_name": "PC웹","#, "pc", "PC웹"),
        (r#""market_id": "shopn", "order_place_id": "shopn","#, "shopn", "market: shopn"),
        (
            r#""market_id": "shopn", "order_place_name": "네이버 스마트스토어","#,
            "shopn",
            "market: shopn (네이버 스마트스토어)",
        ),
        (r#""market_id": null, "order_place_id": "coupang","#, "coupang", "market: coupang"),
    ] {
        let read = read(&order(head));
        let order = orders(&read)[0];
        assert_eq!(order.order_place_id.as_deref(), Some(id), "{head}");
        assert_eq!(order.order_place_name.as_deref(), Some(name), "{head}");
    }
}

#[test]
fn another_currency_is_refused_and_named() {
    let read = read(&order(r#""currency": "USD","#));
    assert_eq!(read.records.len(), 0);
    assert_eq!(read.failures[0].key.as_deref(), Some("20260710-0000013-01"));
    assert!(read.failures[0].reason.contains("USD"), "{:?}", read.failures[0]);
}

#[test]
fn a_bad_row_is_named_and_stops_no_other() {
    let body = format!(
        r#"{{"orders": [{{"order_id": "1"}}, {{"order_id": "2", "items": []}}, {{"items": [{ITEM}]}},
            {{"order_id": "3", "order_date": "0000-00-00", "items": [{ITEM}]}},
            {{"order_id": "4", "order_date": "2026-07-10", "items": [{{"order_status": "N10"}}, {ITEM}]}}]}}"#
    );
    let read = read(&body);
    assert_eq!((read.orders, read.records.len(), read.failures.len()), (5, 1, 5));
    let reasons: Vec<&str> = read.failures.iter().map(|failure| failure.reason.as_str()).collect();
    assert_eq!(reasons[0], "items of 1 is missing or empty");
    assert!(reasons.contains(&"items.order_item_code of 4 is missing"), "{reasons:?}");
}

#[test]
fn an_answer_without_orders_is_no_empty_list() {
    let body = Bytes::from_static(br#"{"products": []}"#);
    let response = Response { status: StatusCode::OK, headers: HeaderMap::new(), body };
    assert!(page(&response).expect_err("no orders").to_string().contains("products"));
}

#[test]
fn a_count_of_another_shape_says_nothing() {
    let count = |body: &'static str| {
        let body = Bytes::from_static(body.as_bytes());
        super::count(&Response { status: StatusCode::OK, headers: HeaderMap::new(), body })
    };
    assert_eq!(count(r#"{"count": 16000}"#), Some(16_000));
    assert_eq!(count(r#"{"count": "7"}"#), Some(7));
    assert_eq!(count("[]"), None);
    assert_eq!(count("{}"), None);
}

#[test]
fn a_line_knows_its_order() {
    assert_eq!(order_of("20260710-0000013-02"), "20260710-0000013");
    assert_eq!(order_of("odd"), "odd");
}

/// An order whose one item has these members beside its key and status.
fn priced(members: &str) -> Read {
    let item = format!(r#"{{"order_item_code": "20260710-0000013-01", "order_status": "N10", {members}}}"#);
    read(&order("").replace(ITEM, &item))
}

#[test]
fn prices_that_add_up_to_no_amount_are_a_failure() {
    let most = i64::MAX;
    for members in [
        format!(r#""product_price": {most}, "option_price": 1, "quantity": 1"#),
        format!(r#""product_price": {most}, "quantity": 2"#),
        format!(r#""product_price": 0, "quantity": 1, "coupon_discount_price": {}"#, i64::MIN),
    ] {
        let read = priced(&members);
        assert!(read.records.is_empty(), "{members}");
        assert_eq!(read.failures[0].key.as_deref(), Some("20260710-0000013-01"));
        assert!(read.failures[0].reason.contains("add up"), "{:?}", read.failures[0]);
    }
}

#[test]
fn a_unit_price_with_an_unreadable_part_is_left_out() {
    for (option, expected) in
        [("\"50.00\"", Some(1050)), ("null", Some(1000)), ("0.5", None), ("9223372036854775807", None)]
    {
        let read = priced(&format!(
            r#""product_price": 1000, "option_price": {option}, "quantity": 1, "payment_amount": 1000"#
        ));
        assert_eq!(orders(&read)[0].unit_price, expected, "{option}");
    }
}

#[test]
fn lists_and_broken_numbers_are_named_with_the_key() {
    let read = priced(r#""product_no": 1e400, "product_price": 1000, "quantity": 1"#);
    assert_eq!(read.failures[0].key.as_deref(), Some("20260710-0000013-01"), "{:?}", read.failures);
    // A derived struct would take the items for its fields.
    let positional = self::read(r#"{"orders": [["20260710-0000013", "2026-07-10T11:21:35+09:00"]]}"#);
    assert_eq!((positional.records.len(), positional.failures.len()), (0, 1));
    assert!(positional.failures[0].reason.contains("expected an object of WireOrder"), "{positional:?}");
}
