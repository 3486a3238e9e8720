//! How fast a run is on a platform that answers slowly or may be asked seldom.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::Instant;

use super::Bench;
use super::market::LIMITS;
use crate::http::Pace;

async fn timed(list: Duration, details: Duration, count: usize) -> (Duration, usize) {
    let mut bench = Bench::large();
    bench.pace = Some(Arc::new(Pace::new(LIMITS)));
    bench.fill(count, TimeDelta::seconds(3));
    bench.market.answer_after(list, details);
    let started = Instant::now();
    bench.run().await;
    bench.assert_complete();
    (started.elapsed(), bench.market.lists().max(bench.market.details()))
}

/// What the limits allow at best: the first four at once, then two a second.
fn ceiling(calls: usize) -> f64 {
    (calls as f64 - 4.0) / 2.0
}

#[tokio::test(start_paused = true)]
async fn a_fast_platform_is_read_at_its_rate() {
    let (took, calls) = timed(Duration::from_millis(20), Duration::from_millis(20), 9_000).await;
    assert!(took.as_secs_f64() <= ceiling(calls) / 0.95 + 0.1, "{took:?} for {calls} calls of one kind");
    assert!(took.as_secs_f64() >= ceiling(calls), "never faster than allowed");
}

#[tokio::test(start_paused = true)]
async fn a_slow_platform_gets_several_batches_in_flight() {
    let latency = Duration::from_millis(1_300);
    let (took, calls) = timed(Duration::from_millis(20), latency, 9_000).await;
    // One after the other would take thirty times 1.3 s.
    assert!(took.as_secs_f64() < ceiling(calls) / 0.95 + 3.0 * 1.3, "{took:?} for {calls} calls of one kind");
    assert!(took.as_secs_f64() >= ceiling(calls), "never faster than allowed");
}

#[tokio::test(start_paused = true)]
async fn pages_that_come_slowly_are_the_only_thing_waited_for() {
    let latency = Duration::from_millis(1_300);
    let (took, calls) = timed(latency, latency, 9_000).await;
    // Each page names the next, so they come one after the other; all else goes on beside them.
    assert!(took <= latency * u32::try_from(calls + 2).unwrap(), "{took:?} for {calls} pages");
}
