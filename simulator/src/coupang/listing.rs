//! Products, their options, and what stands on sale.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::book::Good;
use crate::instant::{DAY, Millis};

/// How far a product's approval has come (<https://developers.coupangcorp.com/hc/ko/articles/360033645034>). Whether it
/// is on sale is another matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Approval {
    Saved,
    InReview,
    Approved,
}

impl Approval {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Saved => "SAVED",
            Self::InReview => "IN_REVIEW",
            Self::Approved => "APPROVED",
        }
    }

    pub(super) fn korean(self) -> &'static str {
        match self {
            Self::Saved => "임시저장",
            Self::InReview => "심사중",
            Self::Approved => "승인완료",
        }
    }
}

/// An option of a product.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) item_id: u64,
    /// Given at approval.
    pub(super) vendor_item: Option<u64>,
    pub(super) name: String,
    pub(super) sku: String,
    pub(super) price: i64,
    pub(super) original: i64,
    pub(super) stock: i64,
    pub(super) on_sale: bool,
    /// Everything that was said of it when it was handed in.
    pub(super) body: Map<String, Value>,
}

#[derive(Clone, Debug)]
pub(super) struct Product {
    pub(super) id: u64,
    pub(super) catalogue_id: u64,
    pub(super) approval: Approval,
    /// When it will be approved, while it is in review.
    pub(super) approve_at: Option<Millis>,
    pub(super) created_at: Millis,
    pub(super) choices: Vec<Choice>,
    /// Everything that was said of it when it was handed in, but for its options.
    pub(super) body: Map<String, Value>,
}

impl Product {
    pub(super) fn name(&self) -> &str {
        self.body.get("sellerProductName").and_then(Value::as_str).unwrap_or_default()
    }
}

/// The products of an account.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    pub(super) products: BTreeMap<u64, Product>,
    /// Product and place of each option that has its id.
    by_item: HashMap<u64, (u64, usize)>,
    goods: HashMap<u64, Arc<Good>>,
    /// The first ids of the account's own range.
    base: u64,
    items: u64,
}

/// Name, options with the ends of their codes, the seller's code, price.
type Sample = (&'static str, &'static [(&'static str, &'static str)], &'static str, i64);
const GOODS: [Sample; 6] = [
    ("시험 무선 이어폰 노이즈캔슬링", &[("블랙", "BK"), ("화이트", "WH")], "TEP", 149_000),
    ("시험 이어폰 실리콘 팁", &[("M 3쌍", "M3")], "TIP", 4_900),
    ("시험 각인 충전 케이스", &[("화이트", "WH"), ("네이비", "NV"), ("핑크", "PK")], "CASE", 19_000),
    ("시험 면 티셔츠 \"기본\"", &[("검정 M", "BKM"), ("검정 L", "BKL")], "TEE", 25_900),
    ("시험 접이식 우산", &[("남색", "NV")], "UMB", 12_300),
    ("시험 세라믹 머그컵 350ml", &[("하양", "WH"), ("회색", "GR")], "MUG", 8_700),
];
/// Its options are the ones that carry an engraving.
const ENGRAVED: &str = "CASE";

impl Shelf {
    /// So many approved products, and with any one more that is still a draft.
    pub(super) fn new(count: usize, base: u64, now: Millis, vendor_id: &str) -> Self {
        let mut shelf = Self { base, ..Self::default() };
        for number in 0..count {
            let (name, options, code, price) = GOODS[number % GOODS.len()];
            let round = number / GOODS.len();
            let round = if round == 0 { String::new() } else { format!(" {}", round + 1) };
            let items: Vec<Value> = options
                .iter()
                .map(|(option, short)| {
                    json!({
                        "itemName": option, "originalPrice": price * 4 / 3 / 10 * 10, "salePrice": price,
                        "maximumBuyCount": 100, "externalVendorSku": format!("{code}{round}-{short}"),
                        "outboundShippingTimeDay": 1, "unitCount": 1, "adultOnly": "EVERYONE", "taxType": "TAX",
                    })
                })
                .collect();
            let body = json!({
                "sellerProductName": format!("{name}{round}"), "vendorId": vendor_id, "displayCategoryCode": 62_676,
                "brand": "시험브랜드", "saleStartedAt": "2026-01-01T00:00:00", "saleEndedAt": "2099-12-31T23:59:59",
                "deliveryMethod": "SEQUENCIAL", "deliveryCompanyCode": "CJGLS", "deliveryChargeType": "FREE",
                "deliveryCharge": 0, "returnCenterCode": "1000274592", "outboundShippingPlaceCode": 74_010,
                "requested": true, "items": items,
            });
            let id = shelf.create(body.as_object().expect("an object"), now - 40 * DAY, Some(now - 39 * DAY));
            shelf.review(id, now);
        }
        if count > 0 {
            let body = json!({
                "sellerProductName": "시험 초안 상품", "vendorId": vendor_id, "displayCategoryCode": 62_676,
                "brand": "", "requested": false,
                "items": [{"itemName": "단일", "originalPrice": 9_900, "salePrice": 9_900, "maximumBuyCount": 10}],
            });
            shelf.create(body.as_object().expect("an object"), now - 2 * DAY, None);
        }
        shelf
    }

    /// A new product; with an instant of approval it is in review until then. Returns its id.
    pub(super) fn create(
        &mut self,
        body: &Map<String, Value>,
        now: Millis,
        approve_at: Option<Millis>,
    ) -> u64 {
        let number = u64::try_from(self.products.len()).expect("a length") + 1;
        let id = 15_000_000_000 + self.base + number;
        let mut body = body.clone();
        let items = body.remove("items");
        let choices = items.as_ref().and_then(Value::as_array).into_iter().flatten();
        let choices = choices.map(|item| self.choice(item)).collect();
        let product = Product {
            id,
            catalogue_id: 8_100_000_000 + self.base + number,
            approval: if approve_at.is_some() { Approval::InReview } else { Approval::Saved },
            approve_at,
            created_at: now,
            choices,
            body,
        };
        self.products.insert(id, product);
        id
    }

    /// An option as it is handed in for the first time.
    pub(super) fn choice(&mut self, item: &Value) -> Choice {
        self.items += 1;
        let number = |name: &str| item[name].as_f64().map_or(0, |number| number as i64);
        let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
        Choice {
            item_id: 425_000_000 + self.base + self.items,
            vendor_item: None,
            name: text("itemName"),
            sku: text("externalVendorSku"),
            price: number("salePrice"),
            original: number("originalPrice"),
            stock: number("maximumBuyCount"),
            on_sale: false,
            body: item.as_object().cloned().unwrap_or_default(),
        }
    }

    /// Approves a product whose time has come: its options get their ids and go on sale.
    pub(super) fn review(&mut self, id: u64, now: Millis) {
        let base = self.base;
        let Some(product) = self.products.get_mut(&id) else { return };
        if product.approval != Approval::InReview || product.approve_at.is_some_and(|at| at > now) {
            return;
        }
        product.approval = Approval::Approved;
        product.approve_at = None;
        for (place, choice) in product.choices.iter_mut().enumerate() {
            if choice.vendor_item.is_none() {
                choice.vendor_item = Some(92_979_000_000 + base + choice.item_id % 100_000);
                choice.on_sale = true;
            }
            let item = choice.vendor_item.expect("given just now");
            self.by_item.insert(item, (id, place));
        }
    }

    /// Approves every product whose time has come.
    pub(super) fn review_all(&mut self, now: Millis) {
        let due: Vec<u64> = self
            .products
            .values()
            .filter(|product| product.approve_at.is_some_and(|at| at <= now))
            .map(|product| product.id)
            .collect();
        for id in due {
            self.review(id, now);
        }
    }

    pub(super) fn choice_of(&self, vendor_item: u64) -> Option<&Choice> {
        let (product, place) = self.by_item.get(&vendor_item)?;
        self.products[product].choices.get(*place)
    }

    pub(super) fn choice_mut(&mut self, vendor_item: u64) -> Option<&mut Choice> {
        let (product, place) = self.by_item.get(&vendor_item)?;
        self.products.get_mut(product)?.choices.get_mut(*place)
    }

    /// Says anew where each option of a product stands, after its list of options has changed.
    pub(super) fn reindex(&mut self, id: u64) {
        self.by_item.retain(|_, (product, _)| *product != id);
        let Some(product) = self.products.get(&id) else { return };
        for (place, choice) in product.choices.iter().enumerate() {
            if let Some(item) = choice.vendor_item {
                self.by_item.insert(item, (id, place));
            }
        }
    }

    /// The options that can be bought, by id.
    pub(super) fn items(&self) -> Vec<u64> {
        let choices = self.products.values().flat_map(|product| &product.choices);
        choices.filter(|choice| choice.on_sale).filter_map(|choice| choice.vendor_item).collect()
    }

    /// An option as orders name it.
    pub(super) fn good(&mut self, vendor_item: u64) -> Option<Arc<Good>> {
        if let Some(good) = self.goods.get(&vendor_item) {
            return Some(Arc::clone(good));
        }
        let (product, place) = self.by_item.get(&vendor_item)?;
        let product = &self.products[product];
        let choice = &product.choices[*place];
        let good = Arc::new(Good {
            vendor_item,
            product: product.catalogue_id,
            seller_product: product.id,
            product_name: product.name().to_owned(),
            option_name: choice.name.clone(),
            sku: choice.sku.clone(),
        });
        self.goods.insert(vendor_item, Arc::clone(&good));
        Some(good)
    }
}

impl Good {
    /// Whether the buyer writes something for it.
    pub(super) fn is_engraved(&self) -> bool {
        self.sku.starts_with(ENGRAVED)
    }

    /// `product, option`
    pub(super) fn full_name(&self) -> String {
        format!("{}, {}", self.product_name, self.option_name)
    }
}
