//! What the platform's error bodies and limit headers say.
//!
//! Sources: the troubleshooting and rate limit chapters of <https://github.com/commerce-api-naver/commerce-api> and its
//! discussions 6, 357, 1013, 2291, 3751 (read 2026-03-11 to 2026-10).

use std::time::Duration;

use connector_core::error::{one_line, words};
use connector_core::http::{Fault, LimitNotice, Response};
use connector_core::{ErrorKind, Retry};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use connector_core::lenient::{Lenient, Object, Text};

#[cfg(test)]
mod tests;

const REPLENISH_RATE: &str = "gncp-gw-ratelimit-replenish-rate";
const BURST_CAPACITY: &str = "gncp-gw-ratelimit-burst-capacity";
const REMAINING: &str = "gncp-gw-ratelimit-remaining";

/// Every field may be absent, and the list may be of any shape.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(borrow)]
    code: Text<'a>,
    #[serde(borrow)]
    message: Text<'a>,
    #[serde(borrow)]
    trace_id: Text<'a>,
    #[serde(borrow)]
    invalid_inputs: Option<&'a RawValue>,
    data: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct InvalidInput<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    message: Text<'a>,
}

/// Reads an error body; nothing where the answer is none, or says no more than its status.
pub(crate) fn fault(response: &Response) -> Option<Fault> {
    let success = response.status.is_success();
    let Object(envelope) = serde_json::from_slice::<Object<Envelope<'_>>>(&response.body).ok()?;
    let code = envelope.code.filled()?;
    if success {
        let fine = ["SUCCESS", "OK", "0", "200"].iter().any(|word| code.eq_ignore_ascii_case(word));
        if fine || envelope.data.is_some() || envelope.message == Lenient::Absent {
            return None;
        }
    }
    let inputs: Vec<Object<InvalidInput<'_>>> =
        envelope.invalid_inputs.and_then(|list| serde_json::from_str(list.get()).ok()).unwrap_or_default();
    let mut fault = Fault {
        code: Some(one_line(code, 60)),
        message: said(&envelope, &inputs),
        trace_id: trace_id(&envelope, response),
        ..Fault::default()
    };
    if let Some(problem) = token_problem(&inputs) {
        problem.tell(&mut fault);
    } else if code.starts_with("GW.") {
        gateway(code, response, &mut fault);
    } else if code.bytes().all(|byte| byte.is_ascii_digit()) {
        fault.kind = match code {
            "100001" | "100003" => Some(ErrorKind::NotFound),
            // "Undefined": with a 5xx the status says more.
            "9999" if !success && !response.status.is_client_error() => None,
            _ => Some(ErrorKind::Rejected),
        };
    } else if success {
        fault.kind = Some(ErrorKind::Rejected);
    }
    fault.refresh |= response.status.as_u16() == 401;
    Some(fault)
}

/// What a refused token request complains about.
enum TokenProblem {
    Signature,
    Clock,
    Application,
    ClientId,
    Account,
}

fn token_problem(inputs: &[Object<InvalidInput<'_>>]) -> Option<TokenProblem> {
    inputs.iter().find_map(|input| match input.name.filled().unwrap_or_default() {
        "client_secret_sign" => Some(TokenProblem::Signature),
        "timestamp" => Some(TokenProblem::Clock),
        "client_id" => Some(TokenProblem::ClientId),
        "type" | "account_id" => Some(TokenProblem::Account),
        _ => input.kind.filled()?.contains("application.status").then_some(TokenProblem::Application),
    })
}

impl TokenProblem {
    fn tell(self, fault: &mut Fault) {
        let (kind, what, fix) = match self {
            Self::Signature => (
                ErrorKind::Auth,
                "the client secret does not fit the client id",
                "copy client_secret again from the Commerce API center: issuing a new one ends the old one at once. \
                 In shells, .env and compose files put it in single quotes, or its `$` parts are lost",
            ),
            Self::Clock => {
                fault.clock = true;
                (
                    ErrorKind::Config,
                    "this machine's clock is wrong",
                    "correct the machine's clock (switch time synchronisation on); the platform takes a signature for \
                     5 minutes and none from its future",
                )
            }
            Self::Application => (
                ErrorKind::Auth,
                "the application is dormant or stopped",
                "wake it up in the Commerce API center (the owner must confirm by e-mail about every 180 days), then \
                 enter its client secret again: waking it changes the secret",
            ),
            Self::ClientId => (
                ErrorKind::Auth,
                "the platform does not know this client id",
                "copy client_id again from the application's page in the Commerce API center",
            ),
            Self::Account => (
                ErrorKind::Config,
                "the platform refuses the account type",
                "a store's own application takes type SELF and no account_id; SELLER is for solutions and agencies",
            ),
        };
        fault.kind = Some(kind);
        fault.retry = Some(Retry::Never);
        fault.fix = Some(fix.to_owned());
        fault.message = format!("{what}: {}", fault.message);
    }
}

fn gateway(code: &str, response: &Response, fault: &mut Fault) {
    let mut set = |kind: ErrorKind, what: &str, fix: &str| {
        fault.kind = Some(kind);
        fault.message =
            if what.is_empty() { fault.message.clone() } else { format!("{what}: {}", fault.message) };
        fault.fix = (!fix.is_empty()).then(|| fix.to_owned());
    };
    match code {
        "GW.AUTHN" => {
            // One code for both: https://github.com/commerce-api-naver/commerce-api/discussions/1013
            set(
                ErrorKind::Auth,
                "token refused, or the API group is not granted to the application",
                "tick the API groups for orders (주문 판매자) and seller information (판매자정보) of the application in \
                 the Commerce API center; if they are ticked, check client_id and client_secret",
            );
            fault.refresh = true;
        }
        "GW.AUTHZ" => set(
            ErrorKind::Permission,
            "the API group is not granted to the application",
            "tick the API group in the Commerce API center",
        ),
        "GW.IP_NOT_ALLOWED" => {
            set(
                ErrorKind::Permission,
                "calls from this machine's address are not allowed",
                "register this machine's public IPv4 address with the application in the Commerce API center (up to 3)",
            );
            fault.retry = Some(Retry::Never);
        }
        "GW.NOT_FOUND" => set(
            ErrorKind::Config,
            "the gateway does not know this path",
            "check base_url: it ends with /external (https://api.commerce.naver.com/external)",
        ),
        "GW.RATE_LIMIT" => {
            set(ErrorKind::RateLimited, "", "");
            fault.retry = Some(Retry::Backoff);
        }
        "GW.QUOTA_LIMIT" => {
            let header = |name| one_line(response.header(name).unwrap_or("?"), 20);
            let what = format!(
                "the application's quota is spent ({} calls, period {}, {} left)",
                header("gncp-gw-quota-limit"),
                header("gncp-gw-quota-period"),
                header("gncp-gw-quota-remaining"),
            );
            set(
                ErrorKind::Quota,
                &what,
                "a store's own application has no quota, so this is most likely the penalty for non-standard token \
                 requests: some program with this client id sends the token parameters in the query string, or \
                 account_id with SELF. Find and correct it; the platform lifts the penalty on the morning after a \
                 whole day without such requests",
            );
            fault.retry = Some(Retry::Never);
        }
        "GW.INTERNAL_SERVER_ERROR" => set(ErrorKind::Unavailable, "", ""),
        _ if ["GW.BLOCK", "GW.PROXY", "GW.TIMEOUT"].iter().any(|family| code.starts_with(family)) => {
            set(ErrorKind::Unavailable, "", "");
        }
        _ if response.status.is_success() => set(ErrorKind::Rejected, "", ""),
        _ => {}
    }
}

/// The platform's words: these three APIs put parameter names and reasons there, no buyers' data.
fn said(envelope: &Envelope<'_>, inputs: &[Object<InvalidInput<'_>>]) -> String {
    let mut text = envelope.message.filled().unwrap_or("the platform gives no reason").to_owned();
    for input in inputs {
        if let Some(message) = input.message.filled() {
            text.push_str("; ");
            text.push_str(message);
        }
    }
    words(&text)
}

fn trace_id(envelope: &Envelope<'_>, response: &Response) -> Option<String> {
    envelope.trace_id.filled().or_else(|| response.header("gncp-gw-trace-id")).map(|id| one_line(id, 100))
}

/// Reads the limit headers. The platform itself is never taken for unlimited: `real_platform` says that it answers.
pub(crate) fn limits(response: &Response, real_platform: bool) -> LimitNotice {
    let headers = [REPLENISH_RATE, BURST_CAPACITY, REMAINING];
    let silent = headers.iter().all(|name| response.header(name).is_none());
    // Longer periods are left to the refusal that follows: it stops the account and says why. A pause of an hour here
    // would look like a hang.
    let spent = response.header_number::<u64>("gncp-gw-quota-remaining") == Some(0)
        && response
            .header("gncp-gw-quota-period")
            .is_some_and(|period| period.eq_ignore_ascii_case("SECONDS"));
    LimitNotice {
        per_second: response
            .header_number::<f64>(REPLENISH_RATE)
            .filter(|rate| rate.is_finite() && *rate > 0.0),
        burst: response.header_number(BURST_CAPACITY).filter(|burst| *burst > 0),
        remaining: response.header_number(REMAINING),
        pause: spent.then_some(Duration::from_secs(1)),
        // Test servers that keep the limits send the headers too.
        unlimited: silent && !real_platform && response.status.is_success(),
    }
}
