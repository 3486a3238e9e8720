//! Each way to go wrong, seen from outside.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;
use simulator::cafe24::{self, Mall};
use simulator::plain_http::{Reply, call};
use simulator::smartstore::{self, Market};
use simulator::{Endpoint, Fault, FaultKind};

use crate::{QUERY, feed, json, mall_get, mall_token_call, mall_tokens, orders_target, rows, store_token};

const ROWS: [&str; 2] = ["data", "lastChangeStatuses"];

fn shop() -> (Market, String) {
    let market = Market::start(smartstore::Config { days: 1, ..smartstore::Config::of(40) }).expect("a port");
    let token = store_token(&market, market.address());
    (market, token)
}

fn mall() -> (Mall, String) {
    let config = cafe24::Config { orders: 30, days: 5, ..cafe24::Config::default() };
    let mall = Mall::start(config).expect("a port");
    let [access, _] = mall_tokens(&mall);
    (mall, access)
}

fn read(market: &Market, token: &str) -> Reply {
    feed(market.address(), token).expect("an answer")
}

fn ids(reply: &Reply) -> Vec<String> {
    rows(reply, &ROWS).iter().map(|row| row["productOrderId"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn statuses_and_their_headers() {
    let (market, token) = shop();
    let (mall, access) = mall();
    let target = orders_target(&mall);
    for (kind, status) in [
        (FaultKind::RateLimited, 429),
        (FaultKind::RateLimitedWithRetryAfter, 429),
        (FaultKind::Quota, 429),
        (FaultKind::ServerError, 500),
        (FaultKind::BadGateway, 502),
        (FaultKind::Unavailable, 503),
        (FaultKind::Maintenance, 503),
        (FaultKind::GatewayTimeout, 504),
        (FaultKind::Unauthorized, 401),
        (FaultKind::Html, 200),
    ] {
        market.fault(Fault::next(Endpoint::Feed, kind).millis(100));
        mall.fault(Fault::next(Endpoint::Orders, kind).millis(100));
        let (store, shop) = (read(&market, &token), mall_get(&mall, &access, &target));
        assert_eq!((store.status, shop.status), (status, status), "{kind}");
        if kind == FaultKind::Maintenance {
            assert_eq!(read(&market, &token).status, 503, "it lasts");
            std::thread::sleep(Duration::from_millis(150));
        }
        let wait = (kind == FaultKind::RateLimitedWithRetryAfter).then_some("1");
        assert_eq!((store.header("retry-after"), shop.header("retry-after")), (wait, wait), "{kind}");
        assert_eq!(
            (read(&market, &token).status, mall_get(&mall, &access, &target).status),
            (200, 200),
            "{kind}"
        );
    }
    let faults = market.calls().calls.iter().filter(|call| call.fault.is_some()).count();
    assert_eq!(faults, 11, "the ledger names what went wrong");
}

#[test]
fn documented_errors_by_their_codes() {
    let (market, token) = shop();
    market.fault(Fault::next(Endpoint::Feed, FaultKind::Refused).with_value("GW.PROXY.04"));
    let reply = read(&market, &token);
    assert_eq!((reply.status, &json(&reply)["code"]), (500, &Value::from("GW.PROXY.04")));
    let (mall, access) = mall();
    mall.fault(Fault::next(Endpoint::Orders, FaultKind::Refused).with_value("offset"));
    let reply = mall_get(&mall, &access, &orders_target(&mall));
    assert!(reply.status == 422 && reply.text().contains("(parameter.offset)"), "{}", reply.text());
}

#[test]
fn a_lost_answer_has_taken_effect() {
    let (mall, access) = mall();
    let [_, refresh] = <[String; 2]>::try_from(mall.tokens_issued()).expect("one pair");
    mall.fault(Fault::next(Endpoint::MallToken, FaultKind::LostAnswer));
    let form = format!("grant_type=refresh_token&refresh_token={refresh}");
    let lost = std::panic::catch_unwind(|| mall_token_call(&mall, &form));
    assert!(lost.is_err(), "the connection ends without an answer");
    let again = mall_token_call(&mall, &form);
    assert_eq!((again.status, &json(&again)["error"]), (400, &Value::from("invalid_grant")));
    assert_eq!(mall_get(&mall, &access, &orders_target(&mall)).status, 401, "its successor has killed it");
    assert_eq!(mall.calls().at(Endpoint::MallToken).nth(1).map(|call| call.status), Some(0));

    let (market, token) = shop();
    market.fault(Fault::next(Endpoint::Feed, FaultKind::LostAnswer).millis(200));
    let began = Instant::now();
    assert!(feed(market.address(), &token).is_err());
    assert!(began.elapsed() >= Duration::from_millis(200), "it hangs before it is cut");
}

#[test]
fn a_shut_door_refuses_and_opens_again() {
    let (market, token) = shop();
    let other = market.simulator().open_door("other").expect("a port");
    market.fault(Fault::next(Endpoint::Feed, FaultKind::ConnectRefused).millis(400));
    assert!(feed(market.address(), &token).is_err(), "the call itself is cut");
    std::thread::sleep(Duration::from_millis(50));
    let refused = TcpStream::connect(market.address()).expect_err("nobody is let in");
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    assert_eq!(feed(other, &token).expect("another door").status, 200);
    std::thread::sleep(Duration::from_millis(600));
    assert_eq!(read(&market, &token).status, 200);
}

#[test]
fn a_door_that_does_not_answer() {
    let (market, token) = shop();
    market.fault(Fault::next(Endpoint::Feed, FaultKind::ConnectTimeout).millis(700));
    assert!(feed(market.address(), &token).is_err());
    std::thread::sleep(Duration::from_millis(100));
    let silent = TcpStream::connect_timeout(&market.address(), Duration::from_millis(200));
    assert_eq!(silent.map_err(|error| error.kind()).expect_err("silence"), std::io::ErrorKind::TimedOut);
    std::thread::sleep(Duration::from_millis(900));
    assert_eq!(read(&market, &token).status, 200);
}

#[test]
fn bodies_are_slow_cut_or_end_early() {
    let (market, token) = shop();
    let whole = read(&market, &token).body.len();
    let began = Instant::now();
    market.fault(Fault::next(Endpoint::Feed, FaultKind::SlowDrip).millis(300));
    assert_eq!(ids(&read(&market, &token)).len(), ids(&read(&market, &token)).len());
    assert!(began.elapsed() >= Duration::from_millis(300), "{:?}", began.elapsed());
    market.fault(Fault::next(Endpoint::Feed, FaultKind::TruncatedJson));
    let early = read(&market, &token);
    let length: usize = early.header("content-length").and_then(|text| text.parse().ok()).expect("a length");
    assert_eq!((early.body.len(), length), (whole / 2, whole / 2));
    assert!(serde_json::from_slice::<Value>(&early.body).is_err());
    market.fault(Fault::next(Endpoint::Feed, FaultKind::WrongContentType));
    assert_eq!(read(&market, &token).header("content-type"), Some("text/plain;charset=UTF-8"));
}

#[test]
fn pages_that_are_not_what_they_were() {
    let (market, token) = shop();
    let good = ids(&read(&market, &token));
    let with = |kind| {
        market.fault(Fault::next(Endpoint::Feed, kind));
        read(&market, &token)
    };
    let twice = with(FaultKind::DuplicatePage);
    assert_eq!(ids(&twice), [good.clone(), good.clone()].concat());
    assert_eq!(json(&twice)["data"]["count"], 2 * good.len());
    let reversed: Vec<String> = good.iter().rev().cloned().collect();
    assert_eq!(ids(&with(FaultKind::ReorderedPage)), reversed);
    assert_eq!(ids(&with(FaultKind::RowMissing)), good[1..]);
    assert_eq!(ids(&with(FaultKind::EmptyList)).len(), 0);
    assert_eq!(json(&with(FaultKind::AbsentData)).get("data"), None);
    assert!(json(&with(FaultKind::UnknownKey)).get("data_v2").is_some());
    assert!(json(&with(FaultKind::SchemaChange))["data"].get("addedSince").is_some());
    for (kind, there) in [
        (FaultKind::NullField, Some(Value::Null)),
        (FaultKind::MissingField, None),
        (FaultKind::RenamedField, None),
    ] {
        let row = rows(&with(kind), &ROWS).swap_remove(0);
        assert_eq!(row.get("lastChangedDate").cloned(), there, "{kind}");
        assert_eq!(row.get("lastChangedDate_v2").is_some(), kind == FaultKind::RenamedField);
    }
    let before = market.truth().len();
    with(FaultKind::GrowingPage);
    assert_eq!(market.truth().len(), before + 1);
}

/// Rows that are not meant keep their bytes, so that a store can be compared with the ledger.
#[test]
fn damage_leaves_the_other_rows_as_they_were() {
    let (market, token) = shop();
    let truth = market.truth();
    let ids: Vec<&str> = truth.iter().map(|order| order.id.as_str()).collect();
    let body = serde_json::json!({ "productOrderIds": ids }).to_string();
    let query = || {
        let headers = [("Authorization", format!("Bearer {token}"))];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        call(market.address(), "POST", QUERY, &headers, body.as_bytes()).expect("an answer").text()
    };
    for kind in
        [FaultKind::UnknownEnum, FaultKind::MissingField, FaultKind::ReorderedPage, FaultKind::DuplicatePage]
    {
        market.fault(Fault::next(Endpoint::Query, kind));
        let text = query();
        for order in &truth[1..] {
            assert!(text.contains(&order.payload), "{kind} has changed more than its row");
        }
    }
}

#[test]
fn tokens_end_when_they_are_told_to() {
    let (market, token) = shop();
    market.fault(Fault::next(Endpoint::Feed, FaultKind::TokenExpired));
    assert_eq!((read(&market, &token).status, read(&market, &token).status), (200, 401));
    let next = store_token(&market, market.address());
    assert_ne!(next, token);
    assert_eq!(read(&market, &next).status, 200);

    let (mall, access) = mall();
    let target = orders_target(&mall);
    mall.fault(Fault::next(Endpoint::Orders, FaultKind::TokenExpired));
    assert_eq!(mall_get(&mall, &access, &target).status, 200);
    let dead = mall_get(&mall, &access, &target);
    assert!(dead.status == 401 && dead.text().contains("(invalid_token)"), "{}", dead.text());
    mall.fault(Fault::next(Endpoint::MallToken, FaultKind::RefreshRevoked));
    let refresh = mall.tokens_issued().swap_remove(1);
    let form = format!("grant_type=refresh_token&refresh_token={refresh}");
    assert_eq!((mall_token_call(&mall, &form).status, mall_token_call(&mall, &form).status), (400, 400));
}

#[test]
fn a_skewed_clock_and_another_version() {
    let (market, token) = shop();
    market.fault(Fault::next(Endpoint::Account, FaultKind::ClockSkew).millis(-600_000));
    let headers = [("Authorization", format!("Bearer {token}"))];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let account =
        || call(market.address(), "GET", "/external/v1/seller/account", &headers, b"").expect("an answer");
    let date = |reply: Reply| {
        chrono::DateTime::parse_from_rfc2822(reply.header("date").expect("a date")).expect("a date")
    };
    let (behind, right) = (date(account()), date(account()));
    assert!((595..=605).contains(&(right - behind).num_seconds()), "{behind} {right}");

    let (mall, access) = mall();
    mall.fault(Fault::next(Endpoint::Orders, FaultKind::SchemaChange));
    let refused = mall_get(&mall, &access, &orders_target(&mall));
    assert!(refused.status == 400 && refused.text().contains("version you requested"), "{}", refused.text());
    mall.fault(Fault::next(Endpoint::Orders, FaultKind::EndlessMore));
    let target = orders_target(&mall).replace("limit=1000", "limit=50&offset=400");
    assert_eq!(rows(&mall_get(&mall, &access, &target), &["orders"]).len(), 50);
    assert_eq!(rows(&mall_get(&mall, &access, &target), &["orders"]).len(), 0);
}
