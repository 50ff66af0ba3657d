//! The 256 words of IDENTIFY DEVICE.

use super::AtaConfig;
use super::drive::{Drive, MULTIPLE_MAX};

/// Model name, padded with blanks to 40 characters.
const MODEL: &str = "BEIGE HARDDISK";
/// Firmware revision, padded to 8.
const FIRMWARE: &str = "1.0";
/// Word 82: NOP, READ BUFFER, WRITE BUFFER, look-ahead, write cache, power management.
const COMMAND_SETS: u16 = 0x4000 | 0x2000 | 0x1000 | LOOK_AHEAD | WRITE_CACHE | 0x0008;
const LOOK_AHEAD: u16 = 0x0040;
const WRITE_CACHE: u16 = 0x0020;
/// Word 83: FLUSH CACHE.
const FLUSH_CACHE: u16 = 0x1000;
/// Words 83, 84 and 87 say by this that they are valid.
const VALID: u16 = 0x4000;

/// Fills the first sector of the buffer of `drive`, whose disk has `sectors` sectors.
///
/// SPEC: ATA-2 (X3.279) table 11; words 80-87 as ATA-4 (NCITS 317) added them.
pub(super) fn identify(drive: &mut Drive, config: &AtaConfig, sectors: u32) {
    let mut words = [0; 256];
    let geometry = config.geometry;
    let (heads, sectors_per_track) = config.default_translation();
    let cylinders = geometry.cylinders.min(16_383) as u16;
    // A fixed device, not removable.
    words[0] = 0x0040;
    words[1] = cylinders;
    words[3] = u16::from(heads);
    words[4] = u16::from(sectors_per_track).wrapping_mul(512);
    words[5] = 512;
    words[6] = u16::from(sectors_per_track);
    put_text(&mut words, 10, &config.serial);
    // A dual-ported buffer with look-ahead, its sectors, and the ECC bytes of READ LONG.
    (words[20], words[21], words[22]) = (3, u16::from(MULTIPLE_MAX), super::long::ECC_BYTES as u16);
    put_text(&mut words, 23, &padded::<8>(FIRMWARE));
    put_text(&mut words, 27, &padded::<40>(MODEL));
    words[47] = 0x8000 | u16::from(MULTIPLE_MAX);
    // LBA, IORDY as PIO modes 3 and 4 need it, the standard's standby timer, and no DMA; PIO mode 2; words 54-58 and
    // 64-70 are valid.
    (words[49], words[51], words[53]) = (0x2a00, 0x0200, 3);
    let capacity = super::chs_sectors(config, sectors);
    let track = u32::from(drive.heads.max(1)) * u32::from(drive.sectors.max(1));
    let current_cylinders = super::current_cylinders(drive, config, sectors);
    words[54] = current_cylinders as u16;
    words[55] = u16::from(drive.heads);
    words[56] = u16::from(drive.sectors);
    put_long(&mut words, 57, (current_cylinders * track).min(capacity));
    words[59] = if drive.multiple == 0 { 0 } else { 0x0100 | u16::from(drive.multiple) };
    put_long(&mut words, 60, sectors);
    // PIO modes 3 and 4; their cycle times without and with IORDY, in nanoseconds.
    (words[64], words[67], words[68]) = (3, 120, 120);
    // ATA-1 to ATA-4.
    words[80] = 0x001e;
    words[82] = COMMAND_SETS;
    (words[83], words[84]) = (VALID | FLUSH_CACHE, VALID);
    let off = if drive.look_ahead { 0 } else { LOOK_AHEAD } | if drive.write_cache { 0 } else { WRITE_CACHE };
    (words[85], words[86], words[87]) = (COMMAND_SETS & !off, FLUSH_CACHE, VALID);
    for (place, word) in drive.buffer.as_chunks_mut::<2>().0.iter_mut().zip(words) {
        *place = word.to_le_bytes();
    }
}

fn padded<const N: usize>(text: &str) -> [u8; N] {
    let mut out = [b' '; N];
    for (place, byte) in out.iter_mut().zip(text.bytes()) {
        *place = byte;
    }
    out
}

/// Text has its first character in the high byte of its first word.
fn put_text(words: &mut [u16; 256], at: usize, text: &[u8]) {
    for (word, pair) in words.iter_mut().skip(at).zip(text.as_chunks().0) {
        *word = u16::from_be_bytes(*pair);
    }
}

/// A number of two words has its low word first.
fn put_long(words: &mut [u16; 256], at: usize, value: u32) {
    for (word, half) in words.iter_mut().skip(at).zip([value as u16, (value >> 16) as u16]) {
        *word = half;
    }
}
