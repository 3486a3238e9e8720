//! Stock, price and sale of options; making and changing products.
//!
//! <https://developers.coupangcorp.com/hc/ko/articles/360034156253> (stock),
//! <https://developers.coupangcorp.com/hc/ko/articles/360034156273> (price),
//! <https://developers.coupangcorp.com/hc/ko/articles/360033877853> (making a product),
//! <https://developers.coupangcorp.com/hc/ko/articles/360034156073> (changing it), read 2026-11.

use connector_core::command::{Draft, OfListing, Refusal};
use connector_core::error::words;
use connector_core::http::{Client, Request, Response};
use connector_core::lenient::{Object, Text};
use connector_core::{Action, Error, ErrorKind, Finding, Listing, Outcome, Record, Result, Standing};
use http::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::draft::{agrees, changed_product, items, told};
use super::{number, refused, write};
use crate::answer::Envelope;
use crate::listings::model::{Inventory, listings, note};
use crate::listings::{MARKETPLACE, PRODUCTS};
use crate::orders::model::is_number;
use crate::orders::shown;
use crate::{Coupang, patient};

const BY_CODE: &str = "seller-products/external-vendor-sku-codes";

impl Coupang {
    pub(super) async fn change_listing(&self, http: &Client, action: &Action) -> Result<Outcome> {
        let (method, operation, path, body) = match self.listing_call(action) {
            Ok(call) => call,
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        };
        let request = write(method, operation, path);
        let request = match body {
            Some(body) => patient(request.json(&body)?),
            None => request,
        };
        let response = http.send(request).await?;
        match action {
            Action::CreateListing { .. } => Ok(created(&response)),
            // Whatever is no success is an error by now.
            _ => Ok(Outcome::accepted()),
        }
    }

    fn listing_call(
        &self,
        action: &Action,
    ) -> Result<(Method, &'static str, String, Option<Value>), Refusal> {
        let option = |listing: &OfListing, operation, rest: String| {
            let id = option_of(listing)?;
            Ok((Method::PUT, operation, format!("{MARKETPLACE}/vendor-items/{id}/{rest}"), None))
        };
        match action {
            Action::SetStock { listing, stock } => {
                if *stock < 0 {
                    return Err(refused("stock cannot be negative"));
                }
                option(listing, "vendor-items/quantities", format!("quantities/{stock}"))
            }
            Action::SetPrice { listing, price } => {
                if *price <= 0 || price % 10 != 0 {
                    return Err(refused("Coupang takes prices in tens of won"));
                }
                option(listing, "vendor-items/prices", format!("prices/{price}"))
            }
            Action::StopSale { listing } => {
                option(listing, "vendor-items/sales/stop", "sales/stop".to_owned())
            }
            Action::ResumeSale { listing } => {
                option(listing, "vendor-items/sales/resume", "sales/resume".to_owned())
            }
            Action::CreateListing { draft } => {
                let path = format!("{MARKETPLACE}/{PRODUCTS}");
                Ok((Method::POST, PRODUCTS, path, Some(self.new_product(draft)?)))
            }
            Action::UpdateListing { listing, draft } => {
                let path = format!("{MARKETPLACE}/{PRODUCTS}");
                Ok((Method::PUT, PRODUCTS, path, Some(changed_product(listing, draft)?)))
            }
            _ => Err(refused("this is done to no listing")),
        }
    }

    /// The platform's product object with the draft's fields in it.
    pub(super) fn new_product(&self, draft: &Draft) -> Result<Value, Refusal> {
        let mut product = told(draft);
        product.insert("vendorId".to_owned(), json!(self.settings.vendor_id));
        product.insert("sellerProductName".to_owned(), json!(draft.name));
        if !product.contains_key("vendorUserId") {
            let user_id = self.settings.user_id.as_ref().ok_or_else(|| Refusal {
                kind: ErrorKind::Config,
                code: None,
                message: "a new product needs the setting user_id, the login id in WING".to_owned(),
            })?;
            product.insert("vendorUserId".to_owned(), json!(user_id));
        }
        product.entry("requested").or_insert(Value::Bool(true));
        let item = items(&mut product)?
            .first_mut()
            .and_then(Value::as_object_mut)
            .ok_or_else(|| refused("the platform's object needs items, with one item at least"))?;
        item.insert("externalVendorSku".to_owned(), json!(draft.seller_code));
        item.insert("salePrice".to_owned(), json!(draft.price));
        item.insert("maximumBuyCount".to_owned(), json!(draft.stock));
        item.entry("originalPrice").or_insert(json!(draft.price));
        item.entry("itemName").or_insert(json!(draft.name));
        Ok(Value::Object(product))
    }

    pub(super) async fn inspect_listing(&self, http: &Client, action: &Action) -> Result<Finding> {
        match action {
            Action::CreateListing { draft } => self.find_by_code(http, &draft.seller_code).await,
            Action::UpdateListing { listing, draft } => self.inspect_product(http, listing, draft).await,
            _ => self.inspect_option(http, action).await,
        }
    }

    async fn inspect_option(&self, http: &Client, action: &Action) -> Result<Finding> {
        let Some(listing) = action.listing() else {
            return Err(Error::unsupported("looking at a listing that is none"));
        };
        let option_id = match option_of(listing) {
            Ok(id) => id,
            Err(refusal) => return Ok(Finding::bare(Standing::Barred(refusal))),
        };
        let now = match self.inventory(http, option_id).await? {
            None => return Ok(Finding::bare(Standing::barred("the platform does not show the option"))),
            Some(Err(reason)) => return Ok(Finding::bare(Standing::Unclear { reason })),
            Some(Ok(now)) => now,
        };
        let is_so = match action {
            Action::SetStock { stock, .. } => now.stock == *stock,
            Action::SetPrice { price, .. } => now.price == *price,
            Action::StopSale { .. } => !now.on_sale,
            _ => now.on_sale,
        };
        let standing = if is_so { Standing::in_effect() } else { Standing::NotInEffect };
        Ok(Finding { standing, records: as_seen(listing, now).into_iter().map(Record::Listing).collect() })
    }

    async fn inspect_product(&self, http: &Client, listing: &OfListing, draft: &Draft) -> Result<Finding> {
        if !is_number(&listing.listing_id) {
            return Ok(Finding::bare(Standing::Barred(refused("the product's number is none"))));
        }
        let listings = match self.product(http, &listing.listing_id).await? {
            None => return Ok(Finding::bare(Standing::barred("the platform does not show the product"))),
            Some(Err(reason)) => return Ok(Finding::bare(Standing::Unclear { reason })),
            Some(Ok(listings)) => listings,
        };
        let Some(now) = listings.iter().find(|now| now.option_id == listing.option_id) else {
            return Ok(Finding::bare(Standing::barred("the product has no such option any more")));
        };
        let is_so = agrees(now, draft);
        let standing = if is_so { Standing::in_effect() } else { Standing::NotInEffect };
        Ok(Finding { standing, records: listings.into_iter().map(Record::Listing).collect() })
    }

    /// Whether there is a product of that code; a new one is found a minute after it was made.
    async fn find_by_code(&self, http: &Client, code: &str) -> Result<Finding> {
        let path = format!("{MARKETPLACE}/{BY_CODE}/{}", encoded(code));
        let first =
            |response: &Response| Ok(Envelope::of(response)?.rows()?.first().map(|raw| product_id(raw)));
        let Some(reference) = shown(http, Request::get(BY_CODE, path), first).await?.flatten() else {
            return Ok(Finding::bare(Standing::NotInEffect));
        };
        // That it is there is certain; what it is like can also be read later.
        let listings = match &reference {
            Some(id) => self.product(http, id).await.ok().flatten().and_then(std::result::Result::ok),
            None => None,
        };
        let records = listings.into_iter().flatten().map(Record::Listing).collect();
        Ok(Finding { standing: Standing::InEffect { reference }, records })
    }
}

fn option_of(listing: &OfListing) -> Result<&str, Refusal> {
    number(&listing.option_id, "the option's number")
        .map(|_| listing.option_id.as_str())
        .map_err(|_| Refusal::conflict("the option has no number yet: the platform has not approved it"))
}

/// The listing with its stock as it is now, where the product is known.
fn as_seen(target: &OfListing, now: Inventory) -> Option<Listing> {
    let raw = target.raw.as_ref()?;
    let known = listings(&target.listing_id, raw).ok()?;
    let mut listing = known.into_iter().find(|listing| listing.option_id == target.option_id)?;
    note(&mut listing, Some(now));
    Some(listing)
}

/// What a new product is called: `data` is its number, or an object with it.
fn created(response: &Response) -> Outcome {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Nested<'a> {
        #[serde(borrow)]
        code: Text<'a>,
        #[serde(borrow)]
        message: Text<'a>,
        #[serde(borrow)]
        data: Text<'a>,
    }
    let unknown = || Outcome::Unknown { reason: "the answer does not name the new product".to_owned() };
    let Ok(envelope) = Envelope::of(response) else { return unknown() };
    let data = envelope.data.map_or("null", RawValue::get);
    let id = |text: &Text<'_>| text.filled().map(|id| id.trim().to_owned()).filter(|id| is_number(id));
    if let Some(id) = serde_json::from_str::<Text<'_>>(data).ok().as_ref().and_then(id) {
        return Outcome::Accepted { reference: Some(id) };
    }
    match serde_json::from_str::<Object<Nested<'_>>>(data) {
        Ok(Object(nested)) if nested.code.filled() == Some("ERROR") => {
            Outcome::refused("ERROR", words(nested.message.filled().unwrap_or_default()))
        }
        Ok(Object(nested)) => match id(&nested.data) {
            Some(id) => Outcome::Accepted { reference: Some(id) },
            None => unknown(),
        },
        Err(_) => unknown(),
    }
}

fn product_id(raw: &RawValue) -> Option<String> {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Row<'a> {
        #[serde(borrow)]
        seller_product_id: Text<'a>,
    }
    let row: Object<Row<'_>> = serde_json::from_str(raw.get()).ok()?;
    row.seller_product_id.filled().map(|id| id.trim().to_owned())
}

/// A seller's code as a part of a path, in a form that nobody on the way encodes anew.
fn encoded(code: &str) -> String {
    code.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' => char::from(byte).to_string(),
            // A dot by itself would be a step up or none.
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};

    use super::*;

    fn answer(body: &str) -> Response {
        let body = Bytes::copy_from_slice(body.as_bytes());
        Response { status: StatusCode::OK, headers: HeaderMap::new(), body }
    }

    #[test]
    fn a_new_product_is_named_flat_or_nested() {
        let named = Outcome::Accepted { reference: Some("15000000001".to_owned()) };
        for body in [
            r#"{"code": "SUCCESS", "message": "", "data": 15000000001}"#,
            r#"{"code": "200", "message": "", "data": {"code": "SUCCESS", "message": "", "data": 15000000001}}"#,
        ] {
            assert_eq!(created(&answer(body)), named, "{body}");
        }
        let nested =
            r#"{"code": "200", "data": {"code": "ERROR", "message": "반품지가 다릅니다.", "data": null}}"#;
        assert_eq!(created(&answer(nested)), Outcome::refused("ERROR", "반품지가 다릅니다."));
        assert!(matches!(created(&answer("{}")), Outcome::Unknown { .. }));
    }

    #[test]
    fn a_code_in_a_path_is_sent_as_it_is_signed() {
        assert_eq!(encoded("TB900-BK"), "TB900-BK");
        assert_eq!(encoded("a b/가.."), "a%20b%2F%EA%B0%80%2E%2E");
    }
}
