//! Many runners, many accounts, one PostgreSQL, and somebody who kills and halts runners all the time: no two of them
//! ever work on one account at once, no account is left lying, and in the end nothing is lost.
//!
//! `STORM_SECONDS` sets its length, `STORM_SEED` repeats what is drawn.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};
use simulator::smartstore;
use simulator::{Config, Draw, Simulator, cafe24, machine_now};
use tests::installation::Installation;

const RUNNERS: usize = 16;
const ACCOUNTS: u32 = 200;
const ORDERS: usize = 30;
/// What the runner claims an account for.
const LEASE: Duration = Duration::from_secs(30);
/// How long after the end of a lease an account may lie.
const GRACE: Duration = Duration::from_secs(5);

/// Notes who moved a cursor, under which claim.
const WITNESS: &str = "
    CREATE TABLE witness (id BIGSERIAL PRIMARY KEY, connector_id BIGINT, epoch BIGINT, process TEXT);
    CREATE FUNCTION witness() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO witness (connector_id, epoch, process) SELECT id, lease_epoch, current_setting('application_name')
            FROM connectors WHERE id = NEW.connector_id;
        RETURN NULL;
    END $$;
    CREATE TRIGGER witness AFTER INSERT OR UPDATE ON meta FOR EACH ROW EXECUTE FUNCTION witness();";

/// One of the runners: the program, started again whenever it has ended.
struct Runner {
    number: usize,
    starts: usize,
    child: Child,
    /// Until when it is halted.
    halted: Option<Instant>,
}

impl Runner {
    fn start(installation: &Installation, door: &str, number: usize, starts: usize) -> Child {
        let mut command: Command = installation.runner();
        command
            .args(["-qq"])
            .env("PGAPPNAME", format!("runner {number}, start {starts}"))
            .env("http_proxy", door)
            .env_remove("SMARTSTORE_CLIENT_ID")
            .env_remove("SMARTSTORE_CLIENT_SECRET")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.spawn().expect("the runner starts")
    }

    fn signal(&self, signal: &str) {
        let done = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(done.expect("kill is on every machine").success());
    }
}

/// What the storm did, and what was seen meanwhile.
#[derive(Debug, Default)]
struct Seen {
    kills: u32,
    halts: u32,
    starts: usize,
    /// The longest that an account lay after its lease had ended.
    longest_lying: Duration,
}

#[test]
fn no_two_runners_work_on_one_account_and_none_is_left_lying() {
    let Some(url) = tests::postgres::database("storm") else { return };
    let variable = |name| std::env::var_os(name).and_then(|value| value.to_str()?.parse::<u64>().ok());
    let seed = variable("STORM_SEED").unwrap_or_else(|| u64::try_from(machine_now()).expect("after 1970"));
    let length = Duration::from_secs(variable("STORM_SECONDS").unwrap_or(30));
    // A test's own output; there is nobody to tell when it cannot be written.
    drop(writeln!(std::io::stderr(), "STORM_SEED={seed}"));

    let store = smartstore::Config { days: 2, ..smartstore::Config::of(ORDERS) };
    let shops = Config::accounts(ACCOUNTS, &store, &cafe24::Config::default());
    let shops = Config { malls: Vec::new(), ..shops };
    let credentials: Vec<_> =
        shops.stores.iter().map(|shop| (shop.client_id.clone(), shop.client_secret.clone())).collect();
    let simulator = Simulator::start(shops).expect("a free port");
    let installation = Installation::on_postgres(&url);
    let mut database = Client::connect(&url, NoTls).expect("the database");
    for (number, (client_id, client_secret)) in credentials.iter().enumerate() {
        let config = serde_json::json!({
            "base_url": simulator.store_url(), "lookback_days": 3,
            "client_id": client_id, "client_secret": client_secret,
        });
        let insert =
            "INSERT INTO connectors (platform, name, mode, config_json) VALUES ('smartstore', $1, 'api', $2)";
        database.execute(insert, &[&shop(number), &config.to_string()]).expect("a row by hand");
    }
    database.batch_execute(WITNESS).expect("a witness");

    let began = Instant::now();
    let seen = storm(&simulator, &installation, &url, length, seed);
    let stormed = began.elapsed();
    let last = installation.run(&["-qq"]);
    assert!(last.status.success(), "{}", String::from_utf8_lossy(&last.stderr));
    let commits = assert_turns(&mut database);
    assert_none_starved(&mut database);
    assert_all_there(&mut database, &simulator);
    drop(writeln!(std::io::stderr(), "{seen:?} in {stormed:?}, {commits} commits in turn"));
    assert!(seen.kills > 3 && seen.halts > 0, "{seen:?}");
    assert!(seen.longest_lying <= GRACE, "seed {seed}: {seen:?}");
}

fn storm(simulator: &Simulator, installation: &Installation, url: &str, length: Duration, seed: u64) -> Seen {
    let mut draw = Draw::new(seed);
    let doors: Vec<String> = (0..RUNNERS)
        .map(|number| {
            let door = simulator.open_door(&format!("runner {number}")).expect("a free port");
            format!("http://{door}")
        })
        .collect();
    let mut runners: Vec<Runner> = (0..RUNNERS)
        .map(|number| {
            let child = Runner::start(installation, &doors[number], number, 1);
            Runner { number, starts: 1, child, halted: None }
        })
        .collect();
    let mut seen = Seen::default();
    let over = AtomicBool::new(false);
    let longest = scope(|scope| {
        let watch = scope.spawn(|| watch(url, &over));
        let began = Instant::now();
        let mut next = began;
        // Whoever is halted late is let go only once its lease has ended.
        while began.elapsed() < length || runners.iter().any(|runner| runner.halted.is_some()) {
            if Instant::now() >= next && began.elapsed() < length {
                next = Instant::now() + Duration::from_millis(700 + draw.below(1_500));
                let free: Vec<usize> = (0..RUNNERS).filter(|at| runners[*at].halted.is_none()).collect();
                let runner =
                    &mut runners[free[usize::try_from(draw.below(free.len() as u64)).expect("small")]];
                if draw.below(5) == 0 && free.len() > RUNNERS / 2 {
                    runner.signal("-STOP");
                    runner.halted = Some(Instant::now() + LEASE + Duration::from_secs(2 + draw.below(4)));
                    seen.halts += 1;
                } else {
                    runner.child.kill().expect("SIGKILL");
                    seen.kills += 1;
                }
            }
            for runner in &mut runners {
                if runner.halted.is_some_and(|until| Instant::now() >= until) {
                    runner.signal("-CONT");
                    runner.halted = None;
                }
                if runner.halted.is_none() && runner.child.try_wait().expect("its state").is_some() {
                    runner.starts += 1;
                    runner.child =
                        Runner::start(installation, &doors[runner.number], runner.number, runner.starts);
                }
            }
            sleep(Duration::from_millis(20));
        }
        over.store(true, Ordering::Relaxed);
        watch.join().expect("the watch ends")
    });
    for runner in &mut runners {
        runner.child.wait().expect("its end");
    }
    seen.starts = runners.iter().map(|runner| runner.starts).sum();
    seen.longest_lying = longest;
    seen
}

/// Looks after accounts whose lease has ended while they are still marked as held. Returns the longest that one lay.
fn watch(url: &str, over: &AtomicBool) -> Duration {
    let mut database = Client::connect(url, NoTls).expect("the database");
    let mut longest = 0.0_f64;
    while !over.load(Ordering::Relaxed) {
        let lying = "SELECT COALESCE(MAX(EXTRACT(EPOCH FROM timezone('UTC', clock_timestamp()) - lease_until)), 0)::float8
                     FROM connectors WHERE lease_owner IS NOT NULL";
        longest = longest.max(database.query_one(lying, &[]).expect("an answer").get(0));
        sleep(Duration::from_millis(200));
    }
    Duration::from_secs_f64(longest)
}

/// Each claim belongs to one process, and once a later claim has written, no earlier one does. Returns how many commits
/// there were.
fn assert_turns(database: &mut Client) -> usize {
    let rows = database
        .query("SELECT connector_id, epoch, process FROM witness ORDER BY connector_id, id", &[])
        .expect("the witness");
    let mut last: BTreeMap<i64, i64> = BTreeMap::new();
    let mut holders: BTreeMap<(i64, i64), String> = BTreeMap::new();
    for row in &rows {
        let (account, epoch, process): (i64, i64, String) = (row.get(0), row.get(1), row.get(2));
        let before = last.insert(account, epoch).unwrap_or(0);
        assert!(epoch >= before, "account {account}: claim {epoch} wrote after claim {before}");
        let holder = holders.entry((account, epoch)).or_insert_with(|| process.clone());
        assert_eq!(*holder, process, "account {account}, claim {epoch}: two processes wrote");
    }
    rows.len()
}

fn assert_none_starved(database: &mut Client) {
    let query = "SELECT c.name, COUNT(*) FILTER (WHERE l.outcome = 'ok') FROM connectors c
                 LEFT JOIN sync_logs l ON l.connector_id = c.id GROUP BY c.name";
    let rows = database.query(query, &[]).expect("the run log");
    assert_eq!(rows.len(), ACCOUNTS as usize);
    for row in rows {
        let (name, done): (String, i64) = (row.get(0), row.get(1));
        assert!(done >= 2, "{name} was synced {done} times");
    }
}

fn assert_all_there(database: &mut Client, simulator: &Simulator) {
    let rows = database
        .query(
            "SELECT c.name, o.order_id, o.meta_json FROM store_orders o JOIN connectors c ON c.id = o.connector_id",
            &[],
        )
        .expect("the orders");
    let stored: BTreeMap<(String, String), String> =
        rows.iter().map(|row| ((row.get(0), row.get(1)), row.get(2))).collect();
    assert_eq!(stored.len(), rows.len(), "an order stands twice");
    let mut truth = BTreeMap::new();
    for (number, market) in simulator.markets().into_iter().enumerate() {
        let name = shop(number);
        truth.extend(market.truth().into_iter().map(|order| ((name.clone(), order.id), order.payload)));
    }
    assert_eq!(truth.len(), ACCOUNTS as usize * ORDERS);
    assert!(stored.keys().eq(truth.keys()), "an order is missing, or is somebody else's");
    assert!(stored == truth, "an order differs");
}

fn shop(number: usize) -> String {
    format!("shop {number:03}")
}
