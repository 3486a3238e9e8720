//! Asking for syncs, and what comes of them.

use serde_json::{Value, json};
use simulator::smartstore::{Config, Market};

use crate::place::{Server, next_event, on_both};

on_both! {
    fn a_sync_is_queued_logged_and_waited_for(server) {
        let market = Market::start(Config { days: 3, ..Config::of(40) }).expect("a free port");
        let kim = server.user("kim", "operator");
        let id = kim.add_live("main", &market.base_url());
        let log = kim.sync_orders(id);
        assert_eq!(log["status"], "succeeded", "{log}");
        assert_eq!((log["platform"].as_str(), log["account_id"].as_i64()), (Some("smartstore"), Some(id)));
        assert_eq!(log["counts"]["new"], 40, "{log}");
        assert!(log["calls"].as_u64().is_some_and(|calls| calls > 0), "{log}");
        assert_eq!(kim.get(&format!("/sync/logs/{}", log["id"])).expect(200), log, "the same in both places");
        assert_eq!(kim.get("/orders?limit=100").expect(200)["orders"].as_array().map(Vec::len), Some(40));

        let queued = kim.post("/sync/orders", &json!({}));
        let body = queued.expect(202);
        assert_eq!(body["logs"], format!("/api/v1/sync/logs/{}", body["sync_id"]));
        assert!(["queued", "running"].contains(&body["status"].as_str().expect("a status")), "{body}");
        // A range that was read before is read again, and doubles nothing; the live cursor is not touched.
        let again = kim.sync_orders(id);
        assert_eq!(again["counts"]["new"], 0, "{again}");
        assert_eq!(server.sql("SELECT COUNT(*) FROM meta WHERE key = 'cursor:orders'")[0][0], "0");
    }
}

#[test]
fn the_guides_range_is_korean_time_and_half_open() {
    let market = Market::start(Config::of(10)).expect("a free port");
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let id = kim.add_live("main", &market.base_url());
    let body = json!({
        "start_date": "2024-01-01T00:00:00", "end_date": "2024-01-07T23:59:59", "platform_account_ids": [id],
    });
    let log = kim.post("/sync/orders?wait=60", &body).expect(200);
    let item = &log["items"][0];
    assert_eq!(item["window_from"], "2024-01-01T00:00:00.000+09:00", "{log}");
    assert_eq!(item["window_to"], "2024-01-07T23:59:59.000+09:00", "{log}");
    for (body, pointer) in [
        (json!({"start_date": "soon"}), "/start_date"),
        (json!({"start_date": "2024-01-02", "end_date": "2024-01-01"}), "/end_date"),
        (json!({"platform_account_ids": []}), "/platform_account_ids"),
        (json!({"platform_account_ids": ["1"]}), "/platform_account_ids/0"),
        (json!({"from": "2024-01-01"}), "/from"),
        (json!([]), ""),
    ] {
        let problem = kim.post("/sync/orders", &body).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}: {problem}");
    }
    kim.post("/sync/orders?wait=61", &json!({})).problem(422);
    kim.post("/sync/orders", &json!({"platform_account_ids": [id, id + 1]})).problem(404);
    kim.patch(&format!("/platform-accounts/{id}"), &json!({"enabled": false})).expect(200);
    kim.post("/sync/orders", &json!({"platform_account_ids": [id]})).problem(409);
    let problem = kim.post("/sync/orders", &json!({})).problem(422);
    assert!(problem["detail"].as_str().is_some_and(|text| text.contains("no enabled account")), "{problem}");
}

#[test]
fn only_what_failed_is_run_again() {
    let market = Market::start(Config { days: 3, ..Config::of(5) }).expect("a free port");
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let good = kim.add_sample("sample");
    let bad = kim.add_live("main", &market.base_url());
    market.set_secret("$2a$04$AAAAAAAAAAAAAAAAAAAAAu");
    let log = kim.send("POST", "/api/v1/sync/orders?wait=60", &[], "").expect(200);
    assert_eq!(log["status"], "partial", "{log}");
    assert_eq!(log["account_id"], Value::Null, "there were two");
    assert!(log["error"]["code"].is_string() && log["error"]["fix"].is_string(), "{log}");
    let statuses = |log: &Value| {
        let items = log["items"].as_array().expect("items");
        items.iter().map(|item| (item["account_id"].clone(), item["status"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(statuses(&log), [(json!(good), json!("succeeded")), (json!(bad), json!("failed"))]);

    market.set_secret(simulator::smartstore::CLIENT_SECRET);
    let again =
        kim.send("POST", &format!("/api/v1/sync/logs/{}/retry?wait=60", log["id"]), &[], "").expect(200);
    assert_eq!(statuses(&again), [(json!(bad), json!("succeeded"))], "{again}");
    assert_eq!(again["retry_of"], log["id"]);
    let nothing = format!("/sync/logs/{}/retry", again["id"]);
    kim.post(&nothing, &json!({})).problem(409);

    // As the guide looks for them.
    let logs = |query: &str| {
        kim.get(&format!("/sync/logs?{query}")).expect(200)["logs"].as_array().expect("logs").len()
    };
    assert_eq!(logs("status=partial&limit=50"), 1);
    assert_eq!(logs("start_date=2024-01-01&platform=naver"), 2);
    assert_eq!(logs("end_date=2024-01-01"), 0);
    assert_eq!(logs("platform=cafe24"), 0);
    assert_eq!(logs("sync_type=orders"), 2);
    kim.get("/sync/logs?status=broken").problem(422);
    kim.get("/sync/logs?staus=failed").problem(422);
}

#[test]
fn status_tells_of_every_run_and_events_tell_of_changes() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let id = kim.add_sample("sample");
    let mut events = server.events(kim.token.as_deref().expect("a token"));
    let first = next_event(&mut events).expect("how it stands now");
    assert_eq!(first["accounts"][0]["streams"], json!([]));
    // A run of the command line counts as well as one of the server's.
    server.installation.succeed(&["--connector", "sample", "--stream", "orders"]);
    let status = kim.get("/sync/status").expect(200);
    let stream = &status["accounts"][0]["streams"][0];
    assert_eq!((stream["stream"].as_str(), stream["last_outcome"].as_str()), (Some("orders"), Some("ok")));
    assert!(stream["fresh_as_of"].is_string(), "{status}");
    kim.sync_orders(id);
    let told = std::iter::from_fn(|| next_event(&mut events)).find(|event| {
        event["running"] == json!([]) && event["accounts"][0]["streams"][0]["last_outcome"] == "ok"
    });
    assert!(told.is_some());
    // The stream ends with the token.
    let own = kim.get("/tokens").expect(200)["tokens"][0]["id"].clone();
    kim.delete(&format!("/tokens/{own}")).expect(204);
    assert_eq!(std::iter::from_fn(|| next_event(&mut events)).count(), 0);
}

#[test]
fn syncs_of_the_command_line_stand_in_the_log_of_the_accounts_owner() {
    let server = Server::on_sqlite();
    let (ann, kim) = (server.user("ann", "admin"), server.user("kim", "operator"));
    kim.add_sample("hers");
    server.installation.succeed(&["connectors", "add", "smartstore", "--name", "house"]);
    server.installation.succeed(&["--dry-run"]);
    server.installation.succeed(&[]);
    let logs = |caller: &crate::place::Caller<'_>| {
        let logs = caller.get("/sync/logs").expect(200)["logs"].as_array().expect("logs").clone();
        logs.iter().map(|log| log["items"][0]["account"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(logs(&kim), ["hers"]);
    assert_eq!(logs(&ann), ["house"]);
    let log = kim.get("/sync/logs?status=succeeded&sync_type=orders").expect(200)["logs"][0].clone();
    assert_eq!(log["counts"]["new"], log["counts"]["seen"], "{log}");
    assert!(log["started_at"].is_string() && log["finished_at"].is_string(), "{log}");
    ann.get(&format!("/sync/logs/{}", log["id"])).problem(404);
}
