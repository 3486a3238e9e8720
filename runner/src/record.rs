//! Runs live and writes what came, without personal data, as a fixture scenario.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use connector_core::http::{CredentialStore, Recorder};
use connector_core::sync::{self, Observer, Report, RunOptions, Window};
use connector_core::{Error, Mode, Result};
use serde::Serialize;
use storage::ConnectorRow;
use tokio_util::sync::CancellationToken;

use crate::account::open_account;
use crate::connection::connect;
use crate::context::Context;
use crate::handover;

/// What to record.
#[derive(Clone, Debug)]
pub struct RecordJob {
    /// The row.
    pub row: ConnectorRow,
    /// The file to make.
    pub out: PathBuf,
    /// The start of the range; `None` takes the connector's first-run range.
    pub from: Option<DateTime<Utc>>,
    /// The end of the range, excluded; `None` means now.
    pub to: Option<DateTime<Utc>>,
}

/// What was recorded.
#[derive(Clone, Debug, Serialize)]
pub struct RecordReport {
    /// The file.
    pub file: PathBuf,
    /// How many exchanges it holds.
    pub exchanges: usize,
    /// How many values were blanked.
    pub redacted: usize,
}

/// Records a check and a sync, whose rows are not stored. The file is written when all went well.
///
/// # Errors
/// When the account cannot be read or the file cannot be made.
pub async fn run(context: &Context, job: &RecordJob, stop: CancellationToken) -> Result<RecordReport> {
    let account = open_account(context, &job.row).await?;
    if account.mode != Mode::Api {
        return Err(Error::config("a recording needs live calls, but the row is in fixture mode")
            .with_fix(format!("runner connectors set {} --mode api", job.row.name)));
    }
    let mut recorder = None;
    // A single-use refresh token must not be spent without keeping what comes for it.
    let rotates = account.connector.consent("").is_some();
    let credentials: Option<Arc<dyn CredentialStore>> =
        rotates.then(|| Arc::new(context.storage.dry_session(job.row.id)) as Arc<dyn CredentialStore>);
    let client = connect(&account, credentials, stop.clone(), |transport| {
        let made =
            Recorder::new(transport, account.connector.base_url(), account.registration.personal_fields);
        recorder = Some(made.clone());
        Arc::new(made)
    })?;
    let session = context.storage.dry_session(job.row.id);
    handover::take(&session, &client).await;
    let recorder = recorder.expect("connect wraps the transport");
    let started = client.now();
    account.connector.check(&client).await?;
    let to = job.to.unwrap_or(DateTime::<Utc>::MAX_UTC);
    let lookback = TimeDelta::days(account.common.lookback_days);
    let range = Window { from: job.from.unwrap_or(started - lookback), to };
    let options = RunOptions { range: Some(range), dry_run: true, ..RunOptions::default() };
    for stream in account.connector.spec().streams.iter().filter(|stream| !stream.on_request) {
        let report = sync::run(&client, stream, &session, &options, &Silent, &stop).await;
        if let Some(error) = report.error {
            return Err(error);
        }
    }
    let (exchanges, redacted) = recorder.counts();
    fs::write(&job.out, recorder.scenario(started)).map_err(|error| {
        Error::config(format!("{} cannot be written: {error}", job.out.display()))
            .with_fix("name a file in a folder that you may write to")
    })?;
    Ok(RecordReport { file: job.out.clone(), exchanges, redacted })
}

#[derive(Debug)]
struct Silent;

impl Observer for Silent {
    fn progress(&self, _report: &Report) {}
}
