//! What is known of the person a request is judged for.

use std::net::IpAddr;
use std::sync::Arc;

use super::super::Provider;
use super::super::context::Context;
use super::next_step::{Question, Situation, Step, next_step};
use super::registration;
use crate::model::authentication::{Authentication, Level};
use crate::model::client::Client;
use crate::model::consent::ConsentMode;
use crate::model::decision::Decision;
use crate::model::interaction::Interaction;
use crate::model::policy::{PolicySubject, Requirement};
use crate::model::user::User;
use crate::protocol::error::OAuthError;
use crate::secrets::random::random_token;
use crate::storage::AskedConsent;

impl Provider {
    /// The person of a sign-in, if still there, enabled, and with the password of then.
    pub async fn standing_user(&self, authentication: &Authentication) -> Option<Arc<User>> {
        self.users.standing(&authentication.username, &authentication.credential).await
    }

    /// Which rule of the client's policy let the person through, and where it stands: for the log.
    pub(super) async fn policy_reason(
        &self,
        client: &Client,
        authentication: &Authentication,
        address: IpAddr,
    ) -> Option<String> {
        let user = self.standing_user(authentication).await?;
        Some(decide(client, &user, address).reason())
    }

    /// What happens next with an interaction; `consented` when the person allowed it just now.
    pub(super) async fn step(
        &self,
        context: &Context,
        client: &Client,
        interaction: &Interaction,
        authentication: Option<&Authentication>,
        consented: bool,
    ) -> Result<Step, OAuthError> {
        let request = &interaction.request;
        if let Err(error) = registration::still_holds(client, request, interaction.device_code.is_some()) {
            return Ok(Step::Deny(error));
        }
        let user = match authentication {
            Some(authentication) => self.standing_user(authentication).await,
            None => None,
        };
        let (Some(authentication), Some(user)) = (authentication, user) else {
            return Ok(next_step(&Situation::anonymous(request, context.now)));
        };
        let policy = decide(client, &user, context.address);
        let subject_matches = if request.hinted_subject.is_some() || request.claims.names_subject() {
            let known = self.known_subject(client, &user.username).await?;
            known.is_some_and(|known| {
                request.hinted_subject.as_ref().is_none_or(|hinted| *hinted == known)
                    && request.claims.accepts_subject(&known)
            })
        } else {
            true
        };
        let question = Question::about(client, request, interaction.device_code.is_some());
        let remembered = match client.consent_mode {
            ConsentMode::PreConfigured { .. } if question == Question::AsConfigured => {
                self.storage
                    .remembered_consent(
                        AskedConsent {
                            issuer: &interaction.issuer,
                            client_id: &client.client_id,
                            username: &user.username,
                            scope: &request.scope,
                            audience: &request.audience,
                            claims: &self.claims_beyond_scopes(client, request),
                        },
                        context.now,
                    )
                    .await?
            }
            ConsentMode::PreConfigured { .. } | ConsentMode::Explicit | ConsentMode::Implicit => None,
        };
        let settings = &self.snapshot.settings;
        let wanted = [Some(policy.outcome), request.requested_level.map(Requirement::Level)];
        let has_second_factor = match authentication.level() {
            // Nothing depends on it.
            Level::TwoFactor => Some(true),
            Level::OneFactor if !wanted.contains(&Some(Requirement::Level(Level::TwoFactor))) => Some(true),
            Level::OneFactor if settings.totp.disabled => None,
            Level::OneFactor => Some(self.users.has_totp(&user.username).await?),
        };
        let step = next_step(&Situation {
            request,
            authentication: Some(authentication),
            signed_in_here: interaction.signed_in.as_deref() == Some(&authentication.session),
            account_selected: interaction.account_selected.as_deref() == Some(&authentication.session),
            subject_matches,
            requirement: Some(policy.outcome),
            has_second_factor,
            consent_mode: client.consent_mode,
            question,
            remembered,
            consented,
            now: context.now,
        });
        Ok(match step {
            Step::Deny(error) if policy.outcome == Requirement::Deny => {
                Step::Deny(error.with_detail(policy.reason()))
            }
            step => step,
        })
    }
}

/// What the client's policy demands of the person, with present groups and the address that the person asks from: a
/// session that began inside opens nothing outside.
fn decide(client: &Client, user: &User, address: IpAddr) -> Decision<Requirement> {
    client.authorization_policy.decide(PolicySubject {
        username: &user.username,
        groups: &user.groups,
        address,
    })
}

/// A fresh name for a row that is not a handle: time-ordered rows are found by it, nothing is proven by it.
pub(in crate::provider) fn row_id(now: i64) -> String {
    format!("{now:012x}{}", random_token(12))
}
