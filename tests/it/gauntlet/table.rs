//! The table of the gauntlet: its rows, which tests try them, and the page that shows both.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

const ROWS: &str = include_str!("rows.yml");

/// What stands in `open` while no test of a row is here.
const EVERYTHING: &str = "everything";

/// Between these the table stands in `docs/security.md`.
const BEGIN: &str = "<!-- the gauntlet: made by its test, do not edit -->\n";
const END: &str = "<!-- end of the gauntlet -->";

/// Set, it has the test write the table instead of comparing it.
const WRITE: &str = "SIGNET_WRITE_TABLE";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    title: String,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    tried: String,
    outcome: String,
    without: String,
    open: Vec<String>,
}

impl Row {
    fn untried(&self) -> bool {
        self.open.iter().any(|part| part == EVERYTHING)
    }
}

/// Where the tests of a row are, by its id, and the tests whose name begins with no id.
struct Tests {
    files: BTreeMap<String, BTreeSet<String>>,
    nameless: Vec<String>,
}

fn sections() -> Vec<Section> {
    serde_yaml::from_str(ROWS).expect("the rows are YAML")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every source file under a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("table.rs") {
            found.push(path);
        }
    }
    found
}

/// The id a function's name begins with: a letter, digits, `_`.
fn id_of(name: &str) -> Option<String> {
    let (id, _) = name.split_once('_')?;
    let digits = id.strip_prefix(|first: char| first.is_ascii_lowercase())?;
    let right = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    right.then(|| id.to_ascii_uppercase())
}

fn tests() -> Tests {
    let folder = root().join("tests/it/gauntlet");
    let mut tests = Tests { files: BTreeMap::new(), nameless: Vec::new() };
    for path in sources(&folder) {
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        let mut is_test = false;
        for line in fs::read_to_string(&path).unwrap().lines().map(str::trim) {
            is_test |= line.starts_with("#[tokio::test") || line.starts_with("#[test]");
            let Some(function) = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ") else {
                continue;
            };
            // What a test calls tries nothing by itself.
            if !std::mem::take(&mut is_test) {
                continue;
            }
            let function = function.split('(').next().unwrap_or_default();
            match id_of(function) {
                Some(id) => {
                    tests.files.entry(id).or_default().insert(name.clone());
                }
                None => tests.nameless.push(format!("{name}: {function}")),
            }
        }
    }
    tests
}

fn markdown(sections: &[Section], tests: &Tests) -> String {
    let mut text = String::new();
    for section in sections {
        text += &format!("\n### {}\n\n", section.title);
        text += "| | tried | must come of it | tests | fail without | open |\n|---|---|---|---|---|---|\n";
        for row in &section.rows {
            let files = tests.files.get(&row.id).into_iter().flatten();
            let files: Vec<String> =
                files.map(|file| format!("[{file}](../tests/it/gauntlet/{file})")).collect();
            let open: Vec<&str> = row.open.iter().map(String::as_str).collect();
            text += &format!(
                "| {} | {} | {} | {} | {} | {} |\n",
                row.id,
                row.tried,
                row.outcome,
                files.join(", "),
                row.without,
                open.join(", ")
            );
        }
    }
    text.push('\n');
    text
}

#[test]
fn every_row_is_tried_or_says_what_is_open_and_every_test_has_its_row() {
    let (sections, tests) = (sections(), tests());
    let mut wrong = Vec::new();
    let mut ids = BTreeSet::new();
    for row in sections.iter().flat_map(|section| &section.rows) {
        let tried = tests.files.contains_key(&row.id);
        if !ids.insert(row.id.clone()) {
            wrong.push(format!("{} stands twice", row.id));
        }
        if !tried && row.open.is_empty() {
            wrong.push(format!("{} has neither a test nor an open part", row.id));
        }
        if tried && row.untried() {
            wrong.push(format!("{} has a test: take `{EVERYTHING}` out of its open parts", row.id));
        }
        if tried && row.without.is_empty() {
            wrong.push(format!("{} does not say without which rule its tests fail", row.id));
        }
    }
    let strangers = tests.files.iter().filter(|(id, _)| !ids.contains(*id));
    wrong.extend(strangers.map(|(id, files)| format!("{id} is no row, but {files:?} have tests of it")));
    wrong.extend(tests.nameless.iter().map(|test| format!("{test} begins with no row's id")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "whoever changes the rows asks for the table by the environment"
)]
fn the_page_shows_the_table() {
    let path = root().join("docs/security.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the page has the first marker");
    let (present, after) = rest.split_once(END).expect("the page has the last marker");
    let table = markdown(&sections(), &tests());
    if std::env::var(WRITE).is_ok() {
        fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
        return;
    }
    assert!(
        present == table,
        "the table of docs/security.md is not that of the tests; write it with {WRITE}=1 cargo test --test it gauntlet::table"
    );
}
