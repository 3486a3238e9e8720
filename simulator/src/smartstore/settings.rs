//! What can be set while the market runs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::bucket::Rate;
use crate::instant::Millis;

/// How the market behaves. A change over HTTP names only what it changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How long each platform call takes at least.
    pub latency_ms: u64,
    /// The rate limit of each endpoint; `None` sends no limit headers either.
    pub rate: Option<Rate>,
    /// How long a token lives.
    pub token_life_s: i64,
    /// A token with this much life left, or more, is handed out again.
    pub token_renew_s: i64,
    /// Whether a non-standard token request cuts the application to one call an hour, as the platform does since
    /// 2026-08-20 (<https://github.com/commerce-api-naver/commerce-api/discussions/3751>, read 2026-10).
    pub penalty: bool,
    /// How far the market's clock is ahead of the machine's.
    pub clock_offset_ms: Millis,
    /// Whether a window may end in the future.
    pub allow_future_to: bool,
    /// Whether dates without milliseconds are read.
    pub lenient_dates: bool,
    /// Whether life does what the seller would do: send paid orders, settle claims. Else only calls do.
    #[serde(default = "yes")]
    pub seller_acts: bool,
    /// Whether an order may be sent that was not confirmed. The platform has an error for it (104443) but does not say
    /// when.
    #[serde(default = "yes")]
    pub send_unconfirmed: bool,
    /// Product orders that every write refuses, each with the code of the error, for reasons that no state shows.
    #[serde(default)]
    pub refuse: BTreeMap<String, String>,
}

fn yes() -> bool {
    true
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            latency_ms: 0,
            rate: Some(Rate::of_platform()),
            token_life_s: 10_800,
            token_renew_s: 1_800,
            penalty: false,
            clock_offset_ms: 0,
            allow_future_to: false,
            lenient_dates: false,
            seller_acts: true,
            send_unconfirmed: true,
            refuse: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// No limit and no latency: as fast as the machine.
    #[must_use]
    pub fn unlimited() -> Self {
        Self { rate: None, ..Self::default() }
    }
}
