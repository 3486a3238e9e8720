//! Orders of the Admin API.

use std::collections::BTreeMap;

use serde_json::json;
use simulator::cafe24::{Mall, MallOrder};

use super::*;

const WITH_ORDERS: &str = "scope=mall.read_analytics,mall.read_order";

fn order(mall: &Mall, number: u32, ago: u64, market_id: &str) -> MallOrder {
    let day = mall.day(ago);
    MallOrder {
        order_id: format!("{}-{number:07}", day.format("%Y%m%d")),
        shop_no: 1,
        market_id: market_id.to_owned(),
        product_no: 121,
        status: "N10".to_owned(),
        amount: 10_000,
        events: BTreeMap::from([("order_date", day), ("pay_date", day)]),
    }
}

#[test]
fn without_the_scope_orders_are_left_out_with_the_reason() {
    let mall = Mall::open();
    thirty_days(&mall, 1);
    mall.set(|settings| settings.granted = vec!["mall.read_analytics".to_owned()]);
    let installation = ready(&mall, &[]);
    let (output, summary) = sync(&installation, &[]);
    assert!(output.status.success(), "{summary}");
    let run = stream(&summary, "orders");
    assert_eq!(run["outcome"], "skipped");
    assert!(run["message"].as_str().expect("a reason").contains("mall.read_order"), "{run}");
    assert_eq!(stream(&summary, "metrics")["outcome"], "ok");
    assert_eq!(mall.calls_to("/admin/orders"), 0);
}

#[test]
fn a_scope_that_was_asked_for_and_withheld_is_an_error() {
    let mall = Mall::open();
    thirty_days(&mall, 1);
    mall.set(|settings| settings.granted = vec!["mall.read_analytics".to_owned()]);
    let installation = installation(None);
    add(&installation, &mall, &["pace=off", WITH_ORDERS]);
    let output = installation.run(&["connectors", "authorize", "mall", "--code", &mall.issue_code()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("mall.read_order"));
    let (output, summary) = sync(&installation, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stream(&summary, "metrics")["outcome"], "ok", "one stream does not stop the other");
    assert_eq!(stream(&summary, "orders")["outcome"], "failed");
}

#[test]
fn each_dated_change_brings_the_order_again() {
    let mall = Mall::open();
    let old = order(&mall, 1, 20, "self");
    let old_id = old.order_id.clone();
    mall.add_order(old);
    for number in 2..=6 {
        mall.add_order(order(&mall, number, number.into(), "self"));
    }
    let installation = ready(&mall, &[WITH_ORDERS]);
    let first = synced(&installation, "orders");
    assert_eq!((&first["new"], &first["calls"]), (&json!(6), &json!(1)), "one list, one page: {first}");

    mall.change_order(&old_id, |order| {
        order.status = "N30".to_owned();
        order.events.insert("shipbegin_date", mall.day(0));
    });
    let second = synced(&installation, "orders");
    assert_eq!((&second["new"], &second["changed"]), (&json!(0), &json!(1)), "{second}");
    let rows = listed(&installation, "orders", &["--order", &format!("{old_id}-01")]);
    assert_eq!((&rows[0]["status"], &rows[0]["state"]), (&json!("N30"), &json!("shipped")));
    assert_eq!(rows[0]["amount"], 10_000);
}

#[test]
fn a_relayed_order_is_marked_and_can_be_left_out() {
    let mall = Mall::open();
    mall.add_order(order(&mall, 1, 1, "self"));
    mall.add_order(order(&mall, 2, 1, "shopn"));
    let installation = ready(&mall, &[WITH_ORDERS]);
    synced(&installation, "orders");
    let all = listed(&installation, "orders", &[]);
    assert_eq!(all.len(), 2);
    let relayed = all.iter().find(|row| row["order_place_id"] == "shopn").expect("it is kept");
    assert_eq!(relayed["order_place_name"], "market: shopn");
    let own = listed(&installation, "orders", &["--own"]);
    assert_eq!((own.len(), &own[0]["order_place_id"]), (1, &json!("mobile")));
}

#[test]
fn several_pages_are_read_to_the_end_and_verified() {
    let mall = Mall::open();
    for number in 0..450 {
        mall.add_order(order(&mall, number, 2, "self"));
    }
    let installation = ready(&mall, &[WITH_ORDERS]);
    let first = synced(&installation, "orders");
    assert_eq!((&first["new"], &first["pages"]), (&json!(450), &json!(3)), "{first}");
    let day = text(mall.day(2));
    let text = installation.succeed(&["verify", "--connector", "mall", "--from", &day, "--to", &day]);
    assert!(text.contains("Every day agrees"), "{text}");
}
