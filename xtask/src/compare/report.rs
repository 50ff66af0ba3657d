//! What is told: a table for people, JSON for programs, and which floors hold.

use super::floors::{BESIDE_CODE, FIRST_INSTRUCTION_SECONDS, FLOORS, FREEDOS_SECONDS, Floor, MEAN, PEAK_MIB};
use super::machines::Emulator;
use super::start::Start;
use super::workloads::Workload;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// Between these lines of docs/performance.md stands what `--write` writes.
const BEGIN: &str = "<!-- compare: begin -->";
const END: &str = "<!-- compare: end -->";

/// One workload on one emulator.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    /// Guest instructions in a microsecond of CPU time.
    pub(crate) mips: f64,
    pub(crate) seconds: f64,
    pub(crate) scale: u32,
    pub(crate) runs: usize,
    /// Whether the guest's sum is right.
    pub(crate) is_right: bool,
    pub(crate) peak_kib: Option<u64>,
}

/// One workload.
pub(crate) struct Row {
    pub(crate) workload: &'static Workload,
    pub(crate) cells: Vec<(Emulator, Option<Cell>)>,
}

/// A comparison.
pub(crate) struct Report {
    pub(crate) emulators: Vec<Emulator>,
    pub(crate) rows: Vec<Row>,
    pub(crate) start: Start,
}

/// A floor, and what came out.
struct Check {
    what: String,
    value: f64,
    limit: f64,
    /// Whether the value must not be below the limit; else not above it.
    is_floor: bool,
}

impl Check {
    fn holds(&self) -> bool {
        if self.is_floor { self.value >= self.limit } else { self.value <= self.limit }
    }
}

impl Row {
    fn cell(&self, emulator: Emulator) -> Option<&Cell> {
        self.cells.iter().find(|(of, _)| *of == emulator).and_then(|(_, cell)| cell.as_ref())
    }

    /// How many times as fast as another emulator Beige is.
    fn ratio(&self, other: Emulator) -> Option<f64> {
        Some(self.cell(Emulator::Beige)?.mips / self.cell(other)?.mips)
    }

    fn floor(&self) -> Option<&'static Floor> {
        FLOORS.iter().find(|floor| floor.name == self.workload.name)
    }
}

impl Report {
    /// The geometric mean of the ratios to another emulator, when every workload that counts has one.
    fn mean(&self, other: Emulator) -> Option<f64> {
        let counted = self.rows.iter().filter(|row| row.workload.in_mean);
        let ratios: Vec<f64> = counted.map(|row| row.ratio(other)).collect::<Option<_>>()?;
        let is_whole = ratios.len() == FLOORS.len();
        is_whole.then(|| (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64).exp())
    }

    fn mips(&self, name: &str) -> Option<f64> {
        let row = self.rows.iter().find(|row| row.workload.name == name)?;
        Some(row.cell(Emulator::Beige)?.mips)
    }

    /// The most memory that Beige held.
    fn peak_mib(&self) -> Option<f64> {
        let cells = self.rows.iter().filter_map(|row| row.cell(Emulator::Beige));
        let peak = cells.filter_map(|cell| cell.peak_kib).max()?;
        Some(peak as f64 / 1024.0)
    }

    fn checks(&self) -> Vec<Check> {
        let mut checks = Vec::new();
        let mut add = |what: String, value: Option<f64>, limit: f64, is_floor: bool| {
            checks.extend(value.map(|value| Check { what, value, limit, is_floor }));
        };
        for row in &self.rows {
            let Some(floor) = row.floor() else { continue };
            add(format!("{} / QEMU TCG", floor.name), row.ratio(Emulator::Qemu), floor.qemu, true);
            if let Some(limit) = floor.dosbox {
                let ratio = row.ratio(Emulator::DosboxDynamic);
                add(format!("{} / DOSBox dynamic", floor.name), ratio, limit, true);
            }
        }
        add("geometric mean / QEMU TCG".to_owned(), self.mean(Emulator::Qemu), MEAN.0, true);
        add("geometric mean / DOSBox dynamic".to_owned(), self.mean(Emulator::DosboxDynamic), MEAN.1, true);
        let beside_code = self.mips("mixed16").zip(self.mips("int16")).map(|(mixed, int)| mixed / int);
        add("mixed16 / int16, both on Beige".to_owned(), beside_code, BESIDE_CODE, true);
        add("CPU seconds of FreeDOS to its prompt".to_owned(), self.start.freedos, FREEDOS_SECONDS, false);
        let first = Some(self.start.first_instruction);
        add("seconds to the first guest instruction".to_owned(), first, FIRST_INSTRUCTION_SECONDS, false);
        add("peak MiB of memory, the guest's among them".to_owned(), self.peak_mib(), PEAK_MIB, false);
        checks
    }

    /// Tables of MIPS and of floors.
    pub(crate) fn markdown(&self) -> String {
        let mut lines = vec![self.conditions(), String::new()];
        let names: Vec<&str> = self.emulators.iter().map(|emulator| emulator.name()).collect();
        lines.push(format!("| MIPS | {} | times QEMU | aim | times DOSBox dynamic |", names.join(" | ")));
        lines.push(format!("|---|{}---:|---:|---:|", "---:|".repeat(names.len())));
        lines.extend(self.rows.iter().map(Row::markdown));
        let means = [Emulator::Qemu, Emulator::DosboxDynamic].map(|other| ratio_text(self.mean(other)));
        let blanks = " |".repeat(names.len());
        lines.push(format!("| geometric mean of the first eleven |{blanks} {} | | {} |", means[0], means[1]));
        lines.push(String::new());
        lines.push("| floor or limit | measured | demanded | |\n|---|---:|---:|---|".to_owned());
        for check in self.checks() {
            let (sign, verdict) =
                (if check.is_floor { "≥" } else { "≤" }, if check.holds() { "holds" } else { "**missed**" });
            let (value, limit) = (number(check.value), number(check.limit));
            lines.push(format!("| {} | {value} | {sign} {limit} | {verdict} |", check.what));
        }
        lines.join("\n")
    }

    /// Where and with what it was measured.
    fn conditions(&self) -> String {
        let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpu.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split_once(':'));
        let day = Command::new("date").args(["-u", "+%F"]).output();
        let day = day.map(|day| String::from_utf8_lossy(&day.stdout).trim().to_owned()).unwrap_or_default();
        let versions: Vec<String> = self.emulators.iter().map(|emulator| emulator.version()).collect();
        format!("{day}, one core of {}. {}.", model.map_or("a CPU", |(_, model)| model.trim()), versions.join(", "))
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        let rows: Vec<Value> = self.rows.iter().map(Row::json).collect();
        let checks: Vec<Value> = self
            .checks()
            .iter()
            .map(|check| {
                let (value, limit) = (check.value, check.limit);
                json!({ "what": check.what, "measured": value, "limit": limit, "holds": check.holds() })
            })
            .collect();
        json!({
            "conditions": self.conditions(),
            "workloads": rows,
            "geometric_mean": { "qemu": self.mean(Emulator::Qemu), "dosbox_dynamic": self.mean(Emulator::DosboxDynamic) },
            "freedos_cpu_seconds": self.start.freedos,
            "first_instruction_seconds": self.start.first_instruction,
            "checks": checks,
        })
    }

    /// Puts the tables between the marks of a document.
    pub(crate) fn write(&self, path: &Path) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("{}: {error}", path.display());
        let text = std::fs::read_to_string(path).map_err(failed)?;
        let parts = text.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
        let Some((before, after)) = parts else {
            return Err(format!("{} has no lines `{BEGIN}` and `{END}`", path.display()));
        };
        let text = format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", self.markdown());
        std::fs::write(path, text).map_err(failed)
    }

    /// What the command says at the end. Small guests prove sums only.
    pub(crate) fn verdict(&self, is_quick: bool) -> Result<String, String> {
        let mut failures = Vec::new();
        for row in &self.rows {
            match row.cell(Emulator::Beige) {
                None => failures.push(format!("Beige does not end {}", row.workload.name)),
                Some(cell) if !cell.is_right => failures.push(format!("Beige's sum of {} is wrong", row.workload.name)),
                Some(_) => {}
            }
        }
        if !is_quick {
            let missed = self.checks().into_iter().filter(|check| !check.holds());
            failures.extend(missed.map(|check| format!("{}: {}", check.what, number(check.value))));
        }
        let count = self.rows.len();
        if !failures.is_empty() {
            return Err(failures.join("\n"));
        }
        Ok(format!("{count} workloads compared{}", if is_quick { ", every sum of Beige's is right" } else { "" }))
    }
}

impl Row {
    fn markdown(&self) -> String {
        let speeds: Vec<String> = self
            .cells
            .iter()
            .map(|(_, cell)| match cell {
                None => "does not end".to_owned(),
                Some(cell) if cell.is_right => number(cell.mips),
                Some(cell) => format!("{} (wrong sum)", number(cell.mips)),
            })
            .collect();
        let aim = self.floor().and_then(|floor| floor.aim).map(number).unwrap_or_default();
        let (qemu, dosbox) = (self.ratio(Emulator::Qemu), self.ratio(Emulator::DosboxDynamic));
        format!(
            "| {} | {} | {} | {aim} | {} |",
            self.workload.name,
            speeds.join(" | "),
            ratio_text(qemu),
            ratio_text(dosbox)
        )
    }

    fn json(&self) -> Value {
        let cells = self.cells.iter().map(|(emulator, cell)| {
            let cell = cell.as_ref().map(|cell| {
                json!({
                    "mips": cell.mips,
                    "cpu_seconds": cell.seconds,
                    "scale": cell.scale,
                    "runs": cell.runs,
                    "sum_is_right": cell.is_right,
                })
            });
            (emulator.name().to_owned(), cell.unwrap_or(Value::Null))
        });
        json!({
            "name": self.workload.name,
            "about": self.workload.about,
            "emulators": cells.collect::<serde_json::Map<String, Value>>(),
            "times_qemu": self.ratio(Emulator::Qemu),
            "times_dosbox_dynamic": self.ratio(Emulator::DosboxDynamic),
        })
    }
}

fn ratio_text(ratio: Option<f64>) -> String {
    ratio.map(number).unwrap_or_default()
}

/// Three digits that count.
fn number(value: f64) -> String {
    let decimals = match value.abs() {
        100.0.. => 0,
        10.0.. => 1,
        1.0.. => 2,
        _ => 3,
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::{BEGIN, Cell, END, FLOORS, Report, Row};
    use crate::compare::machines::Emulator;
    use crate::compare::start::Start;
    use crate::compare::workloads::WORKLOADS;

    /// Every workload, on Beige at 600 MIPS and on QEMU at 300, and one that is told otherwise.
    fn report(changed: &str, change: impl Fn(&mut Cell)) -> Report {
        let cell = |mips| Cell { mips, seconds: 1.0, scale: 1, runs: 3, is_right: true, peak_kib: Some(20 << 10) };
        let rows = WORKLOADS.iter().map(|workload| {
            let mut beige = cell(600.0);
            if workload.name == changed {
                change(&mut beige);
            }
            let qemu = if workload.name == "selfmod" { 3.0 } else { 30.0 };
            Row { workload, cells: vec![(Emulator::Beige, Some(beige)), (Emulator::Qemu, Some(cell(qemu)))] }
        });
        let start = Start { freedos: None, first_instruction: 0.01 };
        Report { emulators: vec![Emulator::Beige, Emulator::Qemu], rows: rows.collect(), start }
    }

    #[test]
    fn floors_that_hold_pass() {
        let report = report("", |_| {});
        assert!(report.verdict(false).is_ok(), "{:?}", report.verdict(false));
    }

    #[test]
    fn every_floor_can_be_missed() {
        for floor in &FLOORS {
            let report = report(floor.name, |cell| cell.mips = floor.qemu * 2.9);
            let failures = report.verdict(false).unwrap_err();
            assert!(failures.contains(&format!("{} / QEMU TCG", floor.name)), "{failures}");
        }
    }

    #[test]
    fn a_wrong_sum_fails_even_in_a_quick_run() {
        let report = report("mem16", |cell| cell.is_right = false);
        assert!(report.verdict(true).unwrap_err().contains("mem16"));
        assert!(report.markdown().contains("wrong sum"));
    }

    #[test]
    fn a_quick_run_proves_no_floor() {
        assert!(report("int16", |cell| cell.mips = 1.0).verdict(true).is_ok());
    }

    #[test]
    fn tables_go_between_their_marks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("performance.md");
        std::fs::write(&path, format!("before\n{BEGIN}\nstale\n{END}\nafter\n")).unwrap();
        report("", |_| {}).write(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("before\n") && text.ends_with("after\n") && !text.contains("stale"), "{text}");
        assert!(text.contains("| int16 | 600 | 30.0 | 20.0 |"), "{text}");
    }

    #[test]
    fn the_program_s_own_document_has_the_marks() {
        let text = std::fs::read_to_string(crate::root().join("docs/performance.md")).unwrap();
        let begin = text.find(BEGIN).expect("a beginning");
        assert!(text[begin..].contains(END), "an end");
    }
}
