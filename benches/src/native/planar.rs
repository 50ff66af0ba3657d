//! `mode13` and `planar16`, on memory instead of a screen.

use super::{add_and_rotate, mix};

const WIDTH: usize = 320;
const HEIGHT: usize = 200;

/// `guests/mode13.asm`.
#[must_use]
pub fn mode13(rounds: u32) -> u32 {
    let wave: [u8; 256] = std::array::from_fn(|at| {
        let half = at as u16 & 0x7f;
        let value = ((half * (0x80 - half)) >> 5) as u8;
        if at & 0x80 == 0 { value } else { value.wrapping_neg() }
    });
    let mut screen = vec![0_u8; 0x1_0000];
    let mut sum = 0;
    for frame in 0..rounds as u16 {
        draw(&mut screen, &wave, frame);
        screen.copy_within(WIDTH..WIDTH * HEIGHT, 0);
        screen.copy_within(4..WIDTH * HEIGHT, 0);
        change(&mut screen, frame);
        let read = screen[..WIDTH * HEIGHT].iter().step_by(4);
        sum = mix(sum, read.fold(0, |sum, byte| add_and_rotate(sum, *byte)));
    }
    sum
}

fn draw(screen: &mut [u8], wave: &[u8; 256], frame: u16) {
    for (number, line) in screen.chunks_exact_mut(WIDTH).take(HEIGHT).enumerate() {
        let across = wave[usize::from((number as u16 * 2).wrapping_add(frame) & 0xff)];
        for (column, pixel) in line.iter_mut().enumerate() {
            let along = wave[usize::from(frame.wrapping_add(column as u16) & 0xff)];
            *pixel = along.wrapping_add(across).wrapping_add((WIDTH - column) as u8);
        }
    }
}

fn change(screen: &mut [u8], frame: u16) {
    let (mut at, mut value) = (frame, 0x35_u8);
    for _ in 0..20_000 {
        let pixel = &mut screen[usize::from(at)];
        *pixel ^= value;
        value = value.wrapping_add(*pixel);
        at = at.wrapping_add(3571);
    }
}

const LINE: usize = 80;
const BYTES: usize = LINE * 480;
const SPRITES: usize = 16_000;

/// Each of the four planes has all ones where the colour has its bit; a byte a plane.
fn expand(colour: u16) -> u32 {
    (0..4).filter(|plane| colour >> plane & 1 != 0).fold(0, |planes, plane| planes | 0xff << (plane * 8))
}

/// A byte in all planes.
fn all(byte: u8) -> u32 {
    u32::from(byte) * 0x0101_0101
}

fn next(seed: u16) -> u16 {
    seed.wrapping_mul(25_173).wrapping_add(13_849)
}

/// `guests/planar16.asm`. A doubleword has the byte of each plane.
#[must_use]
pub fn planar16(rounds: u32) -> u32 {
    let mut screen = vec![0_u32; BYTES];
    let (mut seed, mut sum) = (0x2a51_u16, 0);
    for _ in 0..rounds {
        let from = usize::from(seed & 0x3fff);
        screen[from..from + 8000].fill(expand(seed & 0xf));
        sprites(&mut screen, seed as u8);
        seed = dots(&mut screen, seed);
        seed = glyphs(&mut screen, seed);
        screen.copy_within(LINE * 8.., 0);
        sum = mix(sum, read(&screen));
    }
    sum
}

fn sprites(screen: &mut [u32], mut value: u8) {
    for plane in 0..4 {
        for planes in &mut screen[BYTES - SPRITES..] {
            *planes = *planes & !(0xff << (plane * 8)) | u32::from(value) << (plane * 8);
            value = value.wrapping_add(0x1d);
        }
    }
}

fn dots(screen: &mut [u32], mut seed: u16) -> u16 {
    for count in (1..=12_000_u16).rev() {
        if let Some(planes) = screen.get_mut(usize::from(seed >> 1)) {
            let mask = all(0x80 >> (count & 7));
            *planes = expand(seed >> 8 & 0xf) & mask | *planes & !mask;
        }
        seed = next(seed);
    }
    seed
}

fn glyphs(screen: &mut [u32], mut seed: u16) -> u16 {
    for count in (1..=900_u16).rev() {
        let colour = expand(count & 0xf);
        let mut bits = seed;
        for planes in screen[usize::from(seed & 0x7fff)..].iter_mut().step_by(LINE).take(8) {
            let mask = all(bits as u8);
            let value = if count & 1 != 0 { colour ^ *planes } else { colour };
            *planes = value & mask | *planes & !mask;
            bits = bits.rotate_left(3);
        }
        seed = next(seed);
    }
    seed
}

fn read(screen: &[u32]) -> u16 {
    let mut sum = 0;
    for plane in 0..4 {
        sum = screen.iter().step_by(4).fold(sum, |sum, planes| add_and_rotate(sum, (planes >> (plane * 8)) as u8));
    }
    let wrong = |planes: u32| (planes ^ expand(5)).to_le_bytes().into_iter().fold(0, |all, plane| all | plane);
    screen.iter().step_by(4).fold(sum, |sum, planes| add_and_rotate(sum, !wrong(*planes)))
}
