//! The hash covers everything: whatever is flipped, it changes.

use super::{DOTS, SECOND, machine};
use crate::{Machine, Model};
use beige_core::{InputEvent, Key, Visitor};
use beige_testkit::Random;

/// Flips one bit of the state, as a load that brings all the rest back as it was.
struct Flip {
    /// Fields to pass before the one to flip.
    pass: usize,
    /// The bit, counted from the field's first byte.
    bit: usize,
    section: &'static str,
    version: u16,
    /// The field that was reached: its section, id and bytes.
    reached: Option<(&'static str, u16, usize)>,
    is_refused: bool,
}

impl Flip {
    fn new(pass: usize, bit: usize) -> Flip {
        Flip { pass, bit, section: "", version: 0, reached: None, is_refused: false }
    }

    fn field(&mut self, id: u16, data: &mut [u8]) {
        if self.pass == 0 && self.reached.is_none() {
            self.reached = Some((self.section, id, data.len()));
            if let Some(byte) = data.get_mut(self.bit / 8) {
                *byte ^= 1 << (self.bit % 8);
            }
        }
        self.pass = self.pass.saturating_sub(1);
    }
}

impl Visitor for Flip {
    fn section(&mut self, name: &'static str, version: u16) {
        (self.section, self.version) = (name, version);
    }

    fn version(&self) -> u16 {
        self.version
    }

    fn is_loading(&self) -> bool {
        true
    }

    fn bytes(&mut self, id: u16, data: &mut [u8]) {
        self.field(id, data);
    }

    fn blob(&mut self, id: u16, data: &mut Vec<u8>, _max_bytes: usize) {
        self.field(id, data);
    }

    fn sparse(&mut self, id: u16, data: &mut [u8], _page_bytes: usize) {
        self.field(id, data);
    }

    fn fail(&mut self, _reason: &str) {
        self.is_refused |= self.reached.is_some();
    }
}

/// Flips one bit; the field it is in, and whether the machine refused it. `None` after the last field.
fn flip(machine: &mut Machine, pass: usize, bit: usize) -> Option<((&'static str, u16, usize), bool)> {
    let mut visitor = Flip::new(pass, bit);
    machine.visit(&mut visitor);
    visitor.reached.map(|reached| (reached, visitor.is_refused))
}

/// A machine in the middle of much: a boot, a held key, interrupts on their way.
fn busy_machine() -> Machine {
    let mut machine = machine(Model::I80386, DOTS);
    machine.run_until(SECOND / 2);
    machine.input(InputEvent::Key { key: Key::A, down: true });
    machine.run_until(SECOND / 2 + 1000);
    machine
}

#[test]
fn every_bit_of_every_field_changes_the_hash_or_is_refused() {
    let mut saved = busy_machine();
    let (state, hash) = (saved.save(), saved.hash());
    let mut victim = busy_machine();
    let mut fields = 0;
    let mut random = Random::new(11);
    while let Some(((_, _, bytes), _)) = flip(&mut victim, fields, usize::MAX) {
        // Every bit of small fields, some of large ones.
        let bits = bytes * 8;
        let chosen: Vec<usize> = match bits {
            0..=8 => (0..bits).collect(),
            _ => (0..4).map(|_| random.below(bits as u64) as usize).collect(),
        };
        for bit in chosen {
            let Some(((section, id, _), is_refused)) = flip(&mut victim, fields, bit) else {
                panic!("a field is gone")
            };
            let is_seen = is_refused || victim.hash() != hash;
            assert!(is_seen, "bit {bit} of field {id} of `{section}` leaves no trace in the hash");
            if is_refused {
                victim.restore(&state).unwrap();
            } else {
                flip(&mut victim, fields, bit);
            }
        }
        fields += 1;
    }
    assert!(fields > 300, "only {fields} fields");
    assert_eq!(victim.hash(), hash);
}

#[test]
fn another_configuration_has_another_hash() {
    let with = |change: &dyn Fn(&mut crate::Config)| {
        let mut config = super::config(Model::I80386);
        change(&mut config);
        Machine::new(config, super::disks(DOTS)).unwrap().hash()
    };
    let hash = with(&|_| {});
    assert_eq!(with(&|_| {}), hash);
    assert_ne!(with(&|config| config.bios[0x1_2345] ^= 1), hash);
    assert_ne!(with(&|config| config.vga_bios[0x1234] ^= 1), hash);
    assert_ne!(with(&|config| config.exit_port = Some(0xf4)), hash);
    assert_ne!(with(&|config| config.real_disk = true), hash);
}
