//! State files: saved amid everything a boot does, loaded into new processes; refusals; the golden file.

use beige_core::{TICKS_PER_SECOND, Visitor};
use beige_host::drives::{DriveRequest, Drives};
use beige_host::options::{CpuSpeed, MachineOptions};
use beige_host::state_file::StateFile;
use beige_host::{Machine, Model, Tick};
use beige_testkit::{Random, assert_golden};
use beige_tests::{assert_exit, copy_of, guest, run};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Mutex;

/// What the chips are in the middle of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Amid {
    FdcCommand,
    FdcExecution,
    FdcResult,
    Dma,
    Rep,
    AtaDrq,
    KeyboardByte,
    IcwSequence,
}

impl Amid {
    /// What every boot from a floppy goes through, and what needs a hard disk.
    const FLOPPY: [Amid; 7] = [
        Amid::FdcCommand,
        Amid::FdcExecution,
        Amid::FdcResult,
        Amid::Dma,
        Amid::Rep,
        Amid::KeyboardByte,
        Amid::IcwSequence,
    ];
}

/// Looks at the fields of a state that tell what the chips are in the middle of.
#[derive(Default)]
struct Probe {
    section: &'static str,
    version: u16,
    eip: u32,
    ecx: u32,
    cs_base: u32,
    fdc_phase: u8,
    fdc_command_bytes: u8,
    dma_counts: [u16; 2],
    ata_transfers: bool,
    keyboard_output_full: bool,
    pic_phases: u32,
}

fn number(data: &[u8]) -> u32 {
    data.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

impl Visitor for Probe {
    fn section(&mut self, name: &'static str, version: u16) {
        (self.section, self.version) = (name, version);
    }

    fn version(&self) -> u16 {
        self.version
    }

    fn is_loading(&self) -> bool {
        false
    }

    /// Ids are stable for ever, so a test may know them.
    fn bytes(&mut self, id: u16, data: &mut [u8]) {
        match (self.section, id) {
            ("cpu", 1) => self.ecx = number(&data[4..8]),
            ("cpu", 2) => self.eip = number(data),
            ("cpu", 5) => self.cs_base = number(&data[4..8]),
            ("82077aa", 11) => self.fdc_phase = data[0],
            ("82077aa", 13) => self.fdc_command_bytes = data[0],
            ("i8237a", 31) if self.dma_counts == [0; 2] => self.dma_counts[0] = number(data) as u16,
            ("i8237a", 33) if self.dma_counts[1] == 0 => self.dma_counts[1] = number(data) as u16,
            ("ata", 115 | 215) => self.ata_transfers |= (2..=3).contains(&data[0]),
            ("i8042", 3) => self.keyboard_output_full = data[0] != 0,
            // Expecting ICW2, ICW3 or ICW4.
            ("i8259a", 9) => self.pic_phases |= u32::from((1..4).contains(&data[0])),
            _ => {}
        }
    }

    fn blob(&mut self, _id: u16, _data: &mut Vec<u8>, _max_bytes: usize) {}

    fn sparse(&mut self, _id: u16, _data: &mut [u8], _page_bytes: usize) {}

    fn fail(&mut self, _reason: &str) {}
}

impl Probe {
    fn of(machine: &mut Machine) -> Probe {
        let mut probe = Probe::default();
        machine.visit(&mut probe);
        probe
    }

    /// What the machine is in the middle of; `before` is one instruction earlier.
    fn amid(&self, before: &Probe, machine: &Machine) -> Vec<Amid> {
        let mut amid = Vec::new();
        let mut note = |is_it: bool, what| amid.extend(is_it.then_some(what));
        note(self.fdc_phase == 1 && self.fdc_command_bytes > 0, Amid::FdcCommand);
        note(self.fdc_phase == 2, Amid::FdcExecution);
        note(self.fdc_phase == 3, Amid::FdcResult);
        let [base, now] = self.dma_counts;
        note(self.fdc_phase == 2 && now != base && now != 0xffff, Amid::Dma);
        note(self.ata_transfers, Amid::AtaDrq);
        note(self.keyboard_output_full, Amid::KeyboardByte);
        note(self.pic_phases != 0, Amid::IcwSequence);
        if (self.eip, self.cs_base) == (before.eip, before.cs_base) && self.ecx < before.ecx && self.ecx != 0 {
            let mut code = [0; 2];
            machine.peek_memory(self.cs_base.wrapping_add(self.eip), &mut code);
            note(code.iter().any(|byte| matches!(byte, 0xf2 | 0xf3)), Amid::Rep);
        }
        amid
    }
}

/// A machine with these images, as `beige run --real-disk` makes it: a floppy that takes its time is transferred byte
/// by byte.
fn machine(images: &[&Path]) -> Machine {
    let request =
        DriveRequest { images: images.iter().map(|path| (*path).to_owned()).collect(), ..DriveRequest::default() };
    let drives = Drives::open(&request).expect("the guests open");
    let options = MachineOptions { memory_kib: Some(2048), real_disk: true, ..MachineOptions::plain(Model::I80486) };
    Machine::new(options.config(&drives).expect("a configuration"), drives.into_disks()).expect("a machine")
}

fn hex(hash: [u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A point of a run at which the machine is to be saved.
struct Point {
    at: Tick,
    amid: Vec<Amid>,
}

/// Points of a boot: some for each thing that it is in the middle of, the others at random among its ticks and among
/// its instructions. Looks closely at stretches of the run: step by step until interrupt controllers and
/// keyboard are set up, then now and then.
fn points(images: &[&Path], end: Tick, count: usize) -> Vec<Point> {
    const OF_EACH: usize = 4;
    const STRETCH: Tick = 10_000;
    let mut random = Random::new(13);
    let mut points: Vec<Point> = Vec::new();
    let mut found: BTreeMap<Amid, usize> = BTreeMap::new();
    let mut scout = machine(images);
    while scout.now() < end {
        let stretch = (scout.now() + STRETCH).min(end);
        let mut before = Probe::of(&mut scout);
        while scout.now() < stretch {
            let next = if scout.is_idle() { scout.next_event() } else { 0 };
            scout.run_until(next.max(scout.now() + 1));
            let probe = Probe::of(&mut scout);
            let amid = probe.amid(&before, &scout);
            // Of each only now and then one, so that they are spread over the run.
            let is_due = |count: usize, chance| count == 0 || count < OF_EACH && chance;
            let chance = random.below(16) == 0;
            let is_wanted = amid.iter().any(|what| is_due(found.get(what).copied().unwrap_or(0), chance));
            if is_wanted || random.below(4_000) == 0 && points.len() < count / 2 {
                for what in &amid {
                    *found.entry(*what).or_default() += 1;
                }
                points.push(Point { at: scout.now(), amid });
            }
            before = probe;
        }
        let is_set_up = [Amid::IcwSequence, Amid::KeyboardByte].iter().all(|what| found.contains_key(what));
        if is_set_up && !scout.is_idle() {
            let skip = scout.now() + random.below(12 * STRETCH);
            scout.run_until(skip);
        }
    }
    while points.len() < count {
        points.push(Point { at: random.below(end), amid: Vec::new() });
    }
    points.sort_by_key(|point| point.at);
    points.dedup_by_key(|point| point.at);
    points
}

/// Saves a boot at `count` points, resumes each in a new process, and compares with the run that was not saved.
fn resumes_leave_no_trace(images: &[&Path], end: Tick, count: usize, must_be_hit: &[Amid]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let points = points(images, end, count);
    let missed: Vec<&Amid> =
        must_be_hit.iter().filter(|what| !points.iter().any(|point| point.amid.contains(what))).collect();
    assert!(missed.is_empty(), "no point amid {missed:?}");
    let mut unsaved = machine(images);
    unsaved.run_until(end);
    let (expected, end) = (hex(unsaved.hash()), unsaved.now());

    let mut saved = machine(images);
    let mut states = Vec::new();
    for (index, point) in points.iter().enumerate() {
        saved.run_until(point.at);
        let path = folder.path().join(format!("{index}.state"));
        StateFile::of(&mut saved, CpuSpeed::Max).expect("it can be saved").write(&path).expect("it can be written");
        states.push((path, end - saved.now(), &point.amid));
    }
    let queue = Mutex::new(states.into_iter());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().expect("no thread fails with it").next();
                    let Some((path, left, amid)) = next else { break };
                    let hash = resume(&path, left);
                    assert!(hash == expected, "{} ({amid:?}) went another way", path.display());
                    std::fs::remove_file(&path).expect("it is ours");
                }
            });
        }
    });
}

/// Goes on from a state for so many ticks in a new process; the hash at the end.
fn resume(state: &Path, ticks: Tick) -> String {
    if ticks == 0 {
        return hex_of_state(state);
    }
    let limit = format!("{}.{:09}s", ticks / TICKS_PER_SECOND, ticks % TICKS_PER_SECOND);
    let output = run(["--resume".as_ref(), state.as_os_str(), "--limit".as_ref(), limit.as_ref(), "--hash".as_ref()]);
    assert_exit(&output, 4);
    last_line(&output)
}

fn hex_of_state(path: &Path) -> String {
    let state = StateFile::open(path).expect("it was just saved");
    let drives = Drives::resume(&state, &DriveRequest::default()).expect("its images are there");
    hex(state.resume(drives.into_disks()).expect("it loads").hash())
}

fn last_line(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().to_owned()
}

#[test]
fn two_hundred_states_of_a_boot_with_a_hard_disk_resume_in_new_processes() {
    let test = "two_hundred_states_of_a_boot_with_a_hard_disk_resume_in_new_processes";
    let Some(floppy) = guest(test, "freedos-1440.img") else { return };
    let Some(packed) = guest(test, "freedos-hd20.img.gz") else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let disk = copy_of(&packed, folder.path());
    // The prompt comes after six and a half seconds, most of which the drive takes. At the prompt FreeDOS polls without end.
    let must_be_hit = [&Amid::FLOPPY[..], &[Amid::AtaDrq]].concat();
    resumes_leave_no_trace(&[&floppy, &disk], TICKS_PER_SECOND * 13 / 2, 200, &must_be_hit);
}

#[test]
fn states_of_the_built_in_disk_resume_in_new_processes() {
    // The BIOS waits for a key until 550 ms.
    let (milliseconds, count) = if cfg!(debug_assertions) { (580, 20) } else { (1500, 60) };
    let must_be_hit = if cfg!(debug_assertions) { &[][..] } else { &Amid::FLOPPY[..] };
    resumes_leave_no_trace(&[], milliseconds * TICKS_PER_SECOND / 1000, count, must_be_hit);
}

#[test]
fn saving_leaves_no_trace_in_a_run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let script = folder.path().join("script.txt");
    let hash = |statements: &str| {
        std::fs::write(&script, statements).expect("the folder is ours");
        let output = run(["--script".as_ref(), script.as_os_str(), "--hash".as_ref()]);
        assert_exit(&output, 0);
        last_line(&output)
    };
    let state = folder.path().join("a b.state");
    let saving = format!("sleep 800ms\nsave {}\nsleep 100ms\nexit 0", state.display());
    assert_eq!(hash(&saving), hash("sleep 800ms\nsleep 100ms\nexit 0"));
    assert!(StateFile::open(&state).is_ok());
    // Saved once more over itself by a run that goes on from it.
    let output = run(["--resume".as_ref(), state.as_os_str(), "--script".as_ref(), script.as_os_str()]);
    assert_exit(&output, 0);
    assert!(StateFile::open(&state).is_ok());
}

/// A floppy that boots and then halts for ever with interrupts enabled.
fn idle_floppy(path: &Path) {
    let mut image = vec![0; 1_474_560];
    image[..4].copy_from_slice(&[0xfb, 0xf4, 0xeb, 0xfd]);
    image[510..512].copy_from_slice(&[0x55, 0xaa]);
    std::fs::write(path, image).expect("the folder is ours");
}

/// Saves a state with these arguments.
fn saved(folder: &Path, arguments: &[&std::ffi::OsStr]) -> PathBuf {
    let (script, state) = (folder.join("save.txt"), folder.join("saved.state"));
    std::fs::write(&script, format!("sleep 700ms\nsave {}", state.display())).expect("the folder is ours");
    let output = run(arguments.iter().copied().chain(["--script".as_ref(), script.as_os_str()]));
    assert_exit(&output, 0);
    state
}

fn assert_refused(state: &Path, more: &[&std::ffi::OsStr], expected: &str) {
    let arguments = ["--limit".as_ref(), "1ms".as_ref(), "--resume".as_ref(), state.as_os_str()];
    let output = run(arguments.iter().chain(more));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_exit(&output, 2);
    assert!(said.lines().count() == 1 && said.contains(expected), "{said:?} has not {expected:?}");
}

#[test]
fn images_are_found_by_name_or_given_again_and_checked_by_content() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (image, moved) = (folder.path().join("floppy.img"), folder.path().join("moved.img"));
    idle_floppy(&image);
    let state = saved(folder.path(), &[image.as_os_str()]);
    let accepted = |more: &[&std::ffi::OsStr]| {
        let arguments = ["--limit".as_ref(), "1ms".as_ref(), "--resume".as_ref(), state.as_os_str()];
        assert_exit(&run(arguments.iter().chain(more)), 4);
    };
    accepted(&[]);
    std::fs::rename(&image, &moved).expect("the folder is ours");
    assert_refused(&state, &[], "no longer there");
    accepted(&[moved.as_os_str()]);
    accepted(&["--a".as_ref(), moved.as_os_str()]);
    assert_refused(&state, &["--b".as_ref(), moved.as_os_str()], "no image in drive B");
    assert_refused(&state, &[moved.as_os_str(), moved.as_os_str()], "no drive left");

    let mut content = std::fs::read(&moved).expect("it is there");
    content[700_000] = 1;
    std::fs::write(&image, &content).expect("the folder is ours");
    assert_refused(&state, &[], "other content");
    content.truncate(737_280);
    std::fs::write(&image, &content).expect("the folder is ours");
    assert_refused(&state, &[], "737280 bytes, that one had 1474560");
}

#[test]
fn an_image_that_was_written_is_written_again_only_when_asked() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image = folder.path().join("floppy.img");
    idle_floppy(&image);
    let state = saved(folder.path(), &[image.as_os_str(), "--write".as_ref()]);
    let resumed = |more: &[&str], code: i32| {
        let arguments = ["--limit", "1ms", "--resume"].map(std::ffi::OsStr::new);
        let more = more.iter().map(std::ffi::OsStr::new);
        let output = run(arguments.into_iter().chain([state.as_os_str()]).chain(more));
        assert_exit(&output, code);
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(resumed(&[], 4).contains("changes live in memory"));
    assert!(resumed(&["--write"], 4).contains("written to the images"));
    let _reader = std::fs::File::open(&image).and_then(|file| file.lock_shared().map(|()| file)).expect("a lock");
    resumed(&[], 4);
    resumed(&["--write"], 3);
}

#[test]
fn another_speed_is_an_input_of_the_resumed_run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let state = saved(folder.path(), &["--speed".as_ref(), "8MHz".as_ref(), "--cpu".as_ref(), "286".as_ref()]);
    let hash = |more: &[&str]| {
        let arguments = ["--limit", "20ms", "--hash", "--resume"].map(std::ffi::OsStr::new);
        let more = more.iter().map(std::ffi::OsStr::new);
        let output = run(arguments.into_iter().chain([state.as_os_str()]).chain(more));
        assert_exit(&output, 4);
        last_line(&output)
    };
    assert_ne!(hash(&[]), hash(&["--speed", "12MHz"]));
    assert_eq!(hash(&["--speed", "12MHz"]), hash(&["--speed", "12MHz"]));
}

/// Where golden states are.
fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/states").join(name)
}

/// The state was saved once and must load for ever; it is made anew only when it is not there and `UPDATE_GOLDEN=1` is
/// set. The hash that its run ends in changes whenever a state has more fields.
#[test]
fn the_golden_state_of_format_1_loads_and_runs_on_to_its_hash() {
    let state = golden("v1-built-in-disk.state");
    if !state.exists() && std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        std::fs::create_dir_all(golden("")).expect("the sources can be written");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let script = folder.path().join("script.txt");
        // A slow CPU, so that an emulated processor runs it in a moment; amid a key.
        std::fs::write(&script, format!("sleep 1500ms\ntype \"be\"\nsave {}", state.display())).expect("it is ours");
        let machine = ["--cpu", "80386", "--speed", "33MHz", "--memory", "1M"].map(std::ffi::OsStr::new);
        assert_exit(&run(machine.into_iter().chain(["--script".as_ref(), script.as_os_str()])), 0);
    }
    let output = run(["--limit".as_ref(), "2s".as_ref(), "--hash".as_ref(), "--resume".as_ref(), state.as_os_str()]);
    assert_exit(&output, 4);
    assert_golden(golden("v1-built-in-disk.hash"), &format!("{}\n", last_line(&output)));
}
