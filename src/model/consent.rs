//! What a person agreed to.

use std::collections::BTreeSet;

use serde::Serialize;

use super::issuer::Issuer;
use crate::clock::{NumericDate, Seconds};
use crate::protocol::scope::Scope;

/// When a client asks the person for consent (Authelia's `consent_mode`, resolved).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentMode {
    /// Each time.
    Explicit,
    /// Never, except where a request forces it.
    Implicit,
    /// Unless the person chose to be remembered less than `duration` seconds ago.
    PreConfigured {
        /// How long an answer is remembered, in seconds.
        duration: Seconds,
    },
}

impl ConsentMode {
    /// For how many seconds an answer about this scope can be remembered; `None` when it is asked again each time.
    /// One that holds `offline_access` always is (OpenID Connect Core 1.0 §11), so it is not offered there.
    pub fn remembers(self, scope: &Scope) -> Option<Seconds> {
        match self {
            Self::PreConfigured { duration } if !scope.contains_offline_access() => Some(duration),
            Self::PreConfigured { .. } | Self::Explicit | Self::Implicit => None,
        }
    }
}

/// A claim that a request asks for beyond what its scopes stand for (OpenID Connect Core 1.0 §5.5).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct AskedClaim {
    /// Its name.
    pub name: String,
    /// Whether the client cannot do without: then it is part of what is allowed, otherwise the person may add it.
    pub essential: bool,
    /// Each way that it is asked for with values, as JSON; empty when any value will do. Left out then, as it is of what was
    /// remembered before values were.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub wanted: BTreeSet<String>,
}

/// A consent as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Consent {
    /// Its name, time-ordered.
    pub id: String,
    /// The issuer it was given at.
    pub issuer: Issuer,
    /// The client it was given to.
    pub client_id: String,
    /// The person, canonical form.
    pub username: String,
    /// The scopes agreed to.
    pub scope: Scope,
    /// The audience agreed to.
    pub audience: Vec<String>,
    /// The claims that `claims` asked for beyond the scopes, by name.
    pub asked_claims: Vec<AskedClaim>,
    /// Those of them that were agreed to.
    pub claims: Vec<String>,
    /// When it was given.
    pub granted_at: NumericDate,
    /// Until when it answers later requests; `None` when it was for this once.
    pub remembered_until: Option<NumericDate>,
    /// When it was withdrawn.
    pub revoked_at: Option<NumericDate>,
}
