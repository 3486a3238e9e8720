//! The token call, and who may call with what it gives.

use simulator::machine_now;
use simulator::smartstore::{CLIENT_ID, CLIENT_SECRET, Config, Market, signature};

use crate::caller::{ACCOUNT, Caller, FORM, HOUR, TOKEN, body, call, code, form, refused_field, token};

#[test]
fn signatures_are_those_of_the_platform() {
    let official = "JDJhJDEwJGFiY2RlZmdoaWprbG1ub3BxcnN0dXVCVldZSk42T0VPdEx1OFY0cDQxa2IuTnpVaUEzbmsy";
    for (id, secret, timestamp, sign) in [
        ("aaaabbbbcccc", "$2a$10$abcdefghijklmnopqrstuv", "1643961623299", official),
        ("aaaabbbbcccc", "$2a$10$abcdefghijklmnopqrstuu", "1643961623299", official),
        (
            "7dMvteboKNHwyRremLTEST",
            "$2a$04$abcdefghijklmnopqrstuu",
            "1706671059230",
            "JDJhJDA0JGFiY2RlZmdoaWprbG1ub3BxcnN0dXVMOFh5YnRSL3FjTm9iL2ZhMXRYR2I2blZDekZMdHFt",
        ),
        (
            CLIENT_ID,
            CLIENT_SECRET,
            "1735689600000",
            "JDJhJDA0JEtCVE1WUjJqUWZXcVpMbkg3Y0R4WWVBUlRDVlFoTm4xQW44UXhHTTAxL2pseFEySU9iVkpt",
        ),
        (
            CLIENT_ID,
            "$2b$04$KBTMVR2jQfWqZLnH7cDxYe",
            "1735689600000",
            "JDJiJDA0JEtCVE1WUjJqUWZXcVpMbkg3Y0R4WWVBUlRDVlFoTm4xQW44UXhHTTAxL2pseFEySU9iVkpt",
        ),
    ] {
        assert_eq!(signature(id, secret, timestamp).as_deref(), Some(sign), "{secret}");
    }
    assert_eq!(signature(CLIENT_ID, "not a salt", "1"), None);
}

#[test]
fn a_token_is_given_for_a_good_signature_alone() {
    let market = Market::start(Config::default()).expect("a free port");
    let now = machine_now();
    let good = token(&market, &form(now));
    assert_eq!(good.status, 200);
    assert_eq!(body(&good)["expires_in"], 10_799);
    assert_eq!(body(&good)["token_type"], "Bearer");
    assert_eq!(good.header("gncp-gw-ratelimit-remaining"), None);
    assert_eq!(body(&token(&market, &form(now)))["access_token"], body(&good)["access_token"]);

    let future = token(&market, &form(now + 60_000));
    assert_eq!(refused_field(&future), (400, "timestamp 항목은 현재 이전이어야 합니다.".to_owned()));
    let expired = (400, "timestamp 항목의 유효 시간이 만료되었습니다.".to_owned());
    assert_eq!(refused_field(&token(&market, &form(now - 301_000))), expired);
    assert_eq!(refused_field(&token(&market, &form(now / 1_000))), expired);
    let wrong = form(now).replace("client_secret_sign=J", "client_secret_sign=K");
    let unsigned = (400, "client_secret_sign 항목이 유효하지 않습니다.".to_owned());
    assert_eq!(refused_field(&token(&market, &wrong)), unsigned);
    let other = form(now).replace("type=SELF", "type=SELLER");
    assert_eq!(body(&token(&market, &other))["invalidInputs"][0]["name"], "type");
    assert_eq!(market.calls().violations, Vec::<String>::new());
}

#[test]
fn a_moved_clock_shows_in_the_date_header() {
    let market = Market::start(Config::default()).expect("a free port");
    market.set(|settings| settings.clock_offset_ms = -HOUR);
    let reply = token(&market, &form(machine_now()));
    assert_eq!(refused_field(&reply).1, "timestamp 항목은 현재 이전이어야 합니다.");
    let date = chrono::DateTime::parse_from_rfc2822(reply.header("date").expect("a date")).expect("a date");
    let behind = machine_now() - date.timestamp_millis();
    assert!((HOUR..HOUR + 5_000).contains(&behind), "{behind}");
}

#[test]
fn a_non_standard_token_request_costs_the_quota() {
    let caller = Caller::of(Config::default());
    let market = &caller.market;
    let form = form(machine_now());
    let target = format!("{TOKEN}?{form}");
    market.set(|settings| settings.penalty = true);
    assert_eq!(caller.get(ACCOUNT).status, 200);
    assert_eq!(call(market, "POST", &target, &[FORM], b"").status, 200);
    assert_eq!(token(market, &format!("{form}&account_id=shop")).status, 200);
    assert_eq!(token(market, &form.replace("grant_type=client_credentials&", "")).status, 200);
    let json = call(market, "POST", TOKEN, &[("Content-Type", "application/json")], form.as_bytes());
    assert_eq!(json.status, 200);
    assert_eq!(
        market.calls().violations,
        [
            "parameters in the query",
            "account_id with SELF",
            "no grant_type",
            "content type \"application/json\""
        ]
    );
    assert_eq!(caller.get(ACCOUNT).status, 200);
    let refused = caller.get(ACCOUNT);
    assert_eq!(code(&refused), (429, "GW.QUOTA_LIMIT".to_owned()));
    assert_eq!(refused.header("gncp-gw-quota-period"), Some("HOURS"));
    assert_eq!(refused.header("gncp-gw-quota-limit"), Some("1"));
    assert_eq!(refused.header("gncp-gw-quota-remaining"), Some("0"));
}

#[test]
fn calls_without_the_prefix_or_a_token_are_refused() {
    let caller = Caller::of(Config::default());
    let market = &caller.market;
    assert_eq!(code(&caller.get("/v1/seller/account")), (404, "GW.NOT_FOUND".to_owned()));
    assert_eq!(code(&caller.get(TOKEN)), (404, "GW.NOT_FOUND".to_owned()));
    let unauthorized = (401, "GW.AUTHN".to_owned());
    assert_eq!(code(&call(market, "GET", ACCOUNT, &[], b"")), unauthorized);
    assert_eq!(code(&call(market, "GET", ACCOUNT, &[("Authorization", "Bearer x")], b"")), unauthorized);
    assert_eq!(caller.get(ACCOUNT).status, 200);
    market.revoke_tokens();
    assert_eq!(code(&caller.get(ACCOUNT)), unauthorized);
}

#[test]
fn a_token_expires() {
    let caller = Caller::of(Config::default());
    caller.market.set(|settings| settings.clock_offset_ms = 3 * HOUR - 60_000);
    assert_eq!(caller.get(ACCOUNT).status, 200);
    caller.market.set(|settings| settings.clock_offset_ms = 3 * HOUR);
    assert_eq!(caller.get(ACCOUNT).status, 401);
}
