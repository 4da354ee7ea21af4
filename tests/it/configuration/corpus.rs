//! Real registrations, each completed to a whole configuration, against what a validator must say of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use signet::config::{Sources, load};
use signet::yaml::{Problem, Severity};

use super::{block, rsa};

const OIDC: &str = "identity_providers.oidc.";

#[test]
fn every_registration_of_the_corpus_is_judged_as_expected() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/configuration/corpus");
    let expectations: serde_json::Value =
        serde_json::from_slice(&fs::read(corpus.join("expectations.json")).unwrap()).unwrap();
    let folder = super::folder();
    let keys = folder.path().join("keys.yml");
    fs::write(&keys, format!("identity_providers:\n  oidc:\n    jwks:\n      - key: {}", block(rsa(), 10)))
        .unwrap();
    let places = folder.path().join("places.yml");
    let at = folder.path().display();
    fs::write(
        &places,
        format!("storage: {{local: {{path: '{at}/db.sqlite3'}}}}\nauthentication_backend: {{file: {{path: '{at}/users_database.yml'}}}}\n"),
    )
    .unwrap();

    let mut wrong = Vec::new();
    for (name, expected) in expectations.as_object().unwrap() {
        let files: Vec<PathBuf> =
            vec![corpus.join("base.yml"), keys.clone(), places.clone(), corpus.join(name)];
        let loaded = load(&Sources { files, ..Sources::default() });
        let found: BTreeSet<String> = loaded
            .problems
            .iter()
            .filter(|problem| {
                let left_out = problem.code == "not_in_this_version" && problem.severity == Severity::Warning;
                !left_out && problem.severity != Severity::Notice
            })
            .filter(|problem| problem.severity == Severity::Error || problem.path.starts_with(OIDC))
            .map(key)
            .collect();
        let expected: BTreeSet<String> = expected["problems"]
            .as_array()
            .unwrap()
            .iter()
            .map(|problem| {
                let text = |key: &str| problem[key].as_str().unwrap_or("-").to_owned();
                format!("{} {} {}", text("severity"), text("client"), text("option"))
            })
            .collect();
        if found != expected {
            wrong.push(format!("{name}: expected {expected:?}, found\n{}", loaded.problems));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Severity, client and the first option after the client, or after `oidc`.
fn key(problem: &Problem) -> String {
    let path = problem.path.strip_prefix(OIDC).unwrap_or(&problem.path);
    let option =
        path.split_once("].").filter(|_| path.starts_with("clients[")).map_or(path, |(_, option)| option);
    let option = option.split(['.', '[']).next().unwrap_or_default();
    format!("{} {} {option}", problem.severity.as_str(), problem.client.as_deref().unwrap_or("-"))
}
