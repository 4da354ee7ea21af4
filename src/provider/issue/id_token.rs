//! ID tokens (OpenID Connect Core 1.0 §2): minimal, unless the request's `claims` or the client's claims policy ask for
//! more.

use serde_json::{Map, Value};

use super::super::Provider;
use super::super::context::Context;
use super::super::seal::Letter;
use super::{Order, Person, audience_claim};
use crate::model::authentication::{Level, amr};
use crate::model::grant::Grant;
use crate::model::scope_definition::ScopeDefinition;
use crate::protocol::error::OAuthError;
use crate::protocol::grant_type::GrantType;
use crate::secrets::random::random_token;

/// What an ID token is bound to by a hash of it.
#[derive(Clone, Copy, Default)]
pub(super) struct Binding<'a> {
    /// The access token beside it: `at_hash` (OpenID Connect Core 1.0 §3.1.3.6, §3.2.2.9).
    pub access_token: Option<&'a str>,
    /// The code beside it: `c_hash` (OpenID Connect Core 1.0 §3.3.2.11).
    pub code: Option<&'a str>,
    /// Whether nothing else is issued, so that no access token opens userinfo.
    pub alone: bool,
}

impl Provider {
    pub(super) async fn make_id_token(
        &self,
        context: &Context,
        order: &Order<'_>,
        person: Person<'_>,
        binding: Binding<'_>,
    ) -> Result<String, OAuthError> {
        let sealing = &order.client.sealings.id_token;
        let definitions = &self.snapshot.settings.oidc.scopes;
        let mut claims = if binding.alone {
            // Nothing else can tell the client (OpenID Connect Core 1.0 §5.4).
            super::claims::of_scopes(order.scope, person.user, order.client, definitions)
        } else {
            Map::new()
        };
        claims.extend(own_claims(context, order, person, definitions));
        let bound = [("at_hash", binding.access_token), ("c_hash", binding.code)];
        for (name, text) in bound {
            if let Some(text) = text {
                claims.insert(name.to_owned(), sealing.signing.algorithm().half_hash(text.as_bytes()).into());
            }
        }
        self.seal(order.client, sealing, Letter::new("JWT", claims)).await
    }
}

fn own_claims(
    context: &Context,
    order: &Order<'_>,
    person: Person<'_>,
    definitions: &[ScopeDefinition],
) -> Map<String, Value> {
    let client = order.client;
    let mut audience = vec![client.client_id.clone()];
    if client.claims_policy.merge_audience {
        audience.extend(person.grant.audience.iter().filter(|each| **each != client.client_id).cloned());
    }
    let lifespan = client.lifespans.of(order.grant_type).id_token;
    let listed = &client.claims_policy.id_token;
    let mut claims = super::claims::of_policy(listed, order.scope, person, client, definitions);
    let asked = &person.grant.claims.id_token;
    super::claims::add_requested(&mut claims, asked, order.scope, person, client, definitions);
    let standard: [(&str, Value); 10] = [
        ("iss", context.issuer.as_str().into()),
        ("sub", person.grant.subject.as_str().into()),
        ("aud", audience_claim(&audience)),
        ("exp", (context.now + lifespan).into()),
        ("iat", context.now.into()),
        ("auth_time", person.grant.auth_time.into()),
        ("acr", acr(person.grant).into()),
        ("amr", amr(&person.grant.methods).into()),
        ("azp", client.client_id.as_str().into()),
        ("jti", random_token(16).into()),
    ];
    claims.extend(standard.map(|(name, value)| (name.to_owned(), value)));
    // A refreshed ID token should not carry the nonce (OpenID Connect Core 1.0 §12.2).
    if let Some(nonce) = &person.grant.nonce
        && order.grant_type != GrantType::RefreshToken
    {
        claims.insert("nonce".to_owned(), nonce.as_str().into());
    }
    claims
}

/// The level that was reached; where the request says which values `acr` must have, the highest of them that it
/// satisfies (OpenID Connect Core 1.0 §5.5.1.1).
fn acr(grant: &Grant) -> &'static str {
    let wanted = grant.claims.wanted_acr().filter_map(Level::from_acr).filter(|level| *level <= grant.level);
    let highest = wanted.max().filter(|_| grant.claims.must_match_acr());
    highest.unwrap_or(grant.level).acr()
}
