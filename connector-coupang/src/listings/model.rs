//! From products, their options and the options' stock to listings.

use std::collections::BTreeSet;

use connector_core::lenient::{Text, Whole, items, object};
use connector_core::{Listing, ListingState, Result};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::orders::model::is_number;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WireRow<'a> {
    #[serde(borrow)]
    seller_product_id: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WireProduct<'a> {
    #[serde(borrow)]
    seller_product_name: Text<'a>,
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow)]
    status_name: Text<'a>,
    #[serde(borrow)]
    items: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WireOption<'a> {
    #[serde(borrow)]
    vendor_item_id: Text<'a>,
    #[serde(borrow)]
    seller_product_item_id: Text<'a>,
    #[serde(borrow)]
    item_name: Text<'a>,
    #[serde(borrow)]
    external_vendor_sku: Text<'a>,
    sale_price: Whole,
}

/// What is to be known of an option's stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Inventory {
    /// Pieces left.
    pub stock: i64,
    /// Won for a piece.
    pub price: i64,
    /// Whether the seller lets it be sold.
    pub on_sale: bool,
}

/// The number of a product in the list.
///
/// # Errors
/// That there is none.
pub(super) fn product_id(raw: &RawValue) -> Result<String, String> {
    let row: WireRow<'_> = object(raw).unwrap_or_default();
    let id = row.seller_product_id.word().filter(|id| is_number(id));
    id.map(str::to_owned).ok_or_else(|| "sellerProductId is missing or no number".to_owned())
}

/// What an option's own answer says.
///
/// # Errors
/// What is missing in it.
pub(super) fn inventory(raw: &RawValue) -> Result<Inventory, String> {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Wire<'a> {
        amount_in_stock: Whole,
        sale_price: Whole,
        #[serde(borrow)]
        on_sale: Option<&'a RawValue>,
    }
    let wire: Wire<'_> = object(raw).map_err(|reason| format!("stock: {reason}"))?;
    let on_sale = match wire.on_sale.map(RawValue::get) {
        Some("true") => true,
        Some("false") => false,
        _ => return Err("onSale is missing or neither true nor false".to_owned()),
    };
    let number = |value: &Whole, field: &str| value.require(field, "a whole number").copied();
    Ok(Inventory {
        stock: number(&wire.amount_in_stock, "amountInStock")?,
        price: number(&wire.sale_price, "salePrice")?,
        on_sale,
    })
}

/// The options of a product, without what only their stock tells.
///
/// # Errors
/// What is missing in it.
pub(crate) fn listings(id: &str, raw: &RawValue) -> Result<Vec<Listing>, String> {
    let product: WireProduct<'_> = object(raw)?;
    let name = product.seller_product_name.filled().ok_or("sellerProductName is missing")?;
    let status = product.status.filled().or_else(|| product.status_name.filled()).unwrap_or_default();
    let items: Vec<WireOption<'_>> = items(product.items, "items")?
        .into_iter()
        .map(object)
        .collect::<Result<_, _>>()
        .map_err(|reason| format!("items: {reason}"))?;
    let listing = |(index, item): (usize, WireOption<'_>)| {
        let id_of = |text: &Text<'_>| text.word().map(str::to_owned);
        // An option has no number of its own before the platform has approved it.
        let option_id = id_of(&item.vendor_item_id).filter(|id| is_number(id)).unwrap_or_else(|| {
            format!("pending-{}", id_of(&item.seller_product_item_id).unwrap_or_else(|| index.to_string()))
        });
        Listing {
            listing_id: id.to_owned(),
            option_id,
            sold_as: None,
            seller_code: item.external_vendor_sku.owned(),
            name: name.to_owned(),
            option_name: item.item_name.owned(),
            price: item.sale_price.get().copied(),
            stock: None,
            state: state(status.trim(), None),
            status: status.to_owned(),
            raw: raw.to_owned(),
        }
    };
    let listings: Vec<Listing> = items.into_iter().enumerate().map(listing).collect();
    let options: BTreeSet<&str> = listings.iter().map(|listing| listing.option_id.as_str()).collect();
    if options.len() < listings.len() {
        return Err("items holds one option twice".to_owned());
    }
    Ok(listings)
}

/// Puts into a listing what its stock tells.
pub(crate) fn note(listing: &mut Listing, inventory: Option<Inventory>) {
    if let Some(inventory) = inventory {
        (listing.stock, listing.price) = (Some(inventory.stock), Some(inventory.price));
    }
    listing.state = state(listing.status.trim(), inventory);
}

/// Approval and sale are told apart, and a product under another review is sold on: what is known of the sale goes first.
fn state(status: &str, inventory: Option<Inventory>) -> ListingState {
    match (status, inventory) {
        ("DELETED" | "상품삭제", _) => ListingState::Ended,
        (_, Some(Inventory { on_sale: false, .. })) => ListingState::Stopped,
        (_, Some(Inventory { stock, .. })) if stock > 0 => ListingState::OnSale,
        (_, Some(_)) => ListingState::SoldOut,
        ("DENIED" | "승인반려", None) => ListingState::Rejected,
        (
            "SAVED" | "임시저장" | "SAVING" | "임시저장중" | "IN_REVIEW" | "심사중" | "APPROVING"
            | "승인대기중",
            None,
        ) => ListingState::Pending,
        // Approved, and its stock is not known.
        _ => ListingState::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use connector_core::http::Response;
    use http::{HeaderMap, StatusCode};

    use super::*;
    use crate::answer::Envelope;

    fn answer(body: &str) -> Response {
        let body = Bytes::copy_from_slice(body.as_bytes());
        Response { status: StatusCode::OK, headers: HeaderMap::new(), body }
    }

    #[test]
    fn the_sample_product_is_two_listings() {
        let body = include_str!("../../tests/samples/seller_product_detail.json");
        let response = answer(body);
        let envelope = Envelope::of(&response).expect("an answer");
        let mut listings = listings("15000000001", envelope.object().expect("an object")).expect("a product");
        note(&mut listings[0], Some(Inventory { stock: 97, price: 148_000, on_sale: true }));
        let figures: Vec<_> = listings
            .iter()
            .map(|listing| {
                let code = listing.seller_code.as_deref().unwrap_or_default();
                (listing.option_id.as_str(), code, listing.price, listing.stock, listing.state)
            })
            .collect();
        assert_eq!(
            figures,
            [
                ("92979706172", "TB900-BK", Some(148_000), Some(97), ListingState::OnSale),
                ("92979706179", "TB900-WH", Some(149_000), None, ListingState::Unknown),
            ]
        );
        assert_eq!(listings[0].name, "테크브랜드 무선 이어폰 TB-900");
        assert_eq!(listings[1].option_name.as_deref(), Some("화이트"));
        assert!(body.contains(listings[0].raw.get()), "kept byte for byte");
    }

    #[test]
    fn the_sale_goes_before_the_approval() {
        let sold = |stock, on_sale| Some(Inventory { stock, price: 100, on_sale });
        for (status, inventory, expected) in [
            ("APPROVED", sold(1, true), ListingState::OnSale),
            ("IN_REVIEW", sold(1, true), ListingState::OnSale),
            ("APPROVED", sold(0, true), ListingState::SoldOut),
            ("승인완료", sold(9, false), ListingState::Stopped),
            ("DELETED", sold(9, true), ListingState::Ended),
            ("심사중", None, ListingState::Pending),
            ("DENIED", None, ListingState::Rejected),
            ("ON_THE_MOON", None, ListingState::Unknown),
        ] {
            assert_eq!(state(status, inventory), expected, "{status}");
        }
    }

    #[test]
    fn stock_is_read_or_named() {
        let read = |body: &str| {
            let response = answer(body);
            Envelope::of(&response).expect("an answer").object().and_then(inventory)
        };
        let body = r#"{"code": "SUCCESS", "data": {"sellerItemId": 1, "amountInStock": 97, "salePrice": 149000, "onSale": true}}"#;
        assert_eq!(read(body), Ok(Inventory { stock: 97, price: 149_000, on_sale: true }));
        for body in [r#"{"data": []}"#, r#"{"data": {"amountInStock": 1, "salePrice": 1}}"#] {
            assert!(read(body).is_err(), "{body}");
        }
    }

    #[test]
    fn two_options_of_one_number_are_named_and_neither_takes_the_others_place() {
        let raw = r#"{"sellerProductName": "x", "items": [{"vendorItemId": 7, "salePrice": 1}, {"vendorItemId": "7"}]}"#;
        let raw = RawValue::from_string(raw.to_owned()).expect("JSON");
        assert_eq!(listings("1", &raw).err().as_deref(), Some("items holds one option twice"));
        let raw =
            RawValue::from_string(r#"{"sellerProductName": "x", "items": []}"#.to_owned()).expect("JSON");
        assert_eq!(listings("1", &raw).err().as_deref(), Some("items is empty"));
    }

    #[test]
    fn an_option_without_a_number_is_pending() {
        let raw = RawValue::from_string(
            r#"{"sellerProductName": "x", "status": "IN_REVIEW", "items": [{"vendorItemId": null, "sellerProductItemId": 4}]}"#
                .to_owned(),
        );
        let listings = listings("1", &raw.expect("JSON")).expect("a product");
        assert_eq!((listings[0].option_id.as_str(), listings[0].state), ("pending-4", ListingState::Pending));
    }
}
