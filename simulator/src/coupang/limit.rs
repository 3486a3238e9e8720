//! What closes the platform to a caller for a while: too many calls, or too many errors.

use std::collections::VecDeque;

use super::settings::{Rate, Storm};
use crate::instant::{Millis, SECOND};

/// What became of a call at the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passed {
    /// There is room.
    Well,
    /// It passed, and nine tenths of the limit are used.
    Warned,
    /// It is one too many, or comes too early after one.
    Limited,
}

#[derive(Debug, Default)]
pub(super) struct Limits {
    /// When calls came in the last second, those that were refused included.
    calls: VecDeque<Millis>,
    limited_until: Millis,
    errors: VecDeque<Millis>,
    stormed_until: Millis,
}

impl Limits {
    /// A call comes in.
    pub(super) fn call(&mut self, rate: Rate, now: Millis) -> Passed {
        while self.calls.front().is_some_and(|at| *at <= now - SECOND) {
            self.calls.pop_front();
        }
        self.calls.push_back(now);
        let used = u32::try_from(self.calls.len()).unwrap_or(u32::MAX);
        if used > rate.per_second {
            // Who goes on calling too fast is kept out longer.
            self.limited_until = now + rate.cool_down_ms;
            return Passed::Limited;
        }
        if now < self.limited_until {
            return Passed::Limited;
        }
        if u64::from(used) * 10 >= u64::from(rate.per_second) * 9 { Passed::Warned } else { Passed::Well }
    }

    /// An answer of 400 or more went out.
    pub(super) fn error(&mut self, storm: Storm, now: Millis) {
        while self.errors.front().is_some_and(|at| *at <= now - storm.within_ms) {
            self.errors.pop_front();
        }
        self.errors.push_back(now);
        if self.errors.len() >= storm.errors {
            self.errors.clear();
            self.stormed_until = now + storm.block_ms;
        }
    }

    pub(super) fn is_stormed(&self, now: Millis) -> bool {
        now < self.stormed_until
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Passed::{Limited, Warned, Well};

    #[test]
    fn five_a_second_and_then_nothing_until_it_has_cooled_down() {
        let rate = Rate { per_second: 5, cool_down_ms: 3_000 };
        let mut limits = Limits::default();
        let mut at = |millis: &[Millis]| -> Vec<Passed> {
            millis.iter().map(|at| limits.call(rate, 10_000 + at)).collect()
        };
        assert_eq!(at(&[0, 1, 2, 3, 4, 999]), [Well, Well, Well, Well, Warned, Limited]);
        assert_eq!(at(&[3_000, 3_998, 3_999, 4_000]), [Limited, Limited, Well, Well]);
        assert_eq!(at(&[5_500, 6_000, 6_499, 6_500, 6_999]), [Well; 5]);
    }

    #[test]
    fn errors_close_the_edge() {
        let storm = Storm { errors: 3, within_ms: 1_000, block_ms: 500 };
        let mut limits = Limits::default();
        for at in [0, 900, 1_000] {
            limits.error(storm, at);
            assert!(!limits.is_stormed(at), "the first is forgotten by then");
        }
        limits.error(storm, 1_100);
        assert!(limits.is_stormed(1_599) && !limits.is_stormed(1_600));
    }
}
