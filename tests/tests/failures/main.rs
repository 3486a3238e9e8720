//! What goes wrong at a platform or in the settings ends in one clear error with cause and fix; nothing is half-written,
//! and the other accounts are untouched.

mod canary;
mod databases;
mod platforms;

use std::process::Output;

use serde_json::Value;
use simulator::smartstore::{Config, Market};
use tests::installation::Installation;

/// A market of its own for each account.
fn market(orders: usize) -> Market {
    Market::start(Config { days: 5, ..Config::of(orders) }).expect("a free port")
}

/// The summary of a run, and its exit code.
struct Ran {
    code: i32,
    summary: Value,
    log: String,
}

fn sync(installation: &Installation, more: &[&str]) -> Ran {
    let mut arguments = vec!["--format", "json"];
    arguments.extend(more);
    let output: Output = installation.run(&arguments);
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    let summary = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}\n{log}", String::from_utf8_lossy(&output.stdout)));
    Ran { code: output.status.code().expect("no signal"), summary, log }
}

impl Ran {
    fn account(&self, name: &str) -> &Value {
        let runs = self.summary["runs"].as_array().expect("a list of runs");
        runs.iter()
            .find(|run| run["connector"] == name)
            .unwrap_or_else(|| panic!("no run of {name}: {}", self.summary))
    }

    /// The account failed with this in its message and this in its fix.
    fn assert_failed(&self, name: &str, message: &str, fix: &str) {
        let run = self.account(name);
        assert_eq!(run["outcome"], "failed", "{run}");
        let said = run["message"].as_str().expect("a message");
        let advice = run["fix"].as_str().expect("a fix");
        assert!(said.contains(message), "{name}: {said:?} does not say {message:?}");
        assert!(advice.contains(fix), "{name}: {advice:?} does not say {fix:?}");
        assert!(!said.contains('\n'), "one line: {said:?}");
    }

    fn assert_ok(&self, name: &str, rows: usize) {
        let run = self.account(name);
        assert_eq!(run["outcome"], "ok", "{run}\n{}", self.log);
        assert_eq!(run["new"], rows, "{run}");
    }
}
