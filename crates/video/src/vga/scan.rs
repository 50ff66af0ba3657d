//! Where the beam is: the frame's timing by the registers, and the position in it by the clock.
//!
//! Nothing is stepped: a position is computed from the tick at which the frames began to be counted. When the registers
//! change the timing, the running frame keeps its beginning and its number, and is measured by the new timing from then
//! on.

use super::{MISC_CLOCK_28M, MISC_CLOCK_SELECT, crtc::Crtc, seq::Sequencer};
use beige_core::{ClockRatio, Tick, Visitor, VisitorExt};

const CLOCK_25M: ClockRatio = ClockRatio::from_hz(25_175_000, 1);
const CLOCK_28M: ClockRatio = ClockRatio::from_hz(28_322_000, 1);
// DEVIATION: a frame takes from a two-hundredth to a tenth of a second, whatever the registers say, so that what waits
// for a retrace gets one. No mode of a monitor is outside of that.
const FRAME_DOTS_25M: (u64, u64) = (25_175_000 / 200, 25_175_000 / 10);
const FRAME_DOTS_28M: (u64, u64) = (28_322_000 / 200, 28_322_000 / 10);

/// The timing of a frame, in cycles of the master clock ("dots") and in scan lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timing {
    clock: ClockRatio,
    /// Dots of a whole line.
    line_dots: u64,
    /// Dots of a whole frame.
    frame_dots: u64,
    /// Dots displayed of each line, from its beginning.
    pub(crate) displayed_dots: u32,
    /// Lines displayed, from the beginning of the frame.
    pub(crate) displayed_lines: u32,
    /// The first line of the retrace and the first one after it, `None` without retraces.
    retrace_lines: Option<(u64, u64)>,
}

impl Timing {
    /// The timing by these registers.
    pub(crate) fn new(crtc: &Crtc, seq: &Sequencer, misc_output: u8) -> Timing {
        // UNVERIFIED: the external clocks (2 and 3) are taken for the first one; nothing is connected there.
        let (clock, (shortest, longest)) = if misc_output & MISC_CLOCK_SELECT == MISC_CLOCK_28M {
            (CLOCK_28M, FRAME_DOTS_28M)
        } else {
            (CLOCK_25M, FRAME_DOTS_25M)
        };
        let character = seq.character_dots() * seq.clocks_per_dot();
        let line_dots = crtc.characters_total() * character;
        let lines = crtc.lines_total();
        let frame_dots = (u64::from(line_dots) * u64::from(lines)).clamp(shortest, longest);
        let lines_in_frame = (frame_dots / u64::from(line_dots.max(1))).min(u64::from(lines)) as u32;
        let (start, end) = crtc.retrace_lines();
        Timing {
            clock,
            line_dots: u64::from(line_dots.max(1)),
            frame_dots,
            displayed_dots: crtc.characters_displayed().min(crtc.characters_total()) * character,
            displayed_lines: crtc.lines_displayed().min(lines_in_frame),
            retrace_lines: crtc.generates_retraces().then_some((u64::from(start), u64::from(end))),
        }
    }

    /// Ticks of a frame.
    pub(crate) fn period(&self) -> Tick {
        self.clock.tick_of(self.frame_dots)
    }

    fn retrace_dot(&self) -> u64 {
        let start = self.retrace_lines.map_or(0, |(start, _)| start * self.line_dots);
        if start < self.frame_dots { start } else { 0 }
    }
}

/// The beam at a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Beam {
    /// Whether it draws: within the displayed part of a displayed line.
    pub(crate) displays: bool,
    /// Whether it is in the vertical retrace.
    pub(crate) retraces: bool,
}

/// The origin of the frames.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scan {
    /// When a frame began; power-on: the tick of power-on.
    origin: Tick,
    /// Which frame that was, counted from power-on; power-on: 0.
    frame_at_origin: u64,
}

impl Scan {
    pub(crate) fn power_on(&mut self, now: Tick) {
        *self = Scan { origin: now, frame_at_origin: 0 };
    }

    fn dots(&self, timing: &Timing, now: Tick) -> u64 {
        timing.clock.cycles(now.saturating_sub(self.origin))
    }

    /// The timing is about to change at `now`: counts from the frame that runs.
    pub(crate) fn rebase(&mut self, old: &Timing, now: Tick) {
        let frames = self.dots(old, now) / old.frame_dots;
        self.frame_at_origin = self.frame_at_origin.wrapping_add(frames);
        self.origin = self.origin.saturating_add(old.clock.tick_of(frames.saturating_mul(old.frame_dots)));
    }

    pub(crate) fn frame_number(&self, timing: &Timing, now: Tick) -> u64 {
        self.frame_at_origin.wrapping_add(self.dots(timing, now) / timing.frame_dots)
    }

    /// The retraces that have begun by `now`, counted from an origin that does not move; none without retraces.
    pub(crate) fn retraces(&self, timing: &Timing, now: Tick) -> u64 {
        if timing.retrace_lines.is_none() {
            return 0;
        }
        let has_begun = self.dots(timing, now) % timing.frame_dots >= timing.retrace_dot();
        self.frame_number(timing, now).wrapping_add(u64::from(has_begun))
    }

    pub(crate) fn beam(&self, timing: &Timing, now: Tick) -> Beam {
        let in_frame = self.dots(timing, now) % timing.frame_dots;
        let (line, dot) = (in_frame / timing.line_dots, in_frame % timing.line_dots);
        Beam {
            displays: line < u64::from(timing.displayed_lines) && dot < u64::from(timing.displayed_dots),
            retraces: timing.retrace_lines.is_some_and(|(start, end)| (start..end).contains(&line)),
        }
    }

    /// The first tick after `after` at which a retrace begins; a frame, when none has a retrace.
    pub(crate) fn next_retrace(&self, timing: &Timing, after: Tick) -> Tick {
        let frame = self.dots(timing, after) / timing.frame_dots;
        let begins = |frame: u64| {
            let dot = frame.saturating_mul(timing.frame_dots).saturating_add(timing.retrace_dot());
            self.origin.saturating_add(timing.clock.tick_of(dot))
        };
        let in_this_frame = begins(frame);
        let next = if in_this_frame > after { in_this_frame } else { begins(frame.saturating_add(1)) };
        // Matters only to a loaded state whose origin lies in the future.
        next.min(after.saturating_add(timing.period()))
    }

    pub(crate) fn visit(&mut self, v: &mut dyn Visitor) {
        let Scan { origin, frame_at_origin } = self;
        v.section("vga-scan", 1);
        v.u64(1, origin);
        v.u64(2, frame_at_origin);
    }
}
