//! Tests by their names, for the tables that say which test holds what.

use std::fs;
use std::path::{Path, PathBuf};

/// The file that a test's name leads to.
pub fn file_of(modules: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let path = root.join(modules.replace("::", "/"));
    [path.with_extension("rs"), path.join("mod.rs")].into_iter().find(|file| file.is_file())
}

/// Whether a test function with this name is in a text.
pub fn is_test(text: &str, name: &str) -> bool {
    let mut marked = false;
    for line in text.lines().map(str::trim) {
        marked |= line.starts_with("#[tokio::test") || line.starts_with("#[test]");
        let Some(function) = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ") else {
            continue;
        };
        if std::mem::take(&mut marked) && function.split('(').next() == Some(name) {
            return true;
        }
    }
    false
}

/// Whether `modules::function` below `tests/it` is a test.
pub fn names_a_test(test: &str) -> bool {
    let Some((modules, name)) = test.rsplit_once("::") else { return false };
    file_of(modules).is_some_and(|file| is_test(&fs::read_to_string(file).unwrap(), name))
}
