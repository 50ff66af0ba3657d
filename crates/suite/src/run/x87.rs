//! The x87 of a test: loaded and stored as FRSTOR and FNSAVE do, and compared where the manual defines it.
//!
//! A test was recorded as FRSTOR, the instruction, FNSAVE, many in one process. An #MF of the instruction leaves its error
//! waiting, and FRSTOR is an instruction that waits for errors, so the #MF of the next test is that of its FRSTOR, and so
//! on. Such a test says #MF though nothing waits in its own image; it tells of FRSTOR and nothing of its instruction,
//! which never ran. Here too FRSTOR meets an error then; the test is counted as unexecuted.
//!
//! SPEC: SDM volume 1, 8.1.3 "x87 FPU Status Register" and the pages of the instructions in volume 2, "FPU Flags
//! Affected", tell which of C0 to C3 an instruction defines.

use super::Runner;
use crate::case::{FPU_IMAGE_BYTES, Test};
use crate::select::Opcode;
use crate::verdict::{Difference, Field, Verdict};
use beige_cpu::x87::{Context, Escape, Layout};

type Image = [u8; FPU_IMAGE_BYTES];

const C0: u16 = 0x0100;
const C1: u16 = 0x0200;
const C2: u16 = 0x0400;
const C3: u16 = 0x4000;
/// Precision exception.
const PE: u16 = 0x0020;
/// Error summary and busy, which follow from exceptions and masks.
const SUMMARY: u16 = 0x8080;
/// The six exceptions.
const EXCEPTIONS: u16 = 0x003f;

/// As both instructions lay the image out.
const CONTEXT: Context = Context { fip: 0, fcs: 0, fdp: 0, fds: 0, flags: 0, layout: Layout::Protected32 };
/// The vector of #MF.
const NUMERIC_ERROR: u8 = 16;

/// What a transcendental result may be off, in units of the last place.
const ULPS: u128 = 2;
/// Where the registers lie in an image.
const REGISTERS_AT: usize = 28;

/// What the manual says of the condition codes after an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Codes {
    /// All four are defined.
    All,
    /// C1 tells of rounding and stack faults, the others are undefined.
    Rounding,
    /// None is defined.
    Undefined,
    /// C2 is defined; the result is not exact, so C1 and PE are not compared.
    Range,
    /// As `Range`, without C2.
    Inexact,
}

/// What an instruction defines. Its result may be inexact in the registers ST and ST(1).
fn codes(bytes: &[u8]) -> Codes {
    let Some(Opcode { bytes: opcode, .. }) = Opcode::from_instruction(bytes) else { return Codes::All };
    let modrm = opcode.first().and_then(|first| {
        let place = bytes.iter().position(|byte| byte == first)?;
        Some((*first, *bytes.get(place + 1)?))
    });
    match modrm {
        // FCOM, FCOMP, FICOM and FICOMP of memory; FLDENV, FRSTOR, FNSAVE.
        Some((0xd8 | 0xda | 0xdc | 0xde, 0x10..=0x1f | 0x50..=0x5f | 0x90..=0x9f)) => Codes::All,
        Some((0xd9 | 0xdd, 0x20..=0x27 | 0x60..=0x67 | 0xa0..=0xa7)) => Codes::All,
        Some((0xdd, 0x30..=0x37 | 0x70..=0x77 | 0xb0..=0xb7)) => Codes::All,
        // FLDCW, FNSTENV, FNSTCW, FNSTSW.
        Some((0xd9, 0x28..=0x3f | 0x68..=0x7f | 0xa8..=0xbf)) => Codes::Undefined,
        Some((0xdd, 0x38..=0x3f | 0x78..=0x7f | 0xb8..=0xbf)) => Codes::Undefined,
        // FCOM and FCOMP with their aliases, FCOMPP, FUCOM, FUCOMP, FUCOMPP.
        Some((0xd8 | 0xdc, 0xd0..=0xdf) | (0xde, 0xd0..=0xd7 | 0xd9) | (0xdd, 0xe0..=0xef) | (0xda, 0xe9)) => {
            Codes::All
        }
        // FTST, FXAM, FPREM, FPREM1, FNINIT.
        Some((0xd9, 0xe4 | 0xe5 | 0xf5 | 0xf8) | (0xdb, 0xe3)) => Codes::All,
        // FPTAN, FSINCOS, FSIN, FCOS.
        Some((0xd9, 0xf2 | 0xfb | 0xfe | 0xff)) => Codes::Range,
        // F2XM1, FYL2X, FPATAN, FYL2XP1.
        Some((0xd9, 0xf0 | 0xf1 | 0xf3 | 0xf9)) => Codes::Inexact,
        // FNOP, FNENI, FNDISI, FNCLEX, FNSETPM, FFREE, FFREEP, FNSTSW AX.
        Some((0xd9, 0xd0) | (0xdb, 0xe0..=0xe2 | 0xe4) | (0xdd | 0xdf, 0xc0..=0xc7) | (0xdf, 0xe0)) => Codes::Undefined,
        _ => Codes::Rounding,
    }
}

impl Codes {
    fn is_inexact(self) -> bool {
        matches!(self, Codes::Range | Codes::Inexact)
    }

    /// The bits of the status word to compare.
    fn defined(self) -> u16 {
        !match self {
            Codes::All => 0,
            Codes::Rounding => C0 | C2 | C3,
            Codes::Undefined => C0 | C1 | C2 | C3,
            Codes::Range => C0 | C1 | C3 | PE,
            Codes::Inexact => C0 | C1 | C2 | C3 | PE,
        }
    }
}

/// Whether the #MF of a test is that of the FRSTOR of its set-up.
pub(super) fn is_unexecuted(test: &Test) -> bool {
    let image = test.before.fpu.as_deref();
    let nothing_waits = image.is_some_and(|image| word(image, 4) & !word(image, 0) & EXCEPTIONS == 0);
    nothing_waits && test.exception.is_some_and(|exception| exception.number == NUMERIC_ERROR)
}

impl Runner {
    /// Loads the x87, as FRSTOR does.
    ///
    /// # Errors
    /// When the model has none.
    pub(super) fn load_fpu(&mut self, test: &Test) -> Result<(), String> {
        let Some(image) = test.before.fpu.as_deref() else { return Ok(()) };
        let fpu = self.cpu.fpu_mut().ok_or("the tests are of the x87, and this model has none")?;
        fpu.execute(Escape::new(0xdd, 0x25), &CONTEXT, image);
        Ok(())
    }

    /// FRSTOR with an error waiting; nothing else of the test happens.
    pub(super) fn run_unexecuted(&mut self, test: &Test) -> Verdict {
        let mut error = [0; FPU_IMAGE_BYTES];
        // An invalid operation that is not masked.
        (error[0], error[1], error[4]) = (0x40, 0x03, 0x01);
        if let Some(fpu) = self.cpu.fpu_mut() {
            fpu.execute(Escape::new(0xdd, 0x25), &CONTEXT, &error);
        }
        let got = self.enter_frstor();
        let mut verdict = Verdict { unexecuted: true, ..Verdict::default() };
        verdict.compare(Difference {
            field: Field::Exception,
            initial: None,
            expected: test.exception.map(|exception| exception.number.into()),
            got: got.map(|exception| exception.number.into()),
            defined: u128::MAX,
        });
        verdict
    }

    /// Compares the x87, when the test lists it.
    pub(super) fn compare_fpu(&self, verdict: &mut Verdict, test: &Test) {
        let (Some(before), Some(fpu)) = (test.before.fpu.as_deref(), self.cpu.fpu()) else { return };
        let expected = test.after.fpu.as_deref().unwrap_or(before);
        let mut got = [0; FPU_IMAGE_BYTES];
        fpu.clone().store(Escape::new(0xdd, 0x35), &CONTEXT, &mut got);
        let codes = codes(&test.bytes);
        let defined = codes.defined() & !unsummed(codes, word(expected, 0), [word(expected, 4), word(&got, 4)]);
        for (field, at, defined) in
            [(Field::FpuControl, 0, u16::MAX), (Field::FpuStatus, 4, defined), (Field::FpuTags, 8, u16::MAX)]
        {
            verdict.compare(Difference {
                field,
                initial: Some(word(before, at).into()),
                expected: Some((word(expected, at) & defined).into()),
                got: Some((word(&got, at) & defined).into()),
                defined: u128::MAX,
            });
        }
        for place in 0..8 {
            let (expected, got) = (register(expected, place), register(&got, place));
            if codes.is_inexact() && place < 2 && is_near(expected, got) {
                continue;
            }
            verdict.compare(Difference {
                field: Field::FpuRegister(place),
                initial: Some(register(before, place)),
                expected: Some(expected),
                got: Some(got),
                defined: u128::MAX,
            });
        }
    }
}

/// The summary bits, when they follow from nothing but a PE that is not compared.
fn unsummed(codes: Codes, control: u16, statuses: [u16; 2]) -> u16 {
    let others = statuses.map(|status| status & !control & EXCEPTIONS & !PE);
    if codes.is_inexact() && control & PE == 0 && others == [0, 0] { SUMMARY } else { 0 }
}

fn word(image: &Image, at: usize) -> u16 {
    image.get(at..).and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| u16::from_le_bytes(*bytes))
}

/// Sign and exponent above the significand.
fn register(image: &Image, place: u8) -> u128 {
    let at = REGISTERS_AT + usize::from(place) * 10;
    let bytes = image.get(at..at + 10).unwrap_or_default();
    bytes.iter().rev().fold(0, |value, byte| value << 8 | u128::from(*byte))
}

/// Whether two finite numbers of the same sign are a few units of the last place apart.
fn is_near(one: u128, two: u128) -> bool {
    const SIGN: u128 = 1 << 79;
    const EXPONENT: u128 = 0x7fff << 64;
    const INTEGER: u128 = 1 << 63;
    let is_finite = |value: u128| {
        let exponent = value & EXPONENT;
        exponent != EXPONENT && (exponent == 0 || value & INTEGER != 0)
    };
    // Numbers in their order: the integer bit says no more than that the exponent is not zero.
    let order = |value: u128| (value & EXPONENT) >> 1 | value & (INTEGER - 1);
    is_finite(one) && is_finite(two) && (one ^ two) & SIGN == 0 && order(one).abs_diff(order(two)) <= ULPS
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: u128 = 0x3fff_8000_0000_0000_0000;

    #[test]
    fn two_units_of_the_last_place_are_near_across_powers_of_two() {
        let below = 0x3ffe_ffff_ffff_ffff_ffff;
        assert!(is_near(ONE, ONE + 2) && is_near(ONE, below) && is_near(ONE + 1, below));
        assert!(!is_near(ONE, ONE + 3) && !is_near(ONE + 2, below) && !is_near(ONE, ONE | 1 << 79));
        let (smallest, largest_denormal) = (0x0001_8000_0000_0000_0000, 0x7fff_ffff_ffff_ffff);
        assert!(is_near(smallest, largest_denormal) && is_near(0, 2) && !is_near(0, 3));
    }

    #[test]
    fn infinities_and_nans_are_near_nothing() {
        let infinity = 0x7fff_8000_0000_0000_0000;
        assert!(!is_near(infinity, infinity + 1) && !is_near(infinity, infinity));
    }

    #[test]
    fn the_instruction_decides_which_condition_codes_count() {
        assert_eq!(codes(&[0xd8, 0x55, 0x10]), Codes::All);
        assert_eq!(codes(&[0x26, 0xd9, 0xf1]), Codes::Inexact);
        assert_eq!(codes(&[0xd9, 0xfe]), Codes::Range);
        assert_eq!(codes(&[0xd9, 0x7d, 0x10]), Codes::Undefined);
        assert_eq!(codes(&[0xdf, 0xe0]), Codes::Undefined);
        assert_eq!(codes(&[0xde, 0xc1]), Codes::Rounding);
        assert_eq!(codes(&[0xdb, 0xe3]), Codes::All);
    }

    #[test]
    fn a_summary_that_only_an_unmasked_pe_makes_does_not_count() {
        assert_eq!(unsummed(Codes::Inexact, 0x035f, [PE | SUMMARY, 0]), SUMMARY);
        assert_eq!(unsummed(Codes::Inexact, 0x037f, [PE, 0]), 0);
        assert_eq!(unsummed(Codes::Inexact, 0x0340, [PE | 1, 1]), 0);
        assert_eq!(unsummed(Codes::Rounding, 0x035f, [PE | SUMMARY, 0]), 0);
    }
}
