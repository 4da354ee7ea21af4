//! Access tokens: opaque handles, or JWTs where the client asks for them (RFC 9068).

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::super::Provider;
use super::super::context::Context;
use super::super::seal::Letter;
use super::{Order, audience_claim};
use crate::model::authentication::amr;
use crate::model::scope_definition::ScopeDefinition;
use crate::model::sealing::Signing;
use crate::model::token::AccessToken;
use crate::protocol::error::OAuthError;
use crate::secrets::handle::HandleKind;
use crate::secrets::mac::sha256_base64url;

/// An access token and its row.
pub struct MadeAccessToken {
    /// What the client gets.
    pub text: SecretString,
    /// What is stored.
    pub row: AccessToken,
}

impl Provider {
    pub(super) async fn make_access_token(
        &self,
        context: &Context,
        order: &Order<'_>,
    ) -> Result<MadeAccessToken, OAuthError> {
        let handle = self.handles.mint(HandleKind::AccessToken, context.now);
        let lifespan = order.client.lifespans.of(order.grant_type).access_token;
        let mut row = AccessToken {
            id: handle.id,
            hash: None,
            issuer: context.issuer.clone(),
            grant: order.person.map(|person| person.grant.id.clone()),
            client_id: order.client.client_id.clone(),
            scope: order.scope.clone(),
            audience: order.audience.to_vec(),
            issued_at: context.now,
            expires_at: context.now + lifespan,
            revoked_at: None,
        };
        let Some(sealing) = &order.client.sealings.access_token else {
            row.hash = Some(handle.hash);
            return Ok(MadeAccessToken { text: handle.text, row });
        };
        let id = sealing.encryption.is_some().then(|| row.id.clone());
        let claims = claims(order, &row, &self.snapshot.settings.oidc.scopes);
        let letter = Letter { typ: "at+jwt", claims, id };
        let text = self.seal(order.client, sealing, letter).await?;
        // The signature of a key of the provider proves a token. What the client could have made itself, or the provider
        // cannot open, is known again by its hash.
        if sealing.encryption.is_some() || matches!(sealing.signing, Signing::Secret(_)) {
            row.hash = Some(sha256_base64url(text.as_bytes()));
        }
        Ok(MadeAccessToken { text: text.into(), row })
    }
}

/// The claims of RFC 9068 §2.2, `scp` as Authelia's users know it, and what the client's claims policy adds.
fn claims(order: &Order<'_>, row: &AccessToken, definitions: &[ScopeDefinition]) -> Map<String, Value> {
    let subject = order.person.map_or(order.client.machine.subject.as_str(), |person| &person.grant.subject);
    let issuer = [row.issuer.as_str().to_owned()];
    let audience = if row.audience.is_empty() { issuer.as_slice() } else { row.audience.as_slice() };
    let mut claims = Map::new();
    if let Some(person) = order.person {
        claims.insert("auth_time".to_owned(), person.grant.auth_time.into());
        claims.insert("acr".to_owned(), person.grant.level.acr().into());
        claims.insert("amr".to_owned(), amr(&person.grant.methods).into());
        let listed = &order.client.claims_policy.access_token;
        claims.extend(super::claims::of_policy(listed, &row.scope, person, order.client, definitions));
    }
    if order.person.is_none() {
        claims.extend(order.client.machine.claims.clone());
    }
    if !row.scope.is_empty() {
        let scopes: Vec<&str> = row.scope.iter().collect();
        claims.insert("scope".to_owned(), row.scope.to_string().into());
        claims.insert("scp".to_owned(), scopes.into());
    }
    let standard: [(&str, Value); 7] = [
        ("iss", row.issuer.as_str().into()),
        ("sub", subject.into()),
        ("aud", audience_claim(audience)),
        ("exp", row.expires_at.into()),
        ("iat", row.issued_at.into()),
        ("jti", row.id.as_str().into()),
        ("client_id", row.client_id.as_str().into()),
    ];
    claims.extend(standard.map(|(name, value)| (name.to_owned(), value)));
    claims
}
