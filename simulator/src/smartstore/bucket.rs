//! The token bucket that each endpoint has.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::endpoint::Endpoint;
use crate::instant::{Millis, SECOND};

/// How fast an endpoint may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Tokens that come back per second.
    pub per_second: u32,
    /// Tokens that the bucket holds at most.
    pub burst: u32,
    /// When they come back.
    #[serde(default)]
    pub refill: Refill,
}

impl Rate {
    /// What an application of a single shop gets: two a second, four at once
    /// (<https://github.com/commerce-api-naver/commerce-api/discussions/6>, read 2026-03-11).
    #[must_use]
    pub fn of_platform() -> Self {
        Self { per_second: 2, burst: 4, refill: Refill::default() }
    }
}

/// When used tokens come back. The platform does not say; its header names are those of Spring Cloud Gateway, whose
/// limiter counts whole seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refill {
    /// `per_second` at once, each time the second of the server's clock changes.
    #[default]
    WholeSeconds,
    /// Little by little.
    Continuous,
}

/// Levels in thousandths of a token.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    levels: HashMap<Endpoint, Level>,
}

#[derive(Debug)]
struct Level {
    thousandths: i64,
    at: Millis,
}

impl Buckets {
    /// Takes a token. The number left, or `None` when there was none.
    pub(crate) fn take(&mut self, endpoint: Endpoint, rate: Rate, now: Millis) -> Option<u32> {
        let full = i64::from(rate.burst) * 1_000;
        let level = self.levels.entry(endpoint).or_insert(Level { thousandths: full, at: now });
        let gained = match rate.refill {
            Refill::Continuous => (now - level.at).max(0) * i64::from(rate.per_second),
            Refill::WholeSeconds => {
                let seconds = now.div_euclid(SECOND) - level.at.div_euclid(SECOND);
                seconds.max(0) * i64::from(rate.per_second) * 1_000
            }
        };
        level.thousandths = (level.thousandths + gained).min(full);
        level.at = level.at.max(now);
        if level.thousandths < 1_000 {
            return None;
        }
        level.thousandths -= 1_000;
        Some(u32::try_from(level.thousandths / 1_000).expect("between 0 and the burst"))
    }

    pub(crate) fn clear(&mut self) {
        self.levels.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Millis = 1_764_549_048_900;

    fn takes(refill: Refill, at: &[Millis]) -> Vec<Option<u32>> {
        let rate = Rate { refill, ..Rate::of_platform() };
        let mut buckets = Buckets::default();
        at.iter().map(|at| buckets.take(Endpoint::Feed, rate, START + at)).collect()
    }

    #[test]
    fn a_burst_empties_the_bucket() {
        for refill in [Refill::WholeSeconds, Refill::Continuous] {
            let taken = takes(refill, &[0, 0, 0, 0, 0]);
            assert_eq!(taken, [Some(3), Some(2), Some(1), Some(0), None]);
        }
    }

    #[test]
    fn whole_seconds_refill_when_the_second_changes() {
        let taken = takes(Refill::WholeSeconds, &[0, 0, 0, 0, 99, 100, 100, 100, 1_099, 1_100]);
        let expected = [Some(3), Some(2), Some(1), Some(0), None, Some(1), Some(0), None, None, Some(1)];
        assert_eq!(taken, expected);
    }

    #[test]
    fn continuous_refill_gives_a_token_each_half_second() {
        let taken = takes(Refill::Continuous, &[0, 0, 0, 0, 499, 500, 999, 1_000, 60_000]);
        let expected = [Some(3), Some(2), Some(1), Some(0), None, Some(0), None, Some(0), Some(3)];
        assert_eq!(taken, expected);
    }

    #[test]
    fn endpoints_do_not_share() {
        let mut buckets = Buckets::default();
        let rate = Rate { per_second: 1, burst: 1, refill: Refill::Continuous };
        assert_eq!(buckets.take(Endpoint::Feed, rate, START), Some(0));
        assert_eq!(buckets.take(Endpoint::Feed, rate, START), None);
        assert_eq!(buckets.take(Endpoint::Query, rate, START), Some(0));
    }
}
