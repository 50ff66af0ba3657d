//! Bad images, scripts, options and states, one table each: exit 2, one sentence with the path and a remedy, nothing
//! written, nothing waited for. What is odd but valid runs with warnings at most.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The longest that anything here may take on a busy host: whoever waits for a pipe waits for ever.
const HANGS_AFTER: Duration = Duration::from_secs(60);

/// A folder that goes away with the test.
struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> String {
        fs::write(self.path(name), contents).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    /// A file of zeros that takes no room.
    fn zeros(&self, name: &str, bytes: u64) -> String {
        File::create(self.path(name)).unwrap().set_len(bytes).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    fn pipe(&self, name: &str) -> Option<String> {
        let path = self.path(name);
        if !Command::new("mkfifo").arg(&path).status().is_ok_and(|status| status.success()) {
            skip("pipes", "this host makes no pipes with mkfifo");
            return None;
        }
        Some(path.to_str().unwrap().to_owned())
    }

    /// Names and contents of all files, pipes by name only.
    fn snapshot(&self) -> Vec<(PathBuf, u64, Vec<u8>)> {
        let mut files: Vec<_> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let mut start = Vec::new();
                let is_file = entry.metadata().unwrap().is_file();
                if is_file && let Ok(file) = File::open(entry.path()) {
                    file.take(1 << 20).read_to_end(&mut start).unwrap();
                }
                (entry.path(), entry.metadata().unwrap().len(), start)
            })
            .collect();
        files.sort();
        files
    }
}

fn skip(what: &str, reason: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED {what}: {reason}");
}

/// Exit code, standard output, standard error.
fn run(folder: &Folder, arguments: &[&str]) -> (Option<i32>, String, String) {
    let (out, error) = (folder.path("stdout.log"), folder.path("stderr.log"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_beige"));
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").stdin(Stdio::null()).args(arguments);
    let mut child = command.stdout(File::create(&out).unwrap()).stderr(File::create(&error).unwrap()).spawn().unwrap();
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > HANGS_AFTER {
            child.kill().unwrap();
            panic!("{arguments:?} hangs");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let text = |path: &Path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
    let said = (status.code(), text(&out), text(&error));
    let _ = (fs::remove_file(out), fs::remove_file(error));
    said
}

fn assert_refused(folder: &Folder, arguments: &[&str], expected: &[&str]) {
    let before = folder.snapshot();
    let (code, out, said) = run(folder, arguments);
    assert_eq!(code, Some(2), "{arguments:?}: {said}");
    assert_eq!((said.lines().count(), out.as_str()), (1, ""), "{arguments:?}: {said}");
    assert!(said.starts_with("beige: ") && said.len() < 1000, "{arguments:?}: {said}");
    for expected in expected {
        assert!(said.contains(expected), "{arguments:?} does not say {expected:?}: {said}");
    }
    assert!(folder.snapshot() == before, "{arguments:?} wrote something");
}

/// A boot sector that halts for good.
fn guest() -> Vec<u8> {
    let mut sector = vec![0xfa, 0xf4];
    sector.resize(510, 0);
    sector.extend([0x55, 0xaa]);
    sector
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

#[test]
fn bad_images_are_refused() {
    let folder = Folder::new();
    let mut table: Vec<(String, &str, &str)> = Vec::new();
    for (bytes, remedy) in [(0, "at least one sector"), (1, "raw image"), (511, "raw image"), (513, "raw image")] {
        table.push((folder.zeros(&format!("{bytes}.img"), bytes), remedy, ""));
    }
    table.push((folder.zeros("truncated.img", 1_474_560 - 100), "complete and not compressed", ""));
    table.push((folder.zeros("huge.img", 1 << 38), "use a smaller image", ""));
    table.push((folder.zeros("no-floppy.img", 2_949_120 + 512), "give it to --c", "--a"));
    table.push((folder.file("text.img", "this is a text, and no image at all\n"), "raw image", ""));
    table.push((folder.path("missing.img").to_str().unwrap().to_owned(), "check the path", ""));
    let directory = folder.path("directory.img");
    fs::create_dir(&directory).unwrap();
    table.push((directory.to_str().unwrap().to_owned(), "name a disk image file", ""));
    table.push(("/dev/null".to_owned(), "copy the disk into a file", ""));
    table.extend(folder.pipe("pipe.img").map(|pipe| (pipe, "copy the disk into a file", "")));
    for (image, remedy, option) in &table {
        let image = image.as_str();
        for write in [&[][..], &["--write"]] {
            let named = if option.is_empty() { vec![image] } else { vec![*option, image] };
            assert_refused(&folder, &[&["--headless"], write, &named].concat(), &[image, remedy]);
        }
    }
    let twice = folder.file("twice.img", guest());
    assert_refused(&folder, &["--headless", "--write", &twice, &twice], &[&twice, "make a copy"]);
}

#[test]
fn an_image_without_permission_is_refused() {
    if is_root() {
        skip("an_image_without_permission_is_refused", "root may read and write everything");
        return;
    }
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let image = folder.file("secret.img", guest());
    let path = Path::new(&image);
    fs::set_permissions(path, fs::Permissions::from_mode(0o444)).unwrap();
    assert_refused(&folder, &["--headless", "--write", &image], &[&image, "leave out --write"]);
    fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    assert_refused(&folder, &["--headless", &image], &[&image, "change its permissions"]);
}

#[test]
fn odd_images_run_with_warnings_at_most() {
    let folder = Folder::new();
    let floppy = |head: &[u8]| {
        let mut image = vec![0; 368_640];
        image[..guest().len()].copy_from_slice(&guest());
        image[..head.len()].copy_from_slice(head);
        image
    };
    // A jump over a parameter block of zeros; one of ones; another format's magic number; text.
    let zeros = folder.file("zeros.img", floppy(&[&[0xeb, 0x3c, 0x90][..], &[0; 59], &[0xfa, 0xf4]].concat()));
    let ones = folder.file("ones.img", floppy(&[&[0xeb, 0x3c, 0x90][..], &[0xff; 59], &[0xfa, 0xf4]].concat()));
    let qcow2 = folder.file("other.img", floppy(b"QFI\xfb"));
    let text = folder.file("text.img", vec![b'.'; 512]);
    let disk = folder.file("disk.img", [guest(), vec![0xff; 6000 * 512]].concat());
    for (image, warning) in
        [(&zeros, ""), (&ones, ""), (&qcow2, "qemu-img convert"), (&text, "no disk image"), (&disk, "")]
    {
        let before = folder.snapshot();
        let (code, _, said) = run(&folder, &["--headless", "--limit", "700ms", image]);
        assert!(matches!(code, Some(0 | 1 | 4)), "{image}: {code:?} {said}");
        let warnings: Vec<&str> = said.lines().filter(|line| line.starts_with("beige: warn")).collect();
        assert!(warnings.len() <= 2 && warnings.iter().all(|line| line.contains(image.as_str())), "{image}: {said}");
        assert!(said.contains(warning), "{image}: {said}");
        assert!(folder.snapshot() == before);
    }
}

#[test]
fn bad_scripts_are_refused_with_the_line() {
    let folder = Folder::new();
    let image = folder.file("guest.img", guest());
    let long = format!("screen\n{}\n", "x".repeat(1 << 20));
    for (script, expected) in [
        (&b"# fine\nwiat \"x\"\n"[..], "line 2: `wiat` is no statement: use wait"),
        (b"wait \"x\n", "line 1: `wait` has a text without its closing quote"),
        (b"key ctrl+hyper\n", "line 1: `hyper` names no key"),
        (b"\n\nsleep soon\n", "line 3: `sleep` needs a time"),
        (b"wait \"x\" within 5\n", "line 1: `within` needs a time"),
        (b"insert a missing.img\n", "missing.img"),
        (b"insert c x.img\n", "line 1: `insert` changes the disks of drives a and b"),
        (b"type \"\xff\"\n", "give a text file"),
        (b"\xff\xfes\0c\0r\0", "give a text file"),
        (long.as_bytes(), "line 2: `xxx"),
    ] {
        let script = folder.file("script.txt", script);
        let arguments = ["--headless", "--script", &script, &image];
        assert_refused(&folder, &arguments, &[expected]);
    }
    let directory = folder.0.path().to_str().unwrap();
    assert_refused(&folder, &["--headless", "--script", directory, &image], &[directory, "give a text file"]);
    let missing = folder.path("missing.txt");
    let missing = missing.to_str().unwrap();
    assert_refused(&folder, &["--headless", "--script", missing, &image], &[missing, "give a text file"]);
    assert_refused(&folder, &["--headless", "--script", "/dev/zero", &image], &["/dev/zero", "give a text file"]);
    let empty = folder.file("empty.txt", "");
    assert_eq!(run(&folder, &["--headless", "--script", &empty, &image]).0, Some(0), "an empty script is done at once");
}

/// Bad values, a line for each option that takes one.
const BAD_VALUES: &[(&str, &str)] = &[
    ("--resume", "/no/such/state"),
    ("--a", "/no/such/image"),
    ("--b", "/no/such/image"),
    ("--c", "/no/such/image"),
    ("--d", "/no/such/image"),
    ("--e", "/no/such/image"),
    ("--f", "/no/such/image"),
    ("--a-type", "1000"),
    ("--b-type", "big"),
    ("--boot", "x"),
    ("--cpu", "z80"),
    ("--fpu", "8087"),
    ("--memory", "lots"),
    ("--speed", "fast"),
    ("--rtc", "now"),
    ("--nvram", "/no/such/folder/nvram"),
    ("--bios", "/no/such/bios"),
    ("--vga-bios", "/no/such/bios"),
    ("--fw-cfg", "perhaps"),
    ("--option-rom", "/no/such/rom"),
    ("--rom", "/no/such/rom@F0000"),
    ("--on-shutdown", "explode"),
    ("--post-port", "10000"),
    ("--until-post", "100"),
    ("--exit-port", "70000"),
    ("--com1", "tcp:port"),
    ("--com2", "tcp:99999"),
    ("--com3", "/no/such/folder/out"),
    ("--com4", "/"),
    ("--lpt1", "/no/such/folder/out"),
    ("--debugcon", "/no/such/folder/out"),
    ("--screenshot", "/no/such/folder/a.png"),
    ("--wav", "/no/such/folder/a.wav"),
    ("--trace", "/no/such/folder/trace"),
    ("--trace-from", ""),
    ("--trace-limit", "0"),
    ("--profile", "/no/such/folder/profile"),
    ("--profile-every", "0"),
    ("--script", "/no/such/script"),
    ("--until", ""),
    ("--limit", "soon"),
];

#[test]
fn every_option_refuses_a_bad_value() {
    let folder = Folder::new();
    for (option, value) in BAD_VALUES {
        assert_refused(&folder, &["--headless", option, value], &[]);
    }
    let help = run(&folder, &["--help"]).1;
    let options = help.lines().filter_map(|line| line.trim_start().strip_prefix("--")?.split_once(" <"));
    for (option, _) in options {
        let option = format!("--{option}");
        assert!(BAD_VALUES.iter().any(|(known, _)| *known == option), "{option} is not in the table of bad values");
    }
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    let folder = Folder::new();
    let image = folder.file("guest.img", guest());
    let out = folder.path("out");
    let out = out.to_str().unwrap();
    let rom = folder.zeros("rom.bin", 0x1_0000);
    let large_bios = folder.zeros("bios.bin", 0x2_0000);
    let at = |address: &str| format!("{rom}@{address}");
    for (arguments, expected) in [
        (&["--until", "x"][..], "add --headless"),
        (&["--headless", "--until-post", "FF"], "add --post-port"),
        (&["--rom", &rom], "FILE@ADDRESS"),
        (&["--rom", &at("C0000")], "where the CPU starts"),
        (&["--rom", &at("F0800")], "steps of 1000"),
        (&["--rom", &at("F8000"), "--cpu", "8086"], "what the 8086 can address"),
        (&["--rom", &at("F0000"), "--rom", &at("F0000")], "meets another one"),
        (&["--rom", &at("F0000"), "--bios", &rom], "--bios"),
        (&["--rom", &at("F0000"), "--fw-cfg", "on"], "leave out --fw-cfg"),
        (&["--headless", "--bios", &large_bios, "--cpu", "286"], "--cpu 80486 or later, or --fw-cfg off"),
        (&["--headless", "--bios", &large_bios, "--memory", "1M"], "--memory 2M"),
        (&["--headless", "--cpu", "pentium", "--fpu", "off"], "leave out --fpu off"),
        (&["--headless", "--trace-limit", "1"], "add --trace"),
        (&["--headless", "--profile-every", "1"], "add --profile"),
        (&["--headless", "--profile", "-"], "give a file"),
        (&["--headless", "--com1", "stdio", "--debugcon", "stdio"], "send one of them to a file"),
        (&["--headless", "--com1", "stdio", "--script", "-"], "put the script into a file"),
        (&["--headless", "--trace", out, "--debugcon", out], "give two files"),
        (&["--headless", "--trace", "/dev/stdout", "--screenshot", "/dev/stdout"], "give two files"),
        (&["--headless", "--trace", "-"], "give a file"),
        (&["--headless", "--screenshot", "-"], "give a file"),
        (&["--headless", "--resume", out, "--cpu", "8086"], "--cpu"),
        (
            &["--headless", "--a-type", "360", "--a", &image, "--a", &folder.zeros("big.img", 1_474_560)],
            "--a-type 1440",
        ),
    ] {
        assert_refused(&folder, arguments, &[expected]);
    }
}

#[test]
fn bad_states_are_refused() {
    let folder = Folder::new();
    let image = folder.file("guest.img", [guest(), vec![0; 511 * 512]].concat());
    let state = folder.path("good.state");
    let script = folder.file("save.txt", format!("sleep 20ms\nsave {}\n", state.display()));
    // A guest that goes on, so that the script does.
    let looping = folder.file("loop.img", [&[0xeb, 0xfe][..], &guest()[2..]].concat());
    let (code, _, said) = run(&folder, &["--headless", "--script", &script, "--a", &looping, "--b", &image]);
    assert_eq!(code, Some(0), "{said}");
    let state = state.to_str().unwrap();
    let (code, _, said) = run(&folder, &["--headless", "--limit", "50ms", "--resume", state]);
    assert_eq!(code, Some(4), "a good state goes on: {said}");

    let bytes = fs::read(state).unwrap();
    let altered = |at: usize| {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0x40;
        bytes
    };
    let directory = folder.path("directory.state");
    fs::create_dir(&directory).unwrap();
    let mut table = vec![
        folder.file("empty.state", ""),
        folder.file("short.state", &bytes[..bytes.len() / 2]),
        folder.file("one-less.state", &bytes[..bytes.len() - 1]),
        folder.file("magic.state", altered(0)),
        folder.file("version.state", altered(bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(8))),
        folder.file("middle.state", altered(bytes.len() / 2)),
        folder.file("foreign.state", b"QFI\xfb and more"),
        folder.file("text.state", "a text\n"),
        directory.to_str().unwrap().to_owned(),
        folder.path("missing.state").to_str().unwrap().to_owned(),
    ];
    table.extend(folder.pipe("pipe.state"));
    for bad in &table {
        assert_refused(&folder, &["--headless", "--resume", bad], &[bad]);
    }

    fs::write(&image, [guest(), vec![1; 511 * 512]].concat()).unwrap();
    assert_refused(&folder, &["--headless", "--resume", state], &["guest.img", "give the image as it was then"]);
    fs::write(&image, guest()).unwrap();
    assert_refused(&folder, &["--headless", "--resume", state], &["guest.img", "give that one"]);
    fs::remove_file(&image).unwrap();
    assert_refused(&folder, &["--headless", "--resume", state], &["guest.img"]);
}
