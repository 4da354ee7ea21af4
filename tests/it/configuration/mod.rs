//! Configurations: the example loads, the corpus is judged, every wrong option says what, where and how to mend it.

mod attributes;
mod command_line;
mod corpus;
mod defaults;
mod effects;
mod example;
mod filters;
mod left_aside;
mod machine;
mod messages;
mod option;
mod provider_options;
mod rate_limits;
mod reference;
mod refused;
mod rules;
mod schema;
mod sections;
mod settings;
mod telemetry;
mod wrong;

use std::path::Path;
use std::sync::OnceLock;

use signet::config::{Loaded, load_text};
use signet::jose::generate::{Curve, generate_ecdsa_pem, generate_rsa_pem};
use signet::yaml::Problem;

/// An RSA key made for this run.
fn rsa() -> &'static str {
    static KEY: OnceLock<String> = OnceLock::new();
    KEY.get_or_init(|| generate_rsa_pem(2048).unwrap().private.to_string())
}

/// A P-256 key made for this run.
fn p256() -> &'static str {
    static KEY: OnceLock<String> = OnceLock::new();
    KEY.get_or_init(|| generate_ecdsa_pem(Curve::P256).unwrap().private.to_string())
}

/// The public key of an app, P-256, made for this run.
fn p256_public() -> &'static str {
    static KEY: OnceLock<String> = OnceLock::new();
    KEY.get_or_init(|| generate_ecdsa_pem(Curve::P256).unwrap().public)
}

/// The public key of an app, RSA, made for this run.
fn public() -> &'static str {
    static KEY: OnceLock<String> = OnceLock::new();
    KEY.get_or_init(|| generate_rsa_pem(2048).unwrap().public)
}

/// A PEM as a YAML block scalar, indented.
fn block(pem: &str, indent: usize) -> String {
    let lines: Vec<String> = pem.lines().map(|line| format!("{}{line}", " ".repeat(indent))).collect();
    format!("|\n{}\n", lines.join("\n"))
}

/// A digest of a client secret.
const DIGEST: &str =
    "$argon2id$v=19$m=65536,t=3,p=4$BpLnfgDsc2WD8F2q$o/vzA4myCqZZ36bUGsDY//8mKUYNZZaR0t4MFFSs+iM";

/// A folder with a users file, removed at the end.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("users_database.yml"), "users: {}\n").unwrap();
    folder
}

/// A valid configuration over files in a folder; tests change pieces of it.
fn valid(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "server:
  address: 'tcp://127.0.0.1:9091/'
  trusted_proxies: ['10.0.0.1']
session:
  cookies:
    - domain: 'example.com'
      authelia_url: 'https://auth.example.com'
storage:
  encryption_key: 'storage-key-of-the-tests-0123456789'
  local: {{path: '{folder}/db.sqlite3'}}
authentication_backend:
  file: {{path: '{folder}/users_database.yml'}}
identity_providers:
  oidc:
    hmac_secret: 'hmac-secret-of-the-tests-0123456789-0123456789'
    authorization_policies:
      staff:
        rules: [{{policy: 'one_factor', subject: 'group:dev'}}]
    lifespans:
      custom: {{long: {{access_token: '2h'}}}}
    clients:
      - client_id: 'app'
        client_secret: '{DIGEST}'
        redirect_uris: ['https://app.example.com/callback']
        authorization_policy: 'staff'
        lifespan: 'long'
    jwks:
      - key: {}",
        block(rsa(), 10)
    )
}

/// Loads the valid configuration with one piece replaced.
fn with(from: &str, to: &str) -> Loaded {
    let folder = folder();
    let text = valid(folder.path());
    assert!(text.contains(from), "the valid configuration does not hold {from}");
    load_text("configuration.yml", &text.replacen(from, to, 1))
}

/// Loads the valid configuration with lines added to its client.
fn with_client(lines: &str) -> Loaded {
    with("        lifespan: 'long'\n", &format!("        lifespan: 'long'\n{lines}"))
}

/// The errors, as code and path.
fn errors(loaded: &Loaded) -> Vec<(&str, &str)> {
    loaded.problems.errors().map(|problem| (problem.code, problem.path.as_str())).collect()
}

/// The one problem with a code.
fn only<'a>(loaded: &'a Loaded, code: &str) -> &'a Problem {
    let found: Vec<&Problem> = loaded.problems.iter().filter(|problem| problem.code == code).collect();
    assert_eq!(found.len(), 1, "{code}:\n{}", loaded.problems);
    found[0]
}
