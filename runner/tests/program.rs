//! The program starts. (Its being here also has Cargo build the program with every `cargo test --workspace`, where the
//! tests of the whole product find it.)

use std::process::Command;

#[test]
fn it_tells_its_version() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_runner")).arg("--version").output().expect("the program starts");
    let said = String::from_utf8(output.stdout).expect("text");
    assert_eq!(said.trim(), concat!("runner ", env!("CARGO_PKG_VERSION")));
}
