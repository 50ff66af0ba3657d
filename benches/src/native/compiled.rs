//! `cbench`: what `guests/cbench/cbench.c` says, in Rust.

use super::mix;

const NODES: usize = 400;
const SIDE: usize = 20;
const TEXT: usize = 512;
const SCANS: usize = 12;

/// `guests/cbench.asm`.
#[must_use]
pub fn cbench(rounds: u32) -> u32 {
    let mut random = Random(0x123_4567);
    let mut sum = 0;
    for _ in 0..rounds {
        let mut crc = sum as u16;
        for _ in 0..2 {
            crc = lists(crc, &mut random);
            crc = matrices(crc, &mut random);
            crc = states(crc, &mut random);
        }
        sum = mix(sum, u32::from(crc) ^ random.0);
    }
    sum
}

struct Random(u32);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.0 >> 8
    }
}

fn crc16(crc: u16, value: u16) -> u16 {
    (0..16).fold(crc ^ value, |crc, _| if crc & 1 != 0 { crc >> 1 ^ 0xa001 } else { crc >> 1 })
}

#[derive(Clone, Copy, Default)]
struct Node {
    next: Option<u16>,
    value: i16,
    tag: u16,
}

type Nodes = [Node; NODES];
type Order = fn(&Node, &Node) -> bool;

fn lists(crc: u16, random: &mut Random) -> u16 {
    let mut nodes: Nodes = std::array::from_fn(|at| Node {
        next: (at + 1 < NODES).then_some(at as u16 + 1),
        value: random.next() as i16,
        tag: at as u16,
    });
    let sorted = sort(&mut nodes, Some(0), |a, b| a.value <= b.value);
    let mut crc = crc;
    for _ in 0..20 {
        crc = crc16(crc, find(&nodes, sorted, random.next() as i16));
    }
    let reversed = reverse(&mut nodes, sorted);
    let mut at = reversed;
    while let Some(node) = at {
        crc = crc16(crc, nodes[usize::from(node)].tag);
        at = nodes[usize::from(node)].next;
    }
    let first = sort(&mut nodes, reversed, |a, b| a.tag <= b.tag);
    crc16(crc, first.map_or(0, |first| nodes[usize::from(first)].value as u16))
}

fn reverse(nodes: &mut Nodes, mut list: Option<u16>) -> Option<u16> {
    let mut done = None;
    while let Some(node) = list {
        list = std::mem::replace(&mut nodes[usize::from(node)].next, done);
        done = Some(node);
    }
    done
}

/// Merge sort from the bottom up, by an order that is given as a pointer.
fn sort(nodes: &mut Nodes, mut list: Option<u16>, before: Order) -> Option<u16> {
    let mut run = 1;
    loop {
        let (mut from, mut last, mut merges) = (list.take(), None::<u16>, 0);
        while let Some(start) = from {
            merges += 1;
            let (mut a, mut b, mut a_left, mut b_left) = (Some(start), Some(start), 0, run);
            while let Some(at) = b
                && a_left < run
            {
                b = nodes[usize::from(at)].next;
                a_left += 1;
            }
            loop {
                let first = a.filter(|_| a_left > 0);
                let second = b.filter(|_| b_left > 0);
                let takes_first = match (first, second) {
                    (Some(a), Some(b)) => before(&nodes[usize::from(a)], &nodes[usize::from(b)]),
                    (first, _) => first.is_some(),
                };
                let Some(taken) = (if takes_first { first } else { second }) else { break };
                if takes_first {
                    (a, a_left) = (nodes[usize::from(taken)].next, a_left - 1);
                } else {
                    (b, b_left) = (nodes[usize::from(taken)].next, b_left - 1);
                }
                match last.replace(taken) {
                    Some(last) => nodes[usize::from(last)].next = Some(taken),
                    None => list = Some(taken),
                }
            }
            from = b;
        }
        if let Some(last) = last {
            nodes[usize::from(last)].next = None;
        }
        if merges <= 1 {
            return list;
        }
        run *= 2;
    }
}

fn find(nodes: &Nodes, mut list: Option<u16>, value: i16) -> u16 {
    let mut steps = 0;
    while let Some(node) = list.map(|at| nodes[usize::from(at)])
        && node.value < value
    {
        list = node.next;
        steps += 1;
    }
    steps
}

type Matrix = [[i32; SIDE]; SIDE];

fn matrices(crc: u16, random: &mut Random) -> u16 {
    let (mut left, mut right): (Matrix, Matrix) = ([[0; SIDE]; SIDE], [[0; SIDE]; SIDE]);
    for (left, right) in left.iter_mut().flatten().zip(right.iter_mut().flatten()) {
        *left = i32::from(random.next() as i16);
        *right = (random.next() & 0xff) as i32;
    }
    let product: Matrix = std::array::from_fn(|row| {
        std::array::from_fn(|column| (0..SIDE).map(|k| left[row][k] * right[k][column]).sum())
    });
    let (mut previous, mut sum) = (0, 0);
    for value in product.iter().flatten().map(|value| value >> 3) {
        sum += if value > previous { 10 } else { value & 7 };
        previous = value;
    }
    crc16(crc16(crc, sum as u16), (product[3][5] ^ product[7][1] >> 16) as u16)
}

#[derive(Clone, Copy)]
enum State {
    Begin,
    Sign,
    Integer,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    Scientific,
    Invalid,
}

const STATES: usize = 9;
const WORDS: [&[u8]; 8] = [b"5012,", b"-874.", b"+122,", b"35.54,", b"-110.7e+4,", b"6.5e-9x,", b"T0.3e-1F,", b"0x1a,"];

impl State {
    fn after(self, byte: u8) -> State {
        let is_digit = byte.is_ascii_digit();
        match (self, byte) {
            (State::Begin, b'+' | b'-') => State::Sign,
            (State::Begin | State::Sign | State::Integer, b'.') => State::Point,
            (State::Begin | State::Sign | State::Integer, _) if is_digit => State::Integer,
            (State::Point | State::Fraction, b'e' | b'E') => State::Exponent,
            (State::Point | State::Fraction, _) if is_digit => State::Fraction,
            (State::Exponent, b'+' | b'-') => State::ExponentSign,
            (State::Exponent | State::ExponentSign | State::Scientific, _) if is_digit => State::Scientific,
            _ => State::Invalid,
        }
    }
}

fn states(mut crc: u16, random: &mut Random) -> u16 {
    let mut entered = [0_u32; STATES];
    let mut text = text(random);
    for pass in 0..SCANS {
        let mut state = State::Begin;
        for byte in &text {
            if *byte == b',' {
                state = State::Begin;
            } else {
                state = state.after(*byte);
                entered[state as usize] += 1;
            }
        }
        for byte in text.iter_mut().skip(pass).step_by(37).filter(|byte| **byte != b',') {
            *byte ^= 1 + pass as u8 % 3;
        }
    }
    for count in entered {
        crc = crc16(crc, count as u16);
    }
    crc
}

fn text(random: &mut Random) -> Vec<u8> {
    let mut text = Vec::with_capacity(TEXT);
    loop {
        let word = WORDS[random.next() as usize & 7];
        if text.len() + word.len() > TEXT {
            return text;
        }
        text.extend_from_slice(word);
    }
}
