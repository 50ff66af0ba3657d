//! Runs a test on our CPU and compares.

use crate::moo::Test;
use beige_cpu::{Bus, Cpu, Memory, Model, RealModeState, Width};

/// Memory of a test: all that real mode reaches, with A20 on.
const MEMORY_BYTES: usize = 0x11_0000;
/// Steps after which a test that ends with HLT is given up.
const STEPS_MAX: u64 = 0x2_0000;
/// FLAGS bits that the real-mode suites compare; the top four are the model's own.
const FLAGS_COMPARED: u16 = 0x0fff;

/// The suites' bus: nobody answers a port.
struct NoDevices;

impl Bus for NoDevices {
    fn port_read(&mut self, _mem: &mut Memory, _port: u16, _width: Width, _at: u64) -> u32 {
        u32::MAX
    }

    fn port_write(&mut self, _mem: &mut Memory, _port: u16, _width: Width, _value: u32, _at: u64) {}

    fn mmio_read(&mut self, _mem: &mut Memory, _address: u32, _width: Width, _at: u64) -> u32 {
        u32::MAX
    }

    fn mmio_write(&mut self, _mem: &mut Memory, _address: u32, _width: Width, _value: u32, _at: u64) {}

    fn acknowledge_interrupt(&mut self, _mem: &mut Memory, _at: u64) -> u8 {
        u8::MAX
    }

    fn attention(&self) -> bool {
        false
    }
}

/// Runs tests of one model, one after the other, in the same memory.
pub struct Runner {
    model: Model,
    mem: Memory,
    /// What memory must hold after the test.
    expected: Vec<u8>,
    actual: Vec<u8>,
}

impl Runner {
    /// A runner for tests recorded on this model.
    #[must_use]
    pub fn new(model: Model) -> Runner {
        let mem = Memory::new(MEMORY_BYTES as u64, model);
        let bytes = mem.ram_bytes() as usize;
        Runner { model, mem, expected: vec![0; bytes], actual: vec![0; bytes] }
    }

    /// The model of a MOO CPU id in real mode, `None` for other suites.
    #[must_use]
    pub fn model_of(cpu: &str) -> Option<Model> {
        match cpu {
            "8086" | "8088" => Some(Model::I8086),
            "C286" => Some(Model::I80286),
            "386E" => Some(Model::I80386),
            _ => None,
        }
    }

    /// Runs a test and gives one sentence for each difference from the recording; none when it passes. Registers, the
    /// listed memory and every other byte of memory must agree, flags within `defined_flags`.
    pub fn run(&mut self, test: &Test, defined_flags: u16) -> Vec<String> {
        for (address, byte) in &test.before.memory {
            self.mem.write_phys(*address, &[*byte]);
            self.expect(*address, *byte);
        }
        let mut cpu = Cpu::new(self.model);
        cpu.load_real_mode(&before(test));
        self.execute(&mut cpu, test);
        let after = cpu.real_mode_state();
        for (address, byte) in &test.after.memory {
            self.expect(*address, *byte);
        }
        let mut differences = registers(test, &after, defined_flags);
        differences.extend(self.memory(&pushed_flags(test, &after), defined_flags));
        self.clean(test);
        differences
    }

    fn expect(&mut self, address: u32, byte: u8) {
        if let Some(slot) = self.expected.get_mut(address as usize) {
            *slot = byte;
        }
    }

    /// An 8086 test is one instruction, repetitions included; the others end with the HLT that follows it.
    fn execute(&mut self, cpu: &mut Cpu, test: &Test) {
        let start = cpu.real_mode_state();
        let is_repeated = self.model == Model::I8086 && is_repeated_string(&test.bytes);
        for _ in 0..STEPS_MAX {
            cpu.run(&mut self.mem, &mut NoDevices, 1);
            let now = cpu.real_mode_state();
            let is_done = match self.model {
                Model::I8086 => !is_repeated || (now.cs, now.eip) != (start.cs, start.eip),
                _ => cpu.is_halted(),
            };
            if is_done {
                break;
            }
        }
    }

    fn memory(&mut self, pushed_flags: &[u32], defined_flags: u16) -> Vec<String> {
        self.mem.read_phys(0, &mut self.actual);
        if self.actual == self.expected {
            return Vec::new();
        }
        let mut differences = Vec::new();
        for (address, (actual, expected)) in self.actual.iter().zip(&self.expected).enumerate() {
            let wraps = self.model == Model::I8086;
            let is_at = |flags: &u32| address as u32 == if wraps { flags & 0xf_ffff } else { *flags };
            let mask = match pushed_flags.iter().position(is_at) {
                Some(0) => defined_flags as u8,
                Some(_) => (defined_flags >> 8) as u8,
                None => u8::MAX,
            };
            if (actual ^ expected) & mask != 0 {
                differences.push(format!("[{address:05X}] expected {expected:02X}, got {actual:02X}"));
            }
        }
        differences
    }

    /// Zeroes what the test has touched.
    fn clean(&mut self, test: &Test) {
        for (address, _) in test.before.memory.iter().chain(&test.after.memory) {
            self.mem.write_phys(*address, &[0]);
            self.expect(*address, 0);
        }
        if self.actual != self.expected {
            self.mem.read_phys(0, &mut self.actual);
            for (address, _) in self.actual.iter().enumerate().filter(|(_, byte)| **byte != 0) {
                self.mem.write_phys(address as u32, &[0]);
            }
        }
    }
}

/// Whether the instruction is a string instruction behind a repeat prefix.
fn is_repeated_string(bytes: &[u8]) -> bool {
    let is_prefix = |byte: &u8| matches!(byte, 0x26 | 0x2e | 0x36 | 0x3e | 0xf0..=0xf3);
    let opcode = bytes.iter().find(|byte| !is_prefix(byte));
    let is_string = opcode.is_some_and(|opcode| matches!(opcode, 0x6c..=0x6f | 0xa4..=0xa7 | 0xaa..=0xaf));
    is_string && bytes.iter().take_while(|byte| is_prefix(byte)).any(|byte| matches!(byte, 0xf2 | 0xf3))
}

fn before(test: &Test) -> RealModeState {
    let mut state = RealModeState::default();
    for (name, value) in &test.before.registers {
        set(&mut state, name, *value);
    }
    state
}

fn set(state: &mut RealModeState, name: &str, value: u32) {
    let word = value as u16;
    match name {
        "ax" | "eax" => state.eax = value,
        "bx" | "ebx" => state.ebx = value,
        "cx" | "ecx" => state.ecx = value,
        "dx" | "edx" => state.edx = value,
        "si" | "esi" => state.esi = value,
        "di" | "edi" => state.edi = value,
        "bp" | "ebp" => state.ebp = value,
        "sp" | "esp" => state.esp = value,
        "ip" | "eip" => state.eip = value,
        "flags" | "eflags" => state.eflags = value,
        "cs" => state.cs = word,
        "ds" => state.ds = word,
        "es" => state.es = word,
        "fs" => state.fs = word,
        "gs" => state.gs = word,
        "ss" => state.ss = word,
        // Control and debug registers stay as after reset in real mode.
        _ => {}
    }
}

fn registers(test: &Test, after: &RealModeState, defined_flags: u16) -> Vec<String> {
    let mut expected = before(test);
    for (name, value) in &test.after.registers {
        set(&mut expected, name, *value);
    }
    let flags = u32::from(defined_flags & FLAGS_COMPARED);
    let pairs = [
        ("ax", expected.eax, after.eax),
        ("bx", expected.ebx, after.ebx),
        ("cx", expected.ecx, after.ecx),
        ("dx", expected.edx, after.edx),
        ("si", expected.esi, after.esi),
        ("di", expected.edi, after.edi),
        ("bp", expected.ebp, after.ebp),
        ("sp", expected.esp, after.esp),
        ("ip", expected.eip, after.eip),
        ("cs", expected.cs.into(), after.cs.into()),
        ("ds", expected.ds.into(), after.ds.into()),
        ("es", expected.es.into(), after.es.into()),
        ("ss", expected.ss.into(), after.ss.into()),
        ("fs", expected.fs.into(), after.fs.into()),
        ("gs", expected.gs.into(), after.gs.into()),
        ("flags", expected.eflags & flags, after.eflags & flags),
    ];
    let differing = pairs.into_iter().filter(|(_, expected, actual)| expected != actual);
    differing.map(|(name, expected, actual)| format!("{name} expected {expected:04X}, got {actual:04X}")).collect()
}

/// The addresses of the two bytes of FLAGS that an exception pushed. Files of the 8086 do not tell of exceptions: its
/// only one is the division, which goes through vector 0. The address that the others tell is that of the bus cycle,
/// which is even where the stack is odd, so the final SS:SP serves for all.
fn pushed_flags(test: &Test, after: &RealModeState) -> Vec<u32> {
    let byte = |address: u32| test.before.memory.iter().find(|(at, _)| *at == address).map(|(_, byte)| *byte);
    let word = |address| Some(u16::from_le_bytes([byte(address)?, byte(address + 1)?]));
    let went_to_vector_0 = word(0).map(u32::from) == Some(after.eip) && word(2) == Some(after.cs);
    if test.exception.is_none() && !went_to_vector_0 {
        return Vec::new();
    }
    let at = |offset: u32| u32::from(after.ss) * 16 + (after.esp.wrapping_add(offset) & 0xffff);
    vec![at(4), at(5)]
}
