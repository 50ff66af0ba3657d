//! Builds the boot disks of `guests/` with NASM, and with GCC the one that is compiled.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Why there is no image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildError {
    /// This host lacks a tool.
    Missing(&'static str),
    /// A tool refuses the source.
    Refused(String),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::Missing(tool) => write!(f, "there is no {tool}"),
            BuildError::Refused(command) => write!(f, "{command} fails"),
        }
    }
}

/// What the compiled workload is compiled with: code for the 80486 that needs no library and no host.
const COMPILER: [&str; 12] = [
    "-m32",
    "-march=i486",
    "-O2",
    "-ffreestanding",
    "-fno-pic",
    "-fno-pie",
    "-fno-stack-protector",
    "-fno-asynchronous-unwind-tables",
    "-ffunction-sections",
    "-fcf-protection=none",
    "-Wall",
    "-Werror",
];

/// Builds a workload that runs for so many rounds, about a million instructions each, into `folder`: a floppy image.
///
/// # Errors
/// When a tool is missing or fails.
pub fn build(name: &str, rounds: u32, folder: &Path) -> Result<PathBuf, BuildError> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("guests");
    let image = folder.join(format!("{name}-{rounds}.img"));
    let mut nasm = Command::new("nasm");
    nasm.args(["-f", "bin", "-w+error", "-i"]).arg(sources.join("lib")).arg(format!("-DROUNDS={rounds}"));
    if name == "cbench" {
        nasm.arg(format!("-DCOMPILED='{}'", compile(&sources.join("cbench"), folder)?.display()));
    }
    run(nasm.arg(sources.join(format!("{name}.asm"))).arg("-o").arg(&image), "nasm")?;
    Ok(image)
}

/// The machine code of `cbench.c`, linked for its place.
fn compile(sources: &Path, folder: &Path) -> Result<PathBuf, BuildError> {
    if !cfg!(any(target_arch = "x86", target_arch = "x86_64")) {
        return Err(BuildError::Missing("C compiler for the 80486"));
    }
    let [object, code] = ["cbench.o", "cbench.bin"].map(|name| folder.join(name));
    let mut gcc = Command::new("gcc");
    run(gcc.args(COMPILER).arg("-c").arg(sources.join("cbench.c")).arg("-o").arg(&object), "gcc")?;
    let mut ld = Command::new("ld");
    ld.args(["-m", "elf_i386", "--oformat", "binary", "-T"]).arg(sources.join("cbench.ld"));
    run(ld.arg(&object).arg("-o").arg(&code), "ld")?;
    Ok(code)
}

fn run(command: &mut Command, name: &'static str) -> Result<(), BuildError> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(BuildError::Refused(format!("{command:?}"))),
        Err(_) => Err(BuildError::Missing(name)),
    }
}
