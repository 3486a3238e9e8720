//! Every call that arrives, in order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::instant::Millis;

/// What the platform offers here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// `POST /v1/oauth2/token`
    Token,
    /// `GET /v1/pay-order/seller/product-orders/last-changed-statuses`
    Feed,
    /// `POST /v1/pay-order/seller/product-orders/query`
    Query,
    /// `GET /v1/pay-order/seller/product-orders`
    List,
    /// `GET /v1/seller/account`
    Account,
    /// Anything else.
    Unknown,
}

/// One call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Call {
    /// Counted from 1 since the last reset.
    pub number: u64,
    /// When it arrived, by the market's clock.
    pub at: Millis,
    /// What was called.
    pub endpoint: Endpoint,
    /// What it was answered; 0 while, or when, no answer was made, as for a caller that went away.
    pub status: u16,
    /// For the feed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feed: Option<FeedCall>,
    /// The ids asked for in a query, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
    /// Rows in the answer.
    #[serde(default)]
    pub rows: usize,
}

/// The three parts that say which page of the feed was asked for, as they were sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FeedCall {
    /// `lastChangedFrom`
    pub from: String,
    /// `lastChangedTo`
    pub to: Option<String>,
    /// `moreSequence`
    pub sequence: Option<String>,
}

/// How often an endpoint was called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    /// All calls.
    pub calls: u64,
    /// Those answered 429.
    pub limited: u64,
}

/// What the market has seen since the last reset.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Calls {
    /// By endpoint.
    pub totals: BTreeMap<Endpoint, Total>,
    /// Why token requests were non-standard, one text for each fault of each request.
    pub violations: Vec<String>,
    /// The most calls that were being answered at the same time.
    pub in_flight_most: usize,
    /// One by one, as they arrived; empty when only the totals were asked for.
    pub calls: Vec<Call>,
}

impl Calls {
    /// The totals of one endpoint.
    #[must_use]
    pub fn of(&self, endpoint: Endpoint) -> Total {
        self.totals.get(&endpoint).copied().unwrap_or_default()
    }

    /// The calls of one endpoint, as they arrived.
    pub fn at(&self, endpoint: Endpoint) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(move |call| call.endpoint == endpoint)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    seen: Calls,
    /// Numbers of calls before the last reset, so that an answer finds its own call.
    forgotten: u64,
    /// Never reset: what faults and hooks count by.
    since_start: BTreeMap<Endpoint, u64>,
    in_flight: usize,
}

impl Ledger {
    /// Notes an arrival; the number stands for the call until its answer.
    pub(crate) fn arrive(&mut self, endpoint: Endpoint, at: Millis) -> u64 {
        *self.since_start.entry(endpoint).or_default() += 1;
        self.seen.totals.entry(endpoint).or_default().calls += 1;
        self.in_flight += 1;
        self.seen.in_flight_most = self.seen.in_flight_most.max(self.in_flight);
        let number = u64::try_from(self.seen.calls.len()).expect("a length") + 1;
        self.seen.calls.push(Call { number, at, endpoint, status: 0, feed: None, ids: Vec::new(), rows: 0 });
        self.forgotten + number
    }

    /// How often the endpoint was called since the market started.
    pub(crate) fn since_start(&self, endpoint: Endpoint) -> u64 {
        self.since_start.get(&endpoint).copied().unwrap_or(0)
    }

    pub(crate) fn leave(&mut self) {
        self.in_flight -= 1;
    }

    pub(crate) fn answered(&mut self, number: u64, status: u16, rows: usize) {
        if let Some(call) = self.call(number) {
            call.status = status;
            call.rows = rows;
            let endpoint = call.endpoint;
            if status == 429 {
                self.seen.totals.entry(endpoint).or_default().limited += 1;
            }
        }
    }

    pub(crate) fn asked_feed(&mut self, number: u64, feed: FeedCall) {
        if let Some(call) = self.call(number) {
            call.feed = Some(feed);
        }
    }

    pub(crate) fn asked_ids(&mut self, number: u64, ids: &[String]) {
        if let Some(call) = self.call(number) {
            call.ids = ids.to_vec();
        }
    }

    pub(crate) fn violation(&mut self, text: String) {
        self.seen.violations.push(text);
    }

    pub(crate) fn read(&self, one_by_one: bool) -> Calls {
        if one_by_one {
            return self.seen.clone();
        }
        Calls {
            totals: self.seen.totals.clone(),
            violations: self.seen.violations.clone(),
            in_flight_most: self.seen.in_flight_most,
            calls: Vec::new(),
        }
    }

    pub(crate) fn reset(&mut self) {
        self.forgotten += u64::try_from(self.seen.calls.len()).expect("a length");
        self.seen = Calls { in_flight_most: self.in_flight, ..Calls::default() };
    }

    fn call(&mut self, number: u64) -> Option<&mut Call> {
        let index = number.checked_sub(self.forgotten + 1)?;
        self.seen.calls.get_mut(usize::try_from(index).ok()?)
    }
}
