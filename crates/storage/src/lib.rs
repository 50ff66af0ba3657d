//! Floppy and ATA controllers. Both reach their disks through the slots they were given and know nothing of images.

#![forbid(unsafe_code)]

pub mod ata;
pub mod fdc;
