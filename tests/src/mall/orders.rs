//! The Admin API's order list and count.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::answer::{Answer, Asked};
use super::state::{MallOrder, State};

pub(super) fn answer(state: &mut State, asked: &Asked) -> Answer {
    let answer = within(state, asked);
    answer.with("x-api-call-limit", "1/40").with("x-cafe24-call-usage", "0.10")
}

fn within(state: &State, asked: &Asked) -> Answer {
    if !state.is_good(asked.bearer()) {
        return Answer::error(401, "access_token time expired. (invalid_token)");
    }
    if !state.scopes.iter().any(|scope| scope == "mall.read_order") {
        return Answer::error(403, "The scope is not enough. (insufficient_scope)");
    }
    let is_count = asked.path == "/api/v2/admin/orders/count";
    if !is_count && asked.path != "/api/v2/admin/orders" {
        return Answer::error(404, "No API found");
    }
    let day = |name| asked.query(name).parse::<NaiveDate>().ok();
    let (Some(first), Some(last)) = (day("start_date"), day("end_date")) else {
        return Answer::error(422, "start_date and end_date are required. (parameter.start_date)");
    };
    if (last - first).num_days() > 92 {
        return Answer::error(422, "The search period should be within 3 months. (parameter.end_date)");
    }
    let offset = asked.number("offset", 0);
    if offset >= 15_000 {
        return Answer::error(422, "[Start location of list] must be less than 15000. (parameter.offset)");
    }
    let date_type = if asked.query("date_type").is_empty() { "order_date" } else { asked.query("date_type") };
    let shop_no = asked.number("shop_no", 1) as i64;
    let ids: Vec<&str> = asked.query("order_id").split(',').filter(|id| !id.is_empty()).collect();
    let found: Vec<&MallOrder> = state
        .orders
        .iter()
        .filter(|order| order.shop_no == shop_no)
        .filter(|order| order.events.get(date_type).is_some_and(|day| (first..=last).contains(day)))
        .filter(|order| ids.is_empty() || ids.contains(&order.order_id.as_str()))
        .collect();
    if is_count {
        return Answer::json(200, &json!({"count": found.len()}));
    }
    let limit = asked.number("limit", 10).min(1000);
    let orders: Vec<Value> = found.into_iter().skip(offset).take(limit).map(row).collect();
    Answer::json(200, &json!({"orders": orders, "links": []}))
}

fn row(order: &MallOrder) -> Value {
    let day = order.events["order_date"];
    let place = if order.market_id == "self" { "mobile" } else { &order.market_id };
    json!({
        "shop_no": order.shop_no, "currency": "KRW", "order_id": order.order_id, "market_id": order.market_id,
        "order_date": format!("{day}T11:21:35+09:00"), "billing_name": "홍길동", "order_place_id": place,
        "order_place_name": place,
        "items": [{
            "order_item_code": format!("{}-01", order.order_id), "product_no": 128, "product_name": "린넨 셔츠",
            "variant_code": "P000000N000A", "quantity": 1, "product_price": format!("{}.00", order.amount),
            "option_price": "0.00", "payment_amount": format!("{}.00", order.amount),
            "order_status": order.status, "ordered_date": format!("{day} 11:21:35"),
            "shipped_date": order.events.get("shipbegin_date").map(|day| format!("{day} 17:00:00")),
        }],
    })
}
