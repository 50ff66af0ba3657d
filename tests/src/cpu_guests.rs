//! Guests that try the CPU as a whole and judge themselves (`tests/guests`, with `tests/guests/lib`), run on this
//! program and on two other machines, the witnesses. Each case of a guest says `ok NAME` or `FAIL NAME: ..` on COM1, and
//! the last line is `PASS guest` or `FAIL guest`.

use crate::{beige, skip};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a guest may take on a busy host. It takes less than 2 s of its own time.
const PATIENCE: Duration = Duration::from_secs(120);

/// The ROMs that Bochs boots with.
const BOCHS_BIOS: &str = "/usr/share/bochs/BIOS-bochs-legacy";
const BOCHS_VGA_BIOS: &str = "/usr/share/bochs/VGABIOS-lgpl-latest";

/// A machine that runs guests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Witness {
    /// This program.
    Beige,
    /// Bochs, as Debian has it. Its CPU has every check of protected mode.
    Bochs,
    /// `qemu-system-i386`. Its translator leaves out checks of limits and types.
    Qemu,
}

/// The page that says which cases a witness fails, and why: rows of a table with witness, guest, case and reason.
pub const DIFFERENCES: &str = include_str!("../../docs/cpu-differences.md");

/// A row of that table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Who fails the case.
    pub witness: &'static str,
    /// The guest.
    pub guest: &'static str,
    /// The case, as the guest names it.
    pub case: &'static str,
    /// Why the witness fails it.
    pub reason: &'static str,
}

/// The rows of the table.
pub fn differences() -> impl Iterator<Item = Difference> {
    let rows = DIFFERENCES.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    rows.filter_map(|line| {
        let mut fields = line.trim_matches('|').split('|').map(str::trim);
        let mut next = || fields.next().filter(|field| !field.is_empty());
        Some(Difference { witness: next()?, guest: next()?, case: next()?, reason: next()? })
    })
}

/// Runs the guest `name`, assembled with these definitions, on a witness with this CPU (by the witness's own name for
/// it), and judges what it says. Says visibly when something for that is missing here.
///
/// # Panics
/// When the guest does not come to its end, or fails a case that is none of the [`differences`].
pub fn check(test: &str, witness: Witness, name: &str, definitions: &[&str], cpu: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(image) = assemble(test, name, definitions, &folder) else { return };
    let told = match witness {
        Witness::Beige => Some(run_on_beige(&image, name, cpu)),
        Witness::Bochs => run_on_bochs(test, &folder, &image, cpu),
        Witness::Qemu => run_on_qemu(test, &folder, &image, cpu),
    };
    let Some(told) = told else { return };
    judge(test, &told, name, |case| {
        differences().any(|known| known.witness == format!("{witness:?}") && known.guest == name && known.case == case)
    });
}

/// # Panics
/// Unless the report is whole and `is_known` of every case that failed.
fn judge(test: &str, told: &str, name: &str, is_known: impl Fn(&str) -> bool) {
    let verdict = told.lines().last().unwrap_or_default();
    let has_failed = verdict == format!("FAIL {name}");
    assert!(has_failed || verdict == format!("PASS {name}"), "{test}: the guest does not end:\n{told}");
    let failures: Vec<&str> = told.lines().filter(|line| line.starts_with("FAIL ") && *line != verdict).collect();
    assert!(has_failed != failures.is_empty(), "{test}: the verdict is not that of the cases:\n{told}");
    let passed = told.lines().filter_map(|line| line.strip_prefix("ok "));
    assert!(passed.clone().count() > 0, "{test}: no case passes:\n{told}");
    for case in passed.filter(|case| is_known(case)) {
        skip(test, &format!("the known difference `{case}` is none here"));
    }
    let unknown: Vec<&str> = failures.into_iter().filter(|line| !is_known(case_of(line))).collect();
    assert!(unknown.is_empty(), "{test}:\n{}\n--- the whole report\n{told}", unknown.join("\n"));
}

/// The case of a line `FAIL CASE: WHAT expected ..`. A case's name may hold a colon.
fn case_of(line: &str) -> &str {
    let line = line.strip_prefix("FAIL ").unwrap_or(line);
    let what = line.rfind(" expected ").unwrap_or(line.len());
    line[..what].rfind(": ").map_or(line, |end| &line[..end])
}

/// The guest's image as a file, or `None`, told visibly, where there is no NASM.
fn assemble(test: &str, name: &str, definitions: &[&str], folder: &TempDir) -> Option<PathBuf> {
    let guests = Path::new(env!("CARGO_MANIFEST_DIR")).join("guests");
    let image = folder.path().join("guest.img");
    let mut nasm = Command::new("nasm");
    nasm.args(["-f", "bin", "-w+error", "-i"]).arg(guests.join("lib")).arg("-i").arg(&guests);
    nasm.args(definitions.iter().map(|definition| format!("-D{definition}")));
    let Ok(status) = nasm.arg(guests.join(format!("{name}.asm"))).arg("-o").arg(&image).status() else {
        skip(test, "there is no nasm");
        return None;
    };
    assert!(status.success(), "nasm refuses {name}.asm");
    Some(image)
}

fn run_on_beige(image: &Path, name: &str, cpu: &str) -> String {
    let mut program = Command::new(beige());
    program.args(["run", "--headless", "--serial", "stdio", "--limit", "10s", "--cpu", cpu]);
    program.args(["--until", &format!("PASS {name}\r\n")]);
    let output = program.arg(image).output().expect("the program starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let has_passed = told.lines().last() == Some(&format!("PASS {name}"));
    assert!(output.status.success() || !has_passed, "the program ends with {:?}:\n{told}{errors}", output.status);
    if has_passed || told.lines().last() == Some(&format!("FAIL {name}")) { told } else { told + &errors }
}

fn run_on_bochs(test: &str, folder: &TempDir, image: &Path, cpu: &str) -> Option<String> {
    if let Some(missing) = [BOCHS_BIOS, BOCHS_VGA_BIOS].into_iter().find(|rom| !Path::new(rom).exists()) {
        skip(test, &format!("{missing} is missing"));
        return None;
    }
    let serial = folder.path().join("serial");
    let configuration = format!(
        "display_library: term\nromimage: file={BOCHS_BIOS}\nvgaromimage: file={BOCHS_VGA_BIOS}\n\
         cpu: model={cpu}, count=1, ips=50000000, reset_on_triple_fault=1\nmegs: 16\n\
         floppya: 1_44={}, status=inserted\nboot: floppy\ncom1: enabled=1, mode=file, dev={}\n\
         log: {}\npanic: action=fatal\nerror: action=ignore\ninfo: action=ignore\n\
         clock: sync=none, time0=1\nspeaker: enabled=0\nsound: driver=dummy\n",
        image.display(),
        serial.display(),
        folder.path().join("log").display(),
    );
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a temporary file can be written");
        path
    };
    // Debian's Bochs has its debugger, which waits for a command to go on, after a triple fault too.
    let (configuration, commands) = (write("bochsrc", &configuration), write("commands", &"c\n".repeat(8)));
    let mut bochs = Command::new("bochs");
    bochs.arg("-q").arg("-f").arg(configuration).arg("-rc").arg(commands).env("TERM", "vt100");
    told_by(test, "bochs", bochs, &serial)
}

fn run_on_qemu(test: &str, folder: &TempDir, image: &Path, cpu: &str) -> Option<String> {
    let serial = folder.path().join("serial");
    let mut qemu = Command::new("qemu-system-i386");
    qemu.args(["-M", "pc", "-accel", "tcg", "-cpu", cpu, "-m", "16", "-net", "none", "-display", "none"]);
    qemu.args(["-boot", "a", "-device", "isa-debug-exit"]);
    qemu.arg("-drive").arg(format!("file={},format=raw,if=floppy,snapshot=on", image.display()));
    qemu.arg("-serial").arg(format!("file:{}", serial.display()));
    told_by(test, "qemu-system-i386", qemu, &serial)
}

/// What a machine has written to its serial port when the guest has switched it off, or when it takes too long; `None`,
/// told visibly, where there is no such program.
fn told_by(test: &str, name: &str, mut program: Command, serial: &Path) -> Option<String> {
    let quiet = program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut process) = quiet.spawn() else {
        skip(test, &format!("there is no {name}"));
        return None;
    };
    wait(&mut process);
    let told = std::fs::read(serial).unwrap_or_default();
    Some(String::from_utf8_lossy(&told).into_owned())
}

fn wait(process: &mut Child) {
    let start = Instant::now();
    while process.try_wait().expect("a process can be waited for").is_none() {
        if start.elapsed() > PATIENCE {
            process.kill().expect("our own process can be ended");
            process.wait().expect("an ended process can be waited for");
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(test)]
mod tests {
    use super::{case_of, judge};

    #[test]
    fn a_case_is_what_stands_before_the_last_colon() {
        assert_eq!(case_of("FAIL DS: null: vector expected 0000000D, got 00000030 (line 7)"), "DS: null");
    }

    #[test]
    fn a_known_failure_is_no_failure() {
        judge("test", "ok a\r\nFAIL b: eip expected 1, got 2 (line 3)\r\nFAIL guest\r\n", "guest", |case| case == "b");
    }

    #[test]
    #[should_panic(expected = "FAIL b")]
    fn another_failure_is_one() {
        judge("test", "ok a\r\nFAIL b: eip expected 1, got 2 (line 3)\r\nFAIL guest\r\n", "guest", |case| case == "a");
    }

    #[test]
    #[should_panic(expected = "does not end")]
    fn half_a_report_is_a_failure() {
        judge("test", "ok a\r\nok b\r\n", "guest", |_| true);
    }
}
