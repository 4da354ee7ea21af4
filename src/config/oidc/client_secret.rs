//! The secret of a client: whether it has one, may have one, and must be known as plaintext.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::super::section::{Found, Section};
use super::client_auth::{ENDPOINTS, written};
use super::client_encryption::encrypts_with_secret;
use crate::jose::JwsAlgorithm;
use crate::secrets::Digest;
use crate::secrets::digest::DigestProblem;

/// Options whose HMAC algorithms sign with the secret itself, by the provider or by the client.
const SIGNED: [&str; 6] = [
    "id_token_signed_response_alg",
    "access_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "introspection_signed_response_alg",
    "authorization_signed_response_alg",
    REQUEST_OBJECT_ALGORITHM,
];
const ENCRYPTED: [&str; 6] = [
    "id_token_encrypted_response_alg",
    "access_token_encrypted_response_alg",
    "userinfo_encrypted_response_alg",
    "introspection_encrypted_response_alg",
    "authorization_encrypted_response_alg",
    "request_object_encryption_alg",
];
const REQUEST_OBJECT_ALGORITHM: &str = "request_object_signing_alg";
const HASH: &str = "make a digest with `signet crypto hash generate pbkdf2`";

/// The algorithms of what is signed beside assertions.
pub(super) fn signed_algorithms(section: &Section<'_>) -> impl Iterator<Item = JwsAlgorithm> {
    SIGNED.into_iter().filter_map(|key| JwsAlgorithm::parse(section.text(key)?.text))
}

/// RFC 7518 §3.2 wants a secret as long as the hash.
pub(super) fn short_secret(
    section: &Section<'_>,
    plaintext: &SecretString,
    algorithms: impl Iterator<Item = JwsAlgorithm>,
) {
    let length = plaintext.expose_secret().len();
    let mac = |algorithm| match algorithm {
        JwsAlgorithm::Mac(algorithm) => Some(algorithm),
        JwsAlgorithm::Signature(_) => None,
    };
    if let Some(longest) = algorithms.filter_map(mac).max().filter(|mac| length < mac.shortest_secret()) {
        section.warn(
            "client_secret",
            "short_secret",
            format!(
                "the secret has {length} bytes, but {longest} needs at least {} (RFC 7518 section 3.2)",
                longest.shortest_secret()
            ),
            "give the app and this client a longer one, for example from `signet crypto rand`",
        );
    }
}

/// The inner none is a client without a secret.
pub(super) fn secret(
    section: &Section<'_>,
    public: bool,
    implicit_only: bool,
) -> Option<Option<Arc<Digest>>> {
    let found = section.text("client_secret");
    if public {
        computes_with_secret(section, None);
        return match found {
            Some(found) => {
                found.error(
                    "secret_of_public_client",
                    "a public client must not have a secret",
                    "take the secret out, or take `public: true` out",
                );
                None
            }
            None => Some(None),
        };
    }
    let method = |key: &str| written(section, key);
    let Some(found) = found else {
        // Under its old name, or with the text of the example, it is told already.
        let told = section.has("secret") || section.has("client_secret");
        let by_secret = ENDPOINTS.into_iter().find(|key| {
            matches!(method(key), "client_secret_basic" | "client_secret_post" | "client_secret_jwt")
        });
        if let Some(endpoint) = by_secret.filter(|_| !told) {
            let says = match endpoint {
                "token_endpoint_auth_method" => {
                    "the client authenticates with a secret, but has none".to_owned()
                }
                endpoint => {
                    let method = method(endpoint);
                    format!("the client has no secret, but {endpoint} is '{method}'")
                }
            };
            section.error(
                "client_secret",
                "missing",
                says,
                format!("{HASH}, or write `public: true` for an app that cannot keep a secret"),
            );
            return None;
        }
        if !told {
            computes_with_secret(section, None);
        }
        return Some(None);
    };
    let without = ENDPOINTS.into_iter().find(|key| match method(key) {
        "private_key_jwt" => true,
        "none" => implicit_only,
        _ => false,
    });
    if let Some(endpoint) = without {
        found.error(
            "secret_without_use",
            format!("with {endpoint} '{}' the client must not have a secret", method(endpoint)),
            format!("take the secret out, or write client_secret_basic as {endpoint}"),
        );
    }
    match Digest::parse(found.text) {
        Ok(digest) => {
            plaintext(section, &found, &digest);
            Some(Some(Arc::new(digest)))
        }
        Err(problem) => {
            // This one says itself how to mend it.
            match problem {
                DigestProblem::Unknown => found.refuse("bad_digest", problem, HASH),
                problem => found.error("bad_digest", problem.to_string(), HASH),
            }
            None
        }
    }
}

/// A secret that signs or encrypts must be known; any other is better hashed.
fn plaintext(section: &Section<'_>, found: &Found<'_>, digest: &Digest) {
    let plain = digest.plaintext().is_some();
    let needed = computes_with_secret(section, Some(found).filter(|_| !plain));
    if plain && !needed {
        found.warn(
            "plaintext_secret",
            "the secret stands here as plaintext, so everyone who reads the file knows it",
            HASH,
        );
    }
}

/// Whether something is computed with the secret itself. `hashed` is a secret that does not serve for it; without one a
/// public client is told.
fn computes_with_secret(section: &Section<'_>, hashed: Option<&Found<'_>>) -> bool {
    let asks = |keys: &[&'static str], needs: fn(&str) -> bool| {
        let mut found = keys.iter().filter_map(|key| section.text(key).map(|found| (*key, found)));
        found.find(|(_, found)| needs(found.text))
    };
    let asking = asks(&ENDPOINTS, |method| method == "client_secret_jwt")
        .or_else(|| asks(&SIGNED, |algorithm| algorithm.starts_with("HS")))
        .or_else(|| asks(&ENCRYPTED, encrypts_with_secret));
    let Some((key, value)) = asking else { return false };
    let mend = match key {
        key if ENDPOINTS.contains(&key) => format!("write client_secret_basic as {key}"),
        key if ENCRYPTED.contains(&key) || key == REQUEST_OBJECT_ALGORITHM => format!("take {key} out"),
        "id_token_signed_response_alg" | "authorization_signed_response_alg" => {
            format!("write RS256 as {key}")
        }
        key => format!("write 'none' as {key}"),
    };
    match hashed {
        Some(found) => found.error(
            "secret_must_be_plaintext",
            format!(
                "{key} '{}' computes with the secret itself, but here stands only its digest",
                value.text
            ),
            format!(
                "{mend}; where the app needs it as it is, write the secret itself, with $plaintext$ before it"
            ),
        ),
        None if !section.has("client_secret") && !ENDPOINTS.contains(&key) => {
            let who = if section.flag("public") { "a public client" } else { "the client" };
            section.error(
                "client_secret",
                "secret_must_be_plaintext",
                format!("{key} '{}' computes with the client's secret, but {who} has none", value.text),
                mend,
            );
        }
        None => {}
    }
    true
}
