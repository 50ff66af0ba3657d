//! Boards with QEMU's firmware configuration device and RAM in place of the ROMs.

use super::{config, disks};
use crate::{Config, Machine, Model, OptionRom};
use beige_core::InputEvent;
use beige_cpu::{Bus, Width};

/// 256 KiB that tell where they stand.
fn bios() -> Vec<u8> {
    (0..0x4_0000_u32).map(|at| (at >> 10) as u8).collect()
}

fn board() -> Config {
    let option_roms = vec![OptionRom { address: None, image: vec![0x33; 0x800] }];
    Config {
        fw_cfg: true,
        bios: bios(),
        vga_bios: vec![0x55; 0x8000],
        option_roms,
        memory_kib: 4096,
        ..config(Model::I80486)
    }
}

fn byte(machine: &Machine, address: u32) -> u8 {
    let mut byte = [0];
    machine.peek_memory(address, &mut byte);
    byte[0]
}

#[test]
fn roms_stand_in_ram_below_1_mib_and_the_bios_as_a_rom_at_the_top() {
    let mut machine = Machine::new(board(), disks(&[])).unwrap();
    let is_shadowed = |machine: &Machine| {
        let found = [0xc_0000, 0xc_7fff, 0xc_8000, 0xe_0000, 0xf_ffff].map(|address| byte(machine, address));
        found == [0x55, 0x55, 0x33, 0x80, 0xff]
    };
    assert!(is_shadowed(&machine));
    for address in [0xc_0000, 0xd_0000, 0xe_0000, 0xf_ffff, 0xfffc_0000, 0xffff_ffff] {
        machine.mem.write_phys(address, &[0x77]);
    }
    assert_eq!([0xc_0000, 0xd_0000, 0xe_0000, 0xf_ffff].map(|address| byte(&machine, address)), [0x77; 4]);
    assert_eq!([0xfffc_0000, 0xfffd_ffff, 0xffff_ffff].map(|address| byte(&machine, address)), [0, 0x7f, 0xff]);
    // What the BIOS wrote is part of the state; a reset of the machine brings the ROMs back.
    let mut other = Machine::new(board(), disks(&[])).unwrap();
    other.restore(&machine.save()).unwrap();
    assert_eq!(byte(&other, 0xe_0000), 0x77);
    machine.input(InputEvent::Reset);
    assert!(is_shadowed(&machine));
}

#[test]
fn a_large_bios_without_the_device_is_a_rom_in_both_places() {
    for model in Model::ALL {
        let config = Config { bios: bios(), ..config(model) };
        let mut machine = Machine::new(config, disks(&[])).unwrap();
        machine.mem.write_phys(0xe_0000, &[0x77]);
        assert_eq!((byte(&machine, 0xe_0000), byte(&machine, 0xf_ffff)), (0x80, 0xff), "{}", model.name());
        if model >= Model::I80286 {
            let top = model.address_mask();
            assert_eq!((byte(&machine, top), byte(&machine, top - 0x3_ffff)), (0xff, 0), "{}", model.name());
        }
    }
}

#[test]
fn the_device_names_the_roms_and_the_memory_and_is_there_on_request_only() {
    let mut machine = Machine::new(board(), disks(&[])).unwrap();
    let mut item = |key: u32, bytes: usize| -> Vec<u8> {
        let at = machine.cpu.instructions();
        let Machine { board, mem, .. } = &mut machine;
        board.port_write(mem, 0x510, Width::Word, key, at);
        (0..bytes).map(|_| board.port_read(mem, 0x511, Width::Byte, at) as u8).collect()
    };
    assert_eq!(item(0, 4), b"QEMU");
    assert_eq!(item(3, 8), (4_u64 << 20).to_le_bytes());
    let directory = item(0x19, 4 + 128);
    assert_eq!(directory[..10], [0, 0, 0, 2, 0, 0, 0x80, 0, 0, 0x20]);
    assert_eq!(&directory[12..28], b"vgaroms/vga.rom\0");
    assert_eq!(&directory[76..94], b"genroms/card1.rom\0");
    assert_eq!(item(0x21, 2), [0x33; 2]);
    let mut without = Machine::new(config(Model::I80486), disks(&[])).unwrap();
    let Machine { board, mem, .. } = &mut without;
    board.port_write(mem, 0x510, Width::Word, 0, 0);
    assert_eq!(board.port_read(mem, 0x511, Width::Byte, 0), 0xff);
}

#[test]
fn what_makes_no_such_machine_is_refused_with_a_remedy() {
    let refused = |config: Config| config.check().unwrap_err().to_string();
    assert!(refused(Config { model: Model::I80386, ..board() }).contains("--cpu 80486 or later"));
    assert!(refused(Config { memory_kib: 1024, ..board() }).contains("--memory 2M"));
    assert!(refused(Config { bios: vec![0; 0x8_0000], ..board() }).contains("256 KiB"));
    assert_eq!(board().check(), Ok(()));
}
