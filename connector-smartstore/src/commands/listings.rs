//! What is done to listings: one product or option a call.
//!
//! The platform takes absolute figures and knows no condition: what was sold since the listing was read is overwritten.
//! <https://apicenter.commerce.naver.com/docs/commerce-api/current/> (product pages, v2.73.0, read 2026-03-11)

use connector_core::command::{Content, Draft, OfListing, Refusal};
use connector_core::http::{Client, Request, Response};
use connector_core::lenient::{Lenient, Object};
use connector_core::{Action, Command, Finding, Listing, ListingState, Record, Result, Standing};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::answer::Answered;
use super::{Plan, refusal, sendable};
use crate::listings::{self, OptionRow, Product};

/// The highest price and the largest stock that the platform takes.
const MOST_WON: i64 = 999_999_990;
const MOST_PIECES: i64 = 99_999_999;

pub(super) fn plan(action: &Action) -> Plan<(Request, Answered)> {
    match action {
        Action::SetStock { listing, stock } => set_stock(listing, *stock),
        Action::SetPrice { listing, price } => {
            let no = of_product(listing, "an option's price is taken only together with its stock")?;
            let price = price_in_range(*price)?;
            several("SALE_PRICE", no, json!({"productSalePrice": {"salePrice": price}}))
        }
        Action::StopSale { listing } => {
            let no = of_product(listing, "an option is taken off sale by a stock of 0")?;
            change_status(no, STOPPED)
        }
        Action::ResumeSale { listing } => {
            let no = of_product(listing, "an option is put on sale by its stock")?;
            change_status(no, "SALE")
        }
        Action::CreateListing { draft } => {
            let body = created(draft)?;
            Ok((json_call(Request::post("products", "/v2/products"), &body)?, Answered::Product))
        }
        Action::UpdateListing { listing, draft } => {
            let no = of_product(listing, "a product is replaced with all its options")?;
            let body = replaced(listing, draft)?;
            let path = format!("/v2/products/origin-products/{no}");
            Ok((json_call(Request::put("products/replace", path), &body)?, Answered::Product))
        }
        _ => Err(refusal("this is nothing that is done to a listing")),
    }
}

fn json_call(request: Request, body: &impl Serialize) -> Plan<Request> {
    request.json(body).map_err(|error| Refusal::from(&error))
}

fn number(id: &str, what: &str) -> Plan<u64> {
    id.parse().map_err(|_| refusal(format!("the {what} is no number of the platform's")))
}

/// The number of a product that is addressed as a whole.
fn of_product(listing: &OfListing, otherwise: &str) -> Plan<u64> {
    match listing.option_id.is_empty() {
        true => number(&listing.listing_id, "listing's id"),
        false => {
            Err(refusal(format!("this is done to a product as a whole, without an option: {otherwise}")))
        }
    }
}

fn price_in_range(price: i64) -> Plan<i64> {
    match (1..=MOST_WON).contains(&price) {
        true => Ok(price),
        false => Err(refusal(format!("a price is between 1 and {MOST_WON} won"))),
    }
}

fn stock_in_range(stock: i64) -> Plan<i64> {
    match (0..=MOST_PIECES).contains(&stock) {
        true => Ok(stock),
        false => Err(refusal(format!("a stock is between 0 and {MOST_PIECES} pieces"))),
    }
}

/// The call that changes the named figure of products and nothing else of them.
fn several(what: &str, no: u64, figure: Value) -> Plan<(Request, Answered)> {
    let mut row = json!({"originProductNo": no, "multiUpdateTypes": [what]});
    if let (Value::Object(row), Value::Object(figure)) = (&mut row, figure) {
        row.extend(figure);
    }
    let request = Request::patch("products/multi-update", "/v1/products/origin-products/multi-update");
    Ok((json_call(request, &json!({"multiProductUpdateRequestVos": [row]}))?, Answered::Word))
}

fn change_status(no: u64, status: &str) -> Plan<(Request, Answered)> {
    let path = format!("/v1/products/origin-products/{no}/change-status");
    Ok((json_call(Request::put("change-status", path), &json!({"statusType": status}))?, Answered::Word))
}

fn set_stock(listing: &OfListing, stock: i64) -> Plan<(Request, Answered)> {
    let stock = stock_in_range(stock)?;
    let no = number(&listing.listing_id, "listing's id")?;
    if listing.option_id.is_empty() {
        return several("STOCK", no, json!({"stockQuantity": stock}));
    }
    let id = number(&listing.option_id, "option's id")?;
    let row = row(listing).ok_or_else(|| {
        refusal("with an option's stock its surcharge is sent, which is not known: read the listings first")
    })?;
    // What a row leaves out becomes 0; rows that are not named stay as they are.
    let usable = row.usable.unwrap_or(true);
    let options = match &row.price {
        Lenient::Absent => json!({"optionStandards": [{"id": id, "stockQuantity": stock, "usable": usable}]}),
        Lenient::Is(price) => json!({"optionCombinations": [
            {"id": id, "stockQuantity": stock, "price": price, "usable": usable}
        ]}),
        Lenient::Wrong => return Err(refusal("the option's surcharge is no whole number")),
    };
    let mut info = options;
    info["useStockManagement"] = json!(true);
    let path = format!("/v1/products/origin-products/{no}/option-stock");
    Ok((json_call(Request::put("option-stock", path), &json!({"optionInfo": info}))?, Answered::Product))
}

/// The option's row, as it was last read.
fn row(listing: &OfListing) -> Option<OptionRow<'_>> {
    let row = serde_json::from_str::<Object<OptionRow<'_>>>(listing.raw.as_deref()?.get()).ok()?.0;
    (row.id.filled() == Some(&listing.option_id)).then_some(row)
}

/// The member of that name as an object, made where there is none.
fn inner<'m>(members: &'m mut Map<String, Value>, name: &str) -> Plan<&'m mut Map<String, Value>> {
    match members.entry(name).or_insert_with(|| json!({})) {
        Value::Object(inner) => Ok(inner),
        _ => Err(refusal(format!("{name} is no object in the platform's own part of the draft"))),
    }
}

/// The platform's own product object with the draft's fields in it.
fn filled(draft: &Draft) -> Plan<Map<String, Value>> {
    let (name, code) = (draft.name.trim(), draft.seller_code.trim());
    if name.is_empty() || code.is_empty() {
        return Err(refusal("a product needs a name and the seller's code"));
    }
    let mut body = draft.platform.clone();
    let product = inner(&mut body, "originProduct")?;
    product.insert("name".into(), json!(name));
    product.insert("salePrice".into(), json!(price_in_range(draft.price)?));
    let codes = inner(inner(product, "detailAttribute")?, "sellerCodeInfo")?;
    codes.insert("sellerManagementCode".into(), json!(code));
    show(product, &draft.content)?;
    Ok(body)
}

/// Where pictures lie that were uploaded to the platform; it takes no others.
const PICTURES: [&str; 2] = ["https://shop-phinf.pstatic.net/", "https://shop1.phinf.naver.net/"];

/// Puts in what buyers are shown, where the platform's own object says nothing of it.
fn show(product: &mut Map<String, Value>, content: &Content) -> Plan<()> {
    if let Some(description) = &content.description {
        product.entry("detailContent").or_insert_with(|| json!(description));
    }
    let is_uploaded = |url: &&String| PICTURES.iter().any(|place| url.starts_with(place));
    let mut pictures = content.images.iter().filter(is_uploaded).map(|url| json!({"url": url}));
    if let Some(first) = pictures.next() {
        let others: Vec<Value> = pictures.take(9).collect();
        product
            .entry("images")
            .or_insert_with(|| json!({"representativeImage": first, "optionalImages": others}));
    }
    if let Some(brand) = &content.brand {
        let search = inner(inner(product, "detailAttribute")?, "naverShoppingSearchInfo")?;
        search.entry("brandName").or_insert_with(|| json!(brand));
    }
    if let (Some(fee), Some(delivery)) =
        (content.delivery_fee, product.get_mut("deliveryInfo").and_then(Value::as_object_mut))
    {
        delivery.entry("deliveryFee").or_insert_with(|| match fee {
            0 => json!({"deliveryFeeType": "FREE"}),
            fee => json!({"deliveryFeeType": "PAID", "baseFee": fee, "deliveryFeePayType": "PREPAID"}),
        });
    }
    Ok(())
}

fn created(draft: &Draft) -> Plan<Map<String, Value>> {
    let mut body = filled(draft)?;
    let product = inner(&mut body, "originProduct")?;
    for needed in ["leafCategoryId", "detailContent", "images"] {
        if !product.contains_key(needed) {
            let why = match needed {
                "images" if !draft.content.images.is_empty() => {
                    ": it takes only pictures that were uploaded to it"
                }
                _ => "",
            };
            return Err(refusal(format!("the platform needs originProduct.{needed} in the draft{why}")));
        }
    }
    // The only word that is taken here; another is stored as this one.
    product.insert("statusType".into(), json!("SALE"));
    product.insert("stockQuantity".into(), json!(stock_in_range(draft.stock)?));
    Ok(body)
}

/// The platform's word for a sale that is stopped.
const STOPPED: &str = "SUSPENSION";

/// What is left out of a replacement is removed at the platform, so the draft must hold the whole product. Its stock stays:
/// the platform keeps it where it is left out. <https://github.com/commerce-api-naver/commerce-api/discussions/1903>
/// A sale that is stopped stays so, whatever the draft was written for.
fn replaced(listing: &OfListing, draft: &Draft) -> Plan<Map<String, Value>> {
    let missing = |what: &str| {
        refusal(format!(
            "the platform removes what a replacement leaves out: give the whole product, with {what}, as it is read"
        ))
    };
    let origin = draft.platform.get("originProduct").and_then(Value::as_object);
    let origin = origin.ok_or_else(|| missing("originProduct"))?;
    let mut body = filled(draft)?;
    let product = inner(&mut body, "originProduct")?;
    match as_read(listing) {
        Some(ListingState::Stopped) => drop(product.insert("statusType".into(), json!(STOPPED))),
        Some(_) => drop(product.entry("statusType").or_insert_with(|| json!("SALE"))),
        None => {}
    }
    for (needed, is_there) in [
        ("statusType", product.contains_key("statusType")),
        ("images", product.contains_key("images")),
        // The seller's code is put in here, so that the body has it in any case.
        ("detailAttribute", origin.contains_key("detailAttribute")),
    ] {
        if !is_there {
            return Err(missing(&format!("originProduct.{needed}")));
        }
    }
    if !["smartstoreChannelProduct", "windowChannelProduct"]
        .iter()
        .any(|half| draft.platform.contains_key(*half))
    {
        return Err(missing("smartstoreChannelProduct"));
    }
    inner(&mut body, "originProduct")?.remove("stockQuantity");
    Ok(body)
}

/// Looks at each product in turn.
pub(super) async fn look(http: &Client, command: &Command) -> Result<Vec<Finding>> {
    let mut findings = Vec::with_capacity(command.actions.len());
    for action in &command.actions {
        findings.push(match action {
            Action::CreateListing { draft } => made(http, action, draft).await?,
            _ => changed(http, action).await?,
        });
    }
    Ok(findings)
}

async fn made(http: &Client, action: &Action, draft: &Draft) -> Result<Finding> {
    let carrying = listings::by_code(http, draft.seller_code.trim()).await?;
    let standing = match &carrying[..] {
        [] => sendable(Standing::NotInEffect, || plan(action)),
        [listing] => Standing::InEffect { reference: Some(listing.listing_id.clone()) },
        several => Standing::barred(format!("{} products carry the seller's code already", several.len())),
    };
    let records = match &carrying[..] {
        [listing] => {
            let product = listings::product(http, &listing.listing_id).await?;
            product.listings.into_iter().map(Record::Listing).collect()
        }
        _ => Vec::new(),
    };
    Ok(Finding { standing, records })
}

async fn changed(http: &Client, action: &Action) -> Result<Finding> {
    let Some(target) = action.listing() else {
        return Ok(Finding::bare(Standing::Unclear { reason: "this is no listing".to_owned() }));
    };
    if let Err(refusal) = number(&target.listing_id, "listing's id") {
        return Ok(Finding::bare(Standing::Barred(refusal)));
    }
    let Product { listings, failures, answer } = listings::product(http, &target.listing_id).await?;
    let found = listings.iter().find(|listing| listing.option_id == target.option_id);
    let standing = match found {
        Some(listing) => match action {
            Action::UpdateListing { draft, .. } => replaced_by(target, draft, listing, answer.as_ref()),
            _ => standing(action, target, listing),
        },
        None if !failures.is_empty() => {
            Standing::Unclear { reason: format!("the product cannot be read: {}", failures[0].reason) }
        }
        None if listings.is_empty() => Standing::barred("the platform shows no such product"),
        None => Standing::barred("the product has no such option"),
    };
    let standing = sendable(standing, || plan(action));
    Ok(Finding { standing, records: listings.into_iter().map(Record::Listing).collect() })
}

fn standing(action: &Action, target: &OfListing, listing: &Listing) -> Standing {
    let is = |so: bool| if so { Standing::in_effect() } else { Standing::NotInEffect };
    if matches!(listing.state, ListingState::Rejected | ListingState::Ended) {
        return Standing::barred(format!(
            "the platform does not let the product be changed ({})",
            listing.status
        ));
    }
    match action {
        Action::SetStock { stock, .. } => match listing.stock {
            Some(left) if left == *stock => Standing::in_effect(),
            None if listing.option_id.is_empty() => {
                Standing::barred("the product's stock stands in its options: set it there")
            }
            _ if surcharge(target) != surcharge_of(listing) => Standing::barred(
                "the option's surcharge has changed since the listings were read: read them again",
            ),
            _ => Standing::NotInEffect,
        },
        Action::SetPrice { price, .. } => is(listing.price == Some(*price)),
        Action::StopSale { .. } => is(listing.state == ListingState::Stopped),
        Action::ResumeSale { .. } => match listing.state {
            ListingState::SoldOut => Standing::barred("nothing is left: set its stock"),
            state => is(state == ListingState::OnSale),
        },
        _ => Standing::Unclear { reason: "this is nothing that is done to a listing".to_owned() },
    }
}

fn surcharge(listing: &OfListing) -> Option<i64> {
    if listing.option_id.is_empty() { None } else { row(listing)?.price.get().copied() }
}

fn surcharge_of(listing: &Listing) -> Option<i64> {
    if listing.option_id.is_empty() {
        return None;
    }
    serde_json::from_str::<Object<OptionRow<'_>>>(listing.raw.get()).ok()?.price.get().copied()
}

/// How the product stood when the listings were last read.
fn as_read(listing: &OfListing) -> Option<ListingState> {
    listings::state_of(listing.raw.as_deref()?)
}

/// Whether a product is what a draft says, to the last field of it.
fn replaced_by(target: &OfListing, draft: &Draft, listing: &Listing, answer: Option<&Response>) -> Standing {
    let same = listing.name == draft.name.trim()
        && listing.price == Some(draft.price)
        && listing.seller_code.as_deref() == Some(draft.seller_code.trim());
    let wanted = match replaced(target, draft) {
        Err(refusal) => return Standing::Barred(refusal),
        Ok(wanted) if !same && listing.state == ListingState::Stopped && resumes(&wanted) => {
            return Standing::barred(
                "its sale has been stopped since the listings were read: read them again",
            );
        }
        Ok(_) if !same => return Standing::NotInEffect,
        Ok(wanted) => Value::Object(wanted),
    };
    match answer.and_then(Response::json_lenient::<Value>) {
        Some(shown) if holds(&shown, &wanted) => Standing::in_effect(),
        Some(_) => Standing::Unclear {
            reason: "name, price and code are as asked for, other parts are shown differently".to_owned(),
        },
        None => Standing::Unclear { reason: "the product cannot be read".to_owned() },
    }
}

/// Whether a replacement would put the product on sale.
fn resumes(replacement: &Map<String, Value>) -> bool {
    replacement["originProduct"]["statusType"] != STOPPED
}

/// Whether all of `wanted` stands in `shown`, which may say more. Of the status the platform has a say, too.
fn holds(shown: &Value, wanted: &Value) -> bool {
    match (shown, wanted) {
        (Value::Object(shown), Value::Object(wanted)) => wanted.iter().all(|(name, wanted)| {
            name == "statusType" || shown.get(name).is_some_and(|shown| holds(shown, wanted))
        }),
        (Value::Array(shown), Value::Array(wanted)) => {
            shown.len() == wanted.len()
                && shown.iter().zip(wanted).all(|(shown, wanted)| holds(shown, wanted))
        }
        _ => shown == wanted,
    }
}
