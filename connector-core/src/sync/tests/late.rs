//! Rows that move, and rows that the platform shows late.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::market::{LARGE, SETTLE};
use super::{Bench, key, start};
use crate::sync::{Window, census, refetch};

#[tokio::test]
async fn a_row_that_moves_while_pages_are_read_is_found_by_the_next_run() {
    for moves_at in 0..14 {
        for victim in [0, 1, 2, 3, 9, 10, 19] {
            let bench = Bench::small();
            bench.fill(20, TimeDelta::minutes(7));
            let clock = bench.market.clock.clone();
            bench.market.on_call(move |number, lines| {
                clock.advance(TimeDelta::seconds(1));
                if number == moves_at {
                    lines.change(&key(victim), clock.now());
                }
            });
            bench.run().await;
            bench.market.clock.advance(TimeDelta::minutes(1));
            bench.run().await;
            bench.assert_complete();
        }
    }
}

#[tokio::test]
async fn a_row_that_appears_late_within_the_overlap_is_found() {
    let bench = Bench::small();
    bench.fill(10, TimeDelta::minutes(20));
    bench.run().await;
    bench.market.edit(|lines| lines.place("late", start() - TimeDelta::minutes(14)));
    bench.market.clock.advance(TimeDelta::minutes(40));
    let report = bench.run().await;
    assert_eq!(report.saved.new, 1);
    bench.assert_complete();
}

#[tokio::test]
async fn a_row_that_appears_later_than_the_overlap_is_found_by_the_census() {
    let bench = Bench::small();
    bench.fill(10, TimeDelta::minutes(20));
    bench.run().await;
    bench.market.edit(|lines| lines.place("late", start() - TimeDelta::minutes(21)));
    bench.market.clock.advance(TimeDelta::minutes(40));
    bench.run().await;
    assert!(!bench.store.contents("orders").contains_key("late"), "the feed cannot know of it");

    let client = bench.client();
    let day = Window { from: start() - TimeDelta::days(1), to: start() };
    let listed = census(&client, &LARGE, day).await.unwrap();
    assert_eq!(listed.len(), 11);
    let stored: BTreeSet<String> = bench.store.contents("orders").into_keys().collect();
    let missing: Vec<String> =
        listed.into_iter().map(|line| line.order_id).filter(|id| !stored.contains(id)).collect();
    assert_eq!(missing, ["late"]);
    let (saved, failures) = refetch(&client, bench.stream, &bench.store, &missing).await.unwrap();
    assert_eq!((saved.new, failures.len()), (1, 0));
    bench.assert_complete();
}

/// A run that dies at the end of its list and goes on much later has no second run that starts an overlap earlier: it
/// must go back by itself.
#[tokio::test]
async fn a_row_that_appears_late_while_a_run_lies_dead_is_found() {
    for call in 0..16 {
        let bench = Bench::small();
        bench.fill(20, TimeDelta::minutes(2));
        bench.market.die_at(call);
        if bench.run_or_die().await.is_some() {
            assert!(call >= 14, "it has 14 calls to make");
            continue;
        }
        bench.revive();
        // Changed before the dead run's end, and shown only after it had read so far.
        bench.market.edit(|lines| {
            lines.place("late-1", start() - SETTLE);
            lines.place("late-2", start() - TimeDelta::minutes(2));
            lines.place("late-3", start() - TimeDelta::minutes(14));
        });
        bench.market.clock.advance(TimeDelta::hours(5));
        bench.market.forget_calls();
        bench.run().await;
        let missing: Vec<String> = bench
            .market
            .contents()
            .into_keys()
            .filter(|id| !bench.store.contents("orders").contains_key(id))
            .collect();
        assert!(missing.is_empty(), "died at call {call}: {missing:?}");
        bench.market.clock.advance(TimeDelta::hours(5));
        bench.run().await;
        bench.assert_complete();
    }
}
