//! Userinfo (OpenID Connect Core 1.0 §5.3).

use serde_json::{Map, Value};

use super::Provider;
use super::context::Context;
use super::issue::{Person, claims};
use super::seal::Letter;
use crate::model::client::Client;
use crate::protocol::claims_request::ClaimsRequest;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::scope::Scope;

/// An answer of the userinfo endpoint.
#[derive(Clone, Debug, PartialEq)]
pub enum UserinfoAnswer {
    /// `application/json`.
    Json(Map<String, Value>),
    /// `application/jwt`: signed, and encrypted where the client's registration says so, with `iss` and `aud`.
    Jwt(String),
}

impl Provider {
    /// The claims about the person of an access token: what its scopes and the request's
    /// `claims` ask for, read anew each time.
    ///
    /// # Errors
    /// `invalid_token`, `insufficient_scope` (RFC 6750 §3.1); when the store does not answer.
    pub async fn userinfo(&self, context: &Context, token: &str) -> Result<UserinfoAnswer, OAuthError> {
        let read = self.read_access_token(context, token).await?.map_err(|reason| {
            OAuthError::new(ErrorCode::InvalidToken, "The access token is unknown, expired or revoked.")
                .with_detail(reason)
        })?;
        if !read.token.scope.contains(Scope::OPENID) {
            return Err(OAuthError::new(
                ErrorCode::InsufficientScope,
                "The access token was not granted the scope openid.",
            ));
        }
        let Some((grant, user)) = read.person else {
            return Err(OAuthError::new(ErrorCode::InsufficientScope, "The access token is not a person's."));
        };
        let definitions = &self.snapshot.settings.oidc.scopes;
        let mut answer = claims::of_scopes(&read.token.scope, &user, &read.client, definitions);
        let person = Person { grant: &grant, user: &user };
        let (scope, asked) = (&read.token.scope, &grant.claims.userinfo);
        claims::add_requested(&mut answer, asked, scope, person, &read.client, definitions);
        answer.entry(claims::REQUESTED_AT).or_insert(grant.requested_at.into());
        answer.insert("sub".to_owned(), grant.subject.into());
        let Some(sealing) = &read.client.sealings.userinfo else { return Ok(UserinfoAnswer::Json(answer)) };
        answer.insert("iss".to_owned(), context.issuer.as_str().into());
        answer.insert("aud".to_owned(), read.client.client_id.as_str().into());
        answer.insert("iat".to_owned(), context.now.into());
        self.seal(&read.client, sealing, Letter::new("JWT", answer)).await.map(UserinfoAnswer::Jwt)
    }

    /// What a scope tells a client about a person: for the consent page.
    pub fn claims_of_scope(&self, client: &Client, username: &str, scope: &str) -> Map<String, Value> {
        let Some(user) = self.users.find(username) else { return Map::new() };
        let scope = [scope].into_iter().collect();
        claims::of_scopes(&scope, &user, client, &self.snapshot.settings.oidc.scopes)
    }

    /// What a single claim tells a client about a person, for each way that it is asked for: for the consent page.
    pub fn claim_of_person(
        &self,
        client: &Client,
        username: &str,
        name: &str,
        asked: &ClaimsRequest,
    ) -> Vec<Value> {
        let Some(user) = self.users.find(username) else { return Vec::new() };
        let mut told = Vec::new();
        for way in asked.ways(name) {
            let value = claims::value_for(name, &user, &client.claims_policy.custom_claims, Some(way));
            told.extend(value.filter(|value| way.accepts(value) && !told.contains(value)));
        }
        told
    }
}
