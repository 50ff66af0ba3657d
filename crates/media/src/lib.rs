//! Disk images: raw files of sectors, what the guest writes over them, and who may open them.
//!
//! An [`Image`] is opened from a file or made of bytes in memory. Without `write` the file is opened read-only and what
//! the guest writes lives in an overlay in memory; with it, every write of the guest goes straight to the file. The
//! format of an image is never guessed from its content: the size alone tells a floppy from a hard disk. Only a hard
//! disk's geometry, which a raw image does not record, is taken from its partition table or its file system.

#![forbid(unsafe_code)]

mod digest;
mod error;
mod fault;
mod floppy;
mod geometry;
mod image;
pub mod inspect;
mod overlay;
mod store;

pub use error::{MediaError, Problem};
pub use fault::FaultyDisk;
pub use floppy::FloppyFormat;
pub use geometry::{DiskGeometry, GeometrySource, Translation};
pub use image::{FLOPPY_BYTES_MAX, Image, Kind, OpenOptions};
pub use store::same_file;
