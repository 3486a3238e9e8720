//! Simulated marketplaces with paid orders that nobody has confirmed, and accounts at them.

use serde_json::{Value, json};
use simulator::{Effect, coupang, eleventh_street, smartstore};
use tests::shops;

use crate::place::Caller;

/// A marketplace's account in the hands of a test.
pub(crate) enum Shop {
    Store(smartstore::Market),
    Vendor(coupang::Vendor),
    Seller(eleventh_street::Seller),
}

impl Shop {
    /// A Smart Store with so many orders.
    pub(crate) fn store(orders: usize) -> (Self, smartstore::Market) {
        let market = shops::market();
        let add = smartstore::AddOrders { ago_ms: 60_000, ..smartstore::AddOrders::now(orders) };
        market.add(&smartstore::AddOrders { stage: Some(smartstore::Stage::Paid), ..add });
        (Self::Store(market.clone()), market)
    }

    /// A vendor of Coupang with so many orders.
    pub(crate) fn vendor(orders: usize) -> (Self, coupang::Vendor) {
        let vendor = shops::vendor();
        let add = coupang::AddOrders { ago_ms: 3_600_000, ..coupang::AddOrders::now(orders) };
        vendor.add(&coupang::AddOrders { spread_ms: 3_600_000, ..add });
        (Self::Vendor(vendor.clone()), vendor)
    }

    /// A seller of 11st with so many orders, each of two lines in one delivery.
    pub(crate) fn seller(orders: usize) -> (Self, eleventh_street::Seller) {
        let seller = shops::seller();
        for _ in 0..orders {
            seller.add_order(&eleventh_street::NewOrder {
                lines: vec![(None, 1), (None, 2)],
                at: Some(seller.now() - 7_200_000),
                ..eleventh_street::NewOrder::default()
            });
        }
        (Self::Seller(seller.clone()), seller)
    }

    /// All of them.
    pub(crate) fn all(orders: usize) -> Vec<Self> {
        vec![Self::store(orders).0, Self::vendor(orders).0, Self::seller(orders).0]
    }

    pub(crate) fn platform(&self) -> &'static str {
        match self {
            Self::Store(_) => "smartstore",
            Self::Vendor(_) => "coupang",
            Self::Seller(_) => "eleventh_street",
        }
    }

    fn account(&self, name: &str) -> Value {
        let mut account = match self {
            Self::Store(market) => shops::market_account(market),
            Self::Vendor(vendor) => shops::vendor_account(vendor),
            Self::Seller(seller) => shops::seller_account(seller),
        };
        account["name"] = json!(name);
        account
    }

    /// Adds an account at it and collects its orders; the account's id.
    pub(crate) fn open(&self, caller: &Caller<'_>, name: &str) -> i64 {
        let id = caller.add_account(&self.account(name));
        let log = caller.sync_orders(id);
        assert_eq!(log["status"], "succeeded", "{log}");
        id
    }

    /// What it has done, by command and target.
    pub(crate) fn effects(&self) -> Vec<Effect> {
        match self {
            Self::Store(market) => market.effects(),
            Self::Vendor(vendor) => vendor.effects(),
            Self::Seller(seller) => seller.effects(),
        }
    }

    /// The targets of a command, sorted; each as often as it took effect.
    pub(crate) fn done(&self, command: &str) -> Vec<String> {
        let effects = self.effects().into_iter().filter(|effect| effect.command == command);
        let mut targets: Vec<String> = effects.map(|effect| effect.target).collect();
        targets.sort();
        targets
    }

    /// The platform's ids of all order lines, sorted.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut ids: Vec<String> = match self {
            Self::Store(market) => market.truth().into_iter().map(|line| line.id).collect(),
            Self::Vendor(vendor) => vendor.truth().into_iter().map(|line| line.order_id).collect(),
            Self::Seller(seller) => seller.truth().into_iter().map(|line| line.order_id).collect(),
        };
        ids.sort();
        ids
    }

    /// The buyer asks to cancel a line.
    pub(crate) fn buyer_cancels(&self, line: &str) {
        let asked = match self {
            Self::Store(market) => market.request_cancel(line).is_some(),
            Self::Vendor(vendor) => vendor.buyer_cancels(line, None).is_some(),
            Self::Seller(seller) => seller.request_cancel(line, 1).is_some(),
        };
        assert!(asked, "a buyer may ask");
    }

    /// What lines travel with: one tracking number for each shipment.
    pub(crate) fn tracking(&self, line: &str) -> String {
        let number: u64 = match self {
            Self::Store(_) => line.parse().expect("a number"),
            Self::Vendor(_) => line.split('-').next().and_then(|id| id.parse().ok()).expect("a box"),
            Self::Seller(seller) => {
                let truth = seller.truth().into_iter().find(|truth| truth.order_id == line);
                truth.and_then(|truth| truth.shipment_no.parse().ok()).expect("a delivery")
            }
        };
        format!("{:012}", number % 1_000_000_000_000)
    }
}

/// The caller's orders of an account, by the platform's id of the line: id here and neutral status.
pub(crate) fn orders(caller: &Caller<'_>, account: i64) -> Vec<(String, i64, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let listed = caller.pages(&format!("/orders?account_id={account}&limit=100"), "orders");
    let mut all: Vec<(String, i64, String)> = listed
        .iter()
        .map(|order| (text(&order["order_id"]), order["id"].as_i64().expect("an id"), text(&order["status"])))
        .collect();
    all.sort();
    all
}

/// The guide's parcel with this number.
pub(crate) fn parcel(tracking: &str) -> Value {
    json!({
        "deliveryCompanyCode": "KOREX",
        "trackingNumber": tracking,
        "sendDate": "2026-11-28T10:30:00.123456",
    })
}
