//! Client authentication: exactly one mechanism, the registered one (RFC 6749 §2.3).

pub mod memory;
mod none;
mod secret;

use std::sync::Arc;

use secrecy::SecretString;

use super::Provider;
use super::context::Context;
use crate::model::client::Client;
use crate::model::event::EventKind;
use crate::observe;
use crate::protocol::bearer::Credentials;
use crate::protocol::client_auth_method::ClientAuthMethod;
use crate::protocol::error::OAuthError;
use crate::protocol::parameters::Parameters;

/// The endpoints that ask a client who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Token endpoint.
    Token,
    /// Introspection endpoint.
    Introspection,
    /// Revocation endpoint.
    Revocation,
    /// Pushed authorization request endpoint.
    PushedAuthorizationRequest,
}

/// What a request carries to prove its client.
enum Presented {
    Basic { client_id: String, secret: SecretString },
    Post { client_id: String, secret: SecretString },
    None { client_id: String },
}

impl Presented {
    fn client_id(&self) -> &str {
        match self {
            Self::Basic { client_id, .. } | Self::Post { client_id, .. } | Self::None { client_id } => {
                client_id
            }
        }
    }

    fn method(&self) -> ClientAuthMethod {
        match self {
            Self::Basic { .. } => ClientAuthMethod::ClientSecretBasic,
            Self::Post { .. } => ClientAuthMethod::ClientSecretPost,
            Self::None { .. } => ClientAuthMethod::None,
        }
    }
}

/// The same words whatever was wrong: nothing here helps a guesser.
const REFUSED: &str = "Client authentication failed. Check client_id, the secret and the registered method.";

fn refused(reason: impl Into<String>) -> OAuthError {
    OAuthError::invalid_client(REFUSED).with_detail(reason)
}

impl Provider {
    /// Authenticates the client of a request by its `Authorization` header or its body.
    ///
    /// # Errors
    /// `invalid_client`, in the same words and at the same cost whatever was wrong; `temporarily_unavailable`
    /// when too many secrets wait to be checked.
    pub async fn authenticate_client(
        &self,
        context: &Context,
        endpoint: Endpoint,
        authorization: Option<&str>,
        parameters: &Parameters,
    ) -> Result<Arc<Client>, OAuthError> {
        let outcome = match presented(authorization, parameters) {
            Ok(presented) => self
                .prove_client(context, endpoint, &presented)
                .await
                .map_err(|error| (error, Some(presented))),
            Err(error) => Err((error, None)),
        };
        outcome.map_err(|(error, presented)| {
            let mut event = context.event(EventKind::ClientAuthenticationFailed);
            event.client_id = presented
                .and_then(|presented| self.snapshot.client(presented.client_id()).cloned())
                .map(|client| client.client_id.clone());
            event.detail.clone_from(&error.detail);
            observe::event(&event);
            error
        })
    }

    async fn prove_client(
        &self,
        context: &Context,
        endpoint: Endpoint,
        presented: &Presented,
    ) -> Result<Arc<Client>, OAuthError> {
        let client = self.snapshot.client(presented.client_id());
        let method = client.map(|client| match endpoint {
            Endpoint::Token => client.auth_methods.token,
            Endpoint::Introspection => client.auth_methods.introspection,
            Endpoint::Revocation => client.auth_methods.revocation,
            Endpoint::PushedAuthorizationRequest => client.auth_methods.pushed_authorization_request,
        });
        // A wrong method is told apart from a wrong secret only after the same hash was computed.
        let proven = match presented {
            Presented::Basic { client_id, secret } | Presented::Post { client_id, secret } => {
                self.check_secret(context, client_id, secret, client).await?
            }
            Presented::None { .. } => none::check(client),
        };
        match (client, method) {
            (None, _) | (_, None) => Err(refused("the client is unknown")),
            (Some(_), Some(method)) if method != presented.method() => Err(refused(format!(
                "the client is registered for {} but used {}",
                method.as_str(),
                presented.method().as_str()
            ))),
            (Some(_), _) if !proven => Err(refused("the secret is wrong")),
            (Some(client), _) => Ok(client.clone()),
        }
    }
}

/// Finds the one mechanism a request uses.
fn presented(authorization: Option<&str>, parameters: &Parameters) -> Result<Presented, OAuthError> {
    if parameters.get("client_assertion").is_some() || parameters.get("client_assertion_type").is_some() {
        return Err(refused("client assertions are not supported"));
    }
    let body_id = parameters.get("client_id");
    let body_secret = parameters.get("client_secret");
    match authorization.map(Credentials::parse) {
        Some(Ok(Credentials::Basic { user, secret })) => {
            if body_secret.is_some() {
                return Err(refused("two authentication methods in one request"));
            }
            if body_id.is_some_and(|id| id != user) {
                return Err(refused("client_id in the body is not the one in the Authorization header"));
            }
            Ok(Presented::Basic { client_id: user, secret })
        }
        Some(_) => Err(refused("the Authorization header holds no readable Basic credentials")),
        None => match (body_id, body_secret) {
            (Some(id), Some(secret)) => Ok(Presented::Post {
                client_id: id.to_owned(),
                secret: SecretString::from(secret.to_owned()),
            }),
            (Some(id), None) => Ok(Presented::None { client_id: id.to_owned() }),
            (None, _) => Err(refused("the request names no client")),
        },
    }
}
