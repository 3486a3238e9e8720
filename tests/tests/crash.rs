//! The real `runner` is killed with SIGKILL at moments of a seeded plan and started again, on each database: nothing is
//! lost, doubled or stale, and a kill costs at most one page of the list, one batch of details, and each question of the run
//! once more where lists take days. `runner chaos` does it and judges; here it is asked to, and its own judgement is looked
//! through.
//!
//! `CRASH_SEED` repeats a storm, `CRASH_KILLS` sets its length.

use std::io::Write as _;
use std::process::Command;

use serde_json::Value;
use simulator::machine_now;
use tests::installation::Installation;
use tests::postgres;
use tests::program::runner_binary;

const KILLS: u64 = 500;
/// Three pages and batches for a first sync, so that a short storm meets each many times.
const ORDERS: &str = "700";

/// What the program may have asked for last when it is killed.
const PHASES: [&str; 10] = [
    "nothing",
    "token",
    "feed",
    "details",
    "mall_orders",
    "mall_figures",
    "vendor_orders",
    "vendor_claims",
    "street_orders",
    "street_claims",
];

#[test]
fn sqlite_survives_being_killed() {
    storm("sqlite", None);
}

#[test]
fn postgres_survives_being_killed() {
    if let Some(url) = postgres::database("postgres_survives_being_killed") {
        storm("postgres", Some(&url));
    }
}

fn storm(database: &str, url: Option<&str>) {
    let variable = |name| std::env::var_os(name).and_then(|value| value.to_str()?.parse::<u64>().ok());
    let seed = variable("CRASH_SEED").unwrap_or_else(|| u64::try_from(machine_now()).expect("after 1970"));
    let kills = variable("CRASH_KILLS").unwrap_or(KILLS);
    let (seed_text, kills_text) = (seed.to_string(), kills.to_string());
    let options = ["--seed", &seed_text, "--kills", &kills_text, "--orders", ORDERS];
    let verdict = chaos(url, &options);
    // A test's own output; there is nobody to tell when it cannot be written.
    drop(writeln!(std::io::stderr(), "{database}: {verdict}"));

    let number = |key: &str| verdict[key].as_u64().unwrap_or_else(|| panic!("{key} is a number: {verdict}"));
    assert_eq!(verdict["database"], database, "{verdict}");
    assert_eq!((number("kills"), number("seed")), (kills, seed), "{verdict}");
    for key in ["lost", "doubled", "stale", "strange", "quota_overruns", "broken_in_all"] {
        assert_eq!(number(key), 0, "{key}: {verdict}");
    }
    assert!(number("pages_refetched") <= kills && number("batches_refetched") <= kills, "{verdict}");
    assert!(number("calls") >= number("calls_needed") && number("calls_needed") > kills, "{verdict}");
    assert!(number("orders") > 4 * kills && number("figures") > 0 && number("claims") > 0, "{verdict}");
    // No phase is left out; a short storm may miss the rarest.
    for phase in PHASES {
        let count = verdict["killed_after"][phase].as_u64().unwrap_or(0);
        assert!(count >= kills / 100, "only {count} kills after {phase}: {verdict}");
    }
}

/// Runs a storm in a folder of its own and returns what it prints; it must have held.
fn chaos(url: Option<&str>, options: &[&str]) -> Value {
    let installation = Installation::on_sqlite();
    let mut command = Command::new(runner_binary());
    command.args(["chaos", "--format", "json"]).args(options).current_dir(installation.folder());
    command.env_remove("DATABASE_URL").env("RUST_LOG", "error");
    if let Some(url) = url {
        command.args(["--database-url", url]);
    }
    let output = command.output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{options:?}: {}\n{said}", String::from_utf8_lossy(&output.stdout));
    let left: Vec<_> = std::fs::read_dir(installation.folder()).expect("the folder").collect();
    assert!(left.is_empty(), "it writes nothing where it is called: {left:?}");
    serde_json::from_slice(&output.stdout).expect("JSON alone")
}

#[test]
fn a_limit_is_kept_by_all_processes_together() {
    let verdict = chaos(None, &["--seed", "5", "--kills", "12", "--orders", ORDERS, "--rate", "2"]);
    for key in ["lost", "doubled", "stale", "quota_overruns", "broken_in_all"] {
        assert_eq!(verdict[key], 0, "{key}: {verdict}");
    }
}

#[test]
fn the_same_seed_is_the_same_plan() {
    let plan = |seed| chaos(None, &["--seed", seed, "--kills", "2", "--orders", "300"])["plan"].clone();
    let first = plan("1");
    assert!(first.is_string());
    assert_eq!(first, plan("1"));
    assert_ne!(first, plan("2"));
}

#[test]
fn a_database_that_is_used_is_refused() {
    let installation = Installation::on_sqlite();
    installation.succeed(&["connectors", "add", "smartstore", "--name", "mine", "--mode", "fixture"]);
    let output = installation.run(&["chaos", "--kills", "1"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("holds connectors already") && said.contains("--database-url"), "{said}");
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_and_what_it_started() {
    use std::process::Stdio;
    use std::time::{Duration, Instant};

    let installation = Installation::on_sqlite();
    let mut child = Command::new(runner_binary())
        .args(["chaos", "--kills", "100000", "--orders", "300", "--keep", "kept"])
        .current_dir(installation.folder())
        .env_remove("DATABASE_URL")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let begun = Instant::now();
    while !installation.folder().join("kept/log").exists() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it has started nothing");
        std::thread::sleep(Duration::from_millis(20));
    }
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(kill.success());
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(130));
    assert!(begun.elapsed() < Duration::from_secs(60));
}
