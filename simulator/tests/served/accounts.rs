//! Several accounts behind several doors.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use simulator::plain_http::call;
use simulator::{
    Config, Endpoint, Fault, FaultKind, Platform, Simulator, cafe24, coupang, eleventh_street, smartstore,
};

use crate::{feed, mall_get, mall_tokens, orders_target, rows, store_token};

fn several(count: u32) -> Simulator {
    let store = smartstore::Config { days: 1, ..smartstore::Config::of(20) };
    let mall = cafe24::Config { orders: 10, days: 5, ..cafe24::Config::default() };
    let vendor = coupang::Config { days: 5, ..coupang::Config::of(10) };
    let seller = eleventh_street::Config { days: 5, ..eleventh_street::Config::of(10) };
    let config = Config::accounts(count, &store, &mall).with_vendors(count, &vendor);
    let config = config.with_sellers(count, &seller);
    Simulator::start(config).expect("a free port")
}

#[test]
fn two_hundred_accounts_open_within_a_second() {
    let started = Instant::now();
    let simulator = several(200);
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    assert_eq!((simulator.markets().len(), simulator.malls().len()), (200, 200));
    assert_eq!(simulator.vendors().len(), 200);
    let markets = simulator.markets();
    let [first, second] = [&markets[0], &markets[1]];
    assert_eq!(first.client_id(), smartstore::CLIENT_ID);
    assert_ne!(first.client_secret(), second.client_secret());
    assert_eq!(second.client_id().len(), 22);
    assert_ne!(first.truth(), second.truth());
}

#[test]
fn a_call_is_told_apart_by_its_account_and_its_door() {
    let simulator = several(3);
    let left = simulator.open_door("left").expect("a port");
    let right = simulator.open_door("right").expect("a port");
    let markets = simulator.markets();
    let tokens: Vec<String> = markets.iter().map(|market| store_token(market, left)).collect();
    assert!(tokens[0] != tokens[1] && tokens[1] != tokens[2]);
    for (market, token) in markets.iter().zip(&tokens) {
        let listed = rows(&feed(right, token).expect("an answer"), &["data", "lastChangeStatuses"]);
        let truth: Vec<String> = market.truth().into_iter().map(|order| order.id).collect();
        assert!(listed.iter().all(|row| truth.contains(&row["productOrderId"].as_str().unwrap().to_owned())));
        assert_eq!(
            market.calls().calls.iter().map(|call| call.door.as_str()).collect::<Vec<_>>(),
            ["left", "right"]
        );
    }
    assert_eq!(feed(right, "nobody's").expect("an answer").status, 401);
    let calls = simulator.calls();
    assert_eq!((calls.of(Endpoint::Feed).calls, calls.all().calls), (4, 7));
    assert_eq!(calls.through("right").count(), 4);
    assert_eq!(calls.calls.last().map(|call| call.account.as_str()), Some(""));

    // What goes wrong for one goes wrong for no other.
    let fault = Fault::everywhere(Platform::Smartstore, FaultKind::ServerError);
    simulator.fault(fault.for_account(markets[1].client_id())).expect("a fault");
    let statuses: Vec<u16> =
        tokens.iter().map(|token| feed(left, token).expect("an answer").status).collect();
    assert_eq!(statuses, [200, 500, 200]);
    assert_eq!(simulator.faults()[0].met, 1);
}

#[test]
fn malls_of_one_app_are_told_apart() {
    let simulator = several(3);
    let malls = simulator.malls();
    for mall in &malls {
        let [access, _] = mall_tokens(mall);
        let reply = mall_get(mall, &access, &orders_target(mall));
        assert_eq!(rows(&reply, &["orders"]).len(), 10);
        let day = mall.day(0);
        let figures = format!("/visitors/view?mall_id={}&start_date={day}&end_date={day}", mall.mall_id());
        assert_eq!(rows(&mall_get(mall, &access, &figures), &["view"]).len(), 1);
        let named = mall_get(mall, &access, &format!("/malls/{}{}", mall.mall_id(), orders_target(mall)));
        assert_eq!(named.status, 200);
        let other = malls.iter().find(|other| other.mall_id() != mall.mall_id()).expect("another");
        let strange = mall_get(mall, &access, &format!("/malls/{}{}", other.mall_id(), orders_target(mall)));
        assert_eq!(strange.status, 401, "a token opens its own mall alone");
        assert_eq!(mall.calls().of(Endpoint::MallToken).calls, 1);
    }
}

/// As a program sends it that was given the door as its proxy.
#[test]
fn a_proxys_request_is_taken() {
    let simulator = several(1);
    let market = &simulator.markets()[0];
    let door = simulator.open_door("runner-1").expect("a port");
    let token = store_token(market, door);
    let target = "http://store.example/external/v1/seller/account";
    let headers = [("Authorization", format!("Bearer {token}"))];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(call(door, "GET", target, &headers, b"").expect("an answer").status, 200);
    let calls = simulator.calls();
    let last = calls.calls.last().expect("a call");
    assert_eq!((last.endpoint, last.door.as_str()), (Endpoint::Account, "runner-1"));
    assert_eq!(last.path(), "/external/v1/seller/account");
}

#[test]
fn the_dead_are_waited_for() {
    let simulator = several(1);
    let mut caller = TcpStream::connect(simulator.address()).expect("connected");
    caller.write_all(b"GET /external/v1/seller/account HTTP/1.1\r\nHost: x\r\n\r\n").expect("sent");
    let mut first = [0];
    caller.read_exact(&mut first).expect("an answer");
    drop(caller);
    simulator.wait_for_the_dead().expect("nobody is connected");
    assert_eq!(simulator.totals().all().calls, 1);
}

/// Every control call that the list names is there, and its example is one that works.
#[test]
fn the_list_of_control_calls_is_true() {
    let simulator = several(1);
    let list = call(simulator.address(), "GET", "/__sim/", &[], b"").expect("a list");
    let list: Vec<serde_json::Value> = serde_json::from_slice(&list.body).expect("JSON");
    assert!(list.len() >= 20);
    for entry in &list {
        let example = entry["example"].as_str().expect("an example");
        let method = example.split_whitespace().nth(3).expect("a method");
        let path = example.split("9900").nth(1).and_then(|rest| rest.split(' ').next()).expect("a path");
        let body = example.split_once("-d '").map_or("", |(_, body)| body.trim_end_matches('\''));
        let reply = call(simulator.address(), method, path, &[], body.as_bytes()).expect("an answer");
        assert_eq!(reply.status, 200, "{example}: {}", reply.text());
    }
    let unknown = call(simulator.address(), "GET", "/__sim/nothing", &[], b"").expect("an answer");
    assert_eq!(unknown.status, 404);
    let impossible = br#"{"platform": "smartstore", "endpoint": "token", "kind": "endless_more"}"#;
    let refused = call(simulator.address(), "POST", "/__sim/faults", &[], impossible).expect("an answer");
    assert!(refused.status == 400 && refused.text().contains("endless_more"), "{}", refused.text());
    assert_eq!(simulator.totals().all().calls, 0, "control calls are not in the ledger");
}
