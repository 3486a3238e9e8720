//! The `runner` program: parses, starts logging, turns results into exit codes.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use runner::cli::Cli;
use runner::error::Error;
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
    match env_file.map_err(anyhow::Error::from).and_then(|()| run(cli)) {
        Ok(code) => ExitCode::from(code),
        Err(error) => report(&error),
    }
}

/// One line on what happened and one on what to do; returns the exit code.
fn report(error: &anyhow::Error) -> ExitCode {
    let (message, fix, code) = match error.downcast_ref::<Error>() {
        Some(error) if error.is_broken_pipe() => return ExitCode::SUCCESS,
        Some(error) => (error.to_string(), error.fix(), error.exit_code()),
        None => (format!("{error:#}"), "raise this user's limits of threads, memory or open files", 1),
    };
    // There is nowhere left to report to when this fails.
    drop(writeln!(io::stderr(), "error: {}\n  fix: {}", one_line(&message), one_line(fix)));
    ExitCode::from(code)
}

fn run(cli: Cli) -> anyhow::Result<u8> {
    let settings = Settings::from_environment()?;
    let progress = Arc::new(Progress::new(cli.global.quiet > 0));
    logging::start(&settings, cli.global.verbose, cli.global.quiet, progress.bars())?;
    let threads = std::thread::available_parallelism().map_or(2, |number| number.get().clamp(2, 4));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()
        .context("the runtime cannot start")?;
    let result = runtime.block_on(async {
        let stop = CancellationToken::new();
        watch_signals(stop.clone()).context("signals cannot be watched")?;
        Ok(dispatch::run(cli, settings, &progress, stop).await?)
    });
    // Nothing that still runs can commit anything that the result does not tell of.
    runtime.shutdown_timeout(Duration::from_millis(100));
    result
}

/// The first SIGINT or SIGTERM asks for an orderly end, the second ends at once.
fn watch_signals(stop: CancellationToken) -> io::Result<()> {
    let mut signals = Signals::new()?;
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
