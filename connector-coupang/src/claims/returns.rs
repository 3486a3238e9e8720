//! From return receipts to claims. One receipt may name several lines, each is a claim under the receipt's number.

use connector_core::http::{Response, decode_reason};
use connector_core::lenient::{Object, Text, Whole};
use connector_core::time::parse_kst;
use connector_core::{Claim, ClaimKind, ClaimState, Result};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Lines, Read, Unread};

/// The seller has still to say whether the parcel can be stopped.
pub(crate) const STOP_REQUESTED: &str = "RELEASE_STOP_UNCHECKED";
/// The goods are on their way back.
pub(crate) const ACCEPTED: &str = "RETURNS_UNCHECKED";
/// The seller has them back.
pub(crate) const RECEIVED: &str = "VENDOR_WAREHOUSE_CONFIRM";
/// The seller disputes it.
const DISPUTED: &str = "REQUEST_COUPANG_CHECK";
/// Refunded.
pub(crate) const COMPLETED: &str = "RETURNS_COMPLETED";

const ITEMS: &str = "returnItems";

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct WireReturn<'a> {
    #[serde(borrow)]
    pub receipt_id: Text<'a>,
    #[serde(borrow)]
    order_id: Text<'a>,
    #[serde(borrow)]
    pub receipt_type: Text<'a>,
    #[serde(borrow)]
    pub receipt_status: Text<'a>,
    #[serde(borrow)]
    created_at: Text<'a>,
    #[serde(borrow)]
    modified_at: Text<'a>,
    #[serde(borrow)]
    reason_code: Text<'a>,
    #[serde(borrow)]
    release_stop_status: Text<'a>,
    pub cancel_count_sum: Whole,
    #[serde(borrow)]
    return_items: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WireItem<'a> {
    #[serde(borrow)]
    shipment_box_id: Text<'a>,
    #[serde(borrow)]
    vendor_item_id: Text<'a>,
    #[serde(borrow)]
    release_status: Text<'a>,
    purchase_count: Whole,
    cancel_count: Whole,
}

/// The claims of a list of receipts, or of a single one.
///
/// # Errors
/// `Decode` when there is no list.
pub(crate) fn read(response: &Response) -> Result<Read> {
    Read::of(response, receipt)
}

fn receipt(read: &mut Read, raw: &RawValue) -> Result<(), Unread> {
    let Object(receipt) = serde_json::from_str::<Object<WireReturn<'_>>>(raw.get())
        .map_err(|error| (None, decode_reason(&error)))?;
    let mut lines = Lines::of(&receipt.receipt_id, "receiptId", ITEMS)?;
    read.items((ITEMS, receipt.return_items), |item| claim(&receipt, &mut lines, raw, item))
}

fn claim(
    receipt: &WireReturn<'_>,
    lines: &mut Lines<'_>,
    whole: &RawValue,
    raw: &RawValue,
) -> Result<Claim, Unread> {
    let Object(item) = serde_json::from_str::<Object<WireItem<'_>>>(raw.get())
        .map_err(|error| (None, decode_reason(&error)))?;
    let (order_id, key) =
        lines.next((&item.shipment_box_id, "shipmentBoxId"), (&item.vendor_item_id, "vendorItemId"))?;
    let unread = |reason: String| (Some(key.clone()), reason);
    let status = receipt.receipt_status.require("receiptStatus", "a text").map_err(unread)?;
    let requested_at = receipt
        .created_at
        .filled()
        .and_then(parse_kst)
        .ok_or_else(|| unread("createdAt holds no time that can be read".to_owned()))?;
    let kind = kind(receipt, &item);
    let state = state(status.trim());
    let quantity = item.cancel_count.get().copied();
    let is_whole =
        quantity.zip(item.purchase_count.get().copied()).is_some_and(|(claimed, bought)| claimed >= bought);
    Ok(Claim {
        claim_id: lines.claim_id.to_owned(),
        kind,
        state,
        status: status.clone().into_owned(),
        order_id,
        order_group_id: receipt.order_id.filled().map(str::to_owned),
        quantity,
        reason: receipt.reason_code.filled().map(str::to_owned),
        requested_at,
        changed_at: receipt.modified_at.filled().and_then(parse_kst),
        // What leaves the lists is a line as a whole; what is left of others, the order tells by its counts.
        line_state: state.line_state(kind).filter(|_| is_whole),
        raw: whole.to_owned(),
    })
}

/// A cancellation is what never left: the platform calls requests to stop a parcel, and the seller's own cancellations,
/// returns as well.
fn kind(receipt: &WireReturn<'_>, item: &WireItem<'_>) -> ClaimKind {
    let word = |text: &Text<'_>| text.filled().unwrap_or_default().trim().to_owned();
    let stop = word(&receipt.release_stop_status);
    if word(&receipt.receipt_type) == "CANCEL" {
        return ClaimKind::Cancel;
    }
    // 이미출고: it had left; 출고중지: it was stopped.
    match word(&item.release_status).as_str() {
        _ if stop.contains("이미출고") => ClaimKind::Return,
        _ if stop.contains("출고중지") => ClaimKind::Cancel,
        "N" | "S" => ClaimKind::Cancel,
        "Y" => ClaimKind::Return,
        _ if word(&receipt.receipt_status) == STOP_REQUESTED => ClaimKind::Cancel,
        _ => ClaimKind::Return,
    }
}

fn state(status: &str) -> ClaimState {
    match status {
        STOP_REQUESTED | ACCEPTED => ClaimState::Requested,
        RECEIVED => ClaimState::Collecting,
        DISPUTED => ClaimState::Held,
        COMPLETED => ClaimState::Done,
        _ => ClaimState::Unknown,
    }
}
