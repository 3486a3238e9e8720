//! What can be set while the account is called.

use serde::{Deserialize, Serialize};

use crate::instant::{MINUTE, Millis, SECOND};

/// How an account behaves. A change over HTTP names only what it changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How long each call takes at least.
    pub latency_ms: u64,
    /// The limit of all calls together; `None` sends no warnings either.
    pub rate: Option<Rate>,
    /// How far the account's clock is ahead of the machine's.
    pub clock_offset_ms: Millis,
    /// How far the date of a signature may lie from the platform's time, on either side.
    pub signature_life_ms: Millis,
    /// The addresses that may call; `None` is everybody.
    pub allowed_ips: Option<Vec<String>>,
    /// Whether the system has blocked the vendor: every call is redirected.
    pub blocked: bool,
    /// How many errors in how short a time close the platform's edge to an address; `None` is never.
    pub storm: Option<Storm>,
    /// Whether `code` is a number or a text.
    pub codes: Codes,
    /// What the last page says of the next.
    pub last_token: LastToken,
    /// How the platform words the bound of a search by days; it decides whether 31 days are too many.
    pub daily_bound: DailyBound,
    /// After how long a paid order stands in the lists; asked for by itself it is there at once.
    pub list_delay_ms: Millis,
    /// After how long a product that was handed in is approved and its options have their ids.
    pub approval_delay_ms: Millis,
    /// After how long an exchange that was received has its new box.
    pub exchange_box_delay_ms: Millis,
    /// Whether returns of less than 100,000 won are refunded before the seller approves, so that he need not.
    pub quick_refunds: bool,
    /// How many products the seller may register; `None` is any number.
    pub permitted_products: Option<u64>,
    /// Whether life acknowledges, ships and settles claims, as a seller does with other tools. Otherwise only calls do.
    pub life_sells: bool,
}

/// How fast an account may be called, whatever the endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Calls within any second.
    pub per_second: u32,
    /// How long every call is refused after one too many.
    pub cool_down_ms: Millis,
}

impl Rate {
    /// Five a second since 2026-03-17; the platform speaks of minutes until it lets a caller in again
    /// (<https://developers.coupangcorp.com/hc/ko/articles/20414599556889>).
    #[must_use]
    pub fn of_platform() -> Self {
        Self { per_second: 5, cool_down_ms: MINUTE }
    }
}

/// What the platform's edge takes for an attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storm {
    /// So many answers of 400 and more,
    pub errors: usize,
    /// within so long,
    pub within_ms: Millis,
    /// close it for so long.
    pub block_ms: Millis,
}

impl Storm {
    /// As a client's log tells: twenty in five seconds, for ten minutes.
    #[must_use]
    pub fn of_platform() -> Self {
        Self { errors: 20, within_ms: 5 * SECOND, block_ms: 10 * MINUTE }
    }
}

/// How `code` is written where the order and claim calls answer. The documents and live answers differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Codes {
    /// `200` in lists, `"200"` elsewhere.
    #[default]
    Documented,
    /// Always `200`.
    Numbers,
    /// Always `"200"`.
    Texts,
}

/// `nextToken` of a last page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LastToken {
    /// `""`, as documented.
    #[default]
    Empty,
    /// `null`, as clients saw.
    Null,
}

/// The bound of a search by days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DailyBound {
    /// From the first to the last day are less than 31, as documented.
    #[default]
    LessThan31,
    /// Less than 32, as clients were told.
    LessThan32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            latency_ms: 0,
            rate: Some(Rate::of_platform()),
            clock_offset_ms: 0,
            signature_life_ms: 5 * MINUTE,
            allowed_ips: None,
            blocked: false,
            storm: None,
            codes: Codes::default(),
            last_token: LastToken::default(),
            daily_bound: DailyBound::default(),
            list_delay_ms: 0,
            approval_delay_ms: 0,
            exchange_box_delay_ms: 0,
            quick_refunds: false,
            permitted_products: None,
            life_sells: true,
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
