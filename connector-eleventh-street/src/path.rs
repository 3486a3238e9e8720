//! Addresses: everything that a call says stands in the path, state changes and free texts included.

use chrono::{DateTime, TimeDelta, Utc};
use connector_core::ErrorKind;
use connector_core::command::Refusal;
use connector_core::sync::Window;
use connector_core::time::kst;

/// The path of these segments, each percent-encoded in UTF-8 as the platform's examples are (한글 is `%ED%95%9C%EA%B8%80`).
///
/// # Errors
/// For a segment that would make another path: one that is empty or holds a slash, which servers decode before they split.
pub(crate) fn path(segments: &[&str]) -> Result<String, Refusal> {
    let mut path = String::new();
    for segment in segments {
        let splits = |c: char| c.is_control() || matches!(c, '/' | '\\');
        if segment.trim().is_empty() || matches!(*segment, "." | "..") || segment.contains(splits) {
            return Err(Refusal {
                kind: ErrorKind::Rejected,
                code: None,
                message: "11st takes this text as a part of an address: it must not be empty nor hold a slash, a backslash \
                          or a line break"
                    .to_owned(),
            });
        }
        path.push('/');
        encode(segment, &mut path);
    }
    Ok(path)
}

fn encode(segment: &str, path: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in segment.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b',' => {
                path.push(byte.into())
            }
            _ => {
                path.push('%');
                path.push(DIGITS[usize::from(byte >> 4)].into());
                path.push(DIGITS[usize::from(byte & 15)].into());
            }
        }
    }
}

/// `/202603020000/202603090000`: both ends in Korean minutes. Whether the platform counts the last minute in is not
/// documented; so a window ends with the minute in which the next one begins, and rows of that minute come twice.
pub(crate) fn minutes(window: Window) -> String {
    let up = window.to + TimeDelta::minutes(1) - TimeDelta::milliseconds(1);
    format!("/{}/{}", minute(window.from), minute(up))
}

/// `202603020915`
pub(crate) fn minute(at: DateTime<Utc>) -> String {
    at.with_timezone(&kst()).format("%Y%m%d%H%M").to_string()
}

/// `20260302`
pub(crate) fn day(at: DateTime<Utc>) -> String {
    at.with_timezone(&kst()).format("%Y%m%d").to_string()
}

#[cfg(test)]
mod tests {
    use connector_core::time::parse_kst;

    use super::*;

    #[test]
    fn segments_are_encoded_in_utf_8() {
        let made =
            path(&["claimservice", "reqrejectorder", "20260115000123401", "1", "99", "한글 사유? 100%"]);
        assert_eq!(
            made.expect("a path"),
            "/claimservice/reqrejectorder/20260115000123401/1/99/%ED%95%9C%EA%B8%80%20%EC%82%AC%EC%9C%A0%3F%20100%25"
        );
        assert_eq!(path(&["1,2"]).expect("a path"), "/1,2");
    }

    #[test]
    fn a_segment_that_would_be_two_is_refused() {
        for segment in ["a/b", "", " ", ".", "..", "a\\b", "a\nb"] {
            assert!(path(&["a", segment]).is_err(), "{segment:?}");
        }
    }

    #[test]
    fn a_window_is_korean_minutes_that_cover_it() {
        let at = |text| parse_kst(text).expect(text);
        let window = Window { from: at("2026-03-02"), to: at("2026-03-09") };
        assert_eq!(minutes(window), "/202603020000/202603090000");
        let window = Window { from: at("2026-03-02 23:59:30"), to: at("2026-03-03 00:00:01") };
        assert_eq!(minutes(window), "/202603022359/202603030001");
        assert_eq!(day(at("2026-03-02 00:30")), "20260302");
    }
}
