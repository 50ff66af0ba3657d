//! Far jumps, calls and returns.

use super::segments::find_stack;
use super::*;
use crate::ops::load;
use crate::protect::descriptor::is_null;

/// The code segment that a far jump or call without a gate leads to.
#[inline(always)]
pub(super) fn find_target(cpu: &Cpu, run: &mut Run, selector: u16, offset: u32) -> Fast<Segment> {
    if is_null(selector) {
        return Err(Miss::Stepper);
    }
    let cpl = cpu.registers.cpl;
    let known = find(cpu, run, selector)?;
    if known.uses & uses::TRANSFER << cpl == 0 || offset > known.segment.limit {
        return Err(Miss::Stepper);
    }
    Ok(known.code_at(cpl))
}

#[inline(always)]
pub(super) fn jump_to(cpu: &mut Cpu, run: &mut Run, op: At, target: (u16, u32), res: i64, aux: u64) -> Next {
    let (selector, offset) = target;
    match find_target(cpu, run, selector, offset) {
        Ok(code) => {
            cpu.registers.segments[usize::from(seg::CS)] = code;
            land(cpu, run, op, offset, res, aux)
        }
        Err(miss) => missed(cpu, run, op, res, aux, miss),
    }
}

/// JMP to another segment: `imm` is the offset, `extra` the selector.
pub(super) fn jump_far(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    jump_to(cpu, run, op, (op.extra as u16, op.imm), res, aux)
}

/// JMP to the pointer in memory.
pub(super) fn jump_far_m<S: Size, const WIDE: bool>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let at = offset::<WIDE>(cpu, op);
    let target = load!(S, cpu, run, op, op.seg, at, res, aux);
    let selector = load!(W, cpu, run, op, op.seg, behind::<WIDE>(at, S::BYTES), res, aux) as u16;
    jump_to(cpu, run, op, (selector, target), res, aux)
}

/// Calls, and gives the offset to go on at.
#[inline(always)]
pub(super) fn enter_call(cpu: &mut Cpu, run: &mut Run, op: At, width: Width, target: (u16, u32)) -> Fast<u32> {
    let (selector, offset) = target;
    match find_target(cpu, run, selector, offset) {
        Ok(code) => call_at_level(cpu, run, op, width, code).map(|()| offset),
        Err(Miss::Stepper) => enter_call_gate(cpu, run, op, selector),
        Err(miss) => Err(miss),
    }
}

#[inline(always)]
pub(super) fn call_at_level(cpu: &mut Cpu, run: &mut Run, op: At, width: Width, code: Segment) -> Fast {
    let stack = cpu.registers.segment(seg::SS);
    let (pointer, user) = (cpu.registers.reg32(reg::SP), cpu.registers.cpl == 3);
    let (place, below) = room(run, stack, pointer, user, 2 * width.bytes())?;
    write_frame(place, width, &[u32::from(cpu.registers.cs()), after(run, op)]);
    cpu.registers.segments[usize::from(seg::CS)] = code;
    set_sp(cpu, below);
    Ok(())
}

/// Through a call gate.
#[inline(never)]
pub(super) fn enter_call_gate(cpu: &mut Cpu, run: &mut Run, op: At, selector: u16) -> Fast<u32> {
    if is_null(selector) {
        return Err(Miss::Stepper);
    }
    let cpl = cpu.registers.cpl;
    let known = find(cpu, run, selector)?;
    if known.uses & uses::GATE == 0 {
        return Err(Miss::Stepper);
    }
    let gate = Descriptor::new(cpu.model, selector, 0, known.low, known.high);
    let descriptor::Kind::CallGate { wide } = gate.kind() else { return Err(Miss::Stepper) };
    let (width, offset, target) = (Width::word_or_dword(wide), gate.target_offset(wide), gate.target_selector());
    if gate.dpl() < cpl.max(rpl(selector)) || is_null(target) {
        return Err(Miss::Stepper);
    }
    let code = *find(cpu, run, target)?;
    let level = code.segment.dpl();
    if code.uses & uses::CODE == 0 || level > cpl || offset > code.segment.limit {
        return Err(Miss::Stepper);
    }
    if code.is_conforming() || level == cpl {
        return call_at_level(cpu, run, op, width, code.code_at(cpl)).map(|()| offset);
    }
    call_inner(cpu, run, op, width, code.code_at(level), gate.parameters()).map(|()| offset)
}

/// Calls code of an inner level, with so many elements of the present stack.
pub(super) fn call_inner(cpu: &mut Cpu, run: &mut Run, op: At, width: Width, code: Segment, parameters: u32) -> Fast {
    let level = code.dpl();
    let (stack, pointer) = inner_stack(cpu, run, level)?;
    let bytes = width.bytes();
    let element = |cpu: &Cpu, run: &Run, number: u32| match width {
        Width::Dword => peek::<D>(cpu, run, 4 * number),
        _ => peek::<W>(cpu, run, 2 * number),
    };
    for number in 0..parameters {
        element(cpu, run, number)?;
    }
    let (place, below) = room(run, &stack, pointer, false, (4 + parameters) * bytes)?;
    let old = (u32::from(cpu.registers.selector(seg::SS)), cpu.registers.reg32(reg::SP));
    write_frame(place.above((2 + parameters) * bytes), width, &[old.0, old.1]);
    for number in (0..parameters).rev() {
        // The two stacks may lie in one place, so each is read when those before it are written.
        let value = element(cpu, run, number).unwrap_or_default();
        write_frame(place.above((2 + number) * bytes), width, &[value]);
    }
    write_frame(place, width, &[u32::from(cpu.registers.cs()), after(run, op)]);
    let registers = &mut cpu.registers;
    registers.segments[usize::from(seg::CS)] = code;
    registers.segments[usize::from(seg::SS)] = stack;
    registers.cpl = level;
    cpu.set_guards();
    set_sp(cpu, below);
    Ok(())
}

/// The stack of an inner level, from the present task state: its segment and pointer.
pub(super) fn inner_stack(cpu: &Cpu, run: &mut Run, level: u8) -> Fast<(Segment, u32)> {
    let tr = &cpu.registers.tr;
    let wide = tr.rights & 8 != 0;
    let (at, bytes) = if wide { (u32::from(level) * 8 + 4, 6) } else { (u32::from(level) * 4 + 2, 4) };
    if at + bytes - 1 > tr.limit || !tr.is_present() {
        return Err(Miss::Stepper);
    }
    let base = tr.base.wrapping_add(at);
    let (pointer, selector) = if wide {
        (system::<D>(run, base)?, system::<W>(run, base.wrapping_add(4))?)
    } else {
        (system::<W>(run, base)?, system::<W>(run, base.wrapping_add(2))?)
    };
    Ok((find_stack(cpu, run, selector as u16, level)?, pointer))
}

#[inline(always)]
pub(super) fn call_to(
    cpu: &mut Cpu,
    run: &mut Run,
    op: At,
    width: Width,
    target: (u16, u32),
    res: i64,
    aux: u64,
) -> Next {
    match enter_call(cpu, run, op, width, target) {
        Ok(offset) => land(cpu, run, op, offset, res, aux),
        Err(miss) => missed(cpu, run, op, res, aux, miss),
    }
}

/// CALL of another segment: `imm` is the offset, `extra` the selector.
pub(super) fn call_far<S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    call_to(cpu, run, op, S::WIDTH, (op.extra as u16, op.imm), res, aux)
}

/// CALL of the pointer in memory.
pub(super) fn call_far_m<S: Size, const WIDE: bool>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let at = offset::<WIDE>(cpu, op);
    let target = load!(S, cpu, run, op, op.seg, at, res, aux);
    let selector = load!(W, cpu, run, op, op.seg, behind::<WIDE>(at, S::BYTES), res, aux) as u16;
    call_to(cpu, run, op, S::WIDTH, (selector, target), res, aux)
}

/// Returns to the code of a selector, from a frame of so many bytes, and releases more from both stacks.
#[inline(always)]
pub(super) fn go_back<S: Size>(cpu: &mut Cpu, run: &mut Run, target: (u16, u32), frame: u32, released: u32) -> Fast {
    let (selector, offset) = target;
    let (cpl, level) = (cpu.registers.cpl, rpl(selector));
    if is_null(selector) || level < cpl {
        return Err(Miss::Stepper);
    }
    let known = find(cpu, run, selector)?;
    if known.uses & uses::RETURN == 0 || offset > known.segment.limit {
        return Err(Miss::Stepper);
    }
    let code = known.segment;
    let distance = frame.wrapping_add(released);
    if level == cpl {
        cpu.registers.segments[usize::from(seg::CS)] = code;
        let pointer = cpu.registers.reg32(reg::SP).wrapping_add(distance);
        set_sp(cpu, pointer);
        return Ok(());
    }
    let pointer = peek::<S>(cpu, run, distance)?;
    let selector = peek::<S>(cpu, run, distance.wrapping_add(S::BYTES))? as u16;
    let stack = find_stack(cpu, run, selector, level)?;
    cpu.registers.segments[usize::from(seg::CS)] = code;
    cpu.registers.segments[usize::from(seg::SS)] = stack;
    cpu.registers.cpl = level;
    cpu.set_guards();
    set_sp(cpu, pointer.wrapping_add(released));
    cpu.registers.drop_inner_segments();
    Ok(())
}

/// RETF; `imm` is what it releases besides.
pub(super) fn ret_far<S: Size>(cpu: &mut Cpu, run: &mut Run, op: At, res: i64, aux: u64) -> Next {
    let sp = segment_sp(cpu);
    let target = load!(S, cpu, run, op, SS, sp, res, aux);
    let above = sp.wrapping_add(S::BYTES) & stack_mask(segment(cpu, SS));
    let selector = load!(S, cpu, run, op, SS, above, res, aux) as u16;
    match go_back::<S>(cpu, run, (selector, target), 2 * S::BYTES, op.imm) {
        Ok(()) => land(cpu, run, op, target, res, aux),
        Err(miss) => missed(cpu, run, op, res, aux, miss),
    }
}
