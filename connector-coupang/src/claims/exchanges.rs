//! From exchange requests to claims, one for each line.

use connector_core::http::Response;
use connector_core::lenient::{Object, Text, Whole, object};
use connector_core::{Claim, ClaimKind, ClaimState, Page, Result, Unread};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::model::{self, Lines};

/// It waits for the seller to have the goods back.
pub(crate) const RECEIPT: &str = "RECEIPT";
/// The seller has confirmed that, and sends others.
pub(crate) const PROGRESS: &str = "PROGRESS";
/// Others were sent.
pub(crate) const SUCCESS: &str = "SUCCESS";
/// The seller refused it.
pub(crate) const REJECT: &str = "REJECT";
const CANCEL: &str = "CANCEL";

const ITEMS: &str = "exchangeItemDtoV1s";

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct WireExchange<'a> {
    #[serde(borrow)]
    pub exchange_id: Text<'a>,
    #[serde(borrow)]
    pub order_id: Text<'a>,
    #[serde(borrow)]
    pub exchange_status: Text<'a>,
    #[serde(borrow)]
    pub collect_status: Text<'a>,
    #[serde(borrow)]
    pub created_at: Text<'a>,
    #[serde(borrow)]
    modified_at: Text<'a>,
    #[serde(borrow)]
    reason_code: Text<'a>,
    #[serde(borrow)]
    exchange_item_dto_v1s: Option<&'a RawValue>,
    #[serde(borrow)]
    pub delivery_invoice_group_dtos: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WireItem<'a> {
    #[serde(borrow)]
    original_shipment_box_id: Text<'a>,
    #[serde(borrow)]
    order_item_id: Text<'a>,
    quantity: Whole,
}

/// A parcel that goes out in exchange.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WireParcel<'a> {
    #[serde(borrow)]
    shipment_box_id: Text<'a>,
    #[serde(borrow)]
    delivery_invoice_dtos: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WireInvoice<'a> {
    #[serde(borrow)]
    invoice_number: Text<'a>,
}

/// The parcel that goes out in exchange.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outgoing {
    /// Its number.
    pub shipment_box_id: String,
    /// Its tracking number, once it has one.
    pub invoice_number: Option<String>,
}

impl WireExchange<'_> {
    /// The parcels that go out; they are there some minutes after the seller has the goods back.
    pub(crate) fn outgoing(&self) -> Vec<Outgoing> {
        let Some(list) = self.delivery_invoice_group_dtos else { return Vec::new() };
        let parcels: Vec<Object<WireParcel<'_>>> = serde_json::from_str(list.get()).unwrap_or_default();
        parcels
            .into_iter()
            .filter_map(|Object(parcel)| {
                let invoices = parcel.delivery_invoice_dtos.map_or("[]", RawValue::get);
                let invoices: Vec<Object<WireInvoice<'_>>> =
                    serde_json::from_str(invoices).unwrap_or_default();
                let number = invoices.iter().find_map(|invoice| invoice.invoice_number.word());
                Some(Outgoing {
                    shipment_box_id: parcel.shipment_box_id.word()?.to_owned(),
                    invoice_number: number.map(str::to_owned),
                })
            })
            .collect()
    }
}

/// The claims of a list of exchanges.
///
/// # Errors
/// `Decode` when there is no list.
pub(crate) fn read(response: &Response) -> Result<Page> {
    model::read(response, page)
}

/// The same of its rows.
pub(super) fn page(rows: &[&RawValue]) -> Page {
    model::page(rows, |page, raw| {
        let exchange: WireExchange<'_> = object(raw)?;
        let mut lines = Lines::of(&exchange.exchange_id, "exchangeId", ITEMS)?;
        model::take(page, (ITEMS, exchange.exchange_item_dto_v1s), |item| {
            let item: WireItem<'_> = object(item)?;
            let line = lines.next(
                (&item.original_shipment_box_id, "originalShipmentBoxId"),
                (&item.order_item_id, "orderItemId"),
            )?;
            let key = format!("{}/{line}", lines.claim_id);
            claim(&exchange, &item, lines.claim_id, line, raw).map_err(Unread::of(&key))
        })
    })
}

fn claim(
    exchange: &WireExchange<'_>,
    item: &WireItem<'_>,
    claim_id: &str,
    line: String,
    raw: &RawValue,
) -> Result<Claim, String> {
    let status = exchange.exchange_status.require("exchangeStatus", "a text")?;
    let requested_at = exchange.created_at.time().ok_or("createdAt holds no time that can be read")?;
    let state = state(status.trim());
    Ok(Claim {
        claim_id: claim_id.to_owned(),
        kind: ClaimKind::Exchange,
        state,
        status: status.clone().into_owned(),
        order_id: line,
        order_group_id: exchange.order_id.owned(),
        quantity: item.quantity.get().copied(),
        reason: exchange.reason_code.owned(),
        requested_at,
        changed_at: exchange.modified_at.time(),
        line_state: state.line_state(ClaimKind::Exchange),
        raw: raw.to_owned(),
    })
}

fn state(status: &str) -> ClaimState {
    match status {
        RECEIPT => ClaimState::Requested,
        PROGRESS => ClaimState::Collecting,
        SUCCESS => ClaimState::Done,
        REJECT => ClaimState::Rejected,
        CANCEL => ClaimState::Withdrawn,
        _ => ClaimState::Unknown,
    }
}
