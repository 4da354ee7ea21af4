//! `jwks`: the keys that sign.

use crate::clock::NumericDate;
use crate::jose::{KeyOptions, KeyProblem, KeySet, SignatureAlgorithm, SigningKey};

use super::super::section::{Section, list};

const JWE: &[&str] =
    &["RSA1_5", "RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"];
const GENERATE: &str = "make one with `signet crypto pair rsa generate`";

pub(super) fn keys(section: &Section<'_>, now: NumericDate) -> Option<KeySet> {
    let jwks = section.list("jwks");
    let mut keys: Vec<SigningKey> = Vec::new();
    let mut broken = false;
    if section.has("issuer_private_key") {
        if jwks.is_empty() {
            section.warn(
                "issuer_private_key",
                "deprecated",
                "the option is deprecated; it is used as an RS256 key of jwks",
                "move it to `key` of an entry of jwks, and issuer_certificate_chain to its `certificate_chain`",
            );
            let key = one(
                section,
                "issuer_private_key",
                "issuer_certificate_chain",
                Some(SignatureAlgorithm::Rs256),
                now,
            );
            broken |= key.is_none();
            keys.extend(key);
        } else {
            section.error(
                "issuer_private_key",
                "two_keys",
                "issuer_private_key and jwks cannot be used together",
                "move the key to an entry of jwks",
            );
        }
    } else if jwks.is_empty() {
        if section.lacks_items("jwks") {
            section.error("jwks", "missing", "at least one signing key is needed", GENERATE);
        }
        return None;
    }
    for entry in &jwks {
        if entry.text_or("use", "sig") == "enc" {
            entry.warn(
                "use",
                "not_in_this_version",
                "this version leaves it out: keys for encryption are not published yet",
                "nothing needs to be done; take the key out to silence this warning",
            );
            continue;
        }
        let key =
            algorithm(entry).and_then(|algorithm| one(entry, "key", "certificate_chain", algorithm, now));
        match key {
            Some(key) if keys.iter().any(|other| other.kid() == key.kid()) => {
                entry.error(
                    "key_id",
                    "duplicate_key_id",
                    format!("another key has the key id '{}'", key.kid()),
                    "give one of them another key_id, or take a key out that stands twice",
                );
                broken = true;
            }
            Some(key) => keys.push(key),
            None => broken = true,
        }
    }
    // A key that cannot be read may have been the one for RS256.
    if !broken && !keys.iter().any(|key| key.algorithm() == SignatureAlgorithm::Rs256) {
        let have: Vec<&str> = keys.iter().map(|key| key.algorithm().as_str()).collect();
        let have = if have.is_empty() {
            "there is none".to_owned()
        } else {
            format!("there are only {}", list(&have))
        };
        section.error(
            "jwks",
            "no_rs256_key",
            format!("at least one key for RS256 is needed, but {have}"),
            format!("add an RSA key: {GENERATE}"),
        );
        return None;
    }
    if broken { None } else { KeySet::new(keys).ok() }
}

/// The algorithm that an entry names: none named is fine, a wrong one is not.
fn algorithm(entry: &Section<'_>) -> Option<Option<SignatureAlgorithm>> {
    let Some(found) = entry.text("algorithm") else { return Some(None) };
    let algorithm = SignatureAlgorithm::parse(found.text);
    if algorithm.is_none() {
        let mend = if JWE.contains(&found.text) {
            "that algorithm encrypts; for signing take RS256 or one of its like"
        } else {
            "take the option out: it follows from the key"
        };
        let names: Vec<&str> = SignatureAlgorithm::ALL.iter().map(|known| known.as_str()).collect();
        found.error("bad_algorithm", format!("the algorithm must be one of {}", list(&names)), mend);
    }
    algorithm.map(Some)
}

fn one(
    section: &Section<'_>,
    key: &str,
    chain: &str,
    algorithm: Option<SignatureAlgorithm>,
    now: NumericDate,
) -> Option<SigningKey> {
    let pem = section.required(key, GENERATE)?;
    let key_id = section.text("key_id");
    let certificates = section.text(chain);
    let options = KeyOptions {
        key_id: key_id.as_ref().map(|found| found.text),
        algorithm,
        certificate_chain: certificates.as_ref().map(|found| found.text),
        now,
    };
    match SigningKey::from_pem(pem.text, &options) {
        Ok(key) => Some(key),
        Err(problem) => {
            let found = match &problem {
                KeyProblem::KeyId => key_id.unwrap_or(pem),
                KeyProblem::AlgorithmMismatch { .. } => section.text("algorithm").unwrap_or(pem),
                KeyProblem::ChainUnreadable
                | KeyProblem::ChainOfAnotherKey
                | KeyProblem::ChainBroken { .. }
                | KeyProblem::ChainExpired { .. }
                | KeyProblem::ChainNotYetValid { .. } => certificates.unwrap_or(pem),
                _ => pem,
            };
            let mend = match &problem {
                KeyProblem::NotPem | KeyProblem::Damaged => {
                    "paste the whole PEM text under `key: |`, every line indented alike"
                }
                KeyProblem::KeyId => "write a shorter or simpler key_id, or take it out",
                KeyProblem::AlgorithmMismatch { .. } => "take `algorithm` out: it follows from the key",
                KeyProblem::ChainExpired { .. } => "renew the certificate, or take certificate_chain out",
                _ if found.path.ends_with("chain") => "correct the chain, or take certificate_chain out",
                _ => GENERATE,
            };
            found.refuse("bad_key", problem, mend);
            None
        }
    }
}
