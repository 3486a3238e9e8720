//! A stretch of time.

use std::fmt;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::time::{kst_date, kst_text};

/// From `from`, included, to `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The first instant.
    pub from: DateTime<Utc>,
    /// The end; the next window begins here.
    pub to: DateTime<Utc>,
}

impl Window {
    /// The Korean days that it touches, both included.
    #[must_use]
    pub fn days(self) -> (NaiveDate, NaiveDate) {
        let first = kst_date(self.from);
        (first, kst_date(self.to - TimeDelta::milliseconds(1)).max(first))
    }
}

/// `2026-02-15T10:00:00.000+09:00 .. 2026-02-16T10:00:00.000+09:00`
impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} .. {}", kst_text(self.from), kst_text(self.to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse_kst;

    #[test]
    fn the_end_belongs_to_the_next_day() {
        let days = |from, to| {
            let at = |text| parse_kst(text).expect(text);
            let (first, last) = Window { from: at(from), to: at(to) }.days();
            format!("{first} {last}")
        };
        assert_eq!(days("2026-03-02", "2026-03-03"), "2026-03-02 2026-03-02");
        assert_eq!(days("2026-03-02T23:59", "2026-03-03T00:01"), "2026-03-02 2026-03-03");
        assert_eq!(days("2026-03-02", "2026-03-02"), "2026-03-02 2026-03-02");
    }
}
