//! LOADALL, which loads every register with the hidden parts of segments: 0F 05 of the 80286 from address 800h, 0F 07 of
//! the 80386 from ES:EDI. Nothing is checked against descriptors; the privilege level is that of SS.
//!
//! SPEC: "The LOADALL instruction" by Robert Collins, with the programs 286LOAD and 386LOAD that try it.
//! DEVIATION: what no other way leads to is left out: paging in real mode, segments of virtual-8086 mode that are not
//! those of their selectors, and segments that are not present in real mode.

use super::{Exec, Fault, Step};
use crate::regs::{DR6_FIXED, DR6_ZERO, DR7_FIXED, DR7_ZERO, cr0, flag, seg};
use crate::segment::rights;
use crate::state::{CpuState, SegmentState, TableState};
use crate::{Model, Width};

impl Step<'_> {
    #[cold]
    pub(super) fn loadall(&mut self) -> Exec {
        self.require_level_0()?;
        let mut state = self.cpu.state();
        if self.cpu.model == Model::I80286 {
            self.image_80286(&mut state)?
        } else {
            self.image_80386(&mut state)?
        }
        self.make_possible(&mut state);
        let mut registers = self.cpu.registers.clone();
        registers.load_state(self.cpu.model, &state);
        registers.check(self.cpu.model).map_err(|_| Fault::PROTECTION)?;
        self.cpu.registers = registers;
        self.cpu.set_guards();
        self.code_span = 0;
        // A loaded RF holds for the next instruction.
        self.resumes = true;
        self.next = state.eip;
        Ok(())
    }

    fn image_80286(&mut self, state: &mut CpuState) -> Exec {
        const IMAGE: u32 = 0x800;
        const CACHES: u32 = 0x36;
        // PE can be set, not cleared.
        state.cr0 = state.cr0 & cr0::PE | self.word(IMAGE + 0x06)? & 0xf | 0xfff0;
        state.eflags = self.word(IMAGE + 0x18)?;
        state.eip = self.word(IMAGE + 0x1a)?;
        // DI SI BP SP BX DX CX AX.
        for (place, register) in (0..).zip(state.general.iter_mut().rev()) {
            *register = self.word(IMAGE + 0x26 + 2 * place)?;
        }
        let selectors = [(0x24, 0), (0x22, 6), (0x20, 12), (0x1e, 18), (0x1c, 30), (0x16, 42)];
        for (number, (selector, cache)) in selectors.into_iter().enumerate() {
            let low = self.dword(IMAGE + CACHES + cache)?;
            let segment = SegmentState {
                selector: self.word(IMAGE + selector)? as u16,
                base: low & 0x00ff_ffff,
                limit: self.word(IMAGE + CACHES + cache + 4)?,
                rights: (low >> 24) as u16,
            };
            match number {
                0..=3 => state.segments[number] = segment,
                4 => state.ldtr = segment,
                _ => state.tr = segment,
            }
        }
        for (table, cache) in [(&mut state.gdtr, 24), (&mut state.idtr, 36)] {
            let base = self.dword(IMAGE + CACHES + cache)? & 0x00ff_ffff;
            *table = TableState { base, limit: self.word(IMAGE + CACHES + cache + 4)? as u16 };
        }
        Ok(())
    }

    fn image_80386(&mut self, state: &mut CpuState) -> Exec {
        const DWORDS: usize = 0xcc / 4;
        let start = self.cpu.registers.reg32(crate::regs::reg::DI);
        let mut image = [0; DWORDS];
        for (place, dword) in (0..).zip(&mut image) {
            *dword = self.read_memory(seg::ES, start.wrapping_add(4 * place), Width::Dword)?;
        }
        [state.cr0, state.eflags, state.eip] = [image[0], image[1], image[2]];
        // EDI ESI EBP ESP EBX EDX ECX EAX.
        for (register, value) in state.general.iter_mut().rev().zip(&image[3..]) {
            *register = *value;
        }
        state.debug[6] = image[11] & !DR6_ZERO | DR6_FIXED;
        state.debug[7] = image[12] & !DR7_ZERO | DR7_FIXED;
        let segment = |selector: usize, cache: usize| SegmentState {
            selector: image[selector] as u16,
            base: image[cache + 1],
            limit: image[cache + 2],
            rights: (image[cache] >> 8) as u16 & rights::ALL,
        };
        let table = |cache: usize| TableState { base: image[cache + 1], limit: image[cache + 2] as u16 };
        (state.tr, state.ldtr) = (segment(13, 21), segment(14, 30));
        (state.idtr, state.gdtr) = (table(24), table(27));
        // ES CS SS DS FS GS, whose images run the other way: GS FS DS SS CS ES.
        let places = [(20, 48), (19, 45), (18, 42), (17, 39), (16, 36), (15, 33)];
        for (slot, (selector, cache)) in state.segments.iter_mut().zip(places) {
            *slot = segment(selector, cache);
        }
        Ok(())
    }

    /// Takes out what cannot be.
    fn make_possible(&self, state: &mut CpuState) {
        let traits = self.cpu.model.traits();
        state.cr0 = state.cr0 & traits.cr0_writable | traits.cr0_reset & !traits.cr0_writable;
        if state.cr0 & cr0::PE == 0 {
            state.cr0 &= !cr0::PG;
            state.eflags &= !flag::VM;
        }
        if state.eflags & flag::VM != 0 && self.cpu.model >= Model::I80386 {
            for segment in &mut state.segments {
                let base = u32::from(segment.selector) << 4;
                *segment = SegmentState { base, limit: 0xffff, rights: rights::VIRTUAL, ..*segment };
            }
        }
    }

    fn word(&mut self, linear: u32) -> Exec<u32> {
        self.read_linear(linear, Width::Word)
    }

    fn dword(&mut self, linear: u32) -> Exec<u32> {
        self.read_linear(linear, Width::Dword)
    }
}
