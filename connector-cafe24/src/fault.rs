//! What the platform's error bodies and limit headers say.
//!
//! Sources: <https://developers.cafe24.com/docs/ko/api/admin/>, <https://developers.cafe24.com/docs/en/api/cafe24data/>
//! and reports of clients (read 2026-10). Where those differ about a status or a sentence, both are read.

use std::time::Duration;

use connector_core::error::{after, one_line, words};
use connector_core::http::{Fault, LimitNotice, Response};
use connector_core::lenient::{self, Text};
use connector_core::{ErrorKind, Retry};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Below this many calls left, the platform's guide says to pause.
const FEW: i64 = 5;
const PAUSE: Duration = Duration::from_secs(2);

/// A longer block than this is for a person to know about.
const LONGEST_BLOCK: u64 = 300;

const AUTHORIZE: &str = "`runner connectors authorize NAME`";
const APPROVAL: &str = "https://developers.cafe24.com/data/front/cafe24dataapi/create";

/// Either `{"error": {"code", "message", …}}` or the flat `{"error": "…", "error_description": "…"}`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Envelope<'a> {
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    error_description: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Inner<'a> {
    #[serde(borrow)]
    code: Text<'a>,
    #[serde(borrow)]
    message: Text<'a>,
}

/// Reads an error body; nothing where the answer is none, or says no more than its status.
pub(crate) fn fault(response: &Response) -> Option<Fault> {
    let status = response.status.as_u16();
    if status == 429 {
        // Its body may be anything, and is often empty.
        return Some(too_many(response));
    }
    let lenient::Object(envelope) =
        serde_json::from_slice::<lenient::Object<Envelope<'_>>>(&response.body).unwrap_or_default();
    let mut fault = match envelope.error {
        None if status == 401 || status == 403 => by_status(status, ""),
        None => return None,
        Some(error) => match serde_json::from_str::<Inner<'_>>(error.get()) {
            Ok(inner) if error.get().starts_with('{') => {
                let code = inner.code.filled().and_then(|code| code.trim().parse().ok()).unwrap_or(status);
                let code = if response.status.is_success() { code } else { status };
                by_status(code, inner.message.filled().unwrap_or_default())
            }
            _ => {
                let word: Text<'_> = serde_json::from_str(error.get()).unwrap_or_default();
                oauth(
                    word.filled().unwrap_or("error"),
                    envelope.error_description.filled().unwrap_or_default(),
                )
            }
        },
    };
    fault.trace_id = response.header("x-trace-id").map(|id| one_line(id, 100));
    Some(fault)
}

/// The token and authorize endpoints, which answer 400 or 401 for the same thing.
pub(crate) fn oauth(word: &str, description: &str) -> Fault {
    let says = |part: &str| description.to_ascii_lowercase().contains(part);
    let (kind, message, fix) = match word {
        _ if says("client_secret") || word == "invalid_client" => (
            ErrorKind::Config,
            "client_id or client_secret is wrong",
            "copy both again from the app in the Cafe24 developer centre: `runner connectors set NAME --secret \
             client_id --secret client_secret`"
                .to_owned(),
        ),
        "invalid_grant" if says("code") => (
            ErrorKind::Rejected,
            "the code of the consent is used up or older than a minute",
            format!("{AUTHORIZE} again, and confirm at once"),
        ),
        "invalid_grant" => (
            ErrorKind::Auth,
            "the refresh token is refused: it was used before, was revoked or has lapsed",
            format!("{AUTHORIZE}: a person has to grant access again"),
        ),
        "invalid_scope" => (
            ErrorKind::Permission,
            "a scope that was asked for is not registered on the app",
            format!(
                "register it in the developer centre, or take it out: `runner connectors set NAME --set \
                 scope=mall.read_analytics`; then {AUTHORIZE}"
            ),
        ),
        "invalid_request" if says("redirect_uri") => (
            ErrorKind::Config,
            "the redirect URI is not the one registered on the app",
            "register it character by character, or set redirect_uri to the registered one".to_owned(),
        ),
        "access_denied" => (
            ErrorKind::Permission,
            "the consent was declined",
            format!("{AUTHORIZE} again, as the mall's main operator"),
        ),
        _ => (
            ErrorKind::Rejected,
            "the token endpoint refuses the request",
            format!("check client_id, client_secret and mall_id, then {AUTHORIZE}"),
        ),
    };
    Fault::refused(kind, after(message, &words(description)), fix).coded(word)
}

/// The Analytics and Admin APIs.
fn by_status(status: u16, message: &str) -> Fault {
    let said = words(message);
    let text = message.to_ascii_lowercase();
    let says = |part: &str| text.contains(part);
    match status {
        401 => Fault {
            refresh: true,
            ..Fault::refused(
                ErrorKind::Auth,
                after("the access token is refused", &said),
                format!("{AUTHORIZE}; if that does not help, check mall_id and the app"),
            )
        },
        403 if says("scope") => Fault::refused(
            ErrorKind::Permission,
            after("the grant lacks a scope, or the app is not approved for the Analytics API", &said),
            format!(
                "register the scope on the app and grant it ({AUTHORIZE}); the Analytics API also needs partner \
                 approval: {APPROVAL}"
            ),
        ),
        403 => Fault::refused(
            ErrorKind::Permission,
            after(
                "the platform forbids this: not approved for the Analytics API, scope missing, or app removed from the mall",
                &said,
            ),
            format!(
                "apply for partner approval at {APPROVAL} and wait for it; check that mall_id is the mall that granted \
                 access; then {AUTHORIZE}"
            ),
        ),
        400 if says("version") && says("not available") => Fault::refused(
            ErrorKind::Config,
            after("this API version is not available", &said),
            match default_version(message) {
                Some(version) => format!(
                    "`runner connectors set NAME --set admin_api_version={version}`, or --unset it (api_version for \
                     Analytics calls)"
                ),
                None => "unset admin_api_version (api_version for Analytics calls)".to_owned(),
            },
        ),
        404 => Fault {
            message: after("there is nothing at this address", &said),
            fix: Some("check base_url, mall_base_url, dialect and mall_id".to_owned()),
            ..Fault::default()
        },
        _ => Fault { message: said, ..Fault::default() },
    }
}

/// The version in `… The default value for the app version is 2026-09-01.`
fn default_version(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("version is ")?;
    let version = rest.trim_end_matches('.').trim();
    let is_version = version.len() == 10 && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    is_version.then_some(version)
}

/// Seconds until calls resume; despite their names these headers are times. Sent only once a quota is spent.
fn block(response: &Response) -> Option<u64> {
    ["x-cafe24-call-remain", "x-cafe24-time-remain", "retry-after"]
        .into_iter()
        .filter_map(|name| response.header_number::<f64>(name))
        .filter(|seconds| (0.0..1e6).contains(seconds))
        .map(|seconds| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "within 0 and a million"
            )]
            let whole = seconds.ceil() as u64;
            whole
        })
        .max()
}

fn too_many(response: &Response) -> Fault {
    match block(response) {
        Some(seconds) if seconds > LONGEST_BLOCK => Fault::refused(
            ErrorKind::Quota,
            format!("the app's quota of calls for this mall is spent for another {seconds} s"),
            "wait; calls made meanwhile lengthen the block. Fewer apps and runs share it",
        ),
        Some(seconds) => Fault {
            message: "too many calls".to_owned(),
            retry: Some(Retry::After(Duration::from_secs(seconds))),
            ..Fault::default()
        },
        None => {
            Fault { message: "too many calls".to_owned(), retry: Some(Retry::Backoff), ..Fault::default() }
        }
    }
}

/// Reads the limit headers of either API.
pub(crate) fn limits(response: &Response) -> LimitNotice {
    if let Some(used) = response.header("x-api-call-limit") {
        return admin_limits(used, response);
    }
    // A gateway without its counter lets calls through with -1.
    let remaining =
        response.header_number::<i64>("x-ratelimit-remaining").filter(|remaining| *remaining >= 0);
    LimitNotice {
        per_second: response.header_number("x-ratelimit-replenish-rate"),
        burst: response.header_number("x-ratelimit-burst-capacity"),
        remaining: remaining.and_then(|remaining| u32::try_from(remaining).ok()),
        pause: remaining.filter(|remaining| *remaining < FEW).map(|_| PAUSE),
        unlimited: false,
    }
}

/// `X-Api-Call-Limit: 1/40` says how much of the bucket is used; the usage headers say how much of the quota.
fn admin_limits(used: &str, response: &Response) -> LimitNotice {
    let remaining = used.split_once('/').and_then(|(used, capacity)| {
        Some(capacity.trim().parse::<u32>().ok()?.saturating_sub(used.trim().parse().ok()?))
    });
    let usage = ["x-cafe24-call-usage", "x-cafe24-time-usage"]
        .into_iter()
        .filter_map(|name| response.header_number::<f64>(name))
        .fold(0.0, f64::max);
    let rate = if usage >= 80.0 { ADMIN_RATE / 2.0 } else { ADMIN_RATE };
    LimitNotice { per_second: Some(rate), remaining, ..LimitNotice::default() }
}

/// The Admin API's bucket drains two calls a second; a little less leaves room for the mall's other apps.
pub(crate) const ADMIN_RATE: f64 = 1.8;

#[cfg(test)]
#[path = "fault/tests.rs"]
mod tests;
