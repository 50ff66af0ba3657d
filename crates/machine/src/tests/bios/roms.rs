//! Option ROMs: which are found, called and passed over.

use super::{SECOND, config, disks};
use crate::{Config, Machine, Model, OptionRom};

/// A ROM of so many bytes with this code at its entry and the checksum right.
fn rom(bytes: usize, code: &[u8]) -> Vec<u8> {
    let mut image = vec![0; bytes];
    image[..3].copy_from_slice(&[0x55, 0xaa, (bytes / 512) as u8]);
    image[3..3 + code.len()].copy_from_slice(code);
    let sum = image.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    image[bytes - 1] = 0u8.wrapping_sub(sum);
    image
}

/// mov ax, 0e00h + letter; int 10h; retf
fn prints(letter: u8) -> [u8; 6] {
    [0xb8, letter, 0x0e, 0xcd, 0x10, 0xcb]
}

fn at(address: u32, image: Vec<u8>) -> OptionRom {
    OptionRom { address: Some(address), image }
}

fn screen(model: Model, vga_bios: Option<Vec<u8>>, option_roms: Vec<OptionRom>) -> String {
    let mut config = Config { option_roms, ..config(model) };
    if let Some(vga_bios) = vga_bios {
        config.vga_bios = vga_bios;
    }
    let disks = disks(&config);
    let mut machine = Machine::new(config, disks).unwrap();
    machine.run_until(2 * SECOND);
    machine.screen_text().unwrap().iter().map(|row| row.trim_end()).collect::<Vec<_>>().join("\n")
}

#[test]
fn roms_are_called_in_steps_of_two_kib_up_to_e0000h() {
    let mut bad = rom(0x800, &prints(b'X'));
    bad[0x7ff] ^= 1;
    let roms = vec![
        at(0xc_8000, rom(0x800, &prints(b'P'))),
        at(0xc_8800, bad),
        at(0xc_9000, rom(0x1000, &prints(b'Q'))),
        at(0xd_f800, rom(0x800, &prints(b'R'))),
    ];
    for model in [Model::I8086, Model::I80486] {
        let screen = screen(model, None, roms.clone());
        assert!(screen.contains("\nPQR\n"), "{}: {screen}", model.name());
    }
}

#[test]
fn what_stands_inside_a_rom_is_not_another_one() {
    let mut image = rom(0x1800, &prints(b'P'));
    let inner = rom(0x800, &prints(b'X'));
    // Its bytes sum to zero, so the outer sum stays.
    image[0x800..0x1000].copy_from_slice(&inner);
    let screen = screen(Model::I80486, None, vec![at(0xd_0000, image), at(0xd_1800, rom(0x800, &prints(b'Q')))]);
    assert!(screen.contains("\nPQ\n"), "{screen}");
}

#[test]
fn the_search_begins_behind_a_long_vga_bios() {
    let mut vga = beige_firmware::VGA_BIOS.to_vec();
    vga.resize(0x9000, 0);
    vga[2] = 0x48;
    vga[0x8fff] = vga[0x8fff].wrapping_sub(0x48 - 0x40);
    vga[0x8000..0x8800].copy_from_slice(&rom(0x800, &prints(b'X')));
    let option_roms = vec![OptionRom { address: None, image: rom(0x800, &prints(b'P')) }];
    let screen = screen(Model::I80486, Some(vga), option_roms);
    assert!(screen.contains("\nP\n"), "{screen}");
}

#[test]
fn a_rom_may_take_the_boot_for_itself() {
    #[rustfmt::skip]
    let hook = [
        0x31, 0xc0, 0x8e, 0xd8,             // xor ax, ax; mov ds, ax
        0xc7, 0x06, 0x64, 0x00, 0x12, 0x00, // mov word [19h * 4], 12h
        0x8c, 0x0e, 0x66, 0x00, 0xcb,       // mov [19h * 4 + 2], cs; retf
        0xb8, b'H', 0x0e, 0xcd, 0x10,       // 12h: mov ax, 'H' | 0e00h; int 10h
        0xfb, 0xf4, 0xeb, 0xfd,             // sti; hlt; jmp $-1
    ];
    let screen = screen(Model::I8086, None, vec![OptionRom { address: None, image: rom(0x800, &hook) }]);
    assert!(screen.contains("\nH\n"), "{screen}");
}

#[test]
fn roms_without_an_address_stand_behind_each_other_and_none_over_another() {
    let free = |bytes| OptionRom { address: None, image: rom(bytes, &prints(b'P')) };
    let config = Config { option_roms: vec![free(0x800), at(0xc_8000, vec![1]), free(0x800)], ..config(Model::I80486) };
    let machine = Machine::new(config.clone(), disks(&config)).unwrap();
    let mut bytes = [0; 1];
    for (address, byte) in [(0xc_8000, 1), (0xc_8001, 0xff), (0xc_8800, 0x55), (0xc_9000, 0x55), (0xc_9800, 0xff)] {
        machine.peek_memory(address, &mut bytes);
        assert_eq!(bytes, [byte], "{address:x}");
    }
    let refused = |option_roms| Config { option_roms, ..config.clone() }.check().unwrap_err().to_string();
    assert!(refused(vec![at(0xc_8000, vec![0; 0x801]), at(0xc_8800, vec![0])]).contains("meets another ROM"));
    assert!(refused(vec![at(0xd_f800, vec![0; 0x801])]).contains("the end of its area"));
    assert!(refused(vec![at(0xc_0000, vec![0])]).contains("does not look"));
    assert!(refused(vec![free(0x800); 9]).contains("at most 8"));
}
