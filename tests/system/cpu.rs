//! The CPU's guests judge the CPU here and on other machines: what they hold of it is not only our own reading.

use beige_tests::cpu_guests::{Difference, Witness, check};

/// What other machines do otherwise than the manual says. docs/cpu-differences.md explains each.
const DIFFERENCES: &[Difference] = &[
    Difference { witness: Witness::Qemu, guest: "paging", case: "read-modify-write, PDE not present" },
    Difference { witness: Witness::Qemu, guest: "paging", case: "read-modify-write, PTE not present" },
    Difference { witness: Witness::Qemu, guest: "paging", case: "read-modify-write over two pages" },
    Difference { witness: Witness::Qemu, guest: "paging", case: "PG without PE" },
    Difference { witness: Witness::Qemu, guest: "paging", case: "4 MiB pages: reserved bit" },
    Difference { witness: Witness::Qemu, guest: "paging", case: "PAE: reserved bits" },
    Difference { witness: Witness::Qemu, guest: "paging", case: "PAE: the PDPTEs are taken when CR3 is written" },
];

/// A module of tests for each guest: on which witness, with which CPU there.
macro_rules! guests {
    ($($guest:ident { $($test:ident: $witness:ident $cpu:literal;)* })*) => {
        $(mod $guest {
            $(#[test]
            fn $test() {
                let (guest, test) = (stringify!($guest), concat!(stringify!($guest), "::", stringify!($test)));
                super::check(test, super::Witness::$witness, guest, &[], $cpu, super::DIFFERENCES);
            })*
        })*
    };
}

guests! {
    debug {
        passes_on_bochs: Bochs "pentium";
    }
    paging {
        passes_on_bochs: Bochs "pentium";
        passes_on_bochs_with_pae: Bochs "p2_klamath";
        passes_on_qemu: Qemu "pentium";
        passes_on_qemu_with_pae: Qemu "pentium2";
    }
    gates {
        passes_on_bochs: Bochs "pentium";
        passes_on_qemu: Qemu "pentium";
    }
}

#[test]
fn every_difference_is_explained() {
    let text = include_str!("../../docs/cpu-differences.md");
    for Difference { witness, guest, case } in DIFFERENCES {
        let row = |line: &str| line.starts_with(&format!("| {witness:?} | {guest} | {case} |"));
        assert!(text.lines().any(row), "docs/cpu-differences.md has no row `| {witness:?} | {guest} | {case} |`");
    }
}
