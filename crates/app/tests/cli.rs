//! The command line from outside: what is refused, what is printed where, and the exit codes. The guests are boot
//! sectors of a few bytes.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests fail by panicking")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A folder that goes away with the test.
struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, contents).unwrap();
        path
    }

    /// A bootable floppy image that executes `code`.
    fn guest(&self, code: &[u8]) -> PathBuf {
        let mut sector = [0; 512];
        sector[..code.len()].copy_from_slice(code);
        sector[510..].copy_from_slice(&[0x55, 0xaa]);
        self.file("guest.img", sector)
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// CLI; HLT: halts for good.
const HALT: &[u8] = &[0xfa, 0xf4];
/// JMP $: never ends.
const LOOP: &[u8] = &[0xeb, 0xfe];
/// Prints `Hi` by INT 10h, then halts for good.
const PRINT_HI: &[u8] = &[0xb8, b'H', 0x0e, 0xcd, 0x10, 0xb8, b'i', 0x0e, 0xcd, 0x10, 0xfa, 0xf4];

/// MOV AL,byte; OUT E9h,AL for each byte, then CLI; HLT.
fn debugcon(text: &str) -> Vec<u8> {
    let mut code: Vec<u8> = text.bytes().flat_map(|byte| [0xb0, byte, 0xe6, 0xe9]).collect();
    code.extend(HALT);
    code
}

/// Waits until the UART takes a byte and writes it, for each byte; then goes on for ever.
fn serial(text: &str) -> Vec<u8> {
    // MOV DX,3FDh; IN AL,DX; TEST AL,20h; JZ back to the IN; MOV DX,3F8h; MOV AL,byte; OUT DX,AL
    let one = |byte| [0xba, 0xfd, 0x03, 0xec, 0xa8, 0x20, 0x74, 0xfb, 0xba, 0xf8, 0x03, 0xb0, byte, 0xee];
    // MOV DX,3FBh; MOV AL,3; OUT DX,AL: words of eight bits
    let mut code = vec![0xba, 0xfb, 0x03, 0xb0, 0x03, 0xee];
    code.extend(text.bytes().flat_map(one));
    code.extend(LOOP);
    code
}

fn beige() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_beige"));
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET").stdin(Stdio::null());
    command
}

fn run(image: &Path, arguments: &[&str]) -> Output {
    beige().arg("--headless").args(arguments).arg(image).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("an exit code")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The arguments are refused: exit 2, one sentence that holds `expected`, nothing on standard output.
fn assert_refused(arguments: &[&str], expected: &str) {
    let output = beige().args(arguments).output().unwrap();
    let said = stderr(&output);
    assert_eq!(code(&output), 2, "{arguments:?}: {said}");
    assert_eq!(said.lines().count(), 1, "{arguments:?}: {said}");
    assert!(said.starts_with("beige: ") && said.contains(expected), "{arguments:?}: {said}");
    assert_eq!(stdout(&output), "", "{arguments:?}");
}

#[test]
fn bad_arguments_are_refused_in_one_sentence() {
    for (arguments, expected) in [
        (&["--bogus"][..], "--bogus"),
        (&["--cpu", "pentium9"], "give one of 8086"),
        (&["--memory", "0"], "without memory"),
        (&["--memory", "0K"], "without memory"),
        (&["--memory", "16"], "unit"),
        (&["--headless", "--memory", "512K"], "640K"),
        (&["--headless", "--memory", "17M", "--cpu", "80286"], "give --memory 16M or less"),
        (&["--headless", "--memory", "1M", "--cpu", "8086"], "give --memory 640K or less"),
        (&["--headless", "--memory", "4G"], "give --memory 3072M or less"),
        (&["--speed", "fast"], "4.77MHz"),
        (&["--rtc", "2026-02-30T00:00:00"], "give a day that exists"),
        (&["--boot", "x"], "give up to three of a, b, c and d"),
        (&["--boot", "c,a,c"], "give each drive once"),
        (&["--option-rom", "x@y"], "hexadecimal address"),
        (&["--headless", "--option-rom", "/no/such/rom"], "give a ROM image"),
        (&["--a-type", "1000"], "give 360"),
        (&["--exit-port", "70000"], "65535"),
        (&["--headless", "--limit", "60"], "500ms"),
        (&["--headless", "--until", ""], "some text"),
        (&["--until", "x"], "add --headless"),
        (&["--script", "x"], "add --headless"),
        (&["--limit", "1s"], "add --headless"),
        (&["--headless", "--trace-from", "1"], "add --trace FILE"),
        (&["--headless", "--serial", "stdio", "--debugcon", "stdio"], "standard output"),
        (&["--headless", "--serial", "stdio", "--script", "-"], "standard input"),
        (&["--headless", "--com1", "stdio", "--com2", "stdio"], "--com1 and --com2 cannot both"),
        (&["--headless", "--lpt1", "stdio", "--debugcon", "stdio"], "--lpt1 and --debugcon cannot both"),
        (&["--headless", "--wav", "/"], "folder"),
        (&["--headless", "--lpt1", "/no/such/folder/x"], "make it first"),
        (&["--headless", "--com3", "tcp:99999"], "write tcp:PORT"),
        (&["--headless", "--serial", "none", "--com1", "none"], "cannot be used multiple times"),
        (&["--com2", "tcp:5555,wait"], "add --headless"),
        (&["--headless", "--script", "/no/such/script"], "give a text file"),
        (&["--headless", "--bios", "/no/such/bios"], "give a ROM image"),
        (&["--headless", "--screenshot", "/no/such/folder/a.png"], "make it first"),
        (&["--headless", "--serial", "/"], "folder"),
        (&["--headless", "--resume", "/no/such.state"], "give a state"),
        (&["--resume", "a.state", "--cpu", "286"], "leave the other option out"),
        (&["--resume", "a.state", "--memory", "1M"], "leave the other option out"),
        (&["--headless", "/no/such/image"], "does not exist"),
        (&["--headless", "/"], "directory"),
        (&["run", "--headless", "/no/such/image"], "does not exist"),
    ] {
        assert_refused(arguments, expected);
    }
}

#[test]
fn images_that_are_none_are_refused_and_left_alone() {
    let folder = Folder::new();
    for bytes in [0, 1, 511, 513] {
        let image = folder.file("bad.img", vec![0; bytes]);
        assert_refused(&["--headless", "--write", image.to_str().unwrap()], "bad.img");
        assert_eq!(fs::read(&image).unwrap(), vec![0; bytes]);
    }
}

#[test]
fn an_empty_rom_is_refused() {
    let folder = Folder::new();
    let empty = folder.file("empty.rom", Vec::new());
    let empty = empty.to_str().unwrap();
    assert_refused(&["--headless", "--bios", empty], "no ROM image");
    assert_refused(&["--headless", "--vga-bios", empty], "no ROM image");
}

#[test]
fn an_option_rom_that_has_no_place_is_refused() {
    let folder = Folder::new();
    let rom = folder.file("card.rom", vec![0; 0x1000]);
    let at = |address: &str| format!("{}@{address}", rom.to_str().unwrap());
    let (odd, low, high, there) = (at("C8100"), at("B8000"), at("EF800"), at("C8000"));
    assert_refused(&["--headless", "--option-rom", &odd], "in steps of 800");
    assert_refused(&["--headless", "--option-rom", &low], "from C8000");
    assert_refused(&["--headless", "--option-rom", &high], "meets another ROM");
    assert_refused(&["--headless", "--option-rom", &there, "--option-rom", &there], "meets another ROM");
}

#[test]
fn one_image_in_two_drives_is_refused_for_writing() {
    let folder = Folder::new();
    let image = folder.guest(HALT);
    let image = image.to_str().unwrap();
    assert_refused(&["--headless", "--write", image, image], "drives A and B at once");
    assert_refused(&["--headless", "--write", image, "--c", image], "drives A and C at once");
    assert_eq!(code(&beige().args(["--headless", image, image]).output().unwrap()), 0);
}

#[test]
fn nothing_is_written_when_something_is_refused() {
    let folder = Folder::new();
    let image = folder.guest(HALT);
    let out = |name: &str| folder.path(name).to_str().unwrap().to_owned();
    let (serial, trace, picture) = (out("serial"), out("trace"), out("picture.png"));
    let files = ["--headless", "--serial", &serial, "--trace", &trace, "--screenshot", &picture];
    for wrong in [&["--memory", "8K"][..], &["--c", "/no/such/image"], &["--debugcon", "/no/such/folder/x"]] {
        let output = beige().args(files).args(wrong).arg(&image).output().unwrap();
        assert_eq!(code(&output), 2, "{wrong:?}");
        assert_eq!(folder.names(), ["guest.img"], "{wrong:?}");
    }
}

#[test]
fn outputs_do_not_overwrite_images_or_each_other() {
    let folder = Folder::new();
    let image = folder.guest(HALT);
    let (image, other) = (image.to_str().unwrap(), folder.path("out"));
    let other = other.to_str().unwrap();
    assert_refused(&["--headless", image, "--serial", image], "overwrite the image");
    assert_refused(&["--headless", image, "--serial", other, "--trace", other], "give two files");
    let script = folder.file("script", format!("screenshot {image}\n"));
    assert_refused(&["--headless", image, "--script", script.to_str().unwrap()], "overwrite the image");
}

#[test]
fn a_script_is_checked_before_the_machine_starts() {
    let folder = Folder::new();
    let image = folder.guest(HALT);
    let script = folder.file("script", "screen\nwait \"x\" within 5\n");
    assert_refused(&["--headless", "--script", script.to_str().unwrap(), image.to_str().unwrap()], "line 2");
}

#[test]
fn a_missing_boot_signature_is_only_a_warning() {
    let folder = Folder::new();
    let image = folder.file("plain.img", [&[0xfa, 0xf4][..], &[0; 510]].concat());
    let output = run(&image, &[]);
    assert_eq!(code(&output), 0);
    assert!(stderr(&output).contains("55AA"), "{}", stderr(&output));
}

#[test]
fn without_a_display_one_sentence_names_headless() {
    let output = beige().output().unwrap();
    assert_eq!(code(&output), 3);
    assert_eq!(stderr(&output).lines().count(), 1);
    assert!(stderr(&output).contains("--headless"), "{}", stderr(&output));
}

#[test]
fn help_and_version_go_to_standard_output() {
    for (argument, expected) in [("--help", "F12+P "), ("-h", "--headless"), ("--version", "beige 0.1.0")] {
        let output = beige().arg(argument).output().unwrap();
        assert_eq!(code(&output), 0);
        assert!(stdout(&output).contains(expected), "{argument}");
        assert_eq!(stderr(&output), "");
    }
}

#[test]
fn the_keys_are_listed_for_people_and_for_programs() {
    let output = beige().arg("keys").output().unwrap();
    assert_eq!((code(&output), stderr(&output).as_str()), (0, ""));
    let text = stdout(&output);
    assert!(text.contains("F12+Q") && text.contains("pagedown pgdn"), "{text}");
    let output = beige().args(["keys", "--json"]).output().unwrap();
    let object: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(object["keys"].as_array().unwrap().len(), 102);
    assert_eq!(object["hot_keys"][0]["keys"], serde_json::json!(["f12", "p"]));
}

#[test]
fn images_are_inspected_for_people_and_for_programs() {
    let folder = Folder::new();
    let image = folder.guest(PRINT_HI);
    let qcow2 = folder.file("other image.qcow2", [&b"QFI\xfb"[..], &[0; 1020]].concat());
    let (image, qcow2, missing) = (image.to_str().unwrap(), qcow2.to_str().unwrap(), folder.path("missing.img"));
    let output = beige().args(["inspect", image, missing.to_str().unwrap(), qcow2]).output().unwrap();
    assert_eq!(code(&output), 2);
    assert_eq!(stderr(&output).lines().count(), 1);
    assert!(stderr(&output).contains("missing.img` does not exist"), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("boots a program of its own") && text.contains("160K floppy by its size"), "{text}");
    assert!(text.contains(&format!("qemu-img convert -f qcow2 -O raw {qcow2} disk.img")), "{text}");

    let output = beige().args(["inspect", "--json", image, missing.to_str().unwrap(), qcow2]).output().unwrap();
    assert_eq!(code(&output), 2);
    let objects: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(objects[0]["boot_sector"]["signature"], true);
    assert_eq!(objects[0]["medium"]["stored_sectors"], 1);
    assert!(objects[1]["error"].as_str().unwrap().contains("does not exist"));
    assert_eq!(objects[2]["format"], "qcow2 image");
    assert_refused(&["inspect"], "IMAGE");
}

#[test]
fn a_dry_run_tells_the_machine_and_changes_nothing() {
    let folder = Folder::new();
    let image = folder.guest(HALT);
    let before = (fs::read(&image).unwrap(), folder.names());
    let (trace, picture) = (folder.path("trace"), folder.path("end.png"));
    let mut command = beige();
    command.args(["--dry-run", "--write", "--cpu", "8086", "--speed", "4.77MHz"]).arg(&image);
    command.arg("--trace").arg(&trace).arg("--screenshot").arg(&picture);
    let output = command.output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = stdout(&output);
    for expected in ["8086", "4.77 MHz: 340714", "640 KiB", "built in, 131072 bytes, BLAKE3", "A 360K", "written to"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let output = command.arg("--json").arg("--headless").output().unwrap();
    let object: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(object["memory"]["kib"], 640);
    assert_eq!(object["disks"][0]["changes"], "image");
    assert_eq!(object["disks"][0]["chs"], serde_json::json!([40, 1, 8]));
    assert_eq!(object["limit"], 600.0);
    assert_eq!(object["bios"]["blake3"].as_str().unwrap().len(), 64);
    assert_eq!((fs::read(&image).unwrap(), folder.names()), before);
    assert_refused(&["--dry-run", "/no/such/image"], "does not exist");
    assert_refused(&["--dry-run", "--memory", "8K"], "640K");
}

#[test]
fn a_rom_in_place_of_the_bios_speaks_of_no_disk_and_no_bios() {
    let folder = Folder::new();
    let mut rom = vec![0xff; 0x1_0000];
    rom[..2].copy_from_slice(HALT);
    rom[0xfff0..0xfff5].copy_from_slice(&[0xea, 0, 0, 0, 0xf0]); // jmp f000:0000
    let rom = format!("{}@F0000", folder.file("rom.bin", rom).to_str().unwrap());
    let image = folder.guest(HALT);
    let run = |arguments: &[&str]| {
        let output = beige().args(["run", "--headless", "--rom", &rom]).args(arguments).output().unwrap();
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        output
    };
    let said = stderr(&run(&[]));
    assert!(said.starts_with("beige: the guest is at F000:0001") && !said.contains("disk"), "{said}");
    assert!(stderr(&run(&[image.to_str().unwrap()])).contains("guest.img"));
    let text = stdout(&run(&["--dry-run"]));
    for name in ["bios", "vga bios", "disks"] {
        assert!(text.lines().any(|line| line == format!("{name:<16}none")), "{name}: {text}");
    }
    let object: serde_json::Value = serde_json::from_str(&stdout(&run(&["--dry-run", "--json"]))).unwrap();
    assert!(object["bios"].is_null() && object["vga_bios"].is_null(), "{object}");
}

#[test]
fn a_halt_is_a_success_unless_something_was_awaited() {
    let folder = Folder::new();
    let image = folder.guest(PRINT_HI);
    assert_eq!(code(&run(&image, &[])), 0);
    assert_eq!(code(&run(&image, &["--until", "Hi"])), 0);
    let unmet = run(&image, &["--until", "Ho"]);
    assert_eq!(code(&unmet), 1);
    assert!(stderr(&unmet).contains("halted"));
    let script = folder.file("script", "wait \"Hi\"\nexit 9\n");
    assert_eq!(code(&run(&image, &["--script", script.to_str().unwrap()])), 9);
    let script = folder.file("script", "wait \"Ho\"\nexit 9\n");
    assert_eq!(code(&run(&image, &["--script", script.to_str().unwrap()])), 1);
}

#[test]
fn the_limit_always_ends_with_4() {
    let folder = Folder::new();
    let image = folder.guest(LOOP);
    for arguments in [&["--limit", "600ms"][..], &["--limit", "600ms", "--until", "never"]] {
        let output = run(&image, arguments);
        assert_eq!(code(&output), 4);
        assert!(stderr(&output).contains("--limit"));
    }
}

#[test]
fn the_byte_at_the_exit_port_is_the_exit_code() {
    let folder = Folder::new();
    // MOV AL,42; OUT F4h,AL; JMP $
    let image = folder.guest(&[0xb0, 42, 0xe6, 0xf4, 0xeb, 0xfe]);
    let output = run(&image, &["--exit-port", "0xf4", "--json"]);
    assert_eq!(code(&output), 42);
    assert!(stdout(&output).contains("\"exit\":\"exit-port\""));
}

#[test]
fn an_unmet_wait_tells_line_text_and_screen() {
    let folder = Folder::new();
    let image = folder.guest(&[&PRINT_HI[..10], LOOP].concat());
    let script = folder.file("script", "\nwait \"Ho\" within 700ms\n");
    let output = run(&image, &["--script", script.to_str().unwrap()]);
    assert_eq!(code(&output), 1);
    let said = stderr(&output);
    assert!(
        said.contains("line 2") && said.contains("\"Ho\"") && said.contains("\nHi") || said.contains("Hi"),
        "{said}"
    );
}

#[test]
fn guest_bytes_go_to_standard_output_and_with_json_to_standard_error() {
    let folder = Folder::new();
    let image = folder.guest(&debugcon("ab\n"));
    assert_eq!(stdout(&run(&image, &["--debugcon", "stdio"])), "ab\n");
    let output = run(&image, &["--debugcon", "stdio", "--json"]);
    assert!(stderr(&output).contains("ab\n"));
    let object: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(object["exit"], "halted");
    assert_eq!(object["exit_code"], 0);
    assert!(object["message"].is_null());
    assert!(object["guest_seconds"].as_f64().unwrap() > 0.0);
    assert!(object["instructions"].as_u64().unwrap() > 0);
    assert!(object["host_cpu_seconds"].as_f64().unwrap() > 0.0);
    assert!(object["screen"].is_string());
    let file = folder.path("out");
    assert_eq!(stdout(&run(&image, &["--debugcon", file.to_str().unwrap()])), "");
    assert_eq!(fs::read(&file).unwrap(), b"ab\n");
}

#[test]
fn the_hash_stands_alone_on_the_last_line() {
    let folder = Folder::new();
    let image = folder.guest(&debugcon("no line end"));
    let output = run(&image, &["--debugcon", "stdio", "--hash"]);
    let text = stdout(&output);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text:?}");
    assert_eq!(lines[0], "no line end");
    assert!(lines[1].len() == 64 && lines[1].bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(stdout(&run(&image, &["--hash"])).trim_end(), lines[1]);
}

#[test]
fn serial_text_ends_a_run_wherever_the_bytes_go() {
    let folder = Folder::new();
    let image = folder.guest(&serial("log: ok"));
    assert_eq!(code(&run(&image, &["--until", "g: ok", "--limit", "2s"])), 0);
    let output = run(&image, &["--until", "ok", "--serial", "stdio", "--limit", "2s"]);
    assert_eq!((code(&output), stdout(&output).as_str()), (0, "log: ok"));
}

#[test]
fn a_reader_of_standard_output_may_leave() {
    let folder = Folder::new();
    // MOV AL,'x'; OUT E9h,AL; JMP back to the OUT
    let image = folder.guest(&[0xb0, b'x', 0xe6, 0xe9, 0xeb, 0xfc]);
    let mut command = beige();
    command.args(["--headless", "--limit", "2s", "--debugcon", "stdio"]).arg(&image);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 0);
    assert_eq!(stderr(&output).lines().count(), 1, "{}", stderr(&output));
}

#[test]
fn a_reader_of_standard_error_may_leave() {
    let folder = Folder::new();
    let image = folder.guest(HALT);
    let mut command = beige();
    command.args(["--headless", "--until", "never"]).arg(&image);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert_eq!(command.stderr(writer).status().unwrap().code(), Some(1));
}

#[test]
fn a_script_on_standard_input_may_end_without_ending_the_run() {
    let folder = Folder::new();
    let image = folder.guest(LOOP);
    let mut command = beige();
    command.args(["--headless", "--script", "-"]).arg(&image).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"sleep 50ms\nexit 6").unwrap();
    assert_eq!(code(&child.wait_with_output().unwrap()), 6);
}

#[test]
fn screenshots_and_screens_are_what_the_guest_shows() {
    let folder = Folder::new();
    let image = folder.guest(PRINT_HI);
    let (picture, last) = (folder.path("a picture.png"), folder.path("last.png"));
    let script = folder.file("script", format!("wait \"Hi\"\nscreen\nscreenshot {}\n", picture.display()));
    let output = run(&image, &["--script", script.to_str().unwrap(), "--screenshot", last.to_str().unwrap()]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("Hi"));
    for file in [picture, last] {
        assert!(fs::read(&file).unwrap().starts_with(b"\x89PNG"), "{}", file.display());
    }
}

#[test]
fn writes_live_in_memory_unless_write_is_given() {
    let folder = Folder::new();
    // MOV AX,0301h; MOV BX,7C00h; MOV CX,1; MOV DX,0; writes itself, changed at its byte 100h, to sector 1; CLI; HLT
    let code_bytes: &[u8] = &[
        0xc6, 0x06, 0x00, 0x7d, 0x77, 0xb8, 0x01, 0x03, 0xbb, 0x00, 0x7c, 0xb9, 0x01, 0x00, 0xba, 0x00, 0x00, 0xcd,
        0x13, 0xfa, 0xf4,
    ];
    let image = folder.guest(code_bytes);
    let before = fs::read(&image).unwrap();
    let output = run(&image, &[]);
    assert_eq!(fs::read(&image).unwrap(), before);
    assert!(stderr(&output).contains("changes live in memory") && stderr(&output).contains("is gone"));
    let output = run(&image, &["--write"]);
    assert_eq!(fs::read(&image).unwrap()[0x100], 0x77);
    assert!(!stderr(&output).contains("is gone"), "{}", stderr(&output));
}

#[test]
fn a_trace_begins_where_it_is_told_to_and_changes_nothing() {
    let folder = Folder::new();
    let image = folder.guest(PRINT_HI);
    let trace = folder.path("trace");
    let plain = stdout(&run(&image, &["--hash"]));
    let traced = |from: &str, limit: &str| {
        let arguments = ["--hash", "--trace", trace.to_str().unwrap(), "--trace-from", from, "--trace-limit", limit];
        let output = run(&image, &arguments);
        assert_eq!(stdout(&output), plain, "{from}");
        fs::read_to_string(&trace).unwrap()
    };
    let from_start = traced("0", "3");
    assert_eq!(from_start.lines().count(), 3);
    assert!(from_start.lines().next().unwrap().contains("f000:fff0"), "{from_start}");
    let from_address = traced("0000:7c00", "2");
    assert!(from_address.lines().next().unwrap().contains("mov ax"), "{from_address}");
    assert!(from_address.lines().nth(1).unwrap().contains("int 10h"), "{from_address}");
    let from_count = traced("1000", "1");
    assert!(from_count.trim_start().starts_with("1000 "), "{from_count}");
}

#[test]
fn a_profile_holds_the_samples_of_a_run_and_changes_nothing() {
    let folder = Folder::new();
    let image = folder.guest(LOOP);
    let profile = folder.path("stacks.txt");
    let file = profile.to_str().unwrap();
    let plain = run(&image, &["--limit", "1s", "--hash"]);
    let sampled = run(&image, &["--limit", "1s", "--hash", "--profile", file, "--stats"]);
    assert_eq!((code(&sampled), stdout(&sampled)), (code(&plain), stdout(&plain)), "{}", stderr(&sampled));
    let text = fs::read_to_string(&profile).unwrap();
    let instructions = |arguments: &[&str]| {
        let object: serde_json::Value = serde_json::from_str(&stdout(&run(&image, arguments))).unwrap();
        object["instructions"].as_u64().unwrap()
    };
    let samples =
        |text: &str| -> u64 { text.lines().map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).sum() };
    assert_eq!(samples(&text), instructions(&["--limit", "1s", "--json"]) / 10_007);
    assert!(text.lines().any(|line| line.starts_with("boot;real;0000:7Cxx;0000:7C00 jmp ")), "{text}");
    assert_eq!(run(&image, &["--limit", "1s", "--profile", file]).status.code(), Some(4));
    assert_eq!(fs::read_to_string(&profile).unwrap(), text, "the same run has the same samples");
    assert_eq!(folder.names(), ["guest.img", "stacks.txt"]);

    assert_eq!(code(&run(&image, &["--limit", "1ms", "--profile", file, "--profile-every", "1"])), 4);
    let text = fs::read_to_string(&profile).unwrap();
    assert_eq!(samples(&text), instructions(&["--limit", "1ms", "--json"]));
    assert!(text.lines().all(|line| line.starts_with("BIOS;real;")), "{text}");
}

/// What the parts took is what the process took, as the object at the end says.
#[test]
fn statistics_tell_where_the_time_went() {
    let folder = Folder::new();
    let image = folder.guest(LOOP);
    let output = run(&image, &["--limit", "1s", "--stats", "--json", "--no-idle-detection"]);
    let object: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let stats = &object["stats"];
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    let parts = stats["cpu_seconds_by_part"].as_object().unwrap();
    let sum: f64 = parts.values().map(number).sum();
    assert!((sum - number(&stats["cpu_seconds"])).abs() < 0.001, "{stats}");
    assert!(number(&parts["cpu_core"]) > sum / 2.0, "a loop is the work of the core: {stats}");
    assert_eq!(stats["instructions"], object["instructions"]);
    assert!(number(&stats["counts"]["hardware_interrupts"]) >= 10.0, "{stats}");
    assert_eq!(stats["counts"]["sectors_read"], 1);
    let people = stderr(&run(&image, &["--limit", "1s", "--stats"]));
    assert!(people.contains("  cpu core ") && people.contains("  sectors read "), "{people}");
    assert!(serde_json::from_str::<serde_json::Value>(&stdout(&run(&image, &["--limit", "1s", "--json"]))).unwrap()
        ["stats"]
        .is_null());
}

#[test]
fn a_trace_may_begin_at_a_text_on_the_screen_or_out_of_the_serial_port() {
    let folder = Folder::new();
    let trace = folder.path("trace");
    for (guest, last_address) in [([&PRINT_HI[..10], LOOP].concat(), "0000:7c0a"), (serial("Hi"), "0000:7c22")] {
        let image = folder.guest(&guest);
        let file = trace.to_str().unwrap();
        let output = run(&image, &["--limit", "1s", "--trace", file, "--trace-from", "Hi", "--trace-limit", "2"]);
        assert_eq!(code(&output), 4);
        let text = fs::read_to_string(&trace).unwrap();
        assert_eq!(text.lines().count(), 2);
        assert!(text.contains(last_address), "{text}");
    }
}

/// A boot sector that adds 7 to byte 50h of the CMOS memory and gives the sum to port F4h.
const ADD_7_TO_CMOS: &[u8] = &[
    0xb0, 0x50, 0xe6, 0x70, 0xe4, 0x71, // mov al, 50h; out 70h, al; in al, 71h
    0x04, 0x07, 0x88, 0xc4, // add al, 7; mov ah, al
    0xb0, 0x50, 0xe6, 0x70, 0x88, 0xe0, 0xe6, 0x71, // mov al, 50h; out 70h, al; mov al, ah; out 71h, al
    0xe6, 0xf4, // out 0f4h, al
];

#[test]
fn cmos_memory_is_kept_in_a_file_from_run_to_run() {
    let folder = Folder::new();
    let guest = folder.guest(ADD_7_TO_CMOS);
    let file = folder.path("machine.cmos");
    let nvram = file.to_str().unwrap();
    let exit_code = |arguments: &[&str]| code(&run(&guest, &[&["--exit-port", "0xf4"], arguments].concat()));
    assert_eq!([exit_code(&[]), exit_code(&[])], [7, 7]);
    assert_eq!(exit_code(&["--nvram", nvram]), 7);
    assert_eq!(exit_code(&["--nvram", nvram, "--rtc", "1999-12-31T12:00:00"]), 14);
    let bytes = std::fs::read(&file).unwrap();
    assert_eq!((bytes.len(), bytes[0x50]), (128, 14));
    assert_eq!([bytes[0x09], bytes[0x32]], [0x99, 0x19], "the time is that of --rtc");
    assert_eq!(folder.names().len(), 2, "no temporary file is left");
}

#[test]
fn a_cmos_file_of_another_size_is_refused_and_left_alone() {
    let folder = Folder::new();
    let guest = folder.guest(ADD_7_TO_CMOS);
    let file = folder.file("short", [1; 127]);
    let (guest, nvram) = (guest.to_str().unwrap(), file.to_str().unwrap());
    assert_refused(&[guest, "--headless", "--nvram", nvram], "is no CMOS memory, which has 128 bytes");
    assert_eq!(std::fs::read(&file).unwrap(), [1; 127]);
    assert_refused(&[guest, "--headless", "--nvram", guest], "would overwrite the image");
    let folder_name = folder.path("none").join("cmos");
    assert_refused(&[guest, "--headless", "--nvram", folder_name.to_str().unwrap()], "make it first");
}
