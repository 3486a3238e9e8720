//! What is sent again, how often, after how long.

use std::time::Duration;

use crate::error::{Error, ErrorKind, Retry};

/// Bounds on sending one request again.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// How often a request is sent at most.
    pub attempts: u32,
    /// The first pause; each further one is twice as long.
    pub first: Duration,
    /// The longest pause that a platform may ask for.
    pub longest: Duration,
}

impl Default for RetryPolicy {
    /// Six attempts over about half a minute; a platform may ask for five minutes of patience.
    fn default() -> Self {
        Self { attempts: 6, first: Duration::from_secs(1), longest: Duration::from_secs(300) }
    }
}

impl RetryPolicy {
    /// How long to wait before sending again; `None` when this error is final. `attempt` counts from 1.
    ///
    /// Safe by the nature of the operation: a request that changes something is repeated only when the platform
    /// certainly refused it (too many calls) or never saw it.
    #[must_use]
    pub fn pause(&self, error: &Error, attempt: u32, idempotent: bool, sent: bool) -> Option<Duration> {
        let refused = error.kind() == ErrorKind::RateLimited;
        if !(idempotent || refused || !sent) {
            return None;
        }
        // Nobody listens: a few tries cover a restart, more only delay the message.
        let attempts = if sent { self.attempts } else { self.attempts.min(4) };
        if attempt >= attempts {
            return None;
        }
        match error.retry() {
            Retry::Never => None,
            Retry::After(wait) => (wait <= self.longest).then_some(wait),
            Retry::Backoff => {
                let base = if sent { self.first } else { self.first / 2 };
                Some(jittered(base * 2_u32.pow((attempt - 1).min(16))))
            }
        }
    }
}

/// The pause and up to half as much again, so that processes that failed together do not return together.
fn jittered(pause: Duration) -> Duration {
    let random = getrandom::u32().unwrap_or(0);
    pause + pause.mul_f64(f64::from(random) / f64::from(u32::MAX) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: ErrorKind, retry: Retry) -> Error {
        Error::new(kind, "x").with_retry(retry)
    }

    #[test]
    fn a_write_is_repeated_only_when_it_cannot_have_happened() {
        let policy = RetryPolicy::default();
        let broken = error(ErrorKind::Unavailable, Retry::Backoff);
        assert!(policy.pause(&broken, 1, true, true).is_some());
        assert!(policy.pause(&broken, 1, false, true).is_none());
        assert!(policy.pause(&broken, 1, false, false).is_some());
        let limited = error(ErrorKind::RateLimited, Retry::Backoff);
        assert!(policy.pause(&limited, 1, false, true).is_some());
    }

    #[test]
    fn pauses_grow_and_end() {
        let policy = RetryPolicy::default();
        let broken = error(ErrorKind::Unavailable, Retry::Backoff);
        let pauses: Vec<Duration> = (1..6).filter_map(|n| policy.pause(&broken, n, true, true)).collect();
        assert_eq!(pauses.len(), 5);
        for (pause, seconds) in pauses.iter().zip([1, 2, 4, 8, 16]) {
            let least = Duration::from_secs(seconds);
            assert!(*pause >= least && *pause <= least.mul_f64(1.5), "{pause:?}");
        }
        assert!(policy.pause(&broken, 6, true, true).is_none());
    }

    #[test]
    fn the_platforms_word_is_kept_unless_it_is_too_long() {
        let policy = RetryPolicy::default();
        let named = error(ErrorKind::RateLimited, Retry::After(Duration::from_secs(7)));
        assert_eq!(policy.pause(&named, 1, true, true), Some(Duration::from_secs(7)));
        let hour = error(ErrorKind::RateLimited, Retry::After(Duration::from_secs(3600)));
        assert_eq!(policy.pause(&hour, 1, true, true), None);
    }
}
