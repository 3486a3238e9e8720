//! Instants as milliseconds since 1970, and the forms in which the platform writes them.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::DateTime;

/// Milliseconds since 1970, UTC.
pub type Millis = i64;

pub(crate) const SECOND: Millis = 1_000;
pub(crate) const MINUTE: Millis = 60 * SECOND;
pub(crate) const HOUR: Millis = 60 * MINUTE;
pub(crate) const DAY: Millis = 24 * HOUR;
const KST: Millis = 9 * HOUR;

/// The machine's clock.
#[must_use]
pub fn machine_now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock stands after 1970");
    Millis::try_from(since.as_millis()).expect("fits for millions of years")
}

/// How many fraction digits a date is written with. The platform varies them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fraction {
    /// `.000`, `.583`
    Three,
    /// `.0`, `.583`, `.5`: trailing zeros cut, one digit always left.
    Shortest,
}

/// Appends `2025-12-01T09:30:48.0+09:00`. Written by hand because a page of details holds thousands of dates.
pub(crate) fn push_kst(out: &mut Vec<u8>, at: Millis, fraction: Fraction) {
    let local = at + KST;
    let (year, month, day) = civil(local.div_euclid(DAY));
    let of_day = local.rem_euclid(DAY);
    push_digits(out, year, 4);
    out.push(b'-');
    push_digits(out, month, 2);
    out.push(b'-');
    push_digits(out, day, 2);
    out.push(b'T');
    push_digits(out, of_day / HOUR, 2);
    out.push(b':');
    push_digits(out, of_day / MINUTE % 60, 2);
    out.push(b':');
    push_digits(out, of_day / SECOND % 60, 2);
    out.push(b'.');
    let millis = of_day % SECOND;
    match fraction {
        Fraction::Shortest if millis % 100 == 0 => push_digits(out, millis / 100, 1),
        Fraction::Shortest if millis % 10 == 0 => push_digits(out, millis / 10, 2),
        _ => push_digits(out, millis, 3),
    }
    out.extend_from_slice(b"+09:00");
}

/// `2025-12-01T09:30:48.000+09:00`
#[must_use]
pub fn kst_text(at: Millis) -> String {
    let mut out = Vec::with_capacity(29);
    push_kst(&mut out, at, Fraction::Three);
    String::from_utf8(out).expect("digits and signs")
}

/// The Korean calendar day: `2025-12-01`.
pub(crate) fn kst_day(at: Millis) -> String {
    kst_text(at)[..10].to_owned()
}

/// The Korean calendar day as a number: `20251201`.
pub(crate) fn kst_day_number(at: Millis) -> u64 {
    let (year, month, day) = civil((at + KST).div_euclid(DAY));
    u64::try_from(year * 10_000 + month * 100 + day).expect("after year 0")
}

/// Reads a date with milliseconds and offset, as `2026-02-15T10:00:00.000+09:00`; with `lenient`, any RFC 3339 form.
/// `None` when it is something else.
pub(crate) fn parse_request_date(text: &str, lenient: bool) -> Option<Millis> {
    let bytes = text.as_bytes();
    let exact = bytes.len() >= 24
        && bytes[10] == b'T'
        && bytes[19] == b'.'
        && bytes[20..23].iter().all(u8::is_ascii_digit)
        && matches!(bytes[23], b'+' | b'-' | b'Z');
    if !exact && !lenient {
        return None;
    }
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.timestamp_millis())
}

/// `Mon, 01 Dec 2025 00:30:48 GMT`, for the `Date` header.
pub(crate) fn http_date(at: Millis) -> String {
    let at = DateTime::from_timestamp_millis(at).expect("in chrono's range");
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn push_digits(out: &mut Vec<u8>, value: i64, width: usize) {
    let mut digits = [b'0'; 8];
    let mut rest = value;
    for digit in digits[..width].iter_mut().rev() {
        *digit += u8::try_from(rest % 10).expect("a digit");
        rest /= 10;
    }
    out.extend_from_slice(&digits[..width]);
}

/// Year, month and day of a day count since 1970, after Howard Hinnant's `civil_from_days`
/// (<https://howardhinnant.github.io/date_algorithms.html>, public domain).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_chrono_writes_them() {
        let kst = chrono::FixedOffset::east_opt(9 * 3600).expect("nine hours");
        let mut at = 946_684_800_123;
        while at < 4_102_444_800_000 {
            let expected = DateTime::from_timestamp_millis(at)
                .expect("in range")
                .with_timezone(&kst)
                .to_rfc3339_opts(chrono::SecondsFormat::Millis, false);
            assert_eq!(kst_text(at), expected);
            at += 37 * HOUR + 12_345;
        }
    }

    #[test]
    fn the_shortest_fraction_keeps_one_digit() {
        for (millis, end) in
            [(0, "48.0+09:00"), (500, "48.5+09:00"), (580, "48.58+09:00"), (583, "48.583+09:00")]
        {
            let mut out = Vec::new();
            push_kst(&mut out, 1_764_549_048_000 + millis, Fraction::Shortest);
            assert_eq!(String::from_utf8(out).unwrap(), format!("2025-12-01T09:30:{end}"));
        }
    }

    #[test]
    fn request_dates_need_their_milliseconds() {
        let at = parse_request_date("2025-12-01T09:30:48.000+09:00", false);
        assert_eq!(at, Some(1_764_549_048_000));
        assert_eq!(parse_request_date("2025-12-01T00:30:48.000Z", false), at);
        for refused in [
            "2025-12-01T09:30:48+09:00",
            "2025-12-01T09:30:48.0+09:00",
            "2025-12-01T09:30:48.000 09:00",
            "2025-12-01T09:30:48.000",
            "2025-13-01T09:30:48.000+09:00",
            "",
        ] {
            assert_eq!(parse_request_date(refused, false), None, "{refused}");
        }
        assert_eq!(parse_request_date("2025-12-01T09:30:48+09:00", true), at);
    }
}
