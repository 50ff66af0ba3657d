//! Tests of the 8254 through its ports, gates and outputs.

use super::*;
use beige_core::{StateReader, StateWriter};
use beige_testkit::{Bench, Random};

const OUT0: Pin = Pin::new(9);
const CONTROL: u16 = 3;

struct Rig {
    bench: Bench,
    pit: Pit,
}

impl Rig {
    /// A timer whose OUT0 is connected and whose gates are high.
    fn new() -> Rig {
        Rig::with_outputs([OUT0, Pin::UNCONNECTED, Pin::UNCONNECTED])
    }

    fn with_outputs(outputs: [Pin; 3]) -> Rig {
        let mut rig = Rig { bench: Bench::default(), pit: Pit::new(outputs) };
        (0..3).for_each(|channel| rig.gate(channel, true));
        rig
    }

    /// Channel 0 with this control word and, when it is programmed for both bytes, this count.
    fn programmed(control: u8, count: u16) -> Rig {
        let mut rig = Rig::new();
        rig.write(CONTROL, control);
        rig.count(count);
        rig
    }

    fn write(&mut self, offset: u16, value: u8) {
        self.bench.write(&mut self.pit, offset, value);
    }

    fn read(&mut self, offset: u16) -> u8 {
        self.bench.read(&mut self.pit, offset)
    }

    fn count(&mut self, count: u16) {
        let [low, high] = count.to_le_bytes();
        self.write(0, low);
        self.write(0, high);
    }

    fn gate(&mut self, channel: u8, level: bool) {
        self.pit.set_gate(channel, level, &mut self.bench.io());
    }

    fn pulses(&mut self, count: u64) {
        let pulse = ClockRatio::PIT.cycles(self.bench.now) + count;
        let ticks = ClockRatio::PIT.tick_of(pulse) - self.bench.now;
        self.bench.advance(&mut self.pit, ticks);
    }

    fn out(&self) -> bool {
        let level = self.bench.wires.level(OUT0);
        assert_eq!(level, self.pit.out(0, self.bench.now), "the pin is what the counter says");
        level
    }

    /// The count of channel 0, latched.
    fn latched(&mut self) -> u16 {
        self.write(CONTROL, 0x00);
        u16::from_le_bytes([self.read(0), self.read(0)])
    }

    fn status(&mut self) -> u8 {
        self.write(CONTROL, 0xe2);
        self.read(0)
    }

    /// OUT after the writes and after each of the next pulses.
    fn wave(&mut self, pulses: usize) -> String {
        let mut wave = String::from(if self.out() { "#" } else { "_" });
        for _ in 0..pulses {
            self.pulses(1);
            wave.push(if self.out() { '#' } else { '_' });
        }
        wave
    }

    /// The count after each of the next pulses.
    fn counts(&mut self, pulses: usize) -> Vec<u16> {
        (0..pulses)
            .map(|_| {
                self.pulses(1);
                self.latched()
            })
            .collect()
    }
}

#[test]
fn after_power_on_counters_read_zero_outputs_are_low_and_the_control_register_reads_nothing() {
    let mut rig = Rig::new();
    rig.pit.power_on(&mut rig.bench.io());
    assert_eq!((0..4).map(|offset| rig.read(offset)).collect::<Vec<_>>(), [0, 0, 0, 0xff]);
    assert_eq!(rig.status(), 0x40);
    assert!((0..3).all(|channel| !rig.pit.out(channel, 0)));
    assert_eq!(rig.pit.rising_edges(0, u64::from(u32::MAX)), 0);
    assert_eq!((rig.pit.out(3, 0), rig.pit.rising_edges(3, 0)), (false, 0));
}

#[test]
fn each_offset_reaches_its_own_channel() {
    let mut rig = Rig::new();
    for (channel, count) in [(0, 0x11), (1, 0x22), (2, 0x33)] {
        rig.write(CONTROL, u8::try_from(channel << 6).unwrap() | 0x10);
        rig.write(channel, count);
    }
    rig.pulses(1);
    assert_eq!([0, 1, 2].map(|offset| rig.read(offset)), [0x11, 0x22, 0x33]);
    assert_eq!([4, 5, 6].map(|offset| rig.read(offset)), [0x11, 0x22, 0x33]);
}

#[test]
fn outputs_follow_the_waveforms_of_the_data_sheet() {
    for (control, count, wave) in [
        (0x30, 4, "_____########"),
        (0x30, 1, "__###########"),
        (0x34, 3, "###_##_##_##_"),
        (0x34, 2, "##_#_#_#_#_#_"),
        (0x36, 4, "###__##__##__"),
        (0x36, 5, "####__###__##"),
        (0x36, 2, "##_#_#_#_#_#_"),
        (0x36, 3, "###_##_##_##_"),
        (0x3c, 3, "###_##_##_##_"),
        (0x38, 3, "####_########"),
    ] {
        let mut rig = Rig::programmed(control, count);
        assert_eq!(rig.wave(12), wave, "control {control:#x}, count {count}");
    }
}

#[test]
fn counts_follow_the_sequences_of_the_data_sheet() {
    for (control, count, counts) in [
        (0x30, 4, [4, 3, 2, 1, 0, 0xffff, 0xfffe, 0xfffd, 0xfffc, 0xfffb]),
        (0x31, 2, [2, 1, 0, 0x9999, 0x9998, 0x9997, 0x9996, 0x9995, 0x9994, 0x9993]),
        (0x34, 3, [3, 2, 1, 3, 2, 1, 3, 2, 1, 3]),
        (0x36, 4, [4, 2, 4, 2, 4, 2, 4, 2, 4, 2]),
        (0x36, 5, [4, 2, 0, 4, 2, 4, 2, 0, 4, 2]),
        (0x38, 2, [2, 1, 0, 0xffff, 0xfffe, 0xfffd, 0xfffc, 0xfffb, 0xfffa, 0xfff9]),
    ] {
        let mut rig = Rig::programmed(control, count);
        assert_eq!(rig.counts(10), counts, "control {control:#x}, count {count}");
    }
}

#[test]
fn a_count_of_zero_is_65536_or_10000_in_bcd() {
    for (control, period) in [(0x34, 65_536), (0x35, 10_000), (0x36, 65_536), (0x37, 10_000)] {
        let mut rig = Rig::programmed(control, 0);
        rig.pulses(1);
        let before = rig.pit.rising_edges(0, rig.bench.now);
        rig.pulses(period - 1);
        assert_eq!(rig.pit.rising_edges(0, rig.bench.now), before);
        rig.pulses(1);
        assert_eq!(rig.pit.rising_edges(0, rig.bench.now), before + 1);
    }
}

#[test]
fn the_system_timer_of_a_pc_ticks_18_times_a_second() {
    let mut rig = Rig::programmed(0x36, 0);
    rig.bench.advance(&mut rig.pit, 3_600_000_000_000);
    // 1,193,181.81 Hz by 65536, for an hour; the control word made the first edge.
    assert_eq!(rig.pit.rising_edges(0, rig.bench.now), 65_543 + 1);
}

#[test]
fn a_mode_0_count_stops_while_its_gate_is_low() {
    let mut rig = Rig::programmed(0x30, 4);
    rig.pulses(2);
    rig.gate(0, false);
    rig.pulses(100);
    assert_eq!(rig.latched(), 3);
    rig.gate(0, true);
    assert_eq!(rig.wave(3), "___#");
}

#[test]
fn a_new_mode_0_count_lowers_out_and_its_first_byte_stops_counting() {
    let mut rig = Rig::programmed(0x30, 2);
    rig.pulses(5);
    assert!(rig.out());
    rig.write(0, 3);
    assert!(!rig.out());
    let held = rig.latched();
    rig.pulses(7);
    assert_eq!(rig.latched(), held);
    rig.write(0, 0);
    assert_eq!(rig.wave(5), "____##");
}

#[test]
fn a_one_shot_starts_with_the_gate_and_can_be_started_again() {
    let mut rig = Rig::programmed(0x32, 3);
    assert_eq!(rig.wave(3), "####");
    rig.gate(0, false);
    rig.gate(0, true);
    assert_eq!(rig.wave(2), "#__");
    rig.gate(0, false);
    rig.gate(0, true);
    assert_eq!(rig.wave(6), "____###");
}

#[test]
fn a_new_one_shot_count_waits_for_the_next_trigger() {
    let mut rig = Rig::programmed(0x32, 2);
    rig.gate(0, false);
    rig.gate(0, true);
    rig.pulses(1);
    rig.count(4);
    assert_eq!(rig.status() & 0x40, 0x40);
    assert_eq!(rig.wave(3), "__##");
    rig.gate(0, false);
    rig.gate(0, true);
    assert_eq!(rig.wave(5), "#____#");
    assert_eq!(rig.status() & 0x40, 0);
}

#[test]
fn a_trigger_before_the_first_count_of_a_one_shot_is_ignored() {
    let mut rig = Rig::new();
    rig.write(CONTROL, 0x32);
    rig.gate(0, false);
    rig.gate(0, true);
    rig.count(2);
    assert_eq!(rig.wave(4), "#####");
}

#[test]
fn a_low_gate_raises_the_output_of_a_rate_generator_and_a_trigger_reloads_it() {
    for control in [0x34, 0x36] {
        let mut rig = Rig::programmed(control, 3);
        rig.pulses(3);
        assert!(!rig.out());
        rig.gate(0, false);
        assert_eq!(rig.wave(5), "######");
        rig.gate(0, true);
        assert_eq!(rig.wave(4), "###_#");
    }
}

#[test]
fn a_new_rate_is_loaded_at_the_end_of_the_period() {
    let mut rig = Rig::programmed(0x34, 4);
    rig.pulses(2);
    rig.count(2);
    assert_eq!(rig.wave(7), "##_#_#_#");
}

#[test]
fn a_new_square_wave_count_is_loaded_at_the_end_of_the_half() {
    let mut rig = Rig::programmed(0x36, 8);
    rig.pulses(2);
    rig.count(4);
    assert_eq!(rig.wave(8), "###__##__");
}

#[test]
fn a_software_strobe_counts_from_the_latest_count() {
    let mut rig = Rig::programmed(0x38, 4);
    rig.pulses(3);
    rig.count(2);
    assert_eq!(rig.wave(6), "###_###");
}

#[test]
fn a_software_strobe_stops_with_its_gate() {
    let mut rig = Rig::programmed(0x38, 2);
    rig.pulses(1);
    rig.gate(0, false);
    assert_eq!(rig.wave(4), "#####");
    rig.gate(0, true);
    assert_eq!(rig.wave(3), "##_#");
}

#[test]
fn a_hardware_strobe_comes_after_its_trigger_whatever_the_gate_does_then() {
    let mut rig = Rig::programmed(0x3a, 2);
    assert_eq!(rig.wave(3), "####");
    rig.gate(0, false);
    rig.gate(0, true);
    rig.gate(0, false);
    assert_eq!(rig.wave(5), "###_##");
    rig.gate(0, true);
    rig.pulses(2);
    rig.gate(0, false);
    rig.gate(0, true);
    assert_eq!(rig.wave(4), "###_#");
}

#[test]
fn a_latched_count_stays_until_it_is_read_and_a_second_latch_is_ignored() {
    let mut rig = Rig::programmed(0x34, 0x1234);
    rig.pulses(1);
    rig.write(CONTROL, 0x00);
    rig.pulses(100);
    rig.write(CONTROL, 0x00);
    assert_eq!([rig.read(0), rig.read(0)], [0x34, 0x12]);
    assert_eq!([rig.read(0), rig.read(0)], [0xd0, 0x11]);
}

#[test]
fn a_channel_of_one_byte_reads_and_writes_just_that_byte() {
    let mut rig = Rig::new();
    rig.write(CONTROL, 0x24);
    rig.write(0, 0x12);
    rig.pulses(2);
    assert_eq!([rig.read(0), rig.read(0)], [0x11, 0x11]);
    rig.write(CONTROL, 0x14);
    rig.write(0, 0x12);
    rig.pulses(2);
    rig.write(CONTROL, 0x00);
    assert_eq!([rig.read(0), rig.read(0)], [0x11, 0x11]);
}

#[test]
fn reads_and_writes_of_one_channel_may_be_interleaved() {
    let mut rig = Rig::programmed(0x34, 0x0201);
    rig.pulses(1);
    assert_eq!(rig.read(0), 0x01);
    rig.write(0, 0x44);
    assert_eq!(rig.read(0), 0x02);
    rig.write(0, 0x33);
    rig.pulses(0x201);
    assert_eq!(rig.latched(), 0x3344);
}

#[test]
fn read_back_latches_status_and_count_of_the_named_channels() {
    let mut rig = Rig::programmed(0x36, 0x0100);
    assert_eq!(rig.status(), 0xf6, "OUT is high, the count is not loaded yet");
    rig.pulses(3);
    rig.write(CONTROL, 0xc2);
    rig.pulses(200);
    assert_eq!([rig.read(0), rig.read(0), rig.read(0)], [0xb6, 0xfc, 0x00]);
    rig.write(CONTROL, 0xcc);
    assert_eq!(rig.read(0), 0x6c, "channel 0 was not named");
}

#[test]
fn a_status_latched_twice_is_the_first_one() {
    let mut rig = Rig::programmed(0x30, 2);
    rig.write(CONTROL, 0xe2);
    rig.pulses(10);
    rig.write(CONTROL, 0xe2);
    assert_eq!(rig.read(0), 0x70);
    assert_eq!(rig.status(), 0xb0);
}

#[test]
fn a_control_word_sets_out_at_once_and_forgets_latches_and_half_written_counts() {
    let mut rig = Rig::programmed(0x34, 100);
    rig.pulses(10);
    rig.write(CONTROL, 0x00);
    rig.read(0);
    rig.write(CONTROL, 0xe2);
    rig.write(0, 0x55);
    rig.write(CONTROL, 0x30);
    assert!(!rig.out());
    rig.count(7);
    rig.pulses(1);
    assert_eq!([rig.read(0), rig.read(0)], [7, 0]);
    rig.write(CONTROL, 0x36);
    assert!(rig.out());
}

#[test]
fn modes_6_and_7_are_2_and_3_but_read_back_as_written() {
    for (control, wave) in [(0x3c, "##_#_"), (0x3e, "##_#_")] {
        let mut rig = Rig::programmed(control, 2);
        assert_eq!(rig.status() & 0x3f, control);
        assert_eq!(rig.wave(4), wave);
    }
}

#[test]
fn a_count_of_one_in_a_periodic_mode_keeps_out_high_and_asks_for_no_wakes() {
    for control in [0x34, 0x36] {
        let mut rig = Rig::programmed(control, 1);
        rig.pulses(4);
        assert_eq!(rig.wave(6), "#######");
        assert_eq!(rig.bench.timeline.next(), beige_core::Timeline::NEVER);
        rig.count(2);
        rig.pulses(1);
        assert_eq!(rig.wave(4), if control == 0x34 { "#_#_#" } else { "_#_#_" }, "control {control:#x}");
    }
}

#[test]
fn a_connected_output_wakes_once_for_each_edge_and_an_unconnected_one_never() {
    let mut rig = Rig::programmed(0x34, 1000);
    rig.pulses(1);
    let mut wakes = 0;
    let end = ClockRatio::PIT.tick_of(100_000);
    while let Some((_, at)) = rig.bench.timeline.take_due(end) {
        rig.bench.now = at;
        rig.pit.wake(&mut rig.bench.io());
        wakes += 1;
    }
    assert_eq!(wakes, 199);
    let mut rig = Rig::with_outputs([Pin::UNCONNECTED; 3]);
    rig.write(CONTROL, 0x34);
    rig.count(2);
    assert_eq!(rig.bench.timeline.next(), beige_core::Timeline::NEVER);
    let hour = 3_600_000_000_000;
    let after_load = ClockRatio::PIT.cycles(hour) - 1;
    assert_eq!(rig.pit.rising_edges(0, hour), 1 + after_load / 2, "the control word made the first edge");
}

/// A timer after a random program.
fn random_rig(random: &mut Random) -> Rig {
    let mut rig = Rig::with_outputs([OUT0, Pin::new(10), Pin::UNCONNECTED]);
    for _ in 0..random.below(24) {
        random_access(&mut rig, random);
    }
    rig
}

fn random_access(rig: &mut Rig, random: &mut Random) {
    let channel = random.below(3) as u8;
    match random.below(8) {
        0 => rig.write(CONTROL, channel << 6 | 0x10 | random.byte() & 0x0f),
        1 => rig.write(CONTROL, channel << 6 | random.byte() & 0x3f),
        2 => rig.write(u16::from(channel), random.below(6) as u8),
        3 => rig.write(u16::from(channel), random.byte()),
        4 => rig.gate(channel, random.below(3) > 0),
        5 => rig.write(CONTROL, 0xc0 | random.byte()),
        6 => _ = rig.read(u16::from(channel)),
        _ => {
            let limit = if random.below(4) == 0 { 200_000 } else { 12 };
            rig.pulses(random.below(limit));
        }
    }
}

#[test]
fn advancing_at_once_equals_advancing_pulse_by_pulse() {
    let mut random = Random::new(1);
    for round in 0..400 {
        let mut stepped = random_rig(&mut random);
        let lazy = stepped.pit.clone();
        for step in 0..300 {
            stepped.pulses(1);
            let now = stepped.bench.now;
            for channel in 0..3 {
                assert_eq!(lazy.out(channel, now), stepped.pit.out(channel, now), "round {round}, step {step}");
                assert_eq!(lazy.rising_edges(channel, now), stepped.pit.rising_edges(channel, now));
            }
            assert_eq!(stepped.bench.wires.level(OUT0), lazy.out(0, now), "round {round}, step {step}");
            assert_eq!(stepped.bench.wires.level(Pin::new(10)), lazy.out(1, now));
        }
        let mut at_once = lazy.clone();
        let pulse = ClockRatio::PIT.cycles(stepped.bench.now);
        at_once.channels.iter_mut().for_each(|channel| channel.advance_to(pulse));
        stepped.pit.channels.iter_mut().for_each(|channel| channel.advance_to(pulse));
        assert_eq!(at_once, stepped.pit, "round {round}");
    }
}

#[test]
fn the_pin_moves_at_the_first_tick_of_its_pulse() {
    let mut rig = Rig::programmed(0x30, 5);
    let edge = ClockRatio::PIT.tick_of(6);
    rig.bench.advance(&mut rig.pit, edge - 1);
    assert!(!rig.out());
    rig.bench.advance(&mut rig.pit, 1);
    assert!(rig.out());
}

#[test]
fn random_accesses_keep_the_state_valid_and_it_survives_save_and_load() {
    for seed in 0..40 {
        let mut random = Random::new(seed);
        let mut rig = Rig::new();
        for _ in 0..500 {
            random_access(&mut rig, &mut random);
            rig.pit.check().unwrap();
        }
        let mut writer = StateWriter::default();
        rig.pit.visit(&mut writer);
        let data = writer.finish();
        let mut loaded = Pit::new([OUT0, Pin::UNCONNECTED, Pin::UNCONNECTED]);
        let mut reader = StateReader::new(&data);
        loaded.visit(&mut reader);
        reader.finish().unwrap();
        assert_eq!(loaded, rig.pit);
    }
}

#[test]
fn a_random_state_is_refused_or_runs_without_a_panic() {
    let mut random = Random::new(7);
    let mut accepted = 0;
    for _ in 0..3000 {
        let mut rig = random_rig(&mut random);
        let mut writer = StateWriter::default();
        rig.pit.visit(&mut writer);
        let mut data = writer.finish();
        for _ in 0..1 + random.below(3) {
            let at = random.below(data.len() as u64) as usize;
            data[at] = random.byte();
        }
        let mut reader = StateReader::new(&data);
        rig.pit.visit(&mut reader);
        if reader.finish().is_ok() && rig.pit.check().is_ok() {
            accepted += 1;
            for _ in 0..20 {
                random_access(&mut rig, &mut random);
            }
        }
    }
    assert!(accepted > 100, "only {accepted} states were accepted");
}
