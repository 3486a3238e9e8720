//! Keeps calls within the platform's limits: the declared ones first, corrected by what its answers say.
//!
//! One bucket per application and operation, shared by all accounts of the process that use the application. Platforms
//! refill their buckets either smoothly or once per second of their own clock, and we cannot see which. So a bucket
//! here gives out a second's worth of calls once a whole second has passed, counted from the *answer* to the first
//! call that opened the full bucket: by then the platform has surely counted that call, and any stretch of a whole
//! second holds one tick of any clock. The average rate is the full one, and the platform never sees a call too many.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::{Limit, LimitNotice, Scope};

/// The buckets of one application.
#[derive(Debug)]
pub struct Pace {
    limits: &'static [Limit],
    buckets: Mutex<Buckets>,
}

#[derive(Debug, Default)]
struct Buckets {
    open: HashMap<&'static str, Arc<Bucket>>,
    /// How other processes left them, and when that was looked at.
    before: Vec<(Before, DateTime<Utc>, Instant)>,
}

/// How a process left the buckets before this one began.
#[derive(Clone, Debug)]
pub enum Before {
    /// Nobody knows: it vanished, perhaps a moment ago. Every bucket begins empty.
    Unknown,
    /// So, at that time.
    Left(CallsLeft),
}

/// What a process leaves of the buckets that are not full.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallsLeft {
    at: DateTime<Utc>,
    operations: BTreeMap<String, BucketLeft>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct BucketLeft {
    calls: f64,
    per_second: f64,
    /// The platform wants no call before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paused_until: Option<DateTime<Utc>>,
}

/// All paces of this process, by application.
static SHARED: LazyLock<Mutex<HashMap<u64, Arc<Pace>>>> = LazyLock::new(Mutex::default);

impl Pace {
    /// A pace of its own.
    #[must_use]
    pub fn new(limits: &'static [Limit]) -> Self {
        Self { limits, buckets: Mutex::default() }
    }

    /// The pace that all connectors of one application at one address share.
    #[must_use]
    pub fn shared(base_url: &str, application: &str, limits: &'static [Limit]) -> Arc<Self> {
        let mut hasher = DefaultHasher::new();
        (base_url, application).hash(&mut hasher);
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(shared.entry(hasher.finish()).or_insert_with(|| Arc::new(Self::new(limits))))
    }

    /// Waits until `operation` may be called once more.
    pub async fn permit(&self, operation: &'static str) -> Permit {
        let bucket = self.bucket(operation);
        bucket.take().await;
        Permit { bucket, answered: false }
    }

    /// Goes on where another process stopped; called for each that is known of. A bucket may only have fewer calls for
    /// it; platforms whose answers tell what is left correct the rest.
    pub fn go_on(&self, before: Before, now: DateTime<Utc>) {
        let before = (before, now, Instant::now());
        let mut buckets = self.buckets();
        for (key, bucket) in &buckets.open {
            bucket.state().go_on(key, &before);
        }
        // A process that lives long hears of many.
        buckets.before.retain(|(_, looked_at, _)| now - *looked_at < TimeDelta::hours(1));
        buckets.before.push(before);
    }

    /// What the next process should know; `None` when every bucket is full.
    #[must_use]
    pub fn calls_left(&self, now: DateTime<Utc>) -> Option<CallsLeft> {
        let buckets = self.buckets();
        let left = buckets
            .open
            .iter()
            .filter_map(|(key, bucket)| Some(((*key).to_owned(), bucket.state().left(Instant::now(), now)?)));
        let operations: BTreeMap<_, _> = left.collect();
        (!operations.is_empty()).then_some(CallsLeft { at: now, operations })
    }

    /// How many calls of the busiest operation fit side by side: its rate times the time one answer takes. One for a
    /// platform that answers faster than it may be asked, and for one without a limit, where calls cost no waiting.
    #[must_use]
    pub fn parallelism(&self) -> usize {
        let most = self.buckets().open.values().map(|bucket| bucket.calls_per_answer()).fold(1.0, f64::max);
        // Between 1 and 8: no loss in the conversion.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to 1..=8 before"
        )]
        let calls = most.ceil().clamp(1.0, 8.0) as usize;
        calls
    }

    fn bucket(&self, operation: &'static str) -> Arc<Bucket> {
        let limit = self
            .limits
            .iter()
            .find(|limit| limit.operation == operation)
            .or_else(|| self.limits.iter().find(|limit| limit.operation == "*"));
        let key = match limit {
            Some(Limit { scope: Scope::Application, operation, .. }) => operation,
            _ => operation,
        };
        let mut buckets = self.buckets();
        let Buckets { open, before } = &mut *buckets;
        let bucket = open.entry(key).or_insert_with(|| {
            let bucket = Bucket::new(limit);
            before.iter().for_each(|before| bucket.state().go_on(key, before));
            Arc::new(bucket)
        });
        Arc::clone(bucket)
    }

    fn buckets(&self) -> std::sync::MutexGuard<'_, Buckets> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to make one call. Ends with [`Permit::answered`]; dropping it counts as a call without an answer.
#[derive(Debug)]
pub struct Permit {
    bucket: Arc<Bucket>,
    answered: bool,
}

impl Permit {
    /// Notes what the answer said, and how long it took.
    pub fn answered(mut self, notice: &LimitNotice, took: Duration) {
        self.answered = true;
        self.bucket.answer(notice, Some(took));
    }

    /// The platform refused the call as one too many: nothing goes out before `pause` is over.
    pub fn refused(mut self, notice: &LimitNotice, pause: Duration) {
        self.answered = true;
        self.bucket.answer(notice, None);
        self.bucket.hold(pause);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if !self.answered {
            self.bucket.answer(&LimitNotice::default(), None);
        }
    }
}

#[derive(Debug)]
struct Bucket {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
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
    fn new(limit: Option<&Limit>) -> Self {
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

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn take(&self) {
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

    fn answer(&self, notice: &LimitNotice, took: Option<Duration>) {
        self.state().answer(notice, took, Instant::now());
        self.changed.notify_waiters();
    }

    fn hold(&self, pause: Duration) {
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

    fn calls_per_answer(&self) -> f64 {
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

    fn go_on(&mut self, key: &str, (before, now, at): &(Before, DateTime<Utc>, Instant)) {
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

    fn left(&mut self, at: Instant, now: DateTime<Utc>) -> Option<BucketLeft> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
