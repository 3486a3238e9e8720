//! Korean time: the platforms speak it, the store shows it, everything between is UTC.

use chrono::{
    DateTime, Datelike, Duration, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeZone,
    Timelike, Utc,
};

/// UTC+09:00; Korea has had no summer time since 1988.
#[must_use]
pub fn kst() -> FixedOffset {
    FixedOffset::east_opt(9 * 3600).expect("nine hours is a valid offset")
}

/// `2026-02-15T10:00:00.000+09:00`: always 29 characters, so text order is time order.
#[must_use]
pub fn kst_text(at: DateTime<Utc>) -> String {
    at.with_timezone(&kst()).to_rfc3339_opts(SecondsFormat::Millis, false)
}

/// The Korean calendar day of an instant.
#[must_use]
pub fn kst_date(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&kst()).date_naive()
}

/// The instant at which a Korean calendar day begins.
#[must_use]
pub fn kst_midnight(day: NaiveDate) -> DateTime<Utc> {
    let naive = NaiveDateTime::new(day, NaiveTime::MIN);
    kst().from_local_datetime(&naive).single().expect("a fixed offset has one local time").with_timezone(&Utc)
}

/// Reads a platform's time: 0 to 9 fraction digits, seconds optional, `T` or blank, a bare date; without an
/// offset it is Korean time. `None` when it is none of these, or lies outside the Korean years 1 to 9999, which
/// [`kst_text`] could not write in its length.
#[must_use]
pub fn parse_kst(text: &str) -> Option<DateTime<Utc>> {
    read(text.trim()).filter(|at| (1..=9999).contains(&kst_date(*at).year()))
}

fn read(text: &str) -> Option<DateTime<Utc>> {
    let day = text.get(..10).filter(|day| day.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit()))?;
    let day = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?;
    let rest = &text[10..];
    if rest.is_empty() {
        return Some(kst_midnight(day));
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let split = rest.find(['+', '-', 'Z', 'z']).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(split);
    let time = NaiveTime::parse_from_str(clock, "%H:%M:%S%.f")
        .or_else(|_| NaiveTime::parse_from_str(clock, "%H:%M"))
        .ok()?;
    let offset = match zone {
        "" => kst(),
        "Z" | "z" => FixedOffset::east_opt(0)?,
        _ => offset(zone)?,
    };
    Some(offset.from_local_datetime(&NaiveDateTime::new(day, time)).single()?.with_timezone(&Utc))
}

/// `+09:00`, `+0900` or `+09`.
fn offset(zone: &str) -> Option<FixedOffset> {
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let digits: String = zone[1..].chars().filter(|c| *c != ':').collect();
    if !digits.bytes().all(|b| b.is_ascii_digit()) || !matches!(digits.len(), 2 | 4) {
        return None;
    }
    let hours: i32 = digits[..2].parse().ok()?;
    let minutes: i32 = if digits.len() == 4 { digits[2..].parse().ok()? } else { 0 };
    if minutes > 59 {
        return None;
    }
    FixedOffset::east_opt(sign * (hours * 3600 + minutes * 60))
}

/// Cuts an instant down to the millisecond, the finest unit the platforms' queries take.
#[must_use]
pub fn floor_millis(at: DateTime<Utc>) -> DateTime<Utc> {
    at - Duration::nanoseconds(i64::from(at.nanosecond() % 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_every_form_the_platforms_send() {
        let expected = parse_kst("2025-12-01T09:30:48.000+09:00").expect("a full form");
        for text in [
            "2025-12-01T09:30:48.0+09:00",
            "2025-12-01T09:30:48+09:00",
            "2025-12-01T09:30:48.000000000+09:00",
            "2025-12-01T00:30:48Z",
            "2025-12-01T09:30:48",
            "2025-12-01 09:30:48",
            "2025-12-01T09:30:48+0900",
        ] {
            assert_eq!(parse_kst(text), Some(expected), "{text}");
        }
        assert_eq!(
            parse_kst("2022-12-16T00:00+09:00"),
            Some(kst_midnight(NaiveDate::from_ymd_opt(2022, 12, 16).expect("a day")))
        );
        assert_eq!(parse_kst("2022-12-16"), parse_kst("2022-12-16T00:00+09:00"));
        for text in [
            "",
            "soon",
            "2025-13-01",
            "2025-12-01T25:00:00",
            "2025-12-01Tnoon",
            "2025-12-01T09:00:00+9",
            "2025-12-01T09:00:00+09:60",
            "0000-00-00",
            "0000-01-01",
            "-001-01-01",
            "+99999-1-1",
            "9999-12-31T23:59:59-12:00",
            "0001-01-01T00:00:00+12:00",
        ] {
            assert_eq!(parse_kst(text), None, "{text}");
        }
    }

    #[test]
    fn a_korean_day_is_not_a_utc_day() {
        let at = parse_kst("2026-02-15T08:59:59.999+09:00").expect("a time");
        assert_eq!(at.date_naive().to_string(), "2026-02-14");
        assert_eq!(kst_date(at).to_string(), "2026-02-15");
        assert_eq!(kst_text(at), "2026-02-15T08:59:59.999+09:00");
    }

    proptest! {
        #[test]
        fn text_round_trips(millis in 0_i64..4_102_444_800_000) {
            let at = Utc.timestamp_millis_opt(millis).single().expect("in range");
            prop_assert_eq!(parse_kst(&kst_text(at)), Some(at));
            prop_assert_eq!(kst_text(at).len(), 29);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}") {
            prop_assert!(parse_kst(&text).is_none_or(|at| kst_text(at).len() == 29));
        }
    }
}
