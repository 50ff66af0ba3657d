//! LOADALL of the 80286 and of the 80386.

use super::{Bench, IP};
use crate::{CpuState, Model};

const CODE: u32 = 0x12_0000;
const DATA: u32 = 0x14_0000;

/// The image of the 80286 at 800h: registers 1111h, 2222h and so on, code at [`CODE`], data at [`DATA`].
fn image_80286(msw: u16) -> Vec<u8> {
    let mut image = vec![0; 0x66];
    let mut put = |at: usize, bytes: &[u8]| image[at..at + bytes.len()].copy_from_slice(bytes);
    put(0x06, &msw.to_le_bytes());
    put(0x16, &[0x28, 0, 0xd7, 0x0f, 0x34, 0x02, 0x30, 0]);
    for (place, selector) in [(0x1e, 0x1111_u16), (0x20, 0x2222), (0x22, 0x3333), (0x24, 0x4444)] {
        put(place, &selector.to_le_bytes());
    }
    for register in 0..8_u16 {
        put(0x26 + 2 * usize::from(register), &(0x0101 * (register + 1)).to_le_bytes());
    }
    let mut cache = |at: usize, base: u32, rights: u8, limit: u16| {
        put(at, &(base | u32::from(rights) << 24).to_le_bytes());
        put(at + 4, &limit.to_le_bytes());
    };
    cache(0x36, 0x5_0000, 0x93, 0xffff);
    cache(0x3c, CODE, 0x93, 0xffff);
    cache(0x42, 0x6_0000, 0x93, 0xffff);
    cache(0x48, DATA, 0x93, 0x7fff);
    cache(0x4e, 0x1_2345, 0, 0x27);
    cache(0x54, 0x7_0000, 0x82, 0x2f);
    cache(0x5a, 0x0, 0, 0x3ff);
    cache(0x60, 0x8_0000, 0x83, 0x2b);
    image
}

#[test]
fn the_80286_loads_all_registers_from_800h() {
    // Then MOV AL,[7000h] reads beyond the first megabyte in real mode.
    let mut bench = Bench::new(Model::I80286, &[0x0f, 0x05]);
    bench.mem.write_phys(0x800, &image_80286(0xfff0));
    bench.mem.write_phys(CODE + 0x234, &[0xa0, 0x00, 0x70]);
    bench.mem.write_phys(DATA + 0x7000, &[0x5a]);
    bench.step(1);
    let state = bench.cpu.state();
    // AX CX DX BX SP BP SI DI.
    assert_eq!(state.general, [0x0808, 0x0707, 0x0606, 0x0505, 0x0404, 0x0303, 0x0202, 0x0101]);
    assert_eq!((state.eip, state.eflags, state.cr0), (0x234, 0x0fd7, 0xfff0));
    assert_eq!(state.segments.map(|segment| segment.selector)[..4], [0x4444, 0x3333, 0x2222, 0x1111]);
    assert_eq!((state.segments[3].base, state.segments[3].limit), (DATA, 0x7fff));
    assert_eq!((state.gdtr.base, state.gdtr.limit, state.idtr.limit), (0x1_2345, 0x27, 0x3ff));
    assert_eq!((state.ldtr.selector, state.ldtr.base, state.ldtr.limit), (0x30, 0x7_0000, 0x2f));
    assert_eq!((state.tr.selector, state.tr.base, state.tr.rights), (0x28, 0x8_0000, 0x83));
    bench.step(1);
    assert_eq!(bench.state().eax, 0x085a);
    bench.cpu.check().unwrap();
}

#[test]
fn loadall_enters_protected_mode_and_does_not_leave_it() {
    let mut bench = Bench::new(Model::I80286, &[0x0f, 0x05]);
    bench.mem.write_phys(0x800, &image_80286(0xfff1));
    bench.mem.write_phys(CODE + 0x234, &[0x0f, 0x05]);
    bench.step(1);
    assert_eq!(bench.cpu.state().cr0, 0xfff1);
    bench.mem.write_phys(0x800, &image_80286(0xfff0));
    bench.step(1);
    assert_eq!(bench.cpu.state().cr0, 0xfff1);
    assert_eq!(bench.cpu.last_interrupt(), None);
    bench.cpu.check().unwrap();
}

/// The image of the 80386: registers by their number, `flags`, code at [`CODE`] with size bit `wide`.
fn image_80386(cr0: u32, flags: u32, wide: bool) -> Vec<u8> {
    let mut image = vec![cr0, flags, 0x234];
    // EDI to EAX.
    image.extend((0..8).rev().map(|register: u32| 0x1111_1111 * (register + 1)));
    image.extend([0, 0x400, 0x28, 0x30]);
    // GS FS DS SS CS ES.
    image.extend((0..6).map(|number: u32| 0x1111 * (number + 1)));
    image.extend([0x8b00, 0x8_0000, 0x67]);
    image.extend([0, 0, 0x3ff, 0, 0x1_2345, 0x27]);
    image.extend([0x8200, 0x7_0000, 0x2f]);
    let size = if wide { 0x0040_0000 } else { 0 };
    for (base, limit, rights) in [
        (0x9_0000, 0xffff, 0x9300),
        (0xa_0000, 0xffff, 0x9300),
        (DATA, 0xffff_ffff, 0x9300),
        (0x6_0000, 0xffff, 0x9300),
        (CODE, 0xffff, 0x9b00 | size),
        (0x5_0000, 0xffff, 0x9300),
    ] {
        image.extend([rights, base, limit]);
    }
    image.into_iter().flat_map(u32::to_le_bytes).collect()
}

fn after_loadall(image: &[u8]) -> (Bench, CpuState) {
    let mut bench = Bench::new(Model::I80386, &[0x0f, 0x07]).with(|state| state.edi = 0x40);
    bench.poke(super::ES, 0x40, image);
    bench.step(1);
    bench.cpu.check().unwrap();
    let state = bench.cpu.state();
    (bench, state)
}

#[test]
fn the_80386_loads_all_registers_from_es_edi() {
    let (mut bench, state) = after_loadall(&image_80386(0x10, 0x0002, false));
    assert_eq!(state.general, std::array::from_fn(|number| 0x1111_1111 * (number as u32 + 1)));
    assert_eq!((state.eip, state.eflags, state.cr0 & 1), (0x234, 2, 0));
    assert_eq!(state.segments.map(|segment| segment.selector), [0x6666, 0x5555, 0x4444, 0x3333, 0x2222, 0x1111]);
    assert_eq!((state.segments[3].base, state.segments[3].limit), (DATA, u32::MAX));
    assert_eq!((state.tr.selector, state.tr.base, state.tr.limit), (0x28, 0x8_0000, 0x67));
    assert_eq!((state.ldtr.selector, state.ldtr.base, state.gdtr.base), (0x30, 0x7_0000, 0x1_2345));
    // MOV AL,[ESI] beyond 64 KiB.
    bench.mem.write_phys(CODE + 0x234, &[0x67, 0xa0, 0, 0, 2, 0]);
    bench.mem.write_phys(DATA + 0x2_0000, &[0x5a]);
    bench.step(1);
    assert_eq!(bench.state().eax & 0xff, 0x5a);
}

#[test]
fn the_80386_loads_a_code_segment_of_32_bits_in_real_mode() {
    let (mut bench, _) = after_loadall(&image_80386(0x10, 2, true));
    bench.mem.write_phys(CODE + 0x234, &[0xb8, 1, 2, 3, 4]);
    assert_eq!(bench.one().eax, 0x0403_0201);
}

#[test]
fn what_loadall_cannot_load_is_left_out() {
    // PG and VM without PE; then VM with segments of its own.
    let (_, state) = after_loadall(&image_80386(0x8000_0010, 0x0002_0002, false));
    assert_eq!((state.cr0 & 0x8000_0001, state.eflags), (0, 2));
    let (_, state) = after_loadall(&image_80386(0x11, 0x0002_0002, true));
    assert_eq!((state.eflags, state.segments[1].base, state.segments[1].limit), (0x0002_0002, 0x5_5550, 0xffff));
}

#[test]
fn a_limit_below_the_image_is_a_fault() {
    let mut bench = Bench::new(Model::I80386, &[0x0f, 0x07]).with(|state| state.edi = 0xff80);
    bench.step(1);
    assert_eq!(bench.assert_interrupt(13), IP as u16);
}
