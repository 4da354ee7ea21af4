//! Pushed authorization requests (RFC 9126).

use std::sync::Arc;

use serde::Serialize;

use super::super::Provider;
use super::super::client_auth::Endpoint;
use super::super::context::Context;
use super::checks::Source;
use super::target::{PageProblem, Target};
use crate::clock::Seconds;
use crate::model::authorization_request::AuthorizationRequest;
use crate::model::client::Client;
use crate::protocol::error::OAuthError;
use crate::protocol::parameters::Parameters;
use crate::secrets::handle::HandleKind;
use crate::storage::PushedRequest;
use secrecy::ExposeSecret;

/// What a pushed request's name begins with (RFC 9126 §2.2).
const URN: &str = "urn:ietf:params:oauth:request_uri:";

/// How long a pushed request waits for its browser, in seconds.
const PUSHED_REQUEST_LIFESPAN: Seconds = 300;

/// The answer of the endpoint (RFC 9126 §2.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PushedAnswer {
    /// What the client sends as `request_uri`.
    pub request_uri: String,
    /// How long it may be used, in seconds.
    pub expires_in: Seconds,
}

/// The name of a pushed request, when the parameters hold one.
pub(super) fn request_uri(parameters: &Parameters) -> Option<&str> {
    parameters.get("request_uri").and_then(|uri| uri.strip_prefix(URN))
}

impl Provider {
    /// Takes a request from an authenticated client and names it (RFC 9126 §2).
    ///
    /// # Errors
    /// What the authorization endpoint would say of the request, as JSON; `invalid_client`.
    pub async fn push(
        &self,
        context: &Context,
        authorization: Option<&str>,
        parameters: &Parameters,
    ) -> Result<PushedAnswer, OAuthError> {
        if let Some(name) = parameters.repeated() {
            return Err(OAuthError::invalid_request(format!("The parameter {name} stands twice.")));
        }
        let client = self
            .authenticate_client(context, Endpoint::PushedAuthorizationRequest, authorization, parameters)
            .await?;
        if parameters.get("request_uri").is_some() {
            return Err(OAuthError::invalid_request(
                "request_uri must not be pushed (RFC 9126 section 2.1).",
            ));
        }
        // A request object that is pushed brings every parameter but those that authenticate (RFC 9126 §3).
        let parameters = self
            .effective_parameters(context, &client, parameters, Source::Pushed)
            .await
            .map_err(|refused| refused.error)?;
        let target = Target::prove(client, &parameters).map_err(|_| {
            OAuthError::invalid_request("redirect_uri is missing or not registered for this client.")
        })?;
        let request = self.check(context, &target, &parameters, Source::Pushed).await?;
        let handle = self.handles.mint(HandleKind::PushedRequest, context.now);
        let row = PushedRequest {
            id: handle.id,
            hash: handle.hash,
            issuer: context.issuer.clone(),
            client_id: request.client_id.clone(),
            request,
            expires_at: context.now + PUSHED_REQUEST_LIFESPAN,
            browser: None,
            spent_at: None,
        };
        self.storage.insert_pushed_request(&row).await?;
        Ok(PushedAnswer {
            request_uri: format!("{URN}{}", handle.text.expose_secret()),
            expires_in: PUSHED_REQUEST_LIFESPAN,
        })
    }

    /// Opens a pushed request for a browser; only this browser may open it again.
    pub(super) async fn open_pushed(
        &self,
        context: &Context,
        client: &Arc<Client>,
        request_uri: &str,
        browser: Option<&str>,
    ) -> Result<(String, AuthorizationRequest), PageProblem> {
        let handle =
            self.handles.parse(HandleKind::PushedRequest, request_uri).ok_or(PageProblem::PushedRequest)?;
        let opened = self
            .storage
            .open_pushed_request(
                &handle.id,
                &handle.hash,
                &context.issuer,
                &client.client_id,
                browser,
                context.now,
            )
            .await
            .map_err(|error| PageProblem::Unavailable {
                client: client.clone(),
                detail: error.to_string(),
            })?;
        opened.map(|request| (handle.id, request)).ok_or(PageProblem::PushedRequest)
    }
}
