//! Dates as callers write them: without an offset they are Korean time.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use connector_core::time::{kst_date, kst_text, parse_kst};

use crate::problem::{InputError, Problem};

/// A range as far as it was given: its first instant, and its end, excluded.
pub(crate) type Range = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// Reads a range. A bare day as the end includes that day.
pub(crate) fn range(start: Option<&str>, end: Option<&str>, in_body: bool) -> Result<Range, Problem> {
    let wrong = |name: &str, message: &str| match in_body {
        true => Problem::invalid_input(vec![InputError::at(format!("/{name}"), message)]),
        false => Problem::parameter(name, message),
    };
    let read = |name: &str, text: &str| {
        parse_kst(text).ok_or_else(|| {
            wrong(name, "takes a date such as 2026-02-15, or a time such as 2026-02-15T10:00:00")
        })
    };
    let from = start.map(|text| read("start_date", text)).transpose()?;
    let to = end
        .map(|text| {
            let at = read("end_date", text)?;
            Ok::<_, Problem>(if is_day(text) { at + TimeDelta::days(1) } else { at })
        })
        .transpose()?;
    if let (Some(from), Some(to)) = (from, to)
        && from >= to
    {
        return Err(wrong("end_date", "is not after start_date"));
    }
    Ok((from, to))
}

fn is_day(text: &str) -> bool {
    text.trim().len() == 10
}

/// The same range as the store compares order times: texts, both included.
pub(crate) fn bounds((from, to): Range) -> (Option<String>, Option<String>) {
    // Order times are kept to the millisecond.
    (from.map(kst_text), to.map(|to| kst_text(to - TimeDelta::milliseconds(1))))
}

/// Reads a range of Korean days, both included; by default the thirty days that end today.
pub(crate) fn days(
    start: Option<&str>,
    end: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(NaiveDate, NaiveDate), Problem> {
    let read = |name: &str, text: &str| match parse_kst(text) {
        Some(at) => Ok(kst_date(at)),
        None => Err(Problem::parameter(name, "takes a day such as 2026-02-15")),
    };
    let end = end.map_or(Ok(kst_date(now)), |text| read("end_date", text))?;
    let start = start.map_or(Ok(end - TimeDelta::days(29)), |text| read("start_date", text))?;
    if start > end {
        return Err(Problem::parameter("end_date", "is before start_date"));
    }
    Ok((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guides_window_is_korean_time_and_half_open() {
        let (from, to) =
            range(Some("2024-01-01T00:00:00"), Some("2024-01-07T23:59:59"), true).expect("the guide's own");
        assert_eq!(from.map(kst_text).as_deref(), Some("2024-01-01T00:00:00.000+09:00"));
        assert_eq!(bounds((from, to)).1.as_deref(), Some("2024-01-07T23:59:58.999+09:00"));
        let (_, to) = range(None, Some("2024-01-07"), true).expect("a day");
        assert_eq!(to.map(kst_text).as_deref(), Some("2024-01-08T00:00:00.000+09:00"), "the day is included");
        for (from, to) in [("2024-01-02", "2024-01-01"), ("soon", "2024-01-01"), ("2024-01-01", "2024-02-30")]
        {
            assert_eq!(range(Some(from), Some(to), false).expect_err("refused").status(), 422, "{from} {to}");
        }
    }

    #[test]
    fn days_default_to_the_last_thirty() {
        let now = parse_kst("2026-03-01T00:30:00").expect("a time");
        let (start, end) = days(None, None, now).expect("a default");
        assert_eq!((start.to_string(), end.to_string()), ("2026-01-31".to_owned(), "2026-03-01".to_owned()));
    }
}
