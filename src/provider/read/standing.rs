//! Whether a grant still stands: the person, the client's registration, the consent and the policy are asked again
//! each time.

use std::sync::Arc;

use super::super::Provider;
use crate::model::client::Client;
use crate::model::grant::Grant;
use crate::model::policy::{PolicySubject, Requirement};
use crate::model::token::AccessToken;
use crate::model::user::User;
use crate::protocol::grant_type::GrantType;
use crate::protocol::scope::Scope;

/// Why a grant no longer stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fallen {
    /// It was revoked.
    #[error("the grant was revoked")]
    Revoked,
    /// The consent was withdrawn.
    #[error("the consent was withdrawn")]
    Consent,
    /// The person is gone or disabled, or has another password.
    #[error("the person is gone, disabled, or has another password by now")]
    Person,
    /// The client is no longer registered.
    #[error("the client is no longer registered")]
    Client,
    /// The client is no longer registered for what was granted.
    #[error("the client is no longer registered for this scope, audience or grant type")]
    Registration,
    /// The policy no longer lets the person use the client.
    #[error("the authorization policy no longer allows it: {0}")]
    Policy(String),
}

impl Provider {
    /// The client and the person of a grant that stands. The policy is asked with the person's present
    /// groups, the level of the sign-in, and the address from which the person authorized.
    pub(in crate::provider) async fn standing(
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
        if !serves_people(&client) || !is_registered(&client, &grant.scope, &grant.audience) {
            return Err(Fallen::Registration);
        }
        let user = self.users.standing(&grant.username, &grant.credential).await.ok_or(Fallen::Person)?;
        let decision = client.authorization_policy.decide(PolicySubject {
            username: &user.username,
            groups: &user.groups,
            address: grant.address,
        });
        match decision.outcome {
            Requirement::Level(level) if level <= grant.level => Ok((client, user)),
            Requirement::Level(_) | Requirement::Deny => Err(Fallen::Policy(decision.reason())),
        }
    }

    /// The client of a token that is its own grant, if it may still have it (RFC 6749 §4.4).
    pub(super) fn standing_client(&self, token: &AccessToken) -> Result<Arc<Client>, Fallen> {
        let client = self.snapshot.client(&token.client_id).cloned().ok_or(Fallen::Client)?;
        let stands = client.allows(GrantType::ClientCredentials)
            && is_registered(&client, &token.scope, &token.audience);
        if stands { Ok(client) } else { Err(Fallen::Registration) }
    }
}

/// Whether the client still has a grant type that begins with a person: what it holds of people ends with the last of them.
fn serves_people(client: &Client) -> bool {
    client.grant_types.iter().any(|grant| match grant {
        GrantType::AuthorizationCode | GrantType::Implicit | GrantType::DeviceCode => true,
        GrantType::RefreshToken | GrantType::ClientCredentials => false,
    })
}

/// Whether the client may still ask for a scope and an audience.
fn is_registered(client: &Client, scope: &Scope, audience: &[String]) -> bool {
    scope.is_subset_of(&client.scopes) && audience.iter().all(|each| client.may_reach(each))
}
