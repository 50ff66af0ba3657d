//! Task switches.
//!
//! SPEC: 80286 (210498) 8.5, 80386 (230985) 7.5, Pentium (241430) 13.5 and tables 13-1 and 13-2.

use super::descriptor::{Descriptor, Kind, is_null, rpl, selector_code};
use crate::cpu::event;
use crate::interrupt::vector;
use crate::regs::{cr0, flag, seg};
use crate::segment::rights;
use crate::slow::debug::dr6;
use crate::slow::paging::Access;
use crate::slow::{Exec, Fault, Step};
use crate::{Model, Width};

/// Why a task is switched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Jump,
    Call,
    /// IRET of a nested task.
    Return,
    /// A task gate of the IDT: the EXT bit, and EFLAGS as they are saved.
    Interrupt {
        external: u16,
        flags: u32,
    },
}

impl Reason {
    fn external(self) -> u16 {
        if let Reason::Interrupt { external, .. } = self { external } else { 0 }
    }

    /// Whether the new task returns to the old one.
    fn nests(self) -> bool {
        matches!(self, Reason::Call | Reason::Interrupt { .. })
    }
}

/// Where things lie in a task state.
struct Layout {
    width: Width,
    /// The last offset that a task state must have.
    last: u32,
    cr3: Option<u32>,
    ip: u32,
    flags: u32,
    general: u32,
    segments: u32,
    segment_count: u32,
    ldt: u32,
    trap: Option<u32>,
}

static NARROW: Layout = Layout {
    width: Width::Word,
    last: 0x2b,
    cr3: None,
    ip: 0x0e,
    flags: 0x10,
    general: 0x12,
    segments: 0x22,
    segment_count: 4,
    ldt: 0x2a,
    trap: None,
};

static WIDE: Layout = Layout {
    width: Width::Dword,
    last: 0x67,
    cr3: Some(0x1c),
    ip: 0x20,
    flags: 0x24,
    general: 0x28,
    segments: 0x48,
    segment_count: 6,
    ldt: 0x60,
    trap: Some(0x64),
};

fn layout(wide: bool) -> &'static Layout {
    if wide { &WIDE } else { &NARROW }
}

/// What a task begins with.
#[derive(Default)]
struct State {
    cr3: Option<u32>,
    ip: u32,
    flags: u32,
    general: [u32; 8],
    /// ES CS SS DS FS GS.
    selectors: [u16; 6],
    ldt: u16,
    traps: bool,
}

impl Step<'_> {
    /// Switches to a task whose descriptor has been found fit. The old task goes on at `next`.
    pub(super) fn switch_task(&mut self, task: Descriptor, reason: Reason, code: Option<u16>) -> Exec {
        let Kind::Tss { wide, .. } = task.kind() else { return Err(task.fault(vector::INVALID_TSS, 0)) };
        let new = layout(wide);
        if task.limit() < new.last {
            return Err(task.fault(vector::INVALID_TSS, reason.external()));
        }
        let old = layout(self.task_is_wide());
        self.probe_system(self.cpu.registers.tr.base, old.last + 1, Access::Write)?;
        let access = if reason.nests() { Access::Write } else { Access::Read };
        self.probe_system(task.base(), new.last + 1, access)?;

        self.save_task(old, reason)?;
        let back_link = self.cpu.registers.tr.selector;
        if !reason.nests() {
            let leaving = self.cpu.registers.tr.selector;
            if let Some(mut descriptor) = self.find_descriptor(leaving)? {
                self.mark_busy(&mut descriptor, false)?;
            }
        }
        let state = self.read_task(&task, new)?;
        if reason.nests() {
            self.write_system(task.base(), Width::Word, u32::from(back_link))?;
        }
        let mut task = task;
        if reason != Reason::Return {
            self.mark_busy(&mut task, true)?;
        }
        self.load_task(&task, new, &state, reason)?;
        self.finish_task(&state, wide, code)
    }

    /// Writes the present task's registers to its task state.
    fn save_task(&mut self, old: &Layout, reason: Reason) -> Exec {
        let registers = self.cpu.registers.clone();
        let base = registers.tr.base;
        let flags = match reason {
            Reason::Return => registers.eflags & !(flag::NT | flag::RF),
            Reason::Interrupt { flags, .. } => flags,
            _ => registers.eflags & !flag::RF,
        };
        self.write_system(base.wrapping_add(old.ip), old.width, self.next)?;
        self.write_system(base.wrapping_add(old.flags), old.width, flags)?;
        for number in 0..8 {
            let at = base.wrapping_add(old.general + u32::from(number) * old.width.bytes());
            self.write_system(at, old.width, registers.reg32(number))?;
        }
        for number in 0..old.segment_count {
            let at = base.wrapping_add(old.segments + number * old.width.bytes());
            self.write_system(at, Width::Word, u32::from(registers.selector(number as u8)))?;
        }
        Ok(())
    }

    fn read_task(&mut self, task: &Descriptor, new: &Layout) -> Exec<State> {
        let base = task.base();
        let mut state = State::default();
        if let Some(at) = new.cr3 {
            state.cr3 = Some(self.read_system(base.wrapping_add(at), Width::Dword)?);
        }
        state.ip = self.read_system(base.wrapping_add(new.ip), new.width)?;
        state.flags = self.read_system(base.wrapping_add(new.flags), new.width)?;
        for (number, value) in (0..).zip(&mut state.general) {
            *value = self.read_system(base.wrapping_add(new.general + number * new.width.bytes()), new.width)?;
        }
        for (number, value) in (0..new.segment_count).zip(&mut state.selectors) {
            *value =
                self.read_system(base.wrapping_add(new.segments + number * new.width.bytes()), Width::Word)? as u16;
        }
        state.ldt = self.read_system(base.wrapping_add(new.ldt), Width::Word)? as u16;
        if let Some(at) = new.trap {
            state.traps = self.read_system(base.wrapping_add(at), Width::Word)? & 1 != 0;
        }
        Ok(state)
    }

    /// From here on faults belong to the new task. Its segments are unusable until they have been checked.
    fn load_task(&mut self, task: &Descriptor, new: &Layout, state: &State, reason: Reason) -> Exec {
        let model = self.cpu.model;
        let registers = &mut self.cpu.registers;
        registers.tr = task.segment(task.selector);
        registers.cr0 |= cr0::TS;
        if let Some(cr3) = state.cr3
            && registers.cr0 & cr0::PG != 0
        {
            registers.cr3 = cr3;
        }
        // The local breakpoints belong to the old task.
        registers.debug[7] &= !0x155;
        let nested = if reason.nests() { flag::NT } else { 0 };
        let allowed = model.flags_possible();
        registers.eflags = (state.flags | nested) & allowed | model.traits().flags_set;
        for (number, value) in (0..).zip(state.general) {
            registers.write(new.width, number, value);
        }
        for (number, selector) in (0..6).zip(state.selectors) {
            registers.segments[number].nullify(selector);
        }
        registers.ldtr.nullify(state.ldt);
        registers.eip = state.ip & self.ip_mask;
        (self.start, self.next) = (registers.eip, registers.eip);
        (self.trap_inhibited, self.resumes) = (true, true);
        let level = if registers.is_virtual() { 3 } else { rpl(state.selectors[usize::from(seg::CS)]) };
        if self.cpu.registers.is_virtual() {
            for (number, selector) in (0..6).zip(state.selectors) {
                self.cpu.registers.load_segment(number, selector);
            }
        }
        self.set_level(level);
        Ok(())
    }

    fn finish_task(&mut self, state: &State, wide: bool, code: Option<u16>) -> Exec {
        self.load_ldtr(state.ldt, vector::INVALID_TSS)?;
        if !self.cpu.registers.is_virtual() {
            self.load_task_segments(state)?;
        }
        if state.traps {
            self.cpu.registers.debug[6] |= dr6::BT;
            self.cpu.events |= event::TRAP;
        }
        if let Some(code) = code {
            let mut stack = self.present_stack(0);
            self.push_on(&mut stack, Width::word_or_dword(wide), u32::from(code))?;
            self.adopt(&stack);
        }
        if self.next > self.cpu.registers.segment(seg::CS).limit {
            return Err(Fault::PROTECTION);
        }
        Ok(())
    }

    fn load_task_segments(&mut self, state: &State) -> Exec {
        let [es, cs, ss, ds, fs, gs] = state.selectors;
        let invalid = |selector: u16| Fault::WithCode(vector::INVALID_TSS, selector_code(selector, 0));
        if is_null(cs) {
            return Err(invalid(cs));
        }
        let mut code = self.descriptor(cs, vector::INVALID_TSS, 0)?;
        let level = rpl(cs);
        let allowed = if code.is_conforming() { code.dpl() <= level } else { code.dpl() == level };
        if code.kind() != Kind::Code || !allowed {
            return Err(invalid(cs));
        }
        self.require_present(&code, 0)?;
        self.mark_accessed(&mut code)?;
        self.cpu.registers.segments[usize::from(seg::CS)] = code.segment(cs);
        if is_null(ss) {
            return Err(invalid(ss));
        }
        let stack = self.stack_segment(ss, level, vector::INVALID_TSS, 0)?;
        self.cpu.registers.segments[usize::from(seg::SS)] = stack;
        let data = [(seg::DS, ds), (seg::ES, es), (seg::FS, fs), (seg::GS, gs)];
        let count = if self.cpu.model >= Model::I80386 { 4 } else { 2 };
        for (number, selector) in data.into_iter().take(count) {
            let segment = self.data_segment(number, selector, vector::INVALID_TSS)?;
            self.cpu.registers.segments[usize::from(number)] = segment;
        }
        Ok(())
    }
}

impl Step<'_> {
    /// Whether the task state has an I/O permission bitmap and where, and its limit.
    pub(crate) fn io_map(&mut self) -> Exec<Option<(u32, u32)>> {
        let tr = self.cpu.registers.tr;
        if !self.task_is_wide() || tr.rights & rights::PRESENT == 0 || tr.limit < 0x67 {
            return Ok(None);
        }
        let offset = self.read_system(tr.base.wrapping_add(0x66), Width::Word)?;
        Ok(Some((offset, tr.limit)))
    }
}
