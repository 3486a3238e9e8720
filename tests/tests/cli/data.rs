//! Rows, orders and platforms: what goes in and what comes out.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::shop::Shop;

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
