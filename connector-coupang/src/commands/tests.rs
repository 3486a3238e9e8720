//! Commands on answers that are given: what is sent, what the answer says, and what a look shows.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use connector_core::command::{CommandName, Refusal};
use connector_core::http::{ClientOptions, Fixture, Lost, RetryPolicy, Scenario, Transport, Wire};
use connector_core::{Action, Clock, Connector, ErrorKind, Standing};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::settings::Settings;

mod claims;

pub(super) fn connector() -> Arc<Coupang> {
    let config =
        json!({"access_key": "ak", "secret_key": "sk", "vendor_id": "A00012345", "user_id": "wing_user01"});
    Arc::new(Coupang { settings: Settings::of(config).expect("good settings") })
}

fn client(transport: Arc<dyn Transport>) -> Client {
    let now = connector_core::time::parse_kst("2026-03-31T12:00:00+09:00").expect("a time");
    Client::new(ClientOptions {
        connector: connector(),
        transport,
        clock: Clock::scenario(now),
        pace: None,
        policy: RetryPolicy { attempts: 1, ..RetryPolicy::default() },
        credentials: None,
        stop: CancellationToken::new(),
    })
}

/// Answers by the end of the address; keeps method, path and body of what was sent.
#[derive(Debug)]
struct Given {
    answers: Vec<(&'static str, u16, Value)>,
    sent: Mutex<Vec<(String, Value)>>,
}

impl Given {
    fn new(answers: Vec<(&'static str, u16, Value)>) -> Arc<Self> {
        Arc::new(Self { answers, sent: Mutex::default() })
    }

    fn sent(&self) -> Vec<(String, Value)> {
        self.sent.lock().expect("no panic while it was held").clone()
    }
}

#[async_trait]
impl Transport for Given {
    async fn send(&self, wire: Wire) -> Result<Response, Lost> {
        let body =
            wire.body.as_deref().map_or(Value::Null, |body| serde_json::from_slice(body).expect("JSON"));
        let path = wire.url.replace("https://api-gateway.coupang.com/v2/providers", "");
        self.sent.lock().expect("no panic while it was held").push((format!("{} {path}", wire.method), body));
        let found =
            self.answers.iter().find(|(path, ..)| format!("{}?{}", wire.url, wire.query).contains(path));
        let (status, body) = found
            .map_or((404, json!({"code": 404, "message": "none"})), |(_, status, body)| {
                (*status, body.clone())
            });
        let status = StatusCode::from_u16(status).expect("a status");
        Ok(Response { status, headers: HeaderMap::new(), body: Bytes::from(body.to_string()) })
    }
}

/// An action with the platform's object beside it, as JSON.
fn action(mut value: Value) -> Action {
    let raw = value.as_object_mut().expect("an object").remove("raw");
    let mut action: Action = serde_json::from_value(value).expect("an action");
    if let Some(raw) = raw {
        action.set_raw(RawValue::from_string(raw.to_string()).expect("JSON"));
    }
    action
}

fn command(actions: Vec<Action>) -> Command {
    Command { name: actions[0].name(), actions }
}

fn samples() -> Vec<Action> {
    let samples: Vec<Value> =
        serde_json::from_str(include_str!("../../fixtures/commands.json")).expect("samples");
    samples.into_iter().map(action).collect()
}

#[tokio::test]
async fn the_fixture_answers_every_command() {
    let connector = connector();
    let mut names: Vec<CommandName> = samples().iter().map(Action::name).collect();
    names.dedup();
    for declared in COMMANDS {
        assert!(names.contains(&declared.name), "{:?} has no sample", declared.name);
    }
    for sample in samples() {
        let scenario = Scenario::parse(include_str!("../../fixtures/default.json")).expect("a scenario");
        let client = client(Arc::new(Fixture::new(connector.base_url(), scenario)));
        let name = sample.name();
        let target = sample.target();
        let command = command(vec![sample]);
        let findings = connector.inspect(&client, &command).await.expect("a look");
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].standing, Standing::NotInEffect, "{name:?} {target}");
        let has_records = !findings[0].records.is_empty();
        assert_eq!(has_records, name != CommandName::CreateListing, "{name:?} {target}");
        let receipt = connector.execute(&client, &command).await.expect("an answer");
        assert!(
            matches!(receipt.outcomes[..], [Outcome::Accepted { .. }]),
            "{name:?}: {:?}",
            receipt.outcomes
        );
    }
}

/// A parcel of two items in that status.
fn parcel(status: &str) -> Value {
    json!({
        "shipmentBoxId": 853_138_000_000_115_661_u64, "orderId": 29_100_131_441_492_u64, "status": status,
        "orderedAt": "2026-03-30T10:30:12+09:00", "splitShipping": false, "invoiceNumber": null, "deliveryCompanyName": null,
        "orderItems": [
            {"vendorItemId": 71, "shippingCount": 2, "orderPrice": 2000, "estimatedShippingDate": "2026-04-02+09:00"},
            {"vendorItemId": 72, "shippingCount": 1, "orderPrice": 1000, "estimatedShippingDate": "2026-04-02"},
        ],
    })
}

fn ship(option: u64, more: Value, raw: Value) -> Action {
    let mut value = json!({
        "command": "ship",
        "line": {"order_id": format!("853138000000115661-{option}"), "order_group_id": "29100131441492", "state": "preparing"},
        "parcel": {"method": "parcel", "carrier": "LOTTE", "tracking_number": "4021-1545-0000", "sent_at": "2026-03-31T02:00:00Z"},
        "raw": raw,
    });
    value.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    action(value)
}

fn told(succeed: bool) -> Value {
    json!({"code": "200", "data": {"responseList": [
        {"shipmentBoxId": 853_138_000_000_115_661_u64, "succeed": succeed, "resultCode": if succeed { "OK" } else { "INVALID_STATUS" }}
    ]}})
}

fn entry(option: u64, number: &str, split: bool, rest: bool, date: &str) -> Value {
    json!({
        "shipmentBoxId": 853_138_000_000_115_661_u64, "orderId": 29_100_131_441_492_u64, "vendorItemId": option,
        "deliveryCompanyCode": "HYUNDAI", "invoiceNumber": number, "splitShipping": split, "preSplitShipped": rest,
        "estimatedShippingDate": date,
    })
}

/// What is uploaded for these actions, and what comes of each.
async fn shipped(actions: Vec<Action>) -> (Option<Value>, Vec<Outcome>) {
    let given = Given::new(vec![("/orders/invoices", 200, told(true))]);
    let receipt = connector().execute(&client(given.clone()), &command(actions)).await.expect("an answer");
    let sent = given.sent();
    assert!(sent.len() <= 1, "one call");
    (sent.first().map(|(_, body)| body["orderSheetInvoiceApplyDtos"].clone()), receipt.outcomes)
}

#[tokio::test]
async fn one_line_sends_the_whole_parcel_and_names_every_item() {
    let whole =
        json!([entry(71, "402115450000", false, false, ""), entry(72, "402115450000", false, false, "")]);
    let (sent, outcomes) = shipped(vec![ship(71, json!({}), parcel("INSTRUCT"))]).await;
    assert_eq!((sent, outcomes), (Some(whole.clone()), vec![Outcome::accepted()]));
    let both = vec![ship(71, json!({}), parcel("INSTRUCT")), ship(72, json!({}), parcel("INSTRUCT"))];
    let (sent, outcomes) = shipped(both).await;
    assert_eq!((sent, outcomes), (Some(whole), vec![Outcome::accepted(), Outcome::accepted()]));
}

#[tokio::test]
async fn a_quantity_splits_the_parcel_by_lines() {
    let (sent, _) = shipped(vec![ship(71, json!({"quantity": 2}), parcel("INSTRUCT"))]).await;
    let expected =
        json!([entry(71, "402115450000", true, false, ""), entry(72, "", true, false, "2026-04-02")]);
    assert_eq!(sent, Some(expected));
    let mut rest = parcel("INSTRUCT");
    rest["splitShipping"] = json!(true);
    rest["orderItems"].as_array_mut().expect("a list").remove(0);
    let (sent, _) = shipped(vec![ship(72, json!({}), rest)]).await;
    assert_eq!(sent, Some(json!([entry(72, "402115450000", true, true, "")])));
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_before_any_call() {
    let other = json!({"parcel": {"method": "parcel", "carrier": "CJGLS", "tracking_number": "1", "sent_at": "2026-03-31T02:00:00Z"}});
    let direct = json!({"quantity": 2, "parcel": {"method": "direct", "tracking_number": "1", "sent_at": "2026-03-31T02:00:00Z"}});
    let pigeon = json!({"parcel": {"method": "parcel", "carrier": "pigeon", "tracking_number": "1", "sent_at": "2026-03-31T02:00:00Z"}});
    let bare = json!({"parcel": {"method": "parcel", "carrier": "CJGLS", "sent_at": "2026-03-31T02:00:00Z"}});
    for (actions, reason) in [
        (vec![ship(71, json!({"quantity": 1}), parcel("INSTRUCT"))], "by lines, not by pieces"),
        (
            vec![ship(71, json!({}), parcel("INSTRUCT")), ship(72, other, parcel("INSTRUCT"))],
            "different ones",
        ),
        (vec![ship(71, direct, parcel("INSTRUCT"))], "cannot be split"),
        (vec![ship(71, pigeon, parcel("INSTRUCT"))], "knows no carrier"),
        (vec![ship(71, bare, parcel("INSTRUCT"))], "tracking number is missing"),
        (vec![ship(71, json!({}), json!({"shipmentBoxId": 1}))], "orderItems is not known"),
    ] {
        let (sent, outcomes) = shipped(actions).await;
        assert_eq!(sent, None, "{reason}");
        for outcome in outcomes {
            let Outcome::Refused(Refusal { message, .. }) = outcome else { panic!("{reason}: {outcome:?}") };
            assert!(message.contains(reason), "{message}");
        }
    }
}

#[tokio::test]
async fn lines_of_one_parcel_are_confirmed_as_one() {
    let line = |option: u64| {
        action(
            json!({"command": "confirm", "line": {"order_id": format!("853138000000115661-{option}"), "state": "paid"}}),
        )
    };
    let stranger = action(json!({"command": "confirm", "line": {"order_id": "9-1", "state": "paid"}}));
    let given = Given::new(vec![("/acknowledgement", 200, told(false))]);
    let command = command(vec![line(71), line(72), stranger]);
    let receipt = connector().execute(&client(given.clone()), &command).await.expect("an answer");
    assert_eq!(
        given.sent(),
        [(
            "PUT /openapi/apis/api/v4/vendors/A00012345/ordersheets/acknowledgement".to_owned(),
            json!({"vendorId": "A00012345", "shipmentBoxIds": [853_138_000_000_115_661_u64, 9]}),
        )]
    );
    let kinds: Vec<Option<ErrorKind>> = receipt
        .outcomes
        .iter()
        .map(|outcome| match outcome {
            Outcome::Refused(refusal) => Some(refusal.kind),
            _ => None,
        })
        .collect();
    assert_eq!(kinds, [Some(ErrorKind::Conflict), Some(ErrorKind::Conflict), None]);
    assert!(matches!(receipt.outcomes[2], Outcome::Unknown { .. }));
}

/// How a shipment of the first line stands where the platform shows this order and these returns.
async fn standing(action: Action, orders: (u16, Value), returns: Value) -> Standing {
    let given = Given::new(vec![
        ("/29100131441492/ordersheets", orders.0, orders.1),
        ("cancelType=CANCEL", 200, json!({"code": 200, "data": []})),
        ("/returnRequests", 200, json!({"code": 200, "data": returns})),
    ]);
    let findings = connector().inspect(&client(given.clone()), &command(vec![action])).await.expect("a look");
    assert!(given.sent().iter().all(|(sent, _)| sent.starts_with("GET ")), "a look changes nothing");
    findings[0].standing.clone()
}

fn orders(parcels: Value) -> (u16, Value) {
    (200, json!({"code": 200, "data": parcels}))
}

fn receipt(status: &str, kind: &str) -> Value {
    json!([{
        "receiptId": 5, "orderId": 29_100_131_441_492_u64, "receiptType": kind, "receiptStatus": status, "createdAt": "2026-03-31",
        "returnItems": [{"shipmentBoxId": 853_138_000_000_115_661_u64, "vendorItemId": 71, "purchaseCount": 2, "cancelCount": 2, "releaseStatus": "N"}],
    }])
}

#[tokio::test]
async fn a_look_tells_where_a_shipment_stands() {
    let on_its_way = |number: &str, carrier: &str| {
        let mut parcel = parcel("DEPARTURE");
        parcel["invoiceNumber"] = json!(number);
        parcel["deliveryCompanyName"] = json!(carrier);
        parcel
    };
    let ours = on_its_way("402115450000", "롯데택배");
    let mut moved = ours.clone();
    moved["shipmentBoxId"] = json!(853_138_000_000_999_999_u64);
    let mut rest = parcel("INSTRUCT");
    rest["orderItems"].as_array_mut().expect("a list").remove(0);
    let none = json!([]);
    for (shown, returns, expected) in [
        (orders(json!([parcel("INSTRUCT")])), none.clone(), "NotInEffect"),
        (orders(json!([parcel("ACCEPT")])), none.clone(), "confirmed before"),
        (orders(json!([ours])), none.clone(), "InEffect"),
        (orders(json!([on_its_way("402115450001", "롯데택배")])), none.clone(), "another parcel"),
        (orders(json!([on_its_way("402115450000", "한진택배")])), none.clone(), "another parcel"),
        (orders(json!([on_its_way("402115450000", "비둘기")])), none.clone(), "Unclear"),
        // The buyer has just asked to stop it.
        (orders(json!([parcel("INSTRUCT")])), receipt("RELEASE_STOP_UNCHECKED", "RETURN"), "claim 5"),
        // Split off under a new number.
        (orders(json!([rest.clone(), moved])), none.clone(), "853138000000999999-71"),
        (orders(json!([rest])), none.clone(), "no more"),
        ((400, json!({"code": 400, "message": "gone"})), none.clone(), "no more"),
        (orders(json!([parcel("ON_THE_MOON")])), none.clone(), "ON_THE_MOON"),
    ] {
        let standing = standing(ship(71, json!({}), parcel("INSTRUCT")), shown, returns).await;
        assert!(format!("{standing:?}").contains(expected), "{expected}: {standing:?}");
    }
}

fn cancel(raw: Value) -> Action {
    action(json!({
        "command": "cancel", "reason": "wrong_price", "raw": raw,
        "line": {"order_id": "853138000000115661-71", "order_group_id": "29100131441492", "state": "preparing"},
    }))
}

#[tokio::test]
async fn a_look_tells_where_a_cancellation_stands() {
    let mut over = parcel("INSTRUCT");
    over["orderItems"][0]["cancelCount"] = json!(2);
    let gone = || (404, json!({"code": 404, "message": "gone"}));
    for (shown, returns, expected) in [
        (orders(json!([parcel("INSTRUCT")])), json!([]), "NotInEffect"),
        (orders(json!([over])), json!([]), "InEffect"),
        (gone(), receipt("RETURNS_COMPLETED", "RETURN"), "InEffect { reference: Some(\"5\") }"),
        (gone(), json!([]), "Unclear"),
        (orders(json!([parcel("INSTRUCT")])), receipt("RELEASE_STOP_UNCHECKED", "RETURN"), "claim 5"),
        (orders(json!([parcel("DELIVERING")])), json!([]), "shipped"),
    ] {
        let standing = standing(cancel(parcel("INSTRUCT")), shown, returns).await;
        assert!(format!("{standing:?}").contains(expected), "{expected}: {standing:?}");
    }
}

#[tokio::test]
async fn a_cancellation_names_what_is_left_of_the_line() {
    let mut held = parcel("INSTRUCT");
    held["orderItems"][0]["holdCountForCancel"] = json!(1);
    let answer = json!({"code": "200", "data": {"receiptMap": {"8": {"receiptId": 8, "vendorItemIds": [71]}}, "failedVendorItemIds": []}});
    let given = Given::new(vec![("/cancel", 200, answer)]);
    let receipt =
        connector().execute(&client(given.clone()), &command(vec![cancel(held)])).await.expect("an answer");
    assert_eq!(receipt.outcomes, [Outcome::Accepted { reference: Some("8".to_owned()) }]);
    let body = json!({
        "orderId": 29_100_131_441_492_u64, "vendorItemIds": [71], "receiptCounts": [1], "bigCancelCode": "CANERR",
        "middleCancelCode": "CCPRER", "vendorId": "A00012345", "userId": "wing_user01",
    });
    assert_eq!(
        given.sent(),
        [("POST /openapi/apis/api/v5/vendors/A00012345/orders/29100131441492/cancel".to_owned(), body)]
    );
}

#[tokio::test]
async fn a_write_whose_answer_fails_is_in_doubt_and_sent_once() {
    let given =
        Given::new(vec![("/orders/invoices", 504, json!({"code": "ERROR", "message": "Request timed out"}))]);
    let command = command(vec![ship(71, json!({}), parcel("INSTRUCT"))]);
    let error = connector().execute(&client(given.clone()), &command).await.expect_err("no answer");
    assert!(error.is_in_doubt() && given.sent().len() == 1, "{error:?}");
}

#[tokio::test]
async fn prices_and_stocks_that_cannot_be_are_refused_before_any_call() {
    let listing = json!({"listing_id": "1", "option_id": "7"});
    let pending = json!({"listing_id": "1", "option_id": "pending-7"});
    for (value, reason) in [
        (json!({"command": "set_price", "listing": listing, "price": 1005}), "tens of won"),
        (json!({"command": "set_stock", "listing": listing, "stock": -1}), "negative"),
        (json!({"command": "stop_sale", "listing": pending}), "not approved"),
        (
            json!({"command": "create_listing", "draft": {"seller_code": "a", "name": "b", "price": 10, "stock": 1}}),
            "items",
        ),
        (
            json!({"command": "update_listing", "listing": listing, "draft": {"seller_code": "a", "name": "b", "price": 10, "stock": 1}}),
            "the product is not known",
        ),
    ] {
        let given = Given::new(Vec::new());
        let command = command(vec![action(value)]);
        let receipt = connector().execute(&client(given.clone()), &command).await.expect("an answer");
        let [Outcome::Refused(refusal)] = &receipt.outcomes[..] else { panic!("{reason}: {receipt:?}") };
        assert!(refusal.message.contains(reason) && given.sent().is_empty(), "{refusal:?}");
    }
}

#[tokio::test]
async fn an_error_inside_a_success_is_an_error() {
    let answer = json!({"code": "ERROR", "message": "업체상품[15000000001]이 수정 가능한 상태가 아닙니다.", "data": null});
    let given = Given::new(vec![("/quantities/3", 200, answer)]);
    let listing = json!({"listing_id": "1", "option_id": "7"});
    let command = command(vec![action(json!({"command": "set_stock", "listing": listing, "stock": 3}))]);
    let error = connector().execute(&client(given), &command).await.expect_err("refused");
    assert!(error.kind() == ErrorKind::Rejected && error.to_string().contains("수정 가능한"), "{error}");
}
