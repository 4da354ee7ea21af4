//! The documentation: whoever begins at the README finds every page, and no link leads nowhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::written;
use crate::support::process::signet;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Where a page's relative links lead.
fn links(page: &Path) -> Vec<PathBuf> {
    let text = fs::read_to_string(page).unwrap();
    let folder = page.parent().unwrap();
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    targets
        .filter(|target| !target.contains("://") && !target.starts_with('#'))
        .map(|target| {
            let target = folder.join(target.split('#').next().unwrap());
            target.canonicalize().unwrap_or_else(|error| panic!("{page:?}: {target:?}: {error}"))
        })
        .collect()
}

fn pages(folder: &Path, found: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pages(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.insert(path.canonicalize().unwrap());
        }
    }
}

#[test]
fn every_page_is_found_from_the_readme_and_every_link_leads_somewhere() {
    let root = Path::new(ROOT).canonicalize().unwrap();
    let mut all = BTreeSet::new();
    pages(&root.join("docs"), &mut all);
    let (mut read, mut waiting) = (BTreeSet::new(), vec![root.join("README.md")]);
    while let Some(page) = waiting.pop() {
        if read.insert(page.clone()) {
            waiting
                .extend(links(&page).into_iter().filter(|link| link.extension().is_some_and(|e| e == "md")));
        }
    }
    let lost: Vec<&PathBuf> = all.difference(&read).collect();
    assert!(lost.is_empty(), "no link leads to {lost:?}");
}

/// The users file of the page, with the attributes that the page defines.
#[test]
fn the_users_file_that_is_shown_is_a_valid_one() {
    let page = include_str!("../../../docs/users-file.md");
    let blocks: Vec<&str> =
        page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    let attributes = blocks[1].lines().find(|line| line.contains("value_type")).unwrap().trim();
    let attributes = attributes.split('#').next().unwrap();
    let (name, kind) = attributes.split_once(": ").unwrap();
    let folder = written(
        &format!("authentication_backend: {{file: {{extra_attributes: {{{name}: {kind}}}}}}}\n"),
        |text| text,
    );
    let judged = || {
        let output =
            signet(&folder).args(["config", "validate", "--config", "configuration.yml"]).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    fs::write(folder.path().join("users.yml"), blocks[0]).unwrap();
    let (valid, said) = judged();
    assert!(valid, "{said}");
    fs::write(folder.path().join("users.yml"), blocks[0].replace("department", "no_attribute")).unwrap();
    let (valid, said) = judged();
    assert!(!valid && said.contains("users.alice.extra.no_attribute"), "{said}");
}
