//! Keeps calls within the platform's limits: the declared ones first, corrected by what its answers say.
//!
//! One bucket per application and operation, shared by all accounts of the process that use the application. Platforms
//! refill their buckets either smoothly or once per second of their own clock, and we cannot see which. So a bucket
//! here gives out a second's worth of calls once a whole second has passed, counted from the *answer* to the first
//! call that opened the full bucket: by then the platform has surely counted that call, and any stretch of a whole
//! second holds one tick of any clock. The average rate is the full one, and the platform never sees a call too many.

mod bucket;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::{Limit, LimitNotice, Scope};
use bucket::{Bucket, BucketLeft};

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
