//! The main job: accounts side by side, each stream through the engine into the store.

mod stream;

use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use connector_core::http::{Client, Credential, CredentialStore};
use connector_core::time::kst_text;
use connector_core::{Error, Mode, Result, StreamSpec};
use storage::{ConnectorRow, LogFinish, LogStart, Session};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::account::{Account, open_account};
use crate::connection::connect;
use crate::context::Context;
use crate::handover;
use crate::lease::{Hold, hold};
use crate::owner;
use crate::progress::Progress;
use crate::stock::settle::settle;
use crate::summary::{Counts, Outcome, RunSummary, StreamRun};

/// What to sync.
#[derive(Clone, Debug)]
pub struct SyncJob {
    /// The rows, by id.
    pub rows: Vec<ConnectorRow>,
    /// The streams; all that a connector has when empty.
    pub streams: Vec<String>,
    /// The start of a range to read again; `None` goes on from the live cursor.
    pub from: Option<DateTime<Utc>>,
    /// The end of that range, excluded; `None` means now.
    pub to: Option<DateTime<Utc>>,
    /// Write nothing.
    pub dry_run: bool,
    /// How many accounts at once.
    pub concurrency: usize,
}

/// Syncs the rows of `job`; one that fails stands in the summary and stops no other.
///
/// # Errors
/// Only what concerns no single account.
pub async fn run(
    context: &Context,
    job: &SyncJob,
    progress: &Arc<Progress>,
    stop: CancellationToken,
) -> Result<RunSummary> {
    let started = Instant::now();
    let places = Arc::new(Semaphore::new(job.concurrency.max(1)));
    let mut accounts = JoinSet::new();
    for row in &job.rows {
        let (context, job, row) = (context.clone(), job.clone(), row.clone());
        let (progress, places) = (Arc::clone(progress), Arc::clone(&places));
        // A lost lease stops its own account only.
        let stop = stop.child_token();
        let name = row.clone();
        let task = async move {
            let _place = places.acquire_owned().await;
            sync_account(&context, &job, row, &progress, stop).await
        };
        // A task of its own, so that a panic in one account is caught at its edge.
        accounts.spawn(async move {
            tokio::spawn(task).await.unwrap_or_else(|_| {
                let error =
                    Error::new(connector_core::ErrorKind::Unsupported, "the program failed in this account")
                        .with_fix("see the log above and report it; other accounts are not touched");
                vec![ended(&name, "-", &error)]
            })
        });
    }
    let mut runs = Vec::new();
    while let Some(finished) = accounts.join_next().await {
        runs.extend(finished.unwrap_or_default());
    }
    Ok(RunSummary::new(context.safe_database_url(), job.dry_run, runs, millis(started)))
}

/// One account: claim it, sync its streams one after the other, give it back.
async fn sync_account(
    context: &Context,
    job: &SyncJob,
    row: ConnectorRow,
    progress: &Arc<Progress>,
    stop: CancellationToken,
) -> Vec<StreamRun> {
    if stop.is_cancelled() {
        return vec![StreamRun { outcome: Outcome::Interrupted, ..ended(&row, "-", &not_begun()) }];
    }
    if let Some(reason) = row.needs_authorization().filter(|_| row.mode == Mode::Api.name()) {
        tracing::warn!(connector.id = row.id, "{} \"{}\": left out: {reason}", row.platform, row.name);
        let fix = Some(format!("runner connectors authorize {}", row.name));
        let run = ended(&row, "-", &not_begun());
        return vec![StreamRun {
            outcome: Outcome::Skipped,
            message: Some(reason.to_owned()),
            fix,
            code: Some(connector_core::ErrorKind::Auth.name()),
            ..run
        }];
    }
    if job.dry_run {
        let session = context.storage.dry_session(row.id);
        return sync_streams(context, job, &row, &session, progress, stop).await;
    }
    match hold(&context.storage, row.id, &stop).await {
        Ok(Hold::Held(held)) => {
            let session = held.session.clone();
            let runs = sync_streams(context, job, &row, &session, progress, stop).await;
            held.release().await;
            // Whatever became of the streams: lines and listings that are stored count.
            settle(&context.storage, &row).await;
            runs
        }
        Ok(Hold::Busy(message)) => {
            tracing::info!(connector.id = row.id, "{}: {message}", row.name);
            let fix = Some("nothing to do: that runner collects the same rows".to_owned());
            let run = ended(&row, "-", &not_begun());
            vec![StreamRun {
                outcome: Outcome::Skipped,
                message: Some(message),
                fix,
                code: Some(connector_core::ErrorKind::Conflict.name()),
                ..run
            }]
        }
        Err(error) => vec![failed(&row, "-", &error.into())],
    }
}

async fn sync_streams(
    context: &Context,
    job: &SyncJob,
    row: &ConnectorRow,
    session: &Session,
    progress: &Arc<Progress>,
    stop: CancellationToken,
) -> Vec<StreamRun> {
    let opened = async {
        let account = open_account(context, row).await?;
        let streams = chosen(&account, &job.streams)?;
        let credentials: Arc<dyn CredentialStore> = Arc::new(session.clone());
        let client = connect(&account, Some(credentials), stop.clone(), |transport| transport)?;
        handover::take(session, &client).await;
        Ok((account, streams, client))
    };
    let (account, streams, client) = match opened.await {
        Ok(opened) => opened,
        Err(error) => {
            log_failure(session, row, &error).await;
            return vec![failed(row, "-", &error)];
        }
    };
    let mut runs = Vec::new();
    for stream in streams {
        let work = stream::Work { job, account: &account, client: &client, session, progress, stop: &stop };
        let run = work.run(stream).await;
        let over = matches!(run.outcome, Outcome::Interrupted);
        runs.push(run);
        if over {
            break;
        }
    }
    if account.mode == Mode::Api && !job.dry_run {
        learn(context, &account).await;
        warn_of_lapse(session, &account, &client, &mut runs).await;
        handover::leave(session, &client).await;
    }
    runs
}

/// Keeps what the connector found out. A failure is logged: the next run finds it out again.
async fn learn(context: &Context, account: &Account) {
    let learned = account.connector.learned();
    if learned.is_empty() {
        return;
    }
    let row = &account.row;
    let settings = learned.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    if let Err(error) = context.storage.learn_settings(row, settings).await {
        tracing::warn!(connector.id = row.id, %error, "{}: what was learned could not be kept", row.name);
    }
}

/// Says so in the log and in the summary when the grant is about to lapse; a run normally renews it.
async fn warn_of_lapse(session: &Session, account: &Account, client: &Client, runs: &mut [StreamRun]) {
    let Ok(Some(credential)) = session.load().await else { return };
    let Some(message) = lapse_warning(&credential, client.now()) else { return };
    let row = &account.row;
    tracing::warn!(connector.id = row.id, "{} \"{}\": {message}", row.platform, row.name);
    if let Some(run) = runs.iter_mut().find(|run| run.message.is_none()) {
        run.message = Some(message);
        run.fix = Some(format!("runner connectors authorize {}", row.name));
    }
}

/// What to say of a grant that ends soon; `None` while it lasts longer, or for ever.
#[must_use]
pub(crate) fn lapse_warning(credential: &Credential, now: DateTime<Utc>) -> Option<String> {
    let lapses_at = credential.refresh_expires_at.filter(|at| *at - now < LAPSES_SOON)?;
    Some(format!("the grant lapses at {} unless a run renews it before", kst_text(lapses_at)))
}

/// A grant with less left than this needs a person's eye.
const LAPSES_SOON: TimeDelta = TimeDelta::days(3);

/// The streams that the job asks for, in the connector's order; all that a run reads unasked when it names none.
fn chosen(account: &Account, names: &[String]) -> Result<Vec<&'static StreamSpec>> {
    let spec = account.connector.spec();
    for name in names {
        spec.stream(name).map_err(|error| {
            let known: Vec<&str> = spec.streams.iter().map(|stream| stream.name).collect();
            error.with_fix(format!("use one of: {}", known.join(", ")))
        })?;
    }
    Ok(spec
        .streams
        .iter()
        .filter(|stream| match names {
            [] => !stream.on_request,
            names => names.iter().any(|name| name == stream.name),
        })
        .collect())
}

/// An account that fails before any stream can begin leaves a log row all the same.
async fn log_failure(session: &Session, row: &ConnectorRow, error: &Error) {
    let start = LogStart {
        stream: "-".to_owned(),
        mode: row.mode.clone(),
        window_from: None,
        window_to: None,
        runner: owner::name().to_owned(),
    };
    let finish = LogFinish {
        outcome: Outcome::Failed.name(),
        message: Some(error.to_string()),
        window_from: None,
        window_to: None,
        counts: None,
        duration_ms: 0,
    };
    let logged = async {
        session.start_log(start).await?;
        session.finish_log(finish).await
    };
    if let Err(error) = logged.await {
        tracing::warn!(connector.id = row.id, %error, "the run could not be logged");
    }
}

/// A failure, logged where it is handled.
fn failed(row: &ConnectorRow, stream: &str, error: &Error) -> StreamRun {
    tracing::error!(
        connector.id = row.id,
        stream,
        kind = error.kind().name(),
        "{} \"{}\": {error}",
        row.platform,
        row.name
    );
    ended(row, stream, error)
}

fn ended(row: &ConnectorRow, stream: &str, error: &Error) -> StreamRun {
    StreamRun {
        connector_id: row.id,
        connector: row.name.clone(),
        platform: row.platform.clone(),
        mode: Mode::from_name(&row.mode).unwrap_or(Mode::Fixture),
        stream: stream.to_owned(),
        outcome: Outcome::Failed,
        window_from: None,
        window_to: None,
        counts: Counts::default(),
        duration_ms: 0,
        message: Some(error.to_string()),
        fix: Some(error.fix().to_owned()),
        code: Some(error.kind().name()),
        dry_run: false,
    }
}

fn not_begun() -> Error {
    Error::new(connector_core::ErrorKind::Interrupted, "not begun")
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
