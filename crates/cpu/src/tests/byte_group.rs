//! FE /2 to /7 of the 8086.

use super::{Bench, CS, DS, IP, SS};
use crate::Model;

fn bench(code: &[u8]) -> Bench {
    let mut bench = Bench::new(Model::I8086, code).with(|state| {
        (state.ebx, state.ebp) = (0xd8e1, 0x20);
    });
    bench.poke(SS, 0xffc, &[0x55; 4]);
    bench.poke(DS, 0x40, &[0x12, 0x34, 0x56, 0x78]);
    bench.poke(SS, 0x20, &[0x21, 0x43, 0x65, 0x87]);
    bench
}

#[test]
fn a_push_of_a_byte_writes_one_byte_and_moves_sp_by_two() {
    // PUSH BYTE [40h], as /6 and as /7.
    for modrm in [0x36, 0x3e] {
        let mut bench = bench(&[0xfe, modrm, 0x40, 0]);
        assert_eq!(bench.one().esp, 0xffe);
        assert_eq!(bench.word(SS, 0xffe), 0x5512);
    }
}

#[test]
fn a_jump_to_a_byte_in_memory_goes_to_the_top_of_the_segment() {
    assert_eq!(bench(&[0xfe, 0x26, 0x40, 0]).one().eip, 0xff12);
}

#[test]
fn a_jump_to_a_byte_register_takes_the_other_half_for_the_high_byte() {
    assert_eq!(bench(&[0xfe, 0xe3]).one().eip, 0xd8e1);
    assert_eq!(bench(&[0xfe, 0xe7]).one().eip, 0xe1d8);
}

#[test]
fn a_call_to_a_byte_pushes_the_low_byte_of_ip() {
    let mut bench = bench(&[0xfe, 0x16, 0x40, 0]);
    let state = bench.one();
    assert_eq!((state.eip, state.esp), (0xff12, 0xffe));
    assert_eq!(bench.word(SS, 0xffe), 0x5500 | (IP as u16 + 4));
}

#[test]
fn a_far_call_to_bytes_pushes_one_byte_of_each_half() {
    let mut bench = bench(&[0xfe, 0x1e, 0x40, 0]);
    let state = bench.one();
    assert_eq!((state.cs, state.eip, state.esp), (0xff56, 0xff12, 0xffc));
    assert_eq!(bench.word(SS, 0xffe), 0x5500 | CS & 0xff);
    assert_eq!(bench.word(SS, 0xffc), 0x5500 | (IP as u16 + 4));
}

#[test]
fn a_far_jump_to_bytes_reads_its_selector_without_an_override() {
    // JMP FAR DS:[BP]: the offset from DS, the selector from SS.
    let mut bench = bench(&[0x3e, 0xfe, 0x6e, 0x00]);
    bench.poke(DS, 0x20, &[0x9a]);
    let state = bench.one();
    assert_eq!((state.cs, state.eip), (0xff65, 0xff9a));
}

#[test]
fn far_forms_of_registers_do_nothing() {
    for bytes in [[0xfe, 0xd8], [0xfe, 0xe8], [0xff, 0xd8], [0xff, 0xe8]] {
        let mut bench = bench(&bytes);
        let state = bench.one();
        assert_eq!((state.cs, state.eip, state.esp), (CS, IP + 2, 0x1000));
    }
}
