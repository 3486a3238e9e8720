//! The guide for sellers, from its first call to its last, as it is printed: one product at three platforms, whose orders are
//! confirmed and shipped, and whose stock is right everywhere.

use serde_json::{Value, json};
use simulator::{Endpoint, Fault, FaultKind, coupang, eleventh_street, smartstore};

use crate::place::{Caller, Server, on_both};
use crate::products::earphones;
use crate::shops::{Accounts, Shops, join, say_terms};

struct Guide<'a> {
    server: &'a Server,
    kim: Caller<'a>,
    shops: Shops,
    accounts: Accounts,
    product: i64,
}

on_both! {
    fn every_call_of_the_guide_does_what_it_says(server) {
        let mut guide = Guide::accounts(server);
        guide.products();
        guide.orders();
        guide.stock();
        guide.schedule_and_webhook();
        guide.errors();
        guide.scenarios();
        guide.monitoring();
    }
}

impl<'a> Guide<'a> {
    /// "플랫폼 계정 설정"
    fn accounts(server: &'a Server) -> Self {
        let (shops, kim) = (Shops::open(), server.user("kim", "operator"));
        let accounts = join(&shops, &kim);
        for (platform, account) in [
            ("coupang", accounts.coupang),
            ("naver", accounts.smartstore),
            ("eleventh_street", accounts.eleventh_street),
        ] {
            let body = json!({"platform": platform, "account_id": account});
            let tried = kim.post(&format!("/sync/platforms/{platform}/test"), &body).expect(200);
            assert_eq!(tried["ok"], true, "{tried:#}");
        }
        Self { server, kim, shops, accounts, product: 0 }
    }

    /// A sync that ends well.
    fn synced(&self, path: &str, body: &Value) -> Value {
        let log = self.kim.post(&format!("{path}?wait=60"), body).expect(200);
        assert_eq!(log["status"], "succeeded", "{log:#}");
        log
    }

    fn code(&self) -> String {
        format!("P-{}", self.product)
    }

    fn at_vendor(&self) -> coupang::ListingTruth {
        self.shops.vendor.listings().into_iter().find(|one| one.sku == self.code()).expect("it is listed")
    }

    fn at_seller(&self) -> eleventh_street::ListingTruth {
        let listed = self.shops.seller.listings().into_iter().find(|one| one.seller_code == self.code());
        listed.expect("it is listed")
    }

    /// What Smart Store, Coupang and 11st show, and whether they sell it.
    fn shown(&self) -> [(i64, bool); 3] {
        let code = self.code();
        let mut market = self.shops.market.listings().into_iter();
        let market = market.find(|one| one.seller_code.as_deref() == Some(&code)).expect("it is listed");
        let (vendor, seller) = (self.at_vendor(), self.at_seller());
        [
            (market.stock, market.status == "SALE"),
            (vendor.stock, vendor.on_sale),
            (seller.stock, seller.on_sale),
        ]
    }

    /// "상품 동기화"
    fn products(&mut self) {
        self.product = self.kim.post("/products", &earphones()).expect(201)["id"].as_i64().expect("an id");
        say_terms(&self.kim, self.product, self.accounts);
        self.synced("/sync/products", &json!({"product_ids": [self.product]}));
        assert_eq!(self.shops.effects("create_listing"), [1, 1, 1]);
        assert_eq!(self.shown(), [(100, true); 3]);
        let Accounts { smartstore, coupang, eleventh_street } = self.accounts;
        self.synced(
            "/sync/products",
            &json!({"platform_account_ids": [smartstore, coupang, eleventh_street]}),
        );
        let queued = self.kim.send("POST", "/api/v1/sync/products", &[], "").expect(202);
        assert!(
            queued["logs"].as_str().is_some_and(|path| path.starts_with("/api/v1/sync/logs/")),
            "{queued}"
        );
        self.synced("/sync/products", &Value::Null);
        assert_eq!(self.shops.effects("create_listing"), [1, 1, 1], "nothing is put on sale twice");
    }

    /// Somebody buys at each platform; two pieces of the product at Coupang, three at 11st.
    fn buyers_come(&self) {
        let paid = smartstore::AddOrders { ago_ms: 60_000, ..smartstore::AddOrders::now(1) };
        self.shops.market.add(&smartstore::AddOrders { stage: Some(smartstore::Stage::Paid), ..paid });
        let item = self.at_vendor().vendor_item_id;
        let bought =
            coupang::AddOrders { ago_ms: 600_000, vendor_item_id: item, ..coupang::AddOrders::now(1) };
        self.shops.vendor.add(&coupang::AddOrders { quantity: 2, ..bought });
        let lines = vec![(Some(self.at_seller().option_id), 3)];
        let at = Some(self.shops.seller.now() - 600_000);
        self.shops.seller.add_order(&eleventh_street::NewOrder {
            lines,
            at,
            ..eleventh_street::NewOrder::default()
        });
    }

    /// "주문 처리"
    fn orders(&self) {
        self.buyers_come();
        let printed = json!({"start_date": "2024-01-01T00:00:00", "end_date": "2024-01-07T23:59:59"});
        let log = self.kim.post("/sync/orders?wait=60", &printed).expect(200);
        assert_eq!((&log["counts"]["seen"], &log["counts"]["failed"]), (&json!(0), &json!(0)), "{log:#}");
        let log = self.synced("/sync/orders", &json!({}));
        assert_eq!(log["counts"]["new"], 3, "{log:#}");
        let stock = self.kim.get(&format!("/inventory?product_id={}", self.product)).expect(200);
        let left = &stock["products"][0];
        assert_eq!([&left["on_hand"], &left["reserved"], &left["available"]], [100, 5, 95], "{stock:#}");

        let orders = self.kim.pages("/orders?status=paid", "orders");
        let ids: Vec<i64> = orders.iter().map(|order| order["id"].as_i64().expect("an id")).collect();
        let confirmed =
            self.kim.post("/orders/batch-confirm", &json!({"order_ids": ids, "ship_date": "2026-11-28"}));
        assert_eq!(confirmed.expect(200)["succeeded"], 3, "{confirmed:?}");
        let labels = self.kim.post("/shipping/labels", &json!({"format": "json"})).expect(200);
        assert_eq!(
            labels["labels"].as_array().map(Vec::len),
            Some(3),
            "each is a shipment of its own: {labels:#}"
        );
        for (number, id) in ids.iter().enumerate() {
            let shipping_info = json!({
                "deliveryCompanyCode": "KOREX",
                "trackingNumber": format!("12345678{number:02}"),
                "sendDate": "2026-11-28T10:30:00.123456",
            });
            let body = json!({"status": "shipped", "shipping_info": shipping_info});
            let shipped = self.kim.put(&format!("/orders/{id}/status"), &body).expect(200);
            assert_eq!(
                (&shipped["status"], &shipped["change"]["result"]),
                (&json!("shipped"), &json!("done")),
                "{shipped:#}"
            );
        }
        // The platforms agree.
        let Shops { market, vendor, seller, .. } = &self.shops;
        assert!(market.truth().iter().all(|order| order.status == smartstore::Stage::Dispatched.status()));
        assert!(vendor.truth().iter().all(|line| line.status == coupang::Status::Departure));
        assert!(seller.truth().iter().all(|line| line.status == "401"));
        assert_eq!((self.shops.effects("confirm"), self.shops.effects("ship")), ([1, 1, 1], [1, 1, 1]));
    }

    /// "재고 관리"
    fn stock(&self) {
        // What has shipped is off the shelf.
        self.synced("/sync/inventory", &json!({"auto_disable_out_of_stock": true}));
        let stock = self.kim.get(&format!("/inventory?product_id={}", self.product)).expect(200);
        let left = &stock["products"][0];
        assert_eq!([&left["on_hand"], &left["reserved"]], [95, 0], "{stock:#}");
        assert_eq!(self.shown(), [(95, true); 3]);
        let set = |quantity: i64| {
            self.kim
                .put(&format!("/products/{}", self.product), &json!({"stock_quantity": quantity}))
                .expect(200);
        };
        set(3);
        self.synced("/sync/inventory", &json!({"product_ids": [self.product]}));
        assert_eq!(self.shown(), [(3, true); 3]);
        let low = self.kim.get("/inventory/low-stock").expect(200);
        let expected = json!({"low_stock_products": [{
            "product_id": self.product, "product_name": "프리미엄 무선 이어폰", "current_stock": 3, "safety_stock": 5,
            "stock_status": "low_stock",
        }]});
        assert_eq!(low, expected);
        set(0);
        self.synced("/sync/inventory", &json!({"auto_disable_out_of_stock": true}));
        assert_eq!(self.shown().map(|(_, on_sale)| on_sale), [false; 3], "sold out is sold out everywhere");
        set(40);
        self.synced("/sync/inventory", &json!({"auto_disable_out_of_stock": true}));
        assert_eq!(self.shown(), [(40, true); 3]);
        let movements = self.kim.pages("/inventory/movements", "movements");
        let sum: i64 = movements.iter().filter_map(|row| row["on_hand_change"].as_i64()).sum();
        assert_eq!(sum, 40, "the ledger adds up: {movements:?}");
    }

    /// "자동 동기화 설정", "웹훅 처리"
    fn schedule_and_webhook(&self) {
        let printed = json!({
            "interval_minutes": 30, "sync_types": ["orders", "inventory"], "active_hours": {"start": 9, "end": 18},
        });
        let made = self.kim.post("/sync/schedule", &printed).expect(201);
        assert_eq!(made["active_hours"], printed["active_hours"], "{made:#}");
        let all = self.kim.send("POST", "/api/v1/sync/all?wait=60", &[], "").expect(200);
        assert_eq!(all["status"], "succeeded", "{all:#}");
        self.buyers_come();
        let secret = crate::webhooks::open_door(&self.kim, self.accounts.coupang);
        let told =
            crate::webhooks::tell(self.server, &secret, "event-1", &crate::webhooks::guides_event(), &[]);
        told.expect(202);
        let coupang =
            format!("SELECT COUNT(*) FROM store_orders WHERE platform = 'coupang' AND quantity = {}", 2);
        self.server.wait_for(&coupang, "2");
        crate::webhooks::tell(self.server, &secret, "event-1", &crate::webhooks::guides_event(), &[])
            .expect(200);
    }

    /// "에러 처리"
    fn errors(&self) {
        self.shops.vendor.fault(Fault::always(Endpoint::VendorProductUpdate, FaultKind::ServerError));
        self.kim
            .patch(&format!("/products/{}", self.product), &json!({"name": "더 좋은 이어폰"}))
            .expect(200);
        let body = json!({"product_ids": [self.product], "platform_account_ids": [self.accounts.coupang]});
        let failed = self.kim.post("/sync/products?wait=60", &body).expect(200);
        assert_eq!(failed["status"], "failed", "{failed:#}");
        self.shops.vendor.clear_faults();
        let logs = self.kim.get("/sync/logs?start_date=2024-01-01&platform=coupang").expect(200);
        assert!(logs["logs"].as_array().is_some_and(|logs| logs.len() > 5), "{logs:#}");
        let logs = self.kim.get("/sync/logs?status=failed&limit=50").expect(200);
        let products: Vec<&Value> = logs["logs"]
            .as_array()
            .expect("logs")
            .iter()
            .filter(|log| log["sync_type"] == "products")
            .collect();
        assert_eq!(products.len(), 1, "{logs:#}");
        self.synced("/sync/products", &json!({"product_ids": products[0]["product_ids"]}));
        assert_eq!(self.shops.effects("create_listing"), [1, 1, 1]);
    }

    /// "실제 업무 시나리오"
    fn scenarios(&self) {
        let rule = json!({"platform": "coupang", "basis": "price", "fee_percent": 10.8, "round_to": 100, "rounding": "up"});
        self.kim.post("/pricing/rules", &rule).expect(201);
        let path = format!("/products/{}/pricing/apply", self.product);
        let applied =
            self.kim.post(&path, &json!({"platform_account_ids": [self.accounts.coupang]})).expect(200);
        assert_eq!(applied["dry_run"], true, "{applied:#}");
        self.synced("/sync/orders", &json!({}));
        let labels = self.kim.send("POST", "/api/v1/shipping/labels", &[("Accept", "text/csv")], "");
        assert_eq!((labels.status, labels.header("x-label-rows")), (200, Some("3")), "{labels:?}");
        self.kim.put(&format!("/products/{}", self.product), &json!({"stock_quantity": 8})).expect(200);
        let acted = self
            .kim
            .post("/inventory/low-stock/actions", &json!({"price_increase_percent": 10, "dry_run": true}));
        let acted = acted.expect(200);
        assert_eq!(acted["alerts"][0]["product_id"], self.product, "{acted:#}");
    }

    /// "모니터링 및 분석"
    fn monitoring(&self) {
        let status = self.kim.get("/sync/status").expect(200);
        assert!(status.to_string().contains("next_run"), "{status:#}");
        let today = self.server.sql("SELECT MIN(date_kst), MAX(date_kst) FROM store_orders")[0].clone();
        let told = self
            .kim
            .get(&format!("/analytics/platforms?start_date={}&end_date={}", today[0], today[1]))
            .expect(200);
        let platforms = told["platforms"].as_array().expect("platforms");
        let sums: Vec<Vec<String>> = platforms
            .iter()
            .map(|one| {
                vec![
                    one["platform"].as_str().expect("a key").to_owned(),
                    one["orders"].to_string(),
                    one["revenue"].to_string(),
                ]
            })
            .collect();
        let stored = self.server.sql(
            "SELECT platform, COUNT(*), SUM(amount) FROM store_orders GROUP BY platform ORDER BY platform",
        );
        assert_eq!(sums, stored, "{told:#}");
    }
}
