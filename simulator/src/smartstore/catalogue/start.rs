//! The goods that a shop starts with. Persons, goods and codes are invented.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Catalogue, Product};
use crate::draw::Draw;
use crate::instant::{DAY, Millis};
use crate::smartstore::payload::{COLORS, GOODS, SIZES, has_options, option_number};

pub(super) const FIRST: u64 = 10_900_000_001;
/// How far the number of a channel product is from that of its origin product.
pub(super) const CHANNEL: u64 = 90_000_000;

impl Catalogue {
    /// `count` goods, those that orders are of first. One is out of stock, one is not for sale at present.
    pub(crate) fn new(seed: u64, count: usize, now: Millis) -> Self {
        let count = count.max(GOODS.len());
        let products: BTreeMap<u64, Product> = (0..count)
            .map(|good| product(seed, good, now))
            .map(|product| (product.number, product))
            .collect();
        Self { products, last: FIRST + count as u64 - 1, last_option: option_number(count, 0, 0), images: 0 }
    }
}

fn product(seed: u64, good: usize, now: Millis) -> Product {
    let mut draw = Draw::new(seed ^ 0x676f_6f64 ^ ((good as u64) << 32));
    let (name, code, price) = match GOODS.get(good) {
        Some((name, code, price)) => ((*name).to_owned(), (*code).to_owned(), *price),
        None => {
            let price = 1_000 * (1 + good as i64 % 50);
            (format!("시험 상품 {}호", good + 1), format!("SIM-{:04}", good + 1), price)
        }
    };
    let options: Vec<Value> = if has_options(good) { options(good, &code, &mut draw) } else { Vec::new() };
    let stock = match good {
        7 => 0,
        _ if options.is_empty() => 5 + draw.span(95),
        _ => options.iter().map(|row| row["stockQuantity"].as_i64().unwrap_or(0)).sum(),
    };
    let status = match good {
        5 => "SUSPENSION",
        7 => "OUTOFSTOCK",
        _ => "SALE",
    };
    let image =
        format!("https://shop-phinf.pstatic.net/20251201_000/{}_JPEG/good.jpg", 1_764_550_000_000 + good);
    let mut origin = json!({
        "statusType": status, "saleType": "NEW", "leafCategoryId": format!("{}", 50_000_830 + good % 40),
        "name": name, "detailContent": "<p>시험 상품 설명</p>",
        "images": {"representativeImage": {"url": image}},
        "salePrice": price, "stockQuantity": stock,
        "deliveryInfo": {
            "deliveryType": "DELIVERY", "deliveryAttributeType": "NORMAL", "deliveryCompany": "CJGLS",
            "deliveryBundleGroupUsable": false,
            "deliveryFee": {"deliveryFeeType": "PAID", "baseFee": 3_000, "deliveryFeePayType": "PREPAID"},
            "claimDeliveryInfo": {
                "returnDeliveryFee": 3_000, "exchangeDeliveryFee": 6_000,
                "shippingAddressId": 100_000_001, "returnAddressId": 100_000_002,
            },
        },
        "detailAttribute": {
            "naverShoppingSearchInfo": {"modelName": code, "manufacturerName": "시험공장", "brandName": "시험브랜드"},
            "afterServiceInfo": {
                "afterServiceTelephoneNumber": "02-0000-0000",
                "afterServiceGuideContent": "평일 10시부터 17시까지 상담",
            },
            "originAreaInfo": {"originAreaCode": "00"},
            "sellerCodeInfo": {"sellerManagementCode": code},
            "minorPurchasable": true,
            "productInfoProvidedNotice": {
                "productInfoProvidedNoticeType": "ETC",
                "etc": {
                    "itemName": name, "modelName": code, "manufacturer": "시험공장",
                    "afterServiceDirector": "시험상점 02-0000-0000",
                },
            },
        },
    });
    if !options.is_empty() {
        origin["detailAttribute"]["optionInfo"] = json!({
            "optionCombinationSortType": "CREATE",
            "optionCombinationGroupNames": {"optionGroupName1": "색상", "optionGroupName2": "사이즈"},
            "optionCombinations": options, "useStockManagement": true,
        });
    }
    if good == 1 {
        // The discount that the platform's own sample has.
        origin["customerBenefit"] =
            json!({"immediateDiscountPolicy": {"discountMethod": {"value": 49_100, "unitType": "WON"}}});
    }
    let channel = json!({
        "channelProductName": name, "storeKeepExclusiveProduct": false,
        "naverShoppingRegistration": false, "channelProductDisplayStatusType": "ON",
    });
    let registered_at = now - DAY * (100 + good as Millis % 300) - draw.span(DAY);
    let number = FIRST + good as u64;
    Product {
        number,
        channel_number: number + CHANNEL,
        origin: object(origin),
        channel: object(channel),
        registered_at,
        modified_at: now - DAY - draw.span(30 * DAY),
    }
}

fn options(good: usize, code: &str, draw: &mut Draw) -> Vec<Value> {
    let mut rows = Vec::with_capacity(COLORS.len() * SIZES.len());
    for (color, (color_name, color_code)) in COLORS.iter().enumerate() {
        for (size, size_name) in SIZES.iter().enumerate() {
            rows.push(json!({
                "id": option_number(good, color, size), "optionName1": color_name, "optionName2": size_name,
                "stockQuantity": 1 + draw.span(40), "price": 500 * size, "usable": true,
                "sellerManagerCode": format!("{code}-{color_code}-{size_name}"),
            }));
        }
    }
    rows
}

fn object(value: Value) -> serde_json::Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => serde_json::Map::new(),
    }
}
