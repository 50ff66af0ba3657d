//! What system tests share: where guests are, how the program is run, and how a test that cannot run says so.

pub mod calls;
pub mod cpu_guests;
pub mod fat;
pub mod machine;
pub mod qemu;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A guest image of the test data, or `None`, told visibly, when this test cannot run here: the environment variable
/// `BEIGE_TEST_DATA` names the folder with the guests, and guests run with the release profile only.
#[must_use]
pub fn guest(test: &str, image: &str) -> Option<PathBuf> {
    if cfg!(debug_assertions) {
        skip(test, "guests run with the release profile only");
        return None;
    }
    let Some(folder) = std::env::var_os("BEIGE_TEST_DATA") else {
        skip(test, "BEIGE_TEST_DATA is not set");
        return None;
    };
    let path = Path::new(&folder).join("guests").join(image);
    if path.exists() {
        return Some(path);
    }
    skip(test, &format!("{} is missing", path.display()));
    None
}

/// Says that a test did not run, past the capture of the test harness.
pub fn skip(test: &str, reason: &str) {
    // A closed stderr is no reason to fail.
    let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {reason}");
}

/// The program, built by the same profile as this test.
#[must_use]
pub fn beige() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let folder = test.parent().and_then(Path::parent).expect("tests stand in target/PROFILE/deps");
    let program = folder.join(format!("beige{}", std::env::consts::EXE_SUFFIX));
    if !program.exists() {
        let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        build.args(["build", "--quiet", "--package", "beige-app"]);
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        let target = folder.parent().expect("a profile's folder stands in the target folder");
        let status = build.env("CARGO_TARGET_DIR", target).status().expect("cargo starts");
        assert!(status.success(), "the program does not build");
    }
    program
}

/// A script of this crate.
#[must_use]
pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts").join(format!("{name}.txt"))
}

/// Runs the program headless with these arguments and gives what came out.
pub fn run<I: IntoIterator<Item = S>, S: AsRef<std::ffi::OsStr>>(arguments: I) -> Output {
    Command::new(beige()).arg("run").arg("--headless").args(arguments).output().expect("the program starts")
}

/// # Panics
/// Unless the program ended with `code`; then with all that it printed.
pub fn assert_exit(output: &Output, code: i32) {
    assert!(
        output.status.code() == Some(code),
        "exit code {:?}, expected {code}\n--- stdout\n{}\n--- stderr\n{}",
        output.status.code(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A copy of a guest in `folder`, unpacked when its name ends in `.gz`.
pub fn copy_of(guest: &Path, folder: &Path) -> PathBuf {
    let name = guest.file_name().expect("a guest has a name");
    let copy = folder.join(name);
    std::fs::copy(guest, &copy).expect("a guest can be copied");
    let mut permissions = std::fs::metadata(&copy).expect("the copy is there").permissions();
    #[allow(clippy::permissions_set_readonly_false, reason = "the copy is ours and in a private folder")]
    permissions.set_readonly(false);
    std::fs::set_permissions(&copy, permissions).expect("the copy is ours");
    if copy.extension().is_some_and(|extension| extension == "gz") {
        let status = Command::new("gzip").arg("-d").arg(&copy).status().expect("gzip starts");
        assert!(status.success(), "gzip cannot unpack {}", copy.display());
        return copy.with_extension("");
    }
    copy
}
