//! Asking once more where an answer is hard to believe.
//!
//! A platform that stumbles may answer 200 with another page than the one asked for: without its rows, or in a shape
//! that nobody knows. Were it believed, the cursor would pass what it left out. One more call tells a stumble from the
//! truth; what the second answer says is taken as it is.

use std::collections::VecDeque;

use chrono::TimeDelta;

use super::fetching::fetch_wanted;
use super::{Batch, Window};
use crate::connector::{Next, Page, ReadRequest, StreamSpec, Wanted};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::http::Client;

/// A window in which so many rows are to be expected is not empty by chance.
const EXPECTED: i64 = 10;

/// A window of this length holds many rows in a shop of some size.
const LONG: TimeDelta = TimeDelta::minutes(30);

/// So many silent windows before a busy one are asked for again; a shop that has just opened has many more.
const DOUBTS: usize = 3;

/// What would be odd in the answer to a list call.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Odd {
    /// No row at all.
    pub(super) silence: bool,
    /// Rows that do not even tell their key, and so can be asked for in no other way.
    pub(super) nameless: bool,
}

/// How busy the list was where it was read last.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flow {
    rows: i64,
    span: TimeDelta,
}

impl Flow {
    /// Notes a page that brought `rows` from the beginning of `window` to `next`, where the list goes on.
    pub(super) fn note(&mut self, rows: usize, window: Window, next: Option<Window>) {
        let end = next.map_or(window.to, |next| next.from);
        if end > window.from {
            *self = Self { rows: i64::try_from(rows).unwrap_or(i64::MAX), span: end - window.from };
        }
    }

    /// Whether silence in the window tells nothing, since nothing was read before it by this process, and it is long enough
    /// to hold many rows: a run that is gone on with may be at its last window.
    pub(super) fn cannot_tell(self, window: Window) -> bool {
        self.span.is_zero() && window.to - window.from >= LONG
    }

    /// Whether silence in the window would be odd, were it as busy as what was read before it.
    pub(super) fn expects_rows(self, window: Window) -> bool {
        let (span, length) = (self.span.num_seconds().max(1), (window.to - window.from).num_seconds());
        self.rows.saturating_mul(length) / span >= EXPECTED
    }
}

/// Windows that were silent before anything was known of how busy the list is. They go into the checkpoint: whoever goes on
/// with the run must know them.
#[derive(Debug, Default)]
pub(super) struct Silent {
    windows: VecDeque<Window>,
    doubtful: VecDeque<Window>,
}

impl Silent {
    /// What an unfinished run has left.
    pub(super) fn resume(silent: Vec<Window>, doubtful: Vec<Window>) -> Self {
        Self { windows: silent.into(), doubtful: doubtful.into() }
    }

    /// What a later process must know: windows not in doubt yet, and those in doubt.
    pub(super) fn left(&self) -> (Vec<Window>, Vec<Window>) {
        (self.windows.iter().copied().collect(), self.doubtful.iter().copied().collect())
    }

    /// Notes a page that brought `rows`: windows that were silent just before a busy one are in doubt.
    pub(super) fn note(&mut self, rows: usize, window: Window, flow: Flow) {
        if rows == 0 {
            self.windows.push_back(window);
            if self.windows.len() > DOUBTS {
                self.windows.pop_front();
            }
        } else {
            self.doubtful.extend(self.windows.drain(..).filter(|window| flow.expects_rows(*window)));
        }
    }

    /// The next window to ask for again; it stays in doubt until it is [`Silent::settle`]d.
    pub(super) fn doubted(&self) -> Option<Window> {
        self.doubtful.front().copied()
    }

    /// The window that [`Silent::doubted`] names has been asked for again.
    pub(super) fn settle(&mut self) {
        self.doubtful.pop_front();
    }
}

/// Reads a page; once more where the answer is odd, or cannot be understood.
pub(super) async fn read(client: &Client, request: &ReadRequest, odd: Odd) -> Result<Page> {
    let first = client.connector().read(client, request).await;
    let why = match &first {
        Ok(page) if odd.silence && is_silent(page) => "it holds no row where many were expected".to_owned(),
        Ok(page) if odd.nameless && page.failures.iter().any(|failure| failure.key.is_none()) => {
            "it holds rows without a key".to_owned()
        }
        Err(error) if is_strange(error) => error.to_string(),
        _ => return first,
    };
    tracing::info!(stream = request.stream.name, why, "asking for the page once more");
    client.connector().read(client, request).await
}

/// Fetches records by key; once more where the answer holds none of them, or cannot be understood.
pub(super) async fn fetch(client: &Client, stream: &'static StreamSpec, keys: Vec<Wanted>) -> Result<Batch> {
    let first = fetch_wanted(client, stream, keys.clone()).await;
    let why = match &first {
        Ok(batch)
            if batch.records.is_empty() && batch.failures.iter().all(|failure| failure.raw.is_none()) =>
        {
            "it holds none of the records".to_owned()
        }
        Err(error) if is_strange(error) => error.to_string(),
        _ => return first,
    };
    tracing::info!(stream = stream.name, records = keys.len(), why, "asking for the records once more");
    fetch_wanted(client, stream, keys).await
}

fn is_silent(page: &Page) -> bool {
    page.next == Next::Done && page.records.is_empty() && page.changes.is_empty() && page.failures.is_empty()
}

/// An answer of another shape, as opposed to one that the request path has asked for again by itself.
fn is_strange(error: &Error) -> bool {
    error.kind() == ErrorKind::Decode && error.retry() == Retry::Never
}
