//! Goldens: expected output kept as files, rewritten with `UPDATE_GOLDEN=1`.

use std::path::Path;

/// Compares `actual` with the file at `path`.
///
/// # Panics
/// When they differ or the file is missing, unless `UPDATE_GOLDEN=1` is set, which writes the file instead.
pub fn assert_golden(path: impl AsRef<Path>, actual: &str) {
    let path = path.as_ref();
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("the folder of the golden can be made");
        }
        std::fs::write(path, actual).expect("the golden can be written");
        return;
    }
    let expected = std::fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{}: {error}; UPDATE_GOLDEN=1 writes it", path.display()));
    assert!(
        expected == actual,
        "{} differs; UPDATE_GOLDEN=1 rewrites it\n--- expected\n{expected}\n--- actual\n{actual}",
        path.display()
    );
}
