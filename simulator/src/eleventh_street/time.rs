//! Times as the platform writes and reads them: Korean, without a zone, to the second or the minute.

use chrono::{DateTime, NaiveDate, NaiveDateTime};

use crate::instant::{HOUR, Millis, SECOND};

const KST: Millis = 9 * HOUR;

/// The beginning of its second: the platform knows no more of an instant.
pub(super) fn whole(at: Millis) -> Millis {
    at - at.rem_euclid(SECOND)
}

fn korean(at: Millis) -> NaiveDateTime {
    DateTime::from_timestamp_millis(at + KST).expect("in the range of the calendar").naive_utc()
}

/// `2026-01-15 09:12:03`
pub(super) fn text(at: Millis) -> String {
    korean(at).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// `20260115`
pub(super) fn day_text(at: Millis) -> String {
    korean(at).format("%Y%m%d").to_string()
}

/// `2026/01/15`
pub(super) fn slashed(at: Millis) -> String {
    korean(at).format("%Y/%m/%d").to_string()
}

pub(super) fn day(at: Millis) -> NaiveDate {
    korean(at).date()
}

fn is_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `202601150912`
pub(super) fn minute(text: &str) -> Option<Millis> {
    let time = is_digits(text, 12).then(|| NaiveDateTime::parse_from_str(text, "%Y%m%d%H%M").ok())??;
    Some(time.and_utc().timestamp_millis() - KST)
}

/// `20260115`
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    is_digits(text, 8).then(|| NaiveDate::parse_from_str(text, "%Y%m%d").ok())?
}

/// The first instant of a Korean day.
pub(super) fn start_of(day: NaiveDate) -> Millis {
    day.and_hms_opt(0, 0, 0).expect("every day has a midnight").and_utc().timestamp_millis() - KST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_korean() {
        let at = 1_768_435_923_999;
        assert_eq!(
            (text(at), day_text(at), slashed(at)),
            ("2026-01-15 09:12:03".to_owned(), "20260115".to_owned(), "2026/01/15".to_owned())
        );
        assert_eq!(minute("202601150912"), Some(1_768_435_920_000));
        assert_eq!(whole(at), 1_768_435_923_000);
        assert_eq!(day(start_of(day(at))), day(at));
        for bad in ["2026011509", "20260115091200", "202613150912", "2026-1-1 0:0", ""] {
            assert_eq!(minute(bad), None, "{bad}");
        }
        assert_eq!((date("20260115").is_some(), date("20260230"), date("2026115")), (true, None, None));
    }
}
