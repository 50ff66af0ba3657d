//! Segment registers with their hidden part, and the table registers.

/// Bits of the rights of a segment: bits 40 to 55 of its descriptor, without the four of the limit.
pub(crate) mod rights {
    /// The segment was loaded.
    pub(crate) const ACCESSED: u16 = 1;
    /// Data that can be written.
    pub(crate) const WRITABLE: u16 = 2;
    /// Code that can be read.
    pub(crate) const READABLE: u16 = 2;
    /// Data whose offsets lie above the limit.
    pub(crate) const EXPAND_DOWN: u16 = 4;
    /// Code that runs at its caller's level.
    pub(crate) const CONFORMING: u16 = 4;
    pub(crate) const CODE: u16 = 8;
    /// Code or data, no system descriptor.
    pub(crate) const SEGMENT: u16 = 0x10;
    pub(crate) const PRESENT: u16 = 0x80;
    /// D or B: 32-bit code or stack, 4 GiB of expand-down data.
    pub(crate) const BIG: u16 = 0x4000;
    /// The limit counts pages.
    pub(crate) const GRANULAR: u16 = 0x8000;
    /// Every bit that a segment can have.
    pub(crate) const ALL: u16 = 0xf0ff;
    /// What real mode has: present, data, writable, accessed.
    pub(crate) const REAL: u16 = PRESENT | SEGMENT | WRITABLE | ACCESSED;
    /// What virtual-8086 mode has: as real mode, at level 3.
    pub(crate) const VIRTUAL: u16 = REAL | 0x60;
}

/// The offsets that an access may touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reach {
    first: u32,
    last: u32,
}

impl Reach {
    const NOWHERE: Reach = Reach { first: u32::MAX, last: 0 };

    #[inline]
    pub(crate) fn covers(self, offset: u32, bytes: u32) -> bool {
        offset.checked_add(bytes - 1).is_some_and(|last| offset >= self.first && last <= self.last)
    }

    /// The last offset when the first is 0, else -1.
    fn last_from_zero(self) -> i64 {
        if self.first == 0 { i64::from(self.last) } else { -1 }
    }

    /// Bytes beyond an element of so many at `offset` that it covers, upwards or downwards.
    pub(crate) fn further(self, offset: u32, bytes: u32, downwards: bool) -> u32 {
        let above = self.last.saturating_sub(offset).saturating_sub(bytes - 1);
        if downwards { offset.saturating_sub(self.first) } else { above }
    }
}

/// A segment register with its hidden part. The reaches are what rights and limit allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Segment {
    /// The last offset of a segment that can be read from offset 0 on, else -1: for comparisons in 64 bits.
    pub(crate) last_read: i64,
    /// The same for writes.
    pub(crate) last_write: i64,
    /// Linear address of offset 0.
    pub(crate) base: u32,
    /// The last offset, or the one before the first of an expand-down segment.
    pub(crate) limit: u32,
    /// What the guest sees.
    pub(crate) selector: u16,
    /// Bits of [`rights`]; without `PRESENT` nothing can be accessed.
    pub(crate) rights: u16,
    pub(crate) reads: Reach,
    pub(crate) writes: Reach,
}

impl Segment {
    /// A segment of protected or virtual-8086 mode.
    pub(crate) fn new(selector: u16, base: u32, limit: u32, rights: u16) -> Segment {
        let (reads, writes) = (Reach::NOWHERE, Reach::NOWHERE);
        let mut segment = Segment { last_read: -1, last_write: -1, base, limit, selector, rights, reads, writes };
        segment.restrict();
        segment
    }

    /// A segment of real mode.
    pub(crate) fn real(selector: u16, base: u32) -> Segment {
        Segment::new(selector, base, 0xffff, rights::REAL)
    }

    /// Sets the reaches by rights and limit, as protected mode does.
    pub(crate) fn restrict(&mut self) {
        let has = |bits: u16| self.rights & bits == bits;
        let whole = self.offsets();
        let is_data = has(rights::PRESENT | rights::SEGMENT) && !has(rights::CODE);
        let is_readable_code = has(rights::PRESENT | rights::SEGMENT | rights::CODE | rights::READABLE);
        self.reads = if is_data || is_readable_code { whole } else { Reach::NOWHERE };
        self.writes = if is_data && has(rights::WRITABLE) { whole } else { Reach::NOWHERE };
        self.set_lasts();
    }

    fn set_lasts(&mut self) {
        (self.last_read, self.last_write) = (self.reads.last_from_zero(), self.writes.last_from_zero());
    }

    /// Sets the reaches by the limit alone, as real mode does.
    pub(crate) fn relax(&mut self) {
        let whole = Reach { first: 0, last: self.limit };
        (self.reads, self.writes) = (whole, whole);
        self.set_lasts();
    }

    fn offsets(&self) -> Reach {
        let expands_down = self.rights & (rights::CODE | rights::EXPAND_DOWN) == rights::EXPAND_DOWN;
        if !expands_down {
            return Reach { first: 0, last: self.limit };
        }
        let last = if self.is_big() { u32::MAX } else { 0xffff };
        self.limit.checked_add(1).map_or(Reach::NOWHERE, |first| Reach { first, last })
    }

    /// The D or B bit.
    #[inline]
    pub(crate) fn is_big(&self) -> bool {
        self.rights & rights::BIG != 0
    }

    /// The descriptor privilege level.
    pub(crate) fn dpl(&self) -> u8 {
        (self.rights >> 5 & 3) as u8
    }

    pub(crate) fn is_present(&self) -> bool {
        self.rights & rights::PRESENT != 0
    }

    /// Marks the segment as not usable, as a null selector does; base and limit stay.
    pub(crate) fn nullify(&mut self, selector: u16) {
        (self.selector, self.rights) = (selector, 0);
        self.restrict();
    }
}

/// GDTR or IDTR.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TableRegister {
    /// Linear address of the table.
    pub(crate) base: u32,
    /// The last offset in the table.
    pub(crate) limit: u16,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expand_down_segment_begins_above_its_limit() {
        let small = Segment::new(8, 0, 0x0fff, 0x97);
        assert!(!small.writes.covers(0x0fff, 1) && small.writes.covers(0x1000, 4));
        assert!(small.reads.covers(0xfffe, 2) && !small.reads.covers(0xffff, 2));
        let big = Segment::new(8, 0, 0x0fff, 0x97 | rights::BIG);
        assert!(big.writes.covers(0xffff_fffc, 4) && !big.writes.covers(0xffff_fffd, 4));
        assert!(!Segment::new(8, 0, u32::MAX, 0x97 | rights::BIG).reads.covers(0, 1));
    }

    #[test]
    fn code_is_never_written_and_read_where_it_allows() {
        assert!(!Segment::new(8, 0, 0xffff, 0x9b).writes.covers(0, 1));
        assert!(Segment::new(8, 0, 0xffff, 0x9b).reads.covers(0, 1));
        assert!(!Segment::new(8, 0, 0xffff, 0x99).reads.covers(0, 1));
        assert!(!Segment::new(8, 0, 0xffff, 0x91).writes.covers(0, 1));
        assert!(!Segment::new(8, 0, 0xffff, 0x13).reads.covers(0, 1));
    }
}
