//! Guests that leave real mode: memory managers, DOS extenders, boot loaders with 32-bit parts.

use beige_tests::fat::Volume;
use beige_tests::{assert_exit, copy_of, guest, run, script};
use std::ffi::OsStr;
use std::path::PathBuf;

/// Boots a floppy image headless with these options and plays `tests/scripts/NAME.txt` to it.
fn plays(test: &str, image: &str, name: &str, options: &[&str]) {
    let Some(image) = guest(test, image) else { return };
    let arguments = [image, "--limit".into(), "10m".into(), "--script".into(), script(name)];
    assert_exit(&run(arguments.into_iter().chain(options.iter().map(PathBuf::from))), 0);
}

#[test]
fn himem_and_emm386_give_xms_ems_and_upper_memory() {
    let test = "himem_and_emm386_give_xms_ems_and_upper_memory";
    plays(test, "freedos-utils-1440.img", "freedos-emm386", &[]);
}

/// Memtest86+ needs room above 4 MiB to move to: with 4 MiB alone it says so, here and elsewhere.
const MEMTEST: [&str; 4] = ["--cpu", "pentium", "--memory", "5M"];

#[test]
fn memtest_finds_no_error_in_its_first_tests() {
    plays("memtest_finds_no_error_in_its_first_tests", "syslinux-memtest-1440.img", "memtest", &MEMTEST);
}

#[test]
#[ignore = "a whole pass takes minutes"]
fn memtest_finishes_a_pass_without_errors() {
    plays("memtest_finishes_a_pass_without_errors", "syslinux-memtest-1440.img", "memtest-pass", &MEMTEST);
}

#[test]
fn cpulevel_names_every_model() {
    let Some(image) = guest("cpulevel_names_every_model", "freedos-utils-1440.img") else { return };
    for (cpu, says, level) in [
        ("8086", "8086 or 80186", 0),
        ("80186", "8086 or 80186", 0),
        ("80286", "80286", 2),
        ("80386", "i386", 3),
        ("80486", "00000435", 4),
        ("pentium", "0000052c", 5),
        ("pentium-mmx", "[MMX UNIT]", 5),
        ("pentium-ii", "[CMOV opcode]", 6),
    ] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("script.txt");
        let text = format!(
            "wait \"InitDisk\" within 5s\nkey space\nwait \"A:\\>\" within 10s\ntype \"cls\\n\"\n\
             type \"cpulevel\\n\"\nwait any \"{says}\" within 10s\nwait \"A:\\>\" within 10s\n\
             type \"echo level %errorlevel%\\n\"\nwait \"level {level}\" within 5s\n"
        );
        std::fs::write(&path, text).expect("the script can be written");
        let output = run([image.as_os_str(), "--cpu".as_ref(), cpu.as_ref(), "--script".as_ref(), path.as_os_str()]);
        assert_exit(&output, 0);
    }
}

/// What the jobs write into C:\OUT and C:\JOB, for `MEM.TXT` apart, which tells of the machine's memory.
#[test]
fn a_hard_disk_of_jobs_ends_with_the_files_that_it_writes_elsewhere() {
    let test = "a_hard_disk_of_jobs_ends_with_the_files_that_it_writes_elsewhere";
    let Some(packed) = guest(test, "dosjobs/jobs-hd32M.img.gz") else { return };
    let expected = packed.with_file_name("expected");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image = copy_of(&packed, folder.path());
    let options = ["--write", "--rtc", "2000-01-02T03:04:05", "--limit", "2m", "--until", "ALL-JOBS-DONE"];
    let output = run(std::iter::once(image.as_os_str()).chain(options.map(OsStr::new)));
    assert_exit(&output, 0);

    let image = std::fs::read(image).expect("the image can be read");
    let disk = Volume::first_partition(&image);
    let wanted = std::fs::read_dir(expected).expect("what is expected stands beside the guest");
    let mut compared = 0;
    for entry in wanted.map(|entry| entry.expect("a folder can be listed")) {
        let name = entry.file_name().into_string().expect("a name of DOS");
        if name == "MEM.TXT" {
            continue;
        }
        let found = ["OUT", "JOB"].iter().find_map(|directory| disk.read(&format!("{directory}/{name}")));
        assert!(found == std::fs::read(entry.path()).ok(), "{name} differs");
        compared += 1;
    }
    assert!(compared > 20, "{compared} files were compared");
}
