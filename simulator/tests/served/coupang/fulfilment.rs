//! Boxes are acknowledged, sent, and cancelled by the seller.

use serde_json::{Value, json};
use simulator::coupang::{AddOrders, LineTruth, Status, USER_ID, Vendor};

use super::{all_sheets, effects, get, good, own, vendor, waiting, write};
use crate::json;

fn acknowledge(vendor: &Vendor, boxes: &[u64]) -> Value {
    let body = json!({"vendorId": vendor.vendor_id(), "shipmentBoxIds": boxes});
    good(&write(vendor, "PUT", &own(vendor, 4, "ordersheets/acknowledgement"), &body))
}

/// A waybill for a line.
fn apply(line: &LineTruth, carrier: &str, invoice: &str) -> Value {
    json!({
        "shipmentBoxId": line.box_id, "orderId": line.group, "vendorItemId": line.vendor_item_id,
        "deliveryCompanyCode": carrier, "invoiceNumber": invoice, "splitShipping": false,
        "preSplitShipped": false, "estimatedShippingDate": "",
    })
}

fn upload(vendor: &Vendor, call: &str, applied: &[Value]) -> Value {
    let body = json!({"vendorId": vendor.vendor_id(), "orderSheetInvoiceApplyDtos": applied});
    good(&write(vendor, "POST", &own(vendor, 4, &format!("orders/{call}")), &body))
}

/// The code of the only box of an answer, and whether it may be sent again.
fn code(answer: &Value) -> (String, bool) {
    let row = &answer["data"]["responseList"][0];
    assert_eq!(row["succeed"], row["resultCode"] == "OK");
    (row["resultCode"].as_str().expect("a code").to_owned(), row["retryRequired"].as_bool().expect("a word"))
}

/// An account with orders of one line each, of two options in one box where `two`.
fn with_one(status: Status) -> (Vendor, LineTruth) {
    let vendor = vendor(0);
    let item = vendor.listings()[0].vendor_item_id;
    vendor.add(&AddOrders { status, vendor_item_id: item, quantity: 3, ..AddOrders::default() });
    let line = vendor.truth().remove(0);
    (vendor, line)
}

/// Lines of a box of an account that holds several and waits to be sent.
fn bundle(vendor: &Vendor) -> Vec<LineTruth> {
    vendor.add(&AddOrders { count: 30, status: Status::Instruct, ..AddOrders::default() });
    let lines = waiting(vendor, Status::Instruct);
    let with_box = |id: u64| lines.iter().filter(|line| line.box_id == id).cloned().collect::<Vec<_>>();
    lines.iter().map(|line| with_box(line.box_id)).find(|lines| lines.len() > 1).expect("a bundle")
}

#[test]
fn an_acknowledgement_says_of_each_box_what_became_of_it() {
    let vendor = vendor(60);
    let accepted = waiting(&vendor, Status::Accept);
    let sent = waiting(&vendor, Status::Departure).remove(0);
    let (one, two) = (accepted[0].box_id, accepted.iter().find(|line| line.box_id != accepted[0].box_id));
    let two = two.expect("another box").box_id;
    let partial = acknowledge(&vendor, &[one, 5, sent.box_id]);
    assert_eq!((&partial["code"], &partial["data"]["responseCode"]), (&"200".into(), &1.into()));
    let rows: Vec<(&Value, &Value)> = partial["data"]["responseList"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| (&row["resultCode"], &row["retryRequired"]))
        .collect();
    let expected = [("OK", false), ("NOT_FOUND_SHIPMENT_BOX", true), ("INVALID_STATUS", false)];
    assert_eq!(
        rows,
        expected.map(|(code, retry)| (Value::from(code), Value::from(retry))).each_ref().map(|(a, b)| (a, b))
    );
    assert_eq!(
        vendor.truth().iter().find(|line| line.box_id == one).map(|line| line.status),
        Some(Status::Instruct)
    );
    assert_eq!(acknowledge(&vendor, &[two])["data"]["responseCode"], 0);
    let again = acknowledge(&vendor, &[one, two]);
    assert_eq!(again["data"]["responseCode"], 99);
    assert!(
        again["data"]["responseMessage"]
            .as_str()
            .expect("a text")
            .starts_with("배송상태를 변경할 수 없습니다")
    );
    let confirmed = vendor.truth().iter().filter(|line| [one, two].contains(&line.box_id)).count();
    assert_eq!(vendor.effects().len(), confirmed, "each line once");
    assert!(vendor.effects().iter().all(|effect| effect.command == "confirm"));
    assert_eq!(
        vendor.effects().iter().map(|effect| effect.number).collect::<Vec<_>>(),
        (1..=confirmed as u64).collect::<Vec<_>>()
    );
    let instruct = all_sheets(&vendor, Status::Instruct);
    assert!(instruct.iter().any(|sheet| sheet["shipmentBoxId"] == one));
}

#[test]
fn an_acknowledgement_that_is_refused_as_a_whole() {
    let vendor = vendor(5);
    let target = own(&vendor, 4, "ordersheets/acknowledgement");
    let status = |body: &Value| write(&vendor, "PUT", &target, body).status;
    assert_eq!(status(&json!({"vendorId": "A00000001", "shipmentBoxIds": [1]})), 400);
    assert_eq!(status(&json!({"vendorId": vendor.vendor_id(), "shipmentBoxIds": []})), 400);
    assert_eq!(status(&Value::Null), 400);
    let many: Vec<u64> = (1..=51).collect();
    assert_eq!(status(&json!({"vendorId": vendor.vendor_id(), "shipmentBoxIds": many})), 504);
    let fifty: Vec<u64> = (1..=50).collect();
    assert_eq!(acknowledge(&vendor, &fifty)["data"]["responseCode"], 99);
    assert_eq!(vendor.effects().len(), 0);
}

#[test]
fn a_box_is_sent_once_and_its_number_can_be_corrected() {
    let (vendor, line) = with_one(Status::Accept);
    let first = apply(&line, "CJGLS", "680405450931");
    assert_eq!(
        code(&upload(&vendor, "invoices", std::slice::from_ref(&first))),
        ("INVALID_STATUS".into(), false)
    );
    acknowledge(&vendor, &[line.box_id]);
    let update_early = upload(&vendor, "updateInvoices", std::slice::from_ref(&first));
    assert_eq!(code(&update_early), ("INVALID_STATUS".into(), false));
    for (wrong, expected) in [
        (apply(&line, "CJGLS", "12345"), ("INVALID_INVOICE_NUMBER", true)),
        (apply(&line, "CJGLS", "68040545093x"), ("INVALID_INVOICE_NUMBER", true)),
        (apply(&line, "CJGLS", ""), ("NOT_FOUND_INVOICE_NUMBER", false)),
        (
            apply(&LineTruth { vendor_item_id: 7, ..line.clone() }, "CJGLS", "680405450931"),
            ("NOT_FOUND_VENDOR_ITEM", false),
        ),
        (
            apply(&LineTruth { group: 7, ..line.clone() }, "CJGLS", "680405450931"),
            ("PERMISSION_DENIED", true),
        ),
        (
            apply(&LineTruth { box_id: 7, ..line.clone() }, "CJGLS", "680405450931"),
            ("NOT_FOUND_SHIPMENT_BOX", false),
        ),
    ] {
        let (expected, retry) = expected;
        assert_eq!(code(&upload(&vendor, "invoices", &[wrong])), (expected.to_owned(), retry));
    }
    let unknown = json!({"vendorId": vendor.vendor_id(), "orderSheetInvoiceApplyDtos": [apply(&line, "LOGEN", "1234567890")]});
    let failed = write(&vendor, "POST", &own(&vendor, 4, "orders/invoices"), &unknown);
    assert_eq!((failed.status, &json(&failed)["message"]), (500, &Value::from("internal exception")));
    assert_eq!(effects(&vendor).len(), 1, "the acknowledgement alone");

    assert_eq!(upload(&vendor, "invoices", std::slice::from_ref(&first))["data"]["responseCode"], 0);
    let sent = vendor.line(&line.order_id).expect("a line");
    assert_eq!((sent.status, sent.invoice.as_deref()), (Status::Departure, Some("680405450931")));
    assert_eq!(
        code(&upload(&vendor, "invoices", std::slice::from_ref(&first))),
        ("INVALID_STATUS".into(), false)
    );
    let same = upload(&vendor, "updateInvoices", &[first]);
    assert_eq!(code(&same), ("NOT_ALLOW_INVOICE_NUMBER_RE_UPLOAD".into(), false));
    assert!(vendor.carry(&line.order_id, Status::Delivering));
    let other = upload(&vendor, "updateInvoices", &[apply(&line, "KGB", "12345678901")]);
    assert_eq!(code(&other).0, "OK");
    let sheet = good(&get(&vendor, &own(&vendor, 5, &format!("ordersheets/{}", line.box_id))))["data"].take();
    assert_eq!((&sheet["status"], &sheet["deliveryCompanyName"]), (&"DEPARTURE".into(), &"로젠택배".into()));
    assert_eq!(sheet["invoiceNumber"], "12345678901");
    let of = |command: &str| (command.to_owned(), line.order_id.clone());
    assert_eq!(effects(&vendor), [of("confirm"), of("ship"), of("ship")]);
}

#[test]
fn a_number_goes_to_one_address() {
    let (vendor, line) = with_one(Status::Instruct);
    let item = Some(line.vendor_item_id);
    let add =
        |status| vendor.add(&AddOrders { status, vendor_item_id: item, ..AddOrders::default() }).remove(0);
    upload(&vendor, "invoices", &[apply(&line, "CJGLS", "680405450931")]);
    let other = vendor.line(&add(Status::Instruct)).expect("a line");
    let twice = upload(&vendor, "invoices", &[apply(&other, "CJGLS", "680405450931")]);
    assert_eq!(code(&twice), ("DUPLICATE_INVOICE_NUMBER".into(), true));
    let direct = upload(&vendor, "invoices", &[apply(&other, "DIRECT", "680405450931")]);
    assert_eq!(code(&direct).0, "OK");
    assert_eq!(vendor.line(&other.order_id).expect("a line").status, Status::NoneTracking);
    assert!(!vendor.carry(&other.order_id, Status::FinalDelivery), "nobody tracks it");
}

#[test]
fn a_bundle_is_sent_as_one() {
    let vendor = vendor(0);
    let lines = bundle(&vendor);
    let (one, two) = (&lines[0], &lines[1]);
    let left_out = upload(&vendor, "invoices", &[apply(one, "CJGLS", "680405450931")]);
    assert_eq!(code(&left_out), ("NOT_FOUND_VENDOR_ITEM".into(), false));
    let mut applied: Vec<Value> = lines.iter().map(|line| apply(line, "CJGLS", "680405450931")).collect();
    applied[1]["invoiceNumber"] = "680405450932".into();
    let differ = upload(&vendor, "invoices", &applied);
    assert_eq!(code(&differ).0, "IS_SEPARATE_MUST_BE_TRUE_WHEN_SEPARATE_DELIVERY");
    applied[1]["invoiceNumber"] = "680405450931".into();
    let sent = upload(&vendor, "invoices", &applied);
    assert_eq!(sent["data"]["responseList"].as_array().map(Vec::len), Some(1), "a box is one row");
    let shipped: Vec<(String, String)> =
        lines.iter().map(|line| ("ship".to_owned(), line.order_id.clone())).collect();
    let mut told = effects(&vendor);
    told.sort();
    assert_eq!(told, shipped);
    assert_eq!(vendor.line(&two.order_id).expect("a line").status, Status::Departure);
}

#[test]
fn what_leaves_first_gets_another_box() {
    let vendor = vendor(0);
    let lines = bundle(&vendor);
    let (one, two) = (&lines[0], &lines[1]);
    let split = |leaves: bool, line: &LineTruth| {
        let mut apply = apply(line, "HANJIN", if leaves { "6804054509" } else { "" });
        apply["splitShipping"] = true.into();
        apply["estimatedShippingDate"] = if leaves { "" } else { "2026-12-24" }.into();
        apply
    };
    let rest: Vec<Value> = lines[1..].iter().map(|line| split(false, line)).collect();
    let mut both = rest.clone();
    both.push(split(true, one));
    both[0]["invoiceNumber"] = "6804054509".into();
    let bad = upload(&vendor, "invoices", &both);
    assert_eq!(
        code(&bad).0,
        "IS_SEPARATE_MUST_BE_TRUE_WHEN_SEPARATE_DELIVERY",
        "a number or a day, not both"
    );
    let mut direct = rest.clone();
    direct.push(split(true, one));
    direct.iter_mut().for_each(|apply| apply["deliveryCompanyCode"] = "DIRECT".into());
    assert_eq!(code(&upload(&vendor, "invoices", &direct)).0, "NOT_ALLOW_VENDOR_DIRECT");
    let early = lines.iter().map(|line| {
        let mut apply = apply(line, "CJGLS", "680405450933");
        apply["preSplitShipped"] = true.into();
        apply
    });
    let early: Vec<Value> = early.collect();
    assert_eq!(code(&upload(&vendor, "invoices", &early)).0, "NOT_ALLOW_SEPARATE_AFTER_NORMAL_DELIVERY");

    let mut good_split = rest;
    good_split.push(split(true, one));
    assert_eq!(code(&upload(&vendor, "invoices", &good_split)).0, "OK");
    assert_eq!(effects(&vendor), [("ship".to_owned(), one.order_id.clone())]);
    assert!(vendor.line(&one.order_id).is_none(), "it is in another box now");
    let order = good(&get(&vendor, &own(&vendor, 5, &format!("{}/ordersheets", one.group))))["data"].take();
    let boxes = order.as_array().expect("boxes");
    let moved = boxes.iter().find(|sheet| sheet["status"] == "DEPARTURE").expect("the new box");
    assert_ne!(moved["shipmentBoxId"], one.box_id);
    assert_eq!(moved["orderItems"][0]["vendorItemId"], one.vendor_item_id);
    let kept = boxes.iter().find(|sheet| sheet["shipmentBoxId"] == one.box_id).expect("the old box");
    assert_eq!((&kept["status"], &kept["splitShipping"]), (&"INSTRUCT".into(), &true.into()));
    assert_eq!(kept["orderItems"][0]["plannedShippingDate"], "2026-12-24");

    let left: Vec<Value> = lines[1..].iter().map(|line| apply(line, "CJGLS", "680405450934")).collect();
    assert_eq!(
        code(&upload(&vendor, "invoices", &left)).0,
        "IS_SEPARATE_MUST_BE_TRUE_WHEN_SEPARATE_DELIVERY"
    );
    let mut nothing = left.clone();
    nothing.iter_mut().for_each(|apply| {
        apply["preSplitShipped"] = true.into();
        apply["invoiceNumber"] = "".into();
    });
    assert_eq!(code(&upload(&vendor, "invoices", &nothing)).0, "NOT_FOUND_INVOICE_NUMBER");
    let mut later = left;
    later.iter_mut().for_each(|apply| apply["preSplitShipped"] = true.into());
    assert_eq!(code(&upload(&vendor, "invoices", &later)).0, "OK");
    assert_eq!(vendor.line(&two.order_id).expect("a line").status, Status::Departure);

    let (vendor, single) = with_one(Status::Instruct);
    let alone = upload(&vendor, "invoices", &[split(true, &single)]);
    assert_eq!(code(&alone).0, "NOT_ALLOW_SEPARATE_WHEN_ONE_VENDOR_ITEM");
}

fn cancel(vendor: &Vendor, line: &LineTruth, items: &[u64], counts: &[i64]) -> (u16, Value) {
    let body = json!({
        "orderId": line.group, "vendorItemIds": items, "receiptCounts": counts, "bigCancelCode": "CANERR",
        "middleCancelCode": "CCTTER", "vendorId": vendor.vendor_id(), "userId": USER_ID,
    });
    let reply = write(vendor, "POST", &own(vendor, 5, &format!("orders/{}/cancel", line.group)), &body);
    (reply.status, json(&reply))
}

#[test]
fn the_seller_cancels_what_is_not_acknowledged_whole() {
    let (vendor, line) = with_one(Status::Accept);
    let item = line.vendor_item_id;
    let (status, body) = cancel(&vendor, &line, &[item], &[1]);
    assert!(
        status == 400 && body["message"].as_str().expect("a text").contains("취소 가능한 개수"),
        "{body}"
    );
    let (status, body) = cancel(&vendor, &line, &[item], &[3]);
    assert_eq!((status, &body["code"]), (200, &"200".into()));
    let receipts = body["data"]["receiptMap"].as_object().expect("receipts");
    let (id, receipt) = receipts.iter().next().expect("a receipt");
    assert_eq!((&receipt["receiptType"], &receipt["totalCount"]), (&"CANCEL".into(), &3.into()));
    assert_eq!(&receipt["receiptId"].to_string(), id);
    let now = vendor.line(&line.order_id).expect("a line");
    assert!(!now.listed && now.cancelled == 3);
    assert_eq!(get(&vendor, &own(&vendor, 5, &format!("{}/ordersheets", line.group))).status, 400);
    assert_eq!(effects(&vendor), [("cancel".to_owned(), line.order_id.clone())]);
    assert_eq!(cancel(&vendor, &line, &[item], &[3]).0, 400, "there is nothing left");
    assert_eq!(effects(&vendor).len(), 1);
}

#[test]
fn the_seller_cancels_a_part_of_what_is_acknowledged() {
    let vendor = vendor(0);
    let lines = bundle(&vendor);
    let (one, two) = (&lines[0], &lines[1]);
    let (status, body) =
        cancel(&vendor, one, &[one.vendor_item_id, two.vendor_item_id], &[1, two.quantity + 1]);
    assert_eq!(status, 200);
    assert_eq!(body["data"]["failedVendorItemIds"], json!([two.vendor_item_id]));
    assert!(body["message"].as_str().expect("a text").starts_with("[요청번호] "), "{body}");
    let receipt =
        body["data"]["receiptMap"].as_object().expect("receipts").values().next().expect("one").clone();
    assert_eq!(receipt["receiptType"], "STOP_SHIPMENT");
    assert_eq!(vendor.line(&one.order_id).expect("a line").cancelled, 1);
    assert_eq!(effects(&vendor), [("cancel".to_owned(), one.order_id.clone())]);
    let claim = vendor.claim(&receipt["receiptId"].to_string()).expect("a claim");
    assert_eq!((claim.status.as_str(), claim.quantity), ("RETURNS_COMPLETED", 1));
}

#[test]
fn cancellations_that_are_refused() {
    let (vendor, line) = with_one(Status::Departure);
    let item = line.vendor_item_id;
    let target = own(&vendor, 5, &format!("orders/{}/cancel", line.group));
    let whole = json!({
        "orderId": line.group, "vendorItemIds": [item], "receiptCounts": [3], "bigCancelCode": "CANERR",
        "middleCancelCode": "CCTTER", "vendorId": vendor.vendor_id(), "userId": USER_ID,
    });
    let refused = |name: &str, value: Value, text: &str| {
        let mut body = whole.clone();
        body[name] = value;
        let reply = write(&vendor, "POST", &target, &body);
        assert_eq!((reply.status, &json(&reply)["code"]), (400, &"400".into()), "{name}");
        assert!(reply.text().contains(text), "{name}: {}", reply.text());
    };
    refused("orderId", 1.into(), "orderId");
    refused("userId", "".into(), "userId");
    refused("vendorId", "A00000001".into(), "vendorId");
    refused("middleCancelCode", "OTHER".into(), "취소 사유");
    refused("vendorItemIds", json!([]), "vendorItemIds");
    refused("receiptCounts", json!([1, 2]), "개수가 다릅니다");
    refused("receiptCounts", json!([0]), "0보다");
    refused("vendorItemIds", json!([7]), "주문한 상품이 아닙니다");
    refused("bigCancelCode", "CANERR".into(), "취소 가능한 주문 상태가 아닙니다");
    assert_eq!(vendor.effects().len(), 0);
}
