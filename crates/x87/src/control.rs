//! What the control word asks for, and the exceptions that answer.
//!
//! SPEC: SDM volume 1, 8.1.5 "x87 FPU control word" and 8.1.3 "x87 FPU status register".

use std::ops::{BitAnd, BitOr, BitOrAssign, Not};

beige_core::coded_enum! {
    /// Which coprocessor it is.
    pub enum Generation: "x87 generation" {
        /// 8087: knows unnormals, both infinities, an interrupt mask of its own.
        I8087 = 0,
        /// 80287: as the 8087, in protected mode too.
        I80287 = 1,
        /// 80387, 80486 and Pentium: IEEE 754, unnormals are invalid.
        I80387 = 2,
        /// Pentium Pro and later: adds FCMOV and FCOMI.
        P6 = 3,
    }
}

impl Generation {
    /// The 8087 and the 80287, which came before IEEE 754: unnormals are numbers, every NaN is invalid.
    #[must_use]
    pub fn is_early(self) -> bool {
        matches!(self, Generation::I8087 | Generation::I80287)
    }
}

/// Rounding control, bits 10 and 11 of the control word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To nearest, a tie to even.
    Nearest,
    /// Toward minus infinity.
    Down,
    /// Toward plus infinity.
    Up,
    /// Toward zero.
    Zero,
}

/// Precision control, bits 8 and 9 of the control word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 24 bits.
    Single,
    /// 53 bits.
    Double,
    /// 64 bits.
    Extended,
}

impl Precision {
    /// Bits of the significand, the integer bit included.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Precision::Single => 24,
            Precision::Double => 53,
            Precision::Extended => 64,
        }
    }
}

/// A set of exceptions, in the bits of the status word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exceptions(pub u16);

impl Exceptions {
    /// No exception.
    pub const NONE: Exceptions = Exceptions(0);
    /// Invalid operation.
    pub const IE: Exceptions = Exceptions(0x01);
    /// Denormal operand.
    pub const DE: Exceptions = Exceptions(0x02);
    /// Division by zero.
    pub const ZE: Exceptions = Exceptions(0x04);
    /// Overflow.
    pub const OE: Exceptions = Exceptions(0x08);
    /// Underflow.
    pub const UE: Exceptions = Exceptions(0x10);
    /// Inexact result (precision).
    pub const PE: Exceptions = Exceptions(0x20);
    /// Stack fault; stands beside IE.
    pub const SF: Exceptions = Exceptions(0x40);
    /// Not an exception: C1, the result was rounded away from zero (or, with SF, the stack overflowed).
    pub const C1: Exceptions = Exceptions(0x200);
    /// The six exceptions that have a mask.
    pub const ALL: Exceptions = Exceptions(0x3f);

    /// Whether all of `other` are in this set.
    #[must_use]
    pub const fn contains(self, other: Exceptions) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether one of `other` is in this set.
    #[must_use]
    pub const fn intersects(self, other: Exceptions) -> bool {
        self.0 & other.0 != 0
    }

    /// This set when `condition` holds, none otherwise.
    #[must_use]
    pub const fn when(self, condition: bool) -> Exceptions {
        if condition { self } else { Exceptions::NONE }
    }
}

impl BitOr for Exceptions {
    type Output = Exceptions;
    fn bitor(self, other: Exceptions) -> Exceptions {
        Exceptions(self.0 | other.0)
    }
}

impl BitOrAssign for Exceptions {
    fn bitor_assign(&mut self, other: Exceptions) {
        self.0 |= other.0;
    }
}

impl BitAnd for Exceptions {
    type Output = Exceptions;
    fn bitand(self, other: Exceptions) -> Exceptions {
        Exceptions(self.0 & other.0)
    }
}

impl Not for Exceptions {
    type Output = Exceptions;
    fn not(self) -> Exceptions {
        Exceptions(!self.0)
    }
}

/// The control word, as arithmetic asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control {
    /// How to round.
    pub rounding: Rounding,
    /// To how many bits add, subtract, multiply, divide and square root round.
    pub precision: Precision,
    /// The exceptions that are masked.
    pub masks: Exceptions,
    /// One infinity without sign (8087 and 80287 with IC clear) instead of two.
    pub projective: bool,
    /// Whose rules hold for unnormals and NaNs.
    pub generation: Generation,
}

impl Control {
    /// What this control word means on this coprocessor.
    #[must_use]
    pub fn new(word: u16, generation: Generation) -> Control {
        Control {
            rounding: match word >> 10 & 3 {
                0 => Rounding::Nearest,
                1 => Rounding::Down,
                2 => Rounding::Up,
                _ => Rounding::Zero,
            },
            // QUIRK: the reserved value 01 is taken for 64 bits, as on current processors.
            precision: match word >> 8 & 3 {
                0 => Precision::Single,
                2 => Precision::Double,
                _ => Precision::Extended,
            },
            masks: Exceptions(word) & Exceptions::ALL,
            projective: generation.is_early() && word & 0x1000 == 0,
            generation,
        }
    }

    /// The same with 64 bits of precision, for instructions that precision control does not reach.
    #[must_use]
    pub fn extended(self) -> Control {
        Control { precision: Precision::Extended, ..self }
    }

    /// Whether one of these exceptions is not masked.
    #[must_use]
    pub fn is_unmasked(&self, raised: Exceptions) -> bool {
        (raised & Exceptions::ALL & !self.masks) != Exceptions::NONE
    }
}
