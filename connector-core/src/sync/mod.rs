//! The engine: windows and pages in, batches with checkpoints out.
//!
//! One run of one stream walks its range from the cursor to `now - settle`. What it has listed, what it has still to
//! fetch and what it has stored move together, in the transaction of each batch; so a process may die at any moment,
//! and at most one page of the list and one batch of details are fetched again.

mod asking;
mod backlog;
mod census;
mod checkpoint;
mod daily;
mod engine;
mod fetching;
mod gaps;
mod listing;
#[cfg(any(test, feature = "conformance"))]
mod memory;
mod report;
mod reread;
mod snapshot;
mod store;
mod suspicion;
#[cfg(test)]
mod tests;
mod window;

pub use census::{CensusLine, census, refetch};
pub use checkpoint::{Checkpoint, PendingCheckpoint, RunPosition};
pub use engine::run;
#[cfg(any(test, feature = "conformance"))]
pub use memory::{Doom, MemoryStore};
pub use report::{Observer, Report, RunOptions};
pub use store::{Batch, Progress, Saved, Store, Sweep};
pub use window::Window;
