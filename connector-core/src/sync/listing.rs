//! Walking a list: which window and page comes next, and when paging is broken.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::Window;
use crate::connector::{Next, ReadRequest, StreamSpec, View};
use crate::error::{Error, ErrorKind, Result};
use crate::time::kst_text;

/// Where a walk over a range stands.
#[derive(Clone, Debug)]
pub(super) struct Listing {
    stream: &'static StreamSpec,
    view: View,
    range: Window,
    max_window: TimeDelta,
    /// The window to list next; `None` at the end of the range.
    window: Option<Window>,
    page: Option<String>,
    /// Page tokens given out in the present window, to notice a circle.
    tokens: HashSet<String>,
}

impl Listing {
    pub(super) fn new(stream: &'static StreamSpec, view: View, range: Window, max_window: TimeDelta) -> Self {
        let window = Some(cut(range.from, range.to, max_window));
        Self { stream, view, range, max_window, window, page: None, tokens: HashSet::new() }
    }

    /// Goes on where an earlier walk stopped, up to the end of `range`.
    pub(super) fn resume(
        stream: &'static StreamSpec,
        range: Window,
        max_window: TimeDelta,
        window: Option<Window>,
        page: Option<String>,
    ) -> Self {
        let window = match (window, &page) {
            // A page token belongs to its window.
            (Some(window), Some(_)) => Some(window),
            (Some(window), None) => Some(cut(window.from, range.to, max_window)),
            (None, _) => None,
        };
        Self { stream, view: View::Changes, range, max_window, window, page, tokens: HashSet::new() }
    }

    pub(super) fn range(&self) -> Window {
        self.range
    }

    pub(super) fn window(&self) -> Option<Window> {
        self.window
    }

    pub(super) fn page(&self) -> Option<&str> {
        self.page.as_deref()
    }

    /// The next page to ask for.
    pub(super) fn request(&self) -> Option<ReadRequest> {
        let window = self.window?;
        Some(ReadRequest {
            stream: self.stream,
            view: self.view,
            window: Some(window),
            page: self.page.clone(),
        })
    }

    /// Moves on to where the page just read points.
    ///
    /// # Errors
    /// `PageLoop` when that is no way forward.
    pub(super) fn advance(&mut self, next: Next) -> Result<()> {
        let Some(window) = self.window else { return Ok(()) };
        match next {
            Next::Done => self.enter(window.to, window),
            Next::Page(token) => self.turn(token, window),
            Next::Resume { from, page } if from <= window.from => {
                if from < window.from {
                    return Err(page_loop(window, &format!("it goes back to {}", kst_text(from))));
                }
                self.turn(page, window)
            }
            Next::Resume { from, .. } => {
                if from > window.to {
                    return Err(page_loop(
                        window,
                        &format!("it points beyond its end, to {}", kst_text(from)),
                    ));
                }
                self.page = None;
                self.tokens.clear();
                self.window = Some(cut(from, self.range.to, self.max_window));
                Ok(())
            }
        }
    }

    fn turn(&mut self, token: String, window: Window) -> Result<()> {
        if !self.tokens.insert(token.clone()) || self.page.as_ref() == Some(&token) {
            return Err(page_loop(window, "a page points to one that has been read"));
        }
        self.page = Some(token);
        Ok(())
    }

    fn enter(&mut self, from: DateTime<Utc>, window: Window) -> Result<()> {
        self.page = None;
        self.tokens.clear();
        self.window = (window.to < self.range.to).then(|| cut(from, self.range.to, self.max_window));
        Ok(())
    }
}

fn cut(from: DateTime<Utc>, end: DateTime<Utc>, max_window: TimeDelta) -> Window {
    Window { from, to: (from + max_window).min(end) }
}

fn page_loop(window: Window, what: &str) -> Error {
    Error::new(ErrorKind::PageLoop, format!("the platform's paging does not advance in {window}: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connector::SyncMode;

    static STREAM: StreamSpec =
        StreamSpec { name: "orders", sync: SyncMode::Snapshot, details: None, reread: None, census: None };

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(hours * 3600, 0).expect("in range")
    }

    fn listing(hours: i64) -> Listing {
        let range = Window { from: at(0), to: at(hours) };
        Listing::new(&STREAM, View::Changes, range, TimeDelta::hours(24))
    }

    #[test]
    fn windows_touch_and_never_exceed_the_maximum() {
        let mut listing = listing(50);
        let mut windows = Vec::new();
        while let Some(window) = listing.window() {
            windows.push((window.from, window.to));
            listing.advance(Next::Done).expect("a way forward");
        }
        assert_eq!(windows, [(at(0), at(24)), (at(24), at(48)), (at(48), at(50))]);
    }

    #[test]
    fn a_page_that_got_on_opens_a_full_window() {
        let mut listing = listing(50);
        listing.advance(Next::Resume { from: at(7), page: "7|x".into() }).expect("a way forward");
        assert_eq!((listing.window(), listing.page()), (Some(Window { from: at(7), to: at(31) }), None));
    }

    #[test]
    fn a_page_of_one_instant_turns_within_its_window() {
        let mut listing = listing(50);
        for token in ["a", "b", "c"] {
            listing.advance(Next::Resume { from: at(0), page: token.into() }).expect("a way forward");
            assert_eq!(
                (listing.window(), listing.page()),
                (Some(Window { from: at(0), to: at(24) }), Some(token))
            );
        }
    }

    #[test]
    fn circles_and_steps_back_are_errors() {
        let mut same = listing(50);
        same.advance(Next::Page("a".into())).expect("a first page");
        assert_eq!(same.advance(Next::Page("a".into())).expect_err("a circle").kind(), ErrorKind::PageLoop);
        let mut longer = listing(50);
        longer.advance(Next::Page("a".into())).expect("a first page");
        longer.advance(Next::Page("b".into())).expect("a second page");
        assert!(longer.advance(Next::Page("a".into())).is_err());
        assert!(listing(50).advance(Next::Resume { from: at(-1), page: "x".into() }).is_err());
        assert!(listing(50).advance(Next::Resume { from: at(25), page: "x".into() }).is_err());
    }

    #[test]
    fn an_empty_range_is_asked_for_once() {
        let mut listing = listing(0);
        assert!(listing.request().is_some());
        listing.advance(Next::Done).expect("the end");
        assert!(listing.request().is_none());
    }
}
