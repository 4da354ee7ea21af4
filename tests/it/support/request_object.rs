//! Request objects as a client makes them (RFC 9101), signed with another library than the provider's.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Map, Value, json};

use super::app::START;
use super::site::ISSUER;
use super::{Ask, configuration};

/// What a client signs with.
#[derive(Clone, Copy, Debug)]
pub enum Key<'a> {
    /// The private key of this name in configurations (`key:NAME`), whose public one the client is registered with.
    Private(&'a str),
    /// The secret itself.
    Secret(&'a str),
}

/// A request object in the making; a right one unless a test changes it.
#[derive(Clone, Debug)]
pub struct RequestObject {
    pub header: Map<String, Value>,
    pub claims: Map<String, Value>,
}

impl RequestObject {
    /// What a request asks for, from its client to the issuer, for a minute from when tests begin.
    pub fn of(ask: &Ask) -> Self {
        let mut claims: Map<String, Value> =
            ask.pairs().into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        let client_id = claims.get("client_id").cloned().unwrap_or_default();
        let more = json!({"iss": client_id, "aud": ISSUER, "iat": START, "nbf": START, "exp": START + 60});
        claims.extend(more.as_object().unwrap().clone());
        let header = json!({"typ": "oauth-authz-req+jwt"});
        Self { header: header.as_object().unwrap().clone(), claims }
    }

    /// Changes a member, or adds it.
    pub fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Changes a member of the header, or adds it.
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.insert(name.to_owned(), value.into());
        self
    }

    /// Signed.
    pub fn signed(&self, algorithm: Algorithm, key: Key<'_>) -> String {
        let key = match key {
            Key::Secret(secret) => EncodingKey::from_secret(secret.as_bytes()),
            Key::Private(name) => {
                let pem = configuration::key(name);
                let rsa = EncodingKey::from_rsa_pem(pem.as_bytes());
                rsa.or_else(|_| EncodingKey::from_ec_pem(pem.as_bytes())).unwrap()
            }
        };
        let mut header = Header::new(algorithm);
        header.typ = self.header.get("typ").and_then(Value::as_str).map(str::to_owned);
        header.kid = self.header.get("kid").and_then(Value::as_str).map(str::to_owned);
        encode(&header, &self.claims, &key).unwrap()
    }

    /// Not signed: `alg` is `none` unless a test sets another.
    pub fn unsigned(&self) -> String {
        let mut header = self.header.clone();
        header.entry("alg").or_insert("none".into());
        let part = |members: &Map<String, Value>| URL_SAFE_NO_PAD.encode(json!(members).to_string());
        format!("{}.{}.", part(&header), part(&self.claims))
    }
}

/// What a browser brings: the client and the object.
pub fn by_value(client_id: &str, object: &str) -> Ask {
    let ask = Ask::of(client_id);
    let names: Vec<String> = ask.pairs().into_iter().map(|(name, _)| name.to_owned()).collect();
    let bare = names.iter().fold(ask, |ask, name| ask.without(name));
    bare.add("client_id", client_id).add("request", object)
}
