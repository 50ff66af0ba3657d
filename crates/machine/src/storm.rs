//! A guest that does anything at all to the board, for tests: accesses to any port of any width, to the video memory,
//! commands to the disk controllers with DMA, interrupts acknowledged, keys, disks changed, time passing.
//!
//! The CPU takes no part in it; what it could do to the board is done in its place.

use crate::run::Machine;
use beige_core::{Coded, Disk, DiskSlot, InputEvent, Key};
use beige_cpu::{Bus, Width};

/// Ports that somebody claims: random ones would seldom hit them.
const CLAIMED: [(u16, u16); 18] = [
    (0x00, 0x0f),
    (0x20, 0x21),
    (0x40, 0x43),
    (0x60, 0x64),
    (0x70, 0x71),
    (0x80, 0x92),
    (0xa0, 0xa1),
    (0xc0, 0xdf),
    (0xf0, 0xf1),
    (0x1f0, 0x1f7),
    (0x3b0, 0x3df),
    (0x3f0, 0x3ff),
    (0x170, 0x177),
    (0x2e8, 0x2ff),
    (0x378, 0x37a),
    (0x3e8, 0x3ef),
    (0x4d0, 0x4d1),
    (0x510, 0x511),
];
/// The request registers of the DMA controllers: what software asks for there is up to 64 KiB at once, which costs as
/// much as ten thousand other accesses.
const SOFTWARE_REQUESTS: [u16; 3] = [0x09, 0xd2, 0xd3];
/// First bytes of floppy commands that look at the medium or move the head.
const FLOPPY_COMMANDS: [u8; 14] = [0xe6, 0xc5, 0x66, 0x45, 0x42, 0x4d, 0x4a, 0x4c, 0xc9, 0x56, 0x51, 0xd9, 0x0f, 0x07];
const ATA_COMMANDS: [u8; 12] = [0x20, 0x30, 0xc4, 0xc5, 0xc6, 0xec, 0x22, 0x32, 0x50, 0x91, 0xe8, 0xe4];

/// The storm.
#[derive(Default)]
pub struct Storm {
    /// The disk that was taken out of drive A.
    spare: Option<Box<dyn Disk>>,
}

/// Random numbers, whatever gives them.
struct Random<'a>(&'a mut dyn FnMut() -> u64);

impl Random<'_> {
    fn below(&mut self, limit: u64) -> u64 {
        (self.0)() % limit.max(1)
    }

    fn byte(&mut self) -> u8 {
        self.below(256) as u8
    }

    fn one_of<T: Copy>(&mut self, all: &[T], otherwise: T) -> T {
        all.get(self.below(all.len() as u64) as usize).copied().unwrap_or(otherwise)
    }

    /// A port: one in sixteen is any of all 65,536.
    fn port(&mut self) -> u16 {
        if self.below(16) == 0 {
            return self.below(0x1_0000) as u16;
        }
        let (first, last) = self.one_of(&CLAIMED, (0, 0xffff));
        let port = first + self.below(u64::from(last - first) + 1) as u16;
        if SOFTWARE_REQUESTS.contains(&port) && self.below(16) != 0 { 0x08 } else { port }
    }

    fn width(&mut self) -> Width {
        self.one_of(&[Width::Byte, Width::Word, Width::Dword], Width::Byte)
    }
}

/// Writes a byte to a port, as an instruction would.
fn out(machine: &mut Machine, port: u16, value: u8) {
    let at = machine.cpu.instructions();
    machine.board.port_write(&mut machine.mem, port, Width::Byte, u32::from(value), at);
}

impl Storm {
    /// One access or event, and a little time after it. What the machine gives away, and its input log, are forgotten.
    pub fn strike(&mut self, machine: &mut Machine, random: &mut dyn FnMut() -> u64) {
        let random = &mut Random(random);
        let at = machine.cpu.instructions();
        let (board, mem) = (&mut machine.board, &mut machine.mem);
        match random.below(256) {
            0..100 => _ = board.port_read(mem, random.port(), random.width(), at),
            100..220 => {
                let (port, width, value) = (random.port(), random.width(), random.below(1 << 32) as u32);
                board.port_write(mem, port, width, value & width.mask(), at);
            }
            220..235 => {
                let (address, width) = (0xa_0000 + random.below(0x1_fffc) as u32, random.width());
                board.mmio_write(mem, address, width, random.below(1 << 32) as u32, at);
                board.mmio_read(mem, address, width, at);
            }
            235..246 => _ = board.acknowledge_interrupt(mem, at),
            246 => board.numeric_error(mem, random.below(2) == 0, at),
            247..250 => command_floppy(machine, random),
            250..252 => command_ata(machine, random),
            252 => {
                let value = random.one_of(&[0x0c, 0x1c, 0x2d, 0x08], 0x1c);
                out(machine, 0x3f2, value);
            }
            253..255 => {
                if let Some(key) = Key::from_code(random.byte() % Key::COUNT as u8) {
                    machine.input(InputEvent::Key { key, down: random.below(2) == 0 });
                }
            }
            _ if random.below(64) == 0 => self.change_disk(machine),
            _ => {
                let (port, byte) = (random.byte() & 7, random.byte());
                machine.input(match random.below(8) {
                    0 => InputEvent::SerialCarrier { port, present: byte & 1 != 0 },
                    _ => InputEvent::Serial { port, byte },
                });
            }
        }
        pass(machine, random.below(50_000));
        machine.outputs().clear();
        machine.inputs.clear();
    }

    fn change_disk(&mut self, machine: &mut Machine) {
        let drive = DiskSlot(0);
        self.spare = match self.spare.take() {
            Some(disk) => machine.insert(drive, disk, 0).ok().flatten(),
            None => machine.eject(drive).ok().flatten(),
        };
    }
}

/// A command to the floppy controller, with its DMA channel programmed.
fn command_floppy(machine: &mut Machine, random: &mut Random<'_>) {
    let mode = random.one_of(&[0x46, 0x4a, 0x42, 0x56], 0x46);
    let count = random.below(0x2000) as u16;
    let [low, high] = count.to_le_bytes();
    let address = random.byte();
    for (port, value) in [
        (0xd0, 0x00),
        (0xd4, 0x00),
        (0x08, 0x00),
        (0x0c, 0x00),
        (0x0b, mode),
        (0x04, address),
        (0x04, address),
        (0x05, low),
        (0x05, high),
        (0x81, 0x08),
        (0x0a, 0x02),
        (0x3f7, random.below(4) as u8),
    ] {
        out(machine, port, value);
    }
    let first = random.one_of(&FLOPPY_COMMANDS, 0xe6);
    let head = random.below(2) as u8;
    let sector = 1 + random.below(19) as u8;
    for byte in [first, head << 2, random.below(4) as u8, head, sector, 2, 18, 0x1b, 0xff] {
        out(machine, 0x3f5, byte);
    }
}

/// A command to a hard disk, and words moved at its data port.
fn command_ata(machine: &mut Machine, random: &mut Random<'_>) {
    let base = random.one_of(&[0x1f0, 0x1f0, 0x170], 0x1f0);
    let registers =
        [1 + random.below(4) as u8, random.below(18) as u8, random.below(9) as u8, 0, 0xa0 | random.byte() & 0x43];
    for (port, value) in (base + 2..).zip(registers) {
        out(machine, port, value);
    }
    out(machine, base + 7, random.one_of(&ATA_COMMANDS, 0x20));
    pass(machine, 30_000);
    let at = machine.cpu.instructions();
    for _ in 0..random.below(600) {
        let (board, mem) = (&mut machine.board, &mut machine.mem);
        if random.below(2) == 0 {
            board.port_read(mem, base, Width::Word, at);
        } else {
            board.port_write(mem, base, Width::Word, 0x5a5a, at);
        }
    }
}

/// Lets guest time pass without the CPU, and forgets how long DMA would have held it.
fn pass(machine: &mut Machine, ticks: u64) {
    machine.board.cpu_held = 0;
    let now = machine.now() + ticks;
    let rate = machine.board.clock.rate();
    machine.board.clock.restart(now, machine.cpu.instructions(), rate);
    machine.board.serve_deadlines(now, &mut machine.mem);
}
