//! How many calls a range takes, around every edge of pages, batches and windows.

use chrono::TimeDelta;

use super::market::{Call, OVERLAP, SETTLE, instant};
use super::{Bench, key, start};
use crate::sync::{Progress, Saved};

#[tokio::test]
async fn every_row_comes_exactly_once_around_the_page_size() {
    for (count, pages) in [(0, 1), (1, 1), (299, 1), (300, 1), (301, 2), (600, 2), (601, 3)] {
        let bench = Bench::large();
        bench.fill(count, TimeDelta::seconds(60));
        let report = bench.run().await;
        bench.assert_complete();
        let rows = count as u64;
        assert_eq!(report.saved, Saved { new: rows, stored: rows, ..Saved::default() }, "{count}");
        assert_eq!(report.progress.seen, rows);
        assert_eq!(bench.market.fetched().len(), count, "{count}: no line is fetched twice");
        assert_eq!((bench.market.lists(), bench.market.details()), (pages, count.div_ceil(300)), "{count}");
        assert_eq!(report.progress.calls, (pages + count.div_ceil(300)) as u64);
        assert_eq!(bench.store.progress("orders"), Progress { pages: pages as u64, ..report.progress });
    }
}

#[tokio::test]
async fn rows_of_one_instant_are_told_apart_by_page_tokens() {
    for (count, most_pages) in [(299, 1), (300, 1), (301, 3), (600, 3), (601, 4)] {
        let bench = Bench::large();
        bench.fill(count, TimeDelta::zero());
        let report = bench.run().await;
        bench.assert_complete();
        assert_eq!(report.saved.new, count as u64);
        assert_eq!(report.progress.seen, count as u64, "{count}: rows listed twice count once");
        assert_eq!(report.progress.known, 0);
        assert_eq!(bench.market.fetched().len(), count);
        assert!(bench.market.lists() <= most_pages, "{count}: {} pages", bench.market.lists());
        assert_eq!(bench.market.details(), count.div_ceil(300));
    }
}

#[tokio::test]
async fn ties_across_page_borders_are_neither_lost_nor_doubled() {
    for tie in [2, 7, 299, 300, 301, 450] {
        let bench = Bench::large();
        let last = start() - TimeDelta::minutes(1);
        bench.market.edit(|lines| {
            for n in 0..1_000 {
                lines.place(&key(n), last - TimeDelta::minutes(i64::try_from(n / tie).unwrap()));
            }
        });
        let report = bench.run().await;
        bench.assert_complete();
        assert_eq!(
            (report.saved.new, report.progress.seen, report.progress.known),
            (1_000, 1_000, 0),
            "{tie}"
        );
        assert_eq!(bench.market.fetched().len(), 1_000, "{tie}");
        assert!(bench.market.lists() <= 4 + 1_000 / tie.min(300), "{tie}: {}", bench.market.lists());
    }
}

#[tokio::test]
async fn the_last_and_first_millisecond_of_a_second_are_kept_apart() {
    let bench = Bench::large();
    let until = start() - SETTLE;
    let day = TimeDelta::days(1);
    let millis = TimeDelta::milliseconds;
    bench.market.edit(|lines| {
        // Around the end of the run, around the beginning of its range, and around a border within.
        for (n, at) in [
            until - millis(1),
            until,
            until + millis(1),
            until + millis(999),
            until - day,
            until - day - millis(1),
            until - day + millis(999),
            until - millis(2_001),
            until - millis(2_000),
        ]
        .into_iter()
        .enumerate()
        {
            lines.place(&key(n), at);
        }
    });
    bench.run().await;
    let stored: Vec<String> = bench.store.contents("orders").into_keys().collect();
    assert_eq!(stored, [key(0), key(1), key(4), key(6), key(7), key(8)]);
    bench.market.clock.advance(TimeDelta::seconds(60));
    let second = bench.run().await;
    assert_eq!(second.saved.new, 2);
    let stored = bench.store.contents("orders");
    assert!(stored.contains_key(&key(2)) && stored.contains_key(&key(3)));
    assert!(!stored.contains_key(&key(5)), "it lies before the first run's range");
}

#[tokio::test]
async fn rows_on_the_border_of_two_windows_count_once() {
    let mut bench = Bench::large();
    bench.options.lookback = TimeDelta::days(3);
    let from = start() - SETTLE - TimeDelta::days(3);
    bench.market.edit(|lines| {
        for n in 0..10 {
            let border = from + TimeDelta::days(1 + i64::try_from(n).unwrap() % 2);
            lines.place(&key(n), border);
        }
    });
    let report = bench.run().await;
    bench.assert_complete();
    assert_eq!((report.progress.seen, report.progress.known, report.saved.new), (10, 0, 10));
    assert_eq!(bench.market.fetched().len(), 10);
    // The same holds where the range is read again, when the store knows every row.
    bench.options.range = report.range;
    let again = bench.run().await;
    assert_eq!((again.progress.seen, again.progress.known, again.saved.unchanged), (10, 0, 10));
}

#[tokio::test]
async fn ten_thousand_rows_over_29_days_take_at_most_75_calls() {
    let mut bench = Bench::large();
    bench.options.lookback = TimeDelta::days(30);
    bench.fill(10_000, TimeDelta::days(29) / 10_000);
    let report = bench.run().await;
    bench.assert_complete();
    assert_eq!(report.saved.new, 10_000);
    assert!(report.progress.calls <= 75, "{} calls", report.progress.calls);
    assert_eq!(bench.market.details(), 34, "every batch but the last is full");
}

#[tokio::test]
async fn windows_touch_within_the_maximum_and_end_before_now() {
    let mut bench = Bench::large();
    bench.options.lookback = TimeDelta::days(10);
    bench.fill(900, TimeDelta::minutes(13));
    let report = bench.run().await;
    let range = report.range.expect("a range");
    assert_eq!((range.from, range.to), (start() - SETTLE - TimeDelta::days(10), start() - SETTLE));
    let mut reached = range.from;
    for call in bench.market.calls() {
        let Call::List { from, to, .. } = call else { continue };
        let (from, to) = (instant(from), instant(to));
        assert!(from <= reached, "a gap before {from}");
        assert!(to - from <= TimeDelta::days(1) && to <= range.to);
        reached = to;
    }
    assert_eq!(reached, range.to);
    bench.market.forget_calls();
    bench.market.clock.advance(TimeDelta::hours(1));
    let second = bench.run().await.range.expect("a range");
    assert_eq!(second.from, range.to - OVERLAP);
}
