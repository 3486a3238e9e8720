//! What the platform's error bodies and warning headers say.
//!
//! The gateway answers `{code: "ERROR", message, transactionId}`, its edge an HTML page, the order APIs a numeric `code`, the
//! product APIs `code: "ERROR"`, the last two sometimes with status 200. Sources: the articles on error codes and call limits
//! at <https://developers.coupangcorp.com/hc/ko> (20414599556889, 23902034110617) and reports of clients (read 2026-11).

use std::time::Duration;

use connector_core::error::one_line;
use connector_core::http::{Fault, LimitNotice, Response};
use connector_core::lenient::{Object, Text};
use connector_core::{ErrorKind, Retry};
use serde::Deserialize;

/// An error answer is far smaller; a success this big is not read twice.
const LARGEST_ERROR: usize = 16 * 1024;

/// The longest text of the platform that goes into a message.
const LONGEST_MESSAGE: usize = 200;

/// Calls resume minutes after a refusal, and refused ones lengthen it.
const COOL_DOWN: Duration = Duration::from_secs(60);

/// A breath for when nine tenths of the limit are used.
const BREATH: Duration = Duration::from_secs(1);

/// The code of an address that the gateway does not know, as opposed to a thing that is not there.
pub(crate) const NO_SUCH_API: &str = "PRECONDITION_FAILED";

const NEW_KEY: &str = "copy both keys again from WING: `runner connectors set NAME --secret access_key --secret secret_key`. A \
                       key lasts 180 days, and issuing it anew replaces the secret key";

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(borrow)]
    code: Text<'a>,
    #[serde(borrow)]
    message: Text<'a>,
    #[serde(borrow)]
    transaction_id: Text<'a>,
}

/// Reads an error body; nothing where the answer is none, or says no more than its status.
pub(crate) fn fault(response: &Response) -> Option<Fault> {
    if response.status.is_success() && response.body.len() > LARGEST_ERROR {
        return None;
    }
    if response.status.is_redirection() {
        return Some(Fault {
            kind: Some(ErrorKind::Permission),
            message: "the platform redirects the call: it has blocked this address or the vendor".to_owned(),
            fix: Some("stop all calls and ask Coupang's seller support to lift the block".to_owned()),
            retry: Some(Retry::Never),
            ..Fault::default()
        });
    }
    if response.status.as_u16() == 403 && is_edge_page(&response.body) {
        return Some(edge_block());
    }
    if response.status.as_u16() == 429 {
        return Some(too_many(response));
    }
    let Object(envelope) = serde_json::from_slice::<Object<Envelope<'_>>>(&response.body).ok()?;
    let code = envelope.code.filled().unwrap_or_default().trim();
    let message = envelope.message.filled().unwrap_or_default();
    let number = code.parse::<u16>().ok();
    let status = match response.status.as_u16() {
        // PARTIAL and the like are told item by item.
        200..=299 if is_success(code, number) => return None,
        200..=299 => number.unwrap_or(400),
        _ if code.is_empty() && message.trim().is_empty() => return None,
        status => status,
    };
    let fault = by_words(status, message);
    Some(Fault {
        code: Some(one_line(code, 60)).filter(|code| !code.is_empty()),
        trace_id: envelope.transaction_id.filled().map(|id| one_line(id, 100)),
        ..fault
    })
}

fn is_success(code: &str, number: Option<u16>) -> bool {
    match number {
        Some(number) => (200..300).contains(&number),
        // The older cancel answers FAIL with a list of what failed; documents misspell SUCCESS.
        None => code != "ERROR",
    }
}

fn by_words(status: u16, message: &str) -> Fault {
    let said = cleaned(message);
    let with = |words: &str| if said.is_empty() { words.to_owned() } else { format!("{words}: {said}") };
    let says = |part: &str| message.to_ascii_lowercase().contains(part);
    let refused = |kind: ErrorKind, message: String, fix: &str| Fault {
        kind: Some(kind),
        message,
        fix: Some(fix.to_owned()),
        retry: Some(Retry::Never),
        ..Fault::default()
    };
    match status {
        401 if says("signature is expired") => Fault {
            refresh: true,
            clock: true,
            ..refused(
                ErrorKind::Auth,
                "the platform finds the time of the signature too old or too new".to_owned(),
                "set this machine's clock; a signature is taken for five minutes",
            )
        },
        401 if says("invalid signature") => {
            refused(ErrorKind::Auth, "the signature is refused: secret_key is wrong".to_owned(), NEW_KEY)
        }
        401 if says("unknown error") || says("not authorized") => {
            refused(ErrorKind::Auth, "the platform does not know this access_key".to_owned(), NEW_KEY)
        }
        401 => refused(ErrorKind::Auth, with("the key is refused"), NEW_KEY),
        403 if says("ip") && says("allowed") => refused(
            ErrorKind::Permission,
            "calls from this address are not allowed".to_owned(),
            "add the address that this machine has on the internet to the key in WING (ten at most); it takes up to half an \
             hour to hold",
        ),
        400 | 403 | 404 if says("vendor id") || says("vendorid") => refused(
            ErrorKind::Config,
            "vendor_id is not the one that this key was issued for".to_owned(),
            "correct vendor_id before any further call: repeated ones make Coupang block address and vendor",
        ),
        403 => refused(
            ErrorKind::Permission,
            with("the platform forbids this"),
            "check in WING that the key is valid, for this vendor and from this address",
        ),
        400 | 404 if says("no exactly matching api") => refused(
            ErrorKind::NotFound,
            "the platform has no such call".to_owned(),
            "check base_url and order_api; if they are right, the platform has retired this version",
        ),
        400 if says("range should less than") => Fault {
            kind: Some(ErrorKind::TooWide),
            message: "the range of days is wider than the platform takes".to_owned(),
            ..Fault::default()
        },
        500..=599 => Fault {
            kind: Some(ErrorKind::Unavailable),
            message: with("the platform fails"),
            retry: Some(Retry::Backoff),
            ..Fault::default()
        },
        _ => Fault { message: said, ..Fault::default() },
    }
}

/// `Access Denied`, in several spellings: too many errors from this address.
fn is_edge_page(body: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&body[..body.len().min(2_000)]).to_ascii_lowercase();
    start.trim_start().starts_with('<') && start.contains("access denied")
}

fn edge_block() -> Fault {
    Fault {
        kind: Some(ErrorKind::Quota),
        message: "Coupang's edge has shut this address out after too many refused calls".to_owned(),
        fix: Some(
            "stop all calls from this address, those of other programs and vendors too, for ten minutes; then correct what \
             was refused"
                .to_owned(),
        ),
        retry: Some(Retry::Never),
        ..Fault::default()
    }
}

fn too_many(response: &Response) -> Fault {
    let told = response.header("retry-after").is_some();
    Fault {
        kind: Some(ErrorKind::RateLimited),
        message: "too many calls of this vendor".to_owned(),
        fix: Some(
            "run again in some minutes; all programs that use this vendor's key share five calls a second"
                .to_owned(),
        ),
        retry: Some(if told { Retry::Backoff } else { Retry::After(COOL_DOWN) }),
        ..Fault::default()
    }
}

/// The warning header comes near nine tenths of the limit; its text is not documented.
pub(crate) fn limits(response: &Response) -> LimitNotice {
    let is_warned = response.headers.contains_key("x-cag-warnings");
    LimitNotice { pause: is_warned.then_some(BREATH), ..LimitNotice::default() }
}

/// The platform's words on one line, without addresses, telephone numbers and mail addresses.
pub(crate) fn cleaned(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '@' | '_' | '+');
    let mut clean = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = if is_part(first) {
            rest.find(|c| !is_part(c)).unwrap_or(rest.len())
        } else {
            rest.find(is_part).unwrap_or(rest.len())
        };
        let (part, further) = rest.split_at(end);
        clean.push_str(if is_part(first) && is_private(part) { "(…)" } else { part });
        rest = further;
    }
    one_line(&clean, LONGEST_MESSAGE)
}

fn is_private(part: &str) -> bool {
    let part = part.trim_end_matches(['.', ':', '-']);
    let digits = part.bytes().filter(u8::is_ascii_digit).count();
    let is_ip = part.split('.').count() == 4 && part.split('.').all(|byte| byte.parse::<u8>().is_ok())
        || part.matches(':').count() > 2 && part.bytes().all(|byte| byte == b':' || byte.is_ascii_hexdigit());
    let is_phone = (9..=13).contains(&digits)
        && (part.starts_with('0') || part.starts_with("+82"))
        && part.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+'));
    part.contains('@') || is_ip || is_phone
}

#[cfg(test)]
#[path = "fault/tests.rs"]
mod tests;
