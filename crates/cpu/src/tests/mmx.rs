//! MMX and FXSAVE as a program meets them.

use super::*;

/// The 57 instructions by their opcodes after 0F, with the /r field of those that have one.
const OPCODES: [(u8, u8); 63] = [
    (0x60, 0),
    (0x61, 0),
    (0x62, 0),
    (0x63, 0),
    (0x64, 0),
    (0x65, 0),
    (0x66, 0),
    (0x67, 0),
    (0x68, 0),
    (0x69, 0),
    (0x6a, 0),
    (0x6b, 0),
    (0x6e, 0),
    (0x6f, 0),
    (0x71, 2),
    (0x71, 4),
    (0x71, 6),
    (0x72, 2),
    (0x72, 4),
    (0x72, 6),
    (0x73, 2),
    (0x73, 6),
    (0x74, 0),
    (0x75, 0),
    (0x76, 0),
    (0x77, 0),
    (0x7e, 0),
    (0x7f, 0),
    (0xd1, 0),
    (0xd2, 0),
    (0xd3, 0),
    (0xd5, 0),
    (0xd8, 0),
    (0xd9, 0),
    (0xdb, 0),
    (0xdc, 0),
    (0xdd, 0),
    (0xdf, 0),
    (0xe1, 0),
    (0xe2, 0),
    (0xe5, 0),
    (0xe8, 0),
    (0xe9, 0),
    (0xeb, 0),
    (0xec, 0),
    (0xed, 0),
    (0xef, 0),
    (0xf1, 0),
    (0xf2, 0),
    (0xf3, 0),
    (0xf5, 0),
    (0xf8, 0),
    (0xf9, 0),
    (0xfa, 0),
    (0xfc, 0),
    (0xfd, 0),
    (0xfe, 0),
    (0x71, 0),
    (0x73, 4),
    (0x70, 0),
    (0xd4, 0),
    (0xd6, 0),
    (0xfb, 0),
];
/// How many of them there are; the rest came later, or never.
const IN_MMX: usize = 57;

/// A bench with the unit, some registers loaded by MOVQ from DS:0, 8, ... and then `code`.
fn bench(model: Model, loaded: &[u64], code: &[u8]) -> Bench {
    let mut all = Vec::new();
    for number in 0..loaded.len() as u8 {
        all.extend([0x0f, 0x6f, 0x06 | number << 3, number * 8, 0]);
    }
    all.extend(code);
    let mut bench = Bench::new(model, &all).with_coprocessor(true);
    for (number, value) in (0..).zip(loaded) {
        bench.poke(DS, number * 8, &value.to_le_bytes());
    }
    bench.step(loaded.len() as u64);
    bench
}

fn mmx(bench: &Bench, number: u8) -> u64 {
    bench.cpu.fpu().unwrap().mmx(number)
}

fn tags(bench: &Bench) -> u16 {
    bench.cpu.fpu().unwrap().tags()
}

#[test]
fn the_instructions_of_mmx_are_there_from_the_pentium_mmx_on_and_no_others() {
    for model in from(Model::I80386) {
        for prefix in [None, Some(0x66)] {
            for (number, (opcode, extension)) in OPCODES.into_iter().enumerate() {
                let mut code: Vec<u8> = prefix.into_iter().collect();
                code.extend([0x0f, opcode]);
                if opcode != 0x77 {
                    code.push(0xc1 | extension << 3);
                }
                if matches!(opcode, 0x70..=0x73) {
                    code.push(1);
                }
                let mut bench = bench(model, &[], &code);
                bench.step(1);
                let there = model >= Model::PentiumMmx && number < IN_MMX;
                assert_eq!(bench.cpu.last_interrupt(), (!there).then_some(6), "{code:x?} on the {}", model.name());
                if there {
                    assert_eq!(bench.state().eip, IP + code.len() as u32, "{code:x?}");
                }
            }
        }
    }
}

#[test]
fn operands_are_registers_memory_and_counts() {
    const A: u64 = 0x0102_0304_8182_8384;
    const B: u64 = 0x1020_3040_5060_7080;
    for model in from(Model::PentiumMmx) {
        // paddw mm0, mm1; movq [20h], mm0
        let mut this = bench(model, &[A, B], &[0x0f, 0xfd, 0xc1, 0x0f, 0x7f, 0x06, 0x20, 0]);
        this.step(2);
        assert_eq!(u64::from_le_bytes(this.peek(DS, 0x20)), 0x1122_3344_d1e2_f404);
        // pxor mm0, [8]
        let mut this = bench(model, &[A, B], &[0x0f, 0xef, 0x06, 8, 0]);
        this.step(1);
        assert_eq!(mmx(&this, 0), A ^ B);
        // psrlq mm1, 4; psllq mm0, mm1 with a count beyond 63
        let mut this = bench(model, &[A, B], &[0x0f, 0x73, 0xd1, 4, 0x0f, 0xf3, 0xc1]);
        this.step(2);
        assert_eq!((mmx(&this, 0), mmx(&this, 1)), (0, B >> 4));
        // movd eax, mm0; movd mm1, eax; movd [20h], mm0
        let mut this = bench(model, &[A, B], &[0x0f, 0x7e, 0xc0, 0x0f, 0x6e, 0xc8, 0x0f, 0x7e, 0x06, 0x20, 0]);
        this.step(3);
        assert_eq!((this.state().eax, mmx(&this, 1)), (A as u32, A & 0xffff_ffff));
        assert_eq!(u64::from_le_bytes(this.peek(DS, 0x20)), A & 0xffff_ffff);
        // movq mm3, mm0 by 0F 7F, whose destination comes second
        let mut this = bench(model, &[A], &[0x0f, 0x7f, 0xc3]);
        this.step(1);
        assert_eq!(mmx(&this, 3), A);
    }
}

#[test]
fn unpacking_low_halves_reads_four_bytes_of_memory_and_all_else_eight() {
    // punpcklbw mm0, [fffch]; paddb mm0, [fffch]
    for (opcode, faults) in [(0x60, false), (0x68, true), (0xfc, true), (0x6f, true), (0x7f, true), (0x6e, false)] {
        let mut this = bench(Model::PentiumMmx, &[1], &[0x0f, opcode, 0x06, 0xfc, 0xff]);
        let before = *this.cpu.fpu().unwrap();
        this.step(1);
        assert_eq!(this.cpu.last_interrupt(), faults.then_some(13), "{opcode:x}");
        if faults {
            assert_eq!(*this.cpu.fpu().unwrap(), before, "a fault changes nothing");
        }
    }
}

#[test]
fn mmx_takes_the_stack_of_the_coprocessor_and_emms_gives_it_back() {
    // fninit; fld1; fld1; paddb mm7, mm7; emms
    let code = [0xdb, 0xe3, 0xd9, 0xe8, 0xd9, 0xe8, 0x0f, 0xfc, 0xff, 0x0f, 0x77];
    let mut this = bench(Model::PentiumII, &[], &code);
    this.step(3);
    assert_eq!(this.cpu.fpu().unwrap().status() >> 11 & 7, 6);
    this.step(1);
    assert_eq!(this.cpu.fpu().unwrap().status() >> 11 & 7, 0);
    // The register that was written is a NaN, the one under it still 1, the others zeros.
    assert_eq!((tags(&this), mmx(&this, 6)), (0b10_00_01_01_01_01_01_01, 1 << 63));
    this.step(1);
    assert_eq!(tags(&this), 0xffff);
}

#[test]
fn a_register_written_by_mmx_has_an_exponent_of_ones() {
    // movd mm2, eax; fld st2; fstp tword [40h]
    let mut this = bench(Model::PentiumMmx, &[], &[0x0f, 0x6e, 0xd0, 0x0f, 0x77, 0xdb, 0x3e, 0x40, 0]);
    this.step(1);
    assert_eq!(this.cpu.fpu().unwrap().stack(2).unwrap().to_bytes(), [0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]);
}

#[test]
fn mmx_is_undefined_when_emulated_and_traps_after_a_task_switch() {
    for (status, vector) in [(4, 6), (8, 7), (12, 6)] {
        for code in [[0x0f, 0x77, 0x90], [0x0f, 0xfc, 0xc0]] {
            // lmsw ax
            let mut this = bench(Model::PentiumMmx, &[], &[&[0x0f, 0x01, 0xf0][..], &code].concat())
                .with(|state| state.eax = status);
            this.step(2);
            assert_eq!(this.cpu.last_interrupt(), Some(vector), "{status} {code:x?}");
        }
    }
}

#[test]
fn an_error_of_the_coprocessor_comes_before_mmx() {
    // fldcw [0], all unmasked; fldz; fld1; fdiv st0, st1; then paddb, after NE was set by mov cr0, eax
    for code in [[0x0f, 0xfc, 0xc0], [0x0f, 0x77, 0x90]] {
        let setup = [0x0f, 0x22, 0xc0, 0xd9, 0x2e, 0, 0, 0xd9, 0xee, 0xd9, 0xe8, 0xd8, 0xf1];
        let mut this = Bench::new(Model::PentiumMmx, &[&setup[..], &code].concat()).with_coprocessor(true);
        this = this.with(|state| state.eax = 0x30);
        this.poke(DS, 0, &[0x40, 0x03]);
        this.step(6);
        assert_eq!(this.assert_interrupt(16), IP as u16 + 13);
    }
}

#[test]
fn fxsave_and_fxrstor_are_there_on_the_pentium_ii_only() {
    for model in from(Model::I80386) {
        for extension in [0, 1] {
            let mut this = bench(model, &[], &[0x0f, 0xae, 0x06 | extension << 3, 0, 1]);
            this.step(1);
            assert_eq!(this.cpu.last_interrupt(), (model < Model::PentiumII).then_some(6), "{}", model.name());
        }
    }
}

#[test]
fn fxrstor_brings_back_what_fxsave_saved() {
    // fldpi; fld1; fxsave [100h]; fninit; fxrstor [100h]
    let code = [0xd9, 0xeb, 0xd9, 0xe8, 0x0f, 0xae, 0x06, 0, 1, 0xdb, 0xe3, 0x0f, 0xae, 0x0e, 0, 1];
    let mut this = bench(Model::PentiumII, &[], &code);
    this.poke(DS, 0x100, &[0x5a; 512]);
    this.step(2);
    let saved = *this.cpu.fpu().unwrap();
    this.step(1);
    let image: [u8; 512] = this.peek(DS, 0x100);
    assert_eq!(image[..6], [0x7f, 0x03, 0x00, 0x30, 0xc0, 0], "control, status, a bit for each full register");
    assert_eq!(image[24..32], [0x5a; 8], "MXCSR came with SSE");
    assert_eq!(image[32..48], [0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x3f, 0, 0, 0, 0, 0, 0], "1");
    assert_eq!(image[160..], [0x5a; 352]);
    this.step(2);
    assert_eq!(*this.cpu.fpu().unwrap(), saved);
}

#[test]
fn an_image_of_fxsave_lies_on_sixteen_bytes_and_within_its_segment() {
    for (offset, vector) in [(0x108_u16, 13), (0xfe10, 13), (0xfe00, 0)] {
        for extension in [0, 1] {
            let [low, high] = offset.to_le_bytes();
            let mut this = bench(Model::PentiumII, &[], &[0x0f, 0xae, 0x06 | extension << 3, low, high]);
            this.step(1);
            assert_eq!(this.cpu.last_interrupt().unwrap_or(0), vector, "{offset:x}");
        }
    }
}
