//! A whole configuration made of a fragment: what tests do not speak of is filled in.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use serde_yaml::{Mapping, Value};
use signet::jose::{Curve, generate_ecdsa_pem, generate_rsa_pem};
use signet::settings::Settings;

use super::people::cheap_digest;
use super::postgres::TestDatabase;

/// What every configuration has unless its fragment says otherwise.
const BASE: &str = include_str!("base.yml");

/// A private key by the name that fragments give it, as `key:NAME`.
pub fn key(name: &str) -> String {
    pair(name).0
}

/// Its public key, which fragments name as `public:NAME`.
pub fn public_key(name: &str) -> String {
    pair(name).1
}

/// A private key and its public one; each pair is made once per run.
fn pair(name: &str) -> (String, String) {
    static KEYS: Mutex<BTreeMap<String, (String, String)>> = Mutex::new(BTreeMap::new());
    let mut keys = KEYS.lock().unwrap();
    let made = keys.entry(name.to_owned()).or_insert_with(|| {
        let pair = match name {
            "rsa" | "other-rsa" => generate_rsa_pem(2048),
            "large-rsa" => generate_rsa_pem(4096),
            "p256" => generate_ecdsa_pem(Curve::P256),
            "p384" => generate_ecdsa_pem(Curve::P384),
            "p521" => generate_ecdsa_pem(Curve::P521),
            other => panic!("no key {other}"),
        };
        let pair = pair.unwrap();
        (pair.private.to_string(), pair.public)
    });
    made.clone()
}

/// The text of a configuration: `base.yml`, over it the fragment, and the files of this test.
pub fn text(fragment: &str, folder: &Path, database: Option<&TestDatabase>) -> String {
    let mut root: Value = serde_yaml::from_str(BASE).expect("base.yml is YAML");
    let fragment: Value = serde_yaml::from_str(fragment).expect("the fragment is YAML");
    merge(&mut root, fragment);
    let path = |name: &str| Value::String(folder.join(name).display().to_string());
    set(&mut root, &["authentication_backend", "file", "path"], path("users.yml"));
    match database {
        None => set(&mut root, &["storage", "local", "path"], path("db.sqlite3")),
        Some(database) => {
            let address = format!("tcp://127.0.0.1:{}", database.port);
            set(&mut root, &["storage", "postgres", "address"], address.into());
            set(&mut root, &["storage", "postgres", "database"], database.name.as_str().into());
            set(&mut root, &["storage", "postgres", "username"], super::postgres::ROLE.into());
        }
    }
    secrets(&mut root);
    serde_yaml::to_string(&root).expect("a configuration is written")
}

/// Two fragments as one.
pub fn joined(fragment: &str, over: &str) -> String {
    let [mut root, over]: [Value; 2] = [fragment, over].map(|text| serde_yaml::from_str(text).expect("YAML"));
    merge(&mut root, over);
    serde_yaml::to_string(&root).expect("a fragment is written")
}

/// The settings of a configuration.
pub fn settings(text: &str) -> Settings {
    let loaded = signet::config::load_text("test.yml", text);
    match loaded.settings {
        Some(settings) => settings,
        None => panic!("the configuration is refused:\n{}\n{text}", loaded.problems),
    }
}

/// Mappings are merged, everything else replaces what was there.
fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Mapping(into), Value::Mapping(from)) => {
            for (key, value) in from {
                match into.get_mut(&key) {
                    Some(present) => merge(present, value),
                    None => {
                        into.insert(key, value);
                    }
                }
            }
        }
        (_, Value::Null) => {}
        (into, from) => *into = from,
    }
}

fn set(root: &mut Value, path: &[&str], value: Value) {
    let (last, parents) = path.split_last().expect("a path has a name");
    let mut place = root;
    for name in parents {
        if !place.get(*name).is_some_and(Value::is_mapping) {
            place.as_mapping_mut().expect("a mapping").insert((*name).into(), Mapping::new().into());
        }
        place = place.get_mut(*name).expect("just made");
    }
    place.as_mapping_mut().expect("a mapping").insert((*last).into(), value);
}

/// Secrets stand in fragments as `digest:SECRET`, private keys as `key:NAME`, public ones as `public:NAME`, and public
/// keys of clients that sign, which `support::assertion` has, as `client-key:NAME`.
fn secrets(value: &mut Value) {
    match value {
        Value::Mapping(mapping) => mapping.iter_mut().for_each(|(_, value)| secrets(value)),
        Value::Sequence(items) => items.iter_mut().for_each(secrets),
        Value::String(text) => {
            if let Some(secret) = text.strip_prefix("digest:") {
                *text = cheap_digest(secret);
            } else if let Some(name) = text.strip_prefix("key:") {
                *text = key(name);
            } else if let Some(name) = text.strip_prefix("public:") {
                *text = public_key(name);
            } else if let Some(name) = text.strip_prefix("client-key:") {
                *text = super::assertion::key(name).public();
            }
        }
        _ => {}
    }
}
