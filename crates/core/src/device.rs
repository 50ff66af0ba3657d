//! What a chip is to the board, and all that a chip may touch.

use crate::{DeviceId, Media, Note, Outputs, Pin, StateError, StreamId, Tick, Timeline, Visitor, Wires};

/// All that a device may touch during one access, one wake or one reset.
///
/// A device knows neither its port number nor its IRQ number, another device, or RAM: it drives the [`Pin`]s it was
/// given, asks for wakes, reaches media through the slots it was given and emits bytes to the streams it was given.
pub struct Io<'a> {
    now: Tick,
    device: DeviceId,
    wires: &'a mut Wires,
    timeline: &'a mut Timeline,
    media: &'a mut dyn Media,
    outputs: &'a mut Outputs,
}

impl<'a> Io<'a> {
    /// The access of `device` at `now`.
    pub fn new(
        now: Tick,
        device: DeviceId,
        wires: &'a mut Wires,
        timeline: &'a mut Timeline,
        media: &'a mut dyn Media,
        outputs: &'a mut Outputs,
    ) -> Io<'a> {
        Io { now, device, wires, timeline, media, outputs }
    }

    /// The tick of this access.
    #[must_use]
    pub fn now(&self) -> Tick {
        self.now
    }

    /// Drives a wire high.
    pub fn raise(&mut self, pin: Pin) {
        self.wires.raise(pin);
    }

    /// Drives a wire low.
    pub fn lower(&mut self, pin: Pin) {
        self.wires.lower(pin);
    }

    /// Drives a wire to a level.
    pub fn set(&mut self, pin: Pin, level: bool) {
        self.wires.set(pin, level);
    }

    /// The level of a wire.
    #[must_use]
    pub fn level(&self, pin: Pin) -> bool {
        self.wires.level(pin)
    }

    /// Asks to be woken at `at` (at once when that has passed), in place of any earlier request.
    /// [`Timeline::NEVER`] cancels.
    pub fn wake_at(&mut self, at: Tick) {
        self.timeline.set(self.device, at);
    }

    /// Cancels the pending wake.
    pub fn cancel_wake(&mut self) {
        self.timeline.set(self.device, Timeline::NEVER);
    }

    /// The disks of the machine.
    pub fn media(&mut self) -> &mut dyn Media {
        self.media
    }

    /// Emits a byte to a stream (a serial line, the debug console).
    pub fn emit(&mut self, stream: StreamId, byte: u8) {
        self.outputs.push(self.now, stream, byte);
    }

    /// Tells the user something about the run. Rate-limited; the guest cannot fill the log.
    pub fn note(&mut self, note: Note) {
        self.outputs.note(note);
    }
}

/// A chip: plain data with a reset line, at most one pending wake, and a state.
pub trait Device {
    /// Cold start: every register as after power-on.
    fn power_on(&mut self, io: &mut Io<'_>);

    /// The reset line was pulled.
    fn reset(&mut self, io: &mut Io<'_>);

    /// The deadline the device asked for with [`Io::wake_at`] has come. `io.now()` is that deadline.
    fn wake(&mut self, io: &mut Io<'_>);

    /// Saves, loads or hashes the state; begins by destructuring every field.
    fn visit(&mut self, v: &mut dyn Visitor);

    /// Whether a loaded state is one the chip can be in.
    ///
    /// # Errors
    /// When a field holds a value that the chip never has.
    fn check(&self) -> Result<(), StateError>;
}

/// A chip that the CPU reaches through ports, by offset inside the device. Reads return a value, never an error.
pub trait PortDevice: Device {
    /// A byte read from the register at `offset`.
    fn read(&mut self, offset: u16, io: &mut Io<'_>) -> u8;

    /// A byte written to the register at `offset`.
    fn write(&mut self, offset: u16, value: u8, io: &mut Io<'_>);

    /// Whether every byte read from the register at `offset` before the device's next wake gives the same value and
    /// leaves the device as it is, unless something else is done to it. False where nobody has looked.
    fn is_steady(&self, _offset: u16) -> bool {
        false
    }

    /// A word read. An eight-bit device sees two byte accesses, low address first.
    fn read16(&mut self, offset: u16, io: &mut Io<'_>) -> u16 {
        let low = self.read(offset, io);
        let high = self.read(offset.wrapping_add(1), io);
        u16::from_le_bytes([low, high])
    }

    /// A word written. An eight-bit device sees two byte accesses, low address first.
    fn write16(&mut self, offset: u16, value: u16, io: &mut Io<'_>) {
        let [low, high] = value.to_le_bytes();
        self.write(offset, low, io);
        self.write(offset.wrapping_add(1), high, io);
    }
}
