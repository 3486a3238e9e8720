//! Calls on products and their options.

use connector_core::command::{Content, Draft, OfListing, Refusal};
use connector_core::http::Request;
use connector_core::xml::Element;
use http::Method;
use serde_json::Value;

use super::{Own, refused};
use crate::answer::with_body;
use crate::listings::model::STOCK;
use crate::path::path;

/// Prices are whole tens of won.
const STEP: i64 = 10;

fn put(operation: &'static str, path: String) -> Request {
    Request { method: Method::PUT, ..Request::post(operation, path) }
}

/// #1625. All four fields are wanted; the weight is sent back as it is.
pub(super) fn set_stock(listing: &OfListing, stock: i64) -> Result<Request, Refusal> {
    if stock < 0 {
        return Err(refused("stock cannot be negative"));
    }
    let own = Own::of(listing.raw.as_deref())?;
    let weight = own.require(&[STOCK, "optWght"])?;
    let body = Element::new(STOCK)
        .with("prdNo", listing.listing_id.as_str())
        .with("prdStckNo", listing.option_id.as_str())
        .with("stckQty", stock.to_string())
        .with("optWght", weight);
    let path = path(&["prodservices", "stockqty", &listing.option_id])?;
    Ok(with_body(put("prodservices/stockqty", path), &body))
}

/// #1752. The platform prices the product; an option costs its surcharge more.
pub(super) fn set_price(listing: &OfListing, price: i64) -> Result<Request, Refusal> {
    let surcharge = if listing.option_id.is_empty() {
        0
    } else {
        let own = Own::of(listing.raw.as_deref())?;
        let text = own.require(&[STOCK, "addPrc"])?.replace(',', "");
        text.parse::<i64>().map_err(|_| refused("the option's surcharge is no number"))?
    };
    let price = price.checked_sub(surcharge).filter(|price| *price > 0 && price % STEP == 0).ok_or_else(|| {
        refused(format!("a price without the option's surcharge of {surcharge} won must be positive and a multiple of {STEP}"))
    })?;
    let path = path(&["prodservices", "product", "price", &listing.listing_id, &price.to_string()])?;
    Ok(Request::get("prodservices/product/price", path).writes())
}

/// #1631.
pub(super) fn stop(listing: &OfListing) -> Result<Request, Refusal> {
    let path = path(&["prodstatservice", "stat", "stopdisplay", &listing.listing_id])?;
    Ok(put("prodstatservice/stat/stopdisplay", path))
}

/// #1632.
pub(super) fn resume(listing: &OfListing) -> Result<Request, Refusal> {
    let path = path(&["prodstatservice", "stat", "restartdisplay", &listing.listing_id])?;
    Ok(put("prodstatservice/stat/restartdisplay", path))
}

/// #1003.
pub(super) fn create(draft: &Draft) -> Result<Request, Refusal> {
    Ok(with_body(Request::post("prodservices/product", "/prodservices/product"), &product(draft)?))
}

/// #1619.
pub(super) fn update(listing: &OfListing, draft: &Draft) -> Result<Request, Refusal> {
    let path = path(&["prodservices", "product", &listing.listing_id])?;
    Ok(with_body(put("prodservices/product", path), &product(draft)?))
}

fn product(draft: &Draft) -> Result<Element, Refusal> {
    if draft.stock <= 0 {
        return Err(refused("11st takes no product without stock: name at least 1, then stop its sale"));
    }
    if draft.price <= 0 || draft.price % STEP != 0 {
        return Err(refused(format!("a price must be positive and a multiple of {STEP}")));
    }
    let mut product = Element::of_json("Product", &Value::Object(draft.platform.clone()));
    product.set("sellerPrdCd", draft.seller_code.as_str());
    product.set("prdNm", draft.name.as_str());
    product.set("selPrc", draft.price.to_string());
    product.set("prdSelQty", draft.stock.to_string());
    show(&mut product, &draft.content);
    Ok(product)
}

/// Puts in what buyers are shown, where the draft's own object says nothing of it.
fn show(product: &mut Element, content: &Content) {
    let mut put = |name: &str, text: &str| {
        if product.child(name).is_none() {
            product.set(name, text);
        }
    };
    if let Some(description) = &content.description {
        put("htmlDetail", description);
    }
    if let Some(brand) = &content.brand {
        put("brand", brand);
    }
    for (image, name) in content.images.iter().zip(["prdImage01", "prdImage02", "prdImage03", "prdImage04"]) {
        put(name, image);
    }
    match content.delivery_fee {
        Some(_) if product.child("dlvCstInstBasiCd").is_some() => {}
        None => {}
        Some(0) => product.set("dlvCstInstBasiCd", "01"),
        Some(fee) => {
            product.set("dlvCstInstBasiCd", "02");
            if product.child("dlvCst1").is_none() {
                product.set("dlvCst1", fee.to_string());
            }
        }
    }
}
