//! What the main job reports at its end.

use std::fmt::Write;

use connector_core::Mode;
use serde::Serialize;

pub use storage::LogCounts as Counts;

use crate::output::{Table, counted, duration_text, grouped};

/// How the run of one stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Nothing to do, such as an account that another runner is working on.
    Skipped,
    /// Everything in the window is stored.
    Ok,
    /// All was read, and it is less than the account's own history makes likely.
    Suspect,
    /// Some rows could not be read or stored.
    Partial,
    /// It ended early; what was committed is kept.
    Failed,
    /// A person or the system ended it early; what was committed is kept.
    Interrupted,
}

impl Outcome {
    /// `ok`, `partial`, ... as in the run log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::Ok => "ok",
            Self::Suspect => "suspect",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }

    /// The exit code of a process that ends so.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Skipped | Self::Ok => 0,
            Self::Suspect | Self::Partial | Self::Failed => 1,
            Self::Interrupted => 130,
        }
    }
}

fn add(totals: &mut Counts, counts: &Counts) {
    totals.calls += counts.calls;
    totals.pages += counts.pages;
    totals.seen += counts.seen;
    totals.new += counts.new;
    totals.changed += counts.changed;
    totals.unchanged += counts.unchanged;
    totals.older += counts.older;
    totals.failed += counts.failed;
    totals.stored += counts.stored;
}

/// One stream of one account, after its run.
#[derive(Clone, Debug, Serialize)]
pub struct StreamRun {
    /// The row's id.
    pub connector_id: i64,
    /// The row's name.
    pub connector: String,
    /// The row's platform.
    pub platform: String,
    /// `api` or `fixture`.
    pub mode: Mode,
    /// The stream; `-` when the account failed before any stream could start.
    pub stream: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The first instant of the window, as KST text.
    pub window_from: Option<String>,
    /// The end of the window, as KST text.
    pub window_to: Option<String>,
    /// What was counted.
    #[serde(flatten)]
    pub counts: Counts,
    /// How long it took.
    pub duration_ms: u64,
    /// What there is to say: the error, or why it is suspect.
    pub message: Option<String>,
    /// What to do about it.
    pub fix: Option<String>,
    /// The kind of the error, where it was one.
    #[serde(skip)]
    pub code: Option<&'static str>,
    /// Whether nothing was written.
    pub dry_run: bool,
}

/// The whole run.
#[derive(Clone, Debug, Serialize)]
pub struct RunSummary {
    /// The worst outcome of all runs.
    pub outcome: Outcome,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// The database's address, without its password.
    pub database: String,
    /// All streams of all accounts, sorted by account and stream.
    pub runs: Vec<StreamRun>,
    /// The sum over all runs.
    pub totals: Counts,
    /// How long the whole run took.
    pub duration_ms: u64,
}

impl RunSummary {
    /// Sums up `runs`.
    #[must_use]
    pub fn new(database: String, dry_run: bool, mut runs: Vec<StreamRun>, duration_ms: u64) -> Self {
        runs.sort_by(|a, b| (a.connector_id, &a.stream).cmp(&(b.connector_id, &b.stream)));
        let outcome = runs.iter().map(|run| run.outcome).max().unwrap_or(Outcome::Ok);
        let mut totals = Counts::default();
        for run in &runs {
            add(&mut totals, &run.counts);
        }
        Self { outcome, dry_run, database, runs, totals, duration_ms }
    }

    /// 130 when interrupted, 1 when anything failed or is suspect, else 0.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        self.outcome.exit_code()
    }

    /// The summary for people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut titles = vec![
            "Account",
            "Stream",
            "Window (KST)",
            "#Seen",
            "#New",
            "#Changed",
            "#Unchanged",
            "#Calls",
            "#Time",
            "Result",
        ];
        let has_failed = self.totals.failed > 0;
        if has_failed {
            titles.insert(7, "#Failed");
        }
        let mut table = Table::new(&titles);
        for run in &self.runs {
            let counts = &run.counts;
            let mut cells = vec![
                format!("{} ({})", run.connector, run.mode.name()),
                run.stream.clone(),
                run.window_text(),
                grouped(counts.seen),
                grouped(counts.new),
                grouped(counts.changed),
                grouped(counts.unchanged + counts.older),
                grouped(counts.calls),
                duration_text(run.duration_ms),
                run.outcome.name().to_owned(),
            ];
            if has_failed {
                cells.insert(7, grouped(counts.failed));
            }
            table.row(cells);
        }
        if !self.runs.is_empty() {
            text.push_str(&table.text());
        }
        text.push('\n');
        text.push_str(&self.sentences());
        text
    }

    fn sentences(&self) -> String {
        let mut text = String::new();
        let counts = &self.totals;
        let mut line =
            |line: std::fmt::Arguments<'_>| writeln!(text, "{line}").expect("a String takes all text");
        let speaks = |run: &&StreamRun| {
            run.message.is_some() || !matches!(run.outcome, Outcome::Ok | Outcome::Interrupted)
        };
        for run in self.runs.iter().filter(speaks) {
            let message = run.message.as_deref().unwrap_or("no more is known");
            let stream = if run.stream == "-" { String::new() } else { format!(" {}", run.stream) };
            line(format_args!("{}{stream}: {}: {message}", run.connector, run.outcome.name()));
            if let Some(fix) = &run.fix {
                line(format_args!("  fix: {fix}"));
            }
        }
        let rows = |number| counted(number, "row", "rows");
        if self.dry_run {
            line(format_args!(
                "Dry run: {} would be new and {} changed; nothing was written.",
                rows(counts.new),
                grouped(counts.changed)
            ));
        } else if counts.new + counts.changed > 0 {
            line(format_args!(
                "{} new, {} changed, {} unchanged, in {}.",
                rows(counts.new),
                grouped(counts.changed),
                grouped(counts.unchanged + counts.older),
                self.database
            ));
        } else if self.outcome == Outcome::Ok {
            line(format_args!(
                "Nothing new: all {} that the platform listed are in {} already.",
                rows(counts.seen),
                self.database
            ));
        }
        if self.outcome == Outcome::Interrupted {
            line(format_args!("Interrupted. Everything committed is kept; the next run goes on from there."));
        }
        if counts.seen > 0 && !self.dry_run {
            line(format_args!("Look at them with `runner orders list`; past runs are in `runner log`."));
        }
        text
    }
}

impl StreamRun {
    fn window_text(&self) -> String {
        // To the minute: the whole text would fill the line.
        let short = |at: &Option<String>| {
            at.as_deref().map_or_else(|| "-".to_owned(), |at| at.get(..16).unwrap_or(at).replace('T', " "))
        };
        if self.window_from.is_none() && self.window_to.is_none() {
            return "-".to_owned();
        }
        format!("{} to {}", short(&self.window_from), short(&self.window_to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(connector_id: i64, outcome: Outcome) -> StreamRun {
        StreamRun {
            connector_id,
            connector: format!("shop-{connector_id}"),
            platform: "smartstore".into(),
            mode: Mode::Fixture,
            stream: "orders".into(),
            outcome,
            window_from: Some("2026-02-15T10:00:00.000+09:00".into()),
            window_to: Some("2026-02-16T10:00:00.000+09:00".into()),
            counts: Counts { seen: 64, new: 60, changed: 4, calls: 9, ..Counts::default() },
            duration_ms: 120,
            message: (outcome == Outcome::Failed).then(|| "token: refused".into()),
            fix: (outcome == Outcome::Failed).then(|| "check the credentials".into()),
            code: (outcome == Outcome::Failed).then_some("auth"),
            dry_run: false,
        }
    }

    fn summary(outcomes: &[Outcome]) -> RunSummary {
        let runs = outcomes.iter().rev().zip(1_i64..).map(|(outcome, id)| run(100 - id, *outcome)).collect();
        RunSummary::new("sqlite://commerce.db".into(), false, runs, 130)
    }

    #[test]
    fn the_worst_outcome_decides_the_exit_code() {
        use Outcome::*;
        for (outcomes, code) in [
            (&[][..], 0),
            (&[Ok, Skipped], 0),
            (&[Ok, Suspect], 1),
            (&[Partial, Ok], 1),
            (&[Failed, Ok, Ok], 1),
            (&[Failed, Interrupted, Ok], 130),
        ] {
            assert_eq!(summary(outcomes).exit_code(), code, "{outcomes:?}");
        }
    }

    #[test]
    fn a_stranger_reads_what_happened_and_what_to_do() {
        let text = summary(&[Outcome::Ok, Outcome::Failed]).text();
        for part in [
            "2026-02-15 10:00 to 2026-02-16 10:00",
            "orders: failed: token: refused",
            "  fix: check the credentials",
            "120 rows new, 8 changed, 0 unchanged, in sqlite://commerce.db.",
            "runner orders list",
        ] {
            assert!(text.contains(part), "{part:?} is missing in:\n{text}");
        }
    }

    #[test]
    fn json_names_every_count_beside_the_account() {
        let json = serde_json::to_value(summary(&[Outcome::Ok])).expect("plain data");
        assert_eq!(json["outcome"], "ok");
        assert_eq!(json["runs"][0]["new"], 60);
        assert_eq!(json["runs"][0]["mode"], "fixture");
        assert_eq!(json["totals"]["seen"], 64);
    }
}
