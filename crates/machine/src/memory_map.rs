//! The one memory map: which physical addresses are RAM, ROM and video memory. A20 is the CPU's business and is
//! switched in `board`, as is whether video memory is reached through the VGA or, where that lets every byte pass as it
//! is, without it.

use crate::config::Config;
use crate::option_rom;
use beige_cpu::{Kind, Memory, Model, PAGE_BYTES};
use beige_video::PlainWindow;
use std::collections::BTreeMap;

const VIDEO: u32 = 0xa_0000;
const VIDEO_BYTES: u64 = 0x2_0000;
const VIDEO_PAGES: u32 = VIDEO_BYTES as u32 / PAGE_BYTES;
/// After so many bytes a plain window begins anew.
const PLAIN_BYTES: u32 = 0x1_0000;
const VGA_BIOS: u32 = 0xc_0000;
const MEBIBYTE: u32 = 0x10_0000;
/// From E0000h on.
const BIOS_LOW_BYTES: usize = 0x2_0000;

/// The memory of a machine, with its ROMs loaded.
pub(crate) fn build(config: &Config) -> Memory {
    let bytes = u64::from(config.memory_kib) << 10;
    let mut memory = Memory::new(bytes, config.model);
    memory.map(VIDEO, u64::from(MEBIBYTE - VIDEO), Kind::Unmapped);
    map_video(&mut memory, u32::MAX, None);
    if config.fw_cfg {
        memory.map(VGA_BIOS, u64::from(MEBIBYTE - VGA_BIOS), Kind::Ram);
        memory.load_rom(top_of(config, config.bios.len()), &config.bios);
        fill_shadow(&mut memory, config);
        return memory;
    }
    if !config.vga_bios.is_empty() {
        memory.load_rom(VGA_BIOS, &config.vga_bios);
    }
    for (page, bytes) in option_rom_pages(config) {
        memory.load_rom(page * PAGE_BYTES, &bytes);
    }
    if !config.bios.is_empty() {
        load_bios(&mut memory, config);
    }
    load_fixed_roms(&mut memory, config);
    memory
}

/// Fills the RAM that stands in place of the ROMs with what these hold, where the machine has any.
pub(crate) fn fill_shadow(memory: &mut Memory, config: &Config) {
    if !config.fw_cfg {
        return;
    }
    memory.write_phys(VGA_BIOS, &config.vga_bios);
    for (page, bytes) in option_rom_pages(config) {
        memory.write_phys(page * PAGE_BYTES, &bytes);
    }
    let low = low_part(&config.bios);
    memory.write_phys(MEBIBYTE - low.len() as u32, low);
}

/// The part of a BIOS that stands below 1 MiB.
fn low_part(bios: &[u8]) -> &[u8] {
    bios.get(bios.len().saturating_sub(BIOS_LOW_BYTES)..).unwrap_or_default()
}

/// Where so many bytes begin that end with the address space.
fn top_of(config: &Config, bytes: usize) -> u32 {
    config.model.address_mask() - (bytes.max(1) as u32 - 1)
}

/// The BIOS stands below 1 MiB and, where a CPU with more address lines starts, at the top of its address space.
fn load_bios(memory: &mut Memory, config: &Config) {
    let low = low_part(&config.bios);
    let low_address = MEBIBYTE - low.len() as u32;
    if config.model < Model::I80286 {
        memory.load_rom(low_address, low);
        return;
    }
    if let Some(offset) = memory.load_rom(top_of(config, config.bios.len()), &config.bios) {
        let above = (config.bios.len() - low.len()) as u32;
        memory.map(low_address, low.len() as u64, Kind::Rom(offset + above));
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

/// Option ROMs by page: they stand in steps that are shorter than one.
fn option_rom_pages(config: &Config) -> BTreeMap<u32, Vec<u8>> {
    let places = option_rom::place(&config.option_roms, config.vga_bios.len(), config.bios.len()).unwrap_or_default();
    let mut pages: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
    for (place, rom) in places.into_iter().zip(&config.option_roms) {
        for (address, byte) in place.zip(&rom.image) {
            let page = pages.entry(address / PAGE_BYTES).or_insert_with(|| vec![0xff; PAGE_BYTES as usize]);
            page[(address % PAGE_BYTES) as usize] = *byte;
        }
    }
    pages
}

/// Which pages from A0000h on are the VGA's, bit by page: those that no ROM of the user's covers.
pub(crate) fn video_pages(config: &Config) -> u32 {
    let is_covered = |page: u32| {
        let address = u64::from(VIDEO + page * PAGE_BYTES);
        config.fixed_roms.iter().any(|rom| rom.holds(address))
    };
    (0..VIDEO_PAGES).filter(|page| !is_covered(*page)).fold(0, |pages, page| pages | 1 << page)
}

/// Maps the `pages` that are the VGA's: those of the plain window as video memory, the others to the chip.
pub(crate) fn map_video(memory: &mut Memory, pages: u32, plain: Option<PlainWindow>) {
    for page in (0..VIDEO_PAGES).filter(|page| pages >> page & 1 != 0) {
        let offset = page * PAGE_BYTES;
        let within = |window: PlainWindow| offset.checked_sub(window.first).filter(|at| *at < window.bytes);
        let kind = plain.and_then(within).map_or(Kind::Mmio, |at| Kind::Linear(at % PLAIN_BYTES));
        memory.map(VIDEO + offset, u64::from(PAGE_BYTES), kind);
    }
}

/// The offset of a video address inside the video window.
pub(crate) fn video_offset(address: u32) -> u32 {
    address.wrapping_sub(VIDEO)
}
