//! What the runs have asked for, beside what was needed.
//!
//! The least calls that a perfect client would make, counted for each run from its first start to the one that comes
//! to its end:
//! - Smart Store list: a page for each full page of rows that were listed, or for each window of 24 hours, whichever
//!   is more. Details: a call for each full batch of the ids that were asked for. Token: one for each half of a
//!   token's life in which one was asked for, as the platform gives a new one from then on.
//! - Cafe24, Coupang and 11st: each question once. Their pages hold as many rows as the platforms allow. A list of 11st is
//!   known by where its window begins: it ends now, which is later at each start.
//! - One more for each call that a fault spoilt.

use std::collections::{HashMap, HashSet};

use chrono::DateTime;
use simulator::{Call, Endpoint, FaultKind, Platform};

use super::plan::brings_the_answer;

/// Rows of a full page of the Smart Store's list, and ids of a full batch of details.
const FULL: usize = 300;
/// Milliseconds of the longest window of the list.
const WINDOW: i64 = 24 * 3_600_000;
/// Milliseconds after which the market of a storm gives a new token.
pub(super) const TOKEN_RENEWED: i64 = 2_000;

/// What is asked of a platform whose lists have no cursor.
type Question = (Endpoint, String);

/// What one start asked for although an earlier start of the same run had asked for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Again {
    /// Pages of the Smart Store's list.
    pub(super) pages: u64,
    /// Batches of details.
    pub(super) batches: u64,
    /// Calls for lists that take days and for what they name, and how often a list was gone through at most.
    pub(super) questions: u64,
    pub(super) worst: u64,
}

/// What one run has asked for, over all its starts.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pages: HashSet<(String, Option<String>)>,
    /// Pages without rows that were asked for a second time.
    doubted: HashSet<(String, Option<String>)>,
    ids: HashSet<String>,
    questions: HashSet<Question>,
    rows: usize,
    from: Option<i64>,
    to: Option<i64>,
    tokens: u64,
    last_token: Option<i64>,
    spoilt: u64,
    /// The pages that each start asked for, as far as they are told.
    course: Vec<String>,
    /// The market moved under the run, so what was read before may have to be read again.
    moved: bool,
}

impl Asked {
    /// Takes in the calls of one start. Asking is what counts, answered or not; a page without rows may be doubted, and
    /// asked for a second time, once; a list that takes days, once in each start. A page is known by where it begins: its end may be another when the clock has gone
    /// on.
    pub(super) fn take(&mut self, calls: &[Call]) -> Again {
        let mut again = Again::default();
        self.moved |= calls.iter().any(|call| call.fault == Some(FaultKind::GrowingPage));
        self.course.push("|".to_owned());
        self.course.extend(calls.iter().filter_map(told));
        self.spoilt += calls.iter().filter(|call| forces_another(call)).count() as u64;
        // A refused call brought nothing; one without an answer may have.
        let good = |call: &&Call| matches!(call.status, 0 | 200) && call.fault.is_none_or(brings_the_answer);
        let mut within: HashMap<Question, u64> = HashMap::new();
        let mut doubted: HashSet<Question> = HashSet::new();
        let mut details = 0;
        for call in calls.iter().filter(good) {
            if let Some(feed) = &call.feed {
                let page = (feed.from.clone(), feed.sequence.clone());
                let is_silent = call.status == 200 && call.rows == 0;
                if self.pages.insert(page.clone()) {
                    self.rows += call.rows;
                } else if !is_silent || !self.doubted.insert(page) {
                    again.pages += 1;
                }
                let from = millis(&feed.from);
                let to = feed.to.as_deref().and_then(millis).or(from.map(|from| from + WINDOW));
                self.from = [self.from, from].into_iter().flatten().min();
                self.to = self.to.max(to);
            } else if !call.ids.is_empty() {
                details += call.ids.iter().filter(|id| self.ids.contains(*id)).count();
            } else if call.endpoint == Endpoint::Token {
                if self.last_token.is_none_or(|last| call.at - last >= TOKEN_RENEWED) {
                    self.last_token = Some(call.at);
                    self.tokens += 1;
                }
            } else {
                let question = question(call);
                let is_silent = call.status == 200 && call.rows == 0;
                if is_silent && within.contains_key(&question) && doubted.insert(question.clone()) {
                    continue;
                }
                let is_again = self.questions.contains(&question);
                let times = within.entry(question).or_default();
                *times += 1;
                if is_again {
                    again.questions += 1;
                    let readers = readers(call.endpoint).unwrap_or(u64::MAX);
                    again.worst = again.worst.max(times.div_ceil(readers));
                }
            }
        }
        // By what they hold: the lines of one batch may stand in two where the next start cuts them otherwise.
        again.batches = details.div_ceil(FULL) as u64;
        self.ids.extend(calls.iter().filter(good).flat_map(|call| call.ids.iter().cloned()));
        self.questions.extend(within.into_keys());
        if self.moved {
            again.batches = 0;
        }
        again
    }

    /// What all starts have asked for, in order; a bar stands before each start.
    pub(super) fn course(&self) -> String {
        self.course.join("; ")
    }

    /// The least calls that could have brought what was listed.
    pub(super) fn needed(&self) -> u64 {
        let span = self.from.zip(self.to).map_or(0, |(from, to)| (to - from).max(1));
        let windows = u64::try_from((span + WINDOW - 1) / WINDOW).unwrap_or(0);
        let pages = (self.rows.div_ceil(FULL) as u64).max(windows);
        let batches = self.ids.len().div_ceil(FULL) as u64;
        pages + batches + self.tokens + self.questions.len() as u64 + self.spoilt
    }
}

/// What a call asks, however late it is.
fn question(call: &Call) -> Question {
    let is_window = call.platform == Platform::EleventhStreet && readers(call.endpoint).is_some();
    let asked = call.target.rsplit_once('/').filter(|_| is_window).map_or(&*call.target, |(asked, _)| asked);
    (call.endpoint, asked.to_owned())
}

/// How many streams go through a list in one run: at 11st the lists of claims tell of order lines as well, that of forced
/// cancels, which the simulator does not know, included. `None` for single
/// orders, which are looked up as often as lists name them; what they cost is counted, and bounded by their lists.
fn readers(endpoint: Endpoint) -> Option<u64> {
    match endpoint {
        Endpoint::StreetOrder | Endpoint::StreetOrderStates | Endpoint::OrderSheetsOfOrder => None,
        Endpoint::StreetCancels
        | Endpoint::StreetCancelled
        | Endpoint::StreetReturns
        | Endpoint::StreetReturned
        | Endpoint::StreetExchanges
        | Endpoint::StreetUnknown => Some(2),
        _ => Some(1),
    }
}

/// A call for rows, in short.
fn told(call: &Call) -> Option<String> {
    let fault = call.fault.map_or("", FaultKind::name);
    if call.platform != Platform::Smartstore {
        return Some(format!("{} {} {} {fault}", call.endpoint, question(call).1, call.status));
    }
    match &call.feed {
        Some(feed) => {
            let sequence = feed.sequence.as_deref().unwrap_or("-");
            Some(format!("page {} {sequence} {} {fault}", feed.from, call.status))
        }
        None if call.ids.is_empty() => None,
        None => Some(format!("batch {} {} {fault}", call.ids.len(), call.status)),
    }
}

fn forces_another(call: &Call) -> bool {
    call.fault.is_some_and(|kind| !brings_the_answer(kind) || kind == FaultKind::TokenExpired)
}

fn millis(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use simulator::FeedCall;

    use super::*;

    fn call(endpoint: Endpoint, at: i64) -> Call {
        Call {
            number: 1,
            at,
            platform: endpoint.platform(),
            account: String::new(),
            door: String::new(),
            endpoint,
            target: endpoint.name().to_owned(),
            status: 200,
            fault: None,
            feed: None,
            ids: Vec::new(),
            rows: 0,
        }
    }

    fn page(sequence: Option<&str>, rows: usize) -> Call {
        let feed = FeedCall {
            from: "2026-02-01T00:00:00.000+09:00".into(),
            to: Some("2026-02-02T00:00:00.000+09:00".into()),
            sequence: sequence.map(str::to_owned),
        };
        Call { feed: Some(feed), rows, ..call(Endpoint::Feed, 0) }
    }

    fn batch(ids: std::ops::Range<u32>) -> Call {
        Call { ids: ids.map(|id| id.to_string()).collect(), ..call(Endpoint::Query, 0) }
    }

    #[test]
    fn what_is_asked_twice_is_counted() {
        let mut asked = Asked::default();
        let first = [call(Endpoint::Token, 0), page(None, 300), page(Some("a"), 20), batch(0..300)];
        assert_eq!(asked.take(&first), Again::default());
        assert_eq!(asked.needed(), 1 + 2 + 1);
        let again = asked.take(&[page(Some("a"), 20), batch(200..310), call(Endpoint::Token, 500)]);
        assert_eq!((again.pages, again.batches), (1, 1));
        let cut_otherwise = asked.take(&[batch(10..300), batch(300..310), batch(310..320)]);
        assert_eq!(cut_otherwise.batches, 1, "no more than a batch holds");
        assert_eq!(asked.take(&[batch(0..300), batch(300..301)]).batches, 2);
        assert_eq!(asked.needed(), 1 + 2 + 2, "repeats are not needed");
    }

    #[test]
    fn a_spoilt_call_may_be_repeated() {
        let mut asked = Asked::default();
        let cut = Call { fault: Some(FaultKind::CutBody), ..page(None, 300) };
        let limited = Call { status: 429, ..page(None, 0) };
        assert_eq!(asked.take(&[cut, limited, page(None, 10)]), Again::default());
        assert_eq!(asked.needed(), 2);
        let slow = Call { fault: Some(FaultKind::Slow), ..page(None, 10) };
        assert_eq!(asked.take(&[slow]).pages, 1, "its answer was good");
    }

    #[test]
    fn a_page_without_rows_may_be_doubted_once() {
        let mut asked = Asked::default();
        let silent = || Call { status: 200, ..page(None, 0) };
        assert_eq!(asked.take(&[silent(), silent()]), Again::default());
        assert_eq!(asked.take(&[silent()]).pages, 1);
    }

    #[test]
    fn a_question_to_the_mall_is_needed_once() {
        let mut asked = Asked::default();
        let orders = || Call { rows: 1, ..call(Endpoint::Orders, 0) };
        assert_eq!(orders().platform, Platform::Cafe24);
        assert_eq!(asked.take(&[orders(), call(Endpoint::Visits, 0)]), Again::default());
        let again = asked.take(&[orders()]);
        assert_eq!((again.questions, again.worst), (1, 1));
        let again = asked.take(&[orders(), orders()]);
        assert_eq!((again.questions, again.worst), (2, 2));
        assert_eq!(asked.needed(), 2);
    }

    #[test]
    fn a_list_that_two_streams_go_through_may_be_asked_for_twice() {
        let list = |endpoint, end: &str| Call {
            target: format!("/rest/claimservice/returnorders/202603020000/{end}"),
            rows: 1,
            ..call(endpoint, 0)
        };
        let twice = |endpoint| [list(endpoint, "202603041200"), list(endpoint, "202603041201")];
        let mut asked = Asked::default();
        assert_eq!(asked.take(&twice(Endpoint::StreetReturns)), Again::default());
        assert_eq!(asked.needed(), 1, "it is the same window");
        let again = asked.take(&twice(Endpoint::StreetReturns));
        assert_eq!((again.questions, again.worst), (2, 1));
        assert_eq!(asked.take(&twice(Endpoint::StreetPackaging)), Again::default());
        assert_eq!(asked.take(&twice(Endpoint::StreetPackaging)).worst, 2);
        let silent = twice(Endpoint::StreetPackaging).map(|call| Call { rows: 0, ..call });
        assert_eq!(asked.take(&silent).worst, 1, "silence may be doubted");
        let page = |token: &str| Call {
            target: format!("/v2/providers/openapi/apis/api/v5/vendors/A/ordersheets?nextToken={token}"),
            ..call(Endpoint::OrderSheets, 0)
        };
        assert_eq!(asked.take(&[page("1"), page("2")]), Again::default());
        assert_eq!(asked.take(&[page("2")]).worst, 1);
    }

    #[test]
    fn single_orders_are_counted_and_not_bounded() {
        let order = || Call {
            target: "/rest/ordservices/complete/1".into(),
            rows: 1,
            ..call(Endpoint::StreetOrder, 0)
        };
        let mut asked = Asked::default();
        assert_eq!(asked.take(&[order(), order()]), Again::default());
        let again = asked.take(&[order(), order(), order()]);
        assert_eq!((again.questions, again.worst), (3, 1));
    }
}
