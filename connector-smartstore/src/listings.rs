//! Listings: what is on sale. The search lists products; the options of each, with their stock, stand in the product itself.
//!
//! A product is one listing with an empty option id; each of its options is one more, and then the product's own stock is left
//! to them. Fields: <https://apicenter.commerce.naver.com/docs/commerce-api/current/search-product> and
//! `.../read-origin-product-product` (v2.73.0, read 2026-03-11).

use connector_core::http::{Client, Request, Response, decode_reason};
use connector_core::lenient::{Object, Text, Whole};
use connector_core::{Error, ErrorKind, Failure, Listing, ListingState, Next, Page, Record, Result};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::model::object;

#[cfg(test)]
mod tests;

/// Products of one page; each costs a call of its own.
const PAGE_PRODUCTS: u32 = 20;

/// The most products of one search.
const MOST_FOUND: u32 = 500;

const SEARCH: &str = "products/search";
const PRODUCT: &str = "products/origin-products";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found<'a> {
    #[serde(borrow)]
    contents: Option<Vec<&'a RawValue>>,
    last: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct FoundProduct<'a> {
    #[serde(borrow)]
    origin_product_no: Text<'a>,
    #[serde(borrow)]
    channel_products: Vec<Object<ChannelProduct<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ChannelProduct<'a> {
    #[serde(borrow)]
    origin_product_no: Text<'a>,
    #[serde(borrow)]
    channel_product_no: Text<'a>,
    #[serde(borrow)]
    channel_service_type: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    seller_management_code: Text<'a>,
    #[serde(borrow)]
    status_type: Text<'a>,
    sale_price: Whole,
    stock_quantity: Whole,
}

/// The answer of a product read, as far as it is used.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProductAnswer<'a> {
    #[serde(borrow)]
    origin_product: Option<Object<Origin<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Origin<'a> {
    #[serde(borrow)]
    status_type: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    sale_price: Whole,
    #[serde(borrow)]
    detail_attribute: Option<Object<Detail<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Detail<'a> {
    #[serde(borrow)]
    option_info: Option<Object<Options<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Options<'a> {
    #[serde(borrow)]
    option_combinations: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    option_standards: Option<Vec<&'a RawValue>>,
}

/// One row of a product's options.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct OptionRow<'a> {
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
    #[serde(borrow)]
    option_name1: Text<'a>,
    #[serde(borrow)]
    option_name2: Text<'a>,
    #[serde(borrow)]
    option_name3: Text<'a>,
    #[serde(borrow)]
    seller_manager_code: Text<'a>,
    stock_quantity: Whole,
    /// What the option costs beyond the product; standard options have none.
    pub(crate) price: Whole,
    pub(crate) usable: Option<bool>,
}

/// A page of products with their options, by its number, from 1.
pub(crate) async fn read(http: &Client, number: u32) -> Result<Page> {
    let response =
        http.send(search(&json!({"page": number, "size": PAGE_PRODUCTS, "orderType": "NO"}))?).await?;
    let (products, last) = found(&response)?;
    let mut page = Page::default();
    if products.is_empty() {
        return Ok(page);
    }
    for product in products {
        let Product { listings, failures, .. } = whole(http, product).await?;
        page.records.extend(listings.into_iter().map(Record::Listing));
        page.failures.extend(failures);
    }
    if !last {
        page.next = Next::Page((number + 1).to_string());
    }
    Ok(page)
}

/// A search; it changes nothing in spite of its method.
fn search(body: &Value) -> Result<Request> {
    Request::post(SEARCH, "/v1/products/search").reads().json(body)
}

/// The products of a search, each with its own object, and whether these are the last.
fn found(response: &Response) -> Result<(Vec<&RawValue>, bool)> {
    let found = object::<Found<'_>>(response).map_err(|error| error.in_operation(SEARCH))?;
    let products = found.contents.ok_or_else(|| Error::decode("contents is missing").in_operation(SEARCH))?;
    let last = found.last.unwrap_or(products.len() < PAGE_PRODUCTS as usize);
    Ok((products, last))
}

/// A product with its options, as the stream brings them.
#[derive(Debug, Default)]
pub(crate) struct Product {
    /// Itself first, then its options; empty where there is no such product.
    pub(crate) listings: Vec<Listing>,
    /// What could not be read.
    pub(crate) failures: Vec<Failure>,
    /// The answer to the product's read.
    pub(crate) answer: Option<Response>,
}

/// A product by its number.
pub(crate) async fn product(http: &Client, no: &str) -> Result<Product> {
    let number: u64 = no.parse().map_err(|_| Error::decode("the listing's id is no product number"))?;
    let response = http
        .send(search(&json!({
            "searchKeywordType": "PRODUCT_NO", "originProductNos": [number], "page": 1, "size": 10,
        }))?)
        .await?;
    let (products, _) = found(&response)?;
    match products.into_iter().find(|product| number_of(product).is_some_and(|found| found == no)) {
        Some(product) => whole(http, product).await,
        None => Ok(Product::default()),
    }
}

/// The products that carry the seller's code, and no other. The search may find more: it also takes parts of a code.
/// <https://github.com/commerce-api-naver/commerce-api/discussions/1828>
pub(crate) async fn by_code(http: &Client, code: &str) -> Result<Vec<Listing>> {
    let response = http
        .send(search(&json!({
            "searchKeywordType": "SELLER_CODE", "sellerManagementCode": code, "page": 1, "size": MOST_FOUND,
        }))?)
        .await?;
    let (products, _) = found(&response)?;
    let mut carrying = Vec::new();
    for raw in products {
        let listing = listed(raw).map_err(|failure| Error::decode(failure.reason).in_operation(SEARCH))?;
        if listing.seller_code.as_deref() == Some(code) && listing.status != "DELETE" {
            carrying.push(listing);
        }
    }
    Ok(carrying)
}

fn number_of(raw: &RawValue) -> Option<String> {
    let Object(product) = serde_json::from_str::<Object<FoundProduct<'_>>>(raw.get()).ok()?;
    number(&product)
}

fn number(product: &FoundProduct<'_>) -> Option<String> {
    let inner = product.channel_products.iter().map(|channel| &channel.origin_product_no);
    std::iter::once(&product.origin_product_no).chain(inner).find_map(|no| no.filled()).map(str::to_owned)
}

/// How a product stood, by the object that a search gave of it.
pub(crate) fn state_of(raw: &RawValue) -> Option<ListingState> {
    listed(raw).ok().map(|listing| listing.state)
}

/// What a search says of one product. The shop's own channel counts; a product that is only elsewhere is told by that.
fn listed(raw: &RawValue) -> std::result::Result<Listing, Failure> {
    let product = serde_json::from_str::<Object<FoundProduct<'_>>>(raw.get())
        .map_err(|error| failure(None, decode_reason(&error), raw))?
        .0;
    let no = number(&product).ok_or_else(|| failure(None, "originProductNo is missing".into(), raw))?;
    let key = format!("{no}/");
    let shop =
        |channel: &&Object<ChannelProduct<'_>>| channel.channel_service_type.filled() == Some("STOREFARM");
    let channel = product
        .channel_products
        .iter()
        .find(shop)
        .or_else(|| product.channel_products.first())
        .ok_or_else(|| failure(Some(&key), "channelProducts is missing".into(), raw))?;
    let fail = |reason: String| failure(Some(&key), reason, raw);
    let status = channel.status_type.require("statusType", "a text").map_err(fail)?;
    let name = channel.name.require("name", "a text").map_err(fail)?;
    let price = channel.sale_price.require("salePrice", "a whole number").map_err(fail)?;
    Ok(Listing {
        listing_id: no,
        option_id: String::new(),
        // An order's `productId` is the channel's number of the product.
        sold_as: channel.channel_product_no.filled().map(str::to_owned),
        seller_code: channel.seller_management_code.filled().map(str::to_owned),
        name: name.clone().into_owned(),
        option_name: None,
        price: Some(*price),
        stock: channel.stock_quantity.get().copied(),
        state: state(status),
        status: status.clone().into_owned(),
        raw: raw.to_owned(),
    })
}

/// A product that a search found, with its options, which takes a call.
async fn whole(http: &Client, raw: &RawValue) -> Result<Product> {
    let listed = listed(raw);
    let Some(no) = number_of(raw) else {
        let failure = listed.err().unwrap_or_else(|| failure(None, "originProductNo is missing".into(), raw));
        return Ok(Product { failures: vec![failure], ..Product::default() });
    };
    let answer = match http.send(Request::get(PRODUCT, format!("/v2/products/origin-products/{no}"))).await {
        Ok(response) => Some(response),
        // Deleted since it was found.
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let (options, mut failures) = match &answer {
        Some(response) => options(response, &no).map_err(|error| error.in_operation(PRODUCT))?,
        None => (Vec::new(), Vec::new()),
    };
    let mut listings = Vec::with_capacity(1 + options.len());
    let mut sold_as = None;
    match listed {
        Ok(mut listing) => {
            sold_as.clone_from(&listing.sold_as);
            if !options.is_empty() || !failures.is_empty() {
                // It is the sum of theirs, and cannot be set.
                listing.stock = None;
            }
            listings.push(listing);
        }
        Err(failure) => failures.push(failure),
    }
    listings.extend(options.into_iter().map(|option| Listing { sold_as: sold_as.clone(), ..option }));
    Ok(Product { listings, failures, answer })
}

/// The options of a product, as its own answer tells them.
fn options(response: &Response, no: &str) -> Result<(Vec<Listing>, Vec<Failure>)> {
    let product = object::<ProductAnswer<'_>>(response)?
        .origin_product
        .ok_or_else(|| Error::decode("originProduct is missing"))?;
    let info = product.detail_attribute.as_deref().and_then(|detail| detail.option_info.as_deref());
    let rows = info
        .into_iter()
        .flat_map(|info| info.option_combinations.iter().chain(&info.option_standards).flatten().copied());
    let (mut listings, mut failures) = (Vec::new(), Vec::new());
    for raw in rows {
        match option(&product, no, raw) {
            Ok(listing) => listings.push(listing),
            Err((key, reason)) => {
                let key = key.map(|id| format!("{no}/{id}"));
                failures.push(failure(key.as_deref(), reason, raw));
            }
        }
    }
    Ok((listings, failures))
}

fn option(
    product: &Origin<'_>,
    no: &str,
    raw: &RawValue,
) -> std::result::Result<Listing, (Option<String>, String)> {
    let Object(row) = serde_json::from_str::<Object<OptionRow<'_>>>(raw.get())
        .map_err(|error| (None, decode_reason(&error)))?;
    let id = row.id.filled().ok_or((None, "optionInfo: id is missing".to_owned()))?;
    let fail = |reason: String| (Some(id.to_owned()), reason);
    let status = product.status_type.require("originProduct.statusType", "a text").map_err(fail)?;
    let name = product.name.require("originProduct.name", "a text").map_err(fail)?;
    let base = *product.sale_price.require("originProduct.salePrice", "a whole number").map_err(fail)?;
    let surcharge = match &row.price {
        connector_core::lenient::Lenient::Absent => 0,
        price => *price.require("optionInfo: price", "a whole number").map_err(fail)?,
    };
    let names: Vec<&str> = [&row.option_name1, &row.option_name2, &row.option_name3]
        .into_iter()
        .filter_map(|name| name.filled())
        .collect();
    let stock = row.stock_quantity.get().copied();
    let state = match state(status) {
        ListingState::OnSale | ListingState::SoldOut if row.usable == Some(false) => ListingState::Stopped,
        ListingState::OnSale if stock == Some(0) => ListingState::SoldOut,
        state => state,
    };
    Ok(Listing {
        listing_id: no.to_owned(),
        option_id: id.to_owned(),
        sold_as: None,
        seller_code: row.seller_manager_code.filled().map(str::to_owned),
        name: name.clone().into_owned(),
        option_name: (!names.is_empty()).then(|| names.join(" / ")),
        price: Some(
            base.checked_add(surcharge).ok_or_else(|| fail("salePrice and price are too large".into()))?,
        ),
        stock,
        state,
        status: status.clone().into_owned(),
        raw: raw.to_owned(),
    })
}

/// `statusType` in our words; an unknown one is kept as it is.
fn state(status: &str) -> ListingState {
    match status {
        "SALE" => ListingState::OnSale,
        "OUTOFSTOCK" => ListingState::SoldOut,
        "SUSPENSION" => ListingState::Stopped,
        "WAIT" | "UNADMISSION" => ListingState::Pending,
        "REJECTION" | "PROHIBITION" => ListingState::Rejected,
        "CLOSE" | "DELETE" => ListingState::Ended,
        _ => ListingState::Unknown,
    }
}

fn failure(key: Option<&str>, reason: String, raw: &RawValue) -> Failure {
    Failure { key: key.map(str::to_owned), reason, raw: Some(raw.to_owned()) }
}
