//! Client authentication: exactly one mechanism, the registered one (RFC 6749 §2.3).
//!
//! A client with `allow_multiple_auth_methods` may send others beside it; the registered one alone decides.

pub mod assertion;
pub mod memory;
mod none;
mod secret;

use std::sync::Arc;

use assertion::Assertion;
use secrecy::SecretString;

use super::Provider;
use super::context::Context;
use crate::model::client::{Client, EndpointAuth};
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
    /// Device authorization endpoint (RFC 8628 §3.1): as at the token endpoint.
    DeviceAuthorization,
}

/// What a request carries to prove its client.
enum Presented<'p> {
    Basic { client_id: String, secret: SecretString },
    Post { client_id: String, secret: SecretString },
    Assertion(Assertion<'p>),
    None { client_id: String },
}

impl Presented<'_> {
    fn client_id(&self) -> &str {
        match self {
            Self::Basic { client_id, .. } | Self::Post { client_id, .. } | Self::None { client_id } => {
                client_id
            }
            Self::Assertion(assertion) => &assertion.client_id,
        }
    }

    const fn method(&self) -> ClientAuthMethod {
        match self {
            Self::Basic { .. } => ClientAuthMethod::ClientSecretBasic,
            Self::Post { .. } => ClientAuthMethod::ClientSecretPost,
            Self::Assertion(assertion) => assertion.method(),
            Self::None { .. } => ClientAuthMethod::None,
        }
    }
}

/// The same words whatever was wrong: nothing here helps a guesser.
const REFUSED: &str =
    "Client authentication failed. Check client_id, the secret or assertion, and the registered method.";

fn refused(reason: impl Into<String>) -> OAuthError {
    OAuthError::invalid_client(REFUSED).with_detail(reason)
}

impl Provider {
    /// Authenticates the client of a request by its `Authorization` header or its body.
    ///
    /// # Errors
    /// `invalid_client`, in the same words and at the same cost whatever was wrong; `temporarily_unavailable`
    /// when too many secrets wait to be checked, or an assertion cannot be remembered.
    pub async fn authenticate_client(
        &self,
        context: &Context,
        endpoint: Endpoint,
        authorization: Option<&str>,
        parameters: &Parameters,
    ) -> Result<Arc<Client>, OAuthError> {
        let presented =
            presented(authorization, parameters).and_then(|presented| self.deciding(endpoint, presented));
        let outcome = match presented {
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

    /// The mechanism that decides: the only one, or the registered one among several where the client may send several.
    fn deciding<'p>(
        &self,
        endpoint: Endpoint,
        mut presented: Vec<Presented<'p>>,
    ) -> Result<Presented<'p>, OAuthError> {
        let last = presented.pop().ok_or_else(|| refused("the request names no client"))?;
        if presented.is_empty() {
            return Ok(last);
        }
        presented.push(last);
        let client = presented.first().and_then(|first| self.snapshot.client(first.client_id()));
        let client = client.filter(|client| client.allow_multiple_auth_methods);
        let registered = client.map(|client| registered(client, endpoint).method);
        presented
            .into_iter()
            .find(|each| Some(each.method()) == registered)
            .ok_or_else(|| refused("two authentication methods in one request"))
    }

    async fn prove_client(
        &self,
        context: &Context,
        endpoint: Endpoint,
        presented: &Presented<'_>,
    ) -> Result<Arc<Client>, OAuthError> {
        let client = self.snapshot.client(presented.client_id());
        let registered = client.map(|client| registered(client, endpoint));
        // A wrong method is told apart from a wrong secret only after the same hash was computed.
        let proven = match presented {
            Presented::Basic { client_id, secret } | Presented::Post { client_id, secret } => {
                let is_right = self.check_secret(context, client_id, secret, client).await?;
                if is_right { Ok(()) } else { Err("the secret is wrong".to_owned()) }
            }
            Presented::Assertion(assertion) => {
                self.check_assertion(context, assertion, client, registered).await?
            }
            Presented::None { .. } if none::check(client) => Ok(()),
            Presented::None { .. } => Err("the client has a secret and did not use it".to_owned()),
        };
        match (client, registered) {
            (None, _) | (_, None) => Err(refused("the client is unknown")),
            (Some(_), Some(EndpointAuth { method, .. })) if method != presented.method() => {
                Err(refused(format!(
                    "the client is registered for {} but used {}",
                    method.as_str(),
                    presented.method().as_str()
                )))
            }
            (Some(client), _) => proven.map(|()| client.clone()).map_err(refused),
        }
    }
}

/// What a client is registered for at an endpoint.
fn registered(client: &Client, endpoint: Endpoint) -> EndpointAuth {
    match endpoint {
        Endpoint::Token | Endpoint::DeviceAuthorization => client.auth_methods.token,
        Endpoint::Introspection => client.auth_methods.introspection,
        Endpoint::Revocation => client.auth_methods.revocation,
        Endpoint::PushedAuthorizationRequest => client.auth_methods.pushed_authorization_request,
    }
}

/// Finds the mechanisms that a request uses, all for one client: at least one, and more only to be judged further.
fn presented<'p>(
    authorization: Option<&str>,
    parameters: &'p Parameters,
) -> Result<Vec<Presented<'p>>, OAuthError> {
    let body_id = parameters.get("client_id");
    let mut presented = Vec::new();
    match authorization.map(Credentials::parse) {
        Some(Ok(Credentials::Basic { user, secret })) => {
            if body_id.is_some_and(|id| id != user) {
                return Err(refused("client_id in the body is not the one in the Authorization header"));
            }
            presented.push(Presented::Basic { client_id: user, secret });
        }
        Some(_) => return Err(refused("the Authorization header holds no readable Basic credentials")),
        None => {}
    }
    presented.extend(Assertion::read(parameters)?.map(Presented::Assertion));
    let named = presented.first().map(|first| first.client_id().to_owned());
    let named = named.or_else(|| body_id.map(str::to_owned));
    let Some(named) = named else { return Err(refused("the request names no client")) };
    if presented.iter().any(|each| each.client_id() != named) {
        return Err(refused("the header and the assertion name two clients"));
    }
    if let Some(secret) = parameters.get("client_secret") {
        presented.push(Presented::Post { client_id: named, secret: SecretString::from(secret.to_owned()) });
    } else if presented.is_empty() {
        presented.push(Presented::None { client_id: named });
    }
    Ok(presented)
}
