//! A seller's program that calls the Smart Store by hand.

use serde_json::{Value, json};
use simulator::plain_http::{Reply, call};
use simulator::smartstore::{AddOrders, Config, Market, Stage, Truth};

use crate::{json, store_token};

pub(crate) const SELLER: &str = "/external/v1/pay-order/seller/product-orders";

pub(crate) struct Caller {
    pub(crate) market: Market,
    token: String,
}

impl Caller {
    /// Of an empty shop.
    pub(crate) fn new() -> Self {
        Self::of(Market::start(Config::default()).expect("a port"))
    }

    pub(crate) fn of(market: Market) -> Self {
        let token = store_token(&market, market.address());
        Self { market, token }
    }

    /// New orders at that stage, none of them confirmed.
    pub(crate) fn add(&self, count: usize, stage: Stage) -> Vec<String> {
        self.market.add(&AddOrders { stage: Some(stage), ..AddOrders::now(count) })
    }

    pub(crate) fn try_send(&self, method: &str, target: &str, body: &[u8]) -> std::io::Result<Reply> {
        let bearer = format!("Bearer {}", self.token);
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        call(self.market.address(), method, target, &headers, body)
    }

    pub(crate) fn send(&self, method: &str, target: &str, body: &Value) -> Reply {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.try_send(method, target, body.as_bytes()).expect("an answer")
    }

    /// What a call that succeeds answers.
    pub(crate) fn good(&self, method: &str, target: &str, body: &Value) -> Value {
        let reply = self.send(method, target, body);
        assert_eq!(reply.status, 200, "{target}: {}", reply.text());
        json(&reply)
    }

    /// Status and code of a call that is refused.
    pub(crate) fn refused(&self, method: &str, target: &str, body: &Value) -> (u16, String) {
        let reply = self.send(method, target, body);
        (reply.status, json(&reply)["code"].as_str().unwrap_or_default().to_owned())
    }

    pub(crate) fn confirm(&self, ids: &[&str]) -> Outcome {
        Outcome::read(&self.good("POST", &format!("{SELLER}/confirm"), &json!({"productOrderIds": ids})))
    }

    pub(crate) fn dispatch(&self, items: &[Value]) -> Outcome {
        let body = json!({"dispatchProductOrders": items});
        Outcome::read(&self.good("POST", &format!("{SELLER}/dispatch"), &body))
    }

    /// A call for one product order.
    pub(crate) fn one(&self, id: &str, call: &str, body: &Value) -> Outcome {
        Outcome::read(&self.good("POST", &format!("{SELLER}/{id}/{call}"), body))
    }

    pub(crate) fn details(&self, id: &str) -> Value {
        let body = json!({"productOrderIds": [id], "quantityClaimCompatibility": true});
        self.good("POST", &format!("{SELLER}/query"), &body)["data"][0].take()
    }

    /// The row of an order in the feed of the last hour.
    pub(crate) fn row(&self, id: &str) -> Value {
        let from = simulator::kst_text(self.market.now() - crate::HOUR).replace('+', "%2B");
        let feed = self.good("GET", &format!("{}?lastChangedFrom={from}", crate::FEED), &Value::Null);
        let rows = feed["data"]["lastChangeStatuses"].as_array().expect("rows").clone();
        rows.into_iter().find(|row| row["productOrderId"] == id).unwrap_or_default()
    }

    pub(crate) fn truth(&self, id: &str) -> Truth {
        self.market.truth().into_iter().find(|order| order.id == id).expect("an order of the shop")
    }

    /// Command and target of every effect.
    pub(crate) fn effects(&self) -> Vec<(String, String)> {
        self.market.effects().into_iter().map(|effect| (effect.command, effect.target)).collect()
    }
}

/// How the items of a call fared.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) done: Vec<String>,
    /// Id and code.
    pub(crate) failed: Vec<(String, String)>,
}

impl Outcome {
    fn read(answer: &Value) -> Self {
        let data = &answer["data"];
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let done = match &data["successProductOrderInfos"] {
            Value::Array(infos) => infos.iter().map(|info| text(&info["productOrderId"])).collect(),
            _ => data["successProductOrderIds"].as_array().expect("a list").iter().map(text).collect(),
        };
        let failed = data["failProductOrderInfos"].as_array().expect("a list");
        assert!(failed.iter().all(|item| !text(&item["message"]).is_empty()));
        let failed = failed.iter().map(|item| (text(&item["productOrderId"]), text(&item["code"]))).collect();
        Self { done, failed }
    }

    /// The code of the only item, which failed.
    pub(crate) fn code(&self) -> &str {
        assert!(self.done.is_empty(), "{self:?}");
        &self.failed[0].1
    }

    pub(crate) fn is_good(&self) -> bool {
        self.failed.is_empty() && self.done.len() == 1
    }
}

/// An item of a dispatch by CJ.
pub(crate) fn parcel(id: &str, number: &str) -> Value {
    json!({
        "productOrderId": id, "deliveryMethod": "DELIVERY", "deliveryCompanyCode": "CJGLS",
        "trackingNumber": number, "dispatchDate": "2026-02-15T10:00:00.000+09:00",
    })
}
