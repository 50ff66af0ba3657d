//! Intel 8254 programmable interval timer: on the PC, channel 0 is the system timer, channel 1 asks for refresh and
//! channel 2 makes the tone of the speaker.
//!
//! Sources: Intel 8254 data sheet (231164-005): "Programming the 8254", "Counter latch command", "Read-back command",
//! "Mode definitions".
//!
//! | offset | read | write |
//! |---|---|---|
//! | 0, 1, 2 | status or count of the channel, latched or not | a byte of the channel's count |
//! | 3 | nothing drives the bus | control word, counter latch command, read-back command |
//!
//! The clock of all three is 1.193182 MHz, [`ClockRatio::PIT`]. Counters are computed when somebody looks; only an OUT
//! that is connected asks for wakes, one for each of its edges.
//!
//! Not modelled: nothing known. What the data sheet leaves undefined (a counter before it is programmed, digits above 9,
//! a count of 1 in modes 2 and 3) is said where it is decided.

mod channel;
#[cfg(test)]
mod tests;

use beige_core::{ClockRatio, Device, Io, Pin, PortDevice, StateError, Tick, Visitor};
use channel::Channel;

const CHANNELS: usize = 3;
const CONTROL_RW: u8 = 0x30;
/// SC1 and SC0 both set: not a channel but a read-back command.
const READ_BACK: u8 = 3;
/// Read-back command: do not latch the count.
const READ_BACK_NO_COUNT: u8 = 0x20;
/// Read-back command: do not latch the status.
const READ_BACK_NO_STATUS: u8 = 0x10;

/// An 8254.
#[derive(Clone, Debug, PartialEq)]
pub struct Pit {
    // wired
    outputs: [Pin; CHANNELS],

    // internal
    channels: [Channel; CHANNELS],
}

impl Pit {
    /// A timer that drives these pins with OUT0 to OUT2. A pin that is not connected costs no wakes.
    /// Gates are low until [`Pit::set_gate`] says otherwise.
    #[must_use]
    pub fn new(outputs: [Pin; 3]) -> Pit {
        Pit { outputs, channels: [Channel::new(false, 0); CHANNELS] }
    }

    /// The level of GATE of `channel`. Channels above 2 do not exist and are ignored.
    pub fn set_gate(&mut self, channel: u8, level: bool, io: &mut Io<'_>) {
        self.catch_up(io);
        if let Some(channel) = self.channels.get_mut(usize::from(channel)) {
            channel.set_gate(level);
        }
        self.drive(io);
    }

    /// The level of OUT of `channel` at `now`; low for a channel above 2.
    #[must_use]
    pub fn out(&self, channel: u8, now: Tick) -> bool {
        self.at(channel, now).is_some_and(|channel| channel.out())
    }

    /// Brings `channel` to `until` and tells each change of its OUT on the way, with its tick and the new level. The pins
    /// do not follow: this is for a copy of the timer that somebody listens to.
    pub fn each_edge(&mut self, channel: u8, until: Tick, mut tell: impl FnMut(Tick, bool)) {
        let Some(channel) = self.channels.get_mut(usize::from(channel)) else { return };
        let last = ClockRatio::PIT.cycles(until);
        while let Some(pulse) = channel.next_edge().filter(|pulse| *pulse <= last) {
            let before = channel.out();
            channel.advance_to(pulse);
            if channel.out() != before {
                tell(ClockRatio::PIT.tick_of(pulse), channel.out());
            }
        }
        channel.advance_to(last);
    }

    /// How often OUT of `channel` has risen from power-on to `now`; 0 for a channel above 2.
    #[must_use]
    pub fn rising_edges(&self, channel: u8, now: Tick) -> u64 {
        self.at(channel, now).map_or(0, |channel| channel.rises())
    }

    fn at(&self, channel: u8, now: Tick) -> Option<Channel> {
        let mut channel = *self.channels.get(usize::from(channel))?;
        channel.advance_to(ClockRatio::PIT.cycles(now));
        Some(channel)
    }

    /// Brings all counters to this tick and their pins with them.
    fn catch_up(&mut self, io: &mut Io<'_>) {
        let pulse = ClockRatio::PIT.cycles(io.now());
        for (channel, pin) in self.channels.iter_mut().zip(self.outputs) {
            channel.advance_to(pulse);
            io.set(pin, channel.out());
        }
    }

    /// Drives the pins and asks for the next wake.
    fn drive(&self, io: &mut Io<'_>) {
        let mut next = None;
        for (channel, pin) in self.channels.iter().zip(self.outputs) {
            io.set(pin, channel.out());
            if pin != Pin::UNCONNECTED {
                next = [next, channel.next_edge()].into_iter().flatten().min();
            }
        }
        match next {
            Some(pulse) => io.wake_at(ClockRatio::PIT.tick_of(pulse)),
            None => io.cancel_wake(),
        }
    }

    fn write_control(&mut self, value: u8) {
        let number = value >> 6;
        if number == READ_BACK {
            return self.read_back(value);
        }
        let Some(channel) = self.channels.get_mut(usize::from(number)) else { return };
        match value & CONTROL_RW {
            0 => channel.latch_count(),
            _ => channel.write_control(value),
        }
    }

    fn read_back(&mut self, command: u8) {
        for (number, channel) in self.channels.iter_mut().enumerate() {
            if command & 2 << number == 0 {
                continue;
            }
            if command & READ_BACK_NO_COUNT == 0 {
                channel.latch_count();
            }
            if command & READ_BACK_NO_STATUS == 0 {
                channel.latch_status();
            }
        }
    }
}

impl PortDevice for Pit {
    fn read(&mut self, offset: u16, io: &mut Io<'_>) -> u8 {
        self.catch_up(io);
        match self.channels.get_mut(usize::from(offset & 3)) {
            Some(channel) => channel.read(),
            // SPEC: 231164-005 "Read operations": reading the control word register is no operation, the bus floats.
            None => 0xff,
        }
    }

    fn write(&mut self, offset: u16, value: u8, io: &mut Io<'_>) {
        self.catch_up(io);
        match self.channels.get_mut(usize::from(offset & 3)) {
            Some(channel) => channel.write_count(value),
            None => self.write_control(value),
        }
        self.drive(io);
    }
}

impl Device for Pit {
    fn power_on(&mut self, io: &mut Io<'_>) {
        let pulse = ClockRatio::PIT.cycles(io.now());
        self.channels = self.channels.map(|channel| Channel::new(channel.gate(), pulse));
        self.drive(io);
    }

    // SPEC: 231164-005 "Pin description": the chip has no reset input.
    fn reset(&mut self, _io: &mut Io<'_>) {}

    fn wake(&mut self, io: &mut Io<'_>) {
        self.catch_up(io);
        self.drive(io);
    }

    fn visit(&mut self, v: &mut dyn Visitor) {
        let Pit { outputs: _, channels } = self;
        for channel in channels {
            channel.visit(v);
        }
    }

    fn check(&self) -> Result<(), StateError> {
        self.channels.iter().try_for_each(Channel::check)
    }
}
