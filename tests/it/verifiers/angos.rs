//! The verifier of a container registry, with exactly the rules of Angos 1.6.0 (`src/auth/oidc/validator`).
//!
//! It stands on the crates that Angos stands on. Only what time it is comes from the test, and one operator from here:
//! the CEL of Angos takes `in` on a text for a search, the present one of this tree refuses it.

use std::sync::Arc;
use std::thread;

use base64::Engine as _;
use cel::{Context, Program, Value as Cel};
use jsonwebtoken::decode_header;
use serde_json::{Map, Value, json};

use super::published::{KeyCache, Source, Unavailable};

/// The leeway of every time, in seconds.
const LEEWAY: i64 = 60;

/// `global.access_policy.rules` of the registry's page, letter by letter.
pub const RULE: &str = r#"identity.oidc != null && identity.oidc.provider_name == "signet" && identity.oidc.claims["email_verified"] == true &&
            identity.oidc.claims['email'].endsWith('@example.com') && "registry-admins" in identity.oidc.claims["groups"]"#;

/// One registry with one provider, which it calls `signet`.
pub struct Angos {
    pub source: Source,
    pub required_audience: &'static str,
    pub required_claims: Vec<&'static str>,
    pub allowed_algorithms: Vec<String>,
    pub cache: KeyCache,
    policy: Arc<Program>,
}

/// Why a request is not let in: a 401, or a 503 that is the issuer's fault.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    Unauthorized(&'static str),
    Unavailable,
}

impl From<Unavailable> for Refusal {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

impl Angos {
    /// As its page configures it, for a registry at `my-registry`.
    pub fn of(source: Source) -> Self {
        Self {
            source,
            required_audience: "my-registry",
            required_claims: vec!["email"],
            allowed_algorithms: vec!["RS256".to_owned(), "ES256".to_owned()],
            cache: KeyCache::angos(),
            policy: Arc::new(compiled(RULE)),
        }
    }

    /// The status of a request with this `Authorization` header.
    pub async fn status(&mut self, authorization: Option<&str>) -> u16 {
        match self.judge(authorization).await {
            Ok(()) => 200,
            Err(Refusal::Unauthorized(_)) => 401,
            Err(Refusal::Unavailable) => 503,
        }
    }

    /// The same, with the reason.
    pub async fn judge(&mut self, authorization: Option<&str>) -> Result<(), Refusal> {
        let token = presented(authorization).ok_or(Refusal::Unauthorized("no token"))?;
        let claims = self.verified(&token).await?;
        let identity = json!({"oidc": {"provider_name": "signet", "claims": claims}});
        if self.allows(&identity) { Ok(()) } else { Err(Refusal::Unauthorized("no rule allows it")) }
    }

    /// Signature, times, issuer, audience; the claims that must be there.
    async fn verified(&mut self, token: &str) -> Result<Map<String, Value>, Refusal> {
        let refused = Refusal::Unauthorized;
        let header = decode_header(token).map_err(|_| refused("no token that can be read"))?;
        let name = serde_json::to_value(header.alg).unwrap();
        if !self.allowed_algorithms.iter().any(|allowed| json!(allowed) == name) {
            return Err(refused("an algorithm that is not allowed"));
        }
        let kid = header.kid.ok_or(refused("no kid"))?;
        let key = self.cache.key(&mut self.source, &kid).await?.ok_or(refused("an unknown kid"))?;
        let claims = key.claims_of(token, header.alg).ok_or(refused("a wrong signature"))?;
        let now = self.source.site.clock.now();
        let exp = claims.get("exp").and_then(Value::as_i64).ok_or(refused("no exp"))?;
        if exp < now - LEEWAY {
            return Err(refused("it has ended"));
        }
        if claims.get("nbf").and_then(Value::as_i64).is_some_and(|nbf| nbf > now + LEEWAY) {
            return Err(refused("it has not begun"));
        }
        // A token that has neither claim is taken.
        if claims.get("iss").is_some_and(|iss| *iss != json!(self.source.issuer)) {
            return Err(refused("another issuer"));
        }
        if claims.get("aud").is_some_and(|aud| !names(aud, self.required_audience)) {
            return Err(refused("another audience"));
        }
        if !self.required_claims.iter().all(|name| claims.contains_key(*name)) {
            return Err(refused("a required claim is missing"));
        }
        Ok(claims)
    }

    fn allows(&self, identity: &Value) -> bool {
        let mut context = Context::default();
        context.add_function("within", within).unwrap();
        context.add_variable("identity", identity).unwrap();
        // A rule that cannot be evaluated allows nothing.
        matches!(self.policy.execute(&context), Ok(Cel::Bool(true)))
    }
}

/// Bearer, or Basic with the provider's name and the token as password: what `docker login` sends.
fn presented(authorization: Option<&str>) -> Option<String> {
    let (scheme, value) = authorization?.split_once(' ')?;
    match scheme {
        "Bearer" => Some(value.to_owned()),
        "Basic" => {
            let pair = base64::engine::general_purpose::STANDARD.decode(value).ok()?;
            let pair = String::from_utf8(pair).ok()?;
            pair.split_once(':').filter(|(user, _)| *user == "signet").map(|(_, token)| token.to_owned())
        }
        _ => None,
    }
}

/// Whether `aud` is this text or a list that holds it.
pub fn names(aud: &Value, audience: &str) -> bool {
    match aud {
        Value::Array(list) => list.iter().any(|one| one == audience),
        one => one == audience,
    }
}

fn within(part: Cel, whole: Cel) -> bool {
    match (part, whole) {
        (part, Cel::List(list)) => list.contains(&part),
        (Cel::String(part), Cel::String(whole)) => whole.contains(part.as_str()),
        _ => false,
    }
}

/// `"text" in place` as `within("text", place)`.
fn compiled(rule: &str) -> Program {
    let (before, place) = rule.split_once(" in ").expect("the rule asks for a member");
    let at = before.trim_end_matches('"').rfind('"').expect("of a text");
    let (before, text) = before.split_at(at);
    let rule = format!("{before}within({text}, {})", place.trim_end());
    // Its parser goes deep.
    let builder = thread::Builder::new().stack_size(32 << 20);
    let compiling = builder.spawn(move || Program::compile(&rule).expect("the rule is CEL")).unwrap();
    compiling.join().unwrap()
}
