//! The end of a sign-in.

use super::Provider;
use super::context::Context;
use crate::model::authentication::Authentication;
use crate::model::event::EventKind;
use crate::observe;
use crate::protocol::error::OAuthError;

impl Provider {
    /// Ends what was granted in a sign-in, except what has `offline_access`.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn end_session(
        &self,
        context: &Context,
        authentication: &Authentication,
    ) -> Result<(), OAuthError> {
        let mut event = context.event(EventKind::SessionEnded);
        event.username = Some(authentication.username.clone());
        self.storage.end_session(&authentication.session, std::slice::from_ref(&event), context.now).await?;
        observe::event(&event);
        Ok(())
    }
}
