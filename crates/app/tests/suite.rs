//! `beige suite` as its users run it, on tests made here.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// What the program left: exit code, standard output, standard error.
struct Run(Option<i32>, String, String);

fn beige(folder: &TempDir, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_beige"));
    command.arg("suite").args(arguments).current_dir(folder.path());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("JOB_COMPLETION") || name.starts_with("SLURM_ARRAY_")) {
            command.env_remove(name);
        }
    }
    let output = command.envs(environment.iter().copied()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run(output.status.code(), text(output.stdout), text(output.stderr))
}

/// A test of the 8086 as JSON: AX before and after, and more of its final memory.
fn test(name: &str, bytes: &[u8], ax: (u16, u16), flags: u16, more: &str) -> String {
    let ram: Vec<String> = (0x1100..).zip(bytes).map(|(address, byte)| format!("[{address},{byte}]")).collect();
    let (before, after) = ax;
    let ip = 0x100 + bytes.len();
    format!(
        r#"{{"name": "{name}", "bytes": {bytes:?}, "initial": {{"regs": {{"ax": {before}, "bx": 0, "cx": 0, "dx": 0,
        "cs": 256, "ss": 0, "ds": 8192, "es": 0, "sp": 0, "bp": 0, "si": 0, "di": 0, "ip": 256, "flags": 61442}},
        "ram": [{}]}}, "final": {{"regs": {{"ax": {after}, "ip": {ip}, "flags": {flags}}}, "ram": [{more}]}},
        "hash": "{:040x}"}}"#,
        ram.join(","),
        name.len(),
    )
}

const NO_FLAGS: u16 = 0xf002;

fn increment(name: &str, from: u16, to: u16) -> String {
    test(name, &[0x40], (from, to), NO_FLAGS, "")
}

/// A folder with a suite of the 8086: stems and their tests.
fn suite(files: &[(&str, &[String])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "metadata.json", r#"{"cpu": "8086", "opcodes": {"28": {"flags-mask": 65519}}}"#);
    for (stem, tests) in files {
        write(&folder, &format!("{stem}.json"), format!("[{}]", tests.join(",")));
    }
    folder
}

fn write(folder: &TempDir, name: &str, contents: impl AsRef<[u8]>) {
    fs::write(folder.path().join(name), contents).unwrap();
}

#[test]
fn tests_that_pass_end_in_the_line_pass_and_code_0() {
    let folder = suite(&[("40", &[increment("inc ax", 1, 2), increment("inc ax", 0x12, 0x13)])]);
    let Run(code, out, err) = beige(&folder, &["."], &[]);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    assert_eq!(out.lines().last(), Some("PASS 2 of 2"));
    assert!(out.contains(". on the 8086") && out.contains("2 passed, 0 failed"), "{out}");
}

#[test]
fn a_test_that_fails_shows_the_instruction_with_expected_and_got() {
    let folder = suite(&[("40", &[increment("inc ax", 1, 2), increment("inc ax", 1, 3)])]);
    let Run(code, out, err) = beige(&folder, &["40.json", "--junit", "report.xml"], &[]);
    assert_eq!((code, err.as_str()), (Some(1), ""));
    assert_eq!(out.lines().last(), Some("FAIL 1 of 2"));
    let row = |start: &str| out.lines().find(|line| line.trim().starts_with(start)).unwrap_or_default();
    assert_eq!(row("ax").split_whitespace().collect::<Vec<_>>(), ["ax", "0001", "0003", "0002"], "{out}");
    assert!(row("bytes").contains("40") && row("bytes").contains("= inc ax"), "{out}");
    let xml = fs::read_to_string(folder.path().join("report.xml")).unwrap();
    assert!(xml.contains(r#"failures="1""#) && xml.contains("inc ax"), "{xml}");
}

#[test]
fn a_write_that_no_list_mentions_fails() {
    let mov = |al, listed| test("mov [si], al", &[0x88, 0x04], (al, al), NO_FLAGS, listed);
    let near = mov(0, "[131073,165]");
    let folder = suite(&[("88", &[mov(0x77, ""), mov(0, ""), near, mov(0x77, "[131072,119]"), mov(0, "[131072,0]")])]);
    let Run(code, out, _) = beige(&folder, &["."], &[]);
    assert_eq!(code, Some(1));
    assert_eq!(out.lines().last(), Some("FAIL 3 of 5"));
    assert_eq!(out.matches("[20000]").count(), 3, "{out}");
}

#[test]
fn flags_that_are_undefined_count_only_when_asked_for() {
    // sub al, al leaves PF and ZF; the recording has AF, which metadata.json masks.
    let folder = suite(&[("28", &[test("sub al, al", &[0x28, 0xc0], (5, 0), 0xf056, "")])]);
    let Run(code, out, _) = beige(&folder, &["."], &[]);
    assert_eq!(code, Some(0), "{out}");
    let Run(code, out, _) = beige(&folder, &[".", "--undefined-flags"], &[]);
    assert_eq!(code, Some(1));
    assert!(out.contains("1: a 1"), "{out}");
}

#[test]
fn revoked_tests_are_skipped() {
    let folder = suite(&[("40", &[increment("inc ax", 1, 2), increment("bad", 1, 9)])]);
    write(&folder, "revocation_list.txt", format!("# bad\n{:040X}\n", "bad".len()));
    let Run(code, out, _) = beige(&folder, &["."], &[]);
    assert_eq!((code, out.lines().last()), (Some(0), Some("PASS 1 of 1")), "{out}");
    assert!(out.contains("1 skipped"), "{out}");
}

#[test]
fn json_has_counts_and_failures() {
    let folder =
        suite(&[("40", &[increment("inc ax", 1, 3)]), ("4B", &[test("dec bx", &[0x90], (1, 1), NO_FLAGS, "")])]);
    let Run(code, out, _) = beige(&folder, &["--json", "."], &[]);
    assert_eq!(code, Some(1));
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&document["tests"], &document["failed"]), (&2.into(), &1.into()));
    assert_eq!((&document["engine"], &document["result"]), (&"stepper".into(), &"fail".into()));
    let opcodes = &document["suites"][0]["opcodes"];
    assert_eq!((&opcodes[0]["opcode"], &opcodes[1]["passed"]), (&"40".into(), &1.into()));
    let difference = &opcodes[0]["failures"][0]["differences"][0];
    assert_eq!((&difference["field"], &difference["expected"]), (&"ax".into(), &"0003".into()));
}

#[test]
fn both_engines_find_the_same_and_say_who_they_are() {
    // What a handler does, what the stepper does for it, and a test that is wrong.
    let aam = test("aam", &[0xd4, 0x0a], (0x37, 0x0505), NO_FLAGS | 4, "");
    let mov = test("mov [si], al", &[0x88, 0x04], (7, 7), NO_FLAGS, "[131072,7]");
    let folder = suite(&[("40", &[increment("inc ax", 1, 2), increment("bad", 1, 3)]), ("88", &[mov]), ("D4", &[aam])]);
    let documents = ["stepper", "blocks"].map(|engine| {
        let Run(code, out, err) = beige(&folder, &["--json", "--engine", engine, "--junit", "report.xml", "."], &[]);
        assert_eq!((code, err.as_str()), (Some(1), ""), "{out}");
        let xml = fs::read_to_string(folder.path().join("report.xml")).unwrap();
        assert!(xml.contains(&format!(r#"<property name="engine" value="{engine}"/>"#)), "{xml}");
        let mut document: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(document["engine"].take(), engine);
        document
    });
    assert_eq!(documents[0], documents[1]);
    assert_eq!((&documents[0]["tests"], &documents[0]["failed"]), (&4.into(), &1.into()));
}

#[test]
fn the_first_failure_ends_the_run() {
    let wrong = || increment("inc ax", 1, 3);
    let right = || increment("inc ax", 1, 2);
    let folder =
        suite(&[("40", &[right(), right()]), ("41", &[right(), wrong(), wrong()]), ("42", &[wrong(), right()])]);
    for jobs in ["1", "4"] {
        let Run(code, out, _) = beige(&folder, &["--first-failure", "--jobs", jobs, "."], &[]);
        assert_eq!((code, out.lines().last()), (Some(1), Some("FAIL 1 of 4")), "{out}");
        assert!(out.contains("41.json test 1") && !out.contains("42.json"), "{out}");
    }
}

/// The opcodes that a run took, by the JSON report.
fn taken(folder: &TempDir, arguments: &[&str], environment: &[(&str, &str)]) -> BTreeSet<String> {
    let Run(code, out, err) = beige(folder, &[&["--json", "."], arguments].concat(), environment);
    assert_eq!(code, Some(0), "{err}");
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    let suites = document["suites"].as_array().unwrap().iter();
    let files = suites.flat_map(|suite| suite["opcodes"].as_array().unwrap());
    files.map(|file| file["opcode"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn shards_partition_the_files() {
    let right = [increment("inc ax", 1, 2)];
    let stems = ["40", "41", "42", "43", "44", "45", "46"];
    let folder = suite(&stems.map(|stem| (stem, right.as_slice())));
    let all: BTreeSet<String> = stems.map(str::to_owned).into();
    for count in [1, 2, 3, 9] {
        let mut together = Vec::new();
        for number in 1..=count {
            together.extend(taken(&folder, &["--shard", &format!("{number}/{count}")], &[]));
        }
        assert_eq!(together.len(), stems.len(), "every file once in {count} parts");
        assert_eq!(together.into_iter().collect::<BTreeSet<_>>(), all);
    }
    let (second, of_three) = (taken(&folder, &["--shard", "2/3"], &[]), ("JOB_COMPLETIONS", "3"));
    assert_eq!(taken(&folder, &[], &[("JOB_COMPLETION_INDEX", "1"), of_three]), second);
    let slurm = [("SLURM_ARRAY_TASK_ID", "6"), ("SLURM_ARRAY_TASK_COUNT", "3"), ("SLURM_ARRAY_TASK_MIN", "5")];
    assert_eq!(taken(&folder, &[], &slurm), second);
    assert_eq!(taken(&folder, &["--shard", "1/1"], &slurm), all);
}

#[test]
fn a_job_array_runs_every_file_once() {
    let right = [increment("inc ax", 1, 2)];
    let stems = ["40", "41", "42", "43", "44", "45", "46"];
    let folder = suite(&stems.map(|stem| (stem, right.as_slice())));
    let pods: Vec<String> = ["0", "1", "2"]
        .iter()
        .flat_map(|i| taken(&folder, &["--shard", "/3"], &[("JOB_COMPLETION_INDEX", i)]))
        .collect();
    // --array=1-5:2
    let row = [
        ("SLURM_ARRAY_TASK_COUNT", "3"),
        ("SLURM_ARRAY_TASK_MIN", "1"),
        ("SLURM_ARRAY_TASK_MAX", "5"),
        ("SLURM_ARRAY_TASK_STEP", "2"),
    ];
    let task = |id| taken(&folder, &[], &[&row[..], &[("SLURM_ARRAY_TASK_ID", id)]].concat());
    let tasks: Vec<String> = ["1", "3", "5"].into_iter().flat_map(task).collect();
    for mut together in [pods, tasks] {
        together.sort();
        assert_eq!(together, stems);
    }
}

#[test]
fn a_job_that_cannot_know_its_part_runs_nothing() {
    let folder = suite(&[("40", &[increment("inc ax", 1, 2)])]);
    for (arguments, environment, remedy) in [
        (&["."] as &[&str], &[("JOB_COMPLETION_INDEX", "1")] as &[(&str, &str)], "give --shard /N"),
        (&[".", "--shard", "/8"], &[], "write K/8"),
        (&[".", "--shard", "/8"], &[("JOB_COMPLETION_INDEX", "8")], "too few parts"),
    ] {
        let Run(code, out, err) = beige(&folder, arguments, environment);
        assert_eq!((code, out.as_str(), err.lines().count()), (Some(2), "", 1), "{err}");
        assert!(err.contains(remedy), "{err}");
    }
}

#[test]
fn a_filter_leaves_the_opcodes_asked_for() {
    let right = [increment("inc ax", 1, 2)];
    let folder = suite(&["40", "41", "F6.4", "0FBA.5"].map(|stem| (stem, right.as_slice())));
    let of = |filter: &str| taken(&folder, &["--filter", filter], &[]).into_iter().collect::<Vec<_>>();
    assert_eq!(of("41,0F.BA"), ["0FBA.5", "41"]);
    assert_eq!(of("40-F6"), ["40", "41", "F6.4"]);
}

#[test]
fn what_cannot_be_run_is_one_sentence_and_code_2() {
    let right = [increment("inc ax", 1, 2)];
    let folder = suite(&[("40", &right)]);
    let bare = tempfile::tempdir().unwrap();
    let file = format!("[{}]", right.join(","));
    write(&bare, "40.json", &file);
    write(&bare, "cut.json", &file[..file.len() / 2]);
    write(&bare, "cut.MOO", b"MOO \x0c\0\0\0\x01\x01\0\0\x05\0\0\08086");
    write(&bare, "huge.MOO", b"MOO \x0c\0\0\0\x01\x01\0\0\x01\0\0\08086TEST\xff\xff\xff\xff");
    write(&bare, "v30.MOO", b"MOO \x0c\0\0\0\x01\x01\0\0\0\0\0\0V30 ");
    write(&bare, "what.MOO", b"what");
    write(&bare, "bad.MOO.gz", b"\x1f\x8bwhat");
    write(&bare, "none.json", "[]");
    write(&bare, "array.json", "[1, 2]");
    fs::create_dir(bare.path().join("empty")).unwrap();
    let missing = bare.path().join("missing");
    let missing = missing.to_str().unwrap();
    let cases: &[(&TempDir, &[&str], &str)] = &[
        (&folder, &[missing], "missing"),
        (&bare, &["empty"], "no file of tests"),
        (&bare, &["40.json"], "--cpu"),
        (&bare, &["--cpu", "8086", "cut.json"], "cut.json"),
        (&bare, &["cut.MOO"], "promises 5 tests and holds 0"),
        (&bare, &["huge.MOO"], "huge.MOO"),
        (&bare, &["v30.MOO"], "V30"),
        (&bare, &["what.MOO"], "what.MOO"),
        (&bare, &["bad.MOO.gz"], "unpacked"),
        (&bare, &["--cpu", "8086", "none.json"], "no test"),
        (&bare, &["--cpu", "8086", "array.json"], "array.json"),
        (&folder, &["--engine", "magic", "."], "stepper"),
        (&folder, &["--cpu", "z80", "."], "8086"),
        (&folder, &["--filter", "xyz!", "."], "no opcode"),
        (&folder, &["--filter", "41", "."], "the filter"),
        (&folder, &["--shard", "3/2", "."], "K/N"),
        (&folder, &["--jobs", "0", "."], "1 to 1024"),
        (&folder, &["--junit", "missing/report.xml", "."], "report.xml"),
        (&folder, &[], "PATH"),
    ];
    for (folder, arguments, expected) in cases {
        let Run(code, out, err) = beige(folder, arguments, &[]);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}: {err}");
        assert_eq!(err.lines().count(), 1, "{arguments:?}: {err}");
        assert!(err.contains(expected), "{arguments:?}: {err}");
    }
    assert!(!Path::new(missing).exists());
}

#[test]
fn a_model_may_be_named_in_place_of_the_recorded_one() {
    let folder = suite(&[("40", &[increment("inc ax", 1, 2)])]);
    let Run(code, out, _) = beige(&folder, &["--cpu", "80186", "."], &[]);
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("on the 80186"), "{out}");
}
