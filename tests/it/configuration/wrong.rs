//! Wrong configurations: each is refused with what, where and the mend, and nothing secret is printed.

use std::path::PathBuf;

use signet::config::{Sources, load, load_text};
use signet::yaml::Severity;

use super::{block, errors, folder, only, p256, rsa, valid, with, with_client};

const CLIENT: &str = "identity_providers.oidc.clients[0]";

/// A piece of the valid configuration, what stands there instead, and the error: code, path, a word of the mend.
type Case = (&'static str, &'static str, &'static str, &'static str, &'static str);

const CASES: &[Case] = &[
    // missing key
    (
        "    - domain: 'example.com'\n      authelia",
        "    - authelia",
        "missing",
        "session.cookies[0].domain",
        "example.com",
    ),
    (
        "      - client_id: 'app'\n        client",
        "      - client",
        "missing",
        "identity_providers.oidc.clients[0].client_id",
        "name",
    ),
    (
        "  encryption_key: 'storage-key-of-the-tests-0123456789'\n",
        "",
        "missing",
        "storage.encryption_key",
        "20 characters",
    ),
    (
        "        client_secret: '$argon2id$v=19$m=65536,t=3,p=4$BpLnfgDsc2WD8F2q$o/vzA4myCqZZ36bUGsDY//8mKUYNZZaR0t4MFFSs+iM'\n",
        "",
        "missing",
        "identity_providers.oidc.clients[0].client_secret",
        "crypto hash",
    ),
    // unknown option, with the near one
    (
        "redirect_uris:",
        "redirect_uri:",
        "unknown_option",
        "identity_providers.oidc.clients[0].redirect_uri",
        "'redirect_uris'",
    ),
    ("  address:", "  adress:", "unknown_option", "server.adress", "'address'"),
    (
        "session:\n",
        "redirect_uris: []\nsession:\n",
        "unknown_option",
        "redirect_uris",
        "identity_providers.oidc.clients[].redirect_uris",
    ),
    (
        "        lifespan: 'long'\n",
        "        secret: 'very-secret'\n",
        "renamed",
        "identity_providers.oidc.clients[0].secret",
        "client_secret",
    ),
    // unknown names
    (
        "authorization_policy: 'staff'",
        "authorization_policy: 'stuff'",
        "unknown_policy",
        "identity_providers.oidc.clients[0].authorization_policy",
        "'staff'",
    ),
    (
        "lifespan: 'long'",
        "lifespan: 'lang'",
        "unknown_lifespan",
        "identity_providers.oidc.clients[0].lifespan",
        "'long'",
    ),
    (
        "lifespan: 'long'",
        "claims_policy: 'none'",
        "unknown_claims_policy",
        "identity_providers.oidc.clients[0].claims_policy",
        "define",
    ),
    // wrong type and wrong values
    (
        "trusted_proxies: ['10.0.0.1']",
        "trusted_proxies: {a: b}",
        "wrong_type",
        "server.trusted_proxies",
        "list",
    ),
    (
        "'https://app.example.com/callback']",
        "'https://app.example.com/callback']\n        public: 'perhaps'",
        "wrong_type",
        "identity_providers.oidc.clients[0].public",
        "true or false",
    ),
    (
        "    lifespans:\n",
        "    enforce_pkce: 'allways'\n    lifespans:\n",
        "bad_value",
        "identity_providers.oidc.enforce_pkce",
        "'always'",
    ),
    // empty hmac_secret, http issuer
    (
        "hmac-secret-of-the-tests-0123456789-0123456789",
        "",
        "missing",
        "identity_providers.oidc.hmac_secret",
        "random text",
    ),
    (
        "https://auth.example.com",
        "http://auth.example.com",
        "http_issuer",
        "session.cookies[0].authelia_url",
        "https://",
    ),
    (
        "https://auth.example.com",
        "https://auth.example.org",
        "bad_issuer",
        "session.cookies[0].authelia_url",
        "domain",
    ),
    // redirect URIs
    (
        "https://app.example.com/callback",
        "",
        "bad_redirect_uri",
        "identity_providers.oidc.clients[0].redirect_uris[0]",
        "https",
    ),
    (
        "https://app.example.com/callback",
        "/callback",
        "bad_redirect_uri",
        "identity_providers.oidc.clients[0].redirect_uris[0]",
        "whole URI",
    ),
    (
        "https://app.example.com/callback",
        "javascript:alert(1)",
        "bad_redirect_uri",
        "identity_providers.oidc.clients[0].redirect_uris[0]",
        "https",
    ),
    (
        "https://app.example.com/callback",
        "https://*.example.com/",
        "bad_redirect_uri",
        "identity_providers.oidc.clients[0].redirect_uris[0]",
        "register",
    ),
    // digest, duration, address, network
    (
        "$argon2id$v=19$",
        "$argon2id$v=very-secret$",
        "bad_digest",
        "identity_providers.oidc.clients[0].client_secret",
        "hash",
    ),
    (
        "access_token: '2h'",
        "access_token: 'soon'",
        "bad_duration",
        "identity_providers.oidc.lifespans.custom.long.access_token",
        "5m",
    ),
    ("tcp://127.0.0.1:9091/", "http://127.0.0.1:9091/", "bad_address", "server.address", "tcp://"),
    ("tcp://127.0.0.1:9091/", "tcp://127.0.0.1:99999/", "bad_address", "server.address", "tcp://"),
    ("'10.0.0.1'", "'10.0.0.1/99'", "bad_network", "server.trusted_proxies[0]", "10.0.0.0/8"),
    // files
    ("users_database.yml", "nobody.yml", "no_users_file", "authentication_backend.file.path", "create"),
    ("/db.sqlite3", "/nowhere/db.sqlite3", "unwritable_database", "storage.local.path", "directory"),
    ("/db.sqlite3", "/", "unwritable_database", "storage.local.path", "file"),
    // two backends
    (
        "  local:",
        "  postgres: {address: 'tcp://db', database: 'a', username: 'b'}\n  local:",
        "two_backends",
        "storage.postgres",
        "keep one",
    ),
    ("storage-key-of-the-tests-0123456789", "short-secret", "too_short", "storage.encryption_key", "longer"),
    // what this version cannot do and must not ignore
    (
        "session:\n",
        "  tls: {client_certificates: ['ca.pem']}\nsession:\n",
        "not_in_this_version",
        "server.tls.client_certificates",
        "proxy",
    ),
    (
        "session:\n",
        "  tls: {certificate: 'a.pem'}\nsession:\n",
        "missing",
        "server.tls.key",
        "server.tls.certificate",
    ),
    (
        "session:\n",
        "  tls: {key: 'a.pem'}\nsession:\n",
        "missing",
        "server.tls.certificate",
        "server.tls.key",
    ),
    (
        "  file:",
        "  ldap: {address: 'ldap://x'}\n  file:",
        "not_in_this_version",
        "authentication_backend.ldap",
        "authentication_backend.file",
    ),
];

#[test]
fn every_wrong_option_says_what_and_where_and_how_to_mend_it() {
    for (from, to, code, path, mend) in CASES {
        let loaded = with(from, to);
        let found = loaded.problems.errors().find(|problem| problem.code == *code && problem.path == *path);
        let Some(problem) = found else { panic!("{code} at {path}:\n{}", loaded.problems) };
        assert!(loaded.settings.is_none(), "{code} at {path}");
        assert!(problem.mend.contains(mend), "{problem}");
        assert!(!problem.message.is_empty());
        let at = problem.at.as_ref().unwrap();
        assert!(at.line > 0 && at.column > 0 && &*at.file == "configuration.yml", "{problem}");
        for secret in ["very-secret", "short-secret", "hmac-secret", "storage-key", "BpLnfg", "PRIVATE KEY--"]
        {
            assert!(!loaded.problems.to_string().contains(secret), "{}", loaded.problems);
        }
    }
}

#[test]
fn the_place_is_that_of_the_value() {
    let loaded = with("tcp://127.0.0.1:9091/", "tcp://127.0.0.1:99999/");
    assert_eq!(only(&loaded, "bad_address").at.as_ref().unwrap().to_string(), "configuration.yml:2:12");
}

#[test]
fn a_folder_that_takes_no_files_is_refused_and_one_that_does_stays_empty() {
    let folder = folder();
    let text = valid(folder.path());
    let loaded = load_text("c.yml", &text.replace(&format!("{}/db", folder.path().display()), "/proc/db"));
    assert_eq!(only(&loaded, "unwritable_database").path, "storage.local.path");
    assert!(load_text("c.yml", &text).settings.is_some());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "only the users file");
}

#[test]
fn what_is_told_as_a_wrong_type_or_an_old_name_is_not_told_as_missing_too() {
    let loaded = with("session:\n", "session: 'x'\nlog:\n");
    assert!(!loaded.problems.iter().any(|problem| problem.code == "missing"), "{}", loaded.problems);
    let loaded = with("- client_id:", "- id:");
    assert!(!loaded.problems.iter().any(|problem| problem.code == "missing"), "{}", loaded.problems);
}

#[test]
fn all_problems_are_told_at_once() {
    let folder = folder();
    let text = valid(folder.path())
        .replace("https://app.example.com/callback", "callback")
        .replace("'staff'", "'nobody'")
        .replace("tcp://", "http://")
        .replace("'2h'", "'soon'")
        .replace("https://auth", "http://auth");
    let loaded = load_text("configuration.yml", &text);
    assert_eq!(loaded.problems.errors().count(), 5, "{}", loaded.problems);
}

#[test]
fn a_client_that_stands_twice_is_named_with_both_places() {
    let loaded = with(
        "    jwks:\n",
        "      - {client_id: 'app', public: true, redirect_uris: ['https://b.example.com']}\n    jwks:\n",
    );
    let problem = only(&loaded, "duplicate_client");
    assert_eq!(problem.client.as_deref(), Some("app"));
    assert!(problem.message.contains("configuration.yml:22:"), "{problem}");
}

#[test]
fn a_key_that_stands_twice_is_refused() {
    let loaded = with("session:\n", "server: {}\nsession:\n");
    let problem = only(&loaded, "duplicate_key");
    assert!(problem.message.contains("configuration.yml:1:1"), "{problem}");
    assert!(loaded.settings.is_none());
    let loaded = with("session:\n", "server: {}\nsesion: {}\nsession:\n");
    only(&loaded, "duplicate_key");
    assert_eq!(only(&loaded, "unknown_option").path, "sesion", "another problem is not hidden");
}

#[test]
fn no_client_is_an_error() {
    let folder = folder();
    let text = valid(folder.path());
    let (before, after) = (text.find("    clients:").unwrap(), text.find("    jwks:").unwrap());
    let loaded = load_text(
        "configuration.yml",
        &format!("{}{}", text.get(..before).unwrap(), text.get(after..).unwrap()),
    );
    assert_eq!(only(&loaded, "missing").path, "identity_providers.oidc.clients");
}

#[test]
fn bad_keys_are_refused_without_being_shown() {
    let key = format!("key: {}", block(rsa(), 10));
    let broken = rsa().replacen("MII", "very-secret", 1);
    let loaded = with(&key, &format!("key: {}", block(&broken, 10)));
    let problem = only(&loaded, "bad_key");
    assert_eq!(problem.path, "identity_providers.oidc.jwks[0].key");
    assert!(!loaded.problems.to_string().contains("very-secret"));
    assert_eq!(
        only(&with(&key, "key: 'not a key'\n"), "bad_key").path,
        "identity_providers.oidc.jwks[0].key"
    );
}

#[test]
fn one_key_must_be_for_rs256() {
    let key = format!("key: {}", block(rsa(), 10));
    let loaded = with(&key, &format!("key: {}", block(p256(), 10)));
    let problem = only(&loaded, "no_rs256_key");
    assert!(problem.message.contains("'ES256'"), "{problem}");
    assert!(problem.mend.contains("signet crypto pair rsa generate"), "{problem}");
}

#[test]
fn what_signs_with_the_secret_itself_can_be_mended() {
    let loaded = with_client("        id_token_signed_response_alg: 'HS256'\n");
    assert_eq!(errors(&loaded).len(), 1, "{}", loaded.problems);
    let problem = only(&loaded, "secret_must_be_plaintext");
    assert_eq!(problem.path, format!("{CLIENT}.client_secret"));
    assert!(problem.message.contains("HS256") && problem.message.contains("secret"), "{problem}");
    assert!(with_client("        id_token_signed_response_alg: 'RS256'\n").settings.is_some());
}

#[test]
fn methods_and_secrets_must_fit_the_client() {
    let loaded = with_client("        token_endpoint_auth_method: 'none'\n");
    assert_eq!(only(&loaded, "bad_auth_method").path, format!("{CLIENT}.token_endpoint_auth_method"));
    let loaded = with_client("        public: true\n");
    assert_eq!(only(&loaded, "secret_of_public_client").path, format!("{CLIENT}.client_secret"));
    let loaded = with_client(
        "        token_endpoint_auth_method: 'private_key_jwt'\n        token_endpoint_auth_signing_alg: 'RS256'\n        jwks_uri: 'https://app.example.com/jwks.json'\n",
    );
    assert_eq!(only(&loaded, "secret_without_use").path, format!("{CLIENT}.client_secret"));
}

#[test]
fn the_grant_client_credentials_is_for_confidential_clients_without_a_person() {
    let loaded = with_client(
        "        grant_types: ['client_credentials']\n        scopes: ['openid', 'offline_access']\n",
    );
    assert_eq!(loaded.problems.errors().filter(|problem| problem.code == "bad_scope").count(), 2);
    assert_eq!(only(&loaded, "bad_policy").path, format!("{CLIENT}.authorization_policy"));
}

#[test]
fn policies_and_subjects_are_checked() {
    let loaded = with("subject: 'group:dev'", "subject: 'dev'");
    assert_eq!(
        only(&loaded, "bad_subject").path,
        "identity_providers.oidc.authorization_policies.staff.rules[0].subject"
    );
    let loaded = with(", subject: 'group:dev'", "");
    assert_eq!(
        only(&loaded, "missing").path,
        "identity_providers.oidc.authorization_policies.staff.rules[0]"
    );
    let loaded = with("      staff:", "      two_factor:");
    assert_eq!(
        only(&loaded, "reserved_name").path,
        "identity_providers.oidc.authorization_policies.two_factor"
    );
    for empty in ["[]", "[[]]"] {
        assert!(with("subject: 'group:dev'", &format!("subject: {empty}")).settings.is_none(), "{empty}");
    }
}

#[test]
fn origins_are_checked() {
    for bad in [
        "'https://a.example.com/'",
        "'https://a.example.com?x'",
        "'*', 'https://a.example.com'",
        "'nonsense'",
    ] {
        let loaded =
            with("    lifespans:\n", &format!("    cors: {{allowed_origins: [{bad}]}}\n    lifespans:\n"));
        assert!(
            loaded.problems.errors().any(|problem| problem.code == "bad_origin"),
            "{bad}: {}",
            loaded.problems
        );
    }
}

#[test]
fn a_configuration_that_is_not_there_or_no_text_is_refused() {
    let read = |files| load(&Sources { files, ..Sources::default() });
    assert_eq!(only(&read(vec![PathBuf::from("/nowhere.yml")]), "no_file").severity, Severity::Error);
    let folder = folder();
    let file = folder.path().join("c.yml");
    std::fs::write(&file, b"a: \xff\n").unwrap();
    only(&read(vec![file.clone()]), "yaml_syntax");
    std::fs::write(&file, vec![b'a'; 10_000_000]).unwrap();
    only(&read(vec![file]), "yaml_limit");
}
