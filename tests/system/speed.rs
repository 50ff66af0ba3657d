//! What starting costs, in CPU time and memory; limits on time have a tenfold margin, for a host that is busy.

use beige_tests::{assert_exit, run};

/// A BIOS whose first instructions write POST code 55h and halt.
const RESET_VECTOR: usize = 0xfff0;
const MOV_AL_55_OUT_80_HLT: [u8; 5] = [0xb0, 0x55, 0xe6, 0x80, 0xf4];

#[test]
fn the_first_instruction_comes_within_30_ms() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut rom = vec![0; 0x1_0000];
    rom[RESET_VECTOR..][..MOV_AL_55_OUT_80_HLT.len()].copy_from_slice(&MOV_AL_55_OUT_80_HLT);
    let path = folder.path().join("first.rom");
    std::fs::write(&path, rom).expect("a temporary file can be written");
    let rom = format!("{}@F0000", path.display());
    let output = run(["--rom", &rom, "--post-port", "80", "--until-post", "55", "--json"]);
    assert_exit(&output, 0);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    let seconds = report["host_cpu_seconds"].as_f64().expect("a number");
    assert!(seconds < 0.3, "{seconds} s of CPU time");
}

/// With so little memory in the guest, nearly all that the program holds is its own.
#[cfg(target_os = "linux")]
#[test]
fn the_program_holds_at_most_24_mib_beside_the_guest_s_memory() {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};

    let mut program = Command::new(beige_tests::beige());
    program.args(["run", "--headless", "--memory", "1M", "--serial", "stdio", "--limit", "10h"]);
    let mut child = program.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program starts");
    let lines = BufReader::new(child.stdout.take().expect("its output is a pipe")).lines();
    let has_passed = lines.map_while(Result::ok).any(|line| line.contains("SELF-TEST PASS"));
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("it still runs");
    child.kill().expect("our own process can be ended");
    child.wait().expect("an ended process can be waited for");
    assert!(has_passed, "the self-test passes");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux tells the peak");
    let kib: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(kib <= 25 << 10, "{kib} KiB");
}
