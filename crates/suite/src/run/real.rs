//! Tests of real mode.

use super::{Runner, compare_registers};
use crate::case::{Registers, Test, register};
use crate::select::Opcode;
use crate::verdict::{Difference, Field, Verdict};
use beige_cpu::{Cpu, CpuState, Model, RealModeState};

/// Steps after which a test that ends with HLT is given up.
const STEPS_MAX: u64 = 0x2_0000;

/// MP, EM and TS, and PE and PG, which a test may set but not begin with.
const CR0_BITS: u32 = 0x8000_000f;
/// Those and ET, of which the tests say only how they begin: whether it can be cleared depends on the part.
const CR0_LOADED: u32 = 0x8000_001f;
/// B0 to B3, BD, BS, BT.
const DR6_BITS: u32 = 0x0000_e00f;
/// All but the reserved ones.
const DR7_BITS: u32 = 0xffff_23ff;

impl Runner {
    /// # Errors
    /// When the CPU cannot be in the state that the test begins with.
    pub(super) fn load_real(&mut self, test: &Test) -> Result<(), String> {
        // Tables and control registers that an earlier test has loaded.
        self.cpu.reset();
        self.cpu.load_real_mode(&before(test));
        if self.model >= Model::I80386 {
            let mut state = self.cpu.state();
            let loaded =
                |number, other| test.before.registers.get(number).unwrap_or(other) & legal_bits(self.model, number);
            let cr0 = test.before.registers.get(register::CR0).unwrap_or(state.cr0);
            state.cr0 = state.cr0 & !CR0_LOADED | cr0 & CR0_LOADED;
            state.cr3 = loaded(register::CR3, state.cr3);
            state.debug[6] = state.debug[6] & !DR6_BITS | loaded(register::DR6, state.debug[6]);
            state.debug[7] = state.debug[7] & !DR7_BITS | loaded(register::DR7, state.debug[7]);
            self.cpu.load(&state).map_err(|error| format!("the CPU cannot begin so: {error}"))?;
        }
        self.cpu.last_interrupt();
        Ok(())
    }

    /// # Errors
    /// When the CPU cannot be in the state that the test begins with.
    pub(super) fn run_real(&mut self, test: &Test, wide: bool, masks: &Registers) -> Result<Verdict, String> {
        self.load_real(test)?;
        let vector = self.execute_real(test);
        let after = values(&self.cpu);
        let mut verdict = Verdict::default();
        compare_registers(&mut verdict, test, &after, wide, masks, |number| legal_bits(self.model, number));
        let flags = masks.get(register::EFLAGS).unwrap_or(u32::MAX);
        let pushed = self.pushed_flags(test, &after);
        let defined = |address| match pushed.iter().position(|at| *at == address) {
            Some(byte) => (flags >> (byte * 8)) as u8,
            None => u8::MAX,
        };
        self.arena.compare(&self.mem, test, &mut verdict, defined);
        // Files of the 8086 tell of no exceptions; an interrupt that an instruction asks for need not be told of.
        let is_told = test.exception.is_some() || self.model > Model::I80186 && !is_software_interrupt(&test.bytes);
        if is_told {
            verdict.compare(Difference {
                field: Field::Exception,
                initial: None,
                expected: test.exception.map(|exception| exception.number.into()),
                got: vector.map(u128::from),
                defined: u128::MAX,
            });
        }
        Ok(verdict)
    }

    /// An 8086 test is one instruction, repetitions included; the others end with the HLT that follows it. Gives the
    /// vector of an interrupt that came.
    fn execute_real(&mut self, test: &Test) -> Option<u8> {
        if self.model > Model::I80186 {
            self.cpu.run(&mut self.mem, &mut self.arena.outside, STEPS_MAX);
            return self.cpu.last_interrupt();
        }
        let place = |cpu: &Cpu| (cpu.registers().cs(), cpu.registers().eip());
        let start = place(&self.cpu);
        let is_repeated = is_repeated_string(&test.bytes);
        for _ in 0..STEPS_MAX {
            self.cpu.run(&mut self.mem, &mut self.arena.outside, 1);
            if !is_repeated || place(&self.cpu) != start {
                break;
            }
        }
        self.cpu.last_interrupt()
    }

    /// The addresses of the two bytes of FLAGS that an exception pushed. Files of the 8086 do not tell of exceptions: its
    /// only one is the division, which goes through vector 0. The address that the others tell is that of the bus cycle,
    /// which is even where the stack is odd, so the final SS:SP serves for all.
    fn pushed_flags(&self, test: &Test, after: &[u32; register::COUNT]) -> Vec<u32> {
        let byte = |address: u32| test.before.memory.iter().find(|(at, _)| *at == address).map(|(_, byte)| *byte);
        let word = |address| Some(u32::from(u16::from_le_bytes([byte(address)?, byte(address + 1)?])));
        let went_to_vector_0 = word(0) == Some(after[register::EIP]) && word(2) == Some(after[register::CS]);
        if test.exception.is_none() && !went_to_vector_0 {
            return Vec::new();
        }
        let at = |offset: u32| after[register::SS] * 16 + (after[register::ESP].wrapping_add(offset) & 0xffff);
        [at(4), at(5)].map(|address| address & self.model.address_mask()).to_vec()
    }
}

/// Whether the instruction is a string instruction behind a repeat prefix.
pub(super) fn is_repeated_string(bytes: &[u8]) -> bool {
    let Some(Opcode { bytes: opcode, .. }) = Opcode::from_instruction(bytes) else { return false };
    let is_string = matches!(opcode.as_slice(), [0x6c..=0x6f | 0xa4..=0xa7 | 0xaa..=0xaf]);
    let prefixes = bytes.iter().take_while(|byte| Some(*byte) != opcode.first());
    is_string && prefixes.into_iter().any(|byte| matches!(byte, 0xf2 | 0xf3))
}

/// INT3, INT n, INTO and INT1.
fn is_software_interrupt(bytes: &[u8]) -> bool {
    Opcode::from_instruction(bytes).is_some_and(|opcode| matches!(opcode.bytes.as_slice(), [0xcc..=0xce | 0xf1]))
}

/// The bits of a register that exist in real mode and that the recordings hold.
fn legal_bits(model: Model, number: usize) -> u32 {
    match number {
        // The suites leave the top four to the model; the 386 can change IOPL and NT.
        register::EFLAGS if model < Model::I80386 => 0x0fff,
        register::EFLAGS => 0x0003_7fff,
        register::CR0 => CR0_BITS,
        register::CR3 => 0xffff_f000,
        register::DR6 => DR6_BITS,
        register::DR7 => DR7_BITS,
        number if register::is_segment(number) => 0xffff,
        _ => u32::MAX,
    }
}

fn before(test: &Test) -> RealModeState {
    let value = |number| test.before.registers.get(number).unwrap_or_default();
    let word = |number| value(number) as u16;
    RealModeState {
        eax: value(register::EAX),
        ebx: value(register::EBX),
        ecx: value(register::ECX),
        edx: value(register::EDX),
        esi: value(register::ESI),
        edi: value(register::EDI),
        ebp: value(register::EBP),
        esp: value(register::ESP),
        cs: word(register::CS),
        ds: word(register::DS),
        es: word(register::ES),
        fs: word(register::FS),
        gs: word(register::GS),
        ss: word(register::SS),
        eip: value(register::EIP),
        eflags: value(register::EFLAGS),
    }
}

fn values(cpu: &Cpu) -> [u32; register::COUNT] {
    let RealModeState { eax, ebx, ecx, edx, esi, edi, ebp, esp, cs, ds, es, fs, gs, ss, eip, eflags } =
        cpu.real_mode_state();
    let [cs, ds, es, fs, gs, ss] = [cs, ds, es, fs, gs, ss].map(u32::from);
    let CpuState { cr0, cr3, debug: [.., dr6, dr7], .. } = cpu.state();
    [cr0, cr3, eax, ebx, ecx, edx, esi, edi, ebp, esp, cs, ds, es, fs, gs, ss, eip, eflags, dr6, dr7]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_string_instructions_are_repeated() {
        assert!(is_repeated_string(&[0xf3, 0xa4]));
        assert!(is_repeated_string(&[0x26, 0xf2, 0x66, 0xa7, 0xf4]));
        assert!(!is_repeated_string(&[0xa4]));
        assert!(!is_repeated_string(&[0xf3, 0x90]));
        assert!(!is_repeated_string(&[0xf3]));
    }
}
