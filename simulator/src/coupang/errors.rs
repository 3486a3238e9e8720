//! What goes wrong on request, and the errors that the platform documents or that clients have met
//! (<https://developers.coupangcorp.com/hc/ko>, chapters on errors and limits; read 2026-11). Where only the status is
//! known, the envelope is modelled on the others.

use std::net::IpAddr;

use serde_json::json;

use super::answer::{body, gateway, refused, seller_refused, transaction};
use crate::answer::Answer;
use crate::fault::FaultKind;
use crate::serve::Arrival;

pub(super) const EXPIRED: &str = "auth_signature_expired";
pub(super) const VENDOR_MISMATCH: &str = "vendor_mismatch";
pub(super) const TIMED_OUT: &str = "gateway_timeout";
const TIMED_OUT_TEXT: &str =
    "Request timed out, if the situation continues consider applying timeout extension.";
/// Why a box cannot be acknowledged.
pub(super) const CANNOT_CHANGE: &str = "배송상태를 변경할 수 없습니다. 주문내역을 확인해주세요.";

/// What an error says of the call that it answers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'a> {
    pub(super) number: u64,
    pub(super) path: &'a str,
    pub(super) peer: IpAddr,
}

impl Context<'_> {
    /// Of no call at all.
    fn nowhere() -> Self {
        Self { number: 0, path: "", peer: IpAddr::from([203, 0, 113, 10]) }
    }
}

/// Errors of the gateway: name, status, code, text.
const GATEWAY: [(&str, u16, &str, &str); 13] = [
    ("auth_invalid_signature", 401, "ERROR", "Invalid signature."),
    (EXPIRED, 401, "ERROR", "Specified signature is expired."),
    ("auth_hmac_format", 401, "ERROR", "HMAC format is invalid."),
    (
        "auth_unknown_access_key",
        401,
        "ERROR",
        "Unknown error occurred, please contact api-gateway channel for the details.",
    ),
    ("ip_not_allowed_faq", 403, "ERROR", "[FORBIDDEN] Not allowed IP"),
    (
        "unknown_path_or_method",
        404,
        "PRECONDITION_FAILED",
        "No exactly matching API specification for the request.",
    ),
    ("vendor_malformed", 404, "ERROR", "Not found."),
    ("retired", 410, "ERROR", "RETIRED"),
    ("not_deployed", 412, "ERROR", "Not deployed."),
    ("locked", 423, "ERROR", "Locked."),
    ("internal_exception", 500, "ERROR", "internal exception"),
    ("unavailable", 503, "ERROR", TIMED_OUT_TEXT),
    ("edge_timeout", 524, "ERROR", TIMED_OUT_TEXT),
];

/// Errors of the order and claim calls: name, text.
const ORDERS: [(&str, &str); 6] = [
    ("ordersheets_range_daily", "endTime-startTime range should less than31."),
    ("ordersheets_range_daily_32", "endTime-startTime range should less than 32 day."),
    ("ordersheets_range_timeframe", "endTime-startTime range should less than 0 day"),
    (VENDOR_MISMATCH, "Invalid vendor ID"),
    ("revenue_history_date_to_today", "dateTo: 전일까지만 조회할 수 있습니다."),
    ("cancel_count_mismatch", "[INTERNAL_SERVER_ERROR] 취소반품접수수량과 cancelCount가 일치하지 않습니다."),
];

/// Errors of the product calls: name, status, text.
const SELLER: [(&str, u16, &str); 6] = [
    ("quantity_unknown_vendor_item", 400, "재고변경에 실패했습니다. [vendoritemid 92979700000 not found]"),
    (
        "price_out_of_band",
        400,
        "가격변경에 실패했습니다. [옵션ID[92979706172] : 판매가 변경이 불가능합니다. 변경전 판매가의 최대 50% 인하/최대 \
         100%인상까지 변경가능합니다.]",
    ),
    ("seller_api_error_in_http_200", 200, "업체상품[15000000001]이 수정 가능한 상태가 아닙니다."),
    ("not_a_vendor_item", 500, "Object text must begin with '{' at character 0"),
    ("create_malformed", 400, "java.lang.NullPointerException"),
    ("create_unauthorized", 400, "UNAUTHORIZATION"),
];

/// Whether there is an error of that name.
pub(crate) fn is_documented(name: &str) -> bool {
    by_name(name, &Context::nowhere()).is_some()
}

/// An error of this file's own tables.
pub(super) fn named(name: &str, context: &Context<'_>) -> Answer {
    by_name(name, context).expect("a name of this file")
}

/// The error of that name.
pub(super) fn by_name(name: &str, context: &Context<'_>) -> Option<Answer> {
    if let Some((_, status, code, text)) = GATEWAY.iter().find(|(known, ..)| *known == name) {
        return Some(gateway(*status, code, text, context.number));
    }
    if let Some((_, text)) = ORDERS.iter().find(|(known, _)| *known == name) {
        return Some(refused(text));
    }
    if let Some((_, status, text)) = SELLER.iter().find(|(known, ..)| *known == name) {
        return Some(seller_refused(*status, text));
    }
    Some(match name {
        "auth_missing_or_bad_header" => body(
            401,
            &json!({
                "code": "ERROR",
                "message": "Request is not authorized.",
                "transactionId": transaction(context.number),
                "messages": {
                    "korean": "미인증된 요청은 허용되지 않습니다.",
                    "english": "Unauthorized request is denied.",
                },
            }),
        ),
        "ip_not_allowed" => {
            let text = format!("Your ip address {} is not allowed for this request.", context.peer);
            gateway(403, "ERROR", &text, context.number)
        }
        "edge_error_storm_block" => access_denied(context.path),
        "rate_limited" => {
            gateway(429, "ERROR", "Too Many Requests", context.number).with("X-CAG-Warnings", "throttle")
        }
        TIMED_OUT => body(504, &json!({"code": "ERROR", "message": TIMED_OUT_TEXT})),
        "backend_unreachable" => body(521, &json!({"code": "ERROR", "message": "connection timed out"})),
        "redirect_block" => Answer { content_type: "", ..Answer::json(302, "") }
            .with("Location", "https://developers.coupang.com/blocked"),
        "ack_all_failed" => {
            let row = json!({
                "shipmentBoxId": 853_138_000_000_115_661_u64, "succeed": false, "resultCode": "INVALID_STATUS",
                "retryRequired": false, "resultMessage": CANNOT_CHANGE,
            });
            let data = json!({
                "responseKey": 123_456_789, "responseCode": 99, "responseMessage": CANNOT_CHANGE,
                "responseList": [row],
            });
            body(200, &json!({"code": "200", "message": "OK", "data": data}))
        }
        _ => return None,
    })
}

/// The edge takes the caller for an attacker.
fn access_denied(path: &str) -> Answer {
    let page = format!(
        "<HTML><HEAD>\n<TITLE>Access Denied</TITLE>\n</HEAD><BODY>\n<H1>Access Denied</H1>\n \nYou don't have \
         permission to access \"http://api-gateway.coupang.com{path}\" on this server.<P>\nReference \
         #18.3c61ca17.1701137054.1f34800d\n</BODY>\n</HTML>\n"
    );
    Answer { content_type: "text/html", ..Answer::json(403, page) }
}

/// The answer of what goes wrong before the call is looked at; `None` where it goes on.
pub(super) fn fault(arrival: &Arrival<'_>, context: &Context<'_>) -> Option<Answer> {
    if let Some(answer) = arrival.refusal().and_then(|name| by_name(name, context)) {
        return Some(answer);
    }
    let millis = arrival.millis().unwrap_or(1_000);
    Some(match arrival.met.as_ref()?.kind {
        FaultKind::RateLimitedWithRetryAfter => {
            named("rate_limited", context).with("Retry-After", (millis + 999) / 1_000)
        }
        FaultKind::RateLimited => named("rate_limited", context),
        FaultKind::ServerError => named("internal_exception", context),
        FaultKind::BadGateway => Answer::html(502),
        FaultKind::Unavailable | FaultKind::Maintenance => named("unavailable", context),
        FaultKind::GatewayTimeout => named(TIMED_OUT, context),
        FaultKind::Unauthorized => named("auth_invalid_signature", context),
        FaultKind::IpNotAllowed => named("ip_not_allowed", context),
        FaultKind::Html => Answer::html(200),
        _ => return None,
    })
}
