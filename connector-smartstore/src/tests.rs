use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use connector_core::clock::Clock;
use connector_core::http::{ClientOptions, Fixture, Lost, RetryPolicy, Scenario, Transport, Wire};
use connector_core::sync::Window;
use connector_core::time::parse_kst;
use connector_core::{ErrorKind, Next, Record, Wanted, registry};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::{Value, json};

use super::*;

pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    parse_kst(text).expect(text)
}

pub(crate) fn connector(more: &[(&str, &str)]) -> SmartStore {
    let registration = registry::find("naver").expect("registered under its alias");
    let mut config: Value = serde_json::from_str(registration.fixture_settings).expect("fixture settings");
    for (name, value) in more {
        config[*name] = json!(value);
    }
    SmartStore { settings: Settings::of(config).expect("good settings") }
}

pub(crate) fn client(connector: SmartStore, transport: Arc<dyn Transport>, clock: Clock) -> Client {
    Client::new(ClientOptions {
        connector: Arc::new(connector),
        transport,
        clock,
        pace: None,
        policy: RetryPolicy::default(),
        credentials: None,
        stop: Default::default(),
    })
}

/// Keeps what was sent and gives out prepared answers, the last one for ever.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    answers: Mutex<Vec<(u16, Option<&'static str>, Value)>>,
    sent: Mutex<Vec<Wire>>,
}

impl Prepared {
    pub(crate) fn new(mut answers: Vec<(u16, Option<&'static str>, Value)>) -> Arc<Self> {
        answers.reverse();
        Arc::new(Self { answers: Mutex::new(answers), sent: Mutex::default() })
    }

    pub(crate) fn sent(&self) -> Vec<Wire> {
        self.sent.lock().expect("not poisoned").clone()
    }
}

#[async_trait]
impl Transport for Prepared {
    async fn send(&self, wire: Wire) -> Result<Response, Lost> {
        self.sent.lock().expect("not poisoned").push(wire);
        let mut answers = self.answers.lock().expect("not poisoned");
        let (status, date, body) =
            if answers.len() > 1 { answers.pop() } else { answers.last().cloned() }.expect("one");
        let mut headers = HeaderMap::new();
        if let Some(date) = date {
            headers.insert("date", HeaderValue::from_static(date));
        }
        Ok(Response {
            status: StatusCode::from_u16(status).expect("a status"),
            headers,
            body: Bytes::from(body.to_string()),
        })
    }
}

pub(crate) fn token(expires_in: i64) -> Value {
    json!({"access_token": "hush", "expires_in": expires_in, "token_type": "Bearer"})
}

/// 2025-01-01T00:00:00Z plus the three seconds by which the signature stays behind.
fn vector_time() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_735_689_600_000 + 3_000).expect("in range")
}

const VECTOR_SIGN: &str = "JDJhJDA0JEtCVE1WUjJqUWZXcVpMbkg3Y0R4WWVBUlRDVlFoTm4xQW44UXhHTTAxL2pseFEySU9iVkpt";

#[tokio::test]
async fn the_token_request_is_exact_and_in_the_body() {
    let transport = Prepared::new(vec![(200, None, token(10_799))]);
    // An account_id with SELF is not sent: it would cost the application its quota.
    let connector = connector(&[("client_id", "simclient0000000000000"), ("account_id", "ncp_1")]);
    let client = client(connector, transport.clone(), Clock::scenario(vector_time()));
    client.ready().await.expect("a token");
    let [wire] = &transport.sent()[..] else { panic!("one request") };
    assert_eq!(wire.method, Method::POST);
    assert_eq!(wire.url, "https://api.commerce.naver.com/external/v1/oauth2/token");
    assert_eq!(wire.query, "");
    assert_eq!(wire.headers["content-type"], "application/x-www-form-urlencoded");
    assert!(!wire.headers.contains_key("authorization"));
    let body = format!(
        "client_id=simclient0000000000000&timestamp=1735689600000&client_secret_sign={VECTOR_SIGN}\
         &grant_type=client_credentials&type=SELF"
    );
    assert_eq!(wire.body.as_deref(), Some(body.as_bytes()));
}

#[tokio::test]
async fn a_seller_account_is_named_at_the_end() {
    let transport = Prepared::new(vec![(200, None, token(10_799))]);
    let connector = connector(&[("type", "SELLER"), ("account_id", "ncp 1&x")]);
    client(connector, transport.clone(), Clock::scenario(vector_time())).ready().await.expect("a token");
    let body = transport.sent()[0].body.clone().expect("a body");
    assert!(body.ends_with(b"&grant_type=client_credentials&type=SELLER&account_id=ncp+1%26x"));
}

#[tokio::test]
async fn a_wrong_clock_is_corrected_by_the_platforms_date_once() {
    let refusal = json!({"code": "BAD_REQUEST", "message": "m", "invalidInputs": [{"name": "timestamp"}]});
    let date = Some("Wed, 01 Jan 2025 00:00:03 GMT");
    let transport = Prepared::new(vec![(400, date, refusal.clone()), (200, date, token(10_799))]);
    let behind = Clock::scenario(vector_time() - TimeDelta::hours(1));
    let good = client(connector(&[]), transport.clone(), behind.clone());
    good.ready().await.expect("a token by the platform's clock");
    let second = transport.sent()[1].body.clone().expect("a body");
    assert!(String::from_utf8_lossy(&second).contains("&timestamp=1735689600000&"));

    let transport = Prepared::new(vec![(400, date, refusal)]);
    let error = client(connector(&[]), transport.clone(), behind).ready().await.expect_err("refused twice");
    assert_eq!((error.kind(), transport.sent().len()), (ErrorKind::Config, 2));
    assert!(error.to_string().starts_with("token: this machine's clock is wrong"), "{error}");
    assert!(error.fix().contains("correct the machine's clock"));
}

#[tokio::test]
async fn a_refused_call_costs_one_token_and_then_names_both_causes() {
    let refusal = json!({"code": "GW.AUTHN", "message": "m"});
    let transport = Prepared::new(vec![
        (200, None, token(10_799)),
        (401, None, refusal.clone()),
        // The platform hands out the same token again; that is no failure.
        (200, None, token(10_790)),
        (401, None, refusal),
    ]);
    let client = client(connector(&[]), transport.clone(), Clock::scenario(vector_time()));
    let error = client.connector().check(&client).await.expect_err("refused");
    assert_eq!(transport.sent().len(), 4);
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert!(error.to_string().contains("token refused, or the API group is not granted"), "{error}");
    assert!(!format!("{error:?}").contains("hush"));
    let signed = &transport.sent()[1];
    assert_eq!(signed.headers["authorization"], "Bearer hush");
    assert!(signed.headers["authorization"].is_sensitive());
}

#[test]
fn a_token_is_renewed_half_an_hour_early_and_short_ones_at_half_time() {
    let at = vector_time();
    let read = |body: Value| {
        let answer =
            Response { status: StatusCode::OK, headers: HeaderMap::new(), body: body.to_string().into() };
        credential(&answer, at)
    };
    for (expires_in, renew_in) in [(json!(10_799), 8_999), (json!("10799"), 8_999), (json!(60), 30)] {
        let good = read(json!({"access_token": "hush", "expires_in": expires_in})).expect("a credential");
        assert_eq!(good.renew_at, Some(at + TimeDelta::seconds(renew_in)));
    }
    assert_eq!(read(token(10_799)).expect("good").expires_at, Some(at + TimeDelta::seconds(10_799)));
    let sample = serde_json::from_str(include_str!("../tests/samples/token_ok.json")).expect("the sample");
    assert_eq!(read(sample).expect("good").access_token.expose(), "5kXq2ZpTn8sWcR0aLmYv3D");
    for bad in
        [json!({}), json!({"access_token": " ", "expires_in": 1}), token(0), token(-5), token(i64::MAX)]
    {
        assert_eq!(read(bad.clone()).expect_err("no token").kind(), ErrorKind::Decode, "{bad}");
    }
}

fn window() -> Window {
    Window { from: instant("2026-03-01T12:00:00+09:00"), to: instant("2026-03-02T12:00:00.5+09:00") }
}

#[test]
fn the_feed_is_asked_with_milliseconds_and_both_halves_of_the_cursor() {
    let first = feed_request(window(), None).expect("a request");
    assert_eq!(first.path, "/v1/pay-order/seller/product-orders/last-changed-statuses");
    assert_eq!(
        first.query_text(),
        "lastChangedFrom=2026-03-01T12%3A00%3A00.000%2B09%3A00&lastChangedTo=2026-03-02T12%3A00%3A00.500%2B09%3A00\
         &limitCount=300"
    );
    let token = "2026-03-01T18:00:00.250+09:00|2026030140000011";
    let more = feed_request(window(), Some(token)).expect("a request");
    assert_eq!(
        more.query_text(),
        "lastChangedFrom=2026-03-01T18%3A00%3A00.250%2B09%3A00&lastChangedTo=2026-03-02T12%3A00%3A00.500%2B09%3A00\
         &limitCount=300&moreSequence=2026030140000011"
    );
    assert!(feed_request(window(), Some("2")).is_err());
}

#[test]
fn the_list_and_the_details_are_asked_for_exactly() {
    let request = list_request(window(), 2);
    assert_eq!(request.path, "/v1/pay-order/seller/product-orders");
    assert_eq!(
        request.query_text(),
        "from=2026-03-01T12%3A00%3A00.000%2B09%3A00&to=2026-03-02T12%3A00%3A00.500%2B09%3A00\
         &rangeType=ORDERED_DATETIME&pageSize=300&page=2&quantityClaimCompatibility=true"
    );
    let request = details_request(&["2", "1"]).expect("a request");
    assert_eq!(request.path, "/v1/pay-order/seller/product-orders/query");
    assert!(request.idempotent, "a query by POST changes nothing");
    assert_eq!(
        request.body.as_deref(),
        Some(br#"{"productOrderIds":["2","1"],"quantityClaimCompatibility":true}"#.as_slice())
    );
}

pub(crate) fn replay() -> (Client, Fixture) {
    let registration = registry::find("smartstore").expect("registered");
    let scenario = Scenario::parse(registration.fixture).expect("a scenario");
    let clock = Clock::scenario(scenario.now);
    let connector = connector(&[]);
    let fixture = Fixture::new(connector.base_url(), scenario);
    (client(connector, Arc::new(fixture.clone()), clock), fixture)
}

async fn page(client: &Client, view: View, window: Window, page: Option<String>) -> Page {
    let request = ReadRequest { stream: &SPEC.streams[0], view, window: Some(window), page };
    client.connector().read(client, &request).await.expect("a page")
}

/// The changes of the scenario's 30 days, page by page, in the way the engine turns them.
async fn all_pages(client: &Client) -> Vec<Vec<connector_core::Change>> {
    let end = instant("2026-03-31T11:59:57.000+09:00");
    let day = TimeDelta::days(1);
    let mut window = Window { from: end - day * 30, to: end - day * 29 };
    let mut token = None;
    let mut pages = Vec::new();
    loop {
        let Page { changes, failures, next, .. } = page(client, View::Changes, window, token.take()).await;
        assert!(failures.is_empty());
        pages.push(changes);
        match next {
            Next::Done if window.to == end => return pages,
            Next::Done => window = Window { from: window.to, to: (window.to + day).min(end) },
            Next::Resume { from, page } if from == window.from => token = Some(page),
            Next::Resume { from, .. } => window = Window { from, to: (from + day).min(end) },
            Next::Page(_) => panic!("the feed has no page numbers"),
        }
    }
}

#[tokio::test]
async fn the_fixture_shows_what_the_platform_does() {
    let (client, fixture) = replay();
    client.connector().check(&client).await.expect("a good credential");
    let pages = all_pages(&client).await;
    assert!(pages.iter().filter(|page| page.is_empty()).count() >= 3, "quiet days, without data");
    let rows: Vec<&str> = pages.iter().flatten().map(|change| change.key.as_str()).collect();
    let keys: BTreeSet<&str> = rows.iter().copied().collect();
    assert_eq!(
        (keys.len(), rows.len()),
        (72, 75),
        "three rows come twice, at page boundaries inside one instant"
    );
    // Beside the pages: the check, a 429 and a 401 that are sent again, two tokens.
    assert_eq!(client.calls(), pages.len() as u64 + 5);
    // What is left is what commands ask for.
    let left = fixture.unused();
    let asked_by_commands = |entry: &String| {
        entry.ends_with("/product-orders/query")
            || entry.contains(" /v1/products/")
            || entry.contains("/origin-products/")
    };
    assert!(left.iter().all(asked_by_commands), "{left:?}");

    let stream = &SPEC.streams[0];
    let keys = keys.iter().map(|key| Wanted { key: (*key).to_owned(), changed_at: None }).collect();
    let fetched = client.connector().fetch(&client, &FetchRequest { stream, keys }).await.expect("details");
    assert!(fetched.failures.is_empty());
    let mut states = BTreeMap::<&str, u32>::new();
    let mut groups = BTreeMap::<String, u32>::new();
    let mut sum = 0;
    for record in &fetched.records {
        let Record::Order(order) = record else { panic!("orders only") };
        *states.entry(order.state.name()).or_default() += 1;
        *groups.entry(order.order_group_id.clone().expect("a group")).or_default() += 1;
        sum += order.amount;
    }
    assert_eq!((fetched.records.len(), sum), (72, 1_478_700));
    assert_eq!(groups.values().filter(|lines| **lines == 2).count(), 3);
    let states: Vec<(&str, u32)> = states.into_iter().collect();
    assert_eq!(
        states,
        [
            ("cancel_requested", 1),
            ("cancelled", 3),
            ("decided", 38),
            ("delivered", 6),
            ("exchange_requested", 1),
            ("exchanged", 1),
            ("paid", 7),
            ("payment_waiting", 2),
            ("preparing", 5),
            ("return_requested", 1),
            ("returned", 1),
            ("shipped", 5),
            ("unknown", 1),
        ]
    );
}

#[tokio::test]
async fn the_fixtures_second_list_agrees_with_its_feed() {
    let (client, _) = replay();
    let stream = &SPEC.streams[0];
    let midnight = instant("2026-02-24T00:00:00+09:00");
    let mut listed = BTreeMap::new();
    for day in 0..36 {
        let from = midnight + TimeDelta::days(day);
        let page = page(&client, View::Census, Window { from, to: from + TimeDelta::days(1) }, None).await;
        assert!(page.failures.is_empty());
        for record in page.records {
            let Record::Order(order) = record else { panic!("orders only") };
            assert!((from..from + TimeDelta::days(1)).contains(&order.ordered_at), "{order:?}");
            listed.insert(order.order_id, (order.ordered_at, order.status, order.state, order.amount));
        }
    }
    let keys = listed.keys().map(|key| Wanted { key: key.clone(), changed_at: None }).collect();
    let fetched = client.connector().fetch(&client, &FetchRequest { stream, keys }).await.expect("details");
    let details: BTreeMap<_, _> = fetched
        .records
        .into_iter()
        .map(|record| match record {
            Record::Order(order) => {
                (order.order_id, (order.ordered_at, order.status, order.state, order.amount))
            }
            other => panic!("orders only: {other:?}"),
        })
        .collect();
    assert_eq!(listed.len(), 72);
    assert_eq!(listed, details);
}
