//! Text of the next instruction, for traces.

use crate::{Cpu, Memory, Model, Registers, decode};

/// An instruction as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disassembly {
    /// Code segment.
    pub cs: u16,
    /// Offset in it.
    pub ip: u32,
    /// At most fifteen bytes.
    pub bytes: Vec<u8>,
    /// Lower-case text, in the syntax of NASM.
    pub text: String,
}

/// Memory that an instruction reads or writes as data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataAccess {
    /// The selector in its segment register.
    pub selector: u16,
    /// The offset in that segment.
    pub offset: u32,
    /// It is read.
    pub reads: bool,
    /// It is written.
    pub writes: bool,
}

impl Disassembly {
    /// What this instruction does to memory with these registers, its stack aside.
    #[must_use]
    pub fn data_accesses(&self, model: Model, registers: &Registers) -> Vec<DataAccess> {
        decode::data_accesses(model, &self.bytes, registers)
    }
}

pub(crate) fn disassemble(cpu: &Cpu, mem: &Memory) -> Disassembly {
    let registers = cpu.registers();
    let mut bytes = vec![0; 15];
    for (number, byte) in (0..).zip(&mut bytes) {
        let offset = registers.eip().wrapping_add(number);
        let offset = if cpu.model().traits().longest_instruction.is_none() { offset & 0xffff } else { offset };
        let linear = registers.cs_base().wrapping_add(offset);
        *byte = cpu.peek_linear(mem, linear);
    }
    let (length, text) = decode::format(cpu.model(), registers.wide_code(), &bytes, registers.eip());
    bytes.truncate(length);
    Disassembly { cs: registers.cs(), ip: registers.eip(), bytes, text }
}
