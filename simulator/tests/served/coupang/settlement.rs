//! What was sold, and what is paid out.

use serde_json::Value;
use simulator::coupang::{Act, AddOrders, Status, Vendor};

use super::{API, DAY, day, get, good, vendor};
use crate::json;

fn target(vendor: &Vendor, from: i64, to: i64, token: &str, more: &str) -> String {
    let (from, to) = (day(vendor, from), day(vendor, to));
    let vendor = vendor.vendor_id();
    format!(
        "{API}/v1/revenue-history?vendorId={vendor}&recognitionDateFrom={from}&recognitionDateTo={to}&token={token}{more}"
    )
}

/// Every row of the days until yesterday.
fn rows(vendor: &Vendor) -> Vec<Value> {
    let (mut rows, mut token) = (Vec::new(), String::new());
    loop {
        let page = good(&get(vendor, &target(vendor, 30, 1, &token, "&maxPerPage=3")));
        rows.extend(page["data"].as_array().expect("rows").iter().cloned());
        if page["hasNext"] == false {
            assert_eq!(page["nextToken"], "");
            return rows;
        }
        token = page["nextToken"].as_str().expect("a token").to_owned();
    }
}

#[test]
fn revenue_is_what_the_truth_says() {
    let vendor = vendor(150);
    vendor.simulator().set_clock_offset(9 * DAY);
    let rows = rows(&vendor);
    let today = day(&vendor, 0);
    let truth: Vec<_> = vendor.settlements().into_iter().filter(|row| row.recognition_date < today).collect();
    assert!(truth.len() > 20 && truth.iter().any(|row| row.quantity > 0));
    let mut told: Vec<(String, u64, u64, i64, i64)> = rows
        .iter()
        .flat_map(|row| {
            row["items"].as_array().expect("items").iter().map(move |item| {
                (
                    row["recognitionDate"].as_str().expect("a day").to_owned(),
                    row["orderId"].as_u64().expect("an id"),
                    item["vendorItemId"].as_u64().expect("an id"),
                    item["saleAmount"].as_i64().expect("won"),
                    item["settlementAmount"].as_i64().expect("won"),
                )
            })
        })
        .collect();
    let mut expected: Vec<(String, u64, u64, i64, i64)> = truth
        .iter()
        .map(|row| (row.recognition_date.clone(), row.group, row.vendor_item_id, row.amount, row.settled))
        .collect();
    told.sort();
    expected.sort();
    assert_eq!(told, expected);
    for item in rows.iter().flat_map(|row| row["items"].as_array().expect("items")) {
        let won = |name: &str| item[name].as_i64().expect("won");
        assert_eq!(won("settlementAmount"), won("saleAmount") - won("serviceFee") - won("serviceFeeVat"));
    }
}

#[test]
fn a_return_after_the_sale_is_a_refund() {
    let vendor = vendor(0);
    let item = vendor.listings()[0].vendor_item_id;
    let order = AddOrders {
        status: Status::FinalDelivery,
        vendor_item_id: item,
        quantity: 2,
        ..AddOrders::default()
    };
    let (kept, back) = (vendor.add(&order).remove(0), vendor.add(&order).remove(0));
    assert!(vendor.act(&Act::Confirm { order_id: kept.clone() }).is_some());
    let sales = vendor.settlements();
    assert_eq!(sales.len(), 1, "the other one is not sold yet");
    vendor.simulator().set_clock_offset(8 * DAY);
    assert_eq!(vendor.settlements().len(), 2, "a week after it arrived it is");
    let receipt = vendor.buyer_returns(&back, Some(1)).expect("a receipt");
    let target = super::own(&vendor, 4, &format!("returnRequests/{receipt}/"));
    let body = serde_json::json!({
        "vendorId": vendor.vendor_id(), "receiptId": receipt.parse::<u64>().expect("an id"), "cancelCount": 1,
    });
    good(&super::write(&vendor, "PUT", &format!("{target}receiveConfirmation"), &body));
    good(&super::write(&vendor, "PUT", &format!("{target}approval"), &body));
    let refund = vendor.settlements().into_iter().find(|row| row.sale_type == "REFUND").expect("a refund");
    assert_eq!((refund.order_id.as_str(), refund.quantity), (back.as_str(), -1));
    assert_eq!(refund.amount, -vendor.line(&back).expect("a line").unit_price);
    vendor.simulator().set_clock_offset(9 * DAY);
    let kinds: Vec<Value> = rows(&vendor).iter().map(|row| row["saleType"].clone()).collect();
    assert_eq!(kinds, ["SALE", "SALE", "REFUND"]);
}

#[test]
fn revenue_is_asked_for_rightly() {
    let vendor = vendor(20);
    let said = |target: &str| {
        let reply = get(&vendor, target);
        (reply.status, json(&reply)["message"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(said(&target(&vendor, 31, 1, "", "")).0, 200);
    let today = (400, "dateTo: 전일까지만 조회할 수 있습니다.".to_owned());
    assert_eq!(said(&target(&vendor, 5, 0, "", "")), today);
    assert!(said(&target(&vendor, 32, 1, "", "")).1.contains("less than 1 months"));
    assert_eq!(said(&target(&vendor, 5, 1, "nonsense", "")).0, 400);
    assert_eq!(
        said(&target(&vendor, 5, 1, "", "").replace("&token=", "")).0,
        400,
        "it must be there, if empty"
    );
    assert_eq!(said(&target(&vendor, 5, 1, "", "&maxPerPage=51")).0, 400);
    assert_eq!(said(&target(&vendor, 5, 1, "", "").replace(vendor.vendor_id(), "A00000001")).0, 400);
}

#[test]
fn payouts_are_a_list_and_nothing_else() {
    let vendor = vendor(150);
    vendor.simulator().set_clock_offset(9 * DAY);
    let path =
        "/v2/providers/marketplace_openapi/apis/api/v1/settlement-histories?revenueRecognitionYearMonth";
    let month = day(&vendor, 0)[..7].to_owned();
    let months = [month.clone(), day(&vendor, 31)[..7].to_owned()];
    let lists = months.map(|month| good(&get(&vendor, &format!("{path}={month}"))));
    let rows: Vec<&Value> = lists.iter().flat_map(|list| list.as_array().expect("a bare list")).collect();
    assert!(rows.iter().any(|row| row["settlementType"] == "WEEKLY"));
    assert!(rows.iter().any(|row| row["settlementType"] == "RESERVE"));
    let of_month: i64 = vendor
        .settlements()
        .iter()
        .filter(|row| row.recognition_date.starts_with(&month))
        .map(|row| row.amount)
        .sum();
    let weekly: i64 = lists[0]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|row| row["settlementType"] == "WEEKLY")
        .map(|row| row["totalSale"].as_i64().expect("won"))
        .sum();
    assert_eq!(weekly, of_month);
    assert_eq!(get(&vendor, &format!("{path}=2099-01")).status, 400);
    assert_eq!(get(&vendor, &format!("{path}=2026-1")).status, 400);
}
