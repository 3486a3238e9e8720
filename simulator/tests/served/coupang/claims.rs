//! Buyers cancel and return, and the seller answers.

use serde_json::{Value, json};
use simulator::coupang::{Act, AddOrders, ClaimKind, LineTruth, Status, Vendor};

use super::{DAY, all_sheets, day, effects, get, good, own, vendor, write};
use crate::json;

fn with_one(status: Status, quantity: i64) -> (Vendor, LineTruth) {
    let vendor = vendor(0);
    let item = vendor.listings()[0].vendor_item_id;
    vendor.add(&AddOrders { status, vendor_item_id: item, quantity, ..AddOrders::default() });
    let line = vendor.truth().remove(0);
    (vendor, line)
}

/// The rows of one list of v6.
fn listed(vendor: &Vendor, more: &str) -> Vec<Value> {
    let query = format!("createdAtFrom={}&createdAtTo={}{more}", day(vendor, 29), day(vendor, 0));
    let page = good(&get(vendor, &own(vendor, 6, &format!("returnRequests?{query}"))));
    page["data"].as_array().expect("rows").clone()
}

fn change(vendor: &Vendor, receipt: &str, call: &str, more: Value) -> (u16, Value) {
    let mut body =
        json!({"vendorId": vendor.vendor_id(), "receiptId": receipt.parse::<u64>().expect("an id")});
    for (name, value) in more.as_object().expect("members") {
        body[name] = value.clone();
    }
    let reply = write(vendor, "PUT", &own(vendor, 4, &format!("returnRequests/{receipt}/{call}")), &body);
    (reply.status, json(&reply))
}

fn status(vendor: &Vendor, receipt: &str) -> String {
    vendor.claim(receipt).expect("a claim").status
}

#[test]
fn what_is_cancelled_at_once_is_in_no_list_of_orders() {
    let (vendor, line) = with_one(Status::Accept, 2);
    let receipt = vendor.buyer_cancels(&line.order_id, None).expect("a receipt");
    assert_eq!(all_sheets(&vendor, Status::Accept).len(), 0);
    assert_eq!(get(&vendor, &own(&vendor, 5, &format!("ordersheets/{}", line.box_id))).status, 400);
    let rows = listed(&vendor, "&cancelType=CANCEL");
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!((&row["receiptType"], &row["receiptStatus"]), (&"CANCEL".into(), &"RETURNS_COMPLETED".into()));
    assert_eq!((row["receiptId"].to_string(), &row["orderId"]), (receipt.clone(), &line.group.into()));
    assert_eq!((&row["cancelCountSum"], &row["returnItems"][0]["cancelCount"]), (&2.into(), &2.into()));
    assert_eq!(row["returnItems"][0]["releaseStatus"], "N");
    for status in ["RU", "UC", "CC", "PR"] {
        assert_eq!(listed(&vendor, &format!("&status={status}")).len(), 0, "{status}");
    }
    assert_eq!(get(&vendor, &own(&vendor, 6, &format!("returnRequests/{receipt}"))).status, 400);
    let claim = vendor.claim(&receipt).expect("a claim");
    assert_eq!((claim.kind, claim.order_ids), (ClaimKind::Cancel, vec![line.order_id.clone()]));
    assert_eq!(vendor.effects().len(), 0, "the buyer did it");
    assert!(vendor.buyer_cancels(&line.order_id, None).is_none());
}

#[test]
fn a_shipment_is_stopped() {
    let (vendor, line) = with_one(Status::Instruct, 3);
    let receipt = vendor.buyer_cancels(&line.order_id, Some(1)).expect("a receipt");
    assert_eq!(vendor.line(&line.order_id).map(|line| (line.held, line.cancelled)), Some((1, 0)));
    let row = listed(&vendor, "&status=RU").remove(0);
    assert_eq!(
        (&row["receiptStatus"], &row["releaseStopStatus"]),
        (&"RELEASE_STOP_UNCHECKED".into(), &"미처리".into())
    );
    assert_eq!((&row["receiptType"], &row["enclosePrice"]["units"]), (&"RETURN".into(), &0.into()));
    assert!(row["createdAt"].as_str().expect("a time").ends_with("+09:00"));
    // Nothing is sent before it is settled.
    let body = json!({"vendorId": vendor.vendor_id(), "orderSheetInvoiceApplyDtos": [{
        "shipmentBoxId": line.box_id, "orderId": line.group, "vendorItemId": line.vendor_item_id,
        "deliveryCompanyCode": "CJGLS", "invoiceNumber": "680405450931",
    }]});
    let held = good(&write(&vendor, "POST", &own(&vendor, 4, "orders/invoices"), &body));
    assert_eq!(held["data"]["responseList"][0]["resultCode"], "ORDER_DELIVERY_PARTIAL_STOP_REQUESTED");
    let (status_code, said) = change(&vendor, &receipt, "stoppedShipment", json!({"cancelCount": 2}));
    assert!(
        status_code == 400 && said["message"].as_str().expect("a text").contains("cancelCount"),
        "{said}"
    );
    let (_, said) = change(&vendor, &receipt, "stoppedShipment", json!({"cancelCount": 1}));
    assert_eq!((&said["code"], &said["data"]["resultCode"]), (&"200".into(), &"SUCCESS".into()));
    assert_eq!(vendor.line(&line.order_id).map(|line| (line.held, line.cancelled)), Some((0, 1)));
    let row = listed(&vendor, "&status=CC").remove(0);
    assert_eq!(row["releaseStopStatus"], "처리(출고중지)");
    let (again, said) = change(&vendor, &receipt, "stoppedShipment", json!({"cancelCount": 1}));
    assert!(again == 400 && said["message"].as_str().expect("a text").contains("이미 완료"), "{said}");
    assert_eq!(effects(&vendor), [("approve_claim".to_owned(), receipt)]);
    let sheet = good(&get(&vendor, &own(&vendor, 4, &format!("ordersheets/{}", line.box_id))));
    let item = &sheet["data"]["orderItems"][0];
    assert_eq!((&item["shippingCount"], &item["cancelCount"]), (&3.into(), &1.into()));

    let (vendor, line) = with_one(Status::Instruct, 1);
    vendor.buyer_cancels(&line.order_id, None).expect("a receipt");
    let body = json!({"vendorId": vendor.vendor_id(), "orderSheetInvoiceApplyDtos": [{
        "shipmentBoxId": line.box_id, "orderId": line.group, "vendorItemId": line.vendor_item_id,
        "deliveryCompanyCode": "CJGLS", "invoiceNumber": "680405450931",
    }]});
    let held = good(&write(&vendor, "POST", &own(&vendor, 4, "orders/invoices"), &body));
    assert_eq!(held["data"]["responseList"][0]["resultCode"], "ORDER_DELIVERY_CANCELED_HOLDING_FOR_CANCEL");
}

#[test]
fn what_had_left_already_becomes_a_return() {
    let (vendor, line) = with_one(Status::Instruct, 2);
    let receipt = vendor.buyer_cancels(&line.order_id, None).expect("a receipt");
    let bad = change(
        &vendor,
        &receipt,
        "completedShipment",
        json!({"deliveryCompanyCode": "CJGLS", "invoiceNumber": "1"}),
    );
    assert_eq!(bad.0, 400);
    let waybill = json!({"deliveryCompanyCode": "CJGLS", "invoiceNumber": "680405450931"});
    let (_, said) = change(&vendor, &receipt, "completedShipment", waybill);
    assert_eq!(said["data"]["resultCode"], "SUCCESS", "nested once more than elsewhere: {said}");
    assert!(said.get("code").is_none());
    let now = vendor.line(&line.order_id).expect("a line");
    assert_eq!((now.status, now.held, now.invoice.as_deref()), (Status::Departure, 0, Some("680405450931")));
    assert_eq!(vendor.claim(&receipt).map(|claim| claim.kind), Some(ClaimKind::Return));
    let row = listed(&vendor, "&status=UC").remove(0);
    assert_eq!(
        (&row["receiptStatus"], &row["releaseStopStatus"]),
        (&"RETURNS_UNCHECKED".into(), &"처리(이미출고)".into())
    );

    let early = change(&vendor, &receipt, "approval", json!({"cancelCount": 2}));
    assert_eq!(early.0, 400, "the goods are not back");
    assert!(vendor.collect(&receipt));
    assert_eq!(change(&vendor, &receipt, "receiveConfirmation", json!({})).0, 200);
    assert_eq!(status(&vendor, &receipt), "VENDOR_WAREHOUSE_CONFIRM");
    assert_eq!(change(&vendor, &receipt, "receiveConfirmation", json!({})).0, 400);
    assert_eq!(change(&vendor, &receipt, "approval", json!({"cancelCount": 2})).0, 200);
    assert_eq!(status(&vendor, &receipt), "RETURNS_COMPLETED");
    assert!(!vendor.line(&line.order_id).expect("a line").listed, "all came back");
    let of = |command: &str| (command.to_owned(), receipt.clone());
    assert_eq!(effects(&vendor), [of("reject_claim"), of("receive_claim"), of("approve_claim")]);
}

#[test]
fn a_return_has_its_waybill_and_its_charge() {
    let (vendor, line) = with_one(Status::FinalDelivery, 1);
    let receipt = vendor.buyer_returns(&line.order_id, None).expect("a receipt");
    let of_v4 = good(&get(&vendor, &own(&vendor, 4, &format!("returnRequests/{receipt}"))));
    assert_eq!(of_v4["data"].as_array().map(Vec::len), Some(1), "a list of one");
    let row = &of_v4["data"][0];
    assert_eq!((&row["enclosePrice"], row.get("returnShippingCharge")), (&0.into(), None));
    assert_eq!(
        (&row["returnDeliveryDtos"][0]["deliveryInvoiceNo"], &row["releaseStopStatus"]),
        (&"".into(), &"비대상".into())
    );
    assert!(!row["createdAt"].as_str().expect("a time").contains('+'));
    vendor.collect(&receipt);
    let row = listed(&vendor, "&status=UC").remove(0);
    assert_eq!(row["returnDeliveryDtos"][0]["deliveryInvoiceNo"], Value::Null);
    assert!(row["returnDeliveryDtos"][1]["deliveryInvoiceNo"].as_str().expect("a number").ends_with(' '));
    assert_eq!(row["returnShippingCharge"]["units"], -5_000);
    assert!(vendor.act(&Act::Dispute { claim_id: receipt.clone() }).is_none(), "not before it is back");
    change(&vendor, &receipt, "receiveConfirmation", json!({}));
    assert!(vendor.act(&Act::Dispute { claim_id: receipt.clone() }).is_some());
    assert_eq!(listed(&vendor, "&status=PR").len(), 1);
}

#[test]
fn small_returns_are_refunded_before_the_seller_approves() {
    let (vendor, line) = with_one(Status::FinalDelivery, 1);
    vendor.set(|settings| settings.quick_refunds = true);
    let big = vendor.buyer_returns(&line.order_id, None).expect("a receipt");
    change(&vendor, &big, "receiveConfirmation", json!({}));
    assert_eq!(status(&vendor, &big), "VENDOR_WAREHOUSE_CONFIRM", "149,000 won are too much");
    let cheap = vendor.listings().into_iter().find(|listing| listing.price < 10_000).expect("a cheap one");
    let line = vendor
        .add(&AddOrders {
            status: Status::FinalDelivery,
            vendor_item_id: cheap.vendor_item_id,
            ..AddOrders::default()
        })
        .remove(0);
    let small = vendor.buyer_returns(&line, None).expect("a receipt");
    assert_eq!(listed(&vendor, "&status=UC").iter().filter(|row| row["preRefund"] == true).count(), 1);
    change(&vendor, &small, "receiveConfirmation", json!({}));
    assert_eq!(status(&vendor, &small), "RETURNS_COMPLETED");
}

#[test]
fn a_return_that_is_withdrawn_is_in_no_list_but_its_own() {
    let (vendor, line) = with_one(Status::FinalDelivery, 2);
    let receipt = vendor.buyer_returns(&line.order_id, Some(1)).expect("a receipt");
    assert!(vendor.withdraw(&receipt) && !vendor.withdraw(&receipt));
    assert_eq!(listed(&vendor, "&status=UC").len(), 0);
    assert_eq!(get(&vendor, &own(&vendor, 6, &format!("returnRequests/{receipt}"))).status, 400);
    assert_eq!(change(&vendor, &receipt, "receiveConfirmation", json!({})).0, 400);
    let days = |from: i64| {
        format!(
            "returnWithdrawRequests?dateFrom={}&dateTo={}&pageIndex=1",
            day(&vendor, from),
            day(&vendor, 0)
        )
    };
    let page = good(&get(&vendor, &own(&vendor, 4, &days(6))));
    assert_eq!(
        (page["data"][0]["cancelId"].to_string(), &page["nextPageIndex"]),
        (receipt.clone(), &"".into())
    );
    assert_eq!(get(&vendor, &own(&vendor, 4, &days(7))).status, 400, "seven days");
    let ids = json!({"cancelIds": [receipt.parse::<u64>().expect("an id"), 5]});
    let by_id = good(&write(&vendor, "POST", &own(&vendor, 4, "returnWithdrawList"), &ids));
    assert_eq!(by_id["data"].as_array().map(Vec::len), Some(1));
    let many: Vec<u64> = (0..51).collect();
    let refused = write(&vendor, "POST", &own(&vendor, 4, "returnWithdrawList"), &json!({"cancelIds": many}));
    assert_eq!(refused.status, 400);
    assert!(vendor.buyer_returns(&line.order_id, Some(2)).is_some(), "both are the buyer's again");
}

#[test]
fn returns_are_asked_for_rightly() {
    let vendor = vendor(100);
    let status = |version: u8, query: &str| {
        get(&vendor, &own(&vendor, version, &format!("returnRequests?{query}"))).status
    };
    let days = |from: i64| format!("createdAtFrom={}&createdAtTo={}", day(&vendor, from), day(&vendor, 0));
    assert_eq!(status(4, &format!("{}&status=RU", days(30))), 200);
    assert_eq!(status(4, &format!("{}&status=RU", days(31))), 400);
    assert_eq!(status(5, &format!("{}&status=RU", days(3))), 404, "there is no v5");
    assert_eq!(status(6, &days(3)), 400, "a status or an order");
    assert_eq!(status(6, &format!("{}&status=XX", days(3))), 400);
    assert_eq!(status(6, &format!("{}&status=RU&cancelType=CANCEL", days(3))), 400);
    let claim = vendor.claims().into_iter().find(|claim| claim.kind == ClaimKind::Return).expect("a return");
    let group = vendor.line(&claim.order_ids[0]).expect("a line").group;
    let of_order = listed(&vendor, &format!("&orderId={group}"));
    assert!(
        of_order
            .iter()
            .any(|row| row["receiptId"].as_u64().is_some_and(|id| id.to_string() == claim.claim_id))
    );
    // Page by page they are those of one page, and the lists hold every claim once.
    let mut found = Vec::new();
    for list in ["&cancelType=CANCEL", "&status=RU", "&status=UC", "&status=CC", "&status=PR"] {
        let whole = listed(&vendor, list);
        let mut paged = Vec::new();
        let mut more = String::new();
        loop {
            let query = format!("{}{list}&maxPerPage=1{more}", days(29));
            let page = good(&get(&vendor, &own(&vendor, 6, &format!("returnRequests?{query}"))));
            paged.extend(page["data"].as_array().expect("rows").iter().cloned());
            let token = page["nextToken"].as_str().expect("a token").to_owned();
            if token.is_empty() {
                break;
            }
            more = format!("&nextToken={token}");
        }
        assert_eq!(whole, paged, "{list}");
        found.extend(whole.iter().map(|row| row["receiptId"].to_string()));
    }
    found.sort();
    let mut expected: Vec<String> = vendor
        .claims()
        .into_iter()
        .filter(|claim| claim.kind != ClaimKind::Exchange && !claim.withdrawn)
        .map(|claim| claim.claim_id)
        .collect();
    expected.sort();
    assert_eq!(found, expected);
    let minute = |at: i64| simulator::kst_text(at)[..16].to_owned();
    let query =
        format!("createdAtFrom={}&createdAtTo={}", minute(vendor.now() - 20 * DAY), minute(vendor.now()));
    let by_minute = format!("returnRequests?{query}&searchType=timeFrame&status=RU");
    let by_minute = good(&get(&vendor, &own(&vendor, 6, &by_minute)));
    assert_eq!(by_minute["data"], Value::from(listed(&vendor, "&status=RU")));
}

#[test]
fn the_buyer_moves_until_the_order_is_acknowledged() {
    let (vendor, line) = with_one(Status::Accept, 1);
    let receiver = || {
        let target = own(&vendor, 5, &format!("ordersheets/{}", line.box_id));
        good(&get(&vendor, &target))["data"]["receiver"].take()
    };
    let before = receiver();
    let moves = Act::ChangeAddress { order_id: line.order_id.clone() };
    assert!(vendor.act(&moves).is_some());
    assert_ne!(receiver(), before);
    let body = json!({"vendorId": vendor.vendor_id(), "shipmentBoxIds": [line.box_id]});
    good(&write(&vendor, "PATCH", &own(&vendor, 5, "ordersheets/acknowledgement"), &body));
    assert!(vendor.act(&moves).is_none());
}
