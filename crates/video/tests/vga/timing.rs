//! The beam: status bits, frame counts and retraces from the time.

use crate::modes::{MODE_03, MODE_12, Mode};
use crate::rig::{CRTC, Rig, SEQUENCER};
use beige_core::{ClockRatio, Tick};
use beige_testkit::Random;

const CLOCK_28M: ClockRatio = ClockRatio::from_hz(28_322_000, 1);

/// The counters of a CRT controller, stepped by one dot at a time.
struct Stepped {
    characters: u32,
    displayed_characters: u32,
    lines: u32,
    displayed_lines: u32,
    retrace_start: u32,
    retrace_end_bits: u32,
    character_dots: u32,
    dot: u32,
    character: u32,
    line: u32,
    retrace: bool,
}

impl Stepped {
    fn step(&mut self) {
        self.dot += 1;
        if self.dot < self.character_dots {
            return;
        }
        self.dot = 0;
        self.character += 1;
        if self.character < self.characters {
            return;
        }
        self.character = 0;
        self.line = if self.line + 1 == self.lines { 0 } else { self.line + 1 };
        if self.line == self.retrace_start {
            self.retrace = true;
        } else if self.line & 0x0f == self.retrace_end_bits {
            self.retrace = false;
        }
    }

    fn status(&self) -> u8 {
        let displays = self.character < self.displayed_characters && self.line < self.displayed_lines;
        u8::from(!displays) | u8::from(self.retrace) << 3
    }
}

#[test]
fn status_bits_over_a_frame_of_mode_3_equal_a_stepped_beam() {
    let mut rig = Rig::in_mode(&MODE_03);
    let mut beam = Stepped {
        characters: 100,
        displayed_characters: 80,
        lines: 449,
        displayed_lines: 400,
        retrace_start: 412,
        retrace_end_bits: 0x0e,
        character_dots: 9,
        dot: 0,
        character: 0,
        line: 0,
        retrace: false,
    };
    for dot in 0..900 * 449 + 2000 {
        rig.bench.now = CLOCK_28M.tick_of(dot);
        assert_eq!(rig.input(0x3da), beam.status(), "dot {dot}");
        beam.step();
    }
}

#[test]
fn mode_3_has_70_frames_a_second() {
    let rig = Rig::in_mode(&MODE_03);
    // 28.322 MHz / (900 * 449) = 70.087 Hz
    assert_eq!(rig.vga.frame_period(), CLOCK_28M.tick_of(900 * 449));
    assert_eq!(1_000_000_000_000 / rig.vga.frame_period(), 70_086);
    let rig = Rig::in_mode(&MODE_12);
    // 25.175 MHz / (800 * 525) = 59.940 Hz
    assert_eq!(1_000_000_000_000 / rig.vga.frame_period(), 59_940);
}

#[test]
fn retraces_are_predicted_to_the_tick() {
    let mut rig = Rig::in_mode(&MODE_03);
    let mut at = 0;
    for frame in 0..200 {
        at = rig.vga.next_retrace(at);
        assert_eq!(at, CLOCK_28M.tick_of((frame * 449 + 412) * 900));
        rig.bench.now = at - 1;
        assert_eq!(rig.input(0x3da) & 0x08, 0, "frame {frame}");
        rig.bench.now = at;
        assert_eq!(rig.input(0x3da) & 0x08, 0x08, "frame {frame}");
        assert_eq!(rig.vga.frame_number(at), frame);
    }
}

#[test]
fn without_retraces_there_is_no_retrace_status_but_frames_go_on() {
    let mut rig = Rig::in_mode(&MODE_03);
    rig.set(CRTC, 0x17, 0x23);
    let period = rig.vga.frame_period();
    assert_eq!(rig.vga.next_retrace(0), period);
    for now in (0..2 * period).step_by(10_007) {
        rig.bench.now = now;
        assert_eq!(rig.input(0x3da) & 0x08, 0);
    }
}

#[test]
fn a_line_counter_at_half_speed_doubles_the_lines() {
    let mut rig = Rig::in_mode(&MODE_03);
    let period = rig.vga.frame_period();
    rig.set(CRTC, 0x17, 0xa7);
    assert_eq!(rig.vga.frame_period().abs_diff(2 * period), 1);
    assert_eq!(rig.frame().height, 800);
    assert_eq!(rig.vga.next_retrace(0), CLOCK_28M.tick_of(824 * 900));
}

#[test]
fn a_change_of_timing_keeps_the_beginning_and_the_number_of_the_frame() {
    let mut rig = Rig::in_mode(&MODE_03);
    let origin = CLOCK_28M.tick_of(100 * 900 * 449);
    rig.bench.now = origin + 1_000_000;
    rig.set(SEQUENCER, 0x01, 0x01);
    assert_eq!(rig.vga.frame_number(rig.bench.now), 100);
    assert_eq!(rig.vga.frame_period(), CLOCK_28M.tick_of(800 * 449));
    assert_eq!(rig.vga.next_retrace(rig.bench.now), origin + CLOCK_28M.tick_of(412 * 800));
    assert_eq!(rig.vga.frame_number(origin + rig.vga.frame_period()), 101);
}

#[test]
fn the_frame_number_never_goes_back_whatever_modes_are_set() {
    let mut rig = Rig::new();
    let mut random = Random::new(3);
    let mut last = 0;
    for _ in 0..2000 {
        rig.advance(random.below(5_000_000));
        let mode: &Mode = if random.below(2) == 0 { &MODE_03 } else { &MODE_12 };
        rig.set_mode(mode);
        let number = rig.vga.frame_number(rig.bench.now);
        assert!((last..=last + 2).contains(&number), "{last} then {number}");
        last = number;
    }
}

#[test]
fn looking_at_the_chip_changes_nothing_that_the_guest_can_see() {
    let mut watched = Rig::in_text_mode(&MODE_03);
    let mut alone = Rig::in_text_mode(&MODE_03);
    let mut random = Random::new(4);
    for _ in 0..300 {
        for _ in 0..random.below(3) {
            let now = watched.bench.now + random.below(20_000_000);
            assert!(watched.vga.next_retrace(now) > now);
            assert!(watched.vga.frame_number(now) < u64::MAX);
        }
        watched.frame();
        let ticks: Tick = random.below(20_000_000);
        let (index, value) = (random.byte() % 0x19, random.byte());
        for rig in [&mut watched, &mut alone] {
            rig.advance(ticks);
            rig.set(CRTC, index, value);
        }
        assert_eq!(watched.input(0x3da), alone.input(0x3da));
        assert_eq!(watched.vga, alone.vga);
    }
}

#[test]
fn a_vertical_interrupt_waits_from_the_next_retrace_until_it_is_cleared() {
    let mut rig = Rig::in_mode(&MODE_03);
    let waits = |rig: &mut Rig| rig.input(0x3c2) & 0x80 != 0;
    let advance_past_retrace = |rig: &mut Rig| {
        let ticks = rig.vga.next_retrace(rig.bench.now) - rig.bench.now;
        rig.advance(ticks);
    };
    advance_past_retrace(&mut rig);
    assert!(!waits(&mut rig), "the BIOS holds it cleared");
    rig.set(CRTC, 0x11, 0x9e);
    assert!(!waits(&mut rig));
    advance_past_retrace(&mut rig);
    assert!(waits(&mut rig) && waits(&mut rig), "a read does not take it back");
    rig.set(CRTC, 0x0f, 0x12);
    rig.set(CRTC, 0x11, 0x9e);
    assert!(waits(&mut rig), "other writes do not either");
    rig.set(CRTC, 0x11, 0x8e);
    assert!(!waits(&mut rig));
    rig.set(CRTC, 0x11, 0x9e);
    assert!(!waits(&mut rig), "until the next retrace");
    advance_past_retrace(&mut rig);
    rig.set(CRTC, 0x11, 0xbe);
    assert!(!waits(&mut rig), "switched off");
}
