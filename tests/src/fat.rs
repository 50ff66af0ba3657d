//! Reads files out of FAT12 and FAT16 volumes, so that a test sees what a guest's DOS left in an image.
//!
//! Source: "Microsoft Extensible Firmware Initiative FAT32 File System Specification" 1.03, "Boot Sector and BPB",
//! "FAT Type Determination", "FAT Directory Structure".

const SECTOR_BYTES: usize = 512;
const ENTRY_BYTES: usize = 32;
/// Attribute bits of a directory entry.
const VOLUME_LABEL: u8 = 0x08;
const DIRECTORY: u8 = 0x10;
/// With fewer clusters a volume is FAT12.
const FAT16_CLUSTERS: usize = 4085;

/// The bytes of a floppy with an empty FAT12 file system: 1,440, 1,680 or 2,880 KB, or 360 KB for any other number.
#[must_use]
pub fn empty_floppy(kilobytes: usize) -> Vec<u8> {
    // Sectors in all, in a cluster, in a FAT and on a track; entries of the root directory; the media byte.
    let (total, cluster, fat, track, entries, media) = match kilobytes {
        1440 => (2880, 1, 9, 18, 224, 0xf0),
        1680 => (3360, 4, 3, 21, 16, 0xf0),
        2880 => (5760, 2, 9, 36, 240, 0xf0),
        _ => (720, 2, 2, 9, 112, 0xfd),
    };
    let mut image = vec![0; total * SECTOR_BYTES];
    image[..11].copy_from_slice(b"\xeb\x3c\x90BEIGE   ");
    for (at, value) in [(11, SECTOR_BYTES), (14, 1), (17, entries), (19, total), (22, fat), (24, track), (26, 2)] {
        image[at..at + 2].copy_from_slice(&(value as u16).to_le_bytes());
    }
    (image[13], image[16], image[21]) = (cluster, 2, media);
    // Without these DOS believes no other geometry than the usual one.
    image[510..512].copy_from_slice(&[0x55, 0xaa]);
    for copy in 0..2 {
        image[(1 + copy * fat) * SECTOR_BYTES..][..3].copy_from_slice(&[media, 0xff, 0xff]);
    }
    image
}

/// A FAT12 or FAT16 volume.
pub struct Volume<'a> {
    bytes: &'a [u8],
}

/// One file or directory.
pub struct Entry {
    /// Such as `COMMAND.COM`, in capitals.
    pub name: String,
    attributes: u8,
    first_cluster: usize,
    size_bytes: usize,
}

/// # Panics
/// Every method panics when the image holds no sound volume.
impl<'a> Volume<'a> {
    /// The volume of a floppy image.
    #[must_use]
    pub fn floppy(image: &'a [u8]) -> Self {
        Self { bytes: image }
    }

    /// The volume in the first partition of a hard disk image.
    #[must_use]
    pub fn first_partition(image: &'a [u8]) -> Self {
        let entry = &image[0x1be..0x1ce];
        assert!(entry[4] != 0, "there is no partition");
        let first_lba = word(entry, 8) | word(entry, 10) << 16;
        Self { bytes: &image[first_lba * SECTOR_BYTES..] }
    }

    /// What a file holds; `path` is in capitals, such as `BIN/ATTRIB.COM`.
    #[must_use]
    pub fn read(&self, path: &str) -> Option<Vec<u8>> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let entry = self.list(folder)?.into_iter().find(|entry| entry.name == name)?;
        let mut contents = self.chain(entry.first_cluster);
        assert!(contents.len() >= entry.size_bytes, "{path} is longer than its chain of clusters");
        contents.truncate(entry.size_bytes);
        Some(contents)
    }

    /// What a directory holds, without its label, `.` and `..`; the root is the empty path.
    #[must_use]
    pub fn list(&self, path: &str) -> Option<Vec<Entry>> {
        let first = self.root_sector() * SECTOR_BYTES;
        let mut entries = parse(&self.bytes[first..first + word(self.bytes, 17) * ENTRY_BYTES]);
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let folder = entries.into_iter().find(|entry| entry.name == name && entry.attributes & DIRECTORY != 0)?;
            entries = parse(&self.chain(folder.first_cluster));
        }
        Some(entries)
    }

    fn root_sector(&self) -> usize {
        word(self.bytes, 14) + usize::from(self.bytes[16]) * word(self.bytes, 22)
    }

    fn data_sector(&self) -> usize {
        self.root_sector() + (word(self.bytes, 17) * ENTRY_BYTES).div_ceil(SECTOR_BYTES)
    }

    fn clusters(&self) -> usize {
        let small = word(self.bytes, 19);
        let sectors = if small == 0 { word(self.bytes, 32) | word(self.bytes, 34) << 16 } else { small };
        (sectors - self.data_sector()) / usize::from(self.bytes[13])
    }

    /// The bytes of a chain of clusters; 0 begins an empty one.
    fn chain(&self, first: usize) -> Vec<u8> {
        let cluster_bytes = usize::from(self.bytes[13]) * SECTOR_BYTES;
        let mut contents = Vec::new();
        let mut cluster = first;
        for _ in 0..self.clusters() {
            if !(2..self.clusters() + 2).contains(&cluster) {
                break;
            }
            let start = self.data_sector() * SECTOR_BYTES + (cluster - 2) * cluster_bytes;
            contents.extend_from_slice(&self.bytes[start..start + cluster_bytes]);
            cluster = self.next(cluster);
        }
        contents
    }

    fn next(&self, cluster: usize) -> usize {
        let fat = &self.bytes[word(self.bytes, 14) * SECTOR_BYTES..];
        if self.clusters() >= FAT16_CLUSTERS {
            return word(fat, cluster * 2);
        }
        let pair = word(fat, cluster * 3 / 2);
        if cluster.is_multiple_of(2) { pair & 0xfff } else { pair >> 4 }
    }
}

fn word(bytes: &[u8], at: usize) -> usize {
    usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]))
}

fn parse(directory: &[u8]) -> Vec<Entry> {
    let live = directory.chunks_exact(ENTRY_BYTES).take_while(|entry| entry[0] != 0);
    live.filter(|entry| !matches!(entry[0], 0xe5 | b'.') && entry[11] & VOLUME_LABEL == 0)
        .map(|entry| {
            let stem = String::from_utf8_lossy(&entry[..8]).trim_end().to_string();
            let extension = String::from_utf8_lossy(&entry[8..11]).trim_end().to_string();
            Entry {
                name: if extension.is_empty() { stem } else { format!("{stem}.{extension}") },
                attributes: entry[11],
                first_cluster: word(entry, 26),
                size_bytes: word(entry, 28) | word(entry, 30) << 16,
            }
        })
        .collect()
}
