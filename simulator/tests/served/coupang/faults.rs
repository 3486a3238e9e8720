//! What goes wrong on request, at reads and at writes.

use serde_json::{Value, json};
use simulator::coupang::{AddOrders, Codes, Status, Vendor};
use simulator::plain_http::Reply;
use simulator::{Endpoint, Fault, FaultKind, Platform};

use super::{API, day, effects, get, good, line_ids, own, send, sheets_target, vendor, waiting, write};
use crate::json;

const M: &str = "/v2/providers/seller_api/apis/api/v1/marketplace";

fn list(vendor: &Vendor) -> Reply {
    get(vendor, &sheets_target(vendor, "ACCEPT", 29, 0, ""))
}

fn rows(reply: &Reply) -> Vec<Value> {
    good(reply)["data"].as_array().expect("rows").clone()
}

/// A call for each endpoint that changes something, which would succeed.
fn writes(vendor: &Vendor) -> Vec<(Endpoint, &'static str, String, Value)> {
    let item = vendor.listings()[0].vendor_item_id;
    let add = |status| {
        let order = AddOrders { status, vendor_item_id: item, quantity: 1, ..AddOrders::default() };
        let id = vendor.add(&order).remove(0);
        vendor.line(&id).expect("a line")
    };
    let id = vendor.vendor_id();
    let claim = |claim: Option<String>| claim.expect("a claim").parse::<u64>().expect("an id");
    let mut all = Vec::new();
    let accepted = add(Status::Accept);
    let body = json!({"vendorId": id, "shipmentBoxIds": [accepted.box_id]});
    all.push((Endpoint::VendorAcknowledge, "PUT", own(vendor, 4, "ordersheets/acknowledgement"), body));
    for (endpoint, status, call) in [
        (Endpoint::VendorInvoices, Status::Instruct, "invoices"),
        (Endpoint::VendorInvoicesUpdate, Status::Departure, "updateInvoices"),
    ] {
        let line = add(status);
        let number = if status == Status::Instruct { "680405450931" } else { "680405450932" };
        let body = json!({"vendorId": id, "orderSheetInvoiceApplyDtos": [{
            "shipmentBoxId": line.box_id, "orderId": line.group, "vendorItemId": line.vendor_item_id,
            "deliveryCompanyCode": "CJGLS", "invoiceNumber": number,
        }]});
        all.push((endpoint, "POST", own(vendor, 4, &format!("orders/{call}")), body));
    }
    let line = add(Status::Accept);
    let body = json!({
        "orderId": line.group, "vendorItemIds": [line.vendor_item_id], "receiptCounts": [1],
        "bigCancelCode": "CANERR", "middleCancelCode": "CCTTER", "vendorId": id, "userId": "simwing01",
    });
    all.push((
        Endpoint::VendorCancel,
        "POST",
        own(vendor, 5, &format!("orders/{}/cancel", line.group)),
        body,
    ));
    for (endpoint, call) in [
        (Endpoint::VendorStopShipment, "stoppedShipment"),
        (Endpoint::VendorAlreadyShipped, "completedShipment"),
    ] {
        let receipt = claim(vendor.buyer_cancels(&add(Status::Instruct).order_id, None));
        let body = json!({
            "vendorId": id, "receiptId": receipt, "cancelCount": 1, "deliveryCompanyCode": "CJGLS",
            "invoiceNumber": "680405450939",
        });
        all.push((endpoint, "PUT", own(vendor, 4, &format!("returnRequests/{receipt}/{call}")), body));
    }
    let receipt = claim(vendor.buyer_returns(&add(Status::FinalDelivery).order_id, None));
    let body = json!({"vendorId": id, "receiptId": receipt, "cancelCount": 1});
    let target = |call: &str| own(vendor, 4, &format!("returnRequests/{receipt}/{call}"));
    all.push((Endpoint::VendorReturnReceived, "PUT", target("receiveConfirmation"), body.clone()));
    all.push((Endpoint::VendorReturnApproval, "PUT", target("approval"), body));
    for (endpoint, call, code) in [
        (Endpoint::VendorExchangeReceived, "receiveConfirmation", ""),
        (Endpoint::VendorExchangeRejection, "rejection", "SOLDOUT"),
    ] {
        let exchange = claim(vendor.buyer_exchanges(&add(Status::FinalDelivery).order_id, None));
        let body = json!({"vendorId": id, "exchangeId": exchange, "exchangeRejectCode": code});
        all.push((endpoint, "PUT", own(vendor, 4, &format!("exchangeRequests/{exchange}/{call}")), body));
    }
    let item = item.expect("an approved option");
    let price = vendor.listings()[0].price + 10;
    for (endpoint, rest) in [
        (Endpoint::VendorQuantity, format!("{item}/quantities/5")),
        (Endpoint::VendorPrice, format!("{item}/prices/{price}")),
        (Endpoint::VendorSaleStop, format!("{item}/sales/stop")),
        (Endpoint::VendorSaleResume, format!("{item}/sales/resume")),
    ] {
        all.push((endpoint, "PUT", format!("{M}/vendor-items/{rest}"), Value::Null));
    }
    all
}

#[test]
fn statuses_and_their_bodies() {
    let vendor = vendor(30);
    for (kind, status, text) in [
        (FaultKind::RateLimited, 429, "Too Many Requests"),
        (FaultKind::RateLimitedWithRetryAfter, 429, "Too Many Requests"),
        (FaultKind::ServerError, 500, "internal exception"),
        (FaultKind::BadGateway, 502, "<html>"),
        (FaultKind::Unavailable, 503, "Request timed out"),
        (FaultKind::Maintenance, 503, "Request timed out"),
        (FaultKind::GatewayTimeout, 504, "Request timed out"),
        (FaultKind::LateTimeout, 504, "Request timed out"),
        (FaultKind::Unauthorized, 401, "Invalid signature."),
        (FaultKind::IpNotAllowed, 403, "Your ip address 127.0.0.1 is not allowed"),
        (FaultKind::ClockSkew, 401, "Specified signature is expired."),
        (FaultKind::Html, 200, "<html>"),
    ] {
        vendor.fault(Fault::next(Endpoint::OrderSheets, kind));
        let reply = list(&vendor);
        assert!(
            reply.status == status && reply.text().contains(text),
            "{kind}: {} {}",
            reply.status,
            reply.text()
        );
        let wait = (kind == FaultKind::RateLimitedWithRetryAfter).then_some("1");
        assert_eq!(reply.header("retry-after"), wait, "{kind}");
        assert_eq!(list(&vendor).status, 200, "{kind}");
    }
    let faults = vendor.calls().calls.iter().filter(|call| call.fault.is_some()).count();
    assert_eq!(faults, 12);
}

#[test]
fn every_documented_error_can_be_had() {
    let vendor = vendor(5);
    for (name, status, text) in [
        ("auth_missing_or_bad_header", 401, "Unauthorized request is denied."),
        ("auth_invalid_signature", 401, "Invalid signature."),
        ("auth_signature_expired", 401, "Specified signature is expired."),
        ("auth_hmac_format", 401, "HMAC format is invalid."),
        ("auth_unknown_access_key", 401, "please contact api-gateway channel"),
        ("ip_not_allowed", 403, "is not allowed for this request."),
        ("ip_not_allowed_faq", 403, "[FORBIDDEN] Not allowed IP"),
        ("edge_error_storm_block", 403, "<TITLE>Access Denied</TITLE>"),
        ("redirect_block", 302, ""),
        ("unknown_path_or_method", 404, "PRECONDITION_FAILED"),
        ("vendor_malformed", 404, "ERROR"),
        ("retired", 410, "RETIRED"),
        ("not_deployed", 412, "ERROR"),
        ("locked", 423, "ERROR"),
        ("rate_limited", 429, "Too Many Requests"),
        ("internal_exception", 500, "internal exception"),
        ("unavailable", 503, "Request timed out"),
        ("gateway_timeout", 504, "consider applying timeout extension."),
        ("backend_unreachable", 521, "connection timed out"),
        ("edge_timeout", 524, "Request timed out"),
        ("ordersheets_range_daily", 400, "less than31."),
        ("ordersheets_range_daily_32", 400, "less than 32 day."),
        ("ordersheets_range_timeframe", 400, "less than 0 day"),
        ("vendor_mismatch", 400, "Invalid vendor ID"),
        ("revenue_history_date_to_today", 400, "전일까지만"),
        ("cancel_count_mismatch", 400, "[INTERNAL_SERVER_ERROR]"),
        ("quantity_unknown_vendor_item", 400, "not found]"),
        ("price_out_of_band", 400, "최대 50% 인하"),
        ("seller_api_error_in_http_200", 200, "수정 가능한 상태가 아닙니다."),
        ("not_a_vendor_item", 500, "Object text must begin with"),
        ("create_malformed", 400, "java.lang.NullPointerException"),
        ("create_unauthorized", 400, "UNAUTHORIZATION"),
        ("ack_all_failed", 200, "\"responseCode\":99"),
    ] {
        vendor.fault(Fault::next(Endpoint::OrderSheets, FaultKind::Refused).with_value(name));
        let reply = list(&vendor);
        assert!(
            reply.status == status && reply.text().contains(text),
            "{name}: {} {}",
            reply.status,
            reply.text()
        );
        assert_eq!(list(&vendor).status, 200, "{name}");
    }
    let unknown = Fault::everywhere(Platform::Coupang, FaultKind::Refused).with_value("nothing");
    assert!(vendor.simulator().fault(unknown).is_err());
}

#[test]
fn pages_that_are_not_what_they_were() {
    let vendor = vendor(60);
    let good_rows = rows(&list(&vendor));
    let ids =
        |rows: &[Value]| -> Vec<Value> { rows.iter().map(|row| row["shipmentBoxId"].clone()).collect() };
    let with = |kind| {
        vendor.fault(Fault::next(Endpoint::OrderSheets, kind));
        list(&vendor)
    };
    assert_eq!(rows(&with(FaultKind::DuplicatePage)).len(), 2 * good_rows.len());
    let reversed: Vec<Value> = ids(&good_rows).into_iter().rev().collect();
    assert_eq!(ids(&rows(&with(FaultKind::ReorderedPage))), reversed);
    assert_eq!(rows(&with(FaultKind::RowMissing)), good_rows[1..]);
    assert_eq!(rows(&with(FaultKind::EmptyList)).len(), 0);
    assert_eq!(json(&with(FaultKind::AbsentData)).get("data"), None);
    assert!(json(&with(FaultKind::UnknownKey)).get("data_v2").is_some());
    assert!(rows(&with(FaultKind::SchemaChange))[0]["orderItems"][0].get("addedSince").is_some());
    assert_eq!(rows(&with(FaultKind::UnknownEnum))[0]["status"], "SOMETHING_NEW");
    for (kind, there) in [
        (FaultKind::NullField, Some(Value::Null)),
        (FaultKind::MissingField, None),
        (FaultKind::RenamedField, None),
    ] {
        let row = rows(&with(kind)).swap_remove(0);
        assert_eq!(row["orderItems"][0].get("orderPrice").cloned(), there, "{kind}");
    }
    let again = with(FaultKind::EndlessMore);
    let token = good(&again)["nextToken"].as_str().expect("a token").to_owned();
    assert_eq!(
        rows(&get(&vendor, &sheets_target(&vendor, "ACCEPT", 29, 0, &format!("&nextToken={token}")))),
        good_rows
    );
    let (lines, first) = (vendor.truth().len(), good_rows[0]["shipmentBoxId"].clone());
    let grown = rows(&with(FaultKind::GrowingPage));
    assert!(vendor.truth().len() > lines && !ids(&grown).contains(&first), "one came and one went on");
    assert!(with(FaultKind::TruncatedJson).body.len() < list(&vendor).body.len());
}

/// Every list can be spoiled in every way that is said to be possible there.
#[test]
fn every_list_can_be_spoiled() {
    let vendor = vendor(200);
    vendor.simulator().set_clock_offset(9 * super::DAY);
    let withdrawn = waiting(&vendor, Status::FinalDelivery).remove(0).order_id;
    let withdrawn = vendor.buyer_returns(&withdrawn, None).expect("a receipt");
    vendor.withdraw(&withdrawn);
    let exchanged = waiting(&vendor, Status::FinalDelivery).remove(0).order_id;
    vendor.buyer_exchanges(&exchanged, Some(1)).expect("an exchange");
    let claim =
        vendor.claims().into_iter().find(|claim| claim.status == "RETURNS_UNCHECKED" && !claim.withdrawn);
    let claim = claim.expect("a return").claim_id;
    let (id, order) = (vendor.vendor_id().to_owned(), waiting(&vendor, Status::Accept)[0].group);
    let days = format!("From={}&createdAtTo={}", day(&vendor, 30), day(&vendor, 0));
    let seconds = |at: i64| simulator::kst_text(at)[..19].to_owned();
    let exchanges = format!(
        "createdAtFrom={}&createdAtTo={}",
        seconds(vendor.now() - 60_000),
        seconds(vendor.now() + 60_000)
    );
    let withdrawals = format!("dateFrom={}&dateTo={}", day(&vendor, 5), day(&vendor, 0));
    let sales = format!("recognitionDateFrom={}&recognitionDateTo={}", day(&vendor, 30), day(&vendor, 1));
    let month = &day(&vendor, 1)[..7];
    let market = "/v2/providers/marketplace_openapi/apis/api/v1";
    let sku = vendor.listings().remove(0).sku;
    let lists = [
        (Endpoint::OrderSheets, sheets_target(&vendor, "ACCEPT", 30, 0, "")),
        (Endpoint::OrderSheetsOfOrder, own(&vendor, 5, &format!("{order}/ordersheets"))),
        (Endpoint::ReturnRequests, own(&vendor, 6, &format!("returnRequests?createdAt{days}&status=UC"))),
        (Endpoint::ReturnRequest, own(&vendor, 6, &format!("returnRequests/{claim}"))),
        (Endpoint::ReturnWithdrawals, own(&vendor, 4, &format!("returnWithdrawRequests?{withdrawals}"))),
        (Endpoint::ExchangeRequests, own(&vendor, 4, &format!("exchangeRequests?{exchanges}"))),
        (Endpoint::RevenueHistory, format!("{API}/v1/revenue-history?vendorId={id}&token=&{sales}")),
        (
            Endpoint::SettlementHistories,
            format!("{market}/settlement-histories?revenueRecognitionYearMonth={month}"),
        ),
        (Endpoint::SellerProducts, format!("{M}/seller-products?vendorId={id}")),
        (Endpoint::SellerProductsBySku, format!("{M}/seller-products/external-vendor-sku-codes/{sku}")),
    ];
    for (endpoint, target) in lists {
        let whole = get(&vendor, &target);
        let before = good(&whole);
        let of = |body: &Value| body.as_array().or_else(|| body["data"].as_array()).map_or(0, Vec::len);
        assert!(of(&before) > 0, "{endpoint}: {}", whole.text());
        for kind in [
            FaultKind::EmptyList,
            FaultKind::RowMissing,
            FaultKind::DuplicatePage,
            FaultKind::NullField,
            FaultKind::MissingField,
            FaultKind::RenamedField,
            FaultKind::SchemaChange,
            FaultKind::AbsentData,
            FaultKind::UnknownKey,
            FaultKind::EndlessMore,
        ] {
            let fault = Fault::next(endpoint, kind);
            if fault.check().is_err() {
                continue;
            }
            vendor.fault(fault);
            assert_ne!(good(&get(&vendor, &target)), before, "{endpoint} {kind}");
        }
        assert_eq!(good(&get(&vendor, &target)), before, "{endpoint}");
    }
}

#[test]
fn a_write_that_is_refused_changes_nothing() {
    let vendor = vendor(0);
    for (endpoint, method, target, body) in writes(&vendor) {
        for kind in [
            FaultKind::GatewayTimeout,
            FaultKind::RateLimited,
            FaultKind::ServerError,
            FaultKind::Unauthorized,
        ] {
            let before = vendor.effects().len();
            vendor.fault(Fault::next(endpoint, kind));
            assert!(write(&vendor, method, &target, &body).status >= 400, "{endpoint} {kind}");
            assert_eq!(vendor.effects().len(), before, "{endpoint} {kind}");
        }
        good(&write(&vendor, method, &target, &body));
        assert_eq!(vendor.calls().at(endpoint).count(), 5, "{endpoint}");
    }
    let count = vendor.effects().len();
    assert_eq!(count, writes(&vendor).len(), "each has changed something");
}

#[test]
fn a_write_whose_answer_is_lost_has_taken_effect_once() {
    for kind in [FaultKind::LostAnswer, FaultKind::LateTimeout, FaultKind::LateError, FaultKind::CutBody] {
        let vendor = vendor(0);
        for (endpoint, method, target, body) in writes(&vendor) {
            let before = vendor.effects().len();
            vendor.fault(Fault::next(endpoint, kind));
            let reply = send(&vendor, method, &target, &body);
            assert_eq!(reply.is_err(), kind == FaultKind::LostAnswer, "{endpoint}");
            if let Ok(reply) = reply {
                assert!(
                    [500, 504].contains(&reply.status)
                        || serde_json::from_slice::<Value>(&reply.body).is_err(),
                    "{endpoint}"
                );
            }
            assert_eq!(vendor.effects().len(), before + 1, "{endpoint} {kind}");
            // Who sends it again learns of it, or changes nothing.
            write(&vendor, method, &target, &body);
            assert_eq!(vendor.effects().len(), before + 1, "{endpoint} {kind}: {:?}", effects(&vendor));
        }
    }
}

#[test]
fn every_endpoint_of_the_list_is_a_reader_a_writer_or_neither() {
    let of_coupang = Endpoint::of(Platform::Coupang);
    let writers: Vec<&Endpoint> =
        of_coupang.iter().filter(|endpoint| Endpoint::writers().contains(endpoint)).collect();
    assert_eq!(writers.len(), 18);
    assert!(writers.iter().all(|endpoint| !endpoint.has_rows()));
    for endpoint in writers {
        assert!(Fault::next(*endpoint, FaultKind::LostAnswer).check().is_ok(), "{endpoint}");
        assert!(Fault::next(*endpoint, FaultKind::EmptyList).check().is_err(), "{endpoint}");
    }
}

#[test]
fn codes_are_numbers_or_texts() {
    let vendor = vendor(10);
    let line = waiting(&vendor, Status::Accept).remove(0);
    let one =
        || good(&get(&vendor, &own(&vendor, 5, &format!("ordersheets/{}", line.box_id))))["code"].take();
    let listed = || good(&list(&vendor))["code"].take();
    assert_eq!((listed(), one()), (200.into(), "200".into()));
    vendor.set(|settings| settings.codes = Codes::Numbers);
    assert_eq!((listed(), one()), (200.into(), 200.into()));
    vendor.set(|settings| settings.codes = Codes::Texts);
    assert_eq!((listed(), one()), ("200".into(), "200".into()));
    assert!(!line_ids(&rows(&list(&vendor))).is_empty());
}
