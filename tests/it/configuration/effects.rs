//! What each option does, seen from outside: in a token, an answer, a page or a refusal.
//!
//! `effects/table.yml` names for every option that works the tests that set it and see what comes of it. What has no test
//! yet stands there with `open`.

mod clients;
mod cors;
mod lifespans;
mod outbound;
mod provider;
mod reference_page;
mod stateless;
mod tokens;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use signet::config::working_options;

use crate::support::named::{file_of, is_test};

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Row {
    /// `module::function`, one or several.
    Test(String),
    Tests(Vec<String>),
    /// Nobody sees it yet: whose part it is.
    Open {
        open: String,
    },
}

impl Row {
    pub(super) fn tests(&self) -> &[String] {
        match self {
            Self::Test(test) => std::slice::from_ref(test),
            Self::Tests(tests) => tests,
            Self::Open { .. } => &[],
        }
    }
}

pub(super) fn table() -> BTreeMap<String, Row> {
    let sections: BTreeMap<String, BTreeMap<String, Row>> =
        serde_yaml::from_str(include_str!("effects/table.yml")).expect("the table is YAML");
    let mut table = BTreeMap::new();
    for (section, rows) in sections {
        for (option, row) in rows {
            let path = if section == "-" { option } else { format!("{section}.{option}") };
            assert!(table.insert(path.clone(), row).is_none(), "{path} stands twice");
        }
    }
    table
}

/// A file and what it includes, but for the tables that name every option.
fn with_included(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let included = text.split("include_str!(").skip(1).filter_map(|rest| rest.split('"').nth(1));
    let included = included.filter(|name| !name.ends_with("table.yml"));
    let included = included.map(|name| file.parent().unwrap().join(name));
    let included: String = included.filter_map(|path| fs::read_to_string(path).ok()).collect();
    text + &included
}

/// The files of the modules that a module names, but for what all tests stand on. What it takes from above is in the
/// module above.
fn named_by(modules: &str, text: &str) -> BTreeSet<PathBuf> {
    let above = modules.rsplit_once("::").map_or("", |(above, _)| above);
    let mut files = BTreeSet::new();
    for (word, home) in [("super::", above), ("crate::", "")] {
        for rest in text.split(word).skip(1) {
            let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && !"_:".contains(letter));
            let path = end.and_then(|end| rest.get(..end)).unwrap_or(rest);
            let path = path.split("::").filter(|part| !part.is_empty());
            let path: Vec<&str> = home.split("::").filter(|part| !part.is_empty()).chain(path).collect();
            if path.first() != Some(&"support") {
                files.extend((1..=path.len()).rev().find_map(|length| file_of(&path[..length].join("::"))));
            }
        }
    }
    files
}

/// All that a test of a module may be configured by, beside `base.yml`, which sets an option for no test in particular.
fn text_around(modules: &str, file: &Path) -> String {
    let own = with_included(file);
    let named = named_by(modules, &own);
    let named: String = named.iter().filter(|path| *path != file).map(|path| with_included(path)).collect();
    own + &named
}

/// Whether an option stands in a text as a key or a field, or as a whole text of its own.
fn is_set(key: &str, text: &str) -> bool {
    let word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    text.match_indices(key).any(|(at, _)| {
        let (before, after) = text.split_at(at);
        let after = after.strip_prefix(key).unwrap_or(after);
        let begins = before.ends_with("\\n") || !before.ends_with(word);
        let after = after.strip_prefix("_seconds").unwrap_or(after);
        let value = after.trim_start_matches(['\'', ' ']);
        let is_key = value.starts_with([':', '=']) && !value.starts_with("::") && !value.starts_with("==");
        begins && (after.starts_with('"') || is_key)
    })
}

/// What is wrong with a test that a row names.
fn fault(option: &str, test: &str) -> Option<String> {
    let (modules, name) = test.rsplit_once("::")?;
    let Some(file) = file_of(modules) else { return Some(format!("{option}: no file holds {test}")) };
    if !is_test(&fs::read_to_string(&file).unwrap(), name) {
        return Some(format!("{option}: there is no test {test}"));
    }
    let key = option.rsplit('.').next().unwrap_or_default().trim_end_matches("[]");
    let named = key == "<name>" || is_set(key, &text_around(modules, &file));
    (!named).then(|| format!("{option}: {test} does not set it"))
}

#[test]
fn every_option_that_works_has_a_test_that_sees_what_it_does() {
    let table = table();
    let works: BTreeSet<String> = working_options().collect();
    let mut wrong: Vec<String> = Vec::new();
    wrong.extend(
        works
            .iter()
            .filter(|option| !table.contains_key(*option))
            .map(|option| format!("{option} has no row")),
    );
    for (option, row) in &table {
        if !works.contains(option) {
            wrong.push(format!("{option} does not work in this version: take its row out"));
        }
        match row {
            Row::Open { open } if open.is_empty() || option.starts_with("identity_providers.") => {
                wrong.push(format!("{option}: nobody sees what it does"));
            }
            row => wrong.extend(row.tests().iter().filter_map(|test| fault(option, test))),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
