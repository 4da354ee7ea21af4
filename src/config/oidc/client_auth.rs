//! How a client proves who it is: its methods and its secret.

use std::sync::Arc;

use super::super::section::{Found, Section};
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
}

/// `implicit_only` clients never authenticate, so `none` suits them too.
pub(super) fn authentication(
    section: &Section<'_>,
    public: bool,
    implicit_only: bool,
) -> Option<Authentication> {
    let default = if public { ClientAuthMethod::None } else { ClientAuthMethod::ClientSecretBasic };
    let [token, introspection, revocation, pushed] =
        ENDPOINTS.map(|key| method(section, key, public, implicit_only, default));
    let secret = secret(section, public);
    Some(Authentication {
        methods: EndpointAuthMethods {
            token: token?,
            introspection: introspection?,
            revocation: revocation?,
            pushed_authorization_request: pushed?,
        },
        secret: secret?,
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

/// The inner none is a client without a secret.
fn secret(section: &Section<'_>, public: bool) -> Option<Option<Arc<Digest>>> {
    let found = section.text("client_secret");
    if public {
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
    let Some(found) = found else {
        let by_secret = |key: &str| {
            section.text(key).is_none_or(|found| !matches!(found.text, "none" | "private_key_jwt"))
        };
        // Under its old name, or with the text of the example, it is told already.
        let told = section.has("secret") || section.has("client_secret");
        if by_secret("token_endpoint_auth_method") && !told {
            section.error(
                "client_secret",
                "missing",
                "the client authenticates with a secret, but has none",
                format!("{HASH}, or write `public: true` for an app that cannot keep a secret"),
            );
            return None;
        }
        return Some(None);
    };
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
    let asks = |keys: &[&str], needs: fn(&str) -> bool| {
        keys.iter().filter_map(|key| section.text(key)).any(|found| needs(found.text))
    };
    let needed = asks(&ENDPOINTS, |method| method == "client_secret_jwt")
        || asks(&SIGNED, |algorithm| algorithm.starts_with("HS"))
        || asks(&ENCRYPTED, |algorithm| {
            algorithm == "dir" || algorithm.starts_with('A') || algorithm.starts_with("PBES2")
        });
    if digest.plaintext().is_some() && !needed {
        found.warn(
            "plaintext_secret",
            "the secret stands here as plaintext, so everyone who reads the file knows it",
            HASH,
        );
    }
}
