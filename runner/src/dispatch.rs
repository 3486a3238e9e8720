//! From the parsed command line to the command.

use std::sync::Arc;

use connector_core::registry;
use tokio_util::sync::CancellationToken;

use crate::cli::{self, Cli, Command, GlobalArgs, JobArgs, RecordArgs, VerifyArgs};
use crate::context::{self, Context};
use crate::error::{Error, Result};
use crate::output::{Format, Output, counted};
use crate::progress::Progress;
use crate::record::{self, RecordJob};
use crate::selection::{Scope, select, select_for_job, select_one};
use crate::settings::Settings;
use crate::sync::{self, SyncJob};
use crate::verify::{self, VerifyJob};
use crate::{
    carriers, catalogue, chaos, claims, connectors, demo, doctor, intents, metrics, orders, oversell,
    products, run_log, serve, settlements, sim, stock, users,
};

/// Carries out the command line and returns the exit code. `stop` is cancelled when a person or the system wants an
/// end; commands that write then stop where everything committed is kept.
///
/// # Errors
/// What kept the command from its work; results of its work, good or bad, are in the exit code.
pub async fn run(
    cli: Cli,
    settings: Settings,
    progress: &Arc<Progress>,
    stop: CancellationToken,
) -> Result<u8> {
    let Cli { global, job, command } = cli;
    if command.is_some() && !job.is_default() {
        return Err(Error::usage(
            "options of the main job stand before another command",
            "write options after the command they belong to: runner orders list --connector NAME",
        ));
    }
    let output = Output::new(global.format.unwrap_or(Format::Human));
    let takes_csv = matches!(command, Some(Command::Orders(_) | Command::Metrics(_)));
    if output.format() == Format::Csv && !takes_csv {
        return Err(Error::usage("csv is for orders and metrics only", "use --format human or json"));
    }
    match command {
        None => main_job(&global, settings, job, output, progress, stop).await,
        Some(Command::Verify(args)) => verify(&open(&global, settings).await?, args, output, stop).await,
        Some(Command::Record(args)) => record(&open(&global, settings).await?, args, output, stop).await,
        Some(Command::Serve(args)) => {
            // Before the database is opened, which may make one.
            let tls = serve::certificate(&args, &settings)?;
            serve::run(&open(&global, settings).await?, args, tls, progress, output, stop).await
        }
        Some(Command::Sim(args)) => sim::run(args, output, stop).await,
        Some(Command::Demo(args)) => demo::run(args, settings, output, stop).await,
        Some(Command::Chaos(args)) => {
            chaos::run(args, &global.database_url.0, progress.bars(), output, stop).await
        }
        Some(Command::Oversell(args)) => oversell::run(args, output, stop).await,
        // What may be writing to a platform is not dropped in the middle: it is told to stop.
        Some(command) if command.writes() => {
            let done = other(&global, settings, command, output, progress, &stop).await;
            if stop.is_cancelled() && done.is_ok() { Ok(130) } else { done }
        }
        Some(command) => tokio::select! {
            result = other(&global, settings, command, output, progress, &stop) => result,
            () = stop.cancelled() => Ok(130),
        },
    }
}

async fn open(global: &GlobalArgs, settings: Settings) -> Result<Context> {
    Context::open(settings, &global.database_url.0).await
}

async fn other(
    global: &GlobalArgs,
    settings: Settings,
    command: Command,
    output: Output,
    progress: &Arc<Progress>,
    stop: &CancellationToken,
) -> Result<u8> {
    match command {
        Command::Platforms { name } => {
            let platforms = catalogue::platforms(name.as_deref())?;
            match platforms.as_slice() {
                [one] if name.is_some() => {
                    output.show(one, |_| catalogue::text(&platforms, true))?;
                }
                all => output.show(all, |all| catalogue::text(all, false))?,
            }
            Ok(0)
        }
        Command::Migrate => {
            let applied = context::migrate(&global.database_url.0).await?;
            output.show(&serde_json::json!({ "applied": applied }), |_| match applied.as_slice() {
                [] => "The database is up to date.".to_owned(),
                names => format!("Applied: {}.", names.join(", ")),
            })?;
            Ok(0)
        }
        Command::Doctor { offline } => doctor::run(settings, &global.database_url.0, offline, output).await,
        Command::Connectors(command) => {
            connectors::run(&open(global, settings).await?, command, output).await
        }
        Command::Orders(command) => {
            orders::run(&open(global, settings).await?, command, global.format, output, stop).await
        }
        Command::Claims(command) => claims::run(&open(global, settings).await?, command, output, stop).await,
        Command::Products(command) => {
            products::run(&open(global, settings).await?, command, output, progress, stop).await
        }
        Command::Stock(command) => stock::run(&open(global, settings).await?, command, output, stop).await,
        Command::Settlements(command) => {
            settlements::run(&open(global, settings).await?, command, output, progress, stop).await
        }
        Command::Intents(command) => {
            intents::run(&open(global, settings).await?, command, output, stop).await
        }
        Command::Carriers => {
            output.show(&carriers::carriers()?, |carriers| carriers::text(carriers))?;
            Ok(0)
        }
        Command::Metrics(command) => {
            metrics::run(&open(global, settings).await?, command, global.format, output).await
        }
        Command::Log(args) => run_log::run(&open(global, settings).await?, args, output).await,
        Command::User(command) => users::user(&open(global, settings).await?, command, output).await,
        Command::Token(command) => users::token(&open(global, settings).await?, command, output).await,
        Command::Audit(command) => users::audit(&open(global, settings).await?, command, output).await,
        Command::Rekey => rekey(&open(global, settings).await?, output).await,
        Command::Verify(_)
        | Command::Record(_)
        | Command::Serve(_)
        | Command::Sim(_)
        | Command::Demo(_)
        | Command::Chaos(_)
        | Command::Oversell(_) => unreachable!("the caller keeps these"),
    }
}

async fn main_job(
    global: &GlobalArgs,
    settings: Settings,
    args: JobArgs,
    output: Output,
    progress: &Arc<Progress>,
    stop: CancellationToken,
) -> Result<u8> {
    let (from, to) = cli::range(args.from.as_deref(), args.to.as_deref())?;
    let context = open(global, settings).await?;
    let (rows, news) = select_for_job(&context, &args.connector, args.dry_run).await?;
    for line in news {
        output.note(&line)?;
    }
    refuse_unknown_streams(&rows, &args.stream)?;
    let job = SyncJob {
        rows,
        streams: args.stream,
        from,
        to,
        dry_run: args.dry_run,
        concurrency: usize::from(args.concurrency),
    };
    let began = context.clock.now();
    let summary = sync::run(&context, &job, progress, stop).await?;
    if !job.dry_run {
        serve::record(&context, &job, &summary.runs, began).await;
    }
    let code = summary.exit_code();
    match output.show(&summary, |summary| summary.text()) {
        // The run is done and kept, whether or not somebody reads about it.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
        other => other?,
    }
    Ok(code)
}

/// A stream that none of the platforms has is a slip of the pen; one that some lack is not.
fn refuse_unknown_streams(rows: &[storage::ConnectorRow], streams: &[String]) -> Result<()> {
    if streams.is_empty() {
        return Ok(());
    }
    let mut known: Vec<&str> = Vec::new();
    for row in rows {
        // A row of an unknown platform is reported by its own run.
        let Ok(registration) = registry::find(&row.platform) else { continue };
        known.extend(catalogue::spec(registration)?.streams.iter().map(|stream| stream.name));
    }
    known.sort_unstable();
    known.dedup();
    match streams.iter().find(|stream| !known.contains(&stream.as_str())) {
        Some(stream) => Err(Error::usage(
            format!("no selected connector has a stream {stream:?}"),
            format!("streams: {}", known.join(", ")),
        )),
        None => Ok(()),
    }
}

async fn verify(context: &Context, args: VerifyArgs, output: Output, stop: CancellationToken) -> Result<u8> {
    let from = cli::day("--from", &args.from)?;
    let to = cli::day("--to", &args.to)?;
    if from > to {
        return Err(Error::usage("--from is after --to", "swap them"));
    }
    let rows = select(&context.storage.connectors().await?, &args.connector, Scope::Enabled)?;
    let job = VerifyJob { rows, from, to, repair: args.repair };
    let report = verify::run(context, &job, stop).await?;
    output.show(&report, |report| report.text())?;
    Ok(report.exit_code())
}

async fn record(context: &Context, args: RecordArgs, output: Output, stop: CancellationToken) -> Result<u8> {
    let (from, to) = cli::range(args.from.as_deref(), args.to.as_deref())?;
    let row = select_one(&context.storage.connectors().await?, &args.connector)?;
    if row.mode != "api" {
        return Err(Error::usage(
            format!("connector {:?} is in {} mode: there is nothing live to record", row.name, row.mode),
            format!("runner connectors set {} --mode api", row.name),
        ));
    }
    if args.out.exists() {
        return Err(Error::usage(
            format!("{} is there already", args.out.display()),
            "name another file, or remove that one",
        ));
    }
    let report = record::run(context, &RecordJob { row, out: args.out, from, to }, stop).await?;
    output.show(&report, |report| {
        format!(
            "Wrote {} with {}; {} blanked. Read it through before you pass it on.",
            report.file.display(),
            counted(report.exchanges as u64, "exchange", "exchanges"),
            counted(report.redacted as u64, "value", "values"),
        )
    })?;
    Ok(0)
}

async fn rekey(context: &Context, output: Output) -> Result<u8> {
    context.ensure_key()?;
    let rekeyed = context.storage.rekey().await?;
    output.show(&serde_json::json!({ "rows": rekeyed.rows, "values": rekeyed.values }), |_| {
        format!(
            "Sealed {} in {} with the first key. Older keys are not needed any more.",
            counted(rekeyed.values as u64, "value", "values"),
            counted(rekeyed.rows as u64, "connector", "connectors")
        )
    })?;
    Ok(0)
}
