//! Tests of 32-bit protected mode at ring 3, recorded as a process of a 32-bit system.
//!
//! | linear address | what |
//! |---|---|
//! | 1000h | GDT: 08h code and 10h data of ring 0, 20h code and 28h data of ring 3, 30h the LDT, 38h the TSS |
//! | 2000h | IDT: 256 interrupt gates of DPL 0, but for #BP and #OF, which INT3 and INTO may reach |
//! | 2800h | LDT: 04h data of ring 3, 64 KiB from 10000000h on |
//! | 3000h | handlers: a HLT for each vector |
//! | 4000h | TSS with the stack of ring 0 and no I/O permission bitmap |
//! | 5000h | the stack of ring 0 |
//! | 6000h | FRSTOR of the 108 bytes at 6010h, as the process that was recorded ran it before each x87 test |
//! | 10000000h, 20000000h, 30000000h | windows of 64 KiB for data, code (full of CCh) and stack of the test |

use super::arena::{Arena, Place};
use super::real::is_repeated_string;
use super::x87::is_unexecuted;
use super::{Runner, compare_registers};
use crate::case::{Exception, Registers, Test, register};
use crate::verdict::{Difference, Field, Verdict};
use beige_cpu::{CpuState, Memory, Model, SegmentState, TableState};

const GDT: u32 = 0x1000;
const IDT: u32 = 0x2000;
const LDT: u32 = 0x2800;
const HANDLERS: u32 = 0x3000;
const TSS: u32 = 0x4000;
const KERNEL_STACK: u32 = 0x5000;
const KERNEL_STACK_TOP: u32 = 0x6000;
const SETUP: u32 = 0x6000;
/// FRSTOR [6010h].
const FRSTOR: [u8; 6] = [0xdd, 0x25, 0x10, 0x60, 0, 0];
const TSS_LIMIT: u32 = 103;

const KERNEL_CODE: u16 = 0x08;
const KERNEL_DATA: u16 = 0x10;
const USER_CODE: u16 = 0x23;
const USER_DATA: u16 = 0x2b;
const LOCAL_DATA: u16 = 0x07;
const LDT_SELECTOR: u16 = 0x30;
const TSS_SELECTOR: u16 = 0x38;

/// Windows of the tests, of 64 KiB each.
const WINDOWS: [u32; 3] = [0x1000_0000, 0x2000_0000, 0x3000_0000];
const WINDOW_BYTES: u32 = 0x1_0000;
const CODE_WINDOW: u32 = 0x2000_0000;
/// What the code window is full of: INT3.
const CODE_FILLER: u8 = 0xcc;

/// Iterations after which a repeated instruction is given up.
const STEPS_MAX: u64 = 0x2_0000;
/// CR0: PE, MP, ET, NE.
const CR0: u32 = 0x33;
const RF: u32 = 1 << 16;

/// A descriptor as [`SegmentState`] holds it: base, limit in bytes, rights.
type Parts = (u32, u32, u16);

const ACCESSED_CODE: u16 = 0xc09b;
const ACCESSED_DATA: u16 = 0xc093;
const RING_3: u16 = 0x60;
const FLAT_KERNEL_CODE: Parts = (0, u32::MAX, ACCESSED_CODE);
const FLAT_KERNEL_DATA: Parts = (0, u32::MAX, ACCESSED_DATA);
const FLAT_USER_CODE: Parts = (0, u32::MAX, ACCESSED_CODE | RING_3);
const FLAT_USER_DATA: Parts = (0, u32::MAX, ACCESSED_DATA | RING_3);
const SMALL_USER_DATA: Parts = (0x1000_0000, 0xffff, 0x40f3);
const LDT_PARTS: Parts = (LDT, 7, 0x82);
const BUSY_TSS: Parts = (TSS, TSS_LIMIT, 0x8b);

/// Memory of such a machine, with its tables in place.
pub(super) fn arena(model: Model) -> (Arena, Memory) {
    let background = |page: u32| if page & !(WINDOW_BYTES - 1) == CODE_WINDOW { CODE_FILLER } else { 0 };
    let (mut arena, mut mem) = Arena::new(model, background);
    arena.restrict(&WINDOWS.map(|first| Place { first, bytes: WINDOW_BYTES }));
    // The recordings hold the changes of the other two.
    arena.ignore(Place { first: CODE_WINDOW, bytes: WINDOW_BYTES });
    let descriptors = [
        (KERNEL_CODE, FLAT_KERNEL_CODE),
        (KERNEL_DATA, FLAT_KERNEL_DATA),
        (USER_CODE, FLAT_USER_CODE),
        (USER_DATA, FLAT_USER_DATA),
        (LDT_SELECTOR, LDT_PARTS),
        (TSS_SELECTOR, BUSY_TSS),
    ];
    let mut gdt = [0; 0x40];
    for (selector, parts) in descriptors {
        let place = usize::from(selector & !7);
        gdt[place..place + 8].copy_from_slice(&descriptor(parts));
    }
    let gates: Vec<u8> = (0..=u8::MAX).flat_map(gate).collect();
    let mut tss = [0; TSS_LIMIT as usize + 1];
    tss[4..8].copy_from_slice(&KERNEL_STACK_TOP.to_le_bytes());
    tss[8..10].copy_from_slice(&KERNEL_DATA.to_le_bytes());
    // The I/O permission bitmap begins beyond the limit: there is none.
    tss[102..104].copy_from_slice(&[0xff, 0xff]);
    for (address, bytes) in [
        (GDT, gdt.as_slice()),
        (IDT, &gates),
        (LDT, &descriptor(SMALL_USER_DATA)),
        (HANDLERS, &[0xf4; 256]),
        (TSS, &tss),
        (SETUP, &FRSTOR),
    ] {
        arena.fix(&mut mem, address, bytes);
    }
    arena.scratch(&mut mem, KERNEL_STACK);
    (arena, mem)
}

/// The eight bytes of a descriptor.
fn descriptor((base, limit, rights): Parts) -> [u8; 8] {
    let limit = if rights & 0x8000 != 0 { limit >> 12 } else { limit };
    let low = limit & 0xffff | base << 16;
    let high = base & 0xff00_0000 | u32::from(rights) << 8 | limit & 0xf_0000 | base >> 16 & 0xff;
    (u64::from(high) << 32 | u64::from(low)).to_le_bytes()
}

/// The interrupt gate of a vector.
fn gate(vector: u8) -> [u8; 8] {
    const BREAKPOINT: u8 = 3;
    const OVERFLOW: u8 = 4;
    let offset = HANDLERS + u32::from(vector);
    let access: u32 = if matches!(vector, BREAKPOINT | OVERFLOW) { 0xee00 } else { 0x8e00 };
    let low = offset & 0xffff | u32::from(KERNEL_CODE) << 16;
    (u64::from(offset & 0xffff_0000 | access) << 32 | u64::from(low)).to_le_bytes()
}

/// A segment register that holds this selector.
///
/// # Errors
/// When no test can begin with it.
fn segment(selector: u16) -> Result<SegmentState, String> {
    let (base, limit, rights) = match selector {
        0..=3 => return Ok(SegmentState { selector, ..SegmentState::default() }),
        USER_CODE => FLAT_USER_CODE,
        USER_DATA => FLAT_USER_DATA,
        LOCAL_DATA => SMALL_USER_DATA,
        _ => return Err(format!("a test begins with selector {selector:04X}, which the machine of this suite lacks")),
    };
    Ok(SegmentState { selector, base, limit, rights })
}

/// What ring 0 finds: the vector, and what was pushed.
struct Entry {
    exception: Exception,
    eip: u32,
    cs: u32,
    eflags: u32,
    esp: u32,
    ss: u32,
}

impl Runner {
    /// # Errors
    /// When the machine cannot be in the state that the test begins with.
    pub(super) fn load_protected(&mut self, test: &Test) -> Result<(), String> {
        let value = |number| test.before.registers.get(number).unwrap_or_default();
        let loaded = |number| segment(value(number) as u16);
        use register::{CS, DS, EAX, EBP, EBX, ECX, EDI, EDX, EFLAGS, EIP, ES, ESI, ESP, FS, GS, SS};
        let system = |selector, (base, limit, rights): Parts| SegmentState { selector, base, limit, rights };
        let state = CpuState {
            general: [EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI].map(value),
            eip: value(EIP),
            eflags: value(EFLAGS),
            segments: [loaded(ES)?, loaded(CS)?, loaded(SS)?, loaded(DS)?, loaded(FS)?, loaded(GS)?],
            ldtr: system(LDT_SELECTOR, LDT_PARTS),
            tr: system(TSS_SELECTOR, BUSY_TSS),
            gdtr: TableState { base: GDT, limit: 0x3f },
            idtr: TableState { base: IDT, limit: 0x7ff },
            cr0: CR0,
            ..CpuState::default()
        };
        self.cpu.load(&state).map_err(|error| format!("the machine cannot begin so: {error}"))?;
        self.cpu.last_interrupt();
        Ok(())
    }

    /// # Errors
    /// When the machine cannot be in the state that the test begins with.
    pub(super) fn run_protected(&mut self, test: &Test, wide: bool, masks: &Registers) -> Result<Verdict, String> {
        self.load_protected(test)?;
        if is_unexecuted(test) {
            return Ok(self.run_unexecuted(test));
        }
        self.load_fpu(test)?;
        self.execute_protected(test);
        let state = self.cpu.state();
        let mut after = values(&state);
        let entry = self.entry(&state);
        if let Some(entry) = &entry {
            after[register::EIP] = entry.eip;
            after[register::CS] = entry.cs;
            after[register::EFLAGS] = entry.eflags;
            after[register::ESP] = entry.esp;
            after[register::SS] = entry.ss;
        }
        let mut verdict = Verdict::default();
        compare_registers(&mut verdict, test, &after, wide, masks, compared_bits);
        self.arena.compare(&self.mem, test, &mut verdict, |_| u8::MAX);
        self.compare_fpu(&mut verdict, test);
        let got = entry.map(|entry| entry.exception);
        let compared = [
            (Field::Exception, number(test.exception), number(got)),
            (Field::ErrorCode, test.exception.and_then(code), got.filter(|_| records_code(test)).and_then(code)),
        ];
        for (field, expected, got) in compared {
            verdict.compare(Difference { field, initial: None, expected, got, defined: u128::MAX });
        }
        Ok(verdict)
    }

    /// Runs the FRSTOR of the set-up in the state of a test, and gives what it raises.
    pub(super) fn enter_frstor(&mut self) -> Option<Exception> {
        let state = CpuState { eip: SETUP, ..self.cpu.state() };
        self.cpu.load(&state).ok()?;
        self.cpu.run(&mut self.mem, &mut self.arena.outside, 1);
        self.entry(&self.cpu.state()).map(|entry| entry.exception)
    }

    /// One instruction, repetitions included.
    fn execute_protected(&mut self, test: &Test) {
        let start = self.cpu.registers().eip();
        let steps = if is_repeated_string(&test.bytes) { STEPS_MAX } else { 1 };
        for _ in 0..steps {
            self.cpu.run(&mut self.mem, &mut self.arena.outside, 1);
            if self.cpu.registers().eip() != start {
                break;
            }
        }
    }

    /// What ring 0 finds, when an exception has led there.
    fn entry(&self, state: &CpuState) -> Option<Entry> {
        let [_, cs, ..] = state.segments;
        let vector = u8::try_from(state.eip.checked_sub(HANDLERS)?).ok()?;
        if cs.selector & 3 != 0 {
            return None;
        }
        let has_code = matches!(vector, 8 | 10..=14 | 17);
        let [_, _, _, _, esp, ..] = state.general;
        let mut frame = [0; 24];
        self.mem.read_phys(if has_code { esp } else { esp.wrapping_sub(4) }, &mut frame);
        let mut words = frame.chunks_exact(4).map(|word| word.try_into().map_or(0, u32::from_le_bytes));
        let mut next = || words.next().unwrap_or_default();
        let (error_code, eip, cs, eflags, esp, ss) = (next(), next(), next(), next(), next(), next());
        let exception = Exception { number: vector, error_code: has_code.then_some(error_code) };
        Some(Entry { exception, eip, cs: cs & 0xffff, eflags, esp, ss: ss & 0xffff })
    }
}

fn number(exception: Option<Exception>) -> Option<u128> {
    exception.map(|exception| exception.number.into())
}

/// Exceptions without an error code are recorded with one of zero.
fn code(exception: Exception) -> Option<u128> {
    exception.error_code.filter(|code| *code != 0).map(u128::from)
}

fn records_code(test: &Test) -> bool {
    test.exception.is_some_and(|exception| exception.error_code.is_some())
}

/// The bits of a register that are compared. RF is not seen by the process that was recorded.
fn compared_bits(number: usize) -> u32 {
    match number {
        register::CR0 | register::CR3 | register::DR6 | register::DR7 => 0,
        register::EFLAGS => !RF,
        number if register::is_segment(number) => 0xffff,
        _ => u32::MAX,
    }
}

fn values(state: &CpuState) -> [u32; register::COUNT] {
    let [eax, ecx, edx, ebx, esp, ebp, esi, edi] = state.general;
    let [es, cs, ss, ds, fs, gs] = state.segments.map(|segment| u32::from(segment.selector));
    let (eip, eflags) = (state.eip, state.eflags);
    [0, 0, eax, ebx, ecx, edx, esi, edi, ebp, esp, cs, ds, es, fs, gs, ss, eip, eflags, 0, 0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_and_gates_have_the_bytes_of_the_manual() {
        // SPEC: 80386 PRM (230985) figures 5-3 and 9-3.
        assert_eq!(descriptor(FLAT_USER_CODE), [0xff, 0xff, 0, 0, 0, 0xfb, 0xcf, 0]);
        assert_eq!(descriptor(SMALL_USER_DATA), [0xff, 0xff, 0, 0, 0, 0xf3, 0x40, 0x10]);
        assert_eq!(descriptor(BUSY_TSS), [103, 0, 0, 0x40, 0, 0x8b, 0, 0]);
        assert_eq!(gate(13), [0x0d, 0x30, 0x08, 0, 0, 0x8e, 0, 0]);
        assert_eq!(gate(4), [0x04, 0x30, 0x08, 0, 0, 0xee, 0, 0]);
    }
}
