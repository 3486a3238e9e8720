//! The goods of a shop and the calls for them
//! (<https://apicenter.commerce.naver.com/docs/commerce-api/current>: `create-product-product`,
//! `read-origin-product-product`, `search-product` and their neighbours, read 2026-03-11).
//!
//! A good is an origin product with one channel product, that of the shop. It is kept as its document, so that what a
//! caller wrote is what it reads.

mod images;
mod search;
mod start;
mod stock;
mod write;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::answer::Stamp;
use super::state::Store;
use crate::answer::Answer;
use crate::effect::Effects;
use crate::endpoint::Endpoint;
use crate::instant::{Millis, kst_text};

const INVALID: &str = "입력한 데이터가 유효하지 않습니다.";
/// What an option shows whose stock is not managed.
const UNMANAGED: i64 = 9_999;
/// What a product can be, as the platform writes it.
const STATUSES: [&str; 9] = [
    "WAIT",
    "SALE",
    "OUTOFSTOCK",
    "UNADMISSION",
    "REJECTION",
    "SUSPENSION",
    "CLOSE",
    "PROHIBITION",
    "DELETE",
];

/// One good.
#[derive(Clone, Debug)]
pub(crate) struct Product {
    number: u64,
    channel_number: u64,
    /// `originProduct`
    origin: Map<String, Value>,
    /// `smartstoreChannelProduct`
    channel: Map<String, Value>,
    registered_at: Millis,
    modified_at: Millis,
}

impl Product {
    fn status(&self) -> &str {
        self.origin.get("statusType").and_then(Value::as_str).unwrap_or("SALE")
    }

    fn set_status(&mut self, status: &str) {
        self.origin.insert("statusType".to_owned(), status.into());
    }

    fn price(&self) -> i64 {
        self.origin.get("salePrice").and_then(Value::as_i64).unwrap_or(0)
    }

    fn stock(&self) -> i64 {
        self.origin.get("stockQuantity").and_then(Value::as_i64).unwrap_or(0)
    }

    fn set_stock(&mut self, stock: i64) {
        self.origin.insert("stockQuantity".to_owned(), stock.into());
    }

    fn name(&self) -> &str {
        self.origin.get("name").and_then(Value::as_str).unwrap_or_default()
    }

    /// The value at that way below `originProduct`.
    fn at(&self, way: &[&str]) -> &Value {
        let (first, rest) = way.split_first().expect("a name");
        let start = self.origin.get(*first).unwrap_or(&Value::Null);
        rest.iter().fold(start, |value, name| &value[*name])
    }

    fn seller_code(&self) -> Option<&str> {
        self.at(&["detailAttribute", "sellerCodeInfo", "sellerManagementCode"]).as_str()
    }

    /// The rows of a combination, where it has such options.
    fn options(&self) -> &[Value] {
        let rows = self.at(&["detailAttribute", "optionInfo", "optionCombinations"]).as_array();
        rows.map_or(&[], Vec::as_slice)
    }

    fn options_mut(&mut self) -> &mut [Value] {
        let info = self.origin.get_mut("detailAttribute").and_then(|detail| detail.get_mut("optionInfo"));
        let rows = info.and_then(|info| info.get_mut("optionCombinations")).and_then(Value::as_array_mut);
        rows.map_or(&mut [], Vec::as_mut_slice)
    }

    fn options_stock(&self) -> i64 {
        self.options().iter().map(|row| row["stockQuantity"].as_i64().unwrap_or(0)).sum()
    }

    /// What it costs after its discount.
    fn discounted(&self) -> i64 {
        let method = self.at(&["customerBenefit", "immediateDiscountPolicy", "discountMethod"]);
        let value = method["value"].as_i64().unwrap_or(0);
        match method["unitType"].as_str() {
            Some("PERCENT") => self.price() - self.price() * value / 100,
            _ => self.price() - value,
        }
    }

    /// Without stock nothing is on sale, and with some it is again, unless the seller has stopped it.
    fn settle_status(&mut self) {
        match (self.status(), self.stock()) {
            ("SALE", 0) => self.set_status("OUTOFSTOCK"),
            ("OUTOFSTOCK", 1..) => self.set_status("SALE"),
            _ => {}
        }
    }

    fn halves(&self) -> Value {
        json!({"originProduct": self.origin, "smartstoreChannelProduct": self.channel})
    }

    /// The answer to what has made or changed it: its numbers beside both halves.
    fn answer(&self) -> Answer {
        let mut body = self.halves();
        body["originProductNo"] = self.number.into();
        body["smartstoreChannelProductNo"] = self.channel_number.into();
        Answer::json(200, body.to_string()).with_rows(1)
    }

    fn truth(&self) -> ListingTruth {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let option = |row: &Value| OptionTruth {
            option_id: row["id"].to_string(),
            seller_code: text(&row["sellerManagerCode"]),
            price: row["price"].as_i64().unwrap_or(0),
            stock: row["stockQuantity"].as_i64().unwrap_or(0),
            usable: row["usable"].as_bool().unwrap_or(true),
        };
        ListingTruth {
            listing_id: self.number.to_string(),
            channel_id: self.channel_number.to_string(),
            name: self.name().to_owned(),
            seller_code: self.seller_code().map(str::to_owned),
            status: self.status().to_owned(),
            price: self.price(),
            stock: self.stock(),
            on_sale: self.status() == "SALE",
            options: self.options().iter().map(option).collect(),
        }
    }
}

/// What the market holds of one good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingTruth {
    /// The number of the origin product.
    pub listing_id: String,
    /// The number of the channel product.
    pub channel_id: String,
    /// Its name.
    pub name: String,
    /// The seller's own code.
    pub seller_code: Option<String>,
    /// The platform's word: `SALE`, `OUTOFSTOCK`, `SUSPENSION`, …
    pub status: String,
    /// Won.
    pub price: i64,
    /// Pieces; of a good with options their sum.
    pub stock: i64,
    /// Whether it can be bought.
    pub on_sale: bool,
    /// Its options, in their order.
    pub options: Vec<OptionTruth>,
}

/// What the market holds of one option of a good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionTruth {
    /// Its number.
    pub option_id: String,
    /// The seller's own code.
    pub seller_code: Option<String>,
    /// Won, on top of the good's price.
    pub price: i64,
    /// Pieces.
    pub stock: i64,
    /// Whether it can be bought.
    pub usable: bool,
}

/// The goods of a shop, by number.
#[derive(Debug)]
pub(crate) struct Catalogue {
    products: BTreeMap<u64, Product>,
    /// The greatest numbers that were given: of products, of options.
    last: u64,
    last_option: u64,
    images: u64,
}

impl Catalogue {
    fn by_channel(&self, number: u64) -> Option<u64> {
        self.products.values().find(|product| product.channel_number == number).map(|product| product.number)
    }

    pub(crate) fn truth(&self) -> Vec<ListingTruth> {
        self.products.values().map(Product::truth).collect()
    }

    /// Sets the stock of a good without options, or of an option, as another program of the seller's does.
    pub(crate) fn set_stock(&mut self, id: &str, stock: i64, now: Millis) -> bool {
        let Ok(number) = id.parse::<u64>() else { return false };
        for product in self.products.values_mut() {
            let row = product.options_mut().iter_mut().find(|row| row["id"] == number);
            if let Some(row) = row {
                row["stockQuantity"] = stock.into();
                product.set_stock(product.options_stock());
            } else if product.number == number && product.options().is_empty() {
                product.set_stock(stock);
            } else {
                continue;
            }
            product.settle_status();
            product.modified_at = now;
            return true;
        }
        false
    }
}

/// What is wrong with a body: field, type, text.
type Input = (String, &'static str, &'static str);

/// A call for goods.
#[derive(Clone, Copy)]
pub(super) struct Shelf<'a> {
    pub(super) store: &'a Store,
    pub(super) stamp: &'a Stamp,
    pub(super) path: &'a str,
    pub(super) content_type: &'a str,
    pub(super) body: &'a [u8],
    pub(super) endless: bool,
}

impl Shelf<'_> {
    pub(super) fn answer(&self, endpoint: Endpoint) -> Result<Answer, Answer> {
        match endpoint {
            Endpoint::StoreProducts => self.search(),
            Endpoint::StoreProduct => self.with_one(|product, _| Ok(read(product))),
            Endpoint::StoreProductCreate => self.create(),
            Endpoint::StoreProductUpdate => self.update(),
            Endpoint::StoreProductDelete => self.delete(),
            Endpoint::StoreProductStatus => self.change_status(),
            Endpoint::StoreOptionStock => self.option_stock(),
            Endpoint::StoreMultiUpdate => self.multi_update(),
            Endpoint::StoreImages => self.upload(),
            _ => Err(self.stamp.not_found()),
        }
    }

    fn read(&self) -> Result<Value, Answer> {
        let body: Option<Value> = serde_json::from_slice(self.body).ok().filter(Value::is_object);
        body.ok_or_else(|| self.invalid(&[("body".to_owned(), "TypeMismatch", "요청을 읽을 수 없습니다.")]))
    }

    /// 400 with everything that is wrong.
    fn invalid(&self, inputs: &[Input]) -> Answer {
        let inputs: Vec<Value> = inputs
            .iter()
            .map(|(name, kind, message)| json!({"name": name, "type": kind, "message": message}))
            .collect();
        let body = json!({
            "code": "BAD_REQUEST", "message": INVALID, "invalidInputs": inputs,
            "timestamp": kst_text(self.stamp.at),
        });
        Answer::json(400, body.to_string())
    }

    fn wrong(&self, name: &str, kind: &'static str) -> Answer {
        self.invalid(&[(name.to_owned(), kind, text_of(kind))])
    }

    /// The number of the product in the path, which is there.
    fn number(&self, catalogue: &Catalogue) -> Result<u64, Answer> {
        let missing = || self.stamp.known_error("NOT_FOUND");
        let mut parts = self.path.split('/').skip_while(|part| !part.ends_with("-products"));
        let (kind, number) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let number: u64 = number.parse().map_err(|_| missing())?;
        let number = if kind == "channel-products" { catalogue.by_channel(number) } else { Some(number) };
        number.filter(|number| catalogue.products.contains_key(number)).ok_or_else(missing)
    }

    /// Works on the product of the path.
    fn with_one(
        &self,
        work: impl FnOnce(&mut Product, &mut Effects) -> Result<Answer, Answer>,
    ) -> Result<Answer, Answer> {
        self.store.shelf(|catalogue, effects| {
            let number = self.number(catalogue)?;
            work(catalogue.products.get_mut(&number).expect("a product that is there"), effects)
        })
    }
}

fn read(product: &Product) -> Answer {
    Answer::json(200, product.halves().to_string()).with_rows(1)
}

/// The answer of the calls that show no product.
fn done() -> Answer {
    Answer::json(200, r#"{"data":true}"#)
}

fn text_of(kind: &str) -> &'static str {
    match kind {
        "NotNull" => "데이터를 입력해 주세요.",
        "NotValid.product.deliveryType.deliveryCompany" => "택배사를 입력해 주세요.",
        "InvalidImageUrl" => "이미지 URL이 유효하지 않습니다.",
        _ => "유효하지 않은 값입니다.",
    }
}
