use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::*;

fn answer(status: u16, body: &str, headers: &[(&'static str, &'static str)]) -> Response {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .collect();
    let status = StatusCode::from_u16(status).expect("a status");
    Response { status, headers, body: Bytes::copy_from_slice(body.as_bytes()) }
}

fn told(status: u16, body: &str) -> Fault {
    fault(&answer(status, body, &[])).expect("a fault")
}

#[test]
fn each_refusal_has_its_own_kind_and_fix() {
    let scope = told(403, include_str!("../../tests/samples/ca_error_403_scope.json"));
    assert_eq!(scope.kind, Some(ErrorKind::Permission));
    assert!(scope.message.contains("INVALID SCOPE") && scope.fix.expect("a fix").contains(APPROVAL));

    let approval = told(403, r#"{"error": {"code": 403, "message": "Forbidden"}}"#);
    let fix = approval.fix.expect("a fix");
    assert!(fix.contains("partner approval") && fix.contains("mall_id"), "{fix}");
    assert_eq!(told(403, "").kind, Some(ErrorKind::Permission));

    for status in [400, 401] {
        let reused = told(status, include_str!("../../tests/samples/oauth_error_400_invalid_grant.json"));
        assert_eq!(reused.kind, Some(ErrorKind::Auth));
        assert!(reused.message.contains("used before") && reused.fix.expect("a fix").contains("authorize"));
        assert!(!reused.refresh, "another refresh with it cannot help");
        let secret = told(status, r#"{"error":"invalid_grant","error_description":"Invalid client_secret"}"#);
        assert_eq!(secret.kind, Some(ErrorKind::Config), "the token is not to blame");
    }
    let scope = told(
        400,
        r#"{"error":"invalid_scope","error_description":"The scope added by Cafe24 Developers is invalid."}"#,
    );
    assert!(scope.fix.expect("a fix").contains("scope="));
    let late = told(400, r#"{"error":"invalid_grant","error_description":"Code time expired"}"#);
    assert!(late.message.contains("minute"));
    let uri = told(
        400,
        r#"{"error":"invalid_request","error_description":"The redirect_uri added by Cafe24 Developers is invalid."}"#,
    );
    assert!(uri.message.contains("redirect URI"));
}

#[test]
fn an_expired_access_token_is_renewed() {
    let expired = told(401, include_str!("../../tests/samples/admin_error_401_token_expired.json"));
    assert!(expired.refresh && expired.message.contains("invalid_token"));
}

#[test]
fn an_error_inside_a_success_is_one() {
    let hidden = told(200, r#"{"error": {"code": "403", "message": "INVALID SCOPE"}}"#);
    assert_eq!(hidden.kind, Some(ErrorKind::Permission));
    assert_eq!(fault(&answer(200, r#"{"view": []}"#, &[])), None);
    assert_eq!(fault(&answer(500, "<html>", &[])), None);
}

#[test]
fn the_platforms_own_version_is_named_in_the_fix() {
    let message = "2024-06-01 version you requested is not available. The default value for the app version is 2026-09-01.";
    let fault = told(400, &format!(r#"{{"error": {{"code": 400, "message": "{message}"}}}}"#));
    assert!(fault.fix.expect("a fix").contains("admin_api_version=2026-09-01"));
}

#[test]
fn a_block_is_read_in_seconds_whatever_its_headers_are_called() {
    let blocked = fault(&answer(429, "", &[("x-cafe24-call-remain", "12.4"), ("retry-after", "3")]));
    assert_eq!(blocked.expect("a fault").retry, Some(Retry::After(Duration::from_secs(13))));
    let long = fault(&answer(429, "no json", &[("x-cafe24-time-remain", "3600")])).expect("a fault");
    assert_eq!((long.kind, long.retry), (Some(ErrorKind::Quota), Some(Retry::Never)));
    assert_eq!(fault(&answer(429, "", &[])).expect("a fault").retry, Some(Retry::Backoff));
}

#[test]
fn limit_headers_of_both_apis_are_read() {
    let analytics = |remaining| {
        limits(&answer(
            200,
            "{}",
            &[
                ("x-ratelimit-remaining", remaining),
                ("x-ratelimit-burst-capacity", "40"),
                ("x-ratelimit-replenish-rate", "2"),
            ],
        ))
    };
    assert_eq!((analytics("17").remaining, analytics("17").pause), (Some(17), None));
    assert_eq!((analytics("4").remaining, analytics("4").pause), (Some(4), Some(PAUSE)));
    assert_eq!((analytics("-1").remaining, analytics("-1").pause), (None, None), "its counter is down");
    let admin = limits(&answer(200, "{}", &[("x-api-call-limit", "38/40"), ("x-cafe24-time-usage", "81.5")]));
    assert_eq!((admin.remaining, admin.per_second), (Some(2), Some(0.9)));
}
