//! Which image stands in which drive.

mod resume;

use crate::changer::{Changer, FloppyDrive, Loaded};
use crate::drive_types::{check_takes, smallest_drive};
use crate::error::HostError;
use crate::state_file;
use beige_core::{Disk, Geometry};
use beige_machine::{DISK_SLOTS, DriveType, HARD_DISK_SLOTS, HardDisk};
use beige_media::inspect::foreign_format;
use beige_media::{FLOPPY_BYTES_MAX, FloppyFormat, Image, Kind, MediaError, OpenOptions, Problem};
use std::path::{Path, PathBuf};

pub use beige_media::same_file;

/// Floppy drives come first among the slots.
pub const FLOPPY_SLOTS: usize = DISK_SLOTS - HARD_DISK_SLOTS;

/// The letter of a disk slot: A and B are floppies, C to F hard disks.
#[must_use]
pub fn letter(slot: u8) -> char {
    char::from(b'A' + slot % DISK_SLOTS as u8)
}

/// What the user wants in the drives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DriveRequest {
    /// Images for the free drives: floppies from A on, hard disks from C on.
    pub images: Vec<PathBuf>,
    /// Images for drives A to F by name.
    pub named: [Option<PathBuf>; DISK_SLOTS],
    /// Images that the user puts into drives A and B after the named one, in order.
    pub stacks: [Vec<PathBuf>; FLOPPY_SLOTS],
    /// Images that a script puts into drives A and B, by slot.
    pub inserted: Vec<(u8, PathBuf)>,
    /// The types of drives A and B.
    pub types: [Option<DriveType>; FLOPPY_SLOTS],
    /// What the guest writes goes to the images.
    pub write: bool,
    /// Without an image the drives stay empty.
    pub without_built_in: bool,
}

impl DriveRequest {
    /// Every image that is named.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        let later = self.stacks.iter().flatten().chain(self.inserted.iter().map(|(_, path)| path));
        self.named.iter().flatten().chain(&self.images).chain(later).map(PathBuf::as_path)
    }

    /// The images that come into a floppy drive while the machine runs.
    fn later(&self, slot: usize) -> impl Iterator<Item = &Path> {
        let by_script = self.inserted.iter().filter(move |(drive, _)| usize::from(*drive) == slot);
        let stack = self.stacks.get(slot).into_iter().flatten();
        stack.chain(by_script.map(|(_, path)| path)).map(PathBuf::as_path)
    }
}

/// Drives with their images open.
pub struct Drives {
    /// The types of drives A and B.
    pub floppies: [DriveType; FLOPPY_SLOTS],
    /// What the BIOS is told of hard disks C to F.
    pub hard_disks: [Option<HardDisk>; HARD_DISK_SLOTS],
    images: [Option<Image>; DISK_SLOTS],
    names: [Option<String>; DISK_SLOTS],
    /// The files of the images; `None` for the built-in disk.
    places: [Option<PathBuf>; DISK_SLOTS],
}

/// An image in a drive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedDrive {
    /// The letter of the drive.
    pub letter: char,
    /// The image, as the user named it.
    pub image: String,
    /// That and what it is.
    pub description: String,
    /// The geometry of the medium.
    pub geometry: Geometry,
    /// What the guest writes goes to the image.
    pub written: bool,
}

impl Drives {
    /// Opens the images. Without any, the built-in disk stands in drive A, where it is wanted.
    ///
    /// # Errors
    /// When an image cannot be used, does not fit its drive, or finds no drive free.
    pub fn open(request: &DriveRequest) -> Result<Drives, HostError> {
        let places = places(request)?;
        if request.write {
            check_distinct(&places)?;
        }
        let later = later_formats(request)?;
        let mut images = [const { None }; DISK_SLOTS];
        let mut names = [const { None }; DISK_SLOTS];
        for (slot, path) in places.iter().enumerate() {
            let Some(path) = path else { continue };
            images[slot] = Some(open_image(path, slot, request.write, |_| None)?);
            names[slot] = Some(path.display().to_string());
        }
        if places.iter().all(Option::is_none) && !request.without_built_in {
            images[0] = Some(Image::from_bytes(beige_firmware::BUILT_IN_DISK, FloppyFormat::F1440K));
            names[0] = Some("built-in disk".to_owned());
        }
        let floppies = floppy_types(request, &images, &later)?;
        Ok(Drives { floppies, hard_disks: hard_disks(&images), images, names, places })
    }

    /// What changes the disks in the floppy drives while the machine runs.
    #[must_use]
    pub fn changer(&self, request: &DriveRequest) -> Changer {
        let mut changer = Changer { write: request.write, ..Changer::default() };
        for (slot, drive) in changer.drives.iter_mut().enumerate() {
            let path = self.places[slot].clone();
            let loaded = self.images[slot].as_ref().zip(self.names[slot].as_deref()).map(|(image, name)| Loaded {
                path: path.clone(),
                description: described(name, image),
                format: image.floppy_format(),
            });
            let stack = path.into_iter().chain(request.stacks[slot].iter().cloned()).collect();
            *drive = FloppyDrive { drive: self.floppies[slot], loaded, stack, at: 0 };
        }
        changer
    }

    /// What stands in the drives, one line a drive.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.listed().into_iter().map(|drive| format!("{}: {}", drive.letter, drive.description)).collect()
    }

    /// What stands in the drives.
    #[must_use]
    pub fn listed(&self) -> Vec<ListedDrive> {
        let slots = self.images.iter().zip(&self.names).enumerate();
        let present = slots.filter_map(|(slot, (image, name))| Some((slot, image.as_ref()?, name.as_ref()?)));
        let listed = present.map(|(slot, image, name)| ListedDrive {
            letter: letter(slot as u8),
            image: name.clone(),
            description: described(name, image),
            geometry: image.physical_geometry(),
            written: image.is_writable(),
        });
        listed.collect()
    }

    /// The name of the image to show: that of the drive booted first.
    #[must_use]
    pub fn title(&self) -> String {
        let name = self.names.iter().flatten().next().map_or("no disk", String::as_str);
        Path::new(name).file_name().map_or_else(|| name.to_owned(), |file| file.to_string_lossy().into_owned())
    }

    /// A warning for each image that looks like none, and for each that the BIOS may not boot, having no signature: the
    /// first floppy and the first disk. They are used as they are: what an image is, is never guessed from its content.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let foreign = self.places.iter().flatten().filter_map(|path| {
            let (shown, container) = (path.display().to_string(), foreign_format(path)?);
            let remedy = container.remedy.replace("IMAGE", &shown);
            Some(format!("{shown} looks like a {} and is used as a raw image: {remedy}", container.name))
        });
        let bootable = [0, FLOPPY_SLOTS].into_iter().filter_map(|slot| {
            let image = self.images.get(slot)?.as_ref()?;
            let name = self.names.get(slot)?.as_ref()?;
            (!image.has_boot_signature()).then(|| format!("{name} has no boot signature (55AA): it may not boot"))
        });
        foreign.chain(bootable).collect()
    }

    /// Whether the guest can lose what it writes: some image stands in a drive and none is written.
    #[must_use]
    pub fn keep_changes_in_memory(&self) -> bool {
        self.images.iter().flatten().any(|image| !image.is_writable())
    }

    /// The disks for the machine, by slot.
    #[must_use]
    pub fn into_disks(self) -> [Option<Box<dyn Disk>>; DISK_SLOTS] {
        self.images.map(|image| image.map(|image| Box::new(image) as Box<dyn Disk>))
    }
}

/// Finds a drive for every image: the named ones first, then the free drives in order.
fn places(request: &DriveRequest) -> Result<[Option<PathBuf>; DISK_SLOTS], HostError> {
    let mut places = request.named.clone();
    for path in &request.images {
        let bytes = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        let (slots, kind, drives) = match Kind::of_size(bytes) {
            Kind::Floppy => (0..FLOPPY_SLOTS, "floppy", "A and B"),
            Kind::HardDisk => (FLOPPY_SLOTS..DISK_SLOTS, "hard disk", "C to F"),
        };
        match places[slots].iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some(path.clone()),
            None => {
                let path = path.display();
                let more = if kind == "floppy" { ", or name the disks of one drive in order with --a" } else { "" };
                let sentence =
                    format!("no {kind} drive is free for {path}: there are {drives}, leave out an image{more}");
                return Err(HostError::bad_input(sentence));
            }
        }
    }
    Ok(places)
}

/// An image written through two drives would be destroyed.
fn check_distinct(places: &[Option<PathBuf>; DISK_SLOTS]) -> Result<(), HostError> {
    let used: Vec<(usize, &PathBuf)> =
        places.iter().enumerate().filter_map(|(slot, path)| Some((slot, path.as_ref()?))).collect();
    for (index, (slot, path)) in used.iter().enumerate() {
        if let Some((other, _)) = used[..index].iter().find(|(_, other)| same_file(other, path)) {
            return Err(HostError::bad_input(format!(
                "{} would be written by drives {} and {} at once: make a copy for one of them, or leave out --write",
                path.display(),
                letter(*other as u8),
                letter(*slot as u8)
            )));
        }
    }
    Ok(())
}

/// Opens an image for a slot; `explain` may say what is wrong in other words.
fn open_image(
    path: &Path,
    slot: usize,
    write: bool,
    explain: impl Fn(&MediaError) -> Option<String>,
) -> Result<Image, HostError> {
    if state_file::is_at(path) {
        return Err(HostError::bad_input(format!("`{}` is a saved state: give it to --resume", path.display())));
    }
    let kind = if slot < FLOPPY_SLOTS { Kind::Floppy } else { Kind::HardDisk };
    Image::open(path, OpenOptions { write, kind: Some(kind) })
        .map_err(|error| explain(&error).map_or_else(|| image_error(&error), HostError::bad_input))
}

/// Opens an image for a floppy drive of this type.
pub(crate) fn open_floppy(path: &Path, slot: usize, drive: DriveType, write: bool) -> Result<Image, HostError> {
    let image = open_image(path, slot, write, |_| None)?;
    if let Some(format) = image.floppy_format() {
        check_takes(slot, drive, format)?;
    }
    Ok(image)
}

/// The name of an image and what it is.
pub(crate) fn described(name: &str, image: &Image) -> String {
    format!("{name} ({})", image.description())
}

/// The formats of the images that come into the floppy drives while the machine runs. They are opened, so that a
/// mistake is known before the start, and closed again: nothing is locked meanwhile.
fn later_formats(request: &DriveRequest) -> Result<[Vec<FloppyFormat>; FLOPPY_SLOTS], HostError> {
    let mut formats = [const { Vec::new() }; FLOPPY_SLOTS];
    for (slot, formats) in formats.iter_mut().enumerate() {
        for path in request.later(slot) {
            formats.extend(open_image(path, slot, request.write, |_| None)?.floppy_format());
        }
    }
    Ok(formats)
}

pub(crate) fn image_error(error: &MediaError) -> HostError {
    match error.problem() {
        Problem::TooLargeForFloppy(bytes) => HostError::bad_input(format!(
            "`{}` has {bytes} bytes, a floppy at most {FLOPPY_BYTES_MAX}: give it to --c as a hard disk",
            error.path().display()
        )),
        Problem::BeingWritten | Problem::InUse | Problem::Host(_) => HostError::host_resource(error.to_string()),
        _ => HostError::bad_input(error.to_string()),
    }
}

/// The types of the floppy drives: what the user says, else the smallest that takes all its images. Drive A is there in
/// any case, drive B when something asks for it.
fn floppy_types(
    request: &DriveRequest,
    images: &[Option<Image>; DISK_SLOTS],
    later: &[Vec<FloppyFormat>; FLOPPY_SLOTS],
) -> Result<[DriveType; FLOPPY_SLOTS], HostError> {
    let mut types = [DriveType::D1440, DriveType::Absent];
    for (slot, drive) in types.iter_mut().enumerate() {
        let now = images[slot].as_ref().and_then(Image::floppy_format);
        let formats: Vec<FloppyFormat> = now.into_iter().chain(later[slot].iter().copied()).collect();
        match request.types[slot] {
            Some(asked) => *drive = asked,
            None if formats.is_empty() => {}
            None => *drive = smallest_drive(&formats).ok_or_else(|| both_widths(slot))?,
        }
        formats.into_iter().try_for_each(|format| check_takes(slot, *drive, format))?;
    }
    Ok(types)
}

fn both_widths(slot: usize) -> HostError {
    let drive = letter(slot as u8);
    HostError::bad_input(format!(
        "no drive takes 5.25-inch and 3.5-inch disks: give those of drive {drive} that are of the other size to another"
    ))
}

fn hard_disks(images: &[Option<Image>; DISK_SLOTS]) -> [Option<HardDisk>; HARD_DISK_SLOTS] {
    let mut disks = [None; HARD_DISK_SLOTS];
    for (disk, image) in disks.iter_mut().zip(&images[FLOPPY_SLOTS..]) {
        *disk = image.as_ref().map(|image| HardDisk {
            geometry: image.physical_geometry(),
            translation: image.translation().cmos_code(),
        });
    }
    disks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::HostErrorKind;
    use std::fs::File;
    use tempfile::TempDir;

    /// A folder of images that goes away with the test.
    struct Folder(TempDir);

    impl Folder {
        fn new() -> Folder {
            Folder(tempfile::tempdir().unwrap())
        }

        fn image(&self, name: &str, bytes: u64) -> PathBuf {
            let path = self.0.path().join(name);
            File::create(&path).unwrap().set_len(bytes).unwrap();
            path
        }
    }

    fn request(images: &[&PathBuf]) -> DriveRequest {
        DriveRequest { images: images.iter().map(|path| (*path).clone()).collect(), ..DriveRequest::default() }
    }

    fn refused(request: &DriveRequest) -> String {
        let error = Drives::open(request).err().expect("the request is refused");
        assert_eq!(error.kind(), HostErrorKind::BadInput);
        error.to_string()
    }

    #[test]
    fn images_fill_the_drives_of_their_kind_in_order() {
        let folder = Folder::new();
        let (floppy, second) = (folder.image("one.img", 368_640), folder.image("two.img", 1_474_560));
        let disk = folder.image("disk.img", 2_949_120 + 512);
        let drives = Drives::open(&request(&[&disk, &floppy, &second])).unwrap();
        let letters: Vec<String> = drives.lines().iter().map(|line| line[..2].to_owned()).collect();
        assert_eq!(letters, ["A:", "B:", "C:"]);
        assert!(drives.lines()[0].contains("one.img"));
        assert_eq!(drives.floppies, [DriveType::D360, DriveType::D1440]);
        assert!(drives.hard_disks[0].is_some() && drives.hard_disks[1].is_none());
        assert_eq!(drives.title(), "one.img");
    }

    #[test]
    fn named_drives_are_taken_first_and_may_hold_small_hard_disks() {
        let folder = Folder::new();
        let (small, floppy) = (folder.image("small.img", 512 * 100), folder.image("floppy.img", 737_280));
        let mut request = request(&[&floppy]);
        request.named[0] = Some(small.clone());
        request.named[2] = Some(small);
        let drives = Drives::open(&request).unwrap();
        assert_eq!(drives.floppies, [DriveType::D360, DriveType::D720]);
        assert!(drives.hard_disks[0].is_some());
    }

    #[test]
    fn without_an_image_the_built_in_disk_boots() {
        let drives = Drives::open(&DriveRequest::default()).unwrap();
        assert_eq!(drives.lines().len(), 1);
        assert_eq!(drives.title(), "built-in disk");
        assert_eq!(drives.floppies, [DriveType::D1440, DriveType::Absent]);
    }

    #[test]
    fn a_drive_that_does_not_take_its_image_is_refused() {
        let folder = Folder::new();
        let floppy = folder.image("big.img", 1_474_560);
        let mut request = request(&[&floppy]);
        request.types[0] = Some(DriveType::D720);
        assert!(refused(&request).contains("give --a-type 1440"));
        request.types = [Some(DriveType::D2880), Some(DriveType::D360)];
        assert_eq!(Drives::open(&request).unwrap().floppies, [DriveType::D2880, DriveType::D360]);
    }

    #[test]
    fn one_image_in_two_drives_is_refused_for_writing_only() {
        let folder = Folder::new();
        let floppy = folder.image("same.img", 368_640);
        let dotted = folder.0.path().join(".").join("same.img");
        let mut twice = request(&[&floppy, &dotted]);
        assert!(Drives::open(&twice).is_ok());
        twice.write = true;
        assert!(refused(&twice).contains("drives A and B at once"));
    }

    #[test]
    fn an_image_opens_or_is_refused_in_no_time() {
        let folder = Folder::new();
        let before = cpu_time::ThreadTime::now();
        for (name, bytes) in [("empty.img", 0), ("odd.img", 513), ("floppy.img", 1_474_560), ("huge.img", 100 << 30)] {
            let image = folder.image(name, bytes);
            for _ in 0..10 {
                let opened = Drives::open(&request(&[&image])).map(|drives| drives.warnings());
                assert_eq!(opened.is_ok(), bytes > 513, "{name}");
            }
        }
        // The promise is 100 ms for one; these are 40, on a host that may be busy.
        assert!(before.elapsed() < std::time::Duration::from_secs(10));
    }

    #[test]
    fn images_that_are_none_are_refused() {
        let folder = Folder::new();
        for bytes in [0, 1, 511, 513] {
            let image = folder.image("bad.img", bytes);
            assert!(refused(&request(&[&image])).contains("bad.img"), "{bytes}");
        }
        assert!(refused(&request(&[&folder.0.path().to_owned()])).contains("directory"));
        assert!(refused(&request(&[&folder.0.path().join("missing.img")])).contains("does not exist"));
        let mut large = DriveRequest::default();
        large.named[1] = Some(folder.image("large.img", 2_949_120 + 512));
        assert!(refused(&large).contains("--c"));
    }

    #[test]
    fn a_third_floppy_finds_no_drive() {
        let folder = Folder::new();
        let floppy = folder.image("a.img", 512);
        assert!(refused(&request(&[&floppy, &floppy, &floppy])).contains("no floppy drive is free"));
    }

    #[test]
    fn a_missing_boot_signature_is_a_warning() {
        let folder = Folder::new();
        let drives = Drives::open(&request(&[&folder.image("plain.img", 512)])).unwrap();
        assert_eq!(drives.warnings().len(), 1);
    }
}
