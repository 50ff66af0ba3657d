//! One state in every build: handlers that jump to each other and handlers that return to a loop, with checks and
//! without, on x86-64 and on aarch64, end the same guests in the same hashes.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::aarch64;

/// Workloads that show different sides of the CPU, and their rounds: some seconds on the emulated processor.
const GUESTS: [(&str, u32); 6] =
    [("int16", 20), ("call16", 20), ("selfmod", 20), ("page32", 20), ("prot32", 20), ("fpu", 10)];

/// A build of the example that prints hashes.
struct Build {
    name: &'static str,
    arguments: &'static [&'static str],
    is_release: bool,
    is_foreign: bool,
}

/// Checks make the handlers of the first return to a loop; the others are as users have them. Other profiles than release
/// would not show what the compiler makes of the jumps.
const BUILDS: [Build; 3] = [
    Build { name: "loop with checks on this host", arguments: &[], is_release: false, is_foreign: false },
    Build { name: "jumps on this host", arguments: &["--release"], is_release: true, is_foreign: false },
    Build {
        name: "jumps on aarch64",
        arguments: &["--release", "--target", aarch64::TARGET],
        is_release: true,
        is_foreign: true,
    },
];

/// Builds and runs them all.
pub(crate) fn compare(root: &Path) -> Result<String, String> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let folder = target.join("modes");
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let guests = assemble(root, &folder)?;
    let mut said = Vec::new();
    if guests.is_empty() {
        said.push("SKIPPED the workloads: nasm is not installed".to_owned());
    }
    let (mut expected, mut equal): (Option<String>, _) = (None, Vec::new());
    for build in &BUILDS {
        if build.is_foreign
            && let Some(missing) = aarch64::missing()
        {
            said.push(format!("SKIPPED {}: {missing}", build.name));
            continue;
        }
        let hashes = hashes(root, &target, build, &guests)?;
        match &expected {
            None => expected = Some(hashes),
            Some(expected) => same(expected, &hashes).map_err(|line| format!("{}: {line}", build.name))?,
        }
        equal.push(build.name);
    }
    if let Some(name) = guests.iter().filter_map(|guest| guest.file_stem()).find(|name| !ended(&expected, name)) {
        return Err(format!("the workload {} did not end: nothing was compared", name.display()));
    }
    let count = expected.map_or(0, |hashes| hashes.lines().filter(|line| line.split(' ').count() == 3).count());
    said.push(format!("{count} hashes are the same: {}", equal.join(", ")));
    Ok(said.join("\n"))
}

/// Assembles the workloads; none without NASM.
fn assemble(root: &Path, folder: &Path) -> Result<Vec<PathBuf>, String> {
    let sources = root.join("benches/guests");
    let mut images = Vec::new();
    for (name, rounds) in GUESTS {
        let image = folder.join(format!("{name}.img"));
        let mut nasm = Command::new("nasm");
        nasm.args(["-f", "bin", "-i"]).arg(sources.join("lib")).arg(format!("-DROUNDS={rounds}"));
        nasm.arg(sources.join(format!("{name}.asm"))).arg("-o").arg(&image);
        match nasm.status() {
            Ok(status) if status.success() => images.push(image),
            Ok(_) => return Err(format!("{name}.asm does not assemble")),
            Err(_) => return Ok(Vec::new()),
        }
    }
    Ok(images)
}

/// What one build prints.
fn hashes(root: &Path, target: &Path, build: &Build, guests: &[PathBuf]) -> Result<String, String> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root).args(["build", "--quiet", "--package", "beige-host", "--example", "hashes"]);
    cargo.args(build.arguments);
    let mut place = target.to_owned();
    if build.is_foreign {
        aarch64::with_linker(&mut cargo);
        place.push(aarch64::TARGET);
    }
    place.push(if build.is_release { "release" } else { "debug" });
    let status = cargo.status().map_err(|error| format!("cargo does not start: {error}"))?;
    if !status.success() {
        return Err(format!("{}: it does not build", build.name));
    }
    let program = place.join("examples").join("hashes");
    let mut run = if build.is_foreign { Command::new(aarch64::EMULATOR) } else { Command::new(&program) };
    if build.is_foreign {
        run.arg(&program);
    }
    let output = run.args(guests).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("{}: {error}", program.display()))?;
    if !output.status.success() {
        return Err(format!("{}: {}", build.name, output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a workload switched the machine off, as all do at their end.
fn ended(hashes: &Option<String>, guest: &OsStr) -> bool {
    let line = format!("{} PowerOff", guest.display());
    hashes.as_ref().is_some_and(|hashes| hashes.lines().any(|found| found == line))
}

/// The first line that differs.
fn same(expected: &str, found: &str) -> Result<(), String> {
    let differing = expected.lines().zip(found.lines()).find(|(expected, found)| expected != found);
    if let Some((expected, found)) = differing {
        return Err(format!("`{found}` instead of `{expected}`"));
    }
    if expected.lines().count() != found.lines().count() || expected.is_empty() {
        return Err("it prints fewer or more hashes".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn every_line_must_be_the_same() {
        assert!(same("a 1\nb 2\n", "a 1\nb 2\n").is_ok());
        assert_eq!(same("a 1\nb 2\n", "a 1\nb 3\n"), Err("`b 3` instead of `b 2`".to_owned()));
        assert!(same("a 1\nb 2\n", "a 1\n").is_err());
        assert!(same("", "").is_err());
    }
}
