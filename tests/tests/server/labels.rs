//! Label sheets.

use serde_json::{Value, json};

use crate::marketplaces::{Shop, orders};
use crate::place::{Server, on_both};

/// The rows of a CSV sheet, titles first.
fn rows(text: &str) -> Vec<Vec<String>> {
    let text = text.strip_prefix('\u{feff}').expect("marked as UTF-8");
    let (mut rows, mut cells, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                cells.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut cells));
            }
            c => cell.push(c),
        }
    }
    rows
}

on_both! {
    fn a_shipment_is_one_row(server) {
        let kim = server.user("kim", "operator");
        let mut expected = 0;
        for shop in Shop::all(3) {
            shop.open(&kim, shop.platform());
            let mut shipments: Vec<String> = shop.lines().iter().map(|line| shop.tracking(line)).collect();
            shipments.sort();
            shipments.dedup();
            let labels = kim.post("/shipping/labels", &json!({"platform": shop.platform(), "format": "json"}));
            let body = labels.expect(200);
            let made = body["labels"].as_array().expect("labels");
            let lines: usize = made.iter().map(|row| row["order_ids"].as_array().expect("ids").len()).sum();
            assert_eq!(lines, shop.lines().len(), "each line is on one label: {}", shop.platform());
            if !matches!(shop, Shop::Store(_)) {
                assert_eq!(made.len(), shipments.len(), "{}", shop.platform());
            }
            for row in made {
                for name in ["recipient", "phone", "address", "postcode"] {
                    assert!(row[name].as_str().is_some_and(|text| !text.is_empty()), "{name} at {}", shop.platform());
                }
                assert!(row["pieces"].as_i64().is_some_and(|pieces| pieces > 0));
            }
            expected += made.len();
        }
        let sheet = kim.send("POST", "/api/v1/shipping/labels", &[("Accept", "text/csv")], "");
        assert_eq!((sheet.status, sheet.header("cache-control")), (200, Some("no-store")));
        assert_eq!(sheet.header("content-type"), Some("text/csv; charset=utf-8"));
        assert!(sheet.header("content-disposition").is_some_and(|text| text.contains("labels-")));
        let rows = rows(&sheet.text);
        assert_eq!(rows.len(), expected + 1);
        assert_eq!(sheet.header("x-label-rows"), Some(expected.to_string().as_str()));
        assert!(rows.iter().all(|row| row.len() == rows[0].len()));
        let audit = kim.get("/audit-logs?limit=1").expect(200);
        assert_eq!(audit["audit_logs"][0]["object"], format!("shipping/labels ({expected} rows)"), "{audit}");
    }
}

#[test]
fn a_workbook_is_made_anew_and_not_kept_for_repeats() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let (shop, _) = Shop::store(2);
    shop.open(&kim, "main");
    let send = || {
        let key = [("Idempotency-Key", "labels")];
        kim.send("POST", "/api/v1/shipping/labels", &key, r#"{"format":"xlsx"}"#)
    };
    let (first, second) = (send(), send());
    assert_eq!((first.status, second.status), (200, 200));
    assert!(first.bytes.starts_with(b"PK"), "a workbook is a ZIP file");
    assert!(second.bytes.starts_with(b"PK"));
    assert_eq!(second.header("idempotency-replayed"), None);
    for name in ["content-type", "content-disposition", "cache-control"] {
        assert!(first.header(name).is_some());
        assert_eq!(first.header(name), second.header(name), "{name}");
    }
    let kept = server.sql("SELECT COUNT(*) FROM idempotency_keys");
    assert_eq!(kept[0][0], "0", "recipients are kept nowhere else");
}

#[test]
fn no_cell_is_a_formula() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let (shop, _) = Shop::vendor(1);
    shop.open(&kim, "main");
    for start in ["=", "+", "-", "@", "\\t=", "\\n=", "＝"] {
        let planted = format!("{start}cmd|calc");
        let receiver = format!(
            "UPDATE store_orders SET meta_json = json_set(meta_json, '$.receiver.name', json('\"{planted}\"'))"
        );
        let connection = rusqlite::Connection::open(
            server.installation.database_url().strip_prefix("sqlite://").expect("a file"),
        )
        .expect("the database opens");
        connection.execute(&receiver, []).expect("it runs");
        let text = kim.send("POST", "/api/v1/shipping/labels", &[("Accept", "text/csv")], "").text;
        let plain = planted.replace("\\t", "\t").replace("\\n", "\n");
        // The recipient's blanks at the ends are taken off first.
        assert!(!text.contains(&format!(",{}", plain.trim())), "{start}: {text}");
        assert!(text.contains(&format!("'{}", plain.trim())), "{start}: {text}");
    }
}

#[test]
fn orders_that_do_not_go_out_are_left_out_and_said() {
    let server = Server::on_sqlite();
    let (kim, lee) = (server.user("kim", "operator"), server.user("lee", "operator"));
    let (shop, _) = Shop::store(2);
    let (others, _) = Shop::store(1);
    let account = shop.open(&kim, "mine");
    let theirs = others.open(&lee, "theirs");
    let all = orders(&kim, account);
    let foreign = orders(&lee, theirs)[0].1;
    let path = format!("/api/v1/orders/{}/status", all[0].1);
    kim.send("PUT", &path, &[], r#"{"status":"cancelled","reason":"sold_out"}"#).expect(200);
    let ids = json!([all[0].1, all[1].1, all[1].1, foreign, -1]);
    let body = kim.post("/shipping/labels", &json!({"order_ids": ids, "format": "json"})).expect(200);
    assert_eq!(body["labels"].as_array().map(Vec::len), Some(1), "{body}");
    let left: Vec<(&Value, &str)> = body["left_out"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (&one["order_id"], one["reason"].as_str().expect("a reason")))
        .collect();
    let (cancelled, other, odd) = (json!(all[0].1), json!(foreign), json!(-1));
    assert_eq!(
        left,
        [
            (&cancelled, "it is cancelled"),
            (&other, "there is no such order"),
            (&odd, "there is no such order")
        ]
    );
    let nobody =
        lee.post("/shipping/labels", &json!({"order_ids": [all[1].1], "format": "json"})).expect(200);
    assert_eq!(nobody["labels"], json!([]), "{nobody}");
    for (body, pointer) in [
        (json!({"order_ids": []}), "/order_ids"),
        (json!({"order_ids": vec![1; 1_001]}), "/order_ids"),
        (json!({"order_ids": [1], "status": "paid"}), "/status"),
        (json!({"status": "shipped"}), "/status"),
        (json!({"platform": "bazaar"}), "/platform"),
        (json!({"format": "pdf"}), "/format"),
        (json!({"start_date": "soon"}), "/start_date"),
    ] {
        let problem = kim.post("/shipping/labels", &body).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}: {problem}");
    }
    kim.post("/shipping/labels", &json!({"account_id": theirs})).problem(404);
    server.user("viewer", "viewer").post("/shipping/labels", &json!({})).problem(403);
}

#[test]
fn buyers_stay_out_of_logs_problems_and_the_audit_log() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let mut planted = Vec::new();
    for shop in Shop::all(1) {
        let account = shop.open(&kim, shop.platform());
        let labels =
            kim.post("/shipping/labels", &json!({"account_id": account, "format": "json"})).expect(200);
        for row in labels["labels"].as_array().expect("labels") {
            for name in ["recipient", "phone", "address"] {
                planted.push(row[name].as_str().expect("a text").to_owned());
            }
        }
        let (line, id, _) = orders(&kim, account).remove(0);
        let put = |body: Value| {
            kim.send("PUT", &format!("/api/v1/orders/{id}/status"), &[], &body.to_string()).text
        };
        let mut said = vec![put(json!({"status": "confirmed"}))];
        shop.buyer_cancels(&line);
        said.push(put(
            json!({"status": "shipped", "shipping_info": crate::marketplaces::parcel("1234567890")}),
        ));
        said.push(put(json!({"status": "delivered"})));
        said.push(kim.post("/orders/batch-confirm", &json!({"order_ids": [id, -1]})).text);
        said.push(kim.get("/claims?limit=100").text);
        for text in said {
            assert!(!planted.iter().any(|word| text.contains(word.as_str())), "{text}");
        }
    }
    let log = server.log();
    let audit = kim.get("/audit-logs?limit=500").text;
    assert!(planted.len() >= 9 && log.len() > 1_000);
    for word in &planted {
        assert!(!log.contains(word.as_str()), "the log holds {word}");
        assert!(!audit.contains(word.as_str()), "the audit log holds {word}");
    }
}
