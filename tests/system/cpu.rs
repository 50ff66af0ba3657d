//! The CPU's guests judge the CPU here and on other machines: what they hold of it is not only our own reading.

use beige_tests::cpu_guests::{Witness, check, differences};
use std::path::{Path, PathBuf};

/// A module of tests for each guest: on which witness, with which CPU there.
macro_rules! guests {
    ($($guest:ident { $($test:ident: $witness:ident $cpu:literal;)* })*) => {
        $(mod $guest {
            $(#[test]
            fn $test() {
                let (guest, test) = (stringify!($guest), concat!(stringify!($guest), "::", stringify!($test)));
                super::check(test, super::Witness::$witness, guest, &[], $cpu);
            })*
        })*

        /// Every guest above.
        const GUESTS: &[&str] = &[$(stringify!($guest)),*];
    };
}

guests! {
    debug {
        passes_on_an_80386: Beige "80386";
        passes_on_an_80486: Beige "80486";
        passes_on_a_pentium: Beige "pentium";
        passes_on_a_pentium_ii: Beige "pentium-ii";
        passes_on_bochs: Bochs "pentium";
    }
    // QEMU looks at exceptions that wait in WAIT only.
    fpu {
        passes_on_an_80386_without_one: Beige "80386";
        passes_on_an_80486: Beige "80486";
        passes_on_a_pentium: Beige "pentium";
        passes_on_a_pentium_ii: Beige "pentium-ii";
        passes_on_bochs: Bochs "pentium";
        passes_on_bochs_with_mmx: Bochs "p2_klamath";
    }
    paging {
        passes_on_an_80386: Beige "80386";
        passes_on_an_80486: Beige "80486";
        passes_on_a_pentium: Beige "pentium";
        passes_on_a_pentium_ii: Beige "pentium-ii";
        passes_on_bochs: Bochs "pentium";
        passes_on_bochs_with_pae: Bochs "p2_klamath";
        passes_on_qemu: Qemu "pentium";
        passes_on_qemu_with_pae: Qemu "pentium2";
    }
    restart {
        passes_on_an_80386: Beige "80386";
        passes_on_an_80486: Beige "80486";
        passes_on_a_pentium: Beige "pentium";
        passes_on_a_pentium_ii: Beige "pentium-ii";
        passes_on_bochs: Bochs "pentium";
        passes_on_bochs_with_mmx: Bochs "p3_katmai";
        passes_on_qemu: Qemu "pentium";
    }
    segments {
        passes_on_an_80386: Beige "80386";
        passes_on_an_80486: Beige "80486";
        passes_on_a_pentium: Beige "pentium";
        passes_on_a_pentium_ii: Beige "pentium-ii";
        passes_on_bochs: Bochs "pentium";
        passes_on_qemu: Qemu "pentium";
    }
    // QEMU checks no limits.
    limits {
        passes_on_an_80386: Beige "80386";
        passes_on_an_80486: Beige "80486";
        passes_on_a_pentium: Beige "pentium";
        passes_on_a_pentium_ii: Beige "pentium-ii";
        passes_on_bochs: Bochs "pentium";
    }
    gates {
        passes_on_an_80386: Beige "80386";
        passes_on_an_80486: Beige "80486";
        passes_on_a_pentium: Beige "pentium";
        passes_on_a_pentium_ii: Beige "pentium-ii";
        passes_on_bochs: Bochs "pentium";
        passes_on_qemu: Qemu "pentium";
    }
    v86 {
        passes_on_an_80386: Beige "80386";
        passes_on_an_80486: Beige "80486";
        passes_on_a_pentium: Beige "pentium";
        passes_on_a_pentium_ii: Beige "pentium-ii";
        passes_on_bochs: Bochs "pentium";
        passes_on_qemu: Qemu "pentium";
    }
    shutdown {
        passes_on_an_80386: Beige "80386";
        passes_on_an_80486: Beige "80486";
        passes_on_a_pentium: Beige "pentium";
        passes_on_a_pentium_ii: Beige "pentium-ii";
        passes_on_bochs: Bochs "pentium";
        passes_on_qemu: Qemu "pentium";
    }
    mode16 {
        passes_on_an_80386: Beige "80386";
        passes_on_an_80486: Beige "80486";
        passes_on_a_pentium: Beige "pentium";
        passes_on_a_pentium_ii: Beige "pentium-ii";
        passes_on_bochs: Bochs "pentium";
        passes_on_qemu: Qemu "pentium";
    }
    mode286 {
        passes_on_an_80286: Beige "80286";
        passes_on_an_80386: Beige "80386";
        passes_on_an_80486: Beige "80486";
        passes_on_a_pentium: Beige "pentium";
        passes_on_a_pentium_ii: Beige "pentium-ii";
        passes_on_bochs: Bochs "pentium";
        passes_on_qemu: Qemu "pentium";
    }
    tasks {
        passes_on_an_80386: Beige "80386";
        passes_on_an_80486: Beige "80486";
        passes_on_a_pentium: Beige "pentium";
        passes_on_a_pentium_ii: Beige "pentium-ii";
        passes_on_bochs: Bochs "pentium";
        passes_on_qemu: Qemu "pentium";
    }
    interrupts {
        passes_on_an_80386: Beige "80386";
        passes_on_an_80486: Beige "80486";
        passes_on_a_pentium: Beige "pentium";
        passes_on_a_pentium_ii: Beige "pentium-ii";
        passes_on_bochs: Bochs "pentium";
        passes_on_qemu: Qemu "pentium";
    }
}

/// The source of a guest with its parts.
fn source(guest: &str) -> String {
    let guests = Path::new(env!("CARGO_MANIFEST_DIR")).join("guests");
    let parts = std::fs::read_dir(guests.join(guest)).into_iter().flatten().flatten().map(|entry| entry.path());
    let files = std::iter::once(guests.join(format!("{guest}.asm"))).chain(parts);
    files.map(|file: PathBuf| std::fs::read_to_string(file).expect("a source can be read")).collect()
}

#[test]
fn every_difference_is_of_a_case_that_there_is() {
    assert!(differences().count() > 0, "the table is read");
    for row in differences() {
        assert!(["Bochs", "Qemu"].contains(&row.witness), "{row:?}");
        assert!(GUESTS.contains(&row.guest), "{row:?}");
        assert!(source(row.guest).contains(&format!("\"{}\"", row.case)), "no such case: {row:?}");
    }
}
