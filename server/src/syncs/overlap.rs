//! What is asked for already: nothing is asked for twice at once.

use storage::SyncRow;

use super::Item;
use crate::host::{Job, Step};

/// The syncs that are queued or under way.
pub(crate) struct Open(Vec<OpenSync>);

struct OpenSync {
    id: i64,
    /// Whether it has yet to begin.
    waits: bool,
    job: Job,
    /// Its accounts that are not done.
    accounts: Vec<i64>,
}

impl Open {
    /// What these rows hold. One that cannot be read will fail by itself, and stands in nobody's way.
    pub(crate) fn of(rows: &[SyncRow]) -> Self {
        let open = |row: &SyncRow| {
            let job = serde_json::from_str(&row.order_json).ok()?;
            let items: Vec<Item> = serde_json::from_str(&row.items_json).ok()?;
            let accounts =
                items.iter().filter(|item| item.status.is_open()).map(|item| item.account_id).collect();
            let waits =
                items.iter().all(|item| item.status == super::Status::Queued) && row.status == "queued";
            Some(OpenSync { id: row.id, waits, job, accounts })
        };
        Self(rows.iter().filter_map(open).collect())
    }

    /// Whether one of the streams, or what a step is named after, is being synced at the account, or about to be.
    pub(crate) fn is_busy(&self, account: i64, streams: &[String]) -> bool {
        let touches = |step: &Step| {
            let own = step.streams();
            own.is_empty() || own.iter().any(|name| streams.contains(name))
        };
        self.0.iter().any(|sync| sync.accounts.contains(&account) && sync.job.steps.iter().any(touches))
    }

    /// A sync that has yet to begin and will read all these streams of the account up to the moment of its reading.
    pub(crate) fn about_to_read(&self, account: i64, streams: &[String]) -> Option<i64> {
        let reads = |step: &Step, name: &String| match step {
            Step::Read(reading) => {
                reading.from.is_none()
                    && reading.to.is_none()
                    && (reading.streams.is_empty() || reading.streams.contains(name))
            }
            _ => false,
        };
        let all = |sync: &&OpenSync| {
            sync.waits
                && sync.accounts.contains(&account)
                && streams.iter().all(|name| sync.job.steps.iter().any(|step| reads(step, name)))
        };
        self.0.iter().find(all).map(|sync| sync.id)
    }
}
