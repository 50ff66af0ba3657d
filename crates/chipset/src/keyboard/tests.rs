use super::*;
use crate::scancodes::to_set_1;
use beige_testkit::Random;

const MS: Tick = 1_000_000;

fn keys() -> impl Iterator<Item = Key> {
    (0..Key::COUNT as u8).filter_map(Key::from_code)
}

/// A keyboard with this scan set and nothing to send.
fn with_set(set: u8) -> Keyboard {
    let mut keyboard = Keyboard::default();
    command(&mut keyboard, &[0xf0, set]);
    keyboard
}

/// Takes all that waits.
fn take(keyboard: &mut Keyboard) -> Vec<u8> {
    std::iter::from_fn(|| keyboard.take_byte()).collect()
}

/// Sends bytes and gives the replies.
fn command(keyboard: &mut Keyboard, bytes: &[u8]) -> Vec<u8> {
    let mut replies = Vec::new();
    for byte in bytes {
        assert!(keyboard.receive(*byte, 0));
        replies.extend(take(keyboard));
    }
    replies
}

/// The codes of keys going down (`+`) and up (`-`), a list for each.
fn strokes(keyboard: &mut Keyboard, moves: &[(char, Key)]) -> Vec<Vec<u8>> {
    let stroke = |(sign, key): &(char, Key)| {
        keyboard.key(*key, *sign == '+', 0);
        take(keyboard)
    };
    moves.iter().map(stroke).collect()
}

#[track_caller]
fn check_set_2(moves: &[(char, Key)], expected: &[&[u8]]) {
    assert_eq!(strokes(&mut with_set(2), moves), expected);
}

// Codes

#[test]
fn a_plain_key_sends_its_code_and_f0_before_the_break() {
    check_set_2(&[('+', Key::A), ('-', Key::A)], &[&[0x1c], &[0xf0, 0x1c]]);
    check_set_2(&[('+', Key::F7), ('-', Key::F7)], &[&[0x83], &[0xf0, 0x83]]);
}

#[test]
fn in_set_1_a_break_code_has_bit_7() {
    let moves = [('+', Key::A), ('-', Key::A), ('+', Key::RightCtrl), ('-', Key::RightCtrl)];
    let expected: [&[u8]; 4] = [&[0x1e], &[0x9e], &[0xe0, 0x1d], &[0xe0, 0x9d]];
    assert_eq!(strokes(&mut with_set(1), &moves), expected);
}

#[test]
fn in_set_3_there_are_no_prefixes_and_few_break_codes() {
    let moves = [
        ('+', Key::LeftShift),
        ('+', Key::Left),
        ('-', Key::Left),
        ('+', Key::Pause),
        ('-', Key::Pause),
        ('-', Key::LeftShift),
    ];
    let expected: [&[u8]; 6] = [&[0x12], &[0x61], &[], &[0x62], &[], &[0xf0, 0x12]];
    assert_eq!(strokes(&mut with_set(3), &moves), expected);
}

#[test]
fn the_newer_keys_have_e0_before_their_codes() {
    for (key, code) in [(Key::RightAlt, 0x11), (Key::RightCtrl, 0x14), (Key::KeypadEnter, 0x5a), (Key::Up, 0x75)] {
        check_set_2(&[('+', key), ('-', key)], &[&[0xe0, code], &[0xe0, 0xf0, code]]);
    }
}

#[test]
fn a_held_shift_is_lifted_around_a_navigation_key() {
    check_set_2(
        &[('+', Key::LeftShift), ('+', Key::Home), ('-', Key::Home), ('-', Key::LeftShift)],
        &[&[0x12], &[0xe0, 0xf0, 0x12, 0xe0, 0x6c], &[0xe0, 0xf0, 0x6c, 0xe0, 0x12], &[0xf0, 0x12]],
    );
    check_set_2(
        &[('+', Key::RightShift), ('+', Key::KeypadSlash), ('-', Key::KeypadSlash)],
        &[&[0x59], &[0xe0, 0xf0, 0x59, 0xe0, 0x4a], &[0xe0, 0xf0, 0x4a, 0xe0, 0x59]],
    );
}

#[test]
fn both_shifts_are_lifted_when_both_are_held() {
    check_set_2(
        &[('+', Key::LeftShift), ('+', Key::RightShift), ('+', Key::End), ('-', Key::End)],
        &[
            &[0x12],
            &[0x59],
            &[0xe0, 0xf0, 0x12, 0xe0, 0xf0, 0x59, 0xe0, 0x69],
            &[0xe0, 0xf0, 0x69, 0xe0, 0x12, 0xe0, 0x59],
        ],
    );
}

#[test]
fn num_lock_presses_a_fake_shift_around_a_navigation_key() {
    let mut keyboard = with_set(2);
    command(&mut keyboard, &[0xed, 0x02]);
    let moves = [('+', Key::Insert), ('-', Key::Insert), ('+', Key::KeypadSlash), ('-', Key::KeypadSlash)];
    let expected: [&[u8]; 4] =
        [&[0xe0, 0x12, 0xe0, 0x70], &[0xe0, 0xf0, 0x70, 0xe0, 0xf0, 0x12], &[0xe0, 0x4a], &[0xe0, 0xf0, 0x4a]];
    assert_eq!(strokes(&mut keyboard, &moves), expected);
}

#[test]
fn a_fake_shift_is_released_even_when_num_lock_went_off_meanwhile() {
    let mut keyboard = with_set(2);
    command(&mut keyboard, &[0xed, 0x02]);
    strokes(&mut keyboard, &[('+', Key::Insert)]);
    command(&mut keyboard, &[0xed, 0x00]);
    assert_eq!(strokes(&mut keyboard, &[('-', Key::Insert)]), [[0xe0, 0xf0, 0x70, 0xe0, 0xf0, 0x12]]);
}

#[test]
fn print_screen_depends_on_the_modifiers() {
    let press = [('+', Key::PrintScreen), ('-', Key::PrintScreen)];
    check_set_2(&press, &[&[0xe0, 0x12, 0xe0, 0x7c], &[0xe0, 0xf0, 0x7c, 0xe0, 0xf0, 0x12]]);
    for (modifier, make) in [(Key::LeftShift, &[0x12][..]), (Key::RightCtrl, &[0xe0, 0x14])] {
        let moves = [('+', modifier), press[0], press[1]];
        check_set_2(&moves, &[make, &[0xe0, 0x7c], &[0xe0, 0xf0, 0x7c]]);
    }
    check_set_2(&[('+', Key::LeftAlt), press[0], press[1]], &[&[0x11], &[0x84], &[0xf0, 0x84]]);
}

#[test]
fn pause_sends_make_and_break_at_once_and_nothing_on_release() {
    let press = [('+', Key::Pause), ('-', Key::Pause)];
    check_set_2(&press, &[&[0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77], &[]]);
    check_set_2(&[('+', Key::LeftCtrl), press[0], press[1]], &[&[0x14], &[0xe0, 0x7e, 0xe0, 0xf0, 0x7e], &[]]);
    let in_set_1: [&[u8]; 2] = [&[0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5], &[]];
    assert_eq!(strokes(&mut with_set(1), &press), in_set_1);
    let ctrl_break: [&[u8]; 2] = [&[0x1d], &[0xe0, 0x46, 0xe0, 0xc6]];
    assert_eq!(strokes(&mut with_set(1), &[('+', Key::LeftCtrl), press[0]]), ctrl_break);
}

#[test]
fn set_1_is_set_2_as_the_controller_translates_it() {
    for key in keys() {
        let moves = [('+', Key::LeftShift), ('+', key), ('-', key), ('-', Key::LeftShift)];
        let mut break_bit = 0;
        let mut translated = Vec::new();
        for code in strokes(&mut with_set(2), &moves).concat() {
            if code == 0xf0 {
                break_bit = 0x80;
            } else {
                translated.push(to_set_1(code) | std::mem::take(&mut break_bit));
            }
        }
        assert_eq!(strokes(&mut with_set(1), &moves).concat(), translated, "{key:?}");
    }
}

#[test]
fn every_key_leaves_no_key_down_in_set_1() {
    for key in keys() {
        let codes = strokes(&mut with_set(1), &[('+', key), ('-', key)]).concat();
        let mut down = Vec::new();
        let mut prefix = 0;
        for code in codes {
            if matches!(code, 0xe0 | 0xe1) {
                prefix = code;
                continue;
            }
            let name = (prefix, code & 0x7f);
            // The second code of Pause belongs to its E1h.
            prefix = if prefix == 0xe1 && code & 0x7f == 0x1d { 0xe1 } else { 0 };
            if code < 0x80 { down.push(name) } else { down.retain(|other| *other != name) }
        }
        assert!(down.is_empty(), "{key:?} leaves {down:x?}");
    }
}

#[test]
fn a_key_that_is_down_does_not_go_down_again() {
    check_set_2(&[('+', Key::A), ('+', Key::A), ('-', Key::A), ('-', Key::A)], &[&[0x1c], &[], &[0xf0, 0x1c], &[]]);
}

#[test]
fn letting_go_of_every_key_leaves_none_held_and_nothing_to_repeat() {
    let mut keyboard = with_set(2);
    strokes(&mut keyboard, &[('+', Key::LeftCtrl), ('+', Key::C)]);
    for key in [Key::C, Key::LeftCtrl] {
        keyboard.key(key, false, 0);
    }
    assert_eq!(take(&mut keyboard), [0xf0, 0x21, 0xf0, 0x14]);
    assert!(keys().all(|key| !keyboard.is_held(key)));
    assert_eq!(keyboard.next_event(), Tick::MAX);
}

// Typematic

/// Lets time pass and gives the times of repeats.
fn repeats(keyboard: &mut Keyboard, until: Tick) -> Vec<Tick> {
    let mut times = Vec::new();
    while keyboard.next_event() <= until {
        let at = keyboard.next_event();
        keyboard.run(at, false);
        if !take(keyboard).is_empty() {
            times.push(at / MS);
        }
    }
    times
}

#[test]
fn a_held_key_repeats_after_500_ms_at_10_9_a_second() {
    let mut keyboard = with_set(2);
    strokes(&mut keyboard, &[('+', Key::A)]);
    assert_eq!(repeats(&mut keyboard, 800 * MS), [500, 591, 683, 775]);
}

#[test]
fn delay_and_rate_can_be_programmed() {
    for (rate, first, second) in [(0x00, 250, 283), (0x7f, 1000, 1500), (0x20, 500, 533), (0x0d, 250, 358)] {
        let mut keyboard = with_set(2);
        assert_eq!(command(&mut keyboard, &[0xf3, rate]), [0xfa, 0xfa]);
        strokes(&mut keyboard, &[('+', Key::A)]);
        assert_eq!(repeats(&mut keyboard, 1500 * MS)[..2], [first, second], "{rate:02x}");
    }
}

#[test]
fn ten_minutes_of_repeats_are_exact() {
    // 30, 10.9 and 2 characters a second.
    for (rate, per_240) in [(0x20, 8), (0x2b, 22), (0x3f, 120)] {
        let mut keyboard = with_set(2);
        command(&mut keyboard, &[0xf3, rate]);
        strokes(&mut keyboard, &[('+', Key::A)]);
        let mut count = 0;
        while keyboard.next_event() < 600_500 * MS {
            assert_eq!(keyboard.next_event(), 500 * MS + (count * per_240 * TICKS_PER_SECOND).div_ceil(240));
            keyboard.run(keyboard.next_event(), false);
            take(&mut keyboard);
            count += 1;
        }
        assert_eq!(count, (600 * 240_u64).div_ceil(per_240), "{rate:02x}");
    }
}

#[test]
fn a_new_rate_counts_from_the_next_repeat_on() {
    let mut keyboard = with_set(2);
    strokes(&mut keyboard, &[('+', Key::A)]);
    keyboard.run(500 * MS, false);
    command(&mut keyboard, &[0xf3, 0x7f]);
    assert_eq!(repeats(&mut keyboard, 2000 * MS), [591, 1091, 1591]);
}

#[test]
fn only_the_last_key_repeats_and_its_release_ends_it() {
    let mut keyboard = with_set(2);
    strokes(&mut keyboard, &[('+', Key::A), ('+', Key::B)]);
    keyboard.run(500 * MS, false);
    assert_eq!(take(&mut keyboard), [0x32]);
    strokes(&mut keyboard, &[('-', Key::A)]);
    assert_ne!(keyboard.next_event(), Tick::MAX);
    strokes(&mut keyboard, &[('+', Key::A), ('-', Key::A)]);
    assert_eq!(keyboard.next_event(), Tick::MAX);
}

#[test]
fn a_repeat_has_the_prefix_but_no_fake_shift() {
    let mut keyboard = with_set(2);
    for (modifier, key, codes) in [
        (Key::LeftShift, Key::Up, &[0xe0, 0x75][..]),
        (Key::LeftShift, Key::PrintScreen, &[0xe0, 0x7c]),
        (Key::LeftAlt, Key::PrintScreen, &[0x84]),
    ] {
        strokes(&mut keyboard, &[('+', modifier), ('+', key)]);
        keyboard.run(500 * MS, false);
        assert_eq!(take(&mut keyboard), codes);
        strokes(&mut keyboard, &[('-', key), ('-', modifier)]);
    }
}

#[test]
fn pause_does_not_repeat() {
    let mut keyboard = with_set(2);
    strokes(&mut keyboard, &[('+', Key::A), ('+', Key::Pause)]);
    assert_eq!(keyboard.next_event(), Tick::MAX);
}

#[test]
fn a_key_does_not_repeat_into_the_buffer_while_the_clock_is_held() {
    let mut keyboard = with_set(2);
    keyboard.key(Key::A, true, 0);
    for _ in 0..100 {
        keyboard.run(keyboard.next_event(), true);
    }
    assert_eq!(take(&mut keyboard), [0x1c]);
}

#[test]
fn in_set_3_keys_repeat_and_break_as_programmed() {
    // (command, break code, repeats) for Escape (08h), which has neither.
    for (bytes, breaks, repeats) in [
        (&[0xf4][..], false, false),
        (&[0xf7], false, true),
        (&[0xf8], true, false),
        (&[0xf9], false, false),
        (&[0xfa], true, true),
        (&[0xfb, 0x08], false, true),
        (&[0xfc, 0x08], true, false),
        (&[0xfb, 0x08, 0xfd, 0x0e, 0x08], false, false),
    ] {
        let mut keyboard = with_set(3);
        assert_eq!(command(&mut keyboard, bytes), vec![0xfa; bytes.len()]);
        command(&mut keyboard, &[0xf4]);
        assert_eq!(strokes(&mut keyboard, &[('+', Key::Escape)]), [[0x08]]);
        assert_eq!(keyboard.next_event() != Tick::MAX, repeats, "{bytes:02x?}");
        let expected: &[u8] = if breaks { &[0xf0, 0x08] } else { &[] };
        assert_eq!(strokes(&mut keyboard, &[('-', Key::Escape)]), [expected], "{bytes:02x?}");
    }
}

// Buffer

#[test]
fn the_seventeenth_code_is_the_overrun_code() {
    for (set, overrun) in [(1, 0xff), (2, 0x00), (3, 0x00)] {
        let mut keyboard = with_set(set);
        for key in keys().skip(Key::Digit1 as usize).take(20) {
            keyboard.key(key, true, 0);
        }
        let codes = take(&mut keyboard);
        assert_eq!((codes.len(), codes[16]), (17, overrun), "set {set}");
        assert_eq!(strokes(&mut keyboard, &[('+', Key::Space)])[0].len(), 1);
    }
}

#[test]
fn a_sequence_that_does_not_fit_is_dropped_whole() {
    let mut keyboard = with_set(2);
    [Key::Pause, Key::A, Key::B, Key::C, Key::D].into_iter().for_each(|key| keyboard.key(key, true, 0));
    keyboard.key(Key::Pause, false, 0);
    keyboard.key(Key::Pause, true, 0);
    let codes = take(&mut keyboard);
    assert_eq!((codes.len(), codes[12]), (13, 0x00));
}

// Commands

#[test]
fn leds_follow_the_command() {
    let mut keyboard = with_set(2);
    assert_eq!(command(&mut keyboard, &[0xed, 0x05]), [0xfa, 0xfa]);
    assert_eq!(keyboard.leds(), 5);
    assert_eq!(command(&mut keyboard, &[0xed, 0x08]), [0xfa, 0xfe]);
    assert_eq!(keyboard.leds(), 5);
}

#[test]
fn a_command_in_place_of_a_parameter_is_obeyed() {
    let mut keyboard = with_set(2);
    assert_eq!(command(&mut keyboard, &[0xed, 0xee]), [0xfa, 0xee]);
    assert_eq!(command(&mut keyboard, &[0x05]), [0xfe]);
    assert_eq!(keyboard.leds(), 0);
}

#[test]
fn echo_identity_and_scan_set_can_be_asked_for() {
    let mut keyboard = with_set(2);
    assert_eq!(command(&mut keyboard, &[0xee]), [0xee]);
    assert_eq!(command(&mut keyboard, &[0xf2]), [0xfa, 0xab, 0x83]);
    for set in [1, 3, 2] {
        assert_eq!(command(&mut keyboard, &[0xf0, set]), [0xfa, 0xfa]);
        assert_eq!(command(&mut keyboard, &[0xf0, 0x00]), [0xfa, 0xfa, set]);
    }
    assert_eq!(command(&mut keyboard, &[0xf0, 0x04]), [0xfa, 0xfe]);
}

#[test]
fn what_is_no_command_asks_for_it_again() {
    for byte in (0..0xed).chain([0xef, 0xf1]) {
        assert_eq!(command(&mut with_set(2), &[byte]), [0xfe], "{byte:02x}");
    }
}

#[test]
fn the_last_byte_can_be_had_again() {
    let mut keyboard = with_set(2);
    strokes(&mut keyboard, &[('+', Key::A)]);
    assert_eq!(command(&mut keyboard, &[0xfe, 0xfe]), [0x1c, 0x1c]);
    assert_eq!(command(&mut keyboard, &[0x00, 0xfe]), [0xfe, 0x1c], "an FEh of its own does not count");
}

#[test]
fn disabled_scanning_sends_no_keys_until_enabled() {
    let mut keyboard = with_set(2);
    assert_eq!(command(&mut keyboard, &[0xf5]), [0xfa]);
    let silent: [&[u8]; 1] = [&[]];
    assert_eq!(strokes(&mut keyboard, &[('+', Key::A)]), silent);
    assert_eq!(keyboard.next_event(), Tick::MAX);
    assert_eq!(command(&mut keyboard, &[0xf4]), [0xfa]);
    assert_eq!(strokes(&mut keyboard, &[('-', Key::A)]), [[0xf0, 0x1c]]);
}

#[test]
fn defaults_bring_back_rate_and_set_and_keep_scanning() {
    let mut keyboard = with_set(1);
    command(&mut keyboard, &[0xf3, 0x00, 0xf6]);
    strokes(&mut keyboard, &[('+', Key::A)]);
    assert_eq!(keyboard.next_event(), 500 * MS);
    assert_eq!(strokes(&mut keyboard, &[('-', Key::A)]), [[0xf0, 0x1c]]);
}

#[test]
fn defaults_do_not_enable_scanning() {
    let mut keyboard = with_set(2);
    assert_eq!(command(&mut keyboard, &[0xf5, 0xf6]), [0xfa, 0xfa]);
    let silent: [&[u8]; 1] = [&[]];
    assert_eq!(strokes(&mut keyboard, &[('+', Key::A)]), silent);
}

#[test]
fn enabling_clears_what_waits() {
    let mut keyboard = with_set(2);
    keyboard.key(Key::A, true, 0);
    keyboard.receive(0xf4, 0);
    assert_eq!(take(&mut keyboard), [0xfa]);
    assert_eq!(keyboard.next_event(), Tick::MAX);
}

#[test]
fn replies_come_before_waiting_codes_but_not_into_a_sequence() {
    let mut keyboard = with_set(2);
    keyboard.key(Key::A, true, 0);
    keyboard.receive(0xee, 0);
    assert_eq!(take(&mut keyboard), [0xee, 0x1c]);
    keyboard.key(Key::Up, true, 0);
    assert_eq!(keyboard.take_byte(), Some(0xe0));
    keyboard.receive(0xee, 0);
    assert_eq!(take(&mut keyboard), [0x75, 0xee]);
}

#[test]
fn codes_wait_while_a_parameter_is_due() {
    let mut keyboard = with_set(2);
    keyboard.receive(0xed, 0);
    keyboard.key(Key::A, true, 0);
    assert_eq!(take(&mut keyboard), [0xfa]);
    keyboard.receive(0x00, 0);
    assert_eq!(take(&mut keyboard), [0xfa, 0x1c]);
}

#[test]
fn a_reset_acknowledges_tests_and_reports() {
    let mut keyboard = with_set(1);
    command(&mut keyboard, &[0xed, 0x07]);
    keyboard.receive(0xff, 10);
    assert_eq!(take(&mut keyboard), [0xfa]);
    assert_eq!(keyboard.leds(), 0);
    assert!(!keyboard.receive(0xf4, 20));
    keyboard.key(Key::A, true, 20);
    assert_eq!(keyboard.next_event(), 10 + 2 * MS);
    keyboard.run(keyboard.next_event(), false);
    assert_eq!(take(&mut keyboard), [0xaa]);
    assert_eq!(strokes(&mut keyboard, &[('-', Key::A)]), [[0xf0, 0x1c]]);
}

#[test]
fn after_power_on_the_passed_test_waits_to_be_reported() {
    let mut keyboard = with_set(1);
    keyboard.power_on();
    assert_eq!(take(&mut keyboard), [0xaa]);
    assert_eq!(strokes(&mut keyboard, &[('+', Key::A)]), [[0x1c]]);
}

#[test]
fn random_keys_commands_and_times_keep_the_state_valid() {
    let mut random = Random::new(2);
    let mut keyboard = Keyboard::default();
    let mut now = 0;
    for _ in 0..100_000 {
        match random.below(6) {
            0 => _ = keyboard.receive(random.byte() | if random.below(2) == 0 { 0xe8 } else { 0 }, now),
            1 | 2 => {
                let key = Key::from_code(random.below(Key::COUNT as u64) as u8).unwrap();
                keyboard.key(key, random.below(2) == 0, now);
            }
            3 => _ = keyboard.take_byte(),
            _ => {
                now += random.below(200 * MS);
                while keyboard.next_event() <= now {
                    keyboard.run(keyboard.next_event(), random.below(2) == 0);
                }
            }
        }
        assert_eq!(keyboard.check(), Ok(()));
    }
}
