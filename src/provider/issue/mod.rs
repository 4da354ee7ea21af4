//! The only place where tokens are made. Everything here happens in memory; a grant commits the result.

mod access_token;
pub mod claims;
mod id_token;
mod refresh_token;

pub(super) use access_token::MadeAccessToken;
pub(super) use refresh_token::MadeRefreshToken;

use secrecy::ExposeSecret;

use super::Provider;
use super::context::Context;
use crate::jose::key::SigningKey;
use crate::model::client::Client;
use crate::model::grant::Grant;
use crate::model::user::User;
use crate::protocol::error::OAuthError;
use crate::protocol::grant_type::GrantType;
use crate::protocol::scope::Scope;
use crate::protocol::token_response::{TokenResponse, TokenType};

/// What tokens are made for.
pub(super) struct Order<'a> {
    pub client: &'a Client,
    pub grant_type: GrantType,
    /// The scopes of the access token.
    pub scope: &'a Scope,
    /// The audience of the access token.
    pub audience: &'a [String],
    /// The person's grant; `None` when a client acts for itself.
    pub person: Option<Person<'a>>,
}

/// The person tokens are made for.
#[derive(Clone, Copy)]
pub(super) struct Person<'a> {
    pub grant: &'a Grant,
    pub user: &'a User,
}

/// Tokens in memory: nothing is valid until the rows are committed.
pub(super) struct Issued {
    pub access_token: MadeAccessToken,
    pub refresh_token: Option<MadeRefreshToken>,
    id_token: Option<String>,
    scope: Scope,
    expires_in: i64,
}

impl Issued {
    /// The answer of the token endpoint.
    pub fn response(&self) -> TokenResponse {
        TokenResponse {
            access_token: self.access_token.text.expose_secret().to_owned(),
            token_type: TokenType::Bearer,
            expires_in: self.expires_in,
            refresh_token: self.refresh_token.as_ref().map(|made| made.text.expose_secret().to_owned()),
            id_token: self.id_token.clone(),
            scope: (!self.scope.is_empty()).then(|| self.scope.clone()),
        }
    }
}

impl Provider {
    /// Makes every token an order calls for.
    pub(super) fn issue(&self, context: &Context, order: &Order<'_>) -> Result<Issued, OAuthError> {
        let lifespans = order.client.lifespans.of(order.grant_type);
        let access_token = self.make_access_token(context, order)?;
        let id_token = match order.person {
            Some(person) if order.scope.contains(Scope::OPENID) => {
                Some(self.make_id_token(context, order, person, access_token.text.expose_secret())?)
            }
            _ => None,
        };
        let refresh_token = order
            .person
            .filter(|person| {
                person.grant.scope.contains_offline_access() && order.client.allows(GrantType::RefreshToken)
            })
            .map(|person| self.make_refresh_token(context, order, person.grant));
        Ok(Issued {
            access_token,
            refresh_token,
            id_token,
            scope: order.scope.clone(),
            expires_in: lifespans.access_token,
        })
    }

    /// The signing key of a `kid` the configuration resolved.
    fn signing_key(&self, kid: &str) -> Result<&SigningKey, OAuthError> {
        self.snapshot.settings.oidc.keys.by_kid(kid).ok_or_else(|| {
            OAuthError::server_error("The signing key of this client is gone.").with_detail(kid)
        })
    }
}

/// `aud`: a string when single, an array when several (RFC 7519 §4.1.3).
fn audience_claim(audience: &[String]) -> serde_json::Value {
    match audience {
        [only] => only.as_str().into(),
        several => several.into(),
    }
}
