//! The platform's JSON, and what it means in our terms.
//!
//! Each order's own bytes are kept beside what is read of it. Fields:
//! <https://apicenter.commerce.naver.com/docs/commerce-api/current/seller-get-product-orders-pay-order-seller> and
//! `.../seller-get-last-changed-status-pay-order-seller` (v2.73.0, read 2026-03-11).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use connector_core::http::{Response, decode_reason};
use connector_core::sync::Window;
use connector_core::time::{floor_millis, kst_text, parse_kst};
use connector_core::{
    Change, Error, ErrorKind, Failure, Fetched, Next, Order, Page, RecipientFields, Record, Result, Wanted,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use self::claims::Told;
use self::wire::{Answer, Element, ElementKey, FeedData, FeedRow, Key, ListData, ListRow, ProductOrder};
use crate::state::{Unknowns, Words, state};
use connector_core::lenient::{Object, Text};

mod claims;
mod wire;

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

/// To whom a product order goes; what travels together bears one package number.
pub(crate) const RECIPIENT: RecipientFields = RecipientFields {
    shipment: "/productOrder/packageNumber",
    name: "/productOrder/shippingAddress/name",
    phones: ["/productOrder/shippingAddress/tel1", "/productOrder/shippingAddress/tel2"],
    postcode: "/productOrder/shippingAddress/zipCode",
    address: ["/productOrder/shippingAddress/baseAddress", "/productOrder/shippingAddress/detailedAddress"],
    note: "/productOrder/shippingMemo",
    nothing: &[],
};

/// The most rows of a page, and the most ids of a query.
pub(crate) const PAGE_ROWS: usize = 300;

/// The body as an object of that shape; serde alone would take a list for a struct.
pub(crate) fn object<'a, T: Deserialize<'a>>(response: &'a Response) -> Result<T> {
    match response.body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[') => Err(Error::decode("the answer is a list where an object was expected")),
        _ => response.json::<Object<T>>().map(|object| object.0),
    }
}

/// Checks that an answer is a JSON object, whatever it holds.
pub(crate) fn check_object(response: &Response) -> Result<()> {
    object::<Answer<serde::de::IgnoredAny>>(response).map(|_| ())
}

/// A page token of the feed: `moreFrom|moreSequence`. Both are needed: the sequence alone repeats the first page.
pub(crate) fn feed_token(token: &str) -> Result<(&str, &str)> {
    token
        .split_once('|')
        .filter(|(from, _)| parse_kst(from).is_some())
        .ok_or_else(|| Error::decode("the page token is not one of the change feed's"))
}

/// A page of the change feed. Rows come in the platform's order: by time, then by id.
pub(crate) fn feed_page(response: &Response, window: Window) -> Result<Page> {
    let mut page = Page::default();
    let Some(Object(data)) = object::<Answer<Object<FeedData<'_>>>>(response)?.data else { return Ok(page) };
    let rows = data.rows.unwrap_or_default();
    if rows.is_empty() && data.count.get().is_some_and(|count| *count > 0) {
        return Err(Error::decode("data.count says there are rows, data.lastChangeStatuses holds none"));
    }
    for raw in rows {
        let (id, at, reason) = match serde_json::from_str::<Object<FeedRow<'_>>>(raw.get()) {
            Ok(Object(row)) => (row.product_order_id, row.last_changed_date, None),
            Err(error) => (key_of(raw), Text::Absent, Some(decode_reason(&error))),
        };
        match id.filled() {
            // A row without a readable time is still a changed order: the window's end is late enough for it to be
            // fetched now, and not so late that it could hide a later change.
            Some(id) => page.changes.push(Change {
                key: id.to_owned(),
                at: at.filled().and_then(parse_kst).unwrap_or(window.to),
                status: None,
            }),
            None => {
                let reason = reason.unwrap_or_else(|| "productOrderId is missing".into());
                page.failures.push(failure(None, reason, raw));
            }
        }
    }
    if let Some(Object(more)) = data.more {
        let from = more
            .more_from
            .filled()
            .and_then(parse_kst)
            .map(floor_millis)
            .ok_or_else(|| Error::decode("data.more.moreFrom is missing or no time"))?;
        let sequence = more.more_sequence.filled().unwrap_or_default();
        page.next = Next::Resume { from, page: format!("{}|{sequence}", kst_text(from)) };
    }
    Ok(page)
}

/// A page of the conditional list; `number` is the page's own, counted from 1.
pub(crate) fn list_page(response: &Response, number: u32) -> Result<Page> {
    let mut page = Page::default();
    let Some(Object(data)) = object::<Answer<Object<ListData<'_>>>>(response)?.data else { return Ok(page) };
    let rows = data.contents.unwrap_or_default();
    let has_next = data.pagination.and_then(|p| p.has_next).unwrap_or(rows.len() >= PAGE_ROWS);
    if has_next && rows.is_empty() {
        return Err(Error::new(ErrorKind::PageLoop, format!("page {number} is empty and announces another")));
    }
    let mut unknowns = Unknowns::default();
    for raw in rows {
        let row = match serde_json::from_str::<Object<ListRow<'_>>>(raw.get()) {
            Ok(Object(row)) => row,
            Err(error) => {
                page.failures.push(failure(key_of(raw).filled(), decode_reason(&error), raw));
                continue;
            }
        };
        let key = row.product_order_id.filled();
        match row.content.map(|content| (content, Reading::of(content))) {
            None => page.failures.push(failure(key, "content is missing".into(), raw)),
            Some((content, reading)) => match reading.order(content, key, None, &mut unknowns) {
                Ok(order) => page.records.push(Record::Order(order)),
                Err(failure) => page.failures.push(failure),
            },
        }
    }
    unknowns.log();
    if has_next {
        page.next = Next::Page((number + 1).to_string());
    }
    Ok(page)
}

/// The answer of a query by ids. Orders that were not asked for are left out.
pub(crate) fn details(response: &Response, wanted: &[Wanted]) -> Result<Fetched> {
    let mut fetched = Fetched::default();
    let Some(rows) = object::<Answer<Vec<&RawValue>>>(response)?.data else { return Ok(fetched) };
    let mut open: HashMap<&str, Option<DateTime<Utc>>> =
        wanted.iter().map(|wanted| (wanted.key.as_str(), wanted.changed_at)).collect();
    let mut unknowns = Unknowns::default();
    let mut unasked = 0_u64;
    fetched.records.reserve(rows.len().min(wanted.len()));
    for raw in rows {
        let reading = Reading::of(raw);
        let changed_at = match reading.key() {
            None => None,
            Some(key) => match open.remove(key) {
                Some(changed_at) => changed_at,
                None => {
                    unasked += 1;
                    continue;
                }
            },
        };
        match reading.order(raw, None, changed_at, &mut unknowns) {
            Ok(order) => fetched.records.push(Record::Order(order)),
            Err(failure) => fetched.failures.push(failure),
        }
    }
    unknowns.log();
    if unasked > 0 {
        tracing::debug!(
            orders = unasked,
            "smartstore: the answer holds orders that were not asked for, or twice"
        );
    }
    Ok(fetched)
}

/// The key of a row that is broken elsewhere, where it stands in the row itself.
fn key_of(raw: &RawValue) -> Text<'_> {
    serde_json::from_str::<Object<Key<'_>>>(raw.get()).unwrap_or_default().0.product_order_id
}

/// One element as far as it could be read.
enum Reading<'a> {
    Whole(Box<Element<'a>>),
    /// Only the key, and what is wrong with the rest.
    Broken(Text<'a>, String),
}

impl<'a> Reading<'a> {
    fn of(raw: &'a RawValue) -> Self {
        match serde_json::from_str::<Object<Element<'_>>>(raw.get()) {
            Ok(Object(element)) => Self::Whole(Box::new(element)),
            Err(error) => {
                let key = serde_json::from_str::<Object<ElementKey<'_>>>(raw.get()).unwrap_or_default();
                Self::Broken(key.0.product_order.0.product_order_id, decode_reason(&error))
            }
        }
    }

    fn key(&self) -> Option<&str> {
        match self {
            Self::Whole(element) => element.product_order.as_ref()?.product_order_id.filled(),
            Self::Broken(key, _) => key.filled(),
        }
    }

    /// The order, or why it is none; `outer_key` is the id that stands beside the element, where one does.
    fn order(
        &self,
        raw: &RawValue,
        outer_key: Option<&str>,
        changed_at: Option<DateTime<Utc>>,
        unknowns: &mut Unknowns,
    ) -> std::result::Result<Order, Failure> {
        let key = self.key().or(outer_key);
        match self {
            Self::Whole(element) => element.order(raw, key, changed_at, unknowns),
            Self::Broken(_, reason) => Err(reason.clone()),
        }
        .map_err(|reason| failure(key, reason, raw))
    }
}

impl Element<'_> {
    fn order(
        &self,
        raw: &RawValue,
        key: Option<&str>,
        changed_at: Option<DateTime<Utc>>,
        unknowns: &mut Unknowns,
    ) -> std::result::Result<Order, String> {
        let product = self.product_order.as_ref().ok_or("productOrder is missing")?;
        let key = key.ok_or("productOrder.productOrderId is missing")?;
        let status = product.product_order_status.require("productOrder.productOrderStatus", "a text")?;
        if status.trim().is_empty() {
            return Err("productOrder.productOrderStatus is blank".into());
        }
        let amount =
            *product.total_payment_amount.require("productOrder.totalPaymentAmount", "a whole number")?;
        let told = self.claims()?;
        let (claim_type, claim) = current(&told, product).unzip();
        let place = product.place_order_status.filled();
        let order_group_id =
            first([self.order.as_ref().map(|order| &order.order_id), Some(&product.order_id)]);
        let ordered_at = self.ordered_at(product, changed_at).ok_or(
            "none of orderDate, placeOrderDate, decisionDate, lastChangedDate holds a time that can be read",
        )?;
        let line = claims::OfLine { key, group: order_group_id.as_deref(), ordered_at, changed_at };
        let claims = claims::records(&told, &line, unknowns);
        Ok(Order {
            order_id: key.to_owned(),
            ordered_at,
            status: status.clone().into_owned(),
            state: state(Words { status, place, claim_type, claim }, unknowns),
            amount,
            order_place_id: first_place([&product.order_place_id, &product.inflow_path]),
            order_place_name: first_place([&product.order_place_name, &product.inflow_path_add]),
            product_id: first([Some(&product.product_id)]),
            product_name: first([Some(&product.product_name)]),
            option_id: first([Some(&product.option_code), Some(&product.item_no)]),
            option_name: first([Some(&product.product_option)]),
            seller_code: first([Some(&product.option_manage_code), Some(&product.seller_product_code)]),
            // `quantity` is the first one; what is left after partial claims is what has to be shipped.
            quantity: product.remain_quantity.get().or(product.quantity.get()).copied(),
            unit_price: product.unit_price.get().copied(),
            changed_at,
            claims,
            order_group_id,
            raw: raw.to_owned(),
        })
    }

    /// `orderDate`, `placeOrderDate`, `decisionDate`, `lastChangedDate`: the first that can be read.
    fn ordered_at(
        &self,
        product: &ProductOrder<'_>,
        changed_at: Option<DateTime<Utc>>,
    ) -> Option<DateTime<Utc>> {
        let read = |text: &Text<'_>| text.filled().and_then(parse_kst);
        self.order
            .as_ref()
            .and_then(|order| read(&order.order_date))
            .or_else(|| read(&product.order_date))
            .or_else(|| read(&product.place_order_date))
            .or_else(|| read(&product.decision_date))
            .or_else(|| read(&product.last_changed_date))
            .or(changed_at)
    }
}

/// Type and status of the claim that is open, or was the last one: the claim itself says it best, then the line, then the
/// deprecated twins.
fn current<'s>(told: &'s [Told<'_>], product: &'s ProductOrder<'_>) -> Option<(&'s str, &'s str)> {
    let of = |place| told.iter().filter(move |told| told.place == place).find_map(Told::words);
    of(claims::Place::Current)
        .or_else(|| Some((product.claim_type.filled().unwrap_or_default(), product.claim_status.filled()?)))
        .or_else(|| of(claims::Place::Twin))
}

/// The first text that is there, as it stands.
fn first<const N: usize>(texts: [Option<&Text<'_>>; N]) -> Option<String> {
    texts.into_iter().flatten().find_map(|text| text.filled()).map(str::to_owned)
}

/// As [`first`]; these fields carry the word `null` where there is nothing.
fn first_place(texts: [&Text<'_>; 2]) -> Option<String> {
    texts.into_iter().filter_map(|text| text.filled()).find(|text| text.trim() != "null").map(str::to_owned)
}

fn failure(key: Option<&str>, reason: String, raw: &RawValue) -> Failure {
    Failure { key: key.map(str::to_owned), reason, raw: Some(raw.to_owned()) }
}
