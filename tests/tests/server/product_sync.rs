//! Products on their way to three simulated platforms, and what is there on its way here.

use serde_json::{Value, json};
use simulator::{Endpoint, Fault, FaultKind, Platform, When};
use tests::shops::seller_of;

use crate::place::{Caller, Server, on_both};
use crate::products::earphones;
use crate::shops::{Accounts, Shops, join, register, say_terms};

/// The guide's product with all that the platforms want to know of it.
fn ready(caller: &Caller<'_>, shops: &Shops) -> (i64, Accounts) {
    register(shops, caller, &earphones())
}

fn sync(caller: &Caller<'_>, body: &Value) -> Value {
    caller.post("/sync/products?wait=60", body).expect(200)
}

/// What is counted: new, changed, unchanged, failed.
fn counts(log: &Value) -> [u64; 4] {
    ["new", "changed", "unchanged", "failed"].map(|name| log["counts"][name].as_u64().expect("a number"))
}

on_both! {
    fn a_product_that_is_registered_once_is_on_sale_everywhere(server) {
        let shops = Shops::open();
        let kim = server.user("kim", "operator");
        let (id, accounts) = ready(&kim, &shops);
        let log = sync(&kim, &json!({"product_ids": [id]}));
        assert_eq!(log["status"], "succeeded", "{log:#}");
        assert_eq!((&log["sync_type"], &log["product_ids"]), (&json!("products"), &json!([id])));
        assert_eq!(counts(&log), [3, 0, 0, 0], "{log:#}");
        assert_eq!(shops.effects("create_listing"), [1, 1, 1]);

        // Every platform shows what was said once.
        let code = format!("P-{id}");
        let market = shops.market.listings().into_iter().find(|one| one.seller_code.as_deref() == Some(&code));
        let market = market.expect("it is on sale");
        assert_eq!((market.name.as_str(), market.price, market.stock), ("프리미엄 무선 이어폰", 149_000, 100));
        let vendor = shops.vendor.listings().into_iter().find(|one| one.sku == code).expect("it is on sale");
        assert_eq!((vendor.price, vendor.stock), (149_000, 100));
        let seller = shops.seller.listings().into_iter().find(|one| one.seller_code == code).expect("it is on sale");
        assert_eq!((seller.name.as_str(), seller.price, seller.stock), ("프리미엄 무선 이어폰", 149_000, 100));

        // And the product shows every platform.
        let product = kim.get(&format!("/products/{id}")).expect(200);
        let listings = product["listings"].as_array().expect("a list");
        assert_eq!(listings.len(), 3, "{product:#}");
        for (listing, account) in listings.iter().zip([accounts.smartstore, accounts.coupang, accounts.eleventh_street]) {
            assert_eq!(listing["account_id"], account, "{product:#}");
            assert!(listing["listing_id"].as_str().is_some_and(|id| !id.is_empty()), "{product:#}");
            assert_eq!((&listing["price"], &listing["last_pushed_price"]), (&json!(149_000), &json!(149_000)), "{product:#}");
            assert_eq!((&listing["last_pushed_stock"], &listing["last_error"]), (&json!(100), &Value::Null));
        }
        assert_eq!(listings[0]["listing_id"], market.listing_id);

        // Once more, in every way in which the guide asks for it: nothing is made and nothing is sent.
        for body in [json!({"product_ids": [id, id]}), json!({}), Value::Null] {
            let again = sync(&kim, &body);
            assert_eq!((counts(&again), &again["status"]), ([0, 0, 3, 0], &json!("succeeded")), "{again:#}");
        }
        let plain = kim.send("POST", "/api/v1/sync/products", &[], "").expect(202);
        assert!(plain["sync_id"].is_i64());
        assert_eq!(shops.effects("create_listing"), [1, 1, 1]);
        assert_eq!(shops.effects("update_listing"), [0, 0, 0]);
    }
}

#[test]
fn what_differs_is_changed_and_nothing_else() {
    let shops = Shops::open();
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let (id, accounts) = ready(&kim, &shops);
    sync(&kim, &json!({"product_ids": [id]}));
    // A price of its own at one account, and another one for all.
    kim.put(&format!("/products/{id}/listings/{}", accounts.coupang), &json!({"price": 155_000})).expect(200);
    kim.patch(&format!("/products/{id}"), &json!({"price": 150_000})).expect(200);
    let log = sync(&kim, &json!({"product_ids": [id]}));
    assert_eq!((counts(&log), &log["status"]), ([0, 3, 0, 0], &json!("succeeded")), "{log:#}");
    assert_eq!(shops.effects("set_price"), [1, 1, 1]);
    assert_eq!(shops.effects("update_listing"), [0, 0, 0], "a price alone is no new product");
    let product = kim.get(&format!("/products/{id}")).expect(200);
    let prices: Vec<&Value> = (0..3).map(|place| &product["listings"][place]["price"]).collect();
    assert_eq!(prices, [150_000, 155_000, 150_000]);

    kim.patch(&format!("/products/{id}"), &json!({"name": "더 좋은 이어폰"})).expect(200);
    let log = sync(&kim, &json!({"product_ids": [id]}));
    assert_eq!((counts(&log), &log["status"]), ([0, 3, 0, 0], &json!("succeeded")), "{log:#}");
    assert_eq!(shops.effects("update_listing"), [1, 1, 1]);
    assert!(shops.market.listings().iter().any(|listing| listing.name == "더 좋은 이어폰"));
    let log = sync(&kim, &json!({"product_ids": [id]}));
    assert_eq!(counts(&log), [0, 0, 3, 0], "{log:#}");

    kim.patch(&format!("/products/{id}"), &json!({"status": "inactive"})).expect(200);
    let log = sync(&kim, &json!({"product_ids": [id], "platform_account_ids": [accounts.smartstore]}));
    assert_eq!((counts(&log), &log["status"]), ([0, 1, 0, 0], &json!("succeeded")), "{log:#}");
    assert_eq!(shops.effects("stop_sale"), [1, 0, 0]);
}

#[test]
fn what_one_platform_lacks_does_not_keep_the_others_from_it() {
    let shops = Shops::open();
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let (id, accounts) = ready(&kim, &shops);
    let at = format!("/products/{id}/listings/{}", accounts.smartstore);
    let whole = kim.get(&at).expect(200)["platform"].clone();
    kim.put(&at, &json!({"platform": {}})).expect(200);
    let bare =
        kim.post("/products", &json!({"name": "가격 없는 상품"})).expect(201)["id"].as_i64().expect("an id");
    let log = sync(&kim, &json!({"product_ids": [id, bare]}));
    assert_eq!((&log["status"], counts(&log)), (&json!("partial"), [2, 0, 0, 4]), "{log:#}");
    let item = &log["items"][0];
    assert_eq!(
        (&item["status"], &item["error"]["code"]),
        (&json!("failed"), &json!("products_failed")),
        "{log:#}"
    );
    let cause = item["error"]["cause"].as_str().expect("a cause");
    assert!(cause.contains("leafCategoryId") && cause.contains(&format!("product {id} (P-{id})")), "{cause}");
    assert!(cause.contains(&format!("product {bare}")) && cause.contains("no price"), "{cause}");
    assert!(item["error"]["fix"].as_str().is_some_and(|fix| fix.contains("last_error")), "{log:#}");
    assert_eq!(shops.effects("create_listing"), [0, 1, 1]);
    let error = kim.get(&at).expect(200)["last_error"].clone();
    assert!(error["cause"].as_str().is_some_and(|cause| cause.contains("leafCategoryId")), "{error}");
    assert!(error["fix"].as_str().is_some_and(|fix| fix.contains(&at)), "{error}");

    // Put right, it is a matter of the guide's retry.
    kim.put(&at, &json!({"platform": whole})).expect(200);
    let again = kim.post(&format!("/sync/logs/{}/retry?wait=60", log["id"]), &json!({})).expect(200);
    assert_eq!((&again["retry_of"], &again["product_ids"]), (&log["id"], &json!([id, bare])), "{again:#}");
    assert_eq!(shops.effects("create_listing"), [1, 1, 1]);
    assert_eq!(kim.get(&at).expect(200)["last_error"], Value::Null);
}

#[test]
fn a_platform_that_takes_no_more_today_is_not_asked_for_the_rest() {
    let shops = Shops { seller: seller_of(2), ..Shops::open() };
    let mut server = Server::on_sqlite();
    // A machine that is quick asks more in a second than a user may.
    server.kill();
    server.start_with(&["--rate-limit", "10000"]);
    let kim = server.user("kim", "operator");
    let (first, accounts) = ready(&kim, &shops);
    let mut ids = vec![first];
    // More than are worked on at once.
    for _ in 0..70 {
        let id = kim.post("/products", &earphones()).expect(201)["id"].as_i64().expect("an id");
        say_terms(&kim, id, accounts);
        ids.push(id);
    }
    let body = json!({"product_ids": ids, "platform_account_ids": [accounts.eleventh_street]});
    let log = sync(&kim, &body);
    assert_eq!((&log["status"], counts(&log)), (&json!("partial"), [2, 0, 0, 69]), "{log:#}");
    assert_eq!(shops.seller.calls().of(Endpoint::StreetCreateListing).calls, 3, "one too many tells it");
    let last = format!("/products/{}/listings/{}", ids[70], accounts.eleventh_street);
    let error = kim.get(&last).expect(200)["last_error"].clone();
    assert!(error["cause"].as_str().is_some_and(|cause| cause.contains("1일 최대 2건")), "{error}");
    assert!(error["fix"].as_str().is_some_and(|fix| fix.contains("midnight in Korea")), "{error}");
}

#[test]
fn an_answer_that_is_lost_makes_no_second_product() {
    let shops = Shops::open();
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let (id, _) = ready(&kim, &shops);
    shops.market.fault(Fault::next(Endpoint::StoreProductCreate, FaultKind::LostAnswer));
    shops.vendor.fault(Fault::next(Endpoint::VendorProductCreate, FaultKind::LateTimeout));
    shops.seller.fault(Fault::next(Endpoint::StreetCreateListing, FaultKind::LostAnswer));
    let log = sync(&kim, &json!({"product_ids": [id]}));
    assert_eq!((&log["status"], counts(&log)), (&json!("succeeded"), [3, 0, 0, 0]), "{log:#}");
    assert_eq!(shops.effects("create_listing"), [1, 1, 1]);
    let again = sync(&kim, &json!({}));
    assert_eq!(counts(&again), [0, 0, 3, 0], "{again:#}");
    assert_eq!(shops.effects("create_listing"), [1, 1, 1]);
}

#[test]
fn what_may_have_been_made_a_moment_ago_is_waited_for() {
    let shops = Shops::open();
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let (id, accounts) = ready(&kim, &shops);
    shops.market.fault(Fault::next(Endpoint::StoreProductCreate, FaultKind::ServerError));
    let body = json!({"product_ids": [id], "platform_account_ids": [accounts.smartstore]});
    let log = sync(&kim, &body);
    assert_eq!((&log["status"], counts(&log)), (&json!("failed"), [0, 0, 0, 1]), "{log:#}");
    // The platform may have made it and not show it yet, so nobody makes it just now: not by hand,
    let file = server.installation.folder().join("product.json");
    let at = format!("/products/{id}/listings/{}", accounts.smartstore);
    std::fs::write(&file, kim.get(&at).expect(200)["platform"].to_string()).expect("written");
    let (code, account) = (format!("P-{id}"), accounts.smartstore.to_string());
    let publish =
        ["--format", "json", "products", "publish", &code, "--connector", &account, "--file", "product.json"];
    let output = server.installation.run(&publish);
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    let result = &report["results"][0];
    assert_eq!(result["result"], "failed", "{report}");
    assert!(result["message"].as_str().is_some_and(|why| why.contains("a moment ago")), "{report}");
    // and not by another sync, which waits.
    let queued = kim.post("/sync/products?wait=3", &body).expect(202);
    assert_eq!(queued["status"], "running", "{queued}");
    assert_eq!(shops.effects("create_listing"), [0, 0, 0]);
}

#[test]
fn a_server_that_dies_in_the_midst_of_it_makes_no_second_product() {
    let shops = Shops::open();
    let mut server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let token = kim.token.clone().expect("a token");
    let (id, accounts) = ready(&kim, &shops);
    // The product is made, and its maker dies before it hears of it.
    shops.market.fault(Fault {
        platform: Platform::Smartstore,
        endpoint: Some(Endpoint::StoreProductCreate),
        account: None,
        kind: FaultKind::LostAnswer,
        when: When::Always,
        millis: Some(5_000),
        value: None,
    });
    let body = json!({"product_ids": [id], "platform_account_ids": [accounts.smartstore]});
    let sync_id = kim.post("/sync/products", &body).expect(202)["sync_id"].clone();
    for _ in 0..400 {
        if shops.effects("create_listing")[0] > 0 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(shops.effects("create_listing"), [1, 0, 0]);
    server.kill();
    shops.market.clear_faults();
    server.start();
    let kim = server.caller(&token);
    let mut log = Value::Null;
    for _ in 0..1_200 {
        log = kim.get(&format!("/sync/logs/{sync_id}")).expect(200);
        if log["finished_at"].is_string() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!((&log["status"], &log["counts"]["failed"]), (&json!("succeeded"), &json!(0)), "{log:#}");
    assert_eq!(shops.effects("create_listing"), [1, 0, 0]);
    let product = kim.get(&format!("/products/{id}")).expect(200);
    let listing =
        product["listings"].as_array().expect("a list").iter().find(|one| one["listing_id"].is_string());
    assert_eq!(
        listing.map(|listing| &listing["account_id"]),
        Some(&json!(accounts.smartstore)),
        "{product:#}"
    );
}

on_both! {
    fn what_is_on_sale_is_read_and_matched_by_code_alone(server) {
        let shops = Shops::open();
        let kim = server.user("kim", "operator");
        let accounts = join(&shops, &kim);
        let known = shops.vendor.listings().remove(0);
        let body = json!({"name": "다른 이름", "seller_code": known.sku});
        let product = kim.post("/products", &body).expect(201)["id"].as_i64().expect("an id");
        // A name is no proof.
        kim.post("/products", &json!({"name": known.name})).expect(201);
        let ids = [accounts.smartstore, accounts.coupang, accounts.eleventh_street];
        let log = sync(&kim, &json!({"platform_account_ids": ids}));
        assert_eq!((&log["status"], &log["sync_type"]), (&json!("succeeded"), &json!("listings")), "{log:#}");
        assert_eq!(log.get("product_ids"), None, "nothing is told to platforms");
        let of_product = kim.pages(&format!("/listings?product_id={product}"), "listings");
        assert!(!of_product.is_empty() && of_product.iter().all(|one| one["seller_code"] == json!(known.sku)));
        let all = kim.pages("/listings?limit=500", "listings").len();
        let unmatched = kim.pages("/listings?unmatched=true&limit=500", "listings").len();
        assert_eq!(all, unmatched + of_product.len());
        assert_eq!(server.sql("SELECT COUNT(*) FROM products")[0][0], "2", "no product is made unasked");

        let log = sync(&kim, &json!({"platform_account_ids": ids, "create_missing": true}));
        assert_eq!(log["status"], "succeeded", "{log:#}");
        let left = kim.pages("/listings?unmatched=true&limit=500", "listings");
        assert!(left.iter().all(|one| one["seller_code"].is_null()), "{left:?}");
        assert!(kim.pages("/products?limit=500", "products").len() > 2);
        assert_eq!(shops.effects("create_listing"), [0, 0, 0]);
    }
}

#[test]
fn what_cannot_be_synced_is_refused_before_anything_is_queued() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let product = kim.post("/products", &earphones()).expect(201)["id"].as_i64().expect("an id");
    let account = kim.add_sample("sample");
    for (body, pointer) in [
        (json!({"product_ids": []}), "/product_ids"),
        (json!({"product_ids": ["1"]}), "/product_ids/0"),
        (json!({"platform_account_ids": []}), "/platform_account_ids"),
        (json!({"product_ids": [product]}), "/platform_account_ids"),
        (json!({"product_ids": [product], "create_missing": true}), "/create_missing"),
        (json!({"products": [1]}), "/products"),
        (json!({"product_ids": vec![product; 10_001]}), "/product_ids"),
    ] {
        let problem = kim.post("/sync/products", &body).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    kim.post("/sync/products", &json!({"product_ids": [product, 99]})).problem(404);
    kim.post("/sync/products", &json!({"product_ids": [product], "platform_account_ids": [99]})).problem(404);
    let lee = server.user("lee", "operator");
    lee.post("/sync/products", &json!({"product_ids": [product]})).problem(404);
    assert_eq!(server.sql("SELECT COUNT(*) FROM syncs")[0][0], "0");
    // A sample has no platform to write to, and says so.
    let log = sync(&kim, &json!({"product_ids": [product], "platform_account_ids": [account]}));
    assert_eq!(log["status"], "failed", "{log}");
    assert!(log["error"]["cause"].as_str().is_some_and(|cause| cause.contains("fixture")), "{log}");
}
