//! `refresh_token` (RFC 6749 §6): rotated at each use; a spent one ends the family (RFC 9700 §4.14.2).

use super::super::Provider;
use super::super::context::Context;
use super::super::issue::{Issued, Order, Person};
use super::authorization_code::narrowed_audience;
use super::{grant_event, invalid_grant, issued_event};
use crate::model::client::Client;
use crate::model::event::EventKind;
use crate::model::grant::Grant;
use crate::observe;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::grant_type::GrantType;
use crate::protocol::parameters::Parameters;
use crate::protocol::scope::Scope;
use crate::secrets::handle::HandleKind;
use crate::storage::{Redeemed, RotateRefreshToken};

impl Provider {
    /// Spends a refresh token and issues the next.
    pub(super) async fn refresh(
        &self,
        context: &Context,
        client: &Client,
        parameters: &Parameters,
    ) -> Result<Issued, OAuthError> {
        let text = parameters
            .get("refresh_token")
            .ok_or_else(|| OAuthError::invalid_request("The parameter refresh_token is missing."))?;
        let handle = self
            .handles
            .parse(HandleKind::RefreshToken, text)
            .ok_or_else(|| invalid_grant("the refresh token was not made here"))?;
        let (token, grant, consent_stands) = self
            .storage
            .refresh_token(&handle.id, &handle.hash)
            .await?
            .ok_or_else(|| invalid_grant("no such refresh token"))?;
        if grant.client_id != client.client_id || grant.issuer != context.issuer {
            return Err(invalid_grant("the refresh token is another client's or another issuer's"));
        }
        if token.spent_at.is_none() && context.now >= token.expires_at {
            return Err(invalid_grant("the refresh token is expired"));
        }
        let user = match self.standing(&grant, consent_stands).await {
            Ok((_, user)) => user,
            Err(reason) => return Err(self.end_fallen(context, &grant, reason).await?),
        };
        // What is asked wrongly of a good token does not spend it; a spent one revokes whatever is asked.
        let narrowed = narrowed_scope(&grant, parameters)
            .and_then(|scope| Ok((scope, narrowed_audience(&grant.audience, parameters)?)));
        let (scope, audience) = match narrowed {
            Err(error) if token.spent_at.is_none() => return Err(error),
            Err(_) => (grant.scope.clone(), grant.audience.clone()),
            Ok(narrowed) => narrowed,
        };
        let order = Order {
            client,
            grant_type: GrantType::RefreshToken,
            scope: &scope,
            audience: &audience,
            person: Some(Person { grant: &grant, user: &user }),
        };
        let issued = self.issue(context, &order).await?;
        let next = issued
            .refresh_token
            .as_ref()
            .ok_or_else(|| OAuthError::invalid_grant("The client no longer gets refresh tokens."))?;
        let event = issued_event(context, EventKind::TokenRefreshed, &order, &issued);
        let reuse = grant_event(context, EventKind::RefreshReused, &grant);
        let redeemed = self
            .storage
            .rotate_refresh_token(RotateRefreshToken {
                refresh_id: &token.id,
                access_token: &issued.access_token.row,
                refresh_token: &next.row,
                events: std::slice::from_ref(&event),
                reuse_event: &reuse,
                now: context.now,
            })
            .await?;
        match redeemed {
            Redeemed::Committed => {
                observe::event(&event);
                Ok(issued)
            }
            Redeemed::Replayed => {
                observe::event(&reuse);
                Err(invalid_grant("the refresh token was used before: its grant is revoked"))
            }
        }
    }
}

/// The scopes a refresh asks for: at most what was granted (RFC 6749 §6), all of it when it asks for none.
fn narrowed_scope(grant: &Grant, parameters: &Parameters) -> Result<Scope, OAuthError> {
    let Some(raw) = parameters.get("scope") else { return Ok(grant.scope.clone()) };
    let scope =
        Scope::parse(raw).map_err(|problem| OAuthError::new(ErrorCode::InvalidScope, problem.to_string()))?;
    if scope.is_subset_of(&grant.scope) {
        Ok(scope)
    } else {
        Err(OAuthError::new(ErrorCode::InvalidScope, "The scope goes beyond what was granted."))
    }
}
