//! The firmware configuration device of QEMU's machines, as far as SeaBIOS asks it: which machine this is, and files, such
//! as the ROM of the VGA.
//!
//! No part of a PC. Source: QEMU documentation, "QEMU Firmware Configuration (fw_cfg) Device" (docs/specs/fw_cfg.rst).
//! A word written to the selector chooses an item, of which each read of the data register gives the next byte, and
//! zeroes behind its end. Numbers in the file directory are big-endian, others little-endian.
//!
//! | offset | read | write |
//! |---|---|---|
//! | 0 | all ones | a word: selects an item, from its first byte on; a byte: nothing |
//! | 1 | the next byte of the item | nothing |
//!
//! | key | item |
//! |---|---|
//! | 0000h | signature `QEMU` |
//! | 0001h | interfaces: bit 0, this one |
//! | 0003h | bytes of RAM, 64 bits |
//! | 0005h, 000Fh | CPUs, and the most there can be, 16 bits |
//! | 000Eh | 16 bits: show the boot menu |
//! | 0019h | directory: count, then for each file its bytes (32 bits), its key (16), 0 (16), its name (56 bytes) |
//! | 0020h on | files |
//!
//! | threat | stopped by |
//! |---|---|
//! | a key without an item, an offset behind its end | `get`, zeroes |
//! | a state with an offset behind the item | the same; it never moves behind the end |
//!
//! Not modelled: the DMA interface (bit 1 of key 0001h is clear), writable items, other keys, which read as zeroes.

use beige_core::{Device, Io, PortDevice, StateError, Visitor, VisitorExt};

const SIGNATURE: u16 = 0x00;
const INTERFACES: u16 = 0x01;
const RAM_BYTES: u16 = 0x03;
const CPUS: u16 = 0x05;
const BOOT_MENU: u16 = 0x0e;
const CPUS_MAX: u16 = 0x0f;
const DIRECTORY: u16 = 0x19;
const FIRST_FILE: u16 = 0x20;

const TRADITIONAL: u32 = 1;
const NAME_BYTES: usize = 56;
/// Bit 14 of the selector asked for writing, bit 15 for items of the architecture, which are none of these.
const KEY_BITS: u16 = 0xbfff;

/// A file for the firmware.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirmwareFile {
    /// Its name, of which 55 bytes count.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What the firmware can learn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FirmwareInfo {
    /// Bytes of RAM.
    pub ram_bytes: u64,
    /// It is to offer its boot menu.
    pub boot_menu: bool,
    /// Files, in the order in which the directory names them.
    pub files: Vec<FirmwareFile>,
}

/// The device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FwCfg {
    // wired
    items: Vec<(u16, Vec<u8>)>,

    // registers
    /// The selected key; reset 0.
    key: u16,

    // internal
    /// Bytes of the item that have been read; reset 0, at most the item's.
    offset: u32,
}

impl FwCfg {
    /// A device that tells this.
    #[must_use]
    pub fn new(info: FirmwareInfo) -> FwCfg {
        let mut items = vec![
            (SIGNATURE, b"QEMU".to_vec()),
            (INTERFACES, TRADITIONAL.to_le_bytes().to_vec()),
            (RAM_BYTES, info.ram_bytes.to_le_bytes().to_vec()),
            (CPUS, 1_u16.to_le_bytes().to_vec()),
            (CPUS_MAX, 1_u16.to_le_bytes().to_vec()),
            (BOOT_MENU, u16::from(info.boot_menu).to_le_bytes().to_vec()),
            (DIRECTORY, directory(&info.files)),
        ];
        items.extend((FIRST_FILE..).zip(info.files.into_iter().map(|file| file.bytes)));
        FwCfg { items, key: 0, offset: 0 }
    }

    /// A word written to the selector.
    pub fn select(&mut self, key: u16) {
        (self.key, self.offset) = (key & KEY_BITS, 0);
    }

    fn item(&self) -> &[u8] {
        self.items.iter().find(|(key, _)| *key == self.key).map_or(&[], |(_, bytes)| bytes)
    }
}

fn directory(files: &[FirmwareFile]) -> Vec<u8> {
    let mut bytes = (files.len() as u32).to_be_bytes().to_vec();
    for (key, file) in (FIRST_FILE..).zip(files) {
        bytes.extend((file.bytes.len() as u32).to_be_bytes());
        bytes.extend(key.to_be_bytes());
        bytes.extend([0; 2]);
        let mut name = [0; NAME_BYTES];
        // The last byte stays zero.
        let letters = name.iter_mut().take(NAME_BYTES - 1).zip(file.name.bytes());
        letters.for_each(|(to, letter)| *to = letter);
        bytes.extend(name);
    }
    bytes
}

impl PortDevice for FwCfg {
    fn read(&mut self, offset: u16, _io: &mut Io<'_>) -> u8 {
        if offset != 1 {
            return 0xff;
        }
        let Some(byte) = self.item().get(self.offset as usize).copied() else { return 0 };
        self.offset += 1;
        byte
    }

    fn write(&mut self, _offset: u16, _value: u8, _io: &mut Io<'_>) {}

    fn write16(&mut self, offset: u16, value: u16, _io: &mut Io<'_>) {
        if offset == 0 {
            self.select(value);
        }
    }
}

impl Device for FwCfg {
    fn power_on(&mut self, io: &mut Io<'_>) {
        self.reset(io);
    }

    fn reset(&mut self, _io: &mut Io<'_>) {
        self.select(0);
    }

    fn wake(&mut self, _io: &mut Io<'_>) {}

    fn visit(&mut self, v: &mut dyn Visitor) {
        let FwCfg { items: _, key, offset } = self;
        v.section("fw_cfg", 1);
        v.u16(1, key);
        v.u32(2, offset);
    }

    fn check(&self) -> Result<(), StateError> {
        if self.key & !KEY_BITS != 0 || self.offset as usize > self.item().len() {
            return Err(StateError::invalid("fw_cfg", "it stands behind the end of its item"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use beige_core::{StateReader, StateWriter, Timeline};
    use beige_testkit::{Bench, Random};

    fn file(name: &str, bytes: &[u8]) -> FirmwareFile {
        FirmwareFile { name: name.to_owned(), bytes: bytes.to_vec() }
    }

    fn device() -> (Bench, FwCfg) {
        let files = vec![file("vgaroms/vga.bin", &[0x55, 0xaa, 1]), file(&"long".repeat(20), &[7])];
        let (mut bench, mut device) =
            (Bench::default(), FwCfg::new(FirmwareInfo { ram_bytes: 0x123_4000, boot_menu: true, files }));
        device.power_on(&mut bench.io());
        (bench, device)
    }

    fn item(bench: &mut Bench, device: &mut FwCfg, key: u16, bytes: usize) -> Vec<u8> {
        device.write16(0, key, &mut bench.io());
        (0..bytes).map(|_| bench.read(device, 1)).collect()
    }

    #[test]
    fn every_item_reads_as_documented_and_zeroes_follow() {
        let (mut bench, mut device) = device();
        assert_eq!(bench.read(&mut device, 1), b'Q', "after power-on the signature is selected");
        assert_eq!(item(&mut bench, &mut device, 0x00, 6), b"QEMU\0\0");
        assert_eq!(item(&mut bench, &mut device, 0x01, 5), [1, 0, 0, 0, 0]);
        assert_eq!(item(&mut bench, &mut device, 0x03, 9), [0, 0x40, 0x23, 1, 0, 0, 0, 0, 0]);
        assert_eq!(item(&mut bench, &mut device, 0x05, 3), [1, 0, 0]);
        assert_eq!(item(&mut bench, &mut device, 0x0f, 3), [1, 0, 0]);
        assert_eq!(item(&mut bench, &mut device, 0x0e, 3), [1, 0, 0]);
        assert_eq!(item(&mut bench, &mut device, 0x20, 4), [0x55, 0xaa, 1, 0]);
        assert_eq!(item(&mut bench, &mut device, 0x21, 2), [7, 0]);
        for absent in [0x02, 0x22, 0x8000, 0x8020, 0xffff] {
            assert_eq!(item(&mut bench, &mut device, absent, 3), [0; 3], "{absent:x}");
        }
        assert_eq!(item(&mut bench, &mut device, 0x4000, 4), b"QEMU", "the bit for writing is no part of the key");
    }

    #[test]
    fn the_directory_is_big_endian_and_names_end() {
        let (mut bench, mut device) = device();
        let bytes = item(&mut bench, &mut device, 0x19, 4 + 2 * 64);
        assert_eq!(bytes[..12], [0, 0, 0, 2, 0, 0, 0, 3, 0, 0x20, 0, 0]);
        assert_eq!(&bytes[12..28], b"vgaroms/vga.bin\0");
        assert_eq!(bytes[68..76], [0, 0, 0, 1, 0, 0x21, 0, 0]);
        assert_eq!((bytes[130], bytes[131]), (b'n', 0));
    }

    #[test]
    fn bytes_do_not_select_and_nothing_can_be_written() {
        let (mut bench, mut device) = device();
        let before = device.clone();
        for offset in 0..4 {
            bench.write(&mut device, offset, 0x20);
        }
        device.write16(1, 0x20, &mut bench.io());
        assert_eq!((&device, bench.read(&mut device.clone(), 0)), (&before, 0xff));
        item(&mut bench, &mut device, 0x20, 2);
        device.reset(&mut bench.io());
        assert_eq!(device, before);
    }

    #[test]
    fn time_changes_nothing_however_it_passes() {
        let (mut bench, mut device) = device();
        item(&mut bench, &mut device, 0x20, 2);
        let before = device.clone();
        bench.advance(&mut device, 1_000_000);
        (0..100).for_each(|_| bench.advance(&mut device, 1));
        assert_eq!((device, bench.timeline.next()), (before, Timeline::NEVER));
    }

    #[test]
    fn random_accesses_keep_the_state_valid_and_damaged_ones_are_refused() {
        let mut random = Random::new(51);
        let (mut bench, mut device) = device();
        for _ in 0..10_000 {
            match random.below(8) {
                0 => device.write16(random.below(2) as u16, random.below(0x24) as u16, &mut bench.io()),
                1 => device.write16(0, random.below(0x1_0000) as u16, &mut bench.io()),
                2 => bench.write(&mut device, random.below(4) as u16, random.byte()),
                _ => drop(bench.read(&mut device, random.below(3) as u16)),
            }
            assert_eq!(device.check(), Ok(()));
        }
        for (key, offset, is_valid) in
            [(0x20, 3, true), (0x20, 4, false), (0x77, 0, true), (0x77, 1, false), (0x4000, 0, false)]
        {
            let mut writer = StateWriter::default();
            FwCfg { key, offset, ..device.clone() }.visit(&mut writer);
            let state = writer.finish();
            let mut reader = StateReader::new(&state);
            device.visit(&mut reader);
            assert_eq!(reader.finish(), Ok(()));
            assert_eq!(device.check().is_ok(), is_valid, "{key:x} {offset}");
        }
    }
}
