//! Disk images, overlays, locks.
