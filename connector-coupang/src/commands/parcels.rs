//! A parcel as a call must name it, out of the sheet that was read last.

use chrono::NaiveDate;
use connector_core::carrier;
use connector_core::command::{Line, Parcel, Refusal, ShippingMethod};
use connector_core::lenient::Object;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{lacking, number, refused};
use crate::SPEC;
use crate::carriers::DIRECT;
use crate::orders::model::{WireBox, WireItem};

/// A parcel and its items.
pub(super) struct Sheet<'a> {
    pub(super) parcel: WireBox<'a>,
    pub(super) items: Vec<WireItem<'a>>,
}

impl<'a> Sheet<'a> {
    /// Reads a sheet as it was kept.
    ///
    /// # Errors
    /// What is missing in it.
    pub(super) fn of(raw: Option<&'a RawValue>) -> Result<Self, Refusal> {
        let raw = raw.ok_or_else(|| lacking("the order sheet"))?;
        let Object(parcel) =
            serde_json::from_str::<Object<WireBox<'_>>>(raw.get()).map_err(|_| lacking("the order sheet"))?;
        let items = parcel.items().map_err(|_| lacking("orderItems"))?;
        let items: Result<Vec<Object<WireItem<'_>>>, _> =
            items.into_iter().map(|item| serde_json::from_str(item.get())).collect();
        let items = items.map_err(|_| lacking("orderItems"))?;
        Ok(Self { parcel, items: items.into_iter().map(|Object(item)| item).collect() })
    }

    /// The item of a line.
    pub(super) fn item(&self, option_id: &str) -> Option<&WireItem<'a>> {
        self.items.iter().find(|item| id_of(item) == Some(option_id))
    }

    fn is_split(&self) -> bool {
        self.parcel.split_shipping.is_some_and(|raw| raw.get() == "true")
    }
}

fn id_of<'a>(item: &'a WireItem<'_>) -> Option<&'a str> {
    item.vendor_item_id.filled().map(str::trim)
}

/// The option of a line: `92979706172` of `853138000000115661-92979706172`.
pub(super) fn option_of(line: &Line) -> Option<&str> {
    line.order_id.split('-').nth(1)
}

/// A carrier and a number, as the platform wants them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Invoice {
    pub(super) company: &'static str,
    pub(super) number: String,
}

impl Invoice {
    /// Of a parcel on its way.
    ///
    /// # Errors
    /// What the platform does not take.
    pub(super) fn of(parcel: &Parcel) -> Result<Self, Refusal> {
        let company = match (parcel.method, parcel.carrier.as_deref()) {
            (ShippingMethod::Parcel, Some(name)) => {
                SPEC.carrier(name).map_err(|error| Refusal::from(&error))?
            }
            (ShippingMethod::Parcel, None) => return Err(refused("a parcel needs a carrier")),
            (ShippingMethod::Direct, _) => DIRECT,
            _ => return Err(refused("Coupang knows parcels and the seller's own delivery only")),
        };
        let number = plain(parcel.tracking_number.as_deref().unwrap_or_default());
        if number.is_empty() {
            return Err(refused(
                "a tracking number is missing; for the seller's own delivery any digits will do",
            ));
        }
        Ok(Self { company, number })
    }

    /// Whether the platform shows this invoice: the number, and the carrier by its Korean name. `None` where the name is
    /// none that we know.
    pub(super) fn is_shown(&self, number: &str, name: &str) -> Option<bool> {
        if plain(number) != self.number {
            return Some(false);
        }
        if self.company == DIRECT {
            return Some(name.contains("직송") || name.contains(DIRECT) || name.trim().is_empty());
        }
        let shown = carrier::find(name)?;
        Some(SPEC.carriers.iter().any(|known| known.carrier == shown.code && known.code == self.company))
    }
}

/// A tracking number without blanks and dashes.
fn plain(number: &str) -> String {
    number.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// One item of a parcel in an upload of invoices.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    shipment_box_id: u64,
    order_id: u64,
    vendor_item_id: u64,
    delivery_company_code: &'static str,
    invoice_number: String,
    split_shipping: bool,
    pre_split_shipped: bool,
    estimated_shipping_date: String,
}

/// What is to be sent of one parcel.
pub(super) struct Sending<'a> {
    /// A line of it.
    pub(super) line: &'a Line,
    /// With what.
    pub(super) parcel: &'a Parcel,
    /// How many pieces of the line, where others follow later.
    pub(super) quantity: Option<i64>,
}

/// The entries of one parcel's upload. The platform wants every item of the parcel named, also those that stay.
///
/// # Errors
/// What speaks against it.
pub(super) fn entries(sendings: &[Sending<'_>]) -> Result<Vec<Entry>, Refusal> {
    let Some(first) = sendings.first() else { return Ok(Vec::new()) };
    if sendings.iter().any(|other| other.parcel != first.parcel) {
        return Err(refused(
            "lines of one parcel were given different ones; send them one after the other, each with its quantity",
        ));
    }
    let sheet = Sheet::of(first.line.raw.as_deref())?;
    let invoice = Invoice::of(first.parcel)?;
    let parcel_id = sheet.parcel.shipment_box_id.filled().ok_or_else(|| lacking("shipmentBoxId"))?;
    let order_id = sheet.parcel.order_id.filled().ok_or_else(|| lacking("orderId"))?;
    let mut going: Vec<&str> = Vec::new();
    for sending in sendings {
        let option = option_of(sending.line).ok_or_else(|| lacking("vendorItemId"))?;
        let item = sheet.item(option).ok_or_else(|| lacking("the item of the line"))?;
        if let Some(quantity) = sending.quantity
            && item.shippable() != Some(quantity)
        {
            return Err(refused(
                "a parcel is split by lines, not by pieces: give all pieces of the line, or none",
            ));
        }
        going.push(option);
    }
    let mut options: Vec<&str> = Vec::new();
    for item in &sheet.items {
        let option = id_of(item).ok_or_else(|| lacking("vendorItemId"))?;
        if !options.contains(&option) {
            options.push(option);
        }
    }
    // Without a quantity the parcel goes as a whole.
    let some = sendings.iter().any(|sending| sending.quantity.is_some());
    let goes = |option: &str| !some || going.contains(&option);
    let is_rest = sheet.is_split();
    let is_split = is_rest || options.iter().any(|option| !goes(option));
    if is_split && invoice.company == DIRECT {
        return Err(refused("the seller's own delivery cannot be split"));
    }
    let entry = |option: &&str| {
        let goes = goes(option);
        let estimated =
            sheet.item(option).and_then(|item| item.estimated_shipping_date.filled()).and_then(day);
        let date = match (goes, estimated) {
            (true, _) => String::new(),
            (false, Some(day)) => day.to_string(),
            (false, None) => return Err(lacking("estimatedShippingDate of the lines that follow")),
        };
        Ok(Entry {
            shipment_box_id: number(parcel_id, "shipmentBoxId")?,
            order_id: number(order_id, "orderId")?,
            vendor_item_id: number(option, "vendorItemId")?,
            delivery_company_code: invoice.company,
            invoice_number: if goes { invoice.number.clone() } else { String::new() },
            split_shipping: is_split,
            pre_split_shipped: is_rest,
            estimated_shipping_date: date,
        })
    };
    options.iter().map(entry).collect()
}

/// `2026-11-23`, behind which the newer API may put an offset.
fn day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text.trim().get(..10)?, "%Y-%m-%d").ok()
}
