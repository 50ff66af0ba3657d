//! Machines with a ROM in place of the BIOS, and the port of POST codes.

use super::SECOND;
use crate::{Config, DISK_SLOTS, FixedRom, Machine, Model, POST, Stopped};

/// A ROM of 64 KiB at F0000h: writes its POST codes to port 190h and halts. At its start the CPU jumps down, so that the
/// mirror is left as real ROMs do.
fn test_rom() -> Vec<u8> {
    let mut rom = vec![0xff; 0x1_0000];
    #[rustfmt::skip]
    let code = [
        0xba, 0x90, 0x01,       // mov dx, 190h
        0xb0, 0x01, 0xee,       // mov al, 1; out dx, al
        0xb8, 0x02, 0x03, 0xef, // mov ax, 302h; out dx, ax: a byte for 190h, one for its neighbour
        0xb0, 0xff, 0xee,       // mov al, 0ffh; out dx, al
        0xfa, 0xf4,             // cli; hlt
    ];
    rom[..code.len()].copy_from_slice(&code);
    rom[0xfff0..0xfff5].copy_from_slice(&[0xea, 0x00, 0x00, 0x00, 0xf0]); // jmp f000:0000
    rom
}

fn config(model: Model, roms: Vec<FixedRom>) -> Config {
    Config { fixed_roms: roms, post_port: Some(0x190), ..Config::plain(model, Vec::new(), Vec::new()) }
}

fn machine(model: Model) -> Machine {
    let rom = FixedRom { address: 0xf_0000, image: test_rom() };
    Machine::new(config(model, vec![rom]), [const { None }; DISK_SLOTS]).unwrap()
}

fn post_codes(machine: &mut Machine) -> Vec<u8> {
    machine.outputs().bytes().iter().filter(|byte| byte.stream == POST).map(|byte| byte.byte).collect()
}

#[test]
fn a_rom_runs_on_every_model_and_its_post_codes_come_out() {
    for model in Model::ALL {
        let mut machine = machine(model);
        assert_eq!(machine.run_until(SECOND), Stopped::Halted, "{}", model.name());
        assert_eq!(post_codes(&mut machine), [1, 2, 0xff]);
    }
}

#[test]
fn an_awaited_post_code_ends_the_run_at_once() {
    let mut machine = machine(Model::I80386);
    machine.await_post_code(2);
    assert_eq!(machine.run_until(SECOND), Stopped::PostCode(2));
    assert_eq!(post_codes(&mut machine), [1, 2]);
    assert_eq!(machine.run_until(SECOND), Stopped::Halted, "it can go on");
}

#[test]
fn whoever_stands_at_the_post_port_is_written_too() {
    let mut rom = test_rom();
    rom[1..3].copy_from_slice(&0xe9_u16.to_le_bytes());
    let mut config = config(Model::I80386, vec![FixedRom { address: 0xf_0000, image: rom }]);
    config.post_port = Some(0xe9);
    let mut machine = Machine::new(config, [const { None }; DISK_SLOTS]).unwrap();
    assert_eq!(machine.run_until(SECOND), Stopped::Halted);
    let debugcon = machine.outputs().bytes().iter().filter(|byte| byte.stream == crate::DEBUGCON).count();
    assert_eq!((debugcon, post_codes(&mut machine).len()), (3, 3));
}

#[test]
fn several_roms_stand_where_they_are_named_and_cannot_be_written() {
    let roms = vec![
        FixedRom { address: 0xf_0000, image: test_rom() },
        FixedRom { address: 0x40_0000, image: vec![0x5a; 1 << 20] },
        FixedRom { address: 0xc_0000, image: vec![0xa5; 100] },
    ];
    let mut machine = Machine::new(config(Model::I80386, roms), [const { None }; DISK_SLOTS]).unwrap();
    for (address, byte) in [
        (0xf_fff0, 0xea),
        (0xffff_fff0, 0xea),
        (0x40_0000, 0x5a),
        (0x4f_ffff, 0x5a),
        (0xc_0063, 0xa5),
        (0xc_0064, 0xff),
    ] {
        machine.mem.write_phys(address, &[0x77]);
        let mut read = [0];
        machine.peek_memory(address, &mut read);
        assert_eq!(read, [byte], "{address:x}");
    }
    machine.mem.write_phys(0x50_0000, &[0x77]);
    let mut read = [0];
    machine.peek_memory(0x50_0000, &mut read);
    assert_eq!(read, [0x77], "memory behind a ROM");
}

#[test]
fn a_state_of_such_a_machine_goes_on() {
    let mut machine = machine(Model::I80486);
    machine.await_post_code(1);
    assert_eq!(machine.run_until(SECOND), Stopped::PostCode(1));
    let (state, config) = (machine.save(), machine.config().clone());
    let mut resumed = Machine::resume(config, [const { None }; DISK_SLOTS], &state).unwrap();
    machine.run_until(SECOND);
    resumed.run_until(SECOND);
    assert_eq!(resumed.hash(), machine.hash());
}

/// A ROM that enters 32-bit protected mode with a flat segment, calls INT 21h at F001Ch, and halts in its handler at
/// F001Fh.
fn flat_rom() -> Vec<u8> {
    let mut rom = vec![0xff; 0x1_0000];
    #[rustfmt::skip]
    let code = [
        0x2e, 0x0f, 0x01, 0x16, 0x30, 0x00, // lgdt [cs:30h]
        0x2e, 0x0f, 0x01, 0x1e, 0x36, 0x00, // lidt [cs:36h]
        0x0f, 0x20, 0xc0,                   // mov eax, cr0
        0x0c, 0x01,                         // or al, 1
        0x0f, 0x22, 0xc0,                   // mov cr0, eax
        0x66, 0xea, 0x1c, 0x00, 0x0f, 0x00, 0x08, 0x00, // jmp dword 8:0f001ch
        0xcd, 0x21,                         // int 21h
        0xfa, 0xf4,                         // 0F001Eh: cli; hlt
    ];
    rom[..code.len()].copy_from_slice(&code);
    rom[0x30..0x36].copy_from_slice(&[0x0f, 0x00, 0x40, 0x00, 0x0f, 0x00]);
    rom[0x36..0x3c].copy_from_slice(&[0x0f, 0x01, 0x00, 0x01, 0x0f, 0x00]);
    rom[0x40..0x48].fill(0);
    rom[0x48..0x50].copy_from_slice(&[0xff, 0xff, 0x00, 0x00, 0x00, 0x9a, 0xcf, 0x00]);
    rom[0x208..0x210].copy_from_slice(&[0x1e, 0x00, 0x08, 0x00, 0x00, 0x8e, 0x0f, 0x00]);
    rom[0xfff0..0xfff5].copy_from_slice(&[0xea, 0x00, 0x00, 0x00, 0xf0]); // jmp f000:0000
    rom
}

#[test]
fn a_diagnosis_tells_the_whole_eip_of_32_bit_code() {
    for model in Model::ALL.into_iter().filter(|model| *model >= Model::I80386) {
        let rom = FixedRom { address: 0xf_0000, image: flat_rom() };
        let mut machine = Machine::new(config(model, vec![rom]), [const { None }; DISK_SLOTS]).unwrap();
        assert_eq!(machine.run_until(SECOND), Stopped::Halted, "{}", model.name());
        let sentence = machine.diagnose().to_string();
        // AH holds bits of CR0, which differ by model.
        let start = "the guest is at 0008:F001F (`hlt`) inside INT 21h AH=";
        assert!(sentence.starts_with(start) && sentence.contains("h at 0008:F001C and halted"), "{sentence}");
    }
}
