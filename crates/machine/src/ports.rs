//! The one port map: which port of the CPU is which register of which chip.

use crate::board::Board;
use crate::wiring;
use beige_core::{DeviceId, Io, PortDevice, Tick};

/// A register: the chip that holds it and the offset inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Register {
    Pic(usize, u16),
    EdgeLevel(usize),
    Pit(u16),
    Dma(usize, u16),
    DmaPage(u16),
    Rtc(u16),
    Keyboard(u16),
    PortB,
    PortA,
    Com(usize, u16),
    Lpt(u16),
    PowerSwitch,
    DebugConsole,
    Vga(u16),
    Floppy(u16),
    Ata(usize, u16),
    /// 3F7h and 377h: bit 7 is the floppy controller's, the rest the disk's.
    FloppyAndAta(usize),
    /// Clear and reset of the coprocessor.
    Coprocessor(u16),
    FirmwareConfig(u16),
    PostCode,
    Exit,
    Nobody,
}

/// What nobody claims reads as all ones.
const FLOATING: u8 = 0xff;
/// Offset of the control block inside an ATA channel.
const ATA_CONTROL: u16 = 8;
const ATA_DRIVE_ADDRESS: u16 = 9;
/// Offsets of index registers inside the VGA, each below its data register.
const VGA_SEQUENCER: u16 = 0x14;
const VGA_GRAPHICS: u16 = 0x1e;
const FLOPPY_DIGITAL_INPUT: u16 = 7;

fn decode(board: &Board, port: u16) -> Register {
    if board.exit_port == Some(port) {
        return Register::Exit;
    }
    match port {
        0x00..=0x0f => Register::Dma(0, port),
        0x20..=0x21 => Register::Pic(0, port - 0x20),
        0x40..=0x43 => Register::Pit(port - 0x40),
        0x60 => Register::Keyboard(0),
        0x61 => Register::PortB,
        0x64 => Register::Keyboard(1),
        0x70..=0x71 => Register::Rtc(port - 0x70),
        0x80 => Register::PostCode,
        0x81..=0x8f => Register::DmaPage(port - 0x80),
        0x92 => Register::PortA,
        0xa0..=0xa1 => Register::Pic(1, port - 0xa0),
        // The word controller stands on every second port.
        0xc0..=0xdf => Register::Dma(1, (port - 0xc0) / 2),
        0xe9 => Register::DebugConsole,
        0xf0..=0xf1 => Register::Coprocessor(port - 0xf0),
        0x170..=0x177 => Register::Ata(1, port - 0x170),
        0x1f0..=0x1f7 => Register::Ata(0, port - 0x1f0),
        0x376 => Register::Ata(1, ATA_CONTROL),
        0x377 => Register::Ata(1, ATA_DRIVE_ADDRESS),
        0x378..=0x37a => Register::Lpt(port - 0x378),
        0x3b0..=0x3df => Register::Vga(port - 0x3b0),
        0x3f0..=0x3f5 => Register::Floppy(port - 0x3f0),
        0x3f6 => Register::Ata(0, ATA_CONTROL),
        0x3f7 => Register::FloppyAndAta(0),
        0x2e8..=0x2ef => com(board, 3, port - 0x2e8),
        0x2f8..=0x2ff => com(board, 1, port - 0x2f8),
        0x3e8..=0x3ef => com(board, 2, port - 0x3e8),
        0x3f8..=0x3ff => com(board, 0, port - 0x3f8),
        0x4d0 => Register::EdgeLevel(0),
        0x4d1 => Register::EdgeLevel(1),
        0x510..=0x511 if board.has_fw_cfg => Register::FirmwareConfig(port - 0x510),
        0x8900 => Register::PowerSwitch,
        _ => Register::Nobody,
    }
}

/// A register of COM1 to COM4, where there is such a port.
fn com(board: &Board, number: usize, offset: u16) -> Register {
    if board.has_serial_port(number) { Register::Com(number, offset) } else { Register::Nobody }
}

/// What the port belongs to, for people.
pub(crate) fn name(board: &Board, port: u16) -> &'static str {
    match decode(board, port) {
        Register::Pic(..) | Register::EdgeLevel(_) => "interrupt controller",
        Register::Pit(_) => "timer",
        Register::Dma(..) | Register::DmaPage(_) => "DMA controller",
        Register::Rtc(_) => "real-time clock",
        Register::Keyboard(_) => "keyboard controller",
        Register::PortB | Register::PortA => "system control",
        Register::Com(..) => "serial port",
        Register::Lpt(_) => "printer port",
        Register::PowerSwitch => "power switch",
        Register::DebugConsole => "debug console",
        Register::Vga(_) => "VGA",
        Register::Floppy(_) | Register::FloppyAndAta(_) => "floppy controller",
        Register::Ata(..) => "hard disk",
        Register::Coprocessor(_) => "coprocessor",
        Register::FirmwareConfig(_) => "firmware configuration",
        Register::PostCode => "POST code",
        Register::Exit => "exit port",
        Register::Nobody => "",
    }
}

/// Whether programs read the port to let time pass: refresh toggles in port 61h.
pub(crate) fn is_clock(port: u16) -> bool {
    matches!(port, 0x61 | 0x80)
}

/// The chip of a register that is reached by offset, the offset, and what the chip may touch.
fn chip(board: &mut Board, now: Tick, register: Register) -> Option<(&mut dyn PortDevice, u16, Io<'_>)> {
    let Board { chips, lines, .. } = board;
    let (chip, offset, id): (&mut dyn PortDevice, u16, DeviceId) = match register {
        Register::Pic(number, offset) => (chips.pics.get_mut(number)?, offset, wiring::UNTIMED),
        Register::Pit(offset) => (&mut chips.pit, offset, wiring::PIT),
        Register::Dma(number, offset) => (chips.dma.get_mut(number)?, offset, wiring::UNTIMED),
        Register::DmaPage(offset) => (&mut chips.dma_pages, offset, wiring::UNTIMED),
        Register::Rtc(offset) => (&mut chips.rtc, offset, wiring::RTC),
        Register::Keyboard(offset) => (&mut chips.keyboard, offset, wiring::KEYBOARD),
        Register::Com(number, offset) => (chips.com.get_mut(number)?, offset, *wiring::COM.get(number)?),
        Register::Lpt(offset) => (&mut chips.lpt, offset, wiring::LPT),
        Register::PowerSwitch => (&mut chips.power, 0, wiring::UNTIMED),
        Register::DebugConsole => (&mut chips.debugcon, 0, wiring::UNTIMED),
        Register::Vga(offset) => (&mut chips.vga, offset, wiring::VGA),
        Register::Floppy(offset) => (&mut chips.fdc, offset, wiring::FLOPPY),
        Register::Ata(0, offset) => (&mut chips.ata[0], offset, wiring::ATA_PRIMARY),
        Register::Ata(_, offset) => (&mut chips.ata[1], offset, wiring::ATA_SECONDARY),
        Register::Coprocessor(offset) => (&mut chips.coprocessor, offset, wiring::UNTIMED),
        Register::FirmwareConfig(offset) => (&mut chips.fw_cfg, offset, wiring::UNTIMED),
        _ => return None,
    };
    Some((chip, offset, lines.io(now, id)))
}

/// A byte read from a port.
pub(crate) fn read(board: &mut Board, now: Tick, port: u16) -> u8 {
    match decode(board, port) {
        Register::PortB => {
            let chips = &board.chips;
            let refresh = chips.pit.rising_edges(1, now) & 1 != 0;
            chips.sysctl.read_61(chips.pit.out(2, now), refresh)
        }
        Register::PortA => board.chips.sysctl.read_92(),
        Register::EdgeLevel(number) => board.chips.pics.get(number).map_or(FLOATING, |pic| pic.read_elcr()),
        Register::PostCode => board.chips.post_code,
        // What games ask for most is not reached by way of a table of functions.
        Register::Vga(offset) => board.chips.vga.read(offset, &mut board.lines.io(now, wiring::VGA)),
        Register::FloppyAndAta(channel) => {
            let floppy = read_register(board, now, Register::Floppy(FLOPPY_DIGITAL_INPUT));
            let disk = read_register(board, now, Register::Ata(channel, ATA_DRIVE_ADDRESS));
            floppy & 0x80 | disk & 0x7f
        }
        register => read_register(board, now, register),
    }
}

/// Whether every byte read from the port before the next deadline gives the same and leaves the board as it is.
pub(crate) fn is_steady(board: &mut Board, now: Tick, port: u16) -> bool {
    match decode(board, port) {
        Register::Nobody | Register::PortA | Register::EdgeLevel(_) | Register::PostCode => true,
        register => chip(board, now, register).is_some_and(|(chip, offset, _)| chip.is_steady(offset)),
    }
}

fn read_register(board: &mut Board, now: Tick, register: Register) -> u8 {
    chip(board, now, register).map_or(FLOATING, |(chip, offset, mut io)| chip.read(offset, &mut io))
}

/// A byte written to a port.
pub(crate) fn write(board: &mut Board, now: Tick, port: u16, value: u8) {
    if board.post_port == Some(port) {
        board.show_post_code(now, value);
    }
    match decode(board, port) {
        Register::PortB => board.chips.sysctl.write_61(value, &mut board.lines.io(now, wiring::UNTIMED)),
        Register::PortA => board.chips.sysctl.write_92(value, &mut board.lines.io(now, wiring::UNTIMED)),
        Register::EdgeLevel(number) => {
            if let Some(pic) = board.chips.pics.get_mut(number) {
                pic.write_elcr(value, &mut board.lines.io(now, wiring::UNTIMED));
            }
        }
        Register::Vga(offset) => board.chips.vga.write(offset, value, &mut board.lines.io(now, wiring::VGA)),
        Register::PostCode => board.chips.post_code = value,
        Register::Exit => board.exit_code = Some(value),
        Register::FloppyAndAta(_) => write_register(board, now, Register::Floppy(FLOPPY_DIGITAL_INPUT), value),
        register => write_register(board, now, register, value),
    }
}

fn write_register(board: &mut Board, now: Tick, register: Register, value: u8) {
    if let Some((chip, offset, mut io)) = chip(board, now, register) {
        chip.write(offset, value, &mut io);
    }
}

/// A word read from a port. Only the data register of an ATA channel is a word wide; everything else is two bytes.
pub(crate) fn read16(board: &mut Board, now: Tick, port: u16) -> u16 {
    if let register @ Register::Ata(_, 0) = decode(board, port) {
        return chip(board, now, register).map_or(u16::MAX, |(chip, offset, mut io)| chip.read16(offset, &mut io));
    }
    let low = read(board, now, port);
    let high = read(board, now, port.wrapping_add(1));
    u16::from_le_bytes([low, high])
}

/// A word written to a port. The selector of the firmware configuration takes words, too.
pub(crate) fn write16(board: &mut Board, now: Tick, port: u16, value: u16) {
    match decode(board, port) {
        register @ (Register::Ata(_, 0) | Register::FirmwareConfig(0)) => {
            if let Some((chip, offset, mut io)) = chip(board, now, register) {
                chip.write16(offset, value, &mut io);
            }
            return;
        }
        // Index and data in one, as drawing programs write them.
        Register::Vga(offset @ (VGA_SEQUENCER | VGA_GRAPHICS)) if !is_watched(board, port) => {
            board.chips.vga.write16(offset, value, &mut board.lines.io(now, wiring::VGA));
            return;
        }
        _ => {}
    }
    let [low, high] = value.to_le_bytes();
    write(board, now, port, low);
    write(board, now, port.wrapping_add(1), high);
}

/// Elements of so many bytes read from a port one after the other, as far as that does nothing else; how many bytes
/// came. Only the data register of an ATA channel knows how, and only of words.
pub(crate) fn read_block(board: &mut Board, port: u16, into: &mut [u8], element: usize) -> usize {
    match decode(board, port) {
        Register::Ata(number, 0) if element > 1 => {
            board.chips.ata.get_mut(number).map_or(0, |channel| channel.read_data(into, element))
        }
        _ => 0,
    }
}

/// The same for elements that are written.
pub(crate) fn write_block(board: &mut Board, port: u16, from: &[u8], element: usize) -> usize {
    match decode(board, port) {
        Register::Ata(number, 0) if element > 1 => {
            board.chips.ata.get_mut(number).map_or(0, |channel| channel.write_data(from, element))
        }
        _ => 0,
    }
}

/// Whether a port or the one above it is more than its chip's.
fn is_watched(board: &Board, port: u16) -> bool {
    let here = [Some(port), Some(port.wrapping_add(1))];
    here.contains(&board.exit_port) || here.contains(&board.post_port)
}

/// Where the upper word of a 32-bit access goes: the ATA data register takes both words, other ports lie side by side.
pub(crate) fn second_word(port: u16) -> u16 {
    if matches!(port, 0x170 | 0x1f0) { port } else { port.wrapping_add(2) }
}
