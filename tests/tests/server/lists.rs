//! Lists: filters, cursors, sums.

use serde_json::{Value, json};
use simulator::cafe24::{CLIENT_ID, CLIENT_SECRET, MALL_ID, Mall};

use crate::place::{Server, on_both};

on_both! {
    fn pages_hold_every_order_once_and_in_order(server) {
        let kim = server.user("kim", "operator");
        let id = kim.add_sample("sample");
        kim.sync_orders(id);
        let whole = kim.get("/orders?limit=500").expect(200);
        assert_eq!(whole["next_cursor"], Value::Null);
        let whole = whole["orders"].as_array().expect("orders").clone();
        assert!(whole.len() > 20);
        let pages = kim.pages("/orders?limit=7", "orders");
        assert_eq!(pages, whole);
        let times: Vec<&str> = whole.iter().map(|order| order["ordered_at"].as_str().expect("a time")).collect();
        assert!(times.is_sorted_by(|a, b| a >= b), "newest first");
        assert_eq!(kim.get("/orders").expect(200)["orders"].as_array().map(Vec::len), Some(50));

        let one = kim.get(&format!("/orders/{}", whole[0]["id"])).expect(200);
        assert_eq!(one["order_id"], whole[0]["order_id"]);
        let stored = server.installation.stored("sample");
        let raw = &stored[one["order_id"].as_str().expect("an id")].meta_json;
        let text = kim.get(&format!("/orders/{}", whole[0]["id"])).text;
        assert!(text.contains(raw.as_str()), "the platform's own object, byte for byte");
    }
}

on_both! {
    fn orders_are_found_by_what_they_are(server) {
        let kim = server.user("kim", "operator");
        let id = kim.add_sample("sample");
        kim.sync_orders(id);
        let all = kim.get("/orders?limit=500").expect(200)["orders"].as_array().expect("orders").clone();
        let count = |query: &str| {
            kim.get(&format!("/orders?limit=500&{query}")).expect(200)["orders"].as_array().expect("orders").len()
        };
        let expected = |test: &dyn Fn(&Value) -> bool| all.iter().filter(|order| test(order)).count();
        assert_eq!(count("status=cancelled"), expected(&|order| order["status"] == "cancelled"));
        assert_eq!(count("status=PAYED"), expected(&|order| order["platform_status"] == "PAYED"));
        let both = expected(&|order| order["status"] == "paid" || order["status"] == "cancelled");
        assert_eq!(count("status=paid,cancelled"), both);
        assert_eq!(count("platform=naver"), all.len());
        assert_eq!(count("platform=cafe24"), 0);
        assert_eq!(count(&format!("account_id={id}")), all.len());
        let day = all[5]["date_kst"].as_str().expect("a day");
        let of_day = expected(&|order| order["date_kst"] == day);
        assert_eq!(count(&format!("start_date={day}&end_date={day}")), of_day);
        let time = all[5]["ordered_at"].as_str().expect("a time").replace('+', "%2B");
        let before = expected(&|order| order["ordered_at"].as_str() < all[5]["ordered_at"].as_str());
        assert_eq!(count(&format!("end_date={time}")), before, "the end is excluded");
        let code = all[5]["seller_code"].as_str().expect("a code");
        assert_eq!(count(&format!("text={code}")), expected(&|order| order["seller_code"] == code));
        assert_eq!(count("text=%25"), 0, "a joker is a letter like others");
        for query in ["platform=nowhere", "start_date=soon", "limit=0", "limit=501", "limit=x", "cursor=x", "colour=red"] {
            kim.get(&format!("/orders?{query}")).problem(422);
        }
        kim.get(&format!("/orders?account_id={}", id + 1)).problem(404);
        kim.get("/orders/x").problem(404);
    }
}

#[test]
fn orders_of_a_removed_account_stay() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let id = kim.add_sample("sample");
    kim.sync_orders(id);
    let before = kim.get("/orders?limit=500").expect(200);
    kim.delete(&format!("/platform-accounts/{id}")).expect(204);
    assert_eq!(kim.get("/orders?limit=500").expect(200), before);
    let total = kim.get("/analytics/platforms?start_date=2020-01-01").expect(200)["total"]["orders"].as_u64();
    assert_eq!(total, before["orders"].as_array().map(|orders| orders.len() as u64));
    kim.post("/sync/orders", &json!({"platform_account_ids": [id]})).problem(404);
    assert_eq!(server.user("lee", "operator").get("/orders").expect(200)["orders"], json!([]));
}

on_both! {
    fn totals_are_the_sums_of_the_stored_rows(server) {
        let kim = server.user("kim", "operator");
        let id = kim.add_sample("sample");
        kim.sync_orders(id);
        let lee = server.user("lee", "operator");
        let other = lee.add_sample("sample");
        lee.sync_orders(other);
        let (from, to) = ("2026-03-05", "2026-03-20");
        let sums = |condition: &str| {
            let sql = format!(
                "SELECT COUNT(*), COALESCE(SUM(amount), 0) FROM store_orders WHERE connector_id = {id} \
                 AND date_kst >= '{from}' AND date_kst <= '{to}' {condition}"
            );
            let row = server.sql(&sql)[0].clone();
            row.iter().map(|text| text.parse::<i64>().expect("a number")).collect::<Vec<_>>()
        };
        let range = format!("start_date={from}&end_date={to}");
        let all = sums("");
        assert!(all[0] > 5, "{all:?}");
        let gone = sums("AND state IN ('cancelled', 'returned')");
        let expected = json!({"orders": all[0], "revenue": all[1], "cancelled": gone[0], "cancelled_amount": gone[1]});

        let platforms = kim.get(&format!("/analytics/platforms?{range}")).expect(200);
        assert_eq!(platforms["total"], expected);
        let one = &platforms["platforms"][0];
        assert_eq!((one["orders"].as_i64(), one["revenue"].as_i64()), (Some(all[0]), Some(all[1])));
        assert_eq!(one["average_order"].as_i64(), Some(all[1] / all[0]));
        let best = one["best_sellers"].as_array().expect("best sellers");
        let product = best[0]["product_id"].as_str().expect("a product");
        let sold = sums(&format!("AND product_id = '{product}'"));
        assert_eq!((best[0]["orders"].as_i64(), best[0]["revenue"].as_i64()), (Some(sold[0]), Some(sold[1])));
        assert!(best.is_sorted_by(|a, b| a["revenue"].as_i64() >= b["revenue"].as_i64()), "{best:?}");

        let daily = kim.get(&format!("/analytics/daily?{range}")).expect(200);
        assert_eq!(daily["total"], expected);
        for day in daily["series"][0]["days"].as_array().expect("days") {
            let date = day["date"].as_str().expect("a day");
            let sums = sums(&format!("AND date_kst = '{date}'"));
            assert_eq!((day["orders"].as_i64(), day["revenue"].as_i64()), (Some(sums[0]), Some(sums[1])), "{date}");
        }
        kim.get("/analytics/daily?start_date=2026-02-02&end_date=2026-02-01").problem(422);
    }
}

#[test]
fn daily_figures_are_those_that_were_stored() {
    let mall = Mall::start(simulator::cafe24::Config::default()).expect("a free port");
    let mut server = Server::on_sqlite();
    server.kill();
    for (name, value) in [
        ("CAFE24_ANALYTICS_CLIENT_ID", CLIENT_ID),
        ("CAFE24_ANALYTICS_CLIENT_SECRET", CLIENT_SECRET),
        ("CAFE24_ANALYTICS_MALL_ID", MALL_ID),
    ] {
        server.installation.set_variable(name, value);
    }
    server.start();
    let hosts = [format!("base_url={}", mall.base_url()), format!("mall_base_url={}", mall.base_url())];
    server.installation.succeed(&[
        "connectors",
        "add",
        "cafe24",
        "--name",
        "mall",
        "--mode",
        "api",
        "--set",
        &hosts[0],
        "--set",
        &hosts[1],
        "--set",
        "pace=off",
    ]);
    server.installation.succeed(&["connectors", "authorize", "mall", "--code", &mall.issue_code()]);
    mall.change_day(1, mall.day(2), |day| {
        day.visits = 100;
        day.views = 300;
        day.products.insert(128, (2, 59_800));
    });
    server.installation.succeed(&["--connector", "mall", "--stream", "metrics"]);
    let ann = server.user("ann", "admin");
    let rows = ann.pages("/metrics-daily?limit=3", "metrics_daily");
    let count = server
        .sql("SELECT COUNT(*), SUM(impressions) FROM metrics_daily WHERE entity_type = 'store'")[0]
        .clone();
    let stores: Vec<&Value> = rows.iter().filter(|row| row["entity_type"] == "store").collect();
    assert_eq!(stores.len().to_string(), count[0]);
    let sum: i64 = stores.iter().filter_map(|row| row["impressions"].as_i64()).sum();
    assert_eq!(sum.to_string(), count[1]);
    let products = ann.get("/metrics-daily?entity_type=product&entity_id=128").expect(200);
    assert_eq!(products["metrics_daily"][0]["conversion_value"], 59_800, "{products}");
    assert_eq!(server.user("kim", "viewer").get("/metrics-daily").expect(200)["metrics_daily"], json!([]));
}
