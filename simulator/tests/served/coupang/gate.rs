//! Who is let in, and how often.

use serde_json::Value;
use simulator::coupang::{Config, Rate, Storm, Vendor, authorization};
use simulator::plain_http::{Reply, call};
use simulator::{Endpoint, Simulator, coupang};

use super::{DAY, MINUTE, get, own, send, sheets_target, vendor};
use crate::json;

/// A call with that header.
fn with(vendor: &Vendor, target: &str, authorization: &str) -> (u16, String) {
    let headers = [("Authorization", authorization)];
    let reply = call(vendor.address(), "GET", target, &headers, b"").expect("an answer");
    (reply.status, json(&reply)["message"].as_str().unwrap_or_default().to_owned())
}

fn message(reply: &Reply) -> String {
    json(reply)["message"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_signature_is_over_what_is_sent() {
    let vendor = vendor(5);
    let target = sheets_target(&vendor, "ACCEPT", 1, 0, "");
    let (key, secret) = (vendor.access_key(), vendor.secret_key());
    let sign = |target: &str, at: i64| authorization(&key, &secret, "GET", target, at);
    let now = vendor.now();
    let invalid = (401, "Invalid signature.".to_owned());
    assert_eq!(with(&vendor, &target, &sign(&target, now)).0, 200);
    // The same query in other letters is another message.
    let escaped = target.replace("09:00", "09%3A00");
    assert_eq!(with(&vendor, &escaped, &sign(&escaped, now)).0, 200);
    assert_eq!(with(&vendor, &escaped, &sign(&target, now)), invalid);
    let other = authorization(&key, "another", "GET", &target, now);
    assert_eq!(with(&vendor, &target, &other), invalid);
    let put = authorization(&key, &secret, "PUT", &target, now);
    assert_eq!(with(&vendor, &target, &put), invalid);
    let expired = (401, "Specified signature is expired.".to_owned());
    for at in [now - 6 * MINUTE, now + 6 * MINUTE] {
        assert_eq!(with(&vendor, &target, &sign(&target, at)), expired);
    }
    assert_eq!(with(&vendor, &target, &sign(&target, now - 4 * MINUTE)).0, 200);
    let bad_form = sign(&target, now).replace(", ", ",");
    assert_eq!(with(&vendor, &target, &bad_form), (401, "HMAC format is invalid.".to_owned()));
    assert_eq!(with(&vendor, &target, "Bearer x"), (401, "Request is not authorized.".to_owned()));
    let unknown = authorization("another", &secret, "GET", &target, now);
    assert!(with(&vendor, &target, &unknown).1.starts_with("Unknown error occurred"));
    vendor.set_secret_key("new");
    assert_eq!(with(&vendor, &target, &sign(&target, now)), invalid);
    assert_eq!(get(&vendor, &target).status, 200);
    vendor.revoke_key();
    assert_eq!(get(&vendor, &target).status, 401);
}

#[test]
fn a_vendor_sees_its_own_alone() {
    let vendors = (0..3).map(|number| Config::of(10).number(number)).collect();
    let simulator = Simulator::start(simulator::Config { vendors, ..simulator::Config::default() });
    let vendors = simulator.expect("a port").vendors();
    let [first, second] = [&vendors[0], &vendors[1]];
    assert_eq!((first.vendor_id(), second.vendor_id()), (coupang::VENDOR_ID, "A00012346"));
    assert_ne!(first.truth(), second.truth());
    let target = sheets_target(first, "ACCEPT", 29, 0, "");
    assert_eq!(get(first, &target).status, 200);
    let strange = get(second, &target);
    assert_eq!((strange.status, message(&strange).as_str()), (400, "Invalid vendor ID"));
    let malformed = get(second, &target.replace(first.vendor_id(), "nobody"));
    assert_eq!(malformed.status, 404);
    assert_eq!(first.calls().of(Endpoint::OrderSheets).calls, 1);
    assert_eq!(second.calls().of(Endpoint::OrderSheets).calls, 2);
}

#[test]
fn what_nobody_specified_is_not_found() {
    let vendor = vendor(5);
    for (method, target) in [
        ("GET", own(&vendor, 6, "ordersheets")),
        ("GET", own(&vendor, 6, "exchangeRequests")),
        ("POST", own(&vendor, 5, "ordersheets")),
        ("PATCH", own(&vendor, 5, "orders/1/cancel")),
        ("GET", "/nothing".to_owned()),
    ] {
        let reply = send(&vendor, method, &target, &Value::Null).expect("an answer");
        assert_eq!(reply.status, 404, "{target}");
        assert_eq!(json(&reply)["code"], "PRECONDITION_FAILED");
        assert_eq!(message(&reply), "No exactly matching API specification for the request.");
        assert!(json(&reply)["transactionId"].is_string());
    }
    assert_eq!(vendor.calls().of(Endpoint::VendorUnknown).calls, 5);
}

#[test]
fn addresses_that_are_not_registered_and_a_block() {
    let vendor = vendor(5);
    let target = sheets_target(&vendor, "ACCEPT", 1, 0, "");
    vendor.set(|settings| settings.allowed_ips = Some(vec!["203.0.113.9".to_owned()]));
    let reply = get(&vendor, &target);
    assert_eq!(reply.status, 403);
    assert_eq!(message(&reply), "Your ip address 127.0.0.1 is not allowed for this request.");
    vendor.set(|settings| settings.allowed_ips = Some(vec!["127.0.0.1".to_owned()]));
    assert_eq!(get(&vendor, &target).status, 200);
    vendor.set(|settings| settings.blocked = true);
    assert_eq!(get(&vendor, &target).status, 302);
    vendor.set(|settings| settings.blocked = false);
    let signed = authorization(&vendor.access_key(), &vendor.secret_key(), "GET", &target, vendor.now());
    let headers = [("Authorization", signed.as_str()), ("X-Requested-By", "")];
    let empty = call(vendor.address(), "GET", &target, &headers, b"").expect("an answer");
    assert_eq!(empty.status, 400, "the header may be left out, and may not be empty");
}

#[test]
fn five_calls_a_second_and_then_a_pause() {
    let vendor = vendor(5);
    vendor.set(|settings| settings.rate = Some(Rate { per_second: 5, cool_down_ms: 10 * MINUTE }));
    let targets = [sheets_target(&vendor, "ACCEPT", 1, 0, ""), own(&vendor, 5, "ordersheets/1")];
    let replies: Vec<Reply> = (0..6).map(|number| get(&vendor, &targets[number % 2])).collect();
    let statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses, [200, 400, 200, 400, 200, 429], "of all calls together");
    let warnings: Vec<bool> = replies.iter().map(|reply| reply.header("x-cag-warnings").is_some()).collect();
    assert_eq!(warnings, [false, false, false, false, true, true]);
    assert_eq!(message(&replies[5]), "Too Many Requests");
    vendor.simulator().set_clock_offset(9 * MINUTE);
    assert_eq!(get(&vendor, &targets[0]).status, 429, "it takes its time");
    vendor.simulator().set_clock_offset(11 * MINUTE);
    assert_eq!(get(&vendor, &targets[0]).status, 200);
}

#[test]
fn a_storm_of_errors_closes_the_edge() {
    let vendor = vendor(5);
    vendor.set(|settings| settings.storm = Some(Storm { errors: 3, within_ms: 60_000, block_ms: DAY }));
    let good = sheets_target(&vendor, "ACCEPT", 1, 0, "");
    for _ in 0..3 {
        assert_eq!(get(&vendor, &own(&vendor, 5, "ordersheets/1")).status, 400);
    }
    let closed = get(&vendor, &good);
    assert_eq!((closed.status, closed.header("content-type")), (403, Some("text/html")));
    assert!(
        closed.text().contains("Access Denied") && closed.text().contains("/ordersheets"),
        "{}",
        closed.text()
    );
    vendor.simulator().set_clock_offset(2 * DAY);
    assert_eq!(get(&vendor, &good).status, 200);
}
