//! Small guests that hang, each in its own way: the report names what each waits for.

use beige_tests::run;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A floppy image in `folder` with this boot sector.
fn image(folder: &Path, code: &[u8]) -> PathBuf {
    let image = folder.join("hang.img");
    let mut floppy = vec![0; 1_474_560];
    floppy[..code.len()].copy_from_slice(code);
    floppy[510..512].copy_from_slice(&[0x55, 0xaa]);
    std::fs::write(&image, floppy).expect("a disk to write to");
    image
}

/// Runs a boot sector until it has hung for a while; the report.
fn report(code: &[u8]) -> Value {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image = image(folder.path(), code);
    let output = run([image.as_os_str(), "--limit".as_ref(), "1300ms".as_ref(), "--json".as_ref()]);
    serde_json::from_slice(&output.stdout).expect("one JSON object on standard output")
}

fn waiting_for(code: &[u8]) -> String {
    let report = report(code);
    report["waiting_for"].as_str().unwrap_or_else(|| panic!("nothing is said: {report}")).to_owned()
}

/// MOV AL, MASK; OUT 21h, AL; STI; HLT, for ever.
fn halts_with_mask(mask: u8) -> [u8; 8] {
    [0xb0, mask, 0xe6, 0x21, 0xfb, 0xf4, 0xeb, 0xfd]
}

/// CLI; waits until the word at 0040:OFFSET changes.
fn polls_memory(offset: u8) -> [u8; 16] {
    [0xfa, 0xb8, 0x40, 0, 0x8e, 0xd8, 0x8b, 0x1e, offset, 0, 0x3b, 0x1e, offset, 0, 0x74, 0xfa]
}

/// STI; waits until the word at 0040:OFFSET changes, with this interrupt mask.
fn polls_memory_with_mask(offset: u8, mask: u8) -> [u8; 20] {
    [0xb0, mask, 0xe6, 0x21, 0xfb, 0xb8, 0x40, 0, 0x8e, 0xd8, 0x8b, 0x1e, offset, 0, 0x3b, 0x1e, offset, 0, 0x74, 0xfa]
}

/// MOV DX, PORT; reads it until a bit of MASK is set.
fn polls_port(port: u16, mask: u8) -> [u8; 8] {
    let [low, high] = port.to_le_bytes();
    [0xba, low, high, 0xec, 0xa8, mask, 0x74, 0xfb]
}

/// Points vector NUMBER to an IRET, so that nobody sends an EOI; STI; HLT, for ever.
fn sends_no_eoi(vector: u8) -> [u8; 21] {
    let [at, above] = [vector * 4, vector * 4 + 2];
    [0x31, 0xc0, 0x8e, 0xd8, 0xc7, 0x06, at, 0, 0x14, 0x7c, 0xc7, 0x06, above, 0, 0, 0, 0xfb, 0xf4, 0xeb, 0xfd, 0xcf]
}

/// Reads sector SECTOR of track 0 of drive DRIVE until that succeeds.
fn retries_disk(drive: u8, sector: u8) -> [u8; 17] {
    [0xb8, 1, 2, 0xbb, 0, 0x7e, 0xb9, sector, 0, 0xba, drive, 0, 0xcd, 0x13, 0x72, 0xf0, 0xf4]
}

const WAITS_FOR_KEY: &[u8] = &[0x31, 0xc0, 0xcd, 0x16, 0xeb, 0xfa];

#[test]
fn each_way_to_hang_has_its_own_answer() {
    let cases: [(&str, Vec<u8>); 14] = [
        ("nothing: HLT with interrupts disabled", vec![0xfa, 0xf4]),
        ("IRQ 0, which is masked", halts_with_mask(1).into()),
        ("IRQ 0, which is in service without EOI", sends_no_eoi(8).into()),
        ("port 3F4h", polls_port(0x3f4, 1).into()),
        ("port 064h", polls_port(0x64, 1).into()),
        ("memory 0040:006C, interrupts disabled", polls_memory(0x6c).into()),
        ("a key (INT 16h)", WAITS_FOR_KEY.into()),
        ("the tick count (INT 1Ah)", vec![0xb4, 0, 0xcd, 0x1a, 0xeb, 0xfa]),
        ("disk A:, error 04h", retries_disk(0, 60).into()),
        ("nothing: endless loop at 0000:7C00", vec![0xeb, 0xfe]),
        ("nothing: it runs through empty memory at 5000:", vec![0xea, 0, 0, 0, 0x50]),
        ("a serial port (INT 14h)", vec![0xb4, 3, 0x31, 0xd2, 0xcd, 0x14, 0xeb, 0xf8]),
        ("nothing: exception 6 again and again at 0000:7C00", vec![0x0f, 0x0b]),
        ("nothing: it works at 0000:7C0", vec![0xff, 0x06, 0, 0x10, 0xeb, 0xfa]),
    ];
    for (expected, code) in cases {
        let said = waiting_for(&code);
        assert!(said.starts_with(expected), "`{said}` where `{expected}` was to be said");
    }
}

#[test]
fn the_answer_follows_the_mask_the_port_the_address_and_the_drive() {
    assert_eq!(waiting_for(&halts_with_mask(2)), "IRQ 1, which is masked");
    assert_eq!(waiting_for(&halts_with_mask(0)), "an interrupt");
    assert_eq!(waiting_for(&polls_port(0xa0, 1)), "port 0A0h");
    assert_eq!(waiting_for(&polls_port(0x21, 2)), "port 021h");
    assert_eq!(waiting_for(&polls_memory(0x1a)), "memory 0040:001A, interrupts disabled");
    assert_eq!(waiting_for(&polls_memory_with_mask(0x6c, 1)), "memory 0040:006C, IRQ 0 masked");
    assert_eq!(waiting_for(&polls_memory_with_mask(0x1a, 2)), "memory 0040:001A, IRQ 1 masked");
    assert_eq!(waiting_for(&retries_disk(0x80, 1)), "disk C:, error 01h");
    // MOV AL, 1; OUT 21h, AL; MOV AH, 0; INT 1Ah; JMP.
    let ticks = [0xb0, 1, 0xe6, 0x21, 0xb4, 0, 0xcd, 0x1a, 0xeb, 0xfa];
    assert_eq!(waiting_for(&ticks), "the tick count (INT 1Ah), IRQ 0 masked");
    assert_eq!(waiting_for(&[0x90, 0xeb, 0xfe]), "nothing: endless loop at 0000:7C01");
}

#[test]
fn the_report_says_where_the_guest_is_and_what_it_called() {
    let hang = &report(&retries_disk(0, 60))["hang"];
    assert_eq!(hang["kind"], "disk");
    assert_eq!(hang["last_call"], "INT 13h AH=02h at 0000:7C0C");
    assert_eq!((&hang["disk_error"]["drive"], &hang["disk_error"]["status"]), (&0.into(), &4.into()));
    let hang = &report(&polls_port(0x3f4, 1))["hang"];
    assert_eq!((&hang["port"], &hang["kind"]), (&"3F4h".into(), &"port".into()));
    let sentence = hang["sentence"].as_str().expect("a sentence");
    assert!(sentence.contains("polls port 3F4h (floppy controller)"), "{sentence}");
    let hang = &report(&halts_with_mask(1))["hang"];
    assert_eq!((&hang["cs_ip"], &hang["instruction"]), (&"0000:7C05".into(), &"hlt".into()));
    assert_eq!((&hang["irq"], &hang["interrupts_enabled"]), (&0.into(), &true.into()));
    let hang = &report(&polls_memory(0x6c))["hang"];
    assert_eq!((&hang["address"], &hang["irq"]), (&"0040:006C".into(), &Value::Null));
}

/// The diagnosis looks ahead; the hash printed after it is that of the run.
#[test]
fn a_diagnosis_leaves_no_trace() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // Writes a sector again and again: MOV AX, 0301h; MOV BX, 7C00h; MOV CX, 5; XOR DX, DX; INT 13h; JMP.
    let code = [0xb8, 1, 3, 0xbb, 0, 0x7c, 0xb9, 5, 0, 0x31, 0xd2, 0xcd, 0x13, 0xeb, 0xf1];
    let image = image(folder.path(), &code);
    let ends = |arguments: &[&str]| {
        let mut all = vec![image.to_str().expect("a path of text"), "--hash", "--json"];
        all.extend(arguments);
        let object: Value = serde_json::from_slice(&run(all).stdout).expect("one JSON object");
        (object["hash"].as_str().expect("a hash").to_owned(), object["hang"].is_object())
    };
    let (diagnosed, was) = ends(&["--limit", "1300ms"]);
    assert!(was, "the run by limit has a diagnosis");
    // The same moment, reached by a script that ends the run on purpose.
    let script = folder.path().join("script.txt");
    std::fs::write(&script, "sleep 1300ms\n").expect("a disk to write to");
    let (plain, _) = ends(&["--script", script.to_str().expect("a path of text"), "--limit", "1300ms"]);
    assert_eq!(plain, diagnosed);
}
