//! Cancellations, returns, exchanges and what buyers take back: lists of their own, by the day on which each was made.
//!
//! <https://developers.coupangcorp.com/hc/ko/articles/360033919613> (returns),
//! <https://developers.coupangcorp.com/hc/ko/articles/360033397594> (exchanges), read 2026-11.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use connector_core::http::{Client, Request, Response};
use connector_core::lenient::Text;
use connector_core::sync::Window;
use connector_core::{Claim, ClaimState, DayList, Error, Failure, Page, Record, Result};
use serde_json::value::RawValue;

use crate::envelope::{self, Envelope};
use crate::orders::model::{line_key, word};
use crate::orders::shown;
use crate::place::{Place, days};
use crate::settings::OrderApi;
use crate::{Coupang, patient};

pub(crate) mod exchanges;
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

/// Claims that were read.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub records: Vec<Record>,
    pub failures: Vec<Failure>,
    /// How many rows the list held; each brings a claim for each of its lines.
    pub rows: usize,
    /// Words that we do not know, to be logged once.
    pub unknown: BTreeSet<String>,
}

/// The key and the reason of a row that could not be read.
pub(crate) type Unread = (Option<String>, String);

impl Read {
    /// Reads the rows of an answer, each by `row`.
    ///
    /// # Errors
    /// `Decode` when there is no list.
    fn of(response: &Response, row: fn(&mut Self, &RawValue) -> Result<(), Unread>) -> Result<Self> {
        let rows = Envelope::of(response)?.rows()?;
        let mut read = Self { rows: rows.len(), ..Self::default() };
        for raw in rows {
            if let Err((key, reason)) = row(&mut read, raw) {
                read.failures.push(Failure { key, reason, raw: Some(raw.to_owned()) });
            }
        }
        for word in &read.unknown {
            tracing::warn!(word, "coupang: a claim holds a word we do not know: {word}; kept as it is");
        }
        Ok(read)
    }

    /// Reads the items of a row, each by `claim`; `list` is the member that holds them.
    fn items(
        &mut self,
        (list, items): (&str, Option<&RawValue>),
        mut claim: impl FnMut(&RawValue) -> Result<Claim, Unread>,
    ) -> Result<(), Unread> {
        for raw in envelope::items(items, list).map_err(|reason| (None, reason))? {
            match claim(raw) {
                Ok(claim) => {
                    if claim.state == ClaimState::Unknown {
                        self.unknown.insert(word(&claim.status));
                    }
                    self.records.push(Record::Claim(claim));
                }
                Err((key, reason)) => self.failures.push(Failure { key, reason, raw: Some(raw.to_owned()) }),
            }
        }
        Ok(())
    }

    fn into_page(self, place: Place<'_>, full: usize, response: &Response) -> Result<Page> {
        let next = place.then(self.rows, full, Envelope::of(response)?.next());
        Ok(Page { records: self.records, failures: self.failures, next, ..Page::default() })
    }
}

/// The lines that a row's items name.
struct Lines<'a> {
    /// The claim's number.
    claim_id: &'a str,
    /// The member that holds the items.
    list: &'static str,
    taken: BTreeSet<String>,
}

impl<'a> Lines<'a> {
    /// Those of a row whose number stands in `claim_id`, a member of the name `field`.
    fn of(claim_id: &'a Text<'_>, field: &str, list: &'static str) -> Result<Self, Unread> {
        let claim_id =
            claim_id.filled().map(str::trim).ok_or_else(|| (None, format!("{field} is missing")))?;
        Ok(Self { claim_id, list, taken: BTreeSet::new() })
    }

    /// The line of an item by the members that name its parcel and its option, and the key of the claim on it.
    fn next(
        &mut self,
        parcel: (&Text<'_>, &'static str),
        option: (&Text<'_>, &'static str),
    ) -> Result<(String, String), Unread> {
        let Self { claim_id, list, taken } = self;
        let [parcel, option] = [parcel, option].map(|(text, field)| {
            let missing = || (None, format!("{list}.{field} of {claim_id} is missing"));
            text.filled().map(str::trim).ok_or_else(missing)
        });
        let line = line_key(parcel?, option?, taken);
        let key = format!("{claim_id}/{line}");
        Ok((line, key))
    }
}

impl Coupang {
    /// One page of one list.
    pub(crate) async fn read_claims(
        &self,
        http: &Client,
        window: Window,
        page: Option<&str>,
    ) -> Result<Page> {
        let place = Place::parse(page, &LISTS)?;
        let (first, last) = days(window);
        match place.list {
            EXCHANGES => {
                let request = with_token(self.exchange_list(first, last), place);
                let response = http.send(request).await?;
                let read = exchanges::read(&response);
                read.and_then(|read| read.into_page(place, EXCHANGE_ROWS, &response))
                    .map_err(|error| error.in_operation(EXCHANGE_LIST))
            }
            WITHDRAWN => self.read_withdrawn(http, first, last, place).await,
            list => {
                let request = self.return_list(first, last).query("maxPerPage", RETURN_ROWS.to_string());
                let request = match list {
                    CANCELS => request.query("cancelType", list),
                    status => request.query("status", status),
                };
                let response = http.send(with_token(request, place)).await?;
                let read = returns::read(&response);
                read.and_then(|read| read.into_page(place, RETURN_ROWS, &response))
                    .map_err(|error| error.in_operation(RETURN_LIST))
            }
        }
    }

    /// Returns and cancellations that were made on these days.
    pub(crate) fn return_list(&self, first: NaiveDate, last: NaiveDate) -> Request {
        patient(Request::get(RETURN_LIST, self.return_path()))
            .query("createdAtFrom", first.to_string())
            .query("createdAtTo", last.to_string())
    }

    /// Exchanges that were made on these days.
    pub(crate) fn exchange_list(&self, first: NaiveDate, last: NaiveDate) -> Request {
        patient(Request::get(EXCHANGE_LIST, format!("{}/{EXCHANGE_LIST}", self.vendor_path("v4"))))
            .query("createdAtFrom", format!("{first}T00:00:00"))
            .query("createdAtTo", format!("{last}T23:59:59"))
            .query("maxPerPage", EXCHANGE_ROWS.to_string())
    }

    /// One return; none where its buyer took it back, or it is no return.
    pub(crate) async fn one_return(&self, http: &Client, receipt_id: &str) -> Result<Read> {
        let request = Request::get(RETURN, format!("{}/{receipt_id}", self.return_path()));
        match shown(http, request).await? {
            Some(response) => returns::read(&response).map_err(|error| error.in_operation(RETURN)),
            None => Ok(Read::default()),
        }
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
        first: NaiveDate,
        last: NaiveDate,
        place: Place<'_>,
    ) -> Result<Page> {
        let number = place.token.unwrap_or("1");
        let request =
            patient(Request::get(WITHDRAWN_LIST, format!("{}/{WITHDRAWN_LIST}", self.vendor_path("v4"))))
                .query("dateFrom", first.to_string())
                .query("dateTo", last.to_string())
                .query("pageIndex", number)
                .query("sizePerPage", WITHDRAWN_ROWS.to_string());
        let response = http.send(request).await?;
        let in_operation = |error: Error| error.in_operation(WITHDRAWN_LIST);
        let envelope = Envelope::of(&response).map_err(in_operation)?;
        let rows = envelope.rows().map_err(in_operation)?;
        let mut read = Read { rows: rows.len(), ..Read::default() };
        for raw in rows {
            let row = match withdrawn::Row::of(raw) {
                Ok(row) => row,
                Err(reason) => {
                    read.failures.push(Failure { key: None, reason, raw: Some(raw.to_owned()) });
                    continue;
                }
            };
            let lines = self.order(http, &row.order_id).await?.records;
            read.records.extend(row.claims(&lines));
        }
        read.into_page(place, WITHDRAWN_ROWS, &response).map_err(in_operation)
    }
}

fn with_token(request: Request, place: Place<'_>) -> Request {
    match place.token {
        Some(token) => request.query("nextToken", token),
        None => request,
    }
}

#[cfg(test)]
mod tests;
