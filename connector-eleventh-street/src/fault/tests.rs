use bytes::Bytes;
use connector_core::ErrorKind;
use http::{HeaderMap, StatusCode};

use super::*;

fn answer(status: u16, body: &str) -> Response {
    let body = Bytes::from(connector_core::xml::encode(body).bytes);
    Response { status: StatusCode::from_u16(status).expect("a status"), headers: HeaderMap::new(), body }
}

fn list_answer(code: &str, text: &str) -> Response {
    let inner = format!("<ns2:result_code>{code}</ns2:result_code><ns2:result_text>{text}</ns2:result_text>");
    answer(200, &format!("<ns2:orders xmlns:ns2=\"x\">{inner}</ns2:orders>"))
}

fn auth(status: u16, code: &str, text: &str) -> Fault {
    let body = format!(
        "<AuthMessage><resultCode>{code}</resultCode><resultMessage>{text}</resultMessage></AuthMessage>"
    );
    fault(&answer(status, &body)).expect("a fault")
}

#[test]
fn the_gateway_is_read_whatever_the_status() {
    for status in [200, 401, 403, 500] {
        for (code, kind, word) in [
            ("100", ErrorKind::Auth, "api_key"),
            ("200", ErrorKind::Auth, "api_key"),
            ("300", ErrorKind::Permission, "approval"),
            ("-500", ErrorKind::Permission, "register"),
            ("-997", ErrorKind::Permission, "base_url"),
            ("-400", ErrorKind::Config, "https"),
            ("-998", ErrorKind::Permission, "state"),
        ] {
            let fault = auth(status, code, "말");
            assert_eq!((fault.kind, fault.retry), (Some(kind), Some(Retry::Never)), "{status} {code}");
            assert!(fault.fix.as_deref().is_some_and(|fix| fix.contains(word)), "{code}: {fault:?}");
            assert!(!fault.refresh, "another key cannot be had");
        }
    }
}

#[test]
fn the_callers_address_is_not_repeated() {
    let fault = auth(500, "-500", "[203.0.113.7]인증된 IP가 아닙니다.");
    assert!(
        fault.message.contains("인증된 IP가 아닙니다") && !fault.message.contains("203"),
        "{}",
        fault.message
    );
}

#[test]
fn no_rows_are_no_error_and_every_other_code_is() {
    assert_eq!(fault(&list_answer("0", "조회된 결과가 없습니다.")), None);
    assert_eq!(fault(&list_answer("-1", "해당 건이 없습니다.")), None);
    for (code, text, kind) in [
        ("-1", "알 수 없는 오류", ErrorKind::Rejected),
        ("-3103", "조회 시작일의 포맷이 올바르지 않습니다.", ErrorKind::Rejected),
        ("-3105", "최대 조회기간은 일주일 입니다.", ErrorKind::TooWide),
        ("-29008", "조회기간은 최대 30(한달)일 단위로 가능합니다.", ErrorKind::TooWide),
        ("2", "최대 31일까지만 조회가능합니다.", ErrorKind::Rejected),
    ] {
        let fault = fault(&list_answer(code, text)).expect(code);
        assert_eq!(
            (fault.kind, fault.code.as_deref(), fault.message.as_str()),
            (Some(kind), Some(code), text)
        );
    }
}

#[test]
fn maintenance_passes_in_every_envelope() {
    for (root, name) in
        [("ns2:orders", "ns2:result_code"), ("ResultOrder", "result_code"), ("ClientMessage", "resultCode")]
    {
        let body = format!("<{root} xmlns:ns2=\"x\"><{name}>-1000</{name}></{root}>");
        let fault = fault(&answer(200, &body)).expect(root);
        assert_eq!((fault.kind, fault.retry), (Some(ErrorKind::Unavailable), Some(Retry::Backoff)));
        assert!(fault.fix.is_some_and(|fix| fix.contains("Friday")));
    }
    let settlement = fault(&list_answer("1000", "서버 점검중입니다.")).expect("maintenance");
    assert_eq!(settlement.kind, Some(ErrorKind::Unavailable));
}

#[test]
fn an_unknown_key_is_known_by_its_words_in_every_envelope() {
    let words = "주문/클레임 조회 오류 MSG : OpenAPI Key 에 해당하는 유저가 없습니다.";
    for body in [
        format!(
            "<ns2:orders xmlns:ns2='x'><ns2:result_code>-1</ns2:result_code><ns2:result_text>{words}</ns2:result_text></ns2:orders>"
        ),
        format!("<ClientMessage><message>{words}</message><resultCode>500</resultCode></ClientMessage>"),
        format!(
            "<ns2:inOutAddresss xmlns:ns2='x'><ns2:result_message>{words}</ns2:result_message></ns2:inOutAddresss>"
        ),
    ] {
        assert_eq!(fault(&answer(200, &body)).and_then(|fault| fault.kind), Some(ErrorKind::Auth), "{body}");
    }
}

#[test]
fn what_a_command_was_answered_is_left_to_it_unless_the_status_speaks() {
    let body = "<ResultOrder><result_code>-3306</result_code><result_text>송장</result_text></ResultOrder>";
    assert_eq!(fault(&answer(200, body)), None);
    let refused = fault(&answer(500, body)).expect("a fault");
    assert_eq!((refused.kind, refused.code.as_deref()), (Some(ErrorKind::Rejected), Some("-3306")));
    assert_eq!(fault(&answer(200, "<ClientMessage><resultCode>200</resultCode></ClientMessage>")), None);
}

#[test]
fn rows_pages_and_noise_are_no_fault() {
    for body in [
        "<ns2:orders xmlns:ns2='x'><ns2:order/></ns2:orders>",
        "<html>점검</html>",
        "",
        "{}",
        "<a>",
        "<Product/>",
    ] {
        for status in [200, 403, 500] {
            assert_eq!(fault(&answer(status, body)), None, "{status} {body}");
        }
    }
}
