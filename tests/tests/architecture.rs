//! The arrows between the crates, and the promise that a platform is one folder and two lines.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the workspace").to_owned()
}

fn members() -> Vec<Package> {
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo metadata");
    metadata.packages
}

fn needs(package: &Package) -> BTreeSet<String> {
    let normal = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
    normal.map(|dependency| dependency.name.clone()).collect()
}

fn is_platform(name: &str) -> bool {
    name.starts_with("connector-") && name != "connector-core"
}

#[test]
fn the_arrows_point_one_way() {
    let members: BTreeSet<String> = self::members().iter().map(|package| package.name.to_string()).collect();
    for package in self::members() {
        let name = package.name.to_string();
        let needs = needs(&package);
        if is_platform(&name) {
            let ours: Vec<_> = needs
                .iter()
                .filter(|need| {
                    ["runner", "storage", "diesel", "reqwest"].contains(&need.as_str()) || is_platform(need)
                })
                .collect();
            assert!(ours.is_empty(), "{name} must stand on connector-core alone, not on {ours:?}");
        }
        if name != "connector-core" {
            assert!(!needs.contains("reqwest"), "only connector-core names reqwest, not {name}");
        }
        if name != "storage" {
            assert!(!needs.contains("diesel"), "only storage names diesel, not {name}");
        }
        if name == "simulator" {
            let ours: Vec<_> = needs.iter().filter(|need| members.contains(*need)).collect();
            assert!(ours.is_empty(), "the simulator shares no code with what it tests, so not {ours:?}");
        }
        if name == "server" {
            let ours: BTreeSet<_> = needs.intersection(&members).map(String::as_str).collect();
            assert_eq!(
                ours,
                BTreeSet::from(["connector-core", "storage"]),
                "the server asks its host for the rest"
            );
        } else {
            assert!(!needs.contains("server") || name == "runner", "{name} must not know the server");
        }
        if !["runner", "tests", "bench"].contains(&name.as_str()) {
            assert!(!needs.contains("simulator"), "{name} must not know the simulator");
        }
        if ["connector-core", "storage"].contains(&name.as_str()) {
            assert!(
                !needs.contains("runner") && !needs.iter().any(|need| is_platform(need)),
                "{name} knows too much"
            );
        }
    }
}

#[test]
fn every_platform_folder_is_linked_and_registered() {
    // The library names its platforms; naming the library links them.
    use runner as _;
    let registered: BTreeSet<String> = connector_core::registry::all()
        .expect("no duplicates")
        .iter()
        .map(|r| format!("connector-{}", r.platform.replace('_', "-")))
        .collect();
    let folders: BTreeSet<String> =
        members().iter().map(|package| package.name.to_string()).filter(|name| is_platform(name)).collect();
    assert_eq!(registered, folders, "a crate that is not named in runner/src/platforms.rs is not linked");
}

#[test]
fn versions_are_written_once() {
    for package in members() {
        let manifest = std::fs::read_to_string(&package.manifest_path).expect("a manifest");
        let own: Vec<&str> = manifest
            .lines()
            .filter(|line| {
                line.contains("version = \"") && !line.starts_with("tokio ") && !line.starts_with("version")
            })
            .collect();
        assert!(own.is_empty(), "{}: {own:?} belongs into the workspace's Cargo.toml", package.name);
    }
}
