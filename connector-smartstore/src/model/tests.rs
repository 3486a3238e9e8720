use bytes::Bytes;
use connector_core::OrderState;
use connector_core::time::kst_date;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::*;

pub(super) fn answer(body: impl Into<Bytes>) -> Response {
    Response { status: StatusCode::OK, headers: HeaderMap::new(), body: body.into() }
}

fn instant(text: &str) -> DateTime<Utc> {
    parse_kst(text).expect(text)
}

pub(super) fn window() -> Window {
    Window { from: instant("2025-12-01T00:00:00.000+09:00"), to: instant("2025-12-02T00:00:00.000+09:00") }
}

pub(super) fn wanted(keys: &[&str]) -> Vec<Wanted> {
    keys.iter().map(|key| Wanted { key: (*key).to_owned(), changed_at: None }).collect()
}

/// The one order of a `query` answer that holds this element.
pub(super) fn map(element: &Value) -> std::result::Result<Order, Failure> {
    map_changed(element, None)
}

fn map_changed(element: &Value, changed_at: Option<DateTime<Utc>>) -> std::result::Result<Order, Failure> {
    let asked = [Wanted { key: "1".into(), changed_at }];
    let mut fetched = details(&answer(json!({"data": [element]}).to_string()), &asked).expect("an answer");
    match fetched.records.pop() {
        Some(Record::Order(order)) => Ok(order),
        _ => Err(fetched.failures.pop().expect("an order or a failure")),
    }
}

/// A small good element, with these fields of `productOrder` set, or taken out where null.
pub(super) fn element(changes: &[(&str, Value)]) -> Value {
    let mut product = json!({
        "productOrderId": "1", "productOrderStatus": "PAYED", "totalPaymentAmount": 100,
    });
    for (name, value) in changes {
        if value.is_null() {
            product.as_object_mut().expect("an object").remove(*name);
        } else {
            product[*name] = value.clone();
        }
    }
    json!({"order": {"orderId": "9", "orderDate": "2025-12-01T09:30:40.0+09:00"}, "productOrder": product})
}

#[test]
fn the_sample_details_are_mapped() {
    let body = include_str!("../../tests/samples/product_orders_query.json");
    let keys = wanted(&["2025120147233911", "2025112746001231", "2025113047001551"]);
    let fetched = details(&answer(body), &keys).expect("an answer");
    assert!(fetched.failures.is_empty());
    let [Record::Order(option), Record::Order(returning), Record::Order(partial)] = &fetched.records[..]
    else {
        panic!("three orders: {fetched:?}");
    };
    assert_eq!(option.order_id, "2025120147233911");
    assert_eq!(option.order_group_id.as_deref(), Some("2025120132004151"));
    assert_eq!(kst_text(option.ordered_at), "2025-12-01T09:30:40.000+09:00");
    assert_eq!((option.status.as_str(), option.state, option.amount), ("PAYED", OrderState::Paid, 49_800));
    assert_eq!(option.order_place_id.as_deref(), Some("네이버페이>홈(네이버쇼핑)"));
    assert_eq!(option.order_place_name, None, "the platform's text null is nothing");
    assert_eq!(option.product_id.as_deref(), Some("10990000001"));
    assert_eq!(option.product_name.as_deref(), Some("시험 면 티셔츠"));
    assert_eq!(option.option_id.as_deref(), Some("41230000001"));
    assert_eq!(option.option_name.as_deref(), Some("색상: 검정 / 사이즈: L"));
    assert_eq!(option.seller_code.as_deref(), Some("TEE-001-BK-L"));
    assert_eq!((option.quantity, option.unit_price), (Some(2), Some(25_900)));
    assert_eq!(option.changed_at, None);

    assert_eq!((returning.status.as_str(), returning.state), ("DELIVERED", OrderState::ReturnRequested));
    assert_eq!(returning.amount, 19_900);
    assert_eq!(returning.order_place_id.as_deref(), Some("네이버쇼핑 외 "), "kept as given, blank included");
    assert_eq!(returning.seller_code.as_deref(), Some("BTL-002"));

    assert_eq!((partial.status.as_str(), partial.state), ("PAYED", OrderState::Preparing));
    assert_eq!((partial.amount, partial.quantity), (30_000, Some(2)), "what is left to ship");

    for order in [option, returning, partial] {
        assert!(body.contains(order.raw.get()), "the element's own bytes");
        assert!(order.raw.get().starts_with('{') && order.raw.get().ends_with('}'));
    }
    assert!(returning.raw.get().contains("\"returnReceiveAddress\""));
}

#[test]
fn the_sample_list_is_mapped() {
    let body = include_str!("../../tests/samples/product_orders_conditional.json");
    let page = list_page(&answer(body), 1).expect("a page");
    let [Record::Order(order)] = &page.records[..] else { panic!("one order: {page:?}") };
    assert_eq!(
        (order.order_id.as_str(), order.amount, order.state),
        ("2025120147233911", 49_800, OrderState::Paid)
    );
    assert_eq!(kst_date(order.ordered_at).to_string(), "2025-12-01");
    assert!(
        order.raw.get().trim_start_matches('{').trim_start().starts_with("\"order\""),
        "the content only"
    );
    assert_eq!(page.next, Next::Done);
}

#[test]
fn the_sample_feed_is_read() {
    let body = include_str!("../../tests/samples/last_changed_statuses.json");
    let page = feed_page(&answer(body), window()).expect("a page");
    let changes: Vec<(&str, String)> =
        page.changes.iter().map(|c| (c.key.as_str(), kst_text(c.at))).collect();
    assert_eq!(
        changes,
        [
            ("2025113047120011", "2025-12-01T08:12:05.000+09:00".to_owned()),
            ("2025120147233911", "2025-12-01T09:30:48.000+09:00".to_owned()),
            ("2025112746001231", "2025-12-01T09:44:10.583+09:00".to_owned()),
            ("2025120147240101", "2025-12-01T10:15:03.000+09:00".to_owned()),
        ]
    );
    let token = "2025-12-01T10:15:03.000+09:00|2025120147240111";
    assert_eq!(
        page.next,
        Next::Resume { from: instant("2025-12-01T10:15:03.000+09:00"), page: token.to_owned() }
    );
    assert_eq!(
        feed_token(token).expect("our own token"),
        ("2025-12-01T10:15:03.000+09:00", "2025120147240111")
    );
}

#[test]
fn an_answer_without_data_is_empty() {
    let empty = include_str!("../../tests/samples/last_changed_statuses_empty.json");
    for body in [empty, r#"{"timestamp": "x", "data": null}"#, r#"{"data": {}}"#] {
        let page = feed_page(&answer(body), window()).expect(body);
        assert!(page.changes.is_empty() && page.failures.is_empty() && page.next == Next::Done, "{body}");
        let list = list_page(&answer(body), 1).expect(body);
        assert!(list.records.is_empty() && list.next == Next::Done, "{body}");
    }
    for body in [empty, r#"{"data": null}"#, r#"{"data": []}"#] {
        assert!(details(&answer(body), &wanted(&["1"])).expect(body).records.is_empty(), "{body}");
    }
}

#[test]
fn an_answer_of_another_shape_is_an_error_and_not_an_empty_page() {
    for body in [
        "[]",
        "[null]",
        "null",
        "7",
        "\"홍길동\"",
        r#"{"data": "홍길동"}"#,
        r#"{"data": {"lastChangeStatuses": "홍길동", "contents": "홍길동"}}"#,
        r#"{"data": [{"productOrder": {"#,
    ] {
        let answer = answer(body);
        let errors = [
            feed_page(&answer, window()).expect_err(body),
            list_page(&answer, 1).expect_err(body),
            details(&answer, &wanted(&["1"])).expect_err(body),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
            assert!(!format!("{error:?}").contains("홍길동"), "{error:?}");
        }
    }
    let counted = r#"{"data": {"count": 3, "lastChangedStatuses": [{}, {}, {}]}}"#;
    assert_eq!(
        feed_page(&answer(counted), window()).expect_err("rows under another name").kind(),
        ErrorKind::Decode
    );
}

#[test]
fn a_bad_feed_row_costs_no_other_row_and_no_id_is_lost() {
    let body = r#"{"data": {"lastChangeStatuses": [
        {"productOrderId": "1", "lastChangedDate": "2025-12-01T09:30:48"},
        {"lastChangedDate": "2025-12-01T09:30:48.0+09:00", "orderId": "7"},
        {"productOrderId": 2025120147240101, "lastChangedDate": "soon"},
        {"productOrderId": "4"},
        5
    ], "count": 5}}"#;
    let page = feed_page(&answer(body), window()).expect("a page");
    let changes: Vec<(&str, DateTime<Utc>)> = page.changes.iter().map(|c| (c.key.as_str(), c.at)).collect();
    let to = window().to;
    assert_eq!(changes, [("1", instant("2025-12-01T09:30:48+09:00")), ("2025120147240101", to), ("4", to)]);
    let reasons: Vec<&str> = page.failures.iter().map(|failure| failure.reason.as_str()).collect();
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert_eq!(reasons[0], "productOrderId is missing");
    assert!(page.failures[0].raw.as_ref().expect("kept").get().contains("\"orderId\": \"7\""));
}

#[test]
fn where_to_go_on_must_be_readable() {
    for more in [r"{}", r#"{"moreSequence": "1"}"#, r#"{"moreFrom": "later", "moreSequence": "1"}"#, "true"] {
        let body = format!(r#"{{"data": {{"lastChangeStatuses": [], "more": {more}}}}}"#);
        assert_eq!(feed_page(&answer(body), window()).expect_err(more).kind(), ErrorKind::Decode, "{more}");
    }
    let body = r#"{"data": {"more": {"moreFrom": "2025-12-01T10:15:03.5839+09:00"}}}"#;
    let page = feed_page(&answer(body), window()).expect("a page");
    let from = instant("2025-12-01T10:15:03.583+09:00");
    assert_eq!(page.next, Next::Resume { from, page: "2025-12-01T10:15:03.583+09:00|".into() });
    for token in ["", "2", "x|1", "2025-12-01T10:15:03.583+09:00"] {
        assert!(feed_token(token).is_err(), "{token}");
    }
}

#[test]
fn the_list_turns_pages_until_the_platform_says_so() {
    let page = |contents: &str, more: &str| {
        list_page(&answer(format!(r#"{{"data": {{"contents": [{contents}]{more}}}}}"#)), 2)
    };
    let row = r#"{"productOrderId": "1", "content": {"order": {"orderDate": "2025-12-01"},
        "productOrder": {"productOrderStatus": "PAYED", "totalPaymentAmount": 1}}}"#;
    let next = page(row, r#", "pagination": {"hasNext": true}"#).expect("a page");
    assert_eq!(next.next, Next::Page("3".into()));
    assert_eq!(next.records[0].key(), "1", "the id beside the content serves where the content has none");
    assert_eq!(page(row, "").expect("a page").next, Next::Done);
    assert_eq!(page(&vec![row; 300].join(","), "").expect("a page").next, Next::Page("3".into()));
    let endless =
        page("", r#", "pagination": {"hasNext": true}"#).expect_err("an empty page with a next one");
    assert_eq!(endless.kind(), ErrorKind::PageLoop);
    let bare = page(r#"{"productOrderId": "1"}, 7"#, "").expect("a page");
    assert_eq!(bare.failures[0].reason, "content is missing");
    assert_eq!(bare.failures[0].key.as_deref(), Some("1"));
    assert_eq!(bare.failures.len(), 2);
}

#[test]
fn an_order_without_its_order_object_is_mapped_too() {
    let order = map(&json!({"productOrder": {
        "productOrderId": "1",
        "orderId": "2026021512345600",
        "placeOrderDate": "2026-02-15T10:00:00.000+09:00",
        "productOrderStatus": "PAYED",
        "totalPaymentAmount": 29900,
        "orderPlaceId": "NAVER_SEARCH",
        "orderPlaceName": "naver search",
        "inflowPath": "not this",
    }}))
    .expect("an order");
    assert_eq!(order.order_group_id.as_deref(), Some("2026021512345600"));
    assert_eq!(kst_text(order.ordered_at), "2026-02-15T10:00:00.000+09:00");
    assert_eq!((order.amount, order.state), (29_900, OrderState::Paid));
    assert_eq!(order.order_place_id.as_deref(), Some("NAVER_SEARCH"));
    assert_eq!(order.order_place_name.as_deref(), Some("naver search"));
}

#[test]
fn the_order_date_falls_back_in_the_given_order() {
    let mut element = json!({
        "order": {"orderDate": "2025-12-01T01:00:00+09:00"},
        "productOrder": {
            "productOrderId": "1", "productOrderStatus": "PAYED", "totalPaymentAmount": 1,
            "orderDate": "2025-12-02T02:00:00+09:00",
            "placeOrderDate": "2025-12-03T03:00:00+09:00",
            "decisionDate": "2025-12-04T04:00:00+09:00",
            "lastChangedDate": "2025-12-05T05:00:00+09:00",
        },
    });
    let feed = instant("2025-12-06T06:00:00+09:00");
    let fields = ["orderDate", "orderDate", "placeOrderDate", "decisionDate", "lastChangedDate"];
    for (index, field) in fields.into_iter().enumerate() {
        let day = u32::try_from(index + 1).expect("small");
        let order = map_changed(&element, Some(feed)).expect("an order");
        assert_eq!(kst_text(order.ordered_at), format!("2025-12-0{day}T0{day}:00:00.000+09:00"), "{field}");
        // Absent and unreadable are the same.
        let part = if index == 0 { "order" } else { "productOrder" };
        element[part][field] = if index % 2 == 0 { json!("soon") } else { json!("") };
    }
    let order = map_changed(&element, Some(feed)).expect("the feed's date is the last resort");
    assert_eq!((order.ordered_at, order.changed_at), (feed, Some(feed)));
    let failure = map(&element).expect_err("no date at all");
    assert!(failure.reason.contains("orderDate, placeOrderDate, decisionDate, lastChangedDate"));
    assert_eq!(failure.key.as_deref(), Some("1"));
}

#[test]
fn an_amount_is_an_integer_or_a_failure_and_never_a_default() {
    for (value, amount) in
        [(json!(100), 100), (json!(100.0), 100), (json!("100"), 100), (json!(0), 0), (json!(-5), -5)]
    {
        assert_eq!(map(&element(&[("totalPaymentAmount", value)])).expect("an order").amount, amount);
    }
    for (value, reason) in [
        (Value::Null, "productOrder.totalPaymentAmount is missing"),
        (json!(0.5), "productOrder.totalPaymentAmount is not a whole number"),
        (json!("free"), "productOrder.totalPaymentAmount is not a whole number"),
        (json!({"won": 1}), "productOrder.totalPaymentAmount is not a whole number"),
    ] {
        let failure = map(&element(&[("totalPaymentAmount", value)])).expect_err(reason);
        assert_eq!((failure.reason.as_str(), failure.key.as_deref()), (reason, Some("1")));
        assert!(failure.raw.expect("kept").get().contains("\"PAYED\""));
    }
}

#[test]
fn a_bad_element_is_named_by_field_and_keeps_its_key() {
    for (value, reason) in [
        (element(&[("productOrderStatus", Value::Null)]), "productOrder.productOrderStatus is missing"),
        (element(&[("productOrderStatus", json!(" "))]), "productOrder.productOrderStatus is blank"),
        (element(&[("productOrderStatus", json!([]))]), "productOrder.productOrderStatus is not a text"),
        (
            json!({"productOrder": {"productOrderId": "1"}, "order": "홍길동"}),
            "invalid type, expected an object of OrderPart",
        ),
        (
            // A derived struct would take the items for its fields.
            json!({"productOrder": {"productOrderId": "1"}, "order": ["2026022440001031", "2026-02-24"]}),
            "invalid type, expected an object of OrderPart",
        ),
    ] {
        let failure = map(&value).expect_err(reason);
        assert!(failure.reason.starts_with(reason), "{failure:?}");
        assert_eq!(failure.key.as_deref(), Some("1"));
        assert!(!format!("{failure:?}").contains("홍길동"));
    }
    for (value, reason) in [
        (element(&[("productOrderId", Value::Null)]), "productOrder.productOrderId is missing"),
        (json!({"order": {}}), "productOrder is missing"),
        (json!(7), "invalid type"),
        (json!([{"orderId": "1"}, {"productOrderId": "1"}]), "invalid type, expected an object of Element"),
    ] {
        let failure = map(&value).expect_err(reason);
        assert!(failure.reason.starts_with(reason), "{failure:?}");
        assert_eq!(failure.key, None);
    }
}

#[test]
fn odd_optional_fields_cost_nothing() {
    let order = map(&element(&[
        ("productOrderId", json!(1)),
        ("quantity", json!("two")),
        ("remainQuantity", json!({})),
        ("productName", json!(["홍길동"])),
        ("productId", json!(10_990_000_001_i64)),
        ("inflowPath", json!("null")),
        ("orderPlaceId", json!(" ")),
        ("orderPlaceName", json!("")),
        ("inflowPathAdd", json!("쇼핑검색")),
        ("somethingNew", json!({"deep": [1, 2]})),
    ]))
    .expect("an order");
    assert_eq!((order.quantity, order.product_name, order.order_place_id), (None, None, None));
    assert_eq!(order.product_id.as_deref(), Some("10990000001"));
    assert_eq!(order.order_place_name.as_deref(), Some("쇼핑검색"));
    assert!(order.raw.get().contains("somethingNew"));
}

#[test]
fn the_current_claim_comes_first_then_the_line_then_the_old_twins() {
    let state = |value: Value| map(&value).expect("an order").state;
    let mut line = element(&[("claimType", json!("RETURN")), ("claimStatus", json!("RETURN_REQUEST"))]);
    assert_eq!(state(line.clone()), OrderState::ReturnRequested);
    line["currentClaim"] = json!({"exchange": {"claimStatus": "COLLECTING"}});
    assert_eq!(state(line.clone()), OrderState::ExchangeRequested);
    line["currentClaim"] = json!({"return": {"claimStatus": "RETURN_REJECT"}});
    assert_eq!(state(line), OrderState::Paid);
    let mut twins = element(&[]);
    twins["cancel"] = json!({"claimStatus": "CANCELING"});
    assert_eq!(state(twins), OrderState::CancelRequested);
}

#[test]
fn orders_that_were_not_asked_for_or_come_twice_are_left_out() {
    let mut other = element(&[("totalPaymentAmount", json!("bad"))]);
    other["productOrder"]["productOrderId"] = json!("2");
    let body =
        json!({"data": [element(&[]), other, element(&[("totalPaymentAmount", json!(200))])]}).to_string();
    let fetched = details(&answer(body), &wanted(&["1", "3"])).expect("an answer");
    assert!(fetched.failures.is_empty());
    let [Record::Order(order)] = &fetched.records[..] else { panic!("one order: {fetched:?}") };
    assert_eq!((order.order_id.as_str(), order.amount), ("1", 100));
}

#[test]
fn a_broken_row_of_the_feed_is_still_a_changed_order() {
    let rows = r#"{"productOrderId": "1", "lastChangedDate": 1e400}, {"productOrderId": "2", "lastChangedDate": "\ud800"},
        ["3", "2025-12-01T09:00:00+09:00"]"#;
    let body = format!(r#"{{"data": {{"count": 3, "lastChangeStatuses": [{rows}]}}}}"#);
    let page = feed_page(&answer(body), window()).expect("a page");
    let keys: Vec<&str> = page.changes.iter().map(|change| change.key.as_str()).collect();
    assert_eq!(keys, ["1", "2"], "fetched now, whatever its time says");
    assert_eq!(page.failures.len(), 1, "a list is no row, though its first item looks like a key");
}

#[test]
fn a_product_order_tells_to_whom_it_goes() {
    let raw = serde_json::value::RawValue::from_string(
        r#"{"order": {"ordererName": "임꺽정"}, "productOrder": {"packageNumber": "2026033138000001", "shippingMemo": "문 앞",
           "shippingAddress": {"name": "홍길동", "tel1": "010-0000-0000", "zipCode": "00003", "baseAddress": "없는로 1",
           "detailedAddress": "1동 1호"}}}"#
            .to_owned(),
    )
    .expect("JSON");
    let read = RECIPIENT.read(&raw);
    assert_eq!(read.shipment.as_deref(), Some("2026033138000001"));
    assert_eq!((read.name.as_deref(), read.phone.as_deref()), (Some("홍길동"), Some("010-0000-0000")));
    assert_eq!(read.address.as_deref(), Some("없는로 1 1동 1호"));
    assert_eq!((read.postcode.as_deref(), read.note.as_deref()), (Some("00003"), Some("문 앞")));
}
