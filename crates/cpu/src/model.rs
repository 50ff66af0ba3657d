//! The CPU models, as data.

use beige_core::{Coded, coded_enum};

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
        /// 80486 without CPUID.
        I80486 = 4,
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
}

// SPEC: reset values: 8086 (231455) "Reset"; 80286 (210498) 5.3; 80386 (230985) "Reset and Initialization"; i486
// (240440) 10.1. DX is the component and stepping identifier from the 80386 on: 80386DX D1 = 0308h, i486DX D0 = 0404h.
// UNVERIFIED: average clocks for one instruction are rounded from published mixes; they only set the pace.
static TRAITS: [Traits; 5] = [
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
    },
    Traits {
        names: &["80386", "386", "i386"],
        address_mask: 0xffff_ffff,
        average_clocks: 4,
        flags_set: 0x0002,
        flags_writable: 0x0000_7fd5,
        longest_instruction: Some(15),
        reset: (0xf000, 0xffff_0000, 0xfff0, 0x0308),
        cr0_reset: 0,
        cr0_writable: 0x8000_001f,
    },
    Traits {
        names: &["80486", "486", "i486"],
        address_mask: 0xffff_ffff,
        average_clocks: 2,
        flags_set: 0x0002,
        flags_writable: 0x0004_7fd5,
        longest_instruction: Some(15),
        reset: (0xf000, 0xffff_0000, 0xfff0, 0x0404),
        cr0_reset: 0x6000_0010,
        cr0_writable: 0xe005_002f,
    },
];

impl Model {
    /// Every model, oldest first.
    pub const ALL: [Model; 5] = [Model::I8086, Model::I80186, Model::I80286, Model::I80386, Model::I80486];

    /// The values of this model.
    pub(crate) fn traits(self) -> &'static Traits {
        &TRAITS[usize::from(self.to_code())]
    }

    /// `8086`, `80186`, `80286`, `80386` or `80486`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.traits().names[0]
    }

    /// The model called `name`: a full name, `8088`, or a short form such as `386` and `i486`. `None` when unknown.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Model> {
        Model::ALL.into_iter().find(|model| model.traits().names.contains(&name))
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
