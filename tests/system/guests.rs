//! Each guest of real mode reaches, by a script, what a person would see. Those that leave it are in `protected`.

use beige_tests::qemu::{Picture, Qemu};
use beige_tests::{assert_exit, beige, copy_of, guest, run, script};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Boots a floppy image headless and plays `tests/scripts/NAME.txt` to it.
fn plays(test: &str, image: &str, name: &str) {
    let Some(image) = guest(test, image) else { return };
    let script = script(name);
    assert_exit(&run([image, "--limit".into(), "1m".into(), "--script".into(), script]), 0);
}

macro_rules! guests {
    ($($test:ident: $image:literal, $script:literal;)+) => {
        $(#[test]
        fn $test() {
            plays(stringify!($test), $image, $script);
        })+
    };
}

guests! {
    freedos_boots_from_160k: "freedos-160.img", "freedos-ver";
    freedos_boots_from_360k: "freedos-360.img", "freedos-ver";
    freedos_boots_from_720k: "freedos-720.img", "freedos-ver";
    freedos_boots_from_1200k: "freedos-1200.img", "freedos-ver";
    freedos_boots_from_1440k: "freedos-1440.img", "freedos-ver";
    freedos_13_shows_its_banner_and_answers: "freedos-13-1440.img", "freedos-13";
    freedos_utilities_answer: "freedos-utils-1440.img", "freedos-utils";
    ms_dos_400_drives_the_floppy_controller_itself: "msdos-400-360.img", "msdos-400";
    mikeos_answers_at_its_command_line: "mikeos-1440.img", "mikeos";
    mikeos_lists_its_programs_and_runs_one: "mikeos-1440.img", "mikeos-list";
    bootos_keeps_and_runs_a_program: "bootos-360.img", "bootos";
    bootbasic_runs_a_program_from_one_sector: "bootbasic.img", "bootbasic";
}

#[test]
fn freedos_boots_from_a_hard_disk() {
    let Some(packed) = guest("freedos_boots_from_a_hard_disk", "freedos-hd20.img.gz") else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image = copy_of(&packed, folder.path());
    let arguments: [PathBuf; 5] = [image, "--limit".into(), "1m".into(), "--script".into(), script("freedos-hd20")];
    assert_exit(&run(arguments), 0);
}

/// The shell of FreeDOS and what it asks of DOS and the BIOS stand in the stacks of a profile by name, and what is long
/// over does not.
#[test]
fn a_profile_names_programs_and_calls() {
    let Some(image) = guest("a_profile_names_programs_and_calls", "freedos-1440.img") else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (script, stacks) = (folder.path().join("script.txt"), folder.path().join("stacks.txt"));
    std::fs::write(&script, "wait any \"A:\\>\"\ntype \"dir\\n\"\nwait \"free\"\n").expect("a script can be written");
    let options: [&OsStr; 8] = [
        image.as_ref(),
        "--limit".as_ref(),
        "1m".as_ref(),
        "--script".as_ref(),
        script.as_ref(),
        "--profile".as_ref(),
        stacks.as_ref(),
        "--profile-every=101".as_ref(),
    ];
    assert_exit(&run(options), 0);
    let text = std::fs::read_to_string(stacks).expect("the profile is there");
    let samples = |parts: &[&str]| -> u64 {
        let with_all = text.lines().filter(|line| parts.iter().all(|part| line.contains(part)));
        with_all.map(|line| line.rsplit_once(' ').map_or(0, |(_, count)| count.parse().unwrap_or(0))).sum()
    };
    let all = samples(&[]);
    for parts in [
        &["COMMAND (PSP ", ";real;"][..],
        &["COMMAND (PSP ", ";INT 21h AH=3Fh;", ";INT 13h AH=02h;"],
        &["COMMAND (PSP ", ";INT 21h AH="],
        &["boot;real;", "INT 13h AH=02h;F000:"],
    ] {
        assert!(samples(parts) > 40, "{parts:?}: {} of {all} samples", samples(parts));
    }
    let depth = |line: &str| line.matches(";INT ").count();
    assert!(text.lines().all(|line| depth(line) <= 8), "calls are nested as they never are");
}

/// The colours of a screen in mode 1, one RGB value a character cell, taken at its centre.
fn cells(screenshot: &Path) -> Vec<[[u8; 3]; 40]> {
    const CELL: (usize, usize) = (18, 16);
    let file = std::io::BufReader::new(std::fs::File::open(screenshot).expect("the screenshot is there"));
    let mut reader = png::Decoder::new(file).read_info().expect("the screenshot is a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a screen fits memory")];
    let info = reader.next_frame(&mut pixels).expect("the screenshot is whole");
    assert!((info.width, info.height) == (720, 400), "not a text screen: {} x {}", info.width, info.height);
    assert!(info.color_type == png::ColorType::Rgb && info.bit_depth == png::BitDepth::Eight);
    let pixel = |column: usize, row: usize| {
        let at = (row * CELL.1 + CELL.1 / 2) * info.line_size + (column * CELL.0 + CELL.0 / 2) * 3;
        [pixels[at], pixels[at + 1], pixels[at + 2]]
    };
    (0..25).map(|row| std::array::from_fn(|column| pixel(column, row))).collect()
}

/// The columns where a brick stands between the walls of tetros, from the left one on.
fn brick_columns(screen: &[[[u8; 3]; 40]]) -> Vec<usize> {
    (14..26).filter(|column| screen[..21].iter().any(|row| row[*column] != [0; 3])).collect()
}

#[test]
fn tetros_draws_its_field_and_moves_the_brick() {
    const WALL: [u8; 3] = [0xaa; 3];
    let Some(image) = guest("tetros_draws_its_field_and_moves_the_brick", "tetros.img") else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut program = Command::new(beige());
    program.arg("run").arg(image).args(["--headless", "--limit", "10s", "--script"]).arg(script("tetros"));
    let output = program.current_dir(folder.path()).output().expect("the program starts");
    assert_exit(&output, 0);

    let before = cells(&folder.path().join("before.png"));
    for row in &before[5..21] {
        assert!(row[13] == WALL && row[26] == WALL, "the walls stand");
    }
    assert!(before[21][13..=26].iter().all(|cell| *cell == WALL), "the floor closes the field");
    let columns = brick_columns(&before);
    assert!((1..=4).contains(&columns.len()), "one brick falls: {columns:?}");

    let after = brick_columns(&cells(&folder.path().join("after.png")));
    let moved: Vec<usize> = columns.iter().map(|column| column - 2).collect();
    assert!(after == moved, "two presses of the left key move the brick from {columns:?}, not to {after:?}");
}

/// A screen of mode 13h, one value a dot: six bits each of red, green and blue.
struct Dots(Vec<[u8; 3]>);

impl Dots {
    const SIZE: (usize, usize) = (320, 200);
    /// Colours 37 and 44 of the palette that the BIOS loads for mode 13h.
    const WALL: [u8; 3] = [0x00, 0x10, 0x3f];
    const PLAYER: [u8; 3] = [0x3f, 0x3f, 0x15];

    /// Of a picture with every dot twice in both directions.
    fn new(width: usize, height: usize, pixel: impl Fn(usize) -> [u8; 3]) -> Dots {
        let (columns, rows) = Dots::SIZE;
        assert!((width, height) == (2 * columns, 2 * rows), "not a screen of mode 13h: {width} by {height}");
        let places = (0..rows).flat_map(|row| (0..columns).map(move |column| row * 2 * width + column * 2));
        Dots(places.map(|at| pixel(at).map(|part| part >> 2)).collect())
    }

    fn screenshot(path: &Path) -> Dots {
        let file = std::io::BufReader::new(std::fs::File::open(path).expect("the screenshot is there"));
        let mut reader = png::Decoder::new(file).read_info().expect("the screenshot is a PNG");
        let mut bytes = vec![0; reader.output_buffer_size().expect("a screen fits memory")];
        let info = reader.next_frame(&mut bytes).expect("the screenshot is whole");
        assert!(info.color_type == png::ColorType::Rgb && info.bit_depth == png::BitDepth::Eight);
        Dots::new(info.width as usize, info.height as usize, |at| std::array::from_fn(|part| bytes[at * 3 + part]))
    }

    fn picture(picture: &Picture) -> Dots {
        Dots::new(picture.width, picture.height, |at| {
            let [_, red, green, blue] = picture.pixels[at].to_be_bytes();
            [red, green, blue]
        })
    }

    /// Columns and rows of the dots of a colour.
    fn of(&self, colour: [u8; 3]) -> Vec<(usize, usize)> {
        let found = self.0.iter().enumerate().filter(|(_, dot)| **dot == colour);
        found.map(|(at, _)| (at % Dots::SIZE.0, at / Dots::SIZE.0)).collect()
    }
}

#[test]
fn pillman_draws_its_maze_and_turns_by_key() {
    let test = "pillman_draws_its_maze_and_turns_by_key";
    let Some(image) = guest(test, "pillman.img") else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut program = Command::new(beige());
    program.arg("run").arg(&image).args(["--headless", "--limit", "10s", "--script"]).arg(script("pillman"));
    let output = program.current_dir(folder.path()).output().expect("the program starts");
    assert_exit(&output, 0);
    let [before, after] = ["before.png", "after.png"].map(|name| Dots::screenshot(&folder.path().join(name)));

    let walls = before.of(Dots::WALL);
    assert!(after.of(Dots::WALL) == walls, "walls stay");
    let (left, right) = (walls.iter().map(|dot| dot.0).min(), walls.iter().map(|dot| dot.0).max());
    assert!((left, right) == (Some(32), Some(279)), "the maze is 31 squares of 8 dots wide: {left:?} to {right:?}");
    let mut mirrored: Vec<(usize, usize)> = walls.iter().map(|(x, y)| (32 + 279 - x, *y)).collect();
    mirrored.sort_unstable_by_key(|(x, y)| (*y, *x));
    assert!(mirrored == walls, "the maze is its own mirror image");

    let player = |dots: &Dots| dots.of(Dots::PLAYER).into_iter().map(|dot| dot.0).min();
    let (start, end) = (player(&before), player(&after));
    assert!(start > Some(152) && end < Some(152), "right of the start, then left of it: {start:?}, {end:?}");

    let sector = std::fs::read(&image).expect("the guest can be read");
    let Some(mut qemu) = Qemu::start("the maze of QEMU", &sector) else { return };
    qemu.wait_for_screen("the walls of our maze", |screen| {
        (screen.width, screen.height) == (640, 400) && Dots::picture(screen).of(Dots::WALL) == walls
    });
}

#[test]
fn freedos_reaches_its_prompt_within_its_cpu_time() {
    let test = "freedos_reaches_its_prompt_within_its_cpu_time";
    let Some(image) = guest(test, "freedos-1440.img") else { return };
    let output = run([image, "--until".into(), r"A:\>".into(), "--json".into()]);
    assert_exit(&output, 0);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    let seconds = report["host_cpu_seconds"].as_f64().expect("a number");
    // The promise is 0.08 seconds; a busy host has cold caches.
    assert!(seconds < 0.8, "{seconds} s of CPU time");
}
