//! `authorization_code` (RFC 6749 §4.1.3, RFC 7636 §4.6).

use super::super::Provider;
use super::super::context::Context;
use super::super::issue::{Issued, Order, Person};
use super::invalid_grant;
use super::redemption::{Presented, narrowed_audience};
use crate::model::authorization_code::AuthorizationCode;
use crate::model::client::Client;
use crate::protocol::error::OAuthError;
use crate::protocol::grant_type::GrantType;
use crate::protocol::parameters::Parameters;
use crate::secrets::compare::equal;

impl Provider {
    /// Redeems a code once. Order: whose it is, then its proofs, and only then whether it was used: a stranger
    /// can neither spend a code nor end a grant.
    pub(super) async fn redeem_code(
        &self,
        context: &Context,
        client: &Client,
        parameters: &Parameters,
    ) -> Result<Issued, OAuthError> {
        let handle = self.presented(Presented::Code, parameters)?;
        let (code, grant, consent_stands) = self
            .storage
            .authorization_code(&handle.id, &handle.hash)
            .await?
            .ok_or_else(|| invalid_grant("no such code"))?;
        if grant.client_id != client.client_id || grant.issuer != context.issuer {
            return Err(invalid_grant("the code is another client's or another issuer's"));
        }
        if let Err(error) = proofs(&code, client, parameters) {
            // The owner failed: somebody may have the code who lacks the rest.
            if code.spent_at.is_none() {
                self.storage.spend_code(&code.id, context.now).await?;
            }
            return Err(error);
        }
        if code.spent_at.is_some() {
            return Err(self.end_replayed(context, Presented::Code, &grant).await?);
        }
        if context.now >= code.expires_at {
            return Err(invalid_grant("the code is expired"));
        }
        let user = match self.standing(&grant, consent_stands).await {
            Ok((_, user)) => user,
            Err(reason) => return Err(self.end_fallen(context, &grant, reason).await?),
        };
        // What is asked wrongly does not spend the code.
        let audience = narrowed_audience(&grant.audience, parameters)?;
        let order = Order {
            client,
            grant_type: GrantType::AuthorizationCode,
            scope: &grant.scope,
            audience: &audience,
            person: Some(Person { grant: &grant, user: &user }),
        };
        self.redeem(context, Presented::Code, &code.id, &grant, &order).await
    }
}

/// The redirect URI of the request (RFC 6749 §4.1.3) and the proof key (RFC 7636 §4.6). A request that named no
/// redirect URI was answered at the registered one, so no other may be named here.
fn proofs(code: &AuthorizationCode, client: &Client, parameters: &Parameters) -> Result<(), OAuthError> {
    let redirect_uri = parameters.get("redirect_uri");
    let same = match (&code.redirect_uri, redirect_uri) {
        (Some(asked), Some(sent)) => equal(asked.as_bytes(), sent.as_bytes()),
        (Some(_), None) => false,
        (None, Some(sent)) => client.redirect_uris.iter().any(|uri| uri.as_str() == sent),
        (None, None) => true,
    };
    if !same {
        return Err(invalid_grant("redirect_uri is not the one of the authorization request"));
    }
    match (&code.code_challenge, parameters.get("code_verifier")) {
        (Some(challenge), Some(verifier)) if challenge.verify(verifier) => Ok(()),
        (Some(_), Some(_)) => Err(invalid_grant("code_verifier does not fit the code_challenge")),
        (Some(_), None) => Err(invalid_grant("code_verifier is missing")),
        (None, Some(_)) => Err(invalid_grant("code_verifier came, but the request had no code_challenge")),
        (None, None) => Ok(()),
    }
}
