//! A pending authorization: what the person's pages work on.

use super::authorization_request::AuthorizationRequest;
use super::issuer::Issuer;
use crate::clock::{NumericDate, Seconds};

/// How long a person may take, in seconds.
pub const INTERACTION_LIFESPAN: Seconds = 600;

/// A pending authorization. It waits for one browser and is answered once.
#[derive(Clone, Debug, PartialEq)]
pub struct Interaction {
    /// Its name in `/flow/ID`: random, not secret; the browser cookie proves.
    pub id: String,
    /// The issuer it was begun at.
    pub issuer: Issuer,
    /// What was asked for.
    pub request: AuthorizationRequest,
    /// The pushed request it came from (RFC 9126), spent together with it.
    pub pushed_request: Option<String>,
    /// The device code it answers (RFC 8628), by its id; then nobody is redirected.
    pub device_code: Option<String>,
    /// The browser it belongs to, as a hash; `None` until a browser opens it.
    pub browser: Option<String>,
    /// The sign-in (by `Authentication::session`) made within this interaction, if any.
    pub signed_in: Option<String>,
    /// The sign-in whose account the person chose to go on with, if any: whoever signs in after that chooses anew.
    pub account_selected: Option<String>,
    /// When it was begun.
    pub created_at: NumericDate,
    /// When it ends unanswered.
    pub expires_at: NumericDate,
    /// When it was answered.
    pub answered_at: Option<NumericDate>,
}

impl Interaction {
    /// Whether it still waits for an answer at `now`.
    pub fn is_pending(&self, now: NumericDate) -> bool {
        self.answered_at.is_none() && now < self.expires_at
    }
}
