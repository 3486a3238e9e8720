//! The calls that read cancellations and returns (<https://developers.coupangcorp.com/hc/ko/articles/360033919613>), and
//! those that say what the seller did about them.

use serde_json::{Value, json};

use super::answer::{list, one, outcome, refused, token};
use super::ask::{Answered, Ask, next_page};
use super::book::Status;
use super::carriers;
use super::claim::{Receipt, ReceiptStatus, Stop};
use super::render::{Person, money};
use super::sheets::START;
use super::state::State;
use super::time::{self, Dialect};
use crate::answer::Answer;
use crate::instant::{DAY, Millis};

const MOST: usize = 50;
const DATES: [&str; 2] = ["createdAtFrom", "createdAtTo"];
const COUNTS_DIFFER: &str = "[INTERNAL_SERVER_ERROR] 취소반품접수수량과 cancelCount가 일치하지 않습니다.";

/// Receipts by when they were made. Those that were withdrawn are in no list.
pub(super) fn listed(ask: &mut Ask<'_>) -> Answered {
    let by_minute = ask.one("searchType") == Some("timeFrame");
    let too_wide = "endTime-startTime range should less than31.";
    let (from, to) = if by_minute {
        ask.minutes(DATES, 31 * DAY, too_wide, false)?
    } else {
        ask.days(DATES, 31, too_wide, false)?
    };
    let wants_cancels = match ask.one("cancelType") {
        None | Some("RETURN") => false,
        Some("CANCEL") => true,
        Some(_) => return Err(refused("cancelType is invalid.")),
    };
    let status = ask.one("status");
    if status.is_some_and(|status| !["RU", "UC", "CC", "PR"].contains(&status)) {
        return Err(refused("status is invalid."));
    }
    if wants_cancels && status.is_some() {
        return Err(refused("status should not be used with cancelType=CANCEL."));
    }
    let order: Option<u64> = match ask.one("orderId").map(str::parse) {
        None => None,
        Some(Ok(id)) => Some(id),
        Some(Err(_)) => return Err(refused("orderId is invalid.")),
    };
    if !wants_cancels && status.is_none() && order.is_none() {
        return Err(refused("status or orderId is required."));
    }
    if by_minute && (order.is_some() || ask.one("nextToken").is_some()) {
        return Err(refused("orderId and nextToken are not supported with searchType=timeFrame."));
    }
    let size = if by_minute { usize::MAX } else { ask.size("maxPerPage", MOST, MOST)? };
    let mut found: Vec<&Receipt> = ask
        .state
        .receipts
        .values()
        .filter(|receipt| receipt.withdrawn_at.is_none() && receipt.is_cancel == wants_cancels)
        .filter(|receipt| (from..=to).contains(&receipt.created_at))
        .filter(|receipt| status.is_none_or(|status| receipt.status.searched_as() == status))
        .filter(|receipt| order.is_none_or(|order| receipt.order == order))
        .collect();
    found.sort_by_key(|receipt| (receipt.created_at, receipt.id));
    let after = match ask.one("nextToken").filter(|token| *token != START).map(str::parse) {
        None => None,
        Some(token) => {
            let last = token.ok().and_then(|id: u64| ask.state.receipts.get(&id));
            Some(
                last.map(|last| (last.created_at, last.id))
                    .ok_or_else(|| refused("nextToken is invalid."))?,
            )
        }
    };
    found.retain(|receipt| after.is_none_or(|after| (receipt.created_at, receipt.id) > after));
    let is_last = found.len() <= size;
    found.truncate(size);
    let rows = found.iter().map(|receipt| row(ask.state, receipt, ask.dialect())).collect();
    let next = found.last().filter(|_| !is_last).map(|receipt| receipt.id.to_string());
    let next = next_page(ask, "nextToken", next);
    Ok(list(&ask.state.settings, rows, [("nextToken", token(&ask.state.settings, next))]))
}

/// One return; what was cancelled before the seller acknowledged it cannot be asked for so.
pub(super) fn by_id(ask: &mut Ask<'_>) -> Answered {
    let receipt = ask.state.receipts.get(&ask.id()).filter(|receipt| !receipt.is_cancel);
    let receipt = receipt.filter(|receipt| receipt.withdrawn_at.is_none()).ok_or_else(|| missing(ask))?;
    Ok(list(&ask.state.settings, vec![row(ask.state, receipt, ask.dialect())], []))
}

fn missing(ask: &Ask<'_>) -> Answer {
    refused(&format!("취소반품 접수내역이 존재하지 않습니다. receiptId : {}", ask.place.id))
}

fn row(state: &State, receipt: &Receipt, dialect: Dialect) -> Value {
    let instant = |at: Millis| if dialect == Dialect::Plain { time::naive(at) } else { time::offset(at) };
    let first = receipt.items.first().and_then(|item| state.book.parcel(item.parcel));
    let (seed, moved) = first.map_or((0, 0), |parcel| {
        (state.book.order(parcel.order).map_or(0, |order| order.seed), parcel.moved)
    });
    let buyer = Person::of(seed, moved);
    let (code, text, category, category_2, fault) = receipt.reason;
    let items: Vec<Value> = receipt
        .items
        .iter()
        .map(|item| {
            let line = state.book.parcel(item.parcel).and_then(|parcel| parcel.line(item.vendor_item));
            let good = line.map(|line| &line.good);
            let name = good.map(|good| good.full_name()).unwrap_or_default();
            json!({
                "vendorItemPackageId": 0, "vendorItemPackageName": name, "vendorItemId": item.vendor_item,
                "vendorItemName": name, "purchaseCount": item.bought, "cancelCount": item.count,
                "shipmentBoxId": item.parcel, "sellerProductId": good.map_or(0, |good| good.seller_product),
                "sellerProductName": name, "releaseStatus": if receipt.is_before_shipping() { "N" } else { "Y" },
            })
        })
        .collect();
    // A number may carry a blank at its end; a waybill that is not given out yet is empty.
    let parcels: Vec<Value> = match &receipt.invoice {
        _ if receipt.is_before_shipping() => Vec::new(),
        None => vec![json!({"deliveryCompanyCode": "CJGLS", "deliveryInvoiceNo": ""})],
        Some(number) => vec![
            json!({"deliveryCompanyCode": "CJGLS", "deliveryInvoiceNo": null}),
            json!({"deliveryCompanyCode": "CJGLS", "deliveryInvoiceNo": format!("{number} ")}),
        ],
    };
    let charge = if receipt.is_before_shipping() || fault == "CUSTOMER" { 0 } else { -5_000 };
    let mut row = json!({
        "receiptId": receipt.id,
        "orderId": receipt.order,
        "paymentId": receipt.order + 777,
        "receiptType": if receipt.is_cancel { "CANCEL" } else { "RETURN" },
        "receiptStatus": receipt.status.name(),
        "createdAt": instant(receipt.created_at),
        "modifiedAt": instant(receipt.modified_at),
        "requesterName": buyer.name,
        "requesterPhoneNumber": buyer.safe_number,
        "requesterRealPhoneNumber": null,
        "requesterAddress": buyer.street,
        "requesterAddressDetail": buyer.house,
        "requesterZipCode": buyer.post_code,
        "cancelReasonCategory1": category,
        "cancelReasonCategory2": category_2,
        "cancelReason": "",
        "cancelCountSum": receipt.count(),
        "returnDeliveryId": 40_000_000 + receipt.id % 10_000_000,
        "returnDeliveryType": "연동택배",
        "releaseStopStatus": receipt.stop.korean(),
        "enclosePrice": money(0, dialect),
        "faultByType": fault,
        "preRefund": receipt.is_refunded_early,
        "completeConfirmType": if receipt.completed_at.is_some() { "VENDOR_CONFIRM" } else { "UNDEFINED" },
        "completeConfirmDate": receipt.completed_at.map_or_else(String::new, instant),
        "returnItems": items,
        "returnDeliveryDtos": parcels,
        "reasonCode": code,
        "reasonCodeText": text,
    });
    if dialect == Dialect::World {
        row["returnShippingCharge"] = if charge == 0 { Value::Null } else { money(charge, dialect) };
    }
    row
}

/// Returns that buyers withdrew, by the day.
pub(super) fn withdrawn(ask: &mut Ask<'_>) -> Answered {
    let (from, to) = ask.days(["dateFrom", "dateTo"], 7, "조회 기간은 최대 7일입니다.", false)?;
    let size = ask.size("sizePerPage", 10, 100)?;
    let page = ask.size("pageIndex", 1, usize::MAX)?;
    let mut found: Vec<&Receipt> = ask
        .state
        .receipts
        .values()
        .filter(|receipt| receipt.withdrawn_at.is_some_and(|at| (from..=to).contains(&at)))
        .collect();
    found.sort_by_key(|receipt| (receipt.withdrawn_at, receipt.id));
    let rest = found.iter().skip((page - 1).saturating_mul(size));
    let rows: Vec<Value> = rest.clone().take(size).map(|receipt| withdrawal(ask, receipt)).collect();
    let next = (rest.count() > size).then(|| (page + 1).to_string());
    let next = if ask.endless { Some(page.to_string()) } else { next };
    Ok(list(&ask.state.settings, rows, [("nextPageIndex", token(&ask.state.settings, next))]))
}

/// The same by their ids, at most fifty.
pub(super) fn withdrawn_by_id(ask: &mut Ask<'_>) -> Answered {
    let body = ask.json()?;
    let ids = body["cancelIds"].as_array().filter(|ids| (1..=50).contains(&ids.len()));
    let ids = ids.ok_or_else(|| refused("cancelIds should be between 1 and 50."))?;
    let rows = ids
        .iter()
        .filter_map(|id| ask.state.receipts.get(&id.as_u64()?))
        .filter(|receipt| receipt.withdrawn_at.is_some())
        .map(|receipt| withdrawal(ask, receipt))
        .collect();
    Ok(list(&ask.state.settings, rows, []))
}

fn withdrawal(ask: &Ask<'_>, receipt: &Receipt) -> Value {
    json!({
        "cancelId": receipt.id,
        "orderId": receipt.order,
        "vendorId": ask.vendor_id,
        "refundDeliveryDuty": "CUS",
        "createdAt": receipt.withdrawn_at.map(time::naive),
        "vendorItemIds": receipt.items.iter().map(|item| item.vendor_item).collect::<Vec<_>>(),
    })
}

/// A receipt that is open, in one of those statuses, which path and body name alike.
fn open(ask: &Ask<'_>, body: &Value, statuses: &[ReceiptStatus]) -> Result<u64, Answer> {
    let receipt = ask.state.receipts.get(&ask.id()).filter(|receipt| !receipt.is_cancel);
    let receipt = receipt.filter(|receipt| receipt.withdrawn_at.is_none()).ok_or_else(|| missing(ask))?;
    if body["receiptId"].as_u64() != Some(receipt.id) {
        return Err(refused("receiptId in path and body differ."));
    }
    if receipt.status == ReceiptStatus::ReturnsCompleted {
        return Err(refused("이미 완료된 취소반품 접수입니다."));
    }
    if !statuses.contains(&receipt.status) {
        return Err(refused("처리할 수 없는 접수상태입니다."));
    }
    Ok(receipt.id)
}

fn is_counted(ask: &Ask<'_>, body: &Value, id: u64) -> Result<(), Answer> {
    let count = ask.state.receipts.get(&id).map(Receipt::count);
    if body["cancelCount"].as_i64() == count { Ok(()) } else { Err(refused(COUNTS_DIFFER)) }
}

/// The shipment was stopped: the goods never left.
pub(super) fn stopped(ask: &mut Ask<'_>) -> Answered {
    let body = ask.json_of_vendor()?;
    let id = open(ask, &body, &[ReceiptStatus::ReleaseStopUnchecked])?;
    is_counted(ask, &body, id)?;
    ask.state.complete_receipt(id, ask.now);
    ask.state.effects.add(ask.now, "approve_claim", id, "the shipment was stopped");
    Ok(outcome(&ask.state.settings, true, "출고중지완료 처리되었습니다."))
}

/// The goods had left already: the cancellation becomes a return. The answer nests its code where no other does.
pub(super) fn already_shipped(ask: &mut Ask<'_>) -> Answered {
    let body = ask.json_of_vendor()?;
    let id = open(ask, &body, &[ReceiptStatus::ReleaseStopUnchecked])?;
    let carrier = body["deliveryCompanyCode"].as_str().unwrap_or_default();
    let invoice = body["invoiceNumber"].as_str().unwrap_or_default();
    if !carriers::is_known(carrier) || !carriers::is_number(carrier, invoice) {
        return Err(refused("송장번호가 유효하지 않습니다."));
    }
    let now = ask.now;
    let receipt = ask.state.receipts.get_mut(&id).expect("it was found just now");
    receipt.status = ReceiptStatus::ReturnsUnchecked;
    receipt.stop = Stop::AlreadyShipped;
    receipt.modified_at = now;
    for item in receipt.items.clone() {
        ask.state.book.edit(item.parcel, now, |parcel| {
            if let Some(line) = parcel.line_mut(item.vendor_item) {
                line.held -= item.count;
                line.claimed += item.count;
            }
            if parcel.status == Status::Instruct {
                parcel.carrier = Some(carrier.to_owned());
                parcel.invoice = Some(invoice.to_owned());
                parcel.move_to(Status::Departure, now);
            }
        });
        ask.state.take(invoice, item.parcel, now);
    }
    ask.state.effects.add(now, "reject_claim", id, format!("already shipped, {carrier} {invoice}"));
    let data = json!({"code": "200", "message": "OK", "resultCode": "SUCCESS", "resultMessage": "이미출고 처리되었습니다."});
    Ok(super::answer::body(200, &json!({ "data": data })))
}

/// The goods came back. What was refunded at once is over with it.
pub(super) fn received(ask: &mut Ask<'_>) -> Answered {
    let body = ask.json_of_vendor()?;
    let id = open(ask, &body, &[ReceiptStatus::ReturnsUnchecked])?;
    let now = ask.now;
    let receipt = ask.state.receipts.get_mut(&id).expect("it was found just now");
    receipt.status = ReceiptStatus::VendorWarehouseConfirm;
    receipt.modified_at = now;
    if receipt.is_refunded_early {
        ask.state.complete_receipt(id, now);
    }
    ask.state.effects.add(now, "receive_claim", id, "the goods came back");
    Ok(outcome(&ask.state.settings, true, "반품상품 입고확인 처리되었습니다."))
}

/// The seller agrees to the return.
pub(super) fn approved(ask: &mut Ask<'_>) -> Answered {
    let body = ask.json_of_vendor()?;
    let id = open(ask, &body, &[ReceiptStatus::VendorWarehouseConfirm, ReceiptStatus::RequestCoupangCheck])?;
    is_counted(ask, &body, id)?;
    ask.state.complete_receipt(id, ask.now);
    ask.state.effects.add(ask.now, "approve_claim", id, "the return was approved");
    Ok(outcome(&ask.state.settings, true, "반품요청 승인 처리되었습니다."))
}

/// Centres to which returns go; every account has one.
pub(super) fn centers(ask: &mut Ask<'_>) -> Answered {
    let page = ask.size("pageNum", 1, usize::MAX)?;
    let size = ask.size("pageSize", 10, 50)?;
    let center = json!({
        "vendorId": ask.vendor_id, "returnCenterCode": "1000274592", "shippingPlaceName": "기본 반품지",
        "deliverCode": "CJGLS", "deliverName": "CJ 대한통운", "usable": true,
        "placeAddresses": [{
            "addressType": "ROADNAME", "countryCode": "KR", "companyContactNumber": "02-000-0100",
            "returnZipCode": "06164", "returnAddress": "서울특별시 강남구 시험로 501", "returnAddressDetail": "물류 1층",
        }],
    });
    let content = if page == 1 { vec![center] } else { Vec::new() };
    let pagination = json!({"currentPage": page, "totalPages": 1, "totalElements": 1, "countPerPage": size});
    Ok(one(&ask.state.settings, &json!({"content": content, "pagination": pagination})))
}
