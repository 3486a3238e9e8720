//! From a product's row and its options' stock to listings.
//!
//! Elements: <https://openapi.11st.co.kr/openapi/OpenApiGuide.tmall>, entries 1007 (list) and 1623 (stock), read 2026-09.

use connector_core::xml::Element;
use connector_core::{Error, ErrorKind, Listing, ListingState, Page, Record, Result};

use crate::answer::{self, Row, unexpected};
use crate::fault::said;

/// The member of a listing's own object that holds the option's row of the stock answer.
pub(crate) const STOCK: &str = "ProductStock";

/// The options of a product, by the answer about its stock.
pub(super) fn page(product: &Element, root: Element) -> Result<Page> {
    let stocks = stocks(root)?;
    let rows = stocks.all(STOCK).map(Row);
    let page = answer::page(rows, |row| Ok(Record::Listing(listing(product, row.0)?)));
    if page.records.is_empty() && page.failures.is_empty() {
        let message = "the platform tells of no option, where each product has one";
        return Err(Error::new(ErrorKind::NotFound, message));
    }
    Ok(page)
}

/// A list of products; one without any is a list as well.
pub(crate) fn products(root: Element) -> Result<Element> {
    refused(&root)?;
    if root.name() != "products" {
        return Err(unexpected(&root, "products"));
    }
    Ok(root)
}

/// The stock of one product; the call for many wraps it once more.
pub(crate) fn stocks(root: Element) -> Result<Element> {
    refused(&root)?;
    match root.name() {
        "ProductStocks" => Ok(root),
        "ProductStockss" => root
            .child("ProductStocks")
            .cloned()
            .ok_or_else(|| Error::decode("the answer holds no <ProductStocks>")),
        _ => Err(unexpected(&root, "ProductStocks")),
    }
}

/// A message where data was asked for.
fn refused(root: &Element) -> Result<()> {
    if root.name() != "ClientMessage" {
        return Ok(());
    }
    let said = said(root);
    let kind = match said.code.as_deref() {
        Some("404") => ErrorKind::NotFound,
        _ => ErrorKind::Rejected,
    };
    let error = Error::new(kind, said.text);
    Err(match said.code {
        Some(code) => error.with_code(code),
        None => error,
    })
}

fn listing(product: &Element, stock: &Element) -> Result<Listing, String> {
    let (of, option) = (Row(product), Row(stock));
    let status = of.word("selStatCd").ok_or("selStatCd is missing")?;
    let pieces = option.number("stckQty")?;
    let state = match state(status) {
        ListingState::OnSale if option.word("prdStckStatCd") == Some("02") || pieces == Some(0) => {
            ListingState::SoldOut
        }
        state => state,
    };
    let price = match (of.number("selPrc")?, option.number("addPrc")?) {
        (Some(price), surcharge) => Some(
            price.checked_add(surcharge.unwrap_or(0)).ok_or("selPrc and addPrc are more than any amount")?,
        ),
        (None, _) => None,
    };
    Ok(Listing {
        listing_id: of.id("prdNo")?.to_owned(),
        option_id: option.id("prdStckNo")?.to_owned(),
        sold_as: None,
        seller_code: option.owned("sellerStockCd").or_else(|| of.owned("sellerPrdCd")),
        name: of.owned("prdNm").ok_or("prdNm is missing")?,
        option_name: option.owned("mixDtlOptNm"),
        price,
        stock: pieces,
        state,
        status: status.to_owned(),
        // The product's row with the option's in it.
        raw: product.clone().with_child(stock.clone()).json(),
    })
}

/// Where a product stands, by `selStatCd`.
pub(crate) fn state(code: &str) -> ListingState {
    match code {
        "101" | "102" | "110" => ListingState::Pending,
        "103" => ListingState::OnSale,
        "104" => ListingState::SoldOut,
        "105" => ListingState::Stopped,
        "106" | "107" => ListingState::Ended,
        "108" | "109" => ListingState::Rejected,
        _ => ListingState::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_product_code_has_a_state() {
        for (codes, expected) in [
            ("101 102 110", ListingState::Pending),
            ("103", ListingState::OnSale),
            ("104", ListingState::SoldOut),
            ("105", ListingState::Stopped),
            ("106 107", ListingState::Ended),
            ("108 109", ListingState::Rejected),
            ("201 999", ListingState::Unknown),
        ] {
            for code in codes.split(' ') {
                assert_eq!(state(code), expected, "{code}");
            }
        }
    }
}
