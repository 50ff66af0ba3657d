//! A guest that does anything at all to the board.

use super::{DOTS, SECOND, machine};
use crate::storm::Storm;
use crate::{Machine, Model, Stopped};
use beige_cpu::{Bus, Width};
use beige_testkit::Random;

#[test]
fn random_accesses_to_the_whole_board_keep_its_state_valid() {
    let (mut random, mut storm) = (Random::new(1), Storm::default());
    let mut machine = machine(Model::I80486, DOTS);
    for number in 0..500_000 {
        storm.strike(&mut machine, &mut || random.next_u64());
        if number % 256 == 0 {
            assert_eq!(machine.check(), Ok(()), "after {number} accesses");
        }
    }
    assert_eq!(machine.check(), Ok(()));
}

#[test]
fn dma_that_nobody_asks_for_moves_one_byte_an_access() {
    let mut machine = machine(Model::I80486, DOTS);
    let Machine { board, mem, .. } = &mut machine;
    let mut out = |port, value| board.port_write(mem, port, Width::Byte, value, 0);
    // The cascade open; channel 1 from memory, one transfer at a time, all request lines inverted.
    for (port, value) in [(0xd6, 0xc0), (0xd4, 0x00), (0x0f, 0x0d), (0x0b, 0x49), (0x03, 0xff), (0x03, 0xff)] {
        out(port, value);
    }
    out(0x08, 0x40);
    for _ in 0..9 {
        out(0x80, 0);
    }
    let (low, high) = (board.port_read(mem, 2, Width::Byte, 0), board.port_read(mem, 2, Width::Byte, 0));
    assert_eq!((low, high), (10, 0));
}

/// A million times: a byte, a word or an exchange at a random address from A0000h on, and once in eight times a random
/// register of sequencer or graphics controller before it. The steps of `random` are those of a linear congruence.
#[rustfmt::skip]
const VIDEO_AND_ROM_STORM: &[u8] = &[
    0xfa, // cli
    0x31, 0xc0, // xor ax,ax
    0x8e, 0xd8, // mov ds,ax
    0x8e, 0xd0, // mov ss,ax
    0xbc, 0x00, 0x7c, // mov sp,0x7c00
    0xfc, // cld
    0xc7, 0x06, 0x00, 0x06, 0x34, 0x12, // mov word [0x600],0x1234
    0xc7, 0x06, 0x02, 0x06, 0x00, 0x00, // mov word [0x602],0x0
    0xc6, 0x06, 0x04, 0x06, 0x10, // mov byte [0x604],0x10
    0xbe, 0x55, 0x62, // mov si,0x6255
    0xe8, 0x54, 0x00, // call 0x7c76
    0xa8, 0x07, // test al,0x7
    0x75, 0x19, // jnz 0x7c3f
    0xe8, 0x4d, 0x00, // call 0x7c76
    0x89, 0xc3, // mov bx,ax
    0xba, 0xc4, 0x03, // mov dx,0x3c4
    0xf6, 0xc3, 0x01, // test bl,0x1
    0x74, 0x02, // jz 0x7c35
    0xb2, 0xce, // mov dl,0xce
    0x88, 0xf8, // mov al,bh
    0x24, 0x0f, // and al,0xf
    0xee, // out dx,al
    0x42, // inc dx
    0xe8, 0x38, 0x00, // call 0x7c76
    0xee, // out dx,al
    0xe8, 0x34, 0x00, // call 0x7c76
    0x80, 0xe4, 0x5f, // and ah,0x5f
    0x80, 0xc4, 0xa0, // add ah,0xa0
    0xb0, 0x00, // mov al,0x0
    0x8e, 0xc0, // mov es,ax
    0xe8, 0x27, 0x00, // call 0x7c76
    0x89, 0xc7, // mov di,ax
    0x81, 0xe7, 0xff, 0x0f, // and di,0xfff
    0xe8, 0x1e, 0x00, // call 0x7c76
    0xa8, 0x03, // test al,0x3
    0x74, 0x07, // jz 0x7c63
    0xaa, // stosb
    0x4f, // dec di
    0x26, 0x89, 0x05, // mov [es:di],ax
    0xeb, 0x06, // jmp short 0x7c69
    0x26, 0x8b, 0x0d, // mov cx,[es:di]
    0x26, 0x86, 0x0d, // xchg cl,[es:di]
    0xff, 0x06, 0x02, 0x06, // inc word [0x602]
    0x75, 0xb0, // jnz 0x7c1f
    0xfe, 0x0e, 0x04, 0x06, // dec byte [0x604]
    0x75, 0xaa, // jnz 0x7c1f
    0xf4, // hlt
    0xa1, 0x00, 0x06, // mov ax,[0x600]
    0xf7, 0xe6, // mul si
    0x05, 0x19, 0x36, // add ax,0x3619
    0xa3, 0x00, 0x06, // mov [0x600],ax
    0x86, 0xc4, // xchg al,ah
    0xc3, // ret
];

#[test]
fn a_million_accesses_to_video_memory_and_rom_keep_the_state_valid_and_the_rom_whole() {
    let mut machine = machine(Model::I80486, VIDEO_AND_ROM_STORM);
    while machine.run_until(machine.now() + SECOND / 20) == Stopped::Reached {
        assert_eq!(machine.check(), Ok(()));
        assert!(machine.now() < 10 * SECOND, "the guest does not come to its end");
    }
    let mut left = [0xff; 3];
    machine.peek_memory(0x602, &mut left);
    assert_eq!(left, [0; 3], "accesses are left to do");
    let mut random = Random::new(2);
    for _ in 0..100_000 {
        let address = 0xc_0000 + random.below(0x3_fff8) as u32;
        machine.mem.write_phys(address, &random.next_u64().to_le_bytes());
    }
    let config = machine.config();
    for (address, rom) in [(0xc_0000, &config.vga_bios), (0xe_0000, &config.bios)] {
        let mut bytes = vec![0; rom.len()];
        machine.peek_memory(address, &mut bytes);
        assert!(bytes == *rom, "the ROM at {address:05x} has changed");
    }
    assert_eq!(machine.check(), Ok(()));
}
