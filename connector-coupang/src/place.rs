//! Where a page is: the list, and the platform's own token of the page in it. As text: `ACCEPT` or `ACCEPT/853138`.

use connector_core::http::Response;
use connector_core::{Error, Next, Page, Result};
use serde_json::value::RawValue;

use crate::answer::Envelope;

/// A page of one of a stream's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    /// The list's name: a status, for most.
    pub list: &'static str,
    /// The platform's token of the page; `None` for the first.
    pub token: Option<&'a str>,
}

impl<'a> Place<'a> {
    /// The place that a page token names; the first page of the first list without one.
    ///
    /// # Errors
    /// `Decode` when it is none of these lists.
    pub(crate) fn parse(page: Option<&'a str>, lists: &[&'static str]) -> Result<Self> {
        let Some(page) = page else {
            let list = lists.first().copied().unwrap_or_default();
            return Ok(Self { list, token: None });
        };
        let (name, token) = page.split_once('/').map_or((page, None), |(name, token)| (name, Some(token)));
        let list = lists.iter().copied().find(|list| *list == name);
        let list = list.ok_or_else(|| Error::decode("the page token is another stream's"))?;
        Ok(Self { list, token })
    }

    /// The page that stands here: its rows as `read` reads them, of which `full` are the most, and what follows.
    ///
    /// # Errors
    /// `Decode` when the answer holds no rows.
    pub(crate) fn page(
        self,
        response: &Response,
        full: usize,
        read: impl FnOnce(&[&RawValue]) -> Page,
    ) -> Result<Page> {
        let envelope = Envelope::of(response)?;
        let rows = envelope.rows()?;
        let next = self.then(rows.len(), full, envelope.next());
        Ok(Page { next, ..read(&rows) })
    }

    /// What follows on this page: nothing behind a page without rows, or where the platform names no other page.
    fn then(self, rows: usize, full: usize, next: Option<&str>) -> Next {
        match next {
            // The last page's own token, which some answers repeat; a full page may not be the last.
            Some(token) if Some(token) == self.token && rows < full => Next::Done,
            Some(token) if rows > 0 => Next::Page(format!("{}/{token}", self.list)),
            _ => Next::Done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTS: [&str; 2] = ["ACCEPT", "INSTRUCT"];

    #[test]
    fn a_token_leads_back_to_its_place() {
        let first = Place::parse(None, &LISTS).expect("the first page");
        assert_eq!(first, Place { list: "ACCEPT", token: None });
        let Next::Page(token) = first.then(50, 50, Some("a/b")) else { panic!("there is a next page") };
        assert_eq!(
            Place::parse(Some(&token), &LISTS).expect("ours"),
            Place { list: "ACCEPT", token: Some("a/b") }
        );
        assert!(Place::parse(Some("RU"), &LISTS).is_err());
    }

    #[test]
    fn a_list_ends_where_nothing_follows() {
        let place = Place { list: "ACCEPT", token: Some("t") };
        assert_eq!(place.then(50, 50, None), Next::Done);
        assert_eq!(place.then(0, 50, Some("u")), Next::Done);
        assert_eq!(place.then(3, 50, Some("t")), Next::Done);
        // The engine finds out that it is a loop.
        assert_eq!(place.then(50, 50, Some("t")), Next::Page("ACCEPT/t".to_owned()));
    }
}
