//! From an answer's status to a kind of error: the only status table of the product.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Fault, Format, Response, format};
use crate::error::{Error, ErrorKind, Retry};

/// The error that an answer stands for; `fault` is what the platform's own body says.
pub(super) fn error(response: &Response, fault: Option<&Fault>, format: Format, now: DateTime<Utc>) -> Error {
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
        None if format::is_page(&response.body, format) => {
            Error::new(kind, format!("{words}, with an HTML page"))
                .with_fix("check base_url, and whether a proxy or firewall answers in the platform's place")
        }
        None => Error::new(kind, words),
    };
    if fault.is_none_or(|fault| fault.retry.is_none()) {
        error = error.with_retry(named.unwrap_or(retry));
    }
    error.with_status(status)
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
            let error = error(&answer(status, "", None), None, Format::Json, now);
            assert_eq!((error.kind(), error.retry() != Retry::Never), (kind, again), "{status}");
        }
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_date() {
        let now = http_date("Sat, 21 Nov 2026 10:00:00 GMT").expect("a date");
        let seconds = error(&answer(429, "", Some(("retry-after", "7"))), None, Format::Json, now);
        assert_eq!(seconds.retry(), Retry::After(Duration::from_secs(7)));
        let date = answer(503, "", Some(("retry-after", "Sat, 21 Nov 2026 10:00:09 GMT")));
        let date = error(&date, None, Format::Json, now);
        assert_eq!(date.retry(), Retry::After(Duration::from_secs(9)));
    }

    #[test]
    fn an_error_page_is_told_from_an_error_in_the_platforms_own_words() {
        let now = DateTime::default();
        let told = |body: &str, format| error(&answer(500, body, None), None, format, now).to_string();
        assert!(told("<error/>", Format::Json).contains("HTML"));
        assert!(told("<html><body>down", Format::Xml).contains("HTML"));
        assert!(!told("<AuthMessage/>", Format::Xml).contains("HTML"));
    }
}
