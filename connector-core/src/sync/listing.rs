//! Walking a list: which window and page comes next, and when paging is broken.

use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{DateTime, TimeDelta, Utc};

use super::Window;
use crate::connector::{Next, Page, ReadRequest, StreamSpec, View};
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
    /// Whether the page's token still holds in a later process, as those that name an instant and a key do.
    lasting: bool,
    /// Page tokens given out in the present window, to notice a circle.
    tokens: HashSet<String>,
    /// The last few pages, and how many in a row brought nothing that was not on one of them.
    recent: VecDeque<Print>,
    stale: usize,
}

/// Pages in a row that may bring nothing new before the paging counts as broken.
const MOST_STALE: usize = 20;

/// What tells one page from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Print(Option<u64>);

impl Print {
    /// The print of a page's rows.
    pub(super) fn of(page: &Page) -> Self {
        if page.changes.is_empty() && page.records.is_empty() && page.failures.is_empty() {
            return Self(None);
        }
        let mut hasher = DefaultHasher::new();
        page.changes.hash(&mut hasher);
        page.records.iter().for_each(|record| record.key().hash(&mut hasher));
        page.failures.iter().for_each(|failure| (&failure.key, &failure.reason).hash(&mut hasher));
        Self(Some(hasher.finish()))
    }
}

impl Listing {
    pub(super) fn new(stream: &'static StreamSpec, view: View, range: Window, max_window: TimeDelta) -> Self {
        let window = Some(cut(range.from, range.to, max_window));
        Self {
            stream,
            view,
            range,
            max_window,
            window,
            page: None,
            lasting: false,
            tokens: HashSet::new(),
            recent: VecDeque::new(),
            stale: 0,
        }
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
        let lasting = page.is_some();
        Self { window, page, lasting, ..Self::new(stream, View::Changes, range, max_window) }
    }

    pub(super) fn range(&self) -> Window {
        self.range
    }

    pub(super) fn window(&self) -> Option<Window> {
        self.window
    }

    /// The token of the page to ask for, where it will hold in a later process. Page numbers do not: rows leave the
    /// window meanwhile, and others move up.
    pub(super) fn lasting_page(&self) -> Option<&str> {
        self.page.as_deref().filter(|_| self.lasting)
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
    pub(super) fn advance(&mut self, next: Next, print: Print) -> Result<()> {
        let Some(window) = self.window else { return Ok(()) };
        self.watch(&next, print, window)?;
        match next {
            Next::Done => self.enter(window.to, window),
            Next::Page(token) => {
                self.lasting = false;
                self.turn(token, window)
            }
            Next::Resume { from, page } if from <= window.from => {
                if from < window.from {
                    return Err(page_loop(window, &format!("it goes back to {}", kst_text(from))));
                }
                self.lasting = true;
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

    /// Notices paging that gives out new tokens for old rows, or for none, without end.
    fn watch(&mut self, next: &Next, print: Print, window: Window) -> Result<()> {
        let stale = *next != Next::Done && (print.0.is_none() || self.recent.contains(&print));
        self.stale = if stale { self.stale + 1 } else { 0 };
        if self.stale >= MOST_STALE {
            return Err(page_loop(window, &format!("{MOST_STALE} pages in a row brought nothing new")));
        }
        self.recent.push_back(print);
        if self.recent.len() > MOST_STALE {
            self.recent.pop_front();
        }
        Ok(())
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

    static STREAM: StreamSpec = StreamSpec {
        name: "orders",
        sync: SyncMode::Snapshot,
        details: None,
        reread: None,
        census: None,
        on_request: false,
    };

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(hours * 3600, 0).expect("in range")
    }

    impl Listing {
        /// Advances over a page like no other.
        fn go(&mut self, next: Next) -> Result<()> {
            static PAGES: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
            let page = PAGES.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            self.advance(next, Print(Some(page)))
        }
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
            listing.go(Next::Done).expect("a way forward");
        }
        assert_eq!(windows, [(at(0), at(24)), (at(24), at(48)), (at(48), at(50))]);
    }

    #[test]
    fn a_page_that_got_on_opens_a_full_window() {
        let mut listing = listing(50);
        listing.go(Next::Resume { from: at(7), page: "7|x".into() }).expect("a way forward");
        assert_eq!(
            (listing.window(), listing.page.as_deref()),
            (Some(Window { from: at(7), to: at(31) }), None)
        );
    }

    #[test]
    fn a_page_of_one_instant_turns_within_its_window() {
        let mut listing = listing(50);
        for token in ["a", "b", "c"] {
            listing.go(Next::Resume { from: at(0), page: token.into() }).expect("a way forward");
            assert_eq!(
                (listing.window(), listing.page.as_deref()),
                (Some(Window { from: at(0), to: at(24) }), Some(token))
            );
        }
    }

    #[test]
    fn circles_and_steps_back_are_errors() {
        let mut same = listing(50);
        same.go(Next::Page("a".into())).expect("a first page");
        assert_eq!(same.go(Next::Page("a".into())).expect_err("a circle").kind(), ErrorKind::PageLoop);
        let mut longer = listing(50);
        longer.go(Next::Page("a".into())).expect("a first page");
        longer.go(Next::Page("b".into())).expect("a second page");
        assert!(longer.go(Next::Page("a".into())).is_err());
        assert!(listing(50).go(Next::Resume { from: at(-1), page: "x".into() }).is_err());
        assert!(listing(50).go(Next::Resume { from: at(25), page: "x".into() }).is_err());
    }

    #[test]
    fn an_empty_range_is_asked_for_once() {
        let mut listing = listing(0);
        assert!(listing.request().is_some());
        listing.go(Next::Done).expect("the end");
        assert!(listing.request().is_none());
    }

    #[test]
    fn new_tokens_for_old_rows_or_none_end_somewhere() {
        for print in [Print(None), Print(Some(7))] {
            let mut listing = listing(50);
            let error = (0..100).find_map(|n| {
                listing.advance(Next::Page(n.to_string()), print).err().map(|error| (n, error))
            });
            let (pages, error) = error.expect("a broken paging");
            assert!((10..=25).contains(&pages), "{pages}");
            assert_eq!(error.kind(), ErrorKind::PageLoop);
        }
        let mut quiet = listing(24 * 300);
        for _ in 0..300 {
            quiet.advance(Next::Done, Print(None)).expect("empty days are no loop");
        }
    }

    #[test]
    fn only_tokens_that_name_a_place_outlast_the_process() {
        let mut listing = listing(50);
        listing.go(Next::Page("2".into())).expect("a way forward");
        let asked = listing.request().and_then(|request| request.page);
        assert_eq!((asked.as_deref(), listing.lasting_page()), (Some("2"), None));
        listing.go(Next::Resume { from: at(0), page: "0|x".into() }).expect("a way forward");
        assert_eq!(listing.lasting_page(), Some("0|x"));
    }
}
