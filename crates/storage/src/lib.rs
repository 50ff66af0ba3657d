//! Floppy and ATA controllers.
