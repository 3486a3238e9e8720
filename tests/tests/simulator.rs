//! `runner sim` and `runner demo`, as a person or a program uses them.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;
use simulator::{Account, Age, Endpoint, Remote, plain_http};
use tests::installation::Installation;
use tests::program::runner_binary;

/// A `runner sim`; it is killed when this is dropped.
struct Sim {
    child: Child,
    out: BufReader<ChildStdout>,
    first: String,
}

impl Sim {
    fn start(options: &[&str]) -> Self {
        let mut child = Command::new(runner_binary())
            .args(["sim", "--listen", "127.0.0.1:0", "--orders", "60", "--days", "5", "--speed", "0"])
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut first = String::new();
        out.read_line(&mut first).expect("its first line");
        Self { child, out, first }
    }

    fn url(&self) -> &str {
        self.first.trim().strip_prefix("listening on ").expect("where it listens")
    }

    fn remote(&self) -> Remote {
        Remote::new(self.url().strip_prefix("http://").expect("an address").parse().expect("an address"))
    }

    /// What else it has printed, up to a line that begins so.
    fn until(&mut self, begin: &str) -> String {
        let mut text = String::new();
        loop {
            let mut line = String::new();
            assert!(self.out.read_line(&mut line).expect("its output") > 0, "it ended early: {text}");
            text += &line;
            if line.starts_with(begin) {
                return text;
            }
        }
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What is printed is typed, word for word, and leads to synced accounts.
#[test]
fn the_printed_commands_connect_to_it() {
    let mut sim = Sim::start(&["--rate", "off"]);
    let text = sim.until("Ctrl-C");
    let mut installation = Installation::on_sqlite();
    installation.set_variable("RUST_LOG", "error");
    let commands: Vec<&str> = text.split("\n\n").filter(|part| part.contains("connectors add")).collect();
    assert_eq!(commands.len(), 4, "{text}");
    let program = runner_binary().display().to_string();
    for command in commands {
        // The code comes over HTTP, which needs no program of the machine's here.
        let (add, _) = command.split_once("\nrunner connectors authorize").unwrap_or((command, ""));
        let add = add.replace("runner connectors", &format!("'{program}' connectors"));
        let template = installation.runner();
        let mut shell = Command::new("sh");
        shell.args(["-c", &add]).current_dir(installation.folder());
        shell.env("DATABASE_URL", installation.database_url());
        for (name, value) in template.get_envs() {
            if let Some(value) = value {
                shell.env(name, value);
            }
        }
        let output = shell.output().expect("a shell");
        assert!(output.status.success(), "{add}\n{}", String::from_utf8_lossy(&output.stderr));
    }
    let address = sim.url().strip_prefix("http://").expect("an address").parse().expect("an address");
    let code = plain_http::call(address, "POST", "/__sim/code?account=simmall", &[], b"").expect("a code");
    let code: String = serde_json::from_slice(&code.body).expect("a text");
    installation.succeed(&["connectors", "authorize", "sim-mall", "--code", &code]);
    installation.succeed(&[]);

    let remote = sim.remote();
    for account in remote.ledger().expect("the ledger") {
        match account {
            Account::Smartstore { orders, .. } => {
                let stored = installation.stored("sim-store");
                assert_eq!(stored.len(), 60);
                assert!(orders.iter().all(|order| stored[&order.id].meta_json == order.payload));
            }
            Account::Cafe24 { orders, .. } => {
                let stored = installation.stored("sim-mall");
                assert_eq!(stored.len(), 60);
                assert!(orders.iter().all(|order| stored[&order.id].status == order.status));
            }
            Account::Coupang { orders, claims, .. } => {
                assert_eq!(orders.len(), 60);
                assert!(!claims.is_empty());
            }
            Account::EleventhStreet { orders, claims, .. } => {
                assert_eq!(orders.len(), 60);
                assert!(!claims.is_empty());
            }
        }
    }
    assert!(remote.totals().expect("the calls").of(Endpoint::Orders).calls > 0);
    let aged = remote.age(&Age { arrive: 2, move_on: 3, account: None }).expect("it ages");
    assert_eq!((aged.arrived, aged.moved), (8, 12));
}

#[test]
fn a_program_is_told_all_on_one_line() {
    let sim = Sim::start(&["--format", "json", "--accounts", "3", "--fault", "server_error:feed:2"]);
    let told: Value = serde_json::from_str(&sim.first).expect("one line of JSON");
    let accounts = told["accounts"].as_array().expect("accounts");
    assert_eq!(accounts.len(), 12);
    assert!(
        accounts
            .iter()
            .all(|account| account["base_url"].as_str().is_some_and(|url| url.starts_with("http")))
    );
    let address = told["listening"].as_str().and_then(|url| url.strip_prefix("http://")).expect("an address");
    let faults = plain_http::call(address.parse().expect("an address"), "GET", "/__sim/faults", &[], b"");
    assert!(faults.expect("an answer").text().contains("server_error"));
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_well() {
    let mut sim = Sim::start(&[]);
    sim.until("Ctrl-C");
    let kill = Command::new("kill").args(["-INT", &sim.child.id().to_string()]).status().expect("kill");
    assert!(kill.success());
    assert_eq!(sim.child.wait().expect("it ends").code(), Some(0));
    let mut said = String::new();
    sim.child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
    assert!(!said.contains("error"), "{said}");
}

#[test]
fn what_cannot_be_is_bad_usage() {
    let installation = Installation::on_sqlite();
    for (options, said) in [
        (vec!["--listen", "0.0.0.0:0"], "--allow-remote"),
        (vec!["--fault", "nonsense"], "slow_drip"),
        (vec!["--fault", "refresh_revoked:feed"], "cannot"),
        (vec!["--rate", "0"], "off"),
        (vec!["--format", "csv"], "csv"),
    ] {
        let output = installation.run(&[&["sim"], &options[..]].concat());
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{options:?}: {text}");
        assert!(text.contains(said), "{options:?}: {text}");
    }
}

#[test]
fn the_tour_ends_with_a_database_that_agrees() {
    let installation = Installation::on_sqlite();
    let output = installation.run(&["demo", "--keep", "tour", "--format", "json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tour: Value = serde_json::from_slice(&output.stdout).expect("JSON alone");
    let agreement = &tour["agreement"];
    assert_eq!([&agreement["lost"], &agreement["strange"], &agreement["stale"]], [0, 0, 0], "{tour}");
    assert!(
        agreement["orders"].as_u64() > Some(320) && agreement["figures"].as_u64() > Some(60),
        "{agreement}"
    );
    assert!(tour["duration_ms"].as_u64() < Some(60_000), "{tour}");
    let steps = tour["steps"].as_array().expect("steps");
    assert!(steps[4]["said"].as_str().is_some_and(|said| said.contains("1 call with 429")), "{tour}");

    // What it says to look around with works, without any key.
    let database = tour["database"].as_str().expect("an address");
    let listed = Command::new(runner_binary())
        .args(["orders", "list", "--limit", "5", "--format", "json", "--database-url", database])
        .current_dir(installation.folder())
        .output()
        .expect("the program starts");
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let again = installation.run(&["demo", "--keep", "tour"]);
    assert_eq!(again.status.code(), Some(2), "it overwrites nothing");
}

#[test]
fn the_tour_leaves_nothing_behind() {
    let mut installation = Installation::on_sqlite();
    let folder = tempfile::tempdir().expect("a folder");
    installation.set_variable("TMPDIR", &folder.path().display().to_string());
    let text = installation.succeed(&["demo", "--seed", "2"]);
    assert!(text.contains("They agree.") && text.contains("runner demo --keep"), "{text}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0);
    let left: Vec<_> = std::fs::read_dir(installation.folder()).expect("the folder").collect();
    assert!(left.is_empty(), "{left:?}");
}
