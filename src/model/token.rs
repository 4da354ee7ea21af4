//! Access tokens and refresh tokens, as they are stored.

use super::issuer::Issuer;
use crate::clock::NumericDate;
use crate::protocol::scope::Scope;

/// An access token as it is stored: never the token itself.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessToken {
    /// The id within the handle, or the `jti` of a JWT access token.
    pub id: String,
    /// SHA-256 of the secret within the handle, base64url; `None` for a JWT, which its signature proves.
    pub hash: Option<String>,
    /// The issuer it was made at.
    pub issuer: Issuer,
    /// The grant it hangs from; `None` when it is its own (client_credentials).
    pub grant: Option<String>,
    /// The client it was issued to.
    pub client_id: String,
    /// Its scopes.
    pub scope: Scope,
    /// Its audience.
    pub audience: Vec<String>,
    /// When it was issued.
    pub issued_at: NumericDate,
    /// When it ends.
    pub expires_at: NumericDate,
    /// When it was revoked by itself.
    pub revoked_at: Option<NumericDate>,
}

/// A refresh token as it is stored: never the token itself.
#[derive(Clone, Debug, PartialEq)]
pub struct RefreshToken {
    /// The id within the handle.
    pub id: String,
    /// SHA-256 of the secret within the handle, base64url.
    pub hash: String,
    /// The grant it hangs from.
    pub grant: String,
    /// When it was issued.
    pub issued_at: NumericDate,
    /// When it ends.
    pub expires_at: NumericDate,
    /// When it was spent.
    pub spent_at: Option<NumericDate>,
}
