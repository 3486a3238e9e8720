//! Canaries: what is secret is in no answer, no log and no file.

use std::fs;

use serde_json::json;
use simulator::smartstore::{Config, Market};

use crate::place::{PASSWORD, Server};

const CANARY: &str = "canary-7f3a";

#[test]
fn no_secret_is_seen_anywhere() {
    let market = Market::start(Config { days: 3, ..Config::of(20) }).expect("a free port");
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let mut answers = String::new();
    let mut note = |answer: crate::place::Answer| {
        answers.push_str(&answer.text);
        answers.push_str(&format!("{:?}", answer.headers));
        answer
    };
    let mut tokens = vec![kim.token.clone().expect("a token")];
    let login = json!({"username": "kim", "password": PASSWORD});
    let session = server.nobody().post("/auth/login", &login).expect(200);
    tokens.push(session["token"].as_str().expect("a token").to_owned());
    let key = [("Idempotency-Key", "a key")];
    let made = kim.send("POST", "/api/v1/tokens", &key, r#"{"name":"x"}"#).expect(201);
    tokens.push(made["token"].as_str().expect("a token").to_owned());

    let id = kim.add_live("main", &market.base_url());
    let secret = format!("{CANARY}-secret");
    let account = |credentials| json!({"platform": "naver", "name": "canary", "credentials": credentials, "config": {"base_url": market.base_url()}});
    let sealed =
        note(kim.post("/platform-accounts", &account(json!({"client_id": CANARY, "client_secret": secret}))));
    let canary = sealed.expect(201)["id"].as_i64().expect("an id");
    for bad in [
        json!({"client_id": CANARY}),
        json!({"client_id": [CANARY], "client_secret": {"x": CANARY}}),
        json!({"client_id": CANARY, "client_secret": secret, "api_key": CANARY}),
    ] {
        note(kim.post("/platform-accounts", &account(bad))).problem(422);
    }
    let misplaced = json!({"platform": "naver", "name": "x", "config": {"client_secret": CANARY, "type": CANARY, "base_url": format!("http://{CANARY}:{CANARY}@x")}});
    note(kim.post("/platform-accounts", &misplaced)).problem(422);
    note(kim.post("/platform-accounts", &json!({"platform": [CANARY], "name": "x"}))).problem(422);
    note(
        kim.patch(
            &format!("/platform-accounts/{canary}"),
            &json!({"credentials": {"refresh_token": CANARY}}),
        ),
    )
    .expect(200);
    note(server.nobody().post("/auth/login", &json!({"username": CANARY, "password": CANARY}))).problem(401);
    note(server.nobody().post("/auth/login", &json!({"username": "kim", "password": {"x": CANARY}})))
        .problem(422);
    note(server.caller(CANARY).get("/me")).problem(401);
    let hook = format!("/platform-accounts/{id}/webhook-secret");
    let made = kim.post(&hook, &json!({})).expect(201);
    tokens.push(made["secret"].as_str().expect("a secret").to_owned());
    note(kim.post(
        &format!("/platform-accounts/{canary}/webhook-secret"),
        &json!({"secret": format!("{CANARY}-of-webhooks")}),
    ))
    .expect(201);
    note(kim.post(&hook, &json!({"secret": [CANARY]}))).problem(422);
    note(kim.post("/sync/platforms/naver/test", &json!({"account_id": canary}))).expect(200);
    note(kim.post("/sync/orders?wait=60", &json!({"platform_account_ids": [id, canary]}))).expect(200);
    for path in
        ["/platform-accounts", "/sync/logs", "/sync/status", "/audit-logs", "/tokens", "/me", "/platforms"]
    {
        note(kim.get(path)).expect(200);
    }
    let log = server.log();
    assert!(log.contains("POST /api/v1/platform-accounts 201"), "the log is written: {log}");

    let folder = fs::read_dir(server.installation.folder()).expect("the folder");
    let mut files = String::new();
    for entry in folder {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            files.push_str(&String::from_utf8_lossy(&fs::read(path).expect("a file")));
        }
    }
    let issued = market.tokens_issued();
    assert!(!issued.is_empty());
    let market_secret = simulator::smartstore::CLIENT_SECRET.to_owned();
    let secrets =
        [CANARY.to_owned(), PASSWORD.to_owned(), market_secret].into_iter().chain(tokens).chain(issued);
    for secret in secrets {
        assert!(!answers.contains(&secret), "{secret} is in an answer: {answers}");
        assert!(!log.contains(&secret), "{secret} is in the log: {log}");
        assert!(!files.contains(&secret), "{secret} is in a file");
    }
    // Buyers' data stands in the platform's own object alone.
    let raw = kim.get("/orders?limit=1").text;
    assert!(!raw.contains("010-") && !log.contains("010-"), "{raw}");
}
