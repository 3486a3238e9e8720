//! A process may die at any moment: at any save, before or after it, and at any call.

use chrono::TimeDelta;

use super::Bench;
use super::market::Call;
use crate::sync::{Doom, Store};

/// Lines in a shape that has ties, full pages and a part-filled one.
fn bench() -> Bench {
    let bench = Bench::small();
    let last = bench.market.clock.now() - TimeDelta::minutes(1);
    bench.market.edit(|lines| {
        for (n, minutes) in [50, 40, 40, 40, 40, 39, 30, 30, 29, 20, 20, 20, 20, 20, 20, 20, 5, 4, 3, 0]
            .into_iter()
            .enumerate()
        {
            lines.place(&super::key(n), last - TimeDelta::minutes(minutes));
        }
    });
    bench
}

/// Windows and pages of the list calls, in order.
fn pages(bench: &Bench) -> Vec<Call> {
    bench.market.calls().into_iter().filter(|call| matches!(call, Call::List { .. })).collect()
}

/// Resumes after a death and checks what it cost.
async fn resume(bench: &Bench, undisturbed: &Bench, what: &str) {
    bench.revive();
    let complete = bench.store.checkpoint("orders").await.unwrap().through.is_some();
    bench.run().await;
    bench.assert_complete();
    let again = bench.market.fetched().len() - undisturbed.market.fetched().len();
    assert!(again <= 3, "{what}: {again} lines were fetched again");
    let again = pages(bench).len() - pages(undisturbed).len();
    // After a run that died with everything stored comes one that begins anew, an overlap earlier.
    assert!(again <= 1 || complete && again <= 2, "{what}: {again} pages were listed again");
    // And the run after that finds everything in order.
    bench.market.clock.advance(TimeDelta::hours(1));
    bench.market.forget_calls();
    bench.run().await;
    assert_eq!(bench.market.fetched().len(), 0, "{what}: the next run has nothing to do");
}

#[tokio::test]
async fn a_death_at_any_save_costs_one_page_and_one_batch() {
    let undisturbed = bench();
    undisturbed.run().await;
    let saves = undisturbed.store.saves();
    assert!(saves > 7, "{saves} saves");
    for save in 0..saves {
        for doom in [Doom::DieBefore, Doom::DieAfter] {
            let bench = bench();
            bench.store.doom(save, doom);
            assert!(bench.run_or_die().await.is_none(), "save {save}");
            resume(&bench, &undisturbed, &format!("{doom:?} {save}")).await;
        }
    }
}

#[tokio::test]
async fn a_death_at_any_call_costs_one_page_and_one_batch() {
    let undisturbed = bench();
    undisturbed.run().await;
    for call in 0..undisturbed.market.calls().len() {
        let bench = bench();
        bench.market.die_at(call);
        assert!(bench.run_or_die().await.is_none(), "call {call}");
        resume(&bench, &undisturbed, &format!("call {call}")).await;
    }
}

#[tokio::test]
async fn dying_again_and_again_still_gets_to_the_end() {
    for stride in 1..6_u64 {
        let bench = bench();
        let mut deaths = 0;
        loop {
            bench.store.doom(bench.store.saves() + stride, Doom::DieBefore);
            let Some(report) = bench.run_or_die().await else {
                deaths += 1;
                assert!(deaths < 60, "dying at every {stride}th save, it must still get on");
                bench.revive();
                // Life goes on meanwhile.
                bench.market.clock.advance(TimeDelta::seconds(10));
                continue;
            };
            assert!(report.error.is_none() && report.suspect.is_none(), "{report:?}");
            break;
        }
        assert!(deaths >= 2, "{deaths}");
        bench.assert_complete();
    }
}

#[tokio::test]
async fn a_database_that_refuses_a_save_leaves_everything_for_the_next_run() {
    let undisturbed = bench();
    undisturbed.run().await;
    for save in 0..undisturbed.store.saves() {
        let bench = bench();
        bench.store.doom(save, Doom::Refuse);
        let report = bench.report().await;
        assert_eq!(report.error.expect("a refusal").kind(), crate::ErrorKind::Storage);
        bench.revive();
        bench.run().await;
        bench.assert_complete();
    }
}

#[tokio::test]
async fn an_older_observation_never_overwrites_a_newer_one() {
    let bench = bench();
    bench.run().await;
    let client = bench.client();
    bench.market.edit(|lines| lines.get(&super::key(3)).version = 7);
    let keys = [super::key(3)];
    crate::sync::refetch(&client, bench.stream, &bench.store, &keys).await.unwrap();
    let newest = bench.store.contents("orders");
    bench.market.edit(|lines| lines.get(&super::key(3)).version = 1);
    bench.market.clock.advance(TimeDelta::seconds(-60));
    let (saved, _) = crate::sync::refetch(&client, bench.stream, &bench.store, &keys).await.unwrap();
    assert_eq!((saved.older, saved.changed, saved.stored), (1, 0, 1));
    assert_eq!(bench.store.contents("orders"), newest);
}
