//! What the answers to commands say.
//!
//! The order API answers with status 200 whatever became of the items: an item is done when it stands in the list of
//! successes, refused when it stands in the other, and nobody knows when it stands in neither.

use std::collections::HashMap;

use connector_core::error::one_line;
use connector_core::http::Response;
use connector_core::lenient::{Object, Text, Whole};
use connector_core::{Outcome, Result};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model::object;

/// The platform's code for an order that is already what was asked for.
pub(super) const AS_REQUESTED: &str = "105306";

/// The longest message of the platform that is passed on.
const LONGEST_MESSAGE: usize = 200;

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    data: Option<Object<Lists<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Lists<'a> {
    /// A dispatch and a claim name ids, a confirmation objects.
    #[serde(borrow)]
    success_product_order_ids: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    success_product_order_infos: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    fail_product_order_infos: Option<Vec<&'a RawValue>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Item<'a> {
    #[serde(borrow)]
    product_order_id: Text<'a>,
    #[serde(borrow)]
    code: Text<'a>,
    #[serde(borrow)]
    message: Text<'a>,
}

/// One outcome for each of `ids`, in their order.
pub(super) fn outcomes(response: &Response, ids: &[&str]) -> Result<Vec<Outcome>> {
    let Lists { success_product_order_ids, success_product_order_infos, fail_product_order_infos } =
        object::<Answer<'_>>(response)?.data.unwrap_or_default().0;
    let mut told: HashMap<String, Outcome> = HashMap::new();
    for id in success_product_order_ids.iter().flatten().filter_map(|id| id.filled()) {
        told.insert(id.to_owned(), Outcome::accepted());
    }
    for item in success_product_order_infos.iter().flatten() {
        if let Some(id) = item_of(item).product_order_id.filled() {
            told.insert(id.to_owned(), Outcome::accepted());
        }
    }
    for item in fail_product_order_infos.iter().flatten() {
        let item = item_of(item);
        let Some(id) = item.product_order_id.filled() else { continue };
        let code = one_line(item.code.filled().unwrap_or_default(), 60);
        let message =
            one_line(item.message.filled().unwrap_or("the platform gives no reason"), LONGEST_MESSAGE);
        let outcome = match code == AS_REQUESTED {
            // Whether it was we who brought it there, the look tells.
            true => Outcome::Unknown { reason: format!("{message} ({code})") },
            false => Outcome::refused(code, message),
        };
        told.insert(id.to_owned(), outcome);
    }
    let outcome = |id: &&str| {
        told.get(*id)
            .cloned()
            .unwrap_or_else(|| Outcome::Unknown { reason: "the answer does not name it".to_owned() })
    };
    Ok(ids.iter().map(outcome).collect())
}

fn item_of(raw: &RawValue) -> Item<'_> {
    serde_json::from_str::<Object<Item<'_>>>(raw.get()).unwrap_or_default().0
}

/// How the answer to a single call is read.
#[derive(Debug)]
pub(super) enum Answered {
    /// By the lists, in which this product order stands.
    Line(String),
    /// `{code, message, data}`: a success unless `data` says no.
    Word,
    /// The product itself, with its number where it is new.
    Product,
}

impl Answered {
    pub(super) fn outcome(&self, response: &Response) -> Result<Outcome> {
        match self {
            Self::Line(id) => Ok(outcomes(response, &[id])?.pop().unwrap_or_else(unsaid)),
            Self::Word => {
                #[derive(Deserialize)]
                struct Word<'a> {
                    #[serde(borrow)]
                    data: Option<&'a RawValue>,
                }
                match object::<Word<'_>>(response)?.data.map(RawValue::get) {
                    Some("false") => Ok(unsaid()),
                    _ => Ok(Outcome::accepted()),
                }
            }
            Self::Product => {
                #[derive(Deserialize)]
                #[serde(default, rename_all = "camelCase")]
                #[derive(Default)]
                struct Product {
                    origin_product_no: Whole,
                }
                let no = object::<Product>(response)?.origin_product_no;
                Ok(Outcome::Accepted { reference: no.get().map(i64::to_string) })
            }
        }
    }
}

fn unsaid() -> Outcome {
    Outcome::Unknown { reason: "the answer does not say that it was done".to_owned() }
}
