//! Failures of our own database, seen from the command line.

use std::time::Instant;

use rusqlite::Connection;
use tests::installation::Installation;

use super::{market, sync};

fn sqlite_path(installation: &Installation) -> String {
    installation.database_url().trim_start_matches("sqlite://").to_owned()
}

#[test]
fn a_locked_database_is_named_and_nothing_is_half_written() {
    let installation = Installation::on_sqlite();
    let market = market(40);
    installation.add_smartstore("main", &market.base_url(), &[]);
    let other = Connection::open(sqlite_path(&installation)).expect("the database opens");
    other.execute_batch("BEGIN IMMEDIATE").expect("a lock");
    let output = installation.run(&["--connector", "main"]);
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("locked") || said.contains("busy"), "{said}");
    assert!(said.contains("fix:"), "{said}");
    other.execute_batch("ROLLBACK").expect("an end");
    assert!(installation.stored("main").is_empty());
    sync(&installation, &[]).assert_ok("main", 40);
}

#[test]
fn a_file_that_is_no_database_is_left_as_it_is() {
    let installation = Installation::on_sqlite();
    let path = sqlite_path(&installation);
    std::fs::write(&path, "dear diary, ".repeat(400)).expect("a file");
    let output = installation.run(&["--connector", "smartstore"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("not a database") && said.contains("fix:"), "{said}");
    assert!(std::fs::read_to_string(&path).expect("the file").starts_with("dear diary"));
}

#[test]
fn a_server_that_is_not_there_is_named_without_the_password() {
    let installation = Installation::on_sqlite();
    let started = Instant::now();
    let mut command = installation.runner();
    command.args(["--database-url", "postgres://me:canary-password@127.0.0.1:1/shop", "log"]);
    // The last --database-url would clash with the first: this one stands alone.
    let mut command = {
        let mut alone = std::process::Command::new(command.get_program());
        alone.args(["--database-url", "postgres://me:canary-password@127.0.0.1:1/shop", "log"]);
        alone.env("RUNNER_SECRET_KEY", "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=");
        alone
    };
    let output = command.output().expect("the program starts");
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("127.0.0.1") && said.contains("fix:"), "{said}");
    assert!(!said.contains("canary-password"), "{said}");
    assert!(started.elapsed().as_secs() < 20, "an absent server is noticed soon");
}

#[test]
fn bad_settings_written_by_hand_stop_their_own_account_only() {
    let installation = Installation::on_sqlite();
    let market = market(40);
    installation.add_smartstore("well", &market.base_url(), &[]);
    let database = Connection::open(sqlite_path(&installation)).expect("the database opens");
    for (name, platform, mode, config) in [
        ("word", "smartstore", "live", "{}"),
        ("unknown", "smartstore", "api", r#"{"colour": "red"}"#),
        ("range", "smartstore", "api", r#"{"lookback_days": 0}"#),
        ("broken", "smartstore", "api", "{not json"),
        ("elsewhere", "marketplace-of-mars", "api", "{}"),
    ] {
        let sql = "INSERT INTO connectors (name, platform, mode, config_json) VALUES (?1, ?2, ?3, ?4)";
        database.execute(sql, [name, platform, mode, config]).expect("a row");
    }
    let ran = sync(&installation, &["--concurrency", "2"]);
    ran.assert_ok("well", 40);
    ran.assert_failed("word", "live", "--mode");
    ran.assert_failed("unknown", "colour", "");
    ran.assert_failed("range", "lookback_days", "");
    ran.assert_failed("broken", "config_json", "");
    ran.assert_failed("elsewhere", "marketplace-of-mars", "smartstore");
    assert_eq!(ran.code, 1);
}
