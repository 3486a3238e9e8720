//! Cancellations, returns, exchanges and what buyers take back: lists of their own, by the day on which each was made.
//!
//! <https://developers.coupangcorp.com/hc/ko/articles/360033919613> (returns),
//! <https://developers.coupangcorp.com/hc/ko/articles/360033397594> (exchanges), read 2026-11.

use chrono::NaiveDate;
use connector_core::http::{Client, Request};
use connector_core::{DayList, Page, Place, ReadRequest, Result};

use crate::answer;
use crate::orders::shown;
use crate::settings::OrderApi;
use crate::{Coupang, patient};

pub(crate) mod exchanges;
mod model;
pub(crate) mod returns;
mod withdrawn;

/// Cancelled before the seller confirmed.
const CANCELS: &str = "CANCEL";
/// Returns by status, in the order of a return's life: stop the parcel, come back, disputed, done.
const RETURNS: [&str; 4] = ["RU", "UC", "PR", "CC"];
const EXCHANGES: &str = "EXCHANGE";
/// Returns that their buyers took back leave all other lists; this one comes last.
const WITHDRAWN: &str = "WITHDRAWN";

const LISTS: [&str; 7] = [CANCELS, RETURNS[0], RETURNS[1], RETURNS[2], RETURNS[3], EXCHANGES, WITHDRAWN];

/// The platform takes 31 days of returns and advises less: it answers wide ranges too late.
const RETURN_DAYS: u32 = 15;
/// Of exchanges and withdrawals it takes a week, and gives few on a page.
const WEEK: u32 = 7;

const RETURN_ROWS: usize = 50;
const EXCHANGE_ROWS: usize = 10;
/// Each brings a call for its order.
const WITHDRAWN_ROWS: usize = 20;

pub(crate) const RETURN_LIST: &str = "returnRequests";
const RETURN: &str = "returnRequests/receiptId";
pub(crate) const EXCHANGE_LIST: &str = "exchangeRequests";
const WITHDRAWN_LIST: &str = "returnWithdrawRequests";

/// The lists of the stream.
pub(crate) fn day_lists() -> Vec<DayList> {
    let list = |list| match list {
        CANCELS => DayList::new("cancellations", list, RETURN_DAYS),
        EXCHANGES => DayList::new("exchanges", list, WEEK),
        WITHDRAWN => DayList::new("withdrawn returns", list, WEEK),
        status => DayList::new(format!("returns in {status}"), status, RETURN_DAYS),
    };
    LISTS.into_iter().map(list).collect()
}

/// The first and the last of some days.
type Days = (NaiveDate, NaiveDate);

impl Coupang {
    /// One page of one list.
    pub(crate) async fn read_claims(&self, http: &Client, request: &ReadRequest) -> Result<Page> {
        let days = request.within()?.days();
        let place = request.place(&LISTS, |list| list)?;
        let returns = || self.return_list(days).query("maxPerPage", RETURN_ROWS);
        let request = match place.list {
            WITHDRAWN => return self.read_withdrawn(http, days, place).await,
            EXCHANGES => self.exchange_list(days),
            CANCELS => returns().query("cancelType", CANCELS),
            status => returns().query("status", status),
        };
        http.ask(request.query_some("nextToken", place.token), |response| match place.list {
            EXCHANGES => answer::page(response, place, EXCHANGE_ROWS, exchanges::page),
            _ => answer::page(response, place, RETURN_ROWS, returns::page),
        })
        .await
    }

    /// Returns and cancellations that were made on these days.
    pub(crate) fn return_list(&self, (first, last): Days) -> Request {
        patient(Request::get(RETURN_LIST, self.return_path()))
            .query("createdAtFrom", first)
            .query("createdAtTo", last)
    }

    /// Exchanges that were made on these days.
    pub(crate) fn exchange_list(&self, (first, last): Days) -> Request {
        patient(Request::get(EXCHANGE_LIST, format!("{}/{EXCHANGE_LIST}", self.vendor_path("v4"))))
            .query("createdAtFrom", format!("{first}T00:00:00"))
            .query("createdAtTo", format!("{last}T23:59:59"))
            .query("maxPerPage", EXCHANGE_ROWS)
    }

    /// One return; none where its buyer took it back, or it is no return.
    pub(crate) async fn one_return(&self, http: &Client, receipt_id: &str) -> Result<Page> {
        let request = Request::get(RETURN, format!("{}/{receipt_id}", self.return_path()));
        Ok(shown(http, request, returns::read).await?.unwrap_or_default())
    }

    fn return_path(&self) -> String {
        let version = if self.settings.order_api == OrderApi::V5 { "v6" } else { "v4" };
        format!("{}/{RETURN_LIST}", self.vendor_path(version))
    }

    /// A page of returns that were taken back. The list names order and options, and not the parcel that a line's id begins
    /// with; so the order is looked up.
    async fn read_withdrawn(
        &self,
        http: &Client,
        (first, last): Days,
        place: Place<'_, &str>,
    ) -> Result<Page> {
        let path = format!("{}/{WITHDRAWN_LIST}", self.vendor_path("v4"));
        let request = patient(Request::get(WITHDRAWN_LIST, path))
            .query("dateFrom", first)
            .query("dateTo", last)
            .query("pageIndex", place.token.unwrap_or("1"))
            .query("sizePerPage", WITHDRAWN_ROWS);
        let mut withdrawn = Vec::new();
        let read = |rows: &[&_]| withdrawn::page(rows, &mut withdrawn);
        let mut page =
            http.ask(request, |response| answer::page(response, place, WITHDRAWN_ROWS, read)).await?;
        for row in withdrawn {
            let lines = self.order(http, &row.order_id).await?.records;
            page.records.extend(row.claims(&lines));
        }
        Ok(page)
    }
}

#[cfg(test)]
mod tests;
