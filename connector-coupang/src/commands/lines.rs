//! Confirming, sending and cancelling order lines.
//!
//! <https://developers.coupangcorp.com/hc/ko/articles/360033792994> (confirming),
//! <https://developers.coupangcorp.com/hc/ko/articles/360033793014> (invoices),
//! <https://developers.coupangcorp.com/hc/ko/articles/360033843154> (cancelling), read 2026-11.

use std::collections::HashMap;

use connector_core::command::{CancelReason, Line, Refusal};
use connector_core::http::{Client, Response};
use connector_core::lenient::{Object, Text};
use connector_core::{Action, ErrorKind, Outcome, Result};
use http::Method;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::parcels::{Entry, Sending, Sheet, entries, option_of};
use super::{lacking, number, refused, write};
use crate::Coupang;
use crate::answer::Envelope;
use crate::orders::model::box_of;
use connector_core::error::words;

const ACKNOWLEDGE: &str = "ordersheets/acknowledgement";
const INVOICES: &str = "orders/invoices";
const CANCEL: &str = "orders/cancel";

impl Coupang {
    pub(super) async fn confirm(&self, http: &Client, actions: &[Action]) -> Result<Vec<Outcome>> {
        let mut boxes: Vec<u64> = Vec::new();
        let parcels: Vec<Option<u64>> = actions.iter().map(parcel_of).collect();
        for id in parcels.iter().flatten() {
            if !boxes.contains(id) {
                boxes.push(*id);
            }
        }
        if boxes.is_empty() {
            return Ok(vec![Outcome::Refused(lacking("the parcel's number")); actions.len()]);
        }
        let path = format!("{}/{ACKNOWLEDGE}", self.vendor_path("v4"));
        let body = json!({"vendorId": self.settings.vendor_id, "shipmentBoxIds": boxes});
        let response = http.send(write(Method::PUT, ACKNOWLEDGE, path).json(&body)?).await?;
        let told = told(&response).map_err(|error| error.in_operation(ACKNOWLEDGE))?;
        let outcome = |parcel: &Option<u64>| match parcel {
            Some(id) => outcome(&told, *id),
            None => Outcome::Refused(lacking("the parcel's number")),
        };
        Ok(parcels.iter().map(outcome).collect())
    }

    pub(super) async fn ship(&self, http: &Client, actions: &[Action]) -> Result<Vec<Outcome>> {
        let parcels: Vec<Option<u64>> = actions.iter().map(parcel_of).collect();
        let mut plans: HashMap<u64, Option<Refusal>> = HashMap::new();
        let mut upload: Vec<Entry> = Vec::new();
        for id in parcels.iter().flatten() {
            if plans.contains_key(id) {
                continue;
            }
            let sendings: Vec<Sending<'_>> = actions
                .iter()
                .zip(&parcels)
                .filter(|(_, parcel)| **parcel == Some(*id))
                .filter_map(|(action, _)| sending(action))
                .collect();
            let refusal = match entries(&sendings) {
                Ok(found) => {
                    upload.extend(found);
                    None
                }
                Err(refusal) => Some(refusal),
            };
            plans.insert(*id, refusal);
        }
        let mut told = HashMap::new();
        if !upload.is_empty() {
            let path = format!("{}/{INVOICES}", self.vendor_path("v4"));
            let body = json!({"vendorId": self.settings.vendor_id, "orderSheetInvoiceApplyDtos": upload});
            let response = http.send(write(Method::POST, INVOICES, path).json(&body)?).await?;
            told = self::told(&response).map_err(|error| error.in_operation(INVOICES))?;
        }
        let outcome = |parcel: &Option<u64>| match parcel {
            None => Outcome::Refused(lacking("the parcel's number")),
            Some(id) => match plans.get(id) {
                Some(Some(refusal)) => Outcome::Refused(refusal.clone()),
                _ => outcome(&told, *id),
            },
        };
        Ok(parcels.iter().map(outcome).collect())
    }

    pub(super) async fn cancel(&self, http: &Client, action: &Action) -> Result<Outcome> {
        let Action::Cancel { line, reason, quantity, .. } = action else {
            return Ok(Outcome::Refused(refused("this is no cancellation")));
        };
        let (order_id, body) = match self.cancel_body(line, *reason, *quantity) {
            Ok(body) => body,
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        };
        let path = format!("{}/orders/{order_id}/cancel", self.vendor_path("v5"));
        let response = http.send(write(Method::POST, CANCEL, path).json(&body)?).await?;
        cancelled(&response, option_of(line).unwrap_or_default()).map_err(|error| error.in_operation(CANCEL))
    }

    fn cancel_body(
        &self,
        line: &Line,
        reason: CancelReason,
        quantity: Option<i64>,
    ) -> Result<(u64, serde_json::Value), Refusal> {
        let Some(user_id) = &self.settings.user_id else {
            return Err(Refusal {
                kind: ErrorKind::Config,
                code: None,
                message: "cancelling needs the setting user_id, the login id in WING".to_owned(),
            });
        };
        let code = match reason {
            CancelReason::SoldOut => "CCTTER",
            CancelReason::WrongPrice => "CCPRER",
            CancelReason::WrongInformation | CancelReason::WrongAddress => "CCPNER",
            CancelReason::Delayed | CancelReason::BuyerChangedMind => {
                return Err(refused(
                    "Coupang takes sold_out, wrong_price, wrong_information and wrong_address as a seller's reason",
                ));
            }
        };
        let sheet = Sheet::of(line.raw.as_deref())?;
        let option = option_of(line).ok_or_else(|| lacking("vendorItemId"))?;
        let item = sheet.item(option).ok_or_else(|| lacking("the item of the line"))?;
        let left = item.shippable().ok_or_else(|| lacking("shippingCount"))?;
        let count = quantity.unwrap_or(left);
        if count < 1 || count > left {
            return Err(refused(format!("{count} pieces cannot be cancelled of {left} that are left")));
        }
        let order_id = sheet.parcel.order_id.filled().ok_or_else(|| lacking("orderId"))?;
        let order_id = number(order_id, "orderId")?;
        let body = json!({
            "orderId": order_id,
            "vendorItemIds": [number(option, "vendorItemId")?],
            "receiptCounts": [count],
            "bigCancelCode": "CANERR",
            "middleCancelCode": code,
            "vendorId": self.settings.vendor_id,
            "userId": user_id,
        });
        Ok((order_id, body))
    }
}

fn parcel_of(action: &Action) -> Option<u64> {
    action.line().and_then(|line| box_of(&line.order_id)).and_then(|id| id.parse().ok())
}

fn sending(action: &Action) -> Option<Sending<'_>> {
    match action {
        Action::Ship { line, parcel, quantity } => Some(Sending { line, parcel, quantity: *quantity }),
        _ => None,
    }
}

/// What an answer says of each parcel.
fn told(response: &Response) -> Result<HashMap<u64, Outcome>> {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Data<'a> {
        #[serde(borrow)]
        response_list: Vec<Object<Told<'a>>>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Told<'a> {
        #[serde(borrow)]
        shipment_box_id: Text<'a>,
        #[serde(borrow)]
        succeed: Option<&'a RawValue>,
        #[serde(borrow)]
        result_code: Text<'a>,
        #[serde(borrow)]
        result_message: Text<'a>,
    }
    let envelope = Envelope::of(response)?;
    let text = envelope.data.map_or("{}", RawValue::get);
    let Object(data) = serde_json::from_str::<Object<Data<'_>>>(text)
        .map_err(|error| connector_core::Error::decode(connector_core::http::decode_reason(&error)))?;
    let mut outcomes = HashMap::new();
    for Object(told) in data.response_list {
        let Some(id) = told.shipment_box_id.filled().and_then(|id| id.trim().parse().ok()) else { continue };
        let code = told.result_code.filled().unwrap_or_default();
        let outcome = match told.succeed.map(RawValue::get) {
            Some("true") => Outcome::accepted(),
            _ => refusal(code, told.result_message.filled().unwrap_or_default()),
        };
        outcomes.insert(id, outcome);
    }
    Ok(outcomes)
}

/// A parcel's refusal; some say that it has changed since we looked, one says nothing.
fn refusal(code: &str, message: &str) -> Outcome {
    let kind = match code {
        "UNDEFINED_ERROR_OCCUR" | "" => {
            return Outcome::Unknown { reason: "the platform does not know what became of it".to_owned() };
        }
        "INVALID_STATUS"
        | "ORDER_DELIVERY_CANCELED"
        | "ORDER_DELIVERY_PARTIAL_STOP_REQUESTED"
        | "ORDER_DELIVERY_CANCELED_HOLDING_FOR_CANCEL" => ErrorKind::Conflict,
        _ => ErrorKind::Rejected,
    };
    Outcome::Refused(Refusal { kind, code: Some(code.to_owned()), message: words(message) })
}

fn outcome(told: &HashMap<u64, Outcome>, id: u64) -> Outcome {
    told.get(&id)
        .cloned()
        .unwrap_or_else(|| Outcome::Unknown { reason: "the answer does not name the parcel".to_owned() })
}

/// What the answer to a cancellation says of one option: failed, or part of a receipt. Receipts come by number, in the older
/// form a single one.
fn cancelled(response: &Response, option: &str) -> Result<Outcome> {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Data<'a> {
        #[serde(borrow)]
        receipt_map: Option<&'a RawValue>,
        #[serde(borrow)]
        failed_vendor_item_ids: Option<Vec<Text<'a>>>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Receipt<'a> {
        #[serde(borrow)]
        receipt_id: Text<'a>,
        #[serde(borrow)]
        vendor_item_ids: Option<Vec<Text<'a>>>,
    }
    let envelope = Envelope::of(response)?;
    let text = envelope.data.map_or("{}", RawValue::get);
    let Ok(Object(data)) = serde_json::from_str::<Object<Data<'_>>>(text) else {
        return Ok(Outcome::Unknown { reason: "the answer does not say what was cancelled".to_owned() });
    };
    let names = |ids: &Option<Vec<Text<'_>>>| {
        ids.iter().flatten().any(|id| id.filled().map(str::trim) == Some(option))
    };
    if names(&data.failed_vendor_item_ids) {
        let message = words(envelope.message.filled().unwrap_or_default());
        let code = envelope.code.filled().unwrap_or_default();
        return Ok(Outcome::refused(if code == "200" { "" } else { code }, message));
    }
    let map = data.receipt_map.map_or("{}", RawValue::get);
    let mut receipts: Vec<Object<Receipt<'_>>> = Vec::new();
    receipts.extend(serde_json::from_str::<Object<Receipt<'_>>>(map));
    let by_number: HashMap<String, &RawValue> = serde_json::from_str(map).unwrap_or_default();
    receipts.extend(by_number.values().filter_map(|raw| serde_json::from_str(raw.get()).ok()));
    let found = receipts.iter().find(|receipt| names(&receipt.vendor_item_ids));
    Ok(match found {
        Some(receipt) => Outcome::Accepted { reference: receipt.receipt_id.filled().map(str::to_owned) },
        None => Outcome::Unknown { reason: "the answer names the option nowhere".to_owned() },
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};

    use super::*;

    fn answer(body: &str) -> Response {
        let body = Bytes::copy_from_slice(body.as_bytes());
        Response { status: StatusCode::OK, headers: HeaderMap::new(), body }
    }

    fn code(outcome: &Outcome) -> &str {
        match outcome {
            Outcome::Accepted { .. } => "accepted",
            Outcome::Refused(refusal) => refusal.code.as_deref().unwrap_or("refused"),
            Outcome::Unknown { .. } => "unknown",
        }
    }

    #[test]
    fn a_partial_confirmation_is_told_by_parcel() {
        let told =
            told(&answer(include_str!("../../tests/samples/acknowledgement_partial.json"))).expect("read");
        let codes: Vec<&str> =
            [853_138_000_000_115_661, 853_138_000_000_119_999].map(|id| code(&told[&id])).to_vec();
        assert_eq!(codes, ["accepted", "NOT_FOUND_SHIPMENT_BOX"]);
        assert_eq!(code(&outcome(&told, 7)), "unknown");
    }

    #[test]
    fn mixed_invoices_are_told_by_parcel() {
        let told =
            told(&answer(include_str!("../../tests/samples/invoices_upload_mixed.json"))).expect("read");
        let codes: Vec<&str> = [853_138_000_000_115_661, 853_138_000_000_119_007, 853_138_000_000_120_010]
            .map(|id| code(&told[&id]))
            .to_vec();
        assert_eq!(codes, ["accepted", "INVALID_STATUS", "DUPLICATE_INVOICE_NUMBER"]);
        assert_eq!(code(&refusal("UNDEFINED_ERROR_OCCUR", "")), "unknown");
    }

    #[test]
    fn a_partial_cancellation_is_told_by_option() {
        let sample = answer(include_str!("../../tests/samples/cancel_v5_partial.json"));
        let accepted = cancelled(&sample, "92979706172").expect("read");
        assert_eq!(accepted, Outcome::Accepted { reference: Some("181627901".to_owned()) });
        let Outcome::Refused(refusal) = cancelled(&sample, "92979706190").expect("read") else {
            panic!("it failed")
        };
        assert!(refusal.message.contains("취소 가능한 개수보다") && refusal.code.is_none(), "{refusal:?}");
        assert_eq!(code(&cancelled(&sample, "7").expect("read")), "unknown");
        let older = answer(
            r#"{"code": "PARTIAL", "data": {"receiptMap": {"receiptId": 3, "vendorItemIds": [7]}, "failedVendorItemIds": [8]}}"#,
        );
        assert_eq!(
            cancelled(&older, "7").expect("read"),
            Outcome::Accepted { reference: Some("3".to_owned()) }
        );
    }
}
