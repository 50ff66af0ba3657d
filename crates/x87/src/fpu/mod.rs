//! The unit: registers, stack, control and status, and how exceptions are answered.
//!
//! SPEC: SDM volume 1, 8.1 and 8.5 to 8.7.

mod binary;
mod escape;
mod execute;
mod fast;
mod image;
mod mmx;
mod state;
mod store;
mod transcendental;
mod unary;

use crate::{Control, Exceptions, F80, Generation};

pub use escape::{Escape, OperandSize, Transfer};
pub use fast::{Fast, Stored};
pub use image::Layout;

/// Condition codes and TOP in the status word.
mod status {
    pub(super) const C0: u32 = 0x0100;
    pub(super) const C1: u32 = 0x0200;
    pub(super) const C2: u32 = 0x0400;
    pub(super) const C3: u32 = 0x4000;
    /// The condition codes.
    pub(super) const CODES: u32 = C0 | C1 | C2 | C3;
    /// What the unit keeps of a status word: exceptions, stack fault, condition codes. TOP is kept apart, ES and B
    /// follow from exceptions and masks.
    pub(super) const KEPT: u32 = 0x007f | CODES;
    /// Error summary; the interrupt request of the 8087.
    pub(super) const ES: u32 = 0x0080;
    /// Busy.
    pub(super) const B: u32 = 0x8000;
}

/// The exceptions that have a mask, in control and status word.
const EXCEPTIONS: u32 = Exceptions::ALL.0 as u32;

/// Interrupt enable mask of the 8087, in the control word.
const CW_IEM: u32 = 0x0080;

/// What the CPU knows and the unit does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// Offset of the instruction.
    pub fip: u32,
    /// CS.
    pub fcs: u16,
    /// Offset of the memory operand.
    pub fdp: u32,
    /// Selector of the memory operand.
    pub fds: u16,
    /// EFLAGS, for FCMOV.
    pub flags: u32,
    /// How environment and state lie in memory.
    pub layout: Layout,
}

/// What an instruction gives the CPU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// ZF, PF and CF as FCOMI and kin set them, in the bits of EFLAGS; OF, SF and AF are cleared by these.
    pub flags: Option<u32>,
    /// AX, after FNSTSW AX.
    pub ax: Option<u16>,
    /// This generation has no such instruction: #UD.
    pub undefined: bool,
}

/// The floating-point unit.
///
/// ```
/// use beige_x87::{Context, Escape, Fpu, Generation};
/// let mut fpu = Fpu::new(Generation::I80387);
/// let context = Context::default();
/// fpu.execute(Escape::new(0xd9, 0xeb), &context, &[]); // FLDPI
/// fpu.execute(Escape::new(0xd8, 0x05), &context, &[0, 0, 0x80, 0x3f]); // FADD of a short real, 1
/// let mut sum = [0; 8];
/// assert!(fpu.store(Escape::new(0xdd, 0x1d), &context, &mut sum)); // FSTP to a long real
/// assert_eq!(u64::from_le_bytes(sum), 0x4010_90fd_aa22_168c); // 4.14159...
/// assert_eq!(fpu.status(), 0x0020); // inexact, rounded down
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fpu {
    /// Whose rules hold; wired.
    generation: Generation,
    /// Significands of the registers by number, not by place on the stack; power-on 0. They stand apart from the
    /// exponents so that a register moves as two words: the host stalls on a load of 16 bytes that were stored as 8 and 2.
    significands: [u64; 8],
    /// Signs and exponents of the registers; power-on 0.
    exponents: [u16; 8],
    /// A bit for each register that is empty; FNINIT: all. This and the next three are words of 32 bits for the same
    /// reason: compilers load narrow neighbours together.
    empty: u32,
    /// Number of the register that is ST; FNINIT: 0.
    top: u32,
    /// The control word; FNINIT: 037Fh, on 8087 and 80287 03FFh.
    control: u32,
    /// The bits `KEPT` of the status word; FNINIT: 0.
    status: u32,
    /// Where the last instruction and its operand were; FNINIT: 0.
    pointers: Pointers,
}

/// Instruction and data pointers, and the opcode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Pointers {
    fip: u32,
    fcs: u16,
    fdp: u32,
    fds: u16,
    opcode: u16,
}

impl Fpu {
    /// The unit after power-on.
    // UNVERIFIED: the registers hold +0 and the unit is as after FNINIT; the manuals leave a cold 80387 undefined.
    #[must_use]
    pub fn new(generation: Generation) -> Fpu {
        let mut fpu = Fpu {
            generation,
            significands: [0; 8],
            exponents: [0; 8],
            empty: 0,
            top: 0,
            control: 0,
            status: 0,
            pointers: Pointers::default(),
        };
        fpu.initialize();
        fpu
    }

    /// FNINIT. The registers keep what they hold, but are empty.
    pub fn initialize(&mut self) {
        self.set_control(if self.generation.is_early() { 0x03ff } else { 0x037f });
        (self.status, self.top, self.empty) = (0, 0, 0xff);
        self.pointers = Pointers::default();
    }

    /// Which coprocessor it is.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// The control word.
    #[must_use]
    pub fn control(&self) -> u16 {
        self.control as u16
    }

    /// The status word: exceptions, condition codes, TOP, error summary and busy.
    #[must_use]
    pub fn status(&self) -> u16 {
        let word = self.status | self.top << 11;
        let summary = match (self.is_summary(), self.generation.is_early()) {
            (false, _) => 0,
            // The busy bit of the early units says that they are computing, which no program sees here.
            (true, true) => status::ES,
            (true, false) => status::ES | status::B,
        };
        (word | summary) as u16
    }

    /// Whether an unmasked exception waits to be served. On the 8087 also IEM must be clear.
    #[must_use]
    pub fn error_pending(&self) -> bool {
        self.is_summary() && (self.generation != Generation::I8087 || self.control & CW_IEM == 0)
    }

    /// The register that stands so many places below the top of the stack, `None` when it is empty.
    #[must_use]
    pub fn stack(&self, place: u8) -> Option<F80> {
        (!self.is_empty(place)).then(|| self.st(place))
    }

    fn is_summary(&self) -> bool {
        self.status & !self.control & EXCEPTIONS != 0
    }

    /// Loads the control word, as far as this generation has its bits.
    fn set_control(&mut self, word: u16) {
        self.control = if self.generation.is_early() {
            // UNVERIFIED: the reserved bits 6 and, on the 80287, 7 keep what is loaded: FNINIT sets them.
            u32::from(word & 0x1fff)
        } else {
            u32::from(word & 0x1f3f | 0x40)
        };
    }

    fn set_status(&mut self, word: u16) {
        let word = u32::from(word);
        self.status = word & status::KEPT & !self.absent();
        self.top = word >> 11 & 7;
    }

    /// Bits of the status word that this generation lacks.
    fn absent(&self) -> u32 {
        if self.generation.is_early() { u32::from(Exceptions::SF.0) } else { 0 }
    }

    fn arithmetic_control(&self) -> Control {
        Control::new(self.control as u16, self.generation)
    }

    #[inline]
    fn index(&self, place: u8) -> usize {
        (self.top.wrapping_add(u32::from(place)) & 7) as usize
    }

    /// A register by its number, modulo 8.
    #[inline]
    fn register(&self, index: usize) -> F80 {
        F80 { sign_exponent: self.exponents[index & 7], significand: self.significands[index & 7] }
    }

    #[inline]
    fn set_register(&mut self, index: usize, value: F80) {
        self.significands[index & 7] = value.significand;
        self.exponents[index & 7] = value.sign_exponent;
    }

    /// What the register holds, empty or not.
    fn st(&self, place: u8) -> F80 {
        self.register(self.index(place))
    }

    fn is_empty(&self, place: u8) -> bool {
        self.empty >> self.index(place) & 1 != 0
    }

    fn set_st(&mut self, place: u8, value: F80) {
        let index = self.index(place);
        self.set_register(index, value);
        self.empty &= !(1 << index);
    }

    fn free(&mut self, place: u8) {
        self.empty |= 1 << self.index(place);
    }

    fn pop(&mut self) {
        self.free(0);
        self.top = self.top.wrapping_add(1) & 7;
    }

    /// C1 as roundings and stack faults set it. The early units give it no such meaning.
    fn set_c1(&mut self, on: bool) {
        if self.generation.is_early() {
            return;
        }
        self.status = self.status & !status::C1 | if on { status::C1 } else { 0 };
    }

    fn set_codes(&mut self, codes: u32) {
        self.status = self.status & !status::CODES | codes;
    }

    fn is_masked(&self, exceptions: Exceptions) -> bool {
        u32::from(exceptions.0) & !self.control & EXCEPTIONS == 0
    }

    /// Notes the exceptions of an operation and C1. Whether its result is to be kept: an unmasked invalid operation,
    /// denormal operand or division by zero leaves everything as it was.
    fn report(&mut self, raised: Exceptions) -> bool {
        let before = Exceptions::IE | Exceptions::DE | Exceptions::ZE;
        let kept = self.is_masked(raised & before);
        self.status |= u32::from(raised.0) & EXCEPTIONS;
        self.set_c1(kept && raised.contains(Exceptions::C1));
        kept
    }

    /// A register that should hold something is empty. Whether the masked response follows.
    fn stack_underflow(&mut self) -> bool {
        self.status |= u32::from((Exceptions::IE | Exceptions::SF).0) & !self.absent();
        self.set_c1(false);
        self.is_masked(Exceptions::IE)
    }

    /// A register that should be empty is not. Whether the masked response follows.
    fn stack_overflow(&mut self) -> bool {
        self.status |= u32::from((Exceptions::IE | Exceptions::SF).0) & !self.absent();
        self.set_c1(true);
        self.is_masked(Exceptions::IE)
    }

    /// Pushes a value that raised nothing unmasked. On a stack overflow the indefinite takes its place, if IE is masked.
    fn push(&mut self, value: F80) {
        if self.is_empty(7) {
            self.push_unchecked(value);
        } else if self.stack_overflow() {
            self.push_unchecked(F80::INDEFINITE);
        }
    }

    fn push_unchecked(&mut self, value: F80) {
        self.top = self.top.wrapping_sub(1) & 7;
        self.set_st(0, value);
    }
}
