//! Real registrations, each completed to a whole configuration, against what a validator must say of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{block, rsa};

const OIDC: &str = "identity_providers.oidc.";

#[test]
fn every_registration_of_the_corpus_is_judged_as_expected() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/configuration/corpus");
    let expectations: Value =
        serde_json::from_slice(&fs::read(corpus.join("expectations.json")).unwrap()).unwrap();
    // The program runs in a copy: it looks whether it could make its database there.
    let folder = super::folder();
    for entry in fs::read_dir(&corpus).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let keys = format!("identity_providers:\n  oidc:\n    jwks:\n      - key: {}", block(rsa(), 10));
    fs::write(folder.path().join("KEYS.yml"), keys).unwrap();

    let mut wrong = Vec::new();
    for (name, expected) in expectations.as_object().unwrap() {
        let (said, succeeded) = validated(folder.path(), name);
        let problems = said["problems"].as_array().unwrap();
        let refused = problems.iter().any(|problem| problem["severity"] == "error");
        assert_eq!(succeeded, !refused, "{name}: the exit status");
        let found: BTreeSet<String> = problems
            .iter()
            .filter(|problem| problem["code"] != "not_in_this_version")
            .filter(|problem| text(problem, "severity") == "error" || text(problem, "path").starts_with(OIDC))
            .map(key)
            .collect();
        let expected: BTreeSet<String> = expected["problems"]
            .as_array()
            .unwrap()
            .iter()
            .map(|problem| {
                format!(
                    "{} {} {}",
                    text(problem, "severity"),
                    text(problem, "client"),
                    text(problem, "option")
                )
            })
            .collect();
        if found != expected {
            wrong.push(format!("{name}: expected {expected:?}, found\n{said:#}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the program says of a registration, and whether it ends well.
fn validated(folder: &Path, name: &str) -> (Value, bool) {
    let output = Command::new(env!("CARGO_BIN_EXE_signet"))
        .args(["config", "validate", "--format", "json", "--config", &format!("base.yml,KEYS.yml,{name}")])
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap();
    let said = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{name}: {error}: {}", String::from_utf8_lossy(&output.stderr)));
    (said, output.status.success())
}

fn text<'v>(problem: &'v Value, key: &str) -> &'v str {
    problem[key].as_str().unwrap_or("-")
}

/// Severity, client and the first option after the client, or after `oidc`.
fn key(problem: &Value) -> String {
    let path = text(problem, "path");
    let path = path.strip_prefix(OIDC).unwrap_or(path);
    let option =
        path.split_once("].").filter(|_| path.starts_with("clients[")).map_or(path, |(_, option)| option);
    let option = option.split(['.', '[']).next().unwrap_or_default();
    format!("{} {} {option}", text(problem, "severity"), text(problem, "client"))
}
