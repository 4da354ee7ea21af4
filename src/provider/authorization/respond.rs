//! The answer: a grant is made and committed, then the relying party is told.

use secrecy::ExposeSecret;

use super::super::Provider;
use super::super::context::Context;
use super::person::row_id;
use super::target::Target;
use crate::model::authentication::Authentication;
use crate::model::authorization_code::AuthorizationCode;
use crate::model::client::Client;
use crate::model::consent::Consent;
use crate::model::event::EventKind;
use crate::model::grant::Grant;
use crate::model::interaction::Interaction;
use crate::model::issuer::Issuer;
use crate::observe;
use crate::protocol::error::OAuthError;
use crate::protocol::response_mode::ResponseMode;
use crate::secrets::handle::HandleKind;
use crate::storage::{Answer as Commit, NewGrant};

/// An answer on its way to the relying party (RFC 6749 §4.1.2).
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
    pub fn error(target: &Target, issuer: &Issuer, error: &OAuthError, debug_messages: bool) -> Self {
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
}

/// What is being answered.
pub(super) struct Answer<'a> {
    pub interaction: &'a Interaction,
    /// Whether the interaction has a row that must be closed.
    pub stored: bool,
    pub browser: &'a str,
    /// The consent the grant rests on.
    pub consent: Option<String>,
}

/// What came of an answer.
pub(super) enum Responded {
    /// It was the one that counts.
    Answered(AuthorizationResponse),
    /// The interaction or its pushed request was answered meanwhile.
    Before,
    /// The person signed out meanwhile; nothing was answered.
    SignedOut,
}

impl Provider {
    /// Makes the grant and its code in one commit.
    pub(super) async fn respond(
        &self,
        context: &Context,
        client: &Client,
        answer: Answer<'_>,
        authentication: Option<&Authentication>,
    ) -> Result<Responded, OAuthError> {
        self.respond_with(context, client, answer, authentication, None).await
    }

    /// As `respond`, with a consent that is given now.
    pub(super) async fn respond_with(
        &self,
        context: &Context,
        client: &Client,
        answer: Answer<'_>,
        authentication: Option<&Authentication>,
        consent: Option<&Consent>,
    ) -> Result<Responded, OAuthError> {
        let authentication =
            authentication.ok_or_else(|| OAuthError::server_error("An answer needs a person."))?;
        let request = &answer.interaction.request;
        let claims = self.granted_claims(client, request, consent, answer.consent.as_deref()).await?;
        let grant = Grant {
            id: row_id(context.now),
            issuer: context.issuer.clone(),
            client_id: client.client_id.clone(),
            username: authentication.username.clone(),
            subject: self.subject(context, client, &authentication.username).await?,
            scope: request.scope.clone(),
            audience: request.audience.clone(),
            claims,
            session: authentication.session.clone(),
            consent: answer.consent,
            auth_time: authentication.auth_time,
            methods: authentication.methods.clone(),
            level: authentication.level(),
            address: authentication.address,
            credential: authentication.credential.clone(),
            nonce: request.nonce.clone(),
            created_at: context.now,
            revoked_at: None,
        };
        let handle = self.handles.mint(HandleKind::AuthorizationCode, context.now);
        let code = AuthorizationCode {
            id: handle.id,
            hash: handle.hash,
            grant: grant.id.clone(),
            redirect_uri: request.redirect_uri_sent.then(|| request.redirect_uri.clone()),
            code_challenge: request.code_challenge.clone(),
            expires_at: context.now + client.lifespans.authorization_code.authorize_code,
            spent_at: None,
        };
        let mut events = Vec::with_capacity(2);
        if consent.is_some() {
            events.push(context.event(EventKind::ConsentGranted));
        }
        let mut issued = context.event(EventKind::CodeIssued);
        issued.detail = self.policy_reason(client, authentication).await;
        events.push(issued);
        for event in &mut events {
            event.username = Some(grant.username.clone());
            event.client_id = Some(grant.client_id.clone());
            event.grant = Some(grant.id.clone());
        }
        let committed = self
            .storage
            .answer_with_grant(NewGrant {
                interaction: answer.stored.then_some(answer.interaction.id.as_str()),
                pushed_request: answer.interaction.pushed_request.as_deref(),
                browser: answer.browser,
                grant: &grant,
                code: &code,
                consent,
                events: &events,
                now: context.now,
            })
            .await?;
        match committed {
            Commit::Committed => {}
            Commit::AlreadyAnswered => return Ok(Responded::Before),
            Commit::SignedOut => return Ok(Responded::SignedOut),
        }
        events.iter().for_each(observe::event);
        let mut parameters = vec![("code", handle.text.expose_secret().to_owned())];
        if let Some(state) = &request.state {
            parameters.push(("state", state.clone()));
        }
        parameters.push(("iss", context.issuer.as_str().to_owned()));
        Ok(Responded::Answered(AuthorizationResponse {
            redirect_uri: request.redirect_uri.clone(),
            response_mode: request.response_mode,
            parameters,
            client_name: client.client_name.clone(),
            client_id: client.client_id.clone(),
            error: None,
        }))
    }
}
