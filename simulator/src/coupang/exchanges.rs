//! The calls about exchanges, which there are in v4 alone
//! (<https://developers.coupangcorp.com/hc/ko/articles/360033397594>).

use serde_json::{Value, json};

use super::answer::{list, outcome, refused, token};
use super::ask::{Answered, Ask, next_page};
use super::carriers;
use super::claim::{Exchange, ExchangeStatus, WRONG};
use super::render::Person;
use super::sheets::START;
use super::state::State;
use super::time;
use crate::instant::{DAY, Millis};

/// Exchanges by when they were asked for; a window of at most seven days, to the second.
pub(super) fn listed(ask: &mut Ask<'_>) -> Answered {
    let second = |name: &str| {
        let text = ask.needed(name)?;
        time::parse_second(text).ok_or_else(|| refused(&format!("{name}: 날짜 형식이 올바르지 않습니다.")))
    };
    let (from, to) = (second("createdAtFrom")?, second("createdAtTo")?);
    if to < from {
        return Err(refused("createdAtTo should not be before createdAtFrom."));
    }
    if to - from > 7 * DAY {
        return Err(refused("조회 기간은 최대 7일입니다."));
    }
    let status = ask.one("status");
    if status.is_some_and(|status| !ExchangeStatus::ALL.iter().any(|known| known.name() == status)) {
        return Err(refused("status is invalid."));
    }
    let order: Option<u64> = ask.one("orderId").map(|id| id.parse().unwrap_or(0));
    let size = ask.size("maxPerPage", 10, 50)?;
    let mut found: Vec<&Exchange> = ask
        .state
        .exchanges
        .values()
        .filter(|exchange| (from..=to + 999).contains(&exchange.created_at))
        .filter(|exchange| status.is_none_or(|status| exchange.status.name() == status))
        .filter(|exchange| order.is_none_or(|order| exchange.order == order))
        .collect();
    found.sort_by_key(|exchange| (exchange.created_at, exchange.id));
    if let Some(last) = ask.one("nextToken").filter(|token| *token != START) {
        let last = last.parse().ok().and_then(|id: u64| ask.state.exchanges.get(&id));
        let last =
            last.map(|last| (last.created_at, last.id)).ok_or_else(|| refused("nextToken is invalid."))?;
        found.retain(|exchange| (exchange.created_at, exchange.id) > last);
    }
    let is_last = found.len() <= size;
    found.truncate(size);
    let rows = found.iter().map(|exchange| row(ask.state, exchange, ask.vendor_id, ask.now)).collect();
    let next = found.last().filter(|_| !is_last).map(|exchange| exchange.id.to_string());
    let next = next_page(ask, "nextToken", next);
    Ok(list(&ask.state.settings, rows, [("nextToken", token(&ask.state.settings, next))]))
}

fn row(state: &State, exchange: &Exchange, vendor_id: &str, now: Millis) -> Value {
    let (created, modified) = (time::naive(exchange.created_at), time::naive(exchange.modified_at));
    let seed = state.book.order(exchange.order).map_or(0, |order| order.seed);
    let parcel = state.book.parcel(exchange.item.parcel);
    let buyer = Person::of(seed, parcel.map_or(0, |parcel| parcel.moved));
    let line = parcel.and_then(|parcel| parcel.line(exchange.item.vendor_item));
    let (name, unit) = line.map(|line| (line.good.full_name(), line.unit)).unwrap_or_default();
    let (code, text, ..) = WRONG;
    let status = exchange.status.name();
    let is_collected = exchange.collected_at.is_some();
    let item = json!({
        "exchangeItemId": exchange.id + 1_000_000,
        "orderItemId": exchange.item.vendor_item, "orderItemUnitPrice": unit, "orderItemName": null,
        "orderPackageId": null, "orderPackageName": null,
        "targetItemId": exchange.item.vendor_item, "targetItemUnitPrice": unit, "targetItemName": name,
        "targetPackageId": -1, "targetPackageName": "", "quantity": exchange.item.count,
        "orderItemDeliveryComplete": null, "orderItemReturnComplete": null, "targetItemDeliveryComplete": null,
        "createdAt": created, "modifiedAt": created, "originalShipmentBoxId": exchange.item.parcel,
    });
    let address = json!({
        "exchangeAddressId": exchange.id + 2_000_000, "exchangeId": exchange.id,
        "returnCustomerName": buyer.name, "returnAddressZipCode": buyer.post_code, "returnAddress": buyer.street,
        "returnAddressDetail": buyer.house, "returnPhone": null, "returnMobile": buyer.safe_number,
        "returnMemo": null,
        "deliveryCustomerName": buyer.name, "deliveryAddressZipCode": buyer.post_code,
        "deliveryAddress": buyer.street, "deliveryAddressDetail": buyer.house, "deliveryPhone": null,
        "deliveryMobile": buyer.safe_number, "deliveryMemo": null,
        "createdAt": created, "modifiedAt": created,
    });
    let groups: Vec<Value> = exchange.new_box_at(now).into_iter().map(|id| new_box(exchange, id)).collect();
    let fetched: Vec<Value> = exchange
        .collected_at
        .iter()
        .map(|_| json!({"deliveryCompanyCode": "CJGLS", "deliveryInvoiceNo": format!("84{:010}", exchange.id)}))
        .collect();
    let mut row = json!({
        "exchangeId": exchange.id,
        "orderId": exchange.order,
        "vendorId": vendor_id,
        "orderDeliveryStatusCode": parcel.map_or("FINAL_DELIVERY", |parcel| parcel.status.name()),
        "exchangeStatus": status,
        "referType": "WEB_MOBILE",
        "faultType": "VENDOR",
        "exchangeAmount": 0,
        "reason": null,
        "reasonCode": code,
        "reasonCodeText": text,
        "reasonEtcDetail": "시험 사유",
        "cancelReason": null,
        "createdByType": "CUSTOMER",
        "createdAt": created,
        "modifiedByType": if is_collected { "TRACKING" } else { "CUSTOMER" },
        "modifiedAt": modified,
        "exchangeItemDtoV1s": [item],
        "exchangeAddressDtoV1": address,
        "deliveryInvoiceGroupDtos": groups,
        "deliveryStatus": exchange.delivery_status(),
        "collectStatus": exchange.collect_status(),
        "collectCompleteDate": exchange.collected_at.map(time::naive),
        "returnDeliveryDtos": fetched,
    });
    super::render::merge(&mut row, collection(state, exchange, &buyer));
    let rest = json!({
        "orderDeliveryStatusLabel": "FINAL_DELIVERY",
        "exchangeStatusLabel": status,
        "referTypeLabel": "WEB_MOBILE",
        "faultTypeLabel": "VENDOR",
        "createdByTypeLabel": "CUSTOMER",
        "rejectable": exchange.is_open() && exchange.sent.is_none(),
        "modifiedByTypeLabel": if is_collected { "TRACKING" } else { "CUSTOMER" },
        "deliveryInvoiceModifiable": exchange.is_open(),
        "successable": false,
    });
    super::render::merge(&mut row, rest);
    row
}

/// Where the goods are fetched, and where they are brought.
fn collection(state: &State, exchange: &Exchange, buyer: &Person) -> Value {
    let at = time::naive(exchange.collected_at.unwrap_or(exchange.created_at));
    let word = if exchange.collected_at.is_some() { "RETURN_COLLECT_OK" } else { "RETURN_COLLECT_WAIT" };
    let is_sent = state.book.parcel(exchange.item.parcel).is_some_and(|parcel| parcel.status.is_shipped());
    json!({"collectInformationsDto": {
        "returnType": "EXCHANGE_RETURN",
        "expectedReturnDate": time::naive(exchange.created_at + 3 * DAY),
        "returndeliveryItemDtos": [{
            "vendorItemId": exchange.item.vendor_item, "statusCode": word, "returnCount": exchange.item.count,
            "releaseStatus": if is_sent { "RELEASED" } else { "NOT_RELEASED" },
            "modifiedAt": at, "createdAt": time::naive(exchange.created_at), "count": exchange.item.count,
            "confirmType": null, "collectStatus": "RETURN", "paymentReturnDeliveryMapId": exchange.id + 3_000_000,
            "paymentItemId": 1, "modifiedBy": "104132490", "createdBy": "104132490",
        }],
        "returndeliveryDestinationDto": {
            "vendorZipCode": "06164", "vendorPhone": "02-000-0100", "vendorName": "시험브랜드", "vendorMobile": "",
            "vendorAddressDetail": "물류 1층", "vendorAddress": "서울특별시 강남구 시험로 501",
            "safetyNumberStatus": "ENABLE", "safetyNumberId": exchange.id + 4_000_000,
            "safetyNumber": buyer.safe_number.replace('-', ""), "returnDeliveryId": null, "orderedByMobile": null,
            "returnCenterCode": "1000274592", "receiptId": null, "orderId": exchange.order, "message": null,
            "customerZipCode": buyer.post_code, "customerPhone": buyer.safe_number, "customerName": buyer.name,
            "customerMobile": buyer.safe_number, "customerAddressDetail": buyer.house,
            "customerAddress": buyer.street,
        },
    }})
}

/// The box that the new goods go in.
fn new_box(exchange: &Exchange, id: u64) -> Value {
    let sent = exchange.sent.as_ref();
    let goods = json!({
        "vendorItemId": exchange.item.vendor_item, "quantity": exchange.item.count, "hasAdditionalItem": false,
        "promiseDeliveryDate": null, "estimatedShippingDate": time::naive(time::day_start(exchange.modified_at) + 2 * DAY),
    });
    json!({
        "shipmentBoxId": id, "boxPrice": 0, "orderId": exchange.order, "orderType": "EXCHANGE",
        "customerType": "NORMAL", "bundleType": "VENDOR_BUNDLE", "extraMessage": "",
        "shippingDeliveryType": "EXCHANGE_DELIVERY",
        "deliveryInvoiceDtos": [{
            "invoiceNumber": sent.map_or("", |(_, number, _)| number.as_str()),
            "estimatedDeliveryDate": null, "deliveredDate": null,
            "statusModifiedAt": time::naive(exchange.modified_at),
            "invoiceNumberUploadDate": sent.map(|(.., at)| time::naive(*at)),
            "statusCode": if sent.is_some() { "DEPARTURE" } else { "INSTRUCT" },
            "deliverCode": sent.map(|(carrier, ..)| carrier.as_str()),
            "isMainShipmentInvoice": null, "parcelType": null, "invoiceVendorItemDtos": [goods],
        }],
    })
}

/// The exchange that path and body name alike, or why it cannot be had.
fn named(ask: &Ask<'_>, body: &Value) -> Result<Exchange, crate::answer::Answer> {
    ask.is_own(body)?;
    let exchange = ask.state.exchanges.get(&ask.id());
    let exchange = exchange.ok_or_else(|| {
        refused(&format!("교환 접수내역이 존재하지 않습니다. exchangeId : {}", ask.place.id))
    })?;
    if body["exchangeId"].as_u64() != Some(exchange.id) {
        return Err(refused("exchangeId in path and body differ."));
    }
    Ok(exchange.clone())
}

/// The old goods came back; the new ones get a box.
pub(super) fn received(ask: &mut Ask<'_>) -> Answered {
    let exchange = named(ask, &ask.json()?)?;
    if exchange.status != ExchangeStatus::Receipt {
        return Ok(outcome(&ask.state.settings, false, "교환 접수상태가 아닙니다."));
    }
    ask.state.receive_exchange(exchange.id, ask.now);
    ask.state.effects.add(ask.now, "receive_claim", exchange.id, "the goods came back");
    Ok(outcome(&ask.state.settings, true, "교환 입고확인 처리되었습니다."))
}

/// The seller refuses: none are left, or the buyer has thought better of it.
pub(super) fn rejected(ask: &mut Ask<'_>) -> Answered {
    let body = ask.json()?;
    let exchange = named(ask, &body)?;
    let code = body["exchangeRejectCode"].as_str().unwrap_or_default();
    if !["SOLDOUT", "WITHDRAW"].contains(&code) {
        return Err(refused("exchangeRejectCode is invalid."));
    }
    if !exchange.is_open() || exchange.sent.is_some() {
        return Ok(outcome(&ask.state.settings, false, "교환 거부할 수 없는 상태입니다."));
    }
    let now = ask.now;
    let of_state = ask.state.exchanges.get_mut(&exchange.id).expect("it was found just now");
    (of_state.status, of_state.modified_at) = (ExchangeStatus::Reject, now);
    ask.state.unclaim(&exchange.item, now);
    ask.state.effects.add(now, "reject_claim", exchange.id, code);
    Ok(outcome(&ask.state.settings, true, "교환 거부 처리되었습니다."))
}

/// The new goods are sent, in their own box; the body is a list.
pub(super) fn shipped(ask: &mut Ask<'_>) -> Answered {
    let body = ask.json()?;
    let told = body.as_array().filter(|list| list.len() == 1).map(|list| list[0].clone());
    let told = told.ok_or_else(|| refused("The body should be a list of one."))?;
    let exchange = named(ask, &told)?;
    let carrier = told["goodsDeliveryCode"].as_str().unwrap_or_default();
    let invoice = told["invoiceNumber"].as_str().unwrap_or_default();
    let why = if exchange.status != ExchangeStatus::Progress {
        Some("교환 진행상태가 아닙니다.")
    } else if exchange.collected_at.is_none() {
        Some("회수가 완료되지 않았습니다.")
    } else if exchange.new_box_at(ask.now) != told["shipmentBoxId"].as_u64() {
        Some("유효하지 않은 shipmentBoxId 입니다.")
    } else if !carriers::is_known(carrier) || !carriers::is_number(carrier, invoice) {
        Some("송장번호가 유효하지 않습니다.")
    } else if exchange.sent.is_some() {
        Some("이미 저장된 송장번호가 있습니다.")
    } else {
        None
    };
    if let Some(why) = why {
        return Ok(outcome(&ask.state.settings, false, why));
    }
    let now = ask.now;
    let of_state = ask.state.exchanges.get_mut(&exchange.id).expect("it was found just now");
    of_state.sent = Some((carrier.to_owned(), invoice.to_owned(), now));
    of_state.modified_at = now;
    ask.state.effects.add(now, "ship", exchange.id, format!("{carrier} {invoice}"));
    Ok(outcome(&ask.state.settings, true, "교환상품 송장이 등록되었습니다."))
}

impl State {
    /// Goods of an exchange came back: it goes on, and a new box shows after a while.
    pub(super) fn receive_exchange(&mut self, id: u64, now: Millis) {
        let new_box = self.generator.box_id();
        let from = now + self.settings.exchange_box_delay_ms;
        if let Some(exchange) = self.exchanges.get_mut(&id) {
            exchange.status = ExchangeStatus::Progress;
            exchange.modified_at = now;
            exchange.new_box = Some((new_box, from));
        }
    }
}
