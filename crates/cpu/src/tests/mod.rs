//! Tests of the CPU through its public interface: a flat bus, 2 MiB of RAM and a few bytes of code.

mod blocks;
mod byte_group;
mod coprocessor;
mod faults;
mod interrupts;
mod loadall;
mod miri;
mod mmio;
mod mmx;
mod models;
mod pentium;
mod properties;
mod random;
mod recurrence;
mod rows;
mod strings;
mod system;
mod undefined;

use crate::{Bus, Cpu, CpuState, Engine, Memory, Model, RealModeState, SegmentState, Stop, TableState, Width, flag};

/// Where test code lies: 1000:0100.
const CS: u16 = 0x1000;
const IP: u32 = 0x100;
const DS: u16 = 0x2000;
const ES: u16 = 0x3000;
const SS: u16 = 0x4000;
/// Vector n leads to F000:(100h * n), where RAM holds HLT.
const HANDLERS: u16 = 0x8000;

/// A board with nothing on it: ports answer with their number, memory-mapped registers with their address.
#[derive(Clone, Debug, Default, PartialEq)]
struct FlatBus {
    /// Every write, port or address first.
    written: Vec<(u32, Width, u32)>,
    /// Every read.
    read: Vec<(u32, Width)>,
    acknowledged: u32,
    attention: bool,
    /// What FERR# did.
    numeric_errors: Vec<bool>,
    /// IGNNE#.
    ignores_numeric_errors: bool,
    /// The time of the last access.
    at: u64,
    /// The port whose answer stays the same.
    steady_port: Option<u16>,
    /// How many elements of REP INS and OUTS are done at once at most, and how many were.
    most_at_once: usize,
    at_once: usize,
}

impl Bus for FlatBus {
    fn port_read(&mut self, _mem: &mut Memory, port: u16, width: Width, at: u64) -> u32 {
        self.read.push((u32::from(port), width));
        self.at = at;
        u32::from(port).wrapping_mul(0x0101_0101)
    }

    fn port_write(&mut self, _mem: &mut Memory, port: u16, width: Width, value: u32, at: u64) {
        self.written.push((u32::from(port), width, value));
        self.at = at;
    }

    fn port_read_block(&mut self, port: u16, width: Width, into: &mut [u8], at: u64) -> usize {
        let elements = into.chunks_exact_mut(width.bytes() as usize).take(self.most_at_once);
        let count = elements.len();
        for element in elements {
            self.read.push((u32::from(port), width));
            element.fill(port as u8);
        }
        (self.at_once, self.at) = (self.at_once + count, at + count as u64 - u64::from(count > 0));
        count
    }

    fn port_write_block(&mut self, port: u16, width: Width, from: &[u8], at: u64) -> usize {
        let elements = from.chunks_exact(width.bytes() as usize).take(self.most_at_once);
        let count = elements.len();
        for element in elements {
            let value = element.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte));
            self.written.push((u32::from(port), width, value));
        }
        (self.at_once, self.at) = (self.at_once + count, at + count as u64 - u64::from(count > 0));
        count
    }

    fn mmio_read(&mut self, _mem: &mut Memory, address: u32, width: Width, at: u64) -> u32 {
        self.read.push((address, width));
        self.at = at;
        address
    }

    fn mmio_write(&mut self, _mem: &mut Memory, address: u32, width: Width, value: u32, at: u64) {
        self.written.push((address, width, value));
        self.at = at;
    }

    fn acknowledge_interrupt(&mut self, _mem: &mut Memory, _at: u64) -> u8 {
        self.acknowledged += 1;
        0x20
    }

    fn numeric_error(&mut self, _mem: &mut Memory, asserted: bool, _at: u64) {
        self.numeric_errors.push(asserted);
    }

    fn numeric_error_ignored(&self) -> bool {
        self.ignores_numeric_errors
    }

    fn is_steady_port(&mut self, port: u16, _width: Width) -> bool {
        self.steady_port == Some(port)
    }

    fn attention(&self) -> bool {
        self.attention
    }
}

struct Bench {
    cpu: Cpu,
    mem: Memory,
    bus: FlatBus,
}

impl Bench {
    /// `code` at 1000:0100, segments apart, SP at 1000h, every vector to a HLT.
    fn new(model: Model, code: &[u8]) -> Bench {
        let mut mem = Memory::new(2 << 20, model);
        for number in 0..256_u32 {
            let [low, high] = HANDLERS.to_le_bytes();
            mem.write_phys(number * 4, &[0, number as u8, low, high]);
            mem.write_phys((u32::from(HANDLERS) << 4) + number * 0x100, &[0xf4]);
        }
        mem.write_phys((u32::from(CS) << 4) + IP, code);
        let mut cpu = Cpu::new(model);
        cpu.load_real_mode(&RealModeState {
            cs: CS,
            ds: DS,
            es: ES,
            ss: SS,
            esp: 0x1000,
            eip: IP,
            ..RealModeState::default()
        });
        Bench { cpu, mem, bus: FlatBus::default() }
    }

    /// The same with a coprocessor, or without.
    fn with_coprocessor(mut self, present: bool) -> Bench {
        let state = self.cpu.real_mode_state();
        self.cpu = Cpu::with_coprocessor(self.cpu.model(), present);
        self.cpu.load_real_mode(&state);
        self
    }

    /// Changes registers before the run.
    fn with(mut self, change: impl FnOnce(&mut RealModeState)) -> Bench {
        let mut state = self.cpu.real_mode_state();
        change(&mut state);
        self.cpu.load_real_mode(&state);
        self
    }

    /// Runs `count` instructions.
    fn step(&mut self, count: u64) -> Stop {
        self.cpu.run(&mut self.mem, &mut self.bus, count)
    }

    /// Runs one instruction and gives the state after it.
    fn one(&mut self) -> RealModeState {
        self.step(1);
        self.cpu.real_mode_state()
    }

    fn state(&self) -> RealModeState {
        self.cpu.real_mode_state()
    }

    fn poke(&mut self, segment: u16, offset: u32, bytes: &[u8]) {
        self.mem.write_phys((u32::from(segment) << 4) + offset, bytes);
    }

    fn peek<const N: usize>(&self, segment: u16, offset: u32) -> [u8; N] {
        let mut bytes = [0; N];
        self.mem.read_phys((u32::from(segment) << 4) + offset, &mut bytes);
        bytes
    }

    fn word(&self, segment: u16, offset: u32) -> u16 {
        u16::from_le_bytes(self.peek(segment, offset))
    }

    /// Asserts that vector `number` was just taken, and gives the pushed IP.
    #[track_caller]
    fn assert_interrupt(&mut self, number: u8) -> u16 {
        assert_eq!(self.cpu.last_interrupt(), Some(number));
        assert_eq!((self.state().cs, self.state().eip), (HANDLERS, u32::from(number) << 8));
        self.word(SS, self.state().esp)
    }
}

/// Every model from `first` on.
fn from(first: Model) -> impl Iterator<Item = Model> {
    Model::ALL.into_iter().filter(move |model| *model >= first)
}

/// Every model before `end`.
fn before(end: Model) -> impl Iterator<Item = Model> {
    Model::ALL.into_iter().filter(move |model| *model < end)
}

#[test]
fn a_model_is_found_by_each_of_its_names() {
    for (name, model) in [
        ("8086", Model::I8086),
        ("8088", Model::I8086),
        ("186", Model::I80186),
        ("80286", Model::I80286),
        ("386", Model::I80386),
        ("i486", Model::I80486),
        ("586", Model::Pentium),
        ("i586", Model::Pentium),
        ("p5", Model::Pentium),
        ("p55c", Model::PentiumMmx),
        ("pentium2", Model::PentiumII),
        ("p6", Model::PentiumII),
        ("686", Model::PentiumII),
        ("i686", Model::PentiumII),
    ] {
        assert_eq!(Model::from_name(name), Some(model));
    }
    assert_eq!(Model::from_name("pentium-iii"), None);
    for model in Model::ALL {
        assert_eq!(Model::from_name(model.name()), Some(model));
    }
}

#[test]
fn the_next_instruction_is_shown_in_lower_case() {
    let bench = Bench::new(Model::I80386, &[0xb8, 0x34, 0x12, 0x90]);
    let shown = bench.cpu.peek_instruction(&bench.mem);
    assert_eq!((shown.cs, shown.ip, shown.bytes.as_slice()), (CS, IP, &[0xb8, 0x34, 0x12][..]));
    assert_eq!(shown.text, "mov ax,1234h");
}

#[test]
fn flags_constants_are_where_the_guest_sees_them() {
    let mut bench = Bench::new(Model::I80386, &[0xf9, 0xfd, 0xfb]);
    bench.step(3);
    assert_eq!(bench.state().eflags, 2 | flag::CF | flag::DF | flag::IF);
}
