//! Model-specific registers: what RDMSR, WRMSR, RDTSC and RDPMC reach.
//!
//! Sources: "Pentium Processor Family Developer's Manual" (241430) volume 3, 16.2 and 33.3, for the Pentium; "Intel
//! Architecture Software Developer's Manual" volume 3 (243192), chapters 9, 13, 15 and appendix B, for the Pentium II.
//!
//! The registers are there with their rules, and nothing behind them that a program could tell apart: no cache whose
//! kinds of memory MTRR and PAT would choose, no error that the banks of the machine check would report.
//!
//! Not modelled: events (the counters of RDPMC stand still unless written), and what the test registers of the Pentium
//! and DEBUGCTLMSR of the Pentium II switch on. They keep what is written.

use std::collections::BTreeMap;

use beige_core::{StateError, Visitor, VisitorExt};

use crate::Model;
use crate::model::feature;

/// Numbers of registers that instructions use.
pub(crate) mod number {
    /// CTR0 of the Pentium, PerfCtr0 of the Pentium II.
    pub(super) const COUNTERS: [u32; 2] = [0x12, 0xc1];
    /// The code segment of SYSENTER; the others follow it.
    pub(crate) const SYSENTER_CS: u32 = 0x174;
    pub(crate) const SYSENTER_ESP: u32 = 0x175;
    pub(crate) const SYSENTER_EIP: u32 = 0x176;
}

/// There is no such register, or it refuses this value: #GP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused;

/// How a register behaves.
#[derive(Clone, Copy)]
enum Rule {
    /// The time stamp counter.
    Tsc,
    /// Reads as this; what is written is lost.
    Constant(u64),
    /// Reads as this and refuses to be written.
    ReadOnly(u64),
    /// Can only be written, to no effect.
    WriteOnly,
    /// Keeps the bits of `mask` and loses the others.
    Keeps { mask: u64, reset: u64 },
    /// Keeps the bits of `mask` and refuses the others.
    Refuses { mask: u64 },
    /// An event counter of 40 bits, of which 32 can be written, with their sign.
    Counter,
    /// Refuses everything but zero.
    Zero,
    /// Eight memory types; UC- is one of them where `weak`.
    Types { weak: bool, reset: u64 },
    /// A memory type and more bits.
    Typed { mask: u64 },
}

const DWORD: u64 = 0xffff_ffff;
/// What an event counter holds.
const FORTY_BITS: u64 = 0xff_ffff_ffff;
/// The address bits from 4 KiB up to the 36 lines of the bus.
const ADDRESS: u64 = 0xf_ffff_f000;

const fn keeps(mask: u64) -> Rule {
    Rule::Keeps { mask, reset: 0 }
}

fn pentium_rule(number: u32) -> Option<Rule> {
    Some(match number {
        // Machine check address and type: no error was ever found.
        0x00 | 0x01 => Rule::Constant(0),
        // TR1, TR2 to TR7, TR9 to TR12.
        0x02 | 0x04..=0x09 | 0x0b..=0x0e => keeps(DWORD),
        0x10 => Rule::Tsc,
        // CESR: what CTR0 and CTR1 count.
        0x11 => keeps(0x03ff_03ff),
        0x12 | 0x13 => keeps(FORTY_BITS),
        _ => return None,
    })
}

fn pentium_ii_rule(number: u32) -> Option<Rule> {
    Some(match number {
        0x00 | 0x01 => Rule::Constant(0),
        0x10 => Rule::Tsc,
        // Platform ID.
        0x17 => Rule::ReadOnly(0),
        // APIC_BASE. DEVIATION: its enable bit stays 0, as there is no APIC; CPUID says so too.
        0x1b => Rule::Keeps { mask: ADDRESS, reset: 0xfee0_0100 },
        // EBL_CR_POWERON. UNVERIFIED: after reset its bits are those of the board; here they are 0.
        0x2a => keeps(0x0780_ffff),
        // TEST_CTL.
        0x33 => keeps(0xc000_0000),
        // BIOS_UPDT_TRIG: an update of the microcode is taken and changes nothing.
        0x79 => Rule::WriteOnly,
        // BBL_CR_D0 to D2 (the second-level cache), BIOS_SIGN (the revision of the microcode).
        0x88..=0x8b => keeps(u64::MAX),
        0xc1 | 0xc2 => Rule::Counter,
        // MTRRcap: write combining, fixed ranges, eight variable ones.
        0xfe => Rule::ReadOnly(0x508),
        // BBL_CR_ADDR, DECC, CTL, TRIG, BUSY and CTL3: the second-level cache.
        0x116 => keeps(0xffff_fff8),
        0x118 => keeps(0xff),
        0x119 => keeps(0x003f_ffff),
        0x11a => Rule::WriteOnly,
        0x11b => Rule::Constant(0),
        0x11e => keeps(0x07ff_ffff),
        number::SYSENTER_CS | number::SYSENTER_ESP | number::SYSENTER_EIP => keeps(DWORD),
        // MCG_CAP: five banks, and MCG_CTL. Then MCG_STATUS and MCG_CTL.
        0x179 => Rule::ReadOnly(0x105),
        0x17a => keeps(7),
        0x17b => keeps(u64::MAX),
        // PerfEvtSel0 and PerfEvtSel1.
        0x186 | 0x187 => keeps(0xffdf_ffff),
        // DEBUGCTLMSR, then the four of the last branch and interrupt, and ROB_CR_BKUPTMPDR6.
        0x1d9 => keeps(0x7f),
        0x1db..=0x1de => Rule::ReadOnly(0),
        0x1e0 => Rule::Keeps { mask: 4, reset: 4 },
        // MTRRphysBase and MTRRphysMask in turn.
        0x200..=0x20f if number.is_multiple_of(2) => Rule::Typed { mask: ADDRESS },
        0x200..=0x20f => Rule::Refuses { mask: ADDRESS | 0x800 },
        // The fixed MTRRs: eight ranges each, of 64, 16 and 4 KiB.
        0x250 | 0x258 | 0x259 | 0x268..=0x26f => Rule::Types { weak: false, reset: 0 },
        // PAT: write back, write through, UC-, uncached, twice.
        0x277 => Rule::Types { weak: true, reset: 0x0007_0406_0007_0406 },
        // MTRRdefType.
        0x2ff => Rule::Typed { mask: 0xc00 },
        // CTL, STATUS and ADDR of five banks, the last word of each is in none of them.
        0x400..=0x412 if number.is_multiple_of(4) => keeps(u64::MAX),
        0x400..=0x412 if number % 4 != 3 => Rule::Zero,
        _ => return None,
    })
}

fn rule(model: Model, number: u32) -> Option<Rule> {
    match model {
        Model::Pentium | Model::PentiumMmx => pentium_rule(number),
        Model::PentiumII => pentium_ii_rule(number),
        _ => None,
    }
}

impl Rule {
    /// The value after reset of a register that keeps what is written.
    fn reset(self) -> u64 {
        match self {
            Rule::Keeps { reset, .. } | Rule::Types { reset, .. } => reset,
            _ => 0,
        }
    }

    /// What a register that keeps what is written then holds; `None` when nothing is to be kept.
    fn take(self, value: u64) -> Result<Option<u64>, Refused> {
        let is_type = |byte: u64| matches!(byte, 0 | 1 | 4..=6);
        let kept = match self {
            Rule::ReadOnly(_) => return Err(Refused),
            Rule::Tsc | Rule::Constant(_) | Rule::WriteOnly => return Ok(None),
            Rule::Keeps { mask, reset } => Ok(value & mask | reset & !mask),
            Rule::Refuses { mask } => (value & !mask == 0).then_some(value).ok_or(Refused),
            Rule::Counter => Ok(value as i32 as i64 as u64 & FORTY_BITS),
            Rule::Zero => (value == 0).then_some(0).ok_or(Refused),
            Rule::Types { weak, .. } => {
                let known = value.to_le_bytes().into_iter().all(|byte| is_type(byte.into()) || weak && byte == 7);
                known.then_some(value).ok_or(Refused)
            }
            Rule::Typed { mask } => {
                (is_type(value & 0xff) && value & !(mask | 0xff) == 0).then_some(value).ok_or(Refused)
            }
        };
        kept.map(Some)
    }
}

/// The model-specific registers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ModelSpecific {
    /// The time stamp counter less the CPU's own clocks; reset so that the counter is 0.
    tsc_offset: u64,
    /// By number, what differs from the value after reset.
    changed: BTreeMap<u32, u64>,
}

/// The length of an entry of `changed` in a state.
const ENTRY_BYTES: usize = 12;

impl ModelSpecific {
    /// The registers after a reset when the CPU has done so many clocks.
    pub(crate) fn new(clocks: u64) -> ModelSpecific {
        ModelSpecific { tsc_offset: clocks.wrapping_neg(), changed: BTreeMap::new() }
    }

    /// The time stamp counter when the CPU has done so many clocks.
    pub(crate) fn time_stamp(&self, clocks: u64) -> u64 {
        clocks.wrapping_add(self.tsc_offset)
    }

    /// A register that keeps what is written, by its number; 0 where there is none.
    pub(crate) fn kept(&self, number: u32) -> u64 {
        self.changed.get(&number).copied().unwrap_or(0)
    }

    /// RDMSR when the CPU has done so many clocks.
    pub(crate) fn read(&self, model: Model, number: u32, clocks: u64) -> Result<u64, Refused> {
        let rule = rule(model, number).ok_or(Refused)?;
        match rule {
            Rule::Tsc => Ok(self.time_stamp(clocks)),
            Rule::Constant(value) | Rule::ReadOnly(value) => Ok(value),
            Rule::WriteOnly => Err(Refused),
            _ => Ok(self.changed.get(&number).copied().unwrap_or(rule.reset())),
        }
    }

    /// WRMSR when the CPU has done so many clocks.
    pub(crate) fn write(&mut self, model: Model, number: u32, value: u64, clocks: u64) -> Result<(), Refused> {
        let rule = rule(model, number).ok_or(Refused)?;
        if matches!(rule, Rule::Tsc) {
            // SPEC: SDM vol. 3 (243192) 15.7: the P6 family clears the high half.
            let value = if model == Model::PentiumII { value & DWORD } else { value };
            self.tsc_offset = value.wrapping_sub(clocks);
        }
        match rule.take(value)? {
            Some(kept) if kept == rule.reset() => {
                self.changed.remove(&number);
            }
            Some(kept) => {
                self.changed.insert(number, kept);
            }
            None => {}
        }
        Ok(())
    }

    /// RDPMC: an event counter.
    pub(crate) fn event_counter(&self, model: Model, number: u32) -> Result<u64, Refused> {
        if number > 1 {
            return Err(Refused);
        }
        Ok(self.kept(number::COUNTERS[usize::from(model == Model::PentiumII)] + number))
    }

    /// Saves, loads or hashes the registers, into the section that is open.
    pub(crate) fn visit(&mut self, v: &mut dyn Visitor) {
        let ModelSpecific { tsc_offset, changed } = self;
        v.u64(120, tsc_offset);
        let entries = changed.iter().flat_map(|(number, value)| {
            let (number, value) = (number.to_le_bytes(), value.to_le_bytes());
            number.into_iter().chain(value)
        });
        let mut stored: Vec<u8> = entries.collect();
        v.blob(121, &mut stored, 256 * ENTRY_BYTES);
        if v.is_loading() {
            let (entries, rest) = stored.as_chunks::<ENTRY_BYTES>();
            let split = |entry: &[u8; ENTRY_BYTES]| {
                let [a, b, c, d, value @ ..] = *entry;
                (u32::from_le_bytes([a, b, c, d]), u64::from_le_bytes(value))
            };
            *changed = entries.iter().map(split).collect();
            if !rest.is_empty() || changed.len() != entries.len() {
                v.fail("the model-specific registers are not a list of numbers and values");
            }
        }
    }

    /// # Errors
    /// When a register cannot hold what it does.
    pub(crate) fn check(&self, model: Model) -> Result<(), StateError> {
        let possible = self.changed.iter().all(|(number, value)| {
            rule(model, *number).is_some_and(|rule| *value != rule.reset() && rule.take(*value) == Ok(Some(*value)))
        });
        if possible && (model.has(feature::TSC) || self.tsc_offset == 0) {
            return Ok(());
        }
        Err(StateError::invalid("cpu", "a model-specific register has a value that it cannot hold"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use beige_core::{StateReader, StateWriter};

    const WITH_MSR: [Model; 3] = [Model::Pentium, Model::PentiumMmx, Model::PentiumII];

    /// Every number up to 1FFFh that can be read or written.
    fn numbers(model: Model) -> Vec<u32> {
        (0..0x2000).filter(|number| rule(model, *number).is_some()).collect()
    }

    #[test]
    fn each_model_has_the_registers_of_its_manual_and_no_other() {
        let pentium: Vec<u32> = [0, 1, 2].into_iter().chain(4..=9).chain(0xb..=0xe).chain(0x10..=0x13).collect();
        assert_eq!(numbers(Model::Pentium), pentium);
        assert_eq!(numbers(Model::PentiumMmx), pentium);
        let pentium_ii: Vec<u32> = [0, 1, 0x10, 0x17, 0x1b, 0x2a, 0x33, 0x79]
            .into_iter()
            .chain(0x88..=0x8b)
            .chain([0xc1, 0xc2, 0xfe, 0x116, 0x118, 0x119, 0x11a, 0x11b, 0x11e, 0x174, 0x175, 0x176])
            .chain([0x179, 0x17a, 0x17b, 0x186, 0x187, 0x1d9, 0x1db, 0x1dc, 0x1dd, 0x1de, 0x1e0])
            .chain(0x200..=0x20f)
            .chain([0x250, 0x258, 0x259])
            .chain(0x268..=0x26f)
            .chain([0x277, 0x2ff])
            .chain((0..5).flat_map(|bank| 0x400 + 4 * bank..=0x402 + 4 * bank))
            .collect();
        assert_eq!(numbers(Model::PentiumII), pentium_ii);
        for model in [Model::I8086, Model::I80386, Model::I80486] {
            assert!(numbers(model).is_empty());
        }
    }

    #[test]
    fn what_a_register_keeps_is_possible_and_survives_saving() {
        for model in WITH_MSR {
            let mut registers = ModelSpecific::new(5);
            for number in numbers(model) {
                for value in [0, u64::MAX, 0x0606_0606_0606_0606, 0xfff_f006, 0xc06, 0x1234_5678_9abc_def0] {
                    let before = registers.clone();
                    if registers.write(model, number, value, 7) == Err(Refused) {
                        assert_eq!(registers, before, "{number:x}");
                    }
                    registers.check(model).unwrap();
                }
            }
            let mut writer = StateWriter::default();
            writer.section("cpu", 1);
            registers.visit(&mut writer);
            let data = writer.finish();
            let (mut loaded, mut reader) = (ModelSpecific::default(), StateReader::new(&data));
            reader.section("cpu", 1);
            loaded.visit(&mut reader);
            reader.finish().unwrap();
            assert_eq!(loaded, registers);
        }
    }

    #[test]
    fn the_time_stamp_counts_on_from_what_is_written() {
        for (model, written, expected) in
            [(Model::Pentium, 0x1_0000_0100, 0x1_0000_010a), (Model::PentiumII, 0x1_0000_0100, 0x10a)]
        {
            let mut registers = ModelSpecific::new(1000);
            assert_eq!(registers.time_stamp(1010), 10);
            registers.write(model, 0x10, written, 2000).unwrap();
            assert_eq!(registers.read(model, 0x10, 2010), Ok(expected));
        }
    }

    #[test]
    fn memory_types_that_do_not_exist_are_refused() {
        let mut registers = ModelSpecific::new(0);
        let mut write = |number, value| registers.write(Model::PentiumII, number, value, 0).is_ok();
        assert!(write(0x200, 0xe_0000_0006));
        for value in [2, 3, 7, 0x100, 0x10_0000_0000] {
            assert!(!write(0x200, value), "{value:x}");
        }
        assert!(write(0x201, 0xf_f800_0800));
        assert!(!write(0x201, 1));
        assert!(write(0x250, 0x0605_0401_0006_0606));
        assert!(!write(0x250, 0x0700_0000_0000_0000));
        assert!(write(0x277, 0x0700_0000_0000_0000));
        assert!(!write(0x277, 0x0200_0000_0000_0000));
        assert!(write(0x2ff, 0xc06));
        assert!(!write(0x2ff, 0x1006));
    }

    #[test]
    fn a_counter_of_the_pentium_ii_takes_32_bits_with_their_sign() {
        let mut registers = ModelSpecific::new(0);
        registers.write(Model::PentiumII, 0xc2, 0x8000_0001, 0).unwrap();
        assert_eq!(registers.event_counter(Model::PentiumII, 1), Ok(0xff_8000_0001));
        assert_eq!(registers.event_counter(Model::PentiumII, 0), Ok(0));
        assert_eq!(registers.event_counter(Model::PentiumII, 2), Err(Refused));
        registers.write(Model::PentiumMmx, 0x12, 0x12_3456_789a, 0).unwrap();
        assert_eq!(registers.event_counter(Model::PentiumMmx, 0), Ok(0x12_3456_789a));
    }

    #[test]
    fn a_value_that_no_write_leaves_is_not_valid() {
        let with = |number, value| ModelSpecific { tsc_offset: 0, changed: BTreeMap::from([(number, value)]) };
        assert!(with(0x174, 8).check(Model::PentiumII).is_ok());
        assert!(with(0x174, 8).check(Model::Pentium).is_err());
        assert!(with(0x174, 0).check(Model::PentiumII).is_err());
        assert!(with(0x17, 1).check(Model::PentiumII).is_err());
        assert!(with(0x401, 1).check(Model::PentiumII).is_err());
        assert!(ModelSpecific { tsc_offset: 1, ..ModelSpecific::default() }.check(Model::I80486).is_err());
    }
}
