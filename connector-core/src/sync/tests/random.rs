//! Random lives of a platform, with changes between and during runs, and deaths: at the end the store is the platform.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::{Bench, key};
use crate::sync::Doom;

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    /// Lines are ordered within the last minutes, some at one instant, and shown at once.
    Order { count: usize, minutes_ago: i64 },
    /// A line changes now.
    Change { line: usize },
    /// A line changes while the next run makes this call.
    ChangeDuring { line: usize, call: usize },
    /// Time passes.
    Wait { seconds: i64 },
    /// A run.
    Run,
    /// A run that dies at this save, counted from its beginning.
    DieAtSave { save: u64, after: bool },
    /// A run that dies at this call.
    DieAtCall { call: usize },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1..9_usize, 0..14_i64).prop_map(|(count, minutes_ago)| Step::Order { count, minutes_ago }),
        (0..60_usize).prop_map(|line| Step::Change { line }),
        (0..60_usize, 0..8_usize).prop_map(|(line, call)| Step::ChangeDuring { line, call }),
        (1..5_000_i64).prop_map(|seconds| Step::Wait { seconds }),
        Just(Step::Run),
        (0..8_u64, any::<bool>()).prop_map(|(save, after)| Step::DieAtSave { save, after }),
        (0..8_usize).prop_map(|call| Step::DieAtCall { call }),
    ]
}

async fn live(steps: Vec<Step>) {
    let bench = Bench::small();
    let clock = bench.market.clock.clone();
    let mut placed = 0_usize;
    let mut during: Vec<(usize, usize)> = Vec::new();
    for step in steps {
        match step {
            Step::Order { count, minutes_ago } => {
                // Late at most by the overlap: that is what a feed can find.
                let at = clock.now() - TimeDelta::minutes(minutes_ago);
                bench.market.edit(|lines| {
                    for n in 0..count {
                        lines.place(&key(placed + n), at + TimeDelta::seconds(n as i64 / 4));
                    }
                });
                placed += count;
            }
            Step::Change { line } if placed > 0 => {
                bench.market.edit(|lines| lines.change(&key(line % placed), clock.now()));
            }
            Step::ChangeDuring { line, call } if placed > 0 => during.push((line % placed, call)),
            Step::Change { .. } | Step::ChangeDuring { .. } => {}
            Step::Wait { seconds } => clock.advance(TimeDelta::seconds(seconds)),
            Step::Run => attempt(&bench, &mut during).await,
            Step::DieAtSave { save, after } => {
                let doom = if after { Doom::DieAfter } else { Doom::DieBefore };
                bench.store.doom(bench.store.saves() + save, doom);
                attempt(&bench, &mut during).await;
            }
            Step::DieAtCall { call } => {
                bench.market.die_at(call);
                attempt(&bench, &mut during).await;
            }
        }
    }
    // Two quiet runs, the first of which may still finish what others began.
    for _ in 0..2 {
        clock.advance(TimeDelta::minutes(1));
        bench.run().await;
    }
    bench.assert_complete();
    assert!(bench.store.failures("orders").is_empty());
    clock.advance(TimeDelta::minutes(20));
    bench.market.forget_calls();
    bench.run().await;
    assert!(bench.market.fetched().is_empty(), "nothing is left to do");
}

async fn attempt(bench: &Bench, during: &mut Vec<(usize, usize)>) {
    let changes = std::mem::take(during);
    let clock = bench.market.clock.clone();
    let before = bench.market.calls().len();
    bench.market.on_call(move |number, lines| {
        // Calls take time, so that a change made during a run lies behind its end.
        clock.advance(TimeDelta::milliseconds(40));
        for (line, _) in changes.iter().filter(|(_, call)| before + call == number) {
            lines.change(&key(*line), clock.now());
        }
    });
    if let Some(report) = bench.run_or_die().await {
        assert!(report.error.is_none() && report.suspect.is_none(), "{report:?}");
    }
    bench.revive();
    bench.market.on_call(|_, _| {});
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn after_any_history_the_store_is_the_platform(steps in prop::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(live(steps));
    }
}
