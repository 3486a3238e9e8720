//! Whose turn it is at an account: syncs and writes of this server wait for each other here, so that none of them has to wait
//! for the account's lease, which decides between processes.
//!
//! What somebody clicks on goes before syncs that have not begun: these stand in a queue of their own, and only the first of
//! them waits beside the writes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use connector_core::ErrorKind;
use futures_util::future::join_all;
use tokio::sync::OwnedMutexGuard;
use tokio_util::sync::CancellationToken;

use crate::host::{Host, WriteOutcome, WriteTask};

/// How long a write waits for a sync that is under way.
const PATIENCE: Duration = Duration::from_secs(60);

type Place = Arc<tokio::sync::Mutex<()>>;

#[derive(Clone, Default)]
struct Account {
    /// Where syncs wait for each other.
    queue: Place,
    /// Where whoever is first among them and the writes take turns.
    desk: Place,
}

/// Whose turn it is at each account.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<i64, Account>>);

/// A sync's place: the first of its account's syncs.
pub(crate) struct First {
    account: Account,
    _queue: OwnedMutexGuard<()>,
}

impl Turns {
    fn account(&self, id: i64) -> Account {
        let mut accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.retain(|_, account| {
            Arc::strong_count(&account.queue) > 1 || Arc::strong_count(&account.desk) > 1
        });
        accounts.entry(id).or_default().clone()
    }

    /// Waits until no other sync of the account is before this one.
    pub(crate) async fn sync(&self, account_id: i64) -> First {
        let account = self.account(account_id);
        let queue = Arc::clone(&account.queue).lock_owned().await;
        First { account, _queue: queue }
    }

    /// Waits for the turn of a write.
    async fn write(&self, account_id: i64) -> OwnedMutexGuard<()> {
        self.account(account_id).desk.lock_owned().await
    }
}

impl First {
    /// Waits for the sync's turn, which lasts as long as what it gives: between two steps of a sync a write may have its own.
    pub(crate) async fn turn(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.account.desk).lock_owned().await
    }
}

/// Does something at an account when it is its turn; `None`, with nothing done, when that does not come in time.
pub(crate) async fn in_turn<T>(
    turns: &Turns,
    account_id: i64,
    stop: &CancellationToken,
    work: impl Future<Output = T>,
) -> Option<T> {
    let turn = tokio::select! {
        turn = tokio::time::timeout(PATIENCE, turns.write(account_id)) => turn.ok(),
        () = stop.cancelled() => None,
    };
    let _turn = turn?;
    Some(work.await)
}

/// Writes to platforms, accounts side by side, each when it is its turn: one outcome for each task, in their order.
pub(crate) async fn write(
    turns: &Turns,
    host: &dyn Host,
    tasks: Vec<WriteTask>,
    stop: &CancellationToken,
) -> Vec<WriteOutcome> {
    let count = tasks.len();
    let mut by_account: Vec<(i64, Vec<usize>, Vec<WriteTask>)> = Vec::new();
    for (place, task) in tasks.into_iter().enumerate() {
        let id = task.row.id;
        match by_account.iter_mut().find(|(account, ..)| *account == id) {
            Some((_, places, tasks)) => {
                places.push(place);
                tasks.push(task);
            }
            None => by_account.push((id, vec![place], vec![task])),
        }
    }
    let work = by_account.into_iter().map(|(id, places, tasks)| async move {
        let written = in_turn(turns, id, stop, host.write(tasks, false, stop.child_token())).await;
        let outcomes = written.unwrap_or_else(|| vec![not_begun(); places.len()]);
        (places, outcomes)
    });
    let mut placed = vec![None; count];
    for (places, outcomes) in join_all(work).await {
        // A task of the host's that broke down leaves fewer outcomes, and nobody knows whose.
        let is_whole = places.len() == outcomes.len();
        for (place, outcome) in places.into_iter().zip(outcomes) {
            placed[place] = Some(outcome).filter(|_| is_whole);
        }
    }
    placed.into_iter().map(|outcome| outcome.unwrap_or_else(lost)).collect()
}

/// What is said where an account's turn did not come.
pub(crate) fn not_begun() -> WriteOutcome {
    WriteOutcome {
        message: Some("the account is being synced; nothing was sent".to_owned()),
        kind: Some(ErrorKind::Interrupted),
        ..bare("failed")
    }
}

fn lost() -> WriteOutcome {
    WriteOutcome { message: Some("the work broke down before its end".to_owned()), ..bare("unknown") }
}

fn bare(result: &str) -> WriteOutcome {
    WriteOutcome {
        is_good: false,
        result: result.to_owned(),
        reference: None,
        code: None,
        message: None,
        kind: None,
        intent: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn soon<T>(future: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout(Duration::from_millis(50), future).await.ok()
    }

    #[tokio::test]
    async fn a_write_waits_for_the_sync_under_way_and_for_none_behind_it() {
        let turns = Arc::new(Turns::default());
        let first = turns.sync(1).await;
        let under_way = first.turn().await;
        let other = Arc::clone(&turns);
        let second = tokio::spawn(async move {
            let second = other.sync(1).await;
            drop(second.turn().await);
        });
        tokio::task::yield_now().await;
        assert!(soon(turns.write(1)).await.is_none(), "the first is under way");
        assert!(soon(turns.write(2)).await.is_some(), "another account");
        let mut write = Box::pin(turns.write(1));
        assert!(soon(&mut write).await.is_none());
        drop(under_way);
        let click = soon(write).await.expect("its turn, before the second sync");
        drop(first);
        assert!(!second.is_finished());
        drop(click);
        assert!(soon(second).await.is_some());
    }

    #[tokio::test]
    async fn accounts_that_nobody_waits_for_are_forgotten() {
        let turns = Turns::default();
        for id in 0..100 {
            drop(turns.write(id).await);
        }
        assert!(turns.0.lock().expect("free").len() <= 2);
    }
}
