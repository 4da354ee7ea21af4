//! What a relying party asks of the logout endpoint (OpenID Connect RP-Initiated Logout 1.0), and the end of a sign-in.

use std::sync::Arc;

use super::Provider;
use super::context::Context;
use crate::clock::{NumericDate, Seconds};
use crate::model::authentication::Authentication;
use crate::model::client::Client;
use crate::model::event::EventKind;
use crate::model::interaction::INTERACTION_LIFESPAN;
use crate::observe;
use crate::protocol::authorization_response::append_query;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::parameters::Parameters;

/// For how long a request that was handed on can be opened, in seconds: as long as a page of ours waits for its person.
const SEALED_LIFESPAN: Seconds = INTERACTION_LIFESPAN;

/// A request to sign out that was looked at. It changes nothing.
#[derive(Clone, Debug, Default)]
pub struct EndSessionRequest {
    /// The client that an ID token of this issuer names, or `client_id` without proof.
    pub client: Option<Arc<Client>>,
    /// The subject of that ID token.
    hinted_subject: Option<String>,
    /// Where the browser goes afterwards: proven to be the client's.
    pub onward: Option<Onward>,
    /// Why the browser does not go where the request wants it to.
    pub stays: Option<OAuthError>,
}

/// Where the browser goes when the person is signed out (RP-Initiated Logout 1.0 §3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Onward {
    /// Whose address it is.
    pub client_id: String,
    /// `post_logout_redirect_uri`, as the client registered it.
    pub uri: String,
    /// `state`, echoed as it came.
    pub state: Option<String>,
}

impl Onward {
    /// The whole address.
    #[must_use]
    pub fn location(&self) -> String {
        let state: Vec<(&str, &str)> = self.state.iter().map(|state| ("state", state.as_str())).collect();
        append_query(&self.uri, &state)
    }
}

/// The client and the person of an `id_token_hint`.
struct Hint {
    client: Arc<Client>,
    subject: String,
}

impl Provider {
    /// Judges a request of the logout endpoint. Only an ID token of this issuer proves who asks; without one nobody is
    /// led away (RP-Initiated Logout 1.0 §3), since anyone can write a link.
    ///
    /// # Errors
    /// `invalid_request` when a parameter stands twice (RFC 6749 §3.1); when the hint cannot be opened now.
    pub async fn end_session_request(
        &self,
        context: &Context,
        parameters: &Parameters,
    ) -> Result<EndSessionRequest, OAuthError> {
        if let Some(name) = parameters.repeated() {
            return Err(OAuthError::invalid_request(format!("The parameter {name} stands twice.")));
        }
        let named = parameters.get("client_id").and_then(|id| self.snapshot.client(id)).cloned();
        let hint = match parameters.get("id_token_hint") {
            None => Ok(None),
            Some(hint) => self.hint(context, hint).await.map(Some),
        };
        let hint = match hint {
            Ok(hint) => hint,
            Err(error) if error.code != ErrorCode::InvalidRequest => return Err(error),
            Err(error) => {
                return Ok(EndSessionRequest { client: named, stays: Some(error), ..Default::default() });
            }
        };
        let onward = onward(hint.as_ref(), parameters);
        let (client, hinted_subject) = match hint {
            Some(hint) => (Some(hint.client), Some(hint.subject)),
            None => (named, None),
        };
        Ok(match onward {
            Ok(onward) => EndSessionRequest { client, hinted_subject, onward, stays: None },
            Err(error) => EndSessionRequest { client, hinted_subject, onward: None, stays: Some(error) },
        })
    }

    /// A request as a text that tells nobody what is in it: the browser brings it back, here and soon.
    ///
    /// # Errors
    /// `server_error`.
    pub fn seal_end_session(&self, context: &Context, parameters: &Parameters) -> Result<String, OAuthError> {
        let unsealed = |problem: String| {
            OAuthError::server_error("The request could not be handed on.").with_detail(problem)
        };
        let pairs: Vec<(&str, &str)> = parameters.pairs().collect();
        let text = serde_json::to_vec(&(context.now + SEALED_LIFESPAN, pairs))
            .map_err(|error| unsealed(error.to_string()))?;
        self.travellers.seal(&place(context), &text).map_err(|problem| unsealed(problem.to_string()))
    }

    /// Opens what [`Provider::seal_end_session`] made at this issuer.
    ///
    /// # Errors
    /// `invalid_request` when it is something else, and when it took too long.
    pub fn unseal_end_session(&self, context: &Context, sealed: &str) -> Result<Parameters, OAuthError> {
        let unknown = || {
            OAuthError::invalid_request(
                "This request to sign out cannot be read; begin again at the application.",
            )
        };
        let text = self.travellers.open(&place(context), sealed).map_err(|_| unknown())?;
        let (ends_at, pairs): (NumericDate, Vec<(String, String)>) =
            serde_json::from_slice(&text).map_err(|_| unknown())?;
        if context.now >= ends_at {
            return Err(OAuthError::invalid_request(
                "This request to sign out is too old; begin again at the application.",
            ));
        }
        Ok(Parameters::from_pairs(pairs))
    }

    /// An ID token of this issuer, for a client that is registered.
    async fn hint(&self, context: &Context, hint: &str) -> Result<Hint, OAuthError> {
        let hint = self.id_token_hint(context, hint).await?;
        match hint.client_id.and_then(|id| self.snapshot.client(&id)) {
            Some(client) => Ok(Hint { client: Arc::clone(client), subject: hint.subject }),
            None => Err(OAuthError::invalid_request(
                "id_token_hint is for a client that is not registered any more.",
            )),
        }
    }

    /// Whether the relying party signs out the very person who is signed in: then nobody is asked again
    /// (RP-Initiated Logout 1.0 §2).
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn is_hinted(
        &self,
        request: &EndSessionRequest,
        authentication: &Authentication,
    ) -> Result<bool, OAuthError> {
        match (&request.client, &request.hinted_subject) {
            (Some(client), Some(hinted)) => {
                let known = self.known_subject(client, &authentication.username).await?;
                Ok(known.as_ref() == Some(hinted))
            }
            _ => Ok(false),
        }
    }

    /// Whether a client is still registered with the address that a page is about to lead to.
    #[must_use]
    pub fn still_leads(&self, onward: &Onward) -> bool {
        self.snapshot.client(&onward.client_id).is_some_and(|client| is_registered(client, &onward.uri))
    }

    /// Ends what was granted in a sign-in, except what has `offline_access`; at the wish of a client, if one is named.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn end_session(
        &self,
        context: &Context,
        authentication: &Authentication,
        client_id: Option<&str>,
    ) -> Result<(), OAuthError> {
        let mut event = context.event(EventKind::SessionEnded);
        event.username = Some(authentication.username.clone());
        event.client_id = client_id.map(str::to_owned);
        self.storage.end_session(&authentication.session, std::slice::from_ref(&event), context.now).await?;
        observe::event(&event);
        Ok(())
    }
}

/// What a request is sealed for: nothing else of another place or issuer opens as one.
fn place(context: &Context) -> String {
    format!("end_session|{}", context.issuer.as_str())
}

/// RP-Initiated Logout 1.0 §2 (`client_id` must be the hint's) and §3 (the address must be the client's, exactly).
fn onward(hint: Option<&Hint>, parameters: &Parameters) -> Result<Option<Onward>, OAuthError> {
    if let (Some(hint), Some(client_id)) = (hint, parameters.get("client_id"))
        && client_id != hint.client.client_id
    {
        return Err(OAuthError::invalid_request("client_id is not the client of id_token_hint."));
    }
    let Some(uri) = parameters.get("post_logout_redirect_uri") else { return Ok(None) };
    let Some(hint) = hint else {
        return Err(OAuthError::invalid_request(
            "post_logout_redirect_uri needs an id_token_hint, which proves whose address it is.",
        ));
    };
    if !is_registered(&hint.client, uri) {
        return Err(OAuthError::invalid_request(
            "post_logout_redirect_uri is not registered for the client (option post_logout_redirect_uris).",
        ));
    }
    let state = parameters.get("state").map(str::to_owned);
    Ok(Some(Onward { client_id: hint.client.client_id.clone(), uri: uri.to_owned(), state }))
}

/// Byte for byte, with no exception for ports (RP-Initiated Logout 1.0 §3).
fn is_registered(client: &Client, uri: &str) -> bool {
    client.post_logout_redirect_uris.iter().any(|registered| registered.as_str() == uri)
}
