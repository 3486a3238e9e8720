//! The whole product against a small Cafe24 mall.

mod consent;
mod figures;
mod orders;
mod race;
mod refusals;

use std::process::Output;

use chrono::NaiveDate;
use serde_json::Value;
use simulator::cafe24::{CLIENT_ID, CLIENT_SECRET, MALL_ID, Mall};
use tests::installation::Installation;

/// An installation that knows the app.
fn installation(database: Option<&str>) -> Installation {
    let mut installation = database.map_or_else(Installation::on_sqlite, Installation::on_postgres);
    installation.set_variable("CAFE24_ANALYTICS_CLIENT_ID", CLIENT_ID);
    installation.set_variable("CAFE24_ANALYTICS_CLIENT_SECRET", CLIENT_SECRET);
    installation.set_variable("CAFE24_ANALYTICS_MALL_ID", MALL_ID);
    installation
}

/// Adds the row `mall` without tokens.
fn add(installation: &Installation, mall: &Mall, settings: &[&str]) {
    let hosts = [format!("base_url={}", mall.base_url()), format!("mall_base_url={}", mall.base_url())];
    let mut arguments = vec!["connectors", "add", "cafe24", "--name", "mall", "--mode", "api"];
    for setting in hosts.iter().map(String::as_str).chain(settings.iter().copied()) {
        arguments.extend(["--set", setting]);
    }
    installation.succeed(&arguments);
}

fn authorize(installation: &Installation, mall: &Mall) {
    installation.succeed(&["connectors", "authorize", "mall", "--code", &mall.issue_code()]);
}

/// A row with tokens, at a mall that keeps no limit.
fn ready(mall: &Mall, settings: &[&str]) -> Installation {
    let installation = installation(None);
    add(&installation, mall, &[&["pace=off"], settings].concat());
    authorize(&installation, mall);
    mall.reset_calls();
    installation
}

/// The runs of a summary, by stream.
fn sync(installation: &Installation, more: &[&str]) -> (Output, Value) {
    let output = installation.run(&[&["--connector", "mall", "--format", "json"], more].concat());
    let summary = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output, summary)
}

fn stream<'a>(summary: &'a Value, name: &str) -> &'a Value {
    let runs = summary["runs"].as_array().expect("runs");
    runs.iter().find(|run| run["stream"] == name).unwrap_or_else(|| panic!("no {name} in {summary}"))
}

/// A sync that must succeed; the run of one stream.
fn synced(installation: &Installation, name: &str) -> Value {
    let (output, summary) = sync(installation, &["--stream", name]);
    assert!(output.status.success(), "{summary}{}", String::from_utf8_lossy(&output.stderr));
    stream(&summary, name).clone()
}

fn listed(installation: &Installation, what: &str, more: &[&str]) -> Vec<Value> {
    let text = installation.succeed(&[&[what, "list", "--limit", "1000", "--format", "json"], more].concat());
    serde_json::from_str(&text).expect("a list")
}

fn sum(rows: &[Value], entity_type: &str, column: &str) -> i64 {
    rows.iter().filter(|row| row["entity_type"] == entity_type).filter_map(|row| row[column].as_i64()).sum()
}

fn row(installation: &Installation) -> Value {
    let text = installation.succeed(&["connectors", "show", "mall", "--format", "json"]);
    serde_json::from_str(&text).expect("a row")
}

/// Thirty days: on each 100 visits, 300 views, two orders of product 128 for 59,800 won, and 40 visits from a domain.
fn thirty_days(mall: &Mall, shop_no: i64) {
    for ago in 0..30 {
        mall.change_day(shop_no, mall.day(ago), |day| {
            day.visits = 100;
            day.views = 300;
            day.products.insert(128, (2, 59_800));
            day.domains.insert("search.naver.com".to_owned(), 40);
        });
    }
}

fn text(day: NaiveDate) -> String {
    day.to_string()
}
