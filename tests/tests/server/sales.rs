//! What is on sale and what is not, as products and their stock say, at three simulated platforms.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};
use simulator::{Endpoint, Fault, FaultKind};

use crate::place::{Caller, Server, on_both};
use crate::products::earphones;
use crate::shops::{Accounts, Shops, register};

/// The guide's product, on sale at three platforms.
struct Scene<'a> {
    kim: Caller<'a>,
    shops: Shops,
    accounts: Accounts,
    product: i64,
}

impl<'a> Scene<'a> {
    fn new(server: &'a Server) -> Self {
        let (shops, kim) = (Shops::open(), server.user("kim", "operator"));
        let (product, accounts) = register(&shops, &kim, &earphones());
        Self { kim, shops, accounts, product }
    }

    fn say(&self, change: &Value) {
        self.kim.patch(&format!("/products/{}", self.product), change).expect(200);
    }

    fn sync(&self, what: &str, body: &Value) -> Value {
        let log = self.kim.post(&format!("/sync/{what}?wait=60"), body).expect(200);
        assert_eq!(log["status"], "succeeded", "{log:#}");
        log
    }

    fn publish(&self) -> Value {
        self.sync("products", &json!({"product_ids": [self.product]}))
    }

    /// Whether Smart Store, Coupang and 11st sell it, and how many they show.
    fn shown(&self) -> ([bool; 3], [i64; 3]) {
        let code = format!("P-{}", self.product);
        let market = self.shops.market.listings();
        let market = market.iter().find(|one| one.seller_code.as_deref() == Some(&code));
        let vendor = self.shops.vendor.listings();
        let vendor = vendor.iter().find(|one| one.sku == code);
        let seller = self.shops.seller.listings();
        let seller = seller.iter().find(|one| one.seller_code == code);
        let (market, vendor, seller) =
            (market.expect("it is there"), vendor.expect("it is there"), seller.expect("it is there"));
        let on_sale = [market.status == "SALE", vendor.on_sale, seller.on_sale];
        (on_sale, [market.stock, vendor.stock, seller.stock])
    }

    fn channels(&self) -> Vec<Value> {
        let inventory = self.kim.get(&format!("/inventory?product_id={}", self.product)).expect(200);
        inventory["products"][0]["channels"].as_array().expect("a list").clone()
    }

    /// The seller takes it off sale at 11st, past the server.
    fn stop_at_street(&self) {
        let seller = &self.shops.seller;
        let code = format!("P-{}", self.product);
        let listing = seller.listings().into_iter().find(|one| one.seller_code == code).expect("it is there");
        let url = seller.base_url();
        let base = url.trim_start_matches("http://");
        let path = base.find('/').map_or("", |at| &base[at..]).trim_end_matches('/');
        let mut stream = TcpStream::connect(seller.address()).expect("it listens");
        let head = format!(
            "PUT {path}/prodstatservice/stat/stopdisplay/{} HTTP/1.1\r\nHost: x\r\nopenapikey: {}\r\n\
             Content-Length: 0\r\nConnection: close\r\n\r\n",
            listing.listing_id,
            seller.api_key()
        );
        stream.write_all(head.as_bytes()).expect("it takes it");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("it answers");
        assert!(!self.shown().0[2], "{}", String::from_utf8_lossy(&answer));
    }
}

on_both! {
    fn what_is_inactive_is_off_sale_until_it_is_active_again(server) {
        let scene = Scene::new(server);
        scene.publish();
        assert_eq!(scene.shown(), ([true; 3], [100; 3]));
        scene.say(&json!({"status": "inactive"}));
        scene.publish();
        assert_eq!(scene.shown(), ([false; 3], [100; 3]));
        assert_eq!(scene.shops.effects("stop_sale"), [1, 1, 1]);
        for channel in scene.channels() {
            assert_eq!((&channel["is_stopped"], &channel["told_stock"]), (&json!(true), &Value::Null), "{channel:#}");
        }
        // A sync of stock puts nothing on sale that is not meant to be.
        scene.say(&json!({"stock_quantity": 40}));
        scene.sync("inventory", &json!({"auto_disable_out_of_stock": true}));
        assert_eq!(scene.shown(), ([false; 3], [40; 3]));

        scene.say(&json!({"status": "active", "price": 150_000, "stock_quantity": 30}));
        let log = scene.publish();
        assert_eq!(log["counts"]["changed"], 3, "{log:#}");
        assert_eq!(scene.shown(), ([true; 3], [30; 3]));
        assert_eq!(scene.shops.effects("resume_sale"), [1, 1, 1]);
        for channel in scene.channels() {
            assert_eq!((&channel["is_stopped"], &channel["told_stock"]), (&json!(false), &json!(30)), "{channel:#}");
        }
        assert_eq!(scene.publish()["counts"]["unchanged"], 3);

        // What was stopped at the platform itself is its seller's business, whoever asks for it here.
        scene.stop_at_street();
        scene.say(&json!({"status": "inactive"}));
        scene.publish();
        assert_eq!(scene.shown().0, [false; 3]);
        scene.say(&json!({"status": "active", "stock_quantity": 20}));
        scene.publish();
        scene.sync("inventory", &json!({"auto_disable_out_of_stock": true}));
        assert_eq!(scene.shown(), ([true, true, false], [20; 3]));
        assert_eq!(scene.shops.effects("resume_sale"), [2, 2, 1]);
    }
}

#[test]
fn nothing_is_put_on_sale_of_which_nothing_is_left() {
    let server = Server::on_sqlite();
    let scene = Scene::new(&server);
    scene.publish();
    let terms = format!("/products/{}/listings/{}", scene.product, scene.accounts.coupang);
    scene.kim.put(&terms, &json!({"stock_buffer": 3})).expect(200);
    scene.say(&json!({"status": "inactive"}));
    scene.publish();
    scene.say(&json!({"status": "active", "stock_quantity": 3}));
    scene.publish();
    assert_eq!(scene.shown().0, [true, false, true], "what is held back at Coupang is not for sale there");
    scene.say(&json!({"stock_quantity": 5}));
    // Whichever sync comes first puts it back.
    scene.sync("inventory", &json!({}));
    assert_eq!(scene.shown(), ([true; 3], [5, 2, 5]));

    // A platform that does not take the number gets no buyers for it.
    scene.say(&json!({"status": "inactive"}));
    scene.publish();
    scene.say(&json!({"status": "active", "stock_quantity": 9}));
    scene.shops.vendor.fault(
        Fault::always(Endpoint::VendorQuantity, FaultKind::Refused)
            .with_value("quantity_unknown_vendor_item"),
    );
    let body = json!({"product_ids": [scene.product]});
    let log = scene.kim.post("/sync/products?wait=60", &body).expect(200);
    assert_eq!((&log["status"], &log["counts"]["failed"]), (&json!("partial"), &json!(1)), "{log:#}");
    assert_eq!(scene.shown().0, [true, false, true]);
    scene.shops.vendor.clear_faults();
    scene.publish();
    assert_eq!(scene.shown(), ([true; 3], [9, 6, 9]));
}

on_both! {
    fn every_call_to_a_platform_is_counted(server) {
        let scene = Scene::new(server);
        let counted = |log: &Value| {
            let accounts = [scene.accounts.smartstore, scene.accounts.coupang, scene.accounts.eleventh_street];
            let items = log["items"].as_array().expect("a list");
            accounts.map(|account| {
                let own = items.iter().filter(|item| item["account_id"] == account);
                own.map(|item| item["calls"].as_u64().expect("a number")).sum::<u64>()
            })
        };
        let check = |log: &Value| {
            let Shops { market, vendor, seller, .. } = &scene.shops;
            let seen = [market.calls(), vendor.calls(), seller.calls()].map(|calls| calls.calls.len() as u64);
            assert_eq!(counted(log), seen, "{log:#}");
            assert_eq!(log["calls"], seen.iter().sum::<u64>(), "{log:#}");
            assert!(seen.iter().all(|calls| *calls > 0), "{seen:?}");
            market.reset_calls();
            vendor.reset_calls();
            seller.reset_calls();
        };
        // An answer that is lost is looked for, and one that says to come again is sent again: these are calls, too.
        scene.shops.market.fault(Fault::next(Endpoint::StoreProductCreate, FaultKind::LostAnswer));
        scene.shops.seller.fault(Fault::next(Endpoint::StreetCreateListing, FaultKind::LostAnswer));
        check(&scene.publish());
        scene.say(&json!({"stock_quantity": 7, "price": 151_000}));
        scene.shops.vendor.fault(Fault::next(Endpoint::VendorQuantity, FaultKind::ServerError));
        check(&scene.sync("inventory", &json!({})));
        check(&scene.publish());
        // Also where nothing comes of it.
        scene.say(&json!({"stock_quantity": 6}));
        scene.shops.vendor.fault(Fault::always(Endpoint::VendorQuantity, FaultKind::Refused).with_value("quantity_unknown_vendor_item"));
        check(&scene.kim.post("/sync/inventory?wait=60", &json!({})).expect(200));
    }
}
