//! Parallel printer port, with what a printer at its connector does.
//!
//! On the PC LPT1 is at 378h with IRQ 7.
//!
//! Sources: IBM Personal Computer Technical Reference (6361453), "Printer adapter" and "IBM 80 CPS printers", for the
//! registers, the senses of the lines and the hand-shake; IBM PS/2 Model 50 and 60 Technical Reference (68X2224),
//! "Parallel port", for the direction bit; IEEE Std 1284, "Compatibility mode", for the times.
//!
//! | offset | read | write |
//! |---|---|---|
//! | 0 | data: what was written; all ones while the direction bit makes the lines inputs | data |
//! | 1 | status: 7 not BUSY, 6 -ACK, 5 PE, 4 SLCT, 3 -ERROR, 2-0 ones | |
//! | 2 | control, as written; 7 and 6 ones | control: 5 direction (1 input), 4 IRQ enable, 3 SLCT IN, 2 -INIT, 1 AUTO FD, 0 STROBE |
//!
//! Strobe, auto feed, select in and busy are inverted between register and connector. When STROBE falls at the
//! connector (bit 0 rises) a printer that is not busy takes the byte. It is busy for 5 us and then acknowledges for
//! 5 us; -ACK reaches the IRQ wire while it is enabled. The wire rises at the end of -ACK, and it floats high while it
//! is not enabled, so that enabling makes no edge.
//!
//! Without a printer at the connector the status lines float high: busy, out of paper, selected, no error.
//!
//! Not modelled: what a printer makes of the bytes, AUTO FD and SLCT IN (the printer is always selected), paper that
//! runs out, EPP and ECP, devices that drive the data lines.

use beige_core::{Device, Io, Pin, PortDevice, StateError, StreamId, Tick, Timeline, Visitor, VisitorExt, coded_enum};

#[cfg(test)]
mod tests;

const STATUS_UNUSED: u8 = 0x07;
const STATUS_NO_ERROR: u8 = 1 << 3;
const STATUS_SELECTED: u8 = 1 << 4;
const STATUS_OUT_OF_PAPER: u8 = 1 << 5;
const STATUS_NO_ACKNOWLEDGE: u8 = 1 << 6;
const STATUS_NOT_BUSY: u8 = 1 << 7;

const CONTROL_STROBE: u8 = 1 << 0;
const CONTROL_NOT_INIT: u8 = 1 << 2;
const CONTROL_IRQ_ENABLE: u8 = 1 << 4;
const CONTROL_INPUT: u8 = 1 << 5;
const CONTROL_UNUSED: u8 = 0xc0;

/// UNVERIFIED: how long a printer is busy with a byte; real ones differ, and take longer when they print.
const BUSY_TICKS: Tick = 5_000;
/// -ACK is low for 0.5 to 10 us.
const ACKNOWLEDGE_TICKS: Tick = 5_000;

coded_enum! {
    /// What the printer does.
    enum Phase: "printer phase" {
        /// It can take a byte.
        Ready = 0,
        /// It has taken one: BUSY.
        Busy = 1,
        /// BUSY and -ACK.
        Acknowledging = 2,
    }
}

/// The port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lpt {
    // wired
    irq: Pin,
    /// Where printed bytes go; `None` without a printer.
    printer: Option<StreamId>,

    // registers
    /// 0.
    data: u8,
    /// Bits 0-5; 0, which holds the printer in its initialization.
    control: u8,

    // internal
    /// `Ready`.
    phase: Phase,
    /// When the phase ends.
    phase_end: Tick,
}

impl Lpt {
    /// A port that interrupts on `irq`, with a printer whose bytes leave by the stream, or without one.
    #[must_use]
    pub fn new(irq: Pin, printer: Option<StreamId>) -> Lpt {
        Lpt { irq, printer, data: 0, control: 0, phase: Phase::Ready, phase_end: Timeline::NEVER }
    }

    fn status(&self) -> u8 {
        if self.printer.is_none() {
            return STATUS_UNUSED | STATUS_NO_ERROR | STATUS_SELECTED | STATUS_OUT_OF_PAPER | STATUS_NO_ACKNOWLEDGE;
        }
        let is_busy = self.phase != Phase::Ready || self.control & CONTROL_NOT_INIT == 0;
        let not_busy = if is_busy { 0 } else { STATUS_NOT_BUSY };
        let no_acknowledge = if self.phase == Phase::Acknowledging { 0 } else { STATUS_NO_ACKNOWLEDGE };
        not_busy | no_acknowledge | STATUS_SELECTED | STATUS_NO_ERROR | STATUS_UNUSED
    }

    fn write_control(&mut self, value: u8, io: &mut Io<'_>) {
        let strobes = value & !self.control & CONTROL_STROBE != 0;
        self.control = value & !CONTROL_UNUSED;
        let Some(stream) = self.printer else { return };
        if self.control & CONTROL_NOT_INIT == 0 {
            self.set_phase(Phase::Ready, Timeline::NEVER);
        } else if strobes && self.phase == Phase::Ready {
            // While the lines are inputs nobody drives them.
            io.emit(stream, self.read_data());
            self.set_phase(Phase::Busy, io.now().saturating_add(BUSY_TICKS));
        }
    }

    fn read_data(&self) -> u8 {
        if self.control & CONTROL_INPUT != 0 { 0xff } else { self.data }
    }

    fn set_phase(&mut self, phase: Phase, end: Tick) {
        (self.phase, self.phase_end) = (phase, end);
    }

    /// Ends the phases that are over.
    fn run_to(&mut self, now: Tick) {
        if self.phase == Phase::Busy && self.phase_end <= now {
            self.set_phase(Phase::Acknowledging, self.phase_end.saturating_add(ACKNOWLEDGE_TICKS));
        }
        if self.phase == Phase::Acknowledging && self.phase_end <= now {
            self.set_phase(Phase::Ready, Timeline::NEVER);
        }
    }

    /// Ends every access: the IRQ wire and the wake follow.
    fn settle(&self, io: &mut Io<'_>) {
        let is_low = self.control & CONTROL_IRQ_ENABLE != 0 && self.phase == Phase::Acknowledging;
        io.set(self.irq, !is_low);
        io.wake_at(self.phase_end);
    }
}

impl PortDevice for Lpt {
    fn read(&mut self, offset: u16, io: &mut Io<'_>) -> u8 {
        self.run_to(io.now());
        let value = match offset & 3 {
            0 => self.read_data(),
            1 => self.status(),
            2 => self.control | CONTROL_UNUSED,
            _ => 0xff,
        };
        self.settle(io);
        value
    }

    /// The printer does at wakes what it does in time.
    fn is_steady(&self, offset: u16) -> bool {
        offset & 3 == 1
    }

    fn write(&mut self, offset: u16, value: u8, io: &mut Io<'_>) {
        self.run_to(io.now());
        match offset & 3 {
            0 => self.data = value,
            2 => self.write_control(value, io),
            _ => {}
        }
        self.settle(io);
    }
}

impl Device for Lpt {
    fn power_on(&mut self, io: &mut Io<'_>) {
        self.reset(io);
    }

    /// SPEC: 6361453, "Printer adapter": reset clears the control latch, which initializes the printer.
    fn reset(&mut self, io: &mut Io<'_>) {
        *self = Lpt::new(self.irq, self.printer);
        self.settle(io);
    }

    fn wake(&mut self, io: &mut Io<'_>) {
        self.run_to(io.now());
        self.settle(io);
    }

    fn visit(&mut self, v: &mut dyn Visitor) {
        let Lpt { irq: _, printer: _, data, control, phase, phase_end } = self;
        v.section("lpt", 1);
        v.u8(1, data);
        v.u8(2, control);
        v.code(3, phase);
        v.u64(4, phase_end);
    }

    fn check(&self) -> Result<(), StateError> {
        let invalid = |reason| Err(StateError::invalid("lpt", reason));
        if self.control & CONTROL_UNUSED != 0 {
            return invalid("the control register has bits that are not kept");
        }
        if (self.phase == Phase::Ready) != (self.phase_end == Timeline::NEVER) {
            return invalid("a phase of the printer has no end");
        }
        if self.phase != Phase::Ready && self.printer.is_none() {
            return invalid("a printer that is not there is busy");
        }
        Ok(())
    }
}
