//! Reading into the store, for the server and past it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use connector_core::{Error as CoreError, Mode};
use server::host::{Ended, Reading, StreamResult};
use storage::ConnectorRow;
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::owner;
use crate::progress::Progress;
use crate::summary::{Outcome, StreamRun};
use crate::sync::{self, SyncJob};

/// Reads an account's streams into the store: one result for each.
pub(super) async fn read(
    context: &Context,
    progress: &Arc<Progress>,
    row: &ConnectorRow,
    reading: &Reading,
    stop: CancellationToken,
) -> Vec<StreamResult> {
    let plays = row.mode == Mode::Fixture.name() && !reading.is_chosen;
    let job = SyncJob {
        rows: vec![row.clone()],
        streams: reading.streams.clone(),
        from: reading.from.filter(|_| !plays),
        to: reading.to.filter(|_| !plays),
        dry_run: false,
        concurrency: 1,
    };
    match sync::run(context, &job, progress, stop).await {
        Ok(summary) => summary.runs.into_iter().map(result).collect(),
        Err(error) => vec![failure(&error)],
    }
}

/// Writes down what the command line has synced, for those who look at the log over HTTP. A failure is logged: the syncs
/// themselves are done.
pub(crate) async fn record(context: &Context, job: &SyncJob, runs: &[StreamRun], began: DateTime<Utc>) {
    let asked =
        Reading { streams: job.streams.clone(), from: job.from, to: job.to, is_chosen: job.from.is_some() };
    for row in &job.rows {
        let mine = runs.iter().filter(|run| run.connector_id == row.id);
        // An account that was left out was not synced.
        let results: Vec<StreamResult> = mine
            .filter(|run| !(run.outcome == Outcome::Skipped && run.stream == "-"))
            .map(|run| result(run.clone()))
            .collect();
        if results.is_empty() {
            continue;
        }
        let recorded = server::record_sync(&context.storage, row, &asked, results, began, owner::name());
        if let Err(error) = recorded.await {
            tracing::warn!(connector.id = row.id, %error, "the sync could not be written down for the server");
        }
    }
}

fn result(run: StreamRun) -> StreamResult {
    let ended = match run.outcome {
        Outcome::Ok => Ended::Succeeded,
        Outcome::Partial => Ended::Partial,
        Outcome::Suspect => Ended::Suspect,
        Outcome::Failed => Ended::Failed,
        Outcome::Interrupted => Ended::Interrupted,
        // A stream that the platform does not offer this account; without a stream, nothing was done at all.
        Outcome::Skipped if run.stream == "-" => Ended::Failed,
        Outcome::Skipped => Ended::Succeeded,
    };
    StreamResult {
        code: run.code.map(str::to_owned),
        stream: run.stream,
        ended,
        window_from: run.window_from,
        window_to: run.window_to,
        counts: run.counts,
        message: run.message,
        fix: run.fix,
    }
}

fn failure(error: &CoreError) -> StreamResult {
    StreamResult {
        stream: "-".to_owned(),
        ended: Ended::Failed,
        window_from: None,
        window_to: None,
        counts: storage::LogCounts::default(),
        message: Some(error.to_string()),
        fix: Some(error.fix().to_owned()),
        code: Some(error.kind().name().to_owned()),
    }
}
