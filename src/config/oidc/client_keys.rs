//! The public keys of a client: `jwks`, or `jwks_uri`.

use super::super::section::{Section, list, what_and_mend};
use super::Context;
use super::keys::{ASYMMETRIC_JWE, chain_mend, place};
use super::uris::fetched;
use crate::jose::{Examined, KeyProblem, SignatureAlgorithm};

const WRITE_KEY: &str = "write the public key that the app gives out, as PEM";

/// What a client has keys for.
pub(super) struct ClientKeys {
    /// Whether keys stand here.
    pub(super) listed: bool,
    /// Whether keys are named at all, here or by a URI.
    pub(super) named: bool,
    /// Algorithms of the keys that stand here and sign.
    pub(super) algorithms: Vec<SignatureAlgorithm>,
}

impl ClientKeys {
    /// Whether the client is known to have no key for an algorithm.
    pub(super) fn lack(&self, algorithm: &str) -> bool {
        self.listed && !self.algorithms.iter().any(|known| known.as_str() == algorithm)
    }

    /// The algorithms in a sentence.
    pub(super) fn names(&self) -> String {
        list(&self.algorithms.iter().map(|known| known.as_str()).collect::<Vec<_>>())
    }
}

pub(super) fn client_keys(section: &Section<'_>, context: &Context) -> ClientKeys {
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
        fetched(uri);
    }
    let algorithms = entries.iter().filter_map(|entry| one(entry, context)).collect();
    ClientKeys {
        listed: !entries.is_empty() && uri.is_none(),
        named: !entries.is_empty() || uri.is_some(),
        algorithms,
    }
}

/// The algorithm of a key that signs, when the entry is whole.
fn one(entry: &Section<'_>, context: &Context) -> Option<SignatureAlgorithm> {
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
    }
    let algorithm = algorithm?.unwrap_or_else(|| key.algorithm());
    if let Err(problem) = key.fits(algorithm).or_else(|problem| if encrypts { Ok(()) } else { Err(problem) })
    {
        told(problem);
        return None;
    }
    (!encrypts).then_some(algorithm)
}

/// The algorithm that an entry names: none named is fine, a wrong one is not.
fn algorithm(entry: &Section<'_>, encrypts: bool) -> Option<Option<SignatureAlgorithm>> {
    let Some(found) = entry.text("algorithm") else { return Some(None) };
    if encrypts {
        if !ASYMMETRIC_JWE.contains(&found.text) {
            found.error(
                "bad_algorithm",
                format!("the algorithm of a key that encrypts must be one of {}", list(ASYMMETRIC_JWE)),
                "take the option out: it follows from the key",
            );
        }
        return Some(None);
    }
    super::keys::algorithm(entry)
}
