//! From order sheets to order lines: a sheet is a parcel (`shipmentBoxId`) with items, and each item is a line.
//!
//! Fields: <https://developers.coupangcorp.com/hc/ko/articles/360033919573>, and
//! <https://developers.coupangcorp.com/hc/ko/articles/48314250583705> for the newer amounts and times (read 2026-11).

use std::collections::BTreeSet;

use connector_core::lenient::{Lenient, Text, Whole, items, object};
use connector_core::{Order, OrderState, Page, RecipientFields, Record, Result, Unread};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::money::{required, won};

/// To whom a parcel goes. The address is final once the parcel is confirmed.
pub(crate) const RECIPIENT: RecipientFields = RecipientFields {
    shipment: "/shipmentBoxId",
    name: "/receiver/name",
    phones: ["/receiver/safeNumber", "/receiver/receiverNumber"],
    postcode: "/receiver/postCode",
    address: ["/receiver/addr1", "/receiver/addr2"],
    note: "/parcelPrintMessage",
    nothing: &[],
};

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

/// The order lines of a list of parcels.
pub(crate) fn page(rows: &[&RawValue]) -> Page {
    let mut page = Page::default();
    for raw in rows {
        if let Err(reason) = lines(&mut page, raw) {
            page.failures.push(Unread::from(reason).failure((*raw).to_owned()));
        }
    }
    page
}

/// The same of an answer about one parcel; what it says of another is no answer.
pub(crate) fn only(id: &str, mut page: Page) -> Page {
    let is_other = |record: &mut Record| box_of(&record.key()) != Some(id);
    for record in page.records.extract_if(.., is_other) {
        let unread = Unread::from("the answer is about another parcel than was asked for");
        page.failures.push(unread.failure(record.raw().to_owned()));
    }
    page
}

fn lines(page: &mut Page, raw: &RawValue) -> Result<(), String> {
    let parcel: WireBox<'_> = object(raw)?;
    let id = parcel.shipment_box_id.word().ok_or("shipmentBoxId is missing")?.to_owned();
    let mut keys = BTreeSet::new();
    for item in parcel.items()? {
        page.take(line(&parcel, &id, raw, item, &mut keys).map(Record::Order), || item.to_owned());
    }
    Ok(())
}

fn line(
    parcel: &WireBox<'_>,
    box_id: &str,
    whole: &RawValue,
    raw: &RawValue,
    keys: &mut BTreeSet<String>,
) -> Result<Order, Unread> {
    let item: WireItem<'_> = object(raw)?;
    let item_id = item.vendor_item_id.word().ok_or("orderItems.vendorItemId is missing")?;
    let key = line_key(box_id, item_id, keys);
    order(parcel, &item, item_id, &key, whole).map_err(Unread::of(&key))
}

fn order(
    parcel: &WireBox<'_>,
    item: &WireItem<'_>,
    item_id: &str,
    key: &str,
    whole: &RawValue,
) -> Result<Order, String> {
    let status = parcel.status.require("status", "a text")?;
    let ordered_at = parcel.ordered_at.time().or_else(|| parcel.paid_at.time());
    Ok(Order {
        order_id: key.to_owned(),
        order_group_id: parcel.order_id.owned(),
        ordered_at: ordered_at.ok_or("orderedAt holds no time that can be read")?,
        status: status.clone().into_owned(),
        state: state(status.trim(), item),
        amount: amount(item)?,
        order_place_id: None,
        order_place_name: parcel.refer.owned(),
        product_id: item.seller_product_id.owned(),
        product_name: item.seller_product_name.owned().or_else(|| item.vendor_item_name.owned()),
        option_id: Some(item_id.to_owned()),
        option_name: item.seller_product_item_name.owned(),
        seller_code: item.external_vendor_sku_code.owned(),
        quantity: item.shippable(),
        // A reading of it that failed would say nothing of the line itself.
        unit_price: won(item.sales_price, "salesPrice").ok().flatten(),
        changed_at: None,
        claims: Vec::new(),
        // The parcel whole, as it was sent: what is the parcel's belongs to each of its lines, and sending one of them
        // means naming them all.
        raw: whole.to_owned(),
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
