//! What the platform's error bodies and warning headers say.
//!
//! The gateway answers `{code: "ERROR", message, transactionId}`, its edge an HTML page, the order APIs a numeric `code`, the
//! product APIs `code: "ERROR"`, the last two sometimes with status 200. Sources: the articles on error codes and call limits
//! at <https://developers.coupangcorp.com/hc/ko> (20414599556889, 23902034110617) and reports of clients (read 2026-11).

use std::time::Duration;

use connector_core::Retry;
use connector_core::error::ErrorKind::{
    Auth, Config, NotFound, Permission, Quota, RateLimited, TooWide, Unavailable,
};
use connector_core::error::{after, one_line, words};
use connector_core::http::{Fault, LimitNotice, Response};
use connector_core::lenient::Object;

use crate::answer::Envelope;

/// Calls resume minutes after a refusal, and refused ones lengthen it.
const COOL_DOWN: Duration = Duration::from_secs(60);

/// A breath for when nine tenths of the limit are used.
const BREATH: Duration = Duration::from_secs(1);

/// The code of an address that the gateway does not know, as opposed to a thing that is not there.
pub(crate) const NO_SUCH_API: &str = "PRECONDITION_FAILED";

const NEW_KEY: &str = "copy both keys again from WING: `runner connectors set NAME --secret access_key --secret secret_key`. A \
                       key lasts 180 days, and issuing it anew replaces the secret key";

/// Reads an error body; nothing where the answer is none, or says no more than its status.
pub(crate) fn fault(response: &Response) -> Option<Fault> {
    let status = response.status.as_u16();
    if status == 429 || status == 403 && is_edge_page(&response.body) || response.status.is_redirection() {
        return Some(by_status(response));
    }
    let Object(envelope) = serde_json::from_slice::<Object<Envelope<'_>>>(&response.body).ok()?;
    let code = envelope.code.word().unwrap_or_default();
    let message = envelope.message.filled().unwrap_or_default();
    let status = match (status, code.parse::<u16>().ok()) {
        (200..=299, Some(200..=299)) => return None,
        // PARTIAL and the like are told item by item. The older cancel answers FAIL with a list of what failed; documents
        // misspell SUCCESS.
        (200..=299, None) if code != "ERROR" => return None,
        (200..=299, number) => number.unwrap_or(400),
        _ if code.is_empty() && message.trim().is_empty() => return None,
        (status, _) => status,
    };
    let trace_id = envelope.transaction_id.filled().map(|id| one_line(id, 100));
    Some(Fault { trace_id, ..by_words(status, message).coded(code) })
}

/// Answers that are known without their body: a block, a page of the edge, too many calls.
fn by_status(response: &Response) -> Fault {
    match response.status.as_u16() {
        429 => {
            let told = response.header("retry-after").is_some();
            Fault {
                retry: Some(if told { Retry::Backoff } else { Retry::After(COOL_DOWN) }),
                ..Fault::refused(
                    RateLimited,
                    "too many calls of this vendor",
                    "run again in some minutes; all programs that use this vendor's key share five calls a second",
                )
            }
        }
        403 => Fault::refused(
            Quota,
            "Coupang's edge has shut this address out after too many refused calls",
            "stop all calls from this address, those of other programs and vendors too, for ten minutes; then correct what \
             was refused",
        ),
        _ => Fault::refused(
            Permission,
            "the platform redirects the call: it has blocked this address or the vendor",
            "stop all calls and ask Coupang's seller support to lift the block",
        ),
    }
}

fn by_words(status: u16, message: &str) -> Fault {
    let said = words(message);
    let text = message.to_ascii_lowercase();
    let says = |part: &str| text.contains(part);
    match status {
        401 if says("signature is expired") => Fault {
            refresh: true,
            clock: true,
            ..Fault::refused(
                Auth,
                "the platform finds the time of the signature too old or too new",
                "set this machine's clock; a signature is taken for five minutes",
            )
        },
        401 if says("invalid signature") => {
            Fault::refused(Auth, "the signature is refused: secret_key is wrong", NEW_KEY)
        }
        401 if says("unknown error") || says("not authorized") => {
            Fault::refused(Auth, "the platform does not know this access_key", NEW_KEY)
        }
        401 => Fault::refused(Auth, after("the key is refused", &said), NEW_KEY),
        403 if says("ip") && says("allowed") => Fault::refused(
            Permission,
            "calls from this address are not allowed",
            "add the address that this machine has on the internet to the key in WING (ten at most); it takes up to half an \
             hour to hold",
        ),
        400 | 403 | 404 if says("vendor id") || says("vendorid") => Fault::refused(
            Config,
            "vendor_id is not the one that this key was issued for",
            "correct vendor_id before any further call: repeated ones make Coupang block address and vendor",
        ),
        403 => Fault::refused(
            Permission,
            after("the platform forbids this", &said),
            "check in WING that the key is valid, for this vendor and from this address",
        ),
        400 | 404 if says("no exactly matching api") => Fault::refused(
            NotFound,
            "the platform has no such call",
            "check base_url and order_api; if they are right, the platform has retired this version",
        ),
        400 if says("range should less than") => {
            let message = "the range of days is wider than the platform takes".to_owned();
            Fault { kind: Some(TooWide), message, ..Fault::default() }
        }
        500..=599 => {
            let (kind, retry) = (Some(Unavailable), Some(Retry::Backoff));
            Fault { kind, retry, message: after("the platform fails", &said), ..Fault::default() }
        }
        _ => Fault { message: said, ..Fault::default() },
    }
}

/// `Access Denied`, in several spellings: too many errors from this address.
fn is_edge_page(body: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&body[..body.len().min(2_000)]).to_ascii_lowercase();
    start.trim_start().starts_with('<') && start.contains("access denied")
}

/// The warning header comes near nine tenths of the limit; its text is not documented.
pub(crate) fn limits(response: &Response) -> LimitNotice {
    let is_warned = response.headers.contains_key("x-cag-warnings");
    LimitNotice { pause: is_warned.then_some(BREATH), ..LimitNotice::default() }
}

#[cfg(test)]
#[path = "fault/tests.rs"]
mod tests;
