//! The verifier of a tool server, with the rules of MCP Toolbox 1.12.0 in its MCP mode (`internal/auth/generic`).
//! The server itself is run by `make interop`; this one has a clock that a test moves.

use jsonwebtoken::decode_header;
use serde_json::{Value, json};

use super::angos::names;
use super::published::{KeyCache, Source};

/// One tool server.
pub struct Toolbox {
    pub source: Source,
    pub audience: &'static str,
    pub scopes_required: Vec<&'static str>,
    pub cache: KeyCache,
}

impl Toolbox {
    pub fn of(source: Source) -> Self {
        Self {
            source,
            audience: "https://mcp.example.com/",
            scopes_required: vec!["read", "write"],
            cache: KeyCache::toolbox(),
        }
    }

    /// The status of a request with this token.
    pub async fn status(&mut self, token: &str) -> u16 {
        let Some(claims) = self.verified(token).await else { return 401 };
        // A list, or `scp`, is no scope here.
        let scope = claims.get("scope").and_then(Value::as_str).unwrap_or_default();
        let has = |required: &&str| scope.split(' ').any(|one| one == *required);
        if self.scopes_required.iter().all(has) { 200 } else { 403 }
    }

    async fn verified(&mut self, token: &str) -> Option<serde_json::Map<String, Value>> {
        let header = decode_header(token).ok()?;
        let key = self.cache.key(&mut self.source, &header.kid?).await.ok()??;
        let claims = key.claims_of(token, header.alg)?;
        let now = self.source.site.clock.now();
        // No leeway.
        let begun = |name| claims.get(name).and_then(Value::as_i64).is_none_or(|time| time <= now);
        let good = claims.get("exp").and_then(Value::as_i64).is_some_and(|exp| now < exp)
            && begun("nbf")
            && begun("iat")
            && claims.get("iss") == Some(&json!(self.source.issuer))
            && claims.get("aud").is_some_and(|aud| names(aud, self.audience));
        good.then_some(claims)
    }
}
