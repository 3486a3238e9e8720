//! From the Admin API's orders to order lines: one per item, since the status belongs to the item.
//!
//! Fields: <https://developers.cafe24.com/docs/ko/api/admin/#orders> (version 2026-03-01, read 2026-10).

use chrono::{DateTime, Utc};
use connector_core::http::{Response, decode_reason};
use connector_core::lenient::{self, Lenient, Text, Whole};
use connector_core::time::parse_kst;
use connector_core::{Error, Failure, Order, RELAYED, Record, Result};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::object::Object;
use crate::state::{Progress, state};

/// Places that are markets, for orders that do not name their market: SmartStore, Coupang, 11st.
const MARKETS: [&str; 3] = ["shopn", "coupang", "sk11st"];

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireOrder<'a> {
    #[serde(borrow)]
    order_id: Text<'a>,
    #[serde(borrow)]
    order_date: Text<'a>,
    #[serde(borrow)]
    currency: Text<'a>,
    #[serde(borrow)]
    market_id: Text<'a>,
    #[serde(borrow)]
    order_place_id: Text<'a>,
    #[serde(borrow)]
    order_place_name: Text<'a>,
    #[serde(borrow)]
    items: Option<Vec<&'a RawValue>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireItem<'a> {
    #[serde(borrow)]
    order_item_code: Text<'a>,
    #[serde(borrow)]
    product_no: Text<'a>,
    #[serde(borrow)]
    product_name: Text<'a>,
    #[serde(borrow)]
    variant_code: Text<'a>,
    #[serde(borrow)]
    option_value: Text<'a>,
    #[serde(borrow)]
    custom_variant_code: Text<'a>,
    #[serde(borrow)]
    custom_product_code: Text<'a>,
    #[serde(borrow)]
    order_status: Text<'a>,
    #[serde(borrow)]
    ordered_date: Text<'a>,
    #[serde(borrow)]
    shipped_date: Text<'a>,
    #[serde(borrow)]
    delivered_date: Text<'a>,
    #[serde(borrow)]
    purchaseconfirmation_date: Text<'a>,
    quantity: Whole,
    product_price: Whole,
    option_price: Whole,
    additional_discount_price: Whole,
    coupon_discount_price: Whole,
    payment_amount: Whole,
}

/// The order lines of a page, and how many orders it held.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub records: Vec<Record>,
    pub failures: Vec<Failure>,
    /// The page is the last one when this is less than was asked for, whatever became of its rows.
    pub orders: usize,
}

/// Reads a list of orders with their items.
///
/// # Errors
/// `Decode` when there is no list of orders.
pub(crate) fn page(response: &Response) -> Result<Read> {
    let object: Object<'_> = response.json()?;
    let Some(list) = object.first(&["orders"]) else {
        return Err(Error::decode(format!("orders is not in the answer, which holds: {}", object.names()))
            .with_fix("check mall_base_url, or report it: the server speaks another shape"));
    };
    let orders: Vec<&RawValue> = serde_json::from_str(list.get())
        .map_err(|error| Error::decode(format!("orders is no list: {}", decode_reason(&error))))?;
    let mut read = Read { orders: orders.len(), ..Read::default() };
    for raw in orders {
        if let Err((key, reason)) = lines(raw, &mut read) {
            read.failures.push(Failure { key, reason, raw: Some(raw.to_owned()) });
        }
    }
    Ok(read)
}

/// How many orders a list has in all; nothing where the platform answers something else, as it has done.
pub(crate) fn count(response: &Response) -> Option<i64> {
    #[derive(Deserialize)]
    struct Count {
        #[serde(default)]
        count: Whole,
    }
    response.json::<lenient::Object<Count>>().ok()?.count.get().copied()
}

/// The order that a line belongs to: `20260710-0000013` of `20260710-0000013-02`.
pub(crate) fn order_of(line: &str) -> &str {
    match line.match_indices('-').nth(1) {
        Some((at, _)) => &line[..at],
        None => line,
    }
}

type Unread = (Option<String>, String);

fn lines(raw: &RawValue, read: &mut Read) -> Result<(), Unread> {
    let order: WireOrder<'_> = lenient::object(raw).map_err(|reason| (None, reason))?;
    let order_id = order.order_id.filled().ok_or((None, "order_id is missing".to_owned()))?;
    let items = order.items.as_ref().filter(|items| !items.is_empty());
    // Lines have keys, orders have none: nothing could ever be fetched under an order's own number.
    let items = items.ok_or_else(|| (None, format!("items of {order_id} is missing or empty")))?;
    for item in items {
        match line(&order, order_id, raw, item) {
            Ok(order) => read.records.push(Record::Order(order)),
            Err((key, reason)) => read.failures.push(Failure { key, reason, raw: Some((*item).to_owned()) }),
        }
    }
    Ok(())
}

fn line(order: &WireOrder<'_>, order_id: &str, whole: &RawValue, raw: &RawValue) -> Result<Order, Unread> {
    let item: WireItem<'_> = lenient::object(raw).map_err(|reason| (key_of(raw), reason))?;
    let key = item
        .order_item_code
        .filled()
        .ok_or_else(|| (None, format!("items.order_item_code of {order_id} is missing")))?;
    let unread = |reason: String| (Some(key.to_owned()), reason);
    // Sums over two currencies would be wrong without a sign of it.
    if let Some(currency) = order.currency.filled().filter(|currency| *currency != "KRW") {
        let known = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
        let currency = if known { currency } else { "(no currency code)" };
        return Err(unread(format!(
            "currency is {currency}: only won are stored; leave this shop out of shop_nos"
        )));
    }
    let status = item.order_status.require("items.order_status", "a text").map_err(unread)?;
    let ordered_at = [&order.order_date, &item.ordered_date].into_iter().find_map(time);
    let ordered_at =
        ordered_at.ok_or_else(|| unread("order_date holds no time that can be read".to_owned()))?;
    let progress = Progress {
        shipped: time(&item.shipped_date).is_some(),
        delivered: time(&item.delivered_date).is_some(),
        decided: time(&item.purchaseconfirmation_date).is_some(),
    };
    let (order_place_id, order_place_name) = place(order);
    let owned = |text: &Text<'_>| text.filled().map(str::to_owned);
    Ok(Order {
        order_id: key.to_owned(),
        order_group_id: Some(order_id.to_owned()),
        ordered_at,
        status: status.clone().into_owned(),
        state: state(status.trim(), progress),
        amount: amount(&item).map_err(unread)?,
        order_place_id,
        order_place_name,
        product_id: owned(&item.product_no),
        product_name: owned(&item.product_name),
        option_id: owned(&item.variant_code),
        option_name: owned(&item.option_value),
        seller_code: owned(&item.custom_variant_code).or_else(|| owned(&item.custom_product_code)),
        quantity: item.quantity.get().copied(),
        unit_price: unit_price(&item),
        changed_at: None,
        // The order whole, as it was sent: what is the order's belongs to each of its lines.
        claims: Vec::new(),
        raw: whole.to_owned(),
    })
}

/// A time; `0000-00-00` stands for none.
fn time(text: &Text<'_>) -> Option<DateTime<Utc>> {
    text.filled().and_then(parse_kst)
}

/// Price and surcharge of one piece, as far as both can be read.
fn unit_price(item: &WireItem<'_>) -> Option<i64> {
    let surcharge = match &item.option_price {
        Lenient::Is(surcharge) => *surcharge,
        Lenient::Absent => 0,
        Lenient::Wrong => return None,
    };
    item.product_price.get()?.checked_add(surcharge)
}

/// What the buyer pays for the line: the platform's own figure, else price by quantity less the line's discounts.
fn amount(item: &WireItem<'_>) -> Result<i64, String> {
    match &item.payment_amount {
        Lenient::Is(amount) => return Ok(*amount),
        Lenient::Wrong => return Err("items.payment_amount is no whole number of won".to_owned()),
        Lenient::Absent => {}
    }
    let part = |value: &Whole, field: &str| match value {
        Lenient::Is(value) => Ok(*value),
        Lenient::Absent => Ok(0),
        Lenient::Wrong => Err(format!("items.{field} is no whole number of won")),
    };
    let price = *item.product_price.require("items.product_price", "a whole number of won")?;
    let quantity = *item.quantity.require("items.quantity", "a whole number")?;
    let option = part(&item.option_price, "option_price")?;
    let discount = part(&item.additional_discount_price, "additional_discount_price")?;
    let coupon = part(&item.coupon_discount_price, "coupon_discount_price")?;
    // Four factors of 64 bits do not overflow 128.
    let amount = (i128::from(price) + i128::from(option)) * i128::from(quantity)
        - i128::from(discount)
        - i128::from(coupon);
    i64::try_from(amount).map_err(|_| "the item's prices add up to more than any amount".to_owned())
}

/// The key of a line that is broken elsewhere.
fn key_of(raw: &RawValue) -> Option<String> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Key<'a> {
        #[serde(borrow)]
        order_item_code: Text<'a>,
    }
    let key: lenient::Object<Key<'_>> = serde_json::from_str(raw.get()).ok()?;
    key.order_item_code.filled().map(str::to_owned)
}

/// Where the buyer came from; for a relayed line the market that sold it.
fn place(order: &WireOrder<'_>) -> (Option<String>, Option<String>) {
    let id = order.order_place_id.filled().map(str::to_owned);
    let name = order.order_place_name.filled().map(str::to_owned);
    let sold_by = match order.market_id.filled().map(str::trim) {
        Some("self") => None,
        Some(market) => Some(market.to_owned()),
        None => id.clone().filter(|id| MARKETS.contains(&id.as_str())),
    };
    match sold_by {
        None => (id, name),
        Some(market) => {
            let shown = match name.filter(|name| *name != market) {
                Some(name) => format!("{market} ({name})"),
                None => market.clone(),
            };
            (Some(market), Some(format!("{RELAYED}{shown}")))
        }
    }
}

#[cfg(test)]
#[path = "orders/tests.rs"]
mod tests;
