//! Reads the disassembly of the release program: a fast handler must not call anything or touch the stack. Each keeps
//! what it has in registers and ends with a jump to the next one; a single call within it makes the compiler save
//! registers on the way in, which halves the speed. No test of behaviour would show it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

const PROGRAM: &str = "objdump";
/// Where handlers are.
const HANDLERS: &str = "beige_cpu::ops::";
/// Handlers that stand elsewhere: the ends of blocks.
const MORE: [&str; 3] = ["beige_cpu::block::run::through", "beige_cpu::block::run::stale", UNLINKED];
const UNLINKED: &str = "beige_cpu::block::run::unlinked";
/// Modules with handlers; each must show some.
const MODULES: [&str; 6] = ["alu", "branch", "data", "shift", "stack", "string"];
/// Fewer handlers than this are not all: their names changed, or the compiler no longer keeps them apart.
const FLOOR: usize = 1500;
/// Handlers that may use the stack, in how many of their forms at most, and why.
const EXEMPT: &[(&str, usize, &str)] = &[
    ("beige_cpu::ops::alu::divide", 50, "it divides a pair, and makes flags by a rule of its own"),
    ("beige_cpu::ops::far::call_far", 22, "it pushes two words and loads CS"),
    ("beige_cpu::ops::far::int", 4, "it pushes three words, loads CS and tells the board"),
    ("beige_cpu::ops::far::tell_of_interrupt", 1, "it is what `int` calls"),
    ("beige_cpu::ops::far::iret", 2, "it pops three words and loads CS"),
    ("beige_cpu::ops::far::lahf", 1, "it makes all flags at once"),
    ("beige_cpu::ops::far::pushf", 4, "as `lahf`, and a store"),
    ("beige_cpu::ops::fpu::", 80, "the arithmetic of the coprocessor is called"),
    ("beige_cpu::ops::pair::pair", 6, "INC or DEC twice, of which each keeps CF and makes the other flags"),
    ("beige_cpu::ops::shift::shift_ri", 3, "RCR of less than a whole register, with its flags"),
    ("beige_cpu::ops::stack::pop_m", 40, "it has a load, a store and the address of each"),
    ("beige_cpu::ops::stack::popa", 4, "it pops eight registers"),
];

/// Builds the program as its users do and looks at its handlers.
pub(crate) fn check(root: &Path) -> Result<String, String> {
    if cfg!(not(target_arch = "x86_64")) {
        return Ok("SKIPPED reading the handlers: they are read on x86-64".to_owned());
    }
    let is_there = Command::new(PROGRAM).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !is_there.is_ok_and(|status| status.success()) {
        return Ok(format!("SKIPPED reading the handlers: {PROGRAM} is not installed"));
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo).current_dir(root).args(["build", "--release", "--quiet"]).status();
    if !status.map_err(|error| format!("cargo does not start: {error}"))?.success() {
        return Err("the program does not build".to_owned());
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    let output = Command::new(PROGRAM)
        .args(["--disassemble", "--demangle", "--no-show-raw-insn"])
        .arg(target.join("release").join("beige"))
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("{PROGRAM} does not start: {error}"))?;
    judge(&functions(&String::from_utf8_lossy(&output.stdout)))
}

/// A function of the program.
#[derive(Debug)]
struct Function<'a> {
    name: &'a str,
    instructions: Vec<&'a str>,
}

/// The functions in a disassembly that are handlers.
fn functions(disassembly: &str) -> Vec<Function<'_>> {
    let mut found: Vec<Function<'_>> = Vec::new();
    let mut is_inside = false;
    for line in disassembly.lines() {
        if let Some(name) = line.strip_suffix(">:").and_then(|line| line.split_once(" <")).map(|(_, name)| name) {
            is_inside = is_handler(name);
            if is_inside {
                found.push(Function { name, instructions: Vec::new() });
            }
        } else if is_inside && let (Some(function), Some((_, instruction))) = (found.last_mut(), line.split_once(":\t"))
        {
            function.instructions.push(instruction.trim());
        }
    }
    found
}

fn is_handler(name: &str) -> bool {
    let is_form_of =
        |whole: &str| name.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with("::<"));
    // What is left of the functions of flags, where they are not part of a handler.
    let is_helper = name.starts_with("beige_cpu::ops::flags::");
    name.starts_with(HANDLERS) && !is_helper || MORE.iter().any(|more| is_form_of(more))
}

/// What is wrong with a handler, if anything.
fn fault<'a>(function: &Function<'a>) -> Option<&'a str> {
    let forbidden = |text: &str| {
        ["push", "pop", "call", "enter", "leave"].iter().any(|word| text.starts_with(word)) || text.contains("%rsp")
    };
    if let Some(instruction) = function.instructions.iter().find(|text| forbidden(text)) {
        return Some(instruction);
    }
    // To the next handler, or into one that is the same.
    let leads_on =
        |text: &&str| text.starts_with("jmp") && (text.contains('*') || text.contains(HANDLERS) && !text.contains('+'));
    (!function.instructions.iter().any(leads_on)).then_some("no jump to the next handler")
}

fn judge(functions: &[Function<'_>]) -> Result<String, String> {
    for module in MODULES {
        let prefix = format!("{HANDLERS}{module}::");
        if !functions.iter().any(|function| function.name.starts_with(&prefix)) {
            return Err(format!("the program shows no handler of `{module}`: it needs its symbols to be read"));
        }
    }
    if functions.len() < FLOOR {
        return Err(format!("only {} handlers were found, {FLOOR} are expected at least", functions.len()));
    }
    let (mut failures, mut excused) = (BTreeMap::<_, usize>::new(), [0; EXEMPT.len()]);
    for function in functions {
        let Some(fault) = fault(function) else { continue };
        let exemption = EXEMPT.iter().position(|(name, ..)| function.name.starts_with(name));
        if let Some(number) = exemption {
            excused[number] += 1;
        }
        if exemption.is_none_or(|number| excused[number] > EXEMPT[number].1) {
            *failures.entry((function.name, fault)).or_default() += 1;
        }
    }
    if let Some(((idle, ..), _)) = EXEMPT.iter().zip(excused).find(|(_, count)| *count == 0) {
        return Err(format!("{idle} is exempt and need not be"));
    }
    if failures.is_empty() {
        let (count, excused) = (functions.len(), excused.iter().sum::<usize>());
        return Ok(format!("{count} handlers were read: none calls or touches the stack, {excused} exempt"));
    }
    let lines = failures.iter().map(|((name, fault), count)| format!("{name} ({count} of its forms): `{fault}`"));
    Err(format!(
        "handlers that call or touch the stack, of {}:\n{}",
        functions.len(),
        lines.collect::<Vec<_>>().join("\n")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
00000000003bfab0 <beige_cpu::ops::data::mov_rm>:
  3bfab0:\tmovzbl 0x1c(%rdx),%eax
  3bfab7:\tjne    3bfac8 <beige_cpu::ops::data::mov_rm+0x18>
  3bfabf:\tadd    $0x20,%rdx
  3bfac5:\tjmp    *%rax
  3bfac8:\tjmp    3a8a00 <beige_cpu::block::run::slow>
\t...

";

    fn faults(text: &str) -> Vec<Option<&str>> {
        functions(text).iter().map(fault).collect()
    }

    #[test]
    fn a_handler_that_jumps_on_is_good() {
        assert_eq!(faults(GOOD), [None]);
    }

    #[test]
    fn a_call_a_saved_register_and_a_spill_are_found() {
        for bad in
            ["push   %rbx", "call   3a8a00 <beige_cpu::block::run::slow>", "mov    %rcx,-0x8(%rsp)", "call   *%rax"]
        {
            let text = GOOD.replace("add    $0x20,%rdx", bad);
            assert_eq!(faults(&text), [Some(bad)]);
        }
    }

    #[test]
    fn a_handler_that_returns_to_a_loop_is_found() {
        assert!(faults(&GOOD.replace("jmp    *%rax", "ret")).iter().all(Option::is_some));
    }

    #[test]
    fn other_functions_are_not_looked_at() {
        for other in
            ["beige_cpu::block::run::slow", "beige_cpu::block::run::unlinked_tail", "beige_cpu::ops::flags::lazy"]
        {
            assert!(faults(&GOOD.replace("beige_cpu::ops::data::mov_rm", other)).is_empty());
        }
        assert_eq!(
            faults(&GOOD.replace("beige_cpu::ops::data::mov_rm", "beige_cpu::block::run::unlinked::<true>")).len(),
            1
        );
    }

    #[test]
    fn too_few_handlers_are_a_failure() {
        assert!(judge(&functions(GOOD)).is_err());
        assert!(judge(&[]).is_err());
    }
}
