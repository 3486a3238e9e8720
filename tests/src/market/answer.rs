//! Answers, in the envelopes of the gateway, the token call and the order calls
//! (`errors` chapter of <https://github.com/commerce-api-naver/commerce-api>, read 2026-03-11).

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::{StreamExt as _, stream};

use super::bucket::Rate;
use super::instant::{Fraction, Millis, http_date};
use super::json::Json;

/// An answer before it is sent.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
    pub(crate) rows: usize,
    /// Close the connection in the middle of the body.
    pub(crate) cut: bool,
}

impl Answer {
    pub(crate) fn json(status: u16, body: Vec<u8>) -> Self {
        Self {
            status,
            content_type: "application/json;charset=UTF-8",
            headers: Vec::new(),
            body: body.into(),
            rows: 0,
            cut: false,
        }
    }

    pub(crate) fn html() -> Self {
        let page =
            "<!DOCTYPE html><html><head><title>서비스 점검 안내</title></head><body>점검 중</body></html>";
        Self { content_type: "text/html;charset=UTF-8", ..Self::json(200, page.as_bytes().to_vec()) }
    }

    pub(crate) fn with_rows(self, rows: usize) -> Self {
        Self { rows, ..self }
    }

    /// The three headers of the rate limit.
    pub(crate) fn with_rate(mut self, rate: Rate, remaining: u32) -> Self {
        self.headers.push(("GNCP-GW-RateLimit-Replenish-Rate", rate.per_second.to_string()));
        self.headers.push(("GNCP-GW-RateLimit-Burst-Capacity", rate.burst.to_string()));
        self.headers.push(("GNCP-GW-RateLimit-Remaining", remaining.to_string()));
        self
    }

    /// The three headers of a quota of one call an hour that is used up.
    pub(crate) fn with_quota(mut self) -> Self {
        self.headers.push(("GNCP-GW-Quota-Period", "HOURS".to_owned()));
        self.headers.push(("GNCP-GW-Quota-Limit", "1".to_owned()));
        self.headers.push(("GNCP-GW-Quota-Remaining", "0".to_owned()));
        self
    }

    pub(crate) fn into_response(self, stamp: &Stamp) -> Response {
        let length = self.body.len();
        let body = if self.cut {
            let half = self.body.slice(..length / 2);
            // The wait lets the first half leave before the connection is closed.
            let cut = stream::once(async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                Err(io::Error::other("cut on request"))
            });
            Body::from_stream(stream::iter([Ok(half)]).chain(cut))
        } else {
            Body::from(self.body)
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(self.status).expect("a status of this file");
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        let mut insert = |name: &'static str, value: &str| {
            let name = header::HeaderName::from_bytes(name.as_bytes()).expect("a name of this file");
            headers.insert(name, HeaderValue::from_str(value).expect("letters and digits"));
        };
        insert("Date", &http_date(stamp.at));
        insert("GNCP-GW-Trace-ID", &stamp.trace);
        insert("GNCP-GW-HttpClient-ResponseTime", "1");
        for (name, value) in &self.headers {
            insert(name, value);
        }
        response
    }
}

/// When an answer was made, and its trace id.
#[derive(Debug)]
pub(crate) struct Stamp {
    pub(crate) at: Millis,
    pub(crate) trace: String,
}

impl Stamp {
    pub(crate) fn new(at: Millis, number: u64) -> Self {
        Self { at, trace: format!("AaAZEmfFfFqg6Nf3i9nAAA^{at}^{number}") }
    }

    /// Opens the envelope of the order calls: `{"timestamp": .., "traceId": ..`.
    pub(crate) fn open(&self, json: &mut Json) {
        json.open(b'{');
        json.date("timestamp", self.at, Fraction::Three);
        json.text("traceId", &self.trace);
    }

    /// `{code, message, timestamp, traceId}`, of the gateway and the order calls.
    pub(crate) fn error(&self, status: u16, code: &str, message: &str) -> Answer {
        let mut json = Json::default();
        json.open(b'{');
        json.text("code", code);
        json.text("message", message);
        json.date("timestamp", self.at, Fraction::Three);
        json.text("traceId", &self.trace);
        json.close(b'}');
        Answer::json(status, json.into_bytes())
    }

    /// `{code, message, invalidInputs, timestamp}`, of the token call.
    pub(crate) fn invalid_input(&self, name: Option<&str>, kind: &str, message: &str) -> Answer {
        let mut json = Json::default();
        json.open(b'{');
        json.text("code", "BAD_REQUEST");
        json.text("message", "입력한 데이터가 유효하지 않습니다.");
        json.open_field("invalidInputs", b'[');
        json.open(b'{');
        if let Some(name) = name {
            json.text("name", name);
        }
        json.text("type", kind);
        json.text("message", message);
        json.close(b'}');
        json.close(b']');
        json.date("timestamp", self.at, Fraction::Three);
        json.close(b'}');
        Answer::json(400, json.into_bytes())
    }

    pub(crate) fn bad_parameter(&self, name: &str) -> Answer {
        self.error(400, "4000", &format!("{name} 파라미터가 올바르지 않습니다."))
    }

    pub(crate) fn window_too_wide(&self) -> Answer {
        self.error(400, "104139", "조회 가능한 날짜 범위를 초과하였습니다.")
    }

    pub(crate) fn unreadable_body(&self) -> Answer {
        self.error(400, "000400", "요청이 올바르지 않습니다. (HttpMessageNotReadableException)")
    }

    pub(crate) fn unauthorized(&self) -> Answer {
        self.error(401, "GW.AUTHN", "요청을 보낼 권한이 없습니다.")
    }

    pub(crate) fn ip_not_allowed(&self) -> Answer {
        self.error(403, "GW.IP_NOT_ALLOWED", "호출이 허용되지 않은 IP입니다.")
    }

    pub(crate) fn not_found(&self) -> Answer {
        self.error(404, "GW.NOT_FOUND", "요청하신 리소스를 찾을 수 없습니다.")
    }

    pub(crate) fn rate_limited(&self, rate: Rate, remaining: u32) -> Answer {
        self.error(429, "GW.RATE_LIMIT", "요청이 많아 서비스를 일시적으로 사용할 수 없습니다.")
            .with_rate(rate, remaining)
    }

    pub(crate) fn over_quota(&self) -> Answer {
        self.error(429, "GW.QUOTA_LIMIT", "할당된 시간당 요청량을 초과하였습니다.").with_quota()
    }

    pub(crate) fn failed(&self, code: &str) -> Answer {
        self.error(500, code, "작업 중 오류가 발생하였습니다.")
    }

    pub(crate) fn maintenance(&self) -> Answer {
        self.error(503, "GW.BLOCK.02", "서비스를 일시적으로 사용할 수 없습니다.")
    }

    pub(crate) fn timed_out(&self) -> Answer {
        self.error(504, "GW.TIMEOUT.01", "요청 대기 시간이 초과되었습니다.")
    }
}
