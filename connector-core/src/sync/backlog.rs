//! What is listed and not yet stored.

use std::collections::{HashSet, VecDeque};

use chrono::{DateTime, Utc};

use super::Window;
use crate::record::Change;

/// What is listed and not yet stored.
pub(super) struct Backlog {
    /// Listed, and not yet asked for.
    pub(super) queue: VecDeque<Change>,
    /// Listed and not stored, in order; begins with what is being fetched.
    pub(super) pending: VecDeque<Change>,
    /// The keys of `pending`, to drop rows that two pages list.
    keys: HashSet<String>,
}

impl Backlog {
    pub(super) fn new() -> Self {
        Self { queue: VecDeque::new(), pending: VecDeque::new(), keys: HashSet::new() }
    }

    /// Adds a change; false when its record waits already, which will be fetched in its newest state anyway.
    pub(super) fn add(&mut self, change: Change) -> bool {
        if !self.keys.insert(change.key.clone()) {
            return false;
        }
        self.queue.push_back(change.clone());
        self.pending.push_back(change);
        true
    }

    pub(super) fn take(&mut self, most: usize) -> Vec<Change> {
        self.queue.drain(..most.min(self.queue.len())).collect()
    }

    pub(super) fn settle(&mut self, count: usize) {
        for change in self.pending.drain(..count) {
            self.keys.remove(&change.key);
        }
    }
}

/// The rows at the instant where the present window begins: the page before may have listed them, as windows touch.
#[derive(Default)]
pub(super) struct Edge {
    at: Option<DateTime<Utc>>,
    keys: HashSet<String>,
}

impl Edge {
    pub(super) fn holds(&self, change: &Change) -> bool {
        self.at == Some(change.at) && self.keys.contains(&change.key)
    }

    /// Notes what the page just read lists at the instant where the next one begins.
    pub(super) fn follow(&mut self, listed: Vec<Change>, next: Option<Window>) {
        let at = next.map(|window| window.from);
        if self.at != at {
            self.at = at;
            self.keys.clear();
        }
        self.keys.extend(listed.into_iter().filter(|change| Some(change.at) == at).map(|change| change.key));
    }
}
