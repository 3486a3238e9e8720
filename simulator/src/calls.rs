//! The ledger of calls: everything that arrived at any platform, in order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::endpoint::{Endpoint, Platform};
use crate::fault::FaultKind;
use crate::instant::Millis;

/// One call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Call {
    /// Counted from 1 since the last reset.
    pub number: u64,
    /// When it arrived, by the simulator's clock.
    pub at: Millis,
    /// Whose API was called.
    pub platform: Platform,
    /// The client id at the Smart Store, the mall at Cafe24, the vendor at Coupang, the seller at 11st; empty when the call
    /// does not tell and there are several.
    pub account: String,
    /// The door through which it came.
    pub door: String,
    /// What was called.
    pub endpoint: Endpoint,
    /// The path with its query, as it was sent, without scheme and host.
    pub target: String,
    /// What it was answered; 0 while, or when, no answer was made, as for a caller that went away.
    pub status: u16,
    /// What went wrong on request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<FaultKind>,
    /// For the feed of the Smart Store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feed: Option<FeedCall>,
    /// The ids asked for in a query of the Smart Store, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
    /// Rows in the answer.
    #[serde(default)]
    pub rows: usize,
}

impl Call {
    /// The path, without its query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The query, decoded; of a name that comes several times, the last.
    #[must_use]
    pub fn query(&self) -> BTreeMap<String, String> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }
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

/// How often an endpoint was called for an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    /// Whose API.
    pub platform: Platform,
    /// For whom.
    pub account: String,
    /// What.
    pub endpoint: Endpoint,
    /// All calls.
    pub calls: u64,
    /// Those answered 429.
    pub limited: u64,
}

/// How often something was called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// All calls.
    pub calls: u64,
    /// Those answered 429.
    pub limited: u64,
}

/// What was seen since the last reset.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Calls {
    /// By account and endpoint.
    pub totals: Vec<Total>,
    /// Why token requests of the Smart Store, or bodies sent to 11st, were non-standard: one text for each fault of
    /// each request.
    pub violations: Vec<String>,
    /// The most calls that were being answered at the same time, whoever made them.
    pub in_flight_most: usize,
    /// One by one, as they arrived; empty when only the totals were asked for.
    pub calls: Vec<Call>,
}

impl Calls {
    /// How often an endpoint was called.
    #[must_use]
    pub fn of(&self, endpoint: Endpoint) -> Count {
        self.sum(|total| total.endpoint == endpoint)
    }

    /// How often anything was called.
    #[must_use]
    pub fn all(&self) -> Count {
        self.sum(|_| true)
    }

    /// The calls of one endpoint, as they arrived.
    pub fn at(&self, endpoint: Endpoint) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(move |call| call.endpoint == endpoint)
    }

    /// The calls that came through one door, as they arrived.
    pub fn through<'a>(&'a self, door: &'a str) -> impl Iterator<Item = &'a Call> {
        self.calls.iter().filter(move |call| call.door == door)
    }

    fn sum(&self, wanted: impl Fn(&Total) -> bool) -> Count {
        self.totals.iter().filter(|total| wanted(total)).fold(Count::default(), |sum, total| Count {
            calls: sum.calls + total.calls,
            limited: sum.limited + total.limited,
        })
    }
}

/// Whose calls are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Of<'a> {
    pub(crate) platform: Option<Platform>,
    pub(crate) account: Option<&'a str>,
}

impl Of<'_> {
    fn has(self, platform: Platform, account: &str) -> bool {
        self.platform.is_none_or(|wanted| wanted == platform)
            && self.account.is_none_or(|wanted| wanted == account)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    calls: Vec<Call>,
    violations: Vec<(Platform, String, String)>,
    totals: BTreeMap<(String, Endpoint), Count>,
    in_flight_most: usize,
    /// Numbers of calls before the last reset, so that an answer finds its own call.
    forgotten: u64,
    in_flight: usize,
}

impl Ledger {
    /// Notes an arrival; the number stands for the call until its answer.
    pub(crate) fn arrive(&mut self, mut call: Call) -> u64 {
        self.totals.entry((call.account.clone(), call.endpoint)).or_default().calls += 1;
        self.in_flight += 1;
        self.in_flight_most = self.in_flight_most.max(self.in_flight);
        call.number = u64::try_from(self.calls.len()).expect("a length") + 1;
        let number = call.number;
        self.calls.push(call);
        self.forgotten + number
    }

    pub(crate) fn leave(&mut self) {
        self.in_flight -= 1;
    }

    pub(crate) fn answered(&mut self, number: u64, status: u16, rows: usize) {
        let Some(index) = number.checked_sub(self.forgotten + 1) else { return };
        let Some(call) = usize::try_from(index).ok().and_then(|index| self.calls.get_mut(index)) else {
            return;
        };
        call.status = status;
        call.rows = rows;
        if status == 429 {
            let key = (call.account.clone(), call.endpoint);
            self.totals.entry(key).or_default().limited += 1;
        }
    }

    pub(crate) fn violation(&mut self, platform: Platform, account: &str, text: String) {
        self.violations.push((platform, account.to_owned(), text));
    }

    pub(crate) fn read(&self, of: Of<'_>, one_by_one: bool) -> Calls {
        let totals =
            self.totals.iter().filter(|((account, endpoint), _)| of.has(endpoint.platform(), account));
        let violations = self.violations.iter().filter(|(platform, account, _)| of.has(*platform, account));
        let calls = self.calls.iter().filter(|call| one_by_one && of.has(call.platform, &call.account));
        Calls {
            totals: totals
                .map(|((account, endpoint), count)| Total {
                    platform: endpoint.platform(),
                    account: account.clone(),
                    endpoint: *endpoint,
                    calls: count.calls,
                    limited: count.limited,
                })
                .collect(),
            violations: violations.map(|(.., text)| text.clone()).collect(),
            in_flight_most: self.in_flight_most,
            calls: calls.cloned().collect(),
        }
    }

    /// Forgets all calls of all accounts.
    pub(crate) fn reset(&mut self) {
        self.forgotten += u64::try_from(self.calls.len()).expect("a length");
        self.calls.clear();
        self.violations.clear();
        self.totals.clear();
        self.in_flight_most = self.in_flight;
    }
}
