//! One run of one stream.
//!
//! Three things happen side by side: the list is read one page ahead, details are fetched, batches are stored. What
//! binds them:
//! - A list page is asked for only when the one before it stands in the store's checkpoint.
//! - A batch of details is asked for only while fewer than [`Client::parallelism`] batches are fetched or being
//!   stored. That is one, unless the platform answers more slowly than it may be asked; so a process that dies loses
//!   at most one page and one batch, and several are out at once only where waiting for them is the bottleneck.
//! - A run that has stored [`LONG_RUN`] batches fetches one while it stores another. A process that dies then loses
//!   both, a small part of what it keeps.

use std::collections::{HashSet, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesOrdered, StreamExt};
use tokio_util::sync::CancellationToken;

use super::asking::{self, Flow, Odd, Silent};
use super::backlog::{Backlog, Edge};
use super::fetching::unique;
use super::listing::{Listing, Print};
use super::report::{Observer, Report, RunOptions};
use super::{
    Batch, Checkpoint, PendingCheckpoint, Progress, RunPosition, Saved, Store, Window, reread, suspicion,
};
use crate::connector::{Page, ReadRequest, StreamSpec, SyncMode, View, Wanted};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Client;
use crate::record::Change;
use crate::time::floor_millis;

/// Runs `stream` once: from its cursor to now, or over the range asked for.
///
/// Errors stand in the report; whatever was committed before them is kept.
pub async fn run(
    client: &Client,
    stream: &'static StreamSpec,
    store: &dyn Store,
    options: &RunOptions,
    observer: &dyn Observer,
    stop: &CancellationToken,
) -> Report {
    let mut run = Run {
        client,
        stream,
        store,
        options,
        observer,
        stop,
        report: Report::default(),
        counted: Progress::default(),
        is_first_run: false,
        silent: Silent::default(),
        doubted_in: None,
        calls_before: client.calls(),
    };
    let skew = client.clock_skew();
    let mut outcome = run.whole().await;
    let refused = outcome.as_ref().is_err_and(|error| error.kind() == ErrorKind::Rejected);
    if refused && client.clock_skew() != skew {
        // The range was drawn by a clock that the platform's answer has set right since.
        outcome = run.whole().await;
    }
    run.report.progress.calls = client.calls() - run.calls_before;
    run.report.error = outcome.err();
    run.report
}

pub(super) struct Run<'a> {
    pub(super) client: &'a Client,
    pub(super) stream: &'static StreamSpec,
    pub(super) store: &'a dyn Store,
    pub(super) options: &'a RunOptions,
    observer: &'a dyn Observer,
    pub(super) stop: &'a CancellationToken,
    pub(super) report: Report,
    /// What of the progress the store has been told.
    counted: Progress,
    /// Whether nothing of a stream of days has been read before.
    pub(super) is_first_run: bool,
    silent: Silent,
    /// The whole range, while a window of it is asked for again.
    doubted_in: Option<Window>,
    calls_before: u64,
}

/// After so many stored batches the next one is fetched while one is stored.
const LONG_RUN: usize = 16;

/// Something that is under way beside the loop.
type InFlight<'a, T> = BoxFuture<'a, Result<T>>;

/// Where a page stands among what was read before it.
#[derive(Clone, Copy)]
struct Place<'a> {
    edge: &'a Edge,
    /// Rows that changed up to here may be in the store already: those of the overlap, and those of the window in
    /// which an unfinished run goes on.
    known_to: Option<DateTime<Utc>>,
}

/// A batch that is ready to be stored, and how many of the backlog it settles.
#[derive(Default)]
struct Ready {
    batch: Batch,
    settles: usize,
}

/// A batch that is stored.
struct Stored {
    saved: Saved,
    settles: usize,
}

impl<'a> Run<'a> {
    async fn whole(&mut self) -> Result<()> {
        // Settles the credential, and with it whose clock is right, before any window is drawn.
        self.client.ready().await?;
        if let Some(reason) = self.client.withheld(self.stream).await? {
            self.report.withheld = Some(reason);
            return Ok(());
        }
        let (max_window, overlap, settle) = match self.stream.sync {
            SyncMode::Snapshot => return self.snapshot().await,
            SyncMode::Daily { resettle_days, stride_days } => {
                return self.daily(resettle_days, stride_days).await;
            }
            SyncMode::Incremental { max_window, overlap, settle } => (max_window, overlap, settle),
        };
        let max_window = delta(max_window);
        let now = self.client.now();
        let until = floor_millis(now - delta(settle));
        let fresh = self.options.replay || self.options.range.is_some();
        let checkpoint =
            if fresh { Checkpoint::default() } else { self.store.checkpoint(self.stream.name).await? };
        let overlap = self.options.overlap.unwrap_or(delta(overlap));
        let mut backlog = Backlog::new();
        let listing = match (self.options.range, checkpoint.run.clone()) {
            (Some(range), _) => {
                let range = Window { from: floor_millis(range.from), to: floor_millis(range.to).min(until) };
                if range.from >= range.to {
                    return Err(Error::new(
                        ErrorKind::Config,
                        format!("there is nothing in the range {range}"),
                    )
                    .with_fix("--from must lie before --to, and before now"));
                }
                Listing::new(self.stream, View::Changes, range, max_window)
            }
            (None, Some(position)) => {
                tracing::info!(range = %position.range, pending = position.pending.len(), "going on with an unfinished run");
                for change in position.pending {
                    backlog.add(change);
                }
                self.silent = Silent::resume(position.silent, position.doubtful);
                let range = Window { from: position.range.from, to: position.range.to.max(until) };
                let (window, page) = go_on(position.window, position.page, (position.range, range), overlap);
                Listing::resume(self.stream, range, max_window, window, page)
            }
            (None, None) => {
                let from =
                    checkpoint.through.map_or(until - self.options.lookback, |through| through - overlap);
                let range = Window { from: floor_millis(from).min(until), to: until };
                Listing::new(self.stream, View::Changes, range, max_window)
            }
        };
        let range = listing.range();
        self.report.range = Some(range);
        let resumed = checkpoint.run.is_some();
        let carried = backlog.pending.len() as u64;
        self.walk(listing, backlog, checkpoint.through, resumed).await?;
        while let Some(window) = self.silent.doubted() {
            tracing::info!(stream = self.stream.name, %window, "asking again for a silent window before busy ones");
            let listing = Listing::new(self.stream, View::Changes, window, max_window);
            self.doubted_in = Some(range);
            self.walk(listing, Backlog::new(), checkpoint.through, false).await?;
            self.silent.settle();
        }
        self.report.suspect = match self.unsettled(carried) {
            None if self.report.progress.seen == 0 && !resumed && range.to >= until => {
                match suspicion::empty_run(self.store, self.stream.name, range, checkpoint.through).await? {
                    Some(_) if self.has_just_moved(range.to).await? => None,
                    doubt => doubt,
                }
            }
            unsettled => unsettled,
        };
        // An empty answer proves little, and is not built upon. Where the next run can ask for this range and its own in
        // one call, it does; where the answer cannot be true, it has to.
        let is_short = checkpoint.through.is_some_and(|through| range.to - through < max_window / 2);
        let is_silent = self.report.progress.seen == 0 && !resumed && is_short;
        let stays = is_silent || self.report.suspect.is_some();
        let through = if stays { checkpoint.through } else { Some(range.to) };
        self.finish(Checkpoint { through, run: None }).await?;
        if !fresh && !self.options.dry_run {
            reread::due(self, now).await?;
        }
        Ok(())
    }

    /// Whether rows changed since the end of the range: then they may be those that the range misses. They are left
    /// to the next run.
    async fn has_just_moved(&mut self, end: DateTime<Utc>) -> Result<bool> {
        let window = Window { from: end, to: floor_millis(self.client.now()) };
        let request =
            ReadRequest { stream: self.stream, view: View::Changes, window: Some(window), page: None };
        let page = self.client.connector().read(self.client, &request).await?;
        self.report.progress.pages += 1;
        Ok(!page.changes.is_empty() || !page.records.is_empty())
    }

    /// Lists the range to its end and stores everything listed.
    async fn walk(
        &mut self,
        mut listing: Listing,
        mut backlog: Backlog,
        through: Option<DateTime<Utc>>,
        resumed: bool,
    ) -> Result<()> {
        let batch_size = self.stream.details.map_or(usize::MAX, |details| details.batch.max(1));
        let (client, stream, store) = (self.client, self.stream, self.store);
        let relisted_to = listing.window().filter(|_| resumed).map(|window| window.to);
        let mut edge = Edge::default();
        let mut flow = Flow::default();
        // Whether the store's checkpoint lacks what the last list page brought.
        let mut dirty = false;
        let mut failed: Option<Error> = None;
        let mut reading: Option<InFlight<'a, (DateTime<Utc>, Page)>> = None;
        let mut fetching: FuturesOrdered<InFlight<'a, Ready>> = FuturesOrdered::new();
        let mut ready: VecDeque<Ready> = VecDeque::new();
        let mut saving: Option<InFlight<'a, Stored>> = None;
        // What the save under way will write, and how many of the backlog it settles.
        let mut writing: Option<(PendingCheckpoint, usize)> = None;
        // Whether that holds what the last list page brought.
        let mut covered = false;
        let mut stored_batches = 0;
        loop {
            let going = failed.is_none() && !self.stop.is_cancelled();
            let at_once = client.parallelism().max(1 + usize::from(stored_batches >= LONG_RUN));
            let hungry = backlog.queue.len() < batch_size && ready.len() < at_once;
            if going
                && hungry
                && reading.is_none()
                && !dirty
                && let Some(request) = listing.request()
            {
                let is_odd = |window| flow.expects_rows(window) || resumed && flow.cannot_tell(window);
                let silence = request.window.is_some_and(is_odd);
                let odd = Odd { silence, nameless: true };
                reading = Some(Box::pin(async move {
                    let asked_at = client.now();
                    Ok((asked_at, asking::read(client, &request, odd).await?))
                }));
            }
            let listed_all = listing.window().is_none();
            let batches = fetching.len() + ready.len() + usize::from(saving.is_some());
            let full = backlog.queue.len() >= batch_size || listed_all && !backlog.queue.is_empty();
            // The page goes into the journal first, so that the next one can be read beside the details.
            let journaled = !dirty || batches > 0 || listed_all;
            if going && full && journaled && batches < at_once {
                fetching.push_back(Box::pin(fetch(client, stream, backlog.take(batch_size))));
                continue;
            }
            let idle = fetching.is_empty() && ready.is_empty();
            let journal = dirty && (idle || client.parallelism() > 1) && !(listed_all && going);
            if saving.is_none() && (journal || !ready.is_empty()) {
                let Ready { mut batch, settles } = ready.pop_front().unwrap_or_default();
                batch.stream = stream.name;
                batch.progress = self.uncounted();
                if self.options.range.is_none() && !self.options.replay {
                    let checkpoint =
                        PendingCheckpoint::new(self.position(&listing, &backlog, settles, through));
                    writing = Some((checkpoint.clone(), settles));
                    batch.checkpoint = Some(checkpoint);
                }
                self.report.note(&batch);
                covered = dirty;
                saving =
                    Some(Box::pin(async move { Ok(Stored { saved: store.save(batch).await?, settles }) }));
            }
            if reading.is_none() && fetching.is_empty() && saving.is_none() {
                return match failed {
                    Some(error) => Err(error),
                    None if self.stop.is_cancelled() => Err(interrupted()),
                    None => Ok(()),
                };
            }
            tokio::select! {
                biased;
                Some(outcome) = wait(&mut saving) => {
                    saving = None;
                    writing = None;
                    let Stored { saved, settles } = outcome?;
                    // No page is asked for while one that is not in the store waits, so this is the one stored.
                    dirty &= !covered;
                    backlog.settle(settles);
                    stored_batches += usize::from(settles > 0);
                    self.report.count(saved);
                    self.observer.progress(&self.report);
                }
                Some(outcome) = fetching.next() => match outcome {
                    Ok(batch) => ready.push_back(batch),
                    Err(error) => {
                        // Later batches cannot be settled before this one; the next run fetches them all.
                        fetching = FuturesOrdered::new();
                        failed.get_or_insert(error);
                    }
                },
                Some(outcome) = wait(&mut reading) => {
                    reading = None;
                    let read = async {
                        let (asked_at, page) = outcome?;
                        let next = page.next.clone();
                        let print = Print::of(&page);
                        let changes = page.changes.clone();
                        let place = Place { edge: &edge, known_to: through.max(relisted_to) };
                        let rows = changes.len() + page.records.len();
                        let listed = self.accept(page, &mut backlog, place).await?;
                        let window = listing.window();
                        listing.advance(next, print)?;
                        if let Some(window) = window {
                            flow.note(rows, window, listing.window());
                            // A range may well begin before the first order of all.
                            let is_doubted = self.doubted_in.is_some();
                            if !is_doubted && (resumed || window.from > listing.range().from) {
                                self.silent.note(rows, window, flow);
                            }
                        }
                        edge.follow(changes, listing.window());
                        Ok((asked_at, listed))
                    };
                    match read.await {
                        Ok((asked_at, listed)) => {
                            dirty = true;
                            if let Some(mut batch) = listed {
                                batch.observed_at = asked_at;
                                // Next of all: whatever is saved from now on says that this page is done.
                                ready.push_front(Ready { batch, settles: 0 });
                            } else if let Some((checkpoint, settles)) = &writing {
                                covered = checkpoint
                                    .amend(|| self.position(&listing, &backlog, *settles, through));
                            }
                        }
                        Err(error) => drop(failed.get_or_insert(error)),
                    }
                }
            }
        }
    }

    /// Takes in a page: changes into the backlog, full records into a batch of their own.
    async fn accept(&mut self, page: Page, backlog: &mut Backlog, place: Place<'_>) -> Result<Option<Batch>> {
        let Page { records, changes, failures, .. } = page;
        let records = unique(records);
        self.report.progress.pages += 1;
        self.report.progress.seen += (records.len() + failures.len()) as u64;
        let changes: Vec<Change> = changes.into_iter().filter(|change| !place.edge.holds(change)).collect();
        let maybe_known = |change: &&Change| place.known_to.is_some_and(|known_to| change.at <= known_to);
        let asked: Vec<Change> = changes.iter().filter(maybe_known).cloned().collect();
        let known: HashSet<Change> = if asked.is_empty() {
            HashSet::new()
        } else {
            let known = self.store.known(self.stream.name, &asked).await?;
            asked.into_iter().zip(known).filter(|(_, known)| *known).map(|(change, _)| change).collect()
        };
        for change in changes {
            if known.contains(&change) {
                self.report.progress.seen += 1;
                self.report.progress.known += 1;
            } else {
                self.report.progress.seen += u64::from(backlog.add(change));
            }
        }
        let some = !records.is_empty() || !failures.is_empty();
        Ok(some.then(|| Batch { records, failures, ..Batch::default() }))
    }

    /// What the checkpoint says once a batch that settles the first `settles` of the backlog is stored.
    fn position(
        &self,
        listing: &Listing,
        backlog: &Backlog,
        settles: usize,
        through: Option<DateTime<Utc>>,
    ) -> Checkpoint {
        let pending = backlog.pending.iter().skip(settles).cloned().collect();
        let (silent, doubtful) = self.silent.left();
        // While a window is asked for again, the list as such is read to its end.
        let (range, window, page) = match self.doubted_in {
            Some(range) => (range, None, None),
            None => (listing.range(), listing.window(), listing.lasting_page().map(str::to_owned)),
        };
        Checkpoint { through, run: Some(RunPosition { range, window, page, pending, silent, doubtful }) }
    }

    /// What was listed beside what the database says it holds: nothing may be missing, though a platform may send more
    /// than it was asked for. `carried` is what an earlier run had listed and left to this one.
    fn unsettled(&self, carried: u64) -> Option<String> {
        let Report { progress, saved, failed, .. } = &self.report;
        let records = saved.new + saved.changed + saved.unchanged + saved.older;
        let listed = progress.seen - progress.known + carried;
        if listed > records + failed {
            return Some(format!("{listed} rows were listed, but {records} were read and {failed} failed"));
        }
        (saved.stored != records)
            .then(|| format!("{records} rows were saved, but the database holds {}", saved.stored))
    }

    pub(super) async fn finish(&mut self, checkpoint: Checkpoint) -> Result<()> {
        let keep = self.options.range.is_none() && !self.options.replay;
        let checkpoint = keep.then(|| PendingCheckpoint::new(checkpoint));
        self.save(Batch { checkpoint, ..Batch::default() }).await
    }

    pub(super) async fn save(&mut self, mut batch: Batch) -> Result<()> {
        batch.stream = self.stream.name;
        batch.progress = self.uncounted();
        self.report.note(&batch);
        let saved = self.store.save(batch).await?;
        self.report.count(saved);
        self.observer.progress(&self.report);
        Ok(())
    }

    /// The progress since the last commit.
    fn uncounted(&mut self) -> Progress {
        self.report.progress.calls = self.client.calls() - self.calls_before;
        let (now, before) = (self.report.progress, self.counted);
        self.counted = now;
        Progress {
            calls: now.calls - before.calls,
            pages: now.pages - before.pages,
            seen: now.seen - before.seen,
            known: now.known - before.known,
        }
    }
}

/// Where an unfinished run goes on, once its range has grown from the first of `ranges` to the second.
///
/// A run starts an overlap before the end of the one before it, for rows that the platform shows late. So does a run
/// that goes on: what its predecessor listed within an overlap of its own end is listed once more.
fn go_on(
    window: Option<Window>,
    page: Option<String>,
    ranges: (Window, Window),
    overlap: TimeDelta,
) -> (Option<Window>, Option<String>) {
    let (before, now) = ranges;
    let listed_to = window.map_or(before.to, |window| window.from);
    let settled = (before.to - overlap).max(before.from);
    if now.to > before.to && listed_to > settled {
        return (Some(Window { from: settled, to: settled }), None);
    }
    (window, page)
}

/// Fetches the records of `changes`; what the platform leaves out becomes a failure.
async fn fetch(client: &Client, stream: &'static StreamSpec, changes: Vec<Change>) -> Result<Ready> {
    let settles = changes.len();
    let keys =
        changes.into_iter().map(|change| Wanted { key: change.key, changed_at: Some(change.at) }).collect();
    let batch = asking::fetch(client, stream, keys).await?;
    Ok(Ready { batch, settles })
}

pub(super) fn interrupted() -> Error {
    Error::new(ErrorKind::Interrupted, "stopped; everything committed so far is kept")
}

async fn wait<T>(future: &mut Option<BoxFuture<'_, T>>) -> Option<T> {
    match future {
        Some(future) => Some(future.await),
        None => None,
    }
}

pub(super) fn delta(duration: std::time::Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}
