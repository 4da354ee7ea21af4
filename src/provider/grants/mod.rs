//! The token endpoint (RFC 6749 §3.2). A grant reads and proves; one storage call commits.

mod authorization_code;
mod client_credentials;
mod device_code;
mod redemption;
mod refresh_token;

use super::Provider;
use super::client_auth::Endpoint;
use super::context::Context;
use super::issue::{Issued, Order};
use super::read::Fallen;
use crate::model::client::Client;
use crate::model::event::{Actor, Event, EventKind};
use crate::model::grant::Grant;
use crate::observe;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::grant_type::GrantType;
use crate::protocol::parameters::Parameters;
use crate::protocol::token_response::TokenResponse;

impl Provider {
    /// Answers a token request.
    ///
    /// # Errors
    /// RFC 6749 §5.2, RFC 8707 §2.
    pub async fn token(
        &self,
        context: &Context,
        authorization: Option<&str>,
        parameters: &Parameters,
    ) -> Result<TokenResponse, OAuthError> {
        if let Some(name) = parameters.repeated() {
            return Err(OAuthError::invalid_request(format!("The parameter {name} stands twice.")));
        }
        let client = self.authenticate_client(context, Endpoint::Token, authorization, parameters).await?;
        let grant_type = grant_type(&client, parameters)?;
        let issued = match grant_type {
            GrantType::AuthorizationCode => self.redeem_code(context, &client, parameters).await?,
            GrantType::RefreshToken => self.refresh(context, &client, parameters).await?,
            GrantType::ClientCredentials => self.client_credentials(context, &client, parameters).await?,
            GrantType::DeviceCode => self.redeem_device_code(context, &client, parameters).await?,
            GrantType::Implicit => return Err(unsupported()),
        };
        Ok(issued.response())
    }

    /// Revokes a grant that no longer stands; gives what the client is told.
    async fn end_fallen(
        &self,
        context: &Context,
        grant: &Grant,
        fallen: Fallen,
    ) -> Result<OAuthError, OAuthError> {
        let mut event = grant_event(context, EventKind::TokenRevoked, grant);
        event.actor = Actor::Signet;
        event.detail = Some(fallen.to_string());
        if self.storage.revoke_grant(&grant.id, std::slice::from_ref(&event), context.now).await? {
            observe::event(&event);
        }
        Ok(invalid_grant(fallen.to_string()))
    }
}

fn grant_type(client: &Client, parameters: &Parameters) -> Result<GrantType, OAuthError> {
    let raw = parameters
        .get("grant_type")
        .ok_or_else(|| OAuthError::invalid_request("The parameter grant_type is missing."))?;
    // An implicit answer comes from the authorization endpoint alone (RFC 6749 §4.2).
    let grant_type = GrantType::parse(raw)
        .filter(|grant_type| *grant_type != GrantType::Implicit)
        .ok_or_else(unsupported)?;
    if client.allows(grant_type) {
        Ok(grant_type)
    } else {
        Err(OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "The client is not registered for this grant_type (option grant_types).",
        ))
    }
}

/// RFC 6749 §5.2.
fn unsupported() -> OAuthError {
    OAuthError::new(
        ErrorCode::UnsupportedGrantType,
        "The token endpoint of this provider does not support this grant_type.",
    )
}

/// The event of tokens that were made.
fn issued_event(context: &Context, kind: EventKind, order: &Order<'_>, issued: &Issued) -> Event {
    let mut event = context.event(kind);
    event.client_id = Some(order.client.client_id.clone());
    event.username = order.person.map(|person| person.grant.username.clone());
    event.grant = issued.access_token.row.grant.clone();
    event.detail = Some(format!("{} for scope {}", order.grant_type.as_str(), order.scope));
    event
}

/// The event of something that touched a grant.
fn grant_event(context: &Context, kind: EventKind, grant: &Grant) -> Event {
    let mut event = context.event(kind);
    event.client_id = Some(grant.client_id.clone());
    event.username = Some(grant.username.clone());
    event.grant = Some(grant.id.clone());
    event
}

/// The same words for every code or refresh token that gives nothing.
fn invalid_grant(reason: impl Into<String>) -> OAuthError {
    OAuthError::invalid_grant("The code or refresh token is unknown, used, expired, or not this client's.")
        .with_detail(reason)
}
