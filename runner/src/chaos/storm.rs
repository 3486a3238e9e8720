//! Carries a plan out: starts the program, kills it, watches what it asked for, and compares at the end.

use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;
use simulator::cafe24::{self, Mall};
use simulator::smartstore::{self, Market, Rate, Refill, Stage};
use simulator::{Age, Call, Config, Endpoint, Platform, Simulator};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::plan::{Life, Moment, Plan, Round, Season, Start, Who};
use super::program::{Ended, Program};
use super::shown::Shown;
use super::tally::Asked;
use super::verdict::Verdict;
use crate::agreement::{Agreement, compare_mall, compare_store};
use crate::error::{Error, Result};

const DAYS: u32 = 3;
/// As far back as a first run looks: a day more than there is.
const LOOKBACK: u32 = DAYS + 1;
/// A change is listed once it is some seconds old.
const SETTLED: Duration = Duration::from_secs(4);
/// Starts without a kill or fault of which one must come to its end.
const CALM_STARTS: usize = 5;
/// A run that has stored so many batches may have two under way.
const LONG_RUN: usize = 16 * 300;
/// The longest a start may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// The mall has fewer orders than the store, as its list shows them whole.
const MALL_SHARE: usize = 5;

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

/// A row, and the account of the market that it is for.
#[derive(Clone, Debug)]
struct Account {
    row: i64,
    name: String,
    of: Of,
}

#[derive(Clone, Debug)]
enum Of {
    Store(Market),
    Mall(Mall),
}

impl Of {
    fn id(&self) -> &str {
        match self {
            Self::Store(market) => market.client_id(),
            Self::Mall(mall) => mall.mall_id(),
        }
    }
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

/// A season under way.
#[derive(Debug)]
struct Scene {
    simulator: Simulator,
    accounts: Vec<Account>,
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
        let simulator = self.open(season)?;
        let mut market = Scene { simulator, accounts: Vec::new() };
        for round in &season.rounds {
            if self.is_over() {
                break;
            }
            let account = self.account(number, &mut market, round)?;
            self.round(&market.simulator, &account, &round.starts)?;
        }
        self.audit(&market)
    }

    /// A market with accounts for the season.
    fn open(&self, season: &Season) -> Result<Simulator> {
        let rate =
            self.verdict.rate.map(|per_second| Rate { per_second, burst: 4, refill: Refill::default() });
        let store = smartstore::Config {
            days: DAYS,
            seed: season.seed,
            // Short-lived tokens, so that kills meet the token call as well.
            settings: smartstore::Settings {
                token_life_s: 2 * super::tally::TOKEN_RENEWED / 1_000,
                token_renew_s: super::tally::TOKEN_RENEWED / 1_000,
                rate,
                ..smartstore::Settings::unlimited()
            },
            ..smartstore::Config::of(self.orders)
        };
        let mall = cafe24::Config {
            orders: self.orders / MALL_SHARE,
            days: DAYS,
            seed: season.seed,
            settings: cafe24::Settings { limited: rate.is_some(), ..cafe24::Settings::default() },
            ..cafe24::Config::default()
        };
        let malls = u32::try_from(season.accounts(Who::Mall)).expect("a few rounds");
        let all = Config::accounts(malls.max(1), &store, &mall);
        let config = Config { stores: vec![store], ..all };
        Simulator::start(config).map_err(|error| refused("no market can be opened", &error))
    }

    /// The account of a round: a new row, or the platform's last one.
    fn account(&self, season: usize, market: &mut Scene, round: &Round) -> Result<Account> {
        let is_meant = |account: &&Account| matches!(account.of, Of::Store(_)) == (round.who == Who::Store);
        if !round.fresh
            && let Some(account) = market.accounts.iter().rev().find(is_meant)
        {
            let account = account.clone();
            live(market, &account, round.life);
            return Ok(account);
        }
        let number = market.accounts.iter().filter(is_meant).count();
        let account = match round.who {
            Who::Store => {
                let store = market.simulator.market(smartstore::CLIENT_ID).expect("every season has it");
                let name = format!("store-{season}-{number}");
                let config =
                    json!({"base_url": store.base_url(), "lookback_days": LOOKBACK, "pace": self.pace()});
                let secrets =
                    [("client_id", store.client_id().to_owned()), ("client_secret", store.client_secret())];
                let row = self.add("smartstore", &name, config, &secrets)?;
                Account { row, name, of: Of::Store(store) }
            }
            Who::Mall => {
                let mall =
                    market.simulator.malls().into_iter().nth(number).expect("one for each new account");
                let name = format!("mall-{season}-{number}");
                let url = format!("{}/malls/{}", mall.base_url(), mall.mall_id());
                let config = json!({
                    "base_url": url, "mall_base_url": url, "mall_id": mall.mall_id(),
                    "scope": "mall.read_analytics,mall.read_order", "lookback_days": LOOKBACK, "pace": self.pace(),
                });
                let secrets = [
                    ("client_id", cafe24::CLIENT_ID.to_owned()),
                    ("client_secret", cafe24::CLIENT_SECRET.to_owned()),
                ];
                let row = self.add("cafe24_analytics", &name, config, &secrets)?;
                let account = Account { row, name, of: Of::Mall(mall.clone()) };
                self.grant(&account, &mall)?;
                account
            }
        };
        market.accounts.push(account.clone());
        Ok(account)
    }

    fn pace(&self) -> &'static str {
        if self.verdict.rate.is_some() { "auto" } else { "off" }
    }

    fn add(
        &self,
        platform: &str,
        name: &str,
        config: serde_json::Value,
        secrets: &[(&str, String)],
    ) -> Result<i64> {
        self.runtime.block_on(self.program.add_row(platform, name, config, secrets))
    }

    /// Lets the mall's operator grant access.
    fn grant(&self, account: &Account, mall: &Mall) -> Result<()> {
        mall.clear_faults();
        let code = mall.issue_code();
        self.program.calmly(&["connectors", "authorize", &account.name, "--code", &code])
    }

    /// The starts of a round, and calm ones until a run comes to its end.
    fn round(&mut self, simulator: &Simulator, account: &Account, starts: &[Start]) -> Result<()> {
        let mut run = Run::default();
        for start in starts {
            if self.is_over() {
                break;
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
            if let Of::Mall(mall) = &account.of
                && attempt > 0
            {
                if !run.renewal_met {
                    let said = self.program.said();
                    self.verdict.breaks(format!("{}: access was lost for no reason: {said}", account.name));
                }
                self.grant(account, mall)?;
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
                .fault(fault.for_account(account.of.id()))
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
        let overruns = calls.iter().filter(|call| call.status == 429 && call.fault.is_none()).count();
        self.verdict.quota_overruns += overruns as u64;
        let again = run.asked.take(&calls);
        self.verdict.again(again);
        let pages = u64::from(run.unfinished);
        let batches = pages * if self.orders > LONG_RUN { 2 } else { 1 };
        if again.pages > pages || again.batches > batches || again.mall_worst > pages {
            self.verdict.breaks(format!(
                "{}: start {} asked again for {} pages, {} batches, and a mall's question {} times",
                account.name, self.verdict.starts, again.pages, again.batches, again.mall_worst
            ));
        }
        run.renewal_met |= calls.iter().any(|call| call.endpoint == Endpoint::MallToken);
        match ended {
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
            }
            self.verdict.compared(&account.name, &agreement);
        }
        Ok(())
    }
}

/// The market lives on before an account's next sync.
fn live(market: &Scene, account: &Account, life: Life) {
    let id = account.of.id().to_owned();
    market.simulator.age(&Age { arrive: life.arrive, move_on: life.move_on, account: Some(id) });
    if let Of::Store(store) = &account.of {
        let delivered = store.truth().into_iter().filter(|order| order.status == Stage::Delivered.status());
        let ids: Vec<String> = delivered.take(life.claims).map(|order| order.id).collect();
        store.change(&ids, Stage::ReturnRequested);
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
    }
}

/// The system refuses what a storm needs.
pub(super) fn refused(what: &str, error: &io::Error) -> Error {
    Error::usage(
        format!("{what}: {error}"),
        "allow this program to listen on 127.0.0.1, to start itself and to write temporary files",
    )
}
