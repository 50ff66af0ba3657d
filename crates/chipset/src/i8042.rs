//! 8042 keyboard controller, with the AT keyboard on its serial line.
//!
//! On the PC it passes the keyboard's codes on at port 60h with IRQ1, translated to set 1, drives gate A20 and resets
//! the CPU. This one has the commands of the PS/2's controller and those of the AT's that do not contradict them. Its
//! mouse port works, with IRQ12, and nothing is plugged into it.
//!
//! Sources: IBM AT Technical Reference (6183355), section 1 "Keyboard controller"; IBM PS/2 Hardware Interface
//! Technical Reference (S84F-9809), "Keyboard and auxiliary device controller"; how the program 1503033 of the AT's
//! controller behaves, as its published disassembly tells.
//!
//! | offset | port | read | write |
//! |---|---|---|---|
//! | 0 | 60h | output buffer | data: parameter of a command, else for the keyboard |
//! | 1 | 64h | status | command |
//!
//! | command | effect |
//! |---|---|
//! | 20h-3Fh, 60h-7Fh | reads, writes the internal RAM; its byte 0 is the command byte (as do 00h-1Fh, 40h-5Fh) |
//! | A4h, A5h, A6h | password: is one installed (FAh, F1h), load it (up to a 0), lock the keyboard until it is typed |
//! | A7h, A8h, A9h | disables, enables, tests (00h) the mouse port |
//! | AAh, ABh | self-test (55h), which begins as after a reset; keyboard line test (00h) |
//! | ACh | diagnostic dump: RAM 0-15, input port, output port, test inputs, PSW in hexadecimal, in codes of set 1 |
//! | ADh, AEh | disables, enables the keyboard by its clock line |
//! | C0h, C1h, C2h | reads the input port; its low, high half into status bits 4-7 |
//! | D0h, D1h | reads, writes the output port |
//! | D2h, D3h, D4h | puts data into the output buffer as from the keyboard, as from the mouse; for the mouse |
//! | DDh, DFh | A20 low, high |
//! | E0h | reads the test inputs |
//! | F0h-FFh | pulses those of output port bits 0-3 whose bits are 0 |
//!
//! | command byte | |
//! |---|---|
//! | bits 0, 1 | IRQ1, IRQ12 |
//! | bit 2 | system flag of the status |
//! | bit 3 | overrides the keyboard lock |
//! | bits 4, 5 | keyboard off, mouse off |
//! | bit 6 | translates set 2 to set 1 |
//!
//! There is no keyboard lock: status bit 4 and input port bit 7 always say that it is open.
//!
//! Not modelled: the time that the controller takes for a command (a reply is there at once), A0h-A3h and other makers'
//! commands (ignored), parity errors, keyboards of the XT.

use crate::keyboard::Keyboard;
use beige_core::{Device, Io, Key, Pin, PortDevice, StateError, Tick, Visitor, VisitorExt, coded_enum};
use password::Password;

mod dump;
mod line;
mod password;

const DATA: u16 = 0;

const STATUS_OBF: u8 = 1 << 0;
const STATUS_IBF: u8 = 1 << 1;
const STATUS_COMMAND: u8 = 1 << 3;
const STATUS_NOT_LOCKED: u8 = 1 << 4;
const STATUS_AUX: u8 = 1 << 5;
const STATUS_TIMEOUT: u8 = 1 << 6;

const COMMAND_BYTE_INTERRUPT: u8 = 1 << 0;
const COMMAND_BYTE_AUX_INTERRUPT: u8 = 1 << 1;
/// Also a bit of the status.
const COMMAND_BYTE_SYSTEM: u8 = 1 << 2;
const COMMAND_BYTE_KEYBOARD_OFF: u8 = 1 << 4;
const COMMAND_BYTE_AUX_OFF: u8 = 1 << 5;
const COMMAND_BYTE_TRANSLATE: u8 = 1 << 6;

const PORT_NOT_RESET: u8 = 1 << 0;
const PORT_A20: u8 = 1 << 1;
const PORT_OBF: u8 = 1 << 4;
const PORT_AUX_OBF: u8 = 1 << 5;
/// Keyboard data and clock idle high. SPEC: the 8042's ports are all ones after its reset, so A20 is on.
const PORT_RESET: u8 = 0xcf;

/// Keyboard not locked, colour display, no manufacturing jumper, second 256 KiB of memory enabled.
const INPUT_PORT: u8 = 0xb0;

const REPLY_SELF_TEST_PASSED: u8 = 0x55;
const REPLY_LINE_TEST_PASSED: u8 = 0x00;

coded_enum! {
    /// What the next byte written to port 60h is.
    enum Expecting: "controller data" {
        KeyboardByte = 0,
        RamByte = 1,
        OutputPort = 2,
        OutputBuffer = 3,
        AuxOutputBuffer = 4,
        AuxByte = 5,
        Password = 6,
    }
}

coded_enum! {
    /// What happens on the serial lines until `line_until`.
    enum Line: "serial line" {
        Idle = 0,
        ReceivingFromKeyboard = 1,
        SendingToKeyboard = 2,
        SendingToAux = 3,
        /// The next code of a diagnostic dump is on its way.
        Dumping = 4,
    }
}

coded_enum! {
    /// A byte that waits until the line is free.
    enum Input: "input buffer" {
        Empty = 0,
        ForKeyboard = 1,
        ForAux = 2,
    }
}

coded_enum! {
    /// What status bits 4-7 show.
    enum UpperStatus: "upper status" {
        Flags = 0,
        InputPortLow = 1,
        InputPortHigh = 2,
    }
}

/// Who put the byte into the output buffer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Main,
    Aux,
}

/// The controller and its keyboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Controller {
    // Wired
    irq1: Pin,
    irq12: Pin,
    a20: Pin,
    reset: Pin,
    keyboard: Keyboard,

    // Registers
    /// Byte 0 is the command byte, 10h after power-on: the keyboard waits until it is enabled.
    ram: [u8; 32],
    output: u8,
    is_output_full: bool,
    /// Status bits 5 and 6 of the byte in the output buffer.
    output_flags: u8,
    /// Bits 4 and 5 come from the output buffer. CFh after power-on.
    output_port: u8,
    /// The last write was to port 64h.
    is_last_write_command: bool,
    upper_status: UpperStatus,

    // Internal
    expecting: Expecting,
    ram_address: u8,
    input: Input,
    input_byte: u8,
    line: Line,
    line_byte: u8,
    line_until: Tick,
    /// F0h has come from the keyboard.
    is_break_pending: bool,
    /// Codes of a diagnostic dump that are still to come; 0.
    dump_left: u8,
    password: Password,
}

impl Controller {
    /// A controller that drives `irq1` for the keyboard, `irq12` for the mouse port, `a20` (high: address bit 20 passes)
    /// and `reset` (pulses high).
    #[must_use]
    pub fn new(irq1: Pin, irq12: Pin, a20: Pin, reset: Pin) -> Controller {
        Controller {
            irq1,
            irq12,
            a20,
            reset,
            keyboard: Keyboard::default(),
            ram: [0; 32],
            output: 0,
            is_output_full: false,
            output_flags: 0,
            output_port: PORT_RESET,
            is_last_write_command: false,
            upper_status: UpperStatus::Flags,
            expecting: Expecting::KeyboardByte,
            ram_address: 0,
            input: Input::Empty,
            input_byte: 0,
            line: Line::Idle,
            line_byte: 0,
            line_until: 0,
            is_break_pending: false,
            dump_left: 0,
            password: Password::default(),
        }
    }

    /// A key goes down or up.
    pub fn key(&mut self, key: Key, down: bool, io: &mut Io<'_>) {
        self.run_to(io.now());
        self.keyboard.key(key, down, io.now());
        self.settle(io);
    }

    /// Whether a key is down.
    #[must_use]
    pub fn is_held(&self, key: Key) -> bool {
        self.keyboard.is_held(key)
    }

    /// The keyboard's LEDs: bit 0 Scroll Lock, bit 1 Num Lock, bit 2 Caps Lock.
    #[must_use]
    pub fn leds(&self) -> u8 {
        self.keyboard.leds()
    }

    fn command_byte(&self) -> u8 {
        self.ram[0]
    }

    /// The 8042's own reset; the keyboard is a device of its own and goes on.
    fn reset_controller(&mut self, io: &mut Io<'_>) {
        let keyboard = std::mem::take(&mut self.keyboard);
        *self = Controller { keyboard, ..Controller::new(self.irq1, self.irq12, self.a20, self.reset) };
        self.ram[0] = COMMAND_BYTE_KEYBOARD_OFF;
        io.raise(self.a20);
        io.lower(self.reset);
        self.settle(io);
    }
}

impl PortDevice for Controller {
    fn read(&mut self, offset: u16, io: &mut Io<'_>) -> u8 {
        self.run_to(io.now());
        let value = if offset & 1 == DATA { self.read_output() } else { self.status() };
        self.settle(io);
        value
    }

    /// What keyboard and line do in time they do at wakes.
    fn is_steady(&self, offset: u16) -> bool {
        offset & 1 != DATA || !self.is_output_full && self.output_flags == 0
    }

    fn write(&mut self, offset: u16, value: u8, io: &mut Io<'_>) {
        self.run_to(io.now());
        self.upper_status = UpperStatus::Flags;
        self.is_last_write_command = offset & 1 != DATA;
        // A write ends a diagnostic dump.
        self.dump_left = 0;
        if self.is_last_write_command {
            self.expecting = Expecting::KeyboardByte;
            self.write_command(value, io);
        } else {
            self.write_data(value, io);
        }
        self.settle(io);
    }
}

/// Ports.
impl Controller {
    fn read_output(&mut self) -> u8 {
        self.is_output_full = false;
        self.output_flags = 0;
        self.output
    }

    fn status(&self) -> u8 {
        let mut status = self.command_byte() & COMMAND_BYTE_SYSTEM;
        status |= if self.is_output_full { STATUS_OBF } else { 0 };
        status |= if self.input == Input::Empty { 0 } else { STATUS_IBF };
        status |= if self.is_last_write_command { STATUS_COMMAND } else { 0 };
        status
            | match self.upper_status {
                UpperStatus::Flags => STATUS_NOT_LOCKED | self.output_flags,
                UpperStatus::InputPortLow => INPUT_PORT << 4,
                UpperStatus::InputPortHigh => INPUT_PORT & 0xf0,
            }
    }

    fn write_data(&mut self, value: u8, io: &mut Io<'_>) {
        match std::mem::replace(&mut self.expecting, Expecting::KeyboardByte) {
            Expecting::KeyboardByte => {
                // QUIRK: a byte for the keyboard enables it.
                self.ram[0] &= !COMMAND_BYTE_KEYBOARD_OFF;
                (self.input, self.input_byte) = (Input::ForKeyboard, value);
            }
            Expecting::RamByte => self.ram[usize::from(self.ram_address & 0x1f)] = value,
            Expecting::OutputPort => self.write_output_port(value, io),
            Expecting::OutputBuffer => self.put(value, Source::Main, 0),
            Expecting::AuxOutputBuffer => self.put(value, Source::Aux, 0),
            Expecting::AuxByte => {
                self.ram[0] &= !COMMAND_BYTE_AUX_OFF;
                (self.input, self.input_byte) = (Input::ForAux, value);
            }
            Expecting::Password => {
                if self.password.load(value) {
                    self.expecting = Expecting::Password;
                }
            }
        }
    }

    fn write_command(&mut self, value: u8, io: &mut Io<'_>) {
        match value {
            // QUIRK: bit 5 of these counts as set (1503033).
            0x00..=0x3f => self.put(self.ram[usize::from(value & 0x1f)], Source::Main, 0),
            0x40..=0x7f => {
                self.ram_address = value & 0x1f;
                self.expecting = Expecting::RamByte;
            }
            0xa4 => self.put(self.password.is_installed(), Source::Main, 0),
            0xa5 => {
                self.password = Password::default();
                self.expecting = Expecting::Password;
            }
            0xa6 => self.lock_by_password(),
            0xa7 => self.ram[0] |= COMMAND_BYTE_AUX_OFF,
            0xa8 => self.ram[0] &= !COMMAND_BYTE_AUX_OFF,
            0xa9 | 0xab => self.put(REPLY_LINE_TEST_PASSED, Source::Main, 0),
            0xaa => {
                self.reset_controller(io);
                self.is_last_write_command = true;
                // SPEC: S84F-9809: status bit 2 is 0 after a reset and 1 once the self-test has passed.
                self.ram[0] |= COMMAND_BYTE_SYSTEM;
                self.put(REPLY_SELF_TEST_PASSED, Source::Main, 0);
            }
            0xac => self.dump_left = dump::CODES,
            0xad => self.ram[0] |= COMMAND_BYTE_KEYBOARD_OFF,
            0xae => self.ram[0] &= !COMMAND_BYTE_KEYBOARD_OFF,
            0xc0 => self.put(INPUT_PORT, Source::Main, 0),
            0xc1 => self.upper_status = UpperStatus::InputPortLow,
            0xc2 => self.upper_status = UpperStatus::InputPortHigh,
            0xd0 => self.put(self.read_output_port(), Source::Main, 0),
            0xd1 => self.expecting = Expecting::OutputPort,
            0xd2 => self.expecting = Expecting::OutputBuffer,
            0xd3 => self.expecting = Expecting::AuxOutputBuffer,
            0xd4 => self.expecting = Expecting::AuxByte,
            0xdd => self.write_output_port(self.output_port & !PORT_A20, io),
            0xdf => self.write_output_port(self.output_port | PORT_A20, io),
            0xe0 => self.put(self.test_inputs(), Source::Main, 0),
            0xf0..=0xff => self.pulse_output_port(!value & 0x0f, io),
            _ => {}
        }
    }

    fn read_output_port(&self) -> u8 {
        let aux = self.output_flags & STATUS_AUX != 0;
        let main_full = if self.is_output_full && !aux { PORT_OBF } else { 0 };
        let aux_full = if self.is_output_full && aux { PORT_AUX_OBF } else { 0 };
        self.output_port & !(PORT_OBF | PORT_AUX_OBF) | main_full | aux_full
    }

    /// DEVIATION: a CPU held in reset for ever is of no use to anybody; clearing bit 0 pulses the line instead.
    fn write_output_port(&mut self, value: u8, io: &mut Io<'_>) {
        self.output_port = value | PORT_NOT_RESET;
        io.set(self.a20, value & PORT_A20 != 0);
        if value & PORT_NOT_RESET == 0 {
            self.pulse_reset(io);
        }
    }

    /// SPEC: command F0h-FFh: the lines go low for about 6 microseconds.
    fn pulse_output_port(&mut self, bits: u8, io: &mut Io<'_>) {
        if bits & PORT_A20 != 0 {
            io.lower(self.a20);
            io.set(self.a20, self.output_port & PORT_A20 != 0);
        }
        if bits & PORT_NOT_RESET != 0 {
            self.pulse_reset(io);
        }
    }

    fn pulse_reset(&mut self, io: &mut Io<'_>) {
        io.raise(self.reset);
        io.lower(self.reset);
    }

    /// Bit 0 is the keyboard's clock, low while the controller holds it; bit 1 its data, high when idle.
    fn test_inputs(&self) -> u8 {
        2 | u8::from(!self.is_inhibited())
    }
}

impl Device for Controller {
    fn power_on(&mut self, io: &mut Io<'_>) {
        self.keyboard.power_on();
        self.reset_controller(io);
    }

    fn reset(&mut self, io: &mut Io<'_>) {
        self.run_to(io.now());
        self.reset_controller(io);
    }

    fn wake(&mut self, io: &mut Io<'_>) {
        self.run_to(io.now());
        self.settle(io);
    }

    fn visit(&mut self, v: &mut dyn Visitor) {
        let Controller {
            irq1: _,
            irq12: _,
            a20: _,
            reset: _,
            keyboard,
            ram,
            output,
            is_output_full,
            output_flags,
            output_port,
            is_last_write_command,
            upper_status,
            expecting,
            ram_address,
            input,
            input_byte,
            line,
            line_byte,
            line_until,
            is_break_pending,
            dump_left,
            password,
        } = self;
        v.section("i8042", 1);
        v.bytes(1, ram);
        v.u8(2, output);
        v.bool(3, is_output_full);
        v.u8(4, output_flags);
        v.u8(5, output_port);
        v.bool(6, is_last_write_command);
        v.code(7, upper_status);
        v.code(8, expecting);
        v.u8(9, ram_address);
        v.code(10, input);
        v.u8(11, input_byte);
        v.code(12, line);
        v.u8(13, line_byte);
        v.u64(14, line_until);
        v.bool(15, is_break_pending);
        v.u8(16, dump_left);
        password.visit(v, 17);
        keyboard.visit(v);
    }

    fn check(&self) -> Result<(), StateError> {
        if self.output_flags & !(STATUS_AUX | STATUS_TIMEOUT) != 0 || self.output_port & PORT_NOT_RESET == 0 {
            return Err(StateError::invalid("i8042", "a register has bits that it never has"));
        }
        if self.dump_left > dump::CODES {
            return Err(StateError::invalid("i8042", "a dump has more codes than there are"));
        }
        self.password.check()?;
        if self.ram_address > 0x1f {
            return Err(StateError::invalid("i8042", "the RAM address is beyond the RAM"));
        }
        self.keyboard.check()
    }
}

#[cfg(test)]
mod tests;
