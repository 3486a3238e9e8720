//! The forms in which times are written and asked for. Every one is Korean; only v5 and v6 say so.

use chrono::{NaiveDate, NaiveDateTime};

use crate::instant::{DAY, HOUR, Millis, SECOND, kst_text};

const KST: Millis = 9 * HOUR;

/// How a version of the order and claim calls writes times and money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// v4: times without offset, amounts as plain numbers.
    Plain,
    /// v5 and v6: times with offset, amounts with their currency.
    World,
}

/// `2026-11-20T10:30:12+09:00`; an instant within a second shows its fraction.
pub(super) fn offset(at: Millis) -> String {
    let text = kst_text(at);
    if at.rem_euclid(SECOND) == 0 { format!("{}+09:00", &text[..19]) } else { text }
}

/// `2026-11-20T10:30:12`
pub(super) fn naive(at: Millis) -> String {
    kst_text(at)[..19].to_owned()
}

/// `2026-11-20 10:30:12`
pub(super) fn spaced(at: Millis) -> String {
    naive(at).replace('T', " ")
}

/// `2026-11-20`
pub(super) fn day(at: Millis) -> String {
    kst_text(at)[..10].to_owned()
}

/// The start of the Korean day that an instant lies in.
pub(super) fn day_start(at: Millis) -> Millis {
    (at + KST).div_euclid(DAY) * DAY - KST
}

/// The start of the day `yyyy-MM-dd`.
pub(super) fn parse_day(text: &str) -> Option<Millis> {
    (text.len() == 10).then_some(())?;
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis() - KST)
}

/// `yyyy-MM-ddTHH:mm`
pub(super) fn parse_minute(text: &str) -> Option<Millis> {
    (text.len() == 16).then(|| parse(text, "%Y-%m-%dT%H:%M"))?
}

/// `yyyy-MM-ddTHH:mm:ss`
pub(super) fn parse_second(text: &str) -> Option<Millis> {
    (text.len() == 19).then(|| parse(text, "%Y-%m-%dT%H:%M:%S"))?
}

/// `yyMMdd'T'HHmmss'Z'`, in UTC: the date of a signature.
pub(super) fn parse_signed(text: &str) -> Option<Millis> {
    let at = NaiveDateTime::parse_from_str(text, "%y%m%dT%H%M%SZ").ok()?;
    (text.len() == 14).then(|| at.and_utc().timestamp_millis())
}

/// The same, written.
pub(super) fn signed(at: Millis) -> String {
    let at = chrono::DateTime::from_timestamp_millis(at).expect("in chrono's range");
    at.format("%y%m%dT%H%M%SZ").to_string()
}

fn parse(text: &str, format: &str) -> Option<Millis> {
    Some(NaiveDateTime::parse_from_str(text, format).ok()?.and_utc().timestamp_millis() - KST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let at = parse_second("2026-11-20T23:58:03").unwrap();
        assert_eq!(
            (offset(at).as_str(), naive(at).as_str()),
            ("2026-11-20T23:58:03+09:00", "2026-11-20T23:58:03")
        );
        assert_eq!((spaced(at).as_str(), day(at).as_str()), ("2026-11-20 23:58:03", "2026-11-20"));
        assert_eq!(offset(at + 583), "2026-11-20T23:58:03.583+09:00");
        assert_eq!(parse_day("2026-11-20"), Some(day_start(at)));
        assert_eq!(parse_minute("2026-11-20T00:00"), Some(day_start(at)));
        assert_eq!(parse_signed(&signed(at)), Some(at));
        assert_eq!(signed(at), "261120T145803Z");
        for wrong in ["2026-11-2", "2026-13-01", "20261120", "2026-11-20+09:00", ""] {
            assert_eq!(parse_day(wrong), None, "{wrong}");
        }
        assert_eq!(parse_minute("2026-11-20T10:00:00"), None);
        assert_eq!(parse_signed("20261120T145803Z"), None);
        assert_eq!(parse_signed("261120145803"), None);
    }
}
