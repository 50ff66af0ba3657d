//! `--trace`: every step of the CPU as a line of text, from a chosen point on.

use beige_core::{StreamByte, Tick};
use beige_machine::{Machine, PortAccess, SERIAL, Stopped, TraceRecord, TraceSink, Width};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, Write};

/// From where on a trace is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TraceStart {
    /// From this many steps on; 0 is power-on.
    Step(u64),
    /// When the CPU is about to execute this address for the first time.
    Address {
        /// The selector in CS.
        cs: u16,
        /// The offset in CS.
        ip: u32,
    },
    /// When this text stands on the text screen at a retrace or has come out of the serial port.
    Text(String),
}

/// Writes a trace.
pub struct Tracer {
    start: TraceStart,
    started: bool,
    /// The last serial bytes, as many as the text is long less one.
    serial_tail: Vec<u8>,
    lines: Lines,
}

/// The file and how much may still go into it.
struct Lines {
    file: BufWriter<File>,
    left: u64,
    error: Option<io::Error>,
}

/// Passes records on once the start is reached.
struct Gate<'a> {
    start: &'a TraceStart,
    started: &'a mut bool,
    lines: &'a mut Lines,
}

impl Tracer {
    /// A trace to `file` from `start` on, of at most `limit` lines.
    #[must_use]
    pub fn new(file: File, start: TraceStart, limit: Option<u64>) -> Tracer {
        let lines = Lines { file: BufWriter::new(file), left: limit.unwrap_or(u64::MAX), error: None };
        Tracer { start, started: false, serial_tail: Vec::new(), lines }
    }

    /// Runs the machine until `tick`, writing what is to be written.
    pub fn run(&mut self, machine: &mut Machine, tick: Tick) -> Stopped {
        loop {
            if self.lines.left == 0 || self.lines.error.is_some() {
                return machine.run_until(tick);
            }
            let stop = if self.awaits_screen() { machine.next_retrace().min(tick) } else { tick };
            let stopped = if self.may_start_before(machine, stop) {
                let Tracer { start, started, serial_tail: _, lines } = self;
                machine.run_traced(stop, &mut Gate { start, started, lines })
            } else {
                machine.run_until(stop)
            };
            if self.awaits_screen() {
                self.look_at_screen(machine);
            }
            if stopped != Stopped::Reached || machine.now() >= tick {
                return stopped;
            }
        }
    }

    /// Looks for the text in what came out of the serial port.
    pub fn serial(&mut self, bytes: &[StreamByte]) {
        let TraceStart::Text(text) = &self.start else { return };
        if self.started || text.is_empty() {
            return;
        }
        self.serial_tail.extend(bytes.iter().filter(|byte| byte.stream == SERIAL[0]).map(|byte| byte.byte));
        self.started = self.serial_tail.windows(text.len()).any(|window| window == text.as_bytes());
        let old = self.serial_tail.len().saturating_sub(text.len() - 1);
        self.serial_tail.drain(..old);
    }

    /// Brings the last lines to the file.
    ///
    /// # Errors
    /// A sentence, when the trace is not complete.
    pub fn finish(mut self) -> Result<(), String> {
        let flushed = self.lines.file.flush().err();
        match self.lines.error.take().or(flushed) {
            Some(error) => Err(format!("the trace is not complete, its file cannot be written: {error}")),
            None if !self.started => {
                log::warn!("the trace is empty, its start was never reached: check --trace-from");
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn awaits_screen(&self) -> bool {
        !self.started && matches!(self.start, TraceStart::Text(_))
    }

    fn look_at_screen(&mut self, machine: &Machine) {
        let TraceStart::Text(text) = &self.start else { return };
        let rows = machine.screen_text().unwrap_or_default();
        self.started = rows.iter().any(|row| row.contains(text.as_str()));
    }

    /// Whether the trace can begin before `tick`, so that steps have to be looked at one by one.
    fn may_start_before(&self, machine: &Machine, tick: Tick) -> bool {
        if self.started {
            return true;
        }
        match self.start {
            TraceStart::Text(_) => false,
            TraceStart::Address { .. } => true,
            TraceStart::Step(step) => {
                let (numerator, denominator) = machine.rate().parts();
                let span = u128::from(tick.saturating_sub(machine.now())) + 1;
                let most = span * u128::from(numerator) / u128::from(denominator) + 1;
                u128::from(step) <= u128::from(machine.instructions()) + most
            }
        }
    }
}

impl TraceSink for Gate<'_> {
    fn record(&mut self, record: TraceRecord) {
        if !*self.started {
            *self.started = match self.start {
                TraceStart::Step(step) => record.instruction >= *step,
                TraceStart::Address { cs, ip } => (record.code.cs, record.code.ip) == (*cs, *ip),
                TraceStart::Text(_) => false,
            };
        }
        if *self.started {
            self.lines.write(&record);
        }
    }
}

impl Lines {
    fn write(&mut self, record: &TraceRecord) {
        if self.left == 0 || self.error.is_some() {
            return;
        }
        self.left -= 1;
        if let Err(error) = writeln!(self.file, "{}", line(record)) {
            log::error!("the trace ends here, its file cannot be written: {error}");
            self.error = Some(error);
        }
    }
}

/// One step as text: count, address, bytes, instruction, registers before it, interrupt, ports.
fn line(record: &TraceRecord) -> String {
    let TraceRecord { instruction, code, before, ports, interrupt } = record;
    let bytes = code.bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let mut line = format!("{instruction:>10} {:04x}:{:04x} {bytes:<14} {:<32}", code.cs, code.ip, code.text);
    for (name, number) in [("ax", 0), ("bx", 3), ("cx", 1), ("dx", 2), ("si", 6), ("di", 7), ("bp", 5), ("sp", 4)] {
        let value = before.reg32(number);
        let _ = if value > 0xffff { write!(line, " e{name}={value:08x}") } else { write!(line, " {name}={value:04x}") };
    }
    for (name, number) in [("ds", 3), ("es", 0), ("ss", 2), ("fs", 4), ("gs", 5)] {
        let selector = before.selector(number);
        if number < 4 || selector != 0 {
            let _ = write!(line, " {name}={selector:04x}");
        }
    }
    let _ = write!(line, " fl={:04x}", before.eflags());
    if let Some(vector) = interrupt {
        let _ = write!(line, " int={vector:02x}");
    }
    for port in ports {
        line.push_str(&port_text(port));
    }
    line
}

/// A port access, as in ` in(0060)=1e` or ` out(01f0)=1234`.
fn port_text(access: &PortAccess) -> String {
    let PortAccess { port, width, write, value } = access;
    let name = if *write { "out" } else { "in" };
    match width {
        Width::Byte => format!(" {name}({port:04x})={value:02x}"),
        Width::Word => format!(" {name}({port:04x})={value:04x}"),
        Width::Dword => format!(" {name}({port:04x})={value:08x}"),
    }
}
