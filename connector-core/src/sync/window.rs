//! A stretch of time.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::time::kst_text;

/// From `from`, included, to `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The first instant.
    pub from: DateTime<Utc>,
    /// The end; the next window begins here.
    pub to: DateTime<Utc>,
}

/// `2026-02-15T10:00:00.000+09:00 .. 2026-02-16T10:00:00.000+09:00`
impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} .. {}", kst_text(self.from), kst_text(self.to))
    }
}
