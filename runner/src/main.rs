//! The `runner` program: parses, starts logging, turns results into exit codes.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use runner::cli::Cli;
use runner::error::{Error, Result};
use runner::progress::Progress;
use runner::settings::{self, Settings};
use runner::{dispatch, logging};
use tokio_util::sync::CancellationToken;

fn main() -> ExitCode {
    // First of all: this writes to the environment, which is sound only while no other thread exists.
    let env_file = settings::load_env_file();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help that nobody reads to its end is no failure.
            drop(error.print());
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match env_file.and_then(|()| run(cli)) {
        Ok(code) => ExitCode::from(code),
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            // There is nowhere left to report to when this fails.
            drop(writeln!(
                io::stderr(),
                "error: {}\n  fix: {}",
                one_line(&error.to_string()),
                one_line(error.fix())
            ));
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(cli: Cli) -> Result<u8> {
    let settings = Settings::from_environment()?;
    let progress = Arc::new(Progress::new(cli.global.quiet > 0));
    logging::start(&settings, cli.global.verbose, cli.global.quiet, progress.bars())?;
    let threads = std::thread::available_parallelism().map_or(2, |number| number.get().clamp(2, 4));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build().map_err(
            |error| {
                Error::usage(
                    format!("the runtime cannot start: {error}"),
                    "raise the limit of threads or open files",
                )
            },
        )?;
    let result = runtime.block_on(async {
        let stop = CancellationToken::new();
        watch_signals(stop.clone())?;
        dispatch::run(cli, settings, &progress, stop).await
    });
    // Nothing that still runs can commit anything that the result does not tell of.
    runtime.shutdown_timeout(Duration::from_millis(100));
    result
}

/// The first SIGINT or SIGTERM asks for an orderly end, the second ends at once.
fn watch_signals(stop: CancellationToken) -> Result<()> {
    let mut signals = Signals::new().map_err(|error| {
        Error::usage(format!("signals cannot be watched: {error}"), "raise the limit of open files")
    })?;
    tokio::spawn(async move {
        signals.next().await;
        tracing::warn!("stopping after the page in flight; the same signal again stops at once");
        stop.cancel();
        signals.next().await;
        std::process::exit(130);
    });
    Ok(())
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}

/// Errors are one line, whatever a database or a library put into them.
fn one_line(text: &str) -> String {
    runner::output::printable(text)
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
