//! A raw disk image in a drive.

use crate::digest::ContentDigest;
use crate::error::{MediaError, Problem};
use crate::floppy::FloppyFormat;
use crate::geometry::{DiskGeometry, Translation};
use crate::overlay::Overlay;
use crate::store::{Bytes, HostFile, Store};
use beige_core::{Disk, DiskError, Geometry, Origin, SECTOR_BYTES, StateError, Visitor, VisitorExt};
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// The size of the largest floppy. A larger image is a hard disk.
pub const FLOPPY_BYTES_MAX: u64 = 2_949_120;
/// Sectors that LBA28 addresses.
const HARD_DISK_SECTORS_MAX: u64 = 1 << 28;

/// What an image is put into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A floppy drive.
    Floppy,
    /// An ATA channel.
    HardDisk,
}

impl Kind {
    /// What an image of so many bytes is when the user does not say.
    #[must_use]
    pub fn of_size(bytes: u64) -> Kind {
        if bytes <= FLOPPY_BYTES_MAX { Kind::Floppy } else { Kind::HardDisk }
    }
}

/// How to open an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// What the guest writes goes to the file. Otherwise it stays in memory and is lost at the end.
    pub write: bool,
    /// What to take it for; by its size when absent.
    pub kind: Option<Kind>,
}

/// The shape of a medium.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Floppy(FloppyFormat),
    HardDisk(DiskGeometry),
}

/// A raw disk image: sector after sector, nothing else.
///
/// As a [`Disk`] its geometry is the drive's: the floppy format's, or a hard disk's with at most 16 heads. An image
/// shorter than its floppy format has sectors that can neither be read nor written.
pub struct Image {
    form: Form,
    /// The file, as the user named it; `None` for bytes in memory.
    path: Option<PathBuf>,
    store: Box<dyn Store>,
    /// Sectors that the image holds.
    stored_sectors: u64,
    /// Writes go to the store, not to the overlay.
    is_writable: bool,
    /// The host failed to write or sync. What the file holds is unknown from then on, so nothing more is written.
    has_failed: bool,
    is_sync_due: bool,
    has_boot_signature: bool,
    /// Of what the store holds.
    digest: ContentDigest,
    overlay: Overlay,
}

impl Image {
    /// Opens the file at `path`, and locks it: one writer alone, or any number of readers.
    ///
    /// # Errors
    /// When there is no such regular file, the host does not let it be opened or locked, or its size is that of no disk.
    pub fn open(path: &Path, options: OpenOptions) -> Result<Image, MediaError> {
        let file = HostFile::open(path, options.write)?;
        let bytes = file.bytes();
        let kind = options.kind.unwrap_or(Kind::of_size(bytes));
        check_size(bytes, kind).map_err(|problem| MediaError::new(path, problem))?;
        let image = Image::new(Box::new(file), bytes / SECTOR_BYTES as u64, kind, options.write);
        Ok(Image { path: Some(path.to_owned()), ..image })
    }

    /// A floppy in memory. What lies beyond `format` is cut off, what is missing cannot be read.
    #[must_use]
    pub fn from_bytes(bytes: impl Into<Cow<'static, [u8]>>, format: FloppyFormat) -> Image {
        let bytes = bytes.into();
        let sectors = (bytes.len() / SECTOR_BYTES) as u64;
        Image::with_form(
            Box::new(Bytes(bytes)),
            sectors.min(format.geometry.total_sectors()),
            Form::Floppy(format),
            false,
        )
    }

    fn new(mut store: Box<dyn Store>, sectors: u64, kind: Kind, is_writable: bool) -> Image {
        let format = FloppyFormat::holding(sectors * SECTOR_BYTES as u64).filter(|_| kind == Kind::Floppy);
        let form = match format {
            Some(format) => Form::Floppy(format),
            None => Form::HardDisk(DiskGeometry::detect(sectors, |lba| {
                let mut sector = [0; SECTOR_BYTES];
                (lba < sectors && store.read(lba, &mut sector).is_ok()).then_some(sector)
            })),
        };
        Image::with_form(store, sectors, form, is_writable)
    }

    fn with_form(mut store: Box<dyn Store>, stored_sectors: u64, form: Form, is_writable: bool) -> Image {
        let mut first = [0; SECTOR_BYTES];
        let has_boot_signature = store.read(0, &mut first).is_ok() && first.ends_with(&[0x55, 0xaa]);
        Image {
            form,
            path: None,
            store,
            stored_sectors,
            is_writable,
            has_failed: false,
            is_sync_due: false,
            has_boot_signature,
            digest: ContentDigest::new(stored_sectors),
            overlay: Overlay::default(),
        }
    }

    /// What the image is put into.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.form {
            Form::Floppy(_) => Kind::Floppy,
            Form::HardDisk(_) => Kind::HardDisk,
        }
    }

    /// The format of a floppy.
    #[must_use]
    pub fn floppy_format(&self) -> Option<FloppyFormat> {
        match self.form {
            Form::Floppy(format) => Some(format),
            Form::HardDisk(_) => None,
        }
    }

    /// The geometry as the drive has it: of a hard disk with at most 16 heads and 16,383 cylinders.
    #[must_use]
    pub fn physical_geometry(&self) -> Geometry {
        match self.form {
            Form::Floppy(format) => format.geometry,
            Form::HardDisk(disk) => disk.physical,
        }
    }

    /// How the BIOS is to make the logical geometry out of the physical one.
    #[must_use]
    pub fn translation(&self) -> Translation {
        match self.form {
            Form::Floppy(_) => Translation::None,
            Form::HardDisk(disk) => disk.translation,
        }
    }

    /// Whether the first sector ended in 55AAh when the image was opened. A floppy boots without.
    #[must_use]
    pub fn has_boot_signature(&self) -> bool {
        self.has_boot_signature
    }

    /// Bytes that the image holds.
    #[must_use]
    pub fn stored_bytes(&self) -> u64 {
        self.stored_sectors * SECTOR_BYTES as u64
    }

    /// Whether what the guest writes goes to the file.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.is_writable
    }

    /// What it is, for messages: `1.44M floppy`, `160K floppy, only 1 of 320 sectors`,
    /// `hard disk 20 MiB, C/H/S 40/16/63`.
    #[must_use]
    pub fn description(&self) -> String {
        match self.form {
            Form::Floppy(format) if self.stored_sectors == format.geometry.total_sectors() => {
                format!("{} floppy", format.name)
            }
            Form::Floppy(format) => {
                let (stored, total) = (self.stored_sectors, format.geometry.total_sectors());
                format!("{} floppy, only {stored} of {total} sectors", format.name)
            }
            Form::HardDisk(disk) => {
                let Geometry { cylinders, heads, sectors } = disk.logical;
                format!("hard disk {}, C/H/S {cylinders}/{heads}/{sectors}", size(self.stored_sectors))
            }
        }
    }

    /// What tells the content of the image, without what the guest wrote into memory, from any other: BLAKE3 over the
    /// BLAKE3 hashes of its chunks of 1 MiB.
    ///
    /// # Errors
    /// When the host fails to read the image.
    pub fn digest(&mut self) -> Result<[u8; 32], DiskError> {
        self.digest.get(self.store.as_mut()).map_err(|_| DiskError::Unreadable)
    }

    fn check_readable(&self, lba: u64) -> Result<(), DiskError> {
        if lba >= self.sectors() {
            return Err(DiskError::OutOfRange);
        }
        if lba >= self.stored_sectors {
            return Err(DiskError::Unreadable);
        }
        Ok(())
    }

    /// Keeps a sector in memory, unless it is again what the image holds.
    fn write_over(&mut self, lba: u64, sector: &[u8; SECTOR_BYTES]) {
        let mut stored = [0; SECTOR_BYTES];
        if self.store.read(lba, &mut stored).is_ok() && stored == *sector {
            self.overlay.remove(lba);
        } else {
            self.overlay.insert(lba, sector);
        }
    }

    fn fail_for_good(&mut self) -> DiskError {
        self.has_failed = true;
        DiskError::HostWrite
    }
}

/// A size to the nearest MiB, small ones to the KiB.
fn size(sectors: u64) -> String {
    if sectors < 2048 { format!("{} KiB", sectors.div_ceil(2)) } else { format!("{} MiB", (sectors + 1024) / 2048) }
}

pub(crate) fn check_size(bytes: u64, kind: Kind) -> Result<(), Problem> {
    let sector_bytes = SECTOR_BYTES as u64;
    if bytes == 0 {
        return Err(Problem::Empty);
    }
    if kind == Kind::Floppy && bytes > FLOPPY_BYTES_MAX {
        return Err(Problem::TooLargeForFloppy(bytes));
    }
    if bytes > HARD_DISK_SECTORS_MAX * sector_bytes {
        return Err(Problem::TooLarge(bytes));
    }
    if !bytes.is_multiple_of(sector_bytes) {
        return Err(Problem::NotSectors(bytes));
    }
    Ok(())
}

impl Disk for Image {
    fn sectors(&self) -> u64 {
        match self.form {
            Form::Floppy(format) => format.geometry.total_sectors(),
            Form::HardDisk(_) => self.stored_sectors,
        }
    }

    fn geometry(&self) -> Geometry {
        self.physical_geometry()
    }

    fn is_write_protected(&self) -> bool {
        self.has_failed
    }

    fn read(&mut self, lba: u64, sector: &mut [u8; SECTOR_BYTES]) -> Result<(), DiskError> {
        self.check_readable(lba)?;
        if let Some(written) = self.overlay.get(lba) {
            *sector = *written;
            return Ok(());
        }
        self.store.read(lba, sector).map_err(|_| DiskError::Unreadable)
    }

    fn write(&mut self, lba: u64, sector: &[u8; SECTOR_BYTES]) -> Result<(), DiskError> {
        self.check_readable(lba)?;
        if self.has_failed {
            return Err(DiskError::WriteProtected);
        }
        if !self.is_writable {
            self.write_over(lba, sector);
            return Ok(());
        }
        self.is_sync_due = true;
        self.digest.forget(lba);
        self.store.write(lba, sector).map_err(|_| self.fail_for_good())
    }

    fn flush(&mut self) -> Result<(), DiskError> {
        if self.has_failed {
            return Err(DiskError::HostWrite);
        }
        if std::mem::take(&mut self.is_sync_due) {
            self.store.sync().map_err(|_| self.fail_for_good())?;
        }
        Ok(())
    }

    fn has_unsaved_changes(&self) -> bool {
        !self.overlay.is_empty()
    }

    fn origin(&mut self) -> Result<Origin, DiskError> {
        let digest = self.digest()?;
        let (bytes, is_writable) = (self.stored_bytes(), self.is_writable);
        match &self.path {
            Some(path) => Ok(Origin::File { path: path.clone(), bytes, digest, is_writable }),
            None => {
                let mut bytes = Vec::new();
                for lba in 0..self.stored_sectors {
                    let mut sector = [0; SECTOR_BYTES];
                    self.store.read(lba, &mut sector).map_err(|_| DiskError::Unreadable)?;
                    bytes.extend_from_slice(&sector);
                }
                Ok(Origin::Memory { bytes, sectors: self.sectors() })
            }
        }
    }

    /// What the host did to the file is no state of the machine; what the guest wrote into memory is.
    fn visit(&mut self, v: &mut dyn Visitor) {
        // An image that the host fails to read has no digest: it can be hashed, but no state of it loads elsewhere.
        let content = self.digest().unwrap_or_default();
        let Image {
            form: _,
            path: _,
            digest: _,
            store: _,
            stored_sectors,
            is_writable: _,
            has_failed: _,
            is_sync_due: _,
            has_boot_signature: _,
            overlay,
        } = self;
        v.section("image", 1);
        let mut sectors = *stored_sectors;
        v.u64(1, &mut sectors);
        if sectors != *stored_sectors {
            v.fail("it belongs to an image of another size");
            return;
        }
        let mut stored_content = content;
        v.bytes(3, &mut stored_content);
        if stored_content != content {
            v.fail("it belongs to an image with other content");
            return;
        }
        overlay.visit(v, 2, sectors);
    }

    fn check(&self) -> Result<(), StateError> {
        if self.is_writable && self.has_unsaved_changes() {
            return Err(StateError::invalid("image", "unsaved sectors belong over an image opened without --write"));
        }
        self.overlay.check(self.stored_sectors)
    }
}

#[cfg(test)]
mod tests;
