//! Walking whole Korean days.
//!
//! The days of a run are cut into strides; each stride reads all lists of the stream and then moves the cursor, so a
//! run that dies repeats one stride at most. The cursor never enters the days that may still change: each run reads
//! them again, and all days since, however long the pause was.

use std::collections::HashSet;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use super::asking::{self, Odd};
use super::engine::{Run, interrupted};
use super::fetching::unique;
use super::gaps::{self, Gap};
use super::{Batch, Checkpoint, Sweep, Window, reread, suspicion};
use crate::connector::{DayList, Next, Page, ReadRequest, View, Wanted};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Change;
use crate::time::{floor_millis, kst_date, kst_midnight};

/// A first run over more days than this that brings no figure at all has asked for the wrong shop.
const QUIET_DAYS: i64 = 7;

/// Days from the first up to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    first: NaiveDate,
    last: NaiveDate,
}

impl Span {
    fn days(self) -> i64 {
        (self.last - self.first).num_days() + 1
    }

    /// Pieces of at most `most` days, in order.
    fn pieces(self, most: u32) -> Vec<Self> {
        let most = u64::from(most.max(1));
        let mut pieces = Vec::new();
        let mut first = self.first;
        while first <= self.last {
            let last = (first + Days::new(most - 1)).min(self.last);
            pieces.push(Self { first, last });
            first = last + Days::new(1);
        }
        pieces
    }

    fn halves(self) -> [Self; 2] {
        let middle = self.first + TimeDelta::days((self.days() - 1) / 2);
        [Self { first: self.first, last: middle }, Self { first: middle + Days::new(1), last: self.last }]
    }

    fn window(self) -> Window {
        Window { from: kst_midnight(self.first), to: kst_midnight(self.last + Days::new(1)) }
    }
}

/// The shortest window that is halved: platforms that take times take whole minutes.
const SHORTEST: TimeDelta = TimeDelta::minutes(2);

/// What one list is asked for at once: whole days, or a part of a single day that holds too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    days: Span,
    window: Window,
}

impl Piece {
    fn of(days: Span) -> Self {
        Self { days, window: days.window() }
    }

    fn is_whole_days(self) -> bool {
        self.window == self.days.window()
    }

    /// Two pieces that touch; `None` when it cannot be cut any further.
    fn halves(self, into_parts_of_days: bool) -> Option<[Self; 2]> {
        if self.days.days() > 1 {
            return Some(self.days.halves().map(Self::of));
        }
        if !into_parts_of_days {
            return None;
        }
        let Window { from, to } = self.window;
        let minutes = (to - from).num_minutes() / 2;
        let middle = from + TimeDelta::minutes(minutes);
        let part = |from, to| Self { window: Window { from, to }, ..self };
        (to - from >= SHORTEST).then(|| [part(from, middle), part(middle, to)])
    }
}

impl Run<'_> {
    pub(super) async fn daily(&mut self, resettle_days: u32, stride_days: u32) -> Result<()> {
        let now = floor_millis(self.client.now());
        let today = kst_date(now);
        let keeps_cursor = self.options.range.is_none() && !self.options.replay;
        let checkpoint =
            if keeps_cursor { self.store.checkpoint(self.stream.name).await? } else { Checkpoint::default() };
        let span = self.span(checkpoint.through, today)?;
        self.is_first_run = keeps_cursor && checkpoint.through.is_none();
        let range = Window { to: span.window().to.min(now), ..span.window() };
        self.report.range = Some(range);
        let keeps_up = keeps_cursor && !self.options.dry_run;
        let earlier = if keeps_up { gaps::load(self).await? } else { Vec::new() };
        let unsettled = today - Days::new(resettle_days.into());
        let mut gaps = Vec::new();
        let lists = self.client.connector().day_lists(self.stream);
        for stride in span.pieces(stride_days) {
            for list in &lists {
                if list.follow_up && checkpoint.through.is_none() {
                    continue;
                }
                gaps.extend(self.list(list, stride).await?);
            }
            gaps.retain(|gap| gap.first < unsettled);
            if keeps_up && !gaps.is_empty() {
                // Before the cursor passes them.
                gaps::keep(self, &[&earlier[..], &gaps[..]].concat()).await?;
            }
            if self.is_silent(&lists) {
                continue;
            }
            let through = kst_midnight((stride.last + Days::new(1)).min(unsettled));
            let through = Some(through).max(checkpoint.through).max(Some(range.from));
            self.finish(Checkpoint { through, run: None }).await?;
        }
        self.report.suspect = self.doubt(&lists, range, checkpoint.through).await?;
        if keeps_up {
            if !earlier.is_empty() {
                gaps.extend(self.close(earlier, &lists, span.first).await?);
                gaps::keep(self, &gaps).await?;
            }
            reread::due(self, now).await?;
        }
        Ok(())
    }

    /// The days to read.
    fn span(&self, through: Option<DateTime<Utc>>, today: NaiveDate) -> Result<Span> {
        let span = match (self.options.range, through) {
            (Some(range), _) => Span {
                first: kst_date(range.from),
                last: kst_date(range.to.min(kst_midnight(today + Days::new(1))) - TimeDelta::milliseconds(1)),
            },
            (None, Some(through)) => Span { first: kst_date(through).min(today), last: today },
            (None, None) => {
                let back = self.options.lookback.num_days().max(1) - 1;
                Span { first: today - TimeDelta::days(back), last: today }
            }
        };
        if span.first > span.last {
            return Err(Error::new(ErrorKind::Config, "there is no day in the range asked for")
                .with_fix("--from must lie before --to, and not after today"));
        }
        Ok(span)
    }

    /// Reads the days again that earlier runs could not read whole, as far as this run has not done so from
    /// `read_from` on. Returns what is still to be tried.
    async fn close(
        &mut self,
        earlier: Vec<Gap>,
        lists: &[DayList],
        read_from: NaiveDate,
    ) -> Result<Vec<Gap>> {
        let mut open = Vec::new();
        for gap in earlier.into_iter().filter(|gap| gap.first < read_from) {
            // A list that is no more, as of a shop that was taken out of the settings, has nothing to close.
            let Some(list) = lists.iter().find(|list| list.first_page == gap.list) else { continue };
            let days = Span { first: gap.first, last: gap.last };
            if !self.list(list, days).await?.is_empty() {
                open.extend(gap.once_more());
            }
        }
        Ok(open)
    }

    /// Reads one list over the days of a stride. Returns the days with rows that could not be read and cannot be asked
    /// for by key.
    async fn list(&mut self, list: &DayList, stride: Span) -> Result<Vec<Gap>> {
        let mut gaps = Vec::new();
        let mut pieces: Vec<Piece> = stride.pieces(list.max_days).into_iter().map(Piece::of).collect();
        pieces.reverse();
        while let Some(piece) = pieces.pop() {
            match self.pages(list, piece).await {
                Err(error) if error.kind() == ErrorKind::TooWide => {
                    let [earlier, later] = piece.halves(list.parts_of_days).ok_or(error)?;
                    pieces.extend([later, earlier]);
                }
                outcome => {
                    if !outcome? {
                        gaps.push(Gap::new(&list.first_page, piece.days.first, piece.days.last));
                    }
                }
            }
        }
        gaps.dedup();
        Ok(gaps)
    }

    /// Reads all pages of one list over some days. Says whether every row was read, or can be asked for by its key.
    async fn pages(&mut self, list: &DayList, piece: Piece) -> Result<bool> {
        let asked_at = self.client.now();
        let mut page = list.first_page.clone();
        let mut tokens = HashSet::new();
        let mut keys = HashSet::new();
        let mut failed = 0;
        let mut is_whole = true;
        loop {
            if self.stop.is_cancelled() {
                return Err(interrupted());
            }
            if !tokens.insert(page.clone()) {
                return Err(page_loop(list, "a page points to one that has been read"));
            }
            // A full page was followed by none, or an account that is read for the first time has nothing at all.
            let is_later_page = tokens.len() > 1;
            let silence =
                is_later_page || self.is_first_run && self.report.progress.seen == 0 && !list.follow_up;
            let request = ReadRequest {
                stream: self.stream,
                view: View::Changes,
                window: Some(piece.window),
                page: Some(page),
            };
            let observed_at = self.client.now();
            let Page { records, changes, failures, next } =
                asking::read(self.client, &request, Odd { silence, nameless: false }).await?;
            let known = keys.len();
            keys.extend(records.iter().map(crate::record::Record::key));
            keys.extend(changes.iter().map(|change| change.key.clone()));
            let is_last = next == Next::Done;
            let holds_rows = !records.is_empty() || !changes.is_empty();
            if !is_last && holds_rows && keys.len() == known {
                return Err(page_loop(list, "a page repeats the rows of those before it"));
            }
            failed += failures.len();
            let by_key = self.stream.details.is_some();
            is_whole &= failures.iter().all(|failure| by_key && failure.key.is_some());
            self.report.progress.pages += 1;
            let records = unique(records);
            self.report.progress.seen += (records.len() + failures.len()) as u64;
            // A day without any row is believed only beside others that have some, and a row that could not be read
            // is not gone.
            let whole = is_last
                && failed == 0
                && piece.is_whole_days()
                && (!keys.is_empty() || self.report.progress.seen > 0);
            let sweep = list.figures.filter(|_| whole).map(|figures| Sweep {
                figures,
                from: piece.days.first,
                to: piece.days.last,
                observed_before: asked_at,
            });
            self.save(Batch { observed_at, records, failures, sweep, ..Batch::default() }).await?;
            self.details(changes).await?;
            page = match next {
                Next::Done => return Ok(is_whole),
                Next::Page(token) | Next::Resume { page: token, .. } => token,
            };
        }
    }

    /// Fetches the records of which a list of days tells the keys only, as far as the store does not hold them as they are.
    async fn details(&mut self, changes: Vec<Change>) -> Result<()> {
        let Some(details) = self.stream.details.filter(|_| !changes.is_empty()) else { return Ok(()) };
        self.report.progress.seen += changes.len() as u64;
        let known = self.store.known(self.stream.name, &changes).await?;
        let mut wanted = Vec::new();
        let mut asked = HashSet::new();
        for (change, known) in changes.into_iter().zip(known) {
            if known {
                self.report.progress.known += 1;
            } else if asked.insert(change.key.clone()) {
                wanted.push(Wanted { key: change.key, changed_at: Some(change.at) });
            }
        }
        while !wanted.is_empty() {
            if self.stop.is_cancelled() {
                return Err(interrupted());
            }
            let rest = wanted.split_off(wanted.len().min(details.batch.max(1)));
            let batch = asking::fetch(self.client, self.stream, wanted).await?;
            // Lines of one order come together.
            let brought: HashSet<String> = batch.records.iter().map(crate::record::Record::key).collect();
            wanted = rest.into_iter().filter(|wanted| !brought.contains(&wanted.key)).collect();
            self.save(batch).await?;
        }
        Ok(())
    }

    /// Whether a stream of figures has brought nothing at all so far.
    fn is_silent(&self, lists: &[DayList]) -> bool {
        self.report.progress.seen == 0 && lists.iter().any(|list| list.figures.is_some())
    }

    /// Why what was read is not to be believed.
    async fn doubt(
        &self,
        lists: &[DayList],
        range: Window,
        through: Option<DateTime<Utc>>,
    ) -> Result<Option<String>> {
        let saved = &self.report.saved;
        let records = saved.new + saved.changed + saved.unchanged + saved.older;
        if saved.stored != records {
            return Ok(Some(format!("{records} rows were saved, but the database holds {}", saved.stored)));
        }
        if self.report.progress.seen > 0 {
            return Ok(None);
        }
        if !self.is_silent(lists) {
            return suspicion::empty_run(self.store, self.stream.name, range, through).await;
        }
        let stored = self.store.ordered_in(self.stream.name, range).await?;
        if stored > 0 {
            return Ok(Some(format!(
                "the platform sent no figure at all, but {stored} are stored for {range}"
            )));
        }
        let days = (range.to - range.from).num_days();
        Ok((days >= QUIET_DAYS).then(|| {
            format!("the platform sent no figure at all for {days} days: are mall and shop the right ones?")
        }))
    }
}

fn page_loop(list: &DayList, what: &str) -> Error {
    Error::new(ErrorKind::PageLoop, format!("the paging of {} does not advance: {what}", list.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(first: u32, last: u32) -> Span {
        let day = |day| NaiveDate::from_ymd_opt(2026, 3, day).expect("a day of March");
        Span { first: day(first), last: day(last) }
    }

    #[test]
    fn pieces_touch_and_cover() {
        assert_eq!(span(1, 7).pieces(3), [span(1, 3), span(4, 6), span(7, 7)]);
        assert_eq!(span(1, 1).pieces(31), [span(1, 1)]);
        assert_eq!(span(1, 2).pieces(0), [span(1, 1), span(2, 2)]);
    }

    #[test]
    fn halves_touch_and_cover() {
        assert_eq!(span(1, 31).halves(), [span(1, 16), span(17, 31)]);
        assert_eq!(span(1, 2).halves(), [span(1, 1), span(2, 2)]);
    }

    #[test]
    fn a_day_that_holds_too_much_is_cut_into_minutes() {
        let mut pieces = vec![Piece::of(span(1, 2))];
        let mut shortest = 0;
        while let Some(piece) = pieces.pop() {
            match piece.halves(true) {
                Some([one, other]) => {
                    assert_eq!((one.window.from, other.window.to), (piece.window.from, piece.window.to));
                    assert_eq!(one.window.to, other.window.from, "halves touch");
                    pieces.extend([one, other]);
                }
                None => {
                    shortest += 1;
                    assert_eq!((piece.window.to - piece.window.from).num_minutes(), 1);
                }
            }
        }
        assert_eq!(shortest, 2 * 24 * 60);
        assert!(Piece::of(span(1, 2)).halves(false).is_some());
        assert!(Piece::of(span(1, 1)).halves(false).is_none(), "where only whole days can be asked for");
    }

    #[test]
    fn a_window_is_whole_korean_days() {
        let window = span(1, 2).window();
        assert_eq!(window.to - window.from, TimeDelta::days(2));
        assert_eq!(window.from.to_rfc3339(), "2026-02-28T15:00:00+00:00");
    }
}
