//! The server's end, and what the next one makes of it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::place::{Server, next_event, on_both};
use crate::shops::slow_market;

fn wait_until_some_are_stored(server: &Server) {
    for _ in 0..600 {
        let count: u64 = server.sql("SELECT COUNT(*) FROM store_orders")[0][0].parse().expect("a number");
        if count > 0 {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("nothing is stored: {}", server.log());
}

/// The finished log of a sync, waited for.
fn finished(server: &Server, token: &str, id: &Value) -> Value {
    for _ in 0..1_200 {
        let log = server.caller(token).get(&format!("/sync/logs/{id}")).expect(200);
        if log["finished_at"].is_string() {
            return log;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the sync does not end: {}", server.log());
}

on_both! {
    fn an_orderly_end_leaves_the_sync_for_the_next_server(server) {
        let market = slow_market(400);
        let kim = server.user("kim", "operator");
        let token = kim.token.clone().expect("a token");
        let account = kim.add_live("main", &market.base_url());
        let mut events = server.events(&token);
        next_event(&mut events).expect("how it stands now");
        let body = json!({"platform_account_ids": [account]});
        let sync = kim.post("/sync/orders", &body).expect(202)["sync_id"].clone();
        wait_until_some_are_stored(server);
        // One who waits gets an answer, not a broken connection.
        let answered = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| kim.post("/sync/orders?wait=60", &body));
            std::thread::sleep(Duration::from_millis(300));
            server.terminate();
            waiting.join().expect("no panic")
        });
        let second = answered.expect(202)["sync_id"].clone();
        while next_event(&mut events).is_some() {}
        drop(events);
        let (status, took) = server.wait();
        assert!(status.success(), "{status}: {}", server.log());
        assert!(took < Duration::from_secs(20), "{took:?}");
        assert_eq!(server.sql("SELECT status FROM syncs ORDER BY id"), [["queued"], ["queued"]]);
        assert_eq!(server.sql("SELECT lease_owner FROM connectors"), [["∅"]], "the lease is given back");

        market.clear_faults();
        server.start();
        for id in [sync, second] {
            let log = finished(server, &token, &id);
            assert_eq!(log["status"], "succeeded", "{log}");
        }
        assert_eq!(server.sql("SELECT COUNT(*) FROM store_orders")[0][0], "3000");
    }
}

#[test]
fn a_sync_of_a_killed_server_is_carried_out_by_the_next() {
    let market = slow_market(400);
    let mut server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let token = kim.token.clone().expect("a token");
    let account = kim.add_live("main", &market.base_url());
    let sync =
        kim.post("/sync/orders", &json!({"platform_account_ids": [account]})).expect(202)["sync_id"].clone();
    wait_until_some_are_stored(&server);
    server.kill();
    market.clear_faults();
    server.start();
    let log = finished(&server, &token, &sync);
    assert_eq!(log["status"], "succeeded", "{log}");
    assert_eq!(server.sql("SELECT COUNT(*) FROM store_orders")[0][0], "3000");
}

#[test]
fn health_is_told_without_a_token_and_figures_to_admins() {
    let server = Server::on_sqlite();
    let nobody = server.nobody();
    assert_eq!(nobody.send("GET", "/healthz", &[], "").expect(200), json!({"status": "ok"}));
    assert_eq!(nobody.send("GET", "/readyz", &[], "").expect(200), json!({"status": "ok"}));
    let ann = server.user("ann", "admin");
    let account = ann.add_sample("sample");
    ann.sync_orders(account);
    let figures = ann.send("GET", "/metrics", &[], "");
    assert_eq!(figures.status, 200);
    for expected in [
        "runner_http_requests_total{method=\"POST\",route=\"/api/v1/platform-accounts\",status=\"201\"} 1",
        "runner_account_syncs_total{platform=\"smartstore\",status=\"succeeded\"} 1",
        "runner_account_syncs_running 0",
    ] {
        assert!(figures.text.contains(expected), "{expected} in\n{}", figures.text);
    }
}
