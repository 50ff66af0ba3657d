//! INT and IRET.

use super::far::{go_back, inner_stack};
use super::iopl::is_confined;
use super::*;
use crate::interrupt::vector;
use crate::model::cr4;
use crate::ops::{flags, is_plain_segment, load, set_plain_segment, tell_of_interrupt};
use crate::protect::descriptor::is_null;

/// INT; `imm` is the vector.
pub(super) fn int(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    match enter_gate(cpu, run, op, res, aux) {
        Ok(offset) => land(cpu, run, op, offset, res, aux),
        Err(miss) => missed(cpu, run, op, res, aux, miss),
    }
}

/// Goes through the gate of an INT, and gives the offset to go on at. The rules are those of `Step::enter_gate`.
#[inline(always)]
pub(super) fn enter_gate(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Fast<u32> {
    let cpl = cpu.registers.cpl;
    let is_virtual = cpu.registers.is_virtual();
    if is_virtual && (is_confined(cpu) || cpu.registers.cr4 & cr4::VME != 0) {
        return Err(Miss::Stepper);
    }
    let (idt, place) = (cpu.registers.idtr, op.imm * 8);
    // A breakpoint forgets about itself.
    if place + 7 > u32::from(idt.limit) || op.imm == u32::from(vector::DEBUG) {
        return Err(Miss::Stepper);
    }
    let at = idt.base.wrapping_add(place);
    let (low, high) = (system::<D>(run, at)?, system::<D>(run, at.wrapping_add(4))?);
    let gate = Descriptor::new(cpu.model, 0, at, low, high);
    let (wide, masks) = match gate.kind() {
        descriptor::Kind::InterruptGate { wide } => (wide, true),
        descriptor::Kind::TrapGate { wide } => (wide, false),
        _ => return Err(Miss::Stepper),
    };
    let (selector, offset) = (gate.target_selector(), gate.target_offset(wide));
    if !gate.is_present() || gate.dpl() < cpl || is_null(selector) {
        return Err(Miss::Stepper);
    }
    let code = *find(cpu, run, selector)?;
    let dpl = code.segment.dpl();
    let is_inner = !code.is_conforming() && dpl < cpl;
    let is_forbidden = dpl > cpl || is_virtual && !(is_inner && dpl == 0);
    if code.uses & uses::CODE == 0 || is_forbidden || offset > code.segment.limit {
        return Err(Miss::Stepper);
    }
    let registers = &cpu.registers;
    let selector_of = |number: u8| u32::from(registers.selector(number));
    let tail = [present(cpu, res, aux), selector_of(seg::CS), after(run, op)];
    let width = Width::word_or_dword(wide);
    let bytes = width.bytes();
    if !is_inner {
        let (stack, pointer) = (registers.segment(seg::SS), registers.reg32(reg::SP));
        let (place, below) = room(run, stack, pointer, cpl == 3, 3 * bytes)?;
        tell_of_interrupt(cpu, run, op, res, aux);
        write_frame(place, width, &tail);
        set_sp(cpu, below);
    } else {
        let (stack, pointer) = inner_stack(cpu, run, dpl)?;
        let count = if is_virtual { 9 } else { 5 };
        let (place, below) = room(run, &stack, pointer, false, count * bytes)?;
        let old = [selector_of(seg::SS), registers.reg32(reg::SP)];
        let data = [seg::GS, seg::FS, seg::DS, seg::ES].map(selector_of);
        tell_of_interrupt(cpu, run, op, res, aux);
        if is_virtual {
            write_frame(place.above(5 * bytes), width, &data);
        }
        write_frame(place.above(3 * bytes), width, &old);
        write_frame(place, width, &tail);
        cpu.registers.segments[usize::from(seg::SS)] = stack;
        cpu.registers.cpl = dpl;
        set_sp(cpu, below);
    }
    let level = cpu.registers.cpl;
    cpu.registers.segments[usize::from(seg::CS)] = code.code_at(level);
    cpu.registers.eflags &= !(flag::TF | flag::NT | flag::VM | flag::RF | if masks { flag::IF } else { 0 });
    if is_virtual {
        for number in [seg::ES, seg::DS, seg::FS, seg::GS] {
            cpu.registers.segments[usize::from(number)].nullify(0);
        }
    }
    if is_inner {
        cpu.set_guards();
    }
    cpu.last_interrupt = Some(op.imm as u8);
    Ok(offset)
}

/// IRET of protected mode.
pub(super) fn iret<S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let (level, iopl) = (cpu.registers.cpl, cpu.registers.iopl());
    if cpu.registers.has(flag::NT) {
        return slow(cpu, run, op, res, aux);
    }
    let (sp, mask) = (segment_sp(cpu), stack_mask(segment(cpu, SS)));
    let target = load!(S, cpu, run, op, SS, sp, res, aux);
    let above = sp.wrapping_add(S::BYTES) & mask;
    let selector = load!(S, cpu, run, op, SS, above, res, aux) as u16;
    let above = sp.wrapping_add(2 * S::BYTES) & mask;
    let value = load!(S, cpu, run, op, SS, above, res, aux);
    let to_virtual = S::WIDTH == Width::Dword && value & flag::VM != 0 && level == 0;
    let done = if to_virtual {
        go_virtual(cpu, run, (selector, target), value)
    } else {
        go_back::<S>(cpu, run, (selector, target), 3 * S::BYTES, 0)
    };
    match done {
        Ok(()) => {
            if !to_virtual {
                cpu.load_flags_at(S::WIDTH, value, level, iopl, true);
            }
            let (res, aux) = flags::lazy(value);
            land(cpu, run, op, target, res, aux)
        }
        Err(miss) => missed(cpu, run, op, res, aux, miss),
    }
}

/// From level 0 to virtual-8086 mode.
pub(super) fn go_virtual(cpu: &mut Cpu, run: &Run, target: (u16, u32), eflags: u32) -> Fast {
    let (selector, offset) = target;
    let mut frame = [0; 6];
    for (distance, value) in (12..).step_by(4).zip(&mut frame) {
        *value = peek::<D>(cpu, run, distance)?;
    }
    if offset > 0xffff {
        return Err(Miss::Stepper);
    }
    let [esp, ss, es, ds, fs, gs] = frame;
    let registers = &mut cpu.registers;
    registers.eflags = eflags & cpu.model.flags_possible() | cpu.model.traits().flags_set;
    let loads = [(seg::CS, selector.into()), (seg::SS, ss), (seg::ES, es), (seg::DS, ds), (seg::FS, fs), (seg::GS, gs)];
    for (number, value) in loads {
        registers.load_segment(number, value as u16);
    }
    registers.write(Width::Dword, reg::SP, esp);
    registers.cpl = 3;
    cpu.set_guards();
    Ok(())
}

/// IRET of virtual-8086 mode.
pub(super) fn iret_virtual<S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let (sp, mask) = (segment_sp(cpu), stack_mask(segment(cpu, SS)));
    let target = load!(S, cpu, run, op, SS, sp, res, aux);
    let above = sp.wrapping_add(S::BYTES) & mask;
    let selector = load!(S, cpu, run, op, SS, above, res, aux) as u16;
    let above = sp.wrapping_add(2 * S::BYTES) & mask;
    let value = load!(S, cpu, run, op, SS, above, res, aux);
    if is_confined(cpu) || target > segment(cpu, crate::ops::CS).limit || !is_plain_segment(cpu, run, seg::CS) {
        return slow(cpu, run, op, res, aux);
    }
    let (level, iopl) = (cpu.registers.cpl, cpu.registers.iopl());
    cpu.load_flags_at(S::WIDTH, value, level, iopl, true);
    set_plain_segment(cpu, seg::CS, selector);
    set_sp(cpu, sp.wrapping_add(3 * S::BYTES));
    let (res, aux) = flags::lazy(value);
    land(cpu, run, op, target, res, aux)
}
