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

/// A program left over from another day would be tested without a word; so Cargo is asked, which takes a fraction of a
/// second when there is nothing to do. For a test it is asked as by `cargo test --workspace`, which has built the
/// programs already: with other packages named, the same libraries would be built with other features, once more.
fn build(package: &str, program: &str) -> PathBuf {
    let me = env::current_exe().expect("a running program has a path");
    let folder = me.parent().expect("a program lies in a folder");
    let is_test = folder.ends_with("deps");
    let profile_folder = if is_test { folder.parent().expect("a folder for each profile") } else { folder };
    let target_folder = profile_folder.parent().expect("which lies in the target folder");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    if is_test {
        cargo.args(["test", "--workspace", "--no-run"]);
    } else {
        cargo.args(["build", "--package", package, "--bin", program]);
    }
    match profile_folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => {}
        Some(profile) => drop(cargo.args(["--profile", profile])),
    }
    cargo.arg("--quiet").arg("--target-dir").arg(target_folder);
    cargo.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace"));
    assert!(cargo.status().expect("cargo runs").success(), "cargo could not build {program}");
    profile_folder.join(format!("{program}{}", env::consts::EXE_SUFFIX))
}
