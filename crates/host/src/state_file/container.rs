//! The container: magic, version, two compressed parts, one checksum.

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use std::io::{Read, Write};

/// What a state file begins with. The first byte is no text, the last two show a transfer as text.
pub(super) const MAGIC: [u8; 8] = *b"\x8aBEIGE\r\n";
/// The version of the container. What is in it has versions of its own.
const VERSION: u32 = 1;
/// Magic, version, and for each part its bytes in the file and unpacked.
const PREFIX_BYTES: usize = 8 + 4 + 4 * 8;
const CHECKSUM_BYTES: usize = 32;
const HEADER_BYTES: usize = PREFIX_BYTES + CHECKSUM_BYTES;

/// Both parts of a file.
pub(super) struct Container {
    pub(super) head: Packed,
    pub(super) machine: Packed,
}

/// Compressed bytes.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    bytes: Vec<u8>,
    unpacked_bytes: u64,
}

impl Packed {
    /// # Errors
    /// When it is more than `most`, or not what it says it is.
    pub(super) fn unpack(&self, most: u64) -> Result<Vec<u8>, String> {
        if self.unpacked_bytes > most {
            return Err(format!("it unpacks to {} bytes, such a machine has at most {most}", self.unpacked_bytes));
        }
        let mut plain = Vec::new();
        // One byte more than it may have, to see that it ends.
        let mut decoder = ZlibDecoder::new(self.bytes.as_slice()).take(self.unpacked_bytes + 1);
        let read = decoder.read_to_end(&mut plain).map_err(|error| format!("it cannot be unpacked: {error}"))?;
        if read as u64 != self.unpacked_bytes {
            return Err("it does not unpack to the bytes that it says".to_owned());
        }
        Ok(plain)
    }
}

/// Compresses; quickly, for a machine waits.
pub(super) fn pack(plain: &[u8]) -> Packed {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    // A vector takes every write.
    let _ = encoder.write_all(plain);
    Packed { bytes: encoder.finish().unwrap_or_default(), unpacked_bytes: plain.len() as u64 }
}

/// Whether a file that begins with these bytes is a state file, of whatever version.
#[must_use]
pub fn is_state_file(first_bytes: &[u8]) -> bool {
    first_bytes.starts_with(&MAGIC)
}

/// The bytes of a file.
pub(super) fn write(container: &Container) -> Vec<u8> {
    let Container { head, machine } = container;
    let mut file = Vec::with_capacity(HEADER_BYTES + head.bytes.len() + machine.bytes.len());
    file.extend_from_slice(&MAGIC);
    file.extend_from_slice(&VERSION.to_le_bytes());
    for part in [head, machine] {
        file.extend_from_slice(&(part.bytes.len() as u64).to_le_bytes());
        file.extend_from_slice(&part.unpacked_bytes.to_le_bytes());
    }
    let sum = checksum(&file, &[&head.bytes, &machine.bytes]);
    file.extend_from_slice(&sum);
    file.extend_from_slice(&head.bytes);
    file.extend_from_slice(&machine.bytes);
    file
}

fn checksum(prefix: &[u8], parts: &[&[u8]]) -> [u8; CHECKSUM_BYTES] {
    let mut hash = blake3::Hasher::new();
    hash.update(prefix);
    for part in parts {
        hash.update(part);
    }
    *hash.finalize().as_bytes()
}

/// Takes a file apart.
///
/// # Errors
/// What is wrong with it, the end of a sentence that begins with its name.
pub(super) fn read(file: &[u8]) -> Result<Container, String> {
    if !is_state_file(file) {
        return Err("is no state of Beige: give a file that Beige has saved".to_owned());
    }
    let short = || "is cut short: use another copy".to_owned();
    let (header, parts) = file.split_at_checked(HEADER_BYTES).ok_or_else(short)?;
    let (prefix, sum) = header.split_at(PREFIX_BYTES);
    let version = u32::from_le_bytes(prefix[8..12].try_into().unwrap_or_default());
    if version != VERSION {
        let newer =
            format!("was written by a newer Beige: it has format {version}, this one reads {VERSION}; use that");
        return Err(if version > VERSION {
            newer
        } else {
            "is damaged: it has no version; use another copy".to_owned()
        });
    }
    let words = prefix[12..].as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word));
    let [head_bytes, head_unpacked, machine_bytes, machine_unpacked] =
        words.collect::<Vec<u64>>().try_into().unwrap_or_default();
    let wanted = head_bytes.checked_add(machine_bytes);
    if wanted.is_none_or(|wanted| wanted > parts.len() as u64) {
        return Err(short());
    }
    if wanted != Some(parts.len() as u64) || checksum(prefix, &[parts]) != *sum {
        return Err("is damaged: its checksum does not match; use another copy".to_owned());
    }
    let (head, machine) = parts.split_at(head_bytes as usize);
    Ok(Container {
        head: Packed { bytes: head.to_owned(), unpacked_bytes: head_unpacked },
        machine: Packed { bytes: machine.to_owned(), unpacked_bytes: machine_unpacked },
    })
}

/// Packs without compressing.
#[cfg(test)]
pub(super) fn store(plain: &[u8]) -> Packed {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::none());
    let _ = encoder.write_all(plain);
    Packed { bytes: encoder.finish().unwrap_or_default(), unpacked_bytes: plain.len() as u64 }
}

/// The same file with a checksum that matches.
#[cfg(test)]
pub(super) fn with_checksum(mut file: Vec<u8>) -> Vec<u8> {
    if file.len() >= HEADER_BYTES {
        let sum = checksum(&file[..PREFIX_BYTES], &[&file[HEADER_BYTES..]]);
        file[PREFIX_BYTES..HEADER_BYTES].copy_from_slice(&sum);
    }
    file
}
