//! What the speaker plays, in a file.

use crate::ports::Guest;
use beige_tests::assert_exit;
use std::time::Duration;

/// A tone of 1193182 / 1193 Hz for a second, then silence for half of one, then CLI; HLT.
const TONE: &[u8] = &[
    0xb0, 0xb6, 0xe6, 0x43, // mov al, 0b6h; out 43h, al
    0xb8, 0xa9, 0x04, // mov ax, 1193
    0xe6, 0x42, 0x88, 0xe0, 0xe6, 0x42, // out 42h, al; mov al, ah; out 42h, al
    0xb0, 0x03, 0xe6, 0x61, // mov al, 3; out 61h, al
    0xb8, 0x00, 0x86, 0xb9, 0x0f, 0x00, 0xba, 0x40, 0x42, 0xcd, 0x15, // int 15h, AH = 86h: 1,000,000 us
    0x30, 0xc0, 0xe6, 0x61, // xor al, al; out 61h, al
    0xb8, 0x00, 0x86, 0xb9, 0x07, 0x00, 0xba, 0x20, 0xa1, 0xcd, 0x15, // int 15h, AH = 86h: 500,000 us
    0xfa, 0xf4,
];

const RATE: f64 = 48_000.0;

/// Where the samples pass from below zero to above, to a fraction of a sample.
fn rising_crossings(samples: &[i16]) -> Vec<f64> {
    let pairs = samples.windows(2).enumerate();
    let rises = pairs.filter(|(_, pair)| pair[0] < 0 && pair[1] >= 0);
    rises.map(|(at, pair)| at as f64 + f64::from(-pair[0]) / f64::from(pair[1] - pair[0])).collect()
}

fn samples(path: &std::path::Path) -> Vec<i16> {
    let mut reader = hound::WavReader::open(path).expect("a sound file");
    let spec = reader.spec();
    assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (1, 48_000, 16));
    reader.samples().map(|sample| sample.expect("a sample")).collect()
}

#[test]
fn a_tone_has_its_pitch_its_length_and_silence_about_it() {
    let guest = Guest::new(TONE);
    let file = guest.path("tone.wav");
    let output = guest.run(&["--wav", file.to_str().expect("plain"), "--json"]);
    assert_exit(&output, 0);
    let samples = samples(&file);
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).expect("an object");
    let seconds = object["guest_seconds"].as_f64().expect("a number");
    assert!((samples.len() as f64 - seconds * RATE).abs() <= 1.0, "{} samples of {seconds} s", samples.len());

    // Above zero: after the tone the mean swings back from below.
    let is_loud = |sample: &i16| *sample > 2_000;
    let start = samples.iter().position(is_loud).expect("a tone");
    let end = samples.iter().rposition(is_loud).expect("a tone");
    assert!(((end - start) as f64 / RATE - 1.0).abs() < 0.01, "from {start} to {end}");
    assert!(samples[..start].iter().all(|sample| sample.unsigned_abs() < 100));
    assert!(samples.len() - end > 20_000 && samples[end + 15_000..].iter().all(|sample| sample.unsigned_abs() < 100));

    // The mean settles within the first tenth of a second.
    let crossings = rising_crossings(&samples[start + 4_800..end]);
    let period = RATE * 1193.0 / (315e6 / 264.0);
    assert!((890..=905).contains(&crossings.len()), "{} crossings", crossings.len());
    for (number, crossing) in crossings.iter().enumerate() {
        let expected = crossings[0] + number as f64 * period;
        assert!((crossing - expected).abs() <= 1.0, "crossing {number} at {crossing}, not {expected}");
    }
}

#[test]
fn who_listens_changes_nothing() {
    let guest = Guest::new(TONE);
    let file = guest.path("tone.wav");
    let silent = guest.run(&["--hash"]);
    let heard = guest.run(&["--hash", "--wav", file.to_str().expect("plain")]);
    assert_exit(&heard, 0);
    assert!(silent.stdout == heard.stdout && silent.stdout.len() == 65);
}

#[test]
fn the_sound_of_a_run_that_is_killed_can_be_heard() {
    // The tone, for ever.
    let guest = Guest::new(&[&TONE[..17], &[0xeb, 0xfe]].concat());
    let file = guest.path("tone.wav");
    let mut run = guest.start_silently(&["--wav", file.to_str().expect("plain"), "--limit", "10h"]);
    let is_long = || std::fs::metadata(&file).is_ok_and(|metadata| metadata.len() > 300_000);
    for _ in 0..6_000 {
        if is_long() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    run.kill();
    let samples = samples(&file);
    assert!(samples.len() >= 48_000 && rising_crossings(&samples).len() > 500);
}
