//! The Analytics API, in both shapes.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use super::answer::{Asked, error, reply};
use super::errors::{bucket_empty, named, no_endpoint, with_bucket};
use super::state::{Bucket, Day, Shape, State};
use super::{ANALYTICS, Premises};
use crate::answer::Answer;
use crate::endpoint::Endpoint;

pub(super) fn answer(
    state: &mut State,
    mall: &Premises,
    asked: &Asked,
    now: DateTime<Utc>,
    endpoint: Endpoint,
    endless: bool,
) -> Answer {
    let is_live = !asked.path.contains("/api/v1/");
    let is_served = match state.settings.shape {
        Shape::Live => is_live,
        Shape::Seed => !is_live && asked.path.contains(&format!("/api/v1/malls/{}/", mall.mall_id)),
        Shape::Both => true,
    };
    let known = ANALYTICS.iter().find(|(_, known)| *known == endpoint).filter(|_| is_served);
    let Some((name, _)) = known.filter(|_| asked.method == "GET") else {
        return no_endpoint(&asked.path);
    };
    if !state.settings.limited {
        return within(state, mall, asked, now, name, is_live, endless);
    }
    match state.take(Bucket::Analytics) {
        None => bucket_empty(),
        Some(left) => with_bucket(within(state, mall, asked, now, name, is_live, endless), left),
    }
}

fn within(
    state: &State,
    mall: &Premises,
    asked: &Asked,
    now: DateTime<Utc>,
    endpoint: &str,
    is_live: bool,
    endless: bool,
) -> Answer {
    if !state.is_good(asked.bearer(), now) {
        return named(state.refusal(asked.bearer()));
    }
    if !state.scopes.iter().any(|scope| scope == "mall.read_analytics" || scope == "mall.analytics") {
        return named("INVALID_SCOPE");
    }
    if is_live && asked.query("mall_id") != &*mall.mall_id {
        return error(403, "mall_id");
    }
    let (first, last) = if is_live { ("start_date", "end_date") } else { ("startDate", "endDate") };
    let day = |name| asked.query(name).parse::<NaiveDate>().ok();
    let (Some(first), Some(last)) = (day(first), day(last)) else {
        return error(422, "start_date and end_date are required");
    };
    let limit = asked.number("limit", 100);
    if is_live && !(50..=1000).contains(&limit) {
        return error(422, "limit must be between 50 and 1000. (parameter.limit)");
    }
    let shop_no = asked.number("shop_no", 1) as i64;
    let mut rows = Vec::new();
    for ((shop, date), figures) in &state.days {
        if *shop == shop_no && (first..=last).contains(date) {
            day_rows(endpoint, is_live, *date, figures, &mut rows);
        }
    }
    if !is_live {
        let count = rows.len();
        return reply(200, &json!({"data": rows})).with_rows(count);
    }
    if !endpoint.starts_with("visitors") && first != last {
        // The platform would add up over the days; a client that asks for that gets what it deserves.
        rows.iter_mut().for_each(|row| row["order_count"] = json!(999_999));
    }
    let rows: Vec<Value> = if endless {
        rows.iter().cycle().take(if rows.is_empty() { 0 } else { limit }).cloned().collect()
    } else {
        rows.into_iter().skip(asked.number("offset", 0)).take(limit).collect()
    };
    let key = endpoint.rsplit('/').next().expect("a path");
    let count = rows.len();
    reply(200, &json!({ key: rows })).with_rows(count)
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
