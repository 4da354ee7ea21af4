//! `client_credentials` (RFC 6749 §4.4): the token row is its own grant.

use super::super::Provider;
use super::super::authorization::audience;
use super::super::context::Context;
use super::super::issue::{Issued, Order};
use super::issued_event;
use crate::model::client::Client;
use crate::model::event::EventKind;
use crate::observe;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::grant_type::GrantType;
use crate::protocol::parameters::Parameters;
use crate::protocol::scope::Scope;

impl Provider {
    /// Issues an access token to a client that acts for itself: the scopes and audience it names, no more.
    pub(super) async fn client_credentials(
        &self,
        context: &Context,
        client: &Client,
        parameters: &Parameters,
    ) -> Result<Issued, OAuthError> {
        if client.public {
            return Err(OAuthError::new(
                ErrorCode::UnauthorizedClient,
                "A public client cannot act for itself.",
            ));
        }
        let scope = scope(client, parameters)?;
        let audience = audience(client, parameters)?;
        let order = Order {
            client,
            grant_type: GrantType::ClientCredentials,
            scope: &scope,
            audience: &audience,
            person: None,
        };
        let issued = self.issue(context, &order).await?;
        let event = issued_event(context, EventKind::TokenIssued, &order, &issued);
        self.storage.insert_access_token(&issued.access_token.row, std::slice::from_ref(&event)).await?;
        observe::event(&event);
        Ok(issued)
    }
}

fn scope(client: &Client, parameters: &Parameters) -> Result<Scope, OAuthError> {
    let scope = Scope::parse(parameters.get("scope").unwrap_or_default())
        .map_err(|problem| OAuthError::new(ErrorCode::InvalidScope, problem.to_string()))?;
    let personal = [Scope::OPENID, Scope::OFFLINE_ACCESS, Scope::OFFLINE];
    if let Some(token) = scope.iter().find(|token| personal.contains(token) || !client.scopes.contains(token))
    {
        return Err(OAuthError::new(
            ErrorCode::InvalidScope,
            format!("The client may not have the scope {token} for itself."),
        ));
    }
    Ok(scope)
}
