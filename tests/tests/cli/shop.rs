//! A shop folder, and the program run in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tests::program::runner_binary;

/// A shop folder of its own: database, home, and the program run in it.
pub(crate) struct Shop {
    pub(crate) folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
}

/// What one run of the program said.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Shop {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("home")).expect("a home");
        std::fs::create_dir_all(folder.path().join("work")).expect("a working folder");
        Self { folder, environment: Vec::new() }
    }

    /// With a home that cannot be written, not even by root: it is a file.
    pub(crate) fn without_home() -> Self {
        let shop = Self::new();
        let home = shop.path("no-home");
        std::fs::write(&home, "").expect("our folder");
        shop.with("HOME", home.to_str().expect("a path in ASCII"))
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn key_file(&self) -> PathBuf {
        self.path("home/.config/commerce-runner/secret.key")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(runner_binary());
        command
            .args(arguments)
            .current_dir(self.path("work"))
            .env_clear()
            .env("HOME", self.path("home"))
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        let output = self.command(arguments).output().expect("the program starts");
        let said = Said {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("text"),
            stderr: String::from_utf8(output.stderr).expect("text"),
        };
        assert!(!said.stderr.contains("panicked"), "{arguments:?}: {}", said.stderr);
        said
    }

    /// Runs and expects exit code 0.
    pub(crate) fn good(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!(said.code, Some(0), "{arguments:?}: {}{}", said.stdout, said.stderr);
        said.stdout
    }

    /// Runs with `--format json` and expects exit code 0 and JSON alone.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let stdout = self.good(&[arguments, &["--format", "json"]].concat());
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {stdout}"))
    }

    /// Runs and expects exit code 2 with one error line and one fix line.
    pub(crate) fn bad(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!(said.code, Some(2), "{arguments:?}: {}{}", said.stdout, said.stderr);
        assert_eq!(said.stdout, "", "{arguments:?}");
        let lines: Vec<&str> = said.stderr.lines().filter(|line| !line.contains(" INFO ")).collect();
        assert_eq!(lines.len(), 2, "{arguments:?}: {}", said.stderr);
        assert!(lines[0].starts_with("error: ") && lines[1].starts_with("  fix: "), "{}", said.stderr);
        said.stderr
    }

    pub(crate) fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path("work/commerce.db")).expect("the database")
    }
}

/// All files below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
