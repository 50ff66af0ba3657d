//! The coprocessor on the board: who finds it, and how its errors become an interrupt.

use super::{Bios, SECOND, config};
use crate::tests::disks;
use crate::{Config, Machine, Model, Stopped};
use beige_cpu::{Bus, Width};

/// Divides 1 by 0 with that unmasked, and waits. INT 2 counts at 7E00h and clears the error; then AX is kept at 7E02h.
#[rustfmt::skip]
const DIVIDE: &[u8] = &[
    0xc7, 0x06, 0x08, 0x00, 0x30, 0x7c, // mov word [8], 7c30h: INT 2
    0xc7, 0x06, 0x0a, 0x00, 0x00, 0x00, // mov word [0ah], 0
    0xdb, 0xe3,                         // fninit
    0x9b, 0xd9, 0x2e, 0x3e, 0x7c,       // fldcw [7c3eh]
    0xe4, 0xa1, 0x24, 0xdf, 0xe6, 0xa1, // in al, 0a1h; and al, 0dfh; out 0a1h, al
    0xfb,                               // sti
    0xd9, 0xe8, 0xd9, 0xee,             // fld1; fldz
    0xde, 0xf9,                         // fdivp st1, st0
    0x9b,                               // wait
    0x90, 0x90,
    0xa3, 0x02, 0x7e,                   // mov [7e02h], ax
    0xfa, 0xf4,                         // cli; hlt
    0, 0, 0, 0, 0, 0, 0, 0,
    0xff, 0x06, 0x00, 0x7e,             // 7C30h: inc word [7e00h]
    0xdb, 0xe2,                         // fnclex
    0xb8, 0x34, 0x12,                   // mov ax, 1234h
    0xcf,                               // iret
    0, 0, 0, 0,
    0x7b, 0x03,                         // 7C3Eh: control word, zero divide unmasked
];

fn with_coprocessor(model: Model) -> Config {
    Config { coprocessor: true, ..config(model) }
}

#[test]
fn an_unmasked_error_becomes_irq_13_and_the_bios_hands_it_on_as_int_2() {
    assert_eq!((DIVIDE[0x30], DIVIDE[0x3e]), (0xff, 0x7b));
    for model in Model::ALL {
        let mut machine = Machine::new(with_coprocessor(model), disks(DIVIDE)).unwrap();
        assert_eq!(machine.run_until(5 * SECOND), Stopped::Halted, "{}", model.name());
        let mut kept = [0; 4];
        machine.peek_memory(0x7e00, &mut kept);
        assert_eq!(kept, [1, 0, 0x34, 0x12], "{}", model.name());
        assert!(!machine.board.chips.coprocessor.is_ignored(), "the error is gone");
    }
}

#[test]
fn cmos_and_the_bios_tell_of_it() {
    for model in Model::ALL {
        for coprocessor in [false, true] {
            if model > Model::I80486 && !coprocessor {
                continue;
            }
            let mut bios = Bios::boot(Config { coprocessor, ..config(model) });
            let equipment = bios.word(0x410);
            assert_eq!(equipment & 2 != 0, coprocessor, "{}", model.name());
            assert_eq!(bios.cmos(0x14) & 2 != 0, coprocessor, "{}", model.name());
        }
    }
}

#[test]
fn port_f1h_resets_a_coprocessor_that_is_a_chip_of_its_own() {
    // fninit; fld1; hlt
    let code = [0xdb, 0xe3, 0xd9, 0xe8, 0xfb, 0xf4, 0xeb, 0xfd];
    for model in [Model::I8086, Model::I80286, Model::I80386, Model::I80486] {
        let mut machine = Machine::new(with_coprocessor(model), disks(&code)).unwrap();
        machine.run_until(3 * SECOND);
        let before = *machine.cpu.fpu().unwrap();
        let at = machine.cpu.instructions();
        let Machine { board, mem, .. } = &mut machine;
        board.port_write(mem, 0xf1, Width::Byte, 0, at);
        machine.run_until(machine.now() + SECOND / 1000);
        let is_reset = *machine.cpu.fpu().unwrap() != before;
        assert_eq!(is_reset, model < Model::I80486, "{}", model.name());
    }
}
