//! The command line, through the program itself.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::CommandFactory;
use serde_json::{Value, json};
use tests::market::{CLIENT_ID, CLIENT_SECRET, Config, Market};
use tests::program::runner_binary;

/// A shop folder of its own: database, home, and the program run in it.
struct Shop {
    folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
}

/// What one run of the program said.
struct Said {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Shop {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("home")).expect("a home");
        std::fs::create_dir_all(folder.path().join("work")).expect("a working folder");
        Self { folder, environment: Vec::new() }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn key_file(&self) -> PathBuf {
        self.path("home/.config/commerce-runner/secret.key")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(runner_binary());
        command
            .args(arguments)
            .current_dir(self.path("work"))
            .env_clear()
            .env("HOME", self.path("home"))
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Said {
        let output = self.command(arguments).output().expect("the program starts");
        let said = Said {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("text"),
            stderr: String::from_utf8(output.stderr).expect("text"),
        };
        assert!(!said.stderr.contains("panicked"), "{arguments:?}: {}", said.stderr);
        said
    }

    /// Runs and expects exit code 0.
    fn good(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!(said.code, Some(0), "{arguments:?}: {}{}", said.stdout, said.stderr);
        said.stdout
    }

    /// Runs with `--format json` and expects exit code 0 and JSON alone.
    fn json(&self, arguments: &[&str]) -> Value {
        let stdout = self.good(&[arguments, &["--format", "json"]].concat());
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {stdout}"))
    }

    /// Runs and expects exit code 2 with one error line and one fix line.
    fn bad(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!(said.code, Some(2), "{arguments:?}: {}{}", said.stdout, said.stderr);
        assert_eq!(said.stdout, "", "{arguments:?}");
        let lines: Vec<&str> = said.stderr.lines().filter(|line| !line.contains(" INFO ")).collect();
        assert_eq!(lines.len(), 2, "{arguments:?}: {}", said.stderr);
        assert!(lines[0].starts_with("error: ") && lines[1].starts_with("  fix: "), "{}", said.stderr);
        said.stderr
    }

    fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path("work/commerce.db")).expect("the database")
    }
}

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
fn an_unknown_connector_is_answered_with_those_that_there_are() {
    let shop = Shop::new();
    shop.good(&["connectors", "add", "naver", "--name", "main"]);
    let stderr = shop.bad(&["--connector", "mian"]);
    assert!(stderr.contains("main (1)") && stderr.contains("smartstore"), "{stderr}");
}

#[test]
fn rows_are_added_shown_changed_switched_and_removed() {
    let shop = Shop::new();
    let added = shop.json(&["connectors", "add", "smartstore", "--name", "main", "--set", "lookback_days=7"]);
    assert_eq!((&added["id"], &added["mode"]), (&json!(1), &json!("fixture")));
    assert_eq!(added["config"], json!({"lookback_days": 7}));
    assert!(shop.bad(&["connectors", "add", "smartstore", "--name", "main"]).contains("already"));

    let changed = shop.json(&[
        "connectors",
        "set",
        "main",
        "--name",
        "first",
        "--mode",
        "api",
        "--unset",
        "lookback_days",
        "--set",
        "base_url=http://127.0.0.1:9/external/",
    ]);
    assert_eq!((&changed["name"], &changed["mode"]), (&json!("first"), &json!("api")));
    assert_eq!(changed["config"], json!({"base_url": "http://127.0.0.1:9/external"}));
    assert!(changed["notes"][0].as_str().is_some_and(|note| note.contains("client_id")), "{changed}");

    let text = shop.good(&["connectors", "show", "1"]);
    assert!(text.contains("first (id 1)") && text.contains("api (live calls)"), "{text}");
    shop.good(&["connectors", "disable", "first"]);
    assert_eq!(shop.json(&["connectors", "list"])[0]["enabled"], false);
    assert!(shop.bad(&["--connector", "first"]).contains("disabled"));
    shop.good(&["connectors", "enable", "first"]);

    assert!(shop.bad(&["connectors", "remove", "first"]).contains("--yes"));
    shop.good(&["connectors", "remove", "first", "--yes"]);
    assert_eq!(shop.json(&["connectors", "list"]), json!([]));
}

#[test]
fn an_address_in_the_clear_is_warned_of() {
    let shop = Shop::new();
    let away =
        shop.json(&["connectors", "add", "smartstore", "--set", "base_url=http://shop.example/external"]);
    assert!(away["notes"][0].as_str().is_some_and(|note| note.contains("https")), "{away}");
    let near = shop.json(&["connectors", "set", "1", "--set", "base_url=http://localhost:1/external"]);
    assert_eq!(near["notes"], json!([]));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

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

#[cfg(unix)]
#[test]
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

#[test]
fn the_first_run_needs_nothing_but_a_folder() {
    // Not even a home that can be written.
    let shop = Shop::new().with("HOME", "/nonexistent");
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
fn platforms_lists_exactly_what_is_registered() {
    let listed = Shop::new().json(&["platforms"]);
    let names: Vec<&str> =
        listed.as_array().expect("a list").iter().filter_map(|p| p["platform"].as_str()).collect();
    let registered: Vec<&str> =
        connector_core::registry::all().expect("no duplicates").iter().map(|r| r.platform).collect();
    assert_eq!(names, registered);
    let one = Shop::new().json(&["platforms", "naver"]);
    assert_eq!(one["platform"], "smartstore");
    assert_eq!(one["json_schema"]["additionalProperties"], false);
    assert!(
        one["streams"].as_array().is_some_and(|streams| streams.iter().any(|s| s["name"] == "orders")),
        "{one}"
    );
    let text = Shop::new().good(&["platforms", "smartstore"]);
    for part in ["client_secret", "SMARTSTORE_CLIENT_SECRET", "lookback_days", "api, fixture", "calls/s"] {
        assert!(text.contains(part), "{part} is missing in:\n{text}");
    }
}

#[test]
fn an_exported_formula_is_text() {
    let shop = Shop::new();
    shop.good(&["connectors", "add", "smartstore", "--name", "main"]);
    shop.database()
        .execute(
            "INSERT INTO store_orders (connector_id, platform, order_id, ordered_at, date_kst, status, amount, \
             product_name, option_name, meta_json) VALUES (1, 'smartstore', '2026021512345671', \
             '2026-02-15T10:00:00.000+09:00', '2026-02-15', 'PAYED', -5000, '=HYPERLINK(\"http://x\")', '@볼펜', \
             '{\"name\":\"buyer canary\"}')",
            [],
        )
        .expect("an order by hand");
    shop.good(&["orders", "export", "--output", "out.csv"]);
    let csv = std::fs::read_to_string(shop.path("work/out.csv")).expect("the export");
    assert!(csv.starts_with('\u{feff}'), "spreadsheets need the mark");
    for cell in [",2026021512345671,", ",-5000,", "\"'=HYPERLINK(\"\"http://x\"\")\"", ",'@볼펜,"] {
        assert!(csv.contains(cell), "{cell} is missing in:\n{csv}");
    }
    assert!(!csv.contains("buyer canary"));
    let lines = shop.good(&["orders", "export", "--format", "json", "--raw"]);
    let order: Value = serde_json::from_str(lines.trim()).expect("one line");
    assert_eq!(order["product_name"], "=HYPERLINK(\"http://x\")", "JSON needs no guard");
    assert_eq!(order["meta_json"], "{\"name\":\"buyer canary\"}");
    assert!(!shop.good(&["orders", "list"]).contains("buyer canary"));
    for filter in [&["--status", "paid"][..], &["--from", "2026-02-16"], &["--order", "1"]] {
        assert_eq!(shop.json(&[&["orders", "list"], filter].concat()), json!([]), "{filter:?}");
    }
    for filter in [
        &["--status", "PAYED"][..],
        &["--from", "2026-02-15", "--to", "2026-02-15"],
        &["--connector", "main"],
    ] {
        let found = shop.json(&[&["orders", "list"], filter].concat());
        assert_eq!(found.as_array().map(Vec::len), Some(1), "{filter:?}");
    }
}

#[test]
fn a_row_with_data_is_not_removed_by_accident() {
    let shop = Shop::new();
    shop.good(&["--connector", "smartstore"]);
    let stderr = shop.bad(&["connectors", "remove", "smartstore", "--yes"]);
    assert!(stderr.contains("--with-data"), "{stderr}");
    let removed = shop.json(&["connectors", "remove", "smartstore", "--yes", "--with-data"]);
    assert!(removed["orders"].as_u64().is_some_and(|orders| orders >= 60), "{removed}");
    assert_eq!(shop.json(&["orders", "list"]), json!([]));
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
fn a_reader_that_goes_away_is_no_failure() {
    let shop = Shop::new();
    shop.good(&["--connector", "smartstore"]);
    let mut child = shop
        .command(&["orders", "export", "--format", "json", "--raw"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert!(!stderr.contains("error") && !stderr.contains("panicked"), "{stderr}");
}

#[test]
fn migrate_says_what_it_did() {
    let shop = Shop::new();
    let first = shop.json(&["migrate"]);
    assert!(first["applied"].as_array().is_some_and(|names| !names.is_empty()), "{first}");
    assert_eq!(shop.json(&["migrate"]), json!({"applied": []}));
}
