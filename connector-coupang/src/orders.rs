//! The order sheets: by status and days, one parcel, or one order.

use chrono::NaiveDate;
use connector_core::http::{Client, Request, Response};
use connector_core::sync::Window;
use connector_core::time::kst_text;
use connector_core::{
    DayList, Error, ErrorKind, Failure, FetchRequest, Fetched, Next, Page, Record, Result, StreamSpec,
};

use crate::envelope::Envelope;
use crate::fault::NO_SUCH_API;
use crate::place::{Place, days};
use crate::settings::{OrderApi, OrderList};
use crate::{Coupang, ORDERS, patient};

pub(crate) mod model;

use model::Read;

/// The statuses, one to a call, in the order of an order's life: a parcel that moves on while they are read is seen again
/// behind its move. <https://developers.coupangcorp.com/hc/ko/articles/360033919573> (read 2026-11)
pub(crate) const STATUSES: [&str; 6] =
    ["ACCEPT", "INSTRUCT", "DEPARTURE", "DELIVERING", "FINAL_DELIVERY", "NONE_TRACKING"];

/// Parcels on a page, the most there may be.
const PAGE_BOXES: usize = 50;

/// A range counts both of its ends, and its bound is told as 31 and as 32 days.
pub(crate) const MAX_DAYS: u32 = 30;

const LIST: &str = "ordersheets";
const BOX: &str = "ordersheets/shipmentBoxId";
const BY_ORDER: &str = "orderId/ordersheets";

/// The lists of the stream.
pub(crate) fn day_lists(list: OrderList) -> Vec<DayList> {
    // A list by minutes takes 24 hours at most.
    let parts_of_days = list == OrderList::Minute;
    let max_days = if parts_of_days { 1 } else { MAX_DAYS };
    let list = |status: &&str| DayList {
        parts_of_days,
        ..DayList::new(format!("orders in {status}"), *status, max_days)
    };
    STATUSES.iter().map(list).collect()
}

impl Coupang {
    /// One page of one status.
    pub(crate) async fn read_orders(
        &self,
        http: &Client,
        window: Window,
        page: Option<&str>,
    ) -> Result<Page> {
        let place = Place::parse(page, &STATUSES)?;
        let by_minute = self.settings.order_list == OrderList::Minute;
        let (first, last) = days(window);
        let request = match place.token {
            _ if by_minute => self.minute_request(place.list, window),
            Some(token) => self.list_request(place.list, first, last, PAGE_BOXES).query("nextToken", token),
            None => self.list_request(place.list, first, last, PAGE_BOXES),
        };
        let response = http.send(request).await?;
        let envelope = Envelope::of(&response).map_err(|error| error.in_operation(LIST))?;
        let read = Read::of(&envelope).map_err(|error| error.in_operation(LIST))?;
        let next = if by_minute { Next::Done } else { place.then(read.boxes, PAGE_BOXES, envelope.next()) };
        Ok(Page { records: read.records, failures: read.failures, next, ..Page::default() })
    }

    /// The cheapest call that proves key, address and vendor: one parcel of today.
    pub(crate) async fn check_orders(&self, http: &Client, today: NaiveDate) -> Result<()> {
        let response = http.send(self.list_request(STATUSES[0], today, today, 1)).await?;
        Envelope::of(&response).map(drop).map_err(|error| error.in_operation(LIST))
    }

    /// Parcels by id, a call each; those that the platform shows no more are gone.
    pub(crate) async fn fetch_orders(&self, http: &Client, request: &FetchRequest) -> Result<Fetched> {
        let mut fetched = Fetched::default();
        let mut boxes: Vec<&str> = Vec::new();
        for wanted in &request.keys {
            match model::box_of(&wanted.key) {
                Some(id) if !boxes.contains(&id) => boxes.push(id),
                Some(_) => {}
                None => fetched.failures.push(Failure {
                    key: Some(wanted.key.clone()),
                    reason: "the key does not begin with a parcel's number".to_owned(),
                    raw: None,
                }),
            }
        }
        for id in boxes {
            let path = format!("{}/{LIST}/{id}", self.order_path());
            let read = match shown(http, Request::get(BOX, path)).await? {
                Some(response) => only(id, read(&response, BOX)?),
                None => {
                    tracing::info!("a parcel is shown no more: cancelled or returned as a whole");
                    Read::default()
                }
            };
            if read.failures.is_empty() {
                let is_missing = |key: &&String| !read.records.iter().any(|record| record.key() == **key);
                let keys = request.keys.iter().map(|wanted| &wanted.key);
                fetched
                    .gone
                    .extend(keys.filter(|key| model::box_of(key) == Some(id)).filter(is_missing).cloned());
            }
            fetched.records.extend(read.records);
            fetched.failures.extend(read.failures);
        }
        Ok(fetched)
    }

    /// All parcels of an order; none where the platform shows it no more.
    pub(crate) async fn order(&self, http: &Client, order_id: &str) -> Result<Read> {
        let path = format!("{}/{order_id}/{LIST}", self.order_path());
        let response = shown(http, Request::get(BY_ORDER, path)).await?;
        response.map_or_else(|| Ok(Read::default()), |response| read(&response, BY_ORDER))
    }

    /// A list by minutes, both of which count: all its rows at once.
    fn minute_request(&self, status: &str, window: Window) -> Request {
        let minute = |at| format!("{}{}", &kst_text(at)[..16], self.zone());
        patient(Request::get(LIST, format!("{}/{LIST}", self.order_path())))
            .query("createdAtFrom", minute(window.from))
            .query("createdAtTo", minute(window.to))
            .query("searchType", "timeFrame")
            .query("status", status)
    }

    fn zone(&self) -> &'static str {
        if self.settings.order_api == OrderApi::V5 { "+09:00" } else { "" }
    }

    fn list_request(&self, status: &str, first: NaiveDate, last: NaiveDate, most: usize) -> Request {
        let zone = self.zone();
        patient(Request::get(LIST, format!("{}/{LIST}", self.order_path())))
            .query("createdAtFrom", format!("{first}{zone}"))
            .query("createdAtTo", format!("{last}{zone}"))
            .query("status", status)
            .query("maxPerPage", most.to_string())
    }

    fn order_path(&self) -> String {
        self.vendor_path(if self.settings.order_api == OrderApi::V5 { "v5" } else { "v4" })
    }
}

/// What was read of a parcel, unless the answer is about another one.
fn only(id: &str, mut read: Read) -> Read {
    let is_other = |record: &Record| model::box_of(&record.key()) != Some(id);
    for record in read.records.extract_if(.., |record| is_other(record)) {
        let reason = "the answer is about another parcel than was asked for".to_owned();
        read.failures.push(Failure { key: None, reason, raw: Some(record.raw().to_owned()) });
    }
    read
}

fn read(response: &Response, operation: &'static str) -> Result<Read> {
    Envelope::of(response)
        .and_then(|envelope| Read::of(&envelope))
        .map_err(|error| error.in_operation(operation))
}

/// The answer about a single thing; `None` where the platform says that it is not there, or no more: by 404 or 400, and by no
/// word of its own.
pub(crate) async fn shown(http: &Client, request: Request) -> Result<Option<Response>> {
    let is_gone = |error: &Error| {
        matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Rejected)
            && matches!(error.status(), Some(400 | 404))
            && error.code() != Some(NO_SUCH_API)
    };
    match http.send(request).await {
        Ok(response) => Ok(Some(response)),
        Err(error) if is_gone(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Refuses fetching where records do not come by key.
pub(crate) fn only_orders(stream: &StreamSpec) -> Result<()> {
    if stream.name == ORDERS.name {
        return Ok(());
    }
    Err(Error::unsupported(&format!("fetching {} by key", stream.name)))
}

#[cfg(test)]
mod tests;
