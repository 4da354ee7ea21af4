//! ID tokens (OpenID Connect Core 1.0 §2): minimal, unless the client's claims policy asks for more.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::super::Provider;
use super::super::context::Context;
use super::{Order, Person, audience_claim};
use crate::jose::algorithm::SignatureAlgorithm;
use crate::model::authentication::amr;
use crate::protocol::error::OAuthError;
use crate::protocol::grant_type::GrantType;
use crate::secrets::random::random_token;

impl Provider {
    pub(super) fn make_id_token(
        &self,
        context: &Context,
        order: &Order<'_>,
        person: Person<'_>,
        access_token: &str,
    ) -> Result<String, OAuthError> {
        let key = self.signing_key(&order.client.id_token_key)?;
        let claims = claims(context, order, person, &half_hash(key.algorithm(), access_token));
        key.sign("JWT", &claims).map_err(|problem| {
            OAuthError::server_error("The ID token could not be signed.").with_detail(problem.to_string())
        })
    }
}

fn claims(context: &Context, order: &Order<'_>, person: Person<'_>, at_hash: &str) -> Map<String, Value> {
    let client = order.client;
    let mut audience = vec![client.client_id.clone()];
    if client.claims_policy.merge_audience {
        audience.extend(order.audience.iter().filter(|each| **each != client.client_id).cloned());
    }
    let lifespan = client.lifespans.of(order.grant_type).id_token;
    let mut claims = Map::new();
    for name in &client.claims_policy.id_token {
        if let Some(value) = super::claims::value(name, person.user, &client.claims_policy.custom_claims) {
            claims.insert(name.clone(), value);
        }
    }
    let standard: [(&str, Value); 11] = [
        ("iss", context.issuer.as_str().into()),
        ("sub", person.grant.subject.as_str().into()),
        ("aud", audience_claim(&audience)),
        ("exp", (context.now + lifespan).into()),
        ("iat", context.now.into()),
        ("auth_time", person.grant.auth_time.into()),
        ("acr", person.grant.level.acr().into()),
        ("amr", amr(&person.grant.methods).into()),
        ("azp", client.client_id.as_str().into()),
        ("jti", random_token(16).into()),
        ("at_hash", at_hash.into()),
    ];
    claims.extend(standard.map(|(name, value)| (name.to_owned(), value)));
    // A refreshed ID token should not carry the nonce (OpenID Connect Core 1.0 §12.2).
    if let Some(nonce) = &person.grant.nonce
        && order.grant_type == GrantType::AuthorizationCode
    {
        claims.insert("nonce".to_owned(), nonce.as_str().into());
    }
    claims
}

/// The left half of the hash of a token (OpenID Connect Core 1.0 §3.1.3.6).
fn half_hash(algorithm: SignatureAlgorithm, token: &str) -> String {
    let hash = algorithm.hash(token.as_bytes());
    URL_SAFE_NO_PAD.encode(hash.get(..hash.len() / 2).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_hash_is_the_left_half() {
        // The example of OpenID Connect Core 1.0 Appendix A.3.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(half_hash(SignatureAlgorithm::RS256, token), "77QmUPtjPfzWtF2AnpK9RQ");
    }
}
