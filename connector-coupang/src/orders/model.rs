//! From order sheets to order lines: a sheet is a parcel (`shipmentBoxId`) with items, and each item is a line.
//!
//! Fields: <https://developers.coupangcorp.com/hc/ko/articles/360033919573>, and
//! <https://developers.coupangcorp.com/hc/ko/articles/48314250583705> for the newer amounts and times (read 2026-11).

use std::collections::BTreeSet;

use connector_core::http::decode_reason;
use connector_core::lenient::{Lenient, Object, Text, Whole};
use connector_core::time::parse_kst;
use connector_core::{Failure, Order, OrderState, Record, Result};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::envelope::{Envelope, items};
use crate::money::{required, won};

/// A parcel, as far as it is used.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct WireBox<'a> {
    #[serde(borrow)]
    pub shipment_box_id: Text<'a>,
    #[serde(borrow)]
    pub order_id: Text<'a>,
    #[serde(borrow)]
    ordered_at: Text<'a>,
    #[serde(borrow)]
    paid_at: Text<'a>,
    #[serde(borrow)]
    pub status: Text<'a>,
    #[serde(borrow)]
    refer: Text<'a>,
    #[serde(borrow)]
    pub delivery_company_name: Text<'a>,
    #[serde(borrow)]
    pub invoice_number: Text<'a>,
    #[serde(borrow)]
    pub split_shipping: Option<&'a RawValue>,
    #[serde(borrow)]
    order_items: Option<&'a RawValue>,
}

/// An item of a parcel, as far as it is used.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct WireItem<'a> {
    #[serde(borrow)]
    pub vendor_item_id: Text<'a>,
    #[serde(borrow)]
    vendor_item_name: Text<'a>,
    #[serde(borrow)]
    seller_product_id: Text<'a>,
    #[serde(borrow)]
    seller_product_name: Text<'a>,
    #[serde(borrow)]
    seller_product_item_name: Text<'a>,
    #[serde(borrow)]
    external_vendor_sku_code: Text<'a>,
    #[serde(borrow)]
    pub estimated_shipping_date: Text<'a>,
    #[serde(borrow)]
    confirm_date: Text<'a>,
    pub shipping_count: Whole,
    pub cancel_count: Whole,
    pub hold_count_for_cancel: Whole,
    #[serde(borrow)]
    sales_price: Option<&'a RawValue>,
    #[serde(borrow)]
    order_price: Option<&'a RawValue>,
    #[serde(borrow)]
    discount_price: Option<&'a RawValue>,
    #[serde(borrow)]
    instant_coupon_discount: Option<&'a RawValue>,
    #[serde(borrow)]
    downloadable_coupon_discount: Option<&'a RawValue>,
    #[serde(borrow)]
    coupang_discount: Option<&'a RawValue>,
    #[serde(borrow)]
    canceled: Option<&'a RawValue>,
}

impl<'a> WireBox<'a> {
    /// Its items, still as they were sent.
    ///
    /// # Errors
    /// Why there are none.
    pub(crate) fn items(&self) -> Result<Vec<&'a RawValue>, String> {
        items(self.order_items, "orderItems")
    }
}

impl WireItem<'_> {
    /// Pieces that are neither cancelled nor held back for a claim: what is still to be sent, where all three numbers tell.
    pub(crate) fn shippable(&self) -> Option<i64> {
        let ordered = *self.shipping_count.get()?;
        [&self.hold_count_for_cancel, &self.cancel_count].into_iter().try_fold(ordered, |left, count| {
            match count {
                Lenient::Is(count) => left.checked_sub(*count),
                Lenient::Absent => Some(left),
                Lenient::Wrong => None,
            }
        })
    }
}

/// The order lines of an answer, and how many parcels it held.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub records: Vec<Record>,
    pub failures: Vec<Failure>,
    pub boxes: usize,
}

impl Read {
    /// Reads a list of parcels, or a single one.
    ///
    /// # Errors
    /// `Decode` when there is no list.
    pub(crate) fn of(envelope: &Envelope<'_>) -> Result<Self> {
        let boxes = envelope.rows()?;
        let mut read = Self { boxes: boxes.len(), ..Self::default() };
        let mut unknown = BTreeSet::new();
        for raw in boxes {
            if let Err(reason) = read.lines(raw, &mut unknown) {
                read.failures.push(Failure { key: None, reason, raw: Some(raw.to_owned()) });
            }
        }
        for word in unknown {
            tracing::warn!(word, "coupang: status holds a word we do not know: {word}; kept as it is");
        }
        Ok(read)
    }

    fn lines(&mut self, raw: &RawValue, unknown: &mut BTreeSet<String>) -> Result<(), String> {
        let Object(parcel) =
            serde_json::from_str::<Object<WireBox<'_>>>(raw.get()).map_err(|error| decode_reason(&error))?;
        let id = parcel.shipment_box_id.filled().ok_or("shipmentBoxId is missing")?.trim().to_owned();
        let mut keys = BTreeSet::new();
        for item in parcel.items()? {
            match line(&parcel, &id, raw, item, &mut keys, unknown) {
                Ok(order) => self.records.push(Record::Order(order)),
                Err((key, reason)) => {
                    self.failures.push(Failure { key, reason, raw: Some(item.to_owned()) });
                }
            }
        }
        Ok(())
    }
}

fn line(
    parcel: &WireBox<'_>,
    box_id: &str,
    whole: &RawValue,
    raw: &RawValue,
    keys: &mut BTreeSet<String>,
    unknown: &mut BTreeSet<String>,
) -> Result<Order, (Option<String>, String)> {
    let Object(item) = serde_json::from_str::<Object<WireItem<'_>>>(raw.get())
        .map_err(|error| (None, decode_reason(&error)))?;
    let Some(item_id) = item.vendor_item_id.filled().map(str::trim) else {
        return Err((None, "orderItems.vendorItemId is missing".to_owned()));
    };
    let key = line_key(box_id, item_id, keys);
    let unread = |reason: String| (Some(key.clone()), reason);
    let status = parcel.status.require("status", "a text").map_err(unread)?;
    let ordered_at = [&parcel.ordered_at, &parcel.paid_at]
        .into_iter()
        .find_map(|text| text.filled().and_then(parse_kst))
        .ok_or_else(|| unread("orderedAt holds no time that can be read".to_owned()))?;
    let state = state(status.trim(), &item);
    if state == OrderState::Unknown {
        unknown.insert(word(status));
    }
    let owned = |text: &Text<'_>| text.filled().map(str::to_owned);
    Ok(Order {
        order_group_id: owned(&parcel.order_id),
        ordered_at,
        status: status.clone().into_owned(),
        state,
        amount: amount(&item).map_err(unread)?,
        order_place_id: None,
        order_place_name: owned(&parcel.refer),
        product_id: owned(&item.seller_product_id),
        product_name: owned(&item.seller_product_name).or_else(|| owned(&item.vendor_item_name)),
        option_id: Some(item_id.to_owned()),
        option_name: owned(&item.seller_product_item_name),
        seller_code: owned(&item.external_vendor_sku_code),
        quantity: item.shippable(),
        // A reading of it that failed would say nothing of the line itself.
        unit_price: won(item.sales_price, "salesPrice").ok().flatten(),
        changed_at: None,
        claims: Vec::new(),
        // The parcel whole, as it was sent: what is the parcel's belongs to each of its lines, and sending one of them
        // means naming them all.
        raw: whole.to_owned(),
        order_id: key,
    })
}

/// What the buyer pays: the price of all pieces less every discount they see. `discountPrice` is the sum of the three
/// others; Coupang's own share of it is in the raw object for whoever adds up a seller's revenue.
fn amount(item: &WireItem<'_>) -> Result<i64, String> {
    let price = required(item.order_price, "orderItems.orderPrice")?;
    let discount = match won(item.discount_price, "orderItems.discountPrice")? {
        Some(discount) => i128::from(discount),
        None => {
            let part = |raw, field| won(raw, field).map(|part| i128::from(part.unwrap_or(0)));
            part(item.instant_coupon_discount, "orderItems.instantCouponDiscount")?
                + part(item.downloadable_coupon_discount, "orderItems.downloadableCouponDiscount")?
                + part(item.coupang_discount, "orderItems.coupangDiscount")?
        }
    };
    i64::try_from(i128::from(price) - discount)
        .map_err(|_| "the item's prices add up to more than any amount".to_owned())
}

/// The neutral state. Lists know no cancelled or returned lines; what is left of them shows in the counts.
fn state(status: &str, item: &WireItem<'_>) -> OrderState {
    let is_confirmed = item.confirm_date.filled().is_some();
    let state = match status {
        "ACCEPT" => OrderState::Paid,
        "INSTRUCT" => OrderState::Preparing,
        "FINAL_DELIVERY" | "NONE_TRACKING" if is_confirmed => OrderState::Decided,
        // The seller's own delivery is never reported as arrived.
        "DEPARTURE" | "DELIVERING" | "NONE_TRACKING" => OrderState::Shipped,
        "FINAL_DELIVERY" => OrderState::Delivered,
        _ => return OrderState::Unknown,
    };
    let is_sent = !matches!(state, OrderState::Paid | OrderState::Preparing);
    let ordered = item.shipping_count.get().copied().unwrap_or(0);
    let count = |count: &Whole| count.get().copied().unwrap_or(0);
    let is_cancelled = item.canceled.is_some_and(|raw| raw.get() == "true");
    if is_cancelled || ordered > 0 && count(&item.cancel_count) >= ordered {
        return if is_sent { OrderState::Returned } else { OrderState::Cancelled };
    }
    if count(&item.hold_count_for_cancel) > 0 && item.shippable().is_some_and(|left| left <= 0) {
        return if is_sent { OrderState::ReturnRequested } else { OrderState::CancelRequested };
    }
    state
}

/// A word for the log; what is none may be anything, a buyer's name included.
pub(crate) fn word(text: &str) -> String {
    let is_word = text.len() <= 60 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if is_word { text.to_owned() } else { "(not a word)".to_owned() }
}

/// The key of a line: its parcel and its option, with a number where an option stands in a parcel once more, as with two
/// engravings. `taken` are those of the items before it.
pub(crate) fn line_key(parcel: &str, option: &str, taken: &mut BTreeSet<String>) -> String {
    let first = format!("{parcel}-{option}");
    let (mut key, mut number) = (first.clone(), 1);
    while !taken.insert(key.clone()) {
        number += 1;
        key = format!("{first}-{number}");
    }
    key
}

/// The parcel of a line: `853138000000115661` of `853138000000115661-92979706172`.
pub(crate) fn box_of(key: &str) -> Option<&str> {
    key.split_once('-').map(|(id, _)| id).filter(|id| is_number(id))
}

/// Digits, as all ids are.
pub(crate) fn is_number(id: &str) -> bool {
    !id.is_empty() && id.len() <= 19 && id.bytes().all(|byte| byte.is_ascii_digit())
}
