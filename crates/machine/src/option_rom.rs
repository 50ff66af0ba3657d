//! Option ROMs: cards that bring their own BIOS.

use crate::config::{ConfigError, VGA_BIOS_MAX_BYTES};
use beige_core::{Visitor, VisitorExt};
use std::ops::Range;

/// A ROM in the area that a BIOS searches.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct OptionRom {
    /// Its physical address, in steps of 2 KiB; `None` for the first free place.
    pub address: Option<u32>,
    /// What stands there.
    pub image: Vec<u8>,
}

/// Where a BIOS looks for option ROMs, and in which steps.
/// SPEC: IBM PC AT Technical Reference (6280070), "ROM scan"; E0000h is the second ROM socket of the board.
const AREA: Range<u32> = 0xc_8000..0xf_0000;
const STEP: u32 = 0x800;
/// More cards than any PC has slots for ROMs.
const MAX: usize = 8;
const MAX_BYTES: usize = (AREA.end - AREA.start) as usize;

/// Where each of the ROMs stands, between a VGA BIOS and a BIOS of these sizes.
///
/// # Errors
/// When there is no room for one of them.
pub(crate) fn place(
    roms: &[OptionRom],
    vga_bios_bytes: usize,
    bios_bytes: usize,
) -> Result<Vec<Range<u32>>, ConfigError> {
    let error = |text: String| Err(ConfigError::new(text));
    // The rest of the VGA BIOS's last page is its own.
    let from = AREA.start.max(0xc_0000 + vga_bios_bytes.min(VGA_BIOS_MAX_BYTES).next_multiple_of(0x1000) as u32);
    let to = AREA.end.min(0x10_0000 - bios_bytes.min(0x2_0000) as u32);
    if roms.len() > MAX {
        return error(format!("a PC has no room for {} option ROMs: give at most {MAX}", roms.len()));
    }
    let mut places: Vec<Option<Range<u32>>> = vec![None; roms.len()];
    // Those with an address of their own come first.
    let fixed = (0..roms.len()).filter(|index| roms[*index].address.is_some());
    let free = (0..roms.len()).filter(|index| roms[*index].address.is_none());
    for index in fixed.chain(free) {
        let bytes = roms[index].image.len();
        if bytes == 0 || bytes > MAX_BYTES {
            return error(format!("an option ROM has 1 byte to 160 KiB, not {bytes} bytes: give another --option-rom"));
        }
        let is_free = |place: &Range<u32>| {
            let overlaps = |other: &Range<u32>| place.start < other.end && other.start < place.end;
            place.start >= from && place.end <= to && !places.iter().flatten().any(overlaps)
        };
        let at = |start: u32| start..start + bytes as u32;
        let place = match roms[index].address {
            Some(address) if !address.is_multiple_of(STEP) || !AREA.contains(&address) => {
                return error(format!(
                    "a BIOS does not look for an option ROM at {address:X}h: give an address from C8000 in steps of 800"
                ));
            }
            Some(address) => Some(at(address)).filter(is_free),
            None => (from..to).step_by(STEP as usize).map(at).find(is_free),
        };
        let Some(place) = place else {
            return error(format!(
                "an option ROM of {bytes} bytes meets another ROM or the end of its area: free are {from:X}h-{:X}h",
                to - 1
            ));
        };
        places[index] = Some(place);
    }
    Ok(places.into_iter().flatten().collect())
}

/// Saves, loads or hashes the ROMs, in fields from `id` on.
pub(crate) fn visit(roms: &mut Vec<OptionRom>, v: &mut dyn Visitor, id: u16) {
    let mut count = roms.len() as u64;
    v.u64(id, &mut count);
    match usize::try_from(count) {
        Ok(count) if count <= MAX => roms.resize(count, OptionRom::default()),
        _ => return v.fail("there are too many option ROMs"),
    }
    for (id, rom) in (id + 1..).step_by(2).zip(roms) {
        let OptionRom { address, image } = rom;
        let mut at = address.map(u64::from);
        v.option_u64(id, &mut at);
        match at.map(u32::try_from).transpose() {
            Ok(at) => *address = at,
            Err(_) => v.fail("the address of an option ROM is none"),
        }
        v.blob(id + 1, image, MAX_BYTES);
    }
}
