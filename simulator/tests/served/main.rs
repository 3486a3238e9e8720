//! The simulator as its callers see it: accounts, doors, faults, life. A caller that speaks the protocol by hand.

mod accounts;
mod caller;
mod claims;
mod coupang;
mod faults;
mod goods;
mod living;
mod sending;
mod settling;
mod street;
mod writers;

use std::net::SocketAddr;

use serde_json::Value;
use simulator::cafe24::{self, Mall};
use simulator::plain_http::{Reply, call};
use simulator::smartstore::{Market, signature};
use simulator::{kst_text, machine_now};

pub(crate) const FEED: &str = "/external/v1/pay-order/seller/product-orders/last-changed-statuses";
pub(crate) const QUERY: &str = "/external/v1/pay-order/seller/product-orders/query";
pub(crate) const HOUR: i64 = 3_600_000;

/// A token of an application, got at that address.
pub(crate) fn store_token(market: &Market, address: SocketAddr) -> String {
    let (id, at) = (market.client_id(), machine_now().to_string());
    let sign = signature(id, &market.client_secret(), &at).expect("a good secret");
    let form = format!(
        "client_id={id}&timestamp={at}&grant_type=client_credentials&client_secret_sign={sign}&type=SELF"
    );
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let reply =
        call(address, "POST", "/external/v1/oauth2/token", &headers, form.as_bytes()).expect("an answer");
    json(&reply)["access_token"].as_str().expect("a token").to_owned()
}

/// The feed of the last day but one hour.
pub(crate) fn feed(address: SocketAddr, token: &str) -> std::io::Result<Reply> {
    let escaped = |at: i64| kst_text(at).replace('+', "%2B");
    let (from, to) = (machine_now() - 23 * HOUR, machine_now());
    let target = format!("{FEED}?lastChangedFrom={}&lastChangedTo={}", escaped(from), escaped(to));
    call(address, "GET", &target, &[("Authorization", &format!("Bearer {token}"))], b"")
}

/// Both tokens of a mall.
pub(crate) fn mall_tokens(mall: &Mall) -> [String; 2] {
    let form = format!("grant_type=authorization_code&code={}&redirect_uri=x", mall.issue_code());
    let reply = mall_token_call(mall, &form);
    assert_eq!(reply.status, 200, "{}", reply.text());
    ["access_token", "refresh_token"].map(|name| json(&reply)[name].as_str().expect("a token").to_owned())
}

pub(crate) fn mall_token_call(mall: &Mall, form: &str) -> Reply {
    use base64::Engine as _;
    let pair = format!("{}:{}", cafe24::CLIENT_ID, cafe24::CLIENT_SECRET);
    let basic = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Authorization", basic.as_str())];
    call(mall.address(), "POST", "/api/v2/oauth/token", &headers, form.as_bytes()).expect("an answer")
}

pub(crate) fn mall_get(mall: &Mall, token: &str, target: &str) -> Reply {
    call(mall.address(), "GET", target, &[("Authorization", &format!("Bearer {token}"))], b"")
        .expect("an answer")
}

pub(crate) fn orders_target(mall: &Mall) -> String {
    format!("/api/v2/admin/orders?start_date={}&end_date={}&limit=1000", mall.day(40), mall.day(0))
}

pub(crate) fn json(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap_or_else(|error| panic!("{error}: {}", reply.text()))
}

pub(crate) fn rows(reply: &Reply, way: &[&str]) -> Vec<Value> {
    let mut at = json(reply);
    for name in way {
        at = at[name].take();
    }
    at.as_array().expect("a list").clone()
}
