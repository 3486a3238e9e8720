//! The errors of the platform's documents, by code. Codes and statuses of the gateway, and its texts:
//! <https://github.com/commerce-api-naver/commerce-api> and its discussions 6, 2291 and 3751; codes of the order calls:
//! <https://apicenter.commerce.naver.com/docs/commerce-api/current> (read 2026-03-11). The documents give the order
//! calls' meanings without the texts, and their status as 400 or 500: those texts are modelled on the others.

use super::answer::Stamp;
use super::bucket::Rate;
use crate::answer::Answer;

const FAILED: &str = "작업 중 오류가 발생하였습니다.";
const BLOCKED: &str = "서비스를 일시적으로 사용할 수 없습니다.";
const TIMED_OUT: &str = "요청 대기 시간이 초과되었습니다.";

/// Gateway and order calls: code, status, text.
const ERRORS: [(&str, u16, &str); 50] = [
    ("GW.AUTHN", 401, "요청을 보낼 권한이 없습니다."),
    ("GW.IP_NOT_ALLOWED", 403, "호출이 허용되지 않은 IP입니다."),
    ("GW.NOT_FOUND", 404, "요청하신 리소스를 찾을 수 없습니다."),
    ("GW.PROXY.01", 500, FAILED),
    ("GW.PROXY.02", 500, FAILED),
    ("GW.PROXY.03", 500, FAILED),
    ("GW.PROXY.04", 500, FAILED),
    ("GW.PROXY.05", 500, FAILED),
    ("GW.INTERNAL_SERVER_ERROR", 500, FAILED),
    ("GW.BLOCK.01", 503, BLOCKED),
    ("GW.BLOCK.02", 503, BLOCKED),
    ("GW.TIMEOUT.01", 504, TIMED_OUT),
    ("GW.TIMEOUT.02", 504, TIMED_OUT),
    ("000400", 400, "요청이 올바르지 않습니다. (HttpMessageNotReadableException)"),
    ("4000", 400, "lastChangedFrom 파라미터가 올바르지 않습니다."),
    ("9999", 500, "정의되지 않은 오류입니다."),
    ("100001", 400, "상품주문이 존재하지 않습니다."),
    ("100003", 400, "주문이 존재하지 않습니다."),
    ("101009", 400, "상품주문에 대한 권한이 없습니다."),
    ("101011", 400, "직계약 상품은 물류사만 발주 확인할 수 있습니다."),
    ("104105", 400, "발송 기한이 올바르지 않습니다."),
    ("104116", 400, "배송 방법을 변경해야 합니다. (배송 없음)"),
    ("104117", 400, "배송 방법을 변경해야 합니다."),
    ("104118", 400, "택배사를 입력해 주세요."),
    ("104119", 400, "택배사 코드가 올바르지 않습니다."),
    ("104120", 400, "송장 번호를 입력해 주세요."),
    ("104121", 400, "이미 사용된 송장 번호입니다."),
    ("104122", 400, "송장 번호가 올바르지 않습니다."),
    ("104131", 400, "중복된 상품주문번호가 있습니다."),
    ("104133", 400, "잘못된 요청입니다."),
    ("104138", 400, "배송 희망일을 변경할 수 없습니다."),
    ("104139", 400, "조회 가능한 날짜 범위를 초과하였습니다."),
    ("104417", 400, "재배송할 수 없는 교환 상태입니다."),
    ("104441", 400, "희망일배송 상품이 아닙니다."),
    ("104442", 400, "변경할 수 없는 상품주문 상태입니다."),
    ("104443", 400, "변경할 수 없는 발주 상태입니다."),
    ("104444", 400, "배송 희망일이 올바르지 않습니다."),
    ("104445", 400, "배송 희망일이 너무 늦습니다."),
    ("104446", 400, "배송 희망일이 바뀌지 않았습니다."),
    ("104449", 400, "변경 가능한 기간이 아닙니다."),
    ("104450", 400, "N희망일배송은 시간과 지역을 입력할 수 없습니다."),
    ("105001", 400, "중복된 쿠폰 번호입니다."),
    ("105002", 400, "쿠폰 번호가 올바르지 않습니다."),
    ("105306", 400, "이미 요청한 상태입니다."),
    ("105308", 400, "직계약 상품은 물류사만 발송할 수 있습니다."),
    ("GENERAL_ERROR", 500, FAILED),
    ("UNAUTHORIZED", 401, "권한이 없습니다."),
    ("ROLE_NOT_FOUND", 403, "권한을 찾을 수 없습니다."),
    ("INVALID_STORE_STATUS", 400, "스토어 상태가 올바르지 않습니다."),
    ("CHANNEL_NOT_FOUND", 404, "채널을 찾을 수 없습니다."),
];

/// Calls of products, settlement and the token, whose envelope lists what is wrong: the name that a fault gives, the
/// status, the code, its text, and field, type and text of the fault; and whether a trace stands beside them.
type Invalid = (&'static str, u16, &'static str, &'static str, Option<[&'static str; 3]>, bool);
const INVALID: [Invalid; 8] = [
    (
        "NotNull",
        400,
        "BAD_REQUEST",
        INVALID_DATA,
        Some(["originProduct.salePrice", "NotNull", "데이터를 입력해 주세요."]),
        false,
    ),
    (
        "NotValid.product.deliveryType.deliveryCompany",
        400,
        "BAD_REQUEST",
        INVALID_DATA,
        Some([
            "originProduct.deliveryInfo.deliveryCompany",
            "NotValid.product.deliveryType.deliveryCompany",
            "택배사를 입력해 주세요.",
        ]),
        false,
    ),
    (
        "option_stock",
        400,
        "BAD_REQUEST",
        "조합형 옵션 상품인 경우 상품의 재고수량과 조합형옵션 재고수량의 합은 같아야 합니다.",
        None,
        false,
    ),
    ("NOT_FOUND", 404, "NOT_FOUND", "존재하지 않는 상품입니다.", None, false),
    ("FORBIDDEN", 403, "FORBIDDEN", "접근할 수 없습니다.", None, false),
    ("INTERNAL_SERVER_ERROR", 500, "INTERNAL_SERVER_ERROR", FAILED, None, false),
    (
        "typeMismatch",
        400,
        "BAD_REQUEST",
        "잘못된 요청",
        Some(["pageSize", "typeMismatch", "잘못된 값입니다."]),
        true,
    ),
    (
        "auth.eapp-application.status.invalid",
        400,
        "BAD_REQUEST",
        "입력한 데이터가 유효하지 않습니다",
        Some(["", "auth.eapp-application.status.invalid", "어플리케이션 상태가 유효하지 않습니다"]),
        false,
    ),
];
const INVALID_DATA: &str = "입력한 데이터가 유효하지 않습니다.";

/// The error that a code stands for. Of product calls the fault's type stands for it, as their code is nearly always
/// the same.
pub(crate) fn by_code(code: &str, stamp: &Stamp) -> Option<Answer> {
    match code {
        "GW.RATE_LIMIT" => return Some(stamp.rate_limited(Rate::of_platform(), 0)),
        "GW.QUOTA_LIMIT" => return Some(stamp.over_quota()),
        "TOO_MANY_REQUESTS" => return Some(stamp.busy_with_images()),
        _ => {}
    }
    if let Some((_, status, text)) = ERRORS.iter().find(|(known, ..)| *known == code) {
        return Some(stamp.error(*status, code, text));
    }
    let (_, status, code, text, input, has_trace) = INVALID.iter().find(|(known, ..)| *known == code)?;
    Some(stamp.invalid(*status, code, text, *input, *has_trace))
}

/// The platform's text for a code of the gateway or the order calls.
pub(crate) fn text(code: &str) -> Option<&'static str> {
    ERRORS.iter().find(|(known, ..)| *known == code).map(|(_, _, text)| *text)
}

impl Stamp {
    /// The error of a code that this file has.
    pub(crate) fn known_error(&self, code: &str) -> Answer {
        by_code(code, self).expect("a documented error")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn body(code: &str) -> (u16, Value) {
        let stamp =
            Stamp { at: 1_764_550_845_120, trace: "cr3-000000-aaaaaa^1764550845120^4410237".to_owned() };
        let answer = by_code(code, &stamp).unwrap_or_else(|| panic!("{code} is not known"));
        (answer.status, serde_json::from_slice(&answer.body).expect("JSON"))
    }

    /// Every body that the documents and captures give, member for member.
    #[test]
    fn bodies_are_the_documented_ones() {
        let at = "2025-12-01T10:00:45.120+09:00";
        let trace = "cr3-000000-aaaaaa^1764550845120^4410237";
        let plain = |code: &str, message: &str| json!({"code": code, "message": message, "timestamp": at, "traceId": trace});
        for (status, code, message) in [
            (401, "GW.AUTHN", "요청을 보낼 권한이 없습니다."),
            (403, "GW.IP_NOT_ALLOWED", "호출이 허용되지 않은 IP입니다."),
            (404, "GW.NOT_FOUND", "요청하신 리소스를 찾을 수 없습니다."),
            (429, "GW.RATE_LIMIT", "요청이 많아 서비스를 일시적으로 사용할 수 없습니다."),
            (429, "GW.QUOTA_LIMIT", "할당된 시간당 요청량을 초과하였습니다."),
            (500, "GW.PROXY.01", "작업 중 오류가 발생하였습니다."),
            (500, "GW.PROXY.02", "작업 중 오류가 발생하였습니다."),
            (500, "GW.PROXY.03", "작업 중 오류가 발생하였습니다."),
            (500, "GW.PROXY.04", "작업 중 오류가 발생하였습니다."),
            (500, "GW.PROXY.05", "작업 중 오류가 발생하였습니다."),
            (500, "GW.INTERNAL_SERVER_ERROR", "작업 중 오류가 발생하였습니다."),
            (503, "GW.BLOCK.01", "서비스를 일시적으로 사용할 수 없습니다."),
            (503, "GW.BLOCK.02", "서비스를 일시적으로 사용할 수 없습니다."),
            (504, "GW.TIMEOUT.01", "요청 대기 시간이 초과되었습니다."),
            (504, "GW.TIMEOUT.02", "요청 대기 시간이 초과되었습니다."),
            (400, "000400", "요청이 올바르지 않습니다. (HttpMessageNotReadableException)"),
            (400, "104139", "조회 가능한 날짜 범위를 초과하였습니다."),
            (400, "4000", "lastChangedFrom 파라미터가 올바르지 않습니다."),
        ] {
            assert_eq!(body(code), (status, plain(code, message)));
        }
        let invalid = |code: &str, message: &str, inputs: Value| json!({"code": code, "message": message, "invalidInputs": inputs, "timestamp": at});
        let data = "입력한 데이터가 유효하지 않습니다.";
        let price = json!([{"name": "originProduct.salePrice", "type": "NotNull", "message": "데이터를 입력해 주세요."}]);
        assert_eq!(body("NotNull"), (400, invalid("BAD_REQUEST", data, price)));
        let stock = "조합형 옵션 상품인 경우 상품의 재고수량과 조합형옵션 재고수량의 합은 같아야 합니다.";
        assert_eq!(body("option_stock"), (400, invalid("BAD_REQUEST", stock, json!([]))));
        assert_eq!(body("NOT_FOUND"), (404, invalid("NOT_FOUND", "존재하지 않는 상품입니다.", json!([]))));
        let dormant = json!([{"type": "auth.eapp-application.status.invalid", "message": "어플리케이션 상태가 유효하지 않습니다"}]);
        let sleeping = invalid("BAD_REQUEST", "입력한 데이터가 유효하지 않습니다", dormant);
        assert_eq!(body("auth.eapp-application.status.invalid"), (400, sleeping));
        let mut settle = invalid(
            "BAD_REQUEST",
            "잘못된 요청",
            json!([{"name": "pageSize", "message": "잘못된 값입니다.", "type": "typeMismatch"}]),
        );
        settle["traceId"] = trace.into();
        assert_eq!(body("typeMismatch"), (400, settle));
        let images =
            json!({"code": "TOO_MANY_REQUESTS", "message": "이전 요청이 진행중입니다.", "timestamp": at});
        assert_eq!(body("TOO_MANY_REQUESTS"), (429, images));
    }

    #[test]
    fn every_code_of_the_order_calls_can_be_had() {
        for code in [
            "4000", "9999", "100001", "100003", "101009", "101011", "104105", "104116", "104117", "104118",
            "104119", "104120", "104121", "104122", "104131", "104133", "104138", "104139", "104417",
            "104441", "104442", "104443", "104444", "104445", "104446", "104449", "104450", "105306",
            "105308", "105001", "105002", "000400",
        ] {
            let (status, body) = body(code);
            assert!(matches!(status, 400 | 500), "{code}");
            assert_eq!(body["code"], code);
        }
    }
}
