use super::*;
use beige_core::{StateReader, StateWriter};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

const MIB: u64 = 1 << 20;

fn file_of(folder: &TempDir, name: &str, bytes: u64) -> PathBuf {
    let path = folder.path().join(name);
    fs::File::create(&path).unwrap().set_len(bytes).unwrap();
    path
}

fn read_only(path: &Path) -> Result<Image, MediaError> {
    Image::open(path, OpenOptions::default())
}

fn for_writing(path: &Path) -> Result<Image, MediaError> {
    Image::open(path, OpenOptions { write: true, kind: None })
}

fn problem(result: Result<Image, MediaError>) -> Problem {
    result.err().unwrap().problem().clone()
}

fn sector(fill: u8) -> [u8; SECTOR_BYTES] {
    [fill; SECTOR_BYTES]
}

fn read(image: &mut Image, lba: u64) -> Result<u8, DiskError> {
    let mut data = sector(0xee);
    image.read(lba, &mut data)?;
    assert!(data.iter().all(|byte| *byte == data[0]));
    Ok(data[0])
}

#[test]
fn sizes_that_no_disk_has_are_refused_with_their_reason() {
    let folder = TempDir::new().unwrap();
    let open = |bytes: u64| problem(read_only(&file_of(&folder, "image", bytes)));
    assert_eq!(open(0), Problem::Empty);
    assert_eq!(open(1), Problem::NotSectors(1));
    assert_eq!(open(511), Problem::NotSectors(511));
    assert_eq!(open(513), Problem::NotSectors(513));
    assert_eq!(open((128 << 30) + 512), Problem::TooLarge((128 << 30) + 512));
    let as_floppy = OpenOptions { write: false, kind: Some(Kind::Floppy) };
    let path = file_of(&folder, "image", FLOPPY_BYTES_MAX + 512);
    assert_eq!(problem(Image::open(&path, as_floppy)), Problem::TooLargeForFloppy(FLOPPY_BYTES_MAX + 512));
}

#[test]
fn what_is_no_file_is_refused_without_being_opened() {
    let folder = TempDir::new().unwrap();
    assert_eq!(problem(read_only(folder.path())), Problem::Directory);
    assert_eq!(problem(for_writing(folder.path())), Problem::Directory);
    assert_eq!(problem(read_only(&folder.path().join("none"))), Problem::Missing);
    let file = file_of(&folder, "file", 512);
    assert_eq!(problem(read_only(&file.join("below"))), Problem::Missing);
    assert!(!folder.path().join("none").exists());
}

#[cfg(unix)]
#[test]
fn a_socket_or_pipe_is_refused_at_once() {
    let folder = TempDir::new().unwrap();
    let socket = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    assert_eq!(problem(read_only(&socket)), Problem::NotRegular);
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_eq!(problem(read_only(&pipe)), Problem::NotRegular);
}

#[test]
fn every_refusal_is_one_sentence_with_the_path_and_a_remedy() {
    let problems = [
        Problem::Missing,
        Problem::Directory,
        Problem::NotRegular,
        Problem::Unreadable,
        Problem::Unwritable,
        Problem::Empty,
        Problem::NotSectors(513),
        Problem::TooLargeForFloppy(4_000_000),
        Problem::TooLarge(1 << 40),
        Problem::BeingWritten,
        Problem::InUse,
        Problem::Host("no more handles".to_owned()),
    ];
    for problem in problems {
        let text = MediaError::new(Path::new("a/b.img"), problem).to_string();
        assert!(text.starts_with("`a/b.img` "), "{text}");
        assert!(text.contains(';') && !text.contains('\n') && !text.ends_with('.'), "{text}");
    }
}

#[test]
fn the_size_alone_tells_a_floppy_from_a_hard_disk() {
    let folder = TempDir::new().unwrap();
    let open = |bytes| read_only(&file_of(&folder, "image", bytes)).unwrap();
    assert_eq!(open(FLOPPY_BYTES_MAX).kind(), Kind::Floppy);
    assert_eq!(open(FLOPPY_BYTES_MAX + 512).kind(), Kind::HardDisk);
    let path = file_of(&folder, "image", MIB);
    let as_disk = Image::open(&path, OpenOptions { write: false, kind: Some(Kind::HardDisk) }).unwrap();
    assert_eq!((as_disk.kind(), as_disk.sectors(), as_disk.floppy_format()), (Kind::HardDisk, 2048, None));
}

#[test]
fn descriptions_say_what_the_image_was_taken_for() {
    let folder = TempDir::new().unwrap();
    let describe = |bytes| read_only(&file_of(&folder, "image", bytes)).unwrap().description();
    assert_eq!(describe(1_474_560), "1.44M floppy");
    assert_eq!(describe(1_228_800), "1.2M floppy");
    assert_eq!(describe(512), "160K floppy, only 1 of 320 sectors");
    assert_eq!(describe(40 * 16 * 63 * 512), "hard disk 20 MiB, C/H/S 40/16/63");
    assert_eq!(describe(65 * 16 * 63 * 512), "hard disk 32 MiB, C/H/S 65/16/63");
}

#[test]
fn a_short_floppy_has_sectors_that_cannot_be_used() {
    let folder = TempDir::new().unwrap();
    for open in [read_only, for_writing] {
        let path = file_of(&folder, "image", 16 << 10);
        let mut image = open(&path).unwrap();
        assert_eq!(image.sectors(), 320);
        assert_eq!(read(&mut image, 31), Ok(0));
        assert_eq!(image.write(31, &sector(1)), Ok(()));
        assert_eq!(read(&mut image, 32), Err(DiskError::Unreadable));
        assert_eq!(image.write(32, &sector(1)), Err(DiskError::Unreadable));
        assert_eq!(read(&mut image, 320), Err(DiskError::OutOfRange));
        assert_eq!(image.write(320, &sector(1)), Err(DiskError::OutOfRange));
        assert_eq!(fs::metadata(&path).unwrap().len(), 16 << 10);
    }
}

#[test]
fn without_write_the_guest_writes_into_memory_and_the_file_stays() {
    let folder = TempDir::new().unwrap();
    let path = file_of(&folder, "image", 163_840);
    let mut image = read_only(&path).unwrap();
    assert!(!image.is_write_protected() && !image.has_unsaved_changes());
    image.write(5, &sector(7)).unwrap();
    assert_eq!(image.flush(), Ok(()));
    assert_eq!((read(&mut image, 5), read(&mut image, 4)), (Ok(7), Ok(0)));
    assert!(image.has_unsaved_changes());
    assert!(fs::read(&path).unwrap().iter().all(|byte| *byte == 0));
}

#[test]
fn a_sector_that_is_put_back_is_no_unsaved_change() {
    let folder = TempDir::new().unwrap();
    let path = file_of(&folder, "image", 163_840);
    let mut image = read_only(&path).unwrap();
    image.write(5, &sector(0)).unwrap();
    assert!(!image.has_unsaved_changes());
    image.write(5, &sector(7)).unwrap();
    image.write(5, &sector(0)).unwrap();
    assert_eq!((read(&mut image, 5), image.has_unsaved_changes()), (Ok(0), false));
}

#[test]
fn with_write_each_completed_write_is_in_the_file_at_once() {
    let folder = TempDir::new().unwrap();
    let path = file_of(&folder, "image", 163_840);
    let mut image = for_writing(&path).unwrap();
    image.write(5, &sector(7)).unwrap();
    let bytes = fs::read(&path).unwrap();
    assert!(bytes[5 * 512..6 * 512].iter().all(|byte| *byte == 7));
    assert_eq!((bytes[5 * 512 - 1], bytes[6 * 512]), (0, 0));
    assert_eq!((image.flush(), image.has_unsaved_changes()), (Ok(()), false));
    assert_eq!(read(&mut image, 5), Ok(7));
}

#[test]
fn one_writer_has_an_image_alone_and_readers_share_it() {
    let folder = TempDir::new().unwrap();
    let path = file_of(&folder, "image", 163_840);
    let writer = for_writing(&path).unwrap();
    assert_eq!(problem(for_writing(&path)), Problem::InUse);
    assert_eq!(problem(read_only(&path)), Problem::BeingWritten);
    drop(writer);
    let reader = read_only(&path).unwrap();
    assert!(read_only(&path).is_ok());
    assert_eq!(problem(for_writing(&path)), Problem::InUse);
    drop(reader);
    assert!(for_writing(&path).is_ok());
}

#[cfg(unix)]
#[test]
fn a_link_leads_to_the_same_file_and_a_copy_does_not() {
    use crate::same_file;
    let folder = TempDir::new().unwrap();
    let path = file_of(&folder, "image", 512);
    let [link, hard_link] = ["link", "hard"].map(|name| folder.path().join(name));
    std::os::unix::fs::symlink(&path, &link).unwrap();
    fs::hard_link(&path, &hard_link).unwrap();
    assert!(same_file(&path, &link) && same_file(&link, &hard_link));
    assert!(!same_file(&path, &file_of(&folder, "copy", 512)));
    assert!(!same_file(&path, &folder.path().join("none")));
}

#[test]
fn a_missing_boot_signature_is_noticed_but_no_error() {
    let folder = TempDir::new().unwrap();
    let path = file_of(&folder, "image", 512);
    assert!(!read_only(&path).unwrap().has_boot_signature());
    let mut first = sector(0);
    first[510..].copy_from_slice(&[0x55, 0xaa]);
    fs::write(&path, first).unwrap();
    assert!(read_only(&path).unwrap().has_boot_signature());
}

#[test]
fn a_floppy_in_memory_takes_writes_without_a_file() {
    static BYTES: [u8; 1024] = [3; 1024];
    let mut image = Image::from_bytes(&BYTES[..], FloppyFormat::F360K);
    assert_eq!((read(&mut image, 1), read(&mut image, 2)), (Ok(3), Err(DiskError::Unreadable)));
    image.write(1, &sector(9)).unwrap();
    assert_eq!((read(&mut image, 1), image.has_unsaved_changes()), (Ok(9), true));
    assert_eq!(image.floppy_format(), Some(FloppyFormat::F360K));
}

#[test]
fn the_drive_of_a_disk_with_many_heads_has_sixteen() {
    let folder = TempDir::new().unwrap();
    let image = read_only(&file_of(&folder, "image", 1100 * 1008 * 512)).unwrap();
    assert_eq!(image.translation(), Translation::LbaAssist);
    assert_eq!(image.geometry(), image.physical_geometry());
    assert_eq!(image.physical_geometry().heads, 16);
    assert_eq!(image.sectors(), 1100 * 1008);
}

#[test]
fn an_image_that_shrinks_under_the_machine_gives_unreadable_sectors() {
    let folder = TempDir::new().unwrap();
    let path = file_of(&folder, "image", 163_840);
    let mut image = read_only(&path).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_len(512).unwrap();
    assert_eq!((read(&mut image, 0), read(&mut image, 1)), (Ok(0), Err(DiskError::Unreadable)));
}

/// A host that fails at the access with this number, and counts.
struct FailingStore {
    accesses: Arc<Mutex<u64>>,
    fault_at: u64,
}

impl FailingStore {
    fn access(&self) -> io::Result<()> {
        let mut accesses = self.accesses.lock().unwrap();
        *accesses += 1;
        if *accesses == self.fault_at { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}

impl Store for FailingStore {
    fn read(&mut self, _lba: u64, _sector: &mut [u8; SECTOR_BYTES]) -> io::Result<()> {
        Ok(())
    }

    fn write(&mut self, _lba: u64, _sector: &[u8; SECTOR_BYTES]) -> io::Result<()> {
        self.access()
    }

    fn sync(&mut self) -> io::Result<()> {
        self.access()
    }
}

fn failing_image(fault_at: u64) -> (Image, Arc<Mutex<u64>>) {
    let accesses = Arc::new(Mutex::new(0));
    let store = FailingStore { accesses: Arc::clone(&accesses), fault_at };
    (Image::new(Box::new(store), 320, Kind::Floppy, true), accesses)
}

#[test]
fn a_failed_write_is_final_and_makes_the_disk_read_only() {
    let (mut image, accesses) = failing_image(2);
    assert_eq!(image.write(0, &sector(1)), Ok(()));
    assert!(!image.is_write_protected());
    assert_eq!(image.write(1, &sector(1)), Err(DiskError::HostWrite));
    assert!(image.is_write_protected());
    assert_eq!(image.write(1, &sector(1)), Err(DiskError::WriteProtected));
    assert_eq!(image.flush(), Err(DiskError::HostWrite));
    assert_eq!(*accesses.lock().unwrap(), 2);
    assert!(read(&mut image, 0).is_ok());
}

#[test]
fn a_failed_sync_is_final_and_no_later_flush_claims_success() {
    let (mut image, accesses) = failing_image(2);
    image.write(0, &sector(1)).unwrap();
    assert_eq!(image.flush(), Err(DiskError::HostWrite));
    assert_eq!(image.flush(), Err(DiskError::HostWrite));
    assert_eq!(image.write(0, &sector(1)), Err(DiskError::WriteProtected));
    assert_eq!(*accesses.lock().unwrap(), 2);
}

#[test]
fn a_flush_with_nothing_written_does_not_ask_the_host() {
    let (mut image, accesses) = failing_image(0);
    image.flush().unwrap();
    image.write(0, &sector(1)).unwrap();
    image.flush().unwrap();
    image.flush().unwrap();
    assert_eq!(*accesses.lock().unwrap(), 2);
}

fn floppy() -> Image {
    Image::from_bytes(vec![0; 163_840], FloppyFormat::F160K)
}

fn save(image: &mut Image) -> Vec<u8> {
    let mut writer = StateWriter::default();
    image.visit(&mut writer);
    writer.finish()
}

fn load(image: &mut Image, state: &[u8]) -> Result<(), StateError> {
    let mut reader = StateReader::new(state);
    image.visit(&mut reader);
    reader.finish()?;
    image.check()
}

#[test]
fn unsaved_sectors_are_saved_and_loaded() {
    let mut image = floppy();
    image.write(300, &sector(1)).unwrap();
    image.write(2, &sector(2)).unwrap();
    let state = save(&mut image);
    let mut loaded = floppy();
    loaded.write(7, &sector(7)).unwrap();
    load(&mut loaded, &state).unwrap();
    assert_eq!([300, 2, 7].map(|lba| read(&mut loaded, lba)), [Ok(1), Ok(2), Ok(0)]);
    assert_eq!(save(&mut loaded), state);
}

#[test]
fn the_order_of_writes_does_not_show_in_the_state() {
    let (mut a, mut b) = (floppy(), floppy());
    [3, 1, 2].into_iter().for_each(|lba| a.write(lba, &sector(lba as u8)).unwrap());
    [1, 2, 3].into_iter().for_each(|lba| b.write(lba, &sector(lba as u8)).unwrap());
    assert_eq!(save(&mut a), save(&mut b));
}

#[test]
fn a_state_of_another_image_or_a_damaged_one_is_refused() {
    let state = save(&mut Image::from_bytes(vec![0; 1024], FloppyFormat::F160K));
    assert!(load(&mut floppy(), &state).is_err());

    let mut image = floppy();
    image.write(2, &sector(2)).unwrap();
    let state = save(&mut image);
    for end in 0..state.len() {
        assert!(load(&mut floppy(), &state[..end]).is_err(), "cut at {end}");
    }
    let at = state.len() - SECTOR_BYTES - 8;
    let mut beyond = state.clone();
    beyond[at..at + 8].copy_from_slice(&320_u64.to_le_bytes());
    assert!(load(&mut floppy(), &beyond).is_err());
}

#[test]
fn unsaved_sectors_do_not_load_over_an_image_opened_for_writing() {
    let mut image = floppy();
    image.write(2, &sector(2)).unwrap();
    let state = save(&mut image);
    let folder = TempDir::new().unwrap();
    let mut writable = for_writing(&file_of(&folder, "image", 163_840)).unwrap();
    assert!(load(&mut writable, &state).is_err());
}

#[test]
fn random_accesses_agree_with_a_plain_array() {
    let mut random = beige_testkit::Random::new(3);
    let mut image = floppy();
    let mut model = vec![0_u8; 320];
    for _ in 0..5000 {
        let lba = random.below(400);
        let fill = random.byte();
        if random.below(2) == 0 {
            let expected = if lba < 320 { Ok(()) } else { Err(DiskError::OutOfRange) };
            assert_eq!(image.write(lba, &sector(fill)), expected);
            if let Some(place) = model.get_mut(lba as usize) {
                *place = fill;
            }
        } else {
            assert_eq!(read(&mut image, lba), model.get(lba as usize).copied().ok_or(DiskError::OutOfRange));
        }
        assert!(image.check().is_ok());
    }
}
