//! Which drives the BIOS tries to boot, in which order.

use beige_core::{Visitor, VisitorExt};
use std::fmt;

/// A drive that INT 19h can boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BootDrive {
    /// The first floppy drive.
    A,
    /// The second floppy drive.
    B,
    /// The first hard disk.
    C,
    /// The second hard disk.
    D,
}

impl BootDrive {
    const ALL: [BootDrive; 4] = [BootDrive::A, BootDrive::B, BootDrive::C, BootDrive::D];

    /// What a nibble of CMOS calls it. 1 to 4 are the codes of Bochs and QEMU (3 CD-ROM, 4 network); they have none
    /// for the second drive of a kind, so those are our own, which their BIOSes pass over.
    const fn nibble(self) -> u16 {
        match self {
            BootDrive::A => 1,
            BootDrive::C => 2,
            BootDrive::B => 5,
            BootDrive::D => 6,
        }
    }

    /// The drive of a letter, small or capital.
    #[must_use]
    pub fn from_letter(letter: &str) -> Option<BootDrive> {
        BootDrive::ALL.into_iter().find(|drive| drive.to_string().eq_ignore_ascii_case(letter))
    }
}

impl fmt::Display for BootDrive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BootDrive::A => "A",
            BootDrive::B => "B",
            BootDrive::C => "C",
            BootDrive::D => "D",
        })
    }
}

/// One to three drives, each once: what the CMOS layout of Bochs and QEMU has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BootOrder {
    drives: [Option<BootDrive>; BootOrder::MAX],
    menu: bool,
}

impl Default for BootOrder {
    /// Floppy A, then hard disk C.
    fn default() -> BootOrder {
        BootOrder { drives: [Some(BootDrive::A), Some(BootDrive::C), None], menu: false }
    }
}

impl BootOrder {
    /// The most drives in a list.
    pub const MAX: usize = 3;

    /// This order; `None` when there are too many, none, or one twice.
    #[must_use]
    pub fn new(drives: &[BootDrive]) -> Option<BootOrder> {
        let mut order = BootOrder { drives: [None; BootOrder::MAX], menu: false };
        let distinct = drives.iter().enumerate().all(|(at, drive)| !drives[..at].contains(drive));
        if drives.is_empty() || drives.len() > BootOrder::MAX || !distinct {
            return None;
        }
        for (slot, drive) in order.drives.iter_mut().zip(drives) {
            *slot = Some(*drive);
        }
        Some(order)
    }

    /// One drive first, then those that are tried by default.
    #[must_use]
    pub fn first(drive: BootDrive) -> BootOrder {
        let mut order = BootOrder { drives: [Some(drive), None, None], menu: false };
        let others = BootOrder::default().drives().filter(|other| *other != drive);
        for (slot, other) in order.drives[1..].iter_mut().zip(others) {
            *slot = Some(other);
        }
        order
    }

    /// The drives in their order.
    pub fn drives(&self) -> impl Iterator<Item = BootDrive> + use<> {
        self.drives.into_iter().flatten()
    }

    /// The same drives, with the menu first.
    #[must_use]
    pub fn with_menu(self) -> BootOrder {
        BootOrder { menu: true, ..self }
    }

    /// The order as CMOS has it: a nibble a drive, the first in the lowest one.
    pub(crate) fn nibbles(self) -> u16 {
        self.drives().enumerate().fold(0, |nibbles, (at, drive)| nibbles | drive.nibble() << (4 * at))
    }

    /// Whether the BIOS shows its menu before it tries the drives.
    pub(crate) fn shows_menu(self) -> bool {
        self.menu
    }

    fn from_nibbles(nibbles: u16) -> Option<BootOrder> {
        let used = (0..4).map(|at| nibbles >> (4 * at) & 15).take_while(|nibble| *nibble != 0);
        let drives: Option<Vec<BootDrive>> =
            used.map(|nibble| BootDrive::ALL.into_iter().find(|drive| drive.nibble() == nibble)).collect();
        BootOrder::new(&drives?).filter(|order| order.nibbles() == nibbles)
    }

    /// Saves, loads or hashes the order, in two fields.
    pub(crate) fn visit(&mut self, v: &mut dyn Visitor, [drives_id, menu_id]: [u16; 2]) {
        let mut nibbles = self.nibbles();
        let mut menu = self.menu;
        v.u16(drives_id, &mut nibbles);
        v.bool(menu_id, &mut menu);
        match BootOrder::from_nibbles(nibbles) {
            Some(order) => *self = BootOrder { menu, ..order },
            None => v.fail("the boot order is none"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_has_one_to_three_drives_each_once() {
        use BootDrive::{A, B, C, D};
        assert_eq!(BootOrder::new(&[]), None);
        assert_eq!(BootOrder::new(&[A, A]), None);
        assert_eq!(BootOrder::new(&[A, B, C, D]), None);
        assert_eq!(BootOrder::new(&[A, C]), Some(BootOrder::default()));
        assert_eq!(BootOrder::first(A), BootOrder::default());
        assert_eq!(BootOrder::first(C), BootOrder::new(&[C, A]).unwrap());
        assert_eq!(BootOrder::first(D), BootOrder::new(&[D, A, C]).unwrap());
    }

    #[test]
    fn cmos_nibbles_say_the_order_and_nothing_else_is_one() {
        let orders: Vec<u16> = (0..=u16::MAX).filter(|nibbles| BootOrder::from_nibbles(*nibbles).is_some()).collect();
        // 4 single drives, 12 pairs, 24 triples.
        assert_eq!(orders.len(), 40);
        for nibbles in orders {
            assert_eq!(BootOrder::from_nibbles(nibbles).unwrap().nibbles(), nibbles);
        }
        assert_eq!(BootOrder::default().nibbles(), 0x21);
    }
}
