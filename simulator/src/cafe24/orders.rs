//! The Admin API's order list and count.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use super::answer::{Asked, error, reply};
use super::errors::named;
use super::generate::GOODS;
use super::state::{Bucket, MallOrder, State};
use crate::answer::Answer;

/// Any other path of the Admin API. Writing is not offered; a write without its `request` is told so all the same.
pub(super) fn unknown(asked: &Asked) -> Answer {
    let is_write = asked.method == "POST" || asked.method == "PUT";
    let has_request = asked.body.get("request").or_else(|| asked.body.get("requests")).is_some();
    named(if is_write && !has_request { "request_missing" } else { "no_api" })
}

pub(super) fn answer(state: &mut State, asked: &Asked, now: DateTime<Utc>, endless: bool) -> Answer {
    let mut used = 1;
    if state.settings.limited {
        match state.take(Bucket::Admin) {
            None => return named("too_many").with("x-api-call-limit", "40/40"),
            Some(left) => used = 40 - left as u32,
        }
    }
    let answer = within(state, asked, now, endless);
    answer.with("x-api-call-limit", format!("{used}/40")).with("x-cafe24-call-usage", "0.10")
}

fn within(state: &State, asked: &Asked, now: DateTime<Utc>, endless: bool) -> Answer {
    if !state.is_good(asked.bearer(), now) {
        return named(state.refusal(asked.bearer()));
    }
    if !state.scopes.iter().any(|scope| scope == "mall.read_order") {
        return named("insufficient_scope");
    }
    let day = |name| asked.query(name).parse::<NaiveDate>().ok();
    let (Some(first), Some(last)) = (day("start_date"), day("end_date")) else {
        return named("parameter");
    };
    if (last - first).num_days() > 92 {
        return named("period");
    }
    let offset = asked.number("offset", 0);
    if offset >= 15_000 {
        return named("offset");
    }
    let limit = asked.number("limit", 10);
    if !(1..=1000).contains(&limit) {
        return error(422, "[Limit] must be between 1 and 1000. (parameter.limit)");
    }
    let date_type = if asked.query("date_type").is_empty() { "order_date" } else { asked.query("date_type") };
    let shop_no = asked.number("shop_no", 1) as i64;
    let ids: Vec<&str> = asked.query("order_id").split(',').filter(|id| !id.is_empty()).collect();
    let mut found = state
        .orders
        .iter()
        .filter(|order| order.shop_no == shop_no)
        .filter(|order| order.events.get(date_type).is_some_and(|day| (first..=last).contains(day)))
        .filter(|order| ids.is_empty() || ids.contains(&order.order_id.as_str()));
    if asked.path.ends_with("/count") {
        return reply(200, &json!({"count": found.count()}));
    }
    let orders: Vec<Value> = if endless {
        // The same full page, whatever the offset.
        let all: Vec<&MallOrder> = found.collect();
        all.iter().cycle().take(if all.is_empty() { 0 } else { limit }).map(|order| row(order)).collect()
    } else {
        found.by_ref().skip(offset).take(limit).map(row).collect()
    };
    reply(200, &json!({"orders": orders, "links": []})).with_rows(orders.len())
}

/// An order as the list shows it.
pub(super) fn row(order: &MallOrder) -> Value {
    let day = order.events["order_date"];
    let place = if order.market_id == "self" { "mobile" } else { &order.market_id };
    let known = GOODS.iter().find(|(number, ..)| *number == order.product_no);
    json!({
        "shop_no": order.shop_no, "currency": "KRW", "order_id": order.order_id, "market_id": order.market_id,
        "order_date": format!("{day}T11:21:35+09:00"), "billing_name": "홍길동", "order_place_id": place,
        "order_place_name": place,
        "items": [{
            "order_item_code": format!("{}-01", order.order_id), "product_no": order.product_no,
            "product_name": known.map_or("린넨 셔츠", |(_, name, _)| name),
            "variant_code": format!("P{:07}000A", order.product_no), "quantity": 1,
            "product_price": format!("{}.00", order.amount),
            "option_price": "0.00", "payment_amount": format!("{}.00", order.amount),
            "order_status": order.status, "ordered_date": format!("{day} 11:21:35"),
            "shipped_date": order.events.get("shipbegin_date").map(|day| format!("{day} 17:00:00")),
        }],
    })
}
