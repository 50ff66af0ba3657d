//! The speaker: OUT of timer channel 2 behind the data bit of port 61h, as edges for whoever listens.
//!
//! The listener is no part of the machine. It holds a copy of the timer as of the last access that could change the
//! tone and lets that run, so that the edges are exact though the timer itself computes only when it is asked.

use crate::board::Board;
use beige_chipset::i8254::Pit;
use beige_core::{Outputs, Tick};

/// The timer channel of the speaker.
const CHANNEL: u8 = 2;

/// Somebody who listens.
#[derive(Clone, Debug)]
pub(crate) struct Listener {
    pit: Pit,
    is_driven: bool,
    level: bool,
}

/// Whether an access of up to 32 bits at this port can change the tone.
pub(crate) fn is_reached_by(port: u16) -> bool {
    matches!(port, 0x3d..=0x43 | 0x5e..=0x61)
}

impl Listener {
    /// Tells the edges up to `now` of the tone as it was set.
    fn follow(&mut self, now: Tick, outputs: &mut Outputs) {
        let Listener { pit, is_driven, level } = self;
        if *is_driven {
            pit.each_edge(CHANNEL, now, |at, out| {
                *level = out;
                outputs.push_edge(at, out);
            });
        }
    }

    /// The tone may be set anew since [`Listener::follow`] at the same tick.
    fn renew(&mut self, pit: &Pit, is_driven: bool, now: Tick, outputs: &mut Outputs) {
        self.pit = pit.clone();
        // The timer may not have been asked since long; those edges were told.
        self.pit.each_edge(CHANNEL, now, |_, _| {});
        self.is_driven = is_driven;
        let level = is_driven && pit.out(CHANNEL, now);
        if std::mem::replace(&mut self.level, level) != level {
            outputs.push_edge(now, level);
        }
    }
}

impl Board {
    /// From now on the speaker is listened to.
    pub(crate) fn listen(&mut self, now: Tick) {
        self.listener = Some(Listener { pit: self.chips.pit.clone(), is_driven: false, level: false });
        self.renew_speaker(now);
    }

    /// Tells a listener the edges up to `now`; to be called before anything changes the tone.
    pub(crate) fn follow_speaker(&mut self, now: Tick) {
        if let Some(listener) = &mut self.listener {
            listener.follow(now, &mut self.lines.outputs);
        }
    }

    /// Tells a listener what a change of the tone did at once.
    pub(crate) fn renew_speaker(&mut self, now: Tick) {
        if let Some(listener) = &mut self.listener {
            let is_driven = self.chips.sysctl.drives_speaker();
            listener.renew(&self.chips.pit, is_driven, now, &mut self.lines.outputs);
        }
    }
}
