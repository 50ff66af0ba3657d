//! The boot menu by its key, as a script presses it.

use beige_tests::{assert_exit, run};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const FLOPPY_BYTES: usize = 1_474_560;

/// A floppy whose boot sector prints what `says` holds, and then each key that comes.
fn image(folder: &Path, name: &str, says: &str) -> PathBuf {
    #[rustfmt::skip]
    let mut code = vec![
        0x31, 0xc0, 0x8e, 0xd8, 0xbe, 0x1c, 0x7c, 0xfc, // xor ax, ax; mov ds, ax; mov si, 7c1ch; cld
        0xac, 0x84, 0xc0, 0x74, 0x06,                   // next: lodsb; test al, al; jz keys
        0xb4, 0x0e, 0xcd, 0x10, 0xeb, 0xf5,             // mov ah, 0eh; int 10h; jmp next
        0x31, 0xc0, 0xcd, 0x16, 0xb4, 0x0e, 0xcd, 0x10, // keys: xor ax, ax; int 16h; mov ah, 0eh; int 10h
        0xeb, // jmp keys, below
    ];
    code.push(0xf6);
    code.resize(0x1c, 0x90);
    code.extend(says.bytes().chain([b':', 0]));
    code.resize(510, 0);
    code.extend([0x55, 0xaa]);
    code.resize(FLOPPY_BYTES, 0);
    let path = folder.join(name);
    std::fs::write(&path, code).expect("a disk to write to");
    path
}

/// Runs a script on a machine with a disk in A and one in B.
fn played(script: &str, options: &[&str]) {
    let folder = TempDir::new().expect("a temporary folder");
    let [first, second] =
        [("a.img", "first"), ("b.img", "second")].map(|(name, says)| image(folder.path(), name, says));
    let file = folder.path().join("script.txt");
    std::fs::write(&file, script).expect("a disk to write to");
    let arguments = [
        "--a".as_ref(),
        first.as_os_str(),
        "--b".as_ref(),
        second.as_os_str(),
        "--limit".as_ref(),
        "10s".as_ref(),
        "--script".as_ref(),
        file.as_os_str(),
    ];
    assert_exit(&run(arguments.into_iter().chain(options.iter().map(std::ffi::OsStr::new))), 0);
}

#[test]
fn escape_in_a_script_brings_the_menu_and_its_choice_boots() {
    let script = "key esc\nwait any \"Boot which drive?\" within 1s\nwait any \">1 Floppy A\" within 1s\n\
                  type \"2\"\nwait \"second:\" within 2s\n";
    played(script, &[]);
    played(script, &["--cpu", "8086", "--speed", "4.77MHz", "--real-disk"].map(|option| option));
}

#[test]
fn escape_is_heard_for_half_a_second() {
    played("sleep 450ms\nkey esc\nwait any \"Boot which drive?\" within 1s\n", &[]);
}

#[test]
fn another_key_ends_the_wait_and_is_left_for_the_guest() {
    // Half a second of waiting is not over by then.
    played("key x\nwait \"first:x\" within 400ms\n", &[]);
}

#[test]
fn without_a_key_the_first_disk_boots_by_itself() {
    played("sleep 400ms\nwait any \"Esc: boot menu\" within 50ms\nwait any \"first:\" within 1s\n", &[]);
}

#[test]
fn the_option_asks_at_once() {
    played(
        "wait any \"Boot which drive?\" within 100ms\ntype \"2\"\nwait \"second:\" within 2s\n",
        &["--boot", "menu"],
    );
}
