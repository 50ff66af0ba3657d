//! Zeros, infinities, NaNs, denormals and arguments beyond the range, by the tables of the manual.

use beige_x87::{Context, Escape, Fpu, f2xm1, fcos, fpatan, fsin, fsincos, ftan, fyl2x, fyl2xp1};
use beige_x87::{Control, Exceptions, F80, Generation, Outcome};

const INDEFINITE: &str = "indefinite";

/// A number by its name in the tables: `+` or `-`, then `0`, `d` (a denormal), `half`, `1`, `2`, `F` (4), `inf`,
/// `pi`, `pi/2`, `pi/4`, `3pi/4`.
fn number(name: &str) -> F80 {
    if name == INDEFINITE {
        return F80::INDEFINITE;
    }
    let (sign, magnitude) = name.split_at(1);
    let (exponent, significand) = match magnitude {
        "0" => (0, 0),
        "d" => (0, 1),
        "half" => (0x3ffe, 1 << 63),
        "1" => (0x3fff, 1 << 63),
        "2" => (0x4000, 1 << 63),
        "F" => (0x4001, 1 << 63),
        "inf" => (0x7fff, 1 << 63),
        "pi" => (0x4000, 0xc90f_daa2_2168_c235),
        "pi/2" => (0x3fff, 0xc90f_daa2_2168_c235),
        "pi/4" => (0x3ffe, 0xc90f_daa2_2168_c235),
        "3pi/4" => (0x4000, 0x96cb_e3f9_990e_91a8),
        _ => panic!("{name}"),
    };
    F80::new(sign == "-", exponent, significand)
}

fn nearest() -> Control {
    Control::new(0x037f, Generation::I80387)
}

/// The exceptions by their letters: I, D, Z, O, U, P.
fn exceptions(letters: &str) -> Exceptions {
    letters.chars().fold(Exceptions::NONE, |set, letter| set | Exceptions(1 << "IDZOUP".find(letter).unwrap()))
}

fn assert_outcome(what: &str, got: Outcome, value: &str, raised: &str) {
    let got = (got.value, got.raised & Exceptions::ALL);
    assert_eq!(got, (number(value), exceptions(raised)), "{what}");
}

type Binary = fn(F80, F80, &Control) -> Outcome;

/// One row: ST(1), then for each ST(0) of the heading the result and its exceptions, `*` for an invalid operation.
fn check_table(name: &str, function: Binary, heading: &str, rows: &[(&str, &str)]) {
    for (st1, cells) in rows {
        for (st0, cell) in heading.split_whitespace().zip(cells.split_whitespace()) {
            let what = format!("{name} of ST(0) = {st0} and ST(1) = {st1}");
            let got = function(number(st0), number(st1), &nearest());
            let (value, raised) = cell.split_once(':').unwrap_or((cell, ""));
            match value {
                "*" => assert_outcome(&what, got, INDEFINITE, "I"),
                _ => assert_outcome(&what, got, value, raised),
            }
        }
    }
}

#[test]
fn fpatan_answers_zeros_and_infinities_by_quadrant() {
    check_table(
        "FPATAN",
        fpatan,
        "-inf      -F      -0      +0      +F      +inf",
        &[
            ("-inf", "-3pi/4:P -pi/2:P -pi/2:P -pi/2:P -pi/2:P -pi/4:P"),
            ("-0", "-pi:P -pi:P -pi:P -0 -0 -0"),
            ("+0", "+pi:P +pi:P +pi:P +0 +0 +0"),
            ("-F", "-pi:P -3pi/4:P -pi/2:P -pi/2:P -pi/4:P -0"),
            ("+F", "+pi:P +3pi/4:P +pi/2:P +pi/2:P +pi/4:P +0"),
            ("+d", "+pi:DP +pi:DP +pi/2:DP +pi/2:DP +0:DUP +0:D"),
            ("+inf", "+3pi/4:P +pi/2:P +pi/2:P +pi/2:P +pi/2:P +pi/4:P"),
        ],
    );
}

#[test]
fn fyl2x_answers_zeros_infinities_and_negative_numbers() {
    check_table(
        "FYL2X",
        fyl2x,
        "-inf -F  -0       +0       +half  +1   +2     +inf",
        &[
            ("-inf", "* * +inf +inf +inf * -inf -inf"),
            ("-2", "* * +inf:Z +inf:Z +2:P -0 -2:P -inf"),
            ("-0", "* * * * +0 -0 -0 *"),
            ("+0", "* * * * -0 +0 +0 *"),
            ("+2", "* * -inf:Z -inf:Z -2:P +0 +2:P +inf"),
            ("+d", "* * -inf:Z -inf:Z -d:DUP +0:D +d:DUP +inf:D"),
            ("+inf", "* * -inf -inf -inf * +inf +inf"),
        ],
    );
}

#[test]
fn fyl2xp1_answers_zeros_infinities_and_what_is_out_of_range() {
    check_table(
        "FYL2XP1",
        fyl2xp1,
        "-inf -2   -1   -half  -0   +0   +1    +inf",
        &[
            ("-inf", "* +inf +inf +inf * * -inf -inf"),
            ("-2", "* -2:P -1:P +2:P +0 -0 -2:P -inf"),
            ("-0", "* +0 +0 +0 +0 -0 -0 *"),
            ("+0", "* -0 -0 -0 -0 +0 +0 *"),
            ("+2", "* -2:P -1:P -2:P -0 +0 +2:P +inf"),
            ("+inf", "* -inf -inf -inf * * +inf +inf"),
        ],
    );
}

#[test]
fn functions_of_one_operand_answer_zeros_infinities_and_large_numbers() {
    let f2xm1 = |x: &str| f2xm1(number(x), &nearest());
    for (x, value, raised) in [
        ("+0", "+0", ""),
        ("-0", "-0", ""),
        ("+1", "+1", "P"),
        ("-1", "-half", "P"),
        ("+2", "+2", "P"),
        ("-F", "-F", "P"),
        ("+inf", "+inf", ""),
        ("-inf", "-1", ""),
        ("+d", "+d", "DUP"),
    ] {
        assert_outcome(&format!("F2XM1 of {x}"), f2xm1(x), value, raised);
    }
    for sign in ["+", "-"] {
        let named = |magnitude: &str| format!("{sign}{magnitude}");
        let (zero, infinity, denormal) = (number(&named("0")), number(&named("inf")), number(&named("d")));
        assert_outcome("FSIN of zero", fsin(zero, &nearest()).unwrap(), &named("0"), "");
        assert_outcome("FPTAN of zero", ftan(zero, &nearest()).unwrap(), &named("0"), "");
        assert_outcome("FCOS of zero", fcos(zero, &nearest()).unwrap(), "+1", "");
        assert_outcome("FSIN of a denormal", fsin(denormal, &nearest()).unwrap(), &named("d"), "DUP");
        assert_outcome("FPTAN of a denormal", ftan(denormal, &nearest()).unwrap(), &named("d"), "DUP");
        assert_outcome("FCOS of a denormal", fcos(denormal, &nearest()).unwrap(), "+1", "DP");
        for outcome in [fsin, fcos, ftan].map(|function| function(infinity, &nearest()).unwrap()) {
            assert_outcome("an infinite angle", outcome, INDEFINITE, "I");
        }
        let limit = F80::new(sign == "-", 0x403e, 1 << 63);
        let below = F80::new(sign == "-", 0x403d, u64::MAX);
        assert!(fsincos(limit, &nearest()).is_none() && ftan(limit, &nearest()).is_none());
        assert!(fsin(limit, &nearest()).is_none() && fcos(limit, &nearest()).is_none());
        assert!(fsincos(below, &nearest()).is_some());
    }
}

#[test]
fn nans_unsupported_and_unmasked_denormal_operands_come_first() {
    let quiet = F80::new(true, 0x7fff, 0xc000_0000_0000_1234);
    let signaling = F80::new(false, 0x7fff, 0x8000_0000_0000_5678);
    let unnormal = F80::new(false, 0x4040, 0x7fff_ffff_ffff_ffff);
    let denormals_unmasked = Control::new(0x037d, Generation::I80387);
    for function in [fyl2x, fyl2xp1, fpatan] as [Binary; 3] {
        let result = |st0, st1| function(st0, st1, &nearest());
        assert_eq!(result(quiet, F80::ONE), Outcome::exact(quiet));
        assert_eq!(result(number("-d"), quiet), Outcome::exact(quiet));
        assert_eq!(result(signaling, quiet), Outcome::exact(quiet).and(Exceptions::IE));
        assert_eq!(result(F80::ONE, signaling), Outcome::exact(signaling.quieted()).and(Exceptions::IE));
        assert_eq!(result(unnormal, quiet), Outcome::INVALID);
        assert_eq!(function(number("+d"), F80::ONE, &denormals_unmasked).raised, Exceptions::DE);
        assert_eq!(function(number("+half"), number("+d"), &denormals_unmasked).raised, Exceptions::DE);
    }
    let zero_divide = fyl2x(F80::ZERO, number("+d"), &denormals_unmasked);
    assert_eq!(zero_divide.raised, Exceptions::ZE, "a division by zero goes before a denormal operand");
    assert_eq!(fyl2x(number("-d"), F80::ONE, &denormals_unmasked), Outcome::INVALID);
    for function in [fsin, fcos, ftan] {
        assert_eq!(function(quiet, &nearest()), Some(Outcome::exact(quiet)));
        assert_eq!(function(unnormal, &nearest()), Some(Outcome::INVALID));
        assert_eq!(function(number("+d"), &denormals_unmasked).unwrap().raised, Exceptions::DE);
    }
    assert_eq!(f2xm1(signaling, &nearest()).raised, Exceptions::IE);
}

#[test]
fn unmasked_underflow_and_overflow_move_the_exponent() {
    let unmasked = Control::new(0x0367, Generation::I80387);
    let tiny = F80::new(false, 0, 1);
    let sine = fsin(tiny, &unmasked).unwrap();
    assert_eq!(sine.value, F80::new(false, 24576 - 62, 1 << 63));
    assert!(sine.raised.contains(Exceptions::UE | Exceptions::PE | Exceptions::DE));
    // 2^16383 * log2 (2^4)
    let product = fyl2x(F80::new(false, 0x4003, 1 << 63), F80::new(false, 0x7ffe, 1 << 63), &unmasked);
    assert_eq!(product.value, F80::new(false, 0x7ffe + 2 - 24576, 1 << 63));
    assert!(product.raised.contains(Exceptions::OE));
}

/// A unit with these numbers on the stack, the first on top, after an instruction in D9.
fn after(stack: &[F80], control: u16, modrm: u8) -> Fpu {
    let mut fpu = Fpu::new(Generation::I80387);
    let context = Context::default();
    for value in stack.iter().rev() {
        fpu.execute(Escape::new(0xdb, 0x28), &context, &value.to_bytes());
    }
    fpu.execute(Escape::new(0xd9, 0x28), &context, &control.to_le_bytes());
    fpu.execute(Escape::new(0xd9, modrm), &context, &[]);
    fpu
}

fn top(fpu: &Fpu) -> u16 {
    fpu.status() >> 11 & 7
}

const C1: u16 = 0x0200;
const C2: u16 = 0x0400;
const INVALID_STACK: u16 = 0x0041;

#[test]
fn fptan_and_fsincos_push_and_the_binary_ones_pop() {
    let fpu = after(&[F80::ZERO], 0x037f, 0xf2);
    assert_eq!((fpu.stack(0), fpu.stack(1), fpu.stack(2)), (Some(F80::ONE), Some(F80::ZERO), None));
    let fpu = after(&[F80::ZERO], 0x037f, 0xfb);
    assert_eq!((fpu.stack(0), fpu.stack(1), fpu.stack(2)), (Some(F80::ONE), Some(F80::ZERO), None));
    // FYL2X: 3 * log2 4; FYL2XP1: 3 * log2 (1 + 1); FPATAN of 1 and 1
    let three = F80::new(false, 0x4000, 3 << 62);
    for (modrm, st0, st1, result) in [
        (0xf1, number("+F"), three, F80::new(false, 0x4001, 3 << 62)),
        (0xf9, F80::ONE, three, three),
        (0xf3, F80::ONE, F80::ONE, number("+pi/4")),
    ] {
        let fpu = after(&[st0, st1], 0x037f, modrm);
        assert_eq!((fpu.stack(0), fpu.stack(1), top(&fpu)), (Some(result), None, 7));
    }
    // F2XM1, FSIN, FCOS
    for (modrm, result) in [(0xf0, F80::ZERO), (0xfe, F80::ZERO), (0xff, F80::ONE)] {
        let fpu = after(&[F80::ZERO], 0x037f, modrm);
        assert_eq!((fpu.stack(0), fpu.stack(1)), (Some(result), None));
    }
}

#[test]
fn an_angle_of_2_to_the_63_sets_c2_and_stays() {
    let large = F80::new(true, 0x403e, 1 << 63);
    for modrm in [0xf2, 0xfb, 0xfe, 0xff] {
        let fpu = after(&[large], 0x037f, modrm);
        assert_eq!((fpu.stack(0), fpu.stack(1), top(&fpu)), (Some(large), None, 7), "{modrm:x}");
        assert_eq!(fpu.status() & (C2 | C1 | 0x7f), C2, "{modrm:x}");
    }
}

#[test]
fn stack_faults_give_the_indefinite_or_nothing() {
    let nan = Some(F80::INDEFINITE);
    for modrm in [0xf0, 0xf1, 0xf2, 0xf3, 0xf9, 0xfb, 0xfe, 0xff] {
        let (pushes, pops) = (matches!(modrm, 0xf2 | 0xfb), matches!(modrm, 0xf1 | 0xf3 | 0xf9));
        let fpu = after(&[], 0x037f, modrm);
        assert_eq!(fpu.status() & (INVALID_STACK | C1), INVALID_STACK, "{modrm:x}");
        assert_eq!((fpu.stack(0), top(&fpu)), (nan, if pushes { 7 } else { u16::from(pops) }), "{modrm:x}");
        let fpu = after(&[], 0x037e, modrm);
        assert_eq!((fpu.stack(0), top(&fpu)), (None, 0), "{modrm:x}");
        let full = after(&[F80::ONE; 8], 0x037f, modrm);
        assert_eq!(full.status() & INVALID_STACK == INVALID_STACK, pushes, "{modrm:x}");
        if pushes {
            assert_eq!((full.stack(0), full.stack(1), full.status() & C1, top(&full)), (nan, nan, C1, 7));
            let full = after(&[F80::ONE; 8], 0x037e, modrm);
            assert_eq!((full.stack(0), full.stack(1), top(&full)), (Some(F80::ONE), Some(F80::ONE), 0));
        }
    }
}

#[test]
fn the_8087_has_no_sine() {
    for generation in [Generation::I8087, Generation::I80287] {
        let mut fpu = Fpu::new(generation);
        let context = Context::default();
        for modrm in [0xe8, 0xfe, 0xff, 0xfb] {
            fpu.execute(Escape::new(0xd9, modrm), &context, &[]);
        }
        assert_eq!((fpu.stack(0), fpu.stack(1)), (Some(F80::ONE), None), "{generation:?}");
        // FPTAN of 1, FPATAN of that ratio: 1 again.
        for modrm in [0xf2, 0xf3] {
            fpu.execute(Escape::new(0xd9, modrm), &context, &[]);
        }
        assert_eq!(fpu.stack(0), Some(F80::ONE), "{generation:?}");
    }
}
