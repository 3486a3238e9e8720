//! What will happen, drawn wholly from the seed before anything starts: the same seed gives the same plan.
//!
//! Moments are given by calls and microseconds, so a plan means the same on every machine; what it meets there depends
//! on how fast the machine is.

use serde::Serialize;
use simulator::{Draw, Endpoint, Fault, FaultKind};

/// Rounds that share a market.
const ROUNDS: u64 = 14;
/// Starts that are planned for each kill, as many come to their end before it.
const STARTS_PER_KILL: u64 = 6;
/// The longest wait for a kill after a start, and after a call.
const AFTER_START: u64 = 200_000;
const AFTER_CALL: u64 = 25_000;

/// What goes wrong at the platform: all that a client can get over by asking again, and what it must see through. A
/// fault that leaves a field out for good changes what can be known, so it is none of these.
const FAULTS: [FaultKind; 24] = [
    FaultKind::RateLimitedWithRetryAfter,
    FaultKind::RateLimited,
    FaultKind::Congested,
    FaultKind::ServerError,
    FaultKind::Proxy,
    FaultKind::BadGateway,
    FaultKind::Unavailable,
    FaultKind::GatewayTimeout,
    FaultKind::Maintenance,
    FaultKind::ConnectRefused,
    FaultKind::LostAnswer,
    FaultKind::Slow,
    FaultKind::SlowDrip,
    FaultKind::CutBody,
    FaultKind::TruncatedJson,
    FaultKind::Html,
    FaultKind::WrongContentType,
    FaultKind::AbsentData,
    FaultKind::DuplicatePage,
    FaultKind::ReorderedPage,
    FaultKind::GrowingPage,
    FaultKind::EndlessMore,
    FaultKind::TokenExpired,
    FaultKind::Unauthorized,
];

/// What a run asks Coupang for besides order sheets and returns.
const VENDOR_LISTS: [Endpoint; 2] = [Endpoint::ExchangeRequests, Endpoint::ReturnWithdrawals];

/// The lists of orders at 11st.
pub(super) const STREET_LISTS: [Endpoint; 6] = [
    Endpoint::StreetStandby,
    Endpoint::StreetComplete,
    Endpoint::StreetPackaging,
    Endpoint::StreetShipping,
    Endpoint::StreetDelivered,
    Endpoint::StreetCompleted,
];

/// The lists of claims at 11st.
const STREET_CLAIMS: [Endpoint; 9] = [
    Endpoint::StreetCancels,
    Endpoint::StreetCancelled,
    Endpoint::StreetCancelsWithdrawn,
    Endpoint::StreetReturns,
    Endpoint::StreetReturned,
    Endpoint::StreetReturnsWithdrawn,
    Endpoint::StreetExchanges,
    Endpoint::StreetExchanged,
    Endpoint::StreetExchangesWithdrawn,
];

/// The course of a storm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Plan {
    pub(super) seasons: Vec<Season>,
}

/// A market with accounts of its own. At its end each account is compared with it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Season {
    pub(super) seed: u64,
    pub(super) rounds: Vec<Round>,
}

/// Some starts of one account, most of which are killed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Round {
    pub(super) who: Who,
    /// Whether the account is new, so that its first sync is hit.
    pub(super) fresh: bool,
    pub(super) starts: Vec<Start>,
}

/// An account of which platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Who {
    Store,
    Mall,
    Vendor,
    Seller,
}

impl Who {
    /// Every platform.
    pub(super) const ALL: [Self; 4] = [Self::Store, Self::Mall, Self::Vendor, Self::Seller];
}

/// New orders, orders that take their next step, orders that buyers want to cancel, return or exchange, claims that they
/// take back. Few, as every start lists the last quarter of an hour once more, which is all of a season: in a market of
/// this size that is less than a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Life {
    pub(super) arrive: usize,
    pub(super) move_on: usize,
    pub(super) claims: usize,
    /// Where buyers can take a claim back.
    pub(super) withdrawals: usize,
}

/// One start of the program.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Start {
    /// What happens in the market before, if no run is unfinished: so later syncs have something to do.
    pub(super) life: Life,
    pub(super) moment: Moment,
    pub(super) fault: Option<Fault>,
}

/// When to kill: so many microseconds after the start, or after the n-th call of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Moment {
    pub(super) after: Option<(Endpoint, u64)>,
    pub(super) micros: u64,
}

impl Plan {
    /// Draws a plan that has starts enough for so many kills. `fault_share` of the starts meet a fault.
    pub(super) fn draw(seed: u64, kills: u64, fault_share: f64) -> Self {
        let mut draw = Draw::new(seed);
        let mut seasons = Vec::new();
        let mut starts = 0;
        while starts < kills * STARTS_PER_KILL + 60 {
            let season = Season::draw(&mut draw, fault_share);
            starts += season.rounds.iter().map(|round| round.starts.len() as u64).sum::<u64>();
            seasons.push(season);
        }
        Self { seasons }
    }

    /// The same for the same plan, on every machine (FNV-1a of its JSON).
    pub(super) fn hash(&self) -> String {
        let text = serde_json::to_vec(self).expect("a plan has no keys that are no texts");
        let sum = text.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
            (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        format!("{sum:016x}")
    }
}

impl Season {
    fn draw(draw: &mut Draw, fault_share: f64) -> Self {
        let seed = draw.next_u64();
        let mut begun = [false; Who::ALL.len()];
        let rounds = (0..ROUNDS)
            .map(|_| {
                let who = match draw.below(8) {
                    0..=2 => Who::Store,
                    3..=4 => Who::Mall,
                    5 => Who::Vendor,
                    _ => Who::Seller,
                };
                let fresh = draw.below(2) == 0 || !begun[who as usize];
                begun[who as usize] = true;
                Round::draw(draw, who, fresh, fault_share)
            })
            .collect();
        Self { seed, rounds }
    }

    /// How many accounts of a platform it has.
    pub(super) fn accounts(&self, who: Who) -> usize {
        self.rounds.iter().filter(|round| round.who == who && round.fresh).count()
    }
}

impl Round {
    fn draw(draw: &mut Draw, who: Who, fresh: bool, fault_share: f64) -> Self {
        let starts = (0..3 + draw.below(7))
            .map(|number| Start::draw(draw, who, fresh && number == 0, fault_share))
            .collect();
        Self { who, fresh, starts }
    }
}

impl Start {
    fn draw(draw: &mut Draw, who: Who, first: bool, fault_share: f64) -> Self {
        let life = Life::draw(draw);
        let moment = Moment::draw(draw, who, first);
        // Drawn in any case, so that the moments are the same without faults.
        let chance = draw.below(1_000_000) as f64 / 1_000_000.0;
        let fault = draw_fault(draw, who);
        Self { life, moment, fault: (chance < fault_share).then_some(fault) }
    }
}

impl Life {
    fn draw(draw: &mut Draw) -> Self {
        let mut below = |bound| usize::try_from(draw.below(bound)).expect("a small number");
        Self { arrive: below(3), move_on: below(4), claims: below(2), withdrawals: below(3) / 2 }
    }
}

impl Moment {
    /// A third by the clock; the others by the call, so that no phase is left out however short it is. Short waits are
    /// as likely as long ones, whatever the scale. A new account asks for a token first.
    fn draw(draw: &mut Draw, who: Who, first: bool) -> Self {
        let after = match (draw.below(9), who) {
            (0..=2, _) => None,
            (3..=4, Who::Store) => Some((Endpoint::Token, 1)),
            (5, Who::Store) if first => Some((Endpoint::Token, 1)),
            (5..=6, Who::Store) => Some((Endpoint::Feed, 1 + draw.below(3))),
            (_, Who::Store) => Some((Endpoint::Query, 1 + draw.below(3))),
            (3, Who::Mall) => Some((Endpoint::MallToken, 1)),
            (4..=5, Who::Mall) => Some((draw.pick(&Endpoint::ANALYTICS), 1)),
            (_, Who::Mall) => Some((Endpoint::Orders, 1 + draw.below(6))),
            (3..=5, Who::Vendor) => Some((Endpoint::OrderSheets, 1 + draw.below(8))),
            (6..=7, Who::Vendor) => Some((Endpoint::ReturnRequests, 1 + draw.below(5))),
            (_, Who::Vendor) => Some((draw.pick(&VENDOR_LISTS), 1)),
            (3..=4, Who::Seller) => Some((draw.pick(&STREET_LISTS), 1)),
            (5..=6, Who::Seller) => Some((Endpoint::StreetOrder, 1 + draw.below(12))),
            (_, Who::Seller) => Some((draw.pick(&STREET_CLAIMS), 1 + draw.below(2))),
        };
        let most = if after.is_some() { AFTER_CALL } else { AFTER_START } >> draw.below(6);
        Self { after, micros: draw.below(most) }
    }
}

/// A fault at one of the first calls of an endpoint where it can happen.
fn draw_fault(draw: &mut Draw, who: Who) -> Fault {
    let endpoints: &[Endpoint] = match who {
        Who::Store => &[Endpoint::Token, Endpoint::Feed, Endpoint::Feed, Endpoint::Query, Endpoint::Query],
        Who::Mall => {
            &[Endpoint::Visits, Endpoint::Sales, Endpoint::Domains, Endpoint::Orders, Endpoint::Orders]
        }
        Who::Vendor => &[
            Endpoint::OrderSheets,
            Endpoint::OrderSheets,
            Endpoint::ReturnRequests,
            Endpoint::ExchangeRequests,
            Endpoint::ReturnWithdrawals,
        ],
        Who::Seller => match draw.below(3) {
            0 => &STREET_LISTS,
            1 => &STREET_CLAIMS,
            _ => &[Endpoint::StreetOrder],
        },
    };
    loop {
        let fault = Fault::next(draw.pick(endpoints), draw.pick(&FAULTS)).at(1 + draw.below(3));
        // Short, as a storm is made of many; a longer pause is only waited for.
        let fault = match fault.kind {
            FaultKind::ConnectRefused | FaultKind::Slow => fault.millis(40),
            FaultKind::SlowDrip => fault.millis(80),
            _ => fault,
        };
        if fault.check().is_ok() {
            return fault;
        }
    }
}

/// Whether the answer is good for a client that reads with care; else it has to ask again.
pub(super) fn brings_the_answer(kind: FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::Slow
            | FaultKind::SlowDrip
            | FaultKind::DuplicatePage
            | FaultKind::ReorderedPage
            | FaultKind::GrowingPage
            | FaultKind::TokenExpired
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_is_the_same_plan() {
        let plan = Plan::draw(7, 100, 0.2);
        assert_eq!(plan, Plan::draw(7, 100, 0.2));
        assert_eq!(plan.hash(), Plan::draw(7, 100, 0.2).hash());
        assert_ne!(plan.hash(), Plan::draw(8, 100, 0.2).hash());
        assert_ne!(plan.hash(), Plan::draw(7, 100, 0.3).hash());
    }

    #[test]
    fn all_platforms_first_and_later_syncs_and_every_fault_are_in_a_long_plan() {
        let plan = Plan::draw(1, 1_000, 0.5);
        let rounds: Vec<&Round> = plan.seasons.iter().flat_map(|season| &season.rounds).collect();
        for who in Who::ALL {
            for fresh in [true, false] {
                assert!(rounds.iter().any(|round| round.who == who && round.fresh == fresh));
            }
        }
        let faults: Vec<&Fault> =
            rounds.iter().flat_map(|round| &round.starts).filter_map(|start| start.fault.as_ref()).collect();
        for kind in FAULTS {
            assert!(faults.iter().any(|fault| fault.kind == kind), "{kind}");
        }
        assert!(faults.iter().all(|fault| fault.check().is_ok()));
    }

    #[test]
    fn moments_are_the_same_without_faults() {
        let moments = |share| {
            let plan = Plan::draw(3, 50, share);
            let starts =
                plan.seasons.into_iter().flat_map(|season| season.rounds).flat_map(|round| round.starts);
            starts.map(|start| (start.moment, start.fault.is_some())).unzip::<_, _, Vec<_>, Vec<_>>()
        };
        let (with, faults) = moments(1.0);
        let (without, none) = moments(0.0);
        assert_eq!(with, without);
        assert!(faults.iter().all(|fault| *fault) && !none.iter().any(|fault| *fault));
    }

    #[test]
    fn a_season_begins_with_new_accounts() {
        for season in Plan::draw(5, 200, 0.1).seasons {
            for who in Who::ALL {
                let first = season.rounds.iter().find(|round| round.who == who);
                assert!(first.is_none_or(|round| round.fresh));
            }
        }
    }
}
