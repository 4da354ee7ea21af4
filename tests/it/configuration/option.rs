//! Options of the table, set by their paths in a whole configuration.

use std::path::Path;

use serde_yaml::{Mapping, Value};
use signet::config::options::{Described, Fallback, Kind};
use signet::config::{Loaded, load_text};

use super::{public, valid};

/// What the valid configuration lacks for options below names of one's own and in other databases.
const MORE: &str = "
definitions: {network: {office: ['192.0.2.0/24']}}
authentication_backend: {file: {extra_attributes: {department: {value_type: 'string'}}}}
identity_providers:
  oidc:
    claims_policies: {generous: {custom_claims: {department: {attribute: 'nickname'}}}}
    scopes: {work: {claims: ['email']}}
";

/// The valid configuration with everything that an option of this path needs around it.
pub(super) fn base(folder: &Path, path: &str) -> Value {
    let mut root: Value = serde_yaml::from_str(&valid(folder)).unwrap();
    merge(&mut root, serde_yaml::from_str(MORE).unwrap());
    let more = match path {
        _ if path.starts_with("telemetry.metrics") => "telemetry: {metrics: {enabled: true}}",
        _ if path.starts_with("definitions.network") => "server: {trusted_proxies: ['office']}",
        _ if path.contains(".lifespans.") && !path.contains(".custom.") => {
            put(&mut root, "identity_providers.oidc.clients[].lifespan", Value::Null);
            "{}"
        }
        _ if path.contains(".rate_limits.") => {
            let endpoint = path.split('.').take(4).collect::<Vec<_>>().join(".");
            put(&mut root, &format!("{endpoint}.buckets[].period"), "1m".into());
            put(&mut root, &format!("{endpoint}.buckets[].requests"), 30.into());
            "{}"
        }
        _ if path.contains(".clients[].jwks[].") => {
            let key = |option: &str| format!("identity_providers.oidc.clients[].jwks[].{option}");
            put(&mut root, &key("key_id"), "mine".into());
            put(&mut root, &key("key"), public().into());
            "{}"
        }
        _ if path.ends_with("_endpoint_auth_signing_alg") => {
            let client = |option: &str| format!("identity_providers.oidc.clients[].{option}");
            let secret = format!("$plaintext${}", "s".repeat(64));
            put(&mut root, &client("client_secret"), secret.into());
            let method = path.replace("_signing_alg", "_method");
            put(&mut root, &method, "client_secret_jwt".into());
            "{}"
        }
        _ if path.contains(".claims_policies.") => {
            put(&mut root, "identity_providers.oidc.clients[].claims_policy", "generous".into());
            "{}"
        }
        _ if path.starts_with("storage.postgres") => {
            root["storage"].as_mapping_mut().unwrap().remove("local");
            "storage: {postgres: {address: 'tcp://h:1', database: 'd', username: 'u', tls: {skip_verify: false}, \
             servers: [{address: 'tcp://i:1', tls: {skip_verify: false}}]}}"
        }
        _ => "{}",
    };
    merge(&mut root, serde_yaml::from_str(more).unwrap());
    root
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Mapping(into), Value::Mapping(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// The name that stands for `<name>` below a key.
fn name_below(key: &str) -> &'static str {
    match key {
        "network" => "office",
        "authorization_policies" => "staff",
        "custom" => "long",
        "claims_policies" => "generous",
        "custom_claims" | "extra_attributes" => "department",
        "scopes" => "work",
        _ => "sample",
    }
}

/// The path of an option as problems tell it: first items of lists, and names.
pub(super) fn told(path: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in path.split('.') {
        let word = match words.last() {
            Some(above) if word == "<name>" => name_below(above).to_owned(),
            _ => word.replace("[]", "[0]"),
        };
        words.push(word);
    }
    words.join(".")
}

/// Puts a value at a path of the table, and what is missing on the way to it.
pub(super) fn put(root: &mut Value, path: &str, value: Value) {
    let mut at = root;
    for word in told(path).split('.') {
        let (key, item) = word.strip_suffix("[0]").map_or((word, false), |key| (key, true));
        if !at.is_mapping() {
            *at = Value::Mapping(Mapping::new());
        }
        at = at.as_mapping_mut().unwrap().entry(key.into()).or_insert(Value::Null);
        if item {
            if !at.is_sequence() {
                *at = Value::Sequence(vec![Value::Null]);
            }
            at = &mut at[0];
        }
    }
    *at = value;
}

/// Loads a configuration that was put together.
pub(super) fn loaded(root: &Value) -> Loaded {
    load_text("configuration.yml", &serde_yaml::to_string(root).unwrap())
}

/// A value of the option's kind that is neither its default nor one that asks for nothing.
pub(super) fn other(option: &Described) -> Value {
    let default = match option.fallback {
        Fallback::Value(text) => text,
        _ => "",
    };
    let free = |word: &str| match option.state {
        Some(state) => !state.silent().contains(&word),
        None => word != default && default != format!("['{word}']"),
    };
    let word = |words: &[&str]| Value::from(*words.iter().find(|word| free(word)).unwrap());
    match option.kind {
        Kind::Text => "sample".into(),
        Kind::OneOf(words) => word(words),
        Kind::Flag => free("true").into(),
        Kind::Whole(low, _) => {
            let low = low.max(1);
            let number = default.parse().map_or(low, |default: i64| default + 1);
            number.into()
        }
        Kind::Number(numbers) => (*numbers.iter().find(|number| free(&number.to_string())).unwrap()).into(),
        Kind::Numbers => vec![Value::from(8)].into(),
        Kind::Time | Kind::TimeOr(_) => "4m".into(),
        Kind::Texts => vec![Value::from("sample")].into(),
        Kind::TextsOf(words) => vec![word(words)].into(),
        Kind::Subjects => "group:admins".into(),
        Kind::Anything => vec![Value::from("sample")].into(),
    }
}
