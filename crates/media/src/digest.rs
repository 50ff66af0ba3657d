//! What tells the content of an image from any other.
//!
//! The digest of an image is BLAKE3 over the BLAKE3 hashes of its chunks of 1 MiB, the last of which may be shorter. So
//! after a write one chunk is read again, not the whole image.

use crate::store::Store;
use beige_core::SECTOR_BYTES;
use std::io;

/// Sectors of a chunk.
const CHUNK_SECTORS: u64 = (1 << 20) / SECTOR_BYTES as u64;

/// The digest of an image, as far as it is known.
#[derive(Debug)]
pub(crate) struct ContentDigest {
    sectors: u64,
    /// The hash of each chunk that is known; empty until the digest is asked for.
    chunks: Vec<Option<[u8; 32]>>,
    whole: Option<[u8; 32]>,
}

impl ContentDigest {
    /// The digest of an image of so many sectors.
    pub(crate) fn new(sectors: u64) -> ContentDigest {
        ContentDigest { sectors, chunks: Vec::new(), whole: None }
    }

    /// A sector of the image was written, or may have been.
    pub(crate) fn forget(&mut self, lba: u64) {
        self.whole = None;
        let chunk = usize::try_from(lba / CHUNK_SECTORS).ok().and_then(|number| self.chunks.get_mut(number));
        if let Some(chunk) = chunk {
            *chunk = None;
        }
    }

    /// The digest; reads the chunks that are not known.
    pub(crate) fn get(&mut self, store: &mut dyn Store) -> io::Result<[u8; 32]> {
        if let Some(whole) = self.whole {
            return Ok(whole);
        }
        let count = usize::try_from(self.sectors.div_ceil(CHUNK_SECTORS)).map_err(|_| io::ErrorKind::FileTooLarge)?;
        self.chunks.resize(count, None);
        let mut whole = blake3::Hasher::new();
        for (number, known) in self.chunks.iter_mut().enumerate() {
            let hash = match known {
                Some(hash) => *hash,
                None => *known.insert(hash_chunk(store, number as u64 * CHUNK_SECTORS, self.sectors)?),
            };
            whole.update(&hash);
        }
        Ok(*self.whole.insert(*whole.finalize().as_bytes()))
    }
}

fn hash_chunk(store: &mut dyn Store, first: u64, sectors: u64) -> io::Result<[u8; 32]> {
    let mut hash = blake3::Hasher::new();
    let mut sector = [0; SECTOR_BYTES];
    for lba in first..sectors.min(first + CHUNK_SECTORS) {
        store.read(lba, &mut sector)?;
        hash.update(&sector);
    }
    Ok(*hash.finalize().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Bytes;

    fn digest(bytes: Vec<u8>) -> [u8; 32] {
        let sectors = (bytes.len() / SECTOR_BYTES) as u64;
        ContentDigest::new(sectors).get(&mut Bytes(bytes.into())).unwrap()
    }

    #[test]
    fn every_sector_counts_and_so_does_the_size() {
        let sectors = CHUNK_SECTORS as usize + 3;
        let bytes = vec![0; sectors * SECTOR_BYTES];
        let of_zeros = digest(bytes.clone());
        for sector in [0, 1, CHUNK_SECTORS as usize - 1, CHUNK_SECTORS as usize, sectors - 1] {
            let mut other = bytes.clone();
            other[sector * SECTOR_BYTES + 7] = 1;
            assert_ne!(digest(other), of_zeros, "sector {sector}");
        }
        assert_ne!(digest(vec![0; (sectors + 1) * SECTOR_BYTES]), of_zeros);
    }

    #[test]
    fn a_chunk_is_hashed_again_after_a_write_only() {
        let sectors = CHUNK_SECTORS + 1;
        let mut content = ContentDigest::new(sectors);
        let zeros = vec![0; sectors as usize * SECTOR_BYTES];
        let before = content.get(&mut Bytes(zeros.clone().into())).unwrap();
        let mut written = zeros;
        written[5 * SECTOR_BYTES] = 1;
        let mut store = Bytes(written.clone().into());
        assert_eq!(content.get(&mut store).unwrap(), before, "nobody told of the write");
        content.forget(5);
        assert_eq!(content.get(&mut store).unwrap(), digest(written));
    }
}
