//! Writing back, with the real program against simulated platforms: every answer may be lost after the platform has done what
//! it was asked, and still nothing is done twice and nothing stays in doubt.
//!
//! `WRITES` sets how many order lines are written to (2,000 where it is absent).

mod coupang;
mod eleventh_street;
mod kills;
mod smartstore;

use std::collections::BTreeMap;

use serde_json::Value;
use simulator::Effect;
use tests::installation::Installation;

/// How many order lines.
fn writes() -> usize {
    std::env::var_os("WRITES").and_then(|text| text.to_str()?.parse().ok()).unwrap_or(2_000)
}

/// So many, or as large a part of `WRITES` as that is of its default.
fn few(number: usize) -> usize {
    (number * writes() / 2_000).max(1)
}

/// Runs a command whose results are JSON, whatever its exit code.
fn report(installation: &Installation, arguments: &[&str]) -> Value {
    let mut all = vec!["--format", "json"];
    all.extend(arguments);
    let output = installation.run(&all);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("runner {arguments:?}: {error}: {}", String::from_utf8_lossy(&output.stderr))
    })
}

/// How often each command took effect on each target.
fn counted(effects: &[Effect]) -> BTreeMap<(&str, &str), usize> {
    let mut counts = BTreeMap::new();
    for effect in effects {
        *counts.entry((effect.command.as_str(), effect.target.as_str())).or_default() += 1;
    }
    counts
}

/// The results of a report by name, counted.
fn results(report: &Value) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for result in report["results"].as_array().expect("a report has results") {
        *counts.entry(result["result"].as_str().expect("a word").to_owned()).or_default() += 1;
    }
    counts
}

/// Nothing is left that somebody has to find out about.
fn assert_nothing_in_doubt(installation: &Installation) {
    let open = report(installation, &["intents", "list", "--open"]);
    assert_eq!(open.as_array().map(Vec::len), Some(0), "{open}");
}
