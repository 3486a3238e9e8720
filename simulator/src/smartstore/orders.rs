//! The calls that read orders: the list of changes, the details, the conditional list
//! (<https://apicenter.commerce.naver.com/docs/commerce-api/current>: `seller-get-last-changed-status-pay-order-seller`,
//! `seller-get-product-orders-pay-order-seller`, `seller-get-product-orders-with-conditions-pay-order-seller`, read
//! 2026-03-11).

use serde::Deserialize;

use super::answer::Stamp;
use super::book::{Book, RangeType, Stage};
use super::line::Line;
use super::payload;
use super::settings::Settings;
use crate::answer::Answer;
use crate::calls::FeedCall;
use crate::instant::{DAY, Fraction, Millis, parse_request_date};
use crate::json::Json;

/// Rows of one page, and ids of one query.
const MOST: usize = 300;
/// A rough size of one order's details, to reserve memory by.
const DETAIL_BYTES: usize = 3_200;
const CHANGES: [&str; 13] = [
    "PAY_WAITING",
    "PAYED",
    "EXCHANGE_OPTION",
    "DELIVERY_ADDRESS_CHANGED",
    "GIFT_RECEIVED",
    "CLAIM_REJECTED",
    "DISPATCHED",
    "CLAIM_REQUESTED",
    "COLLECT_DONE",
    "CLAIM_COMPLETED",
    "PURCHASE_DECIDED",
    "HOPE_DELIVERY_INFO_CHANGED",
    "CLAIM_REDELIVERING",
];

/// The parameters of a query string; `+` is a blank there, as everywhere on the web.
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(crate) fn read(query: &str) -> Self {
        Self(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    pub(crate) fn one(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn feed_call(&self) -> FeedCall {
        let owned = |name| self.one(name).map(str::to_owned);
        FeedCall {
            from: owned("lastChangedFrom").unwrap_or_default(),
            to: owned("lastChangedTo"),
            sequence: owned("moreSequence"),
        }
    }

    /// Both ends of a window of at most 24 hours, of which the second may be left out.
    fn window(
        &self,
        names: [&str; 2],
        settings: &Settings,
        stamp: &Stamp,
    ) -> Result<(Millis, Millis), Answer> {
        let date = |name: &str, text: &str| {
            parse_request_date(text, settings.lenient_dates).ok_or_else(|| stamp.bad_parameter(name))
        };
        let from = date(names[0], self.one(names[0]).unwrap_or_default())?;
        let to = match self.one(names[1]) {
            Some(text) => date(names[1], text)?,
            None => from + DAY,
        };
        if to < from || (self.one(names[1]).is_some() && to > stamp.at && !settings.allow_future_to) {
            return Err(stamp.bad_parameter(names[1]));
        }
        if to - from > DAY {
            return Err(stamp.window_too_wide());
        }
        Ok((from, to.min(stamp.at)))
    }
}

pub(crate) fn feed(
    book: &Book,
    parameters: &Parameters,
    settings: &Settings,
    stamp: &Stamp,
    endless: bool,
) -> Result<Answer, Answer> {
    let (from, to) = parameters.window(["lastChangedFrom", "lastChangedTo"], settings, stamp)?;
    let change = parameters.one("lastChangedType");
    if change.is_some_and(|change| !CHANGES.contains(&change)) {
        return Err(stamp.bad_parameter("lastChangedType"));
    }
    let sequence = match parameters.one("moreSequence") {
        None => 0,
        Some(text) => text.parse().map_err(|_| stamp.bad_parameter("moreSequence"))?,
    };
    let limit = match parameters.one("limitCount") {
        None => MOST,
        Some(text) => match text.parse::<usize>() {
            Ok(limit) if limit > 0 => limit.min(MOST),
            _ => return Err(stamp.bad_parameter("limitCount")),
        },
    };
    let page = book.feed(from, to, sequence, change, limit);
    let mut json = Json::with_capacity(512 + page.rows.len() * 320);
    stamp.open(&mut json);
    // An empty window is answered without `data`.
    if !page.rows.is_empty() {
        json.open_field("data", b'{');
        json.open_field("lastChangeStatuses", b'[');
        for line in &page.rows {
            write_change(&mut json, *line);
        }
        json.close(b']');
        let more = if endless { Some((from, sequence)) } else { page.more };
        if let Some((from, sequence)) = more {
            json.open_field("more", b'{');
            json.date("moreFrom", from, Fraction::Three);
            json.id("moreSequence", sequence);
            json.close(b'}');
        }
        json.number("count", i64::try_from(page.rows.len()).expect("at most a page"));
        json.close(b'}');
    }
    json.close(b'}');
    Ok(Answer::json(200, json.into_bytes()).with_rows(page.rows.len()))
}

fn write_change(json: &mut Json, line: Line<'_>) {
    let (order, wording) = (line.order, line.wording());
    json.open(b'{');
    json.id("productOrderId", order.id);
    json.id("orderId", order.group);
    json.text("lastChangedType", wording.change);
    if order.stage != Stage::Waiting {
        json.date("paymentDate", order.paid_at, Fraction::Shortest);
    }
    json.date("lastChangedDate", order.changed_at, Fraction::Shortest);
    json.text("productOrderStatus", wording.feed_status);
    if let Some((claim, status)) = wording.feed_claim {
        json.text("claimType", claim);
        json.text("claimStatus", status);
    }
    json.boolean("receiverAddressChanged", order.stage == Stage::AddressChanged);
    if order.stage == Stage::GiftReceived {
        json.text("giftReceivingStatus", "RECEIVED");
    }
    json.close(b'}');
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Query {
    product_order_ids: Option<Vec<String>>,
}

/// The ids of a query; `None` when it cannot be read.
pub(crate) fn query_ids(body: &[u8]) -> Option<Vec<String>> {
    serde_json::from_slice(body).ok().map(|query: Query| query.product_order_ids.unwrap_or_default())
}

/// Ids that the shop does not have are left out. What the platform does with them is not documented.
/// At most 300.
pub(crate) fn query(book: &Book, body: &[u8], ids: &[String], stamp: &Stamp) -> Result<Answer, Answer> {
    if ids.is_empty() || ids.len() > MOST {
        let is_readable = query_ids(body).is_some();
        return Err(if is_readable {
            stamp.bad_parameter("productOrderIds")
        } else {
            stamp.unreadable_body()
        });
    }
    let mut json = Json::with_capacity(256 + ids.len() * DETAIL_BYTES);
    let mut rows = 0;
    stamp.open(&mut json);
    json.open_field("data", b'[');
    for line in ids.iter().filter_map(|id| book.line(id.parse().ok()?)) {
        payload::write(&mut json, line, true);
        rows += 1;
    }
    json.close(b']');
    json.close(b'}');
    Ok(Answer::json(200, json.into_bytes()).with_rows(rows))
}

/// The product orders of the order in the path.
pub(crate) fn lines(book: &Book, path: &str, stamp: &Stamp) -> Result<Answer, Answer> {
    let order = path.rsplit('/').nth(1).unwrap_or_default();
    let lines = book.orders().iter().filter(|line| line.group.to_string() == order);
    let ids: Vec<String> = lines.map(|line| line.id.to_string()).collect();
    if ids.is_empty() {
        return Err(stamp.known_error("100003"));
    }
    let mut json = Json::default();
    stamp.open(&mut json);
    json.name("data");
    json.raw(&serde_json::to_vec(&ids).expect("texts"));
    json.close(b'}');
    Ok(Answer::json(200, json.into_bytes()).with_rows(ids.len()))
}

pub(crate) fn list(
    book: &Book,
    parameters: &Parameters,
    settings: &Settings,
    stamp: &Stamp,
    endless: bool,
) -> Result<Answer, Answer> {
    let (from, to) = parameters.window(["from", "to"], settings, stamp)?;
    let by = match parameters.one("rangeType") {
        None | Some("PAYED_DATETIME") => RangeType::Paid,
        Some("ORDERED_DATETIME") => RangeType::Ordered,
        Some("DISPATCHED_DATETIME") => RangeType::Dispatched,
        Some("PURCHASE_DECIDED_DATETIME") => RangeType::Decided,
        Some("CLAIM_REQUESTED_DATETIME") => RangeType::ClaimRequested,
        Some("CLAIM_COMPLETED_DATETIME") => RangeType::ClaimCompleted,
        Some("COLLECT_COMPLETED_DATETIME") => RangeType::Collected,
        Some("GIFT_RECEIVED_DATETIME") => RangeType::GiftReceived,
        Some("HOPE_DELIVERY_INFO_CHANGED_DATETIME") => RangeType::HopeDeliveryChanged,
        Some(_) => return Err(stamp.bad_parameter("rangeType")),
    };
    let number = |name: &str, default: usize, most: usize| match parameters.one(name).map(str::parse) {
        None => Ok(default),
        Some(Ok(value)) if (1..=most).contains(&value) => Ok(value),
        Some(_) => Err(stamp.bad_parameter(name)),
    };
    let size = number("pageSize", MOST, MOST)?;
    let page = number("page", 1, usize::MAX)?;
    let statuses: Vec<&str> = parameters.all("productOrderStatuses").collect();
    let claims: Vec<&str> = parameters.all("claimStatuses").collect();
    // Nothing here takes a confirmation back, which would be CANCEL.
    let place = parameters.one("placeOrderStatusType");
    if place.is_some_and(|place| !["NOT_YET", "OK", "CANCEL"].contains(&place)) {
        return Err(stamp.bad_parameter("placeOrderStatusType"));
    }
    let place_of = |line: &Line<'_>| if line.confirmed_at().is_some() { "OK" } else { "NOT_YET" };
    let mut matching = book
        .list(by, from, to)
        .filter(|line| statuses.is_empty() || statuses.contains(&line.order.stage.status()))
        .filter(|line| place.is_none_or(|place| place == place_of(line)))
        .filter(|line| {
            claims.is_empty() || line.wording().claim.is_some_and(|(_, status)| claims.contains(&status))
        })
        .skip(if endless { 0 } else { (page - 1).saturating_mul(size) });
    let mut json = Json::with_capacity(256 + size * DETAIL_BYTES);
    let mut rows = 0;
    stamp.open(&mut json);
    json.open_field("data", b'{');
    json.open_field("contents", b'[');
    for line in matching.by_ref().take(size) {
        json.open(b'{');
        json.id("productOrderId", line.order.id);
        json.name("content");
        payload::write(&mut json, line, false);
        json.close(b'}');
        rows += 1;
    }
    json.close(b']');
    json.open_field("pagination", b'{');
    json.number("page", i64::try_from(page).unwrap_or(i64::MAX));
    json.number("size", i64::try_from(size).expect("at most a page"));
    json.boolean("hasNext", endless || matching.next().is_some());
    json.close(b'}');
    json.close(b'}');
    json.close(b'}');
    Ok(Answer::json(200, json.into_bytes()).with_rows(rows))
}
