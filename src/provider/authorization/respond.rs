//! The answer: a grant is made and committed with everything the answer carries, then the relying party is told.

use secrecy::ExposeSecret;

use super::super::Provider;
use super::super::context::Context;
use super::super::issue::Person;
use super::person::row_id;
use super::response::{AuthorizationResponse, FrontChannelToken, Granted};
use crate::model::authentication::Authentication;
use crate::model::authorization_code::AuthorizationCode;
use crate::model::authorization_request::AuthorizationRequest;
use crate::model::client::Client;
use crate::model::consent::Consent;
use crate::model::event::{Event, EventKind};
use crate::model::grant::Grant;
use crate::model::interaction::Interaction;
use crate::observe;
use crate::protocol::claims_request::ClaimsRequest;
use crate::protocol::error::OAuthError;
use crate::protocol::grant_type::GrantType;
use crate::protocol::response_type::ResponseType;
use crate::secrets::handle::HandleKind;
use crate::storage::{Answer as Commit, NewGrant};

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
    /// The person signed out meanwhile, or may no longer sign in; nothing was answered.
    SignedOut,
}

impl Provider {
    /// Makes the grant, what the response type names, and the answer as it is sent; then all is stored in one commit.
    ///
    /// # Errors
    /// When something cannot be made, the store does not answer, or the answer cannot be secured; nothing is stored then.
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
        let Some(user) = self.standing_user(authentication).await else {
            return Ok(Responded::SignedOut);
        };
        let request = &answer.interaction.request;
        let claims = self.granted_claims(client, request, consent, answer.consent.as_deref()).await?;
        let grant =
            Grant { claims, ..self.grant(context, client, request, authentication, answer.consent).await? };
        let code = request.response_type.has_code().then(|| self.make_code(context, client, request, &grant));
        let (code_text, code) = code.unzip();
        let person = Person { grant: &grant, user: &user };
        let front_channel = self
            .issue_front_channel(context, client, person, request.response_type, code_text.as_deref())
            .await?;
        let access_token = front_channel.access_token.as_ref();
        let mut events = answer_events(context, request.response_type, consent.is_some());
        let reason = self.policy_reason(client, authentication, context.address).await;
        for event in &mut events {
            event.username = Some(grant.username.clone());
            event.client_id = Some(grant.client_id.clone());
            event.grant = Some(grant.id.clone());
            match event.kind {
                EventKind::CodeIssued => event.detail.clone_from(&reason),
                EventKind::TokenIssued => {
                    let what = format!("{} for scope {}", GrantType::Implicit, grant.scope);
                    event.detail = Some(reason.iter().fold(what, |what, reason| format!("{what}; {reason}")));
                }
                _ => {}
            }
        }
        let granted = Granted {
            code: code_text,
            access_token: access_token.map(|made| FrontChannelToken {
                text: made.text.expose_secret().to_owned(),
                expires_in: made.row.expires_at - made.row.issued_at,
                scope: made.row.scope.clone(),
            }),
            id_token: front_channel.id_token.clone(),
        };
        // Before the commit: what cannot be told must not be granted.
        let response = AuthorizationResponse::granted(client, &context.issuer, request, granted);
        let response = self.secured(context, response).await?;
        let ends = [
            code.as_ref().map(|code| code.expires_at),
            access_token.map(|made| made.row.expires_at),
            front_channel.id_token.as_ref().map(|_| context.now + client.lifespans.implicit.id_token),
        ];
        let committed = self
            .storage
            .answer_with_grant(NewGrant {
                interaction: answer.stored.then_some(answer.interaction.id.as_str()),
                pushed_request: answer.interaction.pushed_request.as_deref(),
                browser: answer.browser,
                grant: &grant,
                code: code.as_ref(),
                access_token: access_token.map(|made| &made.row),
                consent,
                expires_at: ends.into_iter().flatten().max().unwrap_or(context.now),
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
        Ok(Responded::Answered(response))
    }

    /// A code and its row.
    fn make_code(
        &self,
        context: &Context,
        client: &Client,
        request: &AuthorizationRequest,
        grant: &Grant,
    ) -> (String, AuthorizationCode) {
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
        (handle.text.expose_secret().to_owned(), code)
    }

    /// What a person allows a client in this moment, without single claims.
    pub(super) async fn grant(
        &self,
        context: &Context,
        client: &Client,
        request: &AuthorizationRequest,
        authentication: &Authentication,
        consent: Option<String>,
    ) -> Result<Grant, OAuthError> {
        Ok(Grant {
            id: row_id(context.now),
            issuer: context.issuer.clone(),
            client_id: client.client_id.clone(),
            username: authentication.username.clone(),
            subject: self.subject(context, client, &authentication.username).await?,
            scope: request.scope.clone(),
            audience: request.audience.clone(),
            claims: ClaimsRequest::default(),
            session: authentication.session.clone(),
            consent,
            auth_time: authentication.auth_time,
            methods: authentication.methods.clone(),
            level: authentication.level(),
            address: context.address,
            credential: authentication.credential.clone(),
            nonce: request.nonce.clone(),
            requested_at: request.requested_at,
            created_at: context.now,
            revoked_at: None,
        })
    }
}

/// What happens with an answer, in order.
fn answer_events(context: &Context, response_type: ResponseType, consents: bool) -> Vec<Event> {
    let kinds = [
        consents.then_some(EventKind::ConsentGranted),
        response_type.has_code().then_some(EventKind::CodeIssued),
        response_type.has_front_channel_token().then_some(EventKind::TokenIssued),
    ];
    kinds.into_iter().flatten().map(|kind| context.event(kind)).collect()
}
