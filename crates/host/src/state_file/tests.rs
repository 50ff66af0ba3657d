//! Files that were saved, damaged, forged.

use super::container::{self, Container};
use super::*;
use beige_machine::Model;
use beige_media::{FloppyFormat, Image};
use beige_testkit::Random;

const MILLISECOND: u64 = 1_000_000;

fn config(model: Model) -> Config {
    let config = Config::plain(model, beige_firmware::BIOS.to_vec(), beige_firmware::VGA_BIOS.to_vec());
    // Little memory: tests save and load it often.
    Config { memory_kib: 640, ..config }
}

fn disks(image: Image) -> [Option<Box<dyn Disk>>; DISK_SLOTS] {
    let mut disks: [Option<Box<dyn Disk>>; DISK_SLOTS] = [const { None }; DISK_SLOTS];
    disks[0] = Some(Box::new(image));
    disks
}

fn built_in(bytes: &[u8]) -> Image {
    Image::from_bytes(bytes.to_vec(), FloppyFormat::F1440K)
}

/// A machine that boots the built-in disk, after so much guest time.
fn machine(model: Model, milliseconds: u64) -> Machine {
    machine_from(beige_firmware::BUILT_IN_DISK, model, milliseconds)
}

fn machine_from(floppy: &'static [u8], model: Model, milliseconds: u64) -> Machine {
    let mut machine = Machine::new(config(model), disks(built_in(floppy))).unwrap();
    machine.run_until(milliseconds * MILLISECOND);
    machine
}

/// Opens the disks of a state that has contents only.
fn contents(file: &StateFile) -> [Option<Box<dyn Disk>>; DISK_SLOTS] {
    let images = file.drives().clone().map(|drive| match drive {
        SavedDrive::Content { bytes, sectors } => Some(Image::from_bytes(bytes, drives::format(sectors)?)),
        SavedDrive::Empty | SavedDrive::File { .. } => None,
    });
    images.map(|image| image.map(|image| Box::new(image) as Box<dyn Disk>))
}

fn load(bytes: &[u8]) -> Result<Machine, String> {
    let file = StateFile::from_bytes(bytes)?;
    let disks = contents(&file);
    file.resume(disks).map_err(|error| error.to_string())
}

#[test]
fn what_is_saved_goes_on_like_the_machine_that_was_not() {
    for model in Model::ALL {
        let mut saved = machine(model, 150);
        let bytes = StateFile::of(&mut saved, CpuSpeed::Max).unwrap().to_bytes();
        let mut resumed = load(&bytes).unwrap();
        assert_eq!(resumed.hash(), saved.hash());
        assert_eq!(resumed.hash(), machine(model, 150).hash(), "saving leaves no trace");
        saved.run_until(400 * MILLISECOND);
        resumed.run_until(400 * MILLISECOND);
        assert_eq!(resumed.hash(), saved.hash());
    }
}

#[test]
fn the_summary_tells_what_was_saved() {
    let mut saved = machine(Model::I80286, 2000);
    let bytes = StateFile::of(&mut saved, CpuSpeed::Clock(8_000_000)).unwrap().to_bytes();
    let file = StateFile::from_bytes(&bytes).unwrap();
    let summary = file.summary();
    assert_eq!(summary.program, env!("CARGO_PKG_VERSION"));
    assert_eq!((summary.guest_time, summary.instructions), (saved.now(), saved.instructions()));
    assert_eq!(summary.speed(), CpuSpeed::Clock(8_000_000));
    assert_eq!(summary.screen, saved.screen_text());
    assert!(summary.screen.as_ref().unwrap().iter().any(|row| row.contains("Beige")));
    assert!(summary.thumbnail.rgb.iter().any(|channel| *channel != 0), "the picture is not black");
    assert_eq!(file.config(), saved.config());
    let content = SavedDrive::Content { bytes: beige_firmware::BUILT_IN_DISK.to_vec(), sectors: 2880 };
    assert_eq!(file.drives()[0], content);
    assert_eq!(file.drives()[1], SavedDrive::Empty);
}

#[test]
fn a_state_loads_with_its_own_roms_and_its_own_disk() {
    let mut other = config(Model::I8086);
    other.bios[0x1_8000] ^= 0xff;
    let mut disk = beige_firmware::BUILT_IN_DISK.to_vec();
    disk[1000] ^= 0xff;
    let mut saved = Machine::new(other.clone(), disks(built_in(&disk))).unwrap();
    let bytes = StateFile::of(&mut saved, CpuSpeed::Max).unwrap().to_bytes();
    let mut resumed = load(&bytes).unwrap();
    assert_eq!(*resumed.config(), other);
    assert_eq!(resumed.hash(), saved.hash());
}

#[test]
fn every_sector_of_a_disk_is_in_the_hash() {
    let hash = |disk: &[u8]| Machine::new(config(Model::I8086), disks(built_in(disk))).unwrap().hash();
    let disk = beige_firmware::BUILT_IN_DISK;
    let before = hash(disk);
    for sector in 0..disk.len() / 512 {
        let mut other = disk.to_vec();
        other[sector * 512 + 99] ^= 1;
        assert_ne!(hash(&other), before, "sector {sector}");
    }
}

fn reason(bytes: &[u8]) -> String {
    load(bytes).err().expect("it is refused")
}

#[test]
fn what_is_no_state_is_told_apart_from_what_is_damaged_cut_or_newer() {
    let bytes = StateFile::of(&mut machine(Model::I8086, 10), CpuSpeed::Max).unwrap().to_bytes();
    assert!(is_state_file(&bytes) && !is_state_file(beige_firmware::BUILT_IN_DISK));
    for foreign in [&b""[..], b"\x89PNG\r\n\x1a\n", beige_firmware::BUILT_IN_DISK] {
        assert!(reason(foreign).starts_with("is no state of Beige"));
    }
    for end in [8, 40, 76, bytes.len() / 2, bytes.len() - 1] {
        assert!(reason(&bytes[..end]).starts_with("is cut short"), "cut at {end}");
    }
    let altered = |at: usize, byte: u8| {
        let mut altered = bytes.clone();
        altered[at] = byte;
        altered
    };
    assert!(reason(&altered(8, 2)).starts_with("was written by a newer Beige: it has format 2"));
    for at in [44, 76, 200, bytes.len() - 1] {
        assert!(reason(&altered(at, !bytes[at])).starts_with("is damaged"), "at {at}");
    }
    let longer = [&bytes[..], b"x"].concat();
    assert!(reason(&longer).starts_with("is damaged"));
}

#[test]
fn a_section_of_a_newer_program_is_refused_as_such() {
    let mut file = Plain::of(&mut machine(Model::I8086, 10));
    // The head begins with the length of the name of its first section, the name and the version.
    assert_eq!(&file.head[..8], b"\x07summary");
    file.head[8] = 2;
    assert!(reason(&file.to_bytes()).contains("written by a newer Beige"));
}

#[test]
fn a_small_file_does_not_unpack_to_a_large_one() {
    let mut file = Plain::of(&mut machine(Model::I8086, 10));
    file.machine.resize(64 << 20, 0);
    let error = reason(&file.to_bytes());
    assert!(error.contains("such a machine has at most"), "{error}");
    file.machine.truncate(1000);
    file.head.resize(64 << 20, 0);
    assert!(reason(&file.to_bytes()).contains("at most"));
}

#[test]
fn a_file_appears_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.state");
    let mut machine = machine(Model::I8086, 10);
    StateFile::of(&mut machine, CpuSpeed::Max).unwrap().write(&path).unwrap();
    assert!(StateFile::open(&path).is_ok());
    let taken = folder.path().join("folder");
    std::fs::create_dir(&taken).unwrap();
    let error = StateFile::of(&mut machine, CpuSpeed::Max).unwrap().write(&taken).unwrap_err();
    assert!(error.to_string().contains("cannot be written"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left over");
}

/// A file, unpacked.
#[derive(Clone)]
struct Plain {
    head: Vec<u8>,
    machine: Vec<u8>,
}

impl Plain {
    fn of(machine: &mut Machine) -> Plain {
        let bytes = StateFile::of(machine, CpuSpeed::Max).unwrap().to_bytes();
        let Container { head, machine } = container::read(&bytes).unwrap();
        Plain { head: head.unpack(u64::MAX - 1).unwrap(), machine: machine.unpack(u64::MAX - 1).unwrap() }
    }

    /// The file, compressed with haste.
    fn to_bytes(&self) -> Vec<u8> {
        container::write(&Container { head: container::store(&self.head), machine: container::store(&self.machine) })
    }
}

/// Where the fields of a list of sections are.
fn fields(state: &[u8]) -> Vec<std::ops::Range<usize>> {
    let number = |at: usize, bytes: usize| {
        state[at..at + bytes].iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
    };
    let (mut found, mut at) = (Vec::new(), 0);
    while at < state.len() {
        let start = at + 1 + usize::from(state[at]) + 2 + 8;
        let end = start + number(start - 8, 8);
        at = start;
        while at < end {
            let field = at + 10..at + 10 + number(at + 2, 8);
            at = field.end;
            found.push(field);
        }
    }
    found
}

/// Puts hostile bytes into a field, most often of a value that chips compare and count with.
fn spoil_field(state: &mut [u8], fields: &[std::ops::Range<usize>], random: &mut Random) {
    let field = fields[random.below(fields.len() as u64) as usize].clone();
    if field.is_empty() {
        return;
    }
    let at = field.start + random.below(field.len() as u64) as usize;
    match random.below(4) {
        0 => state[at] ^= 1 << random.below(8),
        1 => state[at] = random.next_u64() as u8,
        2 => state[field].fill(if random.below(2) == 0 { 0xff } else { 0 }),
        _ => {
            let value = random.next_u64() >> random.below(64);
            let end = field.end.min(field.start + 8);
            state[field.start..end].copy_from_slice(&value.to_le_bytes()[..end - field.start]);
        }
    }
}

/// Spoils the structure: bytes anywhere, moved or lost.
fn spoil_bytes(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(bytes.len() as u64) as usize;
    let end = bytes.len().min(at + 1 + random.below(64) as usize);
    match random.below(4) {
        0 => bytes[at] ^= 1 << random.below(8),
        1 => bytes[at..end].fill(random.next_u64() as u8),
        2 => drop(bytes.drain(at..end)),
        _ => bytes.truncate(at),
    }
}

/// Loads a spoiled file; a machine that comes of it must be valid and run. Whether one came.
fn try_out(bytes: &[u8]) -> bool {
    match load(bytes) {
        Err(sentence) => {
            assert!(sentence.len() > 10 && !sentence.contains('\n'), "{sentence:?}");
            false
        }
        Ok(mut machine) => {
            assert_eq!(machine.check(), Ok(()));
            let end = machine.now() + 50_000;
            machine.run_until(end);
            assert_eq!(machine.check(), Ok(()));
            true
        }
    }
}

/// Tries out so many mutations of the state of a machine.
fn mutate(mut original: Machine, count: usize, seed: u64) {
    let original = Plain::of(&mut original);
    let file = original.to_bytes();
    let packed = StateFile::from_bytes(&file).unwrap().to_bytes();
    let (head_fields, machine_fields) = (fields(&original.head), fields(&original.machine));
    let mut random = Random::new(seed);
    let mut loaded = 0;
    for _ in 0..count {
        let mut plain = original.clone();
        let bytes = match random.below(20) {
            // Damage, seen by the checksum.
            0..5 => {
                let mut bytes = packed.clone();
                spoil_bytes(&mut bytes, &mut random);
                bytes
            }
            // The same with a checksum that matches: lengths and compressed parts.
            5..10 => {
                let mut bytes = packed.clone();
                spoil_bytes(&mut bytes, &mut random);
                container::with_checksum(bytes)
            }
            10..12 => {
                spoil_field(&mut plain.head, &head_fields, &mut random);
                plain.to_bytes()
            }
            12..14 => {
                let part = if random.below(2) == 0 { &mut plain.head } else { &mut plain.machine };
                spoil_bytes(part, &mut random);
                plain.to_bytes()
            }
            _ => {
                for _ in 0..=random.below(3) {
                    spoil_field(&mut plain.machine, &machine_fields, &mut random);
                }
                plain.to_bytes()
            }
        };
        loaded += usize::from(try_out(&bytes));
    }
    assert!(loaded > count / 20, "only {loaded} of {count} loaded: the insides were not reached");
}

/// The first sectors of the built-in disk, which hold its program: files stay small, so that many can be tried.
fn program() -> &'static [u8] {
    &beige_firmware::BUILT_IN_DISK[..64 << 10]
}

/// Half of 1e5 with the release profile.
const MUTATIONS: usize = if cfg!(debug_assertions) { 2_000 } else { 50_000 };

#[test]
fn mutated_files_of_an_8086_are_refused_or_give_a_valid_machine_that_runs() {
    mutate(machine_from(program(), Model::I8086, 60), MUTATIONS, 21);
}

#[test]
fn mutated_files_of_a_busy_80286_are_refused_or_give_a_valid_machine_that_runs() {
    let mut busy = machine_from(program(), Model::I80286, 750);
    busy.input(beige_core::InputEvent::Key { key: beige_core::Key::A, down: true });
    mutate(busy, MUTATIONS, 22);
}
