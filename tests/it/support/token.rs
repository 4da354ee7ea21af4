//! Tokens as a relying party reads them: with another JOSE library than the server signs with.

use std::collections::BTreeMap;

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Header, Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::Site;

/// A token whose signature was verified against the published keys.
#[derive(Clone, Debug)]
pub struct Verified {
    pub header: Header,
    pub claims: Map<String, Value>,
}

/// Verifies the signature against `/jwks.json`. Times are the test's own affair: its clock is not the machine's.
pub async fn verify(app: &Site, token: &str) -> Verified {
    let keys: JwkSet = serde_json::from_value(app.get("/jwks.json").send().await.expect(200).json()).unwrap();
    let header = decode_header(token).expect("a JWS");
    let key = keys.find(header.kid.as_deref().expect("a kid")).expect("a published key");
    let mut validation = Validation::new(header.alg);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let decoded = decode::<Map<String, Value>>(token, &DecodingKey::from_jwk(key).unwrap(), &validation);
    Verified { header, claims: decoded.expect("a signature of the key").claims }
}

/// Replaces what differs from run to run by its name, so that the rest can be written
/// down; in the order of names.
pub fn settled(claims: &Map<String, Value>, differing: &[&str]) -> Value {
    let settled: BTreeMap<_, _> = claims
        .iter()
        .map(|(name, value)| {
            let value =
                if differing.contains(&name.as_str()) { format!("[{name}]").into() } else { value.clone() };
            (name.clone(), value)
        })
        .collect();
    Value::Object(settled.into_iter().collect())
}
