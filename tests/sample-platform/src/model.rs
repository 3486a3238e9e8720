//! The platform's JSON, and what it means in our terms.

use connector_core::http::Response;
use connector_core::lenient::{Text, Whole, object};
use connector_core::{Next, Order, OrderState, Page, Record, Result, Unread};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    orders: Vec<&'a RawValue>,
    next: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Line<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    ordered_at: Text<'a>,
    #[serde(borrow)]
    status: Text<'a>,
    price: Whole,
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
        page.take(line(raw).map(Record::Order), || raw.to_owned());
    }
    Ok(page)
}

fn line(raw: &RawValue) -> Result<Order, Unread> {
    let line: Line<'_> = object(raw)?;
    let id = line.id.word().ok_or("id is missing")?;
    order(&line, id, raw).map_err(Unread::of(id))
}

fn order(line: &Line<'_>, id: &str, raw: &RawValue) -> Result<Order, String> {
    let status = line.status.require("status", "a text")?;
    Ok(Order {
        order_id: id.to_owned(),
        order_group_id: None,
        ordered_at: line.ordered_at.time().ok_or("ordered_at is no time")?,
        state: state(status),
        status: status.clone().into_owned(),
        amount: *line.price.require("price", "a whole number")?,
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

/// The status table. What is not in it is kept in the platform's words, and the engine tells of it.
fn state(status: &str) -> OrderState {
    match status {
        "NEW" => OrderState::Paid,
        "SENT" => OrderState::Shipped,
        "DONE" => OrderState::Decided,
        _ => OrderState::Unknown,
    }
}
