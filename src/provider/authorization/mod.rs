//! The authorization endpoint: the story of one request, from parameters to an answer.

mod checks;
mod claims;
mod consent;
mod device;
mod flow;
mod jarm;
mod next_step;
mod person;
mod pushed;
mod registration;
mod request_object;
mod respond;
mod response;
mod sealed_object;
mod target;

pub(super) use checks::{audience, requested_audience};
pub use consent::ConsentAnswer;
pub use device::{DeviceAnswer, DeviceOutcome, DeviceProblem};
pub use flow::{Conclusion, Flow, FlowProblem};
pub use next_step::{SignInReason, Step};
pub use pushed::PushedAnswer;
use respond::Responded;
pub use response::AuthorizationResponse;
pub use target::{PageProblem, Target};

use super::Provider;
use super::context::Context;
use crate::model::authentication::Authentication;
use crate::model::authorization_request::AuthorizationRequest;
use crate::model::interaction::{INTERACTION_LIFESPAN, Interaction};
use crate::protocol::error::OAuthError;
use crate::protocol::parameters::Parameters;
use crate::secrets::random::random_token;
use crate::storage::Answer;

/// The browser that asks.
#[derive(Clone, Copy, Debug)]
pub struct Visitor<'a> {
    /// Its browser cookie as a hash; `None` for a cross-site POST, which carries no cookie that counts.
    pub browser: Option<&'a str>,
    /// Who is signed in there.
    pub authentication: Option<&'a Authentication>,
}

/// Why an authorization request failed. The type says how far it came.
#[derive(Debug)]
pub enum AuthorizationError {
    /// Client or redirect URI is not proven: only a page may say so.
    Page(PageProblem),
    /// The target is proven: the relying party is told.
    Redirect(Box<Target>, OAuthError),
}

/// What an authorization request leads to.
#[derive(Debug)]
pub enum Authorized {
    /// The answer is ready.
    Respond(AuthorizationResponse),
    /// A page must be shown: the interaction of this id waits at `/flow/ID`.
    Interact(String),
}

impl Provider {
    /// Answers an authorization request (RFC 6749 §4.1.1, OpenID Connect Core 1.0 §3.1.2).
    ///
    /// # Errors
    /// A page while client or redirect URI are not proven, afterwards an answer to the relying party.
    pub async fn authorize(
        &self,
        context: &Context,
        parameters: &Parameters,
        visitor: Visitor<'_>,
    ) -> Result<Authorized, AuthorizationError> {
        let client = self.named_client(parameters).map_err(AuthorizationError::Page)?;
        if parameters.get("request").is_some() && parameters.get("request_uri").is_some() {
            return Err(AuthorizationError::Page(PageProblem::RequestTwice));
        }
        let (target, request, pushed_request) = match pushed::request_uri(parameters) {
            Some(request_uri) => {
                let (id, request) = self
                    .open_pushed(context, &client, request_uri, visitor.browser)
                    .await
                    .map_err(AuthorizationError::Page)?;
                let target = Target::of_request(client, &request).map_err(AuthorizationError::Page)?;
                (target, Ok(request), Some(id))
            }
            None => {
                let source = checks::Source::Plain;
                let parameters = self
                    .effective_parameters(context, &client, parameters, source)
                    .await
                    .map_err(|refused| refused.at(client.clone()))?;
                let target = Target::prove(client, &parameters).map_err(AuthorizationError::Page)?;
                let request = self.check(context, &target, &parameters, source).await;
                (target, request, None)
            }
        };
        let proven = |error| AuthorizationError::Redirect(Box::new(target.clone()), error);
        let request = request.map_err(proven)?;
        self.prove_sector(&target.client).await.map_err(proven)?;
        let interaction = begin(context, request, pushed_request, visitor);
        let Some(browser) = visitor.browser else {
            self.storage.insert_interaction(&interaction).await.map_err(|error| proven(error.into()))?;
            return Ok(Authorized::Interact(interaction.id));
        };
        let used = || AuthorizationError::Page(PageProblem::PushedRequest);
        let mut authentication = visitor.authentication;
        loop {
            let step = self.step(context, &target.client, &interaction, authentication, false).await;
            match step.map_err(proven)? {
                Step::Deny(error) => {
                    let answer = self.refusal(context, &target, &error).await.map_err(proven)?;
                    let spent = self.spend_pushed(context, &interaction, browser).await.map_err(proven)?;
                    return if spent { Ok(Authorized::Respond(answer)) } else { Err(used()) };
                }
                Step::Respond(consent) => {
                    let answer =
                        respond::Answer { interaction: &interaction, stored: false, browser, consent };
                    match self
                        .respond(context, &target.client, answer, authentication)
                        .await
                        .map_err(proven)?
                    {
                        Responded::Answered(response) => return Ok(Authorized::Respond(response)),
                        Responded::Before => return Err(used()),
                        // Judged anew, as for anybody who is not signed in.
                        Responded::SignedOut => authentication = None,
                    }
                }
                _ => {
                    let stored = self.storage.insert_interaction(&interaction).await;
                    stored.map_err(|error| proven(error.into()))?;
                    return Ok(Authorized::Interact(interaction.id));
                }
            }
        }
    }

    /// A refusal spends a pushed request as a grant does; `false` when it was spent before.
    async fn spend_pushed(
        &self,
        context: &Context,
        interaction: &Interaction,
        browser: &str,
    ) -> Result<bool, OAuthError> {
        let pushed = interaction.pushed_request.as_deref();
        if pushed.is_none() {
            return Ok(true);
        }
        let spent = self.storage.answer_with_refusal(None, pushed, browser, &[], context.now).await?;
        Ok(spent == Answer::Committed)
    }
}

fn begin(
    context: &Context,
    request: AuthorizationRequest,
    pushed_request: Option<String>,
    visitor: Visitor<'_>,
) -> Interaction {
    Interaction {
        id: random_token(16),
        issuer: context.issuer.clone(),
        request,
        pushed_request,
        device_code: None,
        browser: visitor.browser.map(str::to_owned),
        signed_in: None,
        account_selected: None,
        created_at: context.now,
        expires_at: context.now + INTERACTION_LIFESPAN,
        answered_at: None,
    }
}
