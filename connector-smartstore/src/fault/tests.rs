use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Response {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name = HeaderName::try_from(*name).expect("a name");
        map.insert(name, HeaderValue::from_str(value).expect("a value"));
    }
    Response { status: StatusCode::from_u16(status).expect("a status"), headers: map, body: body.into() }
}

/// The answer of an entry of the catalogue.
fn of_entry(entry: &Value) -> Response {
    let status = u16::try_from(entry["http_status"].as_u64().expect("a status")).expect("a status");
    let headers: Vec<(&str, &str)> = entry["headers"]
        .as_object()
        .expect("headers")
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str().expect("a text")))
        .collect();
    answer(status, &headers, entry["body"].to_string())
}

fn coded(status: u16, code: &str) -> Fault {
    fault(&answer(status, &[], json!({"code": code, "message": "말"}).to_string())).expect(code)
}

#[test]
fn the_catalogue_of_errors_is_understood() {
    use ErrorKind::*;
    let catalogue: Value =
        serde_json::from_str(include_str!("../../tests/samples/errors.json")).expect("the catalogue");
    // Kind as the body tells it (nothing: the status does), a word of the message, a word of the fix.
    type Row = (Option<ErrorKind>, &'static str, &'static str);
    let expected: &[(&str, &[Row])] = &[
        (
            "token",
            &[
                (Some(Auth), "client_secret_sign 항목이 유효하지 않습니다.", "single quotes"),
                (Some(Config), "현재 이전이어야", "clock"),
                (Some(Config), "유효 시간이 만료", "clock"),
                (Some(Auth), "어플리케이션 상태가 유효하지", "wake it up"),
            ],
        ),
        (
            "gateway",
            &[
                (Some(Auth), "token refused, or the API group is not granted", "tick the API groups"),
                (Some(Permission), "허용되지 않은 IP", "register this machine's public IPv4 address"),
                (Some(Config), "찾을 수 없습니다", "/external"),
                (Some(RateLimited), "요청이 많아", ""),
                (Some(Quota), "1 calls, period HOURS, 0 left", "non-standard token"),
                (Some(Unavailable), "작업 중 오류", ""),
                (Some(Unavailable), "일시적으로", ""),
                (Some(Unavailable), "대기 시간이 초과", ""),
            ],
        ),
        (
            "order_api",
            &[
                (Some(Rejected), "HttpMessageNotReadableException", ""),
                (Some(Rejected), "날짜 범위를 초과", ""),
                (Some(Rejected), "lastChangedFrom", ""),
            ],
        ),
        (
            "product_api",
            &[
                (None, "택배사를 입력해 주세요.", ""),
                (None, "재고수량", ""),
                (None, "존재하지 않는 상품", ""),
                (None, "이전 요청이 진행중", ""),
            ],
        ),
        ("inquiry_and_settlement_api", &[(None, "잘못된 값입니다.", "")]),
    ];
    for (group, rows) in expected {
        let entries = catalogue[*group].as_array().expect("a group");
        assert_eq!(entries.len(), rows.len(), "{group}");
        for (entry, (kind, message, fix)) in entries.iter().zip(*rows) {
            let fault = fault(&of_entry(entry)).expect("a fault");
            assert_eq!(fault.kind, *kind, "{entry}");
            assert!(fault.message.contains(message), "{}", fault.message);
            assert!(fault.fix.as_deref().unwrap_or_default().contains(fix), "{:?}", fault.fix);
            assert_eq!(fault.code.as_deref(), entry["body"]["code"].as_str());
            assert_eq!(fault.trace_id.as_deref(), Some("cr3-000000-aaaaaa^1764550845120^4410237"));
            assert_eq!(
                fault.clock,
                *message == "현재 이전이어야" || *message == "유효 시간이 만료",
                "{entry}"
            );
            assert_eq!(fault.refresh, entry["http_status"] == 401, "{entry}");
        }
    }
}

#[test]
fn what_waits_and_what_never_comes_back() {
    assert_eq!(coded(429, "GW.RATE_LIMIT").retry, Some(Retry::Backoff));
    assert_eq!(coded(429, "GW.QUOTA_LIMIT").retry, Some(Retry::Never));
    assert_eq!(coded(403, "GW.IP_NOT_ALLOWED").retry, Some(Retry::Never));
    for code in ["GW.PROXY.03", "GW.BLOCK.01", "GW.TIMEOUT.02", "GW.INTERNAL_SERVER_ERROR"] {
        let fault = coded(500, code);
        assert_eq!((fault.kind, fault.retry), (Some(ErrorKind::Unavailable), None), "{code}");
    }
    assert_eq!(coded(418, "GW.SOMETHING_NEW").kind, None, "the status says what kind it is");
    assert_eq!(coded(404, "100001").kind, Some(ErrorKind::NotFound));
    assert_eq!(coded(500, "9999").kind, None);
    assert_eq!(coded(400, "9999").kind, Some(ErrorKind::Rejected));
    assert!(coded(401, "UNAUTHORIZED").refresh);
}

#[test]
fn the_other_token_refusals_say_what_to_do() {
    for (name, kind, fix) in [
        ("client_id", ErrorKind::Auth, "copy client_id"),
        ("type", ErrorKind::Config, "SELF"),
        ("account_id", ErrorKind::Config, "SELF"),
    ] {
        let body = json!({"code": "BAD_REQUEST", "message": "m", "invalidInputs": [{"name": name}]});
        let fault = fault(&answer(400, &[], body.to_string())).expect(name);
        assert_eq!((fault.kind, fault.retry), (Some(kind), Some(Retry::Never)), "{name}");
        assert!(fault.fix.expect("a fix").contains(fix), "{name}");
    }
}

#[test]
fn an_error_inside_a_success_is_one() {
    let inside = |body: Value| fault(&answer(200, &[], body.to_string()));
    let fault = inside(json!({"code": "104139", "message": "m", "timestamp": "t"})).expect("an error");
    assert_eq!(fault.kind, Some(ErrorKind::Rejected));
    assert_eq!(
        inside(json!({"code": "BAD_REQUEST", "message": "m"})).expect("an error").kind,
        Some(ErrorKind::Rejected)
    );
    assert_eq!(
        inside(json!({"code": "GW.BLOCK.02", "message": "m"})).expect("an error").kind,
        Some(ErrorKind::Unavailable)
    );
    for fine in [
        json!({"timestamp": "t", "traceId": "i"}),
        json!({"code": "SUCCESS", "message": "m"}),
        json!({"code": "4000", "message": "m", "data": {}}),
        json!({"code": "05"}),
        json!({"access_token": "x", "expires_in": 1}),
        json!([{"code": "4000", "message": "m"}]),
    ] {
        assert_eq!(inside(fine.clone()), None, "{fine}");
    }
}

#[test]
fn bodies_that_are_no_error_say_nothing() {
    for body in
        ["", "<html>", "null", "[]", "{}", r#"{"message": "m"}"#, r#"{"code": {}}"#, "{\"code\": \"4000\""]
    {
        assert_eq!(fault(&answer(502, &[], body.to_owned())), None, "{body}");
    }
    let odd = r#"{"code": 4000, "message": ["m"], "invalidInputs": {"name": "timestamp"}}"#;
    let odd = fault(&answer(400, &[], odd)).expect("a fault");
    assert_eq!((odd.code.as_deref(), odd.clock), (Some("4000"), false));
}

#[test]
fn long_words_of_the_platform_are_cut_to_one_line() {
    let body = json!({"code": "4000", "message": format!("첫 줄\n{}", "가".repeat(500))}).to_string();
    let fault = fault(&answer(400, &[], body)).expect("a fault");
    assert_eq!(fault.message.chars().count(), 200 + 1);
    assert!(fault.message.starts_with("첫 줄 가") && fault.message.ends_with('…'));
}

#[test]
fn limit_headers_are_read() {
    let headers = [
        ("GNCP-GW-RateLimit-Replenish-Rate", "2"),
        ("GNCP-GW-RateLimit-Burst-Capacity", "4"),
        ("GNCP-GW-RateLimit-Remaining", "3"),
    ];
    let notice =
        LimitNotice { per_second: Some(2.0), burst: Some(4), remaining: Some(3), ..LimitNotice::default() };
    for real in [true, false] {
        assert_eq!(limits(&answer(200, &headers, "{}"), real), notice);
    }
    let nonsense = [
        ("GNCP-GW-RateLimit-Replenish-Rate", "NaN"),
        ("GNCP-GW-RateLimit-Burst-Capacity", "0"),
        ("GNCP-GW-RateLimit-Remaining", "-1"),
    ];
    assert_eq!(limits(&answer(200, &nonsense, "{}"), false), LimitNotice::default());
}

#[test]
fn only_a_short_quota_period_is_waited_for() {
    let quota = |period| {
        let headers = [("GNCP-GW-Quota-Period", period), ("GNCP-GW-Quota-Remaining", "0")];
        limits(&answer(200, &headers, "{}"), true).pause
    };
    assert_eq!(quota("SECONDS"), Some(Duration::from_secs(1)));
    assert_eq!(quota("HOURS"), None);
}

#[test]
fn only_a_server_that_is_not_the_platform_can_be_without_limits() {
    assert!(limits(&answer(200, &[], "{}"), false).unlimited);
    assert!(!limits(&answer(200, &[], "{}"), true).unlimited);
    assert!(!limits(&answer(500, &[], "{}"), false).unlimited, "error answers are made by other layers");
}

#[test]
fn a_list_is_no_error_body() {
    // A derived struct would take the first item, here a token, for the error's code.
    assert!(fault(&answer(200, &[], r#"["hush-hush", 10799, "Bearer"]"#)).is_none());
    assert!(fault(&answer(400, &[], r#"["hush-hush", 10799, "Bearer"]"#)).is_none());
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(status in 200_u16..600, body in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(fault(&answer(status, &[], body)));
    }

    #[test]
    fn no_texts_make_it_panic(code in "\\PC{0,80}", message in "\\PC{0,300}", name in "\\PC{0,20}") {
        let body = json!({"code": code, "message": message, "invalidInputs": [{"name": name, "type": name}]});
        if let Some(fault) = fault(&answer(400, &[], body.to_string())) {
            prop_assert!(fault.message.chars().count() <= 2 * 200);
        }
    }
}
