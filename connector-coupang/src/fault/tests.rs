//! Every documented error, and what may not be quoted of it.

use bytes::Bytes;
use connector_core::ErrorKind;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::*;

#[derive(Deserialize)]
struct Case {
    name: String,
    http_status: u16,
    #[serde(default)]
    headers: Map<String, Value>,
    body: Option<Value>,
    body_text: Option<String>,
}

impl Case {
    fn response(&self) -> Response {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let name = HeaderName::try_from(name.as_str()).expect("a header name");
            headers.insert(
                name,
                HeaderValue::try_from(value.as_str().expect("a text")).expect("a header value"),
            );
        }
        let body = self.body.as_ref().map(Value::to_string).or_else(|| self.body_text.clone());
        Response {
            status: StatusCode::from_u16(self.http_status).expect("a status"),
            headers,
            body: Bytes::from(body.unwrap_or_default()),
        }
    }
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("../../tests/samples/errors.json")).expect("the sample errors")
}

#[test]
fn every_documented_error_has_a_kind() {
    let expected = [
        ("auth_missing_or_bad_header", Some(Auth), Some(Retry::Never)),
        ("auth_invalid_signature", Some(Auth), Some(Retry::Never)),
        ("auth_signature_expired", Some(Auth), Some(Retry::Never)),
        ("auth_hmac_format", Some(Auth), Some(Retry::Never)),
        ("auth_unknown_access_key", Some(Auth), Some(Retry::Never)),
        ("ip_not_allowed", Some(Permission), Some(Retry::Never)),
        ("edge_error_storm_block", Some(Quota), Some(Retry::Never)),
        ("unknown_path_or_method", Some(NotFound), Some(Retry::Never)),
        ("rate_limited", Some(RateLimited), Some(Retry::After(COOL_DOWN))),
        ("gateway_timeout", Some(Unavailable), Some(Retry::Backoff)),
        ("backend_unreachable", Some(Unavailable), Some(Retry::Backoff)),
        ("ordersheets_range_daily", Some(TooWide), None),
        ("ordersheets_range_timeframe", Some(TooWide), None),
        ("vendor_mismatch", Some(Config), Some(Retry::Never)),
        // The status says the rest.
        ("quantity_unknown_vendor_item", None, None),
        ("price_out_of_band", None, None),
        ("seller_api_error_in_http_200", None, None),
        ("revenue_history_date_to_today", None, None),
    ];
    let mut tried = 0;
    for case in cases() {
        let fault = fault(&case.response());
        let Some((_, kind, retry)) = expected.iter().find(|(name, ..)| *name == case.name) else {
            // Told box by box, in a success.
            assert_eq!((case.name.as_str(), fault), ("ack_all_failed", None));
            continue;
        };
        let fault = fault.unwrap_or_else(|| panic!("{} is a fault", case.name));
        assert_eq!((fault.kind, fault.retry), (*kind, *retry), "{}", case.name);
        assert!(!fault.message.is_empty(), "{}", case.name);
        let expired = case.name == "auth_signature_expired";
        assert_eq!((fault.clock, fault.refresh), (expired, expired), "{}", case.name);
        tried += 1;
    }
    assert_eq!(tried, expected.len());
}

#[test]
fn no_error_quotes_an_address() {
    for case in cases() {
        if let Some(fault) = fault(&case.response()) {
            assert!(!format!("{fault:?}").contains("203.0.113.10"), "{}: {fault:?}", case.name);
        }
    }
}

#[test]
fn a_warning_near_the_limit_is_a_breath_and_retry_after_is_kept() {
    let mut response =
        cases().iter().find(|case| case.name == "rate_limited").expect("the sample").response();
    assert_eq!(limits(&response).pause, Some(BREATH));
    response.headers.insert("retry-after", HeaderValue::from_static("7"));
    assert_eq!(fault(&response).and_then(|fault| fault.retry), Some(Retry::Backoff));
    response.headers.clear();
    assert_eq!(limits(&response), LimitNotice::default());
}

#[test]
fn a_success_is_none_whatever_its_code_looks_like() {
    for body in [
        r#"{"code": 200, "data": []}"#,
        r#"{"code": "200", "data": []}"#,
        r#"{"code": "SUCCESS", "data": 1}"#,
        r#"{"code": "SUCCES"}"#,
        r#"{"code": "PARTIAL", "data": {}}"#,
        r#"{"data": []}"#,
        "[]",
        "{}",
    ] {
        let response = Response {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::copy_from_slice(body.as_bytes()),
        };
        assert_eq!(fault(&response), None, "{body}");
    }
    for (body, kind) in [
        (r#"{"code": 400, "message": "x"}"#, None),
        (r#"{"code": "500", "message": "internal exception"}"#, Some(ErrorKind::Unavailable)),
        (r#"{"code": "ERROR", "message": "x"}"#, None),
    ] {
        let response = Response {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::copy_from_slice(body.as_bytes()),
        };
        assert_eq!(fault(&response).expect(body).kind, kind, "{body}");
    }
}

#[test]
fn a_redirect_is_a_block() {
    let response =
        Response { status: StatusCode::FOUND, headers: HeaderMap::new(), body: Bytes::from_static(b"") };
    assert_eq!(fault(&response).expect("a block").kind, Some(ErrorKind::Permission));
}
