//! From an answer's status to a kind of error: the only status table of the product.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Fault, Response};
use crate::error::{Error, ErrorKind, Retry};

/// The error that an answer stands for; `fault` is what the platform's own body says.
pub(super) fn error(response: &Response, fault: Option<&Fault>, now: DateTime<Utc>) -> Error {
    let status = response.status.as_u16();
    let (kind, retry, words) = match status {
        200..=299 => (ErrorKind::Rejected, Retry::Never, "the platform reports an error inside a success"),
        300..=399 => {
            (ErrorKind::Rejected, Retry::Never, "the platform redirects elsewhere; credentials do not follow")
        }
        401 => (ErrorKind::Auth, Retry::Never, "the credential is refused"),
        403 => (ErrorKind::Permission, Retry::Never, "the platform forbids this"),
        404 | 410 => (ErrorKind::NotFound, Retry::Never, "there is nothing at this address"),
        408 | 425 => (ErrorKind::Unavailable, Retry::Backoff, "the platform asks to try again"),
        409 | 412 => (ErrorKind::Conflict, Retry::Never, "it has changed since we looked"),
        429 => (ErrorKind::RateLimited, Retry::Backoff, "too many calls"),
        500..=599 => (ErrorKind::Unavailable, Retry::Backoff, "the platform fails"),
        _ => (ErrorKind::Rejected, Retry::Never, "the platform refuses the request"),
    };
    let named = retry_after(response, now).filter(|_| retry == Retry::Backoff).map(Retry::After);
    let mut error = match fault {
        Some(fault) => {
            let message = if fault.message.is_empty() { words.to_owned() } else { fault.message.clone() };
            let kind = fault.kind.unwrap_or(kind);
            let retry = match fault.retry {
                Some(Retry::Backoff) => named.unwrap_or(Retry::Backoff),
                Some(retry) => retry,
                None => named.unwrap_or(retry),
            };
            let mut error = Error::new(kind, message).with_retry(retry);
            if let Some(code) = &fault.code {
                error = error.with_code(code.clone());
            }
            if let Some(fix) = &fault.fix {
                error = error.with_fix(fix.clone());
            }
            if let Some(trace_id) = &fault.trace_id {
                error = error.with_trace_id(trace_id.clone());
            }
            error
        }
        None if is_markup(&response.body) => Error::new(kind, format!("{words}, with an HTML page"))
            .with_fix("check base_url, and whether a proxy or firewall answers in the platform's place"),
        None => Error::new(kind, words),
    };
    if fault.is_none_or(|fault| fault.retry.is_none()) {
        error = error.with_retry(named.unwrap_or(retry));
    }
    error.with_status(status)
}

/// Bytes up to which an answer is read once more than need be.
const MOST_READ_TWICE: usize = 64 << 10;

/// A success whose body cannot be the JSON that was asked for: a proxy's page, a cut answer.
pub(super) fn not_json(response: &Response) -> Option<Error> {
    let body = response.body.trim_ascii();
    let what = match (body.first(), body.last()) {
        (None, _) => "the answer is empty where JSON was expected".to_owned(),
        (Some(b'<'), _) => "the answer is an HTML page where JSON was expected".to_owned(),
        // A cut may fall behind any bracket. Whoever reads a long answer finds that out, and the engine asks again; to read
        // each of them twice would cost too much.
        (Some(b'{'), Some(b'}')) | (Some(b'['), Some(b']')) => {
            if body.len() > MOST_READ_TWICE {
                return None;
            }
            match serde_json::from_slice::<serde::de::IgnoredAny>(body) {
                Ok(_) => return None,
                Err(error) if error.is_eof() => {
                    format!("the answer is cut off after {} bytes", response.body.len())
                }
                Err(error) => {
                    format!("the answer is not JSON (line {}, column {})", error.line(), error.column())
                }
            }
        }
        (Some(b'{' | b'['), _) => format!("the answer is cut off after {} bytes", response.body.len()),
        _ => "the answer is not JSON".to_owned(),
    };
    Some(Error::decode(what).with_retry(Retry::Backoff).with_status(response.status.as_u16()).with_fix(
        "check base_url, and whether a proxy or a maintenance page answers in the platform's place",
    ))
}

fn is_markup(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'<')
}

/// `Retry-After` as seconds or as a date.
fn retry_after(response: &Response, now: DateTime<Utc>) -> Option<Duration> {
    let text = response.header("retry-after")?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    (http_date(text)? - now).to_std().ok()
}

/// A date as HTTP headers write it.
pub(super) fn http_date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text).ok().map(|at| at.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue, StatusCode};

    use super::*;

    fn answer(status: u16, body: &str, header: Option<(&'static str, &'static str)>) -> Response {
        let mut headers = HeaderMap::new();
        if let Some((name, value)) = header {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let status = StatusCode::from_u16(status).expect("a status");
        Response { status, headers, body: Bytes::copy_from_slice(body.as_bytes()) }
    }

    #[test]
    fn statuses_have_kinds() {
        let now = DateTime::default();
        for (status, kind, again) in [
            (400, ErrorKind::Rejected, false),
            (401, ErrorKind::Auth, false),
            (403, ErrorKind::Permission, false),
            (404, ErrorKind::NotFound, false),
            (408, ErrorKind::Unavailable, true),
            (409, ErrorKind::Conflict, false),
            (418, ErrorKind::Rejected, false),
            (429, ErrorKind::RateLimited, true),
            (500, ErrorKind::Unavailable, true),
            (504, ErrorKind::Unavailable, true),
            (302, ErrorKind::Rejected, false),
        ] {
            let error = error(&answer(status, "", None), None, now);
            assert_eq!((error.kind(), error.retry() != Retry::Never), (kind, again), "{status}");
        }
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_date() {
        let now = http_date("Sat, 21 Nov 2026 10:00:00 GMT").expect("a date");
        let seconds = error(&answer(429, "", Some(("retry-after", "7"))), None, now);
        assert_eq!(seconds.retry(), Retry::After(Duration::from_secs(7)));
        let date = error(&answer(503, "", Some(("retry-after", "Sat, 21 Nov 2026 10:00:09 GMT"))), None, now);
        assert_eq!(date.retry(), Retry::After(Duration::from_secs(9)));
    }

    #[test]
    fn a_page_in_place_of_json_is_named() {
        assert!(not_json(&answer(200, " {\"a\": 1}\n", None)).is_none());
        assert!(not_json(&answer(200, "[]", None)).is_none());
        for (body, word) in [
            ("<html>", "HTML"),
            ("{\"a\": [1", "cut off"),
            ("{\"a\": {}", "cut off"),
            ("[{]", "not JSON"),
            ("", "empty"),
            ("ok", "not JSON"),
        ] {
            let error = not_json(&answer(200, body, None)).expect("no JSON");
            assert!(error.to_string().contains(word), "{error}");
        }
    }
}
