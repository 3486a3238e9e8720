//! The settlement list: what was recognised on which day, all of it in one answer.

use connector_core::http::{Client, Request};
use connector_core::sync::Window;
use connector_core::{DayList, Page, Result};

use crate::answer::document;

pub(crate) mod model;

/// The most days of one call, both ends included.
pub(crate) const DAYS: u32 = 31;

const LIST: &str = "settlement/settlementList";

/// The list of the stream.
pub(crate) fn day_list() -> DayList {
    DayList::new(LIST, "settlements", DAYS)
}

/// All of a window's days.
pub(crate) async fn read(http: &Client, window: Window) -> Result<Page> {
    let (first, last) = window.days();
    let path = format!("/{LIST}/{}/{}", first.format("%Y%m%d"), last.format("%Y%m%d"));
    http.ask(Request::get(LIST, path), |response| model::page(&document(response)?)).await
}
