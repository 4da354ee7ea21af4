//! What a client is registered for.

use super::checks::default_mode;
use crate::model::authorization_request::AuthorizationRequest;
use crate::model::client::Client;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::grant_type::GrantType;
use crate::protocol::response_mode::ResponseMode;
use crate::protocol::response_type::ResponseType;
use crate::protocol::scope::Scope;

/// Whether the client is still registered for what a request asked for when it was checked: a stored one may be
/// older than the configuration. The mode of a request that names none needs no registration.
pub(super) fn still_holds(
    client: &Client,
    request: &AuthorizationRequest,
    of_device: bool,
) -> Result<(), OAuthError> {
    if of_device {
        device(client)?;
    } else {
        response_type(client, request.response_type)?;
        if request.response_mode != default_mode(client, request.response_type.has_front_channel_token()) {
            response_mode(client, request.response_mode)?;
        }
    }
    scope(client, &request.scope)?;
    audience(client, &request.audience, &[])
}

/// RFC 8628 §3.1.
pub(super) fn device(client: &Client) -> Result<(), OAuthError> {
    if client.allows(GrantType::DeviceCode) {
        return Ok(());
    }
    Err(OAuthError::new(
        ErrorCode::UnauthorizedClient,
        "The client is not registered for the device authorization grant (option grant_types).",
    ))
}

/// RFC 6749 §3.1.1; with the grants that belong to it (OpenID Connect Dynamic Client Registration 1.0 §2).
pub(super) fn response_type(client: &Client, response_type: ResponseType) -> Result<(), OAuthError> {
    let granted = response_type.needed_grant_types().iter().all(|grant_type| client.allows(*grant_type));
    if client.response_types.contains(&response_type) && granted {
        return Ok(());
    }
    Err(OAuthError::new(
        ErrorCode::UnauthorizedClient,
        "The client is not registered for this response_type (options response_types and grant_types).",
    ))
}

/// OAuth 2.0 Multiple Response Types 1.0 §2.1.
pub(super) fn response_mode(client: &Client, mode: ResponseMode) -> Result<(), OAuthError> {
    if client.answers_in(mode) {
        return Ok(());
    }
    Err(OAuthError::new(
        ErrorCode::UnsupportedResponseMode,
        "The client is not registered for this response_mode (option response_modes).",
    ))
}

/// RFC 6749 §3.3.
pub(super) fn scope(client: &Client, scope: &Scope) -> Result<(), OAuthError> {
    match scope.iter().find(|token| !client.scopes.contains(token)) {
        Some(token) => Err(OAuthError::new(
            ErrorCode::InvalidScope,
            format!("The client is not registered for the scope {token}."),
        )),
        None => Ok(()),
    }
}

/// RFC 8707 §2. A resource may lie below what is registered; `exactly` names what must be listed as it is.
pub(super) fn audience(client: &Client, audience: &[String], exactly: &[String]) -> Result<(), OAuthError> {
    let listed = exactly.iter().all(|each| client.audience.contains(each));
    if listed && audience.iter().all(|each| client.may_reach(each)) {
        return Ok(());
    }
    Err(OAuthError::new(
        ErrorCode::InvalidTarget,
        "The client is not registered for this audience or resource (option audience).",
    ))
}
