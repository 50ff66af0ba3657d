//! One counter of the 8254, computed in closed form: however many clock pulses have passed, an advance takes a few steps.
//!
//! A pulse is a falling edge of CLK. The counter is brought to a pulse by [`Channel::advance_to`]; what is written after
//! that takes effect with the next one. Source: Intel 8254 data sheet (231164-005), "Mode definitions" and
//! "Operation common to all modes".

use beige_core::{StateError, Visitor, VisitorExt, coded_enum};

mod modes;

/// Control word: access, mode and BCD; what the status byte repeats.
pub(super) const CONTROL_MASK: u8 = 0x3f;
const CONTROL_BCD: u8 = 0x01;
const CONTROL_RW: u8 = 0x30;
const RW_LSB: u8 = 0x10;
const RW_MSB: u8 = 0x20;
const STATUS_OUT: u8 = 0x80;
const STATUS_NULL_COUNT: u8 = 0x40;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    InterruptOnTerminalCount,
    OneShot,
    RateGenerator,
    SquareWave,
    SoftwareStrobe,
    HardwareStrobe,
}

coded_enum! {
    /// What the counting element does with the next pulse.
    enum Phase: "counter phase" {
        /// A control word was written, the count was not (mode 0: or only its first byte).
        ExpectingCount = 0,
        /// Modes 1 and 5: a count was written, the gate has not risen.
        ExpectingTrigger = 1,
        /// The next pulse loads the count.
        Loading = 2,
        /// Counting towards an event on OUT.
        Counting = 3,
        /// Modes 0, 1, 4 and 5: the event is over, the counter goes on without one.
        Expired = 4,
    }
}

/// One counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Channel {
    // wired
    /// Level of GATE.
    gate: bool,
    /// Level of OUT; low.
    out: bool,

    // registers
    /// The control word without its counter bits; 0.
    control: u8,
    /// CR, the count as written; 0.
    count_register: u16,
    /// The low byte of a count whose high byte is still to come; 0.
    low_byte: u8,
    /// Next byte written is the high one; no.
    writes_high: bool,
    /// Next byte read is the high one; no.
    reads_high: bool,
    /// OL, the latched count; 0.
    latch: u16,
    /// OL holds a count that was not read yet; no.
    is_latched: bool,
    /// The latched status byte, none.
    status: Option<u8>,
    /// CR holds a count that the counting element does not have yet; yes.
    null_count: bool,

    // internal
    /// `ExpectingCount`.
    phase: Phase,
    /// CE, as a number of steps; a loaded 0 is 65536 (10000 in BCD). 0.
    value: u32,
    /// The count that the present period was loaded with; 0.
    loaded: u32,
    /// The pulse that all of this holds for.
    pulse: u64,
    /// Rising edges of OUT so far.
    rises: u64,
}

impl Channel {
    /// A counter at its power-on values, whose gate has this level, at `pulse`.
    ///
    /// SPEC: 231164-005 "Operational description": mode, count and OUT are undefined until they are programmed. Here it is
    /// mode 0 without a count, which holds OUT low and counts nothing.
    pub(super) fn new(gate: bool, pulse: u64) -> Channel {
        Channel {
            gate,
            out: false,
            control: 0,
            count_register: 0,
            low_byte: 0,
            writes_high: false,
            reads_high: false,
            latch: 0,
            is_latched: false,
            status: None,
            null_count: true,
            phase: Phase::ExpectingCount,
            value: 0,
            loaded: 0,
            pulse,
            rises: 0,
        }
    }

    pub(super) fn gate(&self) -> bool {
        self.gate
    }

    pub(super) fn out(&self) -> bool {
        self.out
    }

    pub(super) fn rises(&self) -> u64 {
        self.rises
    }

    fn mode(&self) -> Mode {
        match self.control >> 1 & 7 {
            0 => Mode::InterruptOnTerminalCount,
            1 => Mode::OneShot,
            2 | 6 => Mode::RateGenerator,
            3 | 7 => Mode::SquareWave,
            4 => Mode::SoftwareStrobe,
            _ => Mode::HardwareStrobe,
        }
    }

    fn is_bcd(&self) -> bool {
        self.control & CONTROL_BCD != 0
    }

    /// How many values the counting element has.
    fn modulus(&self) -> u32 {
        if self.is_bcd() { 10_000 } else { 65_536 }
    }

    /// CR as a number of steps, 1 to the modulus.
    fn count(&self) -> u32 {
        let digits = u32::from(self.count_register);
        let number = if self.is_bcd() {
            // SPEC: 231164-005 "Control word format": BCD has four decades; digits above 9 are undefined and count as
            // their value here.
            let decimal = [12, 8, 4, 0].iter().fold(0, |sum, shift| sum * 10 + (digits >> shift & 15));
            decimal % 10_000
        } else {
            digits
        };
        if number == 0 { self.modulus() } else { number }
    }

    /// CE as it is read.
    fn counting_element(&self) -> u16 {
        let value = self.value % self.modulus();
        if !self.is_bcd() {
            return value as u16;
        }
        [1000, 100, 10, 1].iter().fold(0, |digits, place| digits << 4 | (value / place % 10) as u16)
    }

    fn set_out(&mut self, level: bool) {
        if level && !self.out {
            self.rises = self.rises.wrapping_add(1);
        }
        self.out = level;
    }

    fn pulse_low_and_high(&mut self, times: u64) {
        self.rises = self.rises.wrapping_add(times);
    }

    /// Writes a control word (its counter bits removed, its access bits not zero).
    pub(super) fn write_control(&mut self, control: u8) {
        self.control = control & CONTROL_MASK;
        // SPEC: 231164-005 "Write operations": programming clears both bytes of CR.
        self.count_register = 0;
        self.writes_high = false;
        self.reads_high = false;
        self.is_latched = false;
        self.status = None;
        self.null_count = true;
        self.phase = Phase::ExpectingCount;
        self.set_out(self.mode() != Mode::InterruptOnTerminalCount);
    }

    /// Writes a byte of the count.
    pub(super) fn write_count(&mut self, byte: u8) {
        match self.control & CONTROL_RW {
            RW_LSB => self.write_whole_count(u16::from(byte)),
            RW_MSB => self.write_whole_count(u16::from(byte) << 8),
            _ if self.writes_high => {
                self.writes_high = false;
                self.write_whole_count(u16::from_le_bytes([self.low_byte, byte]));
            }
            _ => {
                self.writes_high = true;
                self.low_byte = byte;
                // SPEC: 231164-005 "Mode 0": the first of two bytes stops counting and sets OUT low at once.
                if self.mode() == Mode::InterruptOnTerminalCount {
                    self.phase = Phase::ExpectingCount;
                    self.set_out(false);
                }
            }
        }
    }

    fn write_whole_count(&mut self, count: u16) {
        self.count_register = count;
        self.null_count = true;
        let is_first = self.phase == Phase::ExpectingCount;
        match self.mode() {
            Mode::InterruptOnTerminalCount => {
                self.set_out(false);
                self.phase = Phase::Loading;
            }
            Mode::SoftwareStrobe => self.phase = Phase::Loading,
            Mode::RateGenerator | Mode::SquareWave if is_first => self.phase = Phase::Loading,
            Mode::OneShot | Mode::HardwareStrobe if is_first => self.phase = Phase::ExpectingTrigger,
            _ => {}
        }
    }

    /// Latches the count, unless one is latched and was not read.
    pub(super) fn latch_count(&mut self) {
        if !self.is_latched {
            self.is_latched = true;
            self.latch = self.counting_element();
        }
    }

    /// Latches the status, unless one is latched and was not read.
    pub(super) fn latch_status(&mut self) {
        if self.status.is_none() {
            let out = if self.out { STATUS_OUT } else { 0 };
            let null_count = if self.null_count { STATUS_NULL_COUNT } else { 0 };
            self.status = Some(out | null_count | self.control);
        }
    }

    /// Reads the latched status, a byte of the latched count, or a byte of the counting element.
    pub(super) fn read(&mut self) -> u8 {
        if let Some(status) = self.status.take() {
            return status;
        }
        let count = if self.is_latched { self.latch } else { self.counting_element() };
        let [low, high] = count.to_le_bytes();
        match self.control & CONTROL_RW {
            RW_LSB => self.is_latched = false,
            RW_MSB => {
                self.is_latched = false;
                return high;
            }
            _ => {
                self.reads_high = !self.reads_high;
                if !self.reads_high {
                    self.is_latched = false;
                    return high;
                }
            }
        }
        low
    }

    /// Sets GATE.
    pub(super) fn set_gate(&mut self, level: bool) {
        let is_trigger = level && !self.gate;
        let falls = !level && self.gate;
        self.gate = level;
        match (self.mode(), self.phase) {
            (_, Phase::ExpectingCount) => {}
            (Mode::OneShot | Mode::HardwareStrobe, _) if is_trigger => self.phase = Phase::Loading,
            (Mode::RateGenerator | Mode::SquareWave, _) if is_trigger => self.phase = Phase::Loading,
            // SPEC: 231164-005 "Mode 2", "Mode 3": OUT goes high at once when GATE goes low.
            (Mode::RateGenerator | Mode::SquareWave, _) if falls => self.set_out(true),
            _ => {}
        }
    }

    pub(super) fn visit(&mut self, v: &mut dyn Visitor) {
        let Channel {
            gate,
            out,
            control,
            count_register,
            low_byte,
            writes_high,
            reads_high,
            latch,
            is_latched,
            status,
            null_count,
            phase,
            value,
            loaded,
            pulse,
            rises,
        } = self;
        v.section("i8254-counter", 1);
        v.bool(1, gate);
        v.bool(2, out);
        v.u8(3, control);
        v.u16(4, count_register);
        v.u8(5, low_byte);
        v.bool(6, writes_high);
        v.bool(7, reads_high);
        v.u16(8, latch);
        v.bool(9, is_latched);
        let mut wide = status.map(u64::from);
        v.option_u64(10, &mut wide);
        *status = wide.map(|wide| wide as u8);
        v.bool(11, null_count);
        v.code(12, phase);
        v.u32(13, value);
        v.u32(14, loaded);
        v.u64(15, pulse);
        v.u64(16, rises);
    }

    pub(super) fn check(&self) -> Result<(), StateError> {
        let wrong = |reason| Err(StateError::invalid("i8254-counter", reason));
        if self.control & !CONTROL_MASK != 0 {
            return wrong("the control word has bits that are not kept");
        }
        if self.value > 65_536 || self.loaded > 65_536 {
            return wrong("the counter is past its modulus");
        }
        if self.phase != Phase::Counting {
            return Ok(());
        }
        let modulus = self.modulus();
        let is_periodic = matches!(self.mode(), Mode::RateGenerator | Mode::SquareWave);
        let fits = match self.mode() {
            Mode::SquareWave => self.value.is_multiple_of(2) && self.left_in_half() > 0,
            _ => self.value > 0,
        };
        if self.loaded == 0 || self.loaded > modulus || self.value > self.loaded || !fits {
            return wrong("the counter is outside its period");
        }
        if is_periodic && !self.gate && !self.out {
            return wrong("a stopped rate generator has a low output");
        }
        Ok(())
    }
}
