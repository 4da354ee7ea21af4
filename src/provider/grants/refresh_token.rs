//! `refresh_token` (RFC 6749 §6): rotated at each use; a spent one ends the family (RFC 9700 §4.14.2).

use super::super::Provider;
use super::super::context::Context;
use super::super::issue::{Issued, Order, Person};
use super::invalid_grant;
use super::redemption::{Presented, narrowed_audience};
use crate::model::client::Client;
use crate::model::grant::Grant;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::grant_type::GrantType;
use crate::protocol::parameters::Parameters;
use crate::protocol::scope::Scope;

impl Provider {
    /// Spends a refresh token and issues the next.
    pub(super) async fn refresh(
        &self,
        context: &Context,
        client: &Client,
        parameters: &Parameters,
    ) -> Result<Issued, OAuthError> {
        let handle = self.presented(Presented::RefreshToken, parameters)?;
        let (token, grant, consent_stands) = self
            .storage
            .refresh_token(&handle.id, &handle.hash)
            .await?
            .ok_or_else(|| invalid_grant("no such refresh token"))?;
        if grant.client_id != client.client_id || grant.issuer != context.issuer {
            return Err(invalid_grant("the refresh token is another client's or another issuer's"));
        }
        if token.spent_at.is_some() {
            return Err(self.end_replayed(context, Presented::RefreshToken, &grant).await?);
        }
        if context.now >= token.expires_at {
            return Err(invalid_grant("the refresh token is expired"));
        }
        let user = match self.standing(&grant, consent_stands).await {
            Ok((_, user)) => user,
            Err(reason) => return Err(self.end_fallen(context, &grant, reason).await?),
        };
        // What is asked wrongly does not spend the token.
        let scope = narrowed_scope(&grant, parameters)?;
        let audience = narrowed_audience(&grant.audience, parameters)?;
        let order = Order {
            client,
            grant_type: GrantType::RefreshToken,
            scope: &scope,
            audience: &audience,
            person: Some(Person { grant: &grant, user: &user }),
        };
        self.redeem(context, Presented::RefreshToken, &token.id, &grant, &order).await
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
