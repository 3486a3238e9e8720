//! Products over HTTP: added, listed, changed, removed; what holds for them at each account; and which listings they are.

use serde_json::{Value, json};

use crate::place::{Caller, Server, on_both};

/// The guide's product, as it is printed there.
pub(crate) fn earphones() -> Value {
    json!({
        "name": "프리미엄 무선 이어폰",
        "description": "최신 노이즈 캔슬링 기능이 탑재된 프리미엄 무선 이어폰",
        "price": 149_000,
        "stock_quantity": 100,
        "category_id": "electronics_audio",
        "brand": "TechBrand",
        "weight": 250,
        "main_image": "https://example.com/images/earphone-main.jpg",
        "additional_images": [
            "https://example.com/images/earphone-1.jpg",
            "https://example.com/images/earphone-2.jpg"
        ],
        "delivery_type": "DELIVERY",
        "delivery_fee": 3_000
    })
}

fn id_of(product: &Value) -> i64 {
    product["id"].as_i64().expect("an id")
}

on_both! {
    fn the_guides_product_is_added_read_and_changed(server) {
        let kim = server.user("kim", "operator");
        let made = kim.post("/products", &earphones());
        let product = made.expect(201);
        let id = id_of(&product);
        assert_eq!(made.header("location"), Some(format!("/api/v1/products/{id}").as_str()));
        for (name, value) in earphones().as_object().expect("an object") {
            assert_eq!(product[name], *value, "{name}");
        }
        assert_eq!((&product["safety_stock"], &product["status"]), (&json!(5), &json!("active")));
        assert_eq!((&product["seller_code"], &product["listings"]), (&json!(format!("P-{id}")), &json!([])));
        assert_eq!(kim.get(&format!("/products/{id}")).expect(200), product);

        // As the guide changes stock.
        let put = kim.send("PUT", &format!("/api/v1/products/{id}"), &[], r#"{"stock_quantity": 3}"#).expect(200);
        assert_eq!((&put["stock_quantity"], &put["price"]), (&json!(3), &json!(149_000)));
        let body = json!({"price": 159_000, "weight": null, "status": "inactive", "cost": 70_000, "safety_stock": 9});
        let changed = kim.patch(&format!("/products/{id}"), &body).expect(200);
        for (name, value) in body.as_object().expect("an object") {
            assert_eq!(changed[name], *value, "{name}");
        }
        assert_eq!((&changed["brand"], &changed["stock_quantity"]), (&json!("TechBrand"), &json!(3)));
        let audited = server.sql("SELECT action, object FROM audit_logs ORDER BY id");
        let object = format!("products/{id}");
        assert!(audited.contains(&vec!["createProduct".to_owned(), object.clone()]), "{audited:?}");
        assert!(audited.contains(&vec!["putProduct".to_owned(), object]), "{audited:?}");

        kim.delete(&format!("/products/{id}")).expect(204);
        kim.get(&format!("/products/{id}")).problem(404);
        kim.delete(&format!("/products/{id}")).problem(404);
        assert_eq!(kim.get("/products").expect(200)["products"], json!([]));
    }
}

on_both! {
    fn products_are_listed_by_page_text_and_status(server) {
        let kim = server.user("kim", "operator");
        for number in 0..7 {
            let status = if number % 2 == 0 { "active" } else { "inactive" };
            let body = json!({"name": format!("양말 {number}"), "seller_code": format!("SOCK-{number}"), "status": status});
            kim.post("/products", &body).expect(201);
        }
        let all = kim.pages("/products?limit=3", "products");
        let codes: Vec<&str> = all.iter().filter_map(|product| product["seller_code"].as_str()).collect();
        assert_eq!(codes, (0..7).map(|number| format!("SOCK-{number}")).collect::<Vec<_>>());
        let found = |query: &str| kim.pages(&format!("/products?limit=2&{query}"), "products").len();
        assert_eq!(found("status=inactive"), 3);
        assert_eq!(found("text=sock-5"), 1);
        assert_eq!(found("text=%25"), 0, "a percent sign is no joker");
        assert_eq!(found("text=%EC%96%91%EB%A7%90"), 7);
        kim.get("/products?status=gone").problem(422);
        kim.get("/products?limit=501").problem(422);
        kim.get("/products?cursor=x").problem(422);
        // A code is its owner's only one, and another owner's is none of theirs.
        kim.post("/products", &json!({"name": "x", "seller_code": "SOCK-1"})).problem(409);
        let lee = server.user("lee", "operator");
        lee.post("/products", &json!({"name": "x", "seller_code": "SOCK-1"})).expect(201);
        assert_eq!(lee.pages("/products?limit=3", "products").len(), 1);
    }
}

on_both! {
    fn nothing_that_can_be_sent_breaks_the_server(server) {
        let kim = server.user("kim", "operator");
        let id = id_of(&kim.post("/products", &json!({"name": "양말"})).expect(201));
        for (body, pointer) in [
            (json!({}), "/name"),
            (json!({"name": ""}), "/name"),
            (json!({"name": "a\u{0}b"}), "/name"),
            (json!({"name": "a", "price": -1}), "/price"),
            (json!({"name": "a", "price": 1.5}), "/price"),
            (json!({"name": "a", "price": i64::MAX}), "/price"),
            (json!({"name": "a", "price": 1e40}), "/price"),
            (json!({"name": "a", "stock_quantity": -1}), "/stock_quantity"),
            (json!({"name": "a", "safety_stock": -1}), "/safety_stock"),
            (json!({"name": "a", "seller_code": ""}), "/seller_code"),
            (json!({"name": "a", "seller_code": "\u{0}"}), "/seller_code"),
            (json!({"name": "a", "main_image": "file:///etc/passwd"}), "/main_image"),
            (json!({"name": "a", "additional_images": [1]}), "/additional_images/0"),
            (json!({"name": "a", "status": "sold"}), "/status"),
            (json!({"name": "a", "colour": "red"}), "/colour"),
        ] {
            let problem = kim.post("/products", &body).problem(422);
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}: {problem}");
        }
        let text = "a\u{0}".repeat(10);
        let product = kim.patch(&format!("/products/{id}"), &json!({"description": text})).expect(200);
        assert!(product["description"].as_str().is_some_and(|text| !text.contains('\0')), "{product}");
        kim.patch(&format!("/products/{id}"), &json!({"stock_quantity": -5})).problem(422);
        kim.patch(&format!("/products/{id}"), &json!({"name": null, "price": null})).expect(200);
        kim.patch("/products/9223372036854775807", &json!({})).problem(404);
        kim.patch("/products/99999999999999999999", &json!({})).problem(404);
        kim.get("/products/x").problem(404);
        kim.get("/products?text=%00").problem(422);
        let account = kim.add_sample("sample");
        let terms = format!("/products/{id}/listings/{account}");
        for body in [
            json!({"price": -1}), json!({"stock_buffer": -1}), json!({"stock_buffer": null, "x": 1}),
            json!({"platform": []}), json!({"platform": "x"}),
        ] {
            kim.put(&terms, &body).problem(422);
        }
        kim.put(&terms, &json!({"platform": {"a\u{0}": "\u{0}"}})).expect(200);
        kim.put(&format!("/products/{id}/listings/99"), &json!({})).problem(404);
        kim.put(&format!("/products/99/listings/{account}"), &json!({})).problem(404);
        kim.get(&format!("/products/{id}/listings/x")).problem(404);
    }
}

on_both! {
    fn terms_are_said_for_each_account_and_shown_with_the_product(server) {
        let kim = server.user("kim", "operator");
        let id = id_of(&kim.post("/products", &earphones()).expect(201));
        let (one, other) = (kim.add_sample("one"), kim.add_sample("other"));
        let path = format!("/products/{id}/listings/{one}");
        let none = kim.get(&path).expect(200);
        assert_eq!((&none["price"], &none["stock_buffer"], &none["updated_at"]), (&Value::Null, &json!(0), &Value::Null));
        let platform = json!({"originProduct": {"leafCategoryId": "50000830"}});
        let body = json!({"price": 155_000, "stock_buffer": 2, "platform": platform});
        let said = kim.put(&path, &body).expect(200);
        assert_eq!((&said["price"], &said["stock_buffer"], &said["platform"]), (&json!(155_000), &json!(2), &platform));
        let said = kim.put(&path, &json!({"price": null})).expect(200);
        assert_eq!((&said["price"], &said["stock_buffer"], &said["platform"]), (&Value::Null, &json!(2), &platform));
        assert_eq!(kim.get(&path).expect(200), said);
        let listings = kim.get(&format!("/products/{id}")).expect(200)["listings"].clone();
        assert_eq!(listings.as_array().map(Vec::len), Some(1), "nothing was said of {other}: {listings}");
        assert_eq!((&listings[0]["account_id"], &listings[0]["listing_id"]), (&json!(one), &Value::Null));
        assert_eq!(listings[0]["stock_buffer"], 2);
        let lee = server.user("lee", "operator");
        lee.get(&path).problem(404);
        lee.put(&path, &json!({})).problem(404);
    }
}

/// A listing that nobody knows, put into the table.
fn listing(server: &Server, account: i64, listing_id: &str, code: &str, state: &str) {
    server.sql(&format!(
        "INSERT INTO listings (connector_id, platform, listing_id, seller_code, name, price, stock, state, status)
         VALUES ({account}, 'smartstore', '{listing_id}', '{code}', '양말', 3000, 7, '{state}', 'SALE') RETURNING id"
    ));
}

fn unmatched(caller: &Caller<'_>) -> Vec<Value> {
    caller.pages("/listings?unmatched=true&limit=1", "listings")
}

on_both! {
    fn listings_are_given_to_products_by_code_or_by_a_person(server) {
        let kim = server.user("kim", "operator");
        let account = kim.add_sample("sample");
        listing(server, account, "11", "EAR-001", "on_sale");
        listing(server, account, "12", "other", "stopped");
        assert_eq!(unmatched(&kim).len(), 2);
        let mut body = earphones();
        body["seller_code"] = json!("EAR-001");
        let product = kim.post("/products", &body).expect(201);
        let id = id_of(&product);
        assert_eq!(product["listings"][0]["listing_id"], "11", "the code is enough: {product}");
        let left = unmatched(&kim);
        assert_eq!((left.len(), &left[0]["listing_id"]), (1, &json!("12")));
        let row = left[0]["id"].as_i64().expect("an id");
        let linked = kim.post(&format!("/listings/{row}/link"), &json!({"product_id": id})).expect(200);
        assert_eq!(linked["product_id"], id);
        assert_eq!(kim.get(&format!("/listings?product_id={id}")).expect(200)["listings"].as_array().map(Vec::len), Some(2));
        let problem = kim.delete(&format!("/products/{id}")).problem(409);
        assert!(problem["fix"].as_str().is_some_and(|fix| fix.contains("inactive")), "{problem}");
        let alone = kim.delete(&format!("/listings/{row}/link")).expect(200);
        assert_eq!(alone["product_id"], Value::Null);
        kim.post(&format!("/listings/{row}/link"), &json!({"product_id": 99})).problem(404);
        kim.post("/listings/99/link", &json!({"product_id": id})).problem(404);

        let lee = server.user("lee", "operator");
        assert_eq!(lee.get("/listings").expect(200)["listings"], json!([]));
        lee.get(&format!("/listings?account_id={account}")).problem(404);
        lee.post(&format!("/listings/{row}/link"), &json!({"product_id": id})).problem(404);
        kim.delete(&format!("/products/{id}?even_on_sale=true")).expect(204);
        assert_eq!(unmatched(&kim).len(), 2, "the listings stay");
    }
}

on_both! {
    fn a_product_that_is_sent_twice_under_one_key_is_there_once(server) {
        let kim = server.user("kim", "operator");
        let body = earphones().to_string();
        let send = || kim.send("POST", "/api/v1/products", &[("Idempotency-Key", "one")], &body).expect(201);
        assert_eq!(send(), send());
        assert_eq!(server.sql("SELECT COUNT(*) FROM products")[0][0], "1");
    }
}
