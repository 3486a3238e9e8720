//! The errors that are documented (<https://openapi.11st.co.kr/openapi/OpenApiGuide.tmall>, read 2026-10) or were seen
//! by clients, and what goes wrong on request. The same code means another thing at another endpoint.

use super::settings::Settings;
use super::xml::{self, escaped};
use crate::answer::Answer;
use crate::endpoint::Endpoint as E;
use crate::fault::FaultKind;
use crate::serve::Arrival;

type Codes = &'static [(i32, &'static str)];

/// The gateway's own errors, in `AuthMessage`.
const GATEWAY: Codes = &[
    (100, "OpenAPI Key 값이 없습니다."),
    (200, "등록되지 않은 OpenAPI Key 입니다."),
    (300, "셀러 API 사용이 승인되지 않았습니다."),
    (-500, "인증된 IP가 아닙니다. 등록된 IP 정보를 확인하십시오."),
    (-997, "등록된 API 정보가 존재하지 않습니다."),
    (-400, "https 로 호출해야 합니다."),
];
/// Those that any endpoint may give.
const GENERAL: Codes = &[(-1, "해당 건이 없습니다."), (-1000, "서버 점검중입니다.")];
/// The errors of a product write.
const PRODUCT: Codes = &[
    (400, "잘못된 요청입니다."),
    (404, "해당 상품 또는 재고의 정보를 찾을 수 없습니다."),
    (500, "처리 중 오류가 발생했습니다."),
    (-1000, "서버 점검중입니다."),
];

const START: &str = "조회 시작일의 형식이 올바르지 않습니다. YYYYMMDDhhmm";
const END: &str = "조회 종료일의 형식이 올바르지 않습니다. YYYYMMDDhhmm";
const WEEK: &str = "최대 조회기간은 일주일 입니다.";
const MONTH: &str = "조회기간은 최대 30(한달)일 단위로 가능합니다.";
const NO_SELLER: &str = "판매자 번호를 알 수 없습니다.";
const NO_ORDER: &str = "주문번호를 알 수 없습니다.";
const NO_LINE: &str = "주문상세번호를 알 수 없습니다.";
const NO_CLAIM: &str = "클레임 번호를 알 수 없습니다.";
const NO_RETURN: &str = "반품 정보를 찾을수 없습니다.";
const NO_EXCHANGE: &str = "교환 정보를 찾을수 없습니다.";
const ABROAD: &str = "해외배송 상품은 처리할 수 없습니다.";
const SHIPPING_FAILED: &str = "발송처리중 에러가 발생했습니다. 관리자에게 문의해주세요.";

/// What an endpoint refuses with, of its own.
fn codes(endpoint: E) -> Codes {
    match endpoint {
        E::StreetStandby => &[(-3102, START), (-3103, END), (-3104, WEEK)],
        E::StreetComplete => &[(-3103, START), (-3104, END), (-3105, WEEK)],
        E::StreetPackaging => &[(-3303, START), (-3304, END), (-3305, WEEK)],
        E::StreetShipping | E::StreetDelivered | E::StreetCompleted => {
            &[(-3902, START), (-3903, END), (-3904, WEEK)]
        }
        E::StreetOrderStates | E::StreetOrderAddresses => &[
            (-28001, NO_SELLER),
            (-28002, "주문목록을 알 수 없습니다."),
            (-28003, "주문번호의 갯수는 최대 100개 까지만 가능 합니다."),
            (-28005, "올바른 판매자가 아닙니다."),
        ],
        E::StreetCancels | E::StreetCancelled | E::StreetCancelsWithdrawn | E::StreetRevoked => &[
            (-28001, NO_SELLER),
            (-28002, "취소목록을 알 수 없습니다."),
            (-28003, "조회시작일을 알 수 없습니다."),
            (-28004, "조회종료일을 알 수 없습니다."),
            (-28005, "올바른 판매자가 아닙니다."),
            (-28006, END),
            (-28007, START),
            (-28008, MONTH),
        ],
        E::StreetReturns
        | E::StreetReturned
        | E::StreetReturnsWithdrawn
        | E::StreetExchanges
        | E::StreetExchanged
        | E::StreetExchangesWithdrawn => &[
            (-29001, NO_SELLER),
            (-29002, "클레임 목록을 알 수 없습니다."),
            (-29003, "조회시작일을 알 수 없습니다."),
            (-29004, "조회종료일을 알 수 없습니다."),
            (-29005, "올바른 판매자가 아닙니다."),
            (-29006, END),
            (-29007, START),
            (-29008, MONTH),
        ],
        E::StreetSettlements => &[(2, "최대 31일까지만 조회가능합니다."), (1000, "서버 점검중입니다.")],
        E::StreetConfirm => &[
            (-3206, "이미 발주 처리 되었거나 , 발주 처리할 건이 없습니다."),
            (-3207, "주문상품 상태 수정 오류 (추가상품 포함)"),
            (-3210, "전세계배송 주문건인 경우, SellerOffice에서 바코드를 출력한후, 발주확인이 가능합니다."),
            (-3211, "주문취소된 주문건입니다."),
            (-3214, "취소처리중인 주문건입니다."),
        ],
        E::StreetShip => &[
            (-3301, "보낸일자가 유효하지 않습니다. YYYYMMDDhhmm"),
            (-3306, "송장번호가 유효하지 않습니다. 다시한번 확인해주세요."),
            (-3307, "택배사 코드가 유효하지 않습니다."),
            (-3308, "해당 배송번호는 이미 발송처리 되었습니다."),
            (-3309, "해당 배송번호는 이미 배송완료 되었습니다."),
            (-3310, "해당 배송번호의 주문상태를 확인해 주세요"),
            (-3311, SHIPPING_FAILED),
            (-3313, "해당 배송번호의 주문상태가 이미 변경 되었습니다."),
            (-3320, "이미 사용된 송장번호 입니다. 송장번호를 확인해주세요."),
            (-3321, "전세계배송 주문 중 중문11번가 주문건은 부분발송처리가 불가능합니다."),
        ],
        E::StreetCancel => &[
            (-21001, NO_SELLER),
            (-21002, NO_ORDER),
            (-21003, NO_LINE),
            (-21004, "판매불가 처리 가능한 주문이 아닙니다(1)."),
            (-21005, "판매불가 처리 가능한 주문이 아닙니다(2)"),
        ],
        E::StreetApproveCancel => {
            &[(-22001, NO_SELLER), (-22002, NO_ORDER), (-22003, NO_LINE), (-22004, NO_CLAIM)]
        }
        E::StreetRejectCancel => &[
            (-23001, NO_SELLER),
            (-23002, NO_CLAIM),
            (-23003, "발송일을 알 수 없습니다."),
            (-23004, "배송방식 코드가 잘못되었습니다."),
            (-23005, "송장번호가 10자리 이하입니다. 다시 입력 해주세요."),
            (-23006, "택배업체를 알 수 없습니다."),
            (-23007, "취소신청 정보를 알 수 없습니다."),
            (-23008, "취소거부 처리시 오류가 발생 했습니다."),
            (-23009, ABROAD),
            (-24001, "취소요청 불가사유를 알 수 없습니다."),
            (-24002, "취소요청 불가상세사유를 알 수 없습니다."),
        ],
        E::StreetApproveReturn => &[
            (-24001, NO_SELLER),
            (-24002, NO_ORDER),
            (-24003, NO_LINE),
            (-24004, NO_CLAIM),
            (-24005, NO_RETURN),
            (-24006, "반품 신청또는 접수 상태가 아니어서 반품을 완료 할 수 없습니다."),
            (-24007, "반품 신청또는 접수 상태가 아니어서 반품을 완료 할 수 없습니다."),
            (-24008, ABROAD),
            (-24009, ABROAD),
        ],
        E::StreetRejectReturn => &[
            (-25001, NO_SELLER),
            (-25002, NO_ORDER),
            (-25003, NO_LINE),
            (-25004, NO_CLAIM),
            (-25005, NO_RETURN),
            (-25006, ABROAD),
            (-25007, ABROAD),
        ],
        E::StreetHoldReturn => &[
            (-21001, NO_SELLER),
            (-21002, NO_ORDER),
            (-21003, NO_LINE),
            (-21004, NO_CLAIM),
            (-21005, "보류사유 코드를 알 수 없습니다."),
            (-21006, "보류 상세 사유를 알 수 없습니다."),
            (-21007, "반품보류 신청할수 있는 목록이 없습니다."),
            (-21008, "반품보류 처리중 에러가 발생 했습니다."),
            (-21009, "반품보류 처리는 되었으나 반품완료보류 처리중 에러가 발생 했습니다."),
            (-21010, ABROAD),
        ],
        E::StreetApproveExchange => &[
            (-27001, NO_SELLER),
            (-27002, NO_ORDER),
            (-27003, NO_LINE),
            (-27004, NO_CLAIM),
            (-27005, "배송방식 코드가 잘못되었습니다."),
            (-27006, "택배업체를 알 수 없습니다."),
            (-27007, NO_EXCHANGE),
            (-27008, "교환신청 상태가 아니어서 교환완료를 할 수 없습니다."),
            (-27009, ABROAD),
        ],
        E::StreetRejectExchange => &[
            (-26001, NO_SELLER),
            (-26002, NO_ORDER),
            (-26003, NO_LINE),
            (-26004, NO_CLAIM),
            (-26005, NO_EXCHANGE),
            (-26006, "교환신청 상태가 아니어서 교환접수거부를 할 수 없습니다."),
            (-26007, ABROAD),
        ],
        E::StreetSetStock
        | E::StreetSetPrice
        | E::StreetStopSale
        | E::StreetResumeSale
        | E::StreetCreateListing
        | E::StreetUpdateListing => PRODUCT,
        _ => &[],
    }
}

/// Whether there is an error of that code: `-3206`, `404`, … as the service gives it, `auth:200` as the gateway does.
pub(crate) fn is_documented(code: &str) -> bool {
    if let Some(code) = code.strip_prefix("auth:") {
        return code.parse().is_ok_and(|code: i32| GATEWAY.iter().any(|(known, _)| *known == code));
    }
    let services = E::of(crate::endpoint::Platform::EleventhStreet).iter().map(|endpoint| codes(*endpoint));
    let mut known = services.chain([GENERAL]).flatten();
    code.parse().is_ok_and(|code: i32| known.any(|(known, _)| *known == code))
}

/// Refuses with a code and the text that it has at this endpoint.
pub(super) fn refused(endpoint: E, code: i32) -> Answer {
    let known = codes(endpoint).iter().chain(GENERAL).find(|(known, _)| *known == code);
    said(endpoint, code, known.map_or(GENERAL[0].1, |(_, text)| text))
}

/// What an endpoint says in its own envelope, with whatever code: a refusal, a success, or that there is nothing.
pub(super) fn said(endpoint: E, code: i32, text: &str) -> Answer {
    let text = escaped(text);
    if codes(endpoint) == PRODUCT {
        let inside = format!("<message>{text}</message><resultCode>{code}</resultCode>");
        return xml::reply(&format!("<ClientMessage>{inside}</ClientMessage>"));
    }
    match endpoint {
        E::StreetListings | E::StreetListingsByCode => {
            let inside = format!("<ns2:result_message>{text}</ns2:result_message>");
            xml::reply(&xml::list("products", &inside))
        }
        E::StreetListing => {
            xml::reply(&format!("<Product><message>{text}</message><nResult>0</nResult></Product>"))
        }
        E::StreetStock => {
            xml::reply(&xml::list("ProductStocks", &format!("<ns2:message>{text}</ns2:message>")))
        }
        E::StreetStocks => {
            xml::reply(&xml::list("ProductStockss", &format!("<ns2:message>{text}</ns2:message>")))
        }
        _ if endpoint.is_write() => xml::reply(&format!(
            "<ResultOrder><openMallID>11ST</openMallID><open_11st_mall></open_11st_mall>\
             <open_done_payment_interface></open_done_payment_interface><result_code>{code}</result_code>\
             <result_text>{text}</result_text></ResultOrder>"
        )),
        _ => xml::reply(&xml::list(
            "orders",
            &format!("<ns2:result_code>{code}</ns2:result_code><ns2:result_text>{text}</ns2:result_text>"),
        )),
    }
}

/// The gateway's refusal. That of a caller's address comes with 500, others with the status that is set.
pub(super) fn gateway(code: i32, status: u16) -> Answer {
    let text = GATEWAY.iter().find(|(known, _)| *known == code).map_or("", |(_, text)| text);
    // The platform shows the caller's address; this one is of the block for documents.
    let (text, status) =
        if code == -500 { (format!("[203.0.113.7]{text}"), 500) } else { (text.to_owned(), status) };
    let inside = format!("<resultCode>{code}</resultCode><resultMessage>{text}</resultMessage>");
    Answer { status, ..xml::reply(&format!("<AuthMessage>{inside}</AuthMessage>")) }
}

/// 429; nothing is known of its body.
pub(super) fn too_many() -> Answer {
    Answer { status: 429, content_type: "", ..Answer::json(429, "") }
}

/// Maintenance, in the endpoint's own envelope; the settlement's number has no sign.
fn maintenance(endpoint: E) -> Answer {
    refused(endpoint, if endpoint == E::StreetSettlements { 1000 } else { -1000 })
}

/// The answer of what goes wrong before the call is looked at; `None` where it goes on.
pub(super) fn fault(arrival: &Arrival<'_>, settings: &Settings) -> Option<Answer> {
    let endpoint = arrival.endpoint;
    if let Some(code) = arrival.refusal() {
        return match code.strip_prefix("auth:") {
            Some(code) => Some(gateway(code.parse().ok()?, settings.auth_status)),
            None => Some(refused(endpoint, code.parse().ok()?)),
        };
    }
    Some(match arrival.met.as_ref()?.kind {
        FaultKind::RateLimitedWithRetryAfter => {
            too_many().with("retry-after", arrival.millis().map_or(1, |millis| (millis + 999) / 1_000))
        }
        FaultKind::RateLimited => too_many(),
        FaultKind::ServerError => Answer::html(500),
        FaultKind::BadGateway => Answer::html(502),
        FaultKind::Unavailable => Answer::html(503),
        FaultKind::GatewayTimeout => Answer::html(504),
        FaultKind::Maintenance => maintenance(endpoint),
        FaultKind::Html => Answer::html(200),
        FaultKind::Unauthorized => gateway(200, settings.auth_status),
        FaultKind::NotApproved => gateway(300, settings.auth_status),
        FaultKind::IpNotAllowed => gateway(-500, settings.auth_status),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(answer: &Answer) -> String {
        encoding_rs::EUC_KR.decode(&answer.body).0.into_owned()
    }

    #[test]
    fn each_endpoint_has_its_envelope() {
        let body = text(&refused(E::StreetComplete, -3105));
        assert!(body.contains(
            "<ns2:result_code>-3105</ns2:result_code><ns2:result_text>최대 조회기간은 일주일 입니다."
        ));
        let body = text(&refused(E::StreetShip, -3306));
        assert!(body.contains("<ResultOrder><openMallID>11ST</openMallID>") && body.contains("-3306"));
        assert!(
            text(&refused(E::StreetSetStock, 404)).contains("<resultCode>404</resultCode></ClientMessage>")
        );
        assert!(text(&maintenance(E::StreetSettlements)).contains(">1000<"));
        assert!(text(&maintenance(E::StreetCancels)).contains(">-1000<"));
        let (key, address) = (gateway(200, 200), gateway(-500, 200));
        assert_eq!((key.status, address.status), (200, 500));
        assert!(text(&address).contains("[203.0.113.7]인증된 IP가 아닙니다."));
        // The same number, another meaning.
        assert_ne!(text(&refused(E::StreetComplete, -3103)), text(&refused(E::StreetStandby, -3103)));
    }

    #[test]
    fn what_is_documented() {
        for code in
            ["-1", "-1000", "1000", "2", "-3206", "-3320", "-21008", "-23005", "404", "auth:200", "auth:-997"]
        {
            assert!(is_documented(code), "{code}");
        }
        for code in ["", "7", "auth:7", "200", "-3999"] {
            assert!(!is_documented(code), "{code}");
        }
    }
}
