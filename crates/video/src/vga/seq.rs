//! The sequencer: clocks, plane write mask, fonts and memory mode. Ports 3C4h (index) and 3C5h (data).
//!
//! Source: IBM PS/2 Hardware Interface Technical Reference, Video Subsystem, "Sequencer Registers".

use super::indexed::Indexed;
use beige_core::{StateError, Visitor};

/// 00h bits 0-1, both set: neither asynchronous nor synchronous reset is pulled.
const RESET_RELEASED: u8 = 0x03;
/// 01h bit 0: characters are 8 dots wide, not 9.
const CLOCKING_8_DOTS: u8 = 0x01;
/// 01h bit 3: the dot clock is the master clock by two.
const CLOCKING_HALF: u8 = 0x08;
/// 01h bit 5: the CPU has all of the memory bandwidth and the screen is black.
const CLOCKING_SCREEN_OFF: u8 = 0x20;
/// 04h bit 1: more than 64 KiB of video memory; character maps can be selected.
const MEMORY_EXTENDED: u8 = 0x02;
/// 04h bit 2, inverted: even CPU addresses reach planes 0 and 2, odd ones 1 and 3.
const MEMORY_SEQUENTIAL: u8 = 0x04;
/// 04h bit 3: the low two bits of the CPU address select the plane.
const MEMORY_CHAIN_4: u8 = 0x08;

/// The bits that exist, by register: reset, clocking mode, map mask, character map select, memory mode.
static WRITABLE: [u8; 5] = [0x03, 0x3d, 0x0f, 0x3f, 0x0e];
const INDEX_MASK: u8 = 0x07;
const CLOCKING_MODE: u8 = 0x01;
pub(crate) const MAP_MASK: u8 = 0x02;
pub(crate) const MEMORY_MODE: u8 = 0x04;

/// The register file of the sequencer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sequencer {
    /// 00h-04h; reset: all 0, so the sequencer is held in reset.
    pub(crate) registers: Indexed<5>,
}

impl Default for Sequencer {
    fn default() -> Sequencer {
        Sequencer { registers: Indexed::new(INDEX_MASK, &WRITABLE) }
    }
}

impl Sequencer {
    /// Whether the sequencer runs: without it there is no picture and no sync.
    pub(crate) fn is_running(&self) -> bool {
        self.registers[0] & RESET_RELEASED == RESET_RELEASED
    }

    /// Whether the data port reaches the register that has a part in the timing of frames.
    pub(crate) fn is_clocking_selected(&self) -> bool {
        self.registers.read_index() == CLOCKING_MODE
    }

    pub(crate) fn screen_off(&self) -> bool {
        self.registers[1] & CLOCKING_SCREEN_OFF != 0
    }

    /// Dots of a character: 8 or 9.
    pub(crate) fn character_dots(&self) -> u32 {
        if self.registers[1] & CLOCKING_8_DOTS != 0 { 8 } else { 9 }
    }

    /// Cycles of the master clock in a dot: 1 or 2.
    pub(crate) fn clocks_per_dot(&self) -> u32 {
        if self.registers[1] & CLOCKING_HALF != 0 { 2 } else { 1 }
    }

    /// The planes the CPU may write, bit by plane.
    pub(crate) fn map_mask(&self) -> u8 {
        self.registers[2]
    }

    /// Where in plane 2 the fonts begin: for characters whose attribute bit 3 is 0 (map B), and 1 (map A).
    pub(crate) fn font_offsets(&self) -> [u16; 2] {
        // SPEC: "Memory Mode Register", bit 1 must be 1 to enable the character map selection.
        if self.registers[4] & MEMORY_EXTENDED == 0 {
            return [0, 0];
        }
        let select = u16::from(self.registers[3]);
        let map_b = (select & 3) | (select >> 2 & 4);
        let map_a = (select >> 2 & 3) | (select >> 3 & 4);
        [map_b, map_a].map(|map| (map & 3) * 0x4000 + (map >> 2) * 0x2000)
    }

    /// Whether bit 0 of a CPU write's address selects even or odd planes.
    pub(crate) fn is_odd_even(&self) -> bool {
        self.registers[4] & MEMORY_SEQUENTIAL == 0
    }

    pub(crate) fn is_chain_4(&self) -> bool {
        self.registers[4] & MEMORY_CHAIN_4 != 0
    }

    pub(crate) fn visit(&mut self, v: &mut dyn Visitor) {
        let Sequencer { registers } = self;
        v.section("vga-seq", 1);
        registers.visit(v);
    }

    pub(crate) fn check(&self) -> Result<(), StateError> {
        self.registers.check("vga-seq")
    }
}
