//! A provider with everything switched on, and a client for each thing that a client can be registered for.

use std::fmt::Write as _;

use serde_json::json;

use crate::support::{App, Documents, configuration};

pub const CALLBACK: &str = "https://rp.example.com/callback";

/// Long enough for HS512 (RFC 7518 §3.2).
pub const SECRET: &str = "a secret that is known to both sides, of more than sixty-four characters";

/// Every JWS algorithm that a client may name (RFC 7518 §3.1, RFC 8037, RFC 8812), with the key of a client that signs so;
/// with an empty name it is a secret, without one there is no such key.
pub const SIGNATURES: [(&str, Option<&str>); 16] = [
    ("HS256", Some("")),
    ("HS384", Some("")),
    ("HS512", Some("")),
    ("RS256", Some("rsa")),
    ("RS384", Some("rsa")),
    ("RS512", Some("rsa")),
    ("PS256", Some("rsa")),
    ("PS384", Some("rsa")),
    ("PS512", Some("rsa")),
    ("ES256", Some("p256")),
    ("ES384", Some("p384")),
    ("ES512", Some("p521")),
    ("ES256K", None),
    ("EdDSA", None),
    ("Ed25519", None),
    ("none", None),
];

/// Every JWE algorithm of RFC 7518 §4.1.
pub const KEY_MANAGEMENT: [&str; 17] = [
    "RSA1_5",
    "RSA-OAEP",
    "RSA-OAEP-256",
    "A128KW",
    "A192KW",
    "A256KW",
    "dir",
    "ECDH-ES",
    "ECDH-ES+A128KW",
    "ECDH-ES+A192KW",
    "ECDH-ES+A256KW",
    "A128GCMKW",
    "A192GCMKW",
    "A256GCMKW",
    "PBES2-HS256+A128KW",
    "PBES2-HS384+A192KW",
    "PBES2-HS512+A256KW",
];

/// Every content encryption of RFC 7518 §5.1, and one of none.
pub const CONTENT: [&str; 7] =
    ["A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM", "XC20P"];

/// What is signed and encrypted for clients, by the beginnings of the names of options and members.
pub const OBJECTS: [&str; 4] = ["id_token", "userinfo", "introspection", "authorization"];

/// The endpoints at which clients authenticate, and whose methods discovery lists.
pub const ENDPOINTS: [&str; 3] = ["token", "introspection", "revocation"];

/// The name of a client of a kind; a plus sign would be a space in the credentials of a header.
pub fn named(kind: &str, value: &str) -> String {
    format!("{kind}.{}", value.replace('+', "~"))
}

/// What a client of this name is registered for, after its `client_id`; of `object`, `sealed`, `content` and `signs` the
/// rest of the name says which algorithm.
pub fn registration(id: &str, documents: &Documents) -> String {
    let person =
        format!("redirect_uris: ['{CALLBACK}'], authorization_policy: one_factor, consent_mode: implicit");
    let secret = format!("client_secret: '$plaintext${SECRET}'");
    let (kind, value) = id.split_once('.').unwrap_or((id, ""));
    let value = value.replace('~', "+");
    let value = value.as_str();
    match kind {
        "object" | "sealed" | "content" => {
            let mut text =
                format!("{secret}, {person}, scopes: [openid, profile], response_modes: [query, query.jwt]");
            let key = if value.starts_with("RSA") { "rsa" } else { "p256" };
            write!(text, ", jwks: [{{key_id: enc, use: enc, key: 'public:{key}'}}]").unwrap();
            for object in OBJECTS {
                let signed = if kind == "object" { value } else { "ES256" };
                write!(text, ", {object}_signed_response_alg: {signed}").unwrap();
                let (alg, enc) = match kind {
                    "sealed" => (value, "A128GCM"),
                    "content" => ("ECDH-ES", value),
                    _ => continue,
                };
                write!(
                    text,
                    ", {object}_encrypted_response_alg: '{alg}', {object}_encrypted_response_enc: {enc}"
                )
                .unwrap();
            }
            text
        }
        "proves" => {
            let mut text =
                format!("{}, grant_types: [client_credentials], scopes: [read]", key(value, &secret));
            let method = if value.starts_with("HS") { "client_secret_jwt" } else { "private_key_jwt" };
            for endpoint in ENDPOINTS {
                write!(text, ", {endpoint}_endpoint_auth_method: {method}").unwrap();
                write!(text, ", {endpoint}_endpoint_auth_signing_alg: {value}").unwrap();
            }
            text
        }
        "asks" => {
            let mut key = key(value, &secret);
            if !key.contains("client_secret") {
                key = format!("client_secret: 'digest:{id}-secret', {key}");
            }
            format!("{key}, {person}, request_object_signing_alg: {value}")
        }
        "method" => {
            let proof = match value {
                "none" => "public: true".to_owned(),
                "private_key_jwt" => key("ES256", ""),
                "client_secret_jwt" => secret,
                _ => format!("client_secret: 'digest:{id}-secret'"),
            };
            let mut text = format!(
                "{proof}, {person}, scopes: [openid], grant_types: [authorization_code, 'urn:ietf:params:oauth:grant-type:device_code']"
            );
            for endpoint in ["token", "introspection", "revocation", "pushed_authorization_request"] {
                write!(text, ", {endpoint}_endpoint_auth_method: {value}").unwrap();
                if value == "private_key_jwt" {
                    write!(text, ", {endpoint}_endpoint_auth_signing_alg: ES256").unwrap();
                }
            }
            text
        }
        "sector" => format!(
            "client_secret: 'digest:{id}-secret', {person}, sector_identifier_uri: '{}'",
            documents.url_at(value, "/sector.json")
        ),
        other => panic!("no registration for {other}"),
    }
}

fn key(alg: &str, secret: &str) -> String {
    match SIGNATURES.iter().find(|(known, _)| *known == alg).and_then(|(_, key)| *key) {
        Some("") => secret.to_owned(),
        Some(name) => format!("jwks: [{{key_id: mine, key: 'client-key:{name}', algorithm: {alg}}}]"),
        None => "jwks: [{key_id: mine, key: 'client-key:p256'}]".to_owned(),
    }
}

/// Clients by hand: for what several members tell of.
const CLIENTS: &str = "
      - client_id: web
        client_secret: digest:web-secret
        redirect_uris: ['https://rp.example.com/callback']
        authorization_policy: one_factor
        consent_mode: implicit
        scopes: [openid, profile, email, groups, phone, address, offline_access, read, write]
        grant_types: [authorization_code, refresh_token, implicit]
        response_types: [code, token, id_token, id_token token, code token, code id_token, code id_token token]
        response_modes: [query, fragment, form_post, jwt, query.jwt, fragment.jwt, form_post.jwt]
        request_uris: ['REQUEST']
      - client_id: web-2fa
        client_secret: digest:web-2fa-secret
        redirect_uris: ['https://rp.example.com/2fa']
        authorization_policy: two_factor
      - client_id: implicit
        client_secret: digest:implicit-secret
        redirect_uris: ['https://rp.example.com/callback']
        authorization_policy: one_factor
        consent_mode: implicit
        grant_types: [implicit]
        response_types: [id_token]
      - client_id: machine
        client_secret: digest:machine-secret
        grant_types: [client_credentials]
        scopes: [read]
      - client_id: tv
        public: true
        authorization_policy: one_factor
        scopes: [openid]
        grant_types: ['urn:ietf:params:oauth:grant-type:device_code']
";

/// Everything is switched on, and `more` of `identity_providers.oidc`, with the clients of these names.
pub fn configured(ids: &[String], documents: &Documents, more: &str) -> String {
    let mut text = format!(
        "identity_providers:\n  oidc:\n    enable_pkce_plain_challenge: true\n    discovery_signed_response_alg: ES256\n    \
         outbound: {{allowed_networks: ['127.0.0.0/8', '::1']}}\n{more}    jwks:\n"
    );
    for (alg, name) in &SIGNATURES[3..12] {
        writeln!(text, "      - {{key: 'key:{}', algorithm: {alg}}}", name.unwrap()).unwrap();
    }
    let clients = CLIENTS.trim_start_matches('\n').replace("REQUEST", &documents.url("/request"));
    write!(text, "    clients:\n{clients}").unwrap();
    for id in ids {
        writeln!(text, "      - {{client_id: '{id}', {}}}", registration(id, documents)).unwrap();
    }
    text
}

/// Every client by name that can be registered.
pub fn everyone() -> Vec<String> {
    let signs = SIGNATURES.iter().filter(|(_, key)| key.is_some()).map(|(alg, _)| *alg);
    let mut ids: Vec<String> = Vec::new();
    ids.extend(signs.clone().map(|alg| named("object", alg)));
    ids.extend(signs.clone().map(|alg| named("proves", alg)));
    ids.extend(signs.map(|alg| named("asks", alg)));
    ids.push(named("asks", "none"));
    let sealing = KEY_MANAGEMENT.iter().filter(|alg| **alg != "RSA1_5" && !alg.starts_with("PBES2"));
    ids.extend(sealing.map(|alg| named("sealed", alg)));
    ids.extend(CONTENT[..6].iter().map(|enc| named("content", enc)));
    for method in
        ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"]
    {
        ids.push(named("method", method));
    }
    ids.extend(["sector.localhost", "sector.127.0.0.1"].map(str::to_owned));
    ids
}

/// The provider and the server of what its clients name.
pub async fn start(more: &str) -> (App, Documents) {
    let documents = Documents::plain().await;
    documents.put("/sector.json", &json!([CALLBACK]));
    let app = App::with(&configured(&everyone(), &documents, more)).await;
    (app, documents)
}

/// Whether a configuration with one more client of this name is taken.
pub fn is_taken(id: &str, documents: &Documents) -> bool {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("users.yml"), "users: {}\n").unwrap();
    let text = configuration::text(&configured(&[id.to_owned()], documents, ""), folder.path(), None);
    signet::config::load_text("test.yml", &text).settings.is_some()
}
