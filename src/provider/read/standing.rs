//! Whether a grant still stands: the person, the client, the consent and the policy are asked again each time.

use std::sync::Arc;

use super::super::Provider;
use crate::model::client::Client;
use crate::model::grant::Grant;
use crate::model::policy::{PolicySubject, Requirement};
use crate::model::user::User;

/// Why a grant no longer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fallen {
    /// It was revoked.
    #[error("the grant was revoked")]
    Revoked,
    /// The consent was withdrawn.
    #[error("the consent was withdrawn")]
    Consent,
    /// The person is gone or disabled.
    #[error("the person is gone or disabled")]
    Person,
    /// The client is no longer registered.
    #[error("the client is no longer registered")]
    Client,
    /// The policy no longer lets the person use the client.
    #[error("the authorization policy no longer allows it")]
    Policy,
}

impl Provider {
    /// The client and the person of a grant that stands. The policy is asked with the person's present groups
    /// and with the level and address of the sign-in.
    pub(in crate::provider) fn standing(
        &self,
        grant: &Grant,
        consent_stands: bool,
    ) -> Result<(Arc<Client>, Arc<User>), Fallen> {
        if grant.revoked_at.is_some() {
            return Err(Fallen::Revoked);
        }
        if !consent_stands {
            return Err(Fallen::Consent);
        }
        let client = self.snapshot.client(&grant.client_id).cloned().ok_or(Fallen::Client)?;
        let user = self.users.find(&grant.username).filter(|user| !user.disabled).ok_or(Fallen::Person)?;
        let decision = client.authorization_policy.decide(PolicySubject {
            username: &user.username,
            groups: &user.groups,
            address: grant.address,
        });
        match decision.outcome {
            Requirement::Level(level) if level <= grant.level => Ok((client, user)),
            Requirement::Level(_) | Requirement::Deny => {
                tracing::info!(
                    client = grant.client_id,
                    reason = decision.reason(),
                    "a grant no longer stands"
                );
                Err(Fallen::Policy)
            }
        }
    }
}
