//! One cell of the matrix: one thing that goes wrong, once, at one endpoint.

use std::path::Path;
use std::time::Duration;

use connector_core::ErrorKind;
use connector_core::http::Live;
use connector_core::sync::Report;
use simulator::{Endpoint, Fault, FaultKind};

use crate::account::{Account, Kind};

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
pub(crate) struct Course {
    /// How often the fault was met.
    pub(crate) met: u64,
    /// How the disturbed run ended, and what it said.
    pub(crate) ended: Ended,
    pub(crate) said: String,
    /// How many undisturbed runs followed until store and ledger were the same.
    pub(crate) runs: u32,
    /// Whether a repair by the platform's second list was needed for that.
    pub(crate) repaired: bool,
    /// What still differs.
    pub(crate) difference: Option<String>,
    /// How the last run ended.
    pub(crate) last: Ended,
    /// Calls of all runs.
    pub(crate) calls: u64,
    /// Calls of as many undisturbed runs.
    pub(crate) least: u64,
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
        assert_eq!(account.difference().await, None);
        counts.push(account.calls() - before);
    }
    Least { first: counts[0], again: counts[1], news: counts[2] }
}

/// Whether it is a state of things rather than a single answer: it lasts until somebody ends it.
fn lasts(kind: FaultKind) -> bool {
    use FaultKind as K;
    matches!(
        kind,
        K::Quota | K::IpNotAllowed | K::NotApproved | K::InvalidScope | K::Dormant | K::SchemaChange | K::EndlessMore
    )
}

impl Cell {
    fn fault(self) -> Fault {
        let fault = Fault::next(self.endpoint, self.kind).at(if self.moment == Moment::Second { 2 } else { 1 });
        let fault = if lasts(self.kind) { fault.times(u64::MAX) } else { fault };
        match self.kind {
            FaultKind::ConnectRefused | FaultKind::ConnectTimeout => fault.millis(120),
            FaultKind::Slow | FaultKind::SlowDrip => fault.millis(100),
            FaultKind::Refused if self.endpoint.platform() == simulator::Platform::Smartstore => fault.with_value("104133"),
            FaultKind::Refused => fault.with_value("parameter"),
            _ => fault,
        }
    }

    /// Disturbs one run, then lets runs follow until store and ledger are the same: two, or where a platform has lied
    /// without a trace, one after a repair.
    pub(crate) async fn run(self, template: &Path, live: &Live, least: Least) -> Course {
        let account = Account::open(account_of(self.endpoint), template, live.clone(), false).await;
        if self.moment == Moment::Later {
            let report = account.sync().await;
            assert_eq!(Ended::of(&report), Ended::Well, "{self:?}: {:?}", report.error);
            account.simulator().reset_calls();
            account.grow_older();
            if self.endpoint.is_for_tokens() {
                account.end_tokens();
            }
        } else if self.endpoint == Endpoint::MallToken {
            account.end_tokens();
        }
        account.fault(self.fault());
        let report = account.sync().await;
        let met = account.simulator().faults().iter().map(|standing| standing.met).sum();
        account.simulator().clear_faults();
        let mut course = Course {
            met,
            ended: Ended::of(&report),
            said: format!("{}{:?}{}", report.error.map(|error| error.to_string()).unwrap_or_default(), report.failures, report.suspect.unwrap_or_default()),
            runs: 0,
            repaired: false,
            difference: account.difference().await,
            last: Ended::of(&Report::default()),
            calls: 0,
            least: if self.moment == Moment::Later { least.news } else { least.first },
        };
        course.last = course.ended;
        if self.kind == FaultKind::RefreshRevoked && let crate::account::Place::Mall(mall) = &account.place {
            account.authorize(mall).await;
        }
        if self.kind == FaultKind::GrowingPage && account_of(self.endpoint) == Kind::Store {
            // What changed just now is left to a later run.
            tokio::time::sleep(Duration::from_millis(3_200)).await;
        }
        while course.runs < 2 && (course.difference.is_some() || course.last != Ended::Well) {
            let report = account.sync().await;
            course.runs += 1;
            course.least += least.again;
            course.last = Ended::of(&report);
            if let Some(error) = report.error {
                course.said.push_str(&format!(" | then {error}"));
            }
            course.difference = account.difference().await;
        }
        course.calls = account.calls();
        if course.difference.is_some() && account_of(self.endpoint) != Kind::MallFigures {
            account.verify(true).await.expect("an undisturbed repair");
            course.repaired = true;
            course.difference = account.difference().await;
        }
        course
    }
}
