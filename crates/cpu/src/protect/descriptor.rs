//! Descriptors and gates as they lie in memory.

use crate::interrupt::vector;
use crate::segment::{Segment, rights};
use crate::slow::{Exec, Fault, Step};
use crate::{Model, Width};

/// The bits of a selector that choose a descriptor.
const INDEX: u16 = !7;
/// The bits of a selector that stand in an error code.
const NAME: u16 = !3;
/// The table indicator: the local table.
const LOCAL: u16 = 4;

/// What a descriptor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Data,
    Code,
    /// A task state, of 32 bits or 16.
    Tss {
        wide: bool,
        busy: bool,
    },
    Ldt,
    CallGate {
        wide: bool,
    },
    TaskGate,
    InterruptGate {
        wide: bool,
    },
    TrapGate {
        wide: bool,
    },
    /// A type that does not exist, or not on this model.
    Invalid,
}

/// A descriptor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Descriptor {
    /// The selector that chose it.
    pub(super) selector: u16,
    /// Its linear address.
    at: u32,
    low: u32,
    high: u32,
    model: Model,
}

/// The requested privilege level of a selector.
pub(crate) fn rpl(selector: u16) -> u8 {
    (selector & 3) as u8
}

/// Whether a selector names no descriptor.
pub(crate) fn is_null(selector: u16) -> bool {
    selector & NAME == 0
}

/// The error code that names a selector.
pub(super) fn selector_code(selector: u16, external: u16) -> u16 {
    selector & NAME | external
}

impl Descriptor {
    pub(crate) fn new(model: Model, selector: u16, at: u32, low: u32, high: u32) -> Descriptor {
        Descriptor { selector, at, low, high, model }
    }

    /// The access byte and, above it, AVL, D/B and G. The 80286 has the access byte alone.
    pub(super) fn rights(&self) -> u16 {
        let wide = self.model >= Model::I80386;
        (self.high >> 8) as u16 & if wide { rights::ALL } else { 0xff }
    }

    pub(crate) fn has(&self, bits: u16) -> bool {
        self.rights() & bits == bits
    }

    pub(crate) fn kind(&self) -> Kind {
        let rights = self.rights();
        if rights & rights::SEGMENT != 0 {
            return if rights & rights::CODE != 0 { Kind::Code } else { Kind::Data };
        }
        let wide = rights & 8 != 0;
        if wide && self.model < Model::I80386 {
            return Kind::Invalid;
        }
        match (rights & 7, wide) {
            (1, _) => Kind::Tss { wide, busy: false },
            (3, _) => Kind::Tss { wide, busy: true },
            (2, false) => Kind::Ldt,
            (4, _) => Kind::CallGate { wide },
            (5, false) => Kind::TaskGate,
            (6, _) => Kind::InterruptGate { wide },
            (7, _) => Kind::TrapGate { wide },
            _ => Kind::Invalid,
        }
    }

    pub(crate) fn dpl(&self) -> u8 {
        (self.high >> 13 & 3) as u8
    }

    pub(crate) fn is_present(&self) -> bool {
        self.has(rights::PRESENT)
    }

    pub(crate) fn is_conforming(&self) -> bool {
        self.kind() == Kind::Code && self.has(rights::CONFORMING)
    }

    /// Code that can be read, or data.
    pub(super) fn is_readable(&self) -> bool {
        match self.kind() {
            Kind::Data => true,
            Kind::Code => self.has(rights::READABLE),
            _ => false,
        }
    }

    pub(super) fn is_writable(&self) -> bool {
        self.kind() == Kind::Data && self.has(rights::WRITABLE)
    }

    /// Whether a program at `cpl` may load ES, DS, FS or GS with it.
    pub(crate) fn admits_data(&self, cpl: u8) -> bool {
        let level = cpl.max(rpl(self.selector));
        self.is_readable() && (self.is_conforming() || level <= self.dpl())
    }

    /// Whether it is a stack of level `level`.
    pub(crate) fn admits_stack(&self, level: u8) -> bool {
        rpl(self.selector) == level && self.dpl() == level && self.is_writable()
    }

    /// Whether a program at `cpl` may jump to it or call it, if it is code, without a gate.
    pub(crate) fn admits_transfer(&self, cpl: u8) -> bool {
        if self.is_conforming() { self.dpl() <= cpl } else { self.dpl() == cpl && rpl(self.selector) <= cpl }
    }

    /// Whether it is code that a return to the level of its selector may lead to.
    pub(crate) fn admits_return(&self) -> bool {
        let level = rpl(self.selector);
        self.kind() == Kind::Code && if self.is_conforming() { self.dpl() <= level } else { self.dpl() == level }
    }

    /// The last offset, in bytes.
    pub(super) fn limit(&self) -> u32 {
        if self.model < Model::I80386 {
            return self.low & 0xffff;
        }
        let limit = self.low & 0xffff | self.high & 0x000f_0000;
        if self.has(rights::GRANULAR) { limit << 12 | 0xfff } else { limit }
    }

    pub(super) fn base(&self) -> u32 {
        let base = self.low >> 16 | (self.high & 0xff) << 16;
        if self.model < Model::I80386 { base } else { base | self.high & 0xff00_0000 }
    }

    /// The segment register that names this descriptor by `selector`.
    pub(crate) fn segment(&self, selector: u16) -> Segment {
        Segment::new(selector, self.base(), self.limit(), self.rights())
    }

    /// Of a gate: where it leads.
    pub(crate) fn target_selector(&self) -> u16 {
        (self.low >> 16) as u16
    }

    pub(crate) fn target_offset(&self, wide: bool) -> u32 {
        self.low & 0xffff | if wide { self.high & 0xffff_0000 } else { 0 }
    }

    /// Of a call gate: how many words or dwords go along.
    pub(crate) fn parameters(&self) -> u32 {
        self.high & 31
    }

    /// A fault that names this descriptor.
    pub(super) fn fault(&self, vector: u8, external: u16) -> Fault {
        Fault::WithCode(vector, selector_code(self.selector, external))
    }
}

impl Step<'_> {
    /// The descriptor of a selector that is not null.
    ///
    /// # Errors
    /// `vector` with the selector when it lies outside its table.
    pub(super) fn descriptor(&mut self, selector: u16, vector: u8, external: u16) -> Exec<Descriptor> {
        match self.find_descriptor(selector)? {
            Some(descriptor) => Ok(descriptor),
            None => Err(Fault::WithCode(vector, selector_code(selector, external))),
        }
    }

    /// The descriptor of a selector, `None` when it lies outside its table.
    pub(super) fn find_descriptor(&mut self, selector: u16) -> Exec<Option<Descriptor>> {
        let registers = &self.cpu.registers;
        let (base, limit) = if selector & LOCAL == 0 {
            (registers.gdtr.base, u32::from(registers.gdtr.limit))
        } else if registers.ldtr.is_present() {
            (registers.ldtr.base, registers.ldtr.limit)
        } else {
            return Ok(None);
        };
        let offset = u32::from(selector & INDEX);
        if offset + 7 > limit {
            return Ok(None);
        }
        let at = base.wrapping_add(offset);
        let low = self.read_system(at, Width::Dword)?;
        let high = self.read_system(at.wrapping_add(4), Width::Dword)?;
        Ok(Some(Descriptor::new(self.cpu.model, selector, at, low, high)))
    }

    /// A descriptor of the global table.
    ///
    /// # Errors
    /// `vector` with the selector when it names the local table or nothing.
    pub(super) fn global_descriptor(&mut self, selector: u16, vector: u8, external: u16) -> Exec<Descriptor> {
        if is_null(selector) || selector & LOCAL != 0 {
            return Err(Fault::WithCode(vector, selector_code(selector, external)));
        }
        self.descriptor(selector, vector, external)
    }

    /// Sets the accessed bit of a code or data descriptor, in memory and in `descriptor`.
    pub(super) fn mark_accessed(&mut self, descriptor: &mut Descriptor) -> Exec {
        if !descriptor.has(rights::ACCESSED) {
            self.set_type_bit(descriptor, u32::from(rights::ACCESSED) << 8, true)?;
        }
        Ok(())
    }

    /// Sets or clears the busy bit of a task state, in memory and in `descriptor`.
    pub(super) fn mark_busy(&mut self, descriptor: &mut Descriptor, busy: bool) -> Exec {
        self.set_type_bit(descriptor, 2 << 8, busy)
    }

    fn set_type_bit(&mut self, descriptor: &mut Descriptor, bit: u32, on: bool) -> Exec {
        descriptor.high = if on { descriptor.high | bit } else { descriptor.high & !bit };
        self.write_system(descriptor.at.wrapping_add(5), Width::Byte, descriptor.high >> 8 & 0xff)
    }

    /// # Errors
    /// #NP, or #SS for a stack segment, when the descriptor is not present.
    pub(super) fn require_present(&self, descriptor: &Descriptor, external: u16) -> Exec {
        if descriptor.is_present() { Ok(()) } else { Err(descriptor.fault(vector::NOT_PRESENT, external)) }
    }
}
