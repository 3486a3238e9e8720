//! Stock over HTTP, with three simulated platforms that sell the same pieces.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use simulator::{Endpoint, Fault, FaultKind, coupang, eleventh_street};

use crate::place::{Caller, Server, on_both};
use crate::products::earphones;
use crate::shops::{Accounts, Shops, register};

/// The guide's product, so many of it, on sale at three platforms.
struct Scene<'a> {
    kim: Caller<'a>,
    shops: Shops,
    accounts: Accounts,
    product: i64,
}

impl<'a> Scene<'a> {
    fn new(server: &'a Server, stock: i64) -> Self {
        let (shops, kim) = (Shops::open(), server.user("kim", "operator"));
        let mut body = earphones();
        body["stock_quantity"] = json!(stock);
        let (product, accounts) = register(&shops, &kim, &body);
        let log = kim.post("/sync/products?wait=60", &json!({"product_ids": [product]})).expect(200);
        assert_eq!(log["status"], "succeeded", "{log:#}");
        Self { kim, shops, accounts, product }
    }

    fn code(&self) -> String {
        format!("P-{}", self.product)
    }

    fn at_vendor(&self) -> coupang::ListingTruth {
        let listings = self.shops.vendor.listings();
        listings.into_iter().find(|listing| listing.sku == self.code()).expect("it is listed")
    }

    fn at_seller(&self) -> eleventh_street::ListingTruth {
        let listings = self.shops.seller.listings();
        listings.into_iter().find(|listing| listing.seller_code == self.code()).expect("it is listed")
    }

    /// What Smart Store, Coupang and 11st show, and whether the first two sell it.
    fn shown(&self) -> ([i64; 3], [bool; 2]) {
        let code = self.code();
        let listings = self.shops.market.listings();
        let market = listings.into_iter().find(|listing| listing.seller_code.as_deref() == Some(&code));
        let (market, vendor) = (market.expect("it is listed"), self.at_vendor());
        let on_sale = [market.status == "SALE", vendor.on_sale];
        ([market.stock, vendor.stock, self.at_seller().stock], on_sale)
    }

    /// Somebody buys so many at 11st, and its orders are read.
    fn sell_at_street(&self, pieces: i64) {
        let seller = &self.shops.seller;
        let lines = vec![(Some(self.at_seller().option_id), pieces)];
        let at = Some(seller.now() - 600_000);
        seller.add_order(&eleventh_street::NewOrder { lines, at, ..eleventh_street::NewOrder::default() });
        self.read_orders(self.accounts.eleventh_street);
    }

    fn read_orders(&self, account: i64) {
        let log = self.kim.sync_orders(account);
        assert_eq!(log["status"], "succeeded", "{log:#}");
    }

    fn wish(&self, account: i64, push_stock: &str) {
        let body = json!({"config": {"push_stock": push_stock}});
        self.kim.patch(&format!("/platform-accounts/{account}"), &body).expect(200);
    }

    fn count(&self, stock: i64) {
        self.kim.patch(&format!("/products/{}", self.product), &json!({"stock_quantity": stock})).expect(200);
    }

    fn push(&self, body: &Value) -> Value {
        self.kim.post("/sync/inventory?wait=60", body).expect(200)
    }

    fn inventory(&self) -> Value {
        self.kim.get(&format!("/inventory?product_id={}", self.product)).expect(200)
    }
}

/// Waits until the platforms show what they should: they are told by syncs that nobody waits for.
#[track_caller]
fn until(server: &Server, what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}:\n{}", server.log());
        std::thread::sleep(Duration::from_millis(100));
    }
}

on_both! {
    fn an_order_at_one_channel_lowers_what_the_others_are_told(server) {
        let scene = Scene::new(server, 10);
        let Accounts { smartstore, coupang, eleventh_street } = scene.accounts;
        scene.wish(smartstore, "stop");
        scene.wish(coupang, "on");
        scene.sell_at_street(3);
        until(server, "the others show what is left", || scene.shown().0[..2] == [7, 7]);
        let inventory = scene.inventory();
        let stock = &inventory["products"][0];
        assert_eq!(
            (&stock["on_hand"], &stock["reserved"], &stock["available"], &stock["stock_status"]),
            (&json!(10), &json!(3), &json!(7), &json!("in_stock")),
            "{inventory:#}"
        );
        assert_eq!((&inventory["oversold"], &inventory["unmatched_lines"]), (&json!([]), &json!([])), "{inventory:#}");
        let syncs = scene.kim.get("/sync/logs?sync_type=inventory").expect(200);
        assert!(syncs["logs"].as_array().is_some_and(|logs| logs.len() == 1), "all of them in one: {syncs:#}");
        assert!(!syncs.to_string().contains(&format!("\"account_id\":{eleventh_street}")), "it knows: {syncs:#}");

        // The rest of it: nothing is left, and one account wants its sale stopped then.
        scene.sell_at_street(7);
        until(server, "nothing is on sale", || scene.shown().0[1] == 0 && !scene.shown().1[0]);
        let low = scene.kim.get("/inventory/low-stock").expect(200);
        assert_eq!(low, json!({"low_stock_products": [{
            "product_id": scene.product, "product_name": "프리미엄 무선 이어폰", "current_stock": 0, "safety_stock": 5,
            "stock_status": "out_of_stock",
        }]}));

        // Somebody has found four more.
        scene.count(14);
        until(server, "it is on sale again", || {
            let (stock, on_sale) = scene.shown();
            stock[..2] == [4, 4] && on_sale == [true, true]
        });
        let movements = scene.kim.pages("/inventory/movements?limit=2", "movements");
        let told: Vec<_> = movements.iter().map(|row| (row["cause"].as_str().unwrap_or_default(), row["on_hand"].as_i64())).collect();
        assert_eq!(told, [("manual", Some(14)), ("order", Some(10)), ("order", Some(10)), ("manual", Some(10))]);
        assert_eq!((&movements[0]["actor"], &movements[1]["reserved"]), (&json!("kim"), &json!(10)));
        let manual = scene.kim.get("/inventory/movements?cause=manual&limit=1").expect(200);
        assert!(manual["next_cursor"].is_string(), "{manual}");
    }
}

on_both! {
    fn every_listing_is_told_what_is_left_and_seen_to_show_it(server) {
        let scene = Scene::new(server, 10);
        let terms = format!("/products/{}/listings/{}", scene.product, scene.accounts.coupang);
        scene.kim.put(&terms, &json!({"stock_buffer": 2})).expect(200);
        scene.count(8);
        let log = scene.push(&json!({"product_ids": [scene.product]}));
        assert_eq!((&log["status"], &log["sync_type"]), (&json!("succeeded"), &json!("inventory")), "{log:#}");
        assert_eq!(log["counts"], json!({"seen": 3, "new": 0, "changed": 3, "unchanged": 0, "failed": 0}), "{log:#}");
        assert_eq!(scene.shown(), ([8, 6, 8], [true, true]));
        // As the guide asks for it; what was just seen to show it is left alone.
        let log = scene.push(&json!({"auto_disable_out_of_stock": true}));
        assert_eq!(log["counts"]["unchanged"], 3, "{log:#}");
        assert_eq!(scene.shops.effects("set_stock"), [1, 1, 1]);

        // With the flag, nothing left means off sale; one platform does not hear it.
        scene.count(0);
        scene.shops.vendor.fault(Fault::always(Endpoint::VendorSaleStop, FaultKind::ServerError));
        let log = scene.push(&json!({"auto_disable_out_of_stock": true}));
        assert_eq!((&log["status"], &log["counts"]["failed"]), (&json!("partial"), &json!(1)), "{log:#}");
        let cause = log["items"].to_string();
        assert!(cause.contains("stop_sale"), "{cause}");
        assert_eq!(scene.shops.effects("stop_sale"), [1, 0, 1]);
        let inventory = scene.inventory();
        let channels = inventory["products"][0]["channels"].as_array().expect("a list");
        let pending: Vec<_> = channels.iter().filter(|channel| channel["is_pending"] == true).collect();
        assert_eq!(pending.len(), 1, "{inventory:#}");
        assert_eq!(pending[0]["account_id"], scene.accounts.coupang, "{inventory:#}");
        until(server, "it is said", || server.log().contains("nothing is left of"));

        // The next sync tells it again, whatever it is about.
        scene.shops.vendor.clear_faults();
        let other = scene.kim.post("/products", &json!({"name": "다른 것"})).expect(201)["id"].clone();
        let log = scene.push(&json!({"product_ids": [other], "auto_disable_out_of_stock": true}));
        assert_eq!(log["status"], "succeeded", "{log:#}");
        assert!(!scene.at_vendor().on_sale);
        // And once there is something again, all that was stopped for want of it is put back.
        scene.count(5);
        let log = scene.push(&json!({"auto_disable_out_of_stock": true}));
        assert_eq!(log["status"], "succeeded", "{log:#}");
        assert_eq!(scene.shown(), ([5, 3, 5], [true, true]));
        assert_eq!(scene.shops.effects("resume_sale"), [1, 1, 1]);
    }
}

#[test]
fn the_last_piece_sold_twice_is_told() {
    let server = Server::on_sqlite();
    let scene = Scene::new(&server, 1);
    scene.sell_at_street(1);
    let vendor_item_id = scene.at_vendor().vendor_item_id;
    scene.shops.vendor.add(&coupang::AddOrders {
        ago_ms: 600_000,
        vendor_item_id,
        ..coupang::AddOrders::default()
    });
    scene.read_orders(scene.accounts.coupang);
    let inventory = scene.inventory();
    let oversold = &inventory["oversold"][0];
    assert_eq!(
        (&oversold["product_id"], &oversold["missing"]),
        (&json!(scene.product), &json!(1)),
        "{inventory:#}"
    );
    let lines = oversold["lines"].as_array().expect("a list");
    assert_eq!(lines.len(), 1, "as many as wait in vain: {inventory:#}");
    let order = scene.kim.get(&format!("/orders/{}", lines[0]["order"])).expect(200);
    assert_eq!(order["account_id"], lines[0]["account_id"], "{order:#}");
    assert_eq!(inventory["products"][0]["available"], -1);
    assert!(server.log().contains("is sold than there is"), "{}", server.log());
    let low = scene.kim.get("/inventory/low-stock").expect(200);
    assert_eq!(low["low_stock_products"][0]["current_stock"], -1, "{low}");
}

on_both! {
    fn where_stock_runs_out_something_is_done_about_it(server) {
        let scene = Scene::new(server, 3);
        let act = |body: &Value| scene.kim.post("/inventory/low-stock/actions", body);
        let asked = json!({"price_increase_percent": 10, "dry_run": true});
        let dry = act(&asked).expect(200);
        assert_eq!((&dry["dry_run"], dry["outcomes"].as_array().map(Vec::len)), (&json!(true), Some(3)), "{dry:#}");
        for outcome in dry["outcomes"].as_array().expect("a list") {
            assert_eq!(
                (&outcome["action"], &outcome["price"], &outcome["result"]),
                (&json!("set_price"), &json!(163_900), &json!("would_send")),
                "{dry:#}"
            );
        }
        assert_eq!(dry["alerts"][0]["stock_status"], "low_stock", "{dry:#}");
        assert_eq!(scene.shops.effects("set_price"), [0, 0, 0]);
        let done = act(&json!({"price_increase_percent": 10})).expect(200);
        assert_eq!(scene.shops.effects("set_price"), [1, 1, 1], "{done:#}");
        act(&json!({"price_increase_percent": 10})).expect(200);
        assert_eq!(scene.shops.effects("set_price"), [1, 1, 1], "it is the same price");
        let other = scene.kim.post("/products", &json!({"name": "다른 것"})).expect(201)["id"].clone();
        let calm = act(&json!({"price_increase_percent": 50, "high_demand_product_ids": [other]})).expect(200);
        assert_eq!(calm["outcomes"], json!([]), "{calm:#}");

        scene.count(0);
        let stopped = act(&json!({})).expect(200);
        assert_eq!(scene.shops.effects("stop_sale"), [1, 1, 1], "{stopped:#}");
        assert!(stopped["outcomes"].as_array().expect("a list").iter().all(|outcome| outcome["ok"] == true), "{stopped:#}");
        // A sync of stock puts back what was taken off sale here.
        scene.count(9);
        scene.push(&json!({}));
        assert_eq!(scene.shown().0, [9, 9, 9]);
        assert_eq!(scene.shops.effects("resume_sale"), [1, 1, 1]);
        let quiet = act(&json!({})).expect(200);
        assert_eq!((&quiet["alerts"], &quiet["outcomes"]), (&json!([]), &json!([])));
    }
}

#[test]
fn odd_requests_are_refused_by_what_is_wrong_with_them() {
    let server = Server::on_sqlite();
    let kim = server.user("kim", "operator");
    let lee = server.user("lee", "operator");
    let theirs = lee.post("/products", &json!({"name": "남의 것"})).expect(201)["id"].clone();
    for path in [
        "/inventory/movements?cause=theft",
        "/inventory/movements?limit=0",
        "/inventory/movements?cursor=x",
        "/inventory/movements?start_date=soon",
        "/inventory/movements?product_id=x",
        "/inventory?colour=red",
        "/inventory?limit=501",
    ] {
        kim.get(path).problem(422);
    }
    assert_eq!(kim.get(&format!("/inventory?product_id={theirs}")).expect(200)["products"], json!([]));
    assert_eq!(kim.get(&format!("/inventory?product_id={}", i64::MAX)).expect(200)["products"], json!([]));
    for (path, body, status) in [
        ("/sync/inventory", json!({}), 422),
        ("/sync/inventory", json!({"product_ids": []}), 422),
        ("/sync/inventory", json!({"product_ids": [theirs]}), 404),
        ("/sync/inventory", json!({"product_ids": [-1, i64::MAX]}), 404),
        ("/sync/inventory", json!({"platform_account_ids": [99]}), 404),
        ("/sync/inventory", json!({"stop": true}), 422),
        ("/inventory/low-stock/actions", json!({"price_increase_percent": 0}), 422),
        ("/inventory/low-stock/actions", json!({"price_increase_percent": i64::MAX}), 422),
        ("/inventory/low-stock/actions", json!({"high_demand_product_ids": [1]}), 422),
        ("/inventory/low-stock/actions", json!({"product_ids": [theirs]}), 404),
        ("/inventory/low-stock/actions", json!({"platform_account_ids": []}), 422),
        ("/inventory/low-stock/actions", json!({"percent": 10}), 422),
    ] {
        let answer = kim.post(path, &body);
        assert_eq!(answer.status, status, "{path} {body}: {}", answer.text);
        answer.problem(status);
    }
    // Without an account there is nothing to stop, and that is no error.
    kim.post("/inventory/low-stock/actions", &json!({})).expect(200);
}

on_both! {
    fn labels_give_what_lies_there_to_the_earliest_orders(server) {
        let scene = Scene::new(server, 10);
        scene.sell_at_street(3);
        scene.sell_at_street(3);
        let labels = |body: &Value| scene.kim.post("/shipping/labels", body).expect(200);
        let wanted = json!({"account_id": scene.accounts.eleventh_street, "format": "json"});
        let all = labels(&wanted);
        assert_eq!((all["labels"].as_array().map(Vec::len), &all["unallocated"]), (Some(2), &json!([])), "{all}");
        // Somebody counts, and there are fewer.
        scene.count(4);
        let some = labels(&wanted);
        let [label] = &some["labels"].as_array().expect("labels")[..] else { panic!("{some}") };
        let [waiting] = &some["unallocated"].as_array().expect("a list")[..] else { panic!("{some}") };
        assert_eq!((&waiting["product_id"], &waiting["quantity"]), (&json!(scene.product), &json!(3)), "{some}");
        assert!(waiting["order_id"].as_i64() > label["order_ids"][0].as_i64(), "the latest waits: {some}");
        let named = labels(&json!({"order_ids": [waiting["order_id"]], "format": "json"}));
        assert_eq!((&named["labels"], &named["unallocated"]), (&json!([]), &some["unallocated"]), "{named}");
        let sheet = scene.kim.post("/shipping/labels", &json!({"account_id": scene.accounts.eleventh_street}));
        assert_eq!((sheet.header("x-label-rows"), sheet.header("x-label-unallocated")), (Some("1"), Some("1")));
    }
}
