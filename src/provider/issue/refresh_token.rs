//! Refresh tokens: opaque, rotated at each use.

use secrecy::SecretString;

use super::super::Provider;
use super::super::context::Context;
use super::Order;
use crate::model::grant::Grant;
use crate::model::token::RefreshToken;
use crate::secrets::handle::HandleKind;

/// A refresh token and its row.
pub struct MadeRefreshToken {
    /// What the client gets.
    pub text: SecretString,
    /// What is stored.
    pub row: RefreshToken,
}

impl Provider {
    pub(super) fn make_refresh_token(
        &self,
        context: &Context,
        order: &Order<'_>,
        grant: &Grant,
    ) -> MadeRefreshToken {
        let handle = self.handles.mint(HandleKind::RefreshToken, context.now);
        MadeRefreshToken {
            text: handle.text,
            row: RefreshToken {
                id: handle.id,
                hash: handle.hash,
                grant: grant.id.clone(),
                issued_at: context.now,
                expires_at: context.now + order.client.lifespans.of(order.grant_type).refresh_token,
                spent_at: None,
            },
        }
    }
}
