//! One stream of one account: log row, engine, outcome.

use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use connector_core::http::Client;
use connector_core::sync::{self, Observer, Report, RunOptions, Window};
use connector_core::time::kst_text;
use connector_core::{ErrorKind, Mode, StreamSpec};
use storage::{LogFinish, LogStart, Session};
use tokio_util::sync::CancellationToken;

use super::{SyncJob, failed, millis};
use crate::account::Account;
use crate::owner;
use crate::progress::Progress;
use crate::summary::{Counts, Outcome, StreamRun};

/// What a stream's run works with.
pub(super) struct Work<'a> {
    pub(super) job: &'a SyncJob,
    pub(super) account: &'a Account,
    pub(super) client: &'a Client,
    pub(super) session: &'a Session,
    pub(super) progress: &'a Arc<Progress>,
    pub(super) stop: &'a CancellationToken,
}

#[derive(Debug)]
struct Watch<'a> {
    progress: &'a Progress,
    account: &'a str,
    stream: &'static str,
}

impl Observer for Watch<'_> {
    fn progress(&self, report: &Report) {
        self.progress.update(self.account, self.stream, &counts(report));
    }
}

impl Work<'_> {
    /// Runs the stream. Everything that happens stands in the result and in the run log.
    pub(super) async fn run(&self, stream: &'static StreamSpec) -> StreamRun {
        let row = &self.account.row;
        let started = Instant::now();
        let start = LogStart {
            stream: stream.name.to_owned(),
            mode: self.account.mode.name().to_owned(),
            window_from: self.job.from,
            window_to: self.job.to,
            runner: owner::name().to_owned(),
        };
        if let Err(error) = self.session.start_log(start).await {
            return failed(row, stream.name, &error.into());
        }
        let watch = Watch { progress: self.progress, account: &row.name, stream: stream.name };
        let report = sync::run(self.client, stream, self.session, &self.options(), &watch, self.stop).await;
        self.progress.finish(&row.name, stream.name);
        let mut run = self.summary(stream.name, &report, millis(started));
        let finish = LogFinish {
            outcome: run.outcome.name(),
            message: run.message.clone(),
            window_from: report.range.map(|range| range.from),
            window_to: report.range.map(|range| range.to),
            counts: Some(run.counts),
            duration_ms: run.duration_ms,
        };
        if let Err(error) = self.session.finish_log(finish).await {
            // What failed first says more than that its log could not be written.
            if run.outcome <= Outcome::Ok {
                return failed(row, stream.name, &error.into());
            }
            tracing::warn!(connector.id = row.id, stream = stream.name, %error, "the run could not be logged");
        }
        run.duration_ms = millis(started);
        run
    }

    fn options(&self) -> RunOptions {
        let common = &self.account.common;
        let to = self.job.to.unwrap_or(DateTime::<Utc>::MAX_UTC);
        let range = self.job.from.map(|from| Window { from, to });
        RunOptions {
            range,
            lookback: TimeDelta::days(common.lookback_days),
            overlap: common.overlap_minutes.map(TimeDelta::minutes),
            replay: self.account.mode == Mode::Fixture && range.is_none(),
            dry_run: self.job.dry_run,
        }
    }

    fn summary(&self, stream: &str, report: &Report, duration_ms: u64) -> StreamRun {
        let row = &self.account.row;
        let (outcome, message, fix) = self.verdict(stream, report);
        StreamRun {
            connector_id: row.id,
            connector: row.name.clone(),
            platform: row.platform.clone(),
            mode: self.account.mode,
            stream: stream.to_owned(),
            outcome,
            window_from: report.range.map(|range| kst_text(range.from)),
            window_to: report.range.map(|range| kst_text(range.to)),
            counts: counts(report),
            duration_ms,
            message,
            fix,
            code: report.error.as_ref().map(|error| error.kind().name()),
            dry_run: self.job.dry_run,
        }
    }

    /// How it ended, why, and what to do; logged here, where it is handled.
    fn verdict(&self, stream: &str, report: &Report) -> (Outcome, Option<String>, Option<String>) {
        let row = &self.account.row;
        let prefix = format!("{} \"{}\", {stream}", row.platform, row.name);
        if let Some(error) = &report.error {
            if error.kind() == ErrorKind::Interrupted {
                return (Outcome::Interrupted, None, None);
            }
            tracing::error!(connector.id = row.id, stream, kind = error.kind().name(), "{prefix}: {error}");
            return (Outcome::Failed, Some(error.to_string()), Some(error.fix().to_owned()));
        }
        if let Some(reason) = &report.withheld {
            tracing::info!(connector.id = row.id, stream, "{prefix}: left out: {reason}");
            return (Outcome::Skipped, Some(reason.clone()), None);
        }
        if let Some(reason) = &report.suspect {
            tracing::error!(connector.id = row.id, stream, "{prefix}: suspect: {reason}");
            let fix = format!(
                "the cursor stays, the next run reads it again; compare with `runner verify --connector {}`",
                row.name
            );
            return (Outcome::Suspect, Some(reason.clone()), Some(fix));
        }
        if report.failed > 0 {
            let more = report.failed - report.failures.len() as u64;
            let rest = if more > 0 { format!("; and {more} more") } else { String::new() };
            let message =
                format!("{} rows could not be read: {}{rest}", report.failed, report.failures.join("; "));
            tracing::warn!(connector.id = row.id, stream, "{prefix}: {message}");
            let fix =
                "the rows are kept in failed_records and later runs read them again; all others are stored";
            return (Outcome::Partial, Some(message), Some(fix.to_owned()));
        }
        (Outcome::Ok, None, None)
    }
}

fn counts(report: &Report) -> Counts {
    Counts {
        calls: report.progress.calls,
        pages: report.progress.pages,
        seen: report.progress.seen,
        new: report.saved.new,
        changed: report.saved.changed,
        unchanged: report.unchanged(),
        older: report.saved.older,
        failed: report.failed,
        stored: report.saved.stored,
    }
}
