//! CMOS byte 0Fh says how the BIOS goes on after a reset of the CPU, and 40:72 whether it starts warm.

use super::{BDA, Bios, INTERRUPTS, Regs, SECOND, STUB, bios, config};
use crate::Model;

const CODE: u16 = 0x9000;
const MARK: u32 = 0x9200;

/// Notes that it ran, AX, DS and SP, and stays.
#[rustfmt::skip]
const WITNESS: &[u8] = &[
    0x2e, 0xa3, 0x02, 0x92,             // mov [cs:9202h], ax
    0x2e, 0x8c, 0x1e, 0x04, 0x92,       // mov [cs:9204h], ds
    0x2e, 0x89, 0x26, 0x06, 0x92,       // mov [cs:9206h], sp
    0x2e, 0xc6, 0x06, 0x00, 0x92, 0x5a, // mov byte [cs:9200h], 5ah
    0xfa, 0xeb, 0xfe,                   // cli; jmp $
];

/// The two ways to reset the CPU.
const RESETS: [fn(&mut Bios); 2] = [
    |bios| bios.out(0x64, 0xfe),
    |bios| {
        bios.out(0x92, 0x00);
        bios.out(0x92, 0x01);
    },
];

/// A machine whose timer interrupt is in service for ever, with 40:67 on the witness.
fn in_service(model: Model) -> Bios {
    let mut bios = Bios::boot(config(model));
    bios.poke(u32::from(CODE), WITNESS);
    bios.poke(BDA + 0x67, &[CODE as u8, (CODE >> 8) as u8, 0, 0]);
    // jmp $ on the tick's hook, which runs before the end of interrupt
    bios.poke(0x9300, &[0xeb, 0xfe]);
    bios.poke(0x1c * 4, &[0x00, 0x93, 0, 0]);
    bios.run(SECOND / 10);
    assert_eq!(isr(&mut bios), 0x01);
    bios
}

fn isr(bios: &mut Bios) -> u8 {
    bios.out(0x20, 0x0b);
    bios.in_port(0x20)
}

#[test]
fn code_5_ends_interrupts_and_jumps() {
    for model in [Model::I8086, Model::I80486] {
        for reset in RESETS {
            let mut bios = in_service(model);
            bios.set_cmos(0x0f, 0x05);
            reset(&mut bios);
            bios.run(SECOND / 1000);
            assert_eq!(bios.byte(MARK), 0x5a, "{}", model.name());
            assert_eq!(isr(&mut bios), 0);
            assert_eq!(bios.cmos(0x0f), 0, "the code holds for one reset");
        }
    }
}

#[test]
fn code_0ah_jumps_and_leaves_interrupts_in_service() {
    for reset in RESETS {
        let mut bios = in_service(Model::I80286);
        bios.set_cmos(0x0f, 0x0a);
        reset(&mut bios);
        bios.run(SECOND / 1000);
        assert_eq!(bios.byte(MARK), 0x5a);
        assert_eq!(isr(&mut bios), 0x01);
    }
}

#[test]
fn code_9_returns_from_a_block_move() {
    for model in [Model::I8086, Model::I80286] {
        for reset in RESETS {
            let mut bios = in_service(model);
            // ES, DS, DI, SI, BP, SP, BX, DX, CX, AX, IP, CS, flags
            let words = [0x1111, 0x2222, 3, 4, 5, 6, 7, 8, 9, 0xaaaa, CODE, 0, INTERRUPTS];
            let stack: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            bios.poke(0x9100, &stack);
            bios.poke(BDA + 0x67, &[0x00, 0x91, 0, 0]);
            bios.set_cmos(0x0f, 0x09);
            reset(&mut bios);
            bios.run(SECOND / 1000);
            assert_eq!(bios.byte(MARK), 0x5a, "{}", model.name());
            assert_eq!([bios.word(MARK + 2), bios.word(MARK + 4), bios.word(MARK + 6)], [0xaaaa, 0x2222, 0x911a]);
        }
    }
}

/// IRET and RETF on the stack at 40:67.
#[test]
fn codes_0bh_and_0ch_return() {
    for (code, sp) in [(0x0b, 0x9106), (0x0c, 0x9104)] {
        for reset in RESETS {
            let mut bios = in_service(Model::I80286);
            let words = [CODE, 0, INTERRUPTS];
            bios.poke(0x9100, &words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>());
            bios.poke(BDA + 0x67, &[0x00, 0x91, 0, 0]);
            bios.set_cmos(0x0f, code);
            reset(&mut bios);
            bios.run(SECOND / 1000);
            assert_eq!((bios.byte(MARK), bios.word(MARK + 6)), (0x5a, sp), "{code:x}");
        }
    }
}

#[test]
fn code_4_boots_without_a_test() {
    for model in Model::ALL {
        for reset in RESETS {
            let mut bios = Bios::boot(config(model));
            bios.poke(0x7c00, &[0; 4]);
            bios.poke(BDA + 0x17, &[0x40]);
            bios.set_cmos(0x0f, 0x04);
            reset(&mut bios);
            bios.run(SECOND);
            assert_eq!((bios.word(0x7c00), bios.byte(BDA + 0x17)), (0xc031, 0x40), "{}", model.name());
            assert_eq!(bios.call(0x12, Regs::ax(0)).ax, 639);
        }
    }
}

#[test]
fn a_reset_of_the_cpu_leaves_the_a20_gate() {
    for open in [false, true] {
        for reset in RESETS {
            let mut bios = in_service(Model::I80286);
            bios.out(0x64, if open { 0xdf } else { 0xdd });
            bios.set_cmos(0x0f, 0x0a);
            reset(&mut bios);
            bios.run(SECOND / 1000);
            assert_eq!((bios.byte(MARK), bios.0.mem.a20()), (0x5a, open));
        }
    }
}

#[test]
fn other_codes_start_anew_and_a_warm_start_stays_marked() {
    for (code, flag) in [(0x00, 0x0000), (0x00, 0x1234), (0x0d, 0x1234)] {
        for reset in RESETS {
            let mut bios = in_service(Model::I80486);
            bios.poke(MARK, &[0x77]);
            bios.poke(0x7c00, &[0; STUB.len()]);
            bios.poke(BDA + 0x72, &[flag as u8, (flag >> 8) as u8]);
            bios.set_cmos(0x0f, code);
            reset(&mut bios);
            bios.run(3 * SECOND);
            assert_eq!(bios.bytes(0x7c00, STUB.len() - 0x40), &STUB[..STUB.len() - 0x40], "code {code} boots");
            assert_eq!((bios.byte(MARK), bios.word(BDA + 0x72)), (0x77, flag), "memory survives");
            // It works as after power-on.
            assert_eq!(bios.call(0x12, Regs::ax(0)).ax, 639);
        }
    }
}

#[test]
fn ctrl_alt_del_starts_warm() {
    use beige_core::{InputEvent, Key};
    let mut bios = bios();
    bios.poke(0x7c00, &[0; 4]);
    for key in [Key::LeftCtrl, Key::LeftAlt, Key::Delete] {
        bios.0.input(InputEvent::Key { key, down: true });
        bios.run(SECOND / 50);
    }
    bios.run(3 * SECOND);
    assert_eq!(bios.word(0x7c00), 0xc031);
    assert_eq!(bios.word(BDA + 0x72), 0x1234);
}
