//! Who called: the interrupts that have not returned.
//!
//! The CPU tells of each INT and of each interrupt of a chip, not of returns. A call has returned when one of these holds,
//! and with it all that were made in it:
//! - its stack is used above where it was;
//! - what it pushed there, the frame of real mode, is no longer what it was; a handler may alter flags alone;
//! - code of RAM runs, and the handler is in ROM and called nobody in RAM;
//! - code of the same program, or of DOS where DOS called, runs, and neither its handler nor one called in it is of that
//!   program. In protected mode the same code segment stands for the same program.
//!
//! A handler that is a lone IRET is no call, and neither are the hooks by which a BIOS tells a multitasker that it waits
//! and that an interrupt came (INT 15h AH=90h and 91h). What a virtual-8086 monitor does in between is part of the call.

use super::programs::{Owner, Programs};
use beige_cpu::{Memory, Registers, flag};
use std::fmt;

/// How many calls are remembered at most. More are only seen by their code.
const DEPTH_MAX: usize = 32;
/// An INT instruction has at most so many bytes.
const INSTRUCTION_MAX: u16 = 15;
/// What stays of the flags in a frame: TF, DF, NT and the bits that are none. A handler gives back the others, and
/// monitors of virtual-8086 mode have their own IF and IOPL.
const LASTING: u16 = 0xc52a;
const CR0_PE: u32 = 1;
const SS: u8 = 2;
const SP: u8 = 4;
const DOS: u8 = 0x21;
const DOS_EXEC: u8 = 0x4b;
const SYSTEM: u8 = 0x15;
const WAIT_AND_POST: [u8; 2] = [0x90, 0x91];
const IRET: u8 = 0xcf;
/// How many code segments are kept in mind.
const KNOWN_MAX: usize = 32;
/// Interrupts whose AH says nothing: hooks, and services with one function.
const WITHOUT_FUNCTION: [u8; 17] =
    [0x05, 0x08, 0x09, 0x11, 0x12, 0x18, 0x19, 0x1b, 0x1c, 0x20, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29];

/// What addresses mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Real,
    Virtual,
    Protected,
}

impl Mode {
    pub(super) fn of(registers: &Registers) -> Mode {
        if registers.cr0() & CR0_PE == 0 {
            Mode::Real
        } else if registers.eflags() & flag::VM != 0 {
            Mode::Virtual
        } else {
            Mode::Protected
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Mode::Real => "real",
            Mode::Virtual => "V86",
            Mode::Protected => "protected",
        }
    }
}

/// A place in code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) cs: u16,
    pub(super) eip: u32,
    /// The linear address.
    pub(super) linear: u32,
}

impl Place {
    /// The instruction that comes next.
    pub(super) fn of(registers: &Registers) -> Place {
        let (cs, eip) = (registers.cs(), registers.eip());
        Place { cs, eip, linear: registers.cs_base().wrapping_add(eip) }
    }

    fn of_real_mode(cs: u16, ip: u16) -> Place {
        Place { cs, eip: ip.into(), linear: (u32::from(cs) << 4) + u32::from(ip) }
    }
}

/// What was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// INT, with AH.
    Software(u8, u8),
    /// The vector of a chip's interrupt.
    Hardware(u8),
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Call::Software(number, _) if WITHOUT_FUNCTION.contains(number) => write!(f, "INT {number:02X}h"),
            Call::Software(number, function) => write!(f, "INT {number:02X}h AH={function:02X}h"),
            Call::Hardware(vector) => write!(f, "interrupt {vector:02X}h"),
        }
    }
}

/// A call that has not returned, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) call: Call,
    /// The INT instruction, or where the interrupt came.
    pub(super) from: Place,
    is_protected: bool,
    /// The stack before the call.
    ss: u16,
    esp: u32,
    /// What it pushed, in real mode.
    flags: u16,
    /// Whose the code is that called, and the first of the handlers; nobody's in protected mode.
    caller: Group,
    handler: Option<Group>,
}

/// Code that belongs together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    /// By the segment of its PSP.
    Program(u16),
    /// By code segment: drivers are part of it, too.
    Dos(u16),
    Firmware,
    /// By its code segment, where nothing else is known.
    Segment(u16),
    /// The same in protected mode.
    Selector(u16),
}

impl Frame {
    /// Whether this is DOS running a program.
    pub(super) fn runs_program(&self) -> bool {
        self.call == Call::Software(DOS, DOS_EXEC)
    }

    fn is_live(&self, registers: &Registers, mem: &Memory) -> bool {
        let (ss, esp) = (registers.selector(SS), registers.reg32(SP));
        if (Mode::of(registers) == Mode::Protected) != self.is_protected {
            return true;
        }
        if self.is_protected {
            return ss != self.ss || esp < self.esp;
        }
        if ss == self.ss && top(esp as u16) >= top(self.esp as u16) {
            return false;
        }
        let [ip, cs, flags] = pushed(mem, self.ss, (self.esp as u16).wrapping_sub(6));
        let came_far = ip.wrapping_sub(self.from.eip as u16);
        let is_place = match self.call {
            Call::Software(..) => (1..=INSTRUCTION_MAX).contains(&came_far),
            Call::Hardware(_) => came_far == 0,
        };
        is_place && cs == self.from.cs && (flags ^ self.flags) & LASTING == 0
    }
}

/// A stack pointer as a height: at 0 the stack is empty, not full.
fn top(sp: u16) -> u32 {
    u32::from(sp.wrapping_sub(1)) + 1
}

/// IP, CS and flags on the stack.
fn pushed(mem: &Memory, ss: u16, sp: u16) -> [u16; 3] {
    [0, 2, 4].map(|offset| {
        let mut bytes = [0; 2];
        mem.read_phys((u32::from(ss) << 4) + u32::from(sp.wrapping_add(offset)), &mut bytes);
        u16::from_le_bytes(bytes)
    })
}

/// The calls that have not returned, outermost first.
#[derive(Debug, Default)]
pub(super) struct Callers {
    frames: Vec<Frame>,
    /// A chip's interrupt is being delivered.
    coming: Option<u8>,
    programs: Programs,
    /// Whose code segments are, found out since [`Callers::refresh`].
    known: Vec<(u16, Group)>,
}

impl Callers {
    /// Looks anew whose code is where. Once for each sample.
    pub(super) fn refresh(&mut self, mem: &Memory) {
        self.programs.refresh(mem);
        self.known.clear();
    }

    pub(super) fn programs(&self) -> &Programs {
        &self.programs
    }

    /// INT is about to be delivered.
    pub(super) fn calls(&mut self, mem: &Memory, number: u8, registers: &Registers) {
        self.forget_returned(mem, registers);
        let (from, is_protected) = (Place::of(registers), Mode::of(registers) == Mode::Protected);
        let handler = vector(mem, number);
        let function = (registers.reg16(0) >> 8) as u8;
        let is_hook = number == SYSTEM && WAIT_AND_POST.contains(&function);
        if is_hook || !is_protected && peek(mem, handler.linear) == IRET {
            return;
        }
        let (ss, esp) = (registers.selector(SS), registers.reg32(SP));
        let frame = Frame {
            call: Call::Software(number, function),
            from,
            is_protected,
            ss,
            esp,
            flags: registers.eflags() as u16,
            caller: self.group(mem, from, is_protected),
            handler: (!is_protected).then(|| self.group(mem, handler, false)),
        };
        self.push(frame);
    }

    /// A chip's interrupt of this vector is about to be delivered.
    pub(super) fn interrupt_comes(&mut self, vector: u8) {
        self.coming = Some(vector);
    }

    /// Whether an interrupt was about to be delivered when this was last looked at.
    pub(super) fn awaits_delivery(&self) -> bool {
        self.coming.is_some()
    }

    /// The interrupt, if one was about to be, has been delivered. In protected mode it is seen by its code alone: its
    /// frame may be on any stack.
    pub(super) fn interrupt_came(&mut self, mem: &Memory, registers: &Registers) {
        let Some(vector) = self.coming.take() else { return };
        if Mode::of(registers) != Mode::Real {
            return;
        }
        let (ss, sp) = (registers.selector(SS), registers.reg32(SP) as u16);
        let [ip, cs, flags] = pushed(mem, ss, sp);
        let (from, handler) = (Place::of_real_mode(cs, ip), Place::of(registers));
        let caller = self.group(mem, from, false);
        self.forget_left(caller, false);
        let frame = Frame {
            call: Call::Hardware(vector),
            from,
            is_protected: false,
            ss,
            esp: u32::from(sp.wrapping_add(6)),
            flags,
            caller,
            handler: Some(self.group(mem, handler, false)),
        };
        self.push(frame);
    }

    /// The calls that have not returned, with these registers.
    pub(super) fn live(&mut self, mem: &Memory, registers: &Registers) -> &[Frame] {
        self.forget_returned(mem, registers);
        &self.frames
    }

    fn forget_returned(&mut self, mem: &Memory, registers: &Registers) {
        if let Some(returned) = self.frames.iter().position(|frame| !frame.is_live(registers, mem)) {
            self.frames.truncate(returned);
        }
        if !self.frames.is_empty() {
            let is_protected = Mode::of(registers) == Mode::Protected;
            let present = self.group(mem, Place::of(registers), is_protected);
            self.forget_left(present, is_protected);
        }
    }

    /// Forgets the calls whose handlers do not lead to the code that runs.
    fn forget_left(&mut self, present: Group, is_protected: bool) {
        if present == Group::Firmware {
            return;
        }
        let in_rom = |frame: &Frame| !is_protected && frame.handler == Some(Group::Firmware);
        while self.frames.last().is_some_and(in_rom) {
            self.frames.pop();
        }
        let leads_here =
            self.frames.iter().rposition(|frame| frame.handler == Some(present)).map_or(0, |last| last + 1);
        if let Some(left) = self.frames.iter().skip(leads_here).position(|frame| frame.caller == present) {
            self.frames.truncate(leads_here + left);
        }
    }

    fn group(&mut self, mem: &Memory, place: Place, is_protected: bool) -> Group {
        if is_protected {
            return Group::Selector(place.cs);
        }
        if let Some((_, group)) = self.known.iter().find(|(cs, _)| *cs == place.cs) {
            return *group;
        }
        let group = match self.programs.owner(mem, place) {
            Owner::Program(_, psp) => Group::Program(psp),
            Owner::Dos => Group::Dos(place.cs),
            Owner::Firmware => Group::Firmware,
            Owner::Boot | Owner::Extended => Group::Segment(place.cs),
        };
        if self.known.len() >= KNOWN_MAX {
            self.known.clear();
        }
        self.known.push((place.cs, group));
        group
    }

    fn push(&mut self, frame: Frame) {
        if self.frames.len() < DEPTH_MAX {
            self.frames.push(frame);
        }
    }
}

/// Where an interrupt vector of real mode leads.
fn vector(mem: &Memory, number: u8) -> Place {
    let mut bytes = [0; 4];
    mem.read_phys(u32::from(number) * 4, &mut bytes);
    let [ip_low, ip_high, cs_low, cs_high] = bytes;
    Place::of_real_mode(u16::from_le_bytes([cs_low, cs_high]), u16::from_le_bytes([ip_low, ip_high]))
}

fn peek(mem: &Memory, address: u32) -> u8 {
    let mut byte = [0];
    mem.read_phys(address, &mut byte);
    byte[0]
}
