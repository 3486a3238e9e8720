//! The real `runner` is killed with SIGKILL at random moments and started again, until it comes to its end: nothing is
//! lost, nothing is doubled, and a kill costs at most one page of the list and one batch of details.
//!
//! Each round is a fresh account that reads the same market. `CRASH_SEED` repeats a run, `CRASH_KILLS` sets its length.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::io::Write as _;
use std::process::{Child, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use simulator::smartstore::{Config, Market, Settings};
use simulator::{Call, Draw, Endpoint, machine_now};
use tests::installation::Installation;
use tests::postgres;

const KILLS: u32 = 200;
const ORDERS: usize = 2_400;
const DAYS: u32 = 3;
const HOUR: i64 = 3_600_000;
/// More starts than this for one account mean that it makes no headway.
const MOST_STARTS: u32 = 200;

#[test]
fn sqlite_survives_being_killed() {
    Crash::new("sqlite", Installation::on_sqlite()).run();
}

#[test]
fn postgres_survives_being_killed() {
    if let Some(url) = postgres::database("postgres_survives_being_killed") {
        Crash::new("postgres", Installation::on_postgres(&url)).run();
    }
}

/// When to kill: so long after a start, or so long after the arrival of a call.
#[derive(Clone, Copy, Debug)]
struct Moment {
    after: Option<(Endpoint, u64)>,
    wait: Duration,
}

struct Crash {
    name: &'static str,
    seed: u64,
    draw: Draw,
    market: Market,
    installation: Installation,
    /// How long one undisturbed run takes.
    whole: Duration,
    kills: u32,
    /// What the runner had last asked for when it was killed.
    killed_at: BTreeMap<&'static str, u32>,
    pages_again: usize,
    batches_again: usize,
}

/// What one account's runs have asked for, over all its starts.
#[derive(Default)]
struct Asked {
    pages: HashSet<(String, Option<String>)>,
    ids: HashSet<String>,
}

impl Crash {
    fn new(name: &'static str, installation: Installation) -> Self {
        let variable = |name| std::env::var_os(name).and_then(|value| value.to_str()?.parse().ok());
        let seed =
            variable("CRASH_SEED").unwrap_or_else(|| u64::try_from(machine_now()).expect("after 1970"));
        // A test's own output; there is nobody to tell when it cannot be written.
        drop(writeln!(std::io::stderr(), "{name}: CRASH_SEED={seed}"));
        // Short-lived tokens, so that kills meet the token call as well.
        let settings = Settings { token_life_s: 4, token_renew_s: 2, ..Settings::unlimited() };
        let config = Config { days: DAYS, end: Some(machine_now() - HOUR), settings, ..Config::of(ORDERS) };
        Self {
            name,
            seed,
            draw: Draw::new(seed),
            market: Market::start(config).expect("a free port"),
            installation,
            whole: Duration::ZERO,
            kills: 0,
            killed_at: BTreeMap::new(),
            pages_again: 0,
            batches_again: 0,
        }
    }

    fn run(mut self) {
        self.installation.add_smartstore("calm", &self.market.base_url(), &["lookback_days=4"]);
        let started = Instant::now();
        assert!(self.start("calm").wait().expect("it ends").success(), "{}", self.said());
        self.whole = started.elapsed();
        self.compare("calm");
        let kills = std::env::var_os("CRASH_KILLS").and_then(|value| value.to_str()?.parse().ok());
        let mut round = 0;
        while self.kills < kills.unwrap_or(KILLS) {
            round += 1;
            self.round(&format!("round-{round}"));
        }
        drop(writeln!(
            std::io::stderr(),
            "{}: whole run {:?}, {} kills in {round} rounds, last asked for {:?}; {} pages and {} batches fetched again",
            self.name,
            self.whole,
            self.kills,
            self.killed_at,
            self.pages_again,
            self.batches_again
        ));
        for phase in ["nothing", "token", "feed", "details"] {
            let count = self.killed_at.get(phase).copied().unwrap_or(0);
            assert!(count * 50 >= self.kills, "only {count} kills after {phase}, seed {}", self.seed);
        }
    }

    /// One account, killed again and again until a run gets through.
    fn round(&mut self, account: &str) {
        self.installation.add_smartstore(account, &self.market.base_url(), &["lookback_days=4"]);
        let mut asked = Asked::default();
        for start in 0..MOST_STARTS {
            self.market.reset_calls();
            let moment = self.moment();
            let ended = self.start_and_kill(account, moment);
            self.market.wait_for_the_dead().expect("nobody else calls");
            let calls = self.market.calls().calls;
            self.count_again(&mut asked, &calls, start);
            match ended {
                Some(status) => {
                    assert!(status.success(), "seed {}: {status}: {}", self.seed, self.said());
                    return self.compare(account);
                }
                None => {
                    self.kills += 1;
                    *self.killed_at.entry(phase(&calls)).or_default() += 1;
                }
            }
        }
        panic!("seed {}: {account} is not done after {MOST_STARTS} starts", self.seed);
    }

    /// A third by the clock; the others by the call, so that no phase is left out however short it is on this machine.
    /// Short waits are as likely as long ones, whatever the scale.
    fn moment(&mut self) -> Moment {
        let after = match self.draw.below(9) {
            0..=2 => None,
            3..=4 => Some((Endpoint::Token, 1)),
            5..=6 => Some((Endpoint::Feed, 1 + self.draw.below(4))),
            _ => Some((Endpoint::Query, 1 + self.draw.below(4))),
        };
        let most = self.whole / if after.is_some() { 16 } else { 1 } / (1 << self.draw.below(6));
        let micros = u64::try_from(most.as_micros()).expect("a short time");
        Moment { after, wait: Duration::from_micros(self.draw.below(micros.max(1))) }
    }

    fn start(&self, account: &str) -> Child {
        let log = File::create(self.installation.folder().join("log")).expect("a log file");
        let mut command = self.installation.runner();
        command.args(["--connector", account]).stdout(Stdio::null()).stderr(log);
        command.spawn().expect("the runner starts")
    }

    /// What the last run said.
    fn said(&self) -> String {
        std::fs::read_to_string(self.installation.folder().join("log")).unwrap_or_default()
    }

    /// Kills a run at that moment; `Some` when it ended by itself before.
    fn start_and_kill(&self, account: &str, moment: Moment) -> Option<ExitStatus> {
        let mut child = self.start(account);
        if let Some((endpoint, count)) = moment.after {
            while self.market.totals().of(endpoint).calls < count {
                if let Some(status) = child.try_wait().expect("its state") {
                    return Some(status);
                }
                sleep(Duration::from_micros(100));
            }
        }
        sleep(moment.wait);
        if let Some(status) = child.try_wait().expect("its state") {
            return Some(status);
        }
        child.kill().expect("SIGKILL");
        let status = child.wait().expect("its state");
        // It may have ended by itself in this very moment.
        status.code().map(|_| status)
    }

    /// Counts what this start asked for although an earlier start had asked for it. Asking is what counts, answered or
    /// not. A page is known by where it begins: its end may be another when the clock has gone on.
    fn count_again(&mut self, asked: &mut Asked, calls: &[Call], start: u32) {
        let (mut pages, mut batches) = (0, 0);
        // A refused call brought nothing; one without an answer may have.
        for call in calls.iter().filter(|call| matches!(call.status, 0 | 200)) {
            if let Some(feed) = call.feed.clone() {
                pages += usize::from(!asked.pages.insert((feed.from, feed.sequence)));
            }
            if !call.ids.is_empty() {
                let again = call.ids.iter().filter(|id| asked.ids.contains(*id)).count();
                batches += usize::from(again > 0);
            }
        }
        asked.ids.extend(calls.iter().flat_map(|call| call.ids.iter().cloned()));
        let kills = usize::from(start > 0);
        assert!(pages <= kills, "seed {}: start {start} read {pages} pages again: {calls:#?}", self.seed);
        assert!(batches <= kills, "seed {}: start {start} read {batches} batches again", self.seed);
        self.pages_again += pages;
        self.batches_again += batches;
    }

    /// The account's rows beside the market's.
    fn compare(&self, account: &str) {
        let stored = self.installation.stored(account);
        let truth = self.market.truth();
        let expected: BTreeSet<&String> = truth.iter().map(|order| &order.id).collect();
        let lost: Vec<_> = expected.iter().filter(|id| !stored.contains_key(**id)).collect();
        let strange: Vec<_> = stored.keys().filter(|id| !expected.contains(id)).collect();
        assert!(lost.is_empty() && strange.is_empty(), "seed {}: {lost:?} {strange:?}", self.seed);
        for order in &truth {
            assert!(stored[&order.id].meta_json == order.payload, "seed {}: {} differs", self.seed, order.id);
        }
    }
}

/// What the runner had last asked for.
fn phase(calls: &[Call]) -> &'static str {
    match calls.last().map(|call| call.endpoint) {
        None => "nothing",
        Some(Endpoint::Token) => "token",
        Some(Endpoint::Feed) => "feed",
        Some(_) => "details",
    }
}
