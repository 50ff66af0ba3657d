//! The CRT controller: timing, addresses, cursor. Ports 3B4h or 3D4h (index) and 3B5h or 3D5h (data).
//!
//! Source: IBM PS/2 Hardware Interface Technical Reference, Video Subsystem, "CRT Controller Registers".
//!
//! Counts are in character clocks across and in scan lines down. The address counter counts character positions; what
//! it addresses in the planes depends on byte, word or doubleword mode, see [`Crtc::plane_offset`].

use super::indexed::Indexed;
use beige_core::{StateError, Visitor};

/// 07h bit 4, the one bit of the overflow register that protection leaves writable: line compare bit 8.
const OVERFLOW_LINE_COMPARE: u8 = 0x10;
/// 09h bit 7: every line is scanned twice.
const MAX_SCAN_DOUBLE: u8 = 0x80;
/// 0Ah bit 5: no cursor.
const CURSOR_OFF: u8 = 0x20;
/// 11h bit 4: the vertical interrupt is not held cleared.
const RETRACE_END_INTERRUPT_NOT_CLEARED: u8 = 0x10;
/// 11h bit 5: no vertical interrupts.
const RETRACE_END_INTERRUPT_OFF: u8 = 0x20;
/// 11h bit 7: 00h-07h cannot be written.
const RETRACE_END_PROTECT: u8 = 0x80;
/// 14h bit 5: the address counter counts every fourth character clock.
const UNDERLINE_COUNT_BY_4: u8 = 0x20;
/// 14h bit 6: doubleword mode.
const UNDERLINE_DOUBLEWORD: u8 = 0x40;
/// 17h bit 0, inverted: row scan counter bit 0 is address bit 13, as the CGA's graphics has it.
const MODE_ADDRESS_13: u8 = 0x01;
/// 17h bit 1, inverted: row scan counter bit 1 is address bit 14, as the Hercules' graphics has it.
const MODE_ADDRESS_14: u8 = 0x02;
/// 17h bit 2: the line counter counts every second line.
const MODE_HALF_LINES: u8 = 0x04;
/// 17h bit 3: the address counter counts every second character clock.
const MODE_COUNT_BY_2: u8 = 0x08;
/// 17h bit 5: in word mode address bit 0 is counter bit 15, not 13.
const MODE_WRAP_15: u8 = 0x20;
/// 17h bit 6: byte mode, not word mode.
const MODE_BYTE: u8 = 0x40;
/// 17h bit 7: retraces are generated.
const MODE_RETRACES: u8 = 0x80;

const REGISTERS: usize = 0x19;
const INDEX_MASK: u8 = 0x3f;

/// The bits that exist, by register.
static WRITABLE: [u8; REGISTERS] = {
    let mut writable = [0xff; REGISTERS];
    writable[0x08] = 0x7f;
    writable[0x0a] = 0x3f;
    writable[0x0b] = 0x7f;
    writable[0x14] = 0x7f;
    writable[0x17] = 0xef;
    writable
};

/// Whether a register has a part in the timing of frames: not those that say where in memory and in a row the picture
/// and the cursor are.
pub(crate) fn is_of_timing(index: u8) -> bool {
    !matches!(index, 0x08..=0x0f | 0x13 | 0x14 | 0x18)
}

/// The register file of the CRT controller.
///
/// DEVIATION: 10h and 11h read back even when 03h bit 7 selects the light pen registers in their place: there is no
/// light pen on a VGA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crtc {
    /// 00h-18h; data is written through [`Crtc::write_data`], which knows of the protection.
    pub(crate) registers: Indexed<REGISTERS>,
}

impl Default for Crtc {
    fn default() -> Crtc {
        Crtc { registers: Indexed::new(INDEX_MASK, &WRITABLE) }
    }
}

/// The cursor: where the address counter meets it, and its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The address counter at the character that carries it, skew included.
    pub(crate) address: u16,
    /// The first line of the character that it covers.
    pub(crate) first_line: u8,
    /// The last line. QUIRK: before the first line it makes no cursor, where the EGA shows one in two parts.
    pub(crate) last_line: u8,
}

impl Crtc {
    pub(crate) fn write_data(&mut self, value: u8) {
        let protected = self.registers[0x11] & RETRACE_END_PROTECT != 0;
        match self.registers.read_index() {
            0x00..=0x06 if protected => {}
            0x07 if protected => {
                let overflow = self.registers[0x07];
                self.registers.write_data(overflow & !OVERFLOW_LINE_COMPARE | value & OVERFLOW_LINE_COMPARE);
            }
            _ => self.registers.write_data(value),
        }
    }

    fn register(&self, index: usize) -> u32 {
        u32::from(self.registers[index % REGISTERS])
    }

    /// `low` with bit `bit8` of the overflow register as bit 8 and its bit `bit9` as bit 9.
    fn with_overflow(&self, low: usize, bit8: u32, bit9: u32) -> u32 {
        let overflow = self.register(0x07);
        self.register(low) | (overflow >> bit8 & 1) << 8 | (overflow >> bit9 & 1) << 9
    }

    /// Scan lines for each count of the line counter: 1 or 2.
    fn lines_per_count(&self) -> u32 {
        if self.registers[0x17] & MODE_HALF_LINES != 0 { 2 } else { 1 }
    }

    /// Character clocks of a whole line.
    pub(crate) fn characters_total(&self) -> u32 {
        self.register(0x00) + 5
    }

    /// Characters displayed in a line.
    pub(crate) fn characters_displayed(&self) -> u32 {
        self.register(0x01) + 1
    }

    /// Scan lines of a whole frame.
    pub(crate) fn lines_total(&self) -> u32 {
        (self.with_overflow(0x06, 0, 5) + 2) * self.lines_per_count()
    }

    /// Scan lines displayed.
    pub(crate) fn lines_displayed(&self) -> u32 {
        (self.with_overflow(0x12, 1, 6) + 1) * self.lines_per_count()
    }

    /// The first scan line of the vertical retrace, and the first one after it.
    pub(crate) fn retrace_lines(&self) -> (u32, u32) {
        let start = self.with_overflow(0x10, 2, 7);
        // SPEC: "Vertical Retrace End Register": the retrace ends when the low four bits of the line counter match.
        let length = (self.register(0x11).wrapping_sub(start).wrapping_sub(1) & 0x0f) + 1;
        (start * self.lines_per_count(), (start + length) * self.lines_per_count())
    }

    /// Whether a vertical interrupt stays once it has come.
    pub(crate) fn keeps_interrupt(&self) -> bool {
        self.registers[0x11] & RETRACE_END_INTERRUPT_NOT_CLEARED != 0
    }

    /// Whether retraces make vertical interrupts.
    pub(crate) fn makes_interrupts(&self) -> bool {
        self.registers[0x11] & RETRACE_END_INTERRUPT_OFF == 0
    }

    /// Whether there are retraces, and with them a picture on the monitor.
    pub(crate) fn generates_retraces(&self) -> bool {
        self.registers[0x17] & MODE_RETRACES != 0
    }

    /// The last scan line above the split.
    pub(crate) fn line_compare(&self) -> u32 {
        let bit9 = self.register(0x09) >> 6 & 1;
        let bit8 = self.register(0x07) >> 4 & 1;
        let value = self.register(0x18) | bit8 << 8 | bit9 << 9;
        value * self.lines_per_count() + (self.lines_per_count() - 1)
    }

    pub(crate) fn double_scans(&self) -> bool {
        self.registers[0x09] & MAX_SCAN_DOUBLE != 0
    }

    /// The last line of a character row: its height less one.
    pub(crate) fn last_row_scan(&self) -> u8 {
        self.registers[0x09] & 0x1f
    }

    /// The line of the first character row at which the picture starts.
    pub(crate) fn preset_row_scan(&self) -> u8 {
        self.registers[0x08] & 0x1f
    }

    /// Characters by which byte panning moves the picture to the left.
    pub(crate) fn byte_panning(&self) -> u16 {
        u16::from(self.registers[0x08] >> 5 & 3)
    }

    fn address(&self, high: usize) -> u16 {
        u16::from_be_bytes([self.registers[high % REGISTERS], self.registers[(high + 1) % REGISTERS]])
    }

    /// The address counter at the top left of the picture.
    pub(crate) fn start_address(&self) -> u16 {
        self.address(0x0c)
    }

    /// What the address counter advances by from row to row.
    pub(crate) fn row_pitch(&self) -> u16 {
        u16::from(self.registers[0x13]) << 1
    }

    /// The cursor, `None` when it is switched off.
    pub(crate) fn cursor(&self) -> Option<Cursor> {
        let (first_line, last_line) = (self.registers[0x0a] & 0x1f, self.registers[0x0b] & 0x1f);
        if self.registers[0x0a] & CURSOR_OFF != 0 {
            return None;
        }
        let skew = u16::from(self.registers[0x0b] >> 5 & 3);
        Some(Cursor { address: self.address(0x0e).wrapping_add(skew), first_line, last_line })
    }

    /// The line of a character that an underline covers.
    pub(crate) fn underline_row_scan(&self) -> u8 {
        self.registers[0x14] & 0x1f
    }

    /// Character clocks for each count of the address counter.
    pub(crate) fn characters_per_count(&self) -> u16 {
        if self.registers[0x14] & UNDERLINE_COUNT_BY_4 != 0 {
            4
        } else if self.registers[0x17] & MODE_COUNT_BY_2 != 0 {
            2
        } else {
            1
        }
    }

    /// The plane offset that the address counter stands for, at a line of the row.
    pub(crate) fn plane_offset(&self, counter: u16, row_scan: u8) -> u16 {
        let mode = self.registers[0x17];
        // DEVIATION: the manual's table (UNVERIFIED) has counter bits 12-13 as the low bits of a doubleword address;
        // here they are bits 14-15, as chain 4 keeps the low bits of its plane offsets 0, too. Both show the same picture of
        // what the CPU writes through chain 4; planes seen without it differ.
        let mut offset = if self.registers[0x14] & UNDERLINE_DOUBLEWORD != 0 {
            counter.rotate_left(2)
        } else if mode & MODE_BYTE != 0 {
            counter
        } else {
            counter << 1 | counter >> if mode & MODE_WRAP_15 != 0 { 15 } else { 13 } & 1
        };
        if mode & MODE_ADDRESS_13 == 0 {
            offset = offset & !0x2000 | u16::from(row_scan & 1) << 13;
        }
        if mode & MODE_ADDRESS_14 == 0 {
            offset = offset & !0x4000 | u16::from(row_scan >> 1 & 1) << 14;
        }
        offset
    }

    pub(crate) fn visit(&mut self, v: &mut dyn Visitor) {
        let Crtc { registers } = self;
        v.section("vga-crtc", 1);
        registers.visit(v);
    }

    pub(crate) fn check(&self) -> Result<(), StateError> {
        self.registers.check("vga-crtc")
    }
}
