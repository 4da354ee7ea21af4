//! `jwks`: the keys that sign.

use crate::clock::NumericDate;
use crate::jose::{
    Examined, KeyOptions, KeyProblem, KeySet, KeyState, KeyType, SignatureAlgorithm, SigningKey,
};

use super::super::section::{Found, Section, list};

/// Algorithms that encrypt to a public key (RFC 7518 §4.1).
pub(super) const ASYMMETRIC_JWE: &[&str] =
    &["RSA1_5", "RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"];
/// Algorithms that encrypt with a secret (RFC 7518 §4.1).
const SYMMETRIC_JWE: &[&str] = &[
    "A128KW",
    "A192KW",
    "A256KW",
    "dir",
    "A128GCMKW",
    "A192GCMKW",
    "A256GCMKW",
    "PBES2-HS256+A128KW",
    "PBES2-HS384+A192KW",
    "PBES2-HS512+A256KW",
];
const GENERATE: &str = "make one with `signet crypto pair rsa generate`";
const WRITE_KEY: &str =
    "write `key: |` and below it a private key in PEM, indented; `signet crypto pair rsa generate` makes one";

pub(super) fn keys(section: &Section<'_>, now: NumericDate) -> Option<KeySet> {
    let jwks = section.list("jwks");
    let mut keys: Vec<SigningKey> = Vec::new();
    let mut broken = false;
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
    let mut encrypting: Vec<String> = Vec::new();
    for entry in &jwks {
        if entry.text_or("use", "sig") == "enc" {
            encrypts(entry, now, &mut encrypting);
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
    if broken { None } else { KeySet::new(keys).ok() }
}

/// `discovery_signed_response_alg` and `_key_id`, which name a key of jwks.
pub(super) fn signed_metadata(section: &Section<'_>, keys: Option<&KeySet>) {
    let Some(keys) = keys else { return };
    if let Some(found) = section.text("discovery_signed_response_key_id") {
        known_key_id(&found, keys);
    } else if let Some(found) = section.text("discovery_signed_response_alg")
        && let Some(algorithm) = SignatureAlgorithm::parse(found.text)
    {
        for_algorithm(&found, algorithm, keys);
    }
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
    found.error(
        "no_such_key",
        format!("jwks has no key for {algorithm}"),
        match have.as_slice() {
            [only] => format!("write '{only}', or add a key for {algorithm} to jwks"),
            _ => format!("write one of {}, or add a key for {algorithm} to jwks", list(&have)),
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

fn duplicate(entry: &Section<'_>, kid: &str) {
    entry.error(
        "key_id",
        "duplicate_key_id",
        format!("another key has the key id '{kid}'"),
        "give one of them another key_id, or take a key out that stands twice",
    );
}

/// Looks at a key that encrypts, which this version does not publish.
fn encrypts(entry: &Section<'_>, now: NumericDate, key_ids: &mut Vec<String>) {
    entry.warn(
        "use",
        "not_in_this_version",
        "this version leaves it out: keys for encryption are not published yet",
        "nothing needs to be done; take the key out to silence this warning",
    );
    let algorithm = entry.text("algorithm");
    if let Some(found) = algorithm.as_ref().filter(|found| !encrypting_algorithm(found.text)) {
        found.error(
            "bad_algorithm",
            "the algorithm of a key with `use: enc` must be one that encrypts",
            format!("write one of {}, or take the option out: it follows from the key", list(ASYMMETRIC_JWE)),
        );
    }
    let Some(pem) = entry.required("key", WRITE_KEY) else { return };
    let (key_id, chain) = (entry.text("key_id"), entry.text("certificate_chain"));
    let examined = Examined::private(pem.text, chain.as_ref().map(|found| found.text), now).and_then(|key| {
        let default = encrypting_default(key.key_type());
        let algorithm = algorithm.as_ref().map_or(default, |found| found.text);
        key.key_id(key_id.as_ref().map(|found| found.text), algorithm)
    });
    match examined {
        Ok(kid) if key_ids.contains(&kid) => duplicate(entry, &kid),
        Ok(kid) => key_ids.push(kid),
        Err(problem) => tell(problem, &pem, key_id.as_ref(), entry, chain.as_ref()),
    }
}

/// The algorithm that a key encrypts with when none is named.
pub(super) const fn encrypting_default(key_type: KeyType) -> &'static str {
    match key_type {
        KeyType::Rsa => "RSA-OAEP-256",
        KeyType::Ec => "ECDH-ES+A256KW",
    }
}

fn encrypting_algorithm(name: &str) -> bool {
    ASYMMETRIC_JWE.contains(&name) || SYMMETRIC_JWE.contains(&name)
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

fn tell(
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
        KeyProblem::AlgorithmMismatch { .. } if section.has("algorithm") => {
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
        KeyProblem::AlgorithmMismatch { .. } => section.text("algorithm"),
        problem => chain_mend(problem).and(chain).cloned(),
    };
    found.unwrap_or_else(|| pem.clone())
}
