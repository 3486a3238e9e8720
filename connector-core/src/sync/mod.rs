//! The engine: windows and pages in, batches with checkpoints out.

mod store;
mod window;

pub use store::{Batch, Checkpoint, Progress, RunPosition, Saved, Store};
pub use window::Window;
