//! `jwks`: the keys that sign.

use crate::clock::NumericDate;
use crate::jose::{
    DecryptionKey, JweAlgorithm, KeyOptions, KeyProblem, KeySet, KeyState, SignatureAlgorithm, SigningKey,
    unsafe_jwe_algorithm,
};
use crate::model::sealing::Signing;

use super::super::section::{Found, Section, list};
use super::encryption_keys::encryption_key;

const GENERATE: &str = "make one with `signet crypto pair rsa generate`";
pub(super) const WRITE_KEY: &str =
    "write `key: |` and below it a private key in PEM, indented; `signet crypto pair rsa generate` makes one";

pub(super) fn keys(section: &Section<'_>, now: NumericDate) -> Option<KeySet> {
    let jwks = section.list("jwks");
    let mut keys: Vec<SigningKey> = Vec::new();
    let (mut broken, mut unopened) = (false, false);
    let deprecated: Vec<&str> = ["issuer_private_key", "issuer_certificate_chain"]
        .into_iter()
        .filter(|option| section.has(option))
        .collect();
    if let (Some(first), false) = (deprecated.first(), jwks.is_empty()) {
        section.error(
            first,
            "two_keys",
            format!("{first} and jwks cannot be used together"),
            "move what stands here to an entry of jwks, or take it out when jwks has it already",
        );
    } else if section.has("issuer_private_key") {
        let key = deprecated_key(section, now);
        broken |= key.is_none();
        keys.extend(key);
    } else if let Some(chain) = deprecated.first() {
        section.error(
            chain,
            "missing_key",
            "the chain is that of issuer_private_key, which is missing",
            format!("write an entry of jwks with `key` and `certificate_chain`; {GENERATE}"),
        );
        return None;
    } else if jwks.is_empty() {
        if section.lacks_items("jwks") {
            section.error(
                "jwks",
                "missing",
                "at least one signing key is needed",
                format!("add an entry: {WRITE_KEY}"),
            );
        }
        return None;
    }
    let mut decrypting: Vec<DecryptionKey> = Vec::new();
    for entry in &jwks {
        if entry.text_or("use", "sig") == "enc" {
            match encryption_key(entry, now, &decrypting) {
                Some(key) => decrypting.push(key),
                None => unopened = true,
            }
            continue;
        }
        let key =
            algorithm(entry).and_then(|algorithm| one(entry, "key", "certificate_chain", algorithm, now));
        match key {
            Some(key) if keys.iter().any(|other| other.kid() == key.kid()) => {
                duplicate(entry, key.kid());
                broken = true;
            }
            Some(key) => keys.push(key),
            None => broken = true,
        }
    }
    shared_ids(&jwks, &keys, &decrypting);
    // A key that cannot be read may have been the one for RS256.
    if !broken && !keys.iter().any(|key| key.signs() && key.algorithm() == SignatureAlgorithm::Rs256) {
        let signing = keys.iter().filter(|key| key.signs());
        let have: Vec<&str> = signing.map(|key| key.algorithm().as_str()).collect();
        let have = if have.is_empty() {
            "there is none that signs".to_owned()
        } else {
            format!("there are only {}", list(&have))
        };
        section.error(
            "jwks",
            "no_rs256_key",
            format!("at least one key for RS256 is needed, but {have}"),
            format!("add an RSA key without `algorithm`: {GENERATE}; or set the `state` of one that is there to sign"),
        );
        return None;
    }
    if broken || unopened { None } else { KeySet::new(keys).ok()?.with_decryption(decrypting).ok() }
}

/// `discovery_signed_response_alg` and `_key_id`, which name a key of jwks: the outer none is an error.
pub(super) fn signed_metadata(section: &Section<'_>, keys: Option<&KeySet>) -> Option<Option<Signing>> {
    let keys = keys?;
    let kid = if let Some(found) = section.text("discovery_signed_response_key_id") {
        known_key_id(&found, keys)?
    } else if let Some(found) = section.text("discovery_signed_response_alg")
        && found.text != "none"
    {
        for_algorithm(&found, SignatureAlgorithm::parse(found.text)?, keys)?
    } else {
        return Some(None);
    };
    let algorithm = keys.by_kid(&kid)?.algorithm();
    Some(Some(Signing::Key { kid, algorithm }))
}

/// The `kid` of the key with this name, or an error with the names there are.
pub(super) fn known_key_id(found: &Found<'_>, keys: &KeySet) -> Option<String> {
    let by_authelia = |kid: &str| authelias(kid).is_some_and(|kid| kid == found.text);
    let key = match keys.keys().iter().find(|key| by_authelia(key.kid())) {
        Some(key) => key,
        None => {
            let known = keys.keys().iter().map(|key| (key.kid(), key));
            found.named("unknown_key_id", "key of jwks", "identity_providers.oidc.jwks", known)?
        }
    };
    if !key.signs() {
        found.error(
            "key_does_not_sign",
            format!(
                "the key '{}' is in the state {}, in which it signs nothing",
                key.kid(),
                key.state().as_str()
            ),
            "name a key that signs, or set the `state` of this one to sign",
        );
        return None;
    }
    Some(key.kid().to_owned())
}

/// What Authelia calls a key that has no name of its own: it takes six digits of the thumbprint, not seven.
fn authelias(kid: &str) -> Option<String> {
    let (hex, algorithm) = kid.split_once('-')?;
    let made = hex.len() == 7 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    made.then(|| format!("{}-{algorithm}", hex.chars().take(6).collect::<String>()))
}

/// The `kid` of the first key for an algorithm, or an error with the algorithms there are.
pub(super) fn for_algorithm(
    found: &Found<'_>,
    algorithm: SignatureAlgorithm,
    keys: &KeySet,
) -> Option<String> {
    if let Some(key) = keys.for_algorithm(algorithm) {
        return Some(key.kid().to_owned());
    }
    let have: Vec<&str> = keys.algorithms().into_iter().map(SignatureAlgorithm::as_str).collect();
    let add = format!(
        "the entry of jwks that `signet keys make --algorithm {algorithm}` writes, with `state: sign`"
    );
    found.error(
        "no_such_key",
        format!("jwks has no key that signs with {algorithm}"),
        match have.as_slice() {
            [only] => format!("write '{only}', or add {add}"),
            _ => format!("write one of {}, or add {add}", list(&have)),
        },
    );
    None
}

fn deprecated_key(section: &Section<'_>, now: NumericDate) -> Option<SigningKey> {
    section.warn(
        "issuer_private_key",
        "deprecated",
        "the option is deprecated; it is used as an RS256 key of jwks",
        "move it to `key` of an entry of jwks, and issuer_certificate_chain to its `certificate_chain`",
    );
    one(section, "issuer_private_key", "issuer_certificate_chain", Some(SignatureAlgorithm::Rs256), now)
}

/// `use` tells two keys of one id from each other, but RFC 7517 §4.5 wants ids to differ within a set.
fn shared_ids(jwks: &[Section<'_>], keys: &[SigningKey], decrypting: &[DecryptionKey]) {
    for found in jwks
        .iter()
        .filter(|entry| entry.text_or("use", "sig") == "enc")
        .filter_map(|entry| entry.text("key_id"))
    {
        let signs = keys.iter().any(|key| key.kid() == found.text);
        if signs && decrypting.iter().any(|key| key.kid() == found.text) {
            found.warn(
                "shared_key_id",
                format!("a key that signs has the key id '{}' too", found.text),
                "give one of them another key_id: some apps take two keys of one id for a fault of the whole set",
            );
        }
    }
}

pub(super) fn duplicate(entry: &Section<'_>, kid: &str) {
    entry.error(
        "key_id",
        "duplicate_key_id",
        format!("another key has the key id '{kid}'"),
        "give one of them another key_id, or take a key out that stands twice",
    );
}

fn encrypting_algorithm(name: &str) -> bool {
    JweAlgorithm::parse(name).is_some() || unsafe_jwe_algorithm(name).is_some()
}

/// The algorithm that an entry names: none named is fine, a wrong one is not.
pub(super) fn algorithm(entry: &Section<'_>) -> Option<Option<SignatureAlgorithm>> {
    let Some(found) = entry.text("algorithm") else { return Some(None) };
    let algorithm = SignatureAlgorithm::parse(found.text);
    if algorithm.is_none() {
        let mend = if encrypting_algorithm(found.text) {
            "that algorithm encrypts: write `use: enc` beside it, or for signing take RS256 or one of its like"
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
    let pem = section.required(key, WRITE_KEY)?;
    let key_id = section.text("key_id");
    let certificates = section.text(chain);
    let options = KeyOptions {
        key_id: key_id.as_ref().map(|found| found.text),
        algorithm,
        state: section.text("state").and_then(|found| KeyState::parse(found.text)).unwrap_or_default(),
        certificate_chain: certificates.as_ref().map(|found| found.text),
        now,
    };
    match SigningKey::from_pem(pem.text, &options) {
        Ok(key) => Some(key),
        Err(problem) => {
            tell(problem, &pem, key_id.as_ref(), section, certificates.as_ref());
            None
        }
    }
}

pub(super) fn tell(
    problem: KeyProblem,
    pem: &Found<'_>,
    key_id: Option<&Found<'_>>,
    section: &Section<'_>,
    chain: Option<&Found<'_>>,
) {
    let mend = match &problem {
        KeyProblem::NotPem | KeyProblem::Damaged => {
            "paste the whole PEM text under `key: |`, every line indented alike"
        }
        KeyProblem::KeyId => "write a shorter or simpler key_id, or take it out",
        KeyProblem::AlgorithmMismatch { .. } | KeyProblem::EncryptionMismatch { .. }
            if section.has("algorithm") =>
        {
            "take `algorithm` out: it follows from the key"
        }
        KeyProblem::AlgorithmMismatch { .. } => "move the key to an entry of jwks, beside an RSA key",
        problem => chain_mend(problem).unwrap_or(GENERATE),
    };
    place(&problem, pem, key_id, section, chain).refuse("bad_key", problem, mend);
}

/// How to mend a chain; none when the problem is another.
pub(super) fn chain_mend(problem: &KeyProblem) -> Option<&'static str> {
    match problem {
        KeyProblem::ChainExpired { .. } => Some("renew the certificate, or take certificate_chain out"),
        KeyProblem::ChainUnreadable
        | KeyProblem::ChainOfAnotherKey
        | KeyProblem::ChainBroken { .. }
        | KeyProblem::ChainNotYetValid { .. } => Some("correct the chain, or take certificate_chain out"),
        _ => None,
    }
}

/// The value of an entry that a problem is about.
pub(super) fn place<'a>(
    problem: &KeyProblem,
    pem: &Found<'a>,
    key_id: Option<&Found<'a>>,
    section: &Section<'a>,
    chain: Option<&Found<'a>>,
) -> Found<'a> {
    let found = match problem {
        KeyProblem::KeyId => key_id.cloned(),
        KeyProblem::AlgorithmMismatch { .. } | KeyProblem::EncryptionMismatch { .. } => {
            section.text("algorithm")
        }
        problem => chain_mend(problem).and(chain).cloned(),
    };
    found.unwrap_or_else(|| pem.clone())
}
