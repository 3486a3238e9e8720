//! What a session has seen so far, so that it need not ask the database again for each batch.
//!
//! Sound because nobody else writes for the account while the session's lease is held. Nothing here decides what is
//! stored, only which statements are sent to find out.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use connector_core::sync::Saved;
use diesel::prelude::*;

use crate::backend::Database;
use crate::error::Failure;
use crate::failures;
use crate::records::lines;
use crate::schema::connectors;

/// What a session has seen so far.
#[derive(Debug, Default)]
pub(crate) struct Habits {
    platform: OnceLock<String>,
    /// All orders of the last batch were new.
    brings_new_orders: AtomicBool,
    /// There is nothing in `failed_records`.
    no_failures: AtomicBool,
    /// No claim speaks for its line.
    no_held_lines: AtomicBool,
    /// Orders that this session has added.
    added: AtomicU64,
}

/// At these numbers of orders added it is time to look at the table.
const LOOKS: [u64; 3] = [1, 3_000, 300_000];

impl Habits {
    /// The account's platform.
    pub(crate) fn platform(&self, connection: &mut Database, connector_id: i64) -> Result<&str, Failure> {
        if let Some(platform) = self.platform.get() {
            return Ok(platform);
        }
        let platform: String =
            connectors::table.find(connector_id).select(connectors::platform).first(connection)?;
        Ok(self.platform.get_or_init(|| platform))
    }

    pub(crate) fn brings_new_orders(&self) -> bool {
        self.brings_new_orders.load(Ordering::Relaxed)
    }

    /// Notes what became of a batch.
    pub(crate) fn note_orders(&self, saved: &Saved) {
        let seen_before = saved.changed + saved.unchanged + saved.older;
        self.brings_new_orders.store(saved.new > 0 && seen_before == 0, Ordering::Relaxed);
    }

    /// Counts orders that were added; says whether it is time to look at the table.
    pub(crate) fn adds(&self, new: u64) -> bool {
        let before = self.added.fetch_add(new, Ordering::Relaxed);
        LOOKS.iter().any(|at| (before..before + new).contains(&(at - 1)))
    }

    /// Whether something of the account may stand in `failed_records`. Asks once.
    pub(crate) fn may_have_failures(
        &self,
        connection: &mut Database,
        connector_id: i64,
    ) -> Result<bool, Failure> {
        if self.no_failures.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let any = failures::any(connection, connector_id)?;
        self.no_failures.store(!any, Ordering::Relaxed);
        Ok(any)
    }

    /// Whether a claim of the account may speak for its line. Asks once.
    pub(crate) fn may_hold_lines(
        &self,
        connection: &mut Database,
        connector_id: i64,
    ) -> Result<bool, Failure> {
        if self.no_held_lines.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let any = lines::any_held(connection, connector_id)?;
        self.no_held_lines.store(!any, Ordering::Relaxed);
        Ok(any)
    }

    /// Notes that claims are about to be stored.
    pub(crate) fn note_claims(&self) {
        self.no_held_lines.store(false, Ordering::Relaxed);
    }

    /// Notes that so many records are about to be kept as failed. When their transaction fails, the next one asks in
    /// vain, no more.
    pub(crate) fn note_failures(&self, count: usize) {
        if count > 0 {
            self.no_failures.store(false, Ordering::Relaxed);
        }
    }
}
