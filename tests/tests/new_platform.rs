//! A platform is one new folder and two lines: proved by doing so in a copy of the workspace.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the workspace").to_owned()
}

/// Copies the workspace as a developer has it: no build folder, no history. A file that is the same already is left
/// alone, so that Cargo does not build it again.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name();
        if name == "target" || name == ".git" {
            continue;
        }
        let target = to.join(&name);
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
            continue;
        }
        let content = fs::read(entry.path()).expect("a file");
        if fs::read(&target).is_ok_and(|present| present == content) {
            continue;
        }
        fs::write(target, content).expect("a written file");
    }
}

/// Removes what a copy of an earlier day holds and the workspace does not.
fn prune(copied: &Path, from: &Path) {
    for entry in fs::read_dir(copied).expect("a folder") {
        let path = entry.expect("an entry").path();
        let original = from.join(path.file_name().expect("a name"));
        if !original.exists() && path.is_dir() {
            fs::remove_dir_all(&path).expect("a removed folder");
        } else if !original.exists() {
            fs::remove_file(&path).expect("a removed file");
        } else if path.is_dir() {
            prune(&path, &original);
        }
    }
}

fn add_line_after(path: &Path, marker: &str, line: &str) {
    let text = fs::read_to_string(path).expect("a file");
    let mut lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| line.contains(marker)).expect("the marker stands in the file");
    lines.insert(at + 1, line);
    fs::write(path, lines.join("\n") + "\n").expect("a written file");
}

fn run(command: &mut Command) -> Output {
    let output = command.output().expect("the command starts");
    assert!(
        output.status.success(),
        "{command:?}\n{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

#[test]
fn a_platform_is_one_folder_and_two_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let workspace = Path::new(env!("CARGO_TARGET_TMPDIR")).join("workspace");
    copy(&root(), &workspace);
    prune(&workspace, &root());

    // The folder.
    copy(&workspace.join("tests/sample-platform"), &workspace.join("connector-sample"));
    // The two lines.
    let dependency = "connector-sample = { path = \"../connector-sample\" }";
    add_line_after(&workspace.join("runner/Cargo.toml"), "connector-smartstore", dependency);
    add_line_after(
        &workspace.join("runner/src/platforms.rs"),
        "use connector_smartstore as _;",
        "use connector_sample as _;",
    );

    // Beside this build's own folder, so that what both need is built once; never in it, as the paths differ.
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("new-platform");
    let cargo = || {
        let mut command = Command::new(env!("CARGO"));
        command.current_dir(&workspace).env("CARGO_TARGET_DIR", &target).env_remove("RUSTFLAGS");
        command
    };
    // The same packages both times: with others Cargo would build their dependencies with other features, once more.
    let packages = ["--offline", "--package", "connector-sample", "--package", "runner"];
    run(cargo().arg("test").args(packages).args(["--test", "conformance"]));
    run(cargo().arg("build").args(packages));

    let runner = target.join("debug/runner");
    let output = run(Command::new(runner).current_dir(folder.path()).args([
        "--connector",
        "sample",
        "--format",
        "json",
        "--database-url",
        "sqlite://sample.db",
    ]));
    let summary: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("JSON alone on standard output");
    assert_eq!(summary["runs"][0]["platform"], "sample");
    assert_eq!(summary["totals"]["new"], 4);
}
