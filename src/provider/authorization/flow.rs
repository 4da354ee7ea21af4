//! A pending authorization as its pages see it: each page does one thing and comes back here.

use std::sync::Arc;

use super::super::Provider;
use super::super::context::Context;
use super::Visitor;
use super::device::DeviceAnswer;
use super::next_step::{Question, Step};
use super::respond::{Answer, Responded};
use super::response::AuthorizationResponse;
use super::target::Target;
use crate::clock::Seconds;
use crate::model::authentication::Authentication;
use crate::model::client::Client;
use crate::model::device_code::DeviceCode;
use crate::model::event::EventKind;
use crate::model::interaction::Interaction;
use crate::observe;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::storage::{Answer as Commit, Claim, StorageError};

/// Why a flow's page cannot be shown.
#[derive(Debug)]
pub enum FlowProblem {
    /// Unknown or expired.
    Unknown,
    /// Another browser's.
    OtherBrowser,
    /// It was answered; its pages grant nothing any more.
    Answered,
    /// It was answered about a device, which the person goes back to.
    DeviceAnswered(DeviceAnswer),
    /// The person signed out meanwhile, and it still waits: the caller looks what is next.
    SignedOut,
    /// Its client or redirect URI is no longer registered.
    Page(super::PageProblem),
    /// The store did not answer, or the answer could not be secured; nothing was stored, and the person can try again.
    Unavailable(OAuthError),
}

impl From<StorageError> for FlowProblem {
    fn from(error: StorageError) -> Self {
        Self::Unavailable(error.into())
    }
}

/// A pending authorization that belongs to the asking browser, and what it needs next.
#[derive(Debug)]
pub struct Flow {
    /// The pending authorization.
    pub interaction: Interaction,
    /// Who asks.
    pub client: Arc<Client>,
    /// What is next.
    pub step: Step,
    pub(super) destination: Destination,
}

/// Where the answer to a pending authorization goes.
#[derive(Debug)]
pub(super) enum Destination {
    /// To the client, by the browser.
    Client(Target),
    /// To a device, which asks for it (RFC 8628).
    Device(Box<DeviceCode>),
}

/// How a pending authorization ended.
#[derive(Debug)]
pub enum Conclusion {
    /// The browser carries an answer to the client.
    Client(AuthorizationResponse),
    /// The device learns it when it asks the next time.
    Device(DeviceAnswer),
}

impl Flow {
    /// The host, and its port when it is not the usual one, that the person goes back to; `None` for an app that
    /// is reached by a scheme of its own.
    pub fn host(&self) -> Option<String> {
        let Destination::Client(target) = &self.destination else {
            return self.client.host().map(str::to_owned);
        };
        let url = url::Url::parse(&target.redirect_uri).ok()?;
        let host = url.host_str().filter(|_| matches!(url.scheme(), "https" | "http"))?;
        Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
    }

    /// For how many seconds the person's consent can be remembered; `None` when it is asked again each time.
    pub fn remembers(&self) -> Option<Seconds> {
        let request = &self.interaction.request;
        let question = Question::about(&self.client, request, self.device().is_some());
        let as_configured = question == Question::AsConfigured;
        self.client.consent_mode.remembers(&request.scope).filter(|_| as_configured)
    }

    /// The device that waits for the answer.
    pub fn device(&self) -> Option<&DeviceCode> {
        match &self.destination {
            Destination::Device(device) => Some(device),
            Destination::Client(_) => None,
        }
    }
}

impl Provider {
    /// Finds a pending authorization for the browser that owns it; the first that opens an unclaimed one does.
    ///
    /// # Errors
    /// When it is not there for this browser, or the store does not answer.
    pub async fn flow(&self, context: &Context, id: &str, visitor: Visitor<'_>) -> Result<Flow, FlowProblem> {
        let mut interaction =
            self.storage.interaction(id, &context.issuer, context.now).await?.ok_or(FlowProblem::Unknown)?;
        let browser = visitor.browser.ok_or(FlowProblem::OtherBrowser)?;
        match &interaction.browser {
            Some(owner) if owner != browser => return Err(FlowProblem::OtherBrowser),
            Some(_) => {}
            None => match self.storage.claim_interaction(id, browser, context.now).await? {
                Claim::Yours => interaction.browser = Some(browser.to_owned()),
                Claim::Another => return Err(FlowProblem::OtherBrowser),
                Claim::Gone => return Err(FlowProblem::Unknown),
            },
        }
        if interaction.answered_at.is_some() {
            return Err(self.answered(context, &interaction).await?);
        }
        if !interaction.is_pending(context.now) {
            return Err(FlowProblem::Unknown);
        }
        let client =
            self.snapshot.client(&interaction.request.client_id).cloned().ok_or(FlowProblem::Unknown)?;
        let destination = match &interaction.device_code {
            Some(id) => Destination::Device(Box::new(self.waiting_device(context, id).await?)),
            None => {
                let target = Target::of_request(client.clone(), &interaction.request);
                Destination::Client(target.map_err(FlowProblem::Page)?)
            }
        };
        let step = self
            .step(context, &client, &interaction, visitor.authentication, false)
            .await
            .map_err(FlowProblem::Unavailable)?;
        Ok(Flow { interaction, client, step, destination })
    }

    /// Answers a flow whose step needs no page: `Respond` or `Deny`. `None` when it was answered meanwhile.
    ///
    /// # Errors
    /// When the store does not answer, or what the answer is encrypted to cannot be had: the flow waits as before.
    pub async fn finish(
        &self,
        context: &Context,
        flow: &Flow,
        visitor: Visitor<'_>,
    ) -> Result<Option<Conclusion>, FlowProblem> {
        match &flow.step {
            Step::Respond(consent) => {
                let answer = Answer {
                    interaction: &flow.interaction,
                    stored: true,
                    browser: visitor.browser.unwrap_or_default(),
                    consent: consent.clone(),
                };
                let response = self.respond(context, &flow.client, answer, visitor.authentication).await;
                match response {
                    Ok(responded) => of_flow(responded),
                    Err(error) if error.code == ErrorCode::TemporarilyUnavailable => {
                        Err(FlowProblem::Unavailable(error))
                    }
                    Err(error) => self.refuse(context, flow, visitor, error, None).await,
                }
            }
            Step::Deny(error) => self.refuse(context, flow, visitor, error.clone(), None).await,
            _ => Ok(None),
        }
    }

    /// The person turns back: `access_denied`. `None` when the flow was answered meanwhile.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn cancel(
        &self,
        context: &Context,
        flow: &Flow,
        visitor: Visitor<'_>,
    ) -> Result<Option<Conclusion>, FlowProblem> {
        let error = OAuthError::access_denied("The person turned back.");
        self.refuse(context, flow, visitor, error, Some(EventKind::ConsentDenied)).await
    }

    /// Ends a flow with an error, which is made before the end is stored.
    pub(super) async fn refuse(
        &self,
        context: &Context,
        flow: &Flow,
        visitor: Visitor<'_>,
        error: OAuthError,
        kind: Option<EventKind>,
    ) -> Result<Option<Conclusion>, FlowProblem> {
        let target = match &flow.destination {
            Destination::Client(target) => target,
            Destination::Device(device) => {
                return self.refuse_device(context, flow, device, visitor, error).await;
            }
        };
        let events = kind.map(|kind| {
            let mut event = context.event(kind);
            event.client_id = Some(flow.client.client_id.clone());
            event.detail = Some(error.description.clone());
            event.username = visitor.authentication.map(|authentication| authentication.username.clone());
            event
        });
        let response = self.refusal(context, target, &error).await.map_err(FlowProblem::Unavailable)?;
        let answer = self
            .storage
            .answer_with_refusal(
                Some(&flow.interaction.id),
                flow.interaction.pushed_request.as_deref(),
                visitor.browser.unwrap_or_default(),
                events.as_slice(),
                context.now,
            )
            .await?;
        Ok(match answer {
            Commit::Committed => {
                events.iter().for_each(observe::event);
                Some(Conclusion::Client(response))
            }
            // A refusal needs nobody who is signed in.
            Commit::AlreadyAnswered | Commit::SignedOut => None,
        })
    }

    /// The sign-in of this flow was made: steps that ask for one are satisfied.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn signed_in(
        &self,
        context: &Context,
        interaction: &str,
        authentication: &Authentication,
    ) -> Result<(), FlowProblem> {
        Ok(self.storage.mark_signed_in(interaction, &authentication.session, context.now).await?)
    }

    /// The person chose to go on with the present account. Whoever signs in after that chooses anew.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn account_selected(
        &self,
        context: &Context,
        interaction: &str,
        authentication: &Authentication,
    ) -> Result<(), FlowProblem> {
        let session = &authentication.session;
        Ok(self.storage.mark_account_selected(interaction, session, context.now).await?)
    }

    /// Whether errors may carry their detail (`enable_client_debug_messages`).
    pub(in crate::provider) fn debug_messages(&self) -> bool {
        self.snapshot.settings.oidc.enable_client_debug_messages
    }
}

/// What the pages of a flow are told of an answer.
pub(super) fn of_flow(responded: Responded) -> Result<Option<Conclusion>, FlowProblem> {
    match responded {
        Responded::Answered(response) => Ok(Some(Conclusion::Client(response))),
        Responded::Before => Ok(None),
        Responded::SignedOut => Err(FlowProblem::SignedOut),
    }
}
