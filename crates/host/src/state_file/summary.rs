//! What is shown of a state without loading it.

use super::screen::Thumbnail;
use crate::options::CpuSpeed;
use beige_core::{Frame, Tick, Visitor, VisitorExt};
use beige_machine::Machine;
use std::time::{SystemTime, UNIX_EPOCH};

/// What is shown of a state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The version of the program that saved it.
    pub program: String,
    /// When, in seconds since 1970 UTC.
    pub saved_at: u64,
    /// Guest time since power-on.
    pub guest_time: Tick,
    /// Instructions since power-on.
    pub instructions: u64,
    /// The CPU's clock in Hz; `None` for as fast as can be.
    pub clock_hz: Option<u64>,
    /// The rows of the text screen; `None` in graphics modes.
    pub screen: Option<Vec<String>>,
    /// The screen, small.
    pub thumbnail: Thumbnail,
}

/// The most bytes of a version and of a text screen: more than any text mode can show.
const PROGRAM_MAX_BYTES: usize = 64;
const SCREEN_MAX_BYTES: usize = 1 << 20;

impl Summary {
    /// The summary of a machine as it stands.
    pub(super) fn of(machine: &Machine, speed: CpuSpeed) -> Summary {
        let mut frame = Frame::default();
        machine.render(&mut frame);
        Summary {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            saved_at: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            guest_time: machine.now(),
            instructions: machine.instructions(),
            clock_hz: match speed {
                CpuSpeed::Max => None,
                CpuSpeed::Clock(hz) => Some(hz),
            },
            screen: machine.screen_text(),
            thumbnail: Thumbnail::of(&frame),
        }
    }

    /// How fast the CPU was.
    #[must_use]
    pub fn speed(&self) -> CpuSpeed {
        self.clock_hz.map_or(CpuSpeed::Max, CpuSpeed::Clock)
    }

    pub(super) fn visit(&mut self, v: &mut dyn Visitor) {
        let Summary { program, saved_at, guest_time, instructions, clock_hz, screen, thumbnail } = self;
        v.section("summary", 1);
        visit_text(v, 1, program, PROGRAM_MAX_BYTES);
        v.u64(2, saved_at);
        v.u64(3, guest_time);
        v.u64(4, instructions);
        v.option_u64(5, clock_hz);
        let (mut is_text, mut text) = (screen.is_some(), screen.take().unwrap_or_default().join("\n"));
        v.bool(6, &mut is_text);
        visit_text(v, 7, &mut text, SCREEN_MAX_BYTES);
        *screen = is_text.then(|| text.split('\n').map(str::to_owned).collect());
        let Thumbnail { width, height, rgb } = thumbnail;
        v.u16(8, width);
        v.u16(9, height);
        v.blob(10, rgb, Thumbnail::MAX_BYTES);
        if !thumbnail.is_whole() {
            v.fail("the thumbnail has not the bytes of its size");
        }
    }
}

fn visit_text(v: &mut dyn Visitor, id: u16, text: &mut String, max_bytes: usize) {
    let mut bytes = std::mem::take(text).into_bytes();
    v.blob(id, &mut bytes, max_bytes);
    match String::from_utf8(bytes) {
        Ok(loaded) => *text = loaded,
        Err(_) => v.fail("a text is no UTF-8"),
    }
}
