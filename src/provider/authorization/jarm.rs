//! JWT Secured Authorization Response Mode for OAuth 2.0 (JARM).

use serde_json::{Map, Value};

use super::super::Provider;
use super::super::context::Context;
use super::super::seal::Letter;
use super::AuthorizationResponse;
use super::target::Target;
use crate::protocol::error::OAuthError;

impl Provider {
    /// The answer that refuses a request, as it is sent.
    ///
    /// # Errors
    /// Those of [`Self::secured`].
    pub async fn refusal(
        &self,
        context: &Context,
        target: &Target,
        error: &OAuthError,
    ) -> Result<AuthorizationResponse, OAuthError> {
        let answer = AuthorizationResponse::error(target, &context.issuer, error, self.debug_messages());
        self.secured(context, answer).await
    }

    /// An answer as it is sent: in a JWT response mode its parameters, an error's too, become the claims of the one
    /// parameter `response` (JARM §2.1, §2.3), and they travel as the mode says. It is made before anything is
    /// stored of the answer: what cannot be secured has granted nothing, and the person can try again.
    ///
    /// # Errors
    /// `temporarily_unavailable` or `server_error` when it cannot be signed or encrypted: it never leaves as it is.
    pub(super) async fn secured(
        &self,
        context: &Context,
        mut answer: AuthorizationResponse,
    ) -> Result<AuthorizationResponse, OAuthError> {
        let Some(carrier) = answer.response_mode.carrier_of_jwt() else { return Ok(answer) };
        let client = self.snapshot.client(&answer.client_id).ok_or_else(|| {
            OAuthError::server_error("The client is not registered any more.").with_detail(&answer.client_id)
        })?;
        let lifespan = self.snapshot.settings.oidc.jwt_secured_authorization;
        let mut claims: Map<String, Value> =
            answer.parameters.drain(..).map(|(name, value)| (name.to_owned(), value.into())).collect();
        claims.insert("iss".to_owned(), context.issuer.as_str().into());
        claims.insert("aud".to_owned(), client.client_id.as_str().into());
        claims.insert("exp".to_owned(), (context.now + lifespan).into());
        claims.insert("iat".to_owned(), context.now.into());
        let response = self.seal(client, &client.sealings.authorization, Letter::new("JWT", claims)).await?;
        answer.parameters.push(("response", response));
        answer.response_mode = carrier;
        Ok(answer)
    }
}
