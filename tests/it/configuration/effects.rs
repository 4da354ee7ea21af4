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
use std::path::Path;

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

/// A test file, what its module shares, and the YAML that it may include.
fn text_around(file: &Path) -> String {
    let beside = fs::read_dir(file.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    let yaml = beside
        .filter(|path| path.extension().is_some_and(|end| end == "yml") && !path.ends_with("table.yml"));
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/base.yml");
    let around = file.parent().unwrap().join("mod.rs");
    let files =
        [file.to_owned(), base].into_iter().chain(Some(around).filter(|path| path.is_file())).chain(yaml);
    files.map(|path| fs::read_to_string(path).unwrap()).collect()
}

/// What is wrong with a test that a row names.
fn fault(option: &str, test: &str) -> Option<String> {
    let (modules, name) = test.rsplit_once("::")?;
    let Some(file) = file_of(modules) else { return Some(format!("{option}: no file holds {test}")) };
    if !is_test(&fs::read_to_string(&file).unwrap(), name) {
        return Some(format!("{option}: there is no test {test}"));
    }
    let key = option.rsplit('.').next().unwrap_or_default().trim_end_matches("[]");
    let named = key == "<name>" || text_around(&file).contains(key);
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
