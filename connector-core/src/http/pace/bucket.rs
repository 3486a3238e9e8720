//! One bucket: how many calls there are, and when the next ones come.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::super::{Limit, LimitNotice};
use super::{Before, CallsLeft};

/// What is left in a bucket that is not full.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct BucketLeft {
    calls: f64,
    per_second: f64,
    /// The platform wants no call before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paused_until: Option<DateTime<Utc>>,
}

#[derive(Debug)]
pub(super) struct Bucket {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
pub(super) struct State {
    /// Calls per second; `None` without a limit.
    rate: Option<f64>,
    /// What to return to when a server that seemed unlimited refuses a call.
    declared: Option<(f64, u32)>,
    burst: f64,
    level: f64,
    refill: Refill,
    paused_until: Option<Instant>,
    /// The platform has refused a call: it has limits, whatever its answers leave out.
    refused: bool,
    /// Seconds that an answer takes, smoothed.
    latency: f64,
}

#[derive(Debug)]
enum Refill {
    Full,
    /// The first call after full is out; counting starts with its answer.
    Opening,
    Since(Instant),
}

impl Bucket {
    pub(super) fn new(limit: Option<&Limit>) -> Self {
        let declared = limit.map(|limit| (limit.per_second, limit.burst.max(1)));
        let burst = declared.map_or(1.0, |(_, burst)| f64::from(burst));
        Self {
            state: Mutex::new(State {
                rate: declared.map(|(rate, _)| rate),
                declared,
                burst,
                level: burst,
                refill: Refill::Full,
                paused_until: None,
                refused: false,
                latency: 0.0,
            }),
            changed: Notify::new(),
        }
    }

    pub(super) fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn take(&self) {
        loop {
            let changed = self.changed.notified();
            let wait = self.state().take(Instant::now());
            match wait {
                Wait::None => return,
                Wait::Until(at) => tokio::time::sleep_until(at).await,
                // The bound covers the instant between looking and waiting, in which an answer may have come.
                Wait::Answer => drop(tokio::time::timeout(Duration::from_millis(50), changed).await),
            }
        }
    }

    pub(super) fn answer(&self, notice: &LimitNotice, took: Option<Duration>) {
        self.state().answer(notice, took, Instant::now());
        self.changed.notify_waiters();
    }

    pub(super) fn hold(&self, pause: Duration) {
        let mut state = self.state();
        state.refused = true;
        if state.rate.is_none()
            && let Some((rate, burst)) = state.declared
        {
            state.rate = Some(rate);
            state.burst = f64::from(burst);
        }
        let now = Instant::now();
        state.level = 0.0;
        state.refill = Refill::Since(now);
        state.paused_until = state.paused_until.max(Some(now + pause));
    }

    pub(super) fn calls_per_answer(&self) -> f64 {
        let state = self.state();
        state.rate.map_or(1.0, |rate| rate * state.latency)
    }
}

enum Wait {
    None,
    Until(Instant),
    Answer,
}

impl State {
    /// How long one step is, and how many calls it gives.
    fn step(rate: f64) -> (Duration, f64) {
        if rate >= 1.0 {
            (Duration::from_secs(1), rate)
        } else {
            (Duration::from_secs_f64(1.0 / rate.max(1e-4)), 1.0)
        }
    }

    fn take(&mut self, now: Instant) -> Wait {
        if let Some(until) = self.paused_until {
            if now < until {
                return Wait::Until(until);
            }
            self.paused_until = None;
        }
        let Some(rate) = self.rate else { return Wait::None };
        self.refill(rate, now);
        if self.level >= 1.0 {
            self.level -= 1.0;
            if matches!(self.refill, Refill::Full) {
                self.refill = Refill::Opening;
            }
            return Wait::None;
        }
        match self.refill {
            Refill::Since(anchor) => Wait::Until(anchor + Self::step(rate).0),
            Refill::Full | Refill::Opening => Wait::Answer,
        }
    }

    fn refill(&mut self, rate: f64, now: Instant) {
        let Refill::Since(anchor) = self.refill else { return };
        let (length, gain) = Self::step(rate);
        let steps = (now - anchor).as_nanos() / length.as_nanos();
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        if steps == 0 {
            return;
        }
        self.level = (self.level + gain * f64::from(steps)).min(self.burst);
        self.refill =
            if self.level >= self.burst { Refill::Full } else { Refill::Since(anchor + length * steps) };
    }

    pub(super) fn go_on(&mut self, key: &str, (before, now, at): &(Before, DateTime<Utc>, Instant)) {
        let calls = match before {
            Before::Unknown => 0.0,
            Before::Left(CallsLeft { at: left_at, operations }) => {
                let Some(left) = operations.get(key) else { return };
                let pause = left.paused_until.and_then(|until| (until - now).to_std().ok());
                self.paused_until = self.paused_until.max(pause.map(|pause| *at + pause));
                let seconds = (*now - left_at).to_std().map_or(0, |passed| passed.as_secs());
                left.calls + left.per_second * f64::from(u32::try_from(seconds).unwrap_or(u32::MAX))
            }
        };
        if calls < self.level {
            self.level = calls;
            self.refill = Refill::Since(*at);
        }
    }

    pub(super) fn left(&mut self, at: Instant, now: DateTime<Utc>) -> Option<BucketLeft> {
        let per_second = self.rate?;
        self.refill(per_second, at);
        let pause = self.paused_until.and_then(|until| until.checked_duration_since(at));
        let pause = pause.and_then(|pause| TimeDelta::from_std(pause).ok());
        let full = matches!(self.refill, Refill::Full) && pause.is_none();
        (!full).then(|| BucketLeft {
            calls: self.level,
            per_second,
            paused_until: pause.map(|pause| now + pause),
        })
    }

    fn answer(&mut self, notice: &LimitNotice, took: Option<Duration>, now: Instant) {
        if let Some(took) = took {
            let took = took.as_secs_f64();
            self.latency = if self.latency == 0.0 { took } else { self.latency * 0.7 + took * 0.3 };
        }
        if matches!(self.refill, Refill::Opening) {
            self.refill = Refill::Since(now);
        }
        if notice.unlimited && !self.refused {
            self.rate = None;
        }
        if let Some(rate) = notice.per_second.filter(|rate| *rate > 0.0) {
            self.rate = Some(rate);
        }
        if let Some(burst) = notice.burst.filter(|burst| *burst > 0) {
            let burst = f64::from(burst);
            // A larger bucket was full all along; a smaller one holds what it can.
            if burst > self.burst {
                self.level += burst - self.burst;
            }
            self.burst = burst;
            self.level = self.level.min(burst);
        }
        // Fewer than we count: somebody else uses the application too.
        if let Some(remaining) = notice.remaining {
            self.level = self.level.min(f64::from(remaining));
        }
        if let Some(pause) = notice.pause {
            self.paused_until = self.paused_until.max(Some(now + pause));
        }
    }
}
