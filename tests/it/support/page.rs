//! Pages of `docs/` of which a part is written by a test from the code.

use std::fs;
use std::path::Path;

/// Set, it has the tests write their part instead of comparing it.
const WRITE: &str = "SIGNET_WRITE_TABLE";

/// Compares what stands between the markers of a page with what belongs there, or writes it.
#[allow(clippy::disallowed_methods, reason = "whoever changes the code asks for the page by the environment")]
pub fn holds(page: &str, name: &str, text: &str, test: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let (begin, end) =
        (format!("<!-- {name}: made by its test, do not edit -->\n"), format!("<!-- end of {name} -->"));
    let whole = fs::read_to_string(&path).unwrap();
    let (before, rest) = whole.split_once(&begin).expect("the page has the first marker");
    let (present, after) = rest.split_once(&end).expect("the page has the last marker");
    if std::env::var(WRITE).is_ok() {
        fs::write(&path, format!("{before}{begin}{text}{end}{after}")).unwrap();
        return;
    }
    assert!(
        present == text,
        "{name} in {page} is not that of the code; write it with {WRITE}=1 cargo test --test it {test}"
    );
}
