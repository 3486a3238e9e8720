//! The lists that orders and claims are made of. Each holds only what stands in one state just now.
//!
//! Sources: <https://openapi.11st.co.kr/openapi/OpenApiGuide.tmall>, entries 1728, 1876, 1635, 6897, 1727, 1637 (orders),
//! 1639, 1642, 1724, 1726, 1643, 1646, 1647, 1648, 1651, 1652 (claims), read 2026-09.

use connector_core::http::{Client, Request};
use connector_core::sync::Window;
use connector_core::{ClaimKind, DayList, Page, ReadRequest, Result};

use crate::answer::document;
use crate::path::minutes;
use crate::{claims, fault, orders};

/// What a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// Order lines in the state of this code, which rows do not always repeat.
    Lines(&'static str),
    /// Little more than the keys of order lines: the lines themselves must be asked for. All of them stand in the state of this
    /// code, where there is one: a line whose claim was taken back or refused is listed again by the time at which it was sent.
    Keys(Option<&'static str>),
    /// Claims of a kind, in the state of this code where a row does not say it.
    Claims(ClaimKind, &'static str),
}

/// A list that is read by windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct List {
    /// The last part of its path, and the token of its only page.
    pub name: &'static str,
    /// Its path without the window; the operation's name as well.
    pub path: &'static str,
    /// The most days of a window.
    pub max_days: u32,
    pub holds: Holds,
}

/// The list of what the platform cancels by force. Keys may lack its API, as none needs it.
pub(crate) const FORCED: &str = "officecancellist";

impl List {
    pub(crate) fn day_list(&self) -> DayList {
        DayList { parts_of_days: true, ..DayList::new(self.path, self.name, self.max_days) }
    }

    /// The request for what the list holds of a window.
    pub(crate) fn request(&self, window: Window) -> Request {
        Request::get(self.path, format!("/{}{}", self.path, minutes(window)))
    }

    /// Reads the one of these lists that the page's token names.
    pub(crate) async fn read_of(http: &Client, lists: &[Self], request: &ReadRequest) -> Result<Page> {
        request.place(lists, |list| list.name)?.list.read(http, request.within()?).await
    }

    /// What the list holds of a window. There are no pages: a list that may not be whole is too wide.
    pub(crate) async fn read(&self, http: &Client, window: Window) -> Result<Page> {
        let now = http.now();
        let page = http.ask(self.request(window), |response| {
            let root = document(response)?;
            match self.holds {
                Holds::Lines(status) => orders::model::page(&root, status),
                Holds::Keys(status) => orders::model::keys(&root, window.to, status, now),
                Holds::Claims(kind, status) => claims::model::page(&root, kind, status),
            }
        });
        match page.await {
            Err(error) if self.name == FORCED && error.code() == Some(fault::NO_SUCH_API) => {
                let operation = self.path;
                tracing::warn!(operation, "11st: this key lacks the list of forced cancels; none are read");
                Ok(Page::default())
            }
            page => page,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_list_has_a_name_of_its_own() {
        for lists in [&orders::LISTS[..], &claims::LISTS[..]] {
            let names: HashSet<&str> = lists.iter().map(|list| list.name).collect();
            assert_eq!(names.len(), lists.len());
            for list in lists {
                assert!(list.path.ends_with(&format!("/{}", list.name)), "{list:?}");
            }
        }
    }
}
