//! Prices made by rules, shown first and then set at the platforms.

use serde_json::{Value, json};

use crate::place::{Caller, Server, on_both};
use crate::products::earphones;
use crate::shops::{Shops, register};

fn rule(caller: &Caller<'_>, body: &Value) -> i64 {
    caller.post("/pricing/rules", body).expect(201)["id"].as_i64().expect("an id")
}

on_both! {
    fn rules_are_kept_as_they_were_said(server) {
        let kim = server.user("kim", "operator");
        let account = kim.add_sample("sample");
        let body = json!({
            "name": "쿠팡", "platform": "coupang", "fee_percent": 10.8, "margin_percent": "25", "added": 500, "round_to": 100,
            "rounding": "nearest", "minimum_price": 9_900,
        });
        let made = kim.post("/pricing/rules", &body).expect(201);
        assert_eq!((&made["fee_percent"], &made["margin_percent"]), (&json!(10.8), &json!(25)));
        assert_eq!((&made["basis"], &made["rounding"], &made["added"]), (&json!("cost"), &json!("nearest"), &json!(500)));
        rule(&kim, &json!({"account_id": account, "basis": "price", "fee_percent": 3.63}));
        let all = kim.pages("/pricing/rules?limit=1", "rules");
        assert_eq!(all.len(), 2);
        assert_eq!(all[0], made);
        assert_eq!((&all[1]["name"], &all[1]["round_to"]), (&json!("sample"), &json!(10)));
        for (body, pointer) in [
            (json!({"fee_percent": 100}), "/fee_percent"),
            (json!({"fee_percent": -1}), "/fee_percent"),
            (json!({"fee_percent": 1e-9}), "/fee_percent"),
            (json!({"fee_percent": 60, "margin_percent": 40}), "/margin_percent"),
            (json!({"margin_percent": []}), "/margin_percent"),
            (json!({"basis": "luck"}), "/basis"),
            (json!({"rounding": "away"}), "/rounding"),
            (json!({"round_to": 0}), "/round_to"),
            (json!({"added": -1}), "/added"),
            (json!({"minimum_price": i64::MAX}), "/minimum_price"),
            (json!({"platform": "amazon"}), "/platform"),
            (json!({"platform": "coupang", "account_id": account}), "/platform"),
            (json!({"name": "\u{0}"}), "/name"),
        ] {
            let problem = kim.post("/pricing/rules", &body).problem(422);
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}: {problem}");
        }
        kim.post("/pricing/rules", &json!({"account_id": 99})).problem(404);
        let lee = server.user("lee", "operator");
        let id = made["id"].as_i64().expect("an id");
        assert_eq!(lee.get("/pricing/rules").expect(200)["rules"], json!([]));
        lee.delete(&format!("/pricing/rules/{id}")).problem(404);
        kim.delete(&format!("/pricing/rules/{id}")).expect(204);
        kim.delete(&format!("/pricing/rules/{id}")).problem(404);
    }
}

#[test]
fn prices_are_shown_first_and_then_set_where_the_product_is_on_sale() {
    let shops = Shops::open();
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let (id, accounts) = register(&shops, &kim, &earphones());
    kim.post("/sync/products?wait=60", &json!({"product_ids": [id]})).expect(200);
    let apply = format!("/products/{id}/pricing/apply");

    let shown = kim.send("POST", &format!("/api/v1{apply}"), &[], "").expect(200);
    assert_eq!((&shown["dry_run"], &shown["prices"][0]["error"]["code"]), (&json!(true), &json!("no_rule")));
    rule(&kim, &json!({"fee_percent": 6, "margin_percent": 30, "round_to": 100}));
    let own = rule(
        &kim,
        &json!({"platform": "coupang", "fee_percent": 10.8, "margin_percent": 30, "round_to": 100}),
    );
    let shown = kim.post(&apply, &json!({})).expect(200);
    assert_eq!(shown["prices"][0]["error"]["code"], "no_cost", "{shown:#}");
    kim.patch(&format!("/products/{id}"), &json!({"cost": 100_000})).expect(200);
    let shown = kim.post(&apply, &json!({"dry_run": true})).expect(200);
    // 100,000 / 0.64 = 156,250; 100,000 / 0.592 = 168,918.9…
    let prices = |answer: &Value| -> Vec<i64> {
        answer["prices"].as_array().expect("a list").iter().filter_map(|one| one["price"].as_i64()).collect()
    };
    assert_eq!(prices(&shown), [156_300, 169_000, 156_300], "{shown:#}");
    assert_eq!((&shown["prices"][1]["rule_id"], &shown["prices"][1]["fee"]), (&json!(own), &json!(18_252)));
    assert_eq!(shown["prices"][0]["listings"][0]["result"], "would_send");
    assert_eq!(shops.effects("set_price"), [0, 0, 0], "it was only shown");
    assert_eq!(kim.get(&format!("/products/{id}")).expect(200)["listings"][0]["price_override"], Value::Null);

    let set = kim.post(&apply, &json!({"dry_run": false})).expect(200);
    assert_eq!(prices(&set), [156_300, 169_000, 156_300]);
    for price in set["prices"].as_array().expect("a list") {
        assert_eq!(price["listings"][0]["result"], "done", "{set:#}");
    }
    assert_eq!(shops.effects("set_price"), [1, 1, 1]);
    let listings = kim.get(&format!("/products/{id}")).expect(200)["listings"].clone();
    for (listing, price) in listings.as_array().expect("a list").iter().zip([156_300, 169_000, 156_300]) {
        assert_eq!(
            (&listing["price"], &listing["price_override"]),
            (&json!(price), &json!(price)),
            "{listings:#}"
        );
        assert_eq!(listing["last_pushed_price"], price);
    }

    // More than the platforms take at once is told where it happens, and the rest goes on.
    let steep = rule(&kim, &json!({"basis": "price", "fee_percent": 60}));
    let body = json!({"dry_run": false, "rule_id": steep});
    let set = kim.post(&apply, &body).expect(207);
    assert_eq!(set["prices"][0]["listings"][0]["result"], "done", "{set:#}");
    assert_eq!(set["prices"][1]["listings"][0]["result"], "refused", "{set:#}");
    let at = format!("/products/{id}/listings/{}", accounts.coupang);
    assert!(kim.get(&at).expect(200)["last_error"]["cause"].is_string());

    let lee = server.user("lee", "operator");
    lee.post(&apply, &json!({})).problem(404);
    kim.post(&apply, &json!({"rule_id": 99})).problem(404);
    kim.post(&apply, &json!({"platform_account_ids": []})).problem(422);
    kim.post(&apply, &json!({"platform_account_ids": [99]})).problem(404);
}
