//! Which sections are set, and what is done with each.

use std::process::Command;

use signet::config::load_text;
use signet::config::options::{SECTIONS, Standing, all};

use super::{folder, valid};

const MORE: &str = "
theme: 'dark'
default_2fa_method: 'totp'
log: {}
notifier: {filesystem: {filename: 'mail.txt'}}
access_control: {default_policy: 'deny'}
totp: ''
duo_api:
";

#[test]
fn the_sections_that_are_set_are_known_with_what_is_done_with_them() {
    let folder = folder();
    let text =
        valid(folder.path()).replace("server:\n", "server:\n  tls: {client_certificates: ['/ca.pem']}\n");
    let loaded = load_text("configuration.yml", &format!("{text}{MORE}"));
    let expected = [
        ("theme", Standing::Works),
        ("default_2fa_method", Standing::NotYet),
        ("server", Standing::Works),
        ("server.tls.client_certificates", Standing::Refused),
        ("log", Standing::Works),
        ("session", Standing::Works),
        ("storage", Standing::Works),
        ("authentication_backend.file", Standing::Works),
        ("identity_providers.oidc", Standing::Works),
        ("identity_providers.oidc.authorization_policies", Standing::Works),
        ("identity_providers.oidc.lifespans.custom", Standing::Works),
        ("identity_providers.oidc.clients", Standing::Works),
        ("notifier", Standing::NotYet),
        ("access_control", Standing::Never),
    ];
    assert_eq!(loaded.sections, expected);
}

#[test]
fn validate_names_the_sections_for_people_and_not_for_programs() {
    let folder = folder();
    let file = folder.path().join("configuration.yml");
    std::fs::write(&file, format!("{}{MORE}", valid(folder.path()))).unwrap();
    let validate = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_signet"));
        let output =
            command.args(["config", "validate"]).args(arguments).current_dir(folder.path()).env_clear();
        String::from_utf8(output.output().unwrap().stdout).unwrap()
    };
    let text = validate(&[]);
    assert!(text.contains("Sections that are set:\n  works    theme, server, log, session, "), "{text}");
    assert!(
        text.contains("\n  not yet  default_2fa_method, notifier\n  never    access_control\n"),
        "{text}"
    );
    let json: serde_json::Value = serde_json::from_str(&validate(&["--format", "json"])).unwrap();
    assert_eq!(json.as_object().unwrap().keys().collect::<Vec<_>>(), ["problems"]);
}

#[test]
fn every_option_belongs_to_one_section_and_every_section_has_options() {
    let count: usize = SECTIONS.iter().map(|section| section.options().count()).sum();
    assert_eq!(count, all().count());
    for section in SECTIONS {
        assert!(section.options().next().is_some(), "{}", section.path);
    }
}
