//! INT 15h above 1 MiB: what it tells of memory. The moves themselves are tried by a guest of the system tests.

use super::{Bios, Regs, SECOND, config};
use crate::tests::{disks, machine};
use crate::{Config, Machine, Model, Stopped};

/// Puts the entries of INT 15h E820h to 8000h and halts with DI behind the last one.
#[rustfmt::skip]
const MAP: &[u8] = &[
    0x66, 0x31, 0xdb,                   // xor ebx, ebx
    0xbf, 0x00, 0x80,                   // mov di, 8000h
    0x66, 0xb8, 0x20, 0xe8, 0x00, 0x00, // again: mov eax, 0e820h
    0x66, 0xba, 0x50, 0x41, 0x4d, 0x53, // mov edx, "SMAP"
    0x66, 0xb9, 0x14, 0x00, 0x00, 0x00, // mov ecx, 20
    0xcd, 0x15, 0x72, 0x08,             // int 15h; jc done
    0x83, 0xc7, 0x14,                   // add di, 20
    0x66, 0x85, 0xdb, 0x75, 0xe2,       // test ebx, ebx; jnz again
    0xfa, 0xf4,                         // done: cli; hlt
];

/// First byte, bytes and type of each entry.
fn map(memory_kib: u32) -> Vec<(u64, u64, u32)> {
    let config = Config { memory_kib, ..config(Model::I80386) };
    let mut machine = Machine::new(config, disks(MAP)).unwrap();
    assert_eq!(machine.run_until(3 * SECOND), Stopped::Halted);
    let end = machine.cpu.real_mode_state().edi & 0xffff;
    let mut bytes = vec![0; (end - 0x8000) as usize];
    machine.peek_memory(0x8000, &mut bytes);
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    bytes.chunks(20).map(|entry| (number(&entry[..8]), number(&entry[8..16]), number(&entry[16..]) as u32)).collect()
}

const LOW: [(u64, u64, u32); 3] = [(0, 0x9_fc00, 1), (0x9_fc00, 0x400, 2), (0xe_0000, 0x2_0000, 2)];
const TOP: (u64, u64, u32) = (0xfffe_0000, 0x2_0000, 2);

#[test]
fn the_map_is_that_of_the_machine() {
    for kib in [640, 1024] {
        assert_eq!(map(kib), [&LOW[..], &[TOP]].concat(), "{kib}");
    }
    for kib in [1025, 2048, 4096, 16_384, 17_001, 65_536 - 1024, 65_536, 65_600, 131_072, 3 << 20] {
        let above = (0x10_0000, u64::from(kib - 1024) << 10, 1);
        assert_eq!(map(kib), [&LOW[..], &[above, TOP]].concat(), "{kib}");
    }
}

#[test]
fn a_bad_entry_number_or_signature_or_buffer_is_refused() {
    for (at, byte) in [(2, 0xd9), (15, 0), (20, 19)] {
        let mut code = MAP.to_vec();
        if at == 2 {
            // mov bl, 5; the two bytes before and the third of the XOR are two instructions then
            code[..3].copy_from_slice(&[0xb3, 0x05, 0x90]);
        } else {
            code[at] = byte;
        }
        let mut machine = machine(Model::I80386, &code);
        assert_eq!(machine.run_until(3 * SECOND), Stopped::Halted);
        assert_eq!(machine.cpu.real_mode_state().edi & 0xffff, 0x8000, "{at}");
    }
}

#[test]
fn sizes_are_told_in_16_bits() {
    // Memory, 88h, AX and BX of E801h.
    let cases = [
        (Model::I80286, 1024, 0, 0, 0),
        (Model::I80286, 4096, 3072, 3072, 0),
        (Model::I80286, 16_384, 15_360, 15_360, 0),
        (Model::I80386, 2048, 1024, 1024, 0),
        (Model::I80486, 16_384, 15_360, 15_360, 0),
        (Model::I80486, 32_768, 31_744, 15_360, 256),
        (Model::I80486, 65_536, 64_512, 15_360, 768),
        (Model::I80486, 131_072, 64_512, 15_360, 1792),
    ];
    for (model, memory_kib, extended, below, above) in cases {
        let mut bios = Bios::boot(Config { memory_kib, ..config(model) });
        let plain = bios.call(0x15, Regs::ax(0x8800));
        assert_eq!((plain.ax, plain.carry()), (extended, false), "{memory_kib}");
        let split = bios.call(0x15, Regs::ax(0xe801));
        assert_eq!((split.ax, split.bx, split.cx, split.dx), (below, above, below, above), "{memory_kib}");
        assert!(!split.carry());
    }
    for model in [Model::I8086, Model::I80186] {
        let mut bios = Bios::boot(config(model));
        assert_eq!(bios.call(0x15, Regs::ax(0x8800)).ax, 0);
        for ax in [0x8700, 0x8900, 0xe801, 0xe820, 0x2400] {
            assert_eq!(bios.call(0x15, Regs::ax(ax)).status(), 0x86, "{ax:04x}");
        }
    }
}

#[test]
fn the_a20_gate_is_told_as_it_is_whoever_moved_it() {
    for model in [Model::I80286, Model::I80486] {
        let mut bios = Bios::boot(Config { memory_kib: 2048, ..config(model) });
        let state = |bios: &mut Bios| bios.call(0x15, Regs::ax(0x2402)).al();
        assert_eq!(state(&mut bios), 0);
        for (port, open, close) in [(0x64, 0xdf, 0xdd), (0x92, 2, 0)] {
            bios.out(port, open);
            assert_eq!(state(&mut bios), 1);
            assert_eq!(bios.call(0x15, Regs::ax(0x2400)).status(), 0);
            assert_eq!((state(&mut bios), bios.0.mem.a20()), (0, false));
            assert_eq!(bios.call(0x15, Regs::ax(0x2401)).status(), 0);
            assert_eq!((state(&mut bios), bios.0.mem.a20()), (1, true));
            bios.out(port, close);
            assert_eq!(bios.call(0x15, Regs::ax(0x2400)).status(), 0);
        }
        assert_eq!(bios.call(0x15, Regs::ax(0x2403)).bx, 3);
        assert_eq!(bios.call(0x15, Regs::ax(0x2404)).status(), 0x86);
    }
}
