//! Other goods for the old ones.

use serde_json::{Value, json};
use simulator::coupang::{Act, AddOrders, Status, Vendor};
use simulator::kst_text;

use super::{DAY, MINUTE, effects, get, good, own, vendor, write};
use crate::json;

/// An account with an exchange that was just asked for.
fn asked_for() -> (Vendor, String) {
    let vendor = vendor(0);
    let item = vendor.listings()[0].vendor_item_id;
    let status = Status::FinalDelivery;
    let line = vendor
        .add(&AddOrders { status, vendor_item_id: item, quantity: 2, ..AddOrders::default() })
        .remove(0);
    let exchange = vendor.buyer_exchanges(&line, Some(1)).expect("an exchange");
    (vendor, exchange)
}

fn target(vendor: &Vendor, from: i64, more: &str) -> String {
    let second = |at: i64| kst_text(at)[..19].to_owned();
    let (from, to) = (second(vendor.now() - from), second(vendor.now() + 1_000));
    own(vendor, 4, &format!("exchangeRequests?createdAtFrom={from}&createdAtTo={to}{more}"))
}

fn row(vendor: &Vendor) -> Value {
    good(&get(vendor, &target(vendor, DAY, "")))["data"][0].take()
}

/// Status of the answer, and whether it was done.
fn change(
    vendor: &Vendor,
    method: &str,
    exchange: &str,
    call: &str,
    more: Value,
    as_list: bool,
) -> (u16, Value) {
    let mut body =
        json!({"vendorId": vendor.vendor_id(), "exchangeId": exchange.parse::<u64>().expect("an id")});
    for (name, value) in more.as_object().expect("members") {
        body[name] = value.clone();
    }
    let body = if as_list { json!([body]) } else { body };
    let reply = write(vendor, method, &own(vendor, 4, &format!("exchangeRequests/{exchange}/{call}")), &body);
    (reply.status, json(&reply)["data"]["resultCode"].take())
}

#[test]
fn new_goods_go_in_a_new_box() {
    let (vendor, exchange) = asked_for();
    vendor.set(|settings| settings.exchange_box_delay_ms = 10 * MINUTE);
    let asked = row(&vendor);
    assert_eq!(
        (&asked["exchangeStatus"], &asked["collectStatus"]),
        (&"RECEIPT".into(), &"BeforeDirection".into())
    );
    assert_eq!(
        (asked["exchangeId"].to_string(), &asked["deliveryInvoiceGroupDtos"]),
        (exchange.clone(), &json!([]))
    );
    assert_eq!(asked["exchangeItemDtoV1s"][0]["quantity"], 1);
    let done = (200, Value::from("SUCCESS"));
    let failed = (200, Value::from("FAIL"));
    assert_eq!(change(&vendor, "PUT", &exchange, "receiveConfirmation", json!({}), false), done);
    assert_eq!(change(&vendor, "PATCH", &exchange, "receiveConfirmation", json!({}), false), failed, "once");
    let waiting = row(&vendor);
    assert_eq!(
        (&waiting["exchangeStatus"], &waiting["deliveryInvoiceGroupDtos"]),
        (&"PROGRESS".into(), &json!([]))
    );
    vendor.simulator().set_clock_offset(10 * MINUTE);
    let shown = row(&vendor);
    let new_box = shown["deliveryInvoiceGroupDtos"][0]["shipmentBoxId"].as_u64().expect("a box");
    let old_box = shown["exchangeItemDtoV1s"][0]["originalShipmentBoxId"].as_u64().expect("a box");
    assert_ne!(new_box, old_box);
    let send = |id: u64, code: &str| {
        let more = json!({"shipmentBoxId": id, "goodsDeliveryCode": code, "invoiceNumber": "680405450931"});
        change(&vendor, "POST", &exchange, "invoices", more, true)
    };
    assert_eq!(send(new_box, "CJGLS"), failed, "the old goods are not back");
    assert!(vendor.collect(&exchange));
    assert_eq!(row(&vendor)["collectStatus"], "CompleteCollect");
    assert_eq!(send(old_box, "CJGLS"), failed, "not the old box");
    assert_eq!(send(new_box, "NOBODY"), failed);
    assert_eq!(send(new_box, "CJGLS"), done);
    assert_eq!(send(new_box, "CJGLS"), failed, "once");
    let sent = row(&vendor);
    let invoice = &sent["deliveryInvoiceGroupDtos"][0]["deliveryInvoiceDtos"][0];
    assert_eq!(
        (&invoice["invoiceNumber"], &sent["deliveryStatus"]),
        (&"680405450931".into(), &"Delivering".into())
    );
    assert!(vendor.act(&Act::Deliver { claim_id: exchange.clone() }).is_some());
    assert_eq!(row(&vendor)["exchangeStatus"], "SUCCESS");
    let of = |command: &str| (command.to_owned(), exchange.clone());
    assert_eq!(effects(&vendor), [of("receive_claim"), of("ship")]);
}

#[test]
fn an_exchange_is_rejected_or_withdrawn() {
    let (vendor, exchange) = asked_for();
    let reject = |code: &str| {
        change(&vendor, "PUT", &exchange, "rejection", json!({"exchangeRejectCode": code}), false)
    };
    assert_eq!(reject("OTHER").0, 400);
    assert_eq!(reject("SOLDOUT"), (200, "SUCCESS".into()));
    assert_eq!(reject("SOLDOUT"), (200, "FAIL".into()));
    assert_eq!(row(&vendor)["exchangeStatus"], "REJECT");
    assert_eq!(effects(&vendor), [("reject_claim".to_owned(), exchange.clone())]);
    let (vendor, exchange) = asked_for();
    assert!(vendor.withdraw(&exchange));
    assert_eq!(row(&vendor)["exchangeStatus"], "CANCEL");
    assert_eq!(
        change(&vendor, "PUT", &exchange, "receiveConfirmation", json!({}), false),
        (200, "FAIL".into())
    );
}

#[test]
fn exchanges_are_asked_for_rightly() {
    let (vendor, exchange) = asked_for();
    let status = |target: &str| get(&vendor, target).status;
    assert_eq!(status(&target(&vendor, 7 * DAY - 2_000, "")), 200);
    assert_eq!(status(&target(&vendor, 7 * DAY + 2_000, "")), 400);
    assert_eq!(status(&target(&vendor, DAY, "&status=NOTHING")), 400);
    assert_eq!(
        status(&own(&vendor, 4, "exchangeRequests?createdAtFrom=2026-01-01&createdAtTo=2026-01-02")),
        400
    );
    let count =
        |more: &str| good(&get(&vendor, &target(&vendor, DAY, more)))["data"].as_array().map(Vec::len);
    assert_eq!(
        (count("&status=RECEIPT"), count("&status=SUCCESS"), count("&orderId=5")),
        (Some(1), Some(0), Some(0))
    );
    let second = vendor.add(&AddOrders { status: Status::FinalDelivery, ..AddOrders::default() }).remove(0);
    vendor.buyer_exchanges(&second, Some(1)).expect("an exchange");
    let page = good(&get(&vendor, &target(&vendor, DAY, "&maxPerPage=1")));
    assert_eq!(page["nextToken"], exchange);
    let rest = good(&get(&vendor, &target(&vendor, DAY, &format!("&maxPerPage=1&nextToken={exchange}"))));
    assert_eq!((&rest["nextToken"], rest["data"].as_array().map(Vec::len)), (&"".into(), Some(1)));
    assert_ne!(rest["data"][0]["exchangeId"], page["data"][0]["exchangeId"]);
    let other = change(&vendor, "PUT", "5", "receiveConfirmation", json!({}), false);
    assert_eq!(other.0, 400);
}
