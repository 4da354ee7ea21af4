//! Where an answer may go: proven before anything else is read.

use std::sync::Arc;

use super::super::Provider;
use super::checks::default_mode;
use crate::model::authorization_request::AuthorizationRequest;
use crate::model::client::Client;
use crate::protocol::error::OAuthError;
use crate::protocol::parameters::Parameters;
use crate::protocol::response_mode::ResponseMode;
use crate::protocol::response_type::ResponseType;
use crate::protocol::scope::Scope;

/// A proven client and redirect URI, and how an answer travels there.
#[derive(Clone, Debug)]
pub struct Target {
    /// The client.
    pub client: Arc<Client>,
    /// The redirect URI, as it was sent.
    pub redirect_uri: String,
    /// Whether the request named it.
    pub redirect_uri_sent: bool,
    /// How answers travel: the asked mode, or the safe one.
    pub response_mode: ResponseMode,
    /// Handed back unread.
    pub state: Option<String>,
}

/// Why a request can be answered only by a page.
#[derive(Clone, Debug)]
pub enum PageProblem {
    /// A parameter stands twice (RFC 6749 §3.1).
    Repeated(String),
    /// `client_id` is missing.
    ClientMissing,
    /// No such client.
    ClientUnknown {
        /// What was sent.
        client_id: String,
    },
    /// `redirect_uri` is missing.
    RedirectUriMissing {
        /// The client.
        client: Arc<Client>,
    },
    /// `redirect_uri` is not registered for the client.
    RedirectUriUnknown {
        /// The client.
        client: Arc<Client>,
        /// What was sent.
        redirect_uri: String,
    },
    /// `request` came beside `request_uri` (RFC 9101 §5).
    RequestTwice,
    /// The `request_uri` is unknown, used, expired, another client's or another browser's (RFC 9126 §4).
    PushedRequest,
    /// The request object is not taken, and names no redirect URI that is proven.
    RequestObject {
        /// The client.
        client: Arc<Client>,
        /// Why.
        error: OAuthError,
    },
    /// The store did not answer, or too much waits before it: it may come again as it is.
    Unavailable {
        /// The client.
        client: Arc<Client>,
        /// Why, for who runs Signet.
        detail: String,
    },
}

impl Provider {
    /// The client that a request names.
    pub(super) fn named_client(&self, parameters: &Parameters) -> Result<Arc<Client>, PageProblem> {
        if let Some(name) = parameters.repeated() {
            return Err(PageProblem::Repeated(name.to_owned()));
        }
        let client_id = parameters.get("client_id").ok_or(PageProblem::ClientMissing)?;
        self.snapshot
            .client(client_id)
            .cloned()
            .ok_or_else(|| PageProblem::ClientUnknown { client_id: client_id.to_owned() })
    }
}

impl Target {
    /// Proves the redirect URI: an exact match with a registered one (RFC 9700 §2.1). A request for `openid`
    /// must name it (OpenID Connect Core 1.0 §3.1.2.1); another may leave it out when one is registered.
    pub(super) fn prove(client: Arc<Client>, parameters: &Parameters) -> Result<Self, PageProblem> {
        let sent = parameters.get("redirect_uri");
        let openid =
            parameters.get("scope").is_some_and(|scope| scope.split(' ').any(|token| token == Scope::OPENID));
        let redirect_uri = match (sent, client.redirect_uris.as_slice()) {
            (Some(sent), registered) => {
                if !registered.iter().any(|uri| uri.matches(sent, client.public)) {
                    return Err(PageProblem::RedirectUriUnknown {
                        client: client.clone(),
                        redirect_uri: sent.to_owned(),
                    });
                }
                sent.to_owned()
            }
            (None, [only]) if !openid => only.as_str().to_owned(),
            (None, _) => {
                return Err(PageProblem::RedirectUriMissing { client: client.clone() });
            }
        };
        let response_type = parameters.get("response_type");
        let token = response_type.is_some_and(ResponseType::asks_for_token);
        let response_mode = parameters
            .get("response_mode")
            .and_then(ResponseMode::parse)
            .map(|mode| mode.resolved(token))
            .filter(|mode| client.answers_in(*mode))
            .filter(|mode| !token || client.may_carry_token(*mode))
            .unwrap_or_else(|| default_mode(&client, token));
        Ok(Self {
            redirect_uri,
            redirect_uri_sent: sent.is_some(),
            response_mode,
            state: parameters.get("state").map(str::to_owned),
            client,
        })
    }

    /// The target of a request that was checked before; its redirect URI must still be registered.
    pub(super) fn of_request(
        client: Arc<Client>,
        request: &AuthorizationRequest,
    ) -> Result<Self, PageProblem> {
        if !client.redirect_uris.iter().any(|uri| uri.matches(&request.redirect_uri, client.public)) {
            return Err(PageProblem::RedirectUriUnknown {
                client: client.clone(),
                redirect_uri: request.redirect_uri.clone(),
            });
        }
        let registered = client.answers_in(request.response_mode);
        let token = request.response_type.has_front_channel_token();
        Ok(Self {
            redirect_uri: request.redirect_uri.clone(),
            redirect_uri_sent: request.redirect_uri_sent,
            response_mode: if registered { request.response_mode } else { default_mode(&client, token) },
            state: request.state.clone(),
            client,
        })
    }
}
