//! What can be set while the seller's account runs.

use serde::{Deserialize, Serialize};

use crate::instant::Millis;

/// How the platform behaves towards a seller. A change over HTTP names only what it changes. Where the platform's own
/// behaviour is not documented, the default says which of the known answers it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How long each call takes at least.
    pub latency_ms: u64,
    /// Calls that are answered in one second of the clock; others get 429. The platform publishes no limit.
    pub per_second: Option<u32>,
    /// Whether the key is a user's; else calls end with `AuthMessage` 200.
    pub key_is_good: bool,
    /// Whether the seller may use the API; else calls end with `AuthMessage` 300.
    pub is_approved: bool,
    /// Whether the caller's address is registered; else calls end with `AuthMessage` -500.
    pub is_address_registered: bool,
    /// The HTTP status of `AuthMessage`s, but of -500 which comes with 500. Not documented.
    pub auth_status: u16,
    /// The most rows that a list shows; the rest is cut off in silence.
    pub most_rows: usize,
    /// The code of a claim list without claims: the guide's example shows -1, the order lists give 0.
    pub no_claims_code: i32,
    /// Whether a window holds the whole minute that it ends with; else it ends as that minute begins. Not documented.
    pub end_is_inclusive: bool,
    /// Whether lists of closed claims are asked for by when they were closed; else by when they were requested. Not
    /// documented.
    pub closed_claims_by_end: bool,
    /// Whether a stock of 0 is refused. Not documented.
    pub refuses_zero_stock: bool,
    /// Whether a body whose bytes contradict its declaration is refused; else it is read as it is declared, which the
    /// ledger's violations tell.
    pub refuses_wrong_charset: bool,
    /// Products that may be registered in a Korean day.
    pub registrations_per_day: u32,
    /// Whether life acts for the seller: confirms, ships, decides on claims. Without, only the API does; buyers and
    /// carriers go on.
    pub seller_acts: bool,
    /// How far the platform's clock is ahead of the machine's.
    pub clock_offset_ms: Millis,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            latency_ms: 0,
            per_second: None,
            key_is_good: true,
            is_approved: true,
            is_address_registered: true,
            auth_status: 200,
            most_rows: 3_000,
            no_claims_code: -1,
            end_is_inclusive: true,
            closed_claims_by_end: false,
            refuses_zero_stock: false,
            refuses_wrong_charset: false,
            registrations_per_day: 500,
            seller_acts: true,
            clock_offset_ms: 0,
        }
    }
}
