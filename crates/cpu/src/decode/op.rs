//! The decoded instruction: small, copied by value, free of iced types.

use crate::Width;
use crate::alu::mmx::Packed;
use crate::alu::shift::Shift;

/// No register.
pub(crate) const NONE: u8 = 0xff;

/// An operand. Memory is always the one in [`Op::memory`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operand {
    None,
    /// A general register of the operation's width, by number.
    Register(u8),
    Memory,
    Immediate,
    /// A segment register, by number.
    Segment(u8),
    /// A control register, by number.
    Control(u8),
    /// A debug register, by number.
    Debug(u8),
    /// A test register, by number.
    Test(u8),
    /// An MMX register, by number.
    Mmx(u8),
}

/// A memory operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// Segment register, overrides applied.
    pub(crate) segment: u8,
    /// Base register or [`NONE`].
    pub(crate) base: u8,
    /// Index register or [`NONE`].
    pub(crate) index: u8,
    /// The index is shifted left by this.
    pub(crate) shift: u8,
    /// Displacement, sign-extended.
    pub(crate) displacement: u32,
}

/// The REP prefix in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    No,
    /// F3: REP, REPE.
    WhileEqual,
    /// F2: REPNE; REP where there is no comparison.
    WhileNotEqual,
}

/// Two-operand arithmetic, in the order of the opcodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Or,
    Adc,
    Sbb,
    And,
    Sub,
    Xor,
}

/// A string instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StringOp {
    Movs,
    Cmps,
    Stos,
    Lods,
    Scas,
    Ins,
    Outs,
}

/// A bit test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BitOp {
    Test,
    Set,
    Reset,
    Complement,
}

/// What an instruction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    // Data.
    Mov,
    MovFromSegment,
    MovToSegment,
    Movzx,
    Movsx,
    Xchg,
    Lea,
    /// LES and its kin, with the segment register that is loaded.
    LoadFar(u8),
    Xlat,
    Push,
    Pop,
    PushSegment(u8),
    PopSegment(u8),
    Pusha,
    Popa,
    Pushf,
    Popf,
    Lahf,
    Sahf,
    /// CBW, CWDE.
    Widen,
    /// CWD, CDQ.
    WidenIntoDx,
    Bswap,
    Cmpxchg,
    Xadd,
    // Arithmetic.
    Alu(Arithmetic),
    Cmp,
    Test,
    Inc,
    Dec,
    Not,
    Neg,
    Mul,
    Imul,
    /// IMUL with a destination register; `third` tells whether the immediate is a factor.
    ImulTruncating,
    Div,
    Idiv,
    Shift(Shift),
    /// QUIRK: D0 to D3 /6 on the 8086 sets the operand to all ones.
    SetMinusOne,
    /// SHLD when true, SHRD when false.
    ShiftDouble(bool),
    /// DAA when false, DAS when true.
    DecimalAdjust(bool),
    /// AAA when false, AAS when true.
    AsciiAdjust(bool),
    Aam,
    Aad,
    Salc,
    Bit(BitOp),
    /// BSF when false, BSR when true.
    BitScan(bool),
    Setcc(u8),
    // Control.
    JumpShort,
    Jump,
    JumpFar,
    JumpIndirect,
    JumpFarIndirect,
    Jcc(u8),
    Loop,
    Loope,
    Loopne,
    Jcxz,
    Call,
    CallFar,
    CallIndirect,
    CallFarIndirect,
    Ret,
    RetFar,
    Iret,
    Int,
    Int1,
    Int3,
    Into,
    Bound,
    Enter,
    Leave,
    Hlt,
    Nop,
    Wait,
    Escape,
    // Flags.
    Clc,
    Stc,
    Cmc,
    Cld,
    Std,
    Cli,
    Sti,
    // Strings and ports.
    String(StringOp),
    In,
    Out,
    // System.
    Arpl,
    Lar,
    Lsl,
    Verr,
    Verw,
    Sldt,
    Str,
    Lldt,
    Ltr,
    Lgdt,
    Lidt,
    Sgdt,
    Sidt,
    Smsw,
    Lmsw,
    Clts,
    MovSpecial,
    /// INVD, WBINVD, INVLPG: there is no cache or TLB.
    CacheControl,
    Cpuid,
    Rdtsc,
    Rdmsr,
    Wrmsr,
    Rdpmc,
    Cmpxchg8b,
    /// CMOVcc, by its condition.
    Cmov(u8),
    Sysenter,
    Sysexit,
    // MMX and the images of the registers under it.
    Packed(Packed),
    /// MOVD into an MMX register.
    MovdLoad,
    /// MOVD out of one.
    MovdStore,
    /// MOVQ into memory.
    MovqStore,
    Emms,
    Fxsave,
    Fxrstor,
    Loadall,
    /// FE /2 to /7 of the 8086, with that number.
    ByteGroup(u8),
    // Not executable.
    /// #UD.
    Undefined,
    /// Longer than the model allows: #GP.
    TooLong,
}

/// A decoded instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Op {
    pub(crate) kind: Kind,
    /// The first operand, mostly the destination.
    pub(crate) first: Operand,
    /// The second operand, mostly the source.
    pub(crate) second: Operand,
    /// Width of the operation.
    pub(crate) width: Width,
    /// Width of the second operand where it differs (MOVZX, MOVSX).
    pub(crate) second_width: Width,
    /// 32-bit addresses.
    pub(crate) wide_address: bool,
    /// A third operand counts: the immediate (or CL of SHLD when false).
    pub(crate) third: bool,
    pub(crate) repeat: Repeat,
    /// Prefixes, modulo 2^16.
    pub(crate) prefixes: u16,
    /// Bytes, modulo 2^16.
    pub(crate) length: u16,
    pub(crate) memory: Address,
    /// Immediate, sign-extended; displacement of a branch; offset of a far pointer.
    pub(crate) immediate: u32,
    /// Selector of a far pointer; nesting level of ENTER.
    pub(crate) immediate2: u16,
}

impl Op {
    /// An instruction without operands.
    pub(crate) fn plain(kind: Kind, length: u16) -> Op {
        Op {
            kind,
            first: Operand::None,
            second: Operand::None,
            width: Width::Word,
            second_width: Width::Word,
            wide_address: false,
            third: false,
            repeat: Repeat::No,
            prefixes: 0,
            length,
            memory: Address { segment: 3, base: NONE, index: NONE, shift: 0, displacement: 0 },
            immediate: 0,
            immediate2: 0,
        }
    }
}
