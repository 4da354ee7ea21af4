//! What every redemption does: something that counts once is presented, its tokens are issued, and one storage call
//! spends it and keeps them.

use super::super::Provider;
use super::super::authorization::requested_audience;
use super::super::context::Context;
use super::super::issue::{Issued, Order};
use super::{grant_event, invalid_grant, issued_event};
use crate::model::event::{Event, EventKind};
use crate::model::grant::Grant;
use crate::observe;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::parameters::Parameters;
use crate::secrets::handle::{HandleKind, PresentedHandle};
use crate::storage::{Redeemed, Redemption};

/// What is redeemed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presented {
    /// An authorization code (RFC 6749 §4.1.3).
    Code,
    /// A device code (RFC 8628 §3.4).
    DeviceCode,
    /// A refresh token (RFC 6749 §6).
    RefreshToken,
}

impl Presented {
    const fn parameter(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::DeviceCode => "device_code",
            Self::RefreshToken => "refresh_token",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::DeviceCode => "device code",
            Self::RefreshToken => "refresh token",
        }
    }

    const fn handle(self) -> HandleKind {
        match self {
            Self::Code => HandleKind::AuthorizationCode,
            Self::DeviceCode => HandleKind::DeviceCode,
            Self::RefreshToken => HandleKind::RefreshToken,
        }
    }

    /// The event of one that was spent before.
    fn replayed(self, context: &Context, grant: &Grant) -> Event {
        match self {
            Self::Code => grant_event(context, EventKind::CodeReplayed, grant),
            Self::DeviceCode => self.named(grant_event(context, EventKind::CodeReplayed, grant)),
            Self::RefreshToken => grant_event(context, EventKind::RefreshReused, grant),
        }
    }

    /// What happened when it was redeemed.
    fn redeemed(self, context: &Context, order: &Order<'_>, grant: &Grant, issued: &Issued) -> Vec<Event> {
        let spent = || grant_event(context, EventKind::CodeRedeemed, grant);
        let made = |kind| issued_event(context, kind, order, issued);
        match self {
            Self::Code => vec![spent(), made(EventKind::TokenIssued)],
            Self::DeviceCode => vec![self.named(spent()), made(EventKind::TokenIssued)],
            Self::RefreshToken => vec![made(EventKind::TokenRefreshed)],
        }
    }

    fn named(self, mut event: Event) -> Event {
        event.detail = Some(self.words().to_owned());
        event
    }

    /// The refusal of one that does not count.
    pub(super) fn refused(self, reason: &str) -> OAuthError {
        invalid_grant(format!("the {} {reason}", self.words()))
    }

    /// The refusal of one that was spent before.
    fn spent(self) -> OAuthError {
        self.refused("was used before: its grant is revoked")
    }
}

impl Provider {
    /// Reads what a token request presents. Only what this provider made is looked up.
    pub(super) fn presented(
        &self,
        what: Presented,
        parameters: &Parameters,
    ) -> Result<PresentedHandle, OAuthError> {
        let name = what.parameter();
        let text = parameters
            .get(name)
            .ok_or_else(|| OAuthError::invalid_request(format!("The parameter {name} is missing.")))?;
        self.handles.parse(what.handle(), text).ok_or_else(|| what.refused("was not made here"))
    }

    /// Ends the grant of what is known to be spent and comes again; gives what the client is told. Nothing is issued first:
    /// whatever may fail there must not save the grant (RFC 6749 §4.1.2, RFC 9700 §4.14.2).
    pub(super) async fn end_replayed(
        &self,
        context: &Context,
        what: Presented,
        grant: &Grant,
    ) -> Result<OAuthError, OAuthError> {
        let replay = what.replayed(context, grant);
        if self.storage.revoke_grant(&grant.id, std::slice::from_ref(&replay), context.now).await? {
            observe::event(&replay);
        }
        Ok(what.spent())
    }

    /// Issues what `order` says for a person's grant, and spends what was presented (its `id`) in the commit that keeps
    /// it. What another request spent meanwhile gives nothing, and ends the grant.
    pub(super) async fn redeem(
        &self,
        context: &Context,
        what: Presented,
        id: &str,
        grant: &Grant,
        order: &Order<'_>,
    ) -> Result<Issued, OAuthError> {
        let issued = self.issue(context, order).await?;
        let events = what.redeemed(context, order, grant, &issued);
        let replay = what.replayed(context, grant);
        let redemption = Redemption {
            id,
            access_token: &issued.access_token.row,
            refresh_token: issued.refresh_token.as_ref().map(|made| &made.row),
            events: &events,
            replay_event: &replay,
            now: context.now,
        };
        let redeemed = match what {
            Presented::Code => self.storage.redeem_code(redemption).await?,
            Presented::DeviceCode => self.storage.redeem_device_code(redemption).await?,
            Presented::RefreshToken => self.storage.rotate_refresh_token(redemption).await?,
        };
        match redeemed {
            Redeemed::Committed => {
                events.iter().for_each(observe::event);
                Ok(issued)
            }
            Redeemed::Replayed => {
                observe::event(&replay);
                Err(what.spent())
            }
            Redeemed::Ended => Err(what.refused("was used before, or its grant has ended")),
        }
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
