//! A caller that speaks the protocol by hand.

use serde_json::{Value, json};
use simulator::plain_http::{self, Reply};
use simulator::smartstore::{CLIENT_ID, CLIENT_SECRET, Config, Market, Rate, Refill, Settings, signature};
use simulator::{Millis, kst_text, machine_now};

pub(crate) const FEED: &str = "/external/v1/pay-order/seller/product-orders/last-changed-statuses";
pub(crate) const QUERY: &str = "/external/v1/pay-order/seller/product-orders/query";
pub(crate) const LIST: &str = "/external/v1/pay-order/seller/product-orders";
pub(crate) const ACCOUNT: &str = "/external/v1/seller/account";
pub(crate) const TOKEN: &str = "/external/v1/oauth2/token";
pub(crate) const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
pub(crate) const HOUR: Millis = 3_600_000;

/// A caller with a token.
pub(crate) struct Caller {
    pub(crate) market: Market,
    pub(crate) bearer: String,
}

impl Caller {
    pub(crate) fn of(config: Config) -> Self {
        let market = Market::start(config).expect("a free port");
        let reply = token(&market, &form(machine_now()));
        let bearer = format!("Bearer {}", body(&reply)["access_token"].as_str().expect("a token"));
        Self { market, bearer }
    }

    pub(crate) fn get(&self, target: &str) -> Reply {
        call(&self.market, "GET", target, &[("Authorization", &self.bearer)], b"")
    }

    pub(crate) fn query(&self, ids: &[String]) -> Reply {
        let body = json!({ "productOrderIds": ids, "quantityClaimCompatibility": true }).to_string();
        let headers = [("Authorization", self.bearer.as_str()), ("Content-Type", "application/json")];
        call(&self.market, "POST", QUERY, &headers, body.as_bytes())
    }

    pub(crate) fn feed(&self, from: &str, to: &str, more: Option<&str>) -> Reply {
        let mut target = format!("{FEED}?lastChangedFrom={}&lastChangedTo={}", escaped(from), escaped(to));
        if let Some(more) = more {
            target += &format!("&moreSequence={more}");
        }
        self.get(&target)
    }

    /// All ids of a window, and how many pages they took, by the documented rule: same end, both cursor parts.
    pub(crate) fn walk(&self, from: Millis, to: Millis) -> (Vec<String>, usize) {
        let (mut from, to, mut more) = (kst_text(from), kst_text(to), None);
        let mut ids = Vec::new();
        let mut pages = 0;
        loop {
            let page = body(&self.feed(&from, &to, more.as_deref()));
            pages += 1;
            let Some(data) = page.get("data") else { return (ids, pages) };
            let rows = data["lastChangeStatuses"].as_array().expect("rows");
            assert_eq!(data["count"], rows.len());
            ids.extend(rows.iter().map(|row| row["productOrderId"].as_str().expect("an id").to_owned()));
            let Some(next) = data.get("more") else { return (ids, pages) };
            from = next["moreFrom"].as_str().expect("a date").to_owned();
            more = Some(next["moreSequence"].as_str().expect("a sequence").to_owned());
        }
    }
}

pub(crate) fn call(
    market: &Market,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Reply {
    plain_http::call(market.address(), method, target, headers, body).expect("an answer")
}

pub(crate) fn token(market: &Market, form: &str) -> Reply {
    call(market, "POST", TOKEN, &[FORM], form.as_bytes())
}

pub(crate) fn form(timestamp: Millis) -> String {
    let sign = signature(CLIENT_ID, CLIENT_SECRET, &timestamp.to_string()).expect("a good secret");
    format!(
        "client_id={CLIENT_ID}&timestamp={timestamp}&grant_type=client_credentials&client_secret_sign={sign}&type=SELF"
    )
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('+', "%2B").replace(':', "%3A")
}

pub(crate) fn body(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).expect("JSON")
}

pub(crate) fn code(reply: &Reply) -> (u16, String) {
    (reply.status, body(reply)["code"].as_str().unwrap_or_default().to_owned())
}

pub(crate) fn refused_field(reply: &Reply) -> (u16, String) {
    (reply.status, body(reply)["invalidInputs"][0]["message"].as_str().unwrap_or_default().to_owned())
}

pub(crate) fn limited(per_second: u32, burst: u32, refill: Refill) -> Settings {
    Settings { rate: Some(Rate { per_second, burst, refill }), ..Settings::default() }
}
