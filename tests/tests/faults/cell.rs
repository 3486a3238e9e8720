//! One cell of the matrix: one thing that goes wrong, once, at one endpoint.

use std::path::Path;
use std::time::Duration;

use chrono::TimeDelta;
use connector_core::ErrorKind;
use connector_core::http::Live;
use connector_core::sync::Report;
use simulator::{Endpoint, Fault, FaultKind, Platform};

use crate::account::{Account, Kind, Place};
use crate::expected::{Then, expected};

/// At which call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The first of the first run.
    First,
    /// The second of the first run.
    Second,
    /// The first of a run that follows a whole one.
    Later,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) kind: FaultKind,
    pub(crate) endpoint: Endpoint,
    pub(crate) moment: Moment,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Well,
    Partial,
    Suspect,
    With(ErrorKind),
}

impl Ended {
    fn of(report: &Report) -> Self {
        match report {
            Report { error: Some(error), .. } => Self::With(error.kind()),
            Report { suspect: Some(_), .. } => Self::Suspect,
            Report { failed: 1.., .. } => Self::Partial,
            _ => Self::Well,
        }
    }
}

/// What became of a cell.
#[derive(Debug)]
struct Course {
    /// How often the fault was met.
    met: u64,
    /// How the disturbed run ended, and what it and its successors said.
    ended: Ended,
    said: String,
    /// Where store and ledger differed then.
    left: Option<String>,
    /// How many undisturbed runs followed until store and ledger were the same.
    runs: u32,
    /// Whether a repair by the platform's second list was needed for that.
    repaired: bool,
    /// Where they differ at the end.
    difference: Option<String>,
    /// How the last run ended.
    last: Ended,
    /// Calls of all runs, and of as many undisturbed ones.
    calls: u64,
    least: u64,
}

/// Undisturbed calls: of a first run, of one that follows at once, and of one that follows after news.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Least {
    pub(crate) first: u64,
    pub(crate) again: u64,
    pub(crate) news: u64,
}

/// The account that shows what happens at an endpoint.
pub(crate) fn account_of(endpoint: Endpoint) -> Kind {
    match endpoint {
        Endpoint::Orders | Endpoint::OrderCount => Kind::MallOrders,
        endpoint if endpoint.is_analytics() || endpoint == Endpoint::MallToken => Kind::MallFigures,
        _ => Kind::Store,
    }
}

pub(crate) async fn least(kind: Kind, template: &Path, live: &Live) -> Least {
    let account = Account::open(kind, template, live.clone(), false).await;
    let mut counts = Vec::new();
    for run in 0..3 {
        if run == 2 {
            account.grow_older();
        }
        let before = account.calls();
        let report = account.sync().await;
        assert_eq!(Ended::of(&report), Ended::Well, "{:?}", report.error);
        assert_eq!(account.difference(false).await, None);
        counts.push(account.calls() - before);
    }
    Least { first: counts[0], again: counts[1], news: counts[2] }
}

/// Whether it is a state of things rather than a single answer: it lasts until somebody ends it.
fn lasts(kind: FaultKind) -> bool {
    use FaultKind as K;
    matches!(
        kind,
        K::Quota
            | K::IpNotAllowed
            | K::NotApproved
            | K::InvalidScope
            | K::Dormant
            | K::SchemaChange
            | K::EndlessMore
    )
}

impl Cell {
    fn fault(self) -> Fault {
        let nth = if self.moment == Moment::Second { 2 } else { 1 };
        let fault = Fault::next(self.endpoint, self.kind).at(nth);
        let fault = if lasts(self.kind) { fault.times(u64::MAX) } else { fault };
        match self.kind {
            FaultKind::ConnectRefused | FaultKind::ConnectTimeout => fault.millis(120),
            FaultKind::Slow | FaultKind::SlowDrip => fault.millis(100),
            FaultKind::Refused if self.endpoint.platform() == Platform::Smartstore => {
                fault.with_value("104133")
            }
            FaultKind::Refused => fault.with_value("parameter"),
            _ => fault,
        }
    }

    /// Disturbs one run, lets runs follow, and says what is not as it should be.
    pub(crate) async fn judge(self, template: &Path, live: &Live, least: Least) -> Result<(), String> {
        let expected = expected(self);
        if expected.then == Then::OnlyReads {
            return self.disturb_a_comparison(template, live).await;
        }
        let course = self.run(template, live, least).await;
        let mut wrong = Vec::new();
        if course.met == 0 {
            wrong.push("the fault was not met".to_owned());
        }
        let right_end = match expected.then {
            Then::Well => course.ended == Ended::Well && course.runs <= expected.runs,
            Then::Stops(kind) => course.ended == Ended::With(kind),
            Then::Heals | Then::OnlyReads => !matches!(course.ended, Ended::With(_)),
        };
        if !right_end {
            wrong.push(format!("it should have been {:?}", expected.then));
        }
        if course.left.as_ref().is_some_and(|left| left.contains("strange")) {
            wrong.push("something was stored that the platform does not have".to_owned());
        }
        if course.difference.is_some() || course.last != Ended::Well || course.repaired && !expected.repair {
            wrong.push("it did not heal".to_owned());
        }
        if course.calls * 10 > course.least * 12 + expected.forced * 10 {
            wrong.push("too many calls".to_owned());
        }
        if wrong.is_empty() { Ok(()) } else { Err(format!("{self:?}: {}: {course:?}", wrong.join(", "))) }
    }

    /// Undisturbed runs follow until store and ledger are the same, two at most; then a repair.
    async fn run(self, template: &Path, live: &Live, least: Least) -> Course {
        let account = Account::open(account_of(self.endpoint), template, live.clone(), false).await;
        if self.moment == Moment::Later {
            let report = account.sync().await;
            assert_eq!(Ended::of(&report), Ended::Well, "{self:?}: {:?}", report.error);
            account.simulator().reset_calls();
            account.grow_older();
        }
        if self.endpoint.is_for_tokens()
            && (self.moment == Moment::Later || self.endpoint == Endpoint::MallToken)
        {
            account.end_tokens();
        }
        // What nobody knew is kept as it came, so the platform's own object is not the same byte for byte.
        let but_raw = self.kind == FaultKind::SchemaChange;
        account.fault(self.fault());
        let report = account.sync().await;
        let met = account.simulator().faults().iter().map(|standing| standing.met).sum();
        account.simulator().clear_faults();
        let left = account.difference(but_raw).await;
        let ended = Ended::of(&report);
        let mut course = Course {
            met,
            ended,
            said: said(&report),
            left: left.clone(),
            runs: 0,
            repaired: false,
            difference: left,
            last: ended,
            calls: 0,
            least: if self.moment == Moment::Later { least.news } else { least.first },
        };
        self.put_right(&account, ended).await;
        while course.runs < 2 && (course.difference.is_some() || course.last != Ended::Well) {
            let report = account.sync().await;
            course.runs += 1;
            course.least += least.again;
            course.last = Ended::of(&report);
            course.said.push_str(&said(&report));
            course.difference = account.difference(but_raw).await;
        }
        course.calls = account.calls();
        if course.difference.is_some() && account_of(self.endpoint) != Kind::MallFigures {
            account.verify(true).await.expect("an undisturbed repair");
            course.repaired = true;
            course.difference = account.difference(but_raw).await;
        }
        course
    }

    /// What a person does about it, and what time does.
    async fn put_right(self, account: &Account, ended: Ended) {
        if let (Place::Mall(mall), Endpoint::MallToken, Ended::With(ErrorKind::Auth)) =
            (&account.place, self.endpoint, ended)
        {
            account.authorize(mall).await;
        }
        if account_of(self.endpoint) == Kind::Store {
            match self.kind {
                // What changed just now is left to a later run.
                FaultKind::GrowingPage => tokio::time::sleep(Duration::from_millis(3_200)).await,
                // Orders in an unknown state are read again by the hour.
                FaultKind::UnknownEnum => account.pass(TimeDelta::hours(7)),
                _ => {}
            }
        }
    }

    /// The second list is read to compare only: whatever it says, no row is lost by it, and the next comparison agrees.
    async fn disturb_a_comparison(self, template: &Path, live: &Live) -> Result<(), String> {
        let account = Account::open(Kind::Store, template, live.clone(), false).await;
        let report = account.sync().await;
        assert_eq!(Ended::of(&report), Ended::Well, "{self:?}: {:?}", report.error);
        account.fault(self.fault());
        let disturbed = account.verify(true).await;
        let met: u64 = account.simulator().faults().iter().map(|standing| standing.met).sum();
        account.simulator().clear_faults();
        if self.kind == FaultKind::GrowingPage {
            tokio::time::sleep(Duration::from_millis(3_200)).await;
            account.sync().await;
        }
        let again = account.verify(false).await.map_err(|error| format!("{self:?}: then {error:?}"))?;
        let difference = account.difference(false).await;
        let agrees = again.exit_code() == 0 && difference.is_none() && met > 0;
        let said = disturbed.map_or_else(|error| error.to_string(), |report| report.text());
        if agrees {
            Ok(())
        } else {
            Err(format!("{self:?}: met {met}, {difference:?}: {said} {}", again.text()))
        }
    }
}

fn said(report: &Report) -> String {
    let error = report.error.as_ref().map(ToString::to_string).unwrap_or_default();
    format!("[{error}{}{}]", report.suspect.as_deref().unwrap_or_default(), report.failures.join("; "))
}

/// A paced run that is disturbed, and the next one: whether the platform ever refused a call as too many.
pub(crate) async fn stays_within_the_quota(kind: Kind, fault: Fault, template: &Path, live: &Live) {
    let account = Account::open(kind, template, live.clone(), true).await;
    let what = format!("{fault:?}");
    account.fault(fault);
    account.sync().await;
    account.simulator().clear_faults();
    let report = account.sync().await;
    assert_eq!(Ended::of(&report), Ended::Well, "{what}: {:?}", report.error);
    assert_eq!(account.difference(false).await, None, "{what}");
    assert_eq!(account.refused_as_too_many(), 0, "{what}");
}
