//! What must not be seen, and the key that seals it.

use std::process::Stdio;

use serde_json::json;
use simulator::smartstore::{CLIENT_ID, CLIENT_SECRET, Config, Market};

use crate::shop::{Shop, files};

#[test]
fn neither_secrets_nor_buyers_are_seen_at_any_level() {
    let market = Market::start(Config::of(40)).expect("a free port");
    let shop = Shop::new()
        .with("SMARTSTORE_CLIENT_ID", CLIENT_ID)
        .with("SMARTSTORE_CLIENT_SECRET", CLIENT_SECRET)
        .with("RUST_LOG", "trace,hyper=trace,h2=trace,reqwest=trace,rustls=trace");
    let address = format!("base_url={}", market.base_url());
    let typed = format!("client_secret={CLIENT_SECRET}");
    let mut heard = String::new();
    let mut run = |arguments: &[&str]| {
        let said = shop.run(arguments);
        heard += &format!("{}{}", said.stdout, said.stderr);
        said.code
    };
    let secrets = ["--secret", "client_id", "--secret", "client_secret"];
    let add = ["connectors", "add", "smartstore", "--name", "main", "--mode", "api", "--set", &address];
    assert_eq!(run(&[&add[..], &secrets].concat()), Some(0));
    for refused in [
        ["connectors", "add", "smartstore", "--name", "other", "--secret", &typed],
        ["connectors", "add", "smartstore", "--name", "other", "--set", &typed],
    ] {
        assert_eq!(run(&refused), Some(2));
    }
    for done in [
        &["connectors", "check", "main"][..],
        &["--connector", "main"],
        &["--connector", "main", "-vv"],
        &["--connector", "main", "--dry-run", "--format", "json"],
        &["connectors", "show", "main", "--format", "json"],
        &["orders", "list", "-vv"],
        &["orders", "export"],
        &["log", "--format", "json"],
        &["doctor", "-vv"],
    ] {
        assert_eq!(run(done), Some(0), "{done:?}");
    }
    market.set_secret("$2a$04$abcdefghijklmnopqrstuu");
    market.revoke_tokens();
    assert_eq!(run(&["--connector", "main", "-vv"]), Some(1));

    let phone = "010-0000-";
    let raw = shop.good(&["orders", "export", "--raw", "--format", "json", "-qq"]);
    assert!(raw.contains(phone), "the orders do hold what must not be seen elsewhere");
    for canary in [CLIENT_ID, CLIENT_SECRET, phone, "Bearer", "client_secret_sign="] {
        let line = heard.lines().find(|line| line.contains(canary));
        assert_eq!(line, None, "{canary} was heard");
    }
    let files = files(shop.folder.path());
    assert!(files.len() >= 2, "database and key");
    for path in files {
        let bytes = std::fs::read(&path).expect("a file");
        for canary in [CLIENT_ID, CLIENT_SECRET] {
            let found = bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
            assert!(!found, "{canary} is in {}", path.display());
        }
    }
}

#[test]
fn a_secret_that_was_written_into_the_row_by_hand_is_sealed() {
    let shop = Shop::new();
    shop.good(&["connectors", "add", "smartstore", "--name", "main"]);
    let config =
        json!({"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "base_url": "http://127.0.0.1:9/x"});
    shop.database()
        .execute("UPDATE connectors SET mode = 'api', config_json = ?1", [config.to_string()])
        .expect("a row by hand");
    let shown = shop.json(&["connectors", "show", "main"]);
    assert!(
        !shown.to_string().contains("simclient") && !shown.to_string().contains("$2a$"),
        "plain text is not shown either: {shown}"
    );
    let said = shop.run(&["doctor", "--offline"]);
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    assert!(said.stderr.contains("sealed 2 secrets"), "{}", said.stderr);
    let stored: String = shop
        .database()
        .query_row("SELECT config_json FROM connectors", [], |row| row.get(0))
        .expect("the row");
    assert!(!stored.contains("simclient") && !stored.contains("$2a$"), "{stored}");
    assert_eq!(shop.json(&["connectors", "show", "main"])["config"]["client_secret"], "[sealed]");
}

#[test]
#[cfg(unix)]
fn the_key_file_is_its_owners_and_apart_from_the_database() {
    use std::os::unix::fs::PermissionsExt;
    let shop =
        Shop::new().with("SMARTSTORE_CLIENT_ID", CLIENT_ID).with("SMARTSTORE_CLIENT_SECRET", CLIENT_SECRET);
    shop.good(&["connectors", "list"]);
    assert!(!shop.key_file().exists(), "no secret, no key");
    let add =
        |name| ["connectors", "add", "smartstore", "--name", name, "--secret", "client_id,client_secret"];
    let starts: Vec<_> = ["a", "b", "c"]
        .map(|name| shop.command(&add(name)).stdout(Stdio::null()).spawn().expect("it starts"))
        .into();
    for mut start in starts {
        assert!(start.wait().expect("it ends").success());
    }
    let mode = std::fs::metadata(shop.key_file()).expect("the key").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(files(&shop.path("work")).iter().all(|path| !path.to_string_lossy().contains("key")));
    // All three were sealed with the one key.
    for name in ["a", "b", "c"] {
        shop.good(&["connectors", "set", name, "--mode", "api"]);
    }
    assert_eq!(shop.json(&["doctor", "--offline"])["ok"], true);

    std::fs::set_permissions(shop.key_file(), std::fs::Permissions::from_mode(0o640)).expect("our file");
    let stderr = shop.bad(&["connectors", "list"]);
    assert!(stderr.contains("open to other users") && stderr.contains("chmod 600"), "{stderr}");
}

#[test]
fn without_a_place_for_the_key_no_secret_is_taken() {
    let shop = Shop::without_home()
        .with("SMARTSTORE_CLIENT_ID", CLIENT_ID)
        .with("SMARTSTORE_CLIENT_SECRET", CLIENT_SECRET);
    let stderr = shop.bad(&["connectors", "add", "smartstore", "--secret", "client_id,client_secret"]);
    assert!(stderr.contains("cannot be made") && stderr.contains("RUNNER_SECRET_KEY"), "{stderr}");
    assert_eq!(shop.json(&["connectors", "list"]), json!([]), "nothing half-made");
}

#[test]
fn a_key_can_be_replaced() {
    let key = |byte: u8| base64_text(&[byte; 32]);
    let (old, new) = (key(1), key(2));
    let shop =
        Shop::new().with("SMARTSTORE_CLIENT_ID", CLIENT_ID).with("SMARTSTORE_CLIENT_SECRET", CLIENT_SECRET);
    let with = |keys: &str, arguments: &[&str]| {
        let output =
            shop.command(arguments).env("RUNNER_SECRET_KEY", keys).output().expect("the program starts");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr),
        )
    };
    let add = ["connectors", "add", "smartstore", "--mode", "api", "--secret", "client_id,client_secret"];
    assert_eq!(with(&old, &add).0, Some(0));
    let (code, text) = with(&new, &["doctor", "--offline"]);
    assert!(code == Some(1) && text.contains("RUNNER_SECRET_KEY"), "{text}");
    let (code, text) = with(&format!("{new},{old}"), &["rekey"]);
    assert!(code == Some(0) && text.contains("2 values"), "{text}");
    assert_eq!(with(&new, &["doctor", "--offline"]).0, Some(0));
    assert_eq!(with("hush", &["rekey"]).0, Some(2));
    assert!(!shop.key_file().exists(), "a key that is given makes no other");
}

fn base64_text(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
