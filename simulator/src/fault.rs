//! Answers that go wrong on request, at any platform.
//!
//! A [`Fault`] says where ([`Fault::platform`], an endpoint or all, an account or all), what ([`FaultKind`]) and
//! [`When`]. Each fault counts the calls that it could meet, from the moment it is set; so the same faults and the same
//! calls give the same course, whatever the clock does.

mod damage;
mod kind;
mod ordered;
mod tagged;

use serde::{Deserialize, Serialize};

pub(crate) use damage::damage;
pub use kind::FaultKind;

use crate::draw::Draw;
use crate::endpoint::{Endpoint, Platform};

/// What goes wrong, and at which calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// At whose API.
    pub platform: Platform,
    /// Where; `None` is every endpoint of the platform that can go wrong so.
    #[serde(default)]
    pub endpoint: Option<Endpoint>,
    /// For whom: a client id of the Smart Store, a mall, a vendor of Coupang or a seller of 11st; `None` is everybody.
    #[serde(default)]
    pub account: Option<String>,
    /// What.
    pub kind: FaultKind,
    /// At which of the calls that it could meet.
    #[serde(default)]
    pub when: When,
    /// How long, or how far: see the kind. `None` is the kind's default.
    #[serde(default)]
    pub millis: Option<i64>,
    /// A field's path such as `productOrder.totalPaymentAmount`, or an error's code: see the kind.
    #[serde(default)]
    pub value: Option<String>,
}

/// At which calls a fault is met; calls are counted from 1 from the moment it is set.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// At every call.
    Always,
    /// From the `nth` call on, `times` calls in a row.
    Call {
        /// The first.
        nth: u64,
        /// How many.
        times: u64,
    },
    /// At this share of the calls, between 0 and 1, drawn from the seed and the call's number.
    Rate {
        /// 0.05 is one in twenty.
        share: f64,
        /// Another seed meets other calls.
        seed: u64,
    },
}

impl Default for When {
    /// At the next call.
    fn default() -> Self {
        Self::Call { nth: 1, times: 1 }
    }
}

impl When {
    fn meets(self, call: u64) -> bool {
        match self {
            Self::Always => true,
            Self::Call { nth, times } => call >= nth.max(1) && call < nth.max(1).saturating_add(times),
            Self::Rate { share, seed } => {
                let drawn = Draw::new(seed ^ call.wrapping_mul(0x9e37_79b9)).below(1_000_000);
                (drawn as f64) < share * 1_000_000.0
            }
        }
    }
}

impl Fault {
    /// The next call of that endpoint goes wrong, and no other.
    #[must_use]
    pub fn next(endpoint: Endpoint, kind: FaultKind) -> Self {
        Self {
            platform: endpoint.platform(),
            endpoint: Some(endpoint),
            account: None,
            kind,
            when: When::default(),
            millis: None,
            value: None,
        }
    }

    /// Every call of that endpoint goes wrong from now on.
    #[must_use]
    pub fn always(endpoint: Endpoint, kind: FaultKind) -> Self {
        Self { when: When::Always, ..Self::next(endpoint, kind) }
    }

    /// Every call of a platform that can go wrong so does, from now on.
    #[must_use]
    pub fn everywhere(platform: Platform, kind: FaultKind) -> Self {
        Self { platform, endpoint: None, ..Self::always(Endpoint::Unknown, kind) }
    }

    /// The same at the `nth` call.
    #[must_use]
    pub fn at(self, nth: u64) -> Self {
        let times = match self.when {
            When::Call { times, .. } => times,
            When::Always | When::Rate { .. } => 1,
        };
        Self { when: When::Call { nth, times }, ..self }
    }

    /// The same at this many calls in a row.
    #[must_use]
    pub fn times(self, times: u64) -> Self {
        let nth = match self.when {
            When::Call { nth, .. } => nth,
            When::Always | When::Rate { .. } => 1,
        };
        Self { when: When::Call { nth, times }, ..self }
    }

    /// The same at this share of the calls.
    #[must_use]
    pub fn rate(self, share: f64, seed: u64) -> Self {
        Self { when: When::Rate { share, seed }, ..self }
    }

    /// The same for one account only.
    #[must_use]
    pub fn for_account(self, account: &str) -> Self {
        Self { account: Some(account.to_owned()), ..self }
    }

    /// The same, that long or that far.
    #[must_use]
    pub fn millis(self, millis: i64) -> Self {
        Self { millis: Some(millis), ..self }
    }

    /// The same at another field, or with another code.
    #[must_use]
    pub fn with_value(self, value: &str) -> Self {
        Self { value: Some(value.to_owned()), ..self }
    }

    /// Whether it can happen.
    ///
    /// # Errors
    /// With what the platform cannot do, in one line.
    pub fn check(&self) -> Result<(), String> {
        let kind = self.kind;
        if let When::Rate { share, .. } = self.when
            && !(0.0..=1.0).contains(&share)
        {
            return Err(format!("{share} is no share: write a number from 0 to 1"));
        }
        match self.endpoint {
            Some(endpoint) if endpoint.platform() != self.platform => {
                return Err(format!("{endpoint} is no endpoint of {}", self.platform));
            }
            Some(endpoint) => kind.possible_at(endpoint)?,
            None => {
                let all = Endpoint::of(self.platform);
                if !all.iter().any(|endpoint| kind.possible_at(*endpoint).is_ok()) {
                    return Err(format!("{} cannot go wrong with {kind}", self.platform));
                }
            }
        }
        if kind == FaultKind::Refused {
            let code = self.value.as_deref().unwrap_or_default();
            if !crate::serve::is_documented(self.platform, code) {
                return Err(format!("{}: {code:?} is none of the documented errors", self.platform));
            }
        }
        Ok(())
    }

    fn could_meet(&self, endpoint: Endpoint, account: &str) -> bool {
        self.platform == endpoint.platform()
            && self.endpoint.is_none_or(|wanted| wanted == endpoint)
            && self.account.as_deref().is_none_or(|wanted| wanted == account)
            && self.kind.possible_at(endpoint).is_ok()
    }
}

/// A fault at one call.
#[derive(Clone, Debug)]
pub(crate) struct Met {
    pub(crate) kind: FaultKind,
    pub(crate) millis: Option<i64>,
    pub(crate) value: Option<String>,
}

/// A fault that is set, and what it has met.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Standing {
    /// The fault.
    pub fault: Fault,
    /// Calls since it was set that it could have met.
    pub seen: u64,
    /// Those that went wrong.
    pub met: u64,
}

/// The faults that are set.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    set: Vec<Standing>,
    /// Maintenance that has begun: platform, account, and the instant of its end.
    closed: Vec<(Platform, Option<String>, crate::instant::Millis)>,
}

impl Faults {
    pub(crate) fn set(&mut self, fault: Fault) -> Result<(), String> {
        fault.check()?;
        self.set.push(Standing { fault, seen: 0, met: 0 });
        Ok(())
    }

    pub(crate) fn clear(&mut self) {
        self.set.clear();
        self.closed.clear();
    }

    pub(crate) fn standing(&self) -> Vec<Standing> {
        self.set.clone()
    }

    /// What goes wrong at this call; the fault that was set first wins.
    pub(crate) fn at(
        &mut self,
        endpoint: Endpoint,
        account: &str,
        now: crate::instant::Millis,
    ) -> Option<Met> {
        let mut met: Option<Met> = None;
        for standing in self.set.iter_mut().filter(|standing| standing.fault.could_meet(endpoint, account)) {
            standing.seen += 1;
            if !standing.fault.when.meets(standing.seen) || met.is_some() {
                continue;
            }
            standing.met += 1;
            let fault = &standing.fault;
            if fault.kind == FaultKind::Maintenance
                && let Some(millis) = fault.millis
            {
                self.closed.push((fault.platform, fault.account.clone(), now + millis));
            }
            met = Some(Met { kind: fault.kind, millis: fault.millis, value: fault.value.clone() });
        }
        self.closed.retain(|(_, _, until)| *until > now);
        let is_closed = self.closed.iter().any(|(platform, of, _)| {
            *platform == endpoint.platform() && of.as_deref().is_none_or(|of| of == account)
        });
        if is_closed {
            met = Some(Met { kind: FaultKind::Maintenance, millis: None, value: None });
        }
        met
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(faults: &mut Faults, calls: u64) -> Vec<u64> {
        (1..=calls).filter(|_| faults.at(Endpoint::Feed, "a", 0).is_some()).collect()
    }

    #[test]
    fn a_fault_counts_from_when_it_is_set() {
        let mut faults = Faults::default();
        assert!(met(&mut faults, 3).is_empty());
        faults.set(Fault::next(Endpoint::Feed, FaultKind::ServerError).at(2).times(3)).unwrap();
        assert_eq!(met(&mut faults, 9), [2, 3, 4]);
        assert_eq!((faults.standing()[0].seen, faults.standing()[0].met), (9, 3));
    }

    #[test]
    fn a_rate_meets_its_share_and_the_same_calls_each_time() {
        let run = |seed| {
            let mut faults = Faults::default();
            faults.set(Fault::next(Endpoint::Feed, FaultKind::ServerError).rate(0.2, seed)).unwrap();
            met(&mut faults, 5_000)
        };
        assert!((900..1_100).contains(&run(1).len()), "{}", run(1).len());
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    }

    #[test]
    fn an_account_of_its_own_and_every_endpoint() {
        let mut faults = Faults::default();
        let fault = Fault::everywhere(Platform::Smartstore, FaultKind::UnknownEnum).for_account("b");
        faults.set(fault).unwrap();
        assert!(faults.at(Endpoint::Feed, "a", 0).is_none());
        assert!(faults.at(Endpoint::Token, "b", 0).is_none(), "a token answer has no such word");
        assert!(faults.at(Endpoint::Orders, "b", 0).is_none());
        assert_eq!(faults.at(Endpoint::List, "b", 0).map(|met| met.kind), Some(FaultKind::UnknownEnum));
    }

    #[test]
    fn maintenance_lasts() {
        let mut faults = Faults::default();
        faults.set(Fault::next(Endpoint::Feed, FaultKind::Maintenance).millis(500)).unwrap();
        assert!(faults.at(Endpoint::Query, "a", 1_000).is_none());
        assert!(faults.at(Endpoint::Feed, "a", 1_000).is_some());
        assert!(faults.at(Endpoint::Query, "a", 1_499).is_some());
        assert!(faults.at(Endpoint::Query, "a", 1_500).is_none());
    }

    #[test]
    fn what_cannot_be_is_an_error() {
        let refused = |fault: Fault| Faults::default().set(fault).unwrap_err();
        let said = refused(Fault::next(Endpoint::Token, FaultKind::DuplicatePage));
        assert!(said.contains("token") && said.contains("duplicate_page"), "{said}");
        assert!(
            refused(Fault::everywhere(Platform::Smartstore, FaultKind::RefreshRevoked)).contains("cannot")
        );
        assert!(refused(Fault::next(Endpoint::Feed, FaultKind::ServerError).rate(1.5, 1)).contains("share"));
        let mixed = Fault { platform: Platform::Cafe24, ..Fault::next(Endpoint::Feed, FaultKind::Html) };
        assert!(refused(mixed).contains("no endpoint"));
        assert!(refused(Fault::next(Endpoint::Feed, FaultKind::Refused).with_value("7")).contains("\"7\""));
    }
}
