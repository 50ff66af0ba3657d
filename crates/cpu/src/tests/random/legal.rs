//! What must hold after every instruction, on top of [`Cpu::check`].

use crate::regs::{DR6_FIXED, DR6_ZERO, DR7_FIXED, DR7_ZERO, Registers, cr0, reg, seg};
use crate::segment::{Segment, rights};
use crate::{Cpu, Model};

/// The first rule that is broken.
pub(super) fn check(cpu: &Cpu) -> Result<(), String> {
    cpu.check().map_err(|error| error.to_string())?;
    let registers = &cpu.registers;
    check_derived(registers)?;
    check_control(cpu.model, registers)?;
    check_limits(cpu.model, registers)?;
    check_system(cpu.model, registers)?;
    let shut_down = cpu.events & crate::cpu::event::SHUTDOWN != 0;
    // A task that cannot even take its own fault is left with the segments that had not been checked yet.
    if registers.is_protected() && !shut_down { check_levels(registers) } else { Ok(()) }
}

/// A delivery changes no general register but ESP, unless the task has been switched.
pub(super) fn check_delivery(cpu: &Cpu, before: &Registers) -> Result<(), String> {
    let Some(vector) = cpu.last_interrupt else { return Ok(()) };
    let registers = &cpu.registers;
    // One instruction may lead through several tasks and back.
    if registers.tr != before.tr || registers.cr0 & cr0::TS != 0 {
        return Ok(());
    }
    // QUIRK: a string instruction of the 80286 has moved on when it faults.
    let moves = |number| cpu.model == Model::I80286 && matches!(number, reg::CX | reg::SI | reg::DI);
    for number in (0..8).filter(|number| *number != reg::SP && !moves(*number)) {
        let (now, then) = (registers.reg32(number), before.reg32(number));
        if now != then {
            return Err(format!("interrupt {vector} was delivered with register {number} {now:x}, not {then:x}"));
        }
    }
    Ok(())
}

fn require(holds: bool, reason: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(reason.to_owned()) }
}

/// What is derived from other registers is up to date.
fn check_derived(registers: &Registers) -> Result<(), String> {
    let mut derived = registers.clone();
    derived.set_guards();
    require(derived.guards == registers.guards, "the guards are out of date")?;
    derived.set_reaches();
    for (number, (derived, segment)) in derived.segments.iter().zip(&registers.segments).enumerate() {
        if derived != segment {
            return Err(format!("the reaches of segment {number} are out of date: {segment:x?}"));
        }
    }
    Ok(())
}

fn check_control(model: Model, registers: &Registers) -> Result<(), String> {
    let traits = model.traits();
    let fixed = traits.cr0_reset & !traits.cr0_writable;
    require(registers.cr0 & fixed == fixed, "a fixed bit of CR0 is clear")?;
    let write_through = registers.cr0 & (cr0::NW | cr0::CD) == cr0::NW;
    require(model < Model::I80486 || !write_through, "CR0 has NW without CD")?;
    if model < Model::I80386 {
        require(registers.cr2 == 0 && registers.cr3 == 0, "a control register that this model does not have")?;
    }
    let [.., six, seven] = registers.debug;
    require(six & DR6_FIXED == DR6_FIXED && six & DR6_ZERO == 0, "DR6 lost its fixed bits")?;
    require(seven & DR7_FIXED == DR7_FIXED && seven & DR7_ZERO == 0, "DR7 lost its fixed bits")
}

fn check_limits(model: Model, registers: &Registers) -> Result<(), String> {
    let usable =
        registers.segments.iter().chain([&registers.ldtr, &registers.tr]).filter(|segment| segment.rights != 0);
    for segment in usable {
        let pages = segment.rights & rights::GRANULAR != 0;
        let possible = if pages { segment.limit & 0xfff == 0xfff } else { segment.limit <= 0xf_ffff };
        if !possible {
            return Err(format!("no descriptor has this limit: {segment:x?}"));
        }
    }
    if model < Model::I80386 {
        let bases =
            registers.segments.iter().map(|segment| segment.base).chain([registers.ldtr.base, registers.tr.base]);
        let tables = [registers.gdtr.base, registers.idtr.base];
        require(bases.chain(tables).all(|base| base <= 0xff_ffff), "a base has more than 24 bits")?;
    }
    Ok(())
}

/// LDTR and TR.
fn check_system(model: Model, registers: &Registers) -> Result<(), String> {
    let kind = |segment: &Segment| segment.rights & 0x9f;
    let (ldtr, tr) = (&registers.ldtr, &registers.tr);
    require(ldtr.rights == 0 || kind(ldtr) == 0x82, "LDTR holds no local table")?;
    let narrow = kind(tr) == 0x83;
    let wide = kind(tr) == 0x8b && model >= Model::I80386;
    require(model < Model::I80286 || narrow || wide, "TR holds no busy task state")
}

/// Code, stack and data against the privilege level, in protected mode.
fn check_levels(registers: &Registers) -> Result<(), String> {
    let cpl = registers.cpl;
    let has = |segment: &Segment, bits: u16| segment.rights & bits == bits;
    let is_data = |segment: &Segment| has(segment, rights::SEGMENT) && !has(segment, rights::CODE);
    let code = registers.segment(seg::CS);
    if !has(code, rights::PRESENT | rights::SEGMENT) {
        return Err(format!("CS is no segment: {code:x?}"));
    }
    let fits = if !has(code, rights::CODE) {
        // What real mode left, until the first far jump.
        cpl == 0 && code.dpl() == 0
    } else if has(code, rights::CONFORMING) {
        code.dpl() <= cpl && code.selector & 3 == u16::from(cpl)
    } else {
        code.dpl() == cpl && code.selector & 3 == u16::from(cpl)
    };
    if !fits {
        return Err(format!("CS does not fit level {cpl}: {code:x?}"));
    }
    let stack = registers.segment(seg::SS);
    let is_stack = is_data(stack) && has(stack, rights::PRESENT | rights::WRITABLE) && stack.dpl() == cpl;
    if !is_stack || cpl != 0 && stack.selector & 3 != u16::from(cpl) {
        return Err(format!("SS is no stack of level {cpl}: {stack:x?}"));
    }
    for number in [seg::ES, seg::DS, seg::FS, seg::GS] {
        let segment = registers.segment(number);
        let readable = is_data(segment) || has(segment, rights::CODE | rights::READABLE);
        let conforming = has(segment, rights::CODE | rights::CONFORMING);
        let present = has(segment, rights::PRESENT | rights::SEGMENT);
        let usable = present && readable && (conforming || segment.dpl() >= cpl);
        if segment.rights != 0 && !usable {
            return Err(format!("segment {number} is not for level {cpl}: {segment:x?}"));
        }
    }
    Ok(())
}
