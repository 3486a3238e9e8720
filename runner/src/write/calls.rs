//! How often a platform was called.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The calls of one piece of work, as they are made: whoever breaks off can still be told how many there were. Clones count
/// together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Calls(Arc<AtomicU64>);

impl Calls {
    /// Adds the calls of a client that makes no more.
    pub(super) fn add(&self, calls: u64) {
        self.0.fetch_add(calls, Ordering::Relaxed);
    }

    /// How many there were: repeats, looks before and after, and requests for tokens among them.
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
