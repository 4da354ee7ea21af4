//! The public keys of a client: `jwks`, or `jwks_uri`.

use std::sync::Arc;

use url::Url;

use super::super::section::{Section, list, what_and_mend};
use super::Context;
use super::client_encryption::safe_algorithm;
use super::keys::{chain_mend, place};
use super::uris::fetched;
use crate::jose::{
    Examined, JweAlgorithm, KeyProblem, KeyUse, PublicKey, PublicKeySet, SignatureAlgorithm,
    unsafe_jwe_algorithm,
};
use crate::model::client::ClientKeys;

const WRITE_KEY: &str = "write the public key that the app gives out, as PEM";

/// What a client has keys for.
pub(super) struct KnownKeys {
    /// Whether keys stand here and each could be read: else nobody knows what is lacking.
    pub(super) listed: bool,
    /// Whether keys are named at all, here or by a URI.
    pub(super) named: bool,
    /// Algorithms of the keys that stand here and sign.
    pub(super) algorithms: Vec<SignatureAlgorithm>,
    /// The keys themselves.
    pub(super) keys: ClientKeys,
}

impl KnownKeys {
    /// Whether the client is known to have no key for an algorithm.
    pub(super) fn lack(&self, algorithm: &str) -> bool {
        self.listed && !self.algorithms.iter().any(|known| known.as_str() == algorithm)
    }

    /// What to do where the client lacks a key.
    pub(super) fn mend(&self) -> String {
        let add = "add the key to the client's jwks";
        match &*self.algorithms {
            [] => add.to_owned(),
            [only] => format!("write {}, or {add}", only.as_str()),
            several => {
                let names: Vec<_> = several.iter().map(|known| known.as_str()).collect();
                format!("write one of {}, or {add}", list(&names))
            }
        }
    }
}

pub(super) fn client_keys(section: &Section<'_>, context: &Context) -> KnownKeys {
    let entries = section.list("jwks");
    let uri = section.text("jwks_uri");
    if let Some(uri) = &uri {
        if !entries.is_empty() {
            uri.error(
                "two_keys",
                "jwks and jwks_uri cannot be used together",
                "keep jwks_uri when the app serves its keys there, otherwise jwks",
            );
        }
        fetched(uri, context);
    }
    let mut keys: Vec<PublicKey> = Vec::new();
    for entry in &entries {
        let Some(key) = one(entry, context) else { continue };
        // A key of each use may have the name: which one is meant is plain from what is done with it.
        if keys.iter().any(|other| other.kid() == key.kid() && other.key_use() == key.key_use()) {
            entry.error(
                "key_id",
                "duplicate_key_id",
                "another key of this client has the same key id",
                "give one of them another key_id, the one that the app names it by",
            );
        }
        keys.push(key);
    }
    let signs = |algorithm: &SignatureAlgorithm| keys.iter().any(|key| key.signs_with(*algorithm));
    KnownKeys {
        listed: !entries.is_empty() && keys.len() == entries.len() && uri.is_none(),
        named: !entries.is_empty() || uri.is_some(),
        algorithms: SignatureAlgorithm::ALL.into_iter().filter(signs).collect(),
        keys: match uri.map(|uri| Url::parse(uri.text)) {
            Some(Ok(uri)) => ClientKeys::Remote(uri),
            _ if keys.is_empty() => ClientKeys::None,
            _ => ClientKeys::Registered(Arc::new(PublicKeySet::new(keys))),
        },
    }
}

/// A key, when its entry is whole.
fn one(entry: &Section<'_>, context: &Context) -> Option<PublicKey> {
    let encrypts = entry.text_or("use", "sig") == "enc";
    let key_id = entry.required("key_id", "write the key id (kid) that the app names in what it signs");
    let algorithm = algorithm(entry, encrypts);
    let pem = entry.required("key", WRITE_KEY)?;
    let chain = entry.text("certificate_chain");
    let told = |problem: KeyProblem| {
        let found = place(&problem, &pem, key_id.as_ref(), entry, chain.as_ref());
        let mend = match &problem {
            // What the problem itself proposes is for keys of one's own.
            KeyProblem::UnsupportedKey { .. }
            | KeyProblem::UnsupportedCurve
            | KeyProblem::TooSmall { .. } => {
                let (says, _) = what_and_mend(&problem);
                found.error(
                    "bad_key",
                    says,
                    "give the app an RSA key of 2048 bits or a P-256 key, and write its public key",
                );
                return;
            }
            KeyProblem::Damaged => "paste the whole PEM text under `key: |`, every line indented alike",
            KeyProblem::KeyId => "write a shorter or simpler key_id",
            KeyProblem::AlgorithmMismatch { .. } => "take `algorithm` out: it follows from the key",
            problem => chain_mend(problem).unwrap_or(WRITE_KEY),
        };
        found.refuse("bad_key", problem, mend);
    };
    let key = match Examined::public(pem.text, chain.as_ref().map(|found| found.text), context.now) {
        Ok(key) => key,
        Err(problem) => {
            told(problem);
            return None;
        }
    };
    if let Some(key_id) = &key_id
        && let Err(problem) = key.key_id(Some(key_id.text), "")
    {
        told(problem);
        return None;
    }
    let named = algorithm?;
    let key_id = key_id.as_ref()?.text;
    if encrypts {
        let alg = entry.text("algorithm").map(|found| found.text);
        return Some(PublicKey::new(&key, Some(key_id), Some(KeyUse::Encryption), alg));
    }
    let algorithm = named.unwrap_or_else(|| key.algorithm());
    if let Err(problem) = key.fits(algorithm) {
        told(problem);
        return None;
    }
    Some(PublicKey::new(&key, Some(key_id), Some(KeyUse::Signature), Some(algorithm.as_str())))
}

/// The algorithm that an entry names: none named is fine, a wrong one is not.
fn algorithm(entry: &Section<'_>, encrypts: bool) -> Option<Option<SignatureAlgorithm>> {
    let Some(found) = entry.text("algorithm") else { return Some(None) };
    if encrypts {
        let pairs: Vec<&str> = JweAlgorithm::ALL
            .into_iter()
            .filter(|algorithm| algorithm.key_type().is_some())
            .map(JweAlgorithm::as_str)
            .collect();
        if unsafe_jwe_algorithm(found.text).is_some() {
            safe_algorithm(&found)?;
        } else if !pairs.contains(&found.text) {
            found.error(
                "bad_algorithm",
                format!("the algorithm of a key that encrypts must be one of {}", list(&pairs)),
                "take the option out: the client's options say what is encrypted to it",
            );
            return None;
        }
        return Some(None);
    }
    super::keys::algorithm(entry)
}
