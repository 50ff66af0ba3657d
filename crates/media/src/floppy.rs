//! The formats of floppy disks.
//!
//! Sources: Microsoft Knowledge Base Q75131, "Standard Floppy Disk Formats Supported by MS-DOS", for the geometries;
//! 82077AA data sheet (290166), "Data rate select register", for the rates. 640K is the 8-sector format of 80-track drives,
//! 1.68M the Distribution Media Format of Microsoft's setup disks (Knowledge Base Q96522), 1.48M and 1.72M are what users'
//! formatters (fdformat, 2M, the fd0u names of Linux) make with the two tracks that drives have beyond 80.

use beige_core::{Geometry, SECTOR_BYTES};

/// A standard floppy format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FloppyFormat {
    /// The name users know, such as `1.44M`.
    pub name: &'static str,
    /// Cylinders, heads, sectors per track.
    pub geometry: Geometry,
    /// Kilobits a second in the drive that the format was made for.
    pub data_rate_kbps: u32,
    /// Revolutions a minute in that drive.
    pub rpm: u32,
}

impl FloppyFormat {
    /// 40 tracks, one side, 8 sectors.
    pub const F160K: FloppyFormat = FloppyFormat::new("160K", [40, 1, 8], 250, 300);
    /// 40 tracks, one side, 9 sectors.
    pub const F180K: FloppyFormat = FloppyFormat::new("180K", [40, 1, 9], 250, 300);
    /// 40 tracks, 8 sectors.
    pub const F320K: FloppyFormat = FloppyFormat::new("320K", [40, 2, 8], 250, 300);
    /// 40 tracks, 9 sectors.
    pub const F360K: FloppyFormat = FloppyFormat::new("360K", [40, 2, 9], 250, 300);
    /// 80 tracks, 8 sectors.
    pub const F640K: FloppyFormat = FloppyFormat::new("640K", [80, 2, 8], 250, 300);
    /// 80 tracks, 9 sectors.
    pub const F720K: FloppyFormat = FloppyFormat::new("720K", [80, 2, 9], 250, 300);
    /// 80 tracks, 15 sectors.
    pub const F1200K: FloppyFormat = FloppyFormat::new("1.2M", [80, 2, 15], 500, 360);
    /// 80 tracks, 18 sectors.
    pub const F1440K: FloppyFormat = FloppyFormat::new("1.44M", [80, 2, 18], 500, 300);
    /// 82 tracks, 18 sectors.
    pub const F1476K: FloppyFormat = FloppyFormat::new("1.48M", [82, 2, 18], 500, 300);
    /// 80 tracks, 21 sectors.
    pub const F1680K: FloppyFormat = FloppyFormat::new("1.68M", [80, 2, 21], 500, 300);
    /// 82 tracks, 21 sectors.
    pub const F1722K: FloppyFormat = FloppyFormat::new("1.72M", [82, 2, 21], 500, 300);
    /// 80 tracks, 36 sectors.
    pub const F2880K: FloppyFormat = FloppyFormat::new("2.88M", [80, 2, 36], 1000, 300);

    /// All formats, the smallest first.
    pub const ALL: [FloppyFormat; 12] = [
        FloppyFormat::F160K,
        FloppyFormat::F180K,
        FloppyFormat::F320K,
        FloppyFormat::F360K,
        FloppyFormat::F640K,
        FloppyFormat::F720K,
        FloppyFormat::F1200K,
        FloppyFormat::F1440K,
        FloppyFormat::F1476K,
        FloppyFormat::F1680K,
        FloppyFormat::F1722K,
        FloppyFormat::F2880K,
    ];

    const fn new(name: &'static str, chs: [u32; 3], data_rate_kbps: u32, rpm: u32) -> FloppyFormat {
        let [cylinders, heads, sectors] = chs;
        FloppyFormat { name, geometry: Geometry { cylinders, heads, sectors }, data_rate_kbps, rpm }
    }

    /// Bytes of a whole floppy.
    #[must_use]
    pub fn bytes(self) -> u64 {
        self.geometry.total_sectors() * SECTOR_BYTES as u64
    }

    /// The smallest format that holds so many bytes, `None` when none does.
    #[must_use]
    pub fn holding(bytes: u64) -> Option<FloppyFormat> {
        FloppyFormat::ALL.into_iter().find(|format| format.bytes() >= bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_the_bytes_of_its_name() {
        let kib = FloppyFormat::ALL.map(|format| format.bytes() / 1024);
        assert_eq!(kib, [160, 180, 320, 360, 640, 720, 1200, 1440, 1476, 1680, 1722, 2880]);
    }

    #[test]
    fn a_size_between_two_formats_takes_the_larger() {
        assert_eq!(FloppyFormat::holding(512), Some(FloppyFormat::F160K));
        assert_eq!(FloppyFormat::holding(368_640), Some(FloppyFormat::F360K));
        assert_eq!(FloppyFormat::holding(368_641), Some(FloppyFormat::F640K));
        assert_eq!(FloppyFormat::holding(1_720_320), Some(FloppyFormat::F1680K));
        assert_eq!(FloppyFormat::holding(1_763_329), Some(FloppyFormat::F2880K));
        assert_eq!(FloppyFormat::holding(2_949_120), Some(FloppyFormat::F2880K));
        assert_eq!(FloppyFormat::holding(2_949_121), None);
    }
}
