//! What Signet does of each standard: the rows, the tests that hold them, and the page that shows both.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::support::named::names_a_test;

const ROWS: &str = include_str!("standards.yml");

/// Set, it has the test write the page instead of comparing it.
const WRITE: &str = "SIGNET_WRITE_TABLE";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Standard {
    /// The number or short name.
    name: String,
    title: String,
    /// Where its text is.
    text: String,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    section: String,
    /// What Signet does.
    does: String,
    #[serde(default)]
    state: State,
    /// As modules and function below `tests/it`, or the source file that holds unit tests.
    #[serde(default)]
    tests: Vec<String>,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum State {
    #[default]
    Whole,
    /// `does` says what is missing.
    Part,
    /// Left out on purpose; `does` says why.
    No,
}

impl State {
    const fn word(self) -> &'static str {
        match self {
            Self::Whole => "yes",
            Self::Part => "in part",
            Self::No => "no",
        }
    }
}

fn standards() -> Vec<Standard> {
    serde_yaml::from_str(ROWS).expect("the standards are YAML")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether a name leads to a test.
fn is_there(test: &str) -> bool {
    if test.starts_with("src/") {
        return fs::read_to_string(root().join(test)).is_ok_and(|text| text.contains("#[test]"));
    }
    names_a_test(test)
}

fn markdown(standards: &[Standard]) -> String {
    let mut page = String::from(
        "# Standards\n\n\
         What Signet does of each standard that it touches, and the tests that hold it to that. A test is named by its modules below \
         `tests/it`, or by the source file that holds it: `cargo test --test it NAME` runs one. The page is made of \
         `tests/it/standards/standards.yml` by its test, which fails when a test named here is gone.\n",
    );
    for standard in standards {
        page += &format!("\n## [{}]({}) {}\n\n", standard.name, standard.text, standard.title);
        page += "| section | what Signet does | | tests |\n|---|---|---|---|\n";
        for row in &standard.rows {
            let tests: Vec<String> = row.tests.iter().map(|test| format!("`{test}`")).collect();
            let (section, does, state) = (&row.section, &row.does, row.state.word());
            page += &format!("| {section} | {does} | {state} | {} |\n", tests.join("<br>"));
        }
    }
    page
}

#[test]
fn every_row_names_tests_that_are_there() {
    let mut wrong = Vec::new();
    for standard in standards() {
        for row in &standard.rows {
            let place = format!("{} {}", standard.name, row.section);
            if row.tests.is_empty() && row.state != State::No {
                wrong.push(format!("{place} has no test"));
            }
            let lost = row.tests.iter().filter(|test| !is_there(test));
            wrong.extend(lost.map(|test| format!("{place}: there is no test {test}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[allow(clippy::disallowed_methods, reason = "whoever changes the rows asks for the page by the environment")]
fn the_page_shows_the_rows() {
    let path = root().join("docs/standards.md");
    let page = markdown(&standards());
    if std::env::var(WRITE).is_ok() {
        fs::write(&path, page).unwrap();
        return;
    }
    let present = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        present == page,
        "docs/standards.md is not what the rows say; write it with {WRITE}=1 cargo test --test it standards::"
    );
}
