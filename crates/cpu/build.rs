//! Chooses how handlers go on: by calling each other, where the compiler makes jumps of such calls, else by a loop.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(beige_tail)");
    println!("cargo::rerun-if-changed=build.rs");
    let value = |name: &str| std::env::var(name).unwrap_or_default();
    let is_optimised = value("OPT_LEVEL") != "0";
    let is_known = matches!(value("CARGO_CFG_TARGET_ARCH").as_str(), "x86_64" | "aarch64");
    // What is set may be empty.
    let is_set = |name: &str| std::env::var_os(name).is_some();
    let is_wanted = !is_set("CARGO_FEATURE_LOOP_DISPATCH") && !is_set("CARGO_CFG_MIRI");
    if is_optimised && is_known && is_wanted {
        println!("cargo::rustc-cfg=beige_tail");
    }
}
