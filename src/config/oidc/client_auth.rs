//! How a client proves who it is: its methods and its secret.

use std::sync::Arc;

use super::super::section::{Found, Section};
use super::client_encryption::encrypts_with_secret;
use super::client_keys::KnownKeys;
use crate::jose::MacKeys;
use crate::model::client::EndpointAuthMethods;
use crate::protocol::ClientAuthMethod;
use crate::secrets::Digest;
use crate::secrets::digest::DigestProblem;

const ENDPOINTS: [&str; 4] = [
    "token_endpoint_auth_method",
    "introspection_endpoint_auth_method",
    "revocation_endpoint_auth_method",
    "pushed_authorization_request_endpoint_auth_method",
];
/// Options whose HMAC algorithms sign with the secret itself.
const SIGNED: [&str; 5] = [
    "id_token_signed_response_alg",
    "access_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "introspection_signed_response_alg",
    "authorization_signed_response_alg",
];
const ENCRYPTED: [&str; 5] = [
    "id_token_encrypted_response_alg",
    "access_token_encrypted_response_alg",
    "userinfo_encrypted_response_alg",
    "introspection_encrypted_response_alg",
    "authorization_encrypted_response_alg",
];
const HASH: &str = "make a digest with `signet crypto hash generate pbkdf2`";

pub(super) struct Authentication {
    pub(super) methods: EndpointAuthMethods,
    pub(super) secret: Option<Arc<Digest>>,
    pub(super) mac_keys: Option<Arc<MacKeys>>,
}

/// `implicit_only` clients never authenticate, so `none` suits them too.
pub(super) fn authentication(
    section: &Section<'_>,
    public: bool,
    implicit_only: bool,
    keys: &KnownKeys,
) -> Option<Authentication> {
    let default = if public { ClientAuthMethod::None } else { ClientAuthMethod::ClientSecretBasic };
    let [token, introspection, revocation, pushed] =
        ENDPOINTS.map(|key| method(section, key, public, implicit_only, default));
    assertions(section, keys);
    let secret = secret(section, public, implicit_only)?;
    let plaintext = secret.as_ref().and_then(|secret| secret.plaintext());
    Some(Authentication {
        mac_keys: plaintext.map(|plaintext| Arc::new(MacKeys::new(plaintext))),
        methods: EndpointAuthMethods {
            token: token?,
            introspection: introspection?,
            revocation: revocation?,
            pushed_authorization_request: pushed?,
        },
        secret,
    })
}

fn method(
    section: &Section<'_>,
    key: &str,
    public: bool,
    implicit_only: bool,
    default: ClientAuthMethod,
) -> Option<ClientAuthMethod> {
    let Some(found) = section.text(key) else { return Some(default) };
    if public && found.text != "none" {
        found.error(
            "bad_auth_method",
            "a public client keeps no secret, so its method must be 'none'",
            "write none, or take `public: true` out and give the client a secret",
        );
        return None;
    }
    match ClientAuthMethod::parse(found.text) {
        Some(ClientAuthMethod::None) if !public && !implicit_only => {
            found.error(
                "bad_auth_method",
                "a confidential client must prove who it is, so its method cannot be 'none'",
                "write client_secret_basic or client_secret_post, or make the client public",
            );
            None
        }
        Some(method) => Some(method),
        None => {
            if matches!(found.text, "private_key_jwt" | "client_secret_jwt") {
                found.error(
                    "not_in_this_version",
                    "this version cannot check signed client assertions",
                    "write client_secret_basic or client_secret_post",
                );
            }
            None
        }
    }
}

/// The option that names the algorithm of assertions at an endpoint.
fn signing_alg(method: &str) -> String {
    method.replace("_auth_method", "_auth_signing_alg")
}

/// Assertions have an algorithm that fits their method, and a key to check them with (RFC 7523 §3).
fn assertions(section: &Section<'_>, keys: &KnownKeys) {
    let mut signed = None;
    for endpoint in ENDPOINTS {
        let Some(method) = section.text(endpoint) else { continue };
        let option = signing_alg(endpoint);
        let found = section.text(&option);
        match method.text {
            "client_secret_jwt" => {
                if let Some(found) = found.filter(|found| !found.text.starts_with("HS")) {
                    found.error(
                        "bad_value",
                        "with the method client_secret_jwt the algorithm must be HS256, HS384 or HS512",
                        "write HS256, or take the option out",
                    );
                }
            }
            "private_key_jwt" => {
                signed = Some(endpoint);
                private_key_jwt(section, &option, found, keys);
            }
            _ => {}
        }
    }
    if let Some(endpoint) = signed.filter(|_| !keys.named) {
        section.error(
            "jwks",
            "missing",
            format!("with {endpoint} 'private_key_jwt' the client needs jwks or jwks_uri"),
            "write the address of its keys as jwks_uri, or the keys themselves under jwks",
        );
    }
}

fn private_key_jwt(section: &Section<'_>, option: &str, found: Option<Found<'_>>, keys: &KnownKeys) {
    let Some(found) = found else {
        section.error(
            option,
            "missing",
            "the method private_key_jwt needs the algorithm that the app signs with",
            format!("write for example {option}: 'RS256'"),
        );
        return;
    };
    if found.text.starts_with("HS") {
        found.error(
            "bad_value",
            "with the method private_key_jwt the algorithm must be one that signs with a private key",
            "write RS256, or what the app signs with",
        );
    } else if keys.lack(found.text) {
        found.error(
            "no_such_key",
            format!("the client's jwks has no key for {}", found.text),
            format!("write one of {}, or add the key to the client's jwks", keys.names()),
        );
    }
}

/// The inner none is a client without a secret.
fn secret(section: &Section<'_>, public: bool, implicit_only: bool) -> Option<Option<Arc<Digest>>> {
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
    let method = |key: &str| section.text(key).map_or("client_secret_basic", |found| found.text);
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
        key if ENCRYPTED.contains(&key) => format!("take {key} out"),
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
