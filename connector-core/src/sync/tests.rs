//! The engine against a platform in memory: nothing lost, nothing doubled, no call too many.

mod again;
mod counts;
mod day_keys;
mod deaths;
mod faults;
mod incremental;
mod late;
mod market;
mod pace;
mod random;
mod reread;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;

use self::market::{LARGE, Market, SMALL, Shop};
use super::{MemoryStore, Observer, Report, RunOptions, run};
use crate::connector::StreamSpec;
use crate::http::{Client, ClientOptions, Pace, RetryPolicy, Transport};

/// 2026-02-15, 10:00 in Korea.
fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_771_117_200, 0).expect("in range")
}

#[derive(Debug)]
struct Silent;

impl Observer for Silent {
    fn progress(&self, _report: &Report) {}
}

/// A platform, a store, and how they are run against each other.
struct Bench {
    market: Arc<Market>,
    store: MemoryStore,
    stream: &'static StreamSpec,
    page: usize,
    pace: Option<Arc<Pace>>,
    options: RunOptions,
    stop: CancellationToken,
}

impl Bench {
    fn of(stream: &'static StreamSpec, page: usize) -> Self {
        Self {
            market: Market::new(start(), page),
            store: MemoryStore::new(),
            stream,
            page,
            pace: None,
            options: RunOptions { lookback: TimeDelta::days(1), ..RunOptions::default() },
            stop: CancellationToken::new(),
        }
    }

    /// Pages and batches of 300.
    fn large() -> Self {
        Self::of(&LARGE, 300)
    }

    /// Pages and batches of 3.
    fn small() -> Self {
        Self::of(&SMALL, 3)
    }

    fn client(&self) -> Client {
        Client::new(ClientOptions {
            connector: Arc::new(Shop { page: self.page }),
            transport: Arc::clone(&self.market) as Arc<dyn Transport>,
            clock: self.market.clock.clone(),
            pace: self.pace.clone(),
            policy: RetryPolicy::default(),
            credentials: None,
            stop: self.stop.clone(),
        })
    }

    async fn report(&self) -> Report {
        run(&self.client(), self.stream, &self.store, &self.options, &Silent, &self.stop).await
    }

    /// A run that must end well.
    async fn run(&self) -> Report {
        let report = self.report().await;
        assert!(report.error.is_none(), "{:?}", report.error);
        assert_eq!(report.suspect, None);
        report
    }

    /// A run in a process that may die; `None` when it did.
    async fn run_or_die(&self) -> Option<Report> {
        tokio::select! {
            biased;
            () = self.store.died() => None,
            () = self.market.died() => None,
            report = self.report() => Some(report),
        }
    }

    fn revive(&self) {
        self.store.revive();
        self.market.revive();
    }

    /// Fills the platform with `count` lines, `step` apart, the last one a minute before now.
    fn fill(&self, count: usize, step: TimeDelta) {
        let last = self.market.clock.now() - TimeDelta::minutes(1);
        self.market.edit(|lines| {
            for n in 0..count {
                let back = i32::try_from(count - 1 - n).expect("small");
                lines.place(&key(n), last - step * back);
            }
        });
    }

    #[track_caller]
    fn assert_complete(&self) {
        assert_eq!(self.store.contents("orders"), self.market.contents());
    }
}

fn key(n: usize) -> String {
    format!("{n:08}")
}
