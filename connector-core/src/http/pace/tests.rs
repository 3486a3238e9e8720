//! That limits are kept, and reached.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use tokio::time::Instant;

use super::super::{Limit, LimitNotice, Scope};
use super::{Before, CallsLeft, Pace};

const LIMITS: &[Limit] = &[
    Limit { operation: "slow", scope: Scope::Operation, per_second: 0.5, burst: 1 },
    Limit { operation: "*", scope: Scope::Operation, per_second: 2.0, burst: 4 },
];

async fn call(pace: &Pace, operation: &'static str, notice: LimitNotice) {
    let permit = pace.permit(operation).await;
    tokio::time::sleep(Duration::from_millis(10)).await;
    permit.answered(&notice, Duration::from_millis(10));
}

/// The platform's bucket, which ticks on whole seconds of its own clock, or smoothly.
struct Platform {
    whole_seconds: bool,
    level: f64,
    last: f64,
}

impl Platform {
    fn admits(&mut self, at: f64) -> bool {
        let at = if self.whole_seconds { at.floor() } else { at };
        self.level = (self.level + (at - self.last).max(0.0) * 2.0).min(4.0);
        self.last = at;
        let admitted = self.level >= 1.0 - 1e-9;
        self.level -= 1.0;
        admitted
    }
}

#[tokio::test(start_paused = true)]
async fn reaches_the_full_rate_and_never_exceeds_it() {
    for whole_seconds in [false, true] {
        for phase in [0.0, 0.1, 0.45, 0.5, 0.93, 0.999] {
            let pace = Pace::new(LIMITS);
            let mut platform = Platform { whole_seconds, level: 4.0, last: 0.0 };
            let start = Instant::now();
            for n in 0_u64..34 {
                let permit = pace.permit("feed").await;
                // The way there takes 1 to 8 ms, the first call longest, as it opens the connection.
                tokio::time::sleep(Duration::from_millis(if n == 0 { 8 } else { 1 + n % 3 })).await;
                let at = phase + start.elapsed().as_secs_f64();
                assert!(platform.admits(at), "call {n} at {at}, whole seconds: {whole_seconds}");
                tokio::time::sleep(Duration::from_millis(2)).await;
                permit.answered(&LimitNotice::default(), Duration::from_millis(4));
            }
            let took = start.elapsed().as_secs_f64();
            assert!(took < 15.0 / 0.95, "34 calls in {took} s, 15 s being the ceiling");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn operations_do_not_share_a_bucket() {
    let pace = Pace::new(LIMITS);
    let start = Instant::now();
    for _ in 0..4 {
        call(&pace, "feed", LimitNotice::default()).await;
        call(&pace, "details", LimitNotice::default()).await;
    }
    assert!(start.elapsed() < Duration::from_millis(100));
}

#[tokio::test(start_paused = true)]
async fn learns_from_headers() {
    let pace = Pace::new(LIMITS);
    let faster = LimitNotice { per_second: Some(10.0), burst: Some(20), ..Default::default() };
    let start = Instant::now();
    for _ in 0..20 {
        call(&pace, "feed", faster).await;
    }
    assert!(start.elapsed() < Duration::from_millis(300), "the burst of 20 was learned");

    let spent = LimitNotice { remaining: Some(0), ..Default::default() };
    call(&pace, "details", spent).await;
    let start = Instant::now();
    call(&pace, "details", LimitNotice::default()).await;
    assert!(start.elapsed() >= Duration::from_millis(900), "somebody else had spent the burst");
}

#[tokio::test(start_paused = true)]
async fn an_unlimited_server_is_believed_until_it_refuses() {
    let pace = Pace::new(LIMITS);
    let unlimited = LimitNotice { unlimited: true, ..Default::default() };
    let start = Instant::now();
    for _ in 0..100 {
        call(&pace, "feed", unlimited).await;
    }
    assert!(start.elapsed() < Duration::from_secs(2));
    pace.permit("feed").await.refused(&LimitNotice::default(), Duration::from_secs(3));
    let start = Instant::now();
    for _ in 0..10 {
        call(&pace, "feed", unlimited).await;
    }
    assert!(start.elapsed() >= Duration::from_secs(6), "the declared limit holds from then on");
}

#[tokio::test(start_paused = true)]
async fn a_rate_below_one_spaces_single_calls() {
    let pace = Pace::new(LIMITS);
    let start = Instant::now();
    for _ in 0..3 {
        call(&pace, "slow", LimitNotice::default()).await;
    }
    assert!(start.elapsed() >= Duration::from_secs(4));
}

#[tokio::test(start_paused = true)]
async fn many_waiters_at_once_stay_within_the_limit() {
    let pace = Arc::new(Pace::new(LIMITS));
    let start = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let pace = Arc::clone(&pace);
        tasks.spawn(async move { call(&pace, "feed", LimitNotice::default()).await });
    }
    while tasks.join_next().await.is_some() {}
    let took = start.elapsed();
    assert!(took >= Duration::from_secs(4) && took < Duration::from_millis(4_300), "{took:?}");
}

/// A process that spends its calls and stops, and one that begins `pause` later.
async fn after(pause: Duration, before: impl FnOnce(Option<CallsLeft>) -> Option<Before>) -> Duration {
    let start = DateTime::UNIX_EPOCH;
    let first = Pace::new(LIMITS);
    for _ in 0..4 {
        call(&first, "feed", LimitNotice::default()).await;
    }
    let before = before(first.calls_left(start));
    tokio::time::sleep(pause).await;
    let next = Pace::new(LIMITS);
    if let Some(before) = before {
        next.go_on(before, start + pause);
    }
    let began = Instant::now();
    for _ in 0..4 {
        call(&next, "feed", LimitNotice::default()).await;
    }
    began.elapsed()
}

#[tokio::test(start_paused = true)]
async fn a_process_goes_on_with_what_another_left() {
    let seconds = Duration::from_secs_f64;
    let left = |left: Option<CallsLeft>| left.map(Before::Left);
    assert!(after(seconds(0.0), left).await >= seconds(2.0), "nothing was left");
    assert!(after(seconds(1.0), left).await >= seconds(1.0), "half was left");
    assert!(after(seconds(2.0), left).await < seconds(0.1), "the bucket has filled again");
    assert!(after(seconds(60.0), left).await < seconds(0.1));
    assert!(after(seconds(0.0), |_| Some(Before::Unknown)).await >= seconds(2.0));

    let fresh = Pace::new(LIMITS);
    call(&fresh, "feed", LimitNotice::default()).await;
    tokio::time::sleep(seconds(5.0)).await;
    assert_eq!(fresh.calls_left(DateTime::UNIX_EPOCH), None, "all is full again");
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_the_platform_asked_for_outlives_the_process() {
    let (now, pause) = (DateTime::UNIX_EPOCH, Duration::from_secs(60));
    let first = Pace::new(LIMITS);
    first.permit("feed").await.refused(&LimitNotice::default(), pause);
    let left = first.calls_left(now).expect("there is a pause");
    let left = serde_json::from_str(&serde_json::to_string(&left).expect("JSON")).expect("the same");
    let next = Pace::new(LIMITS);
    next.go_on(Before::Left(left), now + TimeDelta::seconds(20));
    let start = Instant::now();
    call(&next, "feed", LimitNotice::default()).await;
    assert!(start.elapsed() >= Duration::from_secs(40) && start.elapsed() < Duration::from_secs(41));
}

#[tokio::test(start_paused = true)]
async fn slow_answers_ask_for_parallel_calls() {
    let pace = Pace::new(LIMITS);
    assert_eq!(pace.parallelism(), 1);
    let permit = pace.permit("details").await;
    permit.answered(&LimitNotice::default(), Duration::from_millis(1_300));
    assert_eq!(pace.parallelism(), 3);
}
