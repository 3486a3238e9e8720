//! The connector behind the whole request path and engine, on its fixtures.

use std::sync::Arc;

use connector_core::http::{ClientOptions, Fixture, RetryPolicy, Scenario};
use connector_core::sync::{self, MemoryStore, Observer, Report, RunOptions};
use connector_core::{Clock, Metric, Order};
use tokio_util::sync::CancellationToken;

use connector_core::Record;

use super::admin::ORDERS_LIMIT;
use super::*;

#[derive(Debug)]
struct Silent;

impl Observer for Silent {
    fn progress(&self, _report: &Report) {}
}

fn connector(more: Value) -> Arc<Cafe24> {
    let mut config = json!({
        "client_id": "FixtureClient000000001", "client_secret": "FixtureSecret00000001", "mall_id": "samplemall",
        "scope": "mall.read_analytics,mall.read_order", "refresh_token": "FixtureRefresh00000000", "page_limit": 50,
    });
    config.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let settings = Settings::of(config).expect("good settings");
    Arc::new(Cafe24::new(settings))
}

fn client(connector: &Arc<Cafe24>, scenario: &str) -> (Client, Fixture) {
    let scenario = Scenario::parse(scenario).expect("a scenario");
    let clock = Clock::scenario(scenario.now);
    let fixture = Fixture::new(connector.base_url(), scenario);
    let connector = Arc::clone(connector) as Arc<dyn Connector>;
    let client = Client::new(ClientOptions {
        connector,
        transport: Arc::new(fixture.clone()),
        clock,
        pace: None,
        policy: RetryPolicy::default(),
        credentials: None,
        stop: CancellationToken::new(),
    });
    (client, fixture)
}

async fn run(client: &Client, stream: &'static StreamSpec, store: &MemoryStore) -> Report {
    let stop = CancellationToken::new();
    let options = RunOptions { replay: true, ..RunOptions::default() };
    sync::run(client, stream, store, &options, &Silent, &stop).await
}

fn stream(name: &str) -> &'static StreamSpec {
    SPEC.stream(name).expect("a declared stream")
}

fn metrics(store: &MemoryStore) -> Vec<Metric> {
    let figure = |record| match record {
        Record::Metric(metric) => Some(metric),
        _ => None,
    };
    store.records("metrics").into_iter().filter_map(figure).collect()
}

fn orders(store: &MemoryStore) -> Vec<Order> {
    let order = |record| match record {
        Record::Order(order) => Some(order),
        _ => None,
    };
    store.records("orders").into_iter().filter_map(order).collect()
}

fn sum(metrics: &[Metric], entity_type: &str, column: impl Fn(&Metric) -> Option<i64>) -> i64 {
    metrics.iter().filter(|metric| metric.entity_type == entity_type).filter_map(column).sum()
}

/// Sums by hand. Visits: days 1 to 30 have 100 + day, but day 15 has none: 3,000 + 465 - 115. Views: 300 + 2 x day
/// likewise: 9,000 + 930 - 330. Product 128 sells two for 59,800 on 29 days, 131 one for 49,000 on 15 days, 97 one
/// without amount once, and 51 others one for 1,000 each on day 20. Domains: 40 and 30 on 29 days, 10 on 14 odd days.
#[tokio::test]
async fn the_fixture_gives_the_sums_of_its_payloads() {
    let connector = connector(json!({}));
    let (client, fixture) = client(&connector, include_str!("../fixtures/default.json"));
    let store = MemoryStore::new();
    let report = run(&client, stream("metrics"), &store).await;
    assert!(report.error.is_none() && report.suspect.is_none() && report.failed == 0, "{report:?}");
    let metrics = metrics(&store);
    assert_eq!(sum(&metrics, "store", |m| m.impressions), 3_350);
    assert_eq!(sum(&metrics, "store", |m| m.clicks), 9_600);
    assert_eq!(sum(&metrics, "product", |m| m.conversions), 58 + 15 + 1 + 51);
    assert_eq!(sum(&metrics, "product", |m| m.conversion_value), 29 * 59_800 + 15 * 49_000 + 51 * 1_000);
    assert_eq!(sum(&metrics, "domain", |m| m.clicks), 29 * 40 + 29 * 30 + 14 * 10);
    assert_eq!(metrics.iter().filter(|metric| metric.entity_type == "store").count(), 30);
    assert_eq!(connector.learned(), [("dialect", json!("live"))]);
    // 2 for the store, 30 for products and one more page, 30 for domains, one 429, one 401 and two tokens.
    assert_eq!(client.calls(), 2 + 31 + 30 + 1 + 1 + 2);

    let again = run(&client, stream("orders"), &store).await;
    assert!(again.error.is_none() && again.failed == 0, "{again:?}");
    let orders = orders(&store);
    assert_eq!(orders.len(), 50);
    assert_eq!(orders.iter().map(|order| order.amount).sum::<i64>(), 40 * 27_400 + 10 * 10_000);
    let relayed =
        |order: &&Order| order.order_place_name.as_deref().is_some_and(|name| name.starts_with("market: "));
    assert_eq!(orders.iter().filter(relayed).count(), 2);
    assert!(fixture.unused().is_empty(), "{:?}", fixture.unused());
}

#[tokio::test]
async fn the_other_dialect_is_found_out_and_kept() {
    let connector = connector(json!({"scope": "mall.analytics"}));
    let (client, fixture) = client(&connector, include_str!("../fixtures/seed.json"));
    let store = MemoryStore::new();
    let report = run(&client, stream("metrics"), &store).await;
    assert!(report.error.is_none() && report.suspect.is_none() && report.failed == 0, "{report:?}");
    let metrics = metrics(&store);
    assert_eq!(sum(&metrics, "store", |m| m.impressions), 3_465);
    assert_eq!(sum(&metrics, "store", |m| m.clicks), 9_930);
    assert_eq!(sum(&metrics, "product", |m| m.conversions), 15);
    assert_eq!(sum(&metrics, "product", |m| m.conversion_value), 505_800);
    assert_eq!(sum(&metrics, "domain", |m| m.clicks), 1_035);
    assert_eq!(connector.learned(), [("dialect", json!("seed"))]);
    assert!(fixture.unused().is_empty(), "{:?}", fixture.unused());
    // Its rows bear dates, so once it is known a month is one call.
    let lists = connector.day_lists(stream("metrics"));
    assert!(lists.iter().all(|list| list.max_days == MONTH), "{lists:?}");

    let report = run(&client, stream("orders"), &store).await;
    let reason = report.withheld.expect("the scope is not there");
    assert!(reason.contains("mall.read_order"), "{reason}");
    assert_eq!(report.progress.calls, 0);
}

#[tokio::test]
async fn a_dialect_that_was_set_is_not_doubted() {
    let connector = connector(json!({"dialect": "live", "scope": "mall.analytics"}));
    let (client, _) = client(&connector, include_str!("../fixtures/seed.json"));
    let report = run(&client, stream("metrics"), &MemoryStore::new()).await;
    let error = report.error.expect("the server speaks the other one");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.fix().contains("dialect"), "{}", error.fix());
    assert!(connector.learned().is_empty());
}

#[tokio::test]
async fn a_scope_that_was_asked_for_and_not_granted_is_an_error() {
    let connector = connector(json!({}));
    let (client, _) = client(&connector, include_str!("../fixtures/seed.json"));
    let report = run(&client, stream("orders"), &MemoryStore::new()).await;
    let error = report.error.expect("narrowed");
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert!(error.to_string().contains("mall.analytics") && error.fix().contains("authorize"), "{error:?}");
}

fn scenario(path: &str, status: u16, body: &str) -> String {
    let token = r#"{"access_token": "a", "refresh_token": "r", "mall_id": "samplemall"}"#;
    format!(
        r#"{{"now": "2026-03-31T12:00:00+09:00", "exchanges": [
            {{"request": {{"method": "POST", "path": "https://samplemall.cafe24api.com/api/v2/oauth/token"}},
              "response": {{"status": 200, "body": {token}}}, "repeat": true}},
            {{"request": {{"method": "GET", "path": "{path}"}},
              "response": {{"status": {status}, "body": {body}}}, "repeat": true}}]}}"#
    )
}

#[tokio::test]
async fn each_refusal_ends_in_its_own_error_and_no_row() {
    for (status, body, kind, word, fix) in [
        (
            403,
            r#"{"error": {"code": 403, "message": "Forbidden"}}"#,
            ErrorKind::Permission,
            "approved",
            "approval",
        ),
        (
            403,
            r#"{"error": {"code": 403, "message": "INVALID SCOPE"}}"#,
            ErrorKind::Permission,
            "scope",
            "scope",
        ),
        (200, r#""<html><body>Login</body></html>""#, ErrorKind::Decode, "HTML", "base_url"),
        (200, r#"{"result": []}"#, ErrorKind::Decode, "none of the keys", "dialect"),
        (200, r#""{\"view\": [""#, ErrorKind::Decode, "cut off", "base_url"),
        (404, r#""<html>""#, ErrorKind::NotFound, "HTTP 404", "base_url"),
    ] {
        let connector = connector(json!({"dialect": "live"}));
        let (client, _) = client(&connector, &scenario("/visitors/view", status, body));
        let store = MemoryStore::new();
        let report = run(&client, stream("metrics"), &store).await;
        let error = report.error.expect(body);
        assert_eq!(error.kind(), kind, "{body}: {error}");
        assert!(error.to_string().contains(word), "{body}: {error}");
        assert!(error.fix().contains(fix), "{body}: {}", error.fix());
        assert!(store.records("metrics").is_empty());
    }
}

#[tokio::test]
async fn a_month_without_any_figure_is_not_believed() {
    let empty = scenario("/visitors/view", 200, r#"{"view": []}"#).replace(
        "\"exchanges\": [",
        r#""exchanges": [
            {"request": {"method": "GET", "path": "/visitors/pageview"},
             "response": {"status": 200, "body": {"pageview": []}}, "repeat": true},
            {"request": {"method": "GET", "path": "/products/sales"},
             "response": {"status": 200, "body": {"sales": []}}, "repeat": true},
            {"request": {"method": "GET", "path": "/visitpaths/domains"},
             "response": {"status": 200, "body": {"domains": []}}, "repeat": true},"#,
    );
    let connector = connector(json!({}));
    let (client, _) = client(&connector, &empty);
    let report = run(&client, stream("metrics"), &MemoryStore::new()).await;
    assert!(report.error.is_none());
    let reason = report.suspect.expect("a wrong mall or shop looks like this");
    assert!(reason.contains("mall"), "{reason}");
}

#[tokio::test]
async fn more_orders_than_can_be_paged_halve_the_range() {
    let rows: Vec<String> = (0..ORDERS_LIMIT)
        .map(|n| {
            format!(
                r#"{{"order_id": "20260310-{n:07}", "order_date": "2026-03-10T10:00:00+09:00", "items":
                [{{"order_item_code": "20260310-{n:07}-01", "order_status": "N10", "payment_amount": "1.00"}}]}}"#
            )
        })
        .collect();
    let list = "https://samplemall.cafe24api.com/api/v2/admin/orders";
    let count = |from: &str, to: &str, count: u32| {
        format!(
            r#"{{"request": {{"method": "GET", "path": "{list}/count", "query": {{"start_date": "{from}",
                "end_date": "{to}"}}}}, "response": {{"status": 200, "body": {{"count": {count}}}}}}}"#
        )
    };
    let page = |from: &str, to: &str, body: &str| {
        format!(
            r#"{{"request": {{"method": "GET", "path": "{list}", "query": {{"start_date": "{from}",
                "end_date": "{to}", "offset": "0"}}}}, "response": {{"status": 200, "body": {body}}}}}"#
        )
    };
    let full = format!(r#"{{"orders": [{}]}}"#, rows.join(","));
    let exchanges = [
        page("2026-03-02", "2026-03-31", &full),
        count("2026-03-02", "2026-03-31", 16_000),
        page("2026-03-02", "2026-03-16", r#"{"orders": []}"#),
        page("2026-03-17", "2026-03-31", r#"{"orders": []}"#),
    ];
    let scenario = scenario("/nowhere", 404, "{}")
        .replace("\"exchanges\": [", &format!("\"exchanges\": [{},", exchanges.join(",")));
    let connector = connector(json!({}));
    let (client, _) = client(&connector, &scenario);
    let report = run(&client, stream("orders"), &MemoryStore::new()).await;
    assert!(report.error.is_none(), "{report:?}");
    // A token, the list, the count, and the two halves.
    assert_eq!(report.progress.calls, 1 + 1 + 1 + 2);
}

#[tokio::test]
async fn lines_are_fetched_again_by_their_orders() {
    let connector = connector(json!({}));
    let request = connector.orders_by_id(&["20260301-0000001", "20260320-0000002"], 1);
    let query =
        |name: &str| request.query.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str());
    assert_eq!(query("order_id"), Some("20260301-0000001,20260320-0000002"));
    assert_eq!((query("start_date"), query("end_date")), (Some("2026-03-01"), Some("2026-03-20")));
    let far_apart = connector.orders_by_id(&["20260101-0000001", "20260601-0000002"], 1);
    assert!(
        far_apart.query.iter().all(|(key, _)| *key != "start_date"),
        "the list takes three months at most"
    );
}
