//! The only place where tokens are made. Everything here happens in memory; a grant commits the result.

mod access_token;
pub mod claims;
mod id_token;
mod refresh_token;

pub(super) use access_token::MadeAccessToken;
use id_token::Binding;
pub(super) use refresh_token::MadeRefreshToken;

use secrecy::ExposeSecret;

use super::Provider;
use super::context::Context;
use crate::model::client::Client;
use crate::model::grant::Grant;
use crate::model::user::User;
use crate::protocol::error::OAuthError;
use crate::protocol::grant_type::GrantType;
use crate::protocol::response_type::ResponseType;
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

/// The tokens that travel in an authorization response, in memory: nothing is valid until the rows are committed.
pub(super) struct FrontChannel {
    pub access_token: Option<MadeAccessToken>,
    pub id_token: Option<String>,
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
    pub(super) async fn issue(&self, context: &Context, order: &Order<'_>) -> Result<Issued, OAuthError> {
        let lifespans = order.client.lifespans.of(order.grant_type);
        let access_token = self.make_access_token(context, order).await?;
        let id_token = match order.person {
            Some(person) if order.scope.contains(Scope::OPENID) => {
                let binding =
                    Binding { access_token: Some(access_token.text.expose_secret()), ..Binding::default() };
                Some(self.make_id_token(context, order, person, binding).await?)
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

    /// Makes the tokens that a response type puts into the authorization response, bound to the code beside them.
    /// There is never a refresh token among them (RFC 6749 §4.2.2).
    pub(super) async fn issue_front_channel(
        &self,
        context: &Context,
        client: &Client,
        person: Person<'_>,
        response_type: ResponseType,
        code: Option<&str>,
    ) -> Result<FrontChannel, OAuthError> {
        let order = Order {
            client,
            grant_type: GrantType::Implicit,
            scope: &person.grant.scope,
            audience: &person.grant.audience,
            person: Some(person),
        };
        let access_token = if response_type.has_token() {
            Some(self.make_access_token(context, &order).await?)
        } else {
            None
        };
        let id_token = if response_type.has_id_token() {
            let binding = Binding {
                access_token: access_token.as_ref().map(|made| made.text.expose_secret()),
                code,
                alone: response_type == ResponseType::IdToken,
            };
            Some(self.make_id_token(context, &order, person, binding).await?)
        } else {
            None
        };
        Ok(FrontChannel { access_token, id_token })
    }
}

/// `aud`: a string when single, an array when several (RFC 7519 §4.1.3).
fn audience_claim(audience: &[String]) -> serde_json::Value {
    match audience {
        [only] => only.as_str().into(),
        several => several.into(),
    }
}
