//! Key sets that a client serves, and that prove nobody: each would let in whoever signed, were it taken.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::bn::BigNumRef;
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use serde_json::{Value, json};

use super::hostile::soon;
use crate::support::assertion::{Assertion, Key, fields, key};
use crate::support::{Answer, App, Documents, Site};

const KEYS: &str = "/keys.json";

/// A client for each algorithm, all of whose keys lie there.
async fn start(documents: &Documents) -> App {
    let mut text = "identity_providers:\n  oidc:\n    outbound: {allowed_networks: ['127.0.0.0/8', '::1']}\n    clients:\n"
        .to_owned();
    for alg in ["ES256", "RS256"] {
        text += &format!(
            "      - client_id: {alg}\n        jwks_uri: '{}'\n        token_endpoint_auth_method: private_key_jwt\n        \
             token_endpoint_auth_signing_alg: {alg}\n        grant_types: [client_credentials]\n",
            documents.url(KEYS)
        );
    }
    App::with(&text).await
}

/// What a client sends that signs by an algorithm with a key, and says that it is the key `one`.
pub async fn send(site: &Site, client_id: &str, alg: &str, key: &Key) -> Answer {
    let assertion = Assertion::new(client_id, site.clock.now()).claim("aud", site.origin.as_str().into());
    let assertion = assertion.header("kid", "one".into()).sign(alg, key);
    let form = [&[("grant_type", "client_credentials")], &fields(&assertion)[..]].concat();
    soon(client_id, site.post("/api/oidc/token").form(&form).send()).await
}

/// An RSA key of this size as JWK.
fn rsa(bits: u32) -> (Value, Arc<Key>) {
    let rsa = Rsa::generate(bits).unwrap();
    let number = |number: &BigNumRef| URL_SAFE_NO_PAD.encode(number.to_vec());
    let jwk = json!({"kty": "RSA", "kid": "one", "n": number(rsa.n()), "e": number(rsa.e())});
    let pem = PKey::from_rsa(rsa).unwrap().private_key_to_pem_pkcs8().unwrap();
    (jwk, Arc::new(Key::private_from(std::str::from_utf8(&pem).unwrap())))
}

/// The right key with a member in place of its own.
fn with(jwk: &Value, name: &str, value: impl Into<Value>) -> String {
    let mut jwk = jwk.clone();
    jwk[name] = value.into();
    json!({ "keys": [jwk] }).to_string()
}

/// What is wrong with a set, the algorithm and the key that its owner signs with, and the document.
pub type Hostile = (&'static str, &'static str, Arc<Key>, String);

/// Keys that are right, by the algorithm that they sign with, and sets that prove nobody.
pub struct Sets {
    pub right: [(&'static str, Arc<Key>, Value); 2],
    pub hostile: Vec<Hostile>,
}

pub fn sets() -> Sets {
    let elliptic = key("p256");
    let mut point = elliptic.jwk();
    point["kid"] = "one".into();
    let ((modulus, large), (small, weak)) = (rsa(2048), rsa(1024));
    let text = json!({ "keys": [point] }).to_string();
    let x = point["x"].as_str().unwrap().to_owned();
    let bytes = |length: usize| URL_SAFE_NO_PAD.encode(vec![0xff; length]);
    let lists = |keys: Vec<Value>| json!({ "keys": keys }).to_string();
    let deep =
        |depth: usize| text.replacen('{', &format!("{{\"a\":{}{},", "[".repeat(depth), "]".repeat(depth)), 1);
    let mut other = point.clone();
    other["kid"] = "other".into();
    let mut many = vec![other; 64];
    many.push(point.clone());
    let hostile: Vec<(&str, &str, &Arc<Key>, String)> = vec![
        ("a key of 1024 bits", "RS256", &weak, lists(vec![small])),
        ("a modulus of 64 KiB", "RS256", &large, with(&modulus, "n", bytes(40_000))),
        ("the exponent 1", "RS256", &large, with(&modulus, "e", "AQ")),
        ("an even exponent", "RS256", &large, with(&modulus, "e", "Ag")),
        ("a huge exponent", "RS256", &large, with(&modulus, "e", bytes(256))),
        ("another algorithm", "RS256", &large, with(&modulus, "alg", "PS256")),
        ("a key to encrypt to", "RS256", &large, with(&modulus, "use", "enc")),
        ("a private key", "RS256", &large, with(&modulus, "d", "AQAB")),
        ("another curve", "ES256", &elliptic, with(&point, "crv", "P-384")),
        ("a curve that nobody has", "ES256", &elliptic, with(&point, "crv", "secp256k1")),
        ("a point that is on no curve", "ES256", &elliptic, with(&point, "y", bytes(32))),
        ("a coordinate with padding", "ES256", &elliptic, with(&point, "x", format!("{x}="))),
        ("a coordinate that is too long", "ES256", &elliptic, with(&point, "x", bytes(33))),
        ("a list as coordinate", "ES256", &elliptic, with(&point, "x", json!([x]))),
        ("another kind", "ES256", &elliptic, with(&point, "kty", "OKP")),
        ("a kid that is a list", "ES256", &elliptic, with(&point, "kid", json!(["one"]))),
        ("a use that nobody has", "ES256", &elliptic, with(&point, "use", "both")),
        ("other operations", "ES256", &elliptic, with(&point, "key_ops", json!(["encrypt"]))),
        ("a secret", "ES256", &elliptic, with(&point, "k", "AQAB")),
        ("a member twice", "ES256", &elliptic, text.replacen("{\"keys\"", "{\"keys\":[],\"keys\"", 1)),
        ("deep", "ES256", &elliptic, deep(100)),
        ("deeper", "ES256", &elliptic, deep(9000)),
        ("a key instead of a set", "ES256", &elliptic, point.to_string()),
        ("a list instead of a set", "ES256", &elliptic, json!([point]).to_string()),
        ("sixty-five keys", "ES256", &elliptic, lists(many)),
        ("the key twice", "ES256", &elliptic, lists(vec![point.clone(); 2])),
        ("more than 64 KiB", "ES256", &elliptic, format!("{text}{}", " ".repeat(70_000))),
    ];
    let hostile =
        hostile.into_iter().map(|(what, alg, key, set)| (what, alg, Arc::clone(key), set)).collect();
    Sets { right: [("ES256", elliptic.clone(), point), ("RS256", large.clone(), modulus)], hostile }
}

#[tokio::test]
async fn a_hostile_key_set_proves_nobody_soon() {
    let documents = Documents::plain().await;
    let app = start(&documents).await;
    let sets = sets();
    for (what, alg, key, set) in &sets.hostile {
        // The set of before is forgotten: a day and more.
        app.clock.advance(100_000);
        documents.put_text(KEYS, set);
        let answer = send(&app, alg, alg, key).await;
        assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_client"), "{what}");
    }
    for (alg, key, jwk) in &sets.right {
        app.clock.advance(100_000);
        documents.put(KEYS, &json!({ "keys": [jwk] }));
        send(&app, alg, alg, key).await.expect(200);
    }
}
