//! `authorization_code` (RFC 6749 §4.1.3, RFC 7636 §4.6).

use super::super::Provider;
use super::super::authorization::requested_audience;
use super::super::context::Context;
use super::super::issue::{Issued, Order, Person};
use super::{grant_event, invalid_grant, issued_event};
use crate::model::authorization_code::AuthorizationCode;
use crate::model::client::Client;
use crate::model::event::EventKind;
use crate::observe;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::grant_type::GrantType;
use crate::protocol::parameters::Parameters;
use crate::secrets::compare::equal;
use crate::secrets::handle::HandleKind;
use crate::storage::{RedeemCode, Redeemed};

impl Provider {
    /// Redeems a code once. Order: whose it is, then its proofs, and only then whether it was used: a stranger
    /// can neither spend a code nor end a grant.
    pub(super) async fn redeem_code(
        &self,
        context: &Context,
        client: &Client,
        parameters: &Parameters,
    ) -> Result<Issued, OAuthError> {
        let text = parameters
            .get("code")
            .ok_or_else(|| OAuthError::invalid_request("The parameter code is missing."))?;
        let handle = self
            .handles
            .parse(HandleKind::AuthorizationCode, text)
            .ok_or_else(|| invalid_grant("the code was not made here"))?;
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
        if code.spent_at.is_none() && context.now >= code.expires_at {
            return Err(invalid_grant("the code is expired"));
        }
        let user = match self.standing(&grant, consent_stands).await {
            Ok((_, user)) => user,
            Err(reason) => return Err(self.end_fallen(context, &grant, reason).await?),
        };
        // What is asked wrongly of a fresh code does not spend it; a spent one revokes whatever is asked.
        let audience = match narrowed_audience(&grant.audience, parameters) {
            Err(error) if code.spent_at.is_none() => return Err(error),
            Err(_) => grant.audience.clone(),
            Ok(narrowed) => narrowed,
        };
        let order = Order {
            client,
            grant_type: GrantType::AuthorizationCode,
            scope: &grant.scope,
            audience: &audience,
            person: Some(Person { grant: &grant, user: &user }),
        };
        let issued = self.issue(context, &order).await?;
        let spent = grant_event(context, EventKind::CodeRedeemed, &grant);
        let events = [spent, issued_event(context, EventKind::TokenIssued, &order, &issued)];
        let replay = grant_event(context, EventKind::CodeReplayed, &grant);
        let redeemed = self
            .storage
            .redeem_code(RedeemCode {
                code_id: &code.id,
                access_token: &issued.access_token.row,
                refresh_token: issued.refresh_token.as_ref().map(|made| &made.row),
                events: &events,
                replay_event: &replay,
                now: context.now,
            })
            .await?;
        match redeemed {
            Redeemed::Committed => {
                events.iter().for_each(observe::event);
                Ok(issued)
            }
            Redeemed::Replayed => {
                observe::event(&replay);
                Err(invalid_grant("the code was used before: its grant is revoked"))
            }
        }
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

/// The part of a granted audience that a token request asks for (RFC 8707 §2.2); all of it when it asks for none.
pub(super) fn narrowed_audience(
    granted: &[String],
    parameters: &Parameters,
) -> Result<Vec<String>, OAuthError> {
    let asked = requested_audience(parameters)?;
    if asked.iter().any(|each| !granted.contains(each)) {
        return Err(OAuthError::new(
            ErrorCode::InvalidTarget,
            "The audience or resource was not granted at the authorization endpoint.",
        ));
    }
    Ok(if asked.is_empty() { granted.to_vec() } else { asked })
}
