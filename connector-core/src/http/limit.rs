//! How often a platform may be called.

use std::time::Duration;

/// A documented limit of one operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// The operation it counts; `"*"` stands for each operation that has no entry of its own.
    pub operation: &'static str,
    /// Over what the platform counts.
    pub scope: Scope,
    /// Calls per second, on average.
    pub per_second: f64,
    /// Calls that may come at once.
    pub burst: u32,
}

/// What shares one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Each operation of one application for itself.
    Operation,
    /// All operations of one application together.
    Application,
}

/// What an answer says about limits; all of it optional.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LimitNotice {
    /// Calls per second.
    pub per_second: Option<f64>,
    /// Calls that may come at once.
    pub burst: Option<u32>,
    /// Calls left just now.
    pub remaining: Option<u32>,
    /// Call nothing for this long.
    pub pause: Option<Duration>,
    /// The server is known to keep no limit, as a test server that sends no limit headers where the real platform
    /// always does.
    pub unlimited: bool,
}
