//! Goods that are made, replaced and deleted.

use serde_json::{Map, Value};

use super::start::CHANNEL;
use super::{Catalogue, Input, Product, Shelf, UNMANAGED, done, text_of};
use crate::answer::Answer;

type Members = Map<String, Value>;

/// Where the platform keeps the images that were uploaded. Others are refused.
const IMAGE_HOSTS: [&str; 2] = ["https://shop-phinf.pstatic.net/", "https://shop1.phinf.naver.net/"];
/// What stays as it was when a replacement leaves it out
/// (<https://github.com/commerce-api-naver/commerce-api/discussions/1903>, read 2026-03-11).
const KEPT: [&str; 3] = ["leafCategoryId", "detailContent", "stockQuantity"];
/// What must be there, below `originProduct`.
const NEEDED: [&[&str]; 12] = [
    &["statusType"],
    &["leafCategoryId"],
    &["name"],
    &["detailContent"],
    &["images", "representativeImage", "url"],
    &["salePrice"],
    &["stockQuantity"],
    &["detailAttribute", "afterServiceInfo", "afterServiceTelephoneNumber"],
    &["detailAttribute", "afterServiceInfo", "afterServiceGuideContent"],
    &["detailAttribute", "originAreaInfo", "originAreaCode"],
    &["detailAttribute", "minorPurchasable"],
    &["detailAttribute", "productInfoProvidedNotice", "productInfoProvidedNoticeType"],
];
/// What must be there below `deliveryInfo`, where that is there.
const NEEDED_TO_DELIVER: [&[&str]; 5] = [
    &["deliveryType"],
    &["deliveryAttributeType"],
    &["deliveryFee"],
    &["claimDeliveryInfo", "returnDeliveryFee"],
    &["claimDeliveryInfo", "exchangeDeliveryFee"],
];

impl Shelf<'_> {
    pub(super) fn create(&self) -> Result<Answer, Answer> {
        let (origin, channel) = self.halves()?;
        self.check(&origin, &channel)?;
        self.store.shelf(|catalogue, effects| {
            catalogue.last += 1;
            let number = catalogue.last;
            let mut product = Product {
                number,
                channel_number: number + CHANNEL,
                origin,
                channel,
                registered_at: self.stamp.at,
                modified_at: self.stamp.at,
            };
            // On creation a good is on sale at once, whatever is asked for.
            product.set_status("SALE");
            self.finish(catalogue, &mut product, &[])?;
            effects.add(self.stamp.at, "create_listing", number, product.name());
            let answer = product.answer();
            catalogue.products.insert(number, product);
            Ok(answer)
        })
    }

    /// Replaces a good: what is left out is gone, but for a few fields that stay.
    pub(super) fn update(&self) -> Result<Answer, Answer> {
        let (mut origin, channel) = self.halves()?;
        self.store.shelf(|catalogue, effects| {
            let number = self.number(catalogue)?;
            let before = catalogue.products[&number].clone();
            for name in KEPT {
                if let (None, Some(kept)) = (origin.get(name), before.origin.get(name)) {
                    origin.insert(name.to_owned(), kept.clone());
                }
            }
            let notice = before.at(&["detailAttribute", "productInfoProvidedNotice"]);
            if let Some(Value::Object(detail)) = origin.get_mut("detailAttribute") {
                detail.entry("productInfoProvidedNotice").or_insert_with(|| notice.clone());
            }
            self.check(&origin, &channel)?;
            let mut product = Product { origin, channel, ..before.clone() };
            self.finish(catalogue, &mut product, before.options())?;
            if product.halves() != before.halves() {
                product.modified_at = self.stamp.at;
                effects.add(self.stamp.at, "update_listing", number, difference(&before, &product));
            }
            let answer = product.answer();
            catalogue.products.insert(number, product);
            Ok(answer)
        })
    }

    pub(super) fn delete(&self) -> Result<Answer, Answer> {
        self.store.shelf(|catalogue, effects| {
            let number = self.number(catalogue)?;
            catalogue.products.remove(&number);
            effects.add(self.stamp.at, "delete_listing", number, "");
            Ok(done())
        })
    }

    fn halves(&self) -> Result<(Members, Members), Answer> {
        let mut body = self.read()?;
        let mut half = |name: &str| match body[name].take() {
            Value::Object(members) => Ok(members),
            _ => Err(self.wrong(name, "NotNull")),
        };
        Ok((half("originProduct")?, half("smartstoreChannelProduct")?))
    }

    fn check(&self, origin: &Members, channel: &Members) -> Result<(), Answer> {
        let whole = Value::Object(origin.clone());
        let at = |way: &[&str]| way.iter().fold(&whole, |value, name| &value[*name]);
        let mut wrong: Vec<Input> = Vec::new();
        let mut add = |name: String, kind: &'static str| wrong.push((name, kind, text_of(kind)));
        for way in NEEDED.iter().filter(|way| is_missing(at(way))) {
            add(format!("originProduct.{}", way.join(".")), "NotNull");
        }
        match at(&["statusType"]).as_str() {
            None | Some("SALE" | "SUSPENSION") => {}
            Some(_) => add("originProduct.statusType".to_owned(), "NotValidEnum"),
        }
        if at(&["images", "representativeImage", "url"]).as_str().is_some_and(|url| !is_uploaded(url)) {
            add("originProduct.images.representativeImage.url".to_owned(), "InvalidImageUrl");
        }
        let ranges = [("salePrice", 10, 999_999_990), ("stockQuantity", 0, 99_999_999)];
        for (name, least, most) in ranges {
            let value = at(&[name]);
            if !value.is_null() && !value.as_i64().is_some_and(|value| (least..=most).contains(&value)) {
                add(format!("originProduct.{name}"), "NotValid");
            }
        }
        let delivery = at(&["deliveryInfo"]);
        if delivery.is_object() {
            let of = |way: &[&str]| way.iter().fold(delivery, |value, name| &value[*name]);
            for way in NEEDED_TO_DELIVER.iter().filter(|way| is_missing(of(way))) {
                add(format!("originProduct.deliveryInfo.{}", way.join(".")), "NotNull");
            }
            if delivery["deliveryType"] == "DELIVERY" && is_missing(&delivery["deliveryCompany"]) {
                let kind = "NotValid.product.deliveryType.deliveryCompany";
                add("originProduct.deliveryInfo.deliveryCompany".to_owned(), kind);
            }
        }
        let info = at(&["detailAttribute", "optionInfo"]);
        let kinds = ["optionSimple", "optionCombinations", "optionStandards"];
        let kinds = kinds.iter().filter(|kind| info[**kind].as_array().is_some_and(|rows| !rows.is_empty()));
        if kinds.count() > 1 {
            add("originProduct.detailAttribute.optionInfo".to_owned(), "NotValid");
        }
        for (row, number) in info["optionCombinations"].as_array().into_iter().flatten().zip(0..) {
            if is_missing(&row["optionName1"]) {
                let way = "originProduct.detailAttribute.optionInfo.optionCombinations";
                add(format!("{way}[{number}].optionName1"), "NotNull");
            }
        }
        if channel.get("naverShoppingRegistration").is_none_or(|value| !value.is_boolean()) {
            add("smartstoreChannelProduct.naverShoppingRegistration".to_owned(), "NotNull");
        }
        let display = "smartstoreChannelProduct.channelProductDisplayStatusType";
        match channel.get("channelProductDisplayStatusType").and_then(Value::as_str) {
            Some("ON" | "SUSPENSION") => {}
            None => add(display.to_owned(), "NotNull"),
            Some(_) => add(display.to_owned(), "NotValidEnum"),
        }
        if wrong.is_empty() { Ok(()) } else { Err(self.invalid(&wrong)) }
    }

    /// Gives new options their numbers, those that are known theirs, and checks the stock.
    fn finish(
        &self,
        catalogue: &mut Catalogue,
        product: &mut Product,
        known: &[Value],
    ) -> Result<(), Answer> {
        let is_managed =
            product.at(&["detailAttribute", "optionInfo", "useStockManagement"]).as_bool().unwrap_or(false);
        for row in product.options_mut() {
            let name =
                |row: &Value| ["optionName1", "optionName2", "optionName3"].map(|name| row[name].clone());
            if row["id"].is_null() {
                let same = known.iter().find(|other| name(other) == name(row));
                row["id"] = same.map_or_else(
                    || {
                        catalogue.last_option += 1;
                        catalogue.last_option.into()
                    },
                    |same| same["id"].clone(),
                );
            } else if !known.iter().any(|other| other["id"] == row["id"]) {
                let way = "originProduct.detailAttribute.optionInfo.optionCombinations.id";
                return Err(self.wrong(way, "NotValid"));
            }
            for (field, usual) in [("stockQuantity", 0.into()), ("price", 0.into()), ("usable", true.into())]
            {
                if row[field].is_null() {
                    row[field] = usual;
                }
            }
            if !is_managed {
                row["stockQuantity"] = UNMANAGED.into();
            }
        }
        if !product.options().is_empty() {
            if !is_managed {
                product.set_stock(product.options_stock());
            } else if product.options_stock() != product.stock() {
                return Err(self.stamp.known_error("option_stock"));
            }
        }
        // This shop does not advertise.
        product.channel.insert("naverShoppingRegistration".to_owned(), false.into());
        product.settle_status();
        Ok(())
    }
}

fn is_missing(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

fn is_uploaded(url: &str) -> bool {
    IMAGE_HOSTS.iter().any(|host| url.starts_with(host))
}

/// What a replacement has changed, for people.
fn difference(before: &Product, after: &Product) -> String {
    let mut changes = Vec::new();
    if before.price() != after.price() {
        changes.push(format!("price {} to {}", before.price(), after.price()));
    }
    if before.stock() != after.stock() {
        changes.push(format!("stock {} to {}", before.stock(), after.stock()));
    }
    if before.status() != after.status() {
        changes.push(format!("{} to {}", before.status(), after.status()));
    }
    if changes.is_empty() { "other fields".to_owned() } else { changes.join(", ") }
}
