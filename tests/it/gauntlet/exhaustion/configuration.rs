//! Row L6: what cannot be a configuration, or a users file, is refused at once, with its place, and no secret is
//! repeated.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::counts::is_long;
use crate::support::process::signet;
use crate::support::wait::PATIENCE;
use crate::support::{Person, configuration};

/// Within what a start is refused; beside other tests, in any time.
fn at_once() -> Duration {
    if is_long() { Duration::from_secs(1) } else { PATIENCE }
}

const SECRET: &str = "a-secret-that-nobody-may-read-0123456789";

/// What stands in the file, and what the refusal names beside the file.
fn hostile(valid: &str) -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let first = valid.lines().next().unwrap();
    let mut bomb = format!("x0: &x0 ['{SECRET}', y, y, y, y, y, y, y, y, y]\n");
    for level in 1..12 {
        let item = format!("*x{}", level - 1);
        bomb += &format!("x{level}: &x{level} [{}]\n", vec![item; 10].join(","));
    }
    let after = |text: &str| format!("{valid}{text}\n").into_bytes();
    vec![
        ("a key that stands twice", after(first), ":"),
        ("an alias bomb", [bomb.as_bytes(), valid.as_bytes()].concat(), ":"),
        ("an alias of itself", after("x: &x [*x]"), ":"),
        ("an unknown key", after(&format!("nonsense: '{SECRET}'")), ":"),
        ("a list for a map", format!("['{SECRET}']\n").into_bytes(), ":"),
        ("a text for a map", format!("'{SECRET}'\n").into_bytes(), ":"),
        ("10 MiB of values", after(&format!("x: [{}]", "y,".repeat(5 << 20))), ""),
        ("10 MiB of one value", after(&format!("x: '{}{SECRET}'", "y".repeat(10 << 20))), ""),
        ("10 MiB of nothing", " ".repeat(10 << 20).into_bytes(), ""),
        ("no UTF-8", [valid.as_bytes(), SECRET.as_bytes(), b": \xff\xfe\n"].concat(), ":"),
        ("UTF-16", format!("{valid}{SECRET}").encode_utf16().flat_map(u16::to_le_bytes).collect(), ":"),
        ("brackets 100,000 deep", after(&format!("x: {}", "[".repeat(100_000))), ":"),
        ("braces 100,000 deep", after(&format!("x: {}", "{a: ".repeat(100_000))), ":"),
        ("lists 5,000 deep", after(&format!("x:\n  {}y", "- ".repeat(5_000))), ":"),
        ("no end of quotes", after(&format!("x: \"{SECRET}")), ":"),
        ("a tab", after(&format!("x:\n\ty: {SECRET}")), ":"),
        ("a tag", after(&format!("x: !!binary {SECRET}")), ":"),
        ("two documents", after(&format!("---\nx: {SECRET}")), ":"),
        ("a key that is a map", after(&format!("? {{a: {SECRET}}}\n: b")), ":"),
        ("NUL", after("x: \0"), ":"),
    ]
}

#[track_caller]
fn refused(folder: &tempfile::TempDir, file: &str, case: &str, place: &str) -> Duration {
    let mut slowest = Duration::ZERO;
    for arguments in [
        &["config", "validate", "--config", "configuration.yml"][..],
        &["serve", "--config", "configuration.yml"],
    ] {
        let case = format!("{case} in {file}, {}", arguments[0]);
        let mut command: Command = signet(folder);
        let begun = Instant::now();
        let output = command.args(arguments).output().unwrap();
        let took = begun.elapsed();
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{case}: {said}");
        assert!(output.status.code().is_some_and(|code| code != 101), "{case} panics: {said}");
        assert!(said.contains(&format!("{file}{place}")), "{case} names no place: {said}");
        if !place.is_empty() {
            let begin = format!("{file}:");
            let mut starts = said.split(&begin).skip(1).map(|rest| rest.chars().next());
            assert!(starts.any(|first| first.is_some_and(|first| first.is_ascii_digit())), "{case}: {said}");
        }
        assert!(!said.contains("nobody-may-read"), "{case} repeats a secret: {said}");
        assert!(said.len() < 64 * 1024, "{case} says {} bytes", said.len());
        assert!(took < at_once(), "{case} takes {took:?}");
        slowest = slowest.max(took);
    }
    slowest
}

fn folder() -> (tempfile::TempDir, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let people = Person::file(&Person::all());
    let fragment = format!("storage: {{encryption_key: '{SECRET}'}}");
    let valid = configuration::text(&fragment, folder.path(), None);
    fs::write(folder.path().join("users.yml"), &people).unwrap();
    fs::write(folder.path().join("configuration.yml"), &valid).unwrap();
    let output =
        signet(&folder).args(["config", "validate", "--config", "configuration.yml"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (folder, valid, people)
}

#[test]
fn l6_a_hostile_configuration_is_refused_at_once_with_its_place_and_without_its_secrets() {
    let (folder, valid, _) = folder();
    let mut slowest = Duration::ZERO;
    for (case, bytes, place) in hostile(&valid) {
        fs::write(folder.path().join("configuration.yml"), bytes).unwrap();
        slowest = slowest.max(refused(&folder, "configuration.yml", case, place));
    }
    let keys: String = (0..20_000).map(|number| format!("loging_{number}: '{SECRET}'\n")).collect();
    let large = "y".repeat(1 << 20);
    for (case, from, to) in [
        ("20,000 unknown keys", "server:", format!("{keys}server:")),
        ("1 MiB for a choice", "server:", format!("log: {{level: '{large}{SECRET}'}}\nserver:")),
        ("1 MiB for a key", "server:", format!("? {large}\n: '{SECRET}'\nserver:")),
        ("a map for a text", "encryption_key: ", format!("encryption_key: {{a: '{SECRET}'}}\n  x: ")),
        ("a list for a text", "encryption_key: ", format!("encryption_key: ['{SECRET}']\n  x: ")),
        ("a secret for a map", "session:", format!("session: '{SECRET}'\nx:")),
        ("a secret for a number", "server:", format!("regulation: {{max_retries: '{SECRET}'}}\nserver:")),
        ("a secret for a time", "server:", format!("regulation: {{ban_time: '{SECRET}'}}\nserver:")),
        ("a secret for a choice", "server:", format!("log: {{level: '{SECRET}'}}\nserver:")),
    ] {
        assert!(valid.contains(from), "{case}");
        fs::write(folder.path().join("configuration.yml"), valid.replacen(from, &to, 1)).unwrap();
        slowest = slowest.max(refused(&folder, "configuration.yml", case, ":"));
    }
    println!("L6: the slowest refusal of a configuration took {slowest:?}");
}

#[test]
fn l6_a_hostile_users_file_is_refused_the_same_way() {
    let (folder, _, people) = folder();
    let mut slowest = Duration::ZERO;
    for (case, bytes, place) in hostile(&people) {
        fs::write(folder.path().join("users.yml"), bytes).unwrap();
        slowest = slowest.max(refused(&folder, "users.yml", case, place));
    }
    for (case, text) in [
        (
            "a digest that is a secret",
            format!("users: {{alice: {{displayname: A, password: '{SECRET}'}}}}\n"),
        ),
        ("a person that is a secret", format!("users: {{alice: '{SECRET}'}}\n")),
        (
            "a digest of 4 TiB",
            format!(
                "users: {{alice: {{displayname: A, password: '$argon2id$v=19$m=4294967295,t=3,p=4$c2FsdHNhbHQ${SECRET}'}}}}\n"
            ),
        ),
    ] {
        fs::write(folder.path().join("users.yml"), text).unwrap();
        slowest = slowest.max(refused(&folder, "users.yml", case, ":"));
    }
    println!("L6: the slowest refusal of a users file took {slowest:?}");
}

#[test]
fn l6_a_file_without_an_end_is_read_to_its_limit_only() {
    let (folder, ..) = folder();
    for file in ["/dev/zero", "/dev/urandom"] {
        let begun = Instant::now();
        let output = signet(&folder).args(["config", "validate", "--config", file]).output().unwrap();
        assert!(!output.status.success() && begun.elapsed() < at_once(), "{file}");
    }
}
