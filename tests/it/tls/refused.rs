//! Certificates and keys that cannot be used, or that deserve a word, are told before anything is served.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use openssl::pkey::PKey;
use openssl::symm::Cipher;

use super::{HOST, House};
use crate::support::certificates::KeyForm;
use crate::support::wait::{PATIENCE, until_asked};

const DAY: i64 = 86_400;
/// The end of what `config validate` writes when there is no problem.
const NOTHING_TO_SAY: &str = "\nThe configuration is valid.\n";

/// The house with what a test did to it, and the line that must be printed.
#[track_caller]
fn refused(house: &House, option: &str, code: &str, words: &str) {
    let (said, valid) = house.validate();
    assert!(!valid, "{said}");
    let line = said.lines().find(|line| line.contains(option)).unwrap_or_else(|| panic!("{option}: {said}"));
    // Where the option stands, and what is wrong.
    assert!(line.contains("configuration.yml:"), "{line}");
    assert!(said.contains(words), "{words}: {said}");
    let json = house.command(&["config", "validate", "--format", "json"]).output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let codes: Vec<&str> =
        json["problems"].as_array().unwrap().iter().filter_map(|it| it["code"].as_str()).collect();
    assert_eq!(codes, [code], "{said}");
    assert!(!said.contains("PRIVATE KEY-----\nM"), "{said}");
    let served = house.command(&["serve"]).output().unwrap();
    let told = String::from_utf8_lossy(&served.stderr).into_owned();
    assert!(!served.status.success() && told.contains(words), "{told}");
}

#[test]
fn a_pair_that_cannot_be_used_is_refused_at_the_start() {
    let house = House::new(|authority| authority.made(HOST));
    let (said, valid) = house.validate();
    assert!(valid && said.ends_with(NOTHING_TO_SAY), "{said}");
    let (good, other) = (house.authority.made(HOST), house.authority.made(HOST));
    let (certificate, key) = ("server.tls.certificate", "server.tls.key");
    let cases = [
        (good.chain.clone(), other.key.clone(), key, "another_key", "does not belong to"),
        (good.key.clone(), good.key.clone(), certificate, "bad_certificate", "no certificate in PEM"),
        (good.chain.clone(), good.chain.clone(), key, "bad_key", "no private key in PEM"),
        (String::new(), good.key.clone(), certificate, "bad_certificate", "no certificate in PEM"),
        (
            good.chain.chars().take(200).collect(),
            good.key.clone(),
            certificate,
            "bad_certificate",
            "not whole PEM",
        ),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned(),
            good.key.clone(),
            certificate,
            "bad_certificate",
            "cannot be read",
        ),
        ("x".repeat(300 * 1024), good.key.clone(), certificate, "unreadable_file", "larger than"),
    ];
    for (chain, private, option, code, words) in cases {
        house.replace("tls.crt", &chain);
        house.replace("tls.key", &private);
        refused(&house, option, code, words);
    }
    let encrypted = PKey::private_key_from_pem(good.key.as_bytes()).unwrap();
    let encrypted = encrypted.private_key_to_pem_pkcs8_passphrase(Cipher::aes_128_cbc(), b"word").unwrap();
    house.put(&good);
    house.replace("tls.key", std::str::from_utf8(&encrypted).unwrap());
    refused(&house, key, "bad_key", "encrypted");
    house.put(&house.authority.made_as(HOST, KeyForm::P521, 90 * DAY));
    refused(&house, key, "bad_key", "P-256");
    house.put(&good);
    fs::remove_file(house.path("tls.key")).unwrap();
    refused(&house, key, "unreadable_file", "cannot be read");
    // A chain in the wrong order: the intermediate is no certificate of this key.
    let (leaf, intermediate) = good.chain.split_at(good.chain.rfind("-----BEGIN").unwrap());
    house.put(&good);
    house.replace("tls.crt", &format!("{intermediate}{leaf}"));
    let (said, valid) = house.validate();
    assert!(!valid && said.contains("does not belong") && said.contains("comes first"), "{said}");
}

#[tokio::test]
async fn what_deserves_a_word_is_a_warning_and_does_not_stop() {
    let house = House::new(|authority| authority.made(HOST));
    let warned = |words: &[&str]| {
        let (said, valid) = house.validate();
        assert!(valid, "{said}");
        for word in words {
            assert!(said.contains(word), "{word}: {said}");
        }
        assert!(said.contains("1 warning") && !said.contains("error"), "{said}");
    };
    house.put(&house.authority.made_as(HOST, KeyForm::EcPkcs8, 13 * DAY + 3600));
    warned(&["ends in 13 days", "server.tls.certificate", "configuration.yml:"]);
    house.put(&house.authority.made_as(HOST, KeyForm::EcPkcs8, 15 * DAY));
    assert!(house.validate().0.ends_with(NOTHING_TO_SAY));
    house.put(&house.authority.made("other.example.com"));
    warned(&["does not name op.example.com"]);
    house.put(&house.authority.made("*.example.com"));
    assert!(house.validate().0.ends_with(NOTHING_TO_SAY));
    house.put(&house.authority.made(HOST));
    fs::set_permissions(house.path("tls.key"), fs::Permissions::from_mode(0o644)).unwrap();
    warned(&["everyone on this machine can read", "server.tls.key", "chmod"]);
    fs::set_permissions(house.path("tls.key"), fs::Permissions::from_mode(0o640)).unwrap();
    assert!(house.validate().0.ends_with(NOTHING_TO_SAY));
    // A restart in the night must not end in no sign-in at all; the log is loud.
    house.put(&house.authority.made_as(HOST, KeyForm::EcPkcs8, -3 * DAY));
    warned(&["THE CERTIFICATE ENDED 3 days ago"]);
    let mut signet = house.serve();
    signet.wait_for("THE CERTIFICATE ENDED 3 days ago");
    let next = house.authority.made(HOST);
    house.put(&next);
    until_asked("the renewed certificate", PATIENCE, async || house.shows(&next).await).await;
}

#[test]
fn a_listener_of_our_own_needs_no_trusted_proxy_and_an_https_issuer() {
    let house = House::new(|authority| authority.made(HOST));
    house.configure("session: {cookies: [{domain: 127.0.0.1, authelia_url: 'http://127.0.0.1:9091'}]}");
    let (said, valid) = house.validate();
    assert!(valid && said.contains("nobody reaches it there"), "{said}");
    house.configure("server: {tls: {certificate: '', key: ''}}");
    let (said, _) = house.validate();
    assert!(said.contains("no proxy is trusted") && said.contains("or set server.tls"), "{said}");
}
