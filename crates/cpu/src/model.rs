//! The CPU models, as data.

use beige_core::{Coded, coded_enum};
use beige_x87::Generation;

use crate::regs::flag;

coded_enum! {
    /// A CPU model. Later models compare greater.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum Model: "cpu model" {
        /// 8086, and 8088 as far as software sees it.
        I8086 = 0,
        /// 80186 and 80188.
        I80186 = 1,
        /// 80286.
        I80286 = 2,
        /// 80386.
        I80386 = 3,
        /// 80486 with CPUID, as the SL-enhanced ones.
        I80486 = 4,
        /// Pentium at 75 to 200 MHz (P54C).
        Pentium = 5,
        /// Pentium with MMX (P55C).
        PentiumMmx = 6,
        /// Pentium II with FXSAVE (Deschutes).
        PentiumII = 7,
    }
}

/// What differs between models and is a plain value.
pub(crate) struct Traits {
    names: &'static [&'static str],
    address_mask: u32,
    average_clocks: u32,
    /// FLAGS bits that always read as one.
    pub(crate) flags_set: u32,
    /// FLAGS bits that POPF and IRET can change, before the rules of 32-bit forms.
    pub(crate) flags_writable: u32,
    /// The longest instruction, `None` when prefixes may go on for ever.
    pub(crate) longest_instruction: Option<u32>,
    /// CS selector, CS base, IP and DX after reset.
    pub(crate) reset: (u16, u32, u32, u32),
    /// CR0 (the MSW below the 80386) after reset.
    pub(crate) cr0_reset: u32,
    /// CR0 bits that can be written.
    pub(crate) cr0_writable: u32,
    /// CR4 bits that can be written; a one in any other is refused. `None` where there is no CR4.
    pub(crate) cr4_writable: Option<u32>,
    /// What CPUID says; `None` where it is undefined.
    pub(crate) cpuid: Option<&'static Cpuid>,
}

/// What CPUID says.
pub(crate) struct Cpuid {
    /// The highest leaf: 1, or 2 where leaf 2 tells of caches.
    pub(crate) leaves: u32,
    /// EAX of leaf 1, and EDX after reset: type, family, model, stepping.
    pub(crate) signature: u32,
    /// EDX of leaf 1, bits of [`feature`].
    pub(crate) features: u32,
    /// EAX, EBX, ECX and EDX of leaf 2: descriptors of caches and TLBs.
    pub(crate) caches: [u32; 4],
}

/// EBX, EDX and ECX of leaf 0.
pub(crate) const VENDOR: [u32; 3] =
    [u32::from_le_bytes(*b"Genu"), u32::from_le_bytes(*b"ineI"), u32::from_le_bytes(*b"ntel")];

/// Bits of EDX after CPUID leaf 1.
pub(crate) mod feature {
    /// There is an x87.
    pub(crate) const FPU: u32 = 1;
    /// Extensions of virtual-8086 mode, and PVI.
    pub(crate) const VME: u32 = 1 << 1;
    /// Breakpoints on ports; DR4 and DR5 can be refused.
    pub(crate) const DE: u32 = 1 << 2;
    /// Pages of 4 MiB.
    pub(crate) const PSE: u32 = 1 << 3;
    /// RDTSC.
    pub(crate) const TSC: u32 = 1 << 4;
    /// RDMSR and WRMSR.
    pub(crate) const MSR: u32 = 1 << 5;
    /// The machine check exception.
    pub(crate) const MCE: u32 = 1 << 7;
    /// CMPXCHG8B.
    pub(crate) const CX8: u32 = 1 << 8;
    /// SYSENTER and SYSEXIT.
    pub(crate) const SEP: u32 = 1 << 11;
    /// Memory type range registers.
    pub(crate) const MTRR: u32 = 1 << 12;
    /// Global pages.
    pub(crate) const PGE: u32 = 1 << 13;
    /// Banks of machine check registers.
    pub(crate) const MCA: u32 = 1 << 14;
    /// CMOVcc; with an x87 also FCMOV and FCOMI.
    pub(crate) const CMOV: u32 = 1 << 15;
    /// The page attribute table.
    pub(crate) const PAT: u32 = 1 << 16;
    /// MMX.
    pub(crate) const MMX: u32 = 1 << 23;
    /// FXSAVE and FXRSTOR.
    pub(crate) const FXSR: u32 = 1 << 24;
    /// Everything of a Pentium.
    pub(super) const PENTIUM: u32 = FPU | VME | DE | PSE | TSC | MSR | MCE | CX8;
}

/// Bits of CR4.
pub(crate) mod cr4 {
    /// Virtual interrupt flag in virtual-8086 mode.
    pub(crate) const VME: u32 = 1;
    /// Virtual interrupt flag in protected mode.
    pub(crate) const PVI: u32 = 1 << 1;
    /// RDTSC at CPL 0 only.
    pub(crate) const TSD: u32 = 1 << 2;
    /// Breakpoints on ports; DR4 and DR5 are undefined.
    pub(crate) const DE: u32 = 1 << 3;
    /// Pages of 4 MiB.
    pub(crate) const PSE: u32 = 1 << 4;
    /// Machine checks are reported.
    pub(crate) const MCE: u32 = 1 << 6;
    /// Global pages stay in the TLB.
    pub(crate) const PGE: u32 = 1 << 7;
    /// RDPMC at any CPL.
    pub(crate) const PCE: u32 = 1 << 8;
    /// The system uses FXSAVE.
    pub(crate) const OSFXSR: u32 = 1 << 9;
    /// Those of a Pentium.
    pub(super) const PENTIUM: u32 = VME | PVI | TSD | DE | PSE | MCE;
}

// SPEC: AP-485 "Intel Processor Identification and the CPUID Instruction" (241618): signatures, feature flags and cache
// descriptors; Pentium specification update (242480) and Pentium II specification update (243337) for the steppings. Of
// the features of these chips only those are told that are here.
// DEVIATION: without APIC, as where the board keeps it disabled; the Pentium II is without PAE and the 36 address lines
// that come with it, and PSE-36, none of which a program may use without looking here first.
static I80486: Cpuid = Cpuid { leaves: 1, signature: 0x0435, features: feature::FPU, caches: [0; 4] };
static PENTIUM: Cpuid = Cpuid { leaves: 1, signature: 0x052c, features: feature::PENTIUM, caches: [0; 4] };
static PENTIUM_MMX: Cpuid =
    Cpuid { leaves: 1, signature: 0x0543, features: feature::PENTIUM | feature::MMX, caches: [0; 4] };
static PENTIUM_II: Cpuid = Cpuid {
    leaves: 2,
    signature: 0x0652,
    features: feature::PENTIUM
        | feature::SEP
        | feature::MTRR
        | feature::PGE
        | feature::MCA
        | feature::CMOV
        | feature::PAT
        | feature::MMX
        | feature::FXSR,
    // 16 KiB of code and of data, 512 KiB of second level, TLBs of 32 + 2 entries for code, 64 + 8 for data.
    caches: [0x0302_0101, 0, 0, 0x0c04_0843],
};

// SPEC: reset values: 8086 (231455) "Reset"; 80286 (210498) 5.3; 80386 (230985) "Reset and Initialization"; i486
// (240440) 10.1. Pentium (241430) 3.1. DX is the component and stepping identifier from the 80386 on: 80386DX D1 = 0308h, then
// the signature of CPUID. The 80486 is an SL-enhanced IntelDX2, the first that has CPUID.
// UNVERIFIED: average clocks for one instruction are rounded from published mixes; they only set the pace.
static TRAITS: [Traits; 8] = [
    Traits {
        names: &["8086", "8088", "i8086", "i8088"],
        address_mask: 0x000f_ffff,
        average_clocks: 14,
        flags_set: 0xf002,
        flags_writable: 0x0fd5,
        longest_instruction: None,
        reset: (0xffff, 0xf_fff0, 0, 0),
        cr0_reset: 0,
        cr0_writable: 0,
        cr4_writable: None,
        cpuid: None,
    },
    Traits {
        names: &["80186", "186", "80188", "188", "i186"],
        address_mask: 0x000f_ffff,
        average_clocks: 10,
        flags_set: 0xf002,
        flags_writable: 0x0fd5,
        longest_instruction: None,
        reset: (0xffff, 0xf_fff0, 0, 0),
        cr0_reset: 0,
        cr0_writable: 0,
        cr4_writable: None,
        cpuid: None,
    },
    Traits {
        names: &["80286", "286", "i286"],
        address_mask: 0x00ff_ffff,
        average_clocks: 6,
        flags_set: 0x0002,
        flags_writable: 0x0fd5,
        longest_instruction: Some(10),
        reset: (0xf000, 0x00ff_0000, 0xfff0, 0),
        cr0_reset: 0xfff0,
        cr0_writable: 0x000f,
        cr4_writable: None,
        cpuid: None,
    },
    Traits {
        names: &["80386", "386", "i386"],
        address_mask: 0xffff_ffff,
        average_clocks: 4,
        flags_set: 0x0002,
        flags_writable: 0x0000_7fd5,
        longest_instruction: Some(15),
        reset: (0xf000, 0xffff_0000, 0xfff0, 0x0308),
        // SPEC: 80386 (231630) table of the registers after reset: only the low four bits of CR0 are defined. QUIRK: the
        // reserved bits hold ones but for bit 16, as the 386EX shows in every state of SingleStepTests/80386.
        cr0_reset: 0x7ffe_ffe0,
        cr0_writable: 0x8000_001f,
        cr4_writable: None,
        cpuid: None,
    },
    Traits {
        names: &["80486", "486", "i486"],
        address_mask: 0xffff_ffff,
        average_clocks: 2,
        flags_set: 0x0002,
        flags_writable: 0x0024_7fd5,
        longest_instruction: Some(15),
        reset: (0xf000, 0xffff_0000, 0xfff0, 0x0435),
        cr0_reset: 0x6000_0010,
        cr0_writable: 0xe005_002f,
        cr4_writable: None,
        cpuid: Some(&I80486),
    },
    Traits {
        names: &["pentium", "586", "80586", "i586", "p5", "p54c"],
        address_mask: 0xffff_ffff,
        average_clocks: 1,
        flags_set: 0x0002,
        flags_writable: 0x0024_7fd5,
        longest_instruction: Some(15),
        reset: (0xf000, 0xffff_0000, 0xfff0, 0x052c),
        cr0_reset: 0x6000_0010,
        cr0_writable: 0xe005_002f,
        cr4_writable: Some(cr4::PENTIUM),
        cpuid: Some(&PENTIUM),
    },
    Traits {
        names: &["pentium-mmx", "p55c"],
        address_mask: 0xffff_ffff,
        average_clocks: 1,
        flags_set: 0x0002,
        flags_writable: 0x0024_7fd5,
        longest_instruction: Some(15),
        reset: (0xf000, 0xffff_0000, 0xfff0, 0x0543),
        cr0_reset: 0x6000_0010,
        cr0_writable: 0xe005_002f,
        cr4_writable: Some(cr4::PENTIUM | cr4::PCE),
        cpuid: Some(&PENTIUM_MMX),
    },
    Traits {
        names: &["pentium-ii", "pentium2", "p6", "686", "80686", "i686"],
        address_mask: 0xffff_ffff,
        average_clocks: 1,
        flags_set: 0x0002,
        flags_writable: 0x0024_7fd5,
        longest_instruction: Some(15),
        reset: (0xf000, 0xffff_0000, 0xfff0, 0x0652),
        cr0_reset: 0x6000_0010,
        cr0_writable: 0xe005_002f,
        cr4_writable: Some(cr4::PENTIUM | cr4::PGE | cr4::PCE | cr4::OSFXSR),
        cpuid: Some(&PENTIUM_II),
    },
];

impl Model {
    /// Every model, oldest first.
    pub const ALL: [Model; 8] = [
        Model::I8086,
        Model::I80186,
        Model::I80286,
        Model::I80386,
        Model::I80486,
        Model::Pentium,
        Model::PentiumMmx,
        Model::PentiumII,
    ];

    /// The values of this model.
    pub(crate) fn traits(self) -> &'static Traits {
        &TRAITS[usize::from(self.to_code())]
    }

    /// `8086`, `80186`, `80286`, `80386`, `80486`, `pentium`, `pentium-mmx` or `pentium-ii`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.traits().names[0]
    }

    /// The model called `name`: a full name, `8088`, or another such as `386`, `i486`, `586` and `p6`. `None` when unknown.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Model> {
        Model::ALL.into_iter().find(|model| model.traits().names.contains(&name))
    }

    /// Whether CPUID tells of all of these features.
    pub(crate) fn has(self, features: u32) -> bool {
        self.traits().cpuid.is_some_and(|cpuid| cpuid.features & features == features)
    }

    /// The coprocessor of its time.
    pub(crate) fn coprocessor(self) -> Generation {
        match self {
            Model::I8086 | Model::I80186 => Generation::I8087,
            Model::I80286 => Generation::I80287,
            Model::PentiumII => Generation::P6,
            _ => Generation::I80387,
        }
    }

    /// Every FLAGS bit that can be set.
    pub(crate) fn flags_possible(self) -> u32 {
        let traits = self.traits();
        // IOPL and NT of the 80286 can be set in protected mode only.
        let protected = if self >= Model::I80286 { flag::IOPL | flag::NT } else { 0 };
        let wide = if self >= Model::I80386 { flag::RF | flag::VM } else { 0 };
        let extended = if self.has(feature::VME) { flag::VIF | flag::VIP } else { 0 };
        traits.flags_set | traits.flags_writable | protected | wide | extended
    }

    /// CR4 bits that can be written; none where there is no CR4.
    pub(crate) fn cr4_writable(self) -> u32 {
        self.traits().cr4_writable.unwrap_or(0)
    }

    /// The address lines: 20, 24 or 32 ones.
    #[must_use]
    pub fn address_mask(self) -> u32 {
        self.traits().address_mask
    }

    /// Average clocks for one instruction: the CPU's rate is its clock divided by this.
    #[must_use]
    pub fn average_clocks(self) -> u32 {
        self.traits().average_clocks
    }
}
