//! Where the CPU that was recorded differs from the Intel part that Beige is: rules by which a difference is accepted.
//!
//! A rule names an instruction, a condition on its operands and the fields that may differ, with the manual's words. It
//! never names a test. The runner counts what it accepts apart, and a suite of which more than [`MOST`] of a test in a
//! thousand is accepted fails.

use crate::case::{Registers, Test};
use crate::select::Opcode;
use crate::verdict::{Difference, Field};
use beige_cpu::Model;

/// Of a thousand tests of a suite, as many may be accepted.
pub const MOST: u64 = 5;

/// What a rule may look at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The model that the test runs on.
    pub model: Model,
    /// The bytes of the instruction, with prefixes.
    pub bytes: &'a [u8],
    /// Its opcode, with the reg field of the byte behind it.
    pub opcode: &'a Opcode,
    /// The registers before.
    pub before: &'a Registers,
    /// The x87 before, as FNSAVE stores it.
    pub fpu: Option<&'a [u8; 108]>,
    /// The instruction raised an exception on the CPU that was recorded.
    pub raised: bool,
}

/// One difference between the recorded CPU and the Intel part.
#[derive(Debug)]
pub struct Rule {
    /// The instruction, for reports.
    pub instruction: &'static str,
    /// When the rule holds, by decoded facts.
    pub condition: fn(&Facts<'_>) -> bool,
    /// The fields that may differ then.
    pub field: fn(&Difference) -> bool,
    /// What the manual of the Intel part says, with its place.
    pub words: &'static str,
}

/// The rules.
pub static RULES: &[Rule] = &[Rule {
    instruction: "REP CMPS, REP SCAS",
    condition: |facts| {
        let is_comparison = matches!(facts.opcode.bytes[..], [0xa6 | 0xa7 | 0xae | 0xaf]);
        let is_repeated = facts.bytes.iter().any(|byte| matches!(byte, 0xf2 | 0xf3));
        facts.raised && is_comparison && is_repeated && facts.model >= Model::I80486
    },
    field: |difference| flags_only(difference, ARITHMETIC),
    words: "SDM volume 2, REP: when a page fault occurs during CMPS or SCAS instructions that are prefixed with REPNE, the \
            EFLAGS value is restored to the state prior to the execution of the instruction. The AMD processor that was \
            recorded leaves the flags of the last comparison.",
}];

/// CF, PF, AF, ZF, SF and OF.
const ARITHMETIC: u32 = 0x8d5;

/// The first rules that together cover every difference of a test; `None` when one is left over.
#[must_use]
pub fn accepting(
    rules: &'static [Rule],
    model: Model,
    test: &Test,
    differences: &[Difference],
) -> Option<Vec<&'static Rule>> {
    let opcode = Opcode::from_instruction(&test.bytes)?;
    let facts = Facts {
        model,
        bytes: &test.bytes,
        opcode: &opcode,
        before: &test.before.registers,
        fpu: test.before.fpu.as_deref(),
        raised: test.exception.is_some(),
    };
    let holding: Vec<&Rule> = rules.iter().filter(|rule| (rule.condition)(&facts)).collect();
    let covering = |difference: &Difference| holding.iter().copied().find(|rule| (rule.field)(difference));
    differences.iter().map(covering).collect()
}

/// Whether a difference is one of flags of the register only.
#[must_use]
pub fn flags_only(difference: &Difference, flags: u32) -> bool {
    let is_flags = matches!(difference.field, Field::Register { number: crate::case::register::EFLAGS, .. });
    let differing = difference.expected.unwrap_or_default() ^ difference.got.unwrap_or_default();
    is_flags && differing & difference.defined & !u128::from(flags) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::register;

    static SAMPLE: &[Rule] = &[Rule {
        instruction: "MUL r/m8",
        condition: |facts| facts.opcode.bytes == [0xf6] && facts.opcode.extension == Some(4),
        field: |difference| flags_only(difference, 0x40),
        words: "ZF is undefined",
    }];

    fn differing(number: usize, bits: u128) -> Difference {
        let field = Field::Register { number, wide: true };
        Difference { field, initial: None, expected: Some(0), got: Some(bits), defined: u128::MAX }
    }

    #[test]
    fn a_rule_accepts_its_instruction_and_fields_only() {
        let accepts = |bytes: &[u8], differences: &[Difference]| {
            let test = Test { bytes: bytes.to_vec(), ..Test::default() };
            accepting(SAMPLE, Model::I80486, &test, differences).is_some()
        };
        let zf = differing(register::EFLAGS, 0x40);
        assert!(accepts(&[0xf6, 0xe3], &[zf]));
        assert!(!accepts(&[0xf6, 0xeb], &[zf]));
        assert!(!accepts(&[0xf6, 0xe3], &[differing(register::EFLAGS, 0x41)]));
        assert!(!accepts(&[0xf6, 0xe3], &[zf, differing(register::EAX, 0x40)]));
    }

    #[test]
    fn flags_are_accepted_where_a_repeated_comparison_faults_and_nowhere_else() {
        let accepts = |bytes: &[u8], raised: bool, bits: u128| {
            let exception = raised.then(Default::default);
            let test = Test { bytes: bytes.to_vec(), exception, ..Test::default() };
            accepting(RULES, Model::I80486, &test, &[differing(register::EFLAGS, bits)]).is_some()
        };
        assert!(accepts(&[0xf3, 0xa6], true, 0x8d5));
        assert!(accepts(&[0xf2, 0x66, 0xaf], true, 0x44));
        assert!(!accepts(&[0xf3, 0xa6], false, 0x44));
        assert!(!accepts(&[0xa6], true, 0x44));
        assert!(!accepts(&[0xf3, 0xa4], true, 0x44));
        assert!(!accepts(&[0xf3, 0xa6], true, 0x400));
    }

    #[test]
    fn every_rule_gives_the_words_of_a_manual() {
        for rule in RULES {
            assert!(rule.words.len() > 20, "{}", rule.instruction);
        }
    }
}
