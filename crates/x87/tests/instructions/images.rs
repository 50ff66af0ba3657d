//! Environment and state in their four layouts.

use crate::{C2, MASKED, UNMASKED, Unit, two};
use beige_x87::{Context, F80, Generation, Layout};

/// A unit that has just run FADD of a short real, with known pointers.
fn unit(layout: Layout) -> Unit {
    let mut unit = Unit::with(Generation::I80387, MASKED, &[F80::ONE, two(), F80::ZERO]);
    unit.context = Context { fip: 0x1_2345, fcs: 0x4321, fdp: 0x2_abcd, fds: 0x0765, flags: 0, layout };
    unit.read(0xd8, 0x05, &[0, 0, 0x80, 0x3f]);
    unit
}

fn words(bytes: &[u8]) -> Vec<u16> {
    bytes.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect()
}

#[test]
fn the_environment_of_16_bits_holds_selectors_or_linear_addresses() {
    // D8 05: the opcode is 005h. 4321h:12345h is linear 55555h, 0765h:2ABCDh is 3221Dh.
    let image = unit(Layout::Real16).write::<14>(0xd9, 0x35).unwrap();
    assert_eq!(words(&image), [MASKED, 5 << 11, 0x43ff & !0x3c00, 0x5555, 0x5005, 0x221d, 0x3000]);
    let image = unit(Layout::Protected16).write::<14>(0xd9, 0x35).unwrap();
    assert_eq!(words(&image)[3..], [0x2345, 0x4321, 0xabcd, 0x0765]);
}

#[test]
fn the_environment_of_32_bits_holds_selectors_or_linear_addresses() {
    let image = unit(Layout::Protected32).write::<28>(0xd9, 0x35).unwrap();
    let tags = 0x43ff & !0x3c00;
    let head = [MASKED, 0xffff, 5 << 11, 0xffff, tags, 0xffff];
    assert_eq!(words(&image)[..6], head);
    assert_eq!(words(&image)[6..], [0x2345, 1, 0x4321, 0x0005, 0xabcd, 2, 0x0765, 0xffff]);
    let image = unit(Layout::Real32).write::<28>(0xd9, 0x35).unwrap();
    assert_eq!(words(&image)[..6], head);
    assert_eq!(words(&image)[6..], [0x5555, 0xffff, 0x5005, 0, 0x221d, 0xffff, 0x3000, 0]);
}

#[test]
fn storing_the_environment_masks_all_exceptions() {
    let mut unit = Unit::with(Generation::I80387, UNMASKED, &[]);
    let image = unit.write::<14>(0xd9, 0x35).unwrap();
    assert_eq!(words(&image)[0], UNMASKED);
    assert_eq!(unit.fpu.control(), UNMASKED | 0x3f);
}

#[test]
fn a_state_comes_back_from_every_layout() {
    for layout in [Layout::Real16, Layout::Protected16, Layout::Real32, Layout::Protected32] {
        let mut before = unit(layout);
        before.run(0xd9, 0xe5);
        assert_eq!(before.flags(), C2);
        let kept = before.fpu;
        let (length, image) = match layout {
            Layout::Real16 | Layout::Protected16 => (94, before.write::<94>(0xdd, 0x35).unwrap().to_vec()),
            _ => (108, before.write::<108>(0xdd, 0x35).unwrap().to_vec()),
        };
        assert_eq!((before.fpu.status(), before.fpu.tags()), (0, 0xffff), "FNSAVE initializes");
        let mut after = Unit::new(Generation::I80387);
        after.context.layout = layout;
        after.read(0xdd, 0x25, &image);
        assert_eq!((after.fpu.status(), after.fpu.tags()), (kept.status(), kept.tags()));
        for place in 0..8 {
            assert_eq!(after.fpu.stack(place), kept.stack(place));
        }
        let mut again = vec![0; length];
        assert!(after.fpu.store(beige_x87::Escape::new(0xdd, 0x35), &after.context, &mut again));
        assert_eq!(again, image, "{layout:?}");
    }
}

#[test]
fn instructions_of_control_leave_the_pointers_alone() {
    let mut unit = unit(Layout::Protected32);
    let before = unit.write::<28>(0xd9, 0x35).unwrap();
    unit.context.fip = 0x9999;
    unit.context.fdp = 0x8888;
    unit.read(0xd9, 0x2d, &MASKED.to_le_bytes());
    unit.write::<2>(0xdd, 0x3d);
    unit.run(0xdb, 0xe2);
    unit.run(0xdf, 0xe0);
    assert_eq!(unit.write::<28>(0xd9, 0x35).unwrap(), before);
    // An instruction without memory moves the pointer to itself, not that to data.
    unit.run(0xd9, 0xe0);
    let after = words(&unit.write::<28>(0xd9, 0x35).unwrap());
    assert_eq!(after[6..], [0x9999, 0, 0x4321, 0x01e0, 0xabcd, 2, 0x0765, 0xffff]);
}
