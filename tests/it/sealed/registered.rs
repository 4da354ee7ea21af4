//! Clients that are registered for every algorithm.

use std::fmt::Write as _;

use crate::support::configuration;

pub const SIGNATURES: [&str; 12] = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "HS256", "HS384",
    "HS512",
];
pub const ALGS: [&str; 13] = [
    "RSA-OAEP",
    "RSA-OAEP-256",
    "ECDH-ES",
    "ECDH-ES+A128KW",
    "ECDH-ES+A192KW",
    "ECDH-ES+A256KW",
    "A128KW",
    "A192KW",
    "A256KW",
    "A128GCMKW",
    "A192GCMKW",
    "A256GCMKW",
    "dir",
];
pub const ENCS: [&str; 6] =
    ["A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM"];
/// Long enough for HS512 (RFC 7518 §3.2).
pub const SECRET: &str = "a secret that is known to both sides, of more than sixty-four characters";

/// How one client is registered.
#[derive(Clone, Debug)]
pub struct Case {
    pub id: String,
    pub signed: &'static str,
    pub encrypted: Option<(&'static str, &'static str)>,
    /// The key of the client that encrypts.
    pub key: Option<&'static str>,
}

/// The key of a client that an algorithm encrypts to.
fn key(alg: &str, position: usize) -> Option<&'static str> {
    match alg {
        alg if alg.starts_with("RSA") => Some("other-rsa"),
        alg if alg.starts_with("ECDH") => Some(["p256", "p384", "p521"][position % 3]),
        _ => None,
    }
}

/// Every signature once, every way to encrypt and every content encryption once, and 12 pairs.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |signed: &'static str, encrypted: Option<(&'static str, &'static str)>| {
        let position = cases.len();
        let key = encrypted.and_then(|(alg, _)| key(alg, position));
        cases.push(Case { id: format!("client-{position}"), signed, encrypted, key });
    };
    SIGNATURES.into_iter().for_each(|signed| add(signed, None));
    ALGS.into_iter().for_each(|alg| add("ES256", Some((alg, "A128CBC-HS256"))));
    ENCS.into_iter().for_each(|enc| add("ES256", Some(("ECDH-ES", enc))));
    for (position, signed) in SIGNATURES.into_iter().enumerate() {
        add(signed, Some((ALGS[(position * 5 + 1) % 13], ENCS[(position * 5 + 2) % 6])));
    }
    cases
}

/// `jwks` with a key for each algorithm of key pairs, and the clients.
pub fn fragment(cases: &[Case]) -> String {
    let mut text = "identity_providers:\n  oidc:\n    jwks:\n".to_owned();
    for alg in SIGNATURES.iter().filter(|alg| !alg.starts_with("HS")) {
        let key = match *alg {
            "ES256" => "p256",
            "ES384" => "p384",
            "ES512" => "p521",
            _ => "rsa",
        };
        writeln!(text, "      - {{key: 'key:{key}', algorithm: {alg}}}").unwrap();
    }
    text += "    clients:\n";
    for case in cases {
        text += &client(case);
    }
    text
}

fn client(case: &Case) -> String {
    let mut text = format!(
        "      - client_id: {}\n        client_secret: '$plaintext${SECRET}'\n        \
         redirect_uris: [https://rp.example.com/callback]\n        authorization_policy: one_factor\n        \
         consent_mode: implicit\n        scopes: [openid, profile]\n        response_modes: [query, jwt, query.jwt, form_post.jwt, fragment.jwt]\n",
        case.id
    );
    if let Some(name) = case.key {
        writeln!(text, "        jwks:\n          - {{key_id: enc, use: enc, key: 'public:{name}'}}").unwrap();
    }
    for answer in ["id_token", "access_token", "userinfo", "introspection", "authorization"] {
        writeln!(text, "        {answer}_signed_response_alg: {}", case.signed).unwrap();
        if let Some((alg, enc)) = case.encrypted {
            writeln!(text, "        {answer}_encrypted_response_alg: {alg}").unwrap();
            writeln!(text, "        {answer}_encrypted_response_enc: {enc}").unwrap();
        }
    }
    text
}

/// The private key that belongs to a client's key.
pub fn private(name: &str) -> String {
    configuration::key(name)
}
