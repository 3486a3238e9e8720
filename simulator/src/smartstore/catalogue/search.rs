//! The list of goods.

use std::cmp::Reverse;

use serde_json::{Value, json};

use super::{Product, STATUSES, Shelf};
use crate::answer::Answer;
use crate::instant::{Millis, kst_day, kst_text};

const KEYWORDS: [&str; 4] = ["CHANNEL_PRODUCT_NO", "PRODUCT_NO", "GROUP_PRODUCT_NO", "SELLER_CODE"];
const ORDERS: [&str; 14] = [
    "NO",
    "NAME",
    "SELLER_CODE",
    "LOW_PRICE",
    "HIGH_PRICE",
    "REG_DATE",
    "MOD_DATE",
    "SALE_START",
    "SALE_END",
    "POPULARITY",
    "ACCUMULATE_SALE",
    "LOW_DISCOUNT_PRICE",
    "TOTAL_REVIEW_COUNT",
    "AVERAGE_REVIEW_SCORE",
];
const PERIODS: [&str; 4] = ["PROD_REG_DAY", "SALE_START_DAY", "SALE_END_DAY", "PROD_MOD_DAY"];
/// Rows of a page, and of one that says nothing else.
const MOST: u64 = 500;
const USUAL: u64 = 50;

impl Shelf<'_> {
    pub(super) fn search(&self) -> Result<Answer, Answer> {
        let body = self.read()?;
        let word = |name: &str, known: &[&str]| match &body[name] {
            Value::Null => Ok(None),
            Value::String(word) if known.contains(&word.as_str()) => Ok(Some(word.as_str())),
            _ => Err(self.wrong(name, "NotValidEnum")),
        };
        let keyword = word("searchKeywordType", &KEYWORDS)?;
        let order = word("orderType", &ORDERS)?.unwrap_or("NO");
        let period = word("periodType", &PERIODS)?;
        let number = |name: &str, usual: u64, most: u64| match &body[name] {
            Value::Null => Ok(usual),
            value => {
                let number = value.as_u64().filter(|number| (1..=most).contains(number));
                number.ok_or_else(|| self.wrong(name, "NotValid"))
            }
        };
        let (page, size) = (number("page", 1, u64::MAX)?, number("size", USUAL, MOST)?);
        let list = |name: &str| body[name].as_array().cloned().unwrap_or_default();
        let statuses = list("productStatusTypes");
        if statuses.iter().any(|status| status.as_str().is_none_or(|status| !STATUSES.contains(&status))) {
            return Err(self.wrong("productStatusTypes", "NotValidEnum"));
        }
        let is_named = |product: &Product| match keyword {
            Some("CHANNEL_PRODUCT_NO") => list("channelProductNos").contains(&product.channel_number.into()),
            Some("PRODUCT_NO") => list("originProductNos").contains(&product.number.into()),
            // No good of this shop is in a group.
            Some("GROUP_PRODUCT_NO") => false,
            // A part of the code is enough:
            // https://github.com/commerce-api-naver/commerce-api/discussions/1828 (read 2026-03-11).
            Some(_) => {
                let code = body["sellerManagementCode"].as_str().unwrap_or_default();
                product.seller_code().is_some_and(|known| known.contains(code))
            }
            None => true,
        };
        let days = ["fromDate", "toDate"].map(|name| body[name].as_str().map(str::to_owned));
        let is_then = |product: &Product| {
            let day = match period {
                Some("PROD_REG_DAY") => kst_day(product.registered_at),
                Some("PROD_MOD_DAY") => kst_day(product.modified_at),
                _ => return true,
            };
            let [from, to] = &days;
            from.as_ref().is_none_or(|from| *from <= day) && to.as_ref().is_none_or(|to| day <= *to)
        };
        self.store.shelf(|catalogue, _| {
            let mut found: Vec<&Product> = catalogue
                .products
                .values()
                .filter(|product| is_named(product) && is_then(product))
                .filter(|product| statuses.is_empty() || statuses.contains(&product.status().into()))
                .collect();
            let ascending = sort(&mut found, order);
            let total = found.len() as u64;
            let pages = total.div_ceil(size);
            let start = if self.endless { 0 } else { (page - 1).saturating_mul(size) };
            let start = usize::try_from(start).unwrap_or(usize::MAX);
            let size_here = usize::try_from(size).expect("at most a page");
            let rows: Vec<Value> = found.into_iter().skip(start).take(size_here).map(row).collect();
            let count = rows.len();
            let direction = if ascending { "ASC" } else { "DESC" };
            let body = json!({
                "contents": rows, "page": page, "size": size, "totalElements": total,
                "totalPages": if self.endless { page + 1 } else { pages },
                "sort": {
                    "sorted": true,
                    "fields": [{"name": order.to_ascii_lowercase(), "direction": direction}],
                },
                "first": page == 1, "last": !self.endless && page >= pages,
            });
            Ok(Answer::json(200, body.to_string()).with_rows(count))
        })
    }
}

/// Sorts, and tells whether upwards.
fn sort(products: &mut [&Product], order: &str) -> bool {
    products.sort_by_key(|product| Reverse(product.number));
    match order {
        "NAME" => products.sort_by_key(|product| product.name().to_owned()),
        "SELLER_CODE" => products.sort_by_key(|product| product.seller_code().map(str::to_owned)),
        "LOW_PRICE" => products.sort_by_key(|product| product.price()),
        "LOW_DISCOUNT_PRICE" => products.sort_by_key(|product| product.discounted()),
        "HIGH_PRICE" => products.sort_by_key(|product| Reverse(product.price())),
        "REG_DATE" => products.sort_by_key(|product| Reverse(product.registered_at)),
        "MOD_DATE" => products.sort_by_key(|product| Reverse(product.modified_at)),
        _ => {}
    }
    matches!(order, "NAME" | "SELLER_CODE" | "LOW_PRICE" | "LOW_DISCOUNT_PRICE")
}

fn row(product: &Product) -> Value {
    let delivery = product.at(&["deliveryInfo"]);
    let search = product.at(&["detailAttribute", "naverShoppingSearchInfo"]);
    let mut channel = json!({
        "originProductNo": product.number, "channelProductNo": product.channel_number,
        "channelServiceType": "STOREFARM", "categoryId": product.at(&["leafCategoryId"]),
        "name": product.name(), "statusType": product.status(),
        "channelProductDisplayStatusType": product.channel.get("channelProductDisplayStatusType"),
        "salePrice": product.price(), "discountedPrice": product.discounted(),
        "stockQuantity": product.stock(),
        "knowledgeShoppingProductRegistration": product.channel.get("naverShoppingRegistration"),
        "deliveryAttributeType": "NORMAL",
        "deliveryFee": delivery["deliveryFee"]["baseFee"].as_i64().unwrap_or(0),
        "returnFee": delivery["claimDeliveryInfo"]["returnDeliveryFee"].as_i64().unwrap_or(0),
        "exchangeFee": delivery["claimDeliveryInfo"]["exchangeDeliveryFee"].as_i64().unwrap_or(0),
        "wholeCategoryName": "시험>상품", "wholeCategoryId": product.at(&["leafCategoryId"]),
        "representativeImage": product.at(&["images", "representativeImage"]),
        "sellerTags": product.at(&["detailAttribute", "seoInfo", "sellerTags"]).as_array().cloned().unwrap_or_default(),
        "regDate": date(product.registered_at), "modifiedDate": date(product.modified_at),
    });
    for (name, value) in [
        ("sellerManagementCode", product.seller_code().unwrap_or_default()),
        ("modelName", search["modelName"].as_str().unwrap_or_default()),
        ("brandName", search["brandName"].as_str().unwrap_or_default()),
        ("manufacturerName", search["manufacturerName"].as_str().unwrap_or_default()),
        ("saleStartDate", product.at(&["saleStartDate"]).as_str().unwrap_or_default()),
        ("saleEndDate", product.at(&["saleEndDate"]).as_str().unwrap_or_default()),
    ] {
        if !value.is_empty() {
            channel[name] = value.into();
        }
    }
    json!({"originProductNo": product.number, "channelProducts": [channel]})
}

/// With as many digits after the second as it needs, and none for a whole one: so live answers are.
fn date(at: Millis) -> String {
    let text = kst_text(at);
    let (whole, zone) = text.split_at(23);
    format!("{}{zone}", whole.trim_end_matches('0').trim_end_matches('.'))
}
