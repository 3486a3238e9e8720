//! The one place that knows what time it is and how to wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// A source of time. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    System,
    /// Starts at an instant and moves only when somebody waits. Microseconds since 1970.
    Scenario(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Kind::System)
    }

    /// A clock that stands at `now` and jumps forward by every wait instead of waiting, for fixtures and tests.
    #[must_use]
    pub fn scenario(now: DateTime<Utc>) -> Self {
        Self(Kind::Scenario(Arc::new(AtomicI64::new(now.timestamp_micros()))))
    }

    /// Whether waits pass at once.
    #[must_use]
    pub fn is_scenario(&self) -> bool {
        matches!(self.0, Kind::Scenario(_))
    }

    /// The present instant.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the home of the machine's clock")]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Kind::System => Utc::now(),
            Kind::Scenario(micros) => DateTime::from_timestamp_micros(micros.load(Ordering::SeqCst))
                .expect("set from a valid instant"),
        }
    }

    /// Waits, or lets the scenario's time pass.
    pub async fn sleep(&self, duration: Duration) {
        match &self.0 {
            Kind::System => tokio::time::sleep(duration).await,
            Kind::Scenario(_) => {
                self.advance(TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX));
                tokio::task::yield_now().await;
            }
        }
    }

    /// Moves a scenario's time forward; the machine's clock is left alone.
    pub fn advance(&self, by: TimeDelta) {
        if let Kind::Scenario(micros) = &self.0 {
            micros.fetch_add(by.num_microseconds().unwrap_or(0), Ordering::SeqCst);
        }
    }
}
