//! Tests of the 8237A and of the page registers.

use super::*;
use beige_core::{StateReader, StateWriter};
use beige_testkit::{Bench, Random};

const STATUS: u16 = 8;
const COMMAND: u16 = 8;
const REQUEST: u16 = 9;
const MASK: u16 = 0xa;
const MODE: u16 = 0xb;
const CLEAR_FLIP_FLOP: u16 = 0xc;
const MASTER_CLEAR: u16 = 0xd;
const CLEAR_MASKS: u16 = 0xe;
const ALL_MASKS: u16 = 0xf;

const SINGLE_WRITE: u8 = 0x44;
const SINGLE_READ: u8 = 0x48;
const SINGLE_VERIFY: u8 = 0x40;

struct Rig {
    bench: Bench,
    dma: Dma,
}

impl Rig {
    fn new() -> Rig {
        Rig { bench: Bench::default(), dma: Dma::new() }
    }

    /// All channels open, with this mode on `channel`, at address 1000h for `count` transfers.
    fn programmed(channel: u8, mode: u8, count: u16) -> Rig {
        let mut rig = Rig::new();
        rig.write(CLEAR_MASKS, 0);
        rig.program(channel, mode, 0x1000, count);
        rig
    }

    fn program(&mut self, channel: u8, mode: u8, address: u16, count: u16) {
        self.write(MODE, mode | channel);
        self.write(CLEAR_FLIP_FLOP, 0);
        for byte in address.to_le_bytes() {
            self.write(u16::from(channel) * 2, byte);
        }
        for byte in (count - 1).to_le_bytes() {
            self.write(u16::from(channel) * 2 + 1, byte);
        }
    }

    fn write(&mut self, offset: u16, value: u8) {
        self.bench.write(&mut self.dma, offset, value);
    }

    fn read(&mut self, offset: u16) -> u8 {
        self.bench.read(&mut self.dma, offset)
    }

    fn word(&mut self, offset: u16) -> u16 {
        u16::from_le_bytes([self.read(offset), self.read(offset)])
    }
}

#[test]
fn after_power_on_every_offset_reads_its_reset_value_and_all_channels_are_masked() {
    let mut rig = Rig::new();
    rig.dma.power_on(&mut rig.bench.io());
    for offset in 0..=8 {
        assert_eq!(rig.read(offset), 0, "offset {offset:#x}");
    }
    for offset in [9, 0xa, 0xb, 0xc, 0xe, 0xf] {
        assert_eq!(rig.read(offset), 0xff, "offset {offset:#x}");
    }
    assert_eq!(rig.read(0xd), 0);
    for channel in 0..4 {
        rig.dma.set_request(channel, true);
    }
    assert_eq!(rig.dma.pending(), None);
}

#[test]
fn the_flip_flop_alternates_bytes_across_registers_until_it_is_cleared() {
    let mut rig = Rig::new();
    rig.write(2, 0x34);
    rig.write(2, 0x12);
    rig.write(3, 0x78);
    rig.write(3, 0x56);
    assert_eq!((rig.word(2), rig.word(3)), (0x1234, 0x5678));
    assert_eq!(rig.read(2), 0x34);
    assert_eq!(rig.read(3), 0x56, "the high byte is next, in whichever register");
    rig.read(2);
    rig.write(CLEAR_FLIP_FLOP, 0);
    assert_eq!(rig.word(2), 0x1234);
}

#[test]
fn each_channel_has_its_own_address_and_count() {
    let mut rig = Rig::new();
    for channel in 0..4 {
        rig.program(channel, SINGLE_READ, 0x1000 + u16::from(channel), 0x20 + u16::from(channel));
    }
    for channel in 0..4 {
        assert_eq!(rig.word(channel * 2), 0x1000 + channel);
        assert_eq!(rig.word(channel * 2 + 1), 0x1f + channel);
    }
}

#[test]
fn a_transfer_moves_address_and_count_and_the_last_one_masks_the_channel() {
    let mut rig = Rig::programmed(2, SINGLE_WRITE, 2);
    assert_eq!(rig.dma.pending(), None);
    rig.dma.set_request(2, true);
    assert_eq!(rig.dma.pending(), Some(2));
    let kind = TransferKind::WriteMemory;
    assert_eq!(rig.dma.begin(2), Transfer { address: 0x1000, kind, terminal_count: false });
    assert_eq!((rig.word(4), rig.word(5)), (0x1001, 0));
    assert_eq!(rig.dma.begin(2), Transfer { address: 0x1001, kind, terminal_count: true });
    assert_eq!((rig.word(4), rig.word(5)), (0x1002, 0xffff));
    assert_eq!(rig.dma.pending(), None);
    assert_eq!(rig.read(STATUS), 0x44);
    assert_eq!(rig.read(STATUS), 0x40, "the terminal count bits end with the read");
}

#[test]
fn the_mode_chooses_the_kind_of_transfer() {
    for (mode, kind) in [
        (SINGLE_VERIFY, TransferKind::Verify),
        (SINGLE_WRITE, TransferKind::WriteMemory),
        (SINGLE_READ, TransferKind::ReadMemory),
        (0x4c, TransferKind::Verify),
    ] {
        let mut rig = Rig::programmed(1, mode, 5);
        assert_eq!(rig.dma.begin(1).kind, kind);
    }
}

#[test]
fn autoinitialize_reloads_the_channel_and_leaves_it_open() {
    let mut rig = Rig::programmed(3, SINGLE_READ | 0x10, 2);
    rig.dma.set_request(3, true);
    let addresses = [0; 5].map(|_| rig.dma.begin(3).address);
    assert_eq!(addresses, [0x1000, 0x1001, 0x1000, 0x1001, 0x1000]);
    assert_eq!(rig.dma.pending(), Some(3));
    assert_eq!(rig.read(STATUS), 0x88);
}

#[test]
fn addresses_may_go_down_and_wrap_within_64_kib() {
    let mut rig = Rig::programmed(1, SINGLE_READ | 0x20, 3);
    rig.program(1, SINGLE_READ | 0x20, 0x0001, 3);
    assert_eq!([0; 3].map(|_| rig.dma.begin(1).address), [1, 0, 0xffff]);
    rig.program(1, SINGLE_READ, 0xffff, 3);
    assert_eq!([0; 2].map(|_| rig.dma.begin(1).address), [0xffff, 0]);
}

#[test]
fn a_count_of_ffff_makes_65536_transfers() {
    let mut rig = Rig::new();
    rig.program(2, SINGLE_READ, 0, 1);
    rig.write(5, 0xff);
    rig.write(5, 0xff);
    let transfers = (1..).find(|_| rig.dma.begin(2).terminal_count).unwrap();
    assert_eq!(transfers, 65_536);
}

#[test]
fn the_lowest_channel_goes_first_with_fixed_priority() {
    let mut rig = Rig::programmed(0, SINGLE_READ, 9);
    (1..4).for_each(|channel| rig.program(channel, SINGLE_READ, 0, 9));
    rig.dma.set_request(3, true);
    rig.dma.set_request(1, true);
    assert_eq!(rig.dma.pending(), Some(1));
    rig.dma.begin(1);
    assert_eq!(rig.dma.pending(), Some(1));
}

#[test]
fn channels_take_turns_with_rotating_priority() {
    let mut rig = Rig::programmed(0, SINGLE_READ, 9);
    (1..4).for_each(|channel| rig.program(channel, SINGLE_READ, 0, 9));
    rig.write(COMMAND, 0x10);
    (0..4).for_each(|channel| rig.dma.set_request(channel, true));
    let order = [0; 6].map(|_| {
        let channel = rig.dma.pending().unwrap();
        rig.dma.begin(channel);
        channel
    });
    assert_eq!(order, [0, 1, 2, 3, 0, 1]);
}

#[test]
fn the_command_register_disables_the_controller_and_turns_the_sense_of_dreq() {
    let mut rig = Rig::programmed(2, SINGLE_READ, 9);
    rig.dma.set_request(2, true);
    rig.write(COMMAND, 0x04);
    assert_eq!(rig.dma.pending(), None);
    rig.write(COMMAND, 0x40);
    rig.write(ALL_MASKS, 0x0b);
    assert_eq!(rig.dma.pending(), None);
    rig.dma.set_request(2, false);
    assert_eq!(rig.dma.pending(), Some(2));
}

#[test]
fn masks_are_set_one_by_one_all_at_once_and_cleared_together() {
    let mut rig = Rig::programmed(0, SINGLE_READ, 9);
    (0..4).for_each(|channel| rig.dma.set_request(channel, true));
    rig.write(MASK, 0x04);
    assert_eq!(rig.dma.pending(), Some(1));
    rig.write(MASK, 0x00);
    assert_eq!(rig.dma.pending(), Some(0));
    rig.write(ALL_MASKS, 0x07);
    assert_eq!(rig.dma.pending(), Some(3));
    rig.write(CLEAR_MASKS, 0);
    assert_eq!(rig.dma.pending(), Some(0));
}

#[test]
fn a_software_request_is_not_masked_and_ends_with_the_terminal_count() {
    let mut rig = Rig::programmed(1, 0x88, 2);
    rig.write(ALL_MASKS, 0x0f);
    rig.write(REQUEST, 0x05);
    assert_eq!(rig.dma.pending(), Some(1));
    assert_eq!(rig.read(STATUS), 0x20);
    rig.dma.begin(1);
    assert_eq!(rig.dma.pending(), Some(1));
    rig.dma.begin(1);
    assert_eq!(rig.dma.pending(), None);
    rig.write(REQUEST, 0x06);
    rig.write(REQUEST, 0x02);
    assert_eq!(rig.dma.pending(), None);
}

#[test]
fn a_block_goes_on_without_its_request_and_before_higher_channels() {
    let mut rig = Rig::programmed(2, 0x84, 3);
    rig.program(0, SINGLE_READ, 0, 9);
    rig.dma.set_request(2, true);
    rig.dma.begin(2);
    rig.dma.set_request(2, false);
    rig.dma.set_request(0, true);
    assert_eq!(rig.dma.pending(), Some(2));
    rig.dma.begin(2);
    rig.dma.begin(2);
    assert_eq!(rig.dma.pending(), Some(0));
}

#[test]
fn a_block_ends_with_a_new_mode_or_a_master_clear() {
    for (offset, value) in [(MODE, 0x86), (MASTER_CLEAR, 0)] {
        let mut rig = Rig::programmed(2, 0x84, 3);
        rig.dma.set_request(2, true);
        rig.dma.begin(2);
        rig.dma.set_request(2, false);
        rig.write(offset, value);
        rig.write(CLEAR_MASKS, 0);
        assert_eq!(rig.dma.pending(), None);
    }
}

#[test]
fn a_demand_keeps_the_bus_until_its_request_drops() {
    let mut rig = Rig::programmed(2, 0x04, 9);
    rig.program(0, SINGLE_READ, 0, 9);
    rig.dma.set_request(2, true);
    rig.dma.begin(2);
    rig.dma.set_request(0, true);
    assert_eq!(rig.dma.pending(), Some(2));
    rig.dma.set_request(2, false);
    rig.dma.set_request(2, true);
    assert_eq!(rig.dma.pending(), Some(0));
}

#[test]
fn a_cascade_channel_passes_requests_when_it_is_open_but_makes_no_transfers() {
    let mut rig = Rig::programmed(0, 0xc0, 9);
    rig.dma.set_request(0, true);
    assert_eq!(rig.dma.pending(), None);
    assert!(rig.dma.passes_cascade(0));
    assert!(!rig.dma.passes_cascade(1));
    rig.write(MASK, 0x04);
    assert!(!rig.dma.passes_cascade(0));
}

/// Channels 0 and 1 set up for a copy of `count` bytes from 1000h to 2000h, with these modes and this command.
fn copying(modes: [u8; 2], command: u8, count: u16) -> Rig {
    let mut rig = Rig::new();
    rig.program(0, modes[0], 0x1000, count);
    rig.program(1, modes[1], 0x2000, count);
    rig.write(COMMAND, command);
    rig
}

/// Makes a copy as a pump does, with the low address byte as data; the pairs of addresses.
fn copies(rig: &mut Rig) -> Vec<(u16, u16)> {
    let mut pairs = Vec::new();
    while let Some(channel) = rig.dma.pending() {
        assert!(rig.dma.copies(channel) && rig.dma.asked_by_software(channel));
        let copy = rig.dma.begin_copy();
        rig.dma.hold(copy.source as u8);
        pairs.push((copy.source, copy.destination));
    }
    pairs
}

#[test]
fn a_copy_reads_with_channel_0_writes_with_channel_1_and_ends_with_its_count() {
    let mut rig = copying([0x88, 0x84], 0x01, 3);
    assert_eq!(rig.dma.pending(), None);
    rig.write(REQUEST, 0x04);
    assert_eq!(rig.read(STATUS), 0x10);
    assert_eq!(copies(&mut rig), [(0x1000, 0x2000), (0x1001, 0x2001), (0x1002, 0x2002)]);
    assert_eq!([0, 1, 2, 3].map(|offset| rig.word(offset)), [0x1003, 0xffff, 0x2003, 0xffff]);
    assert_eq!(rig.read(MASTER_CLEAR), 0x02, "the temporary register keeps the last byte");
    assert_eq!(rig.read(STATUS), 0x03);
    rig.write(MASTER_CLEAR, 0);
    assert_eq!(rig.read(MASTER_CLEAR), 0);
}

#[test]
fn a_copy_may_hold_its_source_and_go_down() {
    let mut rig = copying([0x88, 0xa4], 0x03, 3);
    rig.write(REQUEST, 0x04);
    assert_eq!(copies(&mut rig), [(0x1000, 0x2000), (0x1000, 0x1fff), (0x1000, 0x1ffe)]);
    let mut rig = copying([0xa8, 0x84], 0x01, 2);
    rig.write(REQUEST, 0x04);
    assert_eq!(copies(&mut rig), [(0x1000, 0x2000), (0x0fff, 0x2001)]);
}

#[test]
fn a_copy_goes_on_past_the_count_of_channel_0() {
    let mut rig = copying([0x88, 0x84], 0x01, 4);
    rig.program(0, 0x88, 0x1000, 2);
    rig.write(REQUEST, 0x04);
    assert_eq!(copies(&mut rig).len(), 4);
    assert_eq!(rig.read(STATUS), 0x03);
}

#[test]
fn a_copy_with_equal_counts_reloads_both_channels() {
    let mut rig = copying([0x98, 0x94], 0x01, 2);
    for _ in 0..2 {
        rig.write(REQUEST, 0x04);
        assert_eq!(copies(&mut rig), [(0x1000, 0x2000), (0x1001, 0x2001)]);
    }
    assert_eq!(rig.dma.pending(), None, "the request ends with the block");
}

#[test]
fn higher_channels_and_a_master_clear_find_a_copy_as_any_block() {
    let mut rig = copying([0x88, 0x84], 0x01, 4);
    rig.program(2, SINGLE_READ, 0, 9);
    rig.write(MASK, 0x02);
    rig.dma.set_request(2, true);
    rig.write(REQUEST, 0x04);
    rig.dma.begin_copy();
    rig.write(REQUEST, 0x00);
    assert_eq!(rig.dma.pending(), Some(0), "the block is not done");
    rig.write(MASTER_CLEAR, 0);
    assert_eq!(rig.dma.pending(), None);
}

#[test]
fn without_its_command_bit_channel_0_makes_ordinary_transfers() {
    let mut rig = copying([0x88, 0x84], 0x02, 4);
    rig.write(REQUEST, 0x04);
    assert_eq!(rig.dma.pending(), Some(0));
    assert!(!rig.dma.copies(0) && !rig.dma.copies(1));
    assert_eq!(rig.dma.begin(0).kind, TransferKind::ReadMemory);
}

#[test]
fn fixed_priority_goes_by_number_after_rotation() {
    let mut rig = Rig::programmed(0, SINGLE_READ, 9);
    (1..4).for_each(|channel| rig.program(channel, SINGLE_READ, 0, 9));
    rig.write(COMMAND, 0x10);
    (0..4).for_each(|channel| rig.dma.set_request(channel, true));
    rig.dma.begin(0);
    rig.dma.begin(1);
    rig.write(COMMAND, 0x00);
    assert_eq!(rig.dma.pending(), Some(0));
}

#[test]
fn master_clear_and_reset_do_the_same() {
    let clears: [fn(&mut Rig); 2] = [|rig| rig.write(MASTER_CLEAR, 0), |rig| rig.dma.reset(&mut rig.bench.io())];
    for clear in clears {
        let mut rig = Rig::programmed(2, SINGLE_READ, 1);
        rig.write(COMMAND, 0x10);
        rig.write(REQUEST, 0x05);
        rig.dma.set_request(2, true);
        rig.dma.begin(2);
        rig.read(4);
        clear(&mut rig);
        assert_eq!(rig.read(STATUS), 0x40, "only the line still requests");
        assert_eq!(rig.word(4), 0x1001, "addresses stay, the flip-flop is cleared");
        assert_eq!(rig.dma.pending(), None);
        rig.write(CLEAR_MASKS, 0);
        assert_eq!(rig.dma.pending(), Some(2));
    }
}

#[test]
fn time_changes_nothing_however_it_passes() {
    let mut rig = Rig::programmed(2, SINGLE_READ, 5);
    rig.dma.set_request(2, true);
    let before = rig.dma.clone();
    let Rig { bench, dma } = &mut rig;
    bench.advance(dma, 1_000_000_000);
    (0..100).for_each(|_| bench.advance(dma, 1));
    assert_eq!(rig.dma, before);
}

#[test]
fn random_accesses_keep_the_state_valid_and_it_survives_save_and_load() {
    for seed in 0..20 {
        let mut random = Random::new(seed);
        let mut rig = Rig::new();
        for _ in 0..3000 {
            match random.below(5) {
                0 => _ = rig.read(random.below(20) as u16),
                1 | 2 => rig.write(random.below(20) as u16, random.byte()),
                3 => rig.dma.set_request(random.byte(), random.below(2) == 0),
                _ => {
                    let channel = rig.dma.pending().unwrap_or(random.byte());
                    if rig.dma.copies(channel) {
                        rig.dma.begin_copy();
                        rig.dma.hold(random.byte());
                    } else {
                        rig.dma.begin(channel);
                    }
                }
            }
            rig.dma.check().unwrap();
        }
        let mut writer = StateWriter::default();
        rig.dma.visit(&mut writer);
        let data = writer.finish();
        let mut loaded = Dma::new();
        let mut reader = StateReader::new(&data);
        loaded.visit(&mut reader);
        reader.finish().unwrap();
        assert_eq!(loaded, rig.dma);
    }
}

#[test]
fn a_run_of_transfers_is_the_same_as_one_by_one() {
    let mut runs = 0;
    for seed in 0..400 {
        let mut random = Random::new(seed);
        let mut rig = Rig::new();
        for _ in 0..500 {
            match random.below(4) {
                0 | 1 => rig.write(random.below(16) as u16, random.byte()),
                2 => rig.dma.set_request(random.byte(), random.below(2) == 0),
                _ => {}
            }
            let Some(channel) = rig.dma.pending() else { continue };
            let length = rig.dma.run_length(channel);
            if length == 0 {
                if !rig.dma.copies(channel) {
                    rig.dma.begin(channel);
                }
                continue;
            }
            runs += 1;
            let count = random.below(u64::from(length).min(600)) as u16 + 1;
            let mut single = rig.dma.clone();
            let first = rig.dma.begin_run(channel, count);
            for step in 0..count {
                assert_eq!(single.pending(), Some(channel), "seed {seed}");
                let expected =
                    Transfer { address: first + step, kind: TransferKind::WriteMemory, terminal_count: false };
                assert_eq!(single.begin(channel), expected, "seed {seed}");
            }
            assert_eq!(single, rig.dma, "seed {seed}");
        }
    }
    assert!(runs > 1000, "{runs} runs");
}

#[test]
fn a_state_that_names_a_channel_above_3_is_refused() {
    let mut dma = Dma::new();
    dma.lowest = 4;
    assert!(dma.check().is_err());
    let mut dma = Dma::new();
    dma.mask = 0x10;
    assert!(dma.check().is_err());
}

#[test]
fn page_registers_are_all_zero_at_power_on_and_keep_what_is_written() {
    let mut bench = Bench::default();
    let mut pages = DmaPages::new();
    for offset in 0..16 {
        assert_eq!(bench.read(&mut pages, offset), 0);
        bench.write(&mut pages, offset, 0xa0 | offset as u8);
    }
    pages.reset(&mut bench.io());
    bench.advance(&mut pages, 1_000_000);
    for offset in 0..16 {
        assert_eq!(bench.read(&mut pages, offset), 0xa0 | offset as u8);
    }
    assert!(pages.check().is_ok());
    pages.power_on(&mut bench.io());
    assert_eq!(pages, DmaPages::new());
}

#[test]
fn each_channel_has_the_page_register_of_the_pc_at() {
    let mut bench = Bench::default();
    let mut pages = DmaPages::new();
    for offset in 0..16 {
        bench.write(&mut pages, offset, 0x80 | offset as u8);
    }
    let found = [0, 1, 2, 3, 4, 5, 6, 7].map(|channel| pages.page(channel));
    assert_eq!(found, [0x87, 0x83, 0x81, 0x82, 0x8f, 0x8b, 0x89, 0x8a]);
}
