//! What guests do to disks, seen by the guest and in the image.

use beige_tests::fat::{Volume, empty_floppy};
use beige_tests::{assert_exit, beige, copy_of, guest, run, script};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const FREEDOS_13: &str = "freedos-13-1440.img";

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// An image of zeros.
fn blank(folder: &TempDir, name: &str, bytes: u64) -> PathBuf {
    let path = folder.path().join(name);
    let file = std::fs::File::create_new(&path).expect("an image can be made");
    file.set_len(bytes).expect("an image can be that long");
    path
}

fn bytes_of(image: &Path) -> Vec<u8> {
    std::fs::read(image).expect("the image can be read")
}

/// Plays `tests/scripts/NAME.txt` to these images, with options split at blanks.
///
/// # Panics
/// When the script does not reach its end.
fn plays(name: &str, images: &[&Path], options: &str) {
    let mut arguments: Vec<OsString> = images.iter().map(OsString::from).collect();
    arguments.extend(options.split_whitespace().map(OsString::from));
    arguments.extend(["--limit".into(), "1m".into(), "--script".into(), script(name).into()]);
    assert_exit(&run(arguments), 0);
}

#[test]
fn a_floppy_that_freedos_13_formats_keeps_copies_and_boots() {
    let Some(original) = guest("a_floppy_that_freedos_13_formats_keeps_copies_and_boots", FREEDOS_13) else { return };
    let folder = folder();
    let system = copy_of(&original, folder.path());
    let second = blank(&folder, "second.img", 1_474_560);
    plays("freedos-13-floppy", &[&system, &second], "--write");

    let (from, to) = (bytes_of(&original), bytes_of(&second));
    let (from, to) = (Volume::floppy(&from), Volume::floppy(&to));
    let copies = to.list("BIN").expect("the guest made a directory");
    assert!(copies.len() == 23, "23 programs were copied, {} are there", copies.len());
    for copy in copies {
        let (source, copy) = (format!("FREEDOS/BIN/{}", copy.name), format!("BIN/{}", copy.name));
        assert!(from.read(&source) == to.read(&copy), "{copy} differs in the image");
    }
    assert!(bytes_of(&system) == bytes_of(&original), "the system disk was only read");

    plays("freedos-13-floppy-boots", &[&second], "");
}

#[test]
fn a_blank_disk_that_freedos_13_partitions_and_formats_boots() {
    let Some(original) = guest("a_blank_disk_that_freedos_13_partitions_and_formats_boots", FREEDOS_13) else { return };
    let folder = folder();
    let system = copy_of(&original, folder.path());
    let disk = blank(&folder, "disk.img", 32 << 20);
    plays("freedos-13-partition", &[&system, &disk], "--write");

    let image = bytes_of(&disk);
    assert!(image[0x1be] == 0x80 && image[510..512] == [0x55, 0xaa], "the partition is active");
    let (floppy, volume) = (bytes_of(&original), Volume::first_partition(&image));
    assert!(volume.read("KERNEL.SYS") == Volume::floppy(&floppy).read("KERNEL.SYS"));
    assert!(volume.read("COMMAND.COM") == Volume::floppy(&floppy).read("FREEDOS/BIN/COMMAND.COM"));

    plays("freedos-13-disk-boots", &[&disk], "");
}

#[test]
fn an_image_keeps_what_is_written_only_with_write() {
    let test = "an_image_keeps_what_is_written_only_with_write";
    let Some(floppy) = guest(test, "freedos-1440.img") else { return };
    let Some(disk) = guest(test, "freedos-hd20.img.gz") else { return };
    let folder = folder();
    let (floppy, disk) = (copy_of(&floppy, folder.path()), copy_of(&disk, folder.path()));
    let before = (bytes_of(&floppy), bytes_of(&disk));

    plays("freedos-writes", &[&floppy, &disk], "");
    assert!((bytes_of(&floppy), bytes_of(&disk)) == before, "without --write an image never changes");

    plays("freedos-writes", &[&floppy, &disk], "--write");
    let after = (bytes_of(&floppy), bytes_of(&disk));
    assert!(Volume::floppy(&after.0).read("KEPT.TXT").as_deref() == Some(b"kept on A\r\n"));
    assert!(Volume::first_partition(&after.1).read("KEPT.TXT").as_deref() == Some(b"kept on C\r\n"));

    plays("freedos-reads", &[&floppy, &disk], "");
}

#[test]
fn a_write_protected_file_serves_a_guest_that_writes() {
    let Some(image) = guest("a_write_protected_file_serves_a_guest_that_writes", "freedos-1440.img") else { return };
    let folder = folder();
    let image = copy_of(&image, folder.path());
    let mut permissions = std::fs::metadata(&image).expect("the copy is there").permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&image, permissions).expect("the copy is ours");
    let before = bytes_of(&image);
    plays("freedos-writes-a", &[&image], "");
    assert!(bytes_of(&image) == before);
}

/// Plays a script in `folder` with these options: `first.img` is a copy of a guest, `second.img` an empty floppy.
fn plays_with_two_disks(folder: &TempDir, first: &Path, kilobytes: usize, script_name: &str, options: &[&str]) {
    std::fs::write(folder.path().join("second.img"), empty_floppy(kilobytes)).expect("an image can be made");
    std::fs::rename(copy_of(first, folder.path()), folder.path().join("first.img")).expect("the copy is ours");
    let mut program = Command::new(beige());
    program.args(["--headless", "--limit", "2m", "first.img"]).args(options);
    program.arg("--script").arg(script(script_name)).current_dir(folder.path());
    assert_exit(&program.output().expect("the program starts"), 0);
}

#[test]
fn freedos_notices_a_changed_disk_and_writes_to_the_one_in_the_drive() {
    let test = "freedos_notices_a_changed_disk_and_writes_to_the_one_in_the_drive";
    let Some(original) = guest(test, "freedos-1440.img") else { return };
    for options in [&["--write"][..], &["--write", "--real-disk"], &[]] {
        let folder = folder();
        plays_with_two_disks(&folder, &original, 1440, "freedos-changes-disks", options);
        let [first, second] = ["first.img", "second.img"].map(|name| bytes_of(&folder.path().join(name)));
        if options.is_empty() {
            assert!(first == bytes_of(&original) && second == empty_floppy(1440));
            continue;
        }
        let (first, second) = (Volume::floppy(&first), Volume::floppy(&second));
        assert!(first.read("MARK1.TXT").as_deref() == Some(b"first\r\n") && first.read("MARK2.TXT").is_none());
        assert!(second.read("MARK2.TXT").as_deref() == Some(b"second\r\n") && second.read("MARK1.TXT").is_none());
    }
}

#[test]
fn freedos_notices_a_changed_disk_in_a_drive_without_a_change_line() {
    let test = "freedos_notices_a_changed_disk_in_a_drive_without_a_change_line";
    let Some(original) = guest(test, "freedos-360.img") else { return };
    plays_with_two_disks(&folder(), &original, 360, "freedos-changes-360", &[]);
}

/// Guest seconds from power-on to FreeDOS's prompt.
fn seconds_to_prompt(image: &Path, options: &str) -> f64 {
    let options = options.split_whitespace().chain(["--until", r"A:\>", "--limit", "60s", "--json"]);
    let output = run(std::iter::once(image.as_os_str()).chain(options.map(OsStr::new)));
    assert_exit(&output, 0);
    let result: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    result["guest_seconds"].as_f64().expect("guest time is a number")
}

#[test]
fn real_disks_boot_in_the_time_of_real_disks() {
    let test = "real_disks_boot_in_the_time_of_real_disks";
    // 110 KB at 500 (250) kbit/s are two (four) seconds and take a revolution more wherever DOS reads one sector.
    for (image, least, most) in
        [("freedos-1440.img", 3.0, 10.0), ("freedos-1200.img", 3.0, 10.0), ("freedos-360.img", 6.0, 20.0)]
    {
        let Some(image) = guest(test, image) else { return };
        let real = seconds_to_prompt(&image, "--real-disk");
        assert!((least..most).contains(&real), "{} took {real} s with --real-disk", image.display());
        let fast = seconds_to_prompt(&image, "");
        assert!(fast < 1.0, "{} took {fast} s", image.display());
    }
}

#[test]
fn a_drive_takes_the_smaller_formats() {
    for (image, drive) in [
        ("freedos-160.img", "360"),
        ("freedos-160.img", "1200"),
        ("freedos-360.img", "1200"),
        ("freedos-720.img", "1440"),
        ("freedos-720.img", "2880"),
        ("freedos-1440.img", "2880"),
    ] {
        let Some(path) = guest("a_drive_takes_the_smaller_formats", image) else { return };
        plays("freedos-ver", &[&path], &format!("--a-type {drive}"));
    }
}

#[test]
fn disks_of_21_and_of_36_sectors_a_track_are_written_and_read() {
    let test = "disks_of_21_and_of_36_sectors_a_track_are_written_and_read";
    let Some(original) = guest(test, "freedos-1440.img") else { return };
    let system = bytes_of(&original);
    let kernel = Volume::floppy(&system).read("KERNEL.SYS");
    for (kilobytes, options) in [(1680, "--write"), (1680, "--write --real-disk"), (2880, "--write --real-disk")] {
        let folder = folder();
        let second = folder.path().join("second.img");
        std::fs::write(&second, empty_floppy(kilobytes)).expect("an image can be made");
        plays("freedos-copies-to-b", &[&copy_of(&original, folder.path()), &second], options);
        let image = bytes_of(&second);
        let copies = ["KERNEL.SYS", "AGAIN.SYS"].map(|name| Volume::floppy(&image).read(name));
        assert!(kernel.is_some() && copies == [kernel.clone(), kernel.clone()], "{kilobytes} KB {options}");
    }
}

/// Prints "one sector, ", asks INT 13h for the second sector, and prints how that went.
const ONE_SECTOR: &[u8] = b"\
    \x31\xc0\x8e\xd8\x8e\xc0\
    \xbe\x37\x7c\xe8\x1c\x00\
    \xb8\x01\x02\xbb\x00\x06\xb9\x02\x00\x31\xd2\xcd\x13\
    \xbe\x44\x7c\x73\x03\xbe\x50\x7c\xe8\x04\x00\
    \xfb\xf4\xeb\xfc\
    \xac\x08\xc0\x74\x09\xb4\x0e\xbb\x07\x00\xcd\x10\xeb\xf2\xc3\
    one sector, \0and another\0none after it\0";

#[test]
fn one_sector_is_a_floppy_with_and_without_a_signature() {
    let folder = folder();
    for signature in [[0, 0], [0x55, 0xaa]] {
        let mut sector = ONE_SECTOR.to_vec();
        sector.resize(510, 0);
        sector.extend(signature);
        let image = folder.path().join(format!("{:02x}.img", signature[0]));
        std::fs::write(&image, sector).expect("an image can be made");
        plays("one-sector", &[&image], "");
    }
}
