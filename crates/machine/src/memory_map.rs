//! The one memory map: which physical addresses are RAM, ROM and video memory. A20 is the CPU's business and is
//! switched in `board`.

use crate::config::Config;
use crate::option_rom;
use beige_cpu::{Kind, Memory, Model, PAGE_BYTES};
use std::collections::BTreeMap;

const VIDEO: u32 = 0xa_0000;
const VIDEO_BYTES: u64 = 0x2_0000;
const VGA_BIOS: u32 = 0xc_0000;
const MEBIBYTE: u32 = 0x10_0000;

/// The memory of a machine, with its ROMs loaded.
pub(crate) fn build(config: &Config) -> Memory {
    let bytes = u64::from(config.memory_kib) << 10;
    let mut memory = Memory::new(bytes, config.model);
    memory.map(VIDEO, u64::from(MEBIBYTE - VIDEO), Kind::Unmapped);
    memory.map(VIDEO, VIDEO_BYTES, Kind::Mmio);
    if !config.vga_bios.is_empty() {
        memory.load_rom(VGA_BIOS, &config.vga_bios);
    }
    load_option_roms(&mut memory, config);
    if !config.bios.is_empty() {
        load_bios(&mut memory, config);
    }
    load_fixed_roms(&mut memory, config);
    memory
}

/// The BIOS stands below 1 MiB and, where a CPU with more address lines starts, at the top of its address space.
fn load_bios(memory: &mut Memory, config: &Config) {
    let bytes = config.bios.len() as u32;
    let bios = memory.load_rom(MEBIBYTE - bytes, &config.bios);
    if let Some(offset) = bios
        && config.model >= Model::I80286
    {
        memory.map(config.model.address_mask() - (bytes - 1), u64::from(bytes), Kind::Rom(offset));
    }
}

/// ROMs at fixed places cover whatever else is there.
fn load_fixed_roms(memory: &mut Memory, config: &Config) {
    for rom in &config.fixed_roms {
        let offset = memory.load_rom(rom.address, &rom.image);
        if let (Some(offset), Some((top, bytes))) = (offset, rom.mirror(config.model)) {
            memory.map(top, bytes as u64, Kind::Rom(offset));
        }
    }
}

/// Option ROMs stand in steps that are shorter than a page, so they are laid out first.
fn load_option_roms(memory: &mut Memory, config: &Config) {
    let places = option_rom::place(&config.option_roms, config.vga_bios.len(), config.bios.len()).unwrap_or_default();
    let mut pages: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
    for (place, rom) in places.into_iter().zip(&config.option_roms) {
        for (address, byte) in place.zip(&rom.image) {
            let page = pages.entry(address / PAGE_BYTES).or_insert_with(|| vec![0xff; PAGE_BYTES as usize]);
            page[(address % PAGE_BYTES) as usize] = *byte;
        }
    }
    for (page, bytes) in pages {
        memory.load_rom(page * PAGE_BYTES, &bytes);
    }
}

/// The offset of a video address inside the video window.
pub(crate) fn video_offset(address: u32) -> u32 {
    address.wrapping_sub(VIDEO)
}
