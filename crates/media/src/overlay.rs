//! What the guest has written over an image that is not to change.

use beige_core::{SECTOR_BYTES, StateError, Visitor};
use std::collections::BTreeMap;

const RECORD_BYTES: usize = 8 + SECTOR_BYTES;

/// Sectors by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Overlay {
    sectors: BTreeMap<u64, Box<[u8; SECTOR_BYTES]>>,
}

impl Overlay {
    pub(crate) fn get(&self, lba: u64) -> Option<&[u8; SECTOR_BYTES]> {
        self.sectors.get(&lba).map(Box::as_ref)
    }

    pub(crate) fn insert(&mut self, lba: u64, sector: &[u8; SECTOR_BYTES]) {
        self.sectors.insert(lba, Box::new(*sector));
    }

    pub(crate) fn remove(&mut self, lba: u64) {
        self.sectors.remove(&lba);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sectors.is_empty()
    }

    /// Visits the overlay of an image of `count` sectors as one field: number and content of each sector, ascending.
    pub(crate) fn visit(&mut self, v: &mut dyn Visitor, id: u16, count: u64) {
        let Overlay { sectors } = self;
        let mut records = Vec::with_capacity(sectors.len() * RECORD_BYTES);
        for (lba, sector) in &*sectors {
            records.extend_from_slice(&lba.to_le_bytes());
            records.extend_from_slice(sector.as_slice());
        }
        let max_bytes = usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(RECORD_BYTES);
        v.blob(id, &mut records, max_bytes);
        if !v.is_loading() {
            return;
        }
        let (chunks, rest) = records.as_chunks::<RECORD_BYTES>();
        sectors.clear();
        for chunk in chunks {
            if let (Some(lba), Some(sector)) = (chunk.first_chunk(), chunk.last_chunk()) {
                sectors.insert(u64::from_le_bytes(*lba), Box::new(*sector));
            }
        }
        if sectors.len() != chunks.len() || !rest.is_empty() {
            v.fail("the unsaved sectors are not whole, or one is there twice");
        }
    }

    /// # Errors
    /// When a sector lies outside an image of `count` sectors.
    pub(crate) fn check(&self, count: u64) -> Result<(), StateError> {
        if self.sectors.keys().next_back().is_some_and(|lba| *lba >= count) {
            return Err(StateError::invalid("image", "an unsaved sector lies outside the image"));
        }
        Ok(())
    }
}
