//! `runner serve`: the REST server over the one way to sync and to check.

mod missing;
mod publish;
mod reading;
mod stock;
mod tls;

pub(crate) use reading::record;
pub use tls::certificate;

use std::io::{self, Write as _};
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use connector_core::{Error as CoreError, ErrorKind, registry};
use serde_json::{Map, Value, json};
use server::host::{
    CheckStep, Platform, ReadRecipient, SheetFormat, Step, StockTask, StreamResult, Table, ToldStock,
    WriteOutcome, WriteTask,
};
use server::{Host, Tls};
use storage::{ConnectorChange, ConnectorRow};
use tokio_util::sync::CancellationToken;

use crate::check::{check_row, check_settings};
use crate::cli::ServeArgs;
use crate::connectors::{Strictness, prepare_account, prepare_change};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::output::Output;
use crate::progress::Progress;
use crate::sheet::{Sheet, SheetRow};
use crate::write::{WriteResult, add, write};
use crate::{catalogue, owner, sheet};

/// Serves until `stop`, by HTTPS where there is a certificate. Returns 0.
///
/// # Errors
/// `Usage` for an address that cannot be listened at, and when there is no key for secrets and none can be made.
pub async fn run(
    context: &Context,
    args: ServeArgs,
    tls: Option<Tls>,
    progress: &Arc<Progress>,
    output: Output,
    stop: CancellationToken,
) -> Result<u8> {
    // Answers to requests that may be repeated are kept sealed.
    context.ensure_key()?;
    if let Some(warning) = tls::warning(&args, tls.is_some()) {
        tracing::warn!("{warning}");
    }
    let scheme = if tls.is_some() { "https" } else { "http" };
    let options = server::Options {
        listen: args.listen,
        tls,
        storage: context.storage.clone(),
        host: Arc::new(Program {
            context: context.clone(),
            progress: Arc::clone(progress),
            platforms: OnceLock::new(),
        }),
        name: owner::name().to_owned(),
        requests_per_second: args.rate_limit,
        trusted_proxies: args.trusted_proxy,
        schedules: !args.no_schedules,
        stop,
    };
    let ready = |address| {
        let listening = json!({
            "listening": format!("{scheme}://{address}"),
            "openapi": format!("{scheme}://{address}/api/v1/openapi.json"),
            "reference": format!("{scheme}://{address}/api/v1/docs/"),
        });
        if output.is_human() {
            let mut out = io::stdout().lock();
            writeln!(
                out,
                "Listening on {scheme}://{address}; the reference is at {scheme}://{address}/api/v1/docs/"
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
    /// What is linked in does not change while the program runs.
    platforms: OnceLock<Vec<Platform>>,
}

#[async_trait]
impl Host for Program {
    fn platforms(&self) -> connector_core::Result<Vec<Platform>> {
        if let Some(platforms) = self.platforms.get() {
            return Ok(platforms.clone());
        }
        let shown = serde_json::to_value(catalogue::platforms(None)?);
        let platforms: Vec<Platform> = shown.and_then(serde_json::from_value).map_err(|error| {
            CoreError::new(ErrorKind::Decode, format!("the catalogue of platforms: {error}"))
        })?;
        Ok(self.platforms.get_or_init(|| platforms).clone())
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

    async fn sync(&self, row: &ConnectorRow, step: &Step, stop: CancellationToken) -> Vec<StreamResult> {
        match step {
            Step::Read(reading) => reading::read(&self.context, &self.progress, row, reading, stop).await,
            Step::PublishProducts { product_ids, key } => {
                publish::publish(&self.context, &self.progress, row, product_ids, key, &stop).await
            }
            Step::AddMissingProducts => missing::add_missing(&self.context, row).await,
            Step::PushStock { product_ids, stop_at_zero, key } => {
                stock::push(&self.context, row, product_ids, *stop_at_zero, key, &stop).await
            }
        }
    }

    async fn write(
        &self,
        tasks: Vec<WriteTask>,
        dry_run: bool,
        stop: CancellationToken,
    ) -> Vec<WriteOutcome> {
        let mut work = Vec::new();
        for (place, task) in tasks.into_iter().enumerate() {
            add(&mut work, task.row, place, task.key, task.action);
        }
        let report = write(&self.context, work, dry_run, &stop).await;
        report.results.into_iter().map(outcome).collect()
    }

    async fn tell_gone(
        &self,
        task: &StockTask,
        stop: CancellationToken,
    ) -> connector_core::Result<ToldStock> {
        Ok(stock::tell_gone(&self.context, task, &stop).await?)
    }

    fn neutral_carrier(&self, platform: &str, carrier: &str) -> connector_core::Result<&'static str> {
        catalogue::spec(registry::find(platform)?)?.neutral_carrier(carrier)
    }

    fn recipients(&self, platform: &str) -> connector_core::Result<Option<ReadRecipient>> {
        Ok(catalogue::spec(registry::find(platform)?)?.recipient)
    }

    fn sheet(&self, table: &Table, format: SheetFormat) -> connector_core::Result<Vec<u8>> {
        let row = |(number, cells): (usize, &Vec<String>)| SheetRow {
            number: number + 2,
            cells: cells.clone(),
            rounded: Vec::new(),
        };
        let sheet =
            Sheet { titles: table.titles.clone(), rows: table.rows.iter().enumerate().map(row).collect() };
        Ok(match format {
            SheetFormat::Csv => sheet::csv(&sheet),
            SheetFormat::Xlsx => sheet::xlsx(&sheet),
        }?)
    }

    fn is_dead(&self, process: &str) -> bool {
        owner::is_dead(process)
    }
}

fn outcome(result: WriteResult) -> WriteOutcome {
    WriteOutcome {
        is_good: result.is_good(),
        result: result.result,
        reference: result.reference,
        code: result.code,
        message: result.message,
        kind: result.kind,
        intent: result.intent,
    }
}
