//! Answers that go wrong on request.

use serde::{Deserialize, Serialize};

use super::ledger::Endpoint;

/// What goes wrong, and at which calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Where.
    pub endpoint: Endpoint,
    /// At which call, counted from 1 from the moment the fault is set.
    #[serde(default = "one")]
    pub nth: u64,
    /// How many calls in a row; `null` for all from then on.
    #[serde(default = "once")]
    pub times: Option<u64>,
    /// What.
    pub kind: FaultKind,
}

impl Fault {
    /// The next call of that endpoint goes wrong, and no other.
    #[must_use]
    pub fn next(endpoint: Endpoint, kind: FaultKind) -> Self {
        Self { endpoint, nth: 1, times: Some(1), kind }
    }

    /// Every call of that endpoint goes wrong from now on.
    #[must_use]
    pub fn always(endpoint: Endpoint, kind: FaultKind) -> Self {
        Self { endpoint, nth: 1, times: None, kind }
    }

    /// The same at the `nth` call.
    #[must_use]
    pub fn at(self, nth: u64) -> Self {
        Self { nth, ..self }
    }
}

fn one() -> u64 {
    1
}

#[expect(clippy::unnecessary_wraps, reason = "the field's type, for serde")]
fn once() -> Option<u64> {
    Some(1)
}

/// A way to go wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// 401 `GW.AUTHN`, as for a bad token. Set for good, it is an API group that the application was not granted.
    Unauthorized,
    /// 429 `GW.RATE_LIMIT` with an empty bucket.
    RateLimited,
    /// 429 `GW.RATE_LIMIT` although tokens are left, as the platform answers when it is busy.
    Congested,
    /// 429 `GW.QUOTA_LIMIT` of one call an hour.
    Quota,
    /// 500 `GW.INTERNAL_SERVER_ERROR`.
    ServerError,
    /// 500 `GW.PROXY.03`: the server behind the gateway hung up.
    Proxy,
    /// 503 `GW.BLOCK.02`: maintenance.
    Maintenance,
    /// 504 `GW.TIMEOUT.01`.
    GatewayTimeout,
    /// 200 with a page of HTML.
    Html,
    /// The right answer, cut in the middle of its body by a closed connection.
    Truncated,
    /// The right answer, this many milliseconds late.
    Slow(u64),
    /// The first row has a status, and in the feed a change type, that nobody knows.
    UnknownEnum,
    /// The first row lacks a field, named by its path: `productOrder.totalPaymentAmount`, `lastChangedDate`.
    MissingField(String),
    /// The first row is missing.
    RowMissing,
    /// The feed says that the same page comes next, for ever.
    EndlessMore,
    /// 403 `GW.IP_NOT_ALLOWED`.
    IpNotAllowed,
    /// 400 of the token call: the application sleeps or is stopped.
    Dormant,
}

/// The faults that are set, each with the number of the call it starts at.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    set: Vec<(Fault, u64)>,
}

impl Faults {
    /// `calls_so_far`: how often the endpoint was called before.
    pub(crate) fn set(&mut self, fault: Fault, calls_so_far: u64) {
        let first = calls_so_far + fault.nth.max(1);
        self.set.push((fault, first));
    }

    pub(crate) fn clear(&mut self) {
        self.set.clear();
    }

    /// What goes wrong at that call; the fault that was set first wins.
    pub(crate) fn at(&self, endpoint: Endpoint, call: u64) -> Option<FaultKind> {
        self.set
            .iter()
            .find(|(fault, first)| {
                fault.endpoint == endpoint
                    && call >= *first
                    && fault.times.is_none_or(|times| call < first + times)
            })
            .map(|(fault, _)| fault.kind.clone())
    }
}
