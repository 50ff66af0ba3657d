//! ROM images as bytes: Beige's own BIOS, VGA BIOS and built-in disk.
//!
//! The images are guest code, built from the NASM sources in `roms/` and committed, so that users need only cargo; CI
//! rebuilds and compares them.

#![forbid(unsafe_code)]

/// The BIOS, 128 KiB, for E0000h to FFFFFh; the lower 32 KiB hold a copy of the VGA BIOS for foreign boards.
pub static BIOS: &[u8] = include_bytes!("../../../roms/bios.bin");

/// The VGA BIOS, 32 KiB, for C0000h.
pub static VGA_BIOS: &[u8] = include_bytes!("../../../roms/vgabios.bin");

/// The disk that boots when no image is named: the first sectors of a floppy.
pub static BUILT_IN_DISK: &[u8] = include_bytes!("../../../roms/demo.img");

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(image: &[u8]) -> u8 {
        image.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
    }

    #[test]
    fn the_bios_ends_at_one_mebibyte_and_says_it_is_an_at() {
        assert_eq!(BIOS.len(), 0x10_0000 - 0xe_0000);
        assert_eq!(BIOS[0x1_fffe], 0xfc);
        assert_eq!(BIOS[0x1_fff0], 0xea, "a far jump stands at the reset vector");
        assert_eq!(sum(&BIOS[0x1_0000..]), 0);
    }

    #[test]
    fn the_vga_bios_is_an_option_rom_and_stands_in_the_bios_too() {
        assert_eq!(&VGA_BIOS[..2], &[0x55, 0xaa]);
        assert_eq!(usize::from(VGA_BIOS[2]) * 512, VGA_BIOS.len());
        assert_eq!(sum(VGA_BIOS), 0);
        assert_eq!(&BIOS[..VGA_BIOS.len()], VGA_BIOS);
    }

    #[test]
    fn the_built_in_disk_is_bootable() {
        assert_eq!(&BUILT_IN_DISK[510..512], &[0x55, 0xaa]);
        assert!(BUILT_IN_DISK.len().is_multiple_of(512));
    }
}
