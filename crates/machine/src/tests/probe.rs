//! What looks on: samples that tell where the guest is, counts, and no trace of either in the guest.

use super::{DOTS, SECOND, config, disks};
use crate::{Config, Machine, Model, PartMark};
use beige_core::ClockRatio;
use std::collections::BTreeMap;

/// A machine that is not too fast for a test of some seconds of its time.
fn machine(boot_sector: &[u8]) -> Machine {
    let rate = ClockRatio::from_hz(RATE, 1);
    Machine::new(Config { rate, ..config(Model::I80486) }, disks(boot_sector)).unwrap()
}

const RATE: u64 = 2_000_000;
const EVERY: u64 = 211;
/// By then it has booted.
const BOOTED: u64 = 2 * SECOND;

/// The stacks of a run and how many samples each has.
fn stacks(machine: &mut Machine) -> BTreeMap<String, u64> {
    let folded = machine.take_profile().unwrap().folded();
    let lines = folded.lines().map(|line| line.rsplit_once(' ').unwrap());
    lines.map(|(stack, samples)| (stack.to_owned(), samples.parse().unwrap())).collect()
}

/// Samples in all, of stacks with this in them.
fn samples(stacks: &BTreeMap<String, u64>, part: &str) -> u64 {
    stacks.iter().filter(|(stack, _)| stack.contains(part)).map(|(_, samples)| samples).sum()
}

/// Runs a boot sector for a guest second and gives its stacks, those of the BIOS before it left out.
fn stacks_of(code: &[u8]) -> BTreeMap<String, u64> {
    let mut machine = machine(code);
    machine.run_until(BOOTED);
    machine.sample_every(EVERY);
    machine.run_until(BOOTED + SECOND);
    stacks(&mut machine)
}

/// Two loops, the first of which goes round three times as often.
const THREE_TO_ONE: &[u8] = &[
    0xfa, // cli
    0xb9, 0xb8, 0x0b, // 7C01: mov cx, 3000
    0xe2, 0xfe, // 7C04: loop $
    0xb9, 0xe8, 0x03, // 7C06: mov cx, 1000
    0xe2, 0xfe, // 7C09: loop $
    0xeb, 0xf4, // 7C0B: jmp 7C01
];

#[test]
fn two_loops_of_three_to_one_have_samples_of_three_to_one() {
    let stacks = stacks_of(THREE_TO_ONE);
    let (often, rarely) = (samples(&stacks, "0000:7C04 loop"), samples(&stacks, "0000:7C09 loop"));
    assert!(stacks.keys().all(|stack| stack.starts_with("boot;real;0000:7Cxx;0000:7C")), "{stacks:?}");
    let all = RATE / EVERY;
    assert!(
        (all - 2..=all + 2).contains(&stacks.values().sum::<u64>()),
        "{} of {all} samples",
        stacks.values().sum::<u64>()
    );
    assert!((2.9..3.1).contains(&(often as f64 / rarely as f64)), "{often} to {rarely}");
}

#[test]
fn a_call_is_in_the_stack_until_it_returns() {
    let code = [
        0xfa, // cli
        0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0, // xor ax, ax; mov ds, ax; mov ss, ax
        0xbc, 0x00, 0x7b, // mov sp, 7b00h
        0xc7, 0x06, 0x80, 0x01, 0x40, 0x7c, // mov word [60h * 4], 7C40h
        0xa3, 0x82, 0x01, // mov [60h * 4 + 2], ax
        0xb4, 0x12, // 7C13: mov ah, 12h
        0xcd, 0x60, // int 60h
        0xe8, 0x04, 0x00, // 7C17: call 7C1E
        0xeb, 0xf7, // jmp 7C13
        0x90, 0x90, // nop; nop
        0x57, // 7C1E: push di
        0xb9, 0xe8, 0x03, // mov cx, 1000
        0xe2, 0xfe, // 7C22: loop $
        0x5f, 0xc3, // pop di; ret
    ];
    let handler = [
        0x8c, 0xd3, 0x89, 0xe6, // mov bx, ss; mov si, sp
        0xb8, 0x00, 0x30, 0x8e, 0xd0, 0xbc, 0x00, 0x01, // mov ax, 3000h; mov ss, ax; mov sp, 100h
        0xb9, 0xd0, 0x07, // mov cx, 2000
        0xe2, 0xfe, // 7C4F: loop $
        0x8e, 0xd3, 0x89, 0xf4, // mov ss, bx; mov sp, si
        0xf9, 0xcf, // stc; iret
    ];
    let stacks = stacks_of(&[&code[..], &vec![0; 0x40 - code.len()], &handler].concat());
    let inside = "boot;real;0000:7Cxx;INT 60h AH=12h;0000:7Cxx;0000:7C4F loop";
    let after = "boot;real;0000:7Cxx;0000:7C22 loop";
    let (inside, after) = (samples(&stacks, inside), samples(&stacks, after));
    assert!((1.9..2.1).contains(&(inside as f64 / after as f64)), "{inside} to {after}");
    let all: u64 = stacks.values().sum();
    assert!((inside + after) * 100 > all * 98, "{stacks:?}");
    let wrong = samples(&stacks, "AH=12h;0000:7Cxx;0000:7C22");
    assert_eq!(wrong, 0, "a call that has returned is in a stack");
}

#[test]
fn an_interrupt_of_a_chip_is_in_the_stack_until_it_returns() {
    let code = [
        0xfa, // cli
        0x31, 0xc0, 0x8e, 0xd8, // xor ax, ax; mov ds, ax
        0xc7, 0x06, 0x20, 0x00, 0x40, 0x7c, // mov word [8 * 4], 7C40h
        0xa3, 0x22, 0x00, // mov [8 * 4 + 2], ax
        0xfb, // sti
        0xeb, 0xfe, // 7C0F: jmp $
    ];
    let handler = [
        0x51, // push cx
        0xb9, 0x00, 0x80, // mov cx, 8000h
        0xe2, 0xfe, // 7C44: loop $
        0xb0, 0x20, 0xe6, 0x20, // mov al, 20h; out 20h, al
        0x59, 0xcf, // pop cx; iret
    ];
    let stacks = stacks_of(&[&code[..], &vec![0; 0x40 - code.len()], &handler].concat());
    let inside = samples(&stacks, "boot;real;0000:7Cxx;interrupt 08h;0000:7Cxx;0000:7C44 loop");
    let outside = samples(&stacks, "boot;real;0000:7Cxx;0000:7C0F jmp");
    // 18.2 times a second, 32,768 of the 2 million instructions.
    let expected = 18 * 32_768 / EVERY;
    assert!((expected - 160..=expected + 240).contains(&inside), "{inside} samples, not {expected}");
    assert_eq!(inside + outside, samples(&stacks, "7C44") + samples(&stacks, "7C0F"));
}

/// Nothing of the guest depends on who looks on, however often.
#[test]
fn looking_on_leaves_no_trace_in_the_guest() {
    for code in [DOTS, THREE_TO_ONE] {
        let mut plain = machine(code);
        let mut others = [3, 101, 10_007].map(|every| {
            let mut other = machine(code);
            other.sample_every(every);
            other.measure(PartMark::default());
            other
        });
        for step in 1..=8 {
            plain.run_until(step * SECOND / 4);
            for other in &mut others {
                other.run_until(step * SECOND / 4);
                assert_eq!((other.hash(), other.instructions()), (plain.hash(), plain.instructions()));
            }
        }
    }
}

#[test]
fn what_the_machine_does_is_counted() {
    let mut machine = machine(DOTS);
    machine.measure(PartMark::default());
    machine.run_until(BOOTED + SECOND);
    let counts: BTreeMap<&str, u64> = machine.counts().into_iter().collect();
    // A tick of the timer after another, which calls INT 1Ch, and a dot for most.
    assert!((54..80).contains(&counts["hardware_interrupts"]), "{counts:?}");
    assert!(counts["software_interrupts"] > counts["hardware_interrupts"] + 18, "{counts:?}");
    assert!(counts["slices"] > counts["hardware_interrupts"], "{counts:?}");
    assert!(counts["port_reads"] > 0 && counts["port_writes"] > 0 && counts["sectors_read"] == 1, "{counts:?}");
    let before = machine.counts();
    machine.diagnose();
    assert_eq!(machine.counts(), before, "what a diagnosis does is not the guest's");
}

/// A guest whose code is all over memory does not fill that of its host.
#[test]
fn stacks_that_are_too_many_are_counted_together() {
    let mut machine = machine(DOTS);
    machine.run_until(BOOTED);
    // NOPs everywhere, which end in a jump over the segment.
    machine.mem.write_phys(0x1_0000, &[0x90; 0x8_0000]);
    for segment in 1..9 {
        machine.mem.write_phys(segment * 0x1_0000 + 0xfffb, &[0xea, 0, 0, 0, (segment as u8 % 8 + 1) << 4]);
    }
    machine.mem.write_phys(0x7c00, &[0xfa, 0xea, 0, 0, 0, 0x10]);
    machine.cpu.load_real_mode(&beige_cpu::RealModeState { cs: 0, eip: 0x7c00, ..machine.cpu.real_mode_state() });
    machine.sample_every(1);
    machine.run_until(BOOTED + SECOND / 20);
    let stacks = stacks(&mut machine);
    let elsewhere = samples(&stacks, "boot;real;elsewhere");
    assert_eq!(stacks.len(), 50_001);
    assert!(elsewhere > 40_000 && stacks.values().sum::<u64>() >= 100_000, "{elsewhere}");
}
