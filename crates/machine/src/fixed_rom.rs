//! ROMs at addresses that the user names, in place of the BIOS: CPU tests and the firmware of other boards.

use crate::config::ConfigError;
use beige_core::{Visitor, VisitorExt};
use beige_cpu::{Model, PAGE_BYTES};

/// A ROM at a fixed place.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct FixedRom {
    /// Its physical address, in steps of 4 KiB.
    pub address: u32,
    /// What stands there, 1 byte to 1 MiB; the rest of its last 4 KiB is ones.
    pub image: Vec<u8>,
}

/// As many sockets as a board of the time had.
const MAX: usize = 4;
/// All that lies below the first address line of a 286.
pub(crate) const MAX_BYTES: usize = 1 << 20;
const MEBIBYTE: u64 = 0x10_0000;
/// What the first instruction of every model is away from the top of its address space.
const RESET_VECTOR_BYTES: u64 = 16;

impl FixedRom {
    fn end(&self) -> u64 {
        u64::from(self.address) + (self.image.len() as u64).next_multiple_of(u64::from(PAGE_BYTES))
    }

    pub(crate) fn holds(&self, address: u64) -> bool {
        u64::from(self.address) <= address && address < self.end()
    }

    /// Where a ROM that holds the 8086's reset vector stands once more, and from which of its bytes on: below the top of
    /// the address space, where later models start.
    pub(crate) fn mirror(&self, model: Model) -> Option<(u32, usize)> {
        let top = u64::from(model.address_mask()) + 1;
        if top <= MEBIBYTE || !self.holds(MEBIBYTE - RESET_VECTOR_BYTES) {
            return None;
        }
        let below = (MEBIBYTE - u64::from(self.address)) as usize;
        Some(((top - below as u64) as u32, below))
    }
}

/// # Errors
/// When a ROM does not fit, or the CPU would find nothing to start with.
pub(crate) fn check(roms: &[FixedRom], model: Model) -> Result<(), ConfigError> {
    let error = |text: String| Err(ConfigError::new(text));
    if roms.len() > MAX {
        return error(format!("a board has no sockets for {} ROMs: give --rom at most {MAX} times", roms.len()));
    }
    let top = u64::from(model.address_mask()) + 1;
    for (index, rom) in roms.iter().enumerate() {
        let FixedRom { address, image } = rom;
        if image.is_empty() || image.len() > MAX_BYTES {
            return error(format!("a ROM has 1 byte to 1 MiB, not {} bytes: give another --rom", image.len()));
        }
        if !address.is_multiple_of(PAGE_BYTES) {
            return error(format!("a ROM cannot stand at {address:X}h: give --rom an address in steps of 1000"));
        }
        if rom.end() > top {
            let name = model.name();
            return error(format!(
                "a ROM of {} bytes at {address:X}h ends above what the {name} can address: give --rom a lower address, or another --cpu",
                image.len()
            ));
        }
        if roms[..index].iter().any(|other| other.end() > u64::from(*address) && rom.end() > u64::from(other.address)) {
            return error(format!("the ROM at {address:X}h meets another one: give --rom other addresses"));
        }
    }
    let starts = [MEBIBYTE - RESET_VECTOR_BYTES, top - RESET_VECTOR_BYTES];
    if !roms.iter().any(|rom| starts.iter().any(|start| rom.holds(*start))) {
        return error("no ROM holds the address where the CPU starts, FFFF0h: give --rom one that does".to_owned());
    }
    Ok(())
}

/// Saves, loads or hashes the ROMs, in fields from `id` on.
pub(crate) fn visit(roms: &mut Vec<FixedRom>, v: &mut dyn Visitor, id: u16) {
    let mut count = roms.len() as u64;
    v.u64(id, &mut count);
    match usize::try_from(count) {
        Ok(count) if count <= MAX => roms.resize(count, FixedRom::default()),
        _ => return v.fail("there are too many ROMs"),
    }
    for (id, rom) in (id + 1..).step_by(2).zip(roms) {
        let FixedRom { address, image } = rom;
        v.u32(id, address);
        v.blob(id + 1, image, MAX_BYTES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rom(address: u32, bytes: usize) -> FixedRom {
        FixedRom { address, image: vec![0xf4; bytes] }
    }

    fn refused(roms: &[FixedRom], model: Model) -> String {
        check(roms, model).unwrap_err().to_string()
    }

    #[test]
    fn a_rom_over_the_reset_vector_stands_at_the_top_too() {
        assert_eq!(rom(0xf_0000, 0x1_0000).mirror(Model::I80386), Some((0xffff_0000, 0x1_0000)));
        assert_eq!(rom(0xe_0000, 0x2_0000).mirror(Model::I80286), Some((0xfe_0000, 0x2_0000)));
        assert_eq!(rom(0xf_0000, 0x2_0000).mirror(Model::I80386), Some((0xffff_0000, 0x1_0000)));
        assert_eq!(rom(0xf_0000, 0x1_0000).mirror(Model::I8086), None);
        assert_eq!(rom(0xc_0000, 0x1_0000).mirror(Model::I80386), None);
    }

    #[test]
    fn what_makes_no_machine_is_refused_with_the_reason() {
        for model in Model::ALL {
            assert_eq!(check(&[rom(0xf_0000, 0x1_0000)], model), Ok(()));
        }
        assert_eq!(check(&[rom(0xffff_f000, 0x1000)], Model::I80386), Ok(()));
        assert!(refused(&[], Model::I8086).contains("where the CPU starts"));
        assert!(refused(&[rom(0xc_0000, 0x1_0000)], Model::I80486).contains("where the CPU starts"));
        assert!(refused(&[rom(0xf_0800, 0x1_0000)], Model::I80486).contains("steps of 1000"));
        assert!(refused(&[rom(0xf_0000, 0x1_1000)], Model::I8086).contains("8086 can address"));
        assert!(refused(&[rom(0xe_f000, 0x1001), rom(0xf_0000, 0x1_0000)], Model::I80386).contains("another one"));
        assert!(refused(&[rom(0xf_0000, 0)], Model::I80386).contains("not 0 bytes"));
        assert!(refused(&[rom(0, MAX_BYTES + 1)], Model::I80386).contains("1 MiB"));
        let five: Vec<FixedRom> = (0..5).map(|index| rom(index * 0x1_0000, 0x1000)).collect();
        assert!(refused(&five, Model::I80386).contains("at most 4 times"));
    }
}
