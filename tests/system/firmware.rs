//! Our firmware on QEMU's hardware, and Bochs' firmware on ours: each side checks the other.

use beige_tests::cpu_guests::{Witness, check};
use beige_tests::qemu::Qemu;
use beige_tests::{assert_exit, copy_of, guest, run, script, skip};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

#[test]
fn our_bios_boots_freedos_from_a_floppy_on_qemu() {
    let test = "our_bios_boots_freedos_from_a_floppy_on_qemu";
    let Some(image) = guest(test, "freedos-1440.img") else { return };
    let Some(mut qemu) = Qemu::boot(test, "floppy", &image) else { return };
    qemu.wait_for_row(r"A:\>");
    for key in ["v", "e", "r", "ret"] {
        qemu.press(key);
    }
    qemu.wait_for_row(r"A:\>ver");
}

#[test]
fn our_bios_boots_freedos_from_a_hard_disk_on_qemu() {
    let test = "our_bios_boots_freedos_from_a_hard_disk_on_qemu";
    let Some(packed) = guest(test, "freedos-hd20.img.gz") else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(mut qemu) = Qemu::boot(test, "ide", &copy_of(&packed, folder.path())) else { return };
    qemu.wait_for_row("Enter new date (mm-dd-[cc]yy):");
    qemu.press("ret");
    qemu.wait_for_row("Enter new time:");
    qemu.press("ret");
    qemu.wait_for_row(r"C:\>");
}

#[test]
fn int_15h_moves_memory_and_protected_mode_is_left_on_every_model() {
    for cpu in ["286", "386", "486", "pentium", "pentium-mmx", "pentium2"] {
        let test = "int_15h_moves_memory_and_protected_mode_is_left_on_every_model";
        check(test, Witness::Beige, "bios_memory", &[], cpu);
    }
}

/// The options for Bochs' BIOS and its VGA BIOS, or `None`, told visibly, where they are not installed.
fn bochs(test: &str) -> Option<Vec<OsString>> {
    let (bios, vga_bios) = ("/usr/share/bochs/BIOS-bochs-legacy", "/usr/share/vgabios/vgabios.bin");
    if let Some(absent) = [bios, vga_bios].into_iter().find(|file| !Path::new(file).exists()) {
        skip(test, &format!("there is no {absent}"));
        return None;
    }
    Some(["--bios", bios, "--vga-bios", vga_bios, "--limit", "2m"].map(OsString::from).to_vec())
}

fn plays(bochs: Vec<OsString>, image: &Path, name: &str) {
    let more: [PathBuf; 3] = [image.to_owned(), "--script".into(), script(name)];
    assert_exit(&run(bochs.into_iter().chain(more.map(OsString::from))), 0);
}

#[test]
fn the_bios_of_bochs_boots_freedos_from_a_floppy() {
    let test = "the_bios_of_bochs_boots_freedos_from_a_floppy";
    let (Some(image), Some(bochs)) = (guest(test, "freedos-1440.img"), bochs(test)) else { return };
    plays(bochs, &image, "bochs-floppy");
}

#[test]
fn the_bios_of_bochs_boots_freedos_from_a_hard_disk() {
    let test = "the_bios_of_bochs_boots_freedos_from_a_hard_disk";
    let (Some(packed), Some(mut bochs)) = (guest(test, "freedos-hd20.img.gz"), bochs(test)) else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    bochs.extend(["--boot", "c"].map(OsString::from));
    plays(bochs, &copy_of(&packed, folder.path()), "bochs-hard-disk");
}

/// The options for SeaBIOS and its VGA BIOS, or `None`, told visibly, where they are not installed.
fn seabios(test: &str, bios: &str, vga_bios: &str) -> Option<Vec<OsString>> {
    let [bios, vga_bios] = [bios, vga_bios].map(|file| format!("/usr/share/seabios/{file}"));
    if let Some(absent) = [&bios, &vga_bios].into_iter().find(|file| !Path::new(file).exists()) {
        skip(test, &format!("there is no {absent}"));
        return None;
    }
    Some(["--bios", &bios, "--vga-bios", &vga_bios, "--limit", "1m"].map(OsString::from).to_vec())
}

#[test]
fn seabios_boots_freedos_from_a_floppy_and_again_by_ctrl_alt_del() {
    let test = "seabios_boots_freedos_from_a_floppy_and_again_by_ctrl_alt_del";
    let Some(image) = guest(test, "freedos-1440.img") else { return };
    for (bios, vga_bios, cpu) in [
        ("bios.bin", "vgabios-stdvga.bin", "486"),
        ("bios-256k.bin", "vgabios-isavga.bin", "pentium"),
        ("bios.bin", "vgabios-isavga.bin", "pentium2"),
    ] {
        let Some(mut options) = seabios(test, bios, vga_bios) else { return };
        options.extend(["--cpu", cpu].map(OsString::from));
        plays(options, &image, "seabios-floppy");
    }
}

#[test]
fn seabios_boots_freedos_from_a_hard_disk() {
    let test = "seabios_boots_freedos_from_a_hard_disk";
    let (Some(packed), Some(mut seabios)) =
        (guest(test, "freedos-hd20.img.gz"), seabios(test, "bios.bin", "vgabios-stdvga.bin"))
    else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    seabios.extend(["--boot", "c"].map(OsString::from));
    plays(seabios, &copy_of(&packed, folder.path()), "bochs-hard-disk");
}

#[test]
fn seabios_calls_the_roms_of_cards() {
    let test = "seabios_calls_the_roms_of_cards";
    let Some(mut seabios) = seabios(test, "bios.bin", "vgabios-stdvga.bin") else { return };
    seabios.extend(["--until", "@"].map(OsString::from));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let rom = folder.path().join("card.rom");
    std::fs::write(&rom, card(b'@')).expect("a file can be made");
    seabios.extend(["--option-rom".into(), rom.into_os_string()]);
    assert_exit(&run(seabios), 0);
}

#[test]
fn grub_lists_the_memory_of_the_machine() {
    let test = "grub_lists_the_memory_of_the_machine";
    let Some(image) = guest(test, "grub-rescue-1440.img") else { return };
    for (memory, length) in [("4M", 0x30_0000_u32), ("16M", 0xf0_0000), ("17M", 0x100_0000), ("64M", 0x3f0_0000)] {
        let mut options = ["--memory", memory, "--limit", "5m", "--script"].map(OsString::from).to_vec();
        options.extend([script("grub-memory-map"), image.clone()].map(OsString::from));
        let output = run(options);
        assert_exit(&output, 0);
        let text = String::from_utf8_lossy(&output.stdout);
        let listed: Vec<&str> = text.lines().filter(|line| line.starts_with("base_addr")).collect();
        let expected = [
            "base_addr = 0x0, length = 0x9fc00, available RAM".to_owned(),
            "base_addr = 0x9fc00, length = 0x400, reserved RAM".to_owned(),
            "base_addr = 0xe0000, length = 0x20000, reserved RAM".to_owned(),
            format!("base_addr = 0x100000, length = {length:#x}, available RAM"),
            "base_addr = 0xfffe0000, length = 0x20000, reserved RAM".to_owned(),
        ];
        assert_eq!(listed, expected, "{memory}:\n{text}");
    }
}

/// A ROM of 2 KiB that prints a letter.
fn card(letter: u8) -> Vec<u8> {
    let mut rom = vec![0; 0x800];
    // mov ax, 0e00h + letter; int 10h; retf
    rom[..9].copy_from_slice(&[0x55, 0xaa, 4, 0xb8, letter, 0x0e, 0xcd, 0x10, 0xcb]);
    let sum = rom.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    rom[0x7ff] = 0u8.wrapping_sub(sum);
    rom
}

/// Prints the signature of the APM BIOS, connects, switches the machine off, and prints E where that fails.
#[rustfmt::skip]
const POWER_OFF: &[u8] = &[
    0xb8, 0x00, 0x53, 0x31, 0xdb, 0xcd, 0x15, 0x72, 0x28, // mov ax, 5300h; xor bx, bx; int 15h; jc fail
    0x53, 0x88, 0xf8, 0xb4, 0x0e, 0xcd, 0x10,             // push bx; mov al, bh; mov ah, 0eh; int 10h
    0x58, 0xb4, 0x0e, 0xcd, 0x10,                         // pop ax; mov ah, 0eh; int 10h
    0xb8, 0x01, 0x53, 0x31, 0xdb, 0xcd, 0x15,             // mov ax, 5301h; xor bx, bx; int 15h
    0xb8, 0x0e, 0x53, 0x31, 0xdb, 0xb9, 0x02, 0x01,       // mov ax, 530eh; xor bx, bx; mov cx, 0102h
    0xcd, 0x15,                                           // int 15h
    0xb8, 0x07, 0x53, 0xbb, 0x01, 0x00, 0xb9, 0x03, 0x00, // mov ax, 5307h; mov bx, 1; mov cx, 3
    0xcd, 0x15,                                           // int 15h
    0xb8, 0x45, 0x0e, 0xcd, 0x10, 0xfb, 0xf4, 0xeb, 0xfd, // fail: mov ax, 0e45h; int 10h; sti; hlt; jmp $-1
];

/// What stands on the screen after a guest that switches the machine off, with a card's ROM that prints a letter.
fn screen_with_card(options: Vec<OsString>, address: &str) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = |name: &str, mut bytes: Vec<u8>, length: usize| {
        let signature = (length == 512).then_some([0x55, 0xaa]).into_iter().flatten();
        bytes.resize(length - signature.clone().count(), 0);
        bytes.extend(signature);
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file can be made");
        path.into_os_string()
    };
    let image = file("off.img", POWER_OFF.to_vec(), 512);
    let mut rom = file("card.rom", card(b'@'), 0x800);
    rom.push(address);
    let more = ["--option-rom".into(), rom, "--screen".into(), image];
    let output = run(options.into_iter().chain(more));
    // Switching off ends the run; a guest that goes on meets the limit.
    assert_exit(&output, 0);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_card_is_found_and_the_power_goes_off_under_the_bios_of_bochs() {
    let Some(bochs) = bochs("a_card_is_found_and_the_power_goes_off_under_the_bios_of_bochs") else { return };
    let screen = screen_with_card(bochs, "@D0000");
    assert!(screen.contains('@') && screen.lines().any(|line| line == "PM"), "{screen}");
}

#[test]
fn a_card_is_found_and_the_power_goes_off_under_our_bios() {
    let screen = screen_with_card(["--limit", "5s"].map(OsString::from).to_vec(), "");
    assert!(screen.lines().any(|line| line == "@PM"), "{screen}");
}
