//! Accounts at the platforms, as the guide adds them.

use serde_json::{Value, json};

use crate::place::{Server, on_both};

/// The guide's own body.
fn naver() -> Value {
    json!({
        "platform": "naver",
        "name": "내 스마트스토어",
        "credentials": {
            "client_id": "your_naver_client_id",
            "client_secret": "your_naver_client_secret",
            "refresh_token": "your_refresh_token"
        }
    })
}

on_both! {
    fn the_guides_account_is_added_read_changed_and_removed(server) {
        let kim = server.user("kim", "operator");
        let answer = kim.post("/platform-accounts", &naver());
        let made = answer.expect(201);
        let id = made["id"].as_i64().expect("an id");
        let place = format!("/api/v1/platform-accounts/{id}");
        assert_eq!(answer.header("location"), Some(place.as_str()));
        assert_eq!(made["platform"], "smartstore");
        assert_eq!(made["mode"], "api");
        assert_eq!(made["credentials"]["client_secret"], "********");
        assert!(made["warnings"][0].as_str().is_some_and(|text| text.contains("bcrypt salt")), "{made}");

        let sealed = server.sql("SELECT config_json FROM connectors")[0][0].clone();
        assert!(!sealed.contains("your_naver"), "{sealed}");
        let read = kim.get(&format!("/platform-accounts/{id}")).expect(200);
        assert_eq!(read["name"], "내 스마트스토어");
        assert_eq!(kim.get("/platform-accounts").expect(200)["platform_accounts"], json!([read]));

        // A form that sends back what it has read changes nothing but what was typed.
        let change = json!({
            "name": "본점",
            "credentials": {"client_id": "********", "client_secret": "$2a$04$KBTMVR2jQfWqZLnH7cDxYe", "refresh_token": null},
            "config": {"lookback_days": 7},
        });
        let changed = kim.patch(&format!("/platform-accounts/{id}"), &change).expect(200);
        assert_eq!(changed["name"], "본점");
        assert_eq!(changed["config"]["lookback_days"], 7);
        assert_eq!(changed["credentials"], json!({"client_id": "********", "client_secret": "********"}));
        assert_eq!(changed.get("warnings"), None, "{changed}");

        kim.delete(&format!("/platform-accounts/{id}")).expect(204);
        kim.get(&format!("/platform-accounts/{id}")).problem(404);
        assert_eq!(kim.get("/platform-accounts").expect(200)["platform_accounts"], json!([]));
        let left = server.sql("SELECT config_json FROM connectors")[0][0].clone();
        assert_eq!(left, "{}", "its secrets are wiped");
        kim.post("/platform-accounts", &json!({"platform": "naver", "name": "본점", "mode": "fixture"})).expect(201);
    }
}

#[test]
fn what_is_wrong_with_credentials_is_named_value_by_value() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let pointers = |body: Value| {
        let problem = kim.post("/platform-accounts", &body).problem(422);
        let errors = problem["errors"].as_array().cloned().unwrap_or_else(|| panic!("{problem}"));
        let pointer = |error: &Value| error["pointer"].as_str().unwrap_or_default().to_owned();
        errors.iter().map(pointer).collect::<Vec<_>>()
    };
    let add = |credentials: Value, config: Value| {
        pointers(json!({"platform": "naver", "name": "a", "credentials": credentials, "config": config}))
    };
    let good = || json!({"client_id": "a", "client_secret": "b"});
    assert_eq!(add(json!({}), json!({})), ["/credentials/client_id", "/credentials/client_secret"]);
    assert_eq!(add(json!({"client_id": "a"}), json!({})), ["/credentials/client_secret"]);
    assert_eq!(
        add(json!({"client_id": "a", "vendor_id": "hush", "api/key": 1}), json!({})),
        ["/credentials/api~1key", "/credentials/vendor_id"]
    );
    assert_eq!(
        add(good(), json!({"lookback_days": 9999, "colour": "red"})),
        ["/config/colour", "/config/lookback_days"]
    );
    assert_eq!(add(good(), json!({"client_secret": "b"})), ["/config/client_secret"]);
    assert_eq!(add(json!({"client_id": "", "client_secret": ["b"]}), json!({})).len(), 2);
    assert_eq!(
        add(json!({"client_id": "********", "client_secret": "b"}), json!({})),
        ["/credentials/client_id"]
    );
    assert_eq!(pointers(json!({"platform": "nowhere", "name": "a"})), ["/platform"]);
    assert_eq!(pointers(json!({"platform": "naver", "name": "12", "mode": "fixture"})), ["/name"]);
    assert_eq!(pointers(json!({"platform": "naver", "name": "a", "mode": "live"})), ["/mode"]);
    assert_eq!(pointers(json!({"platform": "naver", "name": "a", "nickname": "b"})), ["/nickname"]);
    assert_eq!(pointers(json!({"platform": "naver"})), ["/name"]);
    assert_eq!(server.sql("SELECT COUNT(*) FROM connectors")[0][0], "0");

    // A change must not leave an account without what it needs.
    let id = kim.add_sample("sample");
    let problem = kim.patch(&format!("/platform-accounts/{id}"), &json!({"mode": "api"})).problem(422);
    assert_eq!(problem["errors"].as_array().map(Vec::len), Some(2), "{problem}");
}

#[test]
fn names_are_unique_among_ones_own_accounts_only() {
    let server = Server::on_sqlite();
    let (kim, lee) = (server.user("kim", "operator"), server.user("lee", "operator"));
    kim.add_sample("main");
    lee.add_sample("main");
    let again = json!({"platform": "smartstore", "name": "main", "mode": "fixture"});
    kim.post("/platform-accounts", &again).problem(409);
    let second = kim.add_sample("second");
    kim.patch(&format!("/platform-accounts/{second}"), &json!({"name": "main"})).problem(409);
    let listed = kim.pages("/platform-accounts?limit=1", "platform_accounts");
    assert_eq!(listed.iter().map(|one| one["id"].as_i64()).collect::<Vec<_>>(), [Some(1), Some(second)]);
    assert_eq!(kim.get("/platform-accounts?platform=cafe24").expect(200)["platform_accounts"], json!([]));
    for caller in [&kim, &lee] {
        assert_eq!(caller.get("/platform-accounts").expect(200)["platform_accounts"][0]["name"], "main");
    }
}

#[test]
fn accounts_of_the_command_line_are_an_admins() {
    let server = Server::on_sqlite();
    server.installation.succeed(&["connectors", "add", "smartstore", "--name", "house"]);
    let (ann, kim) = (server.user("ann", "admin"), server.user("kim", "operator"));
    assert_eq!(ann.get("/platform-accounts").expect(200)["platform_accounts"][0]["name"], "house");
    assert_eq!(kim.get("/platform-accounts").expect(200)["platform_accounts"], json!([]));
    let id = kim.add_sample("mine");
    ann.get(&format!("/platform-accounts/{id}")).problem(404);
}

#[test]
fn a_users_account_never_takes_the_environments_credentials() {
    let server = Server::on_sqlite();
    // The installation's environment holds credentials for the Smart Store.
    let kim = server.user("kim", "operator");
    let body = json!({"platform": "naver", "name": "mine", "credentials": {}});
    kim.post("/platform-accounts", &body).problem(422);
    let id = kim.add_sample("mine");
    server.sql("UPDATE connectors SET mode = 'api'");
    let body = json!({"platform": "naver", "account_id": id});
    let tried = kim.post("/sync/platforms/naver/test", &body).expect(200);
    assert_eq!(tried["ok"], false);
    assert!(
        tried["checks"][0]["cause"].as_str().is_some_and(|cause| cause.contains("missing settings")),
        "{tried}"
    );
}

#[test]
fn a_test_says_what_is_wrong_and_what_to_do() {
    let market =
        simulator::smartstore::Market::start(simulator::smartstore::Config::of(3)).expect("a free port");
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let id = kim.add_live("main", &market.base_url());
    let test = |platform: &str, body: Value| kim.post(&format!("/sync/platforms/{platform}/test"), &body);
    let good = test("naver", json!({"platform": "naver", "account_id": id})).expect(200);
    assert_eq!(good["ok"], true, "{good}");
    assert!(good["latency_ms"].is_u64());
    let names: Vec<_> = good["checks"].as_array().expect("steps").iter().map(|step| &step["name"]).collect();
    assert_eq!(names, ["settings", "credential"]);
    test("smartstore", json!({"account_id": id})).expect(200);

    market.set_secret("$2a$04$AAAAAAAAAAAAAAAAAAAAAu");
    market.revoke_tokens();
    let bad = test("naver", json!({"platform": "smartstore", "account_id": id})).expect(200);
    assert_eq!(bad["ok"], false, "{bad}");
    let step = &bad["checks"][1];
    assert!(step["cause"].is_string() && step["fix"].is_string(), "{bad}");

    test("cafe24", json!({"account_id": id})).problem(422);
    test("naver", json!({"platform": "cafe24", "account_id": id})).problem(422);
    test("nowhere", json!({"account_id": id})).problem(404);
    test("naver", json!({"account_id": id + 1})).problem(404);
}

#[test]
fn platforms_come_with_their_settings_as_json_schema() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "viewer");
    let platforms = kim.get("/platforms").expect(200)["platforms"].as_array().expect("platforms").clone();
    let listed: Vec<&str> = platforms.iter().map(|one| one["platform"].as_str().expect("a key")).collect();
    let registered: Vec<&str> = {
        use runner as _;
        connector_core::registry::all().expect("no duplicates").iter().map(|one| one.platform).collect()
    };
    assert_eq!(listed, registered);
    for platform in &platforms {
        assert_eq!(platform["json_schema"]["additionalProperties"], false, "{platform}");
        assert!(platform["streams"].as_array().is_some_and(|streams| !streams.is_empty()), "{platform}");
    }
}

#[test]
fn every_account_of_the_guide_is_taken_as_it_is_printed_there() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let coupang = json!({
        "platform": "coupang",
        "name": "내 쿠팡 스토어",
        "credentials": {
            "access_key": "your_coupang_access_key",
            "secret_key": "your_coupang_secret_key",
            "vendor_id": "A00000000"
        }
    });
    let eleventh_street = json!({
        "platform": "eleventh_street",
        "name": "내 11번가 스토어",
        "credentials": {"api_key": "your_11st_api_key", "seller_id": "your_seller_id"}
    });
    for body in [coupang, naver(), eleventh_street] {
        let made = kim.post("/platform-accounts", &body).expect(201);
        assert!(!made.to_string().contains("your_coupang_secret_key"), "{made}");
    }
    assert_eq!(kim.get("/platform-accounts?platform=11st").expect(200)["platform_accounts"][0]["id"], 3);
}
