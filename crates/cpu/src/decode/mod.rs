//! Decode: the only place that names iced-x86.
//!
//! Prefixes are taken off here, because their rules differ by model, and iced sees at most 66h and 67h before the
//! opcode. What an old CPU does with an opcode that iced does not know is in [`old`].

mod cache;
mod lower;
#[cfg(test)]
mod map;
mod old;
mod op;
mod prefix;

pub(crate) use cache::{DecodeCache, Live, live};
pub(crate) use op::{Address, Arithmetic, BitOp, Kind, NONE, Op, Operand, Repeat, StringOp};
pub(crate) use prefix::Prefixes;

use iced_x86::{
    Code, CpuidFeature, Decoder, DecoderError, DecoderOptions, Formatter, Instruction, InstructionInfoFactory,
    Mnemonic, NasmFormatter, OpAccess, Register,
};

use crate::disasm::DataAccess;
use crate::model::feature;
use crate::{Model, Registers, Width};

/// The bytes end before the instruction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Incomplete;

/// Decodes the instruction whose prefixes are `prefixes` and whose other bytes begin `rest`, in a 16-bit segment or a
/// `wide` one.
///
/// # Errors
/// When `rest` ends before the instruction.
pub(crate) fn decode(model: Model, wide: bool, prefixes: Prefixes, rest: &[u8]) -> Result<Op, Incomplete> {
    let mut bytes = [0_u8; 18];
    let mut kept = 0;
    let operand = prefixes.operand && !(model.has(feature::MMX) && ignores_operand_size(rest));
    for (present, byte) in [(operand, 0x66), (prefixes.address, 0x67)] {
        if present {
            bytes[kept] = byte;
            kept += 1;
        }
    }
    let count = rest.len().min(bytes.len() - kept);
    let end = kept + count;
    bytes[kept..end].copy_from_slice(&rest[..count]);
    let special = old::rewrite(model, &mut bytes[kept..end]);

    let mut decoder = Decoder::new(bits(wide), &bytes[..end], options(model));
    let instruction = decoder.decode();
    if instruction.is_invalid() && decoder.last_error() == DecoderError::NoMoreBytes {
        return Err(Incomplete);
    }
    let length = (instruction.len() - kept.min(instruction.len())) as u16;
    let kind = if instruction.is_invalid() || !is_known(model, &instruction) {
        Op::plain(if model == Model::I8086 { Kind::Nop } else { Kind::Undefined }, length)
    } else {
        lower::lower(&instruction, &prefixes.in_segment(wide))
    };
    let mut op = special.map_or(kind, |special| old::apply(special, kind));
    op.prefixes = prefixes.count;
    op.length = length.wrapping_add(prefixes.count);
    op.repeat = prefixes.repeat;
    if op.kind == Kind::Escape {
        op.width = Width::word_or_dword(prefixes.operand != wide);
        op.immediate =
            u32::from(rest.first().copied().unwrap_or(0)) << 8 | u32::from(rest.get(1).copied().unwrap_or(0));
    }
    if prefixes.lock && model >= Model::I80386 && !lower::is_lockable(&op) {
        op.kind = Kind::Undefined;
    }
    if model.traits().longest_instruction.is_some_and(|longest| u32::from(op.length) > longest) {
        op.kind = Kind::TooLong;
    }
    Ok(op)
}

/// Where in an instruction a constant lies: its first byte and its size; size 0 when there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Constants {
    pub(crate) displacement: (usize, usize),
    pub(crate) immediate: (usize, usize),
}

/// Where the constants of a valid instruction lie that begins with as many prefixes as [`decode`] was given; offsets
/// count from the byte after them.
pub(crate) fn constants(model: Model, wide: bool, prefixes: Prefixes, rest: &[u8]) -> Constants {
    let mut bytes = [0_u8; 18];
    let mut kept = 0;
    for (present, byte) in [(prefixes.operand, 0x66), (prefixes.address, 0x67)] {
        if present {
            bytes[kept] = byte;
            kept += 1;
        }
    }
    let count = rest.len().min(bytes.len() - kept);
    bytes[kept..kept + count].copy_from_slice(&rest[..count]);
    let mut decoder = Decoder::new(bits(wide), &bytes[..kept + count], options(model));
    let instruction = decoder.decode();
    let found = decoder.get_constant_offsets(&instruction);
    let from = |offset: usize, size: usize| (offset.saturating_sub(kept), size);
    Constants {
        displacement: from(found.displacement_offset(), found.displacement_size()),
        immediate: from(found.immediate_offset(), found.immediate_size()),
    }
}

/// MMX, FXSAVE and FXRSTOR. UNVERIFIED: the manuals reserve 66h before them, which came to mean SSE2; the chips are
/// taken to ignore it.
fn ignores_operand_size(bytes: &[u8]) -> bool {
    matches!(bytes, [0x0f, 0x60..=0x7f | 0xae | 0xd0..=0xff, ..])
}

/// The length and text of the instruction at `ip` that begins `bytes`, as the assembler would write it for the newest
/// model: prefixes and aliases of old ones show as iced reads them.
pub(crate) fn format(model: Model, wide: bool, bytes: &[u8], ip: u32) -> (usize, String) {
    let mut decoder = Decoder::with_ip(bits(wide), bytes, u64::from(ip), options(model));
    let instruction = decoder.decode();
    let mut text = String::new();
    NasmFormatter::new().format(&instruction, &mut text);
    (instruction.len().min(bytes.len()), text)
}

/// What the instruction that begins `bytes` reads and writes in memory, as iced knows it; its stack aside.
pub(crate) fn data_accesses(model: Model, bytes: &[u8], registers: &Registers) -> Vec<DataAccess> {
    let instruction = Decoder::new(bits(registers.wide_code()), bytes, options(model)).decode();
    let mut factory = InstructionInfoFactory::new();
    let used = factory.info(&instruction).used_memory().iter();
    let data = used.filter(|used| !(used.segment() == Register::SS && used.base().full_register() == Register::RSP));
    let accesses = data.filter_map(|used| {
        // With segment bases of 0 the address is the offset.
        let offset = used.virtual_address(0, |register, _, _| Some(register_value(registers, register)))? as u32;
        let wide = used.base().size() == 4 || used.index().size() == 4 || used.displacement() > 0xffff;
        let (reads, writes) = match used.access() {
            OpAccess::Read | OpAccess::CondRead => (true, false),
            OpAccess::Write | OpAccess::CondWrite => (false, true),
            OpAccess::ReadWrite | OpAccess::ReadCondWrite => (true, true),
            _ => return None,
        };
        let segment = used.segment().number() as u8;
        let offset = if wide { offset } else { offset & 0xffff };
        Some(DataAccess { selector: registers.selector(segment), offset, reads, writes })
    });
    accesses.collect()
}

fn bits(wide: bool) -> u32 {
    if wide { 32 } else { 16 }
}

fn register_value(registers: &Registers, register: Register) -> u64 {
    match register.size() {
        2 if register.is_segment_register() => 0,
        2 => registers.reg16(register.number() as u8).into(),
        4 => registers.reg32(register.number() as u8).into(),
        _ => registers.reg8(register.number() as u8).into(),
    }
}

fn options(model: Model) -> u32 {
    let common = DecoderOptions::NO_PAUSE
        | DecoderOptions::NO_MPFX_0FBC
        | DecoderOptions::NO_MPFX_0FBD
        | DecoderOptions::NO_WBNOINVD;
    // SPEC: the Pentium moved the test registers to RDMSR and WRMSR.
    let has_test_registers = matches!(model, Model::I80386 | Model::I80486);
    // QUIRK: the P6 takes 0F 18 to 0F 1F for a NOP with operands; Intel told so of 0F 1F only, and later.
    common
        | if has_test_registers { DecoderOptions::MOV_TR } else { 0 }
        | match model {
            Model::I80286 => DecoderOptions::LOADALL286,
            Model::I80386 => DecoderOptions::LOADALL386 | DecoderOptions::UMOV,
            _ => 0,
        }
        | if model >= Model::PentiumII { DecoderOptions::FORCE_RESERVED_NOP } else { 0 }
}

/// Whether `model` has an instruction, by the features that iced names.
fn is_known(model: Model, instruction: &Instruction) -> bool {
    match instruction.code() {
        // Moves of test registers are named for the 80386 only; options() gates them.
        Code::Mov_r32_tr | Code::Mov_tr_r32 => return true,
        Code::Loadall286 => return model == Model::I80286,
        Code::Loadall386 => return model == Model::I80386,
        // QUIRK: UMOV is a MOV outside of an in-circuit emulator; the i486 lost it with its first steppings.
        _ if instruction.mnemonic() == Mnemonic::Umov => return model == Model::I80386,
        // The P6 does not have this one of the reserved NOPs, nor do older models have any.
        Code::Reservednop_rm16_r16_0F0D | Code::Reservednop_rm32_r32_0F0D => return false,
        _ if instruction.mnemonic() == Mnemonic::Reservednop => return model >= Model::PentiumII,
        _ => {}
    }
    // FS and GS in an instruction of the 8086.
    let names_new_segment = (0..instruction.op_count())
        .any(|number| matches!(instruction.op_register(number), Register::FS | Register::GS));
    if names_new_segment && model < Model::I80386 {
        return false;
    }
    instruction.cpuid_features().iter().all(|feature| match feature {
        CpuidFeature::INTEL8086 => true,
        CpuidFeature::INTEL186 => model >= Model::I80186,
        CpuidFeature::INTEL286 => model >= Model::I80286,
        CpuidFeature::INTEL386 => model >= Model::I80386,
        CpuidFeature::INTEL486 => model >= Model::I80486,
        CpuidFeature::CPUID => model.traits().cpuid.is_some(),
        CpuidFeature::TSC => model.has(feature::TSC),
        CpuidFeature::MSR => model.has(feature::MSR),
        CpuidFeature::CX8 => model.has(feature::CX8),
        CpuidFeature::CMOV => model.has(feature::CMOV),
        CpuidFeature::SEP => model.has(feature::SEP),
        CpuidFeature::FXSR => model.has(feature::FXSR),
        CpuidFeature::RDPMC => model >= Model::PentiumMmx,
        CpuidFeature::MMX => model.has(feature::MMX),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Width;

    fn kind(model: Model, bytes: &[u8]) -> Kind {
        let (prefixes, used) = Prefixes::scan(model, bytes);
        decode(model, false, prefixes, &bytes[used..]).unwrap().kind
    }

    fn length(model: Model, bytes: &[u8]) -> u16 {
        let (prefixes, used) = Prefixes::scan(model, bytes);
        decode(model, false, prefixes, &bytes[used..]).unwrap().length
    }

    #[test]
    fn an_instruction_of_a_later_model_is_undefined() {
        let cases: [(&[u8], Model); 26] = [
            (&[0x60], Model::I80186),
            (&[0xc1, 0xe0, 4], Model::I80186),
            (&[0x0f, 0x01, 0xe0], Model::I80286),
            (&[0x0f, 0x06], Model::I80286),
            (&[0x0f, 0xb6, 0xc1], Model::I80386),
            (&[0x0f, 0x20, 0xc0], Model::I80386),
            (&[0x0f, 0xc8], Model::I80486),
            (&[0x0f, 0x08], Model::I80486),
            (&[0x0f, 0xb0, 0xc1], Model::I80486),
            (&[0x0f, 0xa2], Model::I80486),
            (&[0x0f, 0x30], Model::Pentium),
            (&[0x0f, 0x31], Model::Pentium),
            (&[0x0f, 0x32], Model::Pentium),
            (&[0x0f, 0xc7, 0x0f], Model::Pentium),
            (&[0x66, 0x0f, 0xc7, 0x0f], Model::Pentium),
            (&[0xf0, 0x0f, 0xc7, 0x0f], Model::Pentium),
            (&[0x0f, 0x33], Model::PentiumMmx),
            (&[0x0f, 0x34], Model::PentiumII),
            (&[0x0f, 0x35], Model::PentiumII),
            (&[0x0f, 0x40, 0xc1], Model::PentiumII),
            (&[0x0f, 0x4f, 0x07], Model::PentiumII),
            (&[0x0f, 0x18, 0xff], Model::PentiumII),
            (&[0x0f, 0x1c, 0x07], Model::PentiumII),
            (&[0x0f, 0x1f, 0xc0], Model::PentiumII),
            (&[0x0f, 0x1f, 0x3f], Model::PentiumII),
            (&[0x66, 0x0f, 0x1f, 0x47, 0], Model::PentiumII),
        ];
        for (bytes, first) in cases {
            for model in Model::ALL.into_iter().skip(1) {
                let undefined = kind(model, bytes) == Kind::Undefined;
                assert_eq!(undefined, model < first, "{bytes:x?} on the {}", model.name());
            }
        }
    }

    #[test]
    fn what_came_after_the_pentium_ii_and_what_nobody_has_is_undefined() {
        let cases: [&[u8]; 18] = [
            &[0x0f, 0x0b],
            &[0x0f, 0x0d, 0x07],
            &[0x0f, 0x0f, 0xc1, 0x9e],
            &[0x0f, 0x10, 0xc1],
            &[0x66, 0x0f, 0x10, 0xc1],
            &[0xf3, 0x0f, 0x10, 0xc1],
            &[0x0f, 0x28, 0xc1],
            &[0x0f, 0x38, 0x00, 0xc1],
            &[0x0f, 0xaa],
            &[0x0f, 0xae, 0xd0],
            &[0x0f, 0xae, 0xf0],
            &[0x0f, 0xb8, 0xc1],
            &[0x0f, 0xb9, 0xc1],
            &[0x0f, 0xc3, 0x07],
            &[0x0f, 0xc7, 0xc8],
            &[0x0f, 0xc7, 0x37],
            &[0xf0, 0x0f, 0xc7, 0xc8],
            &[0x0f, 0xff, 0xc1],
        ];
        for model in Model::ALL.into_iter().skip(2) {
            for bytes in cases {
                if model == Model::I80386 && bytes.contains(&0x10) {
                    // UMOV there.
                    continue;
                }
                assert_eq!(kind(model, bytes), Kind::Undefined, "{bytes:x?} on the {}", model.name());
            }
        }
    }

    #[test]
    fn the_test_registers_of_the_80386_left_with_the_pentium() {
        for model in Model::ALL.into_iter().skip(2) {
            let has = matches!(model, Model::I80386 | Model::I80486);
            for bytes in [[0x0f, 0x24, 0xf0], [0x0f, 0x26, 0xf0]] {
                assert_eq!(kind(model, &bytes) == Kind::MovSpecial, has, "{}", model.name());
            }
        }
    }

    #[test]
    fn lock_is_taken_before_cmpxchg8b_only_with_memory() {
        assert_eq!(kind(Model::Pentium, &[0xf0, 0x0f, 0xc7, 0x0f]), Kind::Cmpxchg8b);
        assert_eq!(kind(Model::PentiumII, &[0xf0, 0x0f, 0x1f, 0x07]), Kind::Undefined);
    }

    #[test]
    fn forms_that_became_other_encodings_are_undefined() {
        let cases: [&[u8]; 6] = [
            &[0xc4, 0xc0, 0, 0, 0, 0],
            &[0xc5, 0xc0, 0, 0, 0, 0],
            &[0x62, 0xf1, 0x7c, 0x48, 0x10, 0xc1, 0],
            &[0x8f, 0xc8, 0, 0, 0, 0],
            &[0x8d, 0xc0],
            &[0xff, 0xf8],
        ];
        for model in [Model::I80186, Model::I80286, Model::I80386, Model::I80486] {
            for bytes in cases {
                assert_eq!(kind(model, bytes), Kind::Undefined, "{bytes:x?} on the {}", model.name());
            }
        }
    }

    #[test]
    fn size_prefixes_are_undefined_before_the_80386() {
        assert_eq!(kind(Model::I80286, &[0x66, 0x90]), Kind::Undefined);
        assert_eq!(kind(Model::I80286, &[0x64, 0x90]), Kind::Undefined);
        let (prefixes, used) = Prefixes::scan(Model::I80386, &[0x66, 0x40]);
        let op = decode(Model::I80386, false, prefixes, &[0x40]).unwrap();
        assert_eq!((used, op.kind, op.width, op.length), (1, Kind::Inc, Width::Dword, 2));
    }

    #[test]
    fn the_8086_has_aliases_where_later_models_have_instructions() {
        assert!(matches!(kind(Model::I8086, &[0x60, 0xfe]), Kind::Jcc(0)));
        assert_eq!(kind(Model::I8086, &[0xc8, 4, 0]), Kind::RetFar);
        assert_eq!(kind(Model::I8086, &[0x0f]), Kind::PopSegment(1));
        assert_eq!(kind(Model::I8086, &[0xd0, 0xf0]), Kind::SetMinusOne);
        assert_eq!(kind(Model::I8086, &[0xff, 0xf8]), Kind::Push);
        assert_eq!(length(Model::I8086, &[0xc8, 4, 0]), 3);
    }

    #[test]
    fn too_long_an_instruction_is_refused_from_the_80286_on() {
        let mut bytes = [0x26; 16];
        bytes[10] = 0x90;
        assert_eq!(kind(Model::I80286, &bytes[..11]), Kind::TooLong);
        assert_eq!(kind(Model::I80386, &bytes[..11]), Kind::Nop);
        assert_eq!(kind(Model::I8086, &bytes[..11]), Kind::Nop);
        bytes[10] = 0x26;
        bytes[15] = 0x90;
        assert_eq!(kind(Model::I80386, &bytes), Kind::TooLong);
    }

    #[test]
    fn lock_is_undefined_where_it_makes_no_sense_from_the_80386_on() {
        assert_eq!(kind(Model::I80386, &[0xf0, 0x90]), Kind::Undefined);
        assert_eq!(kind(Model::I80386, &[0xf0, 0x01, 0xc0]), Kind::Undefined);
        assert_eq!(kind(Model::I80286, &[0xf0, 0x90]), Kind::Nop);
        assert!(matches!(kind(Model::I80386, &[0xf0, 0x01, 0x07]), Kind::Alu(_)));
        assert_eq!(kind(Model::I80386, &[0xf0, 0x86, 0x07]), Kind::Xchg);
    }

    #[test]
    fn escapes_have_the_length_of_their_memory_operand() {
        for opcode in 0xd8..=0xdf {
            assert_eq!(kind(Model::I80386, &[opcode, 0x06, 1, 2]), Kind::Escape);
            assert_eq!(length(Model::I80386, &[opcode, 0x06, 1, 2]), 4);
            assert_eq!(length(Model::I80386, &[opcode, 0xff]), 2);
        }
    }

    #[test]
    fn missing_bytes_are_reported() {
        let prefixes = Prefixes::default();
        assert_eq!(decode(Model::I80386, false, prefixes, &[0xb8, 1]), Err(Incomplete));
        assert_eq!(decode(Model::I80386, false, prefixes, &[]), Err(Incomplete));
    }

    #[test]
    fn undocumented_instructions_belong_to_the_models_that_have_them() {
        let has = |bytes: &[u8]| -> Vec<&str> {
            // Some models wait for more bytes.
            let bytes = [bytes, &[0; 8]].concat();
            let models = Model::ALL.into_iter().filter(|model| kind(*model, &bytes) != Kind::Undefined);
            models.filter(|model| *model > Model::I8086).map(Model::name).collect()
        };
        // SALC, ICEBP, UMOV in both directions, IBTS and XBTS of the first 80386, CMPXCHG of the first 80486.
        assert_eq!(has(&[0xd6]).len(), Model::ALL.len() - 1);
        assert_eq!(Model::ALL.map(|model| kind(model, &[0xf1, 0x90]) == Kind::Int1)[2..4], [false, true]);
        assert_eq!(has(&[0x0f, 0x10, 0xc1]), ["80386"]);
        assert_eq!(has(&[0x0f, 0x13, 0x07]), ["80386"]);
        assert_eq!(kind(Model::I80386, &[0x0f, 0x11, 0x07]), Kind::Mov);
        assert_eq!(has(&[0x0f, 0x05]), ["80286"]);
        assert_eq!(has(&[0x0f, 0x07]), ["80386"]);
        assert!(has(&[0x0f, 0x04]).is_empty());
        assert!(has(&[0x0f, 0xa6, 0xc1]).is_empty());
        assert!(has(&[0x0f, 0xa7, 0xc1]).is_empty());
    }
}
