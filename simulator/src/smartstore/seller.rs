//! What a seller does by calls: confirm orders, send them, put them off, settle claims
//! (<https://apicenter.commerce.naver.com/docs/commerce-api/current>: the `…-pay-order-seller` pages, read 2026-03-11).
//!
//! A call answers 200 however its items fare: each is in the list of those that succeeded, or in that of those that
//! failed, with a code. Only a body that cannot be read as a whole is refused as a whole.

mod claims;
mod sending;
mod words;

use serde_json::{Value, json};

use self::words::Body;
use super::answer::Stamp;
use super::book::{Book, Stage};
use super::claim::Parcel;
use super::errors;
use super::settings::Settings;
use super::state::Store;
use crate::answer::Answer;
use crate::core::Core;
use crate::endpoint::Endpoint;
use crate::instant::kst_text;

/// Items of one call.
const MOST: usize = 30;

/// One call of a seller.
#[derive(Clone, Copy)]
pub(super) struct Desk<'a> {
    pub(super) core: &'a Core,
    pub(super) store: &'a Store,
    pub(super) settings: &'a Settings,
    pub(super) stamp: &'a Stamp,
    pub(super) path: &'a str,
    pub(super) body: &'a [u8],
}

/// Why an item failed.
#[derive(Debug, PartialEq, Eq)]
struct Failure {
    code: String,
    message: String,
}

impl Failure {
    fn of(code: &str) -> Self {
        let message = errors::text(code).unwrap_or("정의되지 않은 오류입니다.").to_owned();
        Self { code: code.to_owned(), message }
    }

    /// Claim calls fail with 9999 whatever the cause; the text alone tells it
    /// (<https://github.com/commerce-api-naver/commerce-api/discussions/1457>, read 2026-03-11).
    fn claim(message: &str) -> Self {
        Self { code: "9999".to_owned(), message: message.to_owned() }
    }
}

/// How each item fared.
#[derive(Default)]
struct Outcome {
    done: Vec<Value>,
    failed: Vec<Value>,
}

impl Outcome {
    fn note(&mut self, id: &str, result: Result<Value, Failure>) {
        match result {
            Ok(done) => self.done.push(done),
            Err(Failure { code, message }) => {
                self.failed.push(json!({"productOrderId": id, "code": code, "message": message}));
            }
        }
    }
}

/// The product orders that a call of a seller names, for the ledger of calls.
pub(super) fn ids(endpoint: Endpoint, path: &str, body: &[u8]) -> Vec<String> {
    let list = |name: &str| -> Vec<Value> {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        body[name].as_array().cloned().unwrap_or_default()
    };
    let texts = |values: Vec<Value>| values.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    match endpoint {
        Endpoint::StoreConfirm => texts(list("productOrderIds")),
        Endpoint::StoreDispatch => {
            texts(list("dispatchProductOrders").iter().map(|item| item["productOrderId"].clone()).collect())
        }
        _ => path_id(path).map(str::to_owned).into_iter().collect(),
    }
}

/// Whether it is one of the calls for orders and claims.
pub(super) fn takes(endpoint: Endpoint) -> bool {
    use Endpoint as E;
    matches!(
        endpoint,
        E::StoreConfirm
            | E::StoreDispatch
            | E::StoreDelay
            | E::StoreCancel
            | E::StoreCancelApprove
            | E::StoreReturn
            | E::StoreReturnApprove
            | E::StoreReturnHold
            | E::StoreReturnRelease
            | E::StoreReturnReject
            | E::StoreExchangeCollect
            | E::StoreExchangeDispatch
            | E::StoreExchangeHold
            | E::StoreExchangeRelease
            | E::StoreExchangeReject
    )
}

/// The product order in a path.
fn path_id(path: &str) -> Option<&str> {
    path.split_once("/product-orders/")?.1.split('/').next()
}

impl Desk<'_> {
    pub(super) fn answer(&self, endpoint: Endpoint) -> Result<Answer, Answer> {
        match endpoint {
            Endpoint::StoreConfirm => self.confirm(),
            Endpoint::StoreDispatch => self.dispatch(),
            Endpoint::StoreDelay => self.delay(),
            _ => self.claim(endpoint),
        }
    }

    fn read(&self) -> Result<Body<'_>, Answer> {
        Body::read(self.body, self.stamp)
    }

    /// A call for one product order, that of the path.
    fn one(
        &self,
        work: impl FnOnce(&mut Book, &mut crate::effect::Effects, u64) -> Result<(), Failure>,
    ) -> Answer {
        let id = path_id(self.path).unwrap_or_default();
        let result = self
            .find(id)
            .and_then(|number| self.store.work(|book, effects| work(book, effects, number)))
            .map(|()| Value::from(id));
        let mut outcome = Outcome::default();
        outcome.note(id, result);
        self.envelope("successProductOrderIds", outcome)
    }

    fn envelope(&self, done: &str, outcome: Outcome) -> Answer {
        let rows = outcome.done.len();
        let body = json!({
            "timestamp": kst_text(self.stamp.at),
            "traceId": self.stamp.trace,
            "data": {done: outcome.done, "failProductOrderInfos": outcome.failed},
        });
        Answer::json(200, body.to_string()).with_rows(rows)
    }

    /// The product order of that id: one that this shop has and that no setting refuses. Another shop's is one that it
    /// has no right on.
    fn find(&self, id: &str) -> Result<u64, Failure> {
        if let Some(code) = self.settings.refuse.get(id) {
            return Err(Failure::of(code));
        }
        let number = id.parse::<u64>().ok().filter(|number| number.to_string() == id);
        let number = number.ok_or_else(|| Failure::of("100001"))?;
        if self.store.book().get(number).is_some() {
            return Ok(number);
        }
        let is_anothers = self
            .core
            .stores
            .values()
            .any(|store| store.client_id != self.store.client_id && store.book().get(number).is_some());
        Err(Failure::of(if is_anothers { "101009" } else { "100001" }))
    }
}

/// A parcel that a seller names.
struct Named {
    method: String,
    company: Option<String>,
    number: Option<String>,
}

impl Named {
    /// Checks it as the platform does, and makes it a parcel of an order. The methods that bring goods back are none to
    /// send them by.
    fn check(self, book: &Book, id: u64, at: crate::instant::Millis) -> Result<Parcel, Failure> {
        if self.method.starts_with("RETURN_") || matches!(self.method.as_str(), "UNKNOWN" | "NOTHING") {
            return Err(Failure::of("104117"));
        }
        let given = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
        if self.method == "DELIVERY" {
            let company = self.company.as_deref().ok_or_else(|| Failure::of("104118"))?;
            if !words::is_carrier(company) {
                return Err(Failure::of("104119"));
            }
            if !given(&self.number) {
                return Err(Failure::of("104120"));
            }
            let number = self.number.as_deref().unwrap_or_default();
            let is_number =
                number.len() >= 6 && number.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            if !is_number {
                return Err(Failure::of("104122"));
            }
            let group = book.get(id).map_or(0, |order| order.group);
            if book.is_used(company, number, group) {
                return Err(Failure::of("104121"));
            }
        }
        Ok(Parcel { method: self.method, company: self.company, number: self.number, at })
    }
}

/// Whether the goods are at the buyer, or on their way.
fn is_sent(stage: Stage) -> bool {
    matches!(stage, Stage::Dispatched | Stage::Delivered | Stage::ReturnRequested)
}
