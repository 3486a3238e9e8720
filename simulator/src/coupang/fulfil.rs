//! The calls by which boxes go on: they are acknowledged and sent, whole or in parts
//! (<https://developers.coupangcorp.com/hc/ko/articles/360033792994>, …360033793014, …360034320653).

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{one, refused};
use super::ask::{Answered, Ask};
use super::book::{Parcel, Status};
use super::carriers::{self, DIRECT};
use super::errors::CANNOT_CHANGE;
use super::state::State;
use crate::instant::Millis;

/// Boxes of one acknowledgement; the platform does not get through more in time.
const MOST_BOXES: usize = 50;

/// What became of one box: code, whether it may be sent again once its cause is gone, text.
type Outcome = (&'static str, bool, String);

/// What became of all: 0 is all well, 1 a part, 99 nothing.
fn verdict(outcomes: &[(u64, Outcome)]) -> (i64, &'static str) {
    let well = outcomes.iter().filter(|(_, (code, ..))| *code == "OK").count();
    match well {
        _ if well == outcomes.len() => (0, "SUCCESS"),
        0 => (99, "ALL_ERROR"),
        _ => (1, "PARTIAL_ERROR"),
    }
}

fn rows(outcomes: &[(u64, Outcome)]) -> Value {
    let row = |(id, (code, retry, text)): &(u64, Outcome)| {
        let text = if text.is_empty() { Value::Null } else { text.clone().into() };
        json!({
            "shipmentBoxId": id, "succeed": *code == "OK", "resultCode": code, "retryRequired": retry,
            "resultMessage": text,
        })
    };
    outcomes.iter().map(row).collect()
}

/// The seller has seen the order; the buyer's address stands from now on.
pub(super) fn acknowledge(ask: &mut Ask<'_>) -> Answered {
    let body = ask.json_of_vendor()?;
    let ids: Option<Vec<u64>> =
        body["shipmentBoxIds"].as_array().and_then(|ids| ids.iter().map(Value::as_u64).collect());
    let ids = ids.filter(|ids| !ids.is_empty()).ok_or_else(|| refused("shipmentBoxIds is required."))?;
    if ids.len() > MOST_BOXES {
        let text = "Request timed out, if the situation continues consider applying timeout extension.";
        return Err(super::answer::body(504, &json!({"code": "ERROR", "message": text})));
    }
    let now = ask.now;
    let outcomes: Vec<(u64, Outcome)> = ids.iter().map(|id| (*id, ask.state.acknowledge(*id, now))).collect();
    let (code, _) = verdict(&outcomes);
    let message = match code {
        0 => "apply instructStatus result - Success.",
        1 => "apply instructStatus result - Partial errors.",
        _ => CANNOT_CHANGE,
    };
    let key = i64::try_from(ids[0] % 1_000_000_007).expect("small") * -7_326_489_997;
    let data = json!({
        "responseKey": key, "responseCode": code, "responseMessage": message, "responseList": rows(&outcomes),
    });
    Ok(one(&ask.state.settings, &data))
}

impl State {
    fn acknowledge(&mut self, id: u64, now: Millis) -> Outcome {
        let Some(parcel) = self.book.parcel(id) else {
            let text = format!("shipmentBoxId ({id}) is not found.");
            return ("NOT_FOUND_SHIPMENT_BOX", true, text);
        };
        if parcel.status != Status::Accept || !parcel.is_listed() {
            return ("INVALID_STATUS", false, CANNOT_CHANGE.to_owned());
        }
        self.book.edit(id, now, |parcel| parcel.move_to(Status::Instruct, now));
        self.effect_on_box(id, now, "confirm", "INSTRUCT");
        ("OK", false, "request succeeded.".to_owned())
    }
}

/// A waybill for one option of a box.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Apply {
    shipment_box_id: u64,
    order_id: u64,
    vendor_item_id: u64,
    delivery_company_code: String,
    #[serde(default)]
    invoice_number: Option<String>,
    #[serde(default)]
    split_shipping: bool,
    #[serde(default)]
    pre_split_shipped: bool,
    #[serde(default)]
    estimated_shipping_date: Option<String>,
}

impl Apply {
    fn invoice(&self) -> &str {
        self.invoice_number.as_deref().unwrap_or_default()
    }

    fn planned(&self) -> &str {
        self.estimated_shipping_date.as_deref().unwrap_or_default()
    }
}

/// Waybills for boxes that wait, or other ones for those that are sent.
pub(super) fn invoices(ask: &mut Ask<'_>, is_update: bool) -> Answered {
    let body = ask.json_of_vendor()?;
    let applied: Vec<Apply> = serde_json::from_value(body["orderSheetInvoiceApplyDtos"].clone())
        .map_err(|_| refused("orderSheetInvoiceApplyDtos cannot be read."))?;
    if applied.is_empty() {
        return Err(refused("orderSheetInvoiceApplyDtos is required."));
    }
    // A carrier that nobody knows is more than the platform can bear.
    if applied.iter().any(|apply| !carriers::is_known(&apply.delivery_company_code)) {
        let said = json!({"code": "ERROR", "message": "internal exception"});
        return Err(super::answer::body(500, &said));
    }
    let mut boxes: Vec<u64> = Vec::new();
    for apply in &applied {
        if !boxes.contains(&apply.shipment_box_id) {
            boxes.push(apply.shipment_box_id);
        }
    }
    let now = ask.now;
    let outcomes: Vec<(u64, Outcome)> = boxes
        .into_iter()
        .map(|id| {
            let of_box: Vec<&Apply> = applied.iter().filter(|apply| apply.shipment_box_id == id).collect();
            let sent = ask.state.ship(id, &of_box, is_update, now);
            (id, sent.err().unwrap_or_else(|| ("OK", false, String::new())))
        })
        .collect();
    let (code, message) = verdict(&outcomes);
    let data = json!({"responseCode": code, "responseMessage": message, "responseList": rows(&outcomes)});
    Ok(one(&ask.state.settings, &data))
}

fn no(code: &'static str, retry: bool, text: impl Into<String>) -> Outcome {
    (code, retry, text.into())
}

impl State {
    fn ship(&mut self, id: u64, applied: &[&Apply], is_update: bool, now: Millis) -> Result<(), Outcome> {
        let first = applied[0];
        let not_found = || no("NOT_FOUND_SHIPMENT_BOX", false, format!("shipmentBoxId ({id}) is not found."));
        let parcel = self.book.parcel(id).ok_or_else(not_found)?;
        if applied.iter().any(|apply| apply.order_id != parcel.order) {
            return Err(no("PERMISSION_DENIED", true, "권한이 없습니다."));
        }
        can_ship(parcel, is_update)?;
        let has = |item: u64| applied.iter().any(|apply| apply.vendor_item_id == item);
        let left = || parcel.lines.iter().filter(|line| line.shippable() > 0);
        let is_whole = left().all(|line| has(line.good.vendor_item))
            && applied.iter().all(|apply| parcel.line(apply.vendor_item_id).is_some());
        if !is_whole {
            return Err(no("NOT_FOUND_VENDOR_ITEM", false, "합포장 상품 중 누락된 상품이 있습니다."));
        }
        if is_in_parts(parcel, applied, left().count())? {
            return self.ship_part(id, applied, now);
        }
        let invoice = first.invoice();
        self.check_invoice(parcel, &first.delivery_company_code, invoice, is_update)?;
        if self.is_duplicate(parcel, first, now) {
            return Err(no("DUPLICATE_INVOICE_NUMBER", true, "이미 저장된 송장번호가 있습니다."));
        }
        self.send_off(id, &first.delivery_company_code, invoice, now);
        let detail = format!("{} {invoice}", first.delivery_company_code);
        self.effect_on_box(id, now, "ship", &detail);
        Ok(())
    }

    pub(super) fn send_off(&mut self, id: u64, carrier: &str, invoice: &str, now: Millis) {
        let status = if carrier == DIRECT { Status::NoneTracking } else { Status::Departure };
        self.book.edit(id, now, |parcel| {
            parcel.carrier = Some(carrier.to_owned());
            parcel.invoice = Some(invoice.to_owned());
            parcel.move_to(status, now);
        });
        self.take(invoice, id, now);
    }

    fn check_invoice(
        &self,
        parcel: &Parcel,
        carrier: &str,
        invoice: &str,
        is_update: bool,
    ) -> Result<(), Outcome> {
        if invoice.is_empty() {
            return Err(no("NOT_FOUND_INVOICE_NUMBER", false, "송장번호를 입력해 주세요."));
        }
        if !carriers::is_number(carrier, invoice) {
            return Err(no("INVALID_INVOICE_NUMBER", true, "송장번호가 유효하지 않습니다."));
        }
        if is_update
            && parcel.invoice.as_deref() == Some(invoice)
            && parcel.carrier.as_deref() == Some(carrier)
        {
            let text = "이미 저장된 송장번호가 있습니다.";
            return Err(no("NOT_ALLOW_INVOICE_NUMBER_RE_UPLOAD", false, text));
        }
        Ok(())
    }

    fn is_duplicate(&self, parcel: &Parcel, apply: &Apply, now: Millis) -> bool {
        apply.delivery_company_code != DIRECT && self.is_taken(apply.invoice(), parcel, now)
    }

    /// What has a number leaves in a new box; what has a day stays in the old one. There is no way back.
    fn ship_part(&mut self, id: u64, applied: &[&Apply], now: Millis) -> Result<(), Outcome> {
        let parcel = self.book.parcel(id).expect("it was found just now");
        let leaving: Vec<&&Apply> = applied.iter().filter(|apply| !apply.invoice().is_empty()).collect();
        let first = leaving[0];
        self.check_invoice(parcel, &first.delivery_company_code, first.invoice(), false)?;
        if self.is_duplicate(parcel, first, now) {
            return Err(no("DUPLICATE_INVOICE_NUMBER", true, "이미 저장된 송장번호가 있습니다."));
        }
        let new_id = self.generator.box_id();
        let leaves = |item: u64| leaving.iter().any(|apply| apply.vendor_item_id == item);
        let mut leaver = Parcel { id: new_id, is_split: true, ..parcel.clone() };
        leaver.lines.retain(|line| leaves(line.good.vendor_item));
        leaver.changed_at = now;
        let gone: Vec<u64> = leaver.lines.iter().map(|line| line.good.vendor_item).collect();
        self.book.edit(id, now, |parcel| {
            parcel.is_split = true;
            parcel.lines.retain(|line| !leaves(line.good.vendor_item));
            for line in &mut parcel.lines {
                let apply = applied.iter().find(|apply| apply.vendor_item_id == line.good.vendor_item);
                line.planned = apply.map(|apply| apply.planned().to_owned()).unwrap_or_default();
            }
        });
        self.book.insert_parcel(leaver);
        self.send_off(new_id, &first.delivery_company_code, first.invoice(), now);
        for item in gone {
            self.rename_claims((id, item), new_id);
            let detail = format!("{} {} in box {new_id}", first.delivery_company_code, first.invoice());
            self.effects.add(now, "ship", super::book::line_id(id, item), detail);
        }
        Ok(())
    }

    /// Claims on a line that has moved to another box follow it.
    fn rename_claims(&mut self, (parcel, item): (u64, u64), to: u64) {
        let receipts = self.receipts.values_mut().flat_map(|receipt| &mut receipt.items);
        let exchanges = self.exchanges.values_mut().map(|exchange| &mut exchange.item);
        for taken in receipts.chain(exchanges) {
            if (taken.parcel, taken.vendor_item) == (parcel, item) {
                taken.parcel = to;
            }
        }
    }
}

/// Whether a box stands where waybills can be given to it.
fn can_ship(parcel: &Parcel, is_update: bool) -> Result<(), Outcome> {
    let (id, order) = (parcel.id, parcel.order);
    let text = |what: &str| format!("{what} [합포장번호 : {id}] [주문번호 : {order}]");
    if !parcel.is_listed() {
        return Err(no("ORDER_DELIVERY_CANCELED", false, text("취소된 주문입니다.")));
    }
    let stands = if is_update { parcel.status.is_shipped() } else { parcel.status == Status::Instruct };
    if !stands {
        return Err(no("INVALID_STATUS", false, text("배송진행상태가 유효하지 않습니다.")));
    }
    let held: i64 = parcel.lines.iter().map(|line| line.held).sum();
    let shippable: i64 = parcel.lines.iter().map(|line| line.shippable()).sum();
    if held > 0 && shippable == 0 {
        let text = text("취소 요청으로 보류된 주문입니다.");
        return Err(no("ORDER_DELIVERY_CANCELED_HOLDING_FOR_CANCEL", true, text));
    }
    if held > 0 {
        let text = text("출고중지 요청이 있는 주문입니다.");
        return Err(no("ORDER_DELIVERY_PARTIAL_STOP_REQUESTED", true, text));
    }
    Ok(())
}

/// Whether only a part of a box is to be sent, and what is wrong with how that is said.
fn is_in_parts(parcel: &Parcel, applied: &[&Apply], left: usize) -> Result<bool, Outcome> {
    let first = applied[0];
    if applied.iter().any(|apply| apply.pre_split_shipped)
        != applied.iter().all(|apply| apply.pre_split_shipped)
    {
        return Err(no("PSD_NOT_ALLOW_TO_CHANGE", false, "preSplitShipped 값이 서로 다릅니다."));
    }
    if parcel.is_split && parcel.status == Status::Instruct && !first.pre_split_shipped {
        let text = "분리배송 중인 주문입니다. preSplitShipped 값을 확인해 주세요.";
        return Err(no("IS_SEPARATE_MUST_BE_TRUE_WHEN_SEPARATE_DELIVERY", false, text));
    }
    if !parcel.is_split && first.pre_split_shipped {
        return Err(no("NOT_ALLOW_SEPARATE_AFTER_NORMAL_DELIVERY", false, "분리배송된 주문이 아닙니다."));
    }
    let is_split = applied.iter().any(|apply| apply.split_shipping);
    let differ = applied.iter().any(|apply| apply.invoice() != first.invoice());
    let text = "분리배송할 수 없습니다.";
    if !is_split && !first.pre_split_shipped {
        if differ {
            return Err(no("IS_SEPARATE_MUST_BE_TRUE_WHEN_SEPARATE_DELIVERY", false, text));
        }
        return Ok(false);
    }
    let is_part = applied.iter().any(|apply| apply.invoice().is_empty())
        && applied.iter().any(|apply| !apply.invoice().is_empty());
    if first.pre_split_shipped && !is_part {
        return Ok(false);
    }
    if left < 2 {
        return Err(no("NOT_ALLOW_SEPARATE_WHEN_ONE_VENDOR_ITEM", false, text));
    }
    if applied.iter().any(|apply| apply.delivery_company_code == DIRECT) {
        return Err(no("NOT_ALLOW_VENDOR_DIRECT", false, text));
    }
    let says_one = |apply: &&&Apply| apply.invoice().is_empty() != apply.planned().is_empty();
    let one_each = applied.iter().filter(says_one).count() == applied.len();
    let leaving: Vec<&&Apply> = applied.iter().filter(|apply| !apply.invoice().is_empty()).collect();
    let together = leaving.iter().all(|apply| apply.invoice() == leaving[0].invoice());
    if !one_each || !applied.iter().all(|apply| apply.split_shipping) || !is_part || !together {
        return Err(no("IS_SEPARATE_MUST_BE_TRUE_WHEN_SEPARATE_DELIVERY", false, text));
    }
    Ok(true)
}
