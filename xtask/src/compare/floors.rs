//! How fast Beige must be on each workload beside the others, in one run on one core. A floor beside QEMU is at least
//! what the fastest other interpreter reached.

/// Ratios of speed.
pub(crate) struct Floor {
    pub(crate) name: &'static str,
    /// Times QEMU's TCG.
    pub(crate) qemu: f64,
    /// Times DOSBox's dynamic core, where one is set.
    pub(crate) dosbox: Option<f64>,
    /// What to aim at, times QEMU's TCG.
    pub(crate) aim: Option<f64>,
}

const fn floor(name: &'static str, qemu: f64, dosbox: Option<f64>, aim: Option<f64>) -> Floor {
    Floor { name, qemu, dosbox, aim }
}

/// The floors of the workloads that the mean counts.
pub(crate) const FLOORS: [Floor; 11] = [
    floor("int16", 0.5, Some(1.5), Some(1.0)),
    floor("mem16", 0.6, Some(1.8), Some(0.9)),
    floor("call16", 0.45, None, None),
    floor("mixed16", 6.7, None, None),
    floor("mixpg16", 14.4, None, None),
    floor("mode13", 0.4, Some(1.5), Some(0.9)),
    floor("selfmod", 84.0, Some(0.2), Some(200.0)),
    floor("int32", 0.4, Some(1.1), Some(0.6)),
    floor("page32", 0.125, None, None),
    floor("fpu", 1.4, None, None),
    floor("cbench", 0.184, None, None),
];

/// The geometric mean over all of them, times QEMU's TCG and times DOSBox's dynamic core.
pub(crate) const MEAN: (f64, f64) = (1.8, 1.0);
/// The speed of `mixed16` at least, times that of `int16` on Beige itself.
pub(crate) const BESIDE_CODE: f64 = 0.3;
/// CPU seconds of the FreeDOS floppy to its prompt, program start included.
pub(crate) const FREEDOS_SECONDS: f64 = 0.08;
/// Seconds to the first guest instruction.
pub(crate) const FIRST_INSTRUCTION_SECONDS: f64 = 0.03;
/// Peak memory of the program: 24 MiB beyond the 16 of the guest.
pub(crate) const PEAK_MIB: f64 = 40.0;
