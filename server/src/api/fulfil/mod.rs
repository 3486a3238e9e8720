//! Acting on orders at their platforms: one order, or many side by side.
//!
//! | Part | Does |
//! |---|---|
//! | `wanted` | from the words of a request to what is to be done |
//! | `attempt` | under which key it is noted, so that one effect comes of many requests |
//! | `carry_out` | many orders at once: each with what came of it |
//! | `verdict` | from an outcome to an answer or a problem |
//! | `status`, `batch` | the operations |

pub(super) mod attempt;
pub(crate) mod batch;
mod carry_out;
pub(crate) mod status;
pub(super) mod verdict;
pub(super) mod wanted;
