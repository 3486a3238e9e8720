//! The command line, through the program itself.

mod data;
mod secrets;
mod shop;

use clap::CommandFactory;
use serde_json::{Value, json};

use crate::shop::Shop;

#[test]
fn every_command_helps_with_an_example() {
    fn visit(shop: &Shop, command: &clap::Command, path: &[&str]) -> usize {
        let help = shop.good(&[path, &["--help"]].concat());
        assert!(help.contains("Examples:\n  "), "{path:?}: {help}");
        let subs = command.get_subcommands().map(|sub| visit(shop, sub, &[path, &[sub.get_name()]].concat()));
        1 + subs.sum::<usize>()
    }
    let visited = visit(&Shop::new(), &runner::cli::Cli::command(), &[]);
    assert!(visited > 20, "{visited} commands");
}

#[test]
fn bad_usage_ends_with_2_and_says_what_to_do() {
    let shop = Shop::new();
    for arguments in [
        &["--nonsense"][..],
        &["connectors", "frobnicate"],
        &["--concurrency", "0"],
        &["--to", "2026-02-01"],
        &["orders", "list", "--format", "xlsx"],
        &["connectors", "add"],
        &["verify", "--connector", "x"],
    ] {
        let said = shop.run(arguments);
        assert_eq!(said.code, Some(2), "{arguments:?}: {}", said.stderr);
        assert!(said.stderr.contains("error:"), "{arguments:?}: {}", said.stderr);
    }
    for (arguments, expected) in [
        (&["--connector", "nowhere"][..], "\"nowhere\""),
        (&["--from", "2026-02-02", "--to", "2026-02-01"], "--from is not before --to"),
        (&["--from", "soon"], "no date"),
        (&["--connector=x", "--dry-run", "orders", "list"], "main job"),
        (&["log", "--format", "csv"], "csv"),
        (&["platforms", "nowhere"], "nowhere"),
        (&["connectors", "show", "nowhere"], "nowhere"),
        (&["connectors", "add", "smartstore", "--set", "lookback_days=9999"], "lookback_days"),
        (&["connectors", "add", "smartstore", "--set", "colour=red"], "colour"),
        (&["connectors", "add", "smartstore", "--name", "1"], "name"),
        (&["connectors", "add", "smartstore", "--secret", "client_secret"], "client_secret"),
        (&["orders", "list", "--from", "yesterday"], "no day"),
        (&["--database-url", "mysql://db/x", "orders", "list"], "mysql"),
        (&[], "there are no connectors yet"),
        (&["--connector", "smartstore", "--dry-run"], "no row"),
        (&["connectors", "check", "nowhere"], "nowhere"),
    ] {
        let stderr = shop.bad(arguments);
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
    }
}

#[test]
fn the_first_run_needs_nothing_but_a_folder() {
    let shop = Shop::without_home();
    let text = shop.good(&["--connector", "smartstore"]);
    assert!(text.contains("Added connector \"smartstore\" in fixture mode"), "{text}");
    assert!(text.contains("runner connectors set smartstore --mode api"), "{text}");
    let summary = shop.json(&["--connector", "naver"]);
    assert_eq!(summary["outcome"], "ok", "{summary}");
    assert_eq!(
        (&summary["totals"]["new"], &summary["totals"]["changed"]),
        (&json!(0), &json!(0)),
        "{summary}"
    );
    let orders = shop.json(&["orders", "list", "--limit", "1000"]);
    assert!(orders.as_array().is_some_and(|orders| orders.len() >= 60), "{orders}");
    assert!(!orders.to_string().contains("meta_json"), "buyers' data is not listed");
    assert_eq!(shop.json(&["log", "--limit", "1"])[0]["outcome"], "ok");
}

#[test]
fn the_env_file_is_read_and_never_quoted() {
    let shop = Shop::new();
    std::fs::write(shop.path("work/.env"), "DATABASE_URL=sqlite://other.db\n").expect("our folder");
    shop.good(&["connectors", "list"]);
    assert!(shop.path("work/other.db").exists() && !shop.path("work/commerce.db").exists());
    std::fs::write(shop.path("work/.env"), "this line is hush hush\n").expect("our folder");
    let stderr = shop.bad(&["connectors", "list"]);
    assert!(stderr.contains(".env") && !stderr.contains("hush"), "{stderr}");
}

#[test]
fn doctor_names_cause_and_fix() {
    let shop = Shop::new();
    let report = shop.json(&["doctor"]);
    assert_eq!(report["ok"], true, "{report}");
    shop.good(&["connectors", "add", "smartstore", "--name", "main", "--mode", "api"]);
    let said = shop.run(&["doctor", "--format", "json"]);
    assert_eq!(said.code, Some(1), "{}", said.stdout);
    let report: Value = serde_json::from_str(&said.stdout).expect("JSON alone");
    let failed: Vec<&Value> = report["checks"]
        .as_array()
        .expect("checks")
        .iter()
        .filter(|check| check["status"] == "failed")
        .collect();
    assert_eq!(failed.len(), 1, "{report}");
    assert!(failed[0]["fix"].as_str().is_some_and(|fix| fix.contains("--secret client_id")), "{report}");

    let said = shop.run(&["doctor", "--database-url", "postgres://nobody:hush@127.0.0.1:9/none"]);
    assert_eq!(said.code, Some(1), "{}", said.stdout);
    assert!(
        said.stdout.contains("RUNNER_SECRET_KEY") && said.stdout.contains("FAILED   database"),
        "{}",
        said.stdout
    );
    assert!(!said.stdout.contains("hush") && !said.stderr.contains("hush"), "{}{}", said.stdout, said.stderr);

    std::fs::write(shop.path("work/commerce.db"), "no database at all, but a text of some length")
        .expect("our file");
    let said = shop.run(&["doctor"]);
    assert!(said.code == Some(1) && said.stdout.contains("FAILED   database"), "{}", said.stdout);
}

#[test]
fn migrate_says_what_it_did() {
    let shop = Shop::new();
    let first = shop.json(&["migrate"]);
    assert!(first["applied"].as_array().is_some_and(|names| !names.is_empty()), "{first}");
    assert_eq!(shop.json(&["migrate"]), json!({"applied": []}));
}
