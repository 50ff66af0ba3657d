//! `int32` and `page32`.

use super::mix;

const NUMBERS: usize = 4096;

/// The memory of `guests/lib/sorts.inc`.
struct Sorts {
    table: [u32; 256],
    numbers: Vec<i32>,
    random: u32,
}

impl Sorts {
    fn new() -> Sorts {
        let table = std::array::from_fn(|byte| {
            (0..8).fold(byte as u32, |crc, _| if crc & 1 != 0 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
        });
        Sorts { table, numbers: vec![0; NUMBERS], random: 0x1234_5678 }
    }

    fn pass(&mut self, sum: u32) -> u32 {
        for number in &mut self.numbers {
            self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *number = self.random as i32;
        }
        let bytes = self.numbers.iter().flat_map(|number| number.to_le_bytes());
        let crc = !bytes.fold(!0_u32, |crc, byte| crc >> 8 ^ self.table[usize::from(byte ^ crc as u8)]);
        for gap in [1093, 364, 121, 40, 13, 4, 1] {
            self.sort(gap);
        }
        self.rotations(sum, crc)
    }

    fn sort(&mut self, gap: usize) {
        let numbers = &mut self.numbers[..];
        for from in gap..numbers.len() {
            let number = numbers[from];
            let mut to = from;
            while to >= gap && numbers[to - gap] > number {
                numbers[to] = numbers[to - gap];
                to -= gap;
            }
            numbers[to] = number;
        }
    }

    fn rotations(&self, sum: u32, crc: u32) -> u32 {
        let (mut eax, mut ebx, mut edx) = (crc, self.numbers[1] as u32, self.numbers[NUMBERS / 2] as u32);
        for count in (1..=20_000_u32).rev() {
            eax = eax.wrapping_add(ebx);
            edx = edx.rotate_left(count & 31);
            ebx ^= edx;
            edx = edx.wrapping_sub(eax);
            ebx = ebx.rotate_right(7);
            eax = eax.wrapping_add(edx.wrapping_mul(2)).wrapping_add(0x13579);
            if ebx & count == 0 {
                eax = !eax;
            }
        }
        mix(mix(sum, eax), ebx ^ edx)
    }
}

/// `guests/int32.asm`.
#[must_use]
pub fn int32(rounds: u32) -> u32 {
    let mut sorts = Sorts::new();
    (0..rounds).fold(0, |sum, _| sorts.pass(sum))
}

const FRAMES: usize = 2048;
/// Doublewords of a page.
const PAGE: usize = 1024;

/// `guests/page32.asm`: the host's own paging is enough for the sorts, the walk goes through the guest's.
#[must_use]
pub fn page32(rounds: u32) -> u32 {
    let mut sorts = Sorts::new();
    let mut memory = vec![0_u32; FRAMES * PAGE];
    let spaces: [Vec<usize>; 2] =
        [(5, 3), (1237, 11)].map(|(step, first)| (0..4096).map(|page| (page * step + first) % FRAMES).collect());
    let (mut sum, mut place) = (0, 1_u32);
    for _ in 0..rounds {
        sum = sorts.pass(sum);
        let all = sorts.table.iter().copied().chain(sorts.numbers.iter().map(|number| *number as u32));
        for (at, value) in all.enumerate() {
            memory[spaces[0][at / PAGE] * PAGE + at % PAGE] = value;
        }
        for switch in (1..=40_usize).rev() {
            let frames = &spaces[usize::from(switch % 2 == 0)];
            for _ in 0..500 {
                let at = (place >> 2) as usize & 0x3f_ffff;
                let value = &mut memory[frames[at / PAGE] * PAGE + at % PAGE];
                *value = value.wrapping_add(place).rotate_left(9);
                place = place.wrapping_mul(1_103_515_245).wrapping_add(*value).wrapping_add(12_345);
            }
        }
        sum = mix(sum, place);
    }
    sum
}
