//! The authorization response, as data: success or error, and how it travels.

use super::target::Target;
use crate::clock::Seconds;
use crate::model::authorization_request::AuthorizationRequest;
use crate::model::client::Client;
use crate::model::issuer::Issuer;
use crate::protocol::error::OAuthError;
use crate::protocol::response_mode::ResponseMode;
use crate::protocol::scope::Scope;
use crate::protocol::token_response::TokenType;

/// An answer on its way to the relying party (RFC 6749 §4.1.2, §4.2.2; OpenID Connect Core 1.0 §3.3.2.5). Outside of
/// this room it is secured as its response mode says.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorizationResponse {
    /// Where it goes.
    pub redirect_uri: String,
    /// How it travels.
    pub response_mode: ResponseMode,
    /// Its parameters, `iss` among them always (RFC 9207).
    pub parameters: Vec<(&'static str, String)>,
    /// The client, for the page of a form_post answer.
    pub client_name: String,
    /// Whose it is.
    pub client_id: String,
    /// What is refused, when it is an error; its detail is for the log.
    pub error: Option<OAuthError>,
}

impl std::fmt::Debug for AuthorizationResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthorizationResponse")
            .field("redirect_uri", &self.redirect_uri)
            .field("response_mode", &self.response_mode)
            .field("error", &self.error.as_ref().map(|error| error.code))
            .finish_non_exhaustive()
    }
}

impl AuthorizationResponse {
    /// An error answer (RFC 6749 §4.1.2.1); its detail goes along only where the configuration says so.
    pub(super) fn error(target: &Target, issuer: &Issuer, error: &OAuthError, debug_messages: bool) -> Self {
        let description = match &error.detail {
            Some(detail) if debug_messages => {
                OAuthError::new(error.code, format!("{} {detail}", error.description)).description
            }
            _ => error.description.clone(),
        };
        let mut parameters =
            vec![("error", error.code.as_str().to_owned()), ("error_description", description)];
        if let Some(state) = &target.state {
            parameters.push(("state", state.clone()));
        }
        parameters.push(("iss", issuer.as_str().to_owned()));
        Self {
            redirect_uri: target.redirect_uri.clone(),
            response_mode: target.response_mode,
            parameters,
            client_name: target.client.client_name.clone(),
            client_id: target.client.client_id.clone(),
            error: Some(error.clone()),
        }
    }

    /// The answer to a request that was allowed.
    pub(super) fn granted(
        client: &Client,
        issuer: &Issuer,
        request: &AuthorizationRequest,
        granted: Granted,
    ) -> Self {
        let mut parameters = granted.parameters();
        if let Some(state) = &request.state {
            parameters.push(("state", state.clone()));
        }
        parameters.push(("iss", issuer.as_str().to_owned()));
        Self {
            redirect_uri: request.redirect_uri.clone(),
            response_mode: request.response_mode,
            parameters,
            client_name: client.client_name.clone(),
            client_id: client.client_id.clone(),
            error: None,
        }
    }
}

/// What an allowed request is answered with: as many of them as its response type names.
#[derive(Default)]
pub(super) struct Granted {
    pub code: Option<String>,
    pub access_token: Option<FrontChannelToken>,
    pub id_token: Option<String>,
}

/// An access token in an answer (RFC 6749 §4.2.2).
pub(super) struct FrontChannelToken {
    pub text: String,
    /// Its life in seconds.
    pub expires_in: Seconds,
    pub scope: Scope,
}

impl Granted {
    fn parameters(self) -> Vec<(&'static str, String)> {
        let mut parameters = Vec::with_capacity(8);
        parameters.extend(self.code.map(|code| ("code", code)));
        if let Some(token) = self.access_token {
            parameters.push(("access_token", token.text));
            parameters.push(("token_type", TokenType::Bearer.as_str().to_owned()));
            parameters.push(("expires_in", token.expires_in.to_string()));
            if !token.scope.is_empty() {
                parameters.push(("scope", token.scope.to_string()));
            }
        }
        parameters.extend(self.id_token.map(|id_token| ("id_token", id_token)));
        parameters
    }
}
