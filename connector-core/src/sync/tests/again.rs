//! What could not be read is tried again, and what is hard to believe is asked for once more.

use chrono::TimeDelta;

use super::{Bench, key, start};
use crate::sync::Doom;

/// Ten lines of which the platform shows some as it should not.
async fn bench(status: &'static str, lines: &[usize]) -> Bench {
    let bench = Bench::small();
    bench.fill(10, TimeDelta::minutes(30));
    bench.market.edit(|all| lines.iter().for_each(|n| all.get(&key(*n)).status = status));
    bench.run().await;
    bench.market.forget_calls();
    bench.market.clock.advance(TimeDelta::minutes(1));
    bench
}

#[tokio::test]
async fn the_next_run_tries_failed_rows_again_at_once() {
    let bench = bench("BAD", &[2, 5]).await;
    bench.market.edit(|all| [2, 5].into_iter().for_each(|n| all.get(&key(n)).status = "PAID"));
    let report = bench.run().await;
    assert_eq!(bench.market.fetched(), [key(2), key(5)]);
    assert_eq!((report.saved.new, report.failed), (2, 0));
    bench.assert_complete();
    bench.market.forget_calls();
    bench.run().await;
    assert_eq!(bench.market.fetched().len(), 0, "once is enough");
}

#[tokio::test]
async fn one_batch_of_failed_rows_is_tried_in_a_run() {
    let bench = bench("BAD", &[0, 1, 2, 3, 4, 5, 6, 7]).await;
    let report = bench.run().await;
    assert_eq!((bench.market.details(), bench.market.fetched().len()), (1, 3));
    assert_eq!(report.failed, 3);
}

#[tokio::test]
async fn a_failed_row_that_the_walk_brings_is_not_fetched_twice() {
    let bench = bench("BAD", &[2]).await;
    let now = bench.market.clock.now() - TimeDelta::seconds(10);
    bench.market.edit(|all| {
        all.get(&key(2)).status = "PAID";
        all.change(&key(2), now);
    });
    bench.run().await;
    assert_eq!(bench.market.fetched(), [key(2)]);
    bench.assert_complete();
}

#[tokio::test]
async fn details_that_all_stay_out_are_asked_for_once_more() {
    let bench = Bench::small();
    bench.fill(3, TimeDelta::minutes(30));
    bench.market.edit(|all| (0..3).for_each(|n| all.get(&key(n)).status = "GONE"));
    // The first answer to the details holds none of them.
    bench.market.on_call(|number, all| {
        if number >= 2 {
            (0..3).for_each(|n| all.get(&key(n)).status = "PAID");
        }
    });
    let mut bench = bench;
    bench.options.lookback = TimeDelta::hours(20);
    let report = bench.run().await;
    assert_eq!((report.saved.new, report.failed), (3, 0), "{:?}", bench.market.calls());
    assert_eq!(bench.market.details(), 2);
    bench.assert_complete();
}

#[tokio::test]
async fn records_that_are_gone_are_named_after_the_second_answer() {
    let bench = Bench::small();
    bench.fill(3, TimeDelta::minutes(30));
    bench.market.edit(|all| (0..3).for_each(|n| all.get(&key(n)).status = "GONE"));
    let report = bench.run().await;
    assert_eq!((report.failed, bench.market.details()), (3, 2));
}

#[tokio::test]
async fn a_silent_window_after_a_busy_one_is_asked_for_once_more() {
    let mut bench = Bench::large();
    bench.options.lookback = TimeDelta::days(4);
    bench.fill(90, TimeDelta::hours(1));
    // The second window is silent, once.
    let hidden = start() - TimeDelta::days(3);
    bench.market.hide_after_lists(1, hidden);
    bench.run().await;
    bench.assert_complete();
    assert_eq!(bench.market.lists(), 5);
}

#[tokio::test]
async fn quiet_windows_cost_no_second_call_but_the_first_after_a_busy_one() {
    let mut bench = Bench::large();
    bench.options.lookback = TimeDelta::days(10);
    // Busy until a week ago.
    bench.market.edit(|all| {
        for n in 0..48 {
            all.place(
                &key(n),
                start() - TimeDelta::days(10)
                    + TimeDelta::hours(i64::try_from(n).expect("small"))
                    + TimeDelta::minutes(1),
            );
        }
    });
    bench.run().await;
    bench.assert_complete();
    assert_eq!(bench.market.lists(), 11);
}

#[tokio::test]
async fn a_window_that_is_silent_before_busy_ones_is_asked_for_again() {
    let mut bench = Bench::large();
    bench.options.lookback = TimeDelta::days(4);
    bench.fill(36, TimeDelta::hours(2));
    // The first window is truly silent; the second is so once.
    bench.market.hide_after_lists(1, start() - TimeDelta::days(4));
    bench.run().await;
    bench.assert_complete();
    assert_eq!(bench.market.lists(), 5);
}

#[tokio::test]
async fn a_silent_window_is_not_forgotten_by_a_process_that_dies() {
    let bench = || {
        let mut bench = Bench::large();
        bench.options.lookback = TimeDelta::days(4);
        bench.fill(36, TimeDelta::hours(2));
        bench.market.hide_after_lists(1, start() - TimeDelta::days(4));
        bench
    };
    let undisturbed = bench();
    undisturbed.run().await;
    let saves = undisturbed.store.saves();
    assert!(saves > 3, "{saves} saves");
    for save in 0..saves {
        for doom in [Doom::DieBefore, Doom::DieAfter] {
            let bench = bench();
            bench.store.doom(save, doom);
            assert!(bench.run_or_die().await.is_none(), "save {save}");
            bench.revive();
            bench.run().await;
            bench.assert_complete();
            let again = bench.market.lists() - undisturbed.market.lists();
            assert!(again <= 2, "{doom:?} {save}: {again} pages more");
        }
    }
}

#[tokio::test]
async fn a_run_that_is_gone_on_with_doubts_a_silent_last_window() {
    let bench = || {
        let mut bench = Bench::large();
        bench.options.lookback = TimeDelta::days(4);
        bench.fill(48, TimeDelta::hours(2));
        bench
    };
    let undisturbed = bench();
    undisturbed.run().await;
    for save in 0..undisturbed.store.saves() {
        let bench = bench();
        bench.store.doom(save, Doom::DieAfter);
        assert!(bench.run_or_die().await.is_none(), "save {save}");
        bench.revive();
        // The first answer to the next process is silent, whichever window it is for.
        bench.market.hide_after_lists(bench.market.lists(), start() - TimeDelta::days(30));
        bench.run().await;
        bench.assert_complete();
    }
}

#[tokio::test]
async fn a_stumble_between_two_runs_loses_nothing() {
    let mut bench = Bench::large();
    bench.options.lookback = TimeDelta::days(1);
    bench.fill(20, TimeDelta::minutes(30));
    bench.run().await;
    for hours in 1..=4 {
        let now = bench.market.clock.now();
        bench.market.edit(|lines| lines.place(&key(20 + hours), now + TimeDelta::minutes(10)));
        bench.market.clock.advance(TimeDelta::hours(2));
        // The whole answer is silent, and too few rows were to be expected for that to be odd.
        bench.market.hide_after_lists(bench.market.lists(), start() - TimeDelta::days(30));
        let silent = bench.run().await;
        assert_eq!((silent.progress.seen, silent.suspect), (0, None));
        bench.market.clock.advance(TimeDelta::hours(2));
        let before = bench.market.lists();
        assert_eq!(bench.run().await.saved.new, 1);
        assert_eq!(bench.market.lists() - before, 1, "no call more than for its own hours");
        bench.assert_complete();
    }
}
