//! How a client proves who it is: the method of each endpoint, and the algorithm of its assertions.

use std::sync::Arc;

use super::super::section::{Found, Section};
use super::client_keys::KnownKeys;
use super::client_secret::{secret, short_secret, signed_algorithms};
use crate::jose::{JwsAlgorithm, MacAlgorithm, MacKeys};
use crate::model::client::{EndpointAuth, EndpointAuthMethods};
use crate::protocol::ClientAuthMethod;
use crate::secrets::Digest;

/// The options that say how a client authenticates at an endpoint.
pub(super) const ENDPOINTS: [&str; 4] = [
    "token_endpoint_auth_method",
    "introspection_endpoint_auth_method",
    "revocation_endpoint_auth_method",
    "pushed_authorization_request_endpoint_auth_method",
];
const TOKEN_ALGORITHM: &str = "token_endpoint_auth_signing_alg";

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
    let [token, introspection, revocation, pushed] =
        ENDPOINTS.map(|key| method(section, key, public, implicit_only));
    let [of_token, of_introspection, of_revocation, of_pushed] = ENDPOINTS.map(signing_alg);
    let algorithm = |method: ClientAuthMethod, option: &str| {
        let algorithm = assertion_algorithm(section, method, option, keys)?;
        Some(EndpointAuth { method, algorithm })
    };
    keys_for_assertions(section, keys);
    let secret = secret(section, public, implicit_only);
    let methods = [
        (token, of_token),
        (introspection, of_introspection),
        (revocation, of_revocation),
        (pushed, of_pushed),
    ];
    let [token, introspection, revocation, pushed] =
        methods.map(|(method, option)| algorithm(method?, &option));
    let secret = secret?;
    if let Some(plaintext) = secret.as_ref().and_then(|secret| secret.plaintext()) {
        let methods = [&token, &introspection, &revocation, &pushed];
        let of_assertions = methods.into_iter().flatten().filter_map(|auth| auth.algorithm);
        short_secret(section, plaintext, of_assertions.chain(signed_algorithms(section)));
    }
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

/// The method that an endpoint has, as it is written or by default. A client that signs with its key at the token
/// endpoint and has no secret signs at the others too: no other method would let it in (RFC 9126 §2).
pub(super) fn written<'a>(section: &Section<'a>, key: &str) -> &'a str {
    if let Some(found) = section.text(key) {
        return found.text;
    }
    let signs =
        section.text("token_endpoint_auth_method").is_some_and(|found| found.text == "private_key_jwt");
    match (section.flag("public"), signs && section.text("client_secret").is_none()) {
        (true, _) => "none",
        (false, true) => "private_key_jwt",
        (false, false) => "client_secret_basic",
    }
}

fn method(section: &Section<'_>, key: &str, public: bool, implicit_only: bool) -> Option<ClientAuthMethod> {
    let Some(found) = section.text(key) else { return ClientAuthMethod::parse(written(section, key)) };
    if public && found.text != "none" {
        found.error(
            "bad_auth_method",
            "a public client keeps no secret, so its method must be 'none'",
            "write none, or take `public: true` out and give the client a secret",
        );
        return None;
    }
    let method = ClientAuthMethod::parse(found.text);
    if method == Some(ClientAuthMethod::None) && !public && !implicit_only {
        found.error(
            "bad_auth_method",
            "a confidential client must prove who it is, so its method cannot be 'none'",
            "write client_secret_basic or client_secret_post, or make the client public",
        );
        return None;
    }
    method
}

/// The option that names the algorithm of assertions at an endpoint.
fn signing_alg(method: &str) -> String {
    method.replace("_auth_method", "_auth_signing_alg")
}

/// Assertions with a key need the key to check them with (RFC 7523 §3).
fn keys_for_assertions(section: &Section<'_>, keys: &KnownKeys) {
    let signed = ENDPOINTS.into_iter().filter(|_| !keys.named);
    let mut signed =
        signed.filter(|key| section.text(key).is_some_and(|found| found.text == "private_key_jwt"));
    if let Some(endpoint) = signed.next_back() {
        section.error(
            "jwks",
            "missing",
            format!("with {endpoint} 'private_key_jwt' the client needs jwks or jwks_uri"),
            "write the address of its keys as jwks_uri, or the keys themselves under jwks",
        );
    }
}

/// The one algorithm of assertions at an endpoint, which fits the method (RFC 8725 §3.1). The inner none is for methods
/// that sign nothing.
fn assertion_algorithm(
    section: &Section<'_>,
    method: ClientAuthMethod,
    option: &str,
    keys: &KnownKeys,
) -> Option<Option<JwsAlgorithm>> {
    let found = section.text(option);
    match method {
        ClientAuthMethod::ClientSecretJwt => match &found {
            None => Some(Some(MacAlgorithm::Hs256.into())),
            Some(found) if !found.text.starts_with("HS") => {
                found.error(
                    "bad_value",
                    "with the method client_secret_jwt the algorithm must be HS256, HS384 or HS512",
                    "write HS256, or take the option out",
                );
                None
            }
            Some(found) => JwsAlgorithm::parse(found.text).map(Some),
        },
        ClientAuthMethod::PrivateKeyJwt => private_key_jwt(section, option, found, keys).map(Some),
        ClientAuthMethod::ClientSecretBasic | ClientAuthMethod::ClientSecretPost | ClientAuthMethod::None => {
            if let Some(found) = found {
                found.warn(
                    "no_effect",
                    format!(
                        "the option has no effect: {} is {}",
                        option.replace("_signing_alg", "_method"),
                        method.as_str()
                    ),
                    "write private_key_jwt or client_secret_jwt as the method, or take the option out",
                );
            }
            Some(None)
        }
    }
}

fn private_key_jwt(
    section: &Section<'_>,
    option: &str,
    found: Option<Found<'_>>,
    keys: &KnownKeys,
) -> Option<JwsAlgorithm> {
    // An endpoint that has the method of the token endpoint has its algorithm too.
    let inherits = section.text(&option.replace("_signing_alg", "_method")).is_none();
    let Some(found) = found.or_else(|| section.text(TOKEN_ALGORITHM).filter(|_| inherits)) else {
        if !inherits {
            section.error(
                option,
                "missing",
                "the method private_key_jwt needs the algorithm that the app signs with",
                format!("write for example {option}: 'RS256'"),
            );
        }
        return None;
    };
    let told = inherits && section.text(option).is_none();
    if found.text.starts_with("HS") {
        if !told {
            found.error(
                "bad_value",
                "with the method private_key_jwt the algorithm must be one that signs with a private key",
                "write RS256, or what the app signs with",
            );
        }
        return None;
    }
    if keys.lack(found.text) {
        if !told {
            found.error(
                "no_such_key",
                format!("the client's jwks has no key for {}", found.text),
                keys.mend(),
            );
        }
        return None;
    }
    JwsAlgorithm::parse(found.text)
}
