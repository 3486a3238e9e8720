//! From a product and what holds for it at an account to what the platform is told.

use connector_core::command::{Content, Draft};
use storage::{ChannelTerms, ProductRow};
use xxhash_rust::xxh3::xxh3_64;

/// What buyers are shown of a product.
pub(crate) fn content(product: &ProductRow) -> Content {
    let details = &product.details;
    Content {
        description: details.description.clone(),
        brand: details.brand.clone(),
        images: details.main_image.iter().chain(&details.additional_images).cloned().collect(),
        delivery_fee: details.delivery_fee,
    }
}

/// The product as the platform is told of it, at this price and stock.
pub(crate) fn draft(product: &ProductRow, terms: &ChannelTerms, price: i64, stock: i64) -> Draft {
    Draft {
        seller_code: product.seller_code.clone(),
        name: product.name.clone(),
        price,
        stock,
        platform: terms.platform.clone(),
        content: content(product),
    }
}

/// The price at the account.
pub(crate) fn price(product: &ProductRow, terms: &ChannelTerms) -> Option<i64> {
    terms.price.or(product.price)
}

/// The stock that the account may sell; `None` where it is not kept here.
pub(crate) fn stock(product: &ProductRow, terms: &ChannelTerms) -> Option<i64> {
    product.available().map(|available| terms.offered(available))
}

/// A digest of a draft, for the key under which it is sent.
pub(crate) fn digest(draft: &Draft) -> u64 {
    let text = serde_json::to_vec(draft).expect("a draft can be written as JSON");
    xxh3_64(&text)
}

/// A digest of all that a draft says beside price and stock.
pub(crate) fn content_digest(draft: &Draft) -> i64 {
    digest(&Draft { price: 0, stock: 0, ..draft.clone() }).cast_signed()
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    fn sample(price: i64, image: &str) -> Draft {
        let content = Content { images: vec![image.to_owned()], ..Content::default() };
        let mut platform = Map::new();
        platform.insert("brand".to_owned(), json!("b"));
        Draft { seller_code: "A".into(), name: "양말".into(), price, stock: 1, platform, content }
    }

    #[test]
    fn a_price_is_no_content() {
        assert_eq!(content_digest(&sample(1, "a")), content_digest(&sample(2, "a")));
        assert_ne!(content_digest(&sample(1, "a")), content_digest(&sample(1, "b")));
        assert_ne!(digest(&sample(1, "a")), digest(&sample(2, "a")));
    }
}
