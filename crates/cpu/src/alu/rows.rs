//! Rows of elements that a repeated comparison goes along.

use crate::Width;

/// Elements that are compared at once, which the host does with one instruction or two.
const BLOCK: usize = 32;

/// How many elements of two rows, from the first one on or from the last one, are pairs of equals, or with `equal` false
/// pairs of which none are.
pub(crate) fn alike(width: Width, row: &[u8], other: &[u8], equal: bool, downwards: bool) -> usize {
    match width {
        Width::Byte => alike_elements::<1>(row, other, equal, downwards),
        Width::Word => alike_elements::<2>(row, other, equal, downwards),
        Width::Dword => alike_elements::<4>(row, other, equal, downwards),
    }
}

/// The same for one row whose elements are compared with a value.
pub(crate) fn like_value(width: Width, row: &[u8], value: u32, equal: bool, downwards: bool) -> usize {
    match width {
        Width::Byte => elements_like(row, [value as u8], equal, downwards),
        Width::Word => elements_like(row, (value as u16).to_le_bytes(), equal, downwards),
        Width::Dword => elements_like(row, value.to_le_bytes(), equal, downwards),
    }
}

/// An element of a row, zero beyond its end.
pub(crate) fn element(width: Width, row: &[u8], number: usize) -> u32 {
    let bytes = width.bytes() as usize;
    let element = row.get(number * bytes..(number + 1) * bytes).unwrap_or(&[]);
    element.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte))
}

fn alike_elements<const N: usize>(row: &[u8], other: &[u8], equal: bool, downwards: bool) -> usize {
    let (row, other) = (row.as_chunks::<N>().0, other.as_chunks::<N>().0);
    let count = row.len().min(other.len());
    let ends = |(one, other): (&[u8; N], &[u8; N])| (one == other) != equal;
    if downwards {
        return row.iter().zip(other).rev().position(ends).unwrap_or(count);
    }
    let blocks = row.as_chunks::<BLOCK>().0.iter().zip(other.as_chunks::<BLOCK>().0);
    let goes_on = |(one, other): &(&[[u8; N]; BLOCK], &[[u8; N]; BLOCK])| {
        !one.iter().zip(*other).fold(false, |found, pair| found | ends(pair))
    };
    let passed = blocks.take_while(goes_on).count() * BLOCK;
    let rest = row.iter().zip(other).skip(passed).position(ends);
    rest.map_or(count, |place| passed + place)
}

fn elements_like<const N: usize>(row: &[u8], value: [u8; N], equal: bool, downwards: bool) -> usize {
    let row = row.as_chunks::<N>().0;
    let ends = |element: &[u8; N]| (*element == value) != equal;
    if downwards {
        return row.iter().rev().position(ends).unwrap_or(row.len());
    }
    let goes_on = |block: &&[[u8; N]; BLOCK]| !block.iter().fold(false, |found, element| found | ends(element));
    let passed = row.as_chunks::<BLOCK>().0.iter().take_while(goes_on).count() * BLOCK;
    let rest = row.iter().skip(passed).position(ends);
    rest.map_or(row.len(), |place| passed + place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_ends_at_the_first_element_that_differs_or_agrees_wherever_it_is() {
        for width in [Width::Byte, Width::Word, Width::Dword] {
            let bytes = width.bytes() as usize;
            for place in [0, 1, 31, 32, 33, 63, 64, 70, 95, 99] {
                for equal in [true, false] {
                    // 100 pairs that go on, but for the one at `place`.
                    let row = vec![0x5a; 100 * bytes];
                    let mut other = vec![if equal { 0x5a } else { 0xa5 }; 100 * bytes];
                    // Of an element that agrees all bytes do; of one that differs, the last one.
                    let first = if equal { bytes - 1 } else { 0 };
                    other[place * bytes + first..(place + 1) * bytes].fill(if equal { 0xa5 } else { 0x5a });
                    assert_eq!(alike(width, &row, &other, equal, false), place);
                    assert_eq!(alike(width, &row, &other, equal, true), 99 - place);
                    let value = 0x5a5a_5a5a;
                    assert_eq!(like_value(width, &other, value, equal, false), place);
                    assert_eq!(like_value(width, &other, value, equal, true), 99 - place);
                }
            }
        }
    }

    #[test]
    fn a_row_without_an_end_is_taken_whole() {
        for length in [0, 1, 31, 32, 33, 64, 100] {
            let row = vec![7; 4 * length];
            for downwards in [false, true] {
                assert_eq!(alike(Width::Dword, &row, &row, true, downwards), length);
                assert_eq!(like_value(Width::Dword, &row, 7, false, downwards), length);
            }
        }
    }
}
