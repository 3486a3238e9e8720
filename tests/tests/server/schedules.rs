//! Syncs that come by themselves.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::smartstore::{Config, Market};

use crate::place::{Caller, Server, on_both};
use crate::shops::slow_market;

/// Makes a schedule of orders that does not run yet; its id.
fn make(caller: &Caller<'_>, accounts: &[i64]) -> i64 {
    let body = json!({
        "interval_minutes": 30, "sync_types": ["orders"], "platform_account_ids": accounts, "enabled": false,
    });
    caller.post("/sync/schedule", &body).expect(201)["id"].as_i64().expect("an id")
}

/// Lets all schedules fall due, as if `missed` runs had been missed.
fn fall_due(server: &Server, missed: i64) {
    let ago = missed * 30 + 1;
    let then = match server.installation.database_url().starts_with("sqlite") {
        true => format!("strftime('%Y-%m-%d %H:%M:%S', 'now', '-{ago} minutes')"),
        false => format!("timezone('UTC', now()) - interval '{ago} minutes'"),
    };
    server.sql(&format!("UPDATE schedules SET enabled = TRUE, planned_at = {then}, next_run_at = {then}"));
}

fn count(server: &Server, sql: &str) -> i64 {
    server.sql(sql)[0][0].parse().expect("a number")
}

const SYNCS: &str = "SELECT COUNT(*) FROM syncs";
const OPEN: &str = "SELECT COUNT(*) FROM syncs WHERE status IN ('queued', 'running')";
const WAITING: &str = "SELECT COUNT(*) FROM schedules WHERE waiting_json IS NOT NULL";

on_both! {
    fn a_schedule_runs_by_itself_and_says_when_it_runs_next(server) {
        let market = Market::start(Config { days: 3, ..Config::of(25) }).expect("a free port");
        let kim = server.user("kim", "operator");
        let account = kim.add_live("main", &market.base_url());
        let answer = kim.post("/sync/schedule", &json!({"interval_minutes": 30, "sync_types": ["products", "orders"]}));
        let made = answer.expect(201);
        assert_eq!(answer.header("location"), Some(format!("/api/v1/sync/schedule/{}", made["id"]).as_str()));
        assert_eq!((&made["platform_account_ids"], &made["active_hours"], &made["enabled"]), (&Value::Null, &Value::Null, &json!(true)));
        server.wait_for("SELECT COUNT(*) FROM syncs WHERE status = 'succeeded'", "1");
        let one = kim.get(&format!("/sync/schedule/{}", made["id"])).expect(200);
        let log = kim.get(&format!("/sync/logs/{}", one["last_sync_id"])).expect(200);
        assert_eq!((log["sync_type"].as_str(), log["account_id"].as_i64()), (Some("products,orders"), Some(account)), "{log}");
        let streams: Vec<_> = log["items"].as_array().expect("items").iter().map(|item| item["stream"].clone()).collect();
        assert!(streams.contains(&json!("orders")) && streams.contains(&json!("listings")), "{log}");
        assert_eq!(count(server, "SELECT COUNT(*) FROM store_orders"), 25);
        assert_eq!(count(server, "SELECT COUNT(*) FROM meta WHERE key = 'cursor:orders'"), 1, "from the live cursor");
        // It is found by either of its kinds.
        for kind in ["orders", "products", "products,orders"] {
            let found = kim.get(&format!("/sync/logs?sync_type={kind}")).expect(200);
            assert_eq!(found["logs"][0]["id"], log["id"], "{kind}");
        }
        assert_eq!(kim.get("/sync/logs?sync_type=order").expect(200)["logs"], json!([]));

        let next = one["next_run_at"].as_str().expect("it is on").to_owned();
        assert!(*next > *one["last_run_at"].as_str().expect("it has run"));
        let status = kim.get("/sync/status").expect(200);
        assert_eq!((&status["next_run_at"], &status["schedules"][0]), (&one["next_run_at"], &one));
        assert_eq!(kim.pages("/sync/schedule?limit=1", "schedules"), std::slice::from_ref(&one));

        // An account that was added later counts at the next run; one that is off does not.
        kim.add_live("second", &market.base_url());
        kim.patch(&format!("/platform-accounts/{account}"), &json!({"enabled": false})).expect(200);
        fall_due(server, 0);
        server.wait_for("SELECT COUNT(*) FROM syncs WHERE status = 'succeeded'", "2");
        let log = kim.get("/sync/logs?limit=1").expect(200)["logs"][0].clone();
        assert_eq!(log["items"][0]["account"], "second", "{log}");

        let body = json!({"interval_minutes": 10_080, "sync_types": ["orders", "orders"], "active_hours": {"start": 22, "end": 6}, "enabled": false});
        let changed = kim.put(&format!("/sync/schedule/{}", made["id"]), &body).expect(200);
        assert_eq!((&changed["next_run_at"], &changed["sync_types"]), (&Value::Null, &json!(["orders"])));
        assert_eq!(changed["active_hours"], json!({"start": 22, "end": 6}));
        kim.delete(&format!("/sync/schedule/{}", made["id"])).expect(204);
        kim.get(&format!("/sync/schedule/{}", made["id"])).problem(404);
        assert_eq!(kim.get("/sync/status").expect(200)["schedules"], json!([]));
        assert_eq!(count(server, SYNCS), 2, "its syncs stay");
    }
}

#[test]
fn the_guides_schedule_is_taken_as_it_is_printed() {
    let market = Market::start(Config { days: 3, ..Config::of(5) }).expect("a free port");
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let account = kim.add_live("main", &market.base_url());
    let body = json!({
        "interval_minutes": 30, "sync_types": ["orders", "inventory"], "active_hours": {"start": 9, "end": 18},
    });
    let made = kim.post("/sync/schedule", &body).expect(201);
    for member in ["interval_minutes", "sync_types", "active_hours"] {
        assert_eq!(made[member], body[member]);
    }
    kim.delete(&format!("/sync/schedule/{}", made["id"])).expect(204);
    server.wait_for("SELECT COUNT(*) FROM syncs WHERE status IN ('queued', 'running')", "0");
    let before = count(&server, SYNCS);
    // Whatever the time is now: all day.
    kim.post("/sync/schedule", &json!({"interval_minutes": 30, "sync_types": ["orders", "inventory"]}))
        .expect(201);
    server.wait_for("SELECT COUNT(*) FROM syncs WHERE status = 'succeeded'", &(before + 1).to_string());
    let log = kim.get("/sync/logs?sync_type=inventory").expect(200)["logs"][0].clone();
    assert_eq!(
        (log["sync_type"].as_str(), log["account_id"].as_i64()),
        (Some("orders,inventory"), Some(account))
    );
    let streams: Vec<_> =
        log["items"].as_array().expect("items").iter().map(|item| item["stream"].clone()).collect();
    assert_eq!(streams, ["orders", "inventory"], "{log}");
}

#[test]
fn what_a_schedule_cannot_be_is_named() {
    let server = Server::on_sqlite();
    let (kim, lee) = (server.user("kim", "operator"), server.user("lee", "operator"));
    let account = kim.add_sample("sample");
    let hours = |start: i64, end: i64| json!({"interval_minutes": 30, "sync_types": ["orders"], "active_hours": {"start": start, "end": end}});
    for (body, pointer) in [
        (json!({"interval_minutes": 0, "sync_types": ["orders"]}), "/interval_minutes"),
        (json!({"interval_minutes": -1, "sync_types": ["orders"]}), "/interval_minutes"),
        (json!({"interval_minutes": 10_081, "sync_types": ["orders"]}), "/interval_minutes"),
        (json!({"interval_minutes": i64::MAX, "sync_types": ["orders"]}), "/interval_minutes"),
        (json!({"interval_minutes": u64::MAX, "sync_types": ["orders"]}), "/interval_minutes"),
        (json!({"interval_minutes": 1.5, "sync_types": ["orders"]}), "/interval_minutes"),
        (json!({"sync_types": ["orders"]}), "/interval_minutes"),
        (json!({"interval_minutes": 30}), "/sync_types"),
        (json!({"interval_minutes": 30, "sync_types": []}), "/sync_types"),
        (json!({"interval_minutes": 30, "sync_types": ["orders", "everything"]}), "/sync_types/1"),
        (json!({"interval_minutes": 30, "sync_types": ["orders\u{0}"]}), "/sync_types/0"),
        (hours(9, 9), "/active_hours"),
        (hours(24, 1), "/active_hours"),
        (hours(-1, 5), "/active_hours"),
        (hours(0, i64::MAX), "/active_hours"),
        (
            json!({"interval_minutes": 30, "sync_types": ["orders"], "active_hours": {"start": 9}}),
            "/active_hours/end",
        ),
        (
            json!({"interval_minutes": 30, "sync_types": ["orders"], "platform_account_ids": []}),
            "/platform_account_ids",
        ),
        (json!({"interval_minutes": 30, "sync_types": ["orders"], "every": 1}), "/every"),
    ] {
        let problem = kim.post("/sync/schedule", &body).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}: {problem}");
    }
    let many = vec!["nothing"; 10_000];
    let problem =
        kim.post("/sync/schedule", &json!({"interval_minutes": 1, "sync_types": many})).problem(422);
    assert!(problem["errors"].as_array().is_some_and(|errors| errors.len() < 50), "{problem}");
    let hers = json!({"interval_minutes": 30, "sync_types": ["orders"], "platform_account_ids": [account]});
    lee.post("/sync/schedule", &hers).problem(404);
    let id = make(&kim, &[account, account]);
    let shown = kim.get(&format!("/sync/schedule/{id}")).expect(200);
    assert_eq!(shown["platform_account_ids"], json!([account]), "each once");
    for answer in [
        lee.get(&format!("/sync/schedule/{id}")),
        lee.put(&format!("/sync/schedule/{id}"), &json!({"interval_minutes": 5, "sync_types": ["orders"]})),
        lee.delete(&format!("/sync/schedule/{id}")),
        kim.get("/sync/schedule/x"),
        kim.get("/sync/schedule/99999999999999999999"),
    ] {
        answer.problem(404);
    }
    assert_eq!(lee.get("/sync/schedule").expect(200)["schedules"], json!([]));
    // It stays off when a change does not say otherwise.
    let changed =
        kim.put(&format!("/sync/schedule/{id}"), &json!({"interval_minutes": 5, "sync_types": ["orders"]}));
    assert_eq!(changed.expect(200)["enabled"], false);
    for _ in 0..99 {
        make(&kim, &[account]);
    }
    kim.post("/sync/schedule", &hers).problem(409);
}

#[test]
fn of_several_servers_one_queues_a_run() {
    let Some(one) = Server::on_postgres("schedules::of_several_servers_one_queues_a_run") else { return };
    let other = one.beside();
    let kim = one.user("kim", "operator");
    let accounts: Vec<i64> = (0..6).map(|number| kim.add_sample(&format!("sample {number}"))).collect();
    for account in &accounts {
        make(&kim, &[*account]);
    }
    for round in 1..=3 {
        fall_due(&one, 0);
        one.wait_for("SELECT COUNT(*) FROM schedules WHERE next_run_at < timezone('UTC', now())", "0");
        one.wait_for(OPEN, "0");
        assert_eq!(count(&one, SYNCS), 6 * round, "each ran once");
    }
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!(count(&one, SYNCS), 18);
    assert_eq!(count(&one, "SELECT COUNT(DISTINCT last_sync_id) FROM schedules"), 6);
    drop(other);
}

on_both! {
    fn what_was_missed_is_made_up_for_once(server) {
        let kim = server.user("kim", "operator");
        let token = kim.token.clone().expect("a token");
        let account = kim.add_sample("sample");
        let id = make(&kim, &[account]);
        server.terminate();
        server.wait();
        fall_due(server, 40);
        // One that leaves schedules to others.
        server.start_with(&["--no-schedules"]);
        std::thread::sleep(Duration::from_secs(5));
        assert_eq!(count(server, SYNCS), 0);
        server.terminate();
        server.wait();
        server.start();
        server.wait_for("SELECT COUNT(*) FROM syncs WHERE status = 'succeeded'", "1");
        std::thread::sleep(Duration::from_secs(5));
        assert_eq!(count(server, SYNCS), 1);
        let kim = server.caller(&token);
        let shown = kim.get(&format!("/sync/schedule/{id}")).expect(200);
        assert!(shown["next_run_at"].as_str() > shown["last_run_at"].as_str(), "{shown}");
        assert_eq!(shown["note"], Value::Null);
    }
}

on_both! {
    fn a_run_waits_for_another_sync_of_the_same_account_and_comes_once(server) {
        let market = slow_market(700);
        let kim = server.user("kim", "operator");
        let (busy, free) = (kim.add_live("busy", &market.base_url()), kim.add_sample("free"));
        let id = make(&kim, &[busy, free]);
        kim.post("/sync/orders", &json!({"platform_account_ids": [busy]})).expect(202);
        // Run after run falls due meanwhile.
        fall_due(server, 0);
        server.wait_for(WAITING, "1");
        let shown = kim.get(&format!("/sync/schedule/{id}")).expect(200);
        assert_eq!(shown["waiting_account_ids"], json!([busy]), "{shown}");
        assert!(shown["note"].as_str().is_some_and(|note| note.contains("busy")), "{shown}");
        let of_free = "SELECT COUNT(*) FROM syncs WHERE connector_id = 2 AND status = 'succeeded'";
        server.wait_for(of_free, "1");
        assert_eq!(count(server, OPEN), 1, "the one that was asked for by hand still runs");
        assert_eq!(count(server, "SELECT COUNT(*) FROM syncs WHERE connector_id = 1"), 1);
        market.clear_faults();
        server.wait_for("SELECT COUNT(*) FROM syncs WHERE connector_id = 1 AND status = 'succeeded'", "2");
        server.wait_for(WAITING, "0");
        std::thread::sleep(Duration::from_secs(5));
        assert_eq!(count(server, SYNCS), 3, "each account once by the schedule, and one by hand");
        assert_eq!(count(server, "SELECT COUNT(*) FROM store_orders WHERE connector_id = 1"), 3_000);
        let shown = kim.get(&format!("/sync/schedule/{id}")).expect(200);
        assert_eq!((&shown["waiting_account_ids"], &shown["note"]), (&json!([]), &Value::Null));
    }
}

#[test]
fn a_server_that_ends_leaves_a_scheduled_sync_for_the_next() {
    let market = slow_market(400);
    let mut server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let account = kim.add_live("main", &market.base_url());
    make(&kim, &[account]);
    fall_due(&server, 0);
    server.wait_for("SELECT CASE WHEN COUNT(*) > 0 THEN 'some' ELSE 'none' END FROM store_orders", "some");
    server.terminate();
    let (status, took) = server.wait();
    assert!(status.success() && took < Duration::from_secs(20), "{status} {took:?}");
    assert_eq!(server.sql("SELECT status FROM syncs"), [["queued"]]);
    market.clear_faults();
    server.start();
    server.wait_for("SELECT status FROM syncs", "succeeded");
    std::thread::sleep(Duration::from_secs(4));
    assert_eq!(count(&server, SYNCS), 1);
    assert_eq!(count(&server, "SELECT COUNT(*) FROM store_orders"), 3_000);
}

#[test]
fn a_server_that_stands_still_is_succeeded_and_does_no_harm_when_it_goes_on() {
    let Some(mut one) = Server::on_postgres("schedules::a_server_that_stands_still") else { return };
    let market = slow_market(400);
    let kim = one.user("kim", "operator");
    let account = kim.add_live("main", &market.base_url());
    kim.post("/sync/orders", &json!({"platform_account_ids": [account]})).expect(202);
    one.wait_for("SELECT CASE WHEN COUNT(*) > 0 THEN 'some' ELSE 'none' END FROM store_orders", "some");
    let other = one.beside();
    one.signal("-STOP");
    // A minute passes.
    let long_ago = "timezone('UTC', now()) - interval '2 minutes'";
    one.sql(&format!("UPDATE syncs SET beat_at = {long_ago}"));
    one.sql(&format!("UPDATE connectors SET lease_until = {long_ago}"));
    market.clear_faults();
    one.wait_for("SELECT status FROM syncs", "succeeded");
    let finished = one.sql("SELECT runner, finished_at, items_json FROM syncs");
    one.signal("-CONT");
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!(one.sql("SELECT runner, finished_at, items_json FROM syncs"), finished);
    assert_eq!(count(&one, "SELECT COUNT(*) FROM store_orders"), 3_000);
    assert_eq!(count(&one, "SELECT COUNT(DISTINCT order_id) FROM store_orders"), 3_000);
    one.terminate();
    assert!(one.wait().0.success(), "{}", one.log());
    drop(other);
}

#[test]
fn everything_is_one_sync_of_what_each_account_has() {
    let market = Market::start(Config { days: 3, ..Config::of(25) }).expect("a free port");
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    kim.post("/sync/all", &json!({})).problem(422);
    let main = kim.add_live("main", &market.base_url());
    let off = kim.add_sample("off");
    kim.patch(&format!("/platform-accounts/{off}"), &json!({"enabled": false})).expect(200);
    // As the guide sends it.
    let log = kim.send("POST", "/api/v1/sync/all?wait=60", &[], "").expect(200);
    assert_eq!((log["sync_type"].as_str(), log["account_id"].as_i64()), (Some("all"), Some(main)), "{log}");
    assert_eq!(log["status"], "succeeded", "{log}");
    let streams: Vec<_> =
        log["items"].as_array().expect("items").iter().map(|item| item["stream"].clone()).collect();
    for stream in ["listings", "orders", "inventory"] {
        assert!(streams.contains(&json!(stream)), "{stream}: {log}");
    }
    assert_eq!(count(&server, "SELECT COUNT(*) FROM store_orders"), 25);
    assert!(count(&server, "SELECT COUNT(*) FROM listings") > 0);
    let queued = kim.post("/sync/all", &json!({"platform_account_ids": [main]})).expect(202);
    assert!(queued["logs"].as_str().is_some_and(|logs| logs.starts_with("/api/v1/sync/logs/")), "{queued}");
    kim.post("/sync/all", &json!({"platform_account_ids": [off]})).problem(409);
    kim.post("/sync/all", &json!({"platform_account_ids": [off + 1]})).problem(404);
    kim.post("/sync/all", &json!({"what": 1})).problem(422);
}
