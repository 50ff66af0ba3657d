//! Automation: `cargo xtask COMMAND`.

#![forbid(unsafe_code)]

mod aarch64;
#[cfg(target_os = "linux")]
mod compare;
mod fonts;
mod gates;
mod handlers;
mod miri;
mod modes;
mod night;
mod roms;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND
  roms          build the ROM images in roms/ from their sources (needs nasm)
  roms --check  build them and compare with the committed images
  check-deps    check which crate imports which against ARCHITECTURE.md
  aarch64       resume the golden state on an emulated aarch64 (needs qemu-aarch64 and the target)
  gates         check-deps and the rules that no compiler checks
  handlers      read the disassembly of the release program: fast handlers do not call (needs objdump)
  miri          run small guests through the block core under Miri (needs a nightly toolchain with it)
  modes         run some guests by every build of the CPU and compare their hashes (what is not installed is left out)
  night         the tests that take hours; BEIGE_STORM=N for N accesses to the board,
                BEIGE_RANDOM_CODE=N for N random instructions, instead of a thousand million
  compare       run Beige, QEMU, Bochs and DOSBox on the same guests and tell the ratios (Linux; needs nasm; what is
                not installed is left out); --quick: small guests, one run each; --runs N; --only NAME,...; --json;
                --write: put the tables into docs/performance.md; BEIGE_TEST_DATA names shared workloads";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let root = root();
    let result = match words.as_slice() {
        ["roms"] => roms::build(&root),
        ["roms", "--check"] => roms::check(&root),
        ["check-deps"] => gates::check_dependencies(&root),
        ["aarch64"] => aarch64::resume_golden_state(&root),
        ["gates"] => gates::check_all(&root),
        ["handlers"] => handlers::check(&root),
        ["miri"] => miri::run(&root),
        ["modes"] => modes::compare(&root),
        ["night"] => night::run(&root),
        #[cfg(target_os = "linux")]
        ["compare", options @ ..] => compare::run(&root, options),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(message) => {
            println!("{message}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the repository: the folder above this package.
fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_owned()
}
