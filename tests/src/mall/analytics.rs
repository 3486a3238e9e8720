//! The Analytics API, in both shapes.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::MALL_ID;
use super::answer::{Answer, Asked};
use super::state::{Day, Shape, State, Trouble};

const ENDPOINTS: [&str; 4] = ["visitors/view", "visitors/pageview", "products/sales", "visitpaths/domains"];

pub(super) fn answer(state: &mut State, asked: &Asked) -> Answer {
    let prefix = match state.settings.shape {
        Shape::Live => "/".to_owned(),
        Shape::Seed => format!("/api/v1/malls/{MALL_ID}/"),
    };
    let known =
        asked.path.strip_prefix(&prefix).and_then(|path| ENDPOINTS.into_iter().find(|known| *known == path));
    let Some(endpoint) = known else {
        let more = format!("No endpoint GET {}", asked.path);
        return Answer::json(
            404,
            &json!({"error": {"code": "404", "message": "Not Found", "more_info": more}}),
        );
    };
    if !state.settings.limited {
        return within(state, asked, endpoint);
    }
    match state.take() {
        None => limit(Answer { status: 429, headers: Vec::new(), body: String::new() }, 0.0),
        Some(left) => limit(within(state, asked, endpoint), left),
    }
}

fn limit(answer: Answer, left: f64) -> Answer {
    answer
        .with("x-ratelimit-remaining", left)
        .with("x-ratelimit-requested-tokens", 1)
        .with("x-ratelimit-burst-capacity", 40)
        .with("x-ratelimit-replenish-rate", 2)
}

fn within(state: &State, asked: &Asked, endpoint: &str) -> Answer {
    if !state.is_good(asked.bearer()) {
        return Answer::error(401, "access_token time expired. (invalid_token)");
    }
    match state.settings.trouble {
        Trouble::NotApproved => return Answer::error(403, "Forbidden"),
        Trouble::InvalidScope => return Answer::error(403, "INVALID SCOPE"),
        Trouble::Html => return Answer::page(200),
        Trouble::UnknownKey => return Answer::json(200, &json!({"list": [{"date": "2026-01-01"}]})),
        _ => {}
    }
    let is_live = state.settings.shape == Shape::Live;
    if is_live && asked.query("mall_id") != MALL_ID {
        return Answer::error(403, "mall_id");
    }
    let (first, last) = if is_live { ("start_date", "end_date") } else { ("startDate", "endDate") };
    let day = |name| asked.query(name).parse::<NaiveDate>().ok();
    let (Some(first), Some(last)) = (day(first), day(last)) else {
        return Answer::error(422, "start_date and end_date are required");
    };
    let limit = asked.number("limit", 100);
    if is_live && !(50..=1000).contains(&limit) {
        return Answer::error(422, "limit must be between 50 and 1000. (parameter.limit)");
    }
    let shop_no = asked.number("shop_no", 1) as i64;
    let mut rows = Vec::new();
    for ((shop, date), figures) in &state.days {
        if *shop == shop_no && (first..=last).contains(date) && state.settings.trouble != Trouble::Empty {
            day_rows(endpoint, is_live, *date, figures, &mut rows);
        }
    }
    if !is_live {
        return Answer::json(200, &json!({"data": rows}));
    }
    if !endpoint.starts_with("visitors") && first != last {
        // The platform would add up over the days; a client that asks for that gets what it deserves.
        rows.iter_mut().for_each(|row| row["order_count"] = json!(999_999));
    }
    let rows: Vec<Value> = rows.into_iter().skip(asked.number("offset", 0)).take(limit).collect();
    let key = endpoint.rsplit('/').next().expect("a path");
    Answer::json(200, &json!({ key: rows }))
}

fn day_rows(endpoint: &str, is_live: bool, date: NaiveDate, figures: &Day, rows: &mut Vec<Value>) {
    // The platform writes the day so, without seconds.
    let live_date = format!("{date}T00:00+09:00");
    match (endpoint, is_live) {
        ("visitors/view", true) => {
            rows.push(json!({"date": live_date, "visit_count": figures.visits.to_string()}))
        }
        ("visitors/view", false) => rows.push(json!({"date": date, "visitCount": figures.visits})),
        ("visitors/pageview", true) => rows.push(json!({"date": live_date, "page_view": figures.views})),
        ("visitors/pageview", false) => rows.push(json!({"date": date, "pageviewCount": figures.views})),
        ("products/sales", is_live) => {
            rows.extend(figures.products.iter().map(|(product, (orders, won))| {
                if is_live {
                    json!({"product_no": product, "product_name": null, "order_count": orders,
                    "order_product_count": orders, "order_amount": won.to_string()})
                } else {
                    json!({"date": date, "productNo": product, "productName": "x", "orderCount": orders,
                    "salesAmount": won})
                }
            }))
        }
        (_, is_live) => rows.extend(figures.domains.iter().map(|(domain, visits)| {
            if is_live {
                json!({"domain": domain, "visit_count": visits})
            } else {
                json!({"date": date, "domain": domain, "visitCount": visits})
            }
        })),
    }
}
