//! The serial lines of the controller: to its keyboard, and to the mouse that is not there.

use super::{
    COMMAND_BYTE_AUX_INTERRUPT, COMMAND_BYTE_INTERRUPT, COMMAND_BYTE_KEYBOARD_OFF, COMMAND_BYTE_TRANSLATE, Controller,
    Input, Line, STATUS_AUX, STATUS_TIMEOUT, Source,
};
use crate::scancodes::{BREAK, to_set_1};
use beige_core::{Io, TICKS_PER_SECOND, Tick, Timeline};

const REPLY_TIMEOUT: u8 = 0xfe;

/// A byte on the serial line: 11 bits of a clock of 10 to 16.7 kHz, here 11 kHz.
const BYTE_TICKS: Tick = 1_000_000;
/// SPEC: the controller gives up when the keyboard does not begin to clock out a byte within 15 ms.
const TIMEOUT_TICKS: Tick = 15_000_000;

impl Controller {
    /// The controller holds the keyboard's clock low: it is disabled, its last byte was not read yet, or a dump goes on.
    pub(super) fn is_inhibited(&self) -> bool {
        self.is_output_full || self.dump_left > 0 || self.command_byte() & COMMAND_BYTE_KEYBOARD_OFF != 0
    }

    fn next_event(&self) -> Tick {
        let line = if self.line == Line::Idle { Timeline::NEVER } else { self.line_until };
        line.min(self.keyboard.next_event())
    }

    /// Does all that is due up to `now`, in order.
    pub(super) fn run_to(&mut self, now: Tick) {
        while self.next_event() <= now && self.next_event() != Timeline::NEVER {
            // A loaded state may name a time long ago; its repeats since then are not made up for.
            let at = self.next_event().max(now.saturating_sub(TICKS_PER_SECOND));
            if self.line != Line::Idle && self.line_until <= at {
                self.end_transfer(at);
            }
            let is_inhibited = self.is_inhibited();
            self.keyboard.run(at, is_inhibited);
            self.begin_transfer(at);
        }
    }

    /// Ends every access: a transfer may have to stop or begin, and the wires and the wake follow.
    pub(super) fn settle(&mut self, io: &mut Io<'_>) {
        let must_stop = self.is_inhibited() || self.input != Input::Empty;
        if (self.line == Line::ReceivingFromKeyboard && must_stop)
            || (self.line == Line::Dumping && self.dump_left == 0)
        {
            self.line = Line::Idle;
        }
        self.begin_transfer(io.now());
        self.drive_interrupts(io);
        io.wake_at(self.next_event());
    }

    /// SPEC: 6183355, output port: IRQ1 is the full output buffer itself, whoever filled it; S84F-9809: that of the mouse
    /// port is IRQ12.
    fn drive_interrupts(&self, io: &mut Io<'_>) {
        let is_aux = self.output_flags & STATUS_AUX != 0;
        let is_enabled = |bit: u8| self.is_output_full && self.command_byte() & bit != 0;
        io.set(self.irq1, !is_aux && is_enabled(COMMAND_BYTE_INTERRUPT));
        io.set(self.irq12, is_aux && is_enabled(COMMAND_BYTE_AUX_INTERRUPT));
    }

    fn begin_transfer(&mut self, now: Tick) {
        if self.line != Line::Idle {
            return;
        }
        let (line, ticks) = match std::mem::replace(&mut self.input, Input::Empty) {
            Input::ForKeyboard => (Line::SendingToKeyboard, self.sending_ticks(now)),
            Input::ForAux => (Line::SendingToAux, TIMEOUT_TICKS),
            Input::Empty if self.dump_left > 0 && !self.is_output_full => (Line::Dumping, BYTE_TICKS),
            Input::Empty if !self.is_inhibited() && self.keyboard.next_byte().is_some() => {
                (Line::ReceivingFromKeyboard, BYTE_TICKS)
            }
            Input::Empty => return,
        };
        (self.line, self.line_byte) = (line, self.input_byte);
        self.line_until = now.saturating_add(ticks);
    }

    /// How long a byte to the keyboard takes: until that listens and has clocked it in, or until the time-out.
    fn sending_ticks(&self, now: Tick) -> Tick {
        match self.keyboard.deaf_until().map_or(0, |end| end.saturating_sub(now)) {
            wait @ 0..TIMEOUT_TICKS => wait + BYTE_TICKS,
            _ => TIMEOUT_TICKS,
        }
    }

    fn end_transfer(&mut self, now: Tick) {
        match std::mem::replace(&mut self.line, Line::Idle) {
            Line::Idle => {}
            Line::ReceivingFromKeyboard => {
                if let Some(byte) = self.keyboard.take_byte() {
                    self.deliver(byte);
                }
            }
            Line::SendingToKeyboard => {
                if !self.keyboard.receive(self.line_byte, now) {
                    self.put(REPLY_TIMEOUT, Source::Main, STATUS_TIMEOUT);
                }
            }
            // SPEC: S84F-9809: a byte that the device does not clock in is answered with FEh and the time-out bit.
            Line::SendingToAux => self.put(REPLY_TIMEOUT, Source::Aux, STATUS_TIMEOUT),
            Line::Dumping => self.dump_code(),
        }
    }

    /// Passes a byte of the keyboard on, translated if so enabled.
    fn deliver(&mut self, byte: u8) {
        if self.password.is_locked() {
            self.compare_with_password(byte);
        } else if self.command_byte() & COMMAND_BYTE_TRANSLATE == 0 {
            self.is_break_pending = false;
            self.put(byte, Source::Main, 0);
        } else if byte == BREAK {
            self.is_break_pending = true;
        } else {
            let break_bit = if std::mem::take(&mut self.is_break_pending) { 0x80 } else { 0 };
            self.put(to_set_1(byte) | break_bit, Source::Main, 0);
        }
    }

    pub(super) fn put(&mut self, byte: u8, source: Source, flags: u8) {
        self.output = byte;
        self.is_output_full = true;
        self.output_flags = flags | if source == Source::Aux { STATUS_AUX } else { 0 };
    }
}
