//! Images made by hand, and what is said of them; then hostile ones.

use super::*;
use beige_testkit::Random;

fn put(image: &mut [u8], at: usize, bytes: &[u8]) {
    image[at..at + bytes.len()].copy_from_slice(bytes);
}

/// A 1.44M floppy with an empty FAT12 file system, its boot sector without code.
fn floppy() -> Vec<u8> {
    let mut image = vec![0; 1_474_560];
    put(&mut image, 0, b"\xeb\x3c\x90TESTOEM ");
    put(&mut image, 11, &[0, 2, 1, 1, 0, 2, 224, 0, 0x40, 0x0b, 0xf0, 9, 0, 18, 0, 2, 0]);
    put(&mut image, 38, b"\x29\x78\x56\x34\x12BOOT LABEL FAT12   ");
    put(&mut image, 510, &[0x55, 0xaa]);
    for fat in [1, 10] {
        put(&mut image, fat * 512, &[0xf0, 0xff, 0xff]);
    }
    image
}

/// Adds a file of one cluster to the root directory of [`floppy`].
fn add_file(image: &mut [u8], index: usize, name: &[u8; 11], attributes: u8, content: &[u8]) {
    let entry = 19 * 512 + index * 32;
    put(image, entry, name);
    image[entry + 11] = attributes;
    let cluster = 2 + index;
    put(image, entry + 26, &(cluster as u16).to_le_bytes());
    put(image, entry + 28, &(content.len() as u32).to_le_bytes());
    put(image, (33 + cluster - 2) * 512, content);
    for fat in [1, 10] {
        let at = fat * 512 + cluster * 3 / 2;
        let pair = u16::from_le_bytes([image[at], image[at + 1]]);
        let pair = if cluster.is_multiple_of(2) { pair & 0xf000 | 0xfff } else { pair & 0x000f | 0xfff0 };
        put(image, at, &pair.to_le_bytes());
    }
}

fn add_boot_code(image: &mut [u8], text: &[u8]) {
    put(image, 62, &[0xfa, 0x31, 0xc0, 0x8e, 0xd8]);
    put(image, 100, text);
}

fn entry(active: u8, kind: u8, first: u32, sectors: u32) -> [u8; 16] {
    let mut entry = [0; 16];
    (entry[0], entry[4]) = (active, kind);
    put(&mut entry, 1, &[1, 1, 0]);
    put(&mut entry, 5, &[15, 63, 9]);
    put(&mut entry, 8, &first.to_le_bytes());
    put(&mut entry, 12, &sectors.to_le_bytes());
    entry
}

/// A hard disk with this table.
fn hard_disk(entries: &[[u8; 16]]) -> Vec<u8> {
    let mut image = vec![0; 4 << 20];
    put(&mut image, 0, &[0xfa, 0x31, 0xc0, 0x8e]);
    entries.iter().enumerate().for_each(|(index, entry)| put(&mut image, 446 + 16 * index, entry));
    put(&mut image, 510, &[0x55, 0xaa]);
    image
}

fn look(image: &[u8]) -> Inspection {
    inspect_source(&mut image.to_vec())
}

fn fat_of(inspection: &Inspection) -> &FatVolume {
    match &inspection.volumes[0].file_system {
        FileSystem::Fat(fat) => fat,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_blank_formatted_floppy_is_one() {
    let inspection = look(&floppy());
    assert_eq!(inspection.seems, "blank formatted floppy");
    assert!(inspection.boot.has_signature && !inspection.boot.has_code);
    assert_eq!(inspection.boot.oem_name.as_deref(), Some("TESTOEM"));
    let fat = fat_of(&inspection);
    assert_eq!((fat.bits, fat.clusters, fat.free_clusters, fat.cluster_bytes), (12, 2847, Some(2847), 512));
    assert_eq!((fat.serial, fat.boot_label.as_deref(), &fat.label), (Some(0x1234_5678), Some("BOOT LABEL"), &None));
    assert!(matches!(inspection.medium, Some(Medium::Floppy { format: FloppyFormat::F1440K, stored_sectors: 2880 })));
    assert_eq!(inspection.problem, None);
}

#[test]
fn files_of_a_system_and_their_version_are_evidence() {
    let mut image = floppy();
    add_boot_code(&mut image, b"IO      SYSMSDOS   SYS");
    add_file(&mut image, 0, b"MY LABEL   ", 0x08, b"");
    add_file(&mut image, 1, b"IO      SYS", 0x07, b"\0\0");
    add_file(&mut image, 2, b"MSDOS   SYS", 0x07, b"\x01XX-DOS Version 3.31\r\nmore");
    add_file(&mut image, 3, b"GAMES      ", 0x10, b"");
    let inspection = look(&image);
    assert_eq!(inspection.seems, "MS-DOS boot floppy, IO.SYS, MSDOS.SYS; MSDOS.SYS says \"XX-DOS Version 3.31\"");
    let fat = fat_of(&inspection);
    assert_eq!((fat.label.as_deref(), fat.free_clusters), (Some("MY LABEL"), Some(2843)));
    assert!(fat.root[2].is_directory && fat.root.len() == 3);
}

#[test]
fn a_kernel_is_freedos_only_when_something_says_so() {
    let mut image = floppy();
    add_boot_code(&mut image, b"KERNEL  SYS");
    add_file(&mut image, 0, b"KERNEL  SYS", 0, b"");
    assert_eq!(look(&image).seems, "DOS of the FreeDOS kind boot floppy, KERNEL.SYS");
    add_boot_code(&mut image, b"KERNEL  SYSFreeDOS");
    assert_eq!(look(&image).seems, "FreeDOS boot floppy, KERNEL.SYS");
}

#[test]
fn a_boot_sector_that_names_a_file_loads_it() {
    let mut image = floppy();
    add_boot_code(&mut image, b"ANYOS   BIN");
    add_file(&mut image, 0, b"README  TXT", 0, b"hello");
    assert_eq!(look(&image).seems, "formatted floppy with files, and none of a system that is known here");
    add_file(&mut image, 1, b"ANYOS   BIN", 0, b"hello");
    assert_eq!(look(&image).seems, "boot floppy, its boot sector loads ANYOS.BIN");
}

#[test]
fn a_floppy_of_dos_1_is_known_by_its_media_byte() {
    let mut image = vec![0; 163_840];
    put(&mut image, 512, &[0xfe, 0xff, 0xff]);
    put(&mut image, 1024, &[0xfe, 0xff, 0xff]);
    let fat = look(&image);
    assert_eq!((fat_of(&fat).bits, fat_of(&fat).clusters), (12, 313));
}

#[test]
fn blank_and_unknown_images_are_told_apart() {
    assert_eq!(look(&vec![0; 368_640]).seems, "blank floppy, not formatted");
    assert_eq!(look(&vec![0xf6; 4 << 20]).seems, "blank hard disk, not formatted");
    let mut image = vec![0; 368_640];
    put(&mut image, 100_000, b"something");
    assert_eq!(look(&image).seems, "floppy, it cannot be told what is on it");
    put(&mut image, 300, b"something");
    put(&mut image, 510, &[0x55, 0xaa]);
    assert_eq!(look(&image).seems, "floppy that boots a program of its own, no file system that is known here");
}

#[test]
fn partitions_are_named_and_extended_ones_followed() {
    let mut image = hard_disk(&[entry(0x80, 6, 63, 1000), entry(0, 5, 2000, 4000)]);
    let mut table = [0; 512];
    put(&mut table, 446, &entry(0, 0x83, 10, 500));
    put(&mut table, 462, &entry(0, 5, 1000, 600));
    put(&mut table, 510, &[0x55, 0xaa]);
    put(&mut image, 2000 * 512, &table);
    put(&mut table, 446, &entry(0, 1, 10, 90_000));
    put(&mut table, 462, &[0; 16]);
    put(&mut image, 3000 * 512, &table);
    let inspection = look(&image);
    let found: Vec<(usize, &str, u64, bool)> =
        inspection.partitions.iter().map(|p| (p.number, p.type_name(), p.first_lba, p.fits)).collect();
    let expected =
        [(1, "FAT16", 63, true), (2, "extended", 2000, true), (5, "Linux", 2010, true), (6, "FAT12", 3010, false)];
    assert_eq!(found, expected);
    assert_eq!((inspection.partitions[0].active, inspection.partitions[0].first_chs), (true, [0, 1, 1]));
    assert_eq!(inspection.seems, "hard disk, partition 1 (FAT16) is active");
}

#[test]
fn an_extended_partition_that_leads_to_itself_ends() {
    let mut image = hard_disk(&[entry(0, 5, 1, 4000)]);
    let mut table = [0; 512];
    put(&mut table, 446, &entry(0, 6, 1, 1));
    put(&mut table, 462, &entry(0, 5, 0, 4000));
    put(&mut table, 510, &[0x55, 0xaa]);
    put(&mut image, 512, &table);
    assert_eq!(look(&image).partitions.len(), 2);
    // Each table leads to the next sector, without end.
    for lba in 1..8000 {
        put(&mut table, 462, &entry(0, 5, lba, 4000));
        put(&mut image, lba as usize * 512, &table);
    }
    assert!(look(&image).partitions.len() < 70);
}

#[test]
fn other_formats_are_named_with_what_to_do() {
    let padded = |magic: &[u8]| [magic, &[0; 1024]].concat();
    let mut vdi = padded(b"<<< image >>>\n");
    put(&mut vdi, 64, b"\x7f\x10\xda\xbe");
    let mut vhd = padded(&[0; 1024]);
    let end = vhd.len();
    put(&mut vhd, end - 512, b"conectix");
    for (bytes, name, remedy) in [
        (padded(b"QFI\xfb"), "qcow2", "qemu-img"),
        (padded(b"KDMV"), "VMDK", "qemu-img"),
        (vdi, "VDI", "qemu-img"),
        (vhd, "VHD", "qemu-img"),
        (padded(b"\x1f\x8b\x08"), "gzip", "gzip -dk"),
        (b"[config]\nname = \xc3\xa4\n".to_vec(), "text", "no disk image"),
    ] {
        let inspection = look(&bytes);
        assert!(inspection.seems.contains(name), "{}", inspection.seems);
        assert!(inspection.container.is_some_and(|container| container.remedy.contains(remedy)), "{name}");
    }
}

#[test]
fn other_file_systems_are_known_by_name() {
    let disk = || vec![0; 4 << 20];
    let marked = |places: &[(usize, &[u8])]| {
        let mut image = disk();
        places.iter().for_each(|(at, bytes)| put(&mut image, *at, bytes));
        image
    };
    for (image, name, label) in [
        (marked(&[(3, b"NTFS    ")]), "NTFS", None),
        (marked(&[(1024 + 56, b"\x53\xef"), (1024 + 120, b"root")]), "ext2, ext3 or ext4", Some("root")),
        (marked(&[(32_769, b"CD001"), (32_808, b"MY CD  ")]), "ISO 9660", Some("MY CD")),
        (marked(&[(8192, b"\x49\xe8\x95\xf9")]), "HPFS", None),
        (marked(&[(1024 + 16, b"\x8f\x13")]), "Minix", None),
    ] {
        let inspection = look(&image);
        let FileSystem::Other { name: found, label: said } = &inspection.volumes[0].file_system else { panic!("FAT") };
        assert_eq!((*found, said.as_deref()), (name, label));
        assert!(inspection.seems.contains(name), "{}", inspection.seems);
    }
}

#[test]
fn odd_sizes_are_told_and_do_not_stop_the_look() {
    assert_eq!(look(&[]).problem, Some(Problem::Empty));
    assert_eq!(look(&[7]).seems, "too small for a disk image");
    let mut image = floppy();
    image.push(0);
    let inspection = look(&image);
    assert_eq!(inspection.problem, Some(Problem::NotSectors(1_474_561)));
    assert_eq!(inspection.seems, "blank formatted floppy");
}

#[test]
fn hostile_images_end_in_an_answer_of_bounded_size() {
    let mut random = Random::new(11);
    let mut seeds = [floppy(), hard_disk(&[entry(0x80, 6, 63, 1000), entry(0, 5, 2000, 4000)])];
    add_boot_code(&mut seeds[0], b"KERNEL  SYS");
    add_file(&mut seeds[0], 0, b"KERNEL  SYS", 0, b"FreeDOS version 1");
    seeds[0].truncate(40 * 512);
    let boot = seeds[0][..512].to_vec();
    put(&mut seeds[1], 63 * 512, &boot);
    seeds[1].truncate(FAT32_AT + 512);
    for round in 0..6000 {
        let mut image = seeds[round % 2].clone();
        let places = 1 + random.below(12);
        for _ in 0..places {
            // Most of what is read stands in few sectors.
            let sector = [0, 0, 1, 19, 63, 2000][random.below(6) as usize] * 512;
            let at = (sector + random.below(512) as usize).min(image.len() - 1);
            image[at] = [0, 0xff, 0x80, 0x29, random.byte()][random.below(5) as usize];
        }
        if random.below(4) == 0 {
            image.truncate(random.below(image.len() as u64) as usize);
        }
        let inspection = inspect_source(&mut image);
        assert!(!inspection.seems.is_empty() && inspection.partitions.len() < 70);
        assert!(inspection.seems.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{:?}", inspection.seems);
    }
}

/// Beyond the places that the hostile test changes.
const FAT32_AT: usize = 2001 * 512;

#[test]
fn a_huge_sparse_file_is_looked_at_without_reading_it() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut head = hard_disk(&[entry(0x80, 0x0c, 63, 0xffff_0000)]);
    // A FAT32 of 268 million clusters, which is not counted.
    put(&mut head, 63 * 512, b"\xeb\x58\x90TESTOEM \0\x02\x40\x20\0\x02\0\0\0\0\xf8\0\0\x3f\0\xff\0");
    put(&mut head, 63 * 512 + 28, &[63, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0x10, 0]);
    put(&mut head, 63 * 512 + 44, &[2, 0, 0, 0]);
    std::fs::write(file.path(), head).unwrap();
    file.as_file().set_len(1 << 41).unwrap();
    let inspection = inspect(file.path()).unwrap();
    assert_eq!(inspection.problem, Some(Problem::TooLarge(1 << 41)));
    assert_eq!((fat_of(&inspection).bits, fat_of(&inspection).free_clusters), (32, None));
}

#[test]
fn what_is_no_regular_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let problem = |path: &Path| inspect(path).map_err(|error| error.problem().clone());
    assert_eq!(problem(folder.path()), Err(Problem::Directory));
    assert_eq!(problem(&folder.path().join("none")), Err(Problem::Missing));
    assert_eq!(problem(Path::new("/dev/null")), Err(Problem::NotRegular));
}
