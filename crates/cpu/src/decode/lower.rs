//! From iced's instruction to an [`Op`].

use iced_x86::{Instruction, Mnemonic as M, OpKind, Register};

use super::op::{Address, Arithmetic as A, BitOp, NONE, Op, Operand, StringOp};
use super::{Kind, Prefixes};
use crate::Width;
use crate::alu::mmx::Packed as P;
use crate::alu::shift::Shift;
use crate::regs::seg;

/// Lowers a valid instruction whose other prefixes are `prefixes`.
pub(super) fn lower(instruction: &Instruction, prefixes: &Prefixes) -> Op {
    let operand_width = Width::word_or_dword(prefixes.operand);
    let mut op = Op::plain(Kind::Undefined, 0);
    op.wide_address = prefixes.address;
    op.first = operand(instruction, 0);
    op.second = operand(instruction, 1);
    op.width = width(instruction, 0).unwrap_or(operand_width);
    op.second_width = width(instruction, 1).unwrap_or(op.width);
    op.memory = memory(instruction, prefixes);
    op.kind = kind(instruction, &op);
    for number in 0..instruction.op_count() {
        match instruction.op_kind(number) {
            OpKind::NearBranch16 | OpKind::NearBranch32 => {
                let target = instruction.near_branch_target() as u32;
                op.immediate = target.wrapping_sub(instruction.len() as u32);
            }
            OpKind::FarBranch16 => {
                op.immediate = u32::from(instruction.far_branch16());
                op.immediate2 = instruction.far_branch_selector();
            }
            OpKind::FarBranch32 => {
                op.immediate = instruction.far_branch32();
                op.immediate2 = instruction.far_branch_selector();
            }
            OpKind::Immediate8_2nd => op.immediate2 = u16::from(instruction.immediate8_2nd()),
            OpKind::Register | OpKind::Memory => {}
            _ => {
                if let Ok(value) = instruction.try_immediate(number) {
                    op.immediate = value as u32;
                    op.third = number == 2;
                }
            }
        }
    }
    fix_width(instruction.mnemonic(), operand_width, &mut op);
    op
}

/// Widths that operands do not tell.
fn fix_width(mnemonic: M, operand_width: Width, op: &mut Op) {
    match op.kind {
        Kind::Push | Kind::Pop if !matches!(op.first, Operand::Register(_) | Operand::Memory) => {
            op.width = operand_width
        }
        Kind::String(_) => op.width = string_width(mnemonic),
        Kind::Out => op.width = op.second_width,
        Kind::MovSpecial => op.width = Width::Dword,
        Kind::LoadFar(_) | Kind::Lea | Kind::Bound => {}
        Kind::PushSegment(_)
        | Kind::PopSegment(_)
        | Kind::Pusha
        | Kind::Popa
        | Kind::Pushf
        | Kind::Popf
        | Kind::Widen
        | Kind::WidenIntoDx
        | Kind::Enter
        | Kind::Leave
        | Kind::Iret
        | Kind::Ret
        | Kind::RetFar
        | Kind::Jump
        | Kind::JumpShort
        | Kind::JumpFar
        | Kind::JumpFarIndirect
        | Kind::Jcc(_)
        | Kind::Loop
        | Kind::Loope
        | Kind::Loopne
        | Kind::Jcxz
        | Kind::Call
        | Kind::CallFar
        | Kind::CallFarIndirect
        | Kind::Sgdt
        | Kind::Sidt
        | Kind::Lgdt
        | Kind::Lidt => op.width = operand_width,
        _ => {}
    }
}

fn operand(instruction: &Instruction, number: u32) -> Operand {
    if number >= instruction.op_count() {
        return Operand::None;
    }
    match instruction.op_kind(number) {
        OpKind::Register => {
            let register = instruction.op_register(number);
            let number = register.number() as u8;
            if register.is_gpr() {
                Operand::Register(number)
            } else if register.is_segment_register() {
                Operand::Segment(number)
            } else if register.is_cr() {
                Operand::Control(number)
            } else if register.is_dr() {
                Operand::Debug(number)
            } else if register.is_tr() {
                Operand::Test(number)
            } else if register.is_mm() {
                Operand::Mmx(number)
            } else {
                Operand::None
            }
        }
        OpKind::Memory => Operand::Memory,
        OpKind::Immediate8
        | OpKind::Immediate16
        | OpKind::Immediate32
        | OpKind::Immediate8to16
        | OpKind::Immediate8to32 => Operand::Immediate,
        _ => Operand::None,
    }
}

/// The width of a register or memory operand.
fn width(instruction: &Instruction, number: u32) -> Option<Width> {
    if number >= instruction.op_count() {
        return None;
    }
    let bytes = match instruction.op_kind(number) {
        OpKind::Register => instruction.op_register(number).size(),
        OpKind::Memory => instruction.memory_size().size(),
        _ => return None,
    };
    match bytes {
        1 => Some(Width::Byte),
        2 => Some(Width::Word),
        4 => Some(Width::Dword),
        _ => None,
    }
}

fn memory(instruction: &Instruction, prefixes: &Prefixes) -> Address {
    let register = |register: Register| if register == Register::None { NONE } else { register.number() as u8 };
    let has_memory = (0..instruction.op_count()).any(|number| instruction.op_kind(number) == OpKind::Memory);
    let default = if has_memory { instruction.memory_segment().number() as u8 } else { seg::DS };
    Address {
        segment: if prefixes.segment == NONE { default } else { prefixes.segment },
        base: register(instruction.memory_base()),
        index: register(instruction.memory_index()),
        shift: instruction.memory_index_scale().trailing_zeros() as u8,
        displacement: instruction.memory_displacement64() as u32,
    }
}

/// Whether LOCK is allowed: read-modify-write forms with a memory destination.
pub(super) fn is_lockable(op: &Op) -> bool {
    let is_modify = matches!(
        op.kind,
        Kind::Alu(_)
            | Kind::Inc
            | Kind::Dec
            | Kind::Not
            | Kind::Neg
            | Kind::Xchg
            | Kind::Cmpxchg
            | Kind::Cmpxchg8b
            | Kind::Xadd
            | Kind::Bit(BitOp::Set | BitOp::Reset | BitOp::Complement)
    );
    let memory_second = op.kind == Kind::Xchg && op.second == Operand::Memory;
    is_modify && (op.first == Operand::Memory || memory_second)
}

fn string_width(mnemonic: M) -> Width {
    match mnemonic {
        M::Movsb | M::Cmpsb | M::Stosb | M::Lodsb | M::Scasb | M::Insb | M::Outsb => Width::Byte,
        M::Movsd | M::Cmpsd | M::Stosd | M::Lodsd | M::Scasd | M::Insd | M::Outsd => Width::Dword,
        _ => Width::Word,
    }
}

fn kind(instruction: &Instruction, op: &Op) -> Kind {
    let condition = || (instruction.condition_code() as u8).wrapping_sub(1) & 0xf;
    match instruction.mnemonic() {
        M::Mov => match (op.first, op.second) {
            (Operand::Segment(_), _) => Kind::MovToSegment,
            (_, Operand::Segment(_)) => Kind::MovFromSegment,
            (Operand::Control(_) | Operand::Debug(_) | Operand::Test(_), _)
            | (_, Operand::Control(_) | Operand::Debug(_) | Operand::Test(_)) => Kind::MovSpecial,
            _ => Kind::Mov,
        },
        M::Push => match op.first {
            Operand::Segment(number) => Kind::PushSegment(number),
            _ => Kind::Push,
        },
        M::Pop => match op.first {
            Operand::Segment(number) => Kind::PopSegment(number),
            _ => Kind::Pop,
        },
        M::Imul if instruction.op_count() > 1 => Kind::ImulTruncating,
        M::Jmp => match (instruction.op0_kind(), op.second_width) {
            (OpKind::NearBranch16 | OpKind::NearBranch32, _) if instruction.is_jmp_short() => Kind::JumpShort,
            (OpKind::NearBranch16 | OpKind::NearBranch32, _) => Kind::Jump,
            (OpKind::FarBranch16 | OpKind::FarBranch32, _) => Kind::JumpFar,
            _ if instruction.is_jmp_far_indirect() => Kind::JumpFarIndirect,
            _ => Kind::JumpIndirect,
        },
        M::Call => match instruction.op0_kind() {
            OpKind::NearBranch16 | OpKind::NearBranch32 => Kind::Call,
            OpKind::FarBranch16 | OpKind::FarBranch32 => Kind::CallFar,
            _ if instruction.is_call_far_indirect() => Kind::CallFarIndirect,
            _ => Kind::CallIndirect,
        },
        _ if instruction.is_jcc_short_or_near() => Kind::Jcc(condition()),
        mnemonic if (M::Cmova..=M::Cmovs).contains(&mnemonic) => Kind::Cmov(condition()),
        mnemonic => match condition_set(mnemonic) {
            true => Kind::Setcc(condition()),
            false => arithmetic_kind(mnemonic)
                .or_else(|| data_kind(mnemonic))
                .or_else(|| control_kind(mnemonic))
                .or_else(|| mmx_kind(mnemonic, op))
                .unwrap_or(Kind::Undefined),
        },
    }
}

fn condition_set(mnemonic: M) -> bool {
    matches!(
        mnemonic,
        M::Seto | M::Setno | M::Setb | M::Setae | M::Sete | M::Setne | M::Setbe | M::Seta | M::Sets | M::Setns
    ) || matches!(mnemonic, M::Setp | M::Setnp | M::Setl | M::Setge | M::Setle | M::Setg)
}

fn arithmetic_kind(mnemonic: M) -> Option<Kind> {
    Some(match mnemonic {
        M::Add => Kind::Alu(A::Add),
        M::Or => Kind::Alu(A::Or),
        M::Adc => Kind::Alu(A::Adc),
        M::Sbb => Kind::Alu(A::Sbb),
        M::And => Kind::Alu(A::And),
        M::Sub => Kind::Alu(A::Sub),
        M::Xor => Kind::Alu(A::Xor),
        M::Cmp => Kind::Cmp,
        M::Test => Kind::Test,
        M::Inc => Kind::Inc,
        M::Dec => Kind::Dec,
        M::Not => Kind::Not,
        M::Neg => Kind::Neg,
        M::Mul => Kind::Mul,
        M::Imul => Kind::Imul,
        M::Div => Kind::Div,
        M::Idiv => Kind::Idiv,
        M::Rol => Kind::Shift(Shift::Rol),
        M::Ror => Kind::Shift(Shift::Ror),
        M::Rcl => Kind::Shift(Shift::Rcl),
        M::Rcr => Kind::Shift(Shift::Rcr),
        M::Shl | M::Sal => Kind::Shift(Shift::Shl),
        M::Shr => Kind::Shift(Shift::Shr),
        M::Sar => Kind::Shift(Shift::Sar),
        M::Shld => Kind::ShiftDouble(true),
        M::Shrd => Kind::ShiftDouble(false),
        M::Daa => Kind::DecimalAdjust(false),
        M::Das => Kind::DecimalAdjust(true),
        M::Aaa => Kind::AsciiAdjust(false),
        M::Aas => Kind::AsciiAdjust(true),
        M::Aam => Kind::Aam,
        M::Aad => Kind::Aad,
        M::Salc => Kind::Salc,
        M::Bt => Kind::Bit(BitOp::Test),
        M::Bts => Kind::Bit(BitOp::Set),
        M::Btr => Kind::Bit(BitOp::Reset),
        M::Btc => Kind::Bit(BitOp::Complement),
        M::Bsf => Kind::BitScan(false),
        M::Bsr => Kind::BitScan(true),
        M::Clc => Kind::Clc,
        M::Stc => Kind::Stc,
        M::Cmc => Kind::Cmc,
        M::Cld => Kind::Cld,
        M::Std => Kind::Std,
        M::Cli => Kind::Cli,
        M::Sti => Kind::Sti,
        _ => return None,
    })
}

fn data_kind(mnemonic: M) -> Option<Kind> {
    Some(match mnemonic {
        M::Umov => Kind::Mov,
        M::Movzx => Kind::Movzx,
        M::Movsx => Kind::Movsx,
        M::Xchg => Kind::Xchg,
        M::Lea => Kind::Lea,
        M::Les => Kind::LoadFar(seg::ES),
        M::Lds => Kind::LoadFar(seg::DS),
        M::Lss => Kind::LoadFar(seg::SS),
        M::Lfs => Kind::LoadFar(seg::FS),
        M::Lgs => Kind::LoadFar(seg::GS),
        M::Xlatb => Kind::Xlat,
        M::Pusha | M::Pushad => Kind::Pusha,
        M::Popa | M::Popad => Kind::Popa,
        M::Pushf | M::Pushfd => Kind::Pushf,
        M::Popf | M::Popfd => Kind::Popf,
        M::Lahf => Kind::Lahf,
        M::Sahf => Kind::Sahf,
        M::Cbw | M::Cwde => Kind::Widen,
        M::Cwd | M::Cdq => Kind::WidenIntoDx,
        M::Bswap => Kind::Bswap,
        M::Cmpxchg => Kind::Cmpxchg,
        M::Xadd => Kind::Xadd,
        M::In => Kind::In,
        M::Out => Kind::Out,
        M::Movsb | M::Movsw | M::Movsd => Kind::String(StringOp::Movs),
        M::Cmpsb | M::Cmpsw | M::Cmpsd => Kind::String(StringOp::Cmps),
        M::Stosb | M::Stosw | M::Stosd => Kind::String(StringOp::Stos),
        M::Lodsb | M::Lodsw | M::Lodsd => Kind::String(StringOp::Lods),
        M::Scasb | M::Scasw | M::Scasd => Kind::String(StringOp::Scas),
        M::Insb | M::Insw | M::Insd => Kind::String(StringOp::Ins),
        M::Outsb | M::Outsw | M::Outsd => Kind::String(StringOp::Outs),
        _ => return None,
    })
}

fn control_kind(mnemonic: M) -> Option<Kind> {
    Some(match mnemonic {
        M::Loop => Kind::Loop,
        M::Loope => Kind::Loope,
        M::Loopne => Kind::Loopne,
        M::Jcxz | M::Jecxz => Kind::Jcxz,
        M::Ret => Kind::Ret,
        M::Retf => Kind::RetFar,
        M::Iret | M::Iretd => Kind::Iret,
        M::Int => Kind::Int,
        M::Int1 => Kind::Int1,
        M::Int3 => Kind::Int3,
        M::Into => Kind::Into,
        M::Bound => Kind::Bound,
        M::Enter => Kind::Enter,
        M::Leave => Kind::Leave,
        M::Hlt => Kind::Hlt,
        M::Nop => Kind::Nop,
        M::Wait => Kind::Wait,
        M::Lgdt => Kind::Lgdt,
        M::Lidt => Kind::Lidt,
        M::Sgdt => Kind::Sgdt,
        M::Sidt => Kind::Sidt,
        M::Smsw => Kind::Smsw,
        M::Lmsw => Kind::Lmsw,
        M::Clts => Kind::Clts,
        M::Loadall => Kind::Loadall,
        M::Invd | M::Wbinvd | M::Invlpg => Kind::CacheControl,
        M::Cpuid => Kind::Cpuid,
        M::Rdtsc => Kind::Rdtsc,
        M::Rdmsr => Kind::Rdmsr,
        M::Wrmsr => Kind::Wrmsr,
        M::Rdpmc => Kind::Rdpmc,
        M::Cmpxchg8b => Kind::Cmpxchg8b,
        M::Sysenter => Kind::Sysenter,
        M::Sysexit => Kind::Sysexit,
        M::Reservednop => Kind::Nop,
        M::Emms => Kind::Emms,
        M::Fxsave => Kind::Fxsave,
        M::Fxrstor => Kind::Fxrstor,
        M::Arpl => Kind::Arpl,
        M::Lar => Kind::Lar,
        M::Lsl => Kind::Lsl,
        M::Verr => Kind::Verr,
        M::Verw => Kind::Verw,
        M::Sldt => Kind::Sldt,
        M::Str => Kind::Str,
        M::Lldt => Kind::Lldt,
        M::Ltr => Kind::Ltr,
        _ => return None,
    })
}

/// MMX. Which instructions with these names the model has is decided by their features.
fn mmx_kind(mnemonic: M, op: &Op) -> Option<Kind> {
    let into_register = matches!(op.first, Operand::Mmx(_));
    Some(Kind::Packed(match mnemonic {
        M::Movq if into_register => P::Move,
        M::Movq => return Some(Kind::MovqStore),
        M::Movd if into_register => return Some(Kind::MovdLoad),
        M::Movd => return Some(Kind::MovdStore),
        M::Paddb => P::Paddb,
        M::Paddw => P::Paddw,
        M::Paddd => P::Paddd,
        M::Paddsb => P::Paddsb,
        M::Paddsw => P::Paddsw,
        M::Paddusb => P::Paddusb,
        M::Paddusw => P::Paddusw,
        M::Psubb => P::Psubb,
        M::Psubw => P::Psubw,
        M::Psubd => P::Psubd,
        M::Psubsb => P::Psubsb,
        M::Psubsw => P::Psubsw,
        M::Psubusb => P::Psubusb,
        M::Psubusw => P::Psubusw,
        M::Pmullw => P::Pmullw,
        M::Pmulhw => P::Pmulhw,
        M::Pmaddwd => P::Pmaddwd,
        M::Pcmpeqb => P::Pcmpeqb,
        M::Pcmpeqw => P::Pcmpeqw,
        M::Pcmpeqd => P::Pcmpeqd,
        M::Pcmpgtb => P::Pcmpgtb,
        M::Pcmpgtw => P::Pcmpgtw,
        M::Pcmpgtd => P::Pcmpgtd,
        M::Packsswb => P::Packsswb,
        M::Packssdw => P::Packssdw,
        M::Packuswb => P::Packuswb,
        M::Punpckhbw => P::Punpckhbw,
        M::Punpckhwd => P::Punpckhwd,
        M::Punpckhdq => P::Punpckhdq,
        M::Punpcklbw => P::Punpcklbw,
        M::Punpcklwd => P::Punpcklwd,
        M::Punpckldq => P::Punpckldq,
        M::Pand => P::Pand,
        M::Pandn => P::Pandn,
        M::Por => P::Por,
        M::Pxor => P::Pxor,
        M::Psllw => P::Psllw,
        M::Pslld => P::Pslld,
        M::Psllq => P::Psllq,
        M::Psrlw => P::Psrlw,
        M::Psrld => P::Psrld,
        M::Psrlq => P::Psrlq,
        M::Psraw => P::Psraw,
        M::Psrad => P::Psrad,
        _ => return None,
    }))
}
