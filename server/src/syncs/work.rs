//! Carrying one sync out: its accounts side by side, each through the host's one way to sync.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::join_all;
use storage::{ConnectorRow, StorageError, SyncRow};

use super::kinds::offered;
use super::{Item, Status, Syncs, overall};
use crate::host::{Ended, Job, Step};

/// Carries a sync out. When the server ends meanwhile, the sync is left for the next one.
pub(super) async fn run(syncs: &Arc<Syncs>, row: SyncRow) {
    if syncs.stop.is_cancelled() {
        return give_back(syncs, row.id).await;
    }
    let parsed = serde_json::from_str::<Job>(&row.order_json)
        .and_then(|job| Ok((job, serde_json::from_str::<Vec<Item>>(&row.items_json)?)));
    let (job, mut items) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            tracing::error!(sync.id = row.id, %error, "a sync in the queue cannot be read");
            return note(syncs, row.id, &[], Some(Status::Failed)).await;
        }
    };
    match syncs.storage.begin_sync(row.id, &syncs.name).await {
        Ok(true) => syncs.changed(),
        Ok(false) => return,
        Err(error) => {
            tracing::warn!(sync.id = row.id, %error, "a sync could not begin; it stays in the queue");
            return give_back(syncs, row.id).await;
        }
    }
    // A server before this one may have done a part.
    let done: Vec<Item> = items.iter().filter(|item| !item.status.is_open()).cloned().collect();
    items.retain(|item| item.status.is_open());
    let board = Board { syncs, id: row.id, accounts: Mutex::new(Vec::new()), done };
    for item in &items {
        board.set(item.account_id, vec![Item { status: Status::Queued, ..item.clone() }]);
    }
    let accounts = items.iter().map(|item| account(&board, &job, item));
    let is_whole = join_all(accounts).await.into_iter().all(|is_whole| is_whole);
    if !is_whole && syncs.stop.is_cancelled() {
        note(syncs, row.id, &board.items(), None).await;
        return give_back(syncs, row.id).await;
    }
    let items = board.items();
    note(syncs, row.id, &items, Some(overall(&items))).await;
}

/// What is known so far, by account.
struct Board<'a> {
    syncs: &'a Arc<Syncs>,
    id: i64,
    accounts: Mutex<Vec<(i64, Vec<Item>)>>,
    done: Vec<Item>,
}

impl Board<'_> {
    fn set(&self, account_id: i64, items: Vec<Item>) {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        match accounts.iter_mut().find(|(id, _)| *id == account_id) {
            Some((_, held)) => *held = items,
            None => accounts.push((account_id, items)),
        }
    }

    fn items(&self) -> Vec<Item> {
        let accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        self.done.iter().cloned().chain(accounts.iter().flat_map(|(_, items)| items.clone())).collect()
    }

    async fn show(&self, account_id: i64, items: Vec<Item>) {
        self.set(account_id, items);
        note(self.syncs, self.id, &self.items(), None).await;
    }
}

/// Syncs one account; whether it came to its end. One that the server's end has kept from it is queued again.
async fn account(board: &Board<'_>, job: &Job, item: &Item) -> bool {
    let syncs = board.syncs;
    let begun = async {
        let first = syncs.turns.sync(item.account_id).await;
        let place = syncs.places.acquire().await.expect("the semaphore is never closed");
        (first, place)
    };
    let (first, _place) = tokio::select! {
        begun = begun => begun,
        () = syncs.stop.cancelled() => return false,
    };
    let mut turn = Some(first.turn().await);
    let row = match syncs.storage.connector(item.account_id).await {
        Ok(row) => row,
        Err(StorageError::NotFound(_)) => {
            let failed = item.clone().failed("not_found", "the account was removed", None);
            board.show(item.account_id, vec![failed]).await;
            return true;
        }
        Err(error) => {
            let fix = Some(error.fix().to_owned());
            let failed = item.clone().failed("storage", "the database cannot be used", fix);
            tracing::error!(sync.id = board.id, %error, "an account cannot be read");
            board.show(item.account_id, vec![failed]).await;
            return true;
        }
    };
    board.show(item.account_id, vec![Item { status: Status::Running, ..item.clone() }]).await;
    syncs.figures.sync_began();
    let mut results = Vec::new();
    for step in &steps(syncs, job, &row) {
        let _turn = match turn.take() {
            Some(turn) => turn,
            None => first.turn().await,
        };
        results.extend(syncs.host.sync(&row, step, syncs.stop.child_token()).await);
    }
    if job.steps.iter().any(|step| matches!(step, Step::Read(_))) {
        syncs.tell_of_movements(&row).await;
    }
    let is_whole = !results.iter().any(|result| result.ended == Ended::Interrupted);
    let ended: Vec<Item> = results.into_iter().map(|result| item.ended(result)).collect();
    syncs.figures.sync_ended(&row.platform, overall(&ended).name());
    if !is_whole && syncs.stop.is_cancelled() {
        board.set(item.account_id, vec![Item { status: Status::Queued, ..item.clone() }]);
        return false;
    }
    board.show(item.account_id, ended).await;
    true
}

/// What of the job there is at the account's platform. Where there is nothing of it, all: the platform's connector says why not.
fn steps(syncs: &Syncs, job: &Job, row: &ConnectorRow) -> Vec<Step> {
    let platforms = syncs.host.platforms().unwrap_or_default();
    let platform = platforms.iter().find(|platform| platform.platform == row.platform);
    let there: Vec<Step> = platform.map(|platform| offered(platform, row, job)).unwrap_or_default();
    if there.is_empty() { job.steps.clone() } else { there }
}

async fn note(syncs: &Syncs, id: i64, items: &[Item], ended: Option<Status>) {
    let text = serde_json::to_string(items).expect("plain values can be written");
    if let Err(error) = syncs.storage.note_sync(id, &syncs.name, text, ended.map(Status::name)).await {
        tracing::warn!(sync.id = id, %error, "how a sync stands could not be kept");
    }
    syncs.changed();
}

async fn give_back(syncs: &Syncs, id: i64) {
    if let Err(error) = syncs.storage.return_sync(id, &syncs.name).await {
        tracing::warn!(sync.id = id, %error, "a sync could not be given back; the next server waits a minute");
    }
    syncs.changed();
}
