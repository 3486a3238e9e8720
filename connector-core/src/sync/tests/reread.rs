//! Records whose state changes without an event are read again, in time and not before.

use chrono::TimeDelta;

use super::market::{REREAD, VANISHED};
use super::{Bench, key, start};

/// Ten lines on their way to the buyer; the first one is delivered without the feed saying so.
async fn bench() -> Bench {
    let bench = Bench::small();
    bench.fill(10, TimeDelta::minutes(30));
    bench.market.edit(|lines| (0..10).for_each(|n| lines.get(&key(n)).status = "SHIPPED"));
    bench.run().await;
    bench.market.edit(|lines| {
        lines.get(&key(0)).status = "DELIVERED";
        lines.get(&key(0)).version += 1;
    });
    bench.market.forget_calls();
    bench
}

#[tokio::test]
async fn due_records_are_read_again_after_their_time_and_not_before() {
    let bench = bench().await;
    bench.market.clock.advance(REREAD - TimeDelta::minutes(1));
    bench.run().await;
    assert_eq!(bench.market.fetched().len(), 0);
    bench.market.clock.advance(TimeDelta::minutes(2));
    let report = bench.run().await;
    assert_eq!(bench.market.fetched().len(), 10);
    assert_eq!((report.saved.changed, report.saved.unchanged), (1, 9));
    bench.assert_complete();
}

#[tokio::test]
async fn what_the_platform_shows_no_more_is_left_as_it_was_and_no_failure() {
    let bench = bench().await;
    bench.market.edit(|lines| lines.get(&key(5)).status = VANISHED);
    bench.market.clock.advance(REREAD + TimeDelta::minutes(1));
    let report = bench.run().await;
    assert!(bench.market.fetched().contains(&key(5)));
    assert_eq!((report.failed, report.saved.changed, report.saved.unchanged), (0, 1, 8));
}

#[tokio::test]
async fn what_needs_no_watching_is_left_alone() {
    let bench = bench().await;
    bench.market.clock.advance(REREAD + TimeDelta::minutes(1));
    bench.run().await;
    bench.market.forget_calls();
    bench.market.clock.advance(REREAD + TimeDelta::minutes(1));
    bench.run().await;
    assert_eq!(bench.market.fetched().len(), 9, "the delivered one is done");
    bench.market.forget_calls();
    bench.market.clock.advance(TimeDelta::days(60));
    bench.run().await;
    assert_eq!(bench.market.fetched().len(), 0, "orders as old as that are given up");
}

#[tokio::test]
async fn a_reread_changes_nothing_for_the_list() {
    let bench = bench().await;
    bench.market.clock.advance(REREAD + TimeDelta::minutes(1));
    bench.run().await;
    bench.market.forget_calls();
    // The record keeps the time of its last change, so the overlap does not fetch it again.
    let now = bench.market.clock.now();
    bench.market.edit(|lines| lines.change(&key(3), now - TimeDelta::seconds(30)));
    bench.run().await;
    bench.market.clock.advance(TimeDelta::minutes(5));
    bench.run().await;
    assert_eq!(bench.market.fetched(), [key(3)]);
}

#[tokio::test]
async fn records_that_could_not_be_read_come_again() {
    let bench = Bench::small();
    bench.fill(4, TimeDelta::minutes(30));
    bench.market.edit(|lines| lines.get(&key(1)).status = "BAD");
    bench.run().await;
    bench.market.edit(|lines| lines.get(&key(1)).status = "PAID");
    bench.market.forget_calls();
    bench.market.clock.advance(REREAD + TimeDelta::minutes(1));
    let report = bench.run().await;
    assert_eq!(bench.market.fetched(), [key(1)]);
    assert_eq!((report.saved.new, report.failed), (1, 0));
    bench.assert_complete();
}

#[tokio::test]
async fn one_round_is_bounded_and_the_rest_follows_soon() {
    let bench = Bench::small();
    bench.fill(100, TimeDelta::minutes(10));
    bench.market.edit(|lines| (0..100).for_each(|n| lines.get(&key(n)).status = "SHIPPED"));
    bench.run().await;
    bench.market.forget_calls();
    bench.market.clock.advance(REREAD + TimeDelta::minutes(1));
    bench.run().await;
    assert_eq!(bench.market.details(), 10);
    bench.market.clock.advance(TimeDelta::minutes(7));
    bench.run().await;
    assert_eq!(bench.market.details(), 20);
    let fetched = bench.market.fetched();
    let distinct: std::collections::BTreeSet<&String> = fetched.iter().collect();
    assert_eq!(distinct.len(), 60, "those observed longest ago come first");
}

#[tokio::test]
async fn the_first_run_reads_nothing_again() {
    let bench = Bench::small();
    bench.fill(5, TimeDelta::minutes(30));
    bench.market.edit(|lines| (0..5).for_each(|n| lines.get(&key(n)).status = "SHIPPED"));
    bench.run().await;
    assert_eq!(bench.market.fetched().len(), 5);
    assert!(bench.market.clock.now() == start());
}
