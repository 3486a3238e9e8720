//! The connectors against the simulator, as anybody's connector can be tried against a server.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use connector_cafe24 as _;
use connector_core::Secret;
use connector_core::conformance::server::{self, Server, Trial};
use connector_core::http::Live;
use connector_coupang as _;
use connector_eleventh_street as _;
use connector_smartstore as _;
use serde_json::json;
use simulator::cafe24::{self, Mall};
use simulator::coupang::{self, Vendor};
use simulator::eleventh_street::{self, Seller};
use simulator::smartstore::{self, AddOrders, Market};
use simulator::{Endpoint, Fault, FaultKind};

struct Shop(Market);

#[async_trait]
impl Server for Shop {
    async fn records(&self, _stream: &str) -> usize {
        self.0.truth().len()
    }

    async fn change(&self, _stream: &str) -> usize {
        self.0.add(&AddOrders { ago_ms: 30_000, ..AddOrders::now(5) }).len()
    }
}

struct Grounds(Mall);

#[async_trait]
impl Server for Grounds {
    async fn records(&self, stream: &str) -> usize {
        if stream == "orders" {
            return self.0.truth().len();
        }
        let figures = self.0.figures();
        figures.iter().map(|figure| 1 + figure.day.products.len() + figure.day.domains.len()).sum()
    }

    async fn change(&self, stream: &str) -> usize {
        if stream == "orders" {
            let id = self.0.truth().swap_remove(0).order_id;
            let today = self.0.day(0);
            self.0.change_order(&id, |order| {
                order.status = "N50".to_owned();
                order.events.insert("purchaseconfirmation_date", today);
            });
        } else {
            self.0.change_day(1, self.0.day(1), |day| day.visits += 5);
        }
        1
    }

    async fn consent(&self) -> Option<Secret> {
        Some(Secret::new(self.0.issue_code()))
    }
}

struct Warehouse(Vendor);

#[async_trait]
impl Server for Warehouse {
    /// The lists show neither parcels that were cancelled or returned, nor of withdrawn returns more than the order does.
    async fn records(&self, stream: &str) -> usize {
        let lines = self.0.truth();
        let is_shown = |id: &String| lines.iter().any(|line| line.listed && line.order_id == *id);
        if stream == "orders" {
            return lines.iter().filter(|line| line.listed).count();
        }
        let claims = self.0.claims().into_iter().flat_map(|claim| {
            let hides = claim.withdrawn && claim.kind != coupang::ClaimKind::Exchange;
            claim.order_ids.into_iter().map(move |id| (hides, id))
        });
        claims.filter(|(hides, id)| !hides || is_shown(id)).count()
    }

    async fn change(&self, stream: &str) -> usize {
        if stream == "orders" {
            return self.0.add(&coupang::AddOrders::now(5)).len();
        }
        usize::from(self.0.truth().iter().any(|line| self.0.buyer_returns(&line.order_id, None).is_some()))
    }
}

struct Street(Seller);

#[async_trait]
impl Server for Street {
    async fn records(&self, stream: &str) -> usize {
        if stream == "orders" { self.0.truth().len() } else { self.0.claims().len() }
    }

    async fn change(&self, stream: &str) -> usize {
        if stream == "orders" {
            return self.0.add(5).len();
        }
        let lines = self.0.truth();
        usize::from(lines.iter().any(|line| self.0.request_return(&line.order_id, 1).is_some()))
    }
}

async fn try_vendor(order_list: &str, faults: &[Fault]) {
    let vendor = Vendor::start(coupang::Config { days: 4, ..coupang::Config::of(300) }).expect("a free port");
    let settings = json!({
        "base_url": vendor.base_url(), "vendor_id": vendor.vendor_id(), "access_key": vendor.access_key(),
        "secret_key": vendor.secret_key(), "order_list": order_list,
    });
    faults.iter().for_each(|fault| vendor.fault(fault.clone()));
    let transport = Arc::new(Live::new().expect("a transport"));
    let lookback = TimeDelta::days(5);
    let trial = Trial { platform: "coupang", settings, transport, lookback, paced: false };
    server::run(&trial, &Warehouse(vendor.clone())).await;
    let met = vendor.calls().calls.iter().filter(|call| call.fault.is_some()).count();
    assert_eq!(met, faults.len(), "every fault is met");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn coupang_against_its_simulator() {
    try_vendor("day", &[]).await;
}

/// A day of a status at once, without pages: the ledger is met all the same, whatever fails on the way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn coupang_by_the_minute_against_its_simulator() {
    let orders = |kind| Fault::next(Endpoint::OrderSheets, kind);
    let faults = [
        orders(FaultKind::ServerError).at(3),
        orders(FaultKind::LostAnswer).at(9),
        orders(FaultKind::RateLimitedWithRetryAfter).at(15),
    ];
    try_vendor("minute", &faults).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eleventh_street_against_its_simulator() {
    let config = eleventh_street::Config { days: 4, ..eleventh_street::Config::of(300) };
    let seller = Seller::start(config).expect("a free port");
    // What the platform cancels after the decision stands in a list that no other claim is in.
    let sent = seller.truth().into_iter().find(|line| line.status == "501").expect("a delivered line");
    assert!(seller.decide(&sent.order_id));
    seller.revoke_purchase(&sent.order_id).expect("it can be cancelled");
    let settings = json!({"base_url": seller.base_url(), "api_key": seller.api_key()});
    let transport = Arc::new(Live::new().expect("a transport"));
    let lookback = TimeDelta::days(5);
    let trial = Trial { platform: "eleventh_street", settings, transport, lookback, paced: false };
    server::run(&trial, &Street(seller)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_smart_store_against_its_simulator() {
    let config = smartstore::Config { days: 4, ..smartstore::Config::of(700) };
    let market = Market::start(config).expect("a free port");
    let settings = json!({
        "base_url": market.base_url(), "client_id": market.client_id(), "client_secret": market.client_secret(),
    });
    let transport = Arc::new(Live::new().expect("a transport"));
    let lookback = TimeDelta::days(5);
    let trial = Trial { platform: "smartstore", settings, transport, lookback, paced: false };
    server::run(&trial, &Shop(market)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mall_against_its_simulator() {
    let mall = Mall::start(cafe24::Config { orders: 300, days: 5, ..cafe24::Config::default() });
    let mall = mall.expect("a free port");
    let settings = json!({
        "base_url": mall.base_url(), "mall_base_url": mall.base_url(), "mall_id": mall.mall_id(),
        "client_id": cafe24::CLIENT_ID, "client_secret": cafe24::CLIENT_SECRET,
        "scope": "mall.read_analytics,mall.read_order",
    });
    let transport = Arc::new(Live::new().expect("a transport"));
    let lookback = TimeDelta::days(5);
    let trial = Trial { platform: "cafe24", settings, transport, lookback, paced: false };
    server::run(&trial, &Grounds(mall)).await;
}
