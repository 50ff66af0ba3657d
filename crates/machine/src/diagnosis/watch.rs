//! Looking ahead: what the guest does in its next steps, which are then taken back.

use super::HLT;
use crate::trace::{TraceRecord, TraceSink};
use beige_cpu::{DataAccess, Disassembly, Model, Registers, Width};
use std::collections::BTreeMap;

/// Vectors below this are the CPU's own exceptions.
const FIRST_INTERRUPT: u8 = 8;

/// One instruction of the loop that the guest runs.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) visits: u64,
    pub(super) is_empty: bool,
    /// The port it reads, when it is always the same one.
    pub(super) port: Option<u16>,
    /// What it reads in memory, when that is always the same place.
    pub(super) data: Option<DataAccess>,
    /// Memory that it writes, or a place that changes.
    writes: Vec<DataAccess>,
    /// The registers at the last visit, and whether they were the same at the visit before.
    registers: Registers,
    pub(super) repeats: bool,
}

/// What was seen, by CS:IP.
#[derive(Clone, Debug, Default)]
pub(super) struct Places(pub(super) BTreeMap<(u16, u32), Place>);

/// Watches a guest step by step.
#[derive(Debug)]
pub(super) struct Watch {
    model: Model,
    /// The program's own steps.
    pub(super) program: Places,
    /// Steps of handlers of interrupts.
    pub(super) handlers: Places,
    /// The interrupted place, and the stack pointer there, while a handler runs.
    interrupted: Option<(u16, u32, u16)>,
    pub(super) steps: u64,
    /// How many exceptions there were, and the last of them with the instruction that met it.
    pub(super) exceptions: u64,
    pub(super) last_exception: Option<(u8, Disassembly)>,
    /// Steps that were HLT.
    pub(super) halts: u64,
}

const SP: u8 = 4;

impl Watch {
    pub(super) fn new(model: Model) -> Watch {
        Watch {
            model,
            program: Places::default(),
            handlers: Places::default(),
            interrupted: None,
            steps: 0,
            exceptions: 0,
            last_exception: None,
            halts: 0,
        }
    }

    /// The steps to judge by: those of the program, or of a handler that never came to its end.
    pub(super) fn places(&self) -> &Places {
        if self.program.steps() * 8 < self.handlers.steps() { &self.handlers } else { &self.program }
    }
}

impl TraceSink for Watch {
    fn record(&mut self, record: TraceRecord) {
        let here = (record.code.cs, record.code.ip, record.before.reg16(SP));
        if self.interrupted == Some(here) {
            self.interrupted = None;
        }
        self.steps += 1;
        let is_int = matches!(record.code.bytes.first(), Some(0xcc..=0xce | 0xf1));
        match record.interrupt {
            Some(vector) if !is_int && !is_int_n(&record.code.bytes) => {
                if vector < FIRST_INTERRUPT {
                    self.exceptions += 1;
                    self.last_exception = Some((vector, record.code.clone()));
                } else if self.interrupted.is_none() {
                    self.interrupted = Some(here);
                    return;
                }
            }
            _ => {}
        }
        if record.code.bytes.first() == Some(&HLT) {
            self.halts += 1;
        }
        let places = if self.interrupted.is_some() { &mut self.handlers } else { &mut self.program };
        places.record(self.model, &record);
    }
}

/// INT n, behind any prefixes.
fn is_int_n(bytes: &[u8]) -> bool {
    bytes.len() >= 2 && bytes[bytes.len() - 2] == 0xcd
}

impl Places {
    fn record(&mut self, model: Model, record: &TraceRecord) {
        let port = record.ports.iter().find(|access| !access.write && access.width <= Width::Dword);
        let port = port.map(|access| access.port);
        let accesses = record.code.data_accesses(model, &record.before);
        let data = accesses.iter().copied().find(|access| access.reads && !access.writes);
        let writes = accesses.into_iter().filter(|access| access.writes);
        let key = (record.code.cs, record.code.ip);
        match self.0.get_mut(&key) {
            None => {
                let place = Place {
                    visits: 1,
                    is_empty: is_empty(&record.code.bytes),
                    port,
                    data,
                    writes: writes.collect(),
                    registers: record.before.clone(),
                    repeats: false,
                };
                self.0.insert(key, place);
            }
            Some(place) => {
                place.visits += 1;
                place.port = place.port.filter(|_| place.port == port);
                place.data = place.data.filter(|_| place.data == data);
                for write in writes {
                    if !place.writes.contains(&write) && place.writes.len() < 8 {
                        place.writes.push(write);
                    }
                }
                place.repeats = place.registers == record.before;
                place.registers = record.before.clone();
            }
        }
    }

    pub(super) fn steps(&self) -> u64 {
        self.0.values().map(|place| place.visits).sum()
    }

    /// The port that is read most at one place, and how often; a port that serves as a clock only when there is no
    /// other.
    pub(super) fn polled_port(&self, is_clock: impl Fn(u16) -> bool) -> Option<(u16, u64)> {
        let reads = || self.0.values().filter_map(|place| Some((place.port?, place.visits)));
        let most = |clock: bool| reads().filter(|(port, _)| is_clock(*port) == clock).max_by_key(|(_, visits)| *visits);
        most(false).or_else(|| most(true))
    }

    /// The place in memory that a small loop reads again and again and does not write itself: the last one that is read
    /// as often as the loop goes round.
    pub(super) fn polled_memory(&self) -> Option<DataAccess> {
        let rounds = self.0.values().map(|place| place.visits).max()?;
        let is_written = |read: &DataAccess| {
            let linear = address(read);
            self.0.values().flat_map(|place| &place.writes).any(|write| address(write) == linear)
        };
        let mut reads = self.0.values().filter(|place| place.visits * 2 >= rounds).filter_map(|place| place.data);
        reads.rfind(|read| !is_written(read))
    }

    /// Whether a word of the BIOS's ring of keys is read again and again: its head or its tail.
    pub(super) fn polls_keys(&self) -> bool {
        let reads = self.0.values().filter_map(|place| place.data);
        reads.into_iter().any(|read| matches!(address(&read), 0x41a..=0x41d))
    }

    /// Whether the registers come back to the same values in each round and memory stays as it is: such a loop has no
    /// end of its own.
    pub(super) fn is_endless(&self) -> bool {
        if self.0.values().any(|place| place.visits > 2 && !place.writes.is_empty()) {
            return false;
        }
        let busiest = self.0.values().max_by_key(|place| place.visits);
        busiest.is_some_and(|place| place.visits > 2 && place.repeats)
    }

    /// Whether nearly all steps were through memory that holds nothing.
    pub(super) fn is_empty_memory(&self) -> bool {
        let empty: u64 = self.0.values().filter(|place| place.is_empty).map(|place| place.visits).sum();
        empty > 0 && empty * 10 >= self.steps() * 9
    }

    /// Whether it is a loop that a person would take in at a glance.
    pub(super) fn is_small_loop(&self) -> bool {
        let often = self.0.values().filter(|place| place.visits > 4).count() as u64;
        let steps_in_it: u64 = self.0.values().filter(|place| place.visits > 4).map(|place| place.visits).sum();
        often <= 40 && steps_in_it * 10 >= self.steps() * 9
    }
}

/// The linear address of an access in real mode.
pub(super) fn address(access: &DataAccess) -> u32 {
    (u32::from(access.selector) << 4).wrapping_add(access.offset)
}

/// Bytes that no program means: zeros, or what nobody drives.
fn is_empty(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0) || bytes.iter().all(|byte| *byte == 0xff)
}
