//! Requests that come twice.

use std::thread;

use serde_json::json;

use crate::place::{Server, on_both};

const BODY: &str = r#"{"platform":"smartstore","name":"main","mode":"fixture"}"#;
const ACCOUNTS: &str = "/api/v1/platform-accounts";

on_both! {
    fn the_same_request_is_carried_out_once_however_often_it_comes(server) {
        let kim = server.user("kim", "operator");
        let answers: Vec<_> = thread::scope(|scope| {
            let send = || kim.send("POST", ACCOUNTS, &[("Idempotency-Key", "one")], BODY);
            let threads: Vec<_> = (0..12).map(|_| scope.spawn(send)).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        for answer in &answers {
            assert!([201, 409].contains(&answer.status), "{answer:?}");
        }
        let made: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
        let firsts = made.iter().filter(|answer| answer.header("idempotency-replayed").is_none()).count();
        assert_eq!(firsts, 1);
        assert!(made.iter().all(|answer| answer.text == made[0].text), "all get the first answer");
        assert_eq!(server.sql("SELECT COUNT(*) FROM connectors")[0][0], "1");
        assert_eq!(server.sql("SELECT COUNT(*) FROM audit_logs WHERE action = 'createPlatformAccount'")[0][0], "1");

        let again = kim.send("POST", ACCOUNTS, &[("Idempotency-Key", "one")], BODY);
        assert_eq!((again.status, &again.text), (201, &made[0].text));
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!(again.header("location"), made[0].header("location"));
    }
}

#[test]
fn a_key_belongs_to_one_request_of_one_user() {
    let server = Server::on_sqlite();
    let (kim, lee) = (server.user("kim", "operator"), server.user("lee", "operator"));
    let key = [("Idempotency-Key", "one")];
    kim.send("POST", ACCOUNTS, &key, BODY).expect(201);
    kim.send("POST", ACCOUNTS, &key, &BODY.replace("main", "other")).problem(422);
    kim.send("POST", "/api/v1/tokens", &key, r#"{"name":"x"}"#).problem(422);
    lee.send("POST", ACCOUNTS, &key, BODY).expect(201);
    kim.send("POST", ACCOUNTS, &[("Idempotency-Key", "")], BODY).problem(422);
    kim.send("POST", ACCOUNTS, &[("Idempotency-Key", &"x".repeat(256))], BODY).problem(422);
    assert_eq!(server.sql("SELECT COUNT(*) FROM connectors")[0][0], "2");
}

#[test]
fn a_failure_is_an_answer_as_well() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    kim.add_sample("main");
    let key = [("Idempotency-Key", "one")];
    let first = kim.send("POST", ACCOUNTS, &key, BODY);
    first.problem(409);
    kim.delete("/platform-accounts/1").expect(204);
    let again = kim.send("POST", ACCOUNTS, &key, BODY);
    assert_eq!((again.status, &again.text), (409, &first.text), "though it would succeed by now");
    kim.send("POST", ACCOUNTS, &[("Idempotency-Key", "two")], BODY).expect(201);
}

#[test]
fn keys_are_forgotten_after_a_day_and_a_dead_servers_after_its_lease() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let key = [("Idempotency-Key", "one")];
    let first = kim.send("POST", "/api/v1/tokens", &key, r#"{"name":"x"}"#).expect(201);
    let again = kim.send("POST", "/api/v1/tokens", &key, r#"{"name":"x"}"#).expect(201);
    assert_eq!(first["token"], again["token"], "the very token, though only its hash is kept in the clear");
    server.sql("UPDATE idempotency_keys SET created_at = '2020-01-01 00:00:00'");
    let later = kim.send("POST", "/api/v1/tokens", &key, r#"{"name":"x"}"#).expect(201);
    assert_ne!(first["token"], later["token"]);

    server.sql("UPDATE idempotency_keys SET status = NULL, answer = NULL");
    kim.send("POST", "/api/v1/tokens", &key, r#"{"name":"x"}"#).problem(409);
    server.sql("UPDATE idempotency_keys SET claimed_until = '2020-01-01 00:00:00'");
    kim.send("POST", "/api/v1/tokens", &key, r#"{"name":"x"}"#).expect(201);
}

#[test]
fn a_sync_that_is_asked_for_twice_runs_once() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    kim.add_sample("main");
    let key = [("Idempotency-Key", "sync")];
    let send = || kim.send("POST", "/api/v1/sync/orders?wait=60", &key, "");
    assert_eq!(send().expect(200), send().expect(200));
    assert_eq!(kim.get("/sync/logs").expect(200)["logs"].as_array().map(Vec::len), Some(1));
    assert_eq!(kim.get("/sync/status").expect(200)["running"], json!([]));
}
