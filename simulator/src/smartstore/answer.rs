//! The envelopes of the gateway, the token call and the order calls
//! (`errors` chapter of <https://github.com/commerce-api-naver/commerce-api>, read 2026-03-11).

use super::bucket::Rate;
use crate::answer::Answer;
use crate::instant::{Fraction, Millis};
use crate::json::Json;

impl Answer {
    /// The three headers of the rate limit.
    pub(crate) fn with_rate(self, rate: Rate, remaining: u32) -> Self {
        self.with("GNCP-GW-RateLimit-Replenish-Rate", rate.per_second)
            .with("GNCP-GW-RateLimit-Burst-Capacity", rate.burst)
            .with("GNCP-GW-RateLimit-Remaining", remaining)
    }

    /// The three headers of a quota of one call an hour that is used up.
    pub(crate) fn with_quota(self) -> Self {
        self.with("GNCP-GW-Quota-Period", "HOURS")
            .with("GNCP-GW-Quota-Limit", 1)
            .with("GNCP-GW-Quota-Remaining", 0)
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
    pub(crate) fn invalid_input(&self, name: &str, message: &str) -> Answer {
        let input = [name, "NotValid", message];
        self.invalid(400, "BAD_REQUEST", "입력한 데이터가 유효하지 않습니다.", Some(input), false)
    }

    /// The same in full: `input` is name, type and text, its name left out where it is empty.
    pub(crate) fn invalid(
        &self,
        status: u16,
        code: &str,
        message: &str,
        input: Option<[&str; 3]>,
        has_trace: bool,
    ) -> Answer {
        let mut json = Json::default();
        json.open(b'{');
        json.text("code", code);
        json.text("message", message);
        json.open_field("invalidInputs", b'[');
        if let Some([name, kind, message]) = input {
            json.open(b'{');
            if !name.is_empty() {
                json.text("name", name);
            }
            json.text("type", kind);
            json.text("message", message);
            json.close(b'}');
        }
        json.close(b']');
        json.date("timestamp", self.at, Fraction::Three);
        if has_trace {
            json.text("traceId", &self.trace);
        }
        json.close(b'}');
        Answer::json(status, json.into_bytes())
    }

    /// A second upload of images while one is under way.
    pub(crate) fn busy_with_images(&self) -> Answer {
        let mut json = Json::default();
        json.open(b'{');
        json.text("code", "TOO_MANY_REQUESTS");
        json.text("message", "이전 요청이 진행중입니다.");
        json.date("timestamp", self.at, Fraction::Three);
        json.close(b'}');
        Answer::json(429, json.into_bytes())
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

    pub(crate) fn blocked(&self, code: &str) -> Answer {
        self.error(503, code, "서비스를 일시적으로 사용할 수 없습니다.")
    }

    pub(crate) fn timed_out(&self, code: &str) -> Answer {
        self.error(504, code, "요청 대기 시간이 초과되었습니다.")
    }
}
