//! `jwks` with `use: enc`: the keys that clients encrypt their request objects to.

use super::super::section::{Section, list};
use super::client_encryption::safe_algorithm;
use super::keys::{WRITE_KEY, duplicate, tell};
use crate::clock::NumericDate;
use crate::jose::{DecryptionKey, JweAlgorithm, KeyOptions, KeyState};

/// Reads one; none when something is wrong, which is told.
pub(super) fn encryption_key(
    entry: &Section<'_>,
    now: NumericDate,
    others: &[DecryptionKey],
) -> Option<DecryptionKey> {
    let algorithm = algorithm(entry);
    let pem = entry.required("key", WRITE_KEY)?;
    let (key_id, chain) = (entry.text("key_id"), entry.text("certificate_chain"));
    let state = entry.text("state").and_then(|found| KeyState::parse(found.text)).unwrap_or_default();
    let options = KeyOptions {
        key_id: key_id.as_ref().map(|found| found.text),
        algorithm: algorithm?,
        state,
        certificate_chain: chain.as_ref().map(|found| found.text),
        now,
    };
    match DecryptionKey::from_pem(pem.text, &options) {
        Ok(key) if others.iter().any(|other| other.kid() == key.kid()) => {
            duplicate(entry, key.kid());
            None
        }
        Ok(key) => Some(key),
        Err(problem) => {
            tell(problem, &pem, key_id.as_ref(), entry, chain.as_ref());
            None
        }
    }
}

/// The algorithm that an entry names: none named is fine, a wrong one is not.
fn algorithm(entry: &Section<'_>) -> Option<Option<JweAlgorithm>> {
    let Some(found) = entry.text("algorithm") else { return Some(None) };
    let pairs: Vec<&str> = JweAlgorithm::ALL
        .into_iter()
        .filter(|algorithm| algorithm.key_type().is_some())
        .map(JweAlgorithm::as_str)
        .collect();
    if !pairs.contains(&found.text) && crate::jose::unsafe_jwe_algorithm(found.text).is_none() {
        found.error(
            "bad_algorithm",
            "the algorithm of a key with `use: enc` must be one that encrypts to a key pair",
            format!("write one of {}, or take the option out: it follows from the key", list(&pairs)),
        );
        return None;
    }
    safe_algorithm(&found).map(Some)
}
