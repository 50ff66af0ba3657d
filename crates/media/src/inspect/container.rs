//! Files that are no raw images: other image formats, archives, programs, text. Told by their magic numbers.
//!
//! Sources: QEMU, docs/interop/qcow2.txt; Microsoft, "Virtual Hard Disk Image Format Specification" and [MS-VHDX];
//! VMware, "Virtual Disk Format 5.0"; VirtualBox, VDICore.h for the signature's place; Dave Dunfield, ImageDisk
//! documentation; RFC 1952 (gzip), RFC 8878 (Zstandard); PKWARE APPNOTE 4.3.7; the XZ and 7z format descriptions.

use super::source::{Source, holds, u32_at};

/// What a file is, when it is no raw image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Its name, as in `qcow2 image`.
    pub name: &'static str,
    /// What to do with it; `IMAGE` stands for its path.
    pub remedy: &'static str,
}

/// Bytes, their place, the name, the remedy.
type Magic = (usize, &'static [u8], &'static str, &'static str);

const UNPACK: &str = "unpack it and use the image inside";
const NO_DISK: &str = "it is no disk image; name one";

#[rustfmt::skip]
const MAGICS: &[Magic] = &[
    (0, b"QFI\xfb", "qcow2 image", "convert it with `qemu-img convert -f qcow2 -O raw IMAGE disk.img`"),
    (0, b"QED\0", "QED image", "convert it with `qemu-img convert -f qed -O raw IMAGE disk.img`"),
    (0, b"conectix", "VHD image", "convert it with `qemu-img convert -f vpc -O raw IMAGE disk.img`"),
    (0, b"vhdxfile", "VHDX image", "convert it with `qemu-img convert -f vhdx -O raw IMAGE disk.img`"),
    (64, b"\x7f\x10\xda\xbe", "VDI image", "convert it with `qemu-img convert -f vdi -O raw IMAGE disk.img`"),
    (0, b"KDMV", "VMDK image", "convert it with `qemu-img convert -f vmdk -O raw IMAGE disk.img`"),
    (0, b"COWD", "VMDK image", "convert it with `qemu-img convert -f vmdk -O raw IMAGE disk.img`"),
    (0, b"# Disk DescriptorFile", "VMDK descriptor", "convert it with `qemu-img convert -f vmdk -O raw IMAGE disk.img`"),
    (0, b"Bochs Virtual HD Image", "Bochs growing image", "convert it with `bximage`"),
    (0, b"IMD ", "ImageDisk image", "convert it with ImageDisk's `imdu IMAGE disk.img /B`"),
    (0, b"TD\0", "TeleDisk image", "convert it into a raw image"),
    (0, b"td\0", "compressed TeleDisk image", "convert it into a raw image"),
    (0, b"HXCPICFE", "HFE image of magnetic flux", "convert it with `hxcfe -finput:IMAGE -conv:RAW_LOADER`"),
    (0, b"SCP", "SuperCard Pro image of magnetic flux", "convert it with `gw convert IMAGE disk.img`"),
    (0, b"\x1f\x8b", "gzip archive", "unpack it with `gzip -dk IMAGE`"),
    (0, b"BZh", "bzip2 archive", "unpack it with `bzip2 -dk IMAGE`"),
    (0, b"\xfd7zXZ\0", "xz archive", "unpack it with `xz -dk IMAGE`"),
    (0, b"\x28\xb5\x2f\xfd", "Zstandard archive", "unpack it with `zstd -d IMAGE`"),
    (0, b"PK\x03\x04", "ZIP archive", UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", "7z archive", UNPACK),
    (0, b"Rar!\x1a\x07", "RAR archive", UNPACK),
    (0, b"\x7fELF", "ELF program", NO_DISK),
    (0, b"MZ", "DOS or Windows program", NO_DISK),
    (0, b"%PDF-", "PDF document", NO_DISK),
    (0, b"\x89PNG\r\n\x1a\n", "PNG picture", NO_DISK),
];

/// How much of a file is looked at for being text.
const TEXT_BYTES: usize = 4096;
/// The footer of a VHD of fixed size stands in the last sector.
const VHD_FOOTER: u64 = 512;
/// The trailer of an Apple disk image.
const DMG_TRAILER: u64 = 512;

/// What the file is when it is no raw image.
pub(super) fn recognise(source: &mut impl Source) -> Option<Container> {
    let head = source.copy(0, TEXT_BYTES);
    let is_boot_sector = u32_at(&head, 508) >> 16 == 0xaa55;
    let found = MAGICS.iter().find(|(at, magic, ..)| head.get(*at..).is_some_and(|rest| rest.starts_with(magic)));
    if let Some((_, magic, name, remedy)) = found {
        // Two letters prove little in a sector that a BIOS boots.
        if magic.len() > 3 || !is_boot_sector {
            return Some(Container { name, remedy });
        }
    }
    let end = source.bytes();
    let footer = |source: &mut dyn FnMut(u64) -> Vec<u8>, back: u64| end.checked_sub(back).map(source);
    let mut read = |at| source.copy(at, 8);
    if footer(&mut read, VHD_FOOTER).is_some_and(|footer| footer.starts_with(b"conectix")) {
        return Some(Container {
            name: "VHD image of fixed size",
            remedy: "convert it with `qemu-img convert -f vpc -O raw IMAGE disk.img`",
        });
    }
    if footer(&mut read, DMG_TRAILER).is_some_and(|trailer| trailer.starts_with(b"koly")) {
        let remedy = "convert it with `hdiutil convert IMAGE -format UDTO -o disk`";
        return Some(Container { name: "Apple disk image", remedy });
    }
    is_text(&head).then_some(Container { name: "text file", remedy: NO_DISK })
}

/// Whether nothing but text stands in `head`.
fn is_text(head: &[u8]) -> bool {
    let head = head.strip_suffix(&[0x1a]).unwrap_or(head);
    let plain = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x20..=0x7e | 0x80..);
    !head.is_empty()
        && head.iter().all(plain)
        && std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true)
        && !holds(head, b"\x55\xaa")
}
