//! The calls that read orders.

use serde_json::Value;
use simulator::coupang::{AddOrders, DailyBound, LastToken, Status};
use simulator::kst_text;

use super::{DAY, MINUTE, all_sheets, get, good, line_ids, own, sheets_target, vendor, waiting};
use crate::json;

#[test]
fn six_lists_hold_every_line_that_is_not_cancelled_once() {
    let vendor = vendor(200);
    assert_eq!(vendor.truth().len(), 200);
    let listed: Vec<Value> = Status::ALL.into_iter().flat_map(|status| all_sheets(&vendor, status)).collect();
    let mut expected: Vec<String> =
        vendor.truth().into_iter().filter(|line| line.listed).map(|line| line.order_id).collect();
    expected.sort();
    assert!(expected.len() < 200, "some were cancelled or returned as a whole");
    assert_eq!(line_ids(&listed), expected);
    let truth = vendor.truth();
    for sheet in &listed {
        for item in sheet["orderItems"].as_array().expect("items") {
            let id = format!("{}-{}", sheet["shipmentBoxId"], item["vendorItemId"]);
            let line = truth.iter().find(|line| line.order_id == id).expect("a line of the truth");
            assert_eq!(sheet["orderId"], line.group);
            assert_eq!(item["orderPrice"]["units"], line.amount);
            assert_eq!(item["orderPrice"]["currencyCode"], "KRW");
            assert_eq!(item["shippingCount"], line.quantity);
            assert_eq!(
                (&item["cancelCount"], &item["holdCountForCancel"]),
                (&line.cancelled.into(), &line.held.into())
            );
            let paid = sheet["paidAt"].as_str().expect("a time");
            assert!(paid.ends_with("+09:00") && paid[..19] == kst_text(line.paid_at)[..19], "{paid}");
            assert_eq!(sheet["orderer"]["email"], "");
        }
    }
    // Orders of several lines, orders of several boxes, equal times.
    assert!(listed.iter().any(|sheet| sheet["orderItems"].as_array().expect("items").len() > 1));
    let mut orders: Vec<u64> = listed.iter().map(|sheet| sheet["orderId"].as_u64().expect("an id")).collect();
    let boxes = orders.len();
    orders.sort_unstable();
    orders.dedup();
    assert!(orders.len() < boxes);
    let mut bought: Vec<(i64, u64)> = truth.iter().map(|line| (line.paid_at, line.group)).collect();
    bought.sort_unstable();
    bought.dedup();
    assert!(bought.windows(2).any(|pair| pair[0].0 == pair[1].0), "two orders of one instant");
    assert!(
        truth.iter().any(|line| line.cancelled > 0 && line.listed) && truth.iter().any(|line| line.held > 0)
    );
}

#[test]
fn the_same_seed_gives_the_same_orders() {
    let config = |seed| simulator::coupang::Config {
        end: Some(1_790_000_000_000),
        seed,
        ..simulator::coupang::Config::of(60)
    };
    let truth = |seed| simulator::coupang::Vendor::start(config(seed)).expect("a port").truth();
    assert_eq!(truth(3), truth(3));
    assert_ne!(truth(3), truth(4));
}

#[test]
fn pages_go_on_where_the_last_one_ended() {
    let vendor = vendor(0);
    // All at one instant: only the token tells them apart.
    vendor.add(&AddOrders { count: 120, ago_ms: DAY, ..AddOrders::default() });
    let all = all_sheets(&vendor, Status::Accept);
    assert_eq!(line_ids(&all).len(), vendor.truth().len());
    let first = good(&get(&vendor, &sheets_target(&vendor, "ACCEPT", 2, 0, "")));
    assert_eq!(first["data"].as_array().map(Vec::len), Some(50));
    assert_eq!(first["code"], 200);
    assert_eq!(first["nextToken"], first["data"][49]["shipmentBoxId"].to_string());
    // `page` is not looked at.
    let second = good(&get(&vendor, &sheets_target(&vendor, "ACCEPT", 2, 0, "&page=2")));
    assert_eq!(first["data"], second["data"]);
    let early = good(&get(&vendor, &sheets_target(&vendor, "ACCEPT", 9, 5, "")));
    assert_eq!((&early["data"], &early["nextToken"]), (&serde_json::json!([]), &"".into()));
    vendor.set(|settings| settings.last_token = LastToken::Null);
    assert_eq!(good(&get(&vendor, &sheets_target(&vendor, "ACCEPT", 9, 5, "")))["nextToken"], Value::Null);
}

#[test]
fn both_dialects_tell_the_same() {
    let vendor = vendor(40);
    let sheet = &all_sheets(&vendor, Status::FinalDelivery)[0];
    let id = &sheet["shipmentBoxId"];
    let plain = good(&get(&vendor, &own(&vendor, 4, &format!("ordersheets/{id}"))));
    assert_eq!(plain["code"], "200", "a text where one is asked for");
    let plain = &plain["data"];
    assert_eq!(plain["orderItems"][0]["orderPrice"], sheet["orderItems"][0]["orderPrice"]["units"]);
    assert_eq!(
        plain["orderedAt"].as_str().expect("a time"),
        &sheet["orderedAt"].as_str().expect("a time")[..19]
    );
    assert_eq!(plain["deliveredDate"].as_str().map(|text| (text.len(), &text[10..11])), Some((19, " ")));
    assert!(plain.get("isCod").is_none() && sheet.get("isCod").is_some());
    assert_eq!(sheet["deliveryCompanyName"], "CJ 대한통운");
    let orders = good(&get(&vendor, &own(&vendor, 5, &format!("{}/ordersheets", sheet["orderId"]))));
    assert!(orders["data"].as_array().expect("boxes").contains(sheet));
    let history = good(&get(&vendor, &own(&vendor, 4, &format!("ordersheets/{id}/history"))));
    let steps: Vec<&str> = history["data"]["details"]
        .as_array()
        .expect("steps")
        .iter()
        .map(|step| step["deliveryStatus"].as_str().expect("a status"))
        .collect();
    assert_eq!(steps, ["FINAL_DELIVERY", "DELIVERING", "DEPARTURE", "INSTRUCT", "ACCEPT"]);
    assert_eq!(history["data"]["details"][0]["deliveryStatusDesc"], "배송완료");
}

#[test]
fn windows_have_their_bounds() {
    let vendor = vendor(10);
    let said = |target: &str| {
        let reply = get(&vendor, target);
        (reply.status, json(&reply)["message"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(said(&sheets_target(&vendor, "ACCEPT", 30, 0, "")).0, 200);
    let wide = (400, "endTime-startTime range should less than31.".to_owned());
    assert_eq!(said(&sheets_target(&vendor, "ACCEPT", 31, 0, "")), wide);
    vendor.set(|settings| settings.daily_bound = DailyBound::LessThan32);
    assert_eq!(said(&sheets_target(&vendor, "ACCEPT", 31, 0, "")).0, 200);
    let wide = (400, "endTime-startTime range should less than 32 day.".to_owned());
    assert_eq!(said(&sheets_target(&vendor, "ACCEPT", 32, 0, "")), wide);
    let minutes = |from: i64, to: i64| {
        let text = |ago: i64| format!("{}%2B09:00", &kst_text(vendor.now() - ago)[..16]);
        let query = format!("createdAtFrom={}&createdAtTo={}&searchType=timeFrame", text(from), text(to));
        own(&vendor, 5, &format!("ordersheets?{query}&status=ACCEPT"))
    };
    assert_eq!(said(&minutes(DAY, 0)).0, 200);
    let wide = (400, "endTime-startTime range should less than 0 day".to_owned());
    assert_eq!(said(&minutes(DAY + MINUTE, 0)), wide);
    for (wrong, in_text) in [
        (sheets_target(&vendor, "ACCEPT", 1, 3, ""), "before"),
        (sheets_target(&vendor, "PAID", 1, 0, ""), "status"),
        (sheets_target(&vendor, "", 1, 0, ""), "status"),
        (sheets_target(&vendor, "ACCEPT", 1, 0, "&maxPerPage=51"), "maxPerPage"),
        (sheets_target(&vendor, "ACCEPT", 1, 0, "&nextToken=nonsense"), "nextToken"),
        // A plus that is not escaped is a blank; v4 wants no offset and v5 wants one.
        (sheets_target(&vendor, "ACCEPT", 1, 0, "").replace("%2B", "+"), "createdAtFrom"),
        (sheets_target(&vendor, "ACCEPT", 1, 0, "").replace("%2B09:00", ""), "createdAtFrom"),
        (sheets_target(&vendor, "ACCEPT", 1, 0, "").replace("/v5/", "/v4/"), "createdAtFrom"),
        (own(&vendor, 5, "ordersheets/1"), "shipmentBoxId"),
        (own(&vendor, 5, "1/ordersheets"), "orderId"),
    ] {
        let (status, message) = said(&wrong);
        assert!(status == 400 && message.contains(in_text), "{wrong}: {status} {message}");
    }
}

#[test]
fn by_the_minute_everything_comes_at_once() {
    let vendor = vendor(0);
    let lines = vendor.add(&AddOrders { count: 90, spread_ms: 60 * MINUTE, ..AddOrders::default() });
    let text = |ago: i64| kst_text(vendor.now() - ago)[..16].to_owned();
    let window = |from: i64, to: i64| {
        let query = format!("createdAtFrom={}&createdAtTo={}", text(from), text(to));
        let target = own(&vendor, 4, &format!("ordersheets?{query}&searchType=timeFrame&status=ACCEPT"));
        line_ids(good(&get(&vendor, &target))["data"].as_array().expect("rows"))
    };
    let mut all = lines.clone();
    all.sort();
    assert_eq!(window(120 * MINUTE, 0), all);
    let half = window(30 * MINUTE, 0).len();
    assert!(half > 20 && half < all.len() - 20, "{half}");
}

#[test]
fn lists_know_a_new_order_later_than_single_calls() {
    let vendor = vendor(0);
    vendor.set(|settings| settings.list_delay_ms = 10 * MINUTE);
    vendor.add(&AddOrders::now(1));
    assert_eq!(all_sheets(&vendor, Status::Accept).len(), 0);
    let line = waiting(&vendor, Status::Accept).remove(0);
    good(&get(&vendor, &own(&vendor, 5, &format!("ordersheets/{}", line.box_id))));
    vendor.simulator().set_clock_offset(10 * MINUTE);
    assert!(!all_sheets(&vendor, Status::Accept).is_empty());
}
