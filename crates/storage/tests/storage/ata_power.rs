//! Power modes and the standby timer.

use crate::ata_rig::*;
use beige_core::{TICKS_PER_SECOND as SECOND, Tick};

/// What CHECK POWER MODE says.
fn mode(rig: &mut Rig) -> u8 {
    assert_eq!(rig.command(0xe5, [1, 0, 0, 0, 0xa0]), READY);
    rig.read(2)
}

#[test]
fn check_power_mode_tells_standby_and_a_read_wakes_the_disk() {
    for (standby, check) in [(0xe0, 0xe5), (0x94, 0x98), (0xe2, 0xe5), (0x96, 0x98)] {
        let mut rig = Rig::new([true, false]);
        rig.command(check, [1, 0, 0, 0, 0xa0]);
        assert_eq!(rig.read(2), 0xff);
        rig.command(standby, [0, 0, 0, 0, 0xa0]);
        rig.command(check, [1, 0, 0, 0, 0xa0]);
        assert_eq!(rig.read(2), 0);
        rig.at_lba(0x20, 1, 0);
        rig.take_all();
        rig.command(check, [1, 0, 0, 0, 0xa0]);
        assert_eq!(rig.read(2), 0xff);
    }
}

#[test]
fn the_standby_timer_has_the_periods_of_the_standard() {
    const MINUTE: Tick = 60 * SECOND;
    for idle in [0xe3, 0x97] {
        for (code, period) in [
            (1, 5 * SECOND),
            (240, 20 * MINUTE),
            (241, 30 * MINUTE),
            (251, 330 * MINUTE),
            (252, 21 * MINUTE),
            (253, 480 * MINUTE),
            (255, 21 * MINUTE + 15 * SECOND),
        ] {
            let mut rig = Rig::new([true, false]);
            rig.command(idle, [code, 0, 0, 0, 0xa0]);
            rig.advance(period - SECOND);
            assert_eq!(mode(&mut rig), 0xff, "{code}");
            rig.advance(SECOND);
            assert_eq!(mode(&mut rig), 0, "{code}");
        }
    }
}

#[test]
fn a_timer_of_0_never_runs_out_and_immediate_forms_leave_it_alone() {
    let mut rig = Rig::new([true, false]);
    rig.advance(100_000 * SECOND);
    assert_eq!(mode(&mut rig), 0xff, "off after power-on");
    rig.command(0xe3, [1, 0, 0, 0, 0xa0]);
    rig.command(0xe1, [0, 0, 0, 0, 0xa0]);
    rig.advance(6 * SECOND);
    assert_eq!(mode(&mut rig), 0);
    rig.command(0xe3, [0, 0, 0, 0, 0xa0]);
    rig.advance(100_000 * SECOND);
    assert_eq!(mode(&mut rig), 0xff);
}

#[test]
fn commands_start_the_timer_anew_and_asking_does_not() {
    let mut rig = Rig::new([true, false]);
    rig.command(0xe2, [2, 0, 0, 0, 0xa0]);
    rig.at_lba(0x40, 1, 0);
    for _ in 0..3 {
        rig.advance(9 * SECOND);
        rig.at_lba(0x40, 1, 0);
    }
    assert_eq!(mode(&mut rig), 0xff);
    rig.advance(6 * SECOND);
    assert_eq!(mode(&mut rig), 0xff);
    rig.advance(6 * SECOND);
    assert_eq!(mode(&mut rig), 0);
}

#[test]
fn only_a_reset_wakes_a_sleeping_disk_which_then_stands_by() {
    for sleep in [0xe6, 0x99] {
        let mut rig = Rig::new([true, false]);
        rig.command(sleep, [0, 0, 0, 0, 0xa0]);
        rig.read(7);
        rig.command(0x10, [0, 0, 0, 0, 0xa0]);
        assert!(!rig.irq());
        rig.write(8, 4);
        rig.write(8, 0);
        rig.wait();
        assert_eq!(mode(&mut rig), 0);
        assert!(rig.irq());
        rig.at_lba(0x20, 1, 0);
        assert_eq!(mode(&mut rig), 0xff);
    }
}

#[test]
fn a_software_reset_changes_no_other_mode() {
    for (command, expected) in [(0xe0, 0), (0xe1, 0xff)] {
        let mut rig = Rig::new([true, false]);
        rig.command(command, [0, 0, 0, 0, 0xa0]);
        rig.write(8, 4);
        rig.write(8, 0);
        rig.wait();
        assert_eq!(mode(&mut rig), expected);
    }
}
