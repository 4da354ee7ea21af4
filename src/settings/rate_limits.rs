//! How many failures an endpoint bears (`server.endpoints.rate_limits`).

use std::collections::BTreeMap;

use crate::clock::Seconds;

/// The endpoints that limits are known for and that Signet has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RateLimited {
    /// The token endpoint.
    Token,
    /// The pushed authorization request endpoint.
    PushedAuthorizationRequest,
    /// The userinfo endpoint.
    Userinfo,
    /// The introspection endpoint.
    Introspection,
    /// The revocation endpoint.
    Revocation,
    /// The page that takes a one-time code.
    SecondFactorTotp,
}

impl RateLimited {
    /// Every one of them.
    pub const ALL: [Self; 6] = [
        Self::Token,
        Self::PushedAuthorizationRequest,
        Self::Userinfo,
        Self::Introspection,
        Self::Revocation,
        Self::SecondFactorTotp,
    ];

    /// The name under `server.endpoints.rate_limits`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Token => "openid_connect_token",
            Self::PushedAuthorizationRequest => "openid_connect_pushed_authorization_request",
            Self::Userinfo => "openid_connect_userinfo",
            Self::Introspection => "openid_connect_introspection",
            Self::Revocation => "openid_connect_revocation",
            Self::SecondFactorTotp => "second_factor_totp",
        }
    }

    /// Whether it is a page of people who are signed in, and no endpoint for clients.
    #[must_use]
    pub const fn is_of_people(self) -> bool {
        matches!(self, Self::SecondFactorTotp)
    }
}

/// So many failures within a period: a full bucket gives one back each `period / requests`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// In seconds; more than 10.
    pub period: Seconds,
    /// At least 2.
    pub requests: u32,
}

/// The buckets of each endpoint. An endpoint without any is not limited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RateLimits(BTreeMap<RateLimited, Vec<Bucket>>);

impl RateLimits {
    /// Of these endpoints.
    #[must_use]
    pub fn new(limits: impl IntoIterator<Item = (RateLimited, Vec<Bucket>)>) -> Self {
        Self(limits.into_iter().collect())
    }

    /// Those of pages alone.
    #[must_use]
    pub fn of_people(mut self) -> Self {
        self.0.retain(|endpoint, _| endpoint.is_of_people());
        self
    }

    /// The buckets of an endpoint; all of them must have room.
    #[must_use]
    pub fn buckets(&self, endpoint: RateLimited) -> &[Bucket] {
        self.0.get(&endpoint).map_or(&[], Vec::as_slice)
    }
}
