//! `urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 §3.4, §3.5).

use super::super::Provider;
use super::super::context::Context;
use super::super::issue::{Issued, Order, Person};
use super::invalid_grant;
use super::redemption::{Presented, narrowed_audience};
use crate::model::client::Client;
use crate::model::device_code::{DeviceCode, DeviceCodeState};
use crate::model::grant::Grant;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::grant_type::GrantType;
use crate::protocol::parameters::Parameters;
use crate::storage::Pace;

impl Provider {
    /// Tells a device how far its request came; once a person allowed it, gives it its tokens once. Order: whose the
    /// code is, and only then how far it came: a stranger can neither slow a device down nor end its grant.
    pub(super) async fn redeem_device_code(
        &self,
        context: &Context,
        client: &Client,
        parameters: &Parameters,
    ) -> Result<Issued, OAuthError> {
        let handle = self.presented(Presented::DeviceCode, parameters)?;
        let (code, granted) = self
            .storage
            .device_code(&handle.id, &handle.hash)
            .await?
            .ok_or_else(|| invalid_grant("no such device code"))?;
        if code.request.client_id != client.client_id || code.issuer != context.issuer {
            return Err(invalid_grant("the device code is another client's or another issuer's"));
        }
        match (code.state_at(context.now), granted) {
            (DeviceCodeState::Pending, _) => Err(self.pending(context, &code).await?),
            (DeviceCodeState::Denied, _) => Err(OAuthError::access_denied("The person denied the request.")),
            (DeviceCodeState::Expired, _) => Err(OAuthError::expired_token(
                "The device code ended before its tokens were fetched; the device must ask anew.",
            )),
            (DeviceCodeState::Approved { .. }, Some((grant, consent_stands))) => {
                self.redeem_approved(context, client, &code, (&grant, consent_stands), parameters).await
            }
            (DeviceCodeState::Spent { .. }, Some((grant, _))) => {
                Err(self.end_replayed(context, Presented::DeviceCode, &grant).await?)
            }
            (DeviceCodeState::Approved { .. } | DeviceCodeState::Spent { .. }, None) => {
                Err(invalid_grant("the grant of the device code has ended"))
            }
        }
    }

    /// RFC 8628 §3.5.
    async fn pending(&self, context: &Context, code: &DeviceCode) -> Result<OAuthError, OAuthError> {
        Ok(match self.storage.poll_device_code(&code.id, context.now).await? {
            Pace::Kept => OAuthError::authorization_pending("The person has not answered yet; ask again."),
            Pace::TooFast => OAuthError::slow_down(
                "The device asks too often; it must wait five seconds longer between two questions from now on.",
            ),
        })
    }

    async fn redeem_approved(
        &self,
        context: &Context,
        client: &Client,
        code: &DeviceCode,
        (grant, consent_stands): (&Grant, bool),
        parameters: &Parameters,
    ) -> Result<Issued, OAuthError> {
        let user = match self.standing(grant, consent_stands).await {
            Ok((_, user)) => user,
            Err(reason) => {
                let told = self.end_fallen(context, grant, reason).await?;
                return Err(OAuthError { code: ErrorCode::AccessDenied, ..told });
            }
        };
        // What is asked wrongly does not spend the code.
        let audience = narrowed_audience(&grant.audience, parameters)?;
        let order = Order {
            client,
            grant_type: GrantType::DeviceCode,
            scope: &grant.scope,
            audience: &audience,
            person: Some(Person { grant, user: &user }),
        };
        self.redeem(context, Presented::DeviceCode, &code.id, grant, &order).await
    }
}
