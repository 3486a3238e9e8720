use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::*;

fn settings() -> Settings {
    let config = json!({
        "client_id": "SampleClientId00000001", "client_secret": "hush-secret", "mall_id": "samplemall",
        "scope": "mall.read_analytics, mall.read_order", "redirect_uri": "http://localhost:8473/callback",
    });
    Settings::of(config).expect("good settings")
}

fn read(body: &str, now: &str) -> Result<Credential> {
    let body = Bytes::copy_from_slice(body.as_bytes());
    let response = Response { status: StatusCode::OK, headers: HeaderMap::new(), body };
    credential(&settings(), &response, parse_kst(now).expect("a time"))
}

#[test]
fn times_without_zone_are_korean() {
    let sample = include_str!("../../tests/samples/oauth_token_200.json");
    let credential = read(sample, "2026-07-10T12:00:00+09:00").expect("tokens");
    assert_eq!(credential.expires_at, parse_kst("2026-07-10T05:00:00Z"));
    assert_eq!(credential.renew_at, parse_kst("2026-07-10T13:55:00+09:00"));
    assert_eq!(credential.refresh_expires_at, parse_kst("2026-07-24T12:00:00+09:00"));
    assert_eq!(credential.scopes.len(), 4);
    assert_eq!(credential.refresh_token.expect("one").expose(), "Qz9Yx8Wv7Ut6Sr5Qp4On3M");
}

#[test]
fn a_time_that_is_past_already_does_not_renew_before_every_call() {
    let sample = include_str!("../../tests/samples/oauth_token_200.json");
    let now = "2026-11-21T12:00:00+09:00";
    let credential = read(sample, now).expect("tokens");
    assert_eq!(credential.expires_at, parse_kst("2026-11-21T14:00:00+09:00"));
    assert_eq!(credential.refresh_expires_at, parse_kst("2026-12-05T12:00:00+09:00"));
}

#[test]
fn old_answers_without_expiries_are_read() {
    let now = "2026-07-10T12:00:00+09:00";
    let body =
        r#"{"access_token": "a", "refresh_token": "r", "scopes": "mall.read_analytics,mall.read_order"}"#;
    let credential = read(body, now).expect("tokens");
    assert_eq!(credential.expires_at, parse_kst("2026-07-10T14:00:00+09:00"));
    assert_eq!(credential.refresh_expires_at, parse_kst("2026-07-24T12:00:00+09:00"));
    assert_eq!(credential.scopes, ["mall.read_analytics", "mall.read_order"]);
}

#[test]
fn a_grant_of_another_mall_is_refused() {
    let body = r#"{"access_token": "a", "refresh_token": "r", "mall_id": "othermall"}"#;
    let error = read(body, "2026-07-10").expect_err("another mall");
    let text = error.to_string();
    assert!(text.contains("othermall") && text.contains("samplemall"), "{text}");
    assert!(error.fix().contains("mall_id"));
    for body in [r#"{"refresh_token": "r"}"#, r#"{"access_token": "a"}"#, "{}"] {
        assert_eq!(read(body, "2026-07-10").expect_err(body).kind(), ErrorKind::Decode);
    }
}

#[test]
fn the_address_of_the_consent_asks_for_everything_once() {
    let consent = consent(&settings(), "st4te");
    assert_eq!(
        consent.address,
        "https://samplemall.cafe24api.com/api/v2/oauth/authorize?response_type=code\
         &client_id=SampleClientId00000001&state=st4te&redirect_uri=http%3A%2F%2Flocalhost%3A8473%2Fcallback\
         &scope=mall.read_analytics%2Cmall.read_order"
    );
}

#[test]
fn the_secret_goes_into_the_header_only() {
    let request = token_request(&settings(), &[("grant_type", "refresh_token"), ("refresh_token", "r")])
        .expect("a request");
    assert!(!request.idempotent, "it spends the refresh token");
    assert_eq!(request.body.as_deref(), Some(&b"grant_type=refresh_token&refresh_token=r"[..]));
    let header = request.headers.get("authorization").expect("a header");
    assert_eq!(header.to_str().expect("text"), "Basic U2FtcGxlQ2xpZW50SWQwMDAwMDAwMTpodXNoLXNlY3JldA==");
    assert!(header.is_sensitive());
}
