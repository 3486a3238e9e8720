//! Platforms that misbehave: paging that does not advance, rows that cannot be read, answers that cannot be true.

use chrono::TimeDelta;
use serde_json::json;

use super::market::Lie;
use super::{Bench, key, start};
use crate::error::ErrorKind;
use crate::sync::Store;

#[tokio::test]
async fn a_page_that_always_points_to_itself_is_a_page_loop() {
    let bench = Bench::small();
    bench.fill(10, TimeDelta::minutes(30));
    let at = start() - TimeDelta::minutes(1);
    bench.market.lie_from(0, Lie::Always(json!({"from": at.timestamp_millis(), "after": "x"})));
    let report = bench.report().await;
    assert_eq!(report.error.expect("an error").kind(), ErrorKind::PageLoop);
    assert!(bench.market.calls().len() < 20, "{} calls", bench.market.calls().len());
    assert_eq!(bench.store.checkpoint("orders").await.unwrap().through, None);
}

#[tokio::test]
async fn paging_that_goes_backwards_is_a_page_loop() {
    let bench = Bench::small();
    bench.fill(10, TimeDelta::minutes(30));
    let at = start() - TimeDelta::days(3);
    bench.market.lie_from(0, Lie::Always(json!({"from": at.timestamp_millis(), "after": "x"})));
    let report = bench.report().await;
    assert_eq!(report.error.expect("an error").kind(), ErrorKind::PageLoop);
    assert_eq!(bench.market.calls().len(), 1);
}

#[tokio::test]
async fn what_was_committed_before_a_page_loop_is_kept_and_gone_on_from() {
    let bench = Bench::small();
    bench.fill(20, TimeDelta::minutes(30));
    let back = (start() - TimeDelta::days(3)).timestamp_millis();
    bench.market.lie_from(6, Lie::Always(json!({"from": back, "after": "x"})));
    let report = bench.report().await;
    assert_eq!(report.error.expect("an error").kind(), ErrorKind::PageLoop);
    let kept = bench.store.contents("orders").len();
    assert!((6..20).contains(&kept), "{kept} rows");
    bench.market.lie_no_more();
    bench.market.forget_calls();
    bench.run().await;
    bench.assert_complete();
    assert!(bench.market.fetched().len() <= 20 - kept);
}

#[tokio::test]
async fn paging_that_never_ends_is_a_page_loop() {
    let bench = Bench::small();
    bench.fill(10, TimeDelta::minutes(30));
    // Each answer repeats its rows and points one millisecond further.
    bench.market.lie_from(0, Lie::Creeps);
    let report = bench.report().await;
    assert_eq!(report.error.expect("an error").kind(), ErrorKind::PageLoop);
    assert!(bench.market.lists() < 40, "{} lists", bench.market.lists());
}

#[tokio::test]
async fn rows_that_cannot_be_read_are_counted_and_kept_and_the_others_stored() {
    let bench = Bench::small();
    bench.fill(10, TimeDelta::minutes(30));
    bench.market.edit(|lines| {
        lines.get(&key(2)).status = "GONE";
        lines.get(&key(5)).status = "BAD";
        lines.get(&key(6)).status = "BAD";
    });
    let report = bench.run().await;
    assert_eq!((report.saved.new, report.failed), (7, 3));
    assert_eq!(
        report.failures,
        [
            format!("{}: the platform listed it but sent no details", key(2)),
            format!("{}: status: unreadable", key(5)),
            format!("{}: status: unreadable", key(6)),
        ]
    );
    let failures = bench.store.failures("orders");
    assert_eq!(failures.len(), 3);
    assert!(failures.iter().filter(|failure| failure.raw.is_some()).count() == 2);
    assert!(bench.store.checkpoint("orders").await.unwrap().through.is_some());
    // They change, and can be read: the failures are gone.
    bench.market.clock.advance(TimeDelta::minutes(5));
    let now = bench.market.clock.now() - TimeDelta::minutes(1);
    bench.market.edit(|lines| {
        for n in [2, 5, 6] {
            lines.get(&key(n)).status = "PAID";
            lines.change(&key(n), now);
        }
    });
    bench.run().await;
    bench.assert_complete();
    assert!(bench.store.failures("orders").is_empty());
}

#[tokio::test]
async fn a_row_without_a_readable_key_is_one_failure() {
    let bench = Bench::small();
    bench.fill(10, TimeDelta::minutes(30));
    bench.market.edit(|lines| lines.get(&key(4)).status = "NAMELESS");
    let report = bench.run().await;
    assert_eq!((report.saved.new, report.failed), (9, 1));
    assert_eq!(report.failures, [format!("{}: id: missing", key(4))]);
}

#[tokio::test]
async fn a_platform_that_sends_more_than_was_asked_for_is_taken_at_its_word() {
    let bench = Bench::small();
    bench.fill(10, TimeDelta::minutes(30));
    bench.market.edit(|lines| lines.get(&key(4)).status = "TWINS");
    let report = bench.run().await;
    assert_eq!((report.saved.new, report.failed), (11, 0));
}

#[tokio::test]
async fn an_empty_answer_that_cannot_be_true_is_suspect_and_moves_no_cursor() {
    let mut bench = Bench::small();
    bench.fill(20, TimeDelta::minutes(5));
    bench.run().await;
    let cursor = bench.store.checkpoint("orders").await.unwrap();
    bench.market.hide_from(start() - TimeDelta::minutes(30));
    bench.market.clock.advance(TimeDelta::minutes(10));
    bench.options.overlap = Some(TimeDelta::minutes(25));
    let report = bench.report().await;
    assert!(report.error.is_none());
    assert!(
        report.suspect.as_deref().is_some_and(|text| text.contains("stored rows")),
        "{:?}",
        report.suspect
    );
    assert_eq!(bench.store.checkpoint("orders").await.unwrap(), cursor);
    // The platform comes to its senses: the same range is read again.
    bench.market.hide_from(chrono::DateTime::<chrono::Utc>::MAX_UTC);
    bench.run().await;
    assert!(bench.store.checkpoint("orders").await.unwrap().through > cursor.through);
}

#[tokio::test]
async fn silence_in_hours_that_were_busy_on_every_day_is_suspect() {
    for (per_hour, suspect) in [(12, true), (4, false)] {
        let mut bench = Bench::large();
        bench.options.lookback = TimeDelta::days(30);
        bench.fill(24 * 16 * per_hour, TimeDelta::hours(1) / i32::try_from(per_hour).unwrap());
        bench.run().await;
        bench.market.clock.advance(TimeDelta::hours(2));
        bench.options.overlap = Some(TimeDelta::zero());
        bench.market.hide_from(start() - TimeDelta::minutes(2));
        let report = bench.report().await;
        assert_eq!(report.suspect.is_some(), suspect, "{per_hour} an hour: {:?}", report.suspect);
    }
}

#[tokio::test]
async fn quiet_hours_are_not_suspect() {
    let mut bench = Bench::large();
    bench.options.lookback = TimeDelta::days(30);
    // Busy from 09:00 to 12:00 on each of twenty days.
    bench.market.edit(|lines| {
        for day in 1..20 {
            for n in 0..90 {
                let at = start() - TimeDelta::days(day) + TimeDelta::minutes(2 * n - 60);
                lines.place(&format!("{day:02}-{n:03}"), at);
            }
        }
    });
    bench.market.clock.advance(TimeDelta::hours(4));
    bench.run().await;
    bench.market.clock.advance(TimeDelta::hours(10));
    let report = bench.run().await;
    assert_eq!(report.progress.seen, 0);
    bench.assert_complete();
}

#[tokio::test]
async fn rows_that_all_changed_just_now_are_not_missing() {
    let bench = Bench::small();
    bench.fill(5, TimeDelta::seconds(10));
    bench.run().await;
    bench.market.clock.advance(TimeDelta::minutes(1));
    let now = bench.market.clock.now();
    // A seller ships all orders of the last minutes at once, and a run follows within the second.
    bench.market.edit(|lines| (0..5).for_each(|n| lines.change(&key(n), now)));
    bench.run().await;
    bench.market.clock.advance(TimeDelta::minutes(1));
    assert_eq!(bench.run().await.saved.changed, 5);
    bench.assert_complete();
}
