//! A product as the platform wants it: its own object, with the draft's fields in it.

use connector_core::Listing;
use connector_core::command::{Content, Draft, OfListing, Refusal};
use serde_json::{Map, Value, json};

use super::{lacking, refused};

/// One picture to represent the option, and nine beside it.
const MOST_PICTURES: usize = 10;

/// The platform's own object, with what buyers are shown where it says nothing of it.
pub(super) fn told(draft: &Draft) -> Map<String, Value> {
    let mut product = draft.platform.clone();
    let Content { brand, delivery_fee, .. } = &draft.content;
    if let Some(brand) = brand {
        product.entry("brand").or_insert_with(|| json!(brand));
    }
    if let Some(fee) = delivery_fee.filter(|_| !product.contains_key("deliveryChargeType")) {
        product.insert("deliveryChargeType".to_owned(), json!(if fee == 0 { "FREE" } else { "NOT_FREE" }));
        product.entry("deliveryCharge").or_insert_with(|| json!(fee));
    }
    let items = product.get_mut("items").and_then(Value::as_array_mut);
    if let Some(item) = items.and_then(|items| items.first_mut()).and_then(Value::as_object_mut) {
        show(item, &draft.content);
    }
    product
}

/// The same of an option.
fn show(item: &mut Map<String, Value>, content: &Content) {
    let picture = |(order, url): (usize, &String)| {
        let kind = if order == 0 { "REPRESENTATION" } else { "DETAIL" };
        json!({"imageOrder": order, "imageType": kind, "vendorPath": url})
    };
    if !content.images.is_empty() {
        let pictures: Vec<Value> =
            content.images.iter().take(MOST_PICTURES).enumerate().map(picture).collect();
        item.entry("images").or_insert_with(|| json!(pictures));
    }
    if let Some(description) = &content.description {
        let text = json!([{"contentsType": "TEXT", "contentDetails": [{"content": description, "detailType": "TEXT"}]}]);
        item.entry("contents").or_insert(text);
    }
}

/// What a change says of the product, and of the option that is changed.
fn changes(draft: &Draft) -> (Map<String, Value>, Map<String, Value>) {
    let mut product = told(draft);
    let items = product.remove("items");
    let first = items.as_ref().and_then(|items| items.get(0)).and_then(Value::as_object);
    let mut item = first.cloned().unwrap_or_default();
    show(&mut item, &draft.content);
    (product, item)
}

pub(super) fn items(product: &mut Map<String, Value>) -> Result<&mut Vec<Value>, Refusal> {
    product
        .get_mut("items")
        .and_then(Value::as_array_mut)
        .ok_or_else(|| refused("the platform's object needs items, with one item at least"))
}

/// The product as last read, with the draft's changes. The platform wants it whole, and takes an option that is left out for
/// one to be removed.
pub(super) fn changed_product(listing: &OfListing, draft: &Draft) -> Result<Value, Refusal> {
    let raw = listing.raw.as_ref().ok_or_else(|| lacking("the product"))?;
    let mut product: Map<String, Value> =
        serde_json::from_str(raw.get()).map_err(|_| lacking("the product"))?;
    let (told, given) = changes(draft);
    product.extend(told);
    product.insert("sellerProductName".to_owned(), json!(draft.name));
    product.insert("requested".to_owned(), Value::Bool(true));
    let option = listing.option_id.as_str();
    let item = items(&mut product)?
        .iter_mut()
        .find(|item| is_option(item, option))
        .and_then(Value::as_object_mut)
        .ok_or_else(|| lacking("the option of the product"))?;
    item.extend(given);
    item.insert("externalVendorSku".to_owned(), json!(draft.seller_code));
    item.insert("salePrice".to_owned(), json!(draft.price));
    item.insert("maximumBuyCount".to_owned(), json!(draft.stock));
    Ok(Value::Object(product))
}

/// Whether the product shows all that the draft gives, stock and price aside: those of an approved option do not change so.
pub(super) fn agrees(now: &Listing, draft: &Draft) -> bool {
    let shown: Value = serde_json::from_str(now.raw.get()).unwrap_or_default();
    let item = shown["items"].as_array().into_iter().flatten().find(|item| is_option(item, &now.option_id));
    let (mut told, given) = changes(draft);
    told.remove("requested");
    now.name == draft.name
        && now.seller_code.as_deref() == Some(draft.seller_code.as_str())
        && holds(&shown, &Value::Object(told))
        && (given.is_empty() || item.is_some_and(|item| holds(item, &Value::Object(given))))
}

/// Whether what is given stands in what is shown. Numbers come back with a fraction of zero, and objects with more members.
fn holds(shown: &Value, given: &Value) -> bool {
    match (shown, given) {
        (Value::Object(shown), Value::Object(given)) => {
            given.iter().all(|(name, given)| shown.get(name).is_some_and(|shown| holds(shown, given)))
        }
        (Value::Array(shown), Value::Array(given)) => {
            shown.len() == given.len() && shown.iter().zip(given).all(|(shown, given)| holds(shown, given))
        }
        (Value::Number(shown), Value::Number(given)) => shown == given || shown.as_f64() == given.as_f64(),
        (shown, given) => shown == given,
    }
}

fn is_option(item: &Value, option_id: &str) -> bool {
    item.get("vendorItemId").is_some_and(|id| id.to_string().trim_matches('"') == option_id)
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;
    use crate::listings::model::listings;

    #[test]
    fn a_change_keeps_every_option_and_every_number() {
        let raw = r#"{"sellerProductId": 15000000001, "sellerProductName": "old", "deliveryCharge": 0.0, "new": {"a": 1},
            "items": [{"vendorItemId": 92979706172, "salePrice": 149000.0}, {"vendorItemId": 92979706179, "salePrice": 5.0}]}"#;
        let listing = OfListing {
            listing_id: "15000000001".to_owned(),
            option_id: "92979706179".to_owned(),
            raw: Some(RawValue::from_string(raw.to_owned()).expect("JSON")),
        };
        let platform = json!({"brand": "b", "items": [{"itemName": "화이트"}]});
        let draft = Draft {
            seller_code: "TB900-WH".to_owned(),
            name: "new".to_owned(),
            price: 1_000,
            stock: 3,
            platform: platform.as_object().expect("an object").clone(),
            content: Content::default(),
        };
        let product = changed_product(&listing, &draft).expect("a product");
        let content = Content { description: Some("설명".to_owned()), ..Content::default() };
        let described = Draft { platform: Map::new(), content, ..draft };
        let described = changed_product(&listing, &described).expect("a product");
        assert!(
            described["items"][1]["contents"].is_array() && described["items"][0].get("contents").is_none()
        );
        assert_eq!(
            product,
            json!({"sellerProductId": 15_000_000_001_u64, "sellerProductName": "new", "deliveryCharge": 0.0, "new": {"a": 1},
                "brand": "b", "requested": true,
                "items": [{"vendorItemId": 92_979_706_172_u64, "salePrice": 149_000.0},
                    {"vendorItemId": 92_979_706_179_u64, "salePrice": 1_000, "itemName": "화이트",
                     "externalVendorSku": "TB900-WH", "maximumBuyCount": 3}]})
        );
    }

    fn draft(platform: Value) -> Draft {
        Draft {
            seller_code: "TB900-BK".to_owned(),
            name: "테크브랜드 무선 이어폰 TB-900".to_owned(),
            price: 149_000,
            stock: 100,
            platform: platform.as_object().expect("an object").clone(),
            content: Content::default(),
        }
    }

    #[test]
    fn what_buyers_are_shown_is_put_in_where_nothing_is_said_of_it() {
        let content = Content {
            description: Some("설명".to_owned()),
            brand: Some("TechBrand".to_owned()),
            images: vec!["https://example.com/main.jpg".to_owned(), "https://example.com/1.jpg".to_owned()],
            delivery_fee: Some(3_000),
        };
        let of =
            |platform: Value| Value::Object(told(&Draft { content: content.clone(), ..draft(platform) }));
        assert_eq!(
            of(json!({"items": [{"notices": []}]})),
            json!({
                "brand": "TechBrand", "deliveryChargeType": "NOT_FREE", "deliveryCharge": 3_000,
                "items": [{
                    "notices": [],
                    "images": [
                        {"imageOrder": 0, "imageType": "REPRESENTATION", "vendorPath": "https://example.com/main.jpg"},
                        {"imageOrder": 1, "imageType": "DETAIL", "vendorPath": "https://example.com/1.jpg"},
                    ],
                    "contents": [
                        {"contentsType": "TEXT", "contentDetails": [{"content": "설명", "detailType": "TEXT"}]},
                    ],
                }],
            })
        );
        let own = json!({
            "brand": "b", "deliveryChargeType": "FREE", "deliveryCharge": 0, "items": [{"images": [], "contents": []}],
        });
        assert_eq!(of(own.clone()), own);
    }

    #[test]
    fn the_sample_of_a_new_product_stays_as_it_is() {
        let sample: Value =
            serde_json::from_str(include_str!("../../tests/samples/seller_product_create_request.json"))
                .expect("JSON");
        let mut platform = sample.clone();
        let object = platform.as_object_mut().expect("an object");
        for name in ["vendorId", "vendorUserId", "sellerProductName", "requested"] {
            object.remove(name);
        }
        for name in ["externalVendorSku", "salePrice", "maximumBuyCount"] {
            object["items"][0].as_object_mut().expect("an object").remove(name);
        }
        let product = crate::commands::tests::connector().new_product(&draft(platform)).expect("a product");
        assert_eq!(product, sample);
    }

    #[test]
    fn a_change_is_in_effect_when_all_of_it_is_shown() {
        let sample: Value =
            serde_json::from_str(include_str!("../../tests/samples/seller_product_detail.json"))
                .expect("JSON");
        let raw = RawValue::from_string(sample["data"].to_string()).expect("JSON");
        let listing = listings("15000000001", &raw).expect("a product").remove(0);
        for (platform, expected) in [
            (json!({}), true),
            (json!({"deliveryChargeOnReturn": 3000, "brand": "테크브랜드"}), true),
            (json!({"brand": "other"}), false),
            (json!({"items": [{"certifications": [{"certificationType": "NOT_REQUIRED"}]}]}), true),
            (json!({"items": [{"searchTags": ["무선이어폰"]}]}), false),
        ] {
            assert_eq!(agrees(&listing, &draft(platform.clone())), expected, "{platform}");
        }
        assert!(!agrees(&listing, &Draft { name: "other".to_owned(), ..draft(json!({})) }));
        let shown = |content| agrees(&listing, &Draft { content, ..draft(json!({})) });
        assert!(shown(Content { brand: Some("테크브랜드".to_owned()), ..Content::default() }));
        assert!(!shown(Content { brand: Some("other".to_owned()), ..Content::default() }));
        assert!(!shown(Content { description: Some("other".to_owned()), ..Content::default() }));
        assert!(!shown(Content {
            images: vec!["https://example.com/other.jpg".to_owned()],
            ..Content::default()
        }));
    }
}
