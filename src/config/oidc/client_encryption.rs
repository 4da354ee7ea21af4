//! How what a client gets and what it asks is encrypted (OpenID Connect Core 1.0 §10.2).

use std::sync::Arc;

use secrecy::ExposeSecret;

use super::super::section::{Found, Section, list};
use super::client_answers::Means;
use crate::jose::{
    ContentEncryption, DecryptionKey, Encrypter, JweAlgorithm, KeySet, KeyType, KeyUse, PublicKeySet,
    unsafe_jwe_algorithm,
};
use crate::model::client::ClientKeys;
use crate::model::sealing::Encryption;

const DEFAULT_ENC: ContentEncryption = ContentEncryption::A128cbcHs256;

/// Whether an algorithm encrypts with the client's secret (RFC 7518 §4.4-4.7) rather than to a key of the client.
pub(super) fn encrypts_with_secret(algorithm: &str) -> bool {
    JweAlgorithm::parse(algorithm).is_some_and(|algorithm| algorithm.key_type().is_none())
}

/// An algorithm that encrypts; one that is never used is told with its reason.
pub(super) fn safe_algorithm(found: &Found<'_>) -> Option<JweAlgorithm> {
    if let Some(why) = unsafe_jwe_algorithm(found.text) {
        let mend = match found.text {
            "RSA1_5" => "write RSA-OAEP-256, which takes the same keys, and set the app to it",
            _ => "write A256KW, which takes the same secret, and set the app to it",
        };
        found.error("unsafe_algorithm", format!("{} is not used: {why}", found.text), mend);
        return None;
    }
    JweAlgorithm::parse(found.text)
}

/// What an answer is encrypted to: the outer none is an error, the inner one what is not encrypted. What is encrypted is
/// signed first (OpenID Connect Core 1.0 §2), and goes to a key that is known.
pub(super) fn encryption(
    section: &Section<'_>,
    answer: &str,
    signed: bool,
    means: &Means<'_>,
) -> Option<Option<Encryption>> {
    let option = |part: &str| format!("{answer}_encrypted_response_{part}");
    let key_id = section.text(&option("key_id"));
    let enc = section.text(&option("enc"));
    let alg = option("alg");
    let Some(found) = section.text(&alg).filter(|found| found.text != "none") else {
        without_effect(&alg, [enc, key_id]);
        return Some(None);
    };
    let algorithm = safe_algorithm(&found);
    if !signed {
        let signing = format!("{answer}_signed_response_alg");
        found.error(
            "unsigned",
            format!("what is encrypted must be signed before, but {signing} is 'none'"),
            format!("write RS256 as {signing}, or take {alg} out"),
        );
        return None;
    }
    let algorithm = algorithm?;
    let encryption = content_encryption(enc.as_ref())?;
    let Some(family) = algorithm.key_type() else {
        if let Some(key_id) = &key_id {
            key_id.warn(
                "no_effect",
                format!("it has no effect, since {algorithm} encrypts with the client's secret"),
                "take the option out",
            );
        }
        // Without the secret itself it is told beside the secret.
        let secret = means.secret?.plaintext()?.expose_secret().as_bytes();
        let encrypter = Encrypter::with_secret(algorithm, encryption, secret).ok()?;
        return Some(Some(Encryption::Ready(Arc::new(encrypter))));
    };
    match &means.keys.keys {
        ClientKeys::None if !means.keys.named => {
            found.error(
                "no_such_key",
                format!(
                    "'{algorithm}' encrypts to a key of the client, but the client has neither jwks nor jwks_uri"
                ),
                format!("write the address of its keys as jwks_uri, or take {alg} out"),
            );
            None
        }
        ClientKeys::None => None,
        ClientKeys::Remote(_) => {
            let key_id = key_id.map(|found| found.text.to_owned());
            Some(Some(Encryption::Served { algorithm, encryption, key_id }))
        }
        ClientKeys::Registered(keys) => {
            let encrypter = registered(keys, algorithm, encryption, key_id.as_ref());
            if encrypter.is_none() {
                lacking(key_id.as_ref().unwrap_or(&found), algorithm, family, keys, key_id.is_some());
            }
            Some(Some(Encryption::Ready(Arc::new(encrypter?))))
        }
    }
}

/// How the request objects of a client are encrypted (RFC 9101 §6.1): to a key of the provider that others are shown, or
/// with the client's secret. `None` when nothing is said, or something is wrong, which is told.
pub(super) fn request_object_encryption(
    section: &Section<'_>,
    keys: Option<&KeySet>,
) -> Option<(JweAlgorithm, ContentEncryption)> {
    const ALG: &str = "request_object_encryption_alg";
    let enc = section.text("request_object_encryption_enc");
    let Some(found) = section.text(ALG).filter(|found| found.text != "none") else {
        without_effect(ALG, [enc, None]);
        return None;
    };
    let algorithm = safe_algorithm(&found)?;
    if algorithm == JweAlgorithm::Dir {
        found.error(
            "unsafe_algorithm",
            "dir is not taken from outside: the secret itself would encrypt every request",
            "write A256KW, which takes the same secret, and set the app to it",
        );
        return None;
    }
    let encryption = content_encryption(enc.as_ref())?;
    // Without the secret itself it is told beside the secret.
    let Some(family) = algorithm.key_type() else { return Some((algorithm, encryption)) };
    let shown = |keys: &KeySet| {
        keys.decryption_keys().iter().filter(|key| key.published()).map(DecryptionKey::algorithm).collect()
    };
    // Without a set of keys it is told beside them.
    let shown: Vec<JweAlgorithm> = keys.map(shown)?;
    if shown.contains(&algorithm) {
        return Some((algorithm, encryption));
    }
    let names: Vec<&str> = shown.iter().map(|algorithm| algorithm.as_str()).collect();
    let kind = kind_of_key(family);
    let add = format!("add {kind} with `use: enc` and `algorithm: {algorithm}` to the jwks of the provider");
    found.error(
        "no_such_key",
        format!("the provider has no key in its jwks that opens what is encrypted by {algorithm}"),
        if names.is_empty() { add } else { format!("write one of {}, or {add}", list(&names)) },
    );
    None
}

fn content_encryption(found: Option<&Found<'_>>) -> Option<ContentEncryption> {
    found.map_or(Some(DEFAULT_ENC), |found| ContentEncryption::parse(found.text))
}

/// Says that nothing is encrypted, whatever stands beside the algorithm.
fn without_effect(alg: &str, [enc, key_id]: [Option<Found<'_>>; 2]) {
    let enc = enc.filter(|found| found.text != DEFAULT_ENC.as_str());
    for without in [enc, key_id].into_iter().flatten() {
        without.warn(
            "no_effect",
            format!("it has no effect, since {alg} is 'none'"),
            format!("write the algorithm as {alg}, or take the option out"),
        );
    }
}

const fn kind_of_key(family: KeyType) -> &'static str {
    match family {
        KeyType::Rsa => "an RSA key",
        KeyType::Ec => "a key on P-256, P-384 or P-521",
    }
}

fn registered(
    keys: &PublicKeySet,
    algorithm: JweAlgorithm,
    encryption: ContentEncryption,
    key_id: Option<&Found<'_>>,
) -> Option<Encrypter> {
    let key = keys.encryption_key(algorithm, key_id.map(|found| found.text))?;
    key.encrypter(algorithm, encryption).ok()
}

/// Says which key is missing.
fn lacking(found: &Found<'_>, algorithm: JweAlgorithm, family: KeyType, keys: &PublicKeySet, by_id: bool) {
    let kind = kind_of_key(family);
    let fit: Vec<&str> =
        keys.keys().iter().filter(|key| key.encrypts_with(algorithm)).filter_map(|key| key.kid()).collect();
    let signs = |kid: &str| {
        keys.keys().iter().any(|key| key.kid() == Some(kid) && key.key_use() == Some(KeyUse::Signature))
    };
    let add = format!("add {kind} of the app with `use: enc` to the client's jwks");
    if by_id && signs(found.text) {
        found.error(
            "no_such_key",
            format!("the key '{}' of the client's jwks signs, and nothing is encrypted to it", found.text),
            if fit.is_empty() { add } else { format!("write one of {}", list(&fit)) },
        );
    } else if by_id && !fit.is_empty() {
        found.error(
            "no_such_key",
            format!("the client's jwks has no such key that {algorithm} encrypts to"),
            format!("write one of {}, or {add}", list(&fit)),
        );
    } else {
        found.error("no_such_key", format!("the client's jwks has no key that {algorithm} encrypts to"), add);
    }
}
