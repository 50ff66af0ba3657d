//! The whole square root of 128 bits, by multiplications alone.

/// First digits of 1 / sqrt(x) for x from 1/4 to 1, by the topmost nine bits of x, in units of 2^-15. Good for 9 bits.
static INVERSE_ROOTS: [u16; 512] = inverse_roots();

const fn inverse_roots() -> [u16; 512] {
    let mut table = [0; 512];
    let mut index = 128;
    while index < 512 {
        // 2^15 / sqrt((index + 1/2) / 512) = sqrt(2^40 / (2 index + 1))
        table[index] = ((1_u64 << 40) / (2 * index as u64 + 1)).isqrt() as u16;
        index += 1;
    }
    table
}

/// The root of `square`, from 2^126 on, and what is left of it.
pub(super) fn root(square: u128) -> (u64, u128) {
    // x from 1/4 to 1 in units of 2^-64, and 1 / sqrt(x) in units of 2^-15, 2^-31 and 2^-62. Each step of Newton's doubles
    // the good digits and comes from below: y (3 - x y^2) / 2.
    let x = (square >> 64) as u64;
    let y = u64::from(INVERSE_ROOTS[(x >> 55) as usize & 511]);
    let three = 3_u64 << 62;
    let y = (y * (three.wrapping_sub(y * y * (x >> 32)) >> 31)) >> 16;
    let y = high(y << 32, three.wrapping_sub(high(y.wrapping_mul(y), x)));
    // Below by 2^-34 at most, and not above, whatever was cut off so far.
    let y = y - 16;
    // The first 34 digits of the root, from below, and what they leave gives the others.
    let first = high(x, y) << 2;
    let rest = square - square_of(first);
    let second = high((rest >> 32) as u64, y) >> 31;
    let mut whole = first + second;
    let mut rest = square - square_of(whole);
    while rest > u128::from(whole) << 1 {
        rest -= (u128::from(whole) << 1) + 1;
        whole += 1;
    }
    (whole, rest)
}

#[inline(always)]
fn high(a: u64, b: u64) -> u64 {
    ((u128::from(a) * u128::from(b)) >> 64) as u64
}

#[inline(always)]
fn square_of(x: u64) -> u128 {
    u128::from(x) * u128::from(x)
}
