//! The platform's JSON, and what it means in our terms.

use connector_core::http::{Response, decode_reason};
use connector_core::time::parse_kst;
use connector_core::{Failure, Next, Order, OrderState, Page, Record, Result};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    orders: Vec<&'a RawValue>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Line {
    id: String,
    ordered_at: String,
    status: String,
    price: i64,
}

/// Proves that the answer is an account: any other success would prove nothing.
pub(super) fn check_account(response: &Response) -> Result<()> {
    #[derive(Deserialize)]
    struct Account {
        #[serde(rename = "name")]
        _name: String,
    }
    response.json::<Account>().map(drop)
}

/// A page of orders; a line that cannot be read does not take the others with it.
pub(super) fn page(response: &Response) -> Result<Page> {
    let answer: Answer<'_> = response.json()?;
    let mut page = Page { next: answer.next.map_or(Next::Done, Next::Page), ..Page::default() };
    for raw in answer.orders {
        match order(raw) {
            Ok(order) => page.records.push(Record::Order(order)),
            Err(reason) => {
                let key = serde_json::from_str::<serde_json::Value>(raw.get()).ok();
                let key = key.and_then(|line| line["id"].as_str().map(str::to_owned));
                page.failures.push(Failure { key, reason, raw: Some(raw.to_owned()) });
            }
        }
    }
    Ok(page)
}

fn order(raw: &RawValue) -> Result<Order, String> {
    let line: Line = serde_json::from_str(raw.get()).map_err(|error| decode_reason(&error))?;
    let state = match line.status.as_str() {
        "NEW" => OrderState::Paid,
        "SENT" => OrderState::Shipped,
        "DONE" => OrderState::Decided,
        _ => OrderState::Unknown,
    };
    Ok(Order {
        ordered_at: parse_kst(&line.ordered_at).ok_or("ordered_at is no time")?,
        order_id: line.id,
        order_group_id: None,
        status: line.status,
        state,
        amount: line.price,
        order_place_id: None,
        order_place_name: None,
        product_id: None,
        product_name: None,
        option_id: None,
        option_name: None,
        seller_code: None,
        quantity: None,
        unit_price: None,
        changed_at: None,
        claims: Vec::new(),
        raw: raw.to_owned(),
    })
}
