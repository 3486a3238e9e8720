//! The call by which the seller cancels (<https://developers.coupangcorp.com/hc/ko/articles/360033843154>).

use serde_json::{Map, Value, json};

use super::answer::body;
use super::ask::{Answered, Ask};
use super::book::{Status, line_id};
use super::claim::{ReceiptStatus, SOLD_OUT, Stop, Taken};
use crate::answer::Answer;

const TOO_MANY: &str = "취소 가능한 개수보다 요청한 개수가 더 많습니다.";

/// `400`, with an id of the call in its text.
fn refused(ask: &Ask<'_>, why: &str) -> Answer {
    body(400, &json!({"code": "400", "message": numbered(ask, why), "data": null}))
}

fn numbered(ask: &Ask<'_>, why: &str) -> String {
    let number = ask.now.unsigned_abs() % 1_000_000_000_000;
    format!("[요청번호] 5d2f7a10-0c3e-4f6b-9a51-{number:012}\r\n{why}")
}

/// What the body asks for: options, and how many of each.
fn wanted(ask: &Ask<'_>, told: &Value) -> Result<Vec<(u64, i64)>, Answer> {
    if told["orderId"].as_u64() != Some(ask.id()) {
        return Err(refused(ask, "orderId 가 유효하지 않습니다."));
    }
    let user = told["userId"].as_str().unwrap_or_default();
    if told["vendorId"] != ask.vendor_id || user.is_empty() {
        return Err(refused(ask, "vendorId 또는 userId 가 일치하지 않습니다."));
    }
    let codes = ["CCTTER", "CCPNER", "CCPRER"];
    let code = told["middleCancelCode"].as_str().unwrap_or_default();
    if told["bigCancelCode"] != "CANERR" || !codes.contains(&code) {
        return Err(refused(ask, "취소 사유 코드가 유효하지 않습니다."));
    }
    let items = told["vendorItemIds"].as_array().filter(|items| !items.is_empty());
    let items = items.ok_or_else(|| refused(ask, "vendorItemIds 는 필수값입니다."))?;
    let counts = told["receiptCounts"].as_array().filter(|counts| !counts.is_empty());
    let counts = counts.ok_or_else(|| refused(ask, "receiptCounts 는 필수값입니다."))?;
    if items.len() != counts.len() {
        return Err(refused(ask, "vendorItemIds 와 receiptCounts 의 개수가 다릅니다."));
    }
    let pairs = items.iter().zip(counts).map(|(item, count)| Some((item.as_u64()?, count.as_i64()?)));
    let pairs: Option<Vec<(u64, i64)>> = pairs.collect();
    let pairs = pairs.filter(|pairs| pairs.iter().all(|(_, count)| *count > 0));
    pairs.ok_or_else(|| refused(ask, "receiptCounts 는 0보다 커야 합니다."))
}

/// Cancels options of one box: whole lines before the acknowledgement, any number after it.
pub(super) fn cancel(ask: &mut Ask<'_>) -> Answered {
    let told = ask.json()?;
    let pairs = wanted(ask, &told)?;
    let order =
        ask.state.book.order(ask.id()).ok_or_else(|| refused(ask, "결제 정보가 존재하지 않습니다."))?;
    let boxes: Vec<u64> = order.boxes.clone();
    let box_of = |item: u64| {
        let mut parcels = boxes.iter().filter_map(|id| ask.state.book.parcel(*id));
        parcels.find(|parcel| parcel.line(item).is_some()).map(|parcel| parcel.id)
    };
    let found: Option<Vec<u64>> = pairs.iter().map(|(item, _)| box_of(*item)).collect();
    let found = found.ok_or_else(|| refused(ask, "주문한 상품이 아닙니다."))?;
    if found.iter().any(|id| *id != found[0]) {
        return Err(refused(ask, "하나의 shipmentBoxId 에 속한 상품만 취소할 수 있습니다."));
    }
    let parcel = ask.state.book.parcel(found[0]).expect("it was found just now");
    let at_once = match parcel.status {
        Status::Accept => true,
        Status::Instruct => false,
        _ => return Err(refused(ask, "취소 가능한 주문 상태가 아닙니다.")),
    };
    let mut taken = Vec::new();
    let mut failed = Vec::new();
    for (item, count) in pairs {
        let line = parcel.line(item).expect("it was found just now");
        let fits = if at_once { count == line.free() } else { count <= line.free() };
        if fits {
            taken.push(Taken { parcel: parcel.id, vendor_item: item, bought: line.quantity, count });
        } else {
            failed.push(item);
        }
    }
    let why: Vec<String> = failed.iter().map(|item| format!("[{item}]<= {TOO_MANY}")).collect();
    if taken.is_empty() {
        return Err(refused(ask, &why.join("\r\n")));
    }
    let receipt = carry_out(ask, taken, at_once);
    let message = if failed.is_empty() { "OK".to_owned() } else { numbered(ask, &why.join("\r\n")) };
    let mut map = Map::new();
    map.insert(receipt["receiptId"].to_string(), receipt);
    let data = json!({"receiptMap": map, "orderId": ask.id(), "failedVendorItemIds": failed});
    Ok(body(200, &json!({"code": "200", "message": message, "data": data})))
}

/// Takes the goods out of their box, and notes it among the returns.
fn carry_out(ask: &mut Ask<'_>, taken: Vec<Taken>, at_once: bool) -> Value {
    let now = ask.now;
    for item in &taken {
        ask.state.book.edit(item.parcel, now, |parcel| {
            if let Some(line) = parcel.line_mut(item.vendor_item) {
                line.cancelled += item.count;
            }
        });
        let target = line_id(item.parcel, item.vendor_item);
        ask.state.effects.add(now, "cancel", target, format!("{} of {}", item.count, item.bought));
    }
    let items: Vec<u64> = taken.iter().map(|item| item.vendor_item).collect();
    let total: i64 = taken.iter().map(|item| item.count).sum();
    let id = ask.state.receipt(taken, SOLD_OUT, at_once, now);
    let receipt = ask.state.receipts.get_mut(&id).expect("made just now");
    receipt.status = ReceiptStatus::ReturnsCompleted;
    receipt.completed_at = Some(now);
    receipt.stop = if at_once { Stop::NotAsked } else { Stop::Stopped };
    json!({
        "receiptId": id, "receiptType": if at_once { "CANCEL" } else { "STOP_SHIPMENT" }, "vendorItemIds": items,
        "totalCount": total,
    })
}
