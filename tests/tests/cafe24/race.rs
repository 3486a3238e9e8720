//! Four processes with sixteen tasks each, at the moment at which the token lapses.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use chrono::TimeDelta;
use connector_cafe24 as _;
use connector_core::http::{Client, ClientOptions, CredentialStore, Live, RetryPolicy};
use connector_core::{Clock, registry};
use serde_json::json;
use simulator::cafe24::Mall;
use storage::{KeyRing, Migrate, OpenOptions, Storage};
use tests::postgres;
use tokio_util::sync::CancellationToken;

use super::*;

const PROCESSES: usize = 4;
const TASKS: usize = 16;

/// What a child is told: the database, the mall, and when to begin (milliseconds since 1970).
const DATABASE: &str = "RACE_DATABASE";
const MALL: &str = "RACE_MALL";
const BEGIN: &str = "RACE_BEGIN";

#[test]
fn one_refresh_serves_all_when_the_platform_refuses_the_old_token() {
    race(None, Mall::kill_access_token);
}

#[test]
fn one_refresh_serves_all_when_the_time_is_up() {
    race(None, |_| {});
}

#[test]
fn one_refresh_serves_all_on_postgresql() {
    let Some(url) = postgres::database("one_refresh_serves_all_on_postgresql") else { return };
    race(Some(&url), Mall::kill_access_token);
}

fn race(database: Option<&str>, expire: impl Fn(&Mall)) {
    let mall = Mall::open();
    thirty_days(&mall, 1);
    // Lapses by itself before the children begin.
    mall.set(|settings| settings.access_life_s = 2);
    let installation = installation(database);
    add(&installation, &mall, &["pace=off", "dialect=live"]);
    authorize(&installation, &mall);
    mall.reset_calls();
    expire(&mall);
    // Long enough for all to come while the first one is asking; the new token lasts.
    mall.set(|settings| {
        settings.access_life_s = 2 * 3_600;
        settings.token_latency_ms = 1_500;
    });
    let begin = Clock::system().now() + TimeDelta::seconds(3);
    let children: Vec<Child> = (0..PROCESSES)
        .map(|_| {
            Command::new(std::env::current_exe().expect("a running program has a path"))
                .args(["race::child", "--exact", "--ignored"])
                .env(DATABASE, installation.database_url())
                .env(MALL, mall.base_url())
                .env(BEGIN, begin.timestamp_millis().to_string())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("the child starts")
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().expect("the child ends");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        assert!(said.contains("1 passed"), "{said}");
    }
    assert_eq!(mall.calls_to("/oauth/token"), 1, "the refresh token was spent once");
    assert!(row(&installation)["config"]["oauth_state"].is_null());
    assert_eq!(synced(&installation, "metrics")["outcome"], "ok");
    assert_eq!(mall.calls_to("/oauth/token"), 1, "and what came for it is stored");
}

/// One process of the race: each task has a client and a cache of its own, so that nothing but the database keeps them
/// from spending the token twice.
#[test]
#[ignore = "run by the race, in processes of its own"]
#[expect(clippy::disallowed_methods, reason = "a test's own child is told so what to do")]
fn child() {
    let variable = |name: &str| std::env::var(name).expect("only the race runs this");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let key = base64::engine::general_purpose::STANDARD.encode([7; 32]);
        let keys = KeyRing::parse(&key).expect("the installation's key");
        let options = OpenOptions { url: variable(DATABASE), keys: Some(keys), migrate: Migrate::Require };
        let storage = Storage::open(options).await.expect("the database opens");
        let row = storage.connectors().await.expect("rows").remove(0);
        let base_url = variable(MALL);
        let settings = json!({
            "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "mall_id": MALL_ID, "dialect": "live",
            "base_url": base_url, "mall_base_url": base_url,
        });
        let live = Live::new().expect("a transport");
        let begin: i64 = variable(BEGIN).parse().expect("a time");
        while Clock::system().now().timestamp_millis() < begin {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let began = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..TASKS {
            let connector =
                (registry::find("cafe24").expect("linked").build)(settings.clone()).expect("settings");
            let credentials: Arc<dyn CredentialStore> = Arc::new(storage.dry_session(row.id));
            let client = Client::new(ClientOptions {
                connector: Arc::clone(&connector),
                transport: Arc::new(live.clone()),
                clock: Clock::system(),
                pace: None,
                policy: RetryPolicy::default(),
                credentials: Some(credentials),
                stop: CancellationToken::new(),
            });
            tasks.spawn(async move { connector.check(&client).await });
        }
        while let Some(outcome) = tasks.join_next().await {
            outcome.expect("no panic").expect("no run fails");
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    });
}
