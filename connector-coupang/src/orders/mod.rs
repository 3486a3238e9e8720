//! The order sheets: by status and days, one parcel, or one order.

use chrono::NaiveDate;
use connector_core::http::{Client, Request, Response};
use connector_core::sync::Window;
use connector_core::time::kst_text;
use connector_core::{DayList, Error, ErrorKind, FetchRequest, Fetched, Page, ReadRequest, Result};

use crate::answer::{self, Envelope};
use crate::fault::NO_SUCH_API;
use crate::settings::{OrderApi, OrderList};
use crate::{Coupang, patient};

pub(crate) mod model;

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
    pub(crate) async fn read_orders(&self, http: &Client, request: &ReadRequest) -> Result<Page> {
        let window = request.within()?;
        let place = request.place(&STATUSES, |status| status)?;
        if self.settings.order_list == OrderList::Minute {
            return http.ask(self.minute_list(place.list, window), page_of).await;
        }
        let request =
            self.day_list(place.list, window.days(), PAGE_BOXES).query_some("nextToken", place.token);
        http.ask(request, |response| answer::page(response, place, PAGE_BOXES, model::page)).await
    }

    /// The cheapest call that proves key, address and vendor: one parcel of today.
    pub(crate) async fn check_orders(&self, http: &Client, today: NaiveDate) -> Result<()> {
        let request = self.day_list(STATUSES[0], (today, today), 1);
        http.ask(request, |response| Envelope::of(response).map(drop)).await
    }

    /// Parcels by id, a call each; those that the platform shows no more are gone: cancelled or returned as a whole.
    pub(crate) async fn fetch_orders(&self, http: &Client, request: &FetchRequest) -> Result<Fetched> {
        let mut fetched = Fetched::default();
        for id in request.wholes(model::box_of) {
            let path = format!("{}/{LIST}/{id}", self.order_path());
            let page = shown(http, Request::get(BOX, path), page_of).await?;
            let page = page.map(|page| model::only(id, page)).unwrap_or_default();
            let keys = request.keys.iter().map(|wanted| &wanted.key);
            let is_shown = |key: &str| page.records.iter().any(|record| record.key() == key);
            let gone = keys.filter(|key| model::box_of(key) == Some(id) && !is_shown(key)).cloned();
            if page.failures.is_empty() {
                fetched.gone.extend(gone);
            }
            fetched.records.extend(page.records);
            fetched.failures.extend(page.failures);
        }
        Ok(fetched)
    }

    /// All parcels of an order; none where the platform shows it no more.
    pub(crate) async fn order(&self, http: &Client, order_id: &str) -> Result<Page> {
        let path = format!("{}/{order_id}/{LIST}", self.order_path());
        Ok(shown(http, Request::get(BY_ORDER, path), page_of).await?.unwrap_or_default())
    }

    /// A list by minutes, both of which count: all its rows at once.
    fn minute_list(&self, status: &str, window: Window) -> Request {
        let minute = |at| kst_text(at)[..16].to_owned();
        self.list(status, minute(window.from), minute(window.to)).query("searchType", "timeFrame")
    }

    fn day_list(&self, status: &str, (first, last): (NaiveDate, NaiveDate), most: usize) -> Request {
        self.list(status, first.to_string(), last.to_string()).query("maxPerPage", most)
    }

    /// What was ordered between the two, which the newer version wants with an offset.
    fn list(&self, status: &str, from: String, to: String) -> Request {
        let zone = if self.settings.order_api == OrderApi::V5 { "+09:00" } else { "" };
        patient(Request::get(LIST, format!("{}/{LIST}", self.order_path())))
            .query("createdAtFrom", from + zone)
            .query("createdAtTo", to + zone)
            .query("status", status)
    }

    fn order_path(&self) -> String {
        self.vendor_path(if self.settings.order_api == OrderApi::V5 { "v5" } else { "v4" })
    }
}

fn page_of(response: &Response) -> Result<Page> {
    Ok(model::page(&Envelope::of(response)?.rows()?))
}

/// What `read` reads of a single thing; `None` where the platform says that it is not there, or no more: by 404 or 400, and by
/// no word of its own.
pub(crate) async fn shown<T>(
    http: &Client,
    request: Request,
    read: impl FnOnce(&Response) -> Result<T> + Send,
) -> Result<Option<T>> {
    let is_gone = |error: &Error| {
        matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Rejected)
            && matches!(error.status(), Some(400 | 404))
            && error.code() != Some(NO_SUCH_API)
    };
    match http.ask(request, read).await {
        Ok(read) => Ok(Some(read)),
        Err(error) if is_gone(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
