//! A bench for one device: wires to probe, a timeline to advance, media to insert, outputs to read.

use beige_core::{Device, DeviceId, Io, Media, NoMedia, Outputs, PortDevice, Tick, Timeline, Wires};

/// All that a device under test may touch.
pub struct Bench {
    /// The present tick; [`Bench::advance`] moves it and serves wakes on the way.
    pub now: Tick,
    /// The wires.
    pub wires: Wires,
    /// The timeline; the device under test has id 0.
    pub timeline: Timeline,
    /// What the device emitted.
    pub outputs: Outputs,
    /// The disks.
    pub media: Box<dyn Media>,
}

impl Default for Bench {
    fn default() -> Bench {
        Bench::with_media(Box::new(NoMedia))
    }
}

impl Bench {
    /// A bench with these disks.
    #[must_use]
    pub fn with_media(media: Box<dyn Media>) -> Bench {
        Bench { now: 0, wires: Wires::default(), timeline: Timeline::default(), outputs: Outputs::default(), media }
    }

    /// What the device gets to touch at this tick.
    pub fn io(&mut self) -> Io<'_> {
        let Bench { now, wires, timeline, outputs, media } = self;
        Io::new(*now, DeviceId::new(0), wires, timeline, media.as_mut(), outputs)
    }

    /// A byte read by the guest.
    pub fn read(&mut self, device: &mut dyn PortDevice, offset: u16) -> u8 {
        device.read(offset, &mut self.io())
    }

    /// A byte written by the guest.
    pub fn write(&mut self, device: &mut dyn PortDevice, offset: u16, value: u8) {
        device.write(offset, value, &mut self.io());
    }

    /// Lets `ticks` pass, waking the device at each of its deadlines on the way.
    pub fn advance(&mut self, device: &mut dyn Device, ticks: Tick) {
        let end = self.now + ticks;
        while let Some((_, at)) = self.timeline.take_due(end) {
            self.now = self.now.max(at);
            device.wake(&mut self.io());
        }
        self.now = end;
    }
}
