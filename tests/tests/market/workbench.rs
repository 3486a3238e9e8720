//! What tests set and read: limits, ledger, faults, hooks, the control calls.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use simulator::plain_http::{self, Reply};
use simulator::smartstore::{AddOrders, ChangeSome, Config, Hook, Market, Rate, Refill, Stage};
use simulator::{Endpoint, Fault, FaultKind, Remote, kst_text, machine_now};

use crate::caller::{ACCOUNT, Caller, HOUR, body, code, form, limited, token};

#[test]
fn the_rate_limit_is_shown_and_kept() {
    let caller = Caller::of(Config { settings: limited(1, 3, Refill::Continuous), ..Config::default() });
    let replies: Vec<Reply> = (0..4).map(|_| caller.get(ACCOUNT)).collect();
    let left: Vec<_> = replies.iter().map(|reply| reply.header("gncp-gw-ratelimit-remaining")).collect();
    assert_eq!(left, [Some("2"), Some("1"), Some("0"), Some("0")]);
    assert_eq!(replies[0].header("gncp-gw-ratelimit-replenish-rate"), Some("1"));
    assert_eq!(replies[0].header("gncp-gw-ratelimit-burst-capacity"), Some("3"));
    assert_eq!(code(&replies[3]), (429, "GW.RATE_LIMIT".to_owned()));
    assert_eq!(caller.query(&["1".to_owned()]).status, 200, "each endpoint has a bucket of its own");
    let calls = caller.market.calls();
    assert_eq!((calls.of(Endpoint::Account).calls, calls.of(Endpoint::Account).limited), (4, 1));
    caller.market.set(|settings| settings.rate = None);
    assert_eq!(caller.get(ACCOUNT).header("gncp-gw-ratelimit-remaining"), None);
}

#[test]
fn the_ledger_names_every_page_and_every_id() {
    let end = machine_now() - HOUR;
    let caller = Caller::of(Config { end: Some(end), days: 1, ..Config::of(310) });
    caller.market.reset_calls();
    let (ids, _) = caller.walk(end - 24 * HOUR, end);
    caller.query(&ids[..2]);
    let remote = Remote::new(caller.market.address());
    let calls = remote.calls().expect("the market answers");
    assert_eq!(calls.calls.len(), 3);
    let feed: Vec<_> = calls.at(Endpoint::Feed).map(|call| call.feed.clone().expect("a feed call")).collect();
    assert_eq!(feed[0].from, kst_text(end - 24 * HOUR));
    assert_eq!(feed[0].to, Some(kst_text(end)));
    assert_eq!((feed[0].sequence.as_deref(), feed[1].sequence.is_some()), (None, true));
    assert_eq!(calls.at(Endpoint::Feed).map(|call| call.rows).collect::<Vec<_>>(), [300, 10]);
    assert_eq!(calls.at(Endpoint::Query).next().expect("a query").ids, ids[..2]);
    assert!(calls.calls.iter().all(|call| call.status == 200));
    remote.reset_calls().expect("the market answers");
    assert_eq!(remote.totals().expect("the market answers").of(Endpoint::Feed).calls, 0);
}

#[test]
fn the_same_seed_gives_the_same_orders() {
    let end = Some(1_764_549_048_000);
    let start = |seed| Market::start(Config { end, seed, ..Config::of(2_000) }).expect("a free port");
    let (one, same, other) = (start(1).truth(), start(1).truth(), start(2).truth());
    assert!(one == same);
    assert!(one != other);
    assert_eq!(one.iter().map(|order| &order.id).collect::<BTreeSet<_>>().len(), 2_000);
    assert!(one.iter().all(|order| order.id.len() == 16 && Some(order.changed_at) <= end));
    let first = one.iter().map(|order| order.changed_at).min();
    assert!(first > end.map(|end| end - 29 * 24 * HOUR));
    let stages: BTreeSet<_> = one.iter().map(|order| order.status.clone()).collect();
    assert!(stages.len() >= 7, "{stages:?}");
}

#[test]
fn faults_come_when_they_are_called() {
    let end = machine_now() - HOUR;
    let caller = Caller::of(Config { end: Some(end), days: 1, ..Config::of(310) });
    let market = &caller.market;
    let feed = || caller.feed(&kst_text(end - 24 * HOUR), &kst_text(end), None);
    for (kind, expected) in [
        (FaultKind::Unauthorized, (401, "GW.AUTHN")),
        (FaultKind::RateLimited, (429, "GW.RATE_LIMIT")),
        (FaultKind::Congested, (429, "GW.RATE_LIMIT")),
        (FaultKind::Quota, (429, "GW.QUOTA_LIMIT")),
        (FaultKind::ServerError, (500, "GW.INTERNAL_SERVER_ERROR")),
        (FaultKind::Proxy, (500, "GW.PROXY.03")),
        (FaultKind::Maintenance, (503, "GW.BLOCK.02")),
        (FaultKind::Unavailable, (503, "GW.BLOCK.01")),
        (FaultKind::GatewayTimeout, (504, "GW.TIMEOUT.01")),
        (FaultKind::IpNotAllowed, (403, "GW.IP_NOT_ALLOWED")),
    ] {
        market.fault(Fault::next(Endpoint::Feed, kind).at(2));
        assert_eq!(feed().status, 200);
        assert_eq!(code(&feed()), (expected.0, expected.1.to_owned()));
        assert_eq!(feed().status, 200);
    }
    market.fault(Fault::always(Endpoint::Account, FaultKind::Unauthorized));
    assert_eq!((caller.get(ACCOUNT).status, caller.get(ACCOUNT).status), (401, 401));
    market.clear_faults();
    assert_eq!(caller.get(ACCOUNT).status, 200);

    market.fault(Fault::next(Endpoint::Feed, FaultKind::Html));
    let html = feed();
    assert_eq!((html.status, html.header("content-type")), (200, Some("text/html;charset=UTF-8")));
    market.fault(Fault::next(Endpoint::Feed, FaultKind::CutBody));
    let cut = feed();
    let promised: usize =
        cut.header("content-length").and_then(|length| length.parse().ok()).expect("a length");
    assert_eq!((cut.status, cut.body.len()), (200, promised / 2));
    assert_eq!(feed().body.len(), promised);

    market.fault(Fault::next(Endpoint::Token, FaultKind::Dormant));
    let dormant = token(market, &form(machine_now()));
    assert_eq!(body(&dormant)["invalidInputs"][0]["type"], "auth.eapp-application.status.invalid");
}

#[test]
fn rows_go_wrong_one_at_a_time() {
    let end = machine_now() - HOUR;
    let caller = Caller::of(Config { end: Some(end), days: 1, ..Config::of(310) });
    let (ids, _) = caller.walk(end - 24 * HOUR, end);
    let first = |kind| {
        caller.market.fault(Fault::next(Endpoint::Query, kind));
        body(&caller.query(&ids[..3]))["data"].clone()
    };
    let order = |data: &Value, field: &str| data[0]["productOrder"].get(field).cloned();
    assert_eq!(order(&first(FaultKind::UnknownEnum), "productOrderStatus"), Some(json!("SOMETHING_NEW")));
    let missing = first(FaultKind::MissingField);
    assert_eq!(order(&missing, "totalPaymentAmount"), None);
    assert_eq!(order(&missing, "productOrderId"), Some(json!(ids[0])));
    assert_eq!(missing[1]["productOrder"]["productOrderId"], ids[1]);
    let shorter = first(FaultKind::RowMissing);
    assert_eq!(shorter.as_array().map(Vec::len), Some(2));

    caller.market.fault(Fault::always(Endpoint::Feed, FaultKind::EndlessMore));
    let (from, to) = (kst_text(end - 24 * HOUR), kst_text(end));
    let page = body(&caller.feed(&from, &to, None));
    assert_eq!(page["data"]["more"]["moreFrom"], from);
    caller.market.clear_faults();
    caller.market.fault(Fault::next(Endpoint::Feed, FaultKind::UnknownEnum));
    let page = body(&caller.feed(&from, &to, None));
    assert_eq!(page["data"]["lastChangeStatuses"][0]["lastChangedType"], "SOMETHING_NEW");
}

#[test]
fn another_process_can_set_it_up() {
    let caller = Caller::of(Config::default());
    let remote = Remote::new(caller.market.address());
    let ids = remote.add(&AddOrders { stage: Some(Stage::Paid), ..AddOrders::now(2) }).expect("added");
    assert_eq!(remote.change(&ids, Stage::Dispatched).expect("changed"), ids);
    let truth = remote.truth().expect("truth");
    assert_eq!(truth, caller.market.truth());
    assert!(truth.iter().all(|order| order.status == "DELIVERING"));
    let some = ChangeSome { count: 1, stage: Stage::Decided, spread_ms: HOUR };
    let changed = remote.change_some(&some).expect("changed");
    assert_eq!(changed.len(), 1);
    let decided: Vec<_> =
        caller.market.truth().into_iter().filter(|order| changed.contains(&order.id)).collect();
    assert_eq!(decided[0].status, "PURCHASE_DECIDED");
    assert!(machine_now() - decided[0].changed_at >= HOUR);
    remote.fault(&Fault::next(Endpoint::Account, FaultKind::Maintenance)).expect("set");
    assert_eq!(caller.get(ACCOUNT).status, 503);
    remote.set_rate(Some(Rate { per_second: 1, burst: 1, refill: Refill::Continuous })).expect("set");
    remote.set_latency_ms(30).expect("set");
    let started = machine_now();
    assert_eq!(caller.get(ACCOUNT).status, 200);
    assert!(machine_now() - started >= 30);
    assert_eq!(caller.get(ACCOUNT).status, 429);
    let hook = Hook { after_feed_calls: 1, add: Some(AddOrders::now(5)), change: None };
    remote.hook(&hook).expect("set");
    let now = machine_now();
    caller.feed(&kst_text(now - HOUR), &kst_text(now), None);
    assert_eq!(remote.truth().expect("truth").len(), 7);
    let refused = plain_http::call(caller.market.address(), "POST", "/__sim/faults", &[], b"{\"nth\":1}");
    assert_eq!(refused.expect("an answer").status, 400);
}
