//! What the guest's programs asked of BIOS and DOS lately, kept beside the machine: nothing depends on it.

use beige_cpu::{Memory, Registers};
use std::collections::VecDeque;
use std::fmt;

/// Code from here on is firmware: option ROMs and BIOS.
pub(super) const ROM_SEGMENT: u16 = 0xc000;
/// How many calls are kept.
const KEPT: usize = 32;
/// The services of BIOS and DOS that programs call; not the hooks that both call themselves.
const SERVICES: [u8; 11] = [0x10, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x21, 0x25];
/// Where the BIOS keeps how the last call for a floppy and for a hard disk ended.
const FLOPPY_STATUS_ADDRESS: u32 = 0x441;
const DISK_STATUS_ADDRESS: u32 = 0x474;
const KEYBOARD: u8 = 0x16;
const DISK: u8 = 0x13;
const SERIAL: u8 = 0x14;
const CLOCK: u8 = 0x1a;
const DOS: u8 = 0x21;
const HARD_DISK: u8 = 0x80;

/// A call of BIOS or DOS by a program: the registers that name what is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceCall {
    /// Instructions done before the call.
    pub instruction: u64,
    /// The interrupt.
    pub number: u8,
    /// Where the INT instruction stands.
    pub cs: u16,
    /// Its offset.
    pub ip: u32,
    /// AX: AH is the function.
    pub ax: u16,
    /// CX.
    pub cx: u16,
    /// DX.
    pub dx: u16,
    /// How the disk call before this one had ended: the BIOS's status byte, of the kind of drive in DL.
    pub disk_status: u8,
}

impl ServiceCall {
    /// AH.
    #[must_use]
    pub fn function(&self) -> u8 {
        (self.ax >> 8) as u8
    }

    /// DL of a disk call.
    pub(super) fn drive(&self) -> u8 {
        self.dx as u8
    }

    /// Whether it waits until a key is pressed.
    pub(super) fn awaits_key(&self) -> bool {
        self.number == KEYBOARD && matches!(self.function(), 0x00 | 0x10 | 0x20)
    }

    /// Whether it looks for a key and comes back.
    pub(super) fn looks_for_key(&self) -> bool {
        self.number == KEYBOARD && matches!(self.function(), 0x01 | 0x11 | 0x21)
    }

    /// Whether it asks DOS for a key or a line.
    pub(super) fn awaits_input(&self) -> bool {
        self.number == DOS && matches!(self.function(), 0x01 | 0x07 | 0x08 | 0x0a | 0x0c)
    }

    /// Whether it reads the tick count.
    pub(super) fn reads_clock(&self) -> bool {
        self.number == CLOCK && self.function() == 0
    }

    /// Whether it looks at a serial port.
    pub(super) fn asks_serial(&self) -> bool {
        self.number == SERIAL && matches!(self.function(), 2 | 3)
    }

    /// Whether it moves sectors.
    pub(super) fn moves_sectors(&self) -> bool {
        self.number == DISK && matches!(self.function(), 0x02..=0x05 | 0x0a..=0x0c | 0x42..=0x44 | 0x47)
    }

    fn wants_the_same(&self, other: &ServiceCall) -> bool {
        (self.number, self.ax, self.cx, self.dx) == (other.number, other.ax, other.cx, other.dx)
    }
}

impl fmt::Display for ServiceCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ServiceCall { number, cs, ip, .. } = self;
        write!(f, "INT {number:02X}h AH={:02X}h at {cs:04X}:{ip:04X}", self.function())
    }
}

/// How the last call for a drive like this one, by its DL, ended.
pub(super) fn disk_status(mem: &Memory, drive: u8) -> u8 {
    let mut status = [0];
    mem.read_phys(if drive >= HARD_DISK { DISK_STATUS_ADDRESS } else { FLOPPY_STATUS_ADDRESS }, &mut status);
    status[0]
}

/// The last calls, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Calls(VecDeque<ServiceCall>);

impl Calls {
    /// A program executes INT. What the firmware calls itself is not kept.
    pub(crate) fn record(&mut self, mem: &Memory, number: u8, registers: &Registers, instruction: u64) {
        if registers.cs() >= ROM_SEGMENT || !SERVICES.contains(&number) {
            return;
        }
        let dx = registers.reg16(2);
        let call = ServiceCall {
            instruction,
            number,
            cs: registers.cs(),
            ip: registers.eip(),
            ax: registers.reg16(0),
            cx: registers.reg16(1),
            dx,
            disk_status: disk_status(mem, dx as u8),
        };
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(call);
    }

    pub(super) fn last(&self) -> Option<&ServiceCall> {
        self.0.back()
    }

    /// The newest disk call.
    pub(super) fn last_disk_call(&self) -> Option<&ServiceCall> {
        self.0.iter().rev().find(|call| call.number == DISK)
    }

    /// Calls from `instruction` on.
    pub(super) fn since(&self, instruction: u64) -> impl Iterator<Item = &ServiceCall> {
        self.0.iter().filter(move |call| call.instruction >= instruction)
    }

    /// The disk call that is tried again and again, and how it ended the last time: the newest call that moves sectors,
    /// when the same was wanted before and failed. Resets of the drive in between do not count.
    pub(super) fn retried(&self) -> Option<(ServiceCall, u8)> {
        let disk: Vec<&ServiceCall> = self.0.iter().rev().take_while(|call| call.number == DISK).collect();
        let newest = disk.iter().find(|call| call.moves_sectors())?;
        let tries = disk.iter().filter(|call| call.wants_the_same(newest)).count();
        let failed = disk.iter().map(|call| call.disk_status).find(|status| *status != 0)?;
        (tries >= 3).then_some((**newest, failed))
    }
}
