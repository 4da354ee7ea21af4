//! The program as it is typed: where it reads from, and what it says.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use super::{folder, valid};

/// Runs the program in a folder, without the environment of the tests.
pub(super) fn signet(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_signet"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

pub(super) fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A folder with a configuration that is valid but for its users, of whom there are none.
fn with_configuration(name: &str) -> tempfile::TempDir {
    let folder = folder();
    let file = folder.path().join(name);
    fs::write(&file, valid(folder.path())).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    folder
}

#[test]
fn validate_reads_from_where_serve_reads() {
    let nobody = "The configuration is not valid: 1 error.";
    let folder = with_configuration("c.yml");
    for (arguments, variables) in [
        (&["config", "validate", "--config", "c.yml"][..], &[][..]),
        (&["config", "validate"], &[("X_AUTHELIA_CONFIG", "c.yml")]),
    ] {
        let output = signet(folder.path(), arguments, variables);
        assert!(said(&output).contains(nobody), "{}", said(&output));
        assert!(said(&output).contains("users_database.yml"), "{}", said(&output));
        assert!(!output.status.success());
    }
    let nothing = signet(folder.path(), &["config", "validate"], &[]);
    assert!(said(&nothing).contains("There is no configuration"), "{}", said(&nothing));
    let folder = with_configuration("configuration.yml");
    let output =
        signet(folder.path(), &["config", "validate", "--format", "json"], &[("X_AUTHELIA_CONFIG", "")]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["problems"][0]["severity"], "error");
}

#[test]
fn looking_at_people_makes_no_database() {
    let folder = with_configuration("configuration.yml");
    let output = signet(folder.path(), &["user", "totp", "list"], &[]);
    assert!(said(&output).contains("there is no database at"), "{}", said(&output));
    assert!(said(&output).contains("db.sqlite3"), "{}", said(&output));
    assert!(!folder.path().join("db.sqlite3").exists());
}

#[test]
fn the_help_says_what_is_read_when_nothing_is_named() {
    let folder = folder();
    for command in [&["serve"][..], &["config", "validate"], &["bans"], &["user", "list"]] {
        let output = signet(folder.path(), &[command, &["--help"]].concat(), &[]);
        assert!(said(&output).contains("[default: ./configuration.yml]"), "{}", said(&output));
    }
}

#[test]
fn serve_tells_a_problem_once() {
    let folder = with_configuration("configuration.yml");
    let output = signet(folder.path(), &["serve"], &[]);
    assert!(!said(&output).contains("error: error:"), "{}", said(&output));
    assert_eq!(said(&output).matches("error:").count(), 1, "{}", said(&output));
}

#[test]
fn the_demo_says_at_its_flag_where_it_may_listen() {
    let folder = folder();
    let output = signet(folder.path(), &["demo", "--address", "127.0.0.2:9191"], &[]);
    assert!(said(&output).contains("'--address <HOST:PORT>'") && said(&output).contains("localhost"));
    assert!(!folder.path().join("demo-data").exists());
}
