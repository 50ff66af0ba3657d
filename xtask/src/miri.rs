//! Small guests through the block core under Miri, which finds undefined behaviour.

use std::path::Path;
use std::process::{Command, Stdio};

/// The tests that are small enough: an interpreter runs an interpreter.
const TESTS: &str = "tests::miri::";

/// The rules of Tree Borrows: by those of Stacked Borrows the tables of iced-x86, which are headers within larger
/// structures, are at fault already.
const FLAGS: &str = "-Zmiri-disable-isolation -Zmiri-tree-borrows";

/// Runs them, where a nightly toolchain has Miri.
pub(crate) fn run(root: &Path) -> Result<String, String> {
    let cargo = || {
        // By way of rustup, which chooses the toolchain; the one that runs this must not be inherited.
        let mut cargo = Command::new("cargo");
        cargo.current_dir(root).arg("+nightly");
        for name in ["CARGO", "RUSTUP_TOOLCHAIN", "RUSTC", "RUSTDOC", "RUSTFLAGS"] {
            cargo.env_remove(name);
        }
        cargo
    };
    let quiet = |command: &mut Command| command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !quiet(cargo().args(["miri", "--version"])).is_ok_and(|status| status.success()) {
        return Ok("SKIPPED small guests under Miri: no nightly toolchain with Miri is installed".to_owned());
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    let status = cargo()
        .args(["miri", "test", "--quiet", "--package", "beige-cpu", "--lib", TESTS])
        .env("CARGO_TARGET_DIR", target.join("miri"))
        .env("MIRIFLAGS", FLAGS)
        .status()
        .map_err(|error| format!("cargo does not start: {error}"))?;
    if status.success() { Ok("small guests run under Miri".to_owned()) } else { Err("Miri found fault".to_owned()) }
}
