//! Saved state, and guests and states that mean harm.

use crate::modes::{MODE_03, MODE_13};
use crate::rig::{CRTC, GRAPHICS, Rig, SEQUENCER};
use beige_core::{Device, StateError, StateReader, StateWriter, TICKS_PER_SECOND};
use beige_testkit::Random;
use beige_video::{Vga, screen_text};

fn save(vga: &mut Vga) -> Vec<u8> {
    let mut writer = StateWriter::default();
    vga.visit(&mut writer);
    writer.finish()
}

fn load(data: &[u8]) -> Result<Vga, StateError> {
    let mut vga = Vga::new();
    let mut reader = StateReader::new(data);
    vga.visit(&mut reader);
    reader.finish()?;
    vga.check().map(|()| vga)
}

/// Whatever the guest writes, wherever.
fn scribble(rig: &mut Rig, random: &mut Random) {
    match random.below(8) {
        0 => rig.set(CRTC, random.byte() & 0x3f, random.byte()),
        1 => rig.set(SEQUENCER, random.byte() & 7, random.byte()),
        2 => rig.set(GRAPHICS, random.byte() & 15, random.byte()),
        3 => rig.set_attribute(random.byte(), random.byte()),
        4 => rig.poke(0xa_0000 + random.below(0x2_0000) as u32, random.byte()),
        5 => drop(rig.peek(0xa_0000 + random.below(0x2_0000) as u32)),
        6 => drop(rig.input(0x3b0 + random.below(0x30) as u16)),
        _ => rig.output(0x3b0 + random.below(0x30) as u16, random.byte()),
    }
    if random.below(10) == 0 {
        rig.output(0x3c3, 0x01);
        rig.output(0x3c2, random.byte() | 0x03);
        rig.advance(random.below(TICKS_PER_SECOND));
    }
}

#[test]
fn no_guest_reaches_a_panic_an_impossible_state_or_a_frame_without_end() {
    for seed in 0..40 {
        let mut random = Random::new(seed);
        let mut rig = Rig::in_mode(if seed % 2 == 0 { &MODE_03 } else { &MODE_13 });
        for step in 0..400 {
            scribble(&mut rig, &mut random);
            let now = rig.bench.now;
            let next = rig.vga.next_retrace(now);
            assert!(next > now && next - now <= TICKS_PER_SECOND / 10 + 1, "seed {seed}, step {step}");
            if step % 8 == 0 {
                // What is derived from the registers piece by piece is what a loaded chip derives at once.
                assert_eq!(load(&save(&mut rig.vga)), Ok(rig.vga.clone()), "seed {seed}, step {step}");
            }
            let period = rig.vga.frame_period();
            assert!((TICKS_PER_SECOND / 200..=TICKS_PER_SECOND / 10).contains(&period), "seed {seed}, step {step}");
        }
        assert_eq!(rig.vga.check(), Ok(()), "seed {seed}");
        let frame = rig.frame();
        assert_eq!(frame.pixels.len(), frame.width * frame.height);
        assert!((1..=2_832_200).contains(&frame.pixels.len()), "seed {seed}");
        let (columns, rows) = rig.vga.text_size();
        let text = screen_text(&rig.vga, &rig.vram);
        assert_eq!(text.map(|text| text.len() as u32), rig.vga.is_text().then_some(rows), "seed {seed}");
        assert!(rig.vga.cursor().is_none_or(|(row, column)| row < rows && column < columns), "seed {seed}");
        let data = save(&mut rig.vga);
        assert_eq!(load(&data), Ok(rig.vga.clone()), "seed {seed}");
    }
}

#[test]
fn the_end_of_time_is_reached_without_overflow() {
    let mut rig = Rig::in_mode(&MODE_03);
    for now in [u64::MAX, u64::MAX - 1, u64::MAX / 2] {
        rig.bench.now = now;
        rig.input(0x3da);
        assert!(rig.vga.next_retrace(now) >= now);
        rig.set(SEQUENCER, 0x01, 0x01);
        rig.set(SEQUENCER, 0x01, 0x00);
        rig.frame();
    }
}

#[test]
fn a_loaded_state_goes_on_as_the_saved_one_would_have() {
    let mut rig = Rig::in_text_mode(&MODE_03);
    rig.advance(123_456_789);
    rig.output(0x3c8, 0x10);
    rig.output(0x3c9, 0x3f);
    rig.input(0x3da);
    rig.output(0x3c0, 0x31);
    let mut twin = Rig::new();
    twin.vga = load(&save(&mut rig.vga)).unwrap();
    twin.vram.clone_from(&rig.vram);
    twin.bench.now = rig.bench.now;
    for rig in [&mut rig, &mut twin] {
        rig.output(0x3c9, 0x01);
        rig.output(0x3c9, 0x02);
        rig.output(0x3c0, 0x15);
        rig.advance(20_000_000);
    }
    assert_eq!(rig.vga, twin.vga);
    assert_eq!(rig.input(0x3da), twin.input(0x3da));
    assert_eq!(rig.frame(), twin.frame());
}

#[test]
fn damaged_states_are_refused_or_harmless() {
    let data = save(&mut Rig::in_mode(&MODE_03).vga);
    for end in 0..data.len() {
        assert!(load(&data[..end]).is_err(), "cut at {end}");
    }
    let mut random = Random::new(6);
    for _ in 0..2000 {
        let mut damaged = data.clone();
        let at = random.below(data.len() as u64) as usize;
        damaged[at] = random.byte();
        let mut rig = Rig::new();
        let Ok(vga) = load(&damaged) else { continue };
        rig.vga = vga;
        rig.bench.now = 1_000_000_000;
        assert!(rig.vga.next_retrace(rig.bench.now) > rig.bench.now, "byte {at}");
        rig.input(0x3da);
    }
}

#[test]
fn bits_that_the_chip_lacks_are_refused() {
    let mut vga = Rig::in_mode(&MODE_03).vga;
    let data = save(&mut vga);
    // Miscellaneous output: 67h behind name length, name, version, section length, field id and field length.
    let at = 1 + 3 + 2 + 8 + 2 + 8;
    assert_eq!(data[at], 0x67);
    let mut damaged = data.clone();
    damaged[at] = 0x77;
    assert!(load(&damaged).unwrap_err().to_string().contains("`vga`"));
}
