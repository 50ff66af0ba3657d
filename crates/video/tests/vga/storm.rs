//! Random accesses in random register states, compared with a model that follows the manual plane by plane and bit by
//! bit. Where the chip says that the CPU's window is plain memory, the accesses pass by the chip, as the board has it.

use crate::modes::MODE_12;
use crate::rig::{GRAPHICS, Rig, SEQUENCER};
use beige_core::Device;
use beige_testkit::Random;
use beige_video::{VRAM_BYTES, vram_index};

const ACCESSES: u32 = 1_000_000;
/// Accesses between two changes of the registers.
const STATE_ACCESSES: u32 = 40;

/// The planes and the registers that matter to the CPU.
struct Model {
    planes: [Vec<u8>; 4],
    latches: [u8; 4],
    map_mask: u8,
    memory_mode: u8,
    graphics: [u8; 9],
}

fn bit(value: u8, number: usize) -> bool {
    value >> number & 1 != 0
}

impl Model {
    /// Offset in the planes and, of the CPU address, what selects planes; `None` outside the window.
    fn place(&self, address: u32) -> Option<(usize, usize)> {
        let (first, last) = match self.graphics[6] >> 2 & 3 {
            0 => (0xa_0000, 0xb_ffff),
            1 => (0xa_0000, 0xa_ffff),
            2 => (0xb_0000, 0xb_7fff),
            _ => (0xb_8000, 0xb_ffff),
        };
        if !(first..=last).contains(&address) {
            return None;
        }
        let within = (address - first) as usize;
        let offset = if bit(self.memory_mode, 3) {
            within & 0xfffc
        } else if bit(self.graphics[6], 1) {
            within & 0xfffe | within >> 16
        } else {
            within & 0xffff
        };
        Some((offset, within & 3))
    }

    /// Whether a byte goes in and out of its place in chain 4 as it is, by the words of the manual.
    fn is_plain(&self) -> bool {
        let [_, enable_set_reset, _, rotate_and_function, _, mode, _, _, bit_mask] = self.graphics;
        let chained = bit(self.memory_mode, 3) && self.map_mask & 0x0f == 0x0f;
        let unchanged = enable_set_reset & 0x0f == 0 && rotate_and_function & 0x1f == 0 && bit_mask == 0xff;
        chained && unchanged && mode & 0x0b == 0
    }

    fn read(&mut self, address: u32) -> u8 {
        let Some((offset, low)) = self.place(address) else { return 0xff };
        self.latches = std::array::from_fn(|plane| self.planes[plane][offset]);
        if bit(self.graphics[5], 3) {
            let same = |dot: usize| {
                (0..4).all(|plane| {
                    !bit(self.graphics[7], plane) || bit(self.latches[plane], dot) == bit(self.graphics[2], plane)
                })
            };
            return (0..8).map(|dot| u8::from(same(dot)) << dot).sum();
        }
        let map = usize::from(self.graphics[4] & 3);
        let plane = if bit(self.memory_mode, 3) {
            low
        } else if bit(self.graphics[5], 4) {
            map & 2 | low & 1
        } else {
            map
        };
        self.latches[plane]
    }

    fn write(&mut self, address: u32, value: u8) {
        let Some((offset, low)) = self.place(address) else { return };
        for plane in 0..4 {
            let by_address =
                if bit(self.memory_mode, 3) { plane == low } else { bit(self.memory_mode, 2) || plane & 1 == low & 1 };
            if by_address && bit(self.map_mask, plane) {
                self.planes[plane][offset] = (0..8).map(|dot| u8::from(self.written(plane, dot, value)) << dot).sum();
            }
        }
    }

    fn written(&self, plane: usize, dot: usize, value: u8) -> bool {
        let latch = bit(self.latches[plane], dot);
        let rotated = bit(value, (dot + usize::from(self.graphics[3] & 7)) % 8);
        let set_reset = bit(self.graphics[0], plane);
        let masked = bit(self.graphics[8], dot);
        let (data, masked) = match self.graphics[5] & 3 {
            0 if bit(self.graphics[1], plane) => (set_reset, masked),
            0 => (rotated, masked),
            1 => return latch,
            2 => (bit(value, plane), masked),
            _ => (set_reset, masked && rotated),
        };
        if !masked {
            return latch;
        }
        match self.graphics[3] >> 3 & 3 {
            0 => data,
            1 => data && latch,
            2 => data || latch,
            _ => data != latch,
        }
    }
}

/// A random state of the registers, in chip and model; every second time one in which most registers are as chain 4
/// without anything else has them.
fn shuffle(rig: &mut Rig, model: &mut Model, random: &mut Random) {
    let is_near_plain = random.below(2) == 0;
    let mut value = |plain: u8| {
        let value = random.byte();
        if is_near_plain && random.below(16) != 0 { plain } else { value }
    };
    for (index, plain) in (0..).zip([0x05, 0x00, 0x00, 0x00, 0x02, 0x40, 0x05, 0x0f, 0xff]) {
        let value = if index == 6 && is_near_plain { value(0) << 2 } else { value(plain) };
        rig.set(GRAPHICS, index, value);
        model.graphics[usize::from(index)] = value;
    }
    (model.map_mask, model.memory_mode) = (value(0x0f), value(0x0e));
    rig.set(SEQUENCER, 0x02, model.map_mask);
    rig.set(SEQUENCER, 0x04, model.memory_mode);
}

/// Reads where the window is, so that the latches of both hold the same.
fn load_latches(rig: &mut Rig, model: &mut Model) {
    for address in [0xa_0000, 0xb_0000, 0xb_8000] {
        assert_eq!(rig.peek(address), model.read(address));
    }
}

/// The byte of video memory that stands at an address of the plain window, if there is such a window.
fn plain_place(rig: &Rig, address: u32) -> Option<usize> {
    let window = rig.vga.plain_window()?;
    let at = (address - 0xa_0000).checked_sub(window.first).filter(|at| *at < window.bytes)?;
    Some(at as usize & 0xffff)
}

#[test]
fn a_million_accesses_in_random_states_agree_with_the_manual() {
    let mut rig = Rig::in_mode(&MODE_12);
    let mut random = Random::new(11);
    let planes = std::array::from_fn(|_| vec![0; VRAM_BYTES / 4]);
    let mut model = Model { planes, latches: [0; 4], map_mask: 0, memory_mode: 0, graphics: [0; 9] };
    let mut plain_accesses = 0;
    for number in 0..ACCESSES {
        if number % STATE_ACCESSES == 0 {
            shuffle(&mut rig, &mut model, &mut random);
            load_latches(&mut rig, &mut model);
            assert_eq!(rig.vga.plain_window().is_some(), model.is_plain(), "access {number}: {:02x?}", model.graphics);
        }
        // Few enough places that what is read was written.
        let address = 0xa_0000 + (random.below(0x2_0000) as u32 & 0x1_e01f);
        let plain = plain_place(&rig, address);
        plain_accesses += u32::from(plain.is_some());
        if random.below(2) == 0 {
            let value = random.byte();
            match plain {
                Some(at) => rig.vram[at] = value,
                None => rig.poke(address, value),
            }
            model.write(address, value);
        } else if let Some(at) = plain {
            assert_eq!(rig.vram[at], model.read(address), "access {number} at {address:05x}");
        } else {
            assert_eq!(rig.peek(address), model.read(address), "access {number} at {address:05x}");
        }
    }
    assert!(plain_accesses > ACCESSES / 100, "{plain_accesses} accesses to plain memory");
    assert_eq!(rig.vga.check(), Ok(()));
    for (plane, bytes) in (0..).zip(&model.planes) {
        let same = (0..=u16::MAX).all(|offset| rig.vram[vram_index(offset, plane)] == bytes[usize::from(offset)]);
        assert!(same, "plane {plane}");
    }
}
