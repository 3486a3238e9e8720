//! Runs after the first: what they ask, what they leave alone, how they are cut short.

use std::time::Duration;

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use super::market::{OVERLAP, SETTLE};
use super::{Bench, key, start};
use crate::error::ErrorKind;
use crate::sync::{Saved, Store, Window};

#[tokio::test]
async fn a_run_with_nothing_changed_is_one_list_call() {
    let bench = Bench::large();
    bench.fill(700, TimeDelta::seconds(90));
    bench.run().await;
    for _ in 0..3 {
        bench.market.clock.advance(TimeDelta::minutes(30));
        bench.market.forget_calls();
        let report = bench.run().await;
        assert_eq!((bench.market.lists(), bench.market.details()), (1, 0));
        assert_eq!((report.progress.calls, report.saved), (1, Saved::default()));
    }
    bench.assert_complete();
}

#[tokio::test]
async fn rows_in_the_overlap_are_not_fetched_again_and_count_as_unchanged() {
    let bench = Bench::large();
    bench.fill(100, TimeDelta::minutes(1));
    bench.run().await;
    bench.market.clock.advance(TimeDelta::minutes(5));
    bench.market.forget_calls();
    let now = bench.market.clock.now();
    bench.market.edit(|lines| lines.change(&key(99), now - TimeDelta::minutes(2)));
    let report = bench.run().await;
    assert_eq!(bench.market.fetched(), [key(99)]);
    // The last line moved away; 14 others changed within the quarter of an hour before the first run's end.
    assert_eq!((report.progress.seen, report.progress.known, report.unchanged()), (15, 14, 14));
    assert_eq!(report.saved, Saved { changed: 1, stored: 1, ..Saved::default() });
    bench.assert_complete();
}

#[tokio::test]
async fn a_change_is_fetched_once_and_never_again() {
    let bench = Bench::small();
    bench.fill(10, TimeDelta::minutes(30));
    bench.run().await;
    bench.market.clock.advance(TimeDelta::minutes(10));
    let now = bench.market.clock.now();
    bench.market.edit(|lines| lines.change(&key(4), now - TimeDelta::minutes(1)));
    bench.market.forget_calls();
    for _ in 0..4 {
        bench.run().await;
        bench.market.clock.advance(TimeDelta::minutes(4));
    }
    assert_eq!(bench.market.fetched(), [key(4)]);
    bench.assert_complete();
}

#[tokio::test]
async fn stopping_ends_after_the_page_in_flight_and_keeps_it() {
    for call in 0..14 {
        let mut bench = Bench::small();
        bench.fill(20, TimeDelta::minutes(10));
        let stop = bench.stop.clone();
        bench.market.on_call(move |number, _| {
            if number == call {
                stop.cancel();
            }
        });
        let report = bench.report().await;
        let asked = bench.market.calls().len();
        assert!(asked <= call + 2, "at most what was on its way is finished: {asked} calls");
        if let Some(error) = &report.error {
            assert_eq!(error.kind(), ErrorKind::Interrupted);
            assert_eq!(bench.store.checkpoint("orders").await.unwrap().through, None);
        }
        // What was fetched is stored: the next run goes on, and fetches nothing again.
        assert_eq!(bench.store.contents("orders").len(), bench.market.fetched().len(), "call {call}");
        bench.stop = CancellationToken::new();
        bench.market.on_call(|_, _| {});
        bench.run().await;
        bench.assert_complete();
        assert_eq!(bench.market.fetched().len(), 20, "call {call}");
    }
}

#[tokio::test]
async fn reading_a_range_again_leaves_the_cursor() {
    let mut bench = Bench::small();
    bench.fill(10, TimeDelta::minutes(30));
    bench.run().await;
    let cursor = bench.store.checkpoint("orders").await.unwrap();
    // The platform has changed a line without telling.
    bench.market.edit(|lines| lines.get(&key(5)).version = 9);
    bench.market.clock.advance(TimeDelta::hours(2));
    bench.market.forget_calls();
    bench.options.range = Some(Window { from: start() - TimeDelta::hours(24), to: start() });
    let report = bench.run().await;
    assert_eq!((report.saved.changed, report.saved.unchanged, report.progress.known), (1, 9, 0));
    assert_eq!(bench.market.fetched().len(), 10);
    assert_eq!(bench.store.checkpoint("orders").await.unwrap(), cursor);
    bench.assert_complete();
}

#[tokio::test]
async fn reading_a_range_again_leaves_an_unfinished_run() {
    let mut bench = Bench::small();
    bench.fill(20, TimeDelta::minutes(30));
    bench.market.die_at(5);
    assert!(bench.run_or_die().await.is_none());
    bench.revive();
    let cursor = bench.store.checkpoint("orders").await.unwrap();
    assert!(cursor.run.is_some());
    bench.options.range = Some(Window { from: start() - TimeDelta::hours(1), to: start() - SETTLE });
    bench.run().await;
    assert_eq!(bench.store.checkpoint("orders").await.unwrap(), cursor);
    bench.options.range = None;
    bench.run().await;
    bench.assert_complete();
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_counts_what_would_come_and_writes_nothing() {
    let mut bench = Bench::small();
    bench.options.dry_run = true;
    // Three to an instant, so that pages break within one and windows begin with rows that are listed already.
    bench.market.edit(|lines| {
        for n in 0..20 {
            lines.place(&key(n), start() - TimeDelta::minutes(60) + TimeDelta::minutes(n as i64 / 4));
        }
    });
    bench.store.roll_back();
    // The list comes after the details that were asked for at the same time, and what they brought is forgotten.
    bench.market.answer_after(Duration::from_millis(50), Duration::from_millis(10));
    let report = bench.run().await;
    assert_eq!((report.saved.new, report.progress.seen, report.progress.known), (20, 20, 0));
    assert_eq!(bench.market.fetched().len(), 20);
    assert!(bench.store.contents("orders").is_empty());
    assert_eq!(bench.store.note("reread:orders").await.unwrap(), None);
}

#[tokio::test]
async fn a_replay_starts_over_and_moves_no_cursor() {
    let mut bench = Bench::small();
    bench.fill(10, TimeDelta::minutes(1));
    bench.options.replay = true;
    assert_eq!(bench.run().await.saved.new, 10);
    assert_eq!(bench.run().await.saved.unchanged, 10);
    assert_eq!(bench.store.checkpoint("orders").await.unwrap().through, None);
}

#[tokio::test]
async fn the_row_s_own_overlap_replaces_the_stream_s() {
    let mut bench = Bench::small();
    let first = bench.run().await.range.expect("a range");
    bench.options.overlap = Some(TimeDelta::hours(3));
    bench.market.clock.advance(TimeDelta::hours(1));
    let second = bench.run().await.range.expect("a range");
    assert_eq!(first.to - second.from, TimeDelta::hours(3));
    bench.options.overlap = None;
    let third = bench.run().await.range.expect("a range");
    // The second brought nothing, and so moved nothing.
    assert_eq!(first.to - third.from, OVERLAP);
}
