//! Scopes and claims policies of the configuration.

use super::attributes::ClaimSource;

/// A scope of the configuration's own (`scopes.NAME`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeDefinition {
    /// The scope token.
    pub name: String,
    /// The claims it stands for.
    pub claims: Vec<String>,
}

/// Which claims go where for a client (`claims_policies.NAME`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimsPolicy {
    /// Claims copied into the ID token.
    pub id_token: Vec<String>,
    /// Claims copied into a JWT access token.
    pub access_token: Vec<String>,
    /// Whether the granted audience joins `aud` of the ID token (`experimental-merged`).
    pub merge_audience: bool,
    /// Claims made from attributes.
    pub custom_claims: Vec<CustomClaim>,
}

/// A claim made from a user attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomClaim {
    /// The claim's name.
    pub name: String,
    /// What gives its value.
    pub source: ClaimSource,
}
