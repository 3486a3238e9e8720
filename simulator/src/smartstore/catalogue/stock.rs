//! Stock, price and status of goods.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Product, STATUSES, Shelf, UNMANAGED, done};
use crate::answer::Answer;
use crate::effect::Effects;

const MOST_PRICE: i64 = 999_999_990;
const MOST_STOCK: i64 = 99_999_999;

/// What a good was before a call, to tell what the call has changed.
struct Before {
    status: String,
    price: i64,
    stock: i64,
    discount: Value,
    options: BTreeMap<u64, Value>,
}

impl Before {
    fn of(product: &Product) -> Self {
        let options =
            product.options().iter().filter_map(|row| Some((row["id"].as_u64()?, row.clone()))).collect();
        Self {
            status: product.status().to_owned(),
            price: product.price(),
            stock: product.stock(),
            discount: product.at(&["customerBenefit", "immediateDiscountPolicy"]).clone(),
            options,
        }
    }

    /// One effect for each option or good whose stock, price or sale has changed.
    fn note(&self, product: &mut Product, effects: &mut Effects, now: i64) {
        let mut changed = false;
        let mut add = |command: &str, target: u64, before: &dyn ToString, after: &dyn ToString| {
            changed = true;
            effects.add(now, command, target, format!("{} to {}", before.to_string(), after.to_string()));
        };
        let number = product.number;
        for row in product.options() {
            let Some((id, before)) = row["id"].as_u64().and_then(|id| Some((id, self.options.get(&id)?)))
            else {
                continue;
            };
            for (name, command) in [("stockQuantity", "set_stock"), ("price", "set_price")] {
                if before[name] != row[name] {
                    add(command, id, &before[name], &row[name]);
                }
            }
            if before["usable"] != row["usable"] {
                let command = if row["usable"] == true { "resume_sale" } else { "stop_sale" };
                add(command, id, &before["usable"], &row["usable"]);
            }
        }
        if product.options().is_empty() && product.stock() != self.stock {
            add("set_stock", number, &self.stock, &product.stock());
        }
        if product.price() != self.price {
            add("set_price", number, &self.price, &product.price());
        }
        let discount = product.at(&["customerBenefit", "immediateDiscountPolicy"]);
        if *discount != self.discount {
            add("set_price", number, &"a discount", &"another");
        }
        // What sold out by its stock alone is no deed of its own.
        let (was, is) = (self.status.as_str(), product.status());
        if was != is && (was == "SUSPENSION" || is == "SUSPENSION" || product.stock() == self.stock) {
            add(if is == "SALE" { "resume_sale" } else { "stop_sale" }, number, &was, &is);
        }
        if changed {
            product.modified_at = now;
        }
    }
}

impl Shelf<'_> {
    pub(super) fn change_status(&self) -> Result<Answer, Answer> {
        let body = self.read()?;
        let wanted = match &body["statusType"] {
            Value::Null => return Err(self.wrong("statusType", "NotNull")),
            Value::String(word) if STATUSES.contains(&word.as_str()) => word.as_str(),
            _ => return Err(self.wrong("statusType", "NotValidEnum")),
        };
        let stock = self.ranged(&body, "stockQuantity", 0, MOST_STOCK)?;
        self.with_one(|product, effects| {
            let before = Before::of(product);
            let mut next = product.clone();
            match (product.status(), wanted) {
                ("SALE", "OUTOFSTOCK") => {
                    empty(&mut next);
                    next.set_status("OUTOFSTOCK");
                }
                ("OUTOFSTOCK", "SALE") if stock.is_none() => {
                    return Err(self.wrong("stockQuantity", "NotNull"));
                }
                ("SALE" | "SUSPENSION" | "OUTOFSTOCK", "SALE")
                | ("SALE" | "SUSPENSION" | "OUTOFSTOCK" | "WAIT", "SUSPENSION")
                | ("OUTOFSTOCK", "OUTOFSTOCK") => {
                    if let Some(stock) = stock {
                        self.put_stock(&mut next, stock)?;
                    }
                    next.set_status(wanted);
                    next.settle_status();
                }
                _ => return Err(self.wrong("statusType", "NotValid")),
            }
            *product = next;
            before.note(product, effects, self.stamp.at);
            Ok(done())
        })
    }

    /// A row that is named without its stock or its price has none afterwards; rows that are not named stay.
    pub(super) fn option_stock(&self) -> Result<Answer, Answer> {
        let body = self.read()?;
        if !body["optionInfo"].is_object() {
            return Err(self.wrong("optionInfo", "NotNull"));
        }
        let rows = body["optionInfo"]["optionCombinations"].as_array().cloned().unwrap_or_default();
        let is_managed = body["optionInfo"]["useStockManagement"].as_bool().unwrap_or(false);
        let price = self.price(&body)?;
        self.with_one(|product, effects| {
            if product.options().is_empty() {
                return Err(self.wrong("optionInfo", "NotValid"));
            }
            let before = Before::of(product);
            let mut next = product.clone();
            for (at, row) in rows.iter().enumerate() {
                let name = |field: &str| format!("optionInfo.optionCombinations[{at}].{field}");
                let id = row["id"].as_u64().ok_or_else(|| self.wrong(&name("id"), "NotNull"))?;
                let stock = row["stockQuantity"].as_i64().unwrap_or(0);
                if !(0..=MOST_STOCK).contains(&stock) {
                    return Err(self.wrong(&name("stockQuantity"), "NotValid"));
                }
                let known = next.options_mut().iter_mut().find(|known| known["id"] == id);
                let known = known.ok_or_else(|| self.wrong(&name("id"), "NotValid"))?;
                known["stockQuantity"] = stock.into();
                known["price"] = row["price"].as_i64().unwrap_or(0).into();
                known["usable"] = row["usable"].as_bool().unwrap_or(true).into();
            }
            if !is_managed {
                for row in next.options_mut() {
                    row["stockQuantity"] = UNMANAGED.into();
                }
            }
            if let Some(Value::Object(detail)) = next.origin.get_mut("detailAttribute") {
                detail["optionInfo"]["useStockManagement"] = is_managed.into();
            }
            next.set_stock(next.options_stock());
            next.settle_status();
            put_price(&mut next, price, &body["immediateDiscountPolicy"]);
            *product = next;
            before.note(product, effects, self.stamp.at);
            Ok(product.answer())
        })
    }

    /// Every change is checked before the first is made.
    pub(super) fn multi_update(&self) -> Result<Answer, Answer> {
        let body = self.read()?;
        let changes = body["multiProductUpdateRequestVos"].as_array().filter(|list| !list.is_empty());
        let changes = changes.ok_or_else(|| self.wrong("multiProductUpdateRequestVos", "NotNull"))?;
        self.store.shelf(|catalogue, effects| {
            let mut after: BTreeMap<u64, Product> = BTreeMap::new();
            for change in changes {
                let number = change["originProductNo"].as_u64();
                let number = number.ok_or_else(|| self.wrong("originProductNo", "NotNull"))?;
                let known = after.get(&number).or_else(|| catalogue.products.get(&number)).cloned();
                let mut next = known.ok_or_else(|| self.stamp.known_error("NOT_FOUND"))?;
                self.update_one(&mut next, change)?;
                after.insert(number, next);
            }
            for (number, next) in after {
                let product = catalogue.products.get_mut(&number).expect("a product that is there");
                let before = Before::of(product);
                *product = next;
                before.note(product, effects, self.stamp.at);
            }
            Ok(done())
        })
    }

    fn update_one(&self, product: &mut Product, change: &Value) -> Result<(), Answer> {
        let kinds = change["multiUpdateTypes"].as_array().filter(|list| !list.is_empty());
        let kinds = kinds.ok_or_else(|| self.wrong("multiUpdateTypes", "NotNull"))?;
        for kind in kinds {
            match kind.as_str() {
                Some("SALE_PRICE") => {
                    let price = self.price(change)?;
                    let price = price.ok_or_else(|| self.wrong("productSalePrice", "NotNull"))?;
                    put_price(product, Some(price), &Value::Null);
                }
                Some("IMMEDIATE_DISCOUNT") => put_price(product, None, &change["immediateDiscountPolicy"]),
                Some("STOCK") => {
                    let stock = self.ranged(change, "stockQuantity", 0, MOST_STOCK)?;
                    self.put_stock(product, stock.ok_or_else(|| self.wrong("stockQuantity", "NotNull"))?)?;
                    product.settle_status();
                }
                Some(word @ ("PRODUCT_STATUS_SALE" | "PRODUCT_STATUS_SUSPENSION")) => {
                    if !matches!(product.status(), "SALE" | "OUTOFSTOCK" | "SUSPENSION" | "WAIT") {
                        return Err(self.wrong("multiUpdateTypes", "NotValid"));
                    }
                    product.set_status(word.trim_start_matches("PRODUCT_STATUS_"));
                    product.settle_status();
                }
                _ => return Err(self.wrong("multiUpdateTypes", "NotValidEnum")),
            }
        }
        Ok(())
    }

    /// The stock of a good with options is what its options have.
    fn put_stock(&self, product: &mut Product, stock: i64) -> Result<(), Answer> {
        if !product.options().is_empty() && product.options_stock() != stock {
            return Err(self.stamp.known_error("option_stock"));
        }
        product.set_stock(stock);
        Ok(())
    }

    fn price(&self, body: &Value) -> Result<Option<i64>, Answer> {
        self.ranged(&body["productSalePrice"], "salePrice", 1, MOST_PRICE)
    }

    fn ranged(&self, body: &Value, name: &str, least: i64, most: i64) -> Result<Option<i64>, Answer> {
        match &body[name] {
            Value::Null => Ok(None),
            value => match value.as_i64() {
                None => Err(self.wrong(name, "TypeMismatch")),
                Some(number) if !(least..=most).contains(&number) => Err(self.wrong(name, "NotValid")),
                number => Ok(number),
            },
        }
    }
}

/// Nothing is left of it.
fn empty(product: &mut Product) {
    for row in product.options_mut() {
        row["stockQuantity"] = json!(0);
    }
    product.set_stock(0);
}

fn put_price(product: &mut Product, price: Option<i64>, discount: &Value) {
    if let Some(price) = price {
        product.origin.insert("salePrice".to_owned(), price.into());
    }
    if discount.is_object() {
        let benefit = product.origin.entry("customerBenefit").or_insert_with(|| json!({}));
        benefit["immediateDiscountPolicy"] = discount.clone();
    }
}
