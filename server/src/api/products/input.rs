//! What is said of a product, read and looked at.

use serde::Deserialize;
use serde_json::{Map, Value};
use storage::{NewProduct, ProductChange, ProductDetails, ProductStatus, StockNote};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::extract::given;
use crate::problem::{InputError, Problem};

/// The highest amount of won that is taken, for a price, a cost or a fee.
pub(super) const MOST_WON: i64 = 1_000_000_000_000;

/// The highest number of pieces, and of grams.
const MOST_PIECES: i64 = 1_000_000_000;

/// The most pictures beside the main one.
const MOST_IMAGES: usize = 100;

/// A product to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewProductBody {
    /// What it is called.
    #[schema(example = "프리미엄 무선 이어폰", min_length = 1, max_length = 200)]
    name: String,
    /// Your own code, unique among your products. Default: one that is made of the product's id.
    #[schema(example = "EAR-001", min_length = 1, max_length = 100)]
    seller_code: Option<String>,
    /// What it is.
    #[schema(example = "최신 노이즈 캔슬링 기능이 탑재된 프리미엄 무선 이어폰")]
    description: Option<String>,
    /// Won for a piece.
    #[schema(example = 149_000, minimum = 0)]
    price: Option<i64>,
    /// Pieces left.
    #[schema(example = 100, minimum = 0)]
    stock_quantity: Option<i64>,
    /// The stock at or under which it is low. Default: 5.
    #[schema(example = 5, minimum = 0)]
    safety_stock: Option<i64>,
    /// Won that a piece costs you.
    #[schema(minimum = 0)]
    cost: Option<i64>,
    /// `active` (the default) or `inactive`.
    #[schema(example = "active")]
    status: Option<String>,
    /// Your own category. What platforms call theirs is a term of the account.
    #[schema(example = "electronics_audio")]
    category_id: Option<String>,
    /// The brand's name.
    #[schema(example = "TechBrand")]
    brand: Option<String>,
    /// Grams.
    #[schema(example = 250, minimum = 0)]
    weight: Option<i64>,
    /// The address of the picture that is shown first.
    #[schema(example = "https://example.com/images/earphone-main.jpg")]
    main_image: Option<String>,
    /// The addresses of further pictures.
    additional_images: Option<Vec<String>>,
    /// How it gets to the buyer.
    #[schema(example = "DELIVERY")]
    delivery_type: Option<String>,
    /// Won that the buyer pays for delivery.
    #[schema(example = 3_000, minimum = 0)]
    delivery_fee: Option<i64>,
}

/// What to change of a product; what is left out stays, null empties a field.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductChangeBody {
    /// What it is called.
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Your own code.
    #[schema(min_length = 1, max_length = 100)]
    seller_code: Option<String>,
    /// What it is.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    description: Option<Option<String>>,
    /// Won for a piece.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, minimum = 0)]
    price: Option<Option<i64>>,
    /// Pieces left.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, example = 50, minimum = 0)]
    stock_quantity: Option<Option<i64>>,
    /// The stock at or under which it is low.
    #[schema(minimum = 0)]
    safety_stock: Option<i64>,
    /// Won that a piece costs you.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, minimum = 0)]
    cost: Option<Option<i64>>,
    /// `active` or `inactive`.
    status: Option<String>,
    /// Your own category.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    category_id: Option<Option<String>>,
    /// The brand's name.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    brand: Option<Option<String>>,
    /// Grams.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, minimum = 0)]
    weight: Option<Option<i64>>,
    /// The address of the picture that is shown first.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    main_image: Option<Option<String>>,
    /// The addresses of further pictures, all of them.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>)]
    additional_images: Option<Option<Vec<String>>>,
    /// How it gets to the buyer.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    delivery_type: Option<Option<String>>,
    /// Won that the buyer pays for delivery.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, minimum = 0)]
    delivery_fee: Option<Option<i64>>,
}

/// Collects what is wrong, so that all of it is told at once.
#[derive(Default)]
pub(super) struct Look(Vec<InputError>);

impl Look {
    pub(super) fn fail(&mut self, name: &str, message: impl Into<String>) {
        self.0.push(InputError::at(format!("/{name}"), message));
    }

    pub(super) fn number(&mut self, name: &str, value: Option<i64>, most: i64) {
        if value.is_some_and(|value| !(0..=most).contains(&value)) {
            self.fail(name, format!("takes 0 to {most}"));
        }
    }

    /// A line that people or platforms read: not empty, without blanks at its ends and without control characters.
    fn line(&mut self, name: &str, value: Option<&str>, most: usize) {
        let is_odd = |text: &str| {
            text.trim() != text
                || text.is_empty()
                || text.chars().count() > most
                || text.contains(char::is_control)
        };
        if value.is_some_and(is_odd) {
            self.fail(
                name,
                format!("takes 1 to {most} characters, no blanks at the ends and no control characters"),
            );
        }
    }

    fn images(&mut self, name: &str, addresses: &[String]) {
        let is_odd = |address: &String| {
            let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
            rest.is_none_or(|rest| rest.is_empty() || address.len() > 2_000)
                || address.contains(|c: char| c.is_control() || c.is_whitespace())
        };
        if addresses.iter().any(is_odd) {
            self.fail(name, "takes addresses that begin with https:// or http://");
        }
        if addresses.len() > MOST_IMAGES {
            self.fail(name, format!("takes {MOST_IMAGES} addresses at most"));
        }
    }

    fn status(&mut self, name: Option<&str>) -> Option<ProductStatus> {
        let status = ProductStatus::from_name(name?);
        if status.is_none() {
            self.fail("status", "takes active, inactive");
        }
        status
    }

    pub(super) fn end(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::invalid_input(self.0)) }
    }
}

impl NewProductBody {
    /// The product without its stock, which is set by itself, and the stock. Without a code of the caller's its code is empty.
    pub(super) fn read(self, caller: &Caller) -> Result<NewProduct, Problem> {
        let mut look = Look::default();
        look.line("name", Some(&self.name), 200);
        look.line("seller_code", self.seller_code.as_deref(), 100);
        look.number("price", self.price, MOST_WON);
        look.number("stock_quantity", self.stock_quantity, MOST_PIECES);
        look.number("safety_stock", self.safety_stock, MOST_PIECES);
        look.number("cost", self.cost, MOST_WON);
        look.number("weight", self.weight, MOST_PIECES);
        look.number("delivery_fee", self.delivery_fee, MOST_WON);
        for (name, value) in [
            ("category_id", &self.category_id),
            ("brand", &self.brand),
            ("delivery_type", &self.delivery_type),
        ] {
            look.line(name, value.as_deref(), 200);
        }
        look.images("main_image", self.main_image.as_slice());
        let additional_images = self.additional_images.unwrap_or_default();
        look.images("additional_images", &additional_images);
        let status = look.status(self.status.as_deref()).unwrap_or_default();
        look.end()?;
        let details = ProductDetails {
            description: self.description.map(|text| text.replace('\0', "")),
            category_id: self.category_id,
            brand: self.brand,
            weight: self.weight,
            main_image: self.main_image,
            additional_images,
            delivery_type: self.delivery_type,
            delivery_fee: self.delivery_fee,
        };
        Ok(NewProduct {
            owner_id: Some(caller.user_id),
            seller_code: self.seller_code.unwrap_or_default(),
            name: self.name,
            price: self.price,
            stock: self.stock_quantity,
            counted: StockNote { actor: Some(caller.name.clone()), ..StockNote::default() },
            safety_stock: self.safety_stock,
            cost: self.cost,
            status,
            details,
        })
    }
}

impl ProductChangeBody {
    /// The change, `None` where nothing but the stock is given; and the stock.
    pub(super) fn read(self) -> Result<(Option<ProductChange>, Option<Option<i64>>), Problem> {
        let mut look = Look::default();
        look.line("name", self.name.as_deref(), 200);
        look.line("seller_code", self.seller_code.as_deref(), 100);
        look.number("price", self.price.flatten(), MOST_WON);
        look.number("stock_quantity", self.stock_quantity.flatten(), MOST_PIECES);
        look.number("safety_stock", self.safety_stock, MOST_PIECES);
        look.number("cost", self.cost.flatten(), MOST_WON);
        look.number("weight", self.weight.flatten(), MOST_PIECES);
        look.number("delivery_fee", self.delivery_fee.flatten(), MOST_WON);
        for (name, value) in [
            ("category_id", &self.category_id),
            ("brand", &self.brand),
            ("delivery_type", &self.delivery_type),
        ] {
            look.line(name, value.as_ref().and_then(Option::as_deref), 200);
        }
        look.images("main_image", self.main_image.iter().flatten().cloned().collect::<Vec<_>>().as_slice());
        let images = self.additional_images.as_ref().and_then(Option::as_deref).unwrap_or_default();
        look.images("additional_images", images);
        let status = look.status(self.status.as_deref());
        look.end()?;
        let mut details = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            details.extend(value.map(|value| (name.to_owned(), value)));
        };
        put("description", self.description.map(Value::from));
        put("category_id", self.category_id.map(Value::from));
        put("brand", self.brand.map(Value::from));
        put("weight", self.weight.map(Value::from));
        put("main_image", self.main_image.map(Value::from));
        put("additional_images", self.additional_images.map(Value::from));
        put("delivery_type", self.delivery_type.map(Value::from));
        put("delivery_fee", self.delivery_fee.map(Value::from));
        let is_stock_alone = details.is_empty()
            && self.name.is_none()
            && self.seller_code.is_none()
            && self.price.is_none()
            && self.cost.is_none()
            && self.safety_stock.is_none()
            && status.is_none();
        let change = ProductChange {
            seller_code: self.seller_code,
            name: self.name,
            price: self.price,
            cost: self.cost,
            safety_stock: self.safety_stock,
            status,
            details,
        };
        Ok(((!is_stock_alone).then_some(change), self.stock_quantity))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(body: &Value) -> Result<(Option<ProductChange>, Option<Option<i64>>), Problem> {
        serde_json::from_value::<ProductChangeBody>(body.clone()).expect("known members").read()
    }

    #[test]
    fn null_empties_and_absence_leaves() {
        let (other, stock) = change(&json!({"stock_quantity": 3})).expect("sound");
        assert!(other.is_none());
        assert_eq!(stock, Some(Some(3)));
        let (other, stock) =
            change(&json!({"price": null, "brand": null, "additional_images": []})).expect("sound");
        let other = other.expect("a change");
        assert_eq!((other.price, other.cost, stock), (Some(None), None, None));
        assert_eq!(Value::Object(other.details), json!({"brand": null, "additional_images": []}));
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let body = json!({
            "name": " ", "price": -1, "stock_quantity": i64::MAX, "main_image": "javascript:x", "status": "gone",
            "brand": "a\u{0}",
        });
        let problem = serde_json::to_value(change(&body).expect_err("refused")).expect("JSON");
        let errors = problem["errors"].as_array().expect("errors");
        let mut pointers: Vec<&str> = errors.iter().filter_map(|error| error["pointer"].as_str()).collect();
        pointers.sort_unstable();
        assert_eq!(pointers, ["/brand", "/main_image", "/name", "/price", "/status", "/stock_quantity"]);
    }
}
