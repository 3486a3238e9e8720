//! What goes over the wire, and what is read by key.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use chrono::NaiveDateTime;
use connector_core::http::{ClientOptions, Lost, RetryPolicy, Transport, Wire};
use connector_core::sync::Window;
use connector_core::time::{kst_midnight, parse_kst};
use connector_core::{Clock, Error, ErrorKind, Next, Secret, View, Wanted};
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::*;

const ACCESS_KEY: &str = "11111111-2222-3333-4444-555555555555";
const SECRET_KEY: &str = "0123456789abcdef0123456789abcdef01234567";

/// Answers in turn, the last one for ever; keeps what was sent.
#[derive(Debug)]
struct Script {
    answers: Mutex<Vec<(u16, Value)>>,
    sent: Mutex<Vec<Wire>>,
}

impl Script {
    fn new(answers: &[(u16, Value)]) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers.to_vec()), sent: Mutex::default() })
    }

    fn sent(&self) -> Vec<Wire> {
        self.sent.lock().expect("no panic while it was held").clone()
    }

    /// Path and query of each call.
    fn targets(&self) -> Vec<String> {
        let target = |wire: &Wire| {
            let path = sign::path_on_the_wire("", &wire.url);
            if wire.query.is_empty() { path } else { format!("{path}?{}", wire.query) }
        };
        self.sent().iter().map(target).collect()
    }
}

#[async_trait]
impl Transport for Script {
    async fn send(&self, wire: Wire) -> Result<Response, Lost> {
        self.sent.lock().expect("no panic while it was held").push(wire);
        let mut answers = self.answers.lock().expect("no panic while it was held");
        let (status, body) = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
        let status = StatusCode::from_u16(status).expect("a status");
        Ok(Response { status, headers: HeaderMap::new(), body: Bytes::from(body.to_string()) })
    }
}

fn connector(more: Value) -> Coupang {
    let mut config = json!({"access_key": ACCESS_KEY, "secret_key": SECRET_KEY, "vendor_id": "A00012345"});
    config.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    Coupang { settings: Settings::of(config).expect("good settings") }
}

fn client(connector: Coupang, script: &Arc<Script>) -> Client {
    Client::new(ClientOptions {
        connector: Arc::new(connector),
        transport: Arc::clone(script) as Arc<dyn Transport>,
        clock: Clock::scenario(parse_kst("2026-11-21T17:30:00+09:00").expect("a time")),
        pace: None,
        policy: RetryPolicy::default(),
        credentials: None,
        stop: CancellationToken::new(),
    })
}

fn day(text: &str) -> chrono::NaiveDate {
    text.parse().expect("a day")
}

async fn read(client: &Client, stream: &'static StreamSpec, page: &str) -> Result<Page> {
    let window = Window { from: kst_midnight(day("2026-11-01")), to: kst_midnight(day("2026-11-08")) };
    let page = Some(page.to_owned()).filter(|page| !page.is_empty());
    let request = ReadRequest { stream, view: View::Changes, window: Some(window), page };
    client.connector().read(client, &request).await
}

fn empty() -> Value {
    json!({"code": 200, "message": null, "data": [], "nextToken": null})
}

/// The time and the signature of a header, checked against the rest of the request as it went out.
fn signed_at(wire: &Wire) -> String {
    let header = wire.headers[AUTHORIZATION].to_str().expect("ASCII").to_owned();
    let date = header
        .split("signed-date=")
        .nth(1)
        .and_then(|rest| rest.split(',').next())
        .expect("a time")
        .to_owned();
    let at = NaiveDateTime::parse_from_str(&date, "%y%m%dT%H%M%SZ").expect("UTC").and_utc();
    let path = sign::path_on_the_wire("", &wire.url);
    let signed = format!("{}{path}{}", wire.method, wire.query);
    let expected = sign::authorization(&Secret::new(ACCESS_KEY), &Secret::new(SECRET_KEY), at, &signed);
    assert_eq!(header, expected.expect("a key").expose());
    date
}

#[tokio::test]
async fn lists_by_minute_are_a_day_long_and_have_no_pages() {
    let answer = json!({"code": 200, "message": "OK", "data": [], "nextToken": "1"});
    for (api, zone) in [("v5", "%2B09%3A00"), ("v4", "")] {
        let script = Script::new(&[(200, answer.clone())]);
        let connector = connector(json!({"order_list": "minute", "order_api": api}));
        let stream = connector.spec().stream("orders").expect("every connector has it");
        assert!(connector.day_lists(stream).iter().all(|list| list.max_days == 1));
        let window = Window { from: kst_midnight(day("2026-11-21")), to: kst_midnight(day("2026-11-22")) };
        let request =
            ReadRequest { stream, view: View::Changes, window: Some(window), page: Some("INSTRUCT".into()) };
        let client = client(connector, &script);
        let page = client.connector().read(&client, &request).await.expect("a list");
        assert_eq!(page.next, Next::Done, "it is whole");
        let wanted = format!(
            "createdAtFrom=2026-11-21T00%3A00{zone}&createdAtTo=2026-11-22T00%3A00{zone}&status=INSTRUCT&searchType=timeFrame"
        );
        assert!(script.targets()[0].ends_with(&wanted), "{:?}", script.targets());
    }
}

#[tokio::test]
async fn every_attempt_is_signed_anew_over_what_goes_out() {
    let busy = json!({"code": "ERROR", "message": "Too Many Requests"});
    let script = Script::new(&[(429, busy), (200, empty())]);
    let client = client(connector(json!({"base_url": "http://127.0.0.1:9900/coupang"})), &script);
    read(&client, &ORDERS, "ACCEPT/a+b/c:d").await.expect("an empty page");
    let sent = script.sent();
    let times: Vec<String> = sent.iter().map(signed_at).collect();
    assert_eq!(times, ["261121T083000Z", "261121T083100Z"], "the cool-down of a minute lies between them");
    assert!(sent[0].url.starts_with("http://127.0.0.1:9900/coupang/v2/"), "{}", sent[0].url);
    assert_eq!(
        sent[0].query,
        "createdAtFrom=2026-11-01%2B09%3A00&createdAtTo=2026-11-07%2B09%3A00&status=ACCEPT&maxPerPage=50\
         &nextToken=a%2Bb%2Fc%3Ad"
    );
    let header = |name: &str| sent[0].headers[name].to_str().expect("ASCII").to_owned();
    assert_eq!((header("x-requested-by"), header("x-market")), ("A00012345".to_owned(), "KR".to_owned()));
    assert_eq!(header("x-extended-timeout"), "18000");
    assert_eq!(header("content-type"), "application/json;charset=UTF-8");
}

#[tokio::test]
async fn a_signature_that_is_found_too_old_is_made_once_more() {
    let expired = json!({"code": "ERROR", "message": "Specified signature is expired."});
    let script = Script::new(&[(401, expired.clone()), (200, empty())]);
    read(&client(connector(json!({})), &script), &ORDERS, "").await.expect("the second is taken");
    assert_eq!(script.sent().len(), 2);
    let script = Script::new(&[(401, expired)]);
    let error =
        read(&client(connector(json!({})), &script), &ORDERS, "").await.expect_err("refused for good");
    assert_eq!((error.kind(), script.sent().len()), (ErrorKind::Auth, 2));
    assert!(error.fix().contains("clock"), "{}", error.fix());
    let script = Script::new(&[(401, json!({"code": "ERROR", "message": "Invalid signature."}))]);
    let error = read(&client(connector(json!({})), &script), &ORDERS, "").await.expect_err("a wrong key");
    assert_eq!((error.kind(), script.sent().len()), (ErrorKind::Auth, 1), "no second try makes it right");
}

#[tokio::test]
async fn each_list_is_asked_for_in_its_own_words() {
    let v = |version: &str| format!("/v2/providers/openapi/apis/api/{version}/vendors/A00012345");
    let lists: [(&str, &StreamSpec, &str, String); 8] = [
        (
            "v4",
            &ORDERS,
            "INSTRUCT",
            format!("{}/ordersheets?createdAtFrom=2026-11-01&createdAtTo=2026-11-07&status=INSTRUCT&maxPerPage=50", v("v4")),
        ),
        (
            "v5",
            &CLAIMS,
            "",
            format!(
                "{}/returnRequests?createdAtFrom=2026-11-01&createdAtTo=2026-11-07&maxPerPage=50&cancelType=CANCEL",
                v("v6")
            ),
        ),
        (
            "v4",
            &CLAIMS,
            "UC/7",
            format!(
                "{}/returnRequests?createdAtFrom=2026-11-01&createdAtTo=2026-11-07&maxPerPage=50&status=UC&nextToken=7",
                v("v4")
            ),
        ),
        (
            "v5",
            &CLAIMS,
            "EXCHANGE",
            format!(
                "{}/exchangeRequests?createdAtFrom=2026-11-01T00%3A00%3A00&createdAtTo=2026-11-07T23%3A59%3A59&maxPerPage=10",
                v("v4")
            ),
        ),
        (
            "v5",
            &CLAIMS,
            "WITHDRAWN/2",
            format!(
                "{}/returnWithdrawRequests?dateFrom=2026-11-01&dateTo=2026-11-07&pageIndex=2&sizePerPage=20",
                v("v4")
            ),
        ),
        (
            "v5",
            &SETTLEMENTS,
            "",
            "/v2/providers/openapi/apis/api/v1/revenue-history?vendorId=A00012345&recognitionDateFrom=2026-11-01\
             &recognitionDateTo=2026-11-07&token=&maxPerPage=50"
                .to_owned(),
        ),
        (
            "v5",
            &LISTINGS,
            "",
            "/v2/providers/seller_api/apis/api/v1/marketplace/seller-products?vendorId=A00012345&maxPerPage=10"
                .to_owned(),
        ),
        (
            "v5",
            &LISTINGS,
            "2",
            "/v2/providers/seller_api/apis/api/v1/marketplace/seller-products?vendorId=A00012345&maxPerPage=10\
             &nextToken=2"
                .to_owned(),
        ),
    ];
    let spec = &SPEC;
    for (version, stream, page, expected) in lists {
        let stream = spec.stream(stream.name).expect("a stream");
        let script = Script::new(&[(200, empty())]);
        let read = read(&client(connector(json!({"order_api": version})), &script), stream, page).await;
        assert_eq!(read.expect("an empty page").next, Next::Done);
        assert_eq!(script.targets(), [expected]);
    }
}

#[tokio::test]
async fn settlements_are_asked_for_up_to_yesterday() {
    let script = Script::new(&[(200, empty())]);
    let client = client(connector(json!({})), &script);
    for (first, last, expected) in
        [("2026-11-20", "2026-11-22", Some("2026-11-20")), ("2026-11-21", "2026-11-22", None)]
    {
        let before = script.sent().len();
        let window = Window { from: kst_midnight(day(first)), to: kst_midnight(day(last)) };
        let request =
            ReadRequest { stream: &SETTLEMENTS, view: View::Changes, window: Some(window), page: None };
        client.connector().read(&client, &request).await.expect("an empty page");
        let asked: Vec<String> = script.targets().split_off(before);
        assert_eq!(asked.len(), usize::from(expected.is_some()));
        assert!(asked.iter().all(|target| target.contains(&format!("recognitionDateTo={}", expected.unwrap_or_default()))));
    }
}

async fn fetch(client: &Client, keys: &[&str]) -> Result<Fetched> {
    let wanted = |key: &&str| Wanted { key: (*key).to_owned(), changed_at: None };
    let request = FetchRequest { stream: &ORDERS, keys: keys.iter().map(wanted).collect() };
    client.connector().fetch(client, &request).await
}

#[tokio::test]
async fn parcels_are_fetched_once_each_and_vanished_ones_are_gone() {
    let sheet: Value =
        serde_json::from_str(include_str!("../tests/samples/ordersheets_v5_daily_page.json")).expect("JSON");
    let one = json!({"code": "200", "message": "OK", "data": sheet["data"][0]});
    let vanished = json!({"code": 400, "message": "주문이 취소 또는 반품되었습니다.", "data": null});
    let script = Script::new(&[(400, vanished), (200, one)]);
    let client = client(connector(json!({})), &script);
    let keys = [
        "853138000000115661-92979706172",
        "853138000000115661-92979706173",
        "853138000000115661-1",
        "7-8",
        "seven-8",
    ];
    let fetched = fetch(&client, &keys).await.expect("no error of the run");
    let found: HashSet<String> = fetched.records.iter().map(connector_core::Record::key).collect();
    assert_eq!(found, keys[..2].iter().map(|key| (*key).to_owned()).collect());
    assert_eq!(fetched.gone, ["7-8", "853138000000115661-1"]);
    assert!(fetched.failures.is_empty(), "a key that names no parcel is left to the engine: {fetched:?}");
    let path = "/v2/providers/openapi/apis/api/v5/vendors/A00012345/ordersheets";
    assert_eq!(script.targets(), [format!("{path}/7"), format!("{path}/853138000000115661")]);
}

#[tokio::test]
async fn an_answer_about_another_parcel_is_not_taken_for_the_one_that_was_asked_for() {
    let sheet: Value =
        serde_json::from_str(include_str!("../tests/samples/ordersheets_v5_daily_page.json")).expect("JSON");
    let other = json!({"code": 200, "data": sheet["data"][0]});
    let client = client(connector(json!({})), &Script::new(&[(200, other)]));
    let fetched = fetch(&client, &["7-8"]).await.expect("no error of the run");
    assert!(fetched.records.is_empty() && fetched.gone.is_empty(), "{fetched:?}");
    assert!(fetched.failures[0].reason.contains("another parcel"));
}

#[tokio::test]
async fn a_product_whose_stock_is_odd_stops_no_other() {
    let list = json!({"code": "SUCCESS", "data": [{"sellerProductId": 1}, {"sellerProductId": 2}, {"sellerProductId": 3}]});
    let product = |option: i64| {
        json!({"code": "SUCCESS", "data": {
            "sellerProductName": "x", "status": "APPROVED", "items": [{"vendorItemId": option, "salePrice": 100}],
        }})
    };
    let stock = json!({"code": "SUCCESS", "data": {"amountInStock": 9, "salePrice": 100, "onSale": true}});
    let answers = [
        list,
        product(11),
        json!({"code": "SUCCESS", "data": []}),
        json!({"data": "odd"}),
        product(13),
        stock,
    ];
    let client = client(connector(json!({})), &Script::new(&answers.map(|body| (200, body))));
    let request = ReadRequest { stream: &LISTINGS, view: View::Changes, window: None, page: None };
    let page = client.connector().read(&client, &request).await.expect("no error of the run");
    let keys: Vec<String> = page.records.iter().map(connector_core::Record::key).collect();
    assert_eq!((keys, page.failures.len()), (vec!["3/13".to_owned()], 2));
}

#[tokio::test]
async fn a_call_that_the_platform_does_not_know_is_no_vanished_parcel() {
    let unknown = json!({"code": "PRECONDITION_FAILED", "message": "No exactly matching API specification for the request."});
    let stranger = json!({"code": 400, "message": "Invalid vendor ID", "data": null});
    for (status, body, kind) in [(404, unknown, ErrorKind::NotFound), (400, stranger, ErrorKind::Config)] {
        let script = Script::new(&[(status, body)]);
        let error: Error =
            fetch(&client(connector(json!({})), &script), &["7-8"]).await.expect_err("a mistake of ours");
        assert_eq!(error.kind(), kind);
    }
}

#[tokio::test]
async fn a_limit_without_a_time_is_a_minute_of_rest() {
    let script = Script::new(&[(429, json!({"code": "ERROR", "message": "Too Many Requests"}))]);
    let client = client(connector(json!({})), &script);
    let before = client.now();
    let error = read(&client, &ORDERS, "").await.expect_err("refused for good");
    assert_eq!((error.kind(), script.sent().len()), (ErrorKind::RateLimited, 6));
    let waited = (client.now() - before).to_std().expect("forward");
    assert_eq!(waited, Duration::from_mins(5));
}
