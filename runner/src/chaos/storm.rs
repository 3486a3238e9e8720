//! Carries a plan out: starts the program, kills it, watches what it asked for, and compares at the end.

use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

use simulator::{Call, Endpoint, Platform, Simulator};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::plan::{Moment, Plan, STREET_LISTS, Season, Start};
use super::program::{Ended, Program, refused};
use super::scene::{Account, Of, Scene};
use super::shown::Shown;
use super::tally::Asked;
use super::verdict::Verdict;
use crate::agreement::{Agreement, compare_mall, compare_seller, compare_store, compare_vendor};
use crate::error::Result;

/// A change is listed once it is some seconds old.
const SETTLED: Duration = Duration::from_secs(4);
/// Starts without a kill or fault of which one must come to its end.
const CALM_STARTS: usize = 5;
/// A run that has stored so many batches may have two under way.
const LONG_RUN: usize = 16 * 300;
/// The longest a start may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a storm needs.
#[derive(Debug)]
pub(super) struct Storm {
    pub(super) plan: Plan,
    pub(super) kills: u64,
    pub(super) orders: usize,
    pub(super) program: Program,
    pub(super) stop: CancellationToken,
    pub(super) runtime: Handle,
    pub(super) shown: Shown,
    pub(super) verdict: Verdict,
}

/// One run of an account, over all its starts.
#[derive(Debug, Default)]
struct Run {
    asked: Asked,
    /// A start has not come to its end.
    unfinished: bool,
    /// Something may have met the renewal of the mall's token, which is lost then.
    renewal_met: bool,
}

impl Storm {
    /// Runs until so many were killed, or somebody wants an end, which `None` tells.
    ///
    /// # Errors
    /// When the system or the database refuses.
    pub(super) fn run(mut self) -> Result<Option<Verdict>> {
        let begun = Instant::now();
        let seasons = std::mem::take(&mut self.plan.seasons);
        for (number, season) in seasons.iter().enumerate() {
            if self.is_over() {
                break;
            }
            self.season(number, season)?;
        }
        if self.stop.is_cancelled() {
            return Ok(None);
        }
        if self.verdict.kills < self.kills {
            let kills = self.verdict.kills;
            self.verdict.breaks(format!("the plan has ended after {kills} kills: the others came too late"));
        }
        self.verdict.duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(Some(self.verdict))
    }

    fn is_over(&self) -> bool {
        self.verdict.kills >= self.kills || self.stop.is_cancelled()
    }

    fn season(&mut self, number: usize, season: &Season) -> Result<()> {
        let mut market = Scene::open(season, self.orders, self.verdict.rate)?;
        for round in &season.rounds {
            if self.is_over() {
                break;
            }
            let account = market.account(&self.runtime, &self.program, (number, round))?;
            self.round(&market.simulator, &account, &round.starts)?;
        }
        self.audit(&market)
    }

    /// The starts of a round, and calm ones until a run comes to its end.
    fn round(&mut self, simulator: &Simulator, account: &Account, starts: &[Start]) -> Result<()> {
        let mut run = Run::default();
        for start in starts {
            if self.is_over() {
                break;
            }
            if !run.unfinished {
                account.live(simulator, start.life);
            }
            self.start(simulator, account, Some(start), &mut run)?;
        }
        if run.unfinished { self.calm(simulator, account, run) } else { Ok(()) }
    }

    /// Starts without a kill or fault, until a run comes to its end.
    fn calm(&mut self, simulator: &Simulator, account: &Account, mut run: Run) -> Result<()> {
        for attempt in 0..CALM_STARTS {
            if self.stop.is_cancelled() {
                return Ok(());
            }
            self.start(simulator, account, None, &mut run)?;
            if !run.unfinished {
                return Ok(());
            }
            if matches!(account.of, Of::Mall(_)) && attempt > 0 {
                if !run.renewal_met {
                    let said = self.program.said();
                    self.verdict.breaks(format!("{}: access was lost for no reason: {said}", account.name));
                }
                account.grant(&self.program)?;
                self.verdict.grants_renewed += 1;
            }
        }
        let said = self.program.said();
        self.verdict.breaks(format!("{}: it does not come to an end: {said}", account.name));
        Ok(())
    }

    /// One start of the program, killed or not, and what it asked for.
    fn start(
        &mut self,
        simulator: &Simulator,
        account: &Account,
        start: Option<&Start>,
        run: &mut Run,
    ) -> Result<()> {
        simulator.clear_faults();
        simulator.reset_calls();
        if let Some(fault) = start.and_then(|start| start.fault.clone()) {
            simulator
                .fault(fault.for_account(account.id()))
                .map_err(|said| refused("a fault of the plan cannot be set", &io::Error::other(said)))?;
        }
        let ended = self.run_program(simulator, account, start.map(|start| start.moment))?;
        simulator
            .wait_for_the_dead()
            .map_err(|error| refused("what was killed is still connected", &error))?;
        let calls = simulator.calls().calls;
        self.verdict.starts += 1;
        self.verdict.calls += calls.len() as u64;
        self.verdict.faults += simulator.faults().iter().map(|standing| standing.met).sum::<u64>();
        for call in calls.iter().filter(|call| call.status == 429 && call.fault.is_none()) {
            self.verdict.quota_overruns += 1;
            let others: Vec<_> = calls.iter().filter(|other| other.endpoint == call.endpoint).collect();
            let times: Vec<String> =
                others.iter().map(|other| format!("{} ms: {}", other.at - call.at, other.status)).collect();
            let (start, endpoint) = (self.verdict.starts, call.endpoint.name());
            tracing::warn!("start {start}: one call too many to {endpoint}: {}", times.join(", "));
        }
        let again = run.asked.take(&calls);
        self.verdict.again(again);
        let pages = u64::from(run.unfinished);
        let batches = pages * if self.orders > LONG_RUN { 2 } else { 1 };
        if again.pages > pages || again.batches > batches || again.worst > pages {
            self.verdict.breaks(format!(
                "{}: start {} asked again for {} pages, {} batches, and the same question {} times: {}",
                account.name,
                self.verdict.starts,
                again.pages,
                again.batches,
                again.worst,
                run.asked.course()
            ));
        }
        run.renewal_met |= calls.iter().any(|call| call.endpoint == Endpoint::MallToken);
        // A mall that somebody must grant access to is left out, and that is no failure of the program.
        let left_out = matches!(account.of, Of::Mall(_)) && calls.is_empty();
        match ended {
            Ended::Well if left_out => run.unfinished = true,
            Ended::Well => {
                self.verdict.runs += 1;
                self.verdict.calls_needed += run.asked.needed();
                *run = Run::default();
            }
            Ended::Badly => run.unfinished = true,
            Ended::Killed => {
                run.unfinished = true;
                self.verdict.kills += 1;
                *self.verdict.killed_after.entry(phase(&calls)).or_default() += 1;
                self.shown.update(&self.verdict);
            }
        }
        Ok(())
    }

    fn run_program(
        &mut self,
        simulator: &Simulator,
        account: &Account,
        moment: Option<Moment>,
    ) -> Result<Ended> {
        let begun = Instant::now();
        let mut running = self.program.start(&["--connector", &account.name])?;
        let reached = |moment: Moment| {
            moment.after.is_none_or(|(endpoint, count)| simulator.totals().of(endpoint).calls >= count)
        };
        while moment.is_none_or(|moment| !reached(moment)) {
            if let Some(ended) = running.ended()? {
                return Ok(ended);
            }
            if self.stop.is_cancelled() {
                return running.kill();
            }
            if begun.elapsed() > PATIENCE {
                self.verdict.breaks(format!("{}: a start took {PATIENCE:?}", account.name));
                return running.kill();
            }
            sleep(Duration::from_micros(if moment.is_some() { 100 } else { 1_000 }));
        }
        sleep(Duration::from_micros(moment.map_or(0, |moment| moment.micros)));
        match running.ended()? {
            Some(ended) => Ok(ended),
            None => running.kill(),
        }
    }

    /// Lets every account come to rest and compares it with the market.
    fn audit(&mut self, market: &Scene) -> Result<()> {
        if self.stop.is_cancelled() {
            return Ok(());
        }
        sleep(SETTLED);
        for account in &market.accounts {
            self.calm(&market.simulator, account, Run::default())?;
        }
        if self.stop.is_cancelled() {
            return Ok(());
        }
        let context = self.runtime.block_on(self.program.database())?;
        for account in &market.accounts {
            let mut agreement = Agreement::default();
            match &account.of {
                Of::Store(store) => {
                    self.runtime.block_on(compare_store(&context, account.row, store, &mut agreement))?;
                }
                Of::Mall(mall) => {
                    self.runtime.block_on(compare_mall(&context, account.row, mall, &mut agreement))?;
                }
                Of::Vendor(vendor) => {
                    self.runtime.block_on(compare_vendor(&context, account.row, vendor, &mut agreement))?;
                }
                Of::Seller(seller) => {
                    self.runtime.block_on(compare_seller(&context, account.row, seller, &mut agreement))?;
                }
            }
            self.verdict.compared(&account.name, &agreement);
        }
        Ok(())
    }
}

/// What the program had last asked for.
fn phase(calls: &[Call]) -> &'static str {
    match calls.last().map(|call| (call.endpoint, call.platform)) {
        None => "nothing",
        Some((Endpoint::Token | Endpoint::MallToken, _)) => "token",
        Some((Endpoint::Feed, _)) => "feed",
        Some((_, Platform::Smartstore)) => "details",
        Some((Endpoint::Orders, _)) => "mall_orders",
        Some((_, Platform::Cafe24)) => "mall_figures",
        Some((Endpoint::OrderSheets, _)) => "vendor_orders",
        Some((_, Platform::Coupang)) => "vendor_claims",
        Some((Endpoint::StreetOrder | Endpoint::StreetOrderStates, _)) => "street_orders",
        Some((endpoint, _)) if STREET_LISTS.contains(&endpoint) => "street_orders",
        Some((_, Platform::EleventhStreet)) => "street_claims",
    }
}
