//! What is asked of a connector when a stream is read, and what it brings.

use std::fmt::Display;

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;

use super::StreamSpec;
use crate::error::{Error, Result};
use crate::record::{Change, Failure, Record, Unread};
use crate::sync::Window;

/// Which of a stream's lists to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// What changed in the window; the whole stream for a snapshot.
    Changes,
    /// What was ordered in the window, with full records: the second way of [`super::Census`].
    Census,
}

/// One page to read.
#[derive(Clone, Debug)]
pub struct ReadRequest {
    /// The stream.
    pub stream: &'static StreamSpec,
    /// Which list.
    pub view: View,
    /// The window, both ends in whole milliseconds; `None` for a snapshot. Rows at exactly `to` may be included:
    /// the engine reads that instant again with the next window.
    pub window: Option<Window>,
    /// The token of the page, as the previous page gave it; `None` for the first.
    pub page: Option<String>,
}

impl ReadRequest {
    /// The window of a stream that is read by windows.
    ///
    /// # Errors
    /// `Unsupported` without one.
    pub fn within(&self) -> Result<Window> {
        self.window.ok_or_else(|| Error::unsupported("reading without a window"))
    }

    /// The number of the page, for platforms that number theirs or the rows before them: what the token says, 1 without one.
    ///
    /// # Errors
    /// `Decode` for a token that is no number from 1 on.
    pub fn number(&self) -> Result<u32> {
        let number = self.page.as_deref().map_or(Some(1), |page| page.parse().ok());
        number.filter(|number| (1..u32::MAX).contains(number)).ok_or_else(|| {
            Error::decode(format!("the page token is no number of a page of {}", self.stream.name))
        })
    }

    /// Refuses the second list of a platform that has none.
    ///
    /// # Errors
    /// `Unsupported` for anything but changes.
    pub fn only_changes(&self) -> Result<()> {
        match self.view {
            View::Changes => Ok(()),
            View::Census => Err(Error::unsupported(&format!("a second way to list {}", self.stream.name))),
        }
    }
}

/// A page of one of the lists that a stream is made of. As a token: `ACCEPT`, the list's name, or `ACCEPT/853138`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a, L> {
    /// The list.
    pub list: L,
    /// The platform's own token of the page; `None` for the first.
    pub token: Option<&'a str>,
    name: &'static str,
}

impl ReadRequest {
    /// Where in a stream of these lists the page is; the first page of the first list without a token.
    ///
    /// # Errors
    /// `Decode` for a token of none of them.
    pub fn place<L: Copy>(&self, lists: &[L], name: fn(&L) -> &'static str) -> Result<Place<'_, L>> {
        let page = self.page.as_deref();
        let (wanted, token) = match page.and_then(|page| page.split_once('/')) {
            Some((list, token)) => (Some(list), Some(token)),
            None => (page, None),
        };
        let list = lists.iter().find(|list| wanted.is_none_or(|wanted| name(list) == wanted));
        let strange = || Error::decode(format!("the page token is of no list of {}", self.stream.name));
        let list = list.ok_or_else(strange)?;
        Ok(Place { list: *list, token, name: name(list) })
    }
}

impl<L> Place<'_, L> {
    /// The page of that token in the same list.
    pub fn page(&self, token: impl Display) -> Next {
        Next::Page(format!("{}/{token}", self.name))
    }

    /// What follows on a page of `rows` rows, of which `full` are the most, where the platform names `next`: nothing behind a
    /// page without rows, nor where a page that is not full names itself, as some last pages do.
    #[must_use]
    pub fn then(&self, rows: usize, full: usize, next: Option<&str>) -> Next {
        match next {
            Some(token) if rows > 0 && (rows >= full || self.token != Some(token)) => self.page(token),
            _ => Next::Done,
        }
    }
}

/// One page, as read.
#[derive(Debug, Default)]
pub struct Page {
    /// Full records.
    pub records: Vec<Record>,
    /// Keys of changed records, where the stream has [`super::Details`].
    pub changes: Vec<Change>,
    /// Rows that could not be understood.
    pub failures: Vec<Failure>,
    /// Where to go on.
    pub next: Next,
}

impl Page {
    /// Adds a row: its record, or why there is none, with the platform's own object.
    pub fn take(&mut self, row: Result<Record, Unread>, raw: impl FnOnce() -> Box<RawValue>) {
        match row {
            Ok(record) => self.records.push(record),
            Err(unread) => self.failures.push(unread.failure(raw())),
        }
    }
}

/// Where a page says the next one is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Next {
    /// The window is read to its end.
    #[default]
    Done,
    /// Same window, next page.
    Page(String),
    /// Every row before this instant is delivered. The engine starts a new window here, which keeps pages full; where
    /// that would not advance, it asks for `page` in the same window.
    Resume {
        /// The first instant that is not wholly delivered.
        from: DateTime<Utc>,
        /// The page's token in the present window.
        page: String,
    },
}

/// Records to fetch by key.
#[derive(Clone, Debug)]
pub struct FetchRequest {
    /// The stream.
    pub stream: &'static StreamSpec,
    /// At most [`super::Details::batch`] changes, keys unique. `at` is the change list's word, for records that carry no
    /// time of their own; it is absent for records that are read again without a change.
    pub keys: Vec<Wanted>,
}

impl FetchRequest {
    /// Refuses a stream whose records do not come by key.
    ///
    /// # Errors
    /// `Unsupported` without [`StreamSpec::details`].
    pub fn only_by_key(&self) -> Result<()> {
        match self.stream.details {
            Some(_) => Ok(()),
            None => Err(Error::unsupported(&format!("fetching {} by key", self.stream.name))),
        }
    }

    /// What one call brings whole, each once and in order: the orders or parcels that `of` reads out of the keys. Keys that it
    /// reads nothing out of are left out, and so are noted as failed by the engine.
    pub fn wholes<'a>(&'a self, of: impl Fn(&'a str) -> Option<&'a str>) -> Vec<&'a str> {
        let mut wholes: Vec<&str> = self.keys.iter().filter_map(|wanted| of(&wanted.key)).collect();
        wholes.sort_unstable();
        wholes.dedup();
        wholes
    }
}

/// A record to fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The record's key.
    pub key: String,
    /// When the change list says it changed.
    pub changed_at: Option<DateTime<Utc>>,
}

/// What `fetch` brought. Keys that the platform left out are in no list; the engine notes them as failed.
#[derive(Debug, Default)]
pub struct Fetched {
    /// The records, in any order.
    pub records: Vec<Record>,
    /// Rows that could not be understood.
    pub failures: Vec<Failure>,
    /// Keys that the platform shows no more, where that is no failure: their rows are left as they are.
    pub gone: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SyncMode;
    use crate::error::ErrorKind;

    static LISTED: StreamSpec = StreamSpec::plain("listings", SyncMode::Snapshot);
    static FETCHED: StreamSpec = StreamSpec::daily("orders", 7, 30).fetched(10).on_request();

    #[test]
    fn a_page_has_a_number_from_1_on() {
        let number = |page| at(page).number().ok();
        assert_eq!((number(None), number(Some("2"))), (Some(1), Some(2)));
        for token in ["two", "0", "-1", "4294967295", ""] {
            assert_eq!(number(Some(token)), None, "{token}: no page before the first, none after the last");
        }
    }

    fn at(page: Option<&str>) -> ReadRequest {
        let page = page.map(str::to_owned);
        ReadRequest { stream: &LISTED, view: View::Changes, window: None, page }
    }

    #[test]
    fn a_token_leads_back_to_its_place() {
        let lists = ["ACCEPT", "INSTRUCT"];
        let request = at(None);
        let first = request.place(&lists, |list| list).expect("the first page");
        assert_eq!((first.list, first.token), ("ACCEPT", None));
        let Next::Page(token) = first.then(50, 50, Some("a/b")) else { panic!("there is a next page") };
        for (token, list, own) in [(token.as_str(), "ACCEPT", Some("a/b")), ("INSTRUCT", "INSTRUCT", None)] {
            let request = at(Some(token));
            let place = request.place(&lists, |list| list).expect("ours");
            assert_eq!((place.list, place.token), (list, own));
        }
        for strange in ["RU", "", "/2", "accept"] {
            assert!(at(Some(strange)).place(&lists, |list| list).is_err(), "{strange:?}");
        }
    }

    #[test]
    fn a_list_ends_where_nothing_follows() {
        let request = at(Some("ACCEPT/t"));
        let place = request.place(&["ACCEPT"], |list| list).expect("ours");
        assert_eq!(place.then(50, 50, None), Next::Done);
        assert_eq!(place.then(0, 50, Some("u")), Next::Done);
        assert_eq!(place.then(3, 50, Some("t")), Next::Done);
        assert_eq!(place.then(3, 50, Some("u")), Next::Page("ACCEPT/u".to_owned()));
        // The engine finds out that it is a loop.
        assert_eq!(place.then(50, 50, Some("t")), Next::Page("ACCEPT/t".to_owned()));
    }

    #[test]
    fn keys_name_what_is_fetched_whole() {
        let keys = ["9-1", "10-1", "9-2", "odd"];
        let keys = keys.map(|key| Wanted { key: key.to_owned(), changed_at: None }).to_vec();
        let request = FetchRequest { stream: &FETCHED, keys };
        assert_eq!(request.wholes(|key| key.split_once('-').map(|(order, _)| order)), ["10", "9"]);
        assert!(request.only_by_key().is_ok());
        let refused = FetchRequest { stream: &LISTED, ..request }.only_by_key().expect_err("no details");
        assert_eq!(refused.kind(), ErrorKind::Unsupported);
    }

    #[test]
    fn a_row_is_a_record_or_a_failure_with_its_key() {
        let raw = || RawValue::from_string("{}".to_owned()).expect("JSON");
        let mut page = Page::default();
        page.take(Err("id is missing".into()), raw);
        page.take(Err(Unread::of("7")("price is missing".to_owned())), raw);
        let failures: Vec<_> =
            page.failures.iter().map(|failure| (failure.key.as_deref(), failure.reason.as_str())).collect();
        assert_eq!(failures, [(None, "id is missing"), (Some("7"), "price is missing")]);
        assert!(page.failures.iter().all(|failure| failure.raw.is_some()));
    }
}
