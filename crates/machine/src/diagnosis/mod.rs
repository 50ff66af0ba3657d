//! Why a guest does not go on: where it is, and what it waits for.
//!
//! A diagnosis runs the guest a little further, watches it, and puts everything back as it was: the state, the disks,
//! what was given away. Beside the state it knows only the last calls of BIOS and DOS, which the board writes down as
//! they come.

mod calls;
mod irqs;
mod text;
mod watch;

pub(crate) use calls::Calls;
pub use calls::ServiceCall;
pub use irqs::{Blocked, BlockedIrq};

use crate::ports;
use crate::run::Machine;
use beige_core::{TICKS_PER_SECOND, Tick};
use beige_cpu::{DataAccess, Disassembly};
use calls::ROM_SEGMENT;
use watch::{Places, Watch};

/// How far a diagnosis looks ahead, in steps of the CPU.
const STEPS: u64 = 40_000;
/// How far it looks ahead in guest time, when the CPU sleeps.
const TIME: Tick = 2 * TICKS_PER_SECOND;
/// In how many parts it does so, to look at the interrupt controllers in between.
const PARTS: u64 = 16;
const HLT: u8 = 0xf4;
/// As many reads of one port are a poll.
const POLLS: u64 = 16;

/// What the guest does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// HLT with interrupts disabled: nothing but a reset wakes it.
    Halted,
    /// The CPU has shut down and the board does not reset it.
    ShutDown,
    /// HLT, until an interrupt comes.
    AwaitsInterrupt,
    /// It waits for a key, by INT 16h.
    AwaitsKey,
    /// It looks at the tick count again and again, by INT 1Ah.
    AwaitsTick,
    /// It looks at a serial port again and again, by INT 14h.
    AwaitsSerial,
    /// It reads this port again and again.
    PollsPort(u16),
    /// It reads this place in memory again and again.
    PollsMemory {
        /// The selector that it uses.
        selector: u16,
        /// The offset.
        offset: u32,
    },
    /// It repeats a call of INT 13h that fails.
    RetriesDisk {
        /// DL: 0 is drive A, 80h drive C.
        drive: u8,
        /// The BIOS's status of the last try.
        status: u8,
    },
    /// This exception comes again and again.
    Faults(u8),
    /// It runs through memory that holds nothing.
    RunsEmptyMemory,
    /// A loop without an end and without anything to wait for.
    LoopsEndlessly,
    /// Something else: it works.
    Computes,
}

/// Where the guest is and what it waits for. `Display` gives the whole sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The next instruction and its address.
    pub code: Disassembly,
    /// What it does.
    pub activity: Activity,
    /// What the polled port belongs to, or an empty text.
    pub port_name: &'static str,
    /// Whether IF is set.
    pub interrupts_enabled: bool,
    /// Interrupts that were requested and cannot come, and the keyboard's when it is masked.
    pub blocked: Vec<BlockedIrq>,
    /// The last call of BIOS or DOS by a program, and whether it has not come back.
    pub last_call: Option<(ServiceCall, bool)>,
    /// How the last call for a floppy, and that for a hard disk, ended, when in an error: DL and status.
    pub disk_error: Option<(u8, u8)>,
}

impl Machine {
    /// Finds out what the guest waits for. The machine is afterwards as it was before.
    pub fn diagnose(&mut self) -> Diagnosis {
        let state = self.save();
        let outputs = std::mem::take(&mut self.board.lines.outputs);
        let (calls, seen) = (self.board.calls.clone(), self.seen.take());
        let diagnosis = self.diagnose_at_the_end();
        self.board.lines.rack.freeze(false);
        // What this machine has just written it can also read.
        let _ = self.load(&state);
        self.board.lines.outputs = outputs;
        self.board.calls = calls;
        self.seen = seen;
        diagnosis
    }

    /// The same for a machine that nobody will look at any more: it saves the time and memory of keeping its state. What
    /// the guest does meanwhile reaches no disk.
    pub fn diagnose_at_the_end(&mut self) -> Diagnosis {
        let disk_error = self.disk_error();
        self.board.lines.rack.freeze(true);
        let mut diagnosis = self.without_probe(Machine::look_ahead);
        diagnosis.disk_error = diagnosis.disk_error.or(disk_error);
        diagnosis
    }

    fn look_ahead(&mut self) -> Diagnosis {
        let mut code = self.cpu.peek_instruction(&self.mem);
        let interrupts_enabled = self.cpu.interrupts_enabled();
        let (was_halted, begin) = (self.cpu.is_halted(), self.instructions());
        let last = self.board.calls.last().copied();
        let mut watch = Watch::new(self.config.model);
        let mut in_service = irqs::in_service(&self.board.chips.pics);
        let end = self.now().saturating_add(TIME);
        while watch.steps < STEPS && self.now() < end {
            let (instructions, ticks) = self.rate().parts();
            let part = (STEPS / PARTS).saturating_mul(ticks) / instructions.max(1) + 1;
            let awake = if self.is_asleep() { self.next_event().min(end) } else { self.now() };
            let before = (self.now(), self.instructions());
            let stopped = self.run_traced(awake.saturating_add(part), &mut watch);
            in_service &= irqs::in_service(&self.board.chips.pics);
            if stopped != crate::Stopped::Reached || before == (self.now(), self.instructions()) {
                break;
            }
        }
        let inside = last.filter(|_| watch.is_in_firmware());
        let activity = self.activity(&watch, was_halted, interrupts_enabled, begin, inside);
        if let (Activity::Faults(_), Some((_, met_by))) = (activity, &watch.last_exception) {
            code = met_by.clone();
        } else if was_halted {
            // The next instruction is the one behind HLT. Of an 8086, IP was FFFFh where it is 0 now.
            let ip = code.ip.checked_sub(1).unwrap_or(0xffff);
            code = Disassembly { ip, bytes: vec![HLT], text: "hlt".to_owned(), ..code };
        }
        let port_name = match activity {
            Activity::PollsPort(port) => ports::name(&self.board, port),
            _ => "",
        };
        Diagnosis {
            code,
            activity,
            port_name,
            interrupts_enabled,
            blocked: irqs::blocked(&self.board.chips.pics, in_service),
            last_call: last.map(|call| (call, inside.is_some())),
            disk_error: self.board.calls.retried().map(|(call, status)| (call.drive(), status)),
        }
    }

    fn activity(
        &self,
        watch: &Watch,
        was_halted: bool,
        interrupts_enabled: bool,
        begin: u64,
        inside: Option<ServiceCall>,
    ) -> Activity {
        let places = watch.places();
        if self.is_dead() {
            return Activity::ShutDown;
        }
        if was_halted && !interrupts_enabled || self.cpu.is_halted() && !self.cpu.interrupts_enabled() {
            return Activity::Halted;
        }
        if let Some((exception, _)) = watch.last_exception.as_ref().filter(|_| watch.exceptions * 100 > watch.steps) {
            return Activity::Faults(*exception);
        }
        if places.is_empty_memory() {
            return Activity::RunsEmptyMemory;
        }
        let count = |is: fn(&ServiceCall) -> bool| self.board.calls.since(begin).filter(|call| is(call)).count();
        let asks_dos = self.board.calls.last().filter(|call| call.awaits_input());
        let inside_dos = asks_dos.is_some_and(|call| !places.0.keys().any(|(cs, _)| *cs == call.cs));
        if inside.is_some_and(|call| call.awaits_key()) || inside_dos || count(ServiceCall::looks_for_key) > 2 {
            return Activity::AwaitsKey;
        }
        if count(ServiceCall::reads_clock) > 2 {
            return Activity::AwaitsTick;
        }
        if count(ServiceCall::asks_serial) > 2 {
            return Activity::AwaitsSerial;
        }
        let goes_on = inside.is_some() || self.board.calls.since(begin).any(ServiceCall::moves_sectors);
        if let Some((call, status)) = self.board.calls.retried().filter(|_| goes_on) {
            return Activity::RetriesDisk { drive: call.drive(), status };
        }
        // The BIOS itself wants a key, as when it found nothing to boot.
        if self.board.calls.last().is_none() && watch.is_in_firmware() && places.polls_keys() {
            return Activity::AwaitsKey;
        }
        if was_halted || watch.halts > 0 {
            return Activity::AwaitsInterrupt;
        }
        self.loop_of(places)
    }

    fn loop_of(&self, places: &Places) -> Activity {
        if let Some((port, reads)) = places.polled_port(ports::is_clock)
            && reads >= POLLS
            && (places.is_small_loop() || reads * 50 > places.steps())
        {
            return Activity::PollsPort(port);
        }
        if !places.is_small_loop() {
            return Activity::Computes;
        }
        match places.polled_memory() {
            Some(DataAccess { selector, offset, .. }) => Activity::PollsMemory { selector, offset },
            None if places.is_endless() => Activity::LoopsEndlessly,
            None => Activity::Computes,
        }
    }

    /// The status that the BIOS keeps of the last disk call that failed.
    fn disk_error(&self) -> Option<(u8, u8)> {
        let last = self.board.calls.last_disk_call()?;
        let status = calls::disk_status(&self.mem, last.drive());
        (status != 0).then_some((last.drive(), status))
    }
}

impl Watch {
    /// Whether the program was in the firmware all the time.
    fn is_in_firmware(&self) -> bool {
        self.program.0.keys().all(|(cs, _)| *cs >= ROM_SEGMENT)
    }
}
