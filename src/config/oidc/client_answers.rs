//! How what a client gets is signed and encrypted, and how its own requests are.

use super::super::section::Section;
use super::Context;
use super::client_keys::KnownKeys;
use super::keys::{for_algorithm, known_key_id};
use crate::jose::{KeySet, SignatureAlgorithm};

/// The key that signs: the outer none is an error, the inner one what is not signed.
type Key = Option<Option<String>>;

/// The `kid`s of the keys that sign what a client gets.
pub(super) struct Answers {
    pub(super) id_token: Key,
    pub(super) access_token: Key,
}

/// Each answer with whether it is signed when nothing is said.
const ANSWERS: [(&str, bool); 5] = [
    ("id_token", true),
    ("access_token", false),
    ("userinfo", false),
    ("introspection", false),
    ("authorization", true),
];

pub(super) fn answers(section: &Section<'_>, client_keys: &KnownKeys, context: &Context) -> Answers {
    let keys = context.keys.as_deref();
    // This version signs neither of these; what they name is looked at all the same.
    for answer in ["userinfo", "introspection", "authorization"] {
        if let Some(keys) = keys {
            named_key(section, answer, keys);
        }
    }
    for (answer, signed) in ANSWERS {
        encrypted(section, answer, signed, client_keys);
    }
    request_object(section, client_keys);
    Answers {
        id_token: signed(section, "id_token", Some(SignatureAlgorithm::Rs256), keys),
        access_token: signed(section, "access_token", None, keys),
    }
}

fn signed(
    section: &Section<'_>,
    answer: &str,
    default: Option<SignatureAlgorithm>,
    keys: Option<&KeySet>,
) -> Key {
    let algorithm = section.text(&format!("{answer}_signed_response_alg"));
    if let Some(found) = &algorithm
        && found.text.starts_with("HS")
    {
        found.error(
            "not_in_this_version",
            format!(
                "{} signs with the client's secret, but this version signs with the keys of jwks only",
                found.text
            ),
            "write RS256 or another algorithm of a key of jwks",
        );
        return None;
    }
    let keys = keys?;
    if algorithm.is_none() && section.text(&format!("{answer}_signed_response_key_id")).is_none() {
        return Some(default.and_then(|default| keys.for_algorithm(default)).map(|key| key.kid().to_owned()));
    }
    named_key(section, answer, keys)
}

/// The key that the options of an answer name; `_key_id` counts before `_alg`.
fn named_key(section: &Section<'_>, answer: &str, keys: &KeySet) -> Key {
    if let Some(found) = section.text(&format!("{answer}_signed_response_key_id")) {
        return known_key_id(&found, keys).map(Some);
    }
    let found = section.text(&format!("{answer}_signed_response_alg"))?;
    if found.text == "none" {
        return Some(None);
    }
    for_algorithm(&found, SignatureAlgorithm::parse(found.text)?, keys).map(Some)
}

/// Whether an algorithm encrypts with the client's secret (RFC 7518 §4.4-4.8) rather than to a key of the client.
pub(super) fn encrypts_with_secret(algorithm: &str) -> bool {
    algorithm == "dir" || algorithm.starts_with('A') || algorithm.starts_with("PBES2")
}

/// What is encrypted is signed first (OpenID Connect Core 1.0 §2), and goes to a key that is known.
fn encrypted(section: &Section<'_>, answer: &str, signed: bool, keys: &KnownKeys) {
    let option = format!("{answer}_encrypted_response_alg");
    let Some(found) = section.text(&option).filter(|found| found.text != "none") else { return };
    let (alg, key_id) = (format!("{answer}_signed_response_alg"), format!("{answer}_signed_response_key_id"));
    let signed = match section.text(&alg) {
        Some(alg) => alg.text != "none",
        None => signed || section.has(&key_id),
    };
    if !signed {
        found.error(
            "unsigned",
            format!("what is encrypted must be signed before, but {alg} is 'none'"),
            format!("write RS256 as {alg}, or take {option} out"),
        );
    }
    if !encrypts_with_secret(found.text) && !keys.named {
        found.error(
            "no_such_key",
            format!(
                "'{}' encrypts to a key of the client, but the client has neither jwks nor jwks_uri",
                found.text
            ),
            format!("write the address of its keys as jwks_uri, or take {option} out"),
        );
    }
}

/// Request objects are signed by a key of the client.
fn request_object(section: &Section<'_>, keys: &KnownKeys) {
    let Some(found) = section.text("request_object_signing_alg") else { return };
    if SignatureAlgorithm::parse(found.text).is_some() && keys.lack(found.text) {
        found.error(
            "no_such_key",
            format!("the client's jwks has no key for {}", found.text),
            format!("write one of {}, or add the key to the client's jwks", keys.names()),
        );
    }
}
