//! `docs/provider-options.md`: the options of the provider, each with what it does and the tests that show it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use signet::config::options::all;

use super::reference::{default, state};
use crate::support::page;

/// The options in the order of Authelia's reference page, then those that came later; tests by their names.
const ROWS: &str = include_str!("provider_options.yml");
/// The test that sets every option that is not carried out, and sees its message.
const MESSAGES: &str = "every_option_that_is_not_carried_out_has_its_message";
const OIDC: &str = "identity_providers.oidc.";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    title: String,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    /// The path below `identity_providers.oidc`.
    option: String,
    /// The tests that set it and see what it does; empty while there is none.
    tests: Vec<String>,
}

fn parts() -> Vec<Part> {
    serde_yaml::from_str(ROWS).expect("the rows are YAML")
}

/// Every source file under a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The names of all tests.
fn tests() -> BTreeSet<String> {
    let (mut files, mut names) = (Vec::new(), BTreeSet::new());
    for folder in ["tests/it", "src"] {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files);
    }
    for file in files {
        let mut is_test = false;
        for line in fs::read_to_string(file).unwrap().lines().map(str::trim) {
            is_test |= line.starts_with("#[tokio::test") || line.starts_with("#[test]");
            let function = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
            if let Some(function) = function
                && std::mem::take(&mut is_test)
            {
                names.insert(function.split('(').next().unwrap_or_default().to_owned());
            }
        }
    }
    names
}

#[test]
fn every_option_of_the_provider_stands_once_and_its_tests_are_there() {
    let (tests, mut wrong, mut seen) = (tests(), Vec::new(), BTreeSet::new());
    for row in parts().iter().flat_map(|part| &part.rows) {
        if !seen.insert(row.option.clone()) {
            wrong.push(format!("{} stands twice", row.option));
        }
        let strange = row.tests.iter().filter(|test| !tests.contains(*test));
        wrong.extend(strange.map(|test| format!("{}: there is no test {test}", row.option)));
    }
    assert!(tests.contains(MESSAGES));
    let known: BTreeSet<String> =
        all().filter_map(|option| option.path.strip_prefix(OIDC).map(str::to_owned)).collect();
    wrong.extend(known.difference(&seen).map(|option| format!("{option} is missing")));
    wrong.extend(seen.difference(&known).map(|option| format!("{option} is no option")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_page_walks_from_option_to_test() {
    let mut text = String::new();
    for part in parts() {
        text += &format!(
            "\n## {}\n\n| option | default | effect | state | tests |\n|---|---|---|---|---|\n",
            part.title
        );
        for row in &part.rows {
            let path = format!("{OIDC}{}", row.option);
            let option = all().find(|option| option.path == path).expect("the option is known");
            let tests: Vec<String> = match option.state {
                Some(_) => vec![format!("`{MESSAGES}`")],
                None => row.tests.iter().map(|test| format!("`{test}`")).collect(),
            };
            let tests = if tests.is_empty() { "-".to_owned() } else { tests.join(", ") };
            text += &format!(
                "| `{}` | {} | {} | {} | {tests} |\n",
                row.option,
                default(option.fallback),
                option.effect,
                state(option.state)
            );
        }
    }
    text.push('\n');
    page::holds("docs/provider-options.md", "the walk", &text, "configuration::provider_options");
}
