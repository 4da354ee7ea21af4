//! Token revocation (RFC 7009).

use super::Provider;
use super::client_auth::Endpoint;
use super::context::Context;
use crate::model::client::Client;
use crate::model::event::EventKind;
use crate::observe;
use crate::protocol::error::OAuthError;
use crate::protocol::parameters::Parameters;
use crate::secrets::handle::HandleKind;

impl Provider {
    /// Ends a token of the calling client: either token of a grant ends both, and all that hang from it. A
    /// token that is unknown or another's is answered in the same way and stays as it is (RFC 7009 §2.2).
    ///
    /// # Errors
    /// `invalid_client`; `invalid_request` without a token; when the store does not answer.
    pub async fn revoke(
        &self,
        context: &Context,
        authorization: Option<&str>,
        parameters: &Parameters,
    ) -> Result<(), OAuthError> {
        if let Some(name) = parameters.repeated() {
            return Err(OAuthError::invalid_request(format!("The parameter {name} stands twice.")));
        }
        let client =
            self.authenticate_client(context, Endpoint::Revocation, authorization, parameters).await?;
        let token = parameters
            .get("token")
            .ok_or_else(|| OAuthError::invalid_request("The parameter token is missing."))?;
        if let Some(handle) = self.handles.parse(HandleKind::RefreshToken, token) {
            if let Some((_, grant, _)) = self.storage.refresh_token(&handle.id, &handle.hash).await?
                && grant.issuer == context.issuer
            {
                let username = Some(grant.username);
                self.end_grant(context, &client, &grant.client_id, &grant.id, username).await?;
            }
            return Ok(());
        }
        let Some(found) = self.find_access_token(token).await? else { return Ok(()) };
        if found.token.issuer != context.issuer || found.token.client_id != client.client_id {
            return Ok(());
        }
        match &found.token.grant {
            Some(grant) => {
                let username = found.grant.as_ref().map(|grant| grant.username.clone());
                self.end_grant(context, &client, &found.token.client_id, grant, username).await
            }
            None => {
                let mut event = context.event(EventKind::TokenRevoked);
                event.client_id = Some(client.client_id.clone());
                let events = std::slice::from_ref(&event);
                if self.storage.revoke_access_token(&found.token.id, events, context.now).await? {
                    observe::event(&event);
                }
                Ok(())
            }
        }
    }

    async fn end_grant(
        &self,
        context: &Context,
        caller: &Client,
        owner: &str,
        grant: &str,
        username: Option<String>,
    ) -> Result<(), OAuthError> {
        if caller.client_id != owner {
            return Ok(());
        }
        let mut event = context.event(EventKind::TokenRevoked);
        event.client_id = Some(caller.client_id.clone());
        event.grant = Some(grant.to_owned());
        event.username = username;
        if self.storage.revoke_grant(grant, std::slice::from_ref(&event), context.now).await? {
            observe::event(&event);
        }
        Ok(())
    }
}
