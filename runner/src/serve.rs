//! `runner serve`: the REST server over the one way to sync and to check.

use std::io::{self, Write as _};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use connector_core::{Error as CoreError, ErrorKind, Mode};
use serde_json::{Map, Value, json};
use server::Host;
use server::host::{CheckStep, Ended, Job, Platform, StreamResult};
use storage::{ConnectorChange, ConnectorRow};
use tokio_util::sync::CancellationToken;

use crate::check::{check_row, check_settings};
use crate::cli::ServeArgs;
use crate::connectors::{Strictness, prepare_account, prepare_change};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::output::Output;
use crate::progress::Progress;
use crate::summary::{Outcome, StreamRun};
use crate::sync::{self, SyncJob};
use crate::{catalogue, owner};

/// Serves until `stop`. Returns 0.
///
/// # Errors
/// `Usage` for an address that cannot be listened at, and when there is no key for secrets and none can be made.
pub async fn run(
    context: &Context,
    args: ServeArgs,
    progress: &Arc<Progress>,
    output: Output,
    stop: CancellationToken,
) -> Result<u8> {
    // Answers to requests that may be repeated are kept sealed.
    context.ensure_key()?;
    let options = server::Options {
        listen: args.listen,
        storage: context.storage.clone(),
        host: Arc::new(Program { context: context.clone(), progress: Arc::clone(progress) }),
        name: owner::name().to_owned(),
        requests_per_second: args.rate_limit,
        trusted_proxies: args.trusted_proxy,
        stop,
    };
    let ready = |address| {
        let listening = json!({
            "listening": format!("http://{address}"),
            "openapi": format!("http://{address}/api/v1/openapi.json"),
            "reference": format!("http://{address}/api/v1/docs/"),
        });
        if output.is_human() {
            let mut out = io::stdout().lock();
            writeln!(
                out,
                "Listening on http://{address}; the reference is at http://{address}/api/v1/docs/"
            )?;
            return out.flush();
        }
        let mut out = io::stdout().lock();
        serde_json::to_writer(&mut out, &listening)?;
        out.write_all(b"\n")?;
        out.flush()
    };
    server::serve(options, ready).await.map_err(|error| {
        Error::usage(
            format!("{} cannot be served at: {error}", args.listen),
            "choose another address with --listen; port 0 takes a free one",
        )
    })?;
    Ok(0)
}

/// This program as the server needs it.
struct Program {
    context: Context,
    progress: Arc<Progress>,
}

#[async_trait]
impl Host for Program {
    fn platforms(&self) -> connector_core::Result<Vec<Platform>> {
        let shown = serde_json::to_value(catalogue::platforms(None)?);
        shown.and_then(serde_json::from_value).map_err(|error| {
            CoreError::new(ErrorKind::Decode, format!("the catalogue of platforms: {error}"))
        })
    }

    fn prepare_account(
        &self,
        platform: &str,
        mode: &str,
        settings: Map<String, Value>,
    ) -> connector_core::Result<Vec<String>> {
        Ok(prepare_account(&self.context, platform, mode, settings)?)
    }

    async fn prepare_change(
        &self,
        row: &ConnectorRow,
        change: ConnectorChange,
    ) -> connector_core::Result<(ConnectorChange, Vec<String>)> {
        Ok(prepare_change(&self.context, row, change, Strictness::Tell).await?)
    }

    async fn check(&self, row: &ConnectorRow) -> Vec<CheckStep> {
        let step = |name: &str, result: connector_core::Result<_>| match result {
            Ok(_) => CheckStep { name: name.to_owned(), ok: true, cause: None, fix: None },
            Err(error) => CheckStep {
                name: name.to_owned(),
                ok: false,
                cause: Some(error.to_string()),
                fix: Some(error.fix().to_owned()),
            },
        };
        let settings = step("settings", check_settings(&self.context, row).await);
        if !settings.ok {
            return vec![settings];
        }
        vec![settings, step("credential", check_row(&self.context, row).await)]
    }

    async fn sync(&self, row: &ConnectorRow, job: &Job, stop: CancellationToken) -> Vec<StreamResult> {
        let plays = row.mode == Mode::Fixture.name() && !job.is_chosen;
        let sync_job = SyncJob {
            rows: vec![row.clone()],
            streams: job.streams.clone(),
            from: job.from.filter(|_| !plays),
            to: job.to.filter(|_| !plays),
            dry_run: false,
            concurrency: 1,
        };
        match sync::run(&self.context, &sync_job, &self.progress, stop).await {
            Ok(summary) => summary.runs.into_iter().map(result).collect(),
            Err(error) => vec![failure(&error)],
        }
    }

    fn is_dead(&self, process: &str) -> bool {
        owner::is_dead(process)
    }
}

/// Writes down what the command line has synced, for those who look at the log over HTTP. A failure is logged: the syncs
/// themselves are done.
pub(crate) async fn record(context: &Context, job: &SyncJob, runs: &[StreamRun], began: DateTime<Utc>) {
    let asked =
        Job { streams: job.streams.clone(), from: job.from, to: job.to, is_chosen: job.from.is_some() };
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
