//! What an issuer publishes, as a verifier finds and keeps it.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use jsonwebtoken::{Algorithm, Validation, decode};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::support::Site;

/// One key. As strict as Angos reads it: a set with a key of another family cannot be read at all. Members that
/// nobody asked for are passed over.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kty")]
pub enum Jwk {
    #[serde(rename = "RSA")]
    Rsa { kid: String, n: String, e: String },
    #[serde(rename = "EC")]
    Ec { kid: String, crv: Curve, x: String, y: String },
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub enum Curve {
    #[serde(rename = "P-256")]
    P256,
    #[serde(rename = "P-384")]
    P384,
    /// Its signatures are not decoded; it harms nobody.
    #[serde(rename = "P-521")]
    P521,
}

#[derive(Deserialize)]
struct JwkSet {
    keys: Vec<Jwk>,
}

impl Jwk {
    pub fn kid(&self) -> &str {
        match self {
            Self::Rsa { kid, .. } | Self::Ec { kid, .. } => kid,
        }
    }

    /// The claims under a signature of this key; times are the caller's to judge. What one key says of one token is kept:
    /// many verifiers judge the same tokens.
    pub fn claims_of(&self, token: &str, algorithm: Algorithm) -> Option<Map<String, Value>> {
        type Kept = HashMap<(String, String), Option<Map<String, Value>>>;
        static KEPT: LazyLock<Mutex<Kept>> = LazyLock::new(Mutex::default);
        let of = (format!("{self:?}{algorithm:?}"), token.to_owned());
        if let Some(claims) = KEPT.lock().unwrap().get(&of) {
            return claims.clone();
        }
        let mut validation = Validation::new(algorithm);
        (validation.validate_exp, validation.validate_nbf, validation.validate_aud) = (false, false, false);
        validation.required_spec_claims.clear();
        let claims = self.decoding_key().and_then(|key| decode(token, &key, &validation).ok());
        let claims = claims.map(|decoded| decoded.claims);
        KEPT.lock().unwrap().insert(of, claims.clone());
        claims
    }

    fn decoding_key(&self) -> Option<jsonwebtoken::DecodingKey> {
        match self {
            Self::Rsa { n, e, .. } => jsonwebtoken::DecodingKey::from_rsa_components(n, e).ok(),
            Self::Ec { crv: Curve::P521, .. } => None,
            Self::Ec { x, y, .. } => jsonwebtoken::DecodingKey::from_ec_components(x, y).ok(),
        }
    }
}

/// Discovery or the key set could not be had or read: 503 at Angos.
#[derive(Debug, PartialEq, Eq)]
pub struct Unavailable;

/// An issuer as it is configured at a verifier, and the way to it.
#[derive(Clone)]
pub struct Source {
    pub site: Site,
    pub issuer: String,
    pub down: bool,
    /// A key that the set is given besides.
    pub besides: Option<Value>,
    pub fetches: usize,
}

impl Source {
    pub fn of(site: &Site) -> Self {
        Self { site: site.clone(), issuer: site.origin.clone(), down: false, besides: None, fetches: 0 }
    }

    async fn get(&self, url: &str) -> Result<Value, Unavailable> {
        let path = url.strip_prefix(&self.site.origin).ok_or(Unavailable)?;
        let accept = "application/jwk-set+json, application/json;q=0.9, */*;q=0.8";
        let answer = self.site.get(path).header("accept", accept).send().await;
        if self.down || answer.status != 200 {
            return Err(Unavailable);
        }
        serde_json::from_slice(&answer.body).map_err(|_| Unavailable)
    }

    /// Discovery by plain concatenation, then the key set that it names.
    async fn keys(&mut self) -> Result<Vec<Jwk>, Unavailable> {
        self.fetches += 1;
        let document = self.get(&format!("{}/.well-known/openid-configuration", self.issuer)).await?;
        if document["issuer"] != json!(self.issuer) {
            return Err(Unavailable);
        }
        let mut set = self.get(document["jwks_uri"].as_str().ok_or(Unavailable)?).await?;
        if let (Some(key), Some(keys)) = (&self.besides, set["keys"].as_array_mut()) {
            keys.push(key.clone());
        }
        serde_json::from_value::<JwkSet>(set).map(|set| set.keys).map_err(|_| Unavailable)
    }
}

/// A key set that is kept. An unknown `kid` has it asked anew, once in so many seconds at most.
#[derive(Clone)]
pub struct KeyCache {
    /// How long it is good.
    interval: i64,
    /// The least time between two askings for an unknown `kid`; `None`: such keys are not asked for.
    throttle: Option<i64>,
    kept: Option<(i64, Vec<Jwk>)>,
    forced: Option<i64>,
}

impl KeyCache {
    /// Angos 1.6.0: an hour, and once in 60 seconds for an unknown key.
    pub fn angos() -> Self {
        Self { interval: 3600, throttle: Some(60), kept: None, forced: None }
    }

    /// MCP Toolbox 1.12.0: an hour, and once in 300 seconds for an unknown key.
    pub fn toolbox() -> Self {
        Self { throttle: Some(300), ..Self::angos() }
    }

    /// One that does as `Cache-Control` says and no more.
    pub fn by_the_header() -> Self {
        Self { interval: 900, throttle: None, kept: None, forced: None }
    }

    /// The key of this id; the first of that id.
    pub async fn key(&mut self, source: &mut Source, kid: &str) -> Result<Option<Jwk>, Unavailable> {
        let now = source.site.clock.now();
        if self.kept.as_ref().is_none_or(|(at, _)| now - at >= self.interval) {
            self.kept = Some((now, source.keys().await?));
        }
        if let Some(key) = self.find(kid) {
            return Ok(Some(key));
        }
        let Some(throttle) = self.throttle else { return Ok(None) };
        if self.forced.is_none_or(|at| now - at >= throttle) {
            self.forced = Some(now);
            self.kept = Some((now, source.keys().await?));
        }
        Ok(self.find(kid))
    }

    fn find(&self, kid: &str) -> Option<Jwk> {
        self.kept.iter().flat_map(|(_, keys)| keys).find(|key| key.kid() == kid).cloned()
    }
}
