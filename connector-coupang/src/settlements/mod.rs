//! The revenue history: what was recognised on which day, by order and item, with a row for each delivery fee.
//!
//! <https://developers.coupangcorp.com/hc/ko/articles/360033922413> (read 2026-11)

use chrono::Days;
use connector_core::http::{Client, Request};
use connector_core::time::kst_date;
use connector_core::{DayList, Page, ReadRequest, Result};

use crate::{Coupang, OPEN_API, answer, patient};

mod model;

const LIST: &str = "revenue-history";
const ROWS: usize = 50;

/// The bound is told as 31 days and as less than a month; four weeks are less than any.
const FOUR_WEEKS: u32 = 28;

/// The list of the stream.
pub(crate) fn day_lists() -> Vec<DayList> {
    vec![DayList::new("revenue by day of recognition", LIST, FOUR_WEEKS)]
}

impl Coupang {
    /// One page of the history; of days up to yesterday, as the platform takes no later ones.
    pub(crate) async fn read_settlements(&self, http: &Client, request: &ReadRequest) -> Result<Page> {
        let place = request.place(&[LIST], |list| list)?;
        let (first, last) = request.within()?.days();
        let last = last.min(kst_date(http.now()) - Days::new(1));
        if first > last {
            return Ok(Page::default());
        }
        let request = patient(Request::get(LIST, format!("{OPEN_API}/v1/{LIST}")))
            .query("vendorId", &self.settings.vendor_id)
            .query("recognitionDateFrom", first)
            .query("recognitionDateTo", last)
            // It must be there, empty for the first page.
            .query("token", place.token.unwrap_or_default())
            .query("maxPerPage", ROWS);
        http.ask(request, |response| answer::page(response, place, ROWS, model::page)).await
    }
}
