//! From return receipts to claims. One receipt may name several lines, each is a claim under the receipt's number.

use connector_core::http::Response;
use connector_core::lenient::{Text, Whole, object};
use connector_core::{Claim, ClaimKind, ClaimState, Page, Result, Unread};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::model::{self, Lines};

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
pub(crate) fn read(response: &Response) -> Result<Page> {
    model::read(response, page)
}

/// The same of its rows.
pub(super) fn page(rows: &[&RawValue]) -> Page {
    model::page(rows, |page, raw| {
        let receipt: WireReturn<'_> = object(raw)?;
        let mut lines = Lines::of(&receipt.receipt_id, "receiptId", ITEMS)?;
        model::take(page, (ITEMS, receipt.return_items), |item| {
            let item: WireItem<'_> = object(item)?;
            let line = lines
                .next((&item.shipment_box_id, "shipmentBoxId"), (&item.vendor_item_id, "vendorItemId"))?;
            let key = format!("{}/{line}", lines.claim_id);
            claim(&receipt, &item, lines.claim_id, line, raw).map_err(Unread::of(&key))
        })
    })
}

fn claim(
    receipt: &WireReturn<'_>,
    item: &WireItem<'_>,
    claim_id: &str,
    line: String,
    raw: &RawValue,
) -> Result<Claim, String> {
    let status = receipt.receipt_status.require("receiptStatus", "a text")?;
    let requested_at = receipt.created_at.time().ok_or("createdAt holds no time that can be read")?;
    let kind = kind(receipt, item);
    let state = state(status.trim());
    let quantity = item.cancel_count.get().copied();
    let is_whole =
        quantity.zip(item.purchase_count.get().copied()).is_some_and(|(claimed, bought)| claimed >= bought);
    Ok(Claim {
        claim_id: claim_id.to_owned(),
        kind,
        state,
        status: status.clone().into_owned(),
        order_id: line,
        order_group_id: receipt.order_id.owned(),
        quantity,
        reason: receipt.reason_code.owned(),
        requested_at,
        changed_at: receipt.modified_at.time(),
        // What leaves the lists is a line as a whole; what is left of others, the order tells by its counts.
        line_state: state.line_state(kind).filter(|_| is_whole),
        raw: raw.to_owned(),
    })
}

/// A cancellation is what never left: the platform calls requests to stop a parcel, and the seller's own cancellations,
/// returns as well.
fn kind(receipt: &WireReturn<'_>, item: &WireItem<'_>) -> ClaimKind {
    let stop = receipt.release_stop_status.word().unwrap_or_default();
    if receipt.receipt_type.word() == Some("CANCEL") {
        return ClaimKind::Cancel;
    }
    // 이미출고: it had left; 출고중지: it was stopped.
    match item.release_status.word().unwrap_or_default() {
        _ if stop.contains("이미출고") => ClaimKind::Return,
        _ if stop.contains("출고중지") => ClaimKind::Cancel,
        "N" | "S" => ClaimKind::Cancel,
        "Y" => ClaimKind::Return,
        _ if receipt.receipt_status.word() == Some(STOP_REQUESTED) => ClaimKind::Cancel,
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
