//! The machine and its run loop.

use crate::board::Board;
use crate::config::{Config, ConfigError, NVRAM_BYTES, OnShutdown};
use crate::idle::IdleSkip;
use crate::probe::{Part, Probe};
use crate::rack::{DISK_SLOTS, Rack};
use crate::trace::{TraceRecord, TraceSink};
use crate::{memory_map, wiring};
use beige_core::{ClockRatio, Coded, Disk, DiskError, Frame, InputEvent, Key, Note, Origin, Outputs, Tick};
use beige_cpu::{Cpu, Memory, Model, Stop};
use beige_video::Vga;

/// Why a run came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// The tick asked for is reached.
    Reached,
    /// HLT with interrupts disabled: nothing can wake the CPU but a reset.
    Halted,
    /// The CPU shut down after a fault that it could not deliver, and the board is to stop then; the sentence says where.
    Shutdown(String),
    /// The guest wrote this byte to the exit port.
    ExitPort(u8),
    /// The guest wrote the POST code that was waited for.
    PostCode(u8),
    /// The guest switched the machine off.
    PowerOff,
}

/// A whole PC. It knows no host clock, file or thread: the same inputs at the same ticks give the same machine.
pub struct Machine {
    pub(crate) config: Config,
    pub(crate) cpu: Cpu,
    pub(crate) mem: Memory,
    pub(crate) board: Board,
    pub(crate) inputs: Vec<(Tick, InputEvent)>,
    /// The registers that the picture was made of last, and how often those or video memory have changed.
    pub(crate) seen: Option<(Vga, u64)>,
    /// What is known of loops in which the guest waits. It saves work and changes nothing.
    pub(crate) idle: IdleSkip,
    /// Who looks on, if anybody does.
    pub(crate) probe: Option<Box<Probe>>,
    /// What is broken on purpose.
    #[cfg(test)]
    pub(crate) breakage: Option<crate::faults::Breakage>,
}

/// What a picture shows: two of one machine with the same are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureId {
    /// Of the registers and memory behind it.
    number: u64,
    /// Of what blinks in it.
    phase: u8,
}

impl Machine {
    /// Builds the machine and switches it on. Slots of `disks`: floppies A and B, hard disks C to F.
    ///
    /// # Errors
    /// When the configuration makes no machine.
    pub fn new(config: Config, disks: [Option<Box<dyn Disk>>; DISK_SLOTS]) -> Result<Machine, ConfigError> {
        config.check()?;
        let mut mem = memory_map::build(&config);
        let mut board = Board::new(&config, Rack::new(disks));
        board.power_on(&config, &mut mem);
        let mut cpu = Cpu::with_coprocessor(config.model, config.coprocessor);
        cpu.reset();
        Ok(Machine {
            config,
            cpu,
            mem,
            board,
            inputs: Vec::new(),
            seen: None,
            idle: IdleSkip::default(),
            probe: None,
            #[cfg(test)]
            breakage: None,
        })
    }

    /// Which machine this is.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Guest time since power-on.
    #[must_use]
    pub fn now(&self) -> Tick {
        self.board.clock.tick(self.cpu.instructions())
    }

    /// Instructions done, each REP iteration and each interrupt delivery counted as one.
    #[must_use]
    pub fn instructions(&self) -> u64 {
        self.cpu.instructions()
    }

    /// The rate at which the CPU executes, in instructions per tick.
    #[must_use]
    pub fn rate(&self) -> ClockRatio {
        self.board.clock.rate()
    }

    /// Runs until guest time has reached `until`, or something ends the run before. While the CPU is halted, time
    /// jumps to the next event.
    pub fn run_until(&mut self, until: Tick) -> Stopped {
        self.mark(Part::Board);
        loop {
            match self.slice(until, self.until_sample()) {
                Slice::Ran => self.look_on(),
                Slice::Stopped(stopped) => return self.stop(stopped),
            }
        }
    }

    /// Like [`Machine::run_until`], one step of the CPU at a time, each told to `sink`.
    pub fn run_traced(&mut self, until: Tick, sink: &mut dyn TraceSink) -> Stopped {
        self.board.port_log = Some(Vec::new());
        let stopped = loop {
            let instruction = self.cpu.instructions();
            let (code, before) = (self.cpu.peek_instruction(&self.mem), self.cpu.registers().clone());
            let _ = self.cpu.last_interrupt();
            let slice = self.slice(until, 1);
            if self.cpu.instructions() != instruction {
                let ports = self.board.port_log.replace(Vec::new()).unwrap_or_default();
                let interrupt = self.cpu.last_interrupt();
                sink.record(TraceRecord { instruction, code, before, ports, interrupt });
            }
            self.look_on();
            if let Slice::Stopped(stopped) = slice {
                break stopped;
            }
        };
        self.board.port_log = None;
        self.stop(stopped)
    }

    /// A machine that will not go on has no time left to send what its serial ports hold: a program's last words
    /// would be lost.
    fn stop(&mut self, stopped: Stopped) -> Stopped {
        if stopped != Stopped::Reached {
            self.idle.forget();
            let now = self.now();
            for number in 0..wiring::SERIAL_PORTS as u8 {
                if let Some((port, mut io)) = self.board.serial_port(now, number) {
                    port.drain(&mut io);
                }
            }
        }
        self.mark(Part::Host);
        stopped
    }

    /// Serves what is due, then lets the CPU run to the next deadline, `until`, or `budget` steps.
    fn slice(&mut self, until: Tick, budget: u64) -> Slice {
        let now = self.now();
        if self.board.serve_deadlines(now, &mut self.mem) {
            self.idle.forget();
        }
        if self.board.cpu_held > 0 {
            self.idle.forget();
            self.hold_cpu();
            return Slice::Ran;
        }
        self.reset_processors(now);
        let intr = self.board.lines.wires.level(wiring::INT_MASTER);
        if intr != self.board.intr_known {
            self.idle.forget();
        }
        self.board.intr_known = intr;
        self.cpu.set_intr(intr);
        if let Some(code) = self.board.exit_code {
            return Slice::Stopped(Stopped::ExitPort(code));
        }
        if std::mem::take(&mut self.board.post_came)
            && let Some(code) = self.board.awaited_post
        {
            return Slice::Stopped(Stopped::PostCode(code));
        }
        if self.board.is_off {
            return Slice::Stopped(Stopped::PowerOff);
        }
        if now >= until {
            return Slice::Stopped(Stopped::Reached);
        }
        let target = self.board.lines.timeline.next().min(until);
        if self.is_dead() {
            self.sleep_until(target);
            return Slice::Ran;
        }
        if self.cpu.is_halted() && !(intr && self.cpu.interrupts_enabled()) {
            if !self.cpu.interrupts_enabled() {
                return Slice::Stopped(Stopped::Halted);
            }
            self.sleep_until(target);
            return Slice::Ran;
        }
        self.board.slice_end = target;
        let to_target = self.board.clock.instructions_at(target).saturating_sub(self.cpu.instructions());
        let stop = if budget == u64::MAX { self.run_or_skip(to_target) } else { self.run_cpu(to_target.min(budget)) };
        self.hold_cpu();
        match stop {
            Stop::Budget | Stop::Attention | Stop::Halted => Slice::Ran,
            Stop::Shutdown => self.meet_shutdown(),
        }
    }

    /// Does what the reset lines of CPU and coprocessor ask for.
    fn reset_processors(&mut self, now: Tick) {
        if std::mem::take(&mut self.board.coprocessor_reset)
            && self.config.model < Model::I80486
            && let Some(coprocessor) = self.cpu.fpu_mut()
        {
            coprocessor.initialize();
        }
        if std::mem::take(&mut self.board.cpu_reset) {
            self.idle.forget();
            self.cpu.reset();
            let io = &mut self.board.lines.io(now, wiring::UNTIMED);
            self.board.chips.coprocessor.set_error(false, io);
        }
    }

    /// The CPU shut down: what the board does then.
    fn meet_shutdown(&mut self) -> Slice {
        let code = self.cpu.peek_instruction(&self.mem);
        match self.config.on_shutdown {
            OnShutdown::Stop => {
                let place = format!("{:04X}:{:04X}", code.cs, code.ip);
                return Slice::Stopped(Stopped::Shutdown(format!(
                    "the CPU shut down at {place}: neither an exception nor the double fault in its place could be \
                     delivered"
                )));
            }
            OnShutdown::Reset => {
                self.board.lines.outputs.note(Note::ShutDown { cs: code.cs, eip: code.ip });
                self.board.cpu_reset = true;
            }
            OnShutdown::Halt => {}
        }
        Slice::Ran
    }

    /// Whether the CPU has shut down and stays so.
    pub(crate) fn is_dead(&self) -> bool {
        self.cpu.is_shut_down() && self.config.on_shutdown == OnShutdown::Halt
    }

    /// Lets time pass in which the CPU does nothing.
    fn sleep_until(&mut self, target: Tick) {
        let rate = self.board.clock.rate();
        self.board.clock.restart(target, self.cpu.instructions(), rate);
    }

    /// From now on a run ends as soon as the guest writes this code to the port of its POST codes.
    pub fn await_post_code(&mut self, code: u8) {
        self.board.awaited_post = Some(code);
    }

    /// Lets the time pass for which DMA has kept the bus.
    fn hold_cpu(&mut self) {
        let held = std::mem::take(&mut self.board.cpu_held);
        if held > 0 {
            let rate = self.board.clock.rate();
            self.board.clock.restart(self.now().saturating_add(held), self.cpu.instructions(), rate);
        }
    }

    pub(crate) fn run_cpu(&mut self, budget: u64) -> Stop {
        #[cfg(test)]
        if let Some(breakage) = &mut self.breakage {
            return breakage.run(&mut self.cpu, &mut self.mem, &mut self.board, budget);
        }
        match &mut self.probe {
            Some(probe) => probe.run(&mut self.board, |bus| self.cpu.run(&mut self.mem, bus, budget)),
            None => self.cpu.run(&mut self.mem, &mut self.board, budget),
        }
    }

    /// Whether the guest does nothing until the next event of a chip at least: the CPU sleeps, or goes round a loop
    /// that changes nothing.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.idle.knows_round() || self.is_asleep()
    }

    /// Whether the CPU executes nothing until the next event of a chip at least.
    pub(crate) fn is_asleep(&self) -> bool {
        if self.is_dead() {
            return true;
        }
        let intr = self.board.lines.wires.level(wiring::INT_MASTER);
        self.cpu.is_halted() && self.cpu.interrupts_enabled() && !intr
    }

    /// The tick of the next deadline of any chip: until then an idle machine stays idle unless there is input.
    #[must_use]
    pub fn next_event(&self) -> Tick {
        self.board.lines.timeline.next()
    }

    /// The start of the next vertical retrace, later than now.
    #[must_use]
    pub fn next_retrace(&self) -> Tick {
        self.board.chips.vga.next_retrace(self.now())
    }

    /// Something from outside happens now. It is recorded in the input log.
    pub fn input(&mut self, event: InputEvent) {
        let now = self.now();
        self.idle.forget();
        self.inputs.push((now, event));
        let Board { chips, lines, .. } = &mut self.board;
        match event {
            InputEvent::Key { key, down } => chips.keyboard.key(key, down, &mut lines.io(now, wiring::KEYBOARD)),
            InputEvent::Serial { port, byte } => {
                if let Some((port, mut io)) = self.board.serial_port(now, port) {
                    port.receive(byte, &mut io);
                }
            }
            InputEvent::SerialCarrier { port, present } => {
                if let Some((port, mut io)) = self.board.serial_port(now, port) {
                    port.set_carrier(present, &mut io);
                }
            }
            InputEvent::Rate(rate) => self.board.clock.restart(now, self.cpu.instructions(), rate),
            InputEvent::Reset => {
                self.board.reset(now, &mut self.mem);
                memory_map::fill_shadow(&mut self.mem, &self.config);
                self.board.cpu_reset = true;
            }
            // What they log is done where the disk is.
            InputEvent::Insert { .. } | InputEvent::Eject { .. } => {}
        }
        self.board.settle(now, &mut self.mem);
        self.hold_cpu();
    }

    /// What came into the machine since power-on, and when.
    #[must_use]
    pub fn input_log(&self) -> &[(Tick, InputEvent)] {
        &self.inputs
    }

    /// The keys that are down.
    #[must_use]
    pub fn held_keys(&self) -> Vec<Key> {
        let keys = (0..Key::COUNT as u8).filter_map(Key::from_code);
        keys.filter(|key| self.board.chips.keyboard.is_held(*key)).collect()
    }

    /// How many bytes from outside a serial port still takes; 0 is COM1, and what is not there takes none.
    pub fn serial_room(&mut self, port: u8) -> usize {
        let now = self.now();
        self.board.serial_port(now, port).map_or(0, |(port, _)| port.queue_room())
    }

    /// Whether there is somebody at the other end of a serial port; nobody is at one that is not there.
    pub fn has_serial_carrier(&mut self, port: u8) -> bool {
        let now = self.now();
        self.board.serial_port(now, port).is_some_and(|(port, _)| port.has_carrier())
    }

    /// Whether bytes from outside are on their way to a guest that reads them.
    pub fn is_serial_delivering(&mut self, port: u8) -> bool {
        let now = self.now();
        self.board.serial_port(now, port).is_some_and(|(port, _)| port.is_delivering())
    }

    /// From now on the outputs hold the edges of the speaker. The guest cannot learn of it. A tone that goes on while
    /// the guest does nothing gives up to 1.2 million edges a second: take them often.
    pub fn listen_to_speaker(&mut self) {
        self.board.listen(self.now());
    }

    /// What the machine gave away; the host takes it and clears it.
    pub fn outputs(&mut self) -> &mut Outputs {
        let now = self.now();
        self.board.follow_speaker(now);
        &mut self.board.lines.outputs
    }

    /// Draws the screen as it stands now.
    pub fn render(&self, frame: &mut Frame) {
        beige_video::render(&self.board.chips.vga, self.mem.video(), self.now(), frame);
    }

    /// What the screen shows now. Never misses a change; registers that do not show, and what is written again as it
    /// was, count as one.
    pub fn picture_id(&mut self) -> PictureId {
        let vga = &self.board.chips.vga;
        let is_written = self.mem.take_video_dirty();
        let number = match &self.seen {
            Some((seen, number)) if seen == vga && !is_written => *number,
            seen => {
                let number = seen.as_ref().map_or(0, |(_, number)| number + 1);
                self.seen = Some((vga.clone(), number));
                number
            }
        };
        PictureId { number, phase: beige_video::blink_phase(vga, self.mem.video(), self.now()) }
    }

    /// The rows of the text screen, `None` in graphics modes.
    #[must_use]
    pub fn screen_text(&self) -> Option<Vec<String>> {
        beige_video::screen_text(&self.board.chips.vga, self.mem.video())
    }

    /// Reads physical memory without side effects: RAM, ROM, and video memory where the CPU reaches it without the VGA's
    /// logic; other addresses read as all ones.
    pub fn peek_memory(&self, address: u32, into: &mut [u8]) {
        self.mem.read_phys(address, into);
    }

    /// The CMOS memory as its battery would keep it.
    #[must_use]
    pub fn nvram(&self) -> [u8; NVRAM_BYTES] {
        self.board.chips.rtc.contents(self.now())
    }

    /// Whether the guest has written to disks what will be lost at the end.
    #[must_use]
    pub fn has_unsaved_changes(&self) -> bool {
        self.board.lines.rack.has_unsaved_changes()
    }

    /// Bytes of all disks.
    #[must_use]
    pub fn disk_bytes(&self) -> u64 {
        self.board.lines.rack.bytes()
    }

    /// Where the sectors of each disk come from.
    ///
    /// # Errors
    /// When the host fails to read an image.
    pub fn disk_origins(&mut self) -> Result<[Option<Origin>; DISK_SLOTS], DiskError> {
        self.board.lines.rack.origins()
    }

    /// Brings all completed writes of all disks to stable storage.
    ///
    /// # Errors
    /// The first failure of a disk; the others are flushed nevertheless.
    pub fn flush(&mut self) -> Result<(), DiskError> {
        self.board.lines.rack.flush()
    }
}

enum Slice {
    Ran,
    Stopped(Stopped),
}
