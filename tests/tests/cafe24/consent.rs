//! A person's consent in a browser.

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Stdio};

use simulator::cafe24::Mall;
use simulator::plain_http;

use super::*;

/// A port that was free a moment ago.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port()
}

/// Starts the command and reads until it waits; returns the address that it prints.
#[expect(clippy::zombie_processes, reason = "the caller waits for it, unless the test has failed")]
fn start(installation: &Installation) -> (Child, BufReader<std::process::ChildStdout>, String) {
    let mut child = installation
        .runner()
        .args(["connectors", "authorize", "mall", "--timeout", "20"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut address = String::new();
    loop {
        let mut line = String::new();
        assert!(lines.read_line(&mut line).expect("its output") > 0, "it ended early");
        if line.starts_with("http") {
            address = line.trim().to_owned();
        }
        if line.starts_with("Waiting") {
            return (child, lines, address);
        }
    }
}

/// What a browser does with the address: asks the mall and follows to where it points. Returns that place.
fn confirm(mall: &Mall, address: &str) -> String {
    let target = address.strip_prefix(&mall.base_url()).expect("the mall's own address");
    let reply = plain_http::call(mall.address(), "GET", target, &[], b"").expect("the mall answers");
    assert_eq!(reply.status, 302, "{}", reply.text());
    reply.header("location").expect("where to go").to_owned()
}

fn follow(location: &str) -> u16 {
    let (host, target) =
        location.strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("an address");
    let address: SocketAddr = host.parse().expect("a socket");
    plain_http::call(address, "GET", &format!("/{target}"), &[], b"").expect("the program listens").status
}

fn with_listener(mall: &Mall, settings: &[&str]) -> Installation {
    let installation = installation(None);
    let redirect = format!("redirect_uri=http://127.0.0.1:{}/back", free_port());
    add(&installation, mall, &[&["pace=off", &redirect], settings].concat());
    installation
}

#[test]
fn a_person_confirms_and_the_tokens_are_sealed() {
    let mall = Mall::open();
    thirty_days(&mall, 1);
    let installation = with_listener(&mall, &["scope=mall.read_analytics,mall.read_order"]);
    let (child, _lines, address) = start(&installation);
    assert!(address.contains("response_type=code") && address.contains("state="), "{address}");
    assert_eq!(follow(&confirm(&mall, &address)), 200);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let row = row(&installation);
    assert_eq!(row["config"]["oauth_tokens"], "[sealed]");
    assert_eq!(synced(&installation, "metrics")["new"], 90);
    for file in ["commerce.db", "commerce.db-wal"] {
        let bytes = std::fs::read(installation.folder().join(file)).unwrap_or_default();
        for token in mall.tokens_issued() {
            assert!(!bytes.windows(token.len()).any(|part| part == token.as_bytes()), "{file} holds a token");
        }
    }
}

#[test]
fn an_answer_with_another_state_is_refused() {
    let mall = Mall::open();
    let installation = with_listener(&mall, &[]);
    let (child, _lines, address) = start(&installation);
    let location = confirm(&mall, &address);
    let (before, _) = location.split_once("state=").expect("a state");
    follow(&format!("{before}state=forged"));
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("state") && said.contains("another attempt"), "{said}");
    assert_eq!(mall.calls_to("/oauth/token"), 0, "the code is not used");
    assert!(row(&installation)["config"]["oauth_tokens"].is_null());
}

#[test]
fn a_scope_that_is_not_on_the_app_is_explained() {
    let mall = Mall::open();
    let installation = with_listener(&mall, &["scope=mall.read_analytics,mall.read_moon"]);
    let (child, _lines, address) = start(&installation);
    follow(&confirm(&mall, &address));
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("invalid_scope") && said.contains("register every scope"), "{said}");
}

#[test]
fn a_code_that_is_used_up_and_another_mall_are_explained() {
    let mall = Mall::open();
    let installation = installation(None);
    add(&installation, &mall, &["pace=off"]);
    let authorize = |code: &str, exit: i32| {
        let output = installation.run(&["connectors", "authorize", "mall", "--code", code]);
        assert_eq!(output.status.code(), Some(exit));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let said = authorize("used-up", 1);
    assert!(said.contains("older than a minute"), "{said}");
    mall.set(|settings| settings.token_mall = "othermall".to_owned());
    let said = authorize(&mall.issue_code(), 2);
    assert!(said.contains("othermall") && said.contains("set mall_id"), "{said}");
    assert!(row(&installation)["config"]["oauth_tokens"].is_null());
}

#[test]
fn an_address_is_taken_only_with_the_state_printed_last() {
    let mall = Mall::open();
    let installation = installation(None);
    add(&installation, &mall, &["pace=off", "redirect_uri=https://shop.example/back"]);
    let output = installation.run(&["connectors", "authorize", "mall"]);
    assert_eq!(output.status.code(), Some(2), "it cannot listen there, and nobody types");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let address = printed.lines().find(|line| line.starts_with("http")).expect("an address");
    let location = confirm(&mall, address);
    assert!(location.starts_with("https://shop.example/back?code="), "{location}");
    let (before, _) = location.split_once("state=").expect("a state");
    let forged =
        installation.run(&["connectors", "authorize", "mall", "--code", &format!("{before}state=x")]);
    assert_eq!(forged.status.code(), Some(2));
    installation.succeed(&["connectors", "authorize", "mall", "--code", &location]);
}

#[test]
fn tokens_that_somebody_wrote_into_the_row_are_used_and_sealed() {
    let mall = Mall::open();
    thirty_days(&mall, 1);
    let installation = ready(&mall, &[]);
    let [access, refresh] = <[String; 2]>::try_from(mall.tokens_issued()).expect("one pair");
    let database =
        rusqlite::Connection::open(installation.folder().join("commerce.db")).expect("the database");
    let tokens = serde_json::json!({
        "access_token": access, "expires_at": "2099-02-16T14:00:00.000", "refresh_token": refresh,
        "refresh_token_expires_at": "2099-03-02T12:00:00.000", "scopes": ["mall.read_analytics"],
    });
    database
        .execute(
            "UPDATE connectors SET config_json = json_set(config_json, '$.oauth_tokens', json(?1))",
            [tokens.to_string()],
        )
        .expect("written");
    assert_eq!(synced(&installation, "metrics")["new"], 90);
    let stored: String =
        database.query_row("SELECT config_json FROM connectors", [], |row| row.get(0)).expect("the row");
    assert!(!stored.contains(&access) && stored.contains("sealed"), "{stored}");
}
