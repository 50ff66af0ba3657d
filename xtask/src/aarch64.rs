//! The same states on another processor: builds the program for aarch64, without its window, and runs it under an
//! emulated processor.

use std::path::Path;
use std::process::{Command, Stdio};

pub(crate) const TARGET: &str = "aarch64-unknown-linux-musl";
pub(crate) const EMULATOR: &str = "qemu-aarch64";
const STATE: &str = "tests/golden/states/v1-built-in-disk.state";
const HASH: &str = "tests/golden/states/v1-built-in-disk.hash";
/// Guest time from the golden state to its hash, as in the test of that state.
const LIMIT: &str = "2s";

/// Resumes the golden state, saved on x86-64, on aarch64 and compares the hash that it ends in.
pub(crate) fn resume_golden_state(root: &Path) -> Result<String, String> {
    if let Some(missing) = missing() {
        return Ok(format!("SKIPPED resuming the golden state on aarch64: {missing}"));
    }
    build(root)?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    let program = target.join(TARGET).join("debug").join("beige");
    let output = Command::new(EMULATOR)
        .arg(&program)
        .args(["--headless", "--hash", "--limit", LIMIT, "--resume"])
        .arg(root.join(STATE))
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("{EMULATOR} does not start: {error}"))?;
    let hash = std::fs::read_to_string(root.join(HASH)).map_err(|error| format!("{HASH}: {error}"))?;
    let reached = String::from_utf8_lossy(&output.stdout);
    // Exit code 4: the limit passed, as it must.
    if output.status.code() != Some(4) || reached != hash {
        return Err(format!("on aarch64 the golden state ended in {reached:?} ({}), not {hash:?}", output.status));
    }
    Ok("the golden state ends in the same hash on aarch64".to_owned())
}

/// What this host lacks, if anything.
pub(crate) fn missing() -> Option<String> {
    let succeeds = |command: &mut Command| {
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    if !succeeds(Command::new(EMULATOR).arg("--version")) {
        return Some(format!("{EMULATOR} is not installed"));
    }
    let libraries = Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).output().ok()?;
    let folder = String::from_utf8_lossy(&libraries.stdout).trim().to_owned();
    (!Path::new(&folder).is_dir()).then(|| format!("the target {TARGET} is not installed, `rustup target add` does"))
}

/// The linker that comes with Rust; flags meant for the host do not apply.
pub(crate) fn with_linker(cargo: &mut Command) {
    cargo.env_remove("RUSTFLAGS").env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER", "rust-lld");
}

fn build(root: &Path) -> Result<(), String> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root);
    cargo.args(["build", "--quiet", "--package", "beige-app", "--no-default-features", "--target", TARGET]);
    with_linker(&mut cargo);
    let status = cargo.status().map_err(|error| format!("cargo does not start: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("the program does not build for {TARGET}")) }
}
