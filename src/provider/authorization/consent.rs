//! The person's answer to the consent page.

use super::super::Provider;
use super::super::context::Context;
use super::Visitor;
use super::claims::agreed;
use super::flow::{Conclusion, Flow, FlowProblem, of_flow};
use super::next_step::Step;
use super::person::row_id;
use super::respond::Answer;
use crate::model::authentication::Authentication;
use crate::model::authorization_request::AuthorizationRequest;
use crate::model::consent::Consent;
use crate::model::event::EventKind;
use crate::protocol::error::{ErrorCode, OAuthError};

/// What the person answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsentAnswer {
    /// Allowed; remembered when the person wants it and the client's mode lets them.
    Allow {
        /// Whether to remember.
        remember: bool,
        /// The claims beyond the scopes that the person added.
        claims: Vec<String>,
    },
    /// Denied.
    Deny,
}

impl Provider {
    /// Ends a flow that stands at the consent page. `None` when it was answered meanwhile, or when it needs
    /// another step first: the caller shows the flow again.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn consent(
        &self,
        context: &Context,
        flow: &Flow,
        visitor: Visitor<'_>,
        answer: ConsentAnswer,
    ) -> Result<Option<Conclusion>, FlowProblem> {
        let (Step::Consent, Some(authentication)) = (&flow.step, visitor.authentication) else {
            return Ok(None);
        };
        let ConsentAnswer::Allow { remember, claims: chosen } = answer else {
            let error = OAuthError::access_denied("The person denied the request.");
            return self.refuse(context, flow, visitor, error, Some(EventKind::ConsentDenied)).await;
        };
        let request = &flow.interaction.request;
        let remembers = flow.remembers().filter(|_| remember);
        let remembered_until = remembers.map(|seconds| context.now + seconds);
        let asked_claims = self.claims_beyond_scopes(&flow.client, request);
        let consent = Consent {
            claims: agreed(&asked_claims, &chosen),
            asked_claims,
            remembered_until,
            ..consent_now(context, request, authentication)
        };
        let answer = Answer {
            interaction: &flow.interaction,
            stored: true,
            browser: visitor.browser.unwrap_or_default(),
            consent: Some(consent.id.clone()),
        };
        match self.respond_with(context, &flow.client, answer, Some(authentication), Some(&consent)).await {
            Ok(responded) => of_flow(responded),
            Err(error) if error.code == ErrorCode::TemporarilyUnavailable => {
                Err(FlowProblem::Unavailable(error))
            }
            Err(error) => self.refuse(context, flow, visitor, error, None).await,
        }
    }
}

/// A consent given in this moment, for this once, to all scopes that a request asks for and no single claim.
pub(super) fn consent_now(
    context: &Context,
    request: &AuthorizationRequest,
    authentication: &Authentication,
) -> Consent {
    Consent {
        id: row_id(context.now),
        issuer: context.issuer.clone(),
        client_id: request.client_id.clone(),
        username: authentication.username.clone(),
        scope: request.scope.clone(),
        audience: request.audience.clone(),
        asked_claims: Vec::new(),
        claims: Vec::new(),
        granted_at: context.now,
        remembered_until: None,
        revoked_at: None,
    }
}
