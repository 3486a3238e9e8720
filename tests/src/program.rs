//! Where the programs under test are.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The `runner` program, of the same profile as the caller and up to date: it is built first, once for each process.
/// `RUNNER_BINARY` names another one, which is taken as it is.
///
/// # Panics
/// When it cannot be built.
#[must_use]
pub fn runner_binary() -> &'static Path {
    static RUNNER: OnceLock<PathBuf> = OnceLock::new();
    RUNNER.get_or_init(|| match env::var_os("RUNNER_BINARY") {
        Some(path) => PathBuf::from(path),
        None => build("runner", "runner"),
    })
}

/// The `market` program, for callers outside this package.
///
/// # Panics
/// When it cannot be built.
#[must_use]
pub fn market_binary() -> &'static Path {
    static MARKET: OnceLock<PathBuf> = OnceLock::new();
    MARKET.get_or_init(|| build("tests", "market"))
}

/// Cargo builds no other package's programs for a test, and a program left over from another day would be tested
/// without a word; so Cargo is asked, which takes a fraction of a second when there is nothing to do.
fn build(package: &str, program: &str) -> PathBuf {
    let me = env::current_exe().expect("a running program has a path");
    let profile_folder = me
        .ancestors()
        .skip(1)
        .find(|folder| !folder.ends_with("deps"))
        .expect("Cargo puts programs into a folder for each profile");
    let target_folder = profile_folder.parent().expect("which lies in the target folder");
    let profile = match profile_folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(profile) => profile,
    };
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--package", package, "--bin", program, "--profile", profile])
        .arg("--target-dir")
        .arg(target_folder)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace"))
        .status()
        .expect("cargo runs");
    assert!(status.success(), "cargo could not build {program}");
    profile_folder.join(format!("{program}{}", env::consts::EXE_SUFFIX))
}
