//! The real program, in processes of its own, and its database.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use connector_core::Secret;
use storage::{KeyRing, NewConnector};

use crate::context::Context;
use crate::error::{Error, Result};
use crate::settings::Settings;

/// The last of what a process has said, when it is told.
const TOLD: usize = 600;

/// How to start it.
#[derive(Debug)]
pub(super) struct Program {
    /// The program itself.
    path: PathBuf,
    /// Where it runs and where its words go.
    folder: PathBuf,
    database_url: String,
    /// Made up for the storm.
    key: Secret,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Well,
    Badly,
    Killed,
}

/// A process under way; killed when dropped.
#[derive(Debug)]
pub(super) struct Running(Child);

impl Program {
    /// This very program, with a database and a key of its own.
    ///
    /// # Errors
    /// When the system does not say where this program lies.
    pub(super) fn new(folder: &Path, database_url: &str) -> Result<Self> {
        let path =
            std::env::current_exe().map_err(|error| refused("this program is not to be found", &error))?;
        let key = Secret::new(KeyRing::generate().1);
        Ok(Self { path, folder: folder.to_owned(), database_url: database_url.to_owned(), key })
    }

    /// Opens the database. It is closed again when the context goes: while processes are killed, nobody else may keep
    /// it open.
    ///
    /// # Errors
    /// When it cannot be used.
    pub(super) async fn database(&self) -> Result<Context> {
        let settings = Settings { secret_key: Some(self.key.clone()), ..Settings::default() };
        Context::open(settings, &self.database_url).await
    }

    /// Adds a row and returns its id.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub(super) async fn add_row(&self, row: NewConnector) -> Result<i64> {
        let context = self.database().await?;
        context.ensure_key()?;
        Ok(context.storage.add_connector(row).await?.id)
    }

    /// Starts it with these arguments.
    ///
    /// # Errors
    /// When the system gives no process.
    pub(super) fn start(&self, arguments: &[&str]) -> Result<Running> {
        let failed = |error| refused("the program cannot be started", &error);
        let log = File::create(self.log()).map_err(failed)?;
        let child = Command::new(&self.path)
            .args(arguments)
            .current_dir(&self.folder)
            .env("DATABASE_URL", &self.database_url)
            .env("RUNNER_SECRET_KEY", self.key.expose())
            .env("XDG_CONFIG_HOME", &self.folder)
            .env("RUST_LOG", "warn")
            .env("NO_PROXY", "127.0.0.1")
            .env_remove("RUNNER_SECRET_KEY_FILE")
            .env_remove("RUNNER_LOG_FORMAT")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(failed)?;
        Ok(Running(child))
    }

    /// Runs it to its end, undisturbed.
    ///
    /// # Errors
    /// With what it said, when it failed.
    pub(super) fn calmly(&self, arguments: &[&str]) -> Result<()> {
        let mut running = self.start(arguments)?;
        let status = running.0.wait().map_err(|error| refused("the program cannot be waited for", &error))?;
        if status.success() {
            return Ok(());
        }
        let what = arguments.iter().take(2).copied().collect::<Vec<_>>().join(" ");
        Err(Error::usage(format!("runner {what}: {}", self.said()), "repeat the storm with the same seed"))
    }

    /// The end of what it last said.
    pub(super) fn said(&self) -> String {
        let text = std::fs::read_to_string(self.log()).unwrap_or_default();
        let skipped = text.chars().count().saturating_sub(TOLD);
        text.chars().skip(skipped).collect::<String>().trim().to_owned()
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }
}

impl Running {
    /// How it ended, when it has.
    ///
    /// # Errors
    /// When the system does not say.
    pub(super) fn ended(&mut self) -> Result<Option<Ended>> {
        let status = self.0.try_wait().map_err(|error| refused("the program cannot be watched", &error))?;
        Ok(status.map(told))
    }

    /// Kills it. It may have ended by itself in this very moment.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn kill(mut self) -> Result<Ended> {
        let failed = |error| refused("the program cannot be killed", &error);
        self.0.kill().map_err(failed)?;
        self.0.wait().map(told).map_err(failed)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A process that has ended needs no end.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn told(status: ExitStatus) -> Ended {
    match status.code() {
        None => Ended::Killed,
        Some(0) => Ended::Well,
        Some(_) => Ended::Badly,
    }
}

/// The system refuses what a storm needs.
pub(super) fn refused(what: &str, error: &io::Error) -> Error {
    Error::usage(
        format!("{what}: {error}"),
        "allow this program to listen on 127.0.0.1, to start itself and to write temporary files",
    )
}
